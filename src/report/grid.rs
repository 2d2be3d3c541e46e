//! A grid as text, as CSV and as one picture.

use std::fmt::Write;

use super::plots::{percent, tick_step};
use super::svg::{Anchor, Svg, standalone};
use super::table::{pad, width};
use crate::train::{GridRow, GridTable};
use crate::weights::Accuracy;
use crate::{Error, Result};

/// The most rows of the picture: the best ones.
const MOST: usize = 60;

/// A share with its interval.
fn share(value: f64, interval: Option<[f64; 2]>) -> String {
    let between = interval.map_or(String::new(), |[low, high]| format!(" [{:.1}, {:.1}]", 100.0 * low, 100.0 * high));
    format!("{}{between}", percent(Some(value)))
}

fn slices(on: &Accuracy) -> (f64, Option<[f64; 2]>) {
    (on.slice_accuracy, on.intervals.as_ref().and_then(|all| all.slice_accuracy))
}

fn songs(on: &Accuracy) -> (f64, Option<[f64; 2]>) {
    (on.forced_accuracy, on.intervals.as_ref().and_then(|all| all.forced_accuracy))
}

fn said(of: fn(&Accuracy) -> (f64, Option<[f64; 2]>), on: Option<&Accuracy>) -> String {
    on.map_or_else(|| "-".into(), |on| share(of(on).0, of(on).1))
}

/// The rows for a terminal, the best first, and what the best one reaches on the test songs.
pub fn grid_text(table: &GridTable) -> String {
    let mut rows = vec![["combination", "slices right", "songs right", "a slice"].map(str::to_owned)];
    for place in table.ranked() {
        let row = &table.cells[place];
        let on = row.validation.as_ref();
        let [height, columns] = row.slice;
        let a_slice = match &row.problem {
            Some(problem) => problem.clone(),
            None => format!("{height} x {columns}, {:.2} s", row.seconds),
        };
        rows.push([row.name.clone(), said(slices, on), said(songs, on), a_slice]);
    }
    let widths = [0, 1, 2].map(|column| rows.iter().map(|row| width(&row[column])).max().unwrap_or(0));
    let mut text = format!("{} on {} validation songs, with intervals of 95 %\n\n", table.system, table.songs[1]);
    for row in &rows {
        let cells = row.iter().zip(widths).map(|(cell, to)| pad(cell, to)).collect::<Vec<_>>().join("  ");
        let _ = writeln!(text, "{cells}  {}", row[3]);
    }
    let _ = write!(text, "\n{}", verdict(table));
    text
}

/// What was chosen, how sure that is, and what it reaches where nothing was chosen.
fn verdict(table: &GridTable) -> String {
    let Some((best, on)) =
        table.best.and_then(|place| Some((&table.cells[place], table.cells[place].validation.as_ref()?)))
    else {
        return "No combination could be trained.\n".into();
    };
    let mut text =
        format!("Best: {}, with {} of the validation slices right.", best.name, percent(Some(on.slice_accuracy)));
    let near = alike(table, on.slice_accuracy);
    if near > 0 {
        let _ = write!(
            text,
            " {near} other{} hold{} this number in {} interval: these songs do not tell them apart.",
            if near == 1 { "" } else { "s" },
            if near == 1 { "s" } else { "" },
            if near == 1 { "its" } else { "their" }
        );
    }
    let _ = match &table.test {
        Some(test) => writeln!(
            text,
            "\nIts {} test songs, which took no part in any of this and were judged once: slices right {}, songs right {}.",
            test.songs,
            said(slices, Some(test)),
            said(songs, Some(test))
        ),
        None => writeln!(
            text,
            "\nThere are no test songs, and the number of the best one is too good: it was chosen for it."
        ),
    };
    text
}

/// How many others hold the best one's value in their intervals.
fn alike(table: &GridTable, best: f64) -> usize {
    let holds = |(place, row): (usize, &GridRow)| {
        let interval = row.validation.as_ref().and_then(|on| slices(on).1);
        Some(place) != table.best && interval.is_some_and(|[low, high]| (low..=high).contains(&best))
    };
    table.cells.iter().enumerate().filter(|&row| holds(row)).count()
}

