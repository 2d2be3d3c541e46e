//! The plots of an evaluation.

use super::svg::{Anchor, Svg};
use crate::metrics::{Calibration, Confusion, Evaluation, Interval, Rate};

/// A share as per cent with one decimal; `-` for nothing.
pub fn percent(value: Option<f64>) -> String {
    value.map_or_else(|| "-".to_owned(), |v| format!("{:.1} %", v * 100.0))
}

/// An interval as per cent; empty for nothing.
pub fn percents(interval: Option<Interval>) -> String {
    interval.map_or_else(String::new, |i| format!("{:.1} – {:.1} %", i.low * 100.0, i.high * 100.0))
}

/// The area inside the axes, with x and y from 0 to a maximum.
pub(super) struct Frame {
    pub(super) left: f64,
    pub(super) top: f64,
    pub(super) width: f64,
    pub(super) height: f64,
    pub(super) x_max: f64,
    pub(super) y_max: f64,
}

impl Frame {
    /// Axes of risk against coverage, `size` wide and high, with room above the `highest` risk; and the step of the risk's ticks.
    pub(super) fn of_risk(highest: f64, [width, height]: [f64; 2]) -> (Self, f64) {
        let most = 1.05 * highest.max(0.02);
        let step = tick_step(most);
        (Self { left: 68.0, top: 12.0, width, height, x_max: 1.0, y_max: (most / step).ceil() * step }, step)
    }

    fn x(&self, value: f64) -> f64 {
        self.left + value / self.x_max * self.width
    }

    fn y(&self, value: f64) -> f64 {
        self.top + self.height - value / self.y_max * self.height
    }

    pub(super) fn at(&self, x: f64, y: f64) -> (f64, f64) {
        (self.x(x), self.y(y))
    }

    pub(super) fn x_ticks(&self, svg: &mut Svg, step: f64, name: &str) {
        for i in 0..=(self.x_max / step + 1e-9) as usize {
            let value = i as f64 * step;
            let (x, bottom) = (self.x(value), self.top + self.height);
            svg.line((x, self.top), (x, bottom), "grid");
            svg.text((x, bottom + 17.0), Anchor::Middle, 0.0, "tick", &format!("{:.0} %", value * 100.0));
        }
        let bottom = self.top + self.height;
        svg.line((self.left, bottom), (self.left + self.width, bottom), "edge");
        let centre = self.left + self.width / 2.0;
        svg.text((centre, self.top + self.height + 38.0), Anchor::Middle, 0.0, "axis", name);
    }

    pub(super) fn y_ticks(&self, svg: &mut Svg, step: f64, unit: fn(f64) -> String, name: &str) {
        for i in 0..=(self.y_max / step + 1e-9) as usize {
            let value = i as f64 * step;
            let y = self.y(value);
            svg.line((self.left, y), (self.left + self.width, y), "grid");
            svg.text((self.left - 7.0, y + 4.0), Anchor::End, 0.0, "tick", &unit(value));
        }
        svg.line((self.left, self.top), (self.left, self.top + self.height), "edge");
        svg.text((14.0, self.top + self.height / 2.0), Anchor::Middle, -90.0, "axis", name);
    }
}

/// A step of 1, 2 or 5 times a power of ten that gives at most about five ticks up to `max`.
pub(super) fn tick_step(max: f64) -> f64 {
    let raw = max / 5.0;
    let power = 10f64.powf(raw.log10().floor());
    [1.0, 2.0, 5.0, 10.0].map(|m| m * power).into_iter().find(|&s| s >= raw - 1e-12).unwrap_or(raw)
}

/// T1, T2, T3 and the share of wrong ones among the classified, with their intervals, and the majority baseline.
pub fn readings(e: &Evaluation) -> String {
    let r = &e.readings;
    let rows: [(&str, &Rate); 4] = [
        ("T1 unclassified", &r.t1),
        ("T2 unclassified or wrong", &r.t2),
        ("T3 wrong when forced", &r.t3),
        ("wrong among classified", &r.wrong_of_classified),
    ];
    let frame = Frame { left: 178.0, top: 26.0, width: 720.0, height: 176.0, x_max: 1.0, y_max: 1.0 };
    let mut svg = Svg::new(990.0, 250.0);
    frame.x_ticks(&mut svg, 0.2, "share of songs");
    let base = frame.x(e.majority.error);
    svg.line((base, frame.top), (base, frame.top + frame.height), "baseline");
    let label = format!("always “{}”: {}", e.majority.label, percent(Some(e.majority.error)));
    let anchor = if e.majority.error > 0.5 { Anchor::End } else { Anchor::Start };
    svg.text((base, frame.top - 8.0), anchor, 0.0, "note", &label);
    for (i, (name, rate)) in rows.iter().enumerate() {
        let y = frame.top + 24.0 + 43.0 * i as f64;
        svg.text((frame.left - 10.0, y + 4.0), Anchor::End, 0.0, "label", name);
        if let Some(wilson) = rate.wilson {
            let (low, high) = (frame.x(wilson.low), frame.x(wilson.high));
            svg.rect((low, y - 6.0), (high - low, 12.0), "interval", 1.0, &format!("Wilson {}", percents(rate.wilson)));
        }
        if let Some(interval) = rate.estimate.interval() {
            let (low, high) = (frame.x(interval.low), frame.x(interval.high));
            svg.line((low, y), (high, y), "whisker");
            svg.line((low, y - 5.0), (low, y + 5.0), "whisker");
            svg.line((high, y - 5.0), (high, y + 5.0), "whisker");
        }
        if let Some(value) = rate.estimate.value {
            let tip = format!("{name}: {} of {}", rate.count, rate.of);
            svg.dot((frame.x(value), y), 5.0, "point", &tip);
        }
        svg.text(
            (frame.left + frame.width + 12.0, y + 4.0),
            Anchor::Start,
            0.0,
            "value",
            &percent(rate.estimate.value),
        );
    }
    let said: Vec<String> = rows.iter().map(|(n, r)| format!("{n}: {}", percent(r.estimate.value))).collect();
    svg.finish("readings", "The three readings of the error rate", &said.join("; "))
}

/// The confusion matrix: a row for each true label, a column for each answer and one for no answer, if it has a name.
pub fn confusion(labels: &[String], matrix: &Confusion, none: Option<&str>) -> String {
    let k = labels.len();
    let columns = k + usize::from(none.is_some());
    let cell = if k <= 8 { 58.0 } else { (480.0 / k as f64).max(30.0) };
    let longest = labels.iter().map(|l| l.chars().count()).max().unwrap_or(0).max(12) as f64;
    let left = 40.0 + longest.min(24.0) * 7.0;
    let top = 46.0 + longest.min(24.0) * 5.2;
    let gap = 10.0;
    let mut svg = Svg::new(left + cell * columns as f64 + gap + 50.0, top + cell * k as f64 + 14.0);
    let column = |j: usize| left + cell * j as f64 + if j == k { gap } else { 0.0 };
    svg.text((left + cell * k as f64 / 2.0, 16.0), Anchor::Middle, 0.0, "axis", "answer");
    svg.text((14.0, top + cell * k as f64 / 2.0), Anchor::Middle, -90.0, "axis", "truth");
    for j in 0..columns {
        let name = labels.get(j).map_or(none.unwrap_or_default(), String::as_str);
        svg.text((column(j) + cell / 2.0, top - 8.0), Anchor::Start, -40.0, "label", &shorten(name));
    }
    for (i, truth) in labels.iter().enumerate() {
        let y = top + cell * i as f64;
        svg.text((left - 9.0, y + cell / 2.0 + 4.0), Anchor::End, 0.0, "label", &shorten(truth));
        let songs = matrix.songs(i);
        for j in 0..columns {
            let count = if j == k { matrix.unclassified[i] } else { matrix.counts[i][j] };
            let part = if songs > 0 { count as f64 / songs as f64 } else { 0.0 };
            let class = match j {
                _ if j == k => "cell none",
                _ if j == i => "cell right",
                _ => "cell wrong",
            };
            let answer = labels.get(j).map_or(none.unwrap_or_default(), String::as_str);
            let tip = format!("{truth}, answered {answer}: {count} of {songs} ({})", percent(Some(part)));
            svg.rect((column(j) + 1.0, y + 1.0), (cell - 2.0, cell - 2.0), "cell", 1.0, "");
            svg.rect((column(j) + 1.0, y + 1.0), (cell - 2.0, cell - 2.0), class, part, &tip);
            let ink = if count == 0 {
                "count faint"
            } else if part > 0.7 {
                "count inverse"
            } else {
                "count"
            };
            svg.text((column(j) + cell / 2.0, y + cell / 2.0 + 5.0), Anchor::Middle, 0.0, ink, &count.to_string());
        }
    }
    let right: u64 = (0..k).map(|i| matrix.counts[i][i]).sum();
    let songs: u64 = (0..k).map(|i| matrix.songs(i)).sum();
    let mut said = format!("Rows are true labels, columns answers. {right} of {songs} songs are on the diagonal");
    if let Some(none) = none {
        said += &format!(", {} are {none}", matrix.unclassified.iter().sum::<u64>());
    }
    said.push('.');
    svg.finish("confusion", "Confusion matrix", &said)
}