/// A line for each combination, RFC 4180.
///
/// # Errors
/// [`Error::Argument`] if it cannot be made.
pub fn grid_csv(table: &GridTable) -> Result<String> {
    let failed = |problem: String| Error::Argument { operation: "csv", problem };
    let mut writer = ::csv::Writer::from_writer(Vec::new());
    let mut heading: Vec<String> = table.axes.iter().map(|axis| axis.name.clone()).collect();
    for name in ["slices_right", "songs_right"] {
        heading.extend(["", "_low", "_high"].map(|end| format!("{name}{end}")));
    }
    heading.extend(["rows", "columns", "seconds", "epochs", "file", "problem"].map(str::to_owned));
    writer.write_record(&heading).map_err(|e| failed(e.to_string()))?;
    let cell = |value: Option<f64>| value.map(|v| v.to_string()).unwrap_or_default();
    for row in &table.cells {
        let values =
            table.axes.iter().map(|axis| row.settings.get(&axis.name).map(ToString::to_string).unwrap_or_default());
        let mut line: Vec<String> = values.collect();
        for of in [slices, songs] {
            let (value, interval) = row.validation.as_ref().map(of).unzip();
            let interval = interval.flatten();
            line.extend([value, interval.map(|[low, _]| low), interval.map(|[_, high]| high)].map(cell));
        }
        line.extend(row.slice.map(|size| size.to_string()));
        line.extend([row.seconds.to_string(), row.epochs.to_string(), row.file.clone()]);
        line.push(row.problem.clone().unwrap_or_default());
        writer.write_record(&line).map_err(|e| failed(e.to_string()))?;
    }
    let bytes = writer.into_inner().map_err(|e| failed(e.to_string()))?;
    String::from_utf8(bytes).map_err(|e| failed(e.to_string()))
}