/// Risk against coverage, the best possible ranking, and where the thresholds stand.
pub fn risk_coverage(e: &Evaluation) -> String {
    let points = &e.risk_coverage.points;
    let at_all = e.readings.t3.estimate.value.unwrap_or(0.0);
    let (frame, step) = Frame::of_risk(points.iter().map(|p| p.risk).fold(at_all, f64::max), [420.0, 270.0]);
    let mut svg = Svg::new(510.0, 336.0);
    frame.x_ticks(&mut svg, 0.2, "coverage: answered songs");
    frame.y_ticks(
        &mut svg,
        step,
        |v| format!("{:.3}", v * 100.0).trim_end_matches('0').trim_end_matches('.').to_owned() + " %",
        "risk: wrong among answered",
    );
    let best = |c: f64| if c > 0.0 { ((c - (1.0 - at_all)) / c).max(0.0) } else { 0.0 };
    svg.polyline((0..=100).map(|i| f64::from(i) / 100.0).map(|c| frame.at(c, best(c))), "oracle");
    // Within the first run of equal shares the expected risk is the same at every coverage.
    let start = points.first().map(|p| frame.at(0.0, p.risk));
    svg.polyline(start.into_iter().chain(points.iter().map(|p| frame.at(p.coverage, p.risk))), "curve");
    for p in points.iter().filter(|_| points.len() <= 60) {
        let tip = format!(
            "share at least {}: coverage {}, risk {}",
            percent(Some(p.score)),
            percent(Some(p.coverage)),
            percent(Some(p.risk))
        );
        svg.dot(frame.at(p.coverage, p.risk), 2.5, "curve-dot", &tip);
    }
    let (covered, risk) =
        (e.readings.t1.estimate.value.map(|u| 1.0 - u), e.readings.wrong_of_classified.estimate.value);
    if let (Some(covered), Some(risk)) = (covered, risk) {
        let tip = format!("these thresholds: coverage {}, risk {}", percent(Some(covered)), percent(Some(risk)));
        svg.dot(frame.at(covered, risk), 6.0, "point", &tip);
    }
    let said = format!(
        "Answering all songs has a risk of {}; the area under the curve is {:.4}, of which {:.4} a better ranking could save.",
        percent(Some(at_all)),
        e.risk_coverage.aurc,
        e.risk_coverage.eaurc
    );
    svg.finish("risk", "Risk-coverage curve", &said)
}

/// Accuracy against confidence in bins, and how many answers each bin has.
pub fn reliability(id: &str, title: &str, unit: &str, c: &Calibration) -> String {
    let frame = Frame { left: 68.0, top: 12.0, width: 300.0, height: 300.0, x_max: 1.0, y_max: 1.0 };
    let strip = Frame { left: 68.0, top: 316.0, width: 300.0, height: 40.0, x_max: 1.0, y_max: 1.0 };
    let mut svg = Svg::new(390.0, 412.0);
    frame.y_ticks(&mut svg, 0.2, |v| format!("{:.0} %", v * 100.0), "accuracy");
    strip.x_ticks(&mut svg, 0.2, "confidence");
    let most = c.bins.iter().map(|b| b.count).max().unwrap_or(0).max(1) as f64;
    for bin in &c.bins {
        let (Some(confidence), Some(accuracy)) = (bin.confidence, bin.accuracy) else { continue };
        let (x, width) = (frame.x(bin.low) + 0.5, frame.x(bin.high) - frame.x(bin.low) - 1.0);
        let tip = format!(
            "{} {unit}: confidence {}, accuracy {}",
            bin.count,
            percent(Some(confidence)),
            percent(Some(accuracy))
        );
        svg.rect((x, frame.y(accuracy)), (width, frame.y(0.0) - frame.y(accuracy)), "bar", 1.0, &tip);
        // The gap between what was promised and what was kept.
        let (upper, lower) = (frame.y(confidence.max(accuracy)), frame.y(confidence.min(accuracy)));
        let gap = if confidence > accuracy { "gap" } else { "gap modest" };
        svg.rect((x, upper), (width, lower - upper), gap, 1.0, &tip);
        let tall = bin.count as f64 / most * strip.height;
        svg.rect((x, strip.top + strip.height - tall), (width, tall), "amount", 1.0, &tip);
    }
    svg.line(frame.at(0.0, 0.0), frame.at(1.0, 1.0), "diagonal");
    let said = format!("{} {unit}; expected calibration error {}.", c.count, percent(c.ece));
    svg.finish(id, title, &said)
}

/// How many songs have which share: right, wrong, unclassified.
pub fn shares(e: &Evaluation) -> String {
    const BINS: usize = 20;
    let mut bins = [[0u64; 3]; BINS];
    for outcome in e.outcomes.iter().filter(|outcome| outcome.in_set()) {
        let bin = ((outcome.share.unwrap_or(0.0) * BINS as f64).floor() as usize).min(BINS - 1);
        let kind = match &outcome.genre {
            Some(genre) if outcome.truth.as_ref() == Some(genre) => 0,
            Some(_) => 1,
            None => 2,
        };
        bins[bin][kind] += 1;
    }
    let highest = bins.iter().map(|b| b.iter().sum::<u64>()).max().unwrap_or(0).max(1) as f64;
    let step = tick_step(highest).max(1.0);
    let y_max = (highest / step).ceil() * step;
    let frame = Frame { left: 68.0, top: 22.0, width: 420.0, height: 260.0, x_max: 1.0, y_max };
    let mut svg = Svg::new(510.0, 336.0);
    frame.x_ticks(&mut svg, 0.2, "share of the winner");
    frame.y_ticks(&mut svg, step, |v| format!("{v:.0}"), "songs");
    for (i, counts) in bins.iter().enumerate() {
        let (low, high) = (i as f64 / BINS as f64, (i + 1) as f64 / BINS as f64);
        let mut below = 0;
        for (&count, (class, word)) in
            counts.iter().zip([("right", "right"), ("wrong", "wrong"), ("none", "unclassified")])
        {
            if count > 0 {
                let (bottom, top) = (frame.y(below as f64), frame.y((below + count) as f64));
                let tip = format!("share {:.0} to {:.0} %: {count} {word}", low * 100.0, high * 100.0);
                svg.rect(
                    (frame.x(low) + 1.0, top),
                    (frame.x(high) - frame.x(low) - 2.0, bottom - top),
                    class,
                    1.0,
                    &tip,
                );
            }
            below += count;
        }
    }
    let limit = frame.x(e.thresholds.min_share);
    svg.line((limit, frame.top - 4.0), (limit, frame.top + frame.height), "baseline");
    let note = format!("needed: {:.0} %", e.thresholds.min_share * 100.0);
    let anchor = if e.thresholds.min_share > 0.5 { Anchor::End } else { Anchor::Start };
    svg.text((limit, frame.top - 8.0), anchor, 0.0, "note", &note);
    let said = format!("Number of songs by share of the winner; {} % are needed.", e.thresholds.min_share * 100.0);
    svg.finish("shares", "Shares of the winners", &said)
}

/// A label that fits beside a plot.
pub(super) fn shorten(label: &str) -> String {
    if label.chars().count() <= 24 { label.to_owned() } else { label.chars().take(23).chain(['…']).collect() }
}