/// One row a combination, the best on top: the values of its axes, the share of right validation slices with its interval, and for the best the
/// test songs', below. A picture of its own.
pub fn grid_svg(table: &GridTable) -> String {
    const ROW: f64 = 26.0;
    let ranked = table.ranked();
    let shown: Vec<&GridRow> = ranked.iter().take(MOST).map(|&place| &table.cells[place]).collect();
    let columns: Vec<(&str, Vec<String>)> = table
        .axes
        .iter()
        .map(|axis| {
            let value = |row: &&GridRow| row.settings.get(&axis.name).map(ToString::to_string).unwrap_or_default();
            (axis.name.as_str(), shown.iter().map(value).collect())
        })
        .collect();
    let wide = |(name, values): &(&str, Vec<String>)| {
        values.iter().map(|value| width(value)).chain([width(name)]).max().unwrap_or(0) as f64 * 7.2 + 22.0
    };
    // Room for what stands before the test songs' row.
    let left = (16.0 + columns.iter().map(wide).sum::<f64>()).max(196.0);
    let (top, plot, height) = (58.0, 520.0, ROW * shown.len() as f64);
    let tests = if table.test.is_some() { ROW } else { 0.0 };
    let mut svg = Svg::new(left + plot + 86.0, top + height + tests + 70.0);
    let heading = format!("{}: right slices of {} validation songs", table.system, table.songs[1]);
    svg.text((16.0, 22.0), Anchor::Start, 0.0, "value", &heading);

    let scale = Scale::of(table, &shown, left, plot);
    let bottom = top + height;
    let end = bottom + tests;
    for value in scale.ticks() {
        svg.line((scale.x(value), top), (scale.x(value), end), "grid");
        let text = format!("{} %", (value * 1000.0).round() / 10.0);
        svg.text((scale.x(value), end + 17.0), Anchor::Middle, 0.0, "tick", &text);
    }
    svg.line((left, end), (left + plot, end), "edge");
    svg.text((left + plot / 2.0, end + 38.0), Anchor::Middle, 0.0, "axis", "slices right");
    if let Some(majority) = majority(&shown) {
        let x = scale.x(majority);
        svg.line((x, top), (x, end), "baseline");
        let anchor = if x > left + plot / 2.0 { Anchor::End } else { Anchor::Start };
        let text = format!("always the most frequent genre: {} of the songs", percent(Some(majority)));
        svg.text((x, top - 8.0), anchor, 0.0, "note", &text);
    }
    let mut right = left - columns.iter().map(wide).sum::<f64>();
    for column in &columns {
        right += wide(column);
        svg.text((right - 16.0, top - 8.0), Anchor::End, 0.0, "tick", column.0);
        for (at, value) in column.1.iter().enumerate() {
            svg.text((right - 16.0, top + ROW * (at as f64 + 0.5) + 4.0), Anchor::End, 0.0, "label", value);
        }
    }
    for (at, row) in shown.iter().enumerate() {
        let y = top + ROW * (at as f64 + 0.5);
        let Some(on) = &row.validation else {
            svg.text((left + 8.0, y + 4.0), Anchor::Start, 0.0, "note", "its losses were no numbers any more");
            continue;
        };
        let (value, interval) = slices(on);
        let tip =
            format!("{}: slices right {}, songs right {}", row.name, share(value, interval), said(songs, Some(on)));
        if let Some([low, high]) = interval {
            svg.rect((scale.x(low), y - 5.0), (scale.x(high) - scale.x(low), 10.0), "interval", 1.0, &tip);
        }
        svg.dot((scale.x(value), y), 5.0, "point", &tip);
        svg.text((left + plot + 12.0, y + 4.0), Anchor::Start, 0.0, "value", &percent(Some(value)));
    }
    if let Some(test) = &table.test {
        let (y, (value, interval)) = (bottom + ROW * 0.5, slices(test));
        svg.line((16.0, bottom), (left + plot + 70.0, bottom), "grid");
        let name = format!("{} test songs of the best", test.songs);
        svg.text((left - 16.0, y + 4.0), Anchor::End, 0.0, "label", &name);
        let tip = format!("{name}, judged once: slices right {}", share(value, interval));
        if let Some([low, high]) = interval {
            svg.rect((scale.x(low), y - 5.0), (scale.x(high) - scale.x(low), 10.0), "interval", 1.0, &tip);
        }
        svg.dot((scale.x(value), y), 5.0, "wrong", &tip);
        svg.text((left + plot + 12.0, y + 4.0), Anchor::Start, 0.0, "value", &percent(Some(value)));
    }
    svg.text((16.0, end + 58.0), Anchor::Start, 0.0, "note", "dots: shares of slices; bands: intervals of 95 %");
    if ranked.len() > shown.len() {
        let left_out = format!("{} more", ranked.len() - shown.len());
        svg.text((16.0, end + 17.0), Anchor::Start, 0.0, "note", &left_out);
    }
    standalone(&svg.finish("grid", &heading, verdict(table).trim_end()))
}

/// The share of the most frequent genre among the validation songs.
fn majority(shown: &[&GridRow]) -> Option<f64> {
    shown.iter().find_map(|row| Some(row.validation.as_ref()?.majority))
}

/// Shares from left to right, from below the lowest to above the highest that is shown.
struct Scale {
    low: f64,
    high: f64,
    step: f64,
    left: f64,
    width: f64,
}

impl Scale {
    fn of(table: &GridTable, shown: &[&GridRow], left: f64, width: f64) -> Self {
        let all = shown.iter().filter_map(|row| row.validation.as_ref()).chain(&table.test).map(slices);
        let all = all.flat_map(|(value, between)| between.into_iter().flatten().chain([value]));
        let all: Vec<f64> = all.chain(majority(shown)).collect();
        let (low, high) = all.iter().fold((1.0f64, 0.0f64), |(low, high), &value| (low.min(value), high.max(value)));
        let (low, high) = if low > high { (0.0, 1.0) } else { (low, high) };
        let step = tick_step((high - low).max(0.05));
        let [low, high] = [(low / step - 0.1).floor() * step, (high / step + 0.1).ceil() * step];
        Self { low: low.max(0.0), high: high.clamp(step, 1.0), step, left, width }
    }

    fn x(&self, value: f64) -> f64 {
        self.left + (value - self.low) / (self.high - self.low).max(f64::MIN_POSITIVE) * self.width
    }

    fn ticks(&self) -> impl Iterator<Item = f64> {
        let count = ((self.high - self.low) / self.step + 1e-9) as usize;
        (0..=count).map(|tick| self.low + tick as f64 * self.step)
    }
}
