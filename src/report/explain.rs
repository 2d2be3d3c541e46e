//! Why a song got its genre, as one HTML page: no scripts, nothing loaded from elsewhere. A click on a slice shows what the network said of it.

use std::fmt::Write;

use super::html::{head, section};
use super::plots::{percent, tick_step};
use super::svg::{Anchor, Svg, escape};
use crate::explain::{Explained, Verdict};
use crate::signal::axis::hertz;
use crate::signal::front_end::FrontEnd;
use crate::vote::{Record, Status};

/// What the page shows.
#[derive(Clone, Copy, Debug)]
pub struct ExplainPage<'a> {
    /// The song's vote.
    pub record: &'a Record,
    /// What speaks for its genre.
    pub explained: &'a Explained,
    /// What the network reads.
    pub front_end: &'a FrontEnd,
    /// The song's picture, the highest frequency on top, and the same with what Grad-CAM marks, as PNG in base64. Without a Grad-CAM the second is empty.
    pub song: [&'a str; 2],
    /// Those of the slices that were looked at more closely.
    pub asked: &'a [AskedPictures],
}

/// Pictures of a slice as PNG in base64.
#[derive(Clone, Debug)]
pub struct AskedPictures {
    /// As the network reads it.
    pub slice: String,
    /// With what Grad-CAM marks; empty without.
    pub cam: String,
    /// With what is missed when it is covered.
    pub occlusion: String,
}

const LEFT: f64 = 64.0;
const WIDTH: f64 = 1000.0;
const HEIGHT: f64 = 220.0;
const STRIP: f64 = 34.0;

/// The whole page.
pub fn explain_page(page: ExplainPage<'_>) -> String {
    let ExplainPage { record, explained, .. } = page;
    let labels = record.labels();
    let genre = labels[explained.class];
    let name =
        std::path::Path::new(&record.path).file_name().map_or(record.path.clone().into(), |n| n.to_string_lossy());
    let title = match record.status {
        Status::Classified => format!("Why {name} is {genre}"),
        _ => format!("Why {name} stays unclassified, and what speaks for {genre}"),
    };
    let mut text = head(&title, "default-src 'none'; style-src 'unsafe-inline'; img-src data:");
    text += &format!("<style>\n{STYLE}</style>\n");
    text += &vote(record, genre);
    section(&mut text, "The song", &song(&page, &labels));
    section(&mut text, "Slice by slice", &slices(record, &labels, page.front_end));
    section(&mut text, "Does the picture mean anything?", &worth(explained));
    if !page.asked.is_empty() {
        section(&mut text, "Looked at closely", &asked(&page, genre));
    }
    text += "</body>\n</html>\n";
    text
}

/// Shown only where a link leads to it; colours of genres in the order of the labels.
const STYLE: &str = "\
.said { display: none; } .said:target { display: block; }
.said table { margin-top: .5rem; }
.trio { display: flex; flex-wrap: wrap; gap: 1rem; }
.trio figure { margin: .5rem 0 0; } .trio img { width: 16rem; height: 16rem; }
.of0 { fill: #4477aa; } .of1 { fill: #ee6677; } .of2 { fill: #228833; } .of3 { fill: #ccbb44; } .of4 { fill: #66ccee; } .of5 { fill: #aa3377; } .of6 { fill: #997755; } .of7 { fill: #bbbbbb; }
.key.of0 { background: #4477aa; } .key.of1 { background: #ee6677; } .key.of2 { background: #228833; } .key.of3 { background: #ccbb44; } .key.of4 { background: #66ccee; } .key.of5 { background: #aa3377; } .key.of6 { background: #997755; } .key.of7 { background: #bbbbbb; }
.mute { fill: none; stroke: var(--grey); stroke-dasharray: 2 2; }
svg a { cursor: pointer; }
";

/// Genres beyond them share the last colour.
const COLOURS: usize = 8;

fn colour(class: usize) -> usize {
    class.min(COLOURS - 1)
}

fn vote(record: &Record, genre: &str) -> String {
    let slices = &record.slices;
    let said = match &record.reason {
        None => format!("{} with {} of the votes.", escape(genre), percent(record.share)),
        Some(reason) => format!("No genre: {}.", escape(reason)),
    };
    format!(
        "<p>{said} {} of {} slices are sure enough to vote. Model: {}.</p>\n",
        slices.kept,
        slices.total,
        escape(&record.model)
    )
}

/// Seconds from the start of a slice to that of the next, and of a slice.
fn times(front_end: &FrontEnd) -> [f64; 2] {
    let column = front_end.samples_per_column().map_or(0.0, |samples| samples as f64 / f64::from(front_end.rate()));
    let slices = front_end.slices();
    [f64::from(slices.hop), f64::from(slices.width)].map(|columns| columns * column)
}

/// Votes, the picture, and what is marked in it, over time.
fn song(page: &ExplainPage<'_>, labels: &[&str]) -> String {
    let ExplainPage { record, front_end, song: [plain, marked], .. } = *page;
    let total = record.slices.total;
    let [hop, width] = times(front_end);
    let seconds = (total.saturating_sub(1)) as f64 * hop + width;
    let pictures: Vec<_> = [("what the network reads", plain), ("what speaks for the genre", marked)]
        .into_iter()
        .filter(|(_, picture)| !picture.is_empty())
        .collect();
    let mut svg = Svg::new(LEFT + WIDTH + 16.0, STRIP + 24.0 + pictures.len() as f64 * (HEIGHT + 26.0) + 46.0);
    let x = |second: f64| LEFT + second / seconds.max(1e-9) * WIDTH;
    let least = record.thresholds.map_or(0.0, |thresholds| thresholds.min_confidence);
    for (slice, row) in record.slices.probabilities.iter().enumerate() {
        let (best, confidence) = best(row);
        let begin = slice as f64 * hop;
        let (left, right) = (x(begin), x(begin + hop.min(width)));
        let tip = format!("{}: {} {}", clock(begin), labels[best], percent(Some(confidence)));
        svg.link(&format!("s{slice}"), |svg| {
            if confidence >= least {
                let class = format!("of{}", colour(best));
                svg.rect((left, 8.0), ((right - left - 0.5).max(0.5), STRIP - 8.0), &class, confidence, &tip);
            } else {
                svg.rect((left, 8.0), ((right - left - 0.5).max(0.5), STRIP - 8.0), "mute", 1.0, &tip);
            }
        });
    }
    svg.text((LEFT - 7.0, 8.0 + STRIP / 2.0), Anchor::End, 0.0, "tick", "votes");
    let mut top = STRIP + 24.0;
    for (what, picture) in pictures {
        svg.text((LEFT, top - 6.0), Anchor::Start, 0.0, "note", what);
        svg.image((LEFT, top), (WIDTH, HEIGHT), picture);
        for (y, label) in frequencies(front_end) {
            let y = top + y * HEIGHT;
            svg.line((LEFT - 4.0, y), (LEFT, y), "edge");
            svg.text((LEFT - 7.0, y + 4.0), Anchor::End, 0.0, "tick", &label);
        }
        top += HEIGHT + 26.0;
    }
    let bottom = top - 26.0;
    let step = time_step(seconds);
    for at in (0..).map(|i| f64::from(i) * step).take_while(|&at| at <= seconds + 1e-9) {
        svg.line((x(at), bottom), (x(at), bottom + 4.0), "edge");
        svg.text((x(at), bottom + 18.0), Anchor::Middle, 0.0, "tick", &clock(at));
    }
    svg.text((LEFT + WIDTH / 2.0, bottom + 38.0), Anchor::Middle, 0.0, "axis", "time (minutes:seconds)");
    let keys = labels
        .iter()
        .enumerate()
        .map(|(class, label)| format!("<span class=\"key of{}\"></span>{}", colour(class), escape(label)));
    format!(
        "<p class=\"soft\">{} – a slice a box, as strong as it is sure; dashed: not sure enough to vote. A click shows what the network said of it.</p>\n\
         <div class=\"scroll wide\">{}</div>\n",
        keys.collect::<String>(),
        svg.finish(
            "song",
            "Votes and picture of the song",
            "Slices from left to right with their votes, above the spectrogram and what is marked in it"
        )
    )
}

/// Where some frequencies stand, from 0 at the top to 1, with their names in Hz.
fn frequencies(front_end: &FrontEnd) -> Vec<(f64, String)> {
    let slices = front_end.slices();
    let rows = slices.height as usize;
    let at = |row: usize| hertz(front_end, slices.first_row as usize + row);
    let mut marks = Vec::new();
    for hz in [50.0, 100.0, 200.0, 500.0, 1000.0, 2000.0, 5000.0, 10_000.0, 20_000.0] {
        // Between the two rows on whose sides it lies.
        let found = (1..rows).find_map(|row| {
            let (a, b) = (at(row - 1)?, at(row)?);
            ((a - hz) * (b - hz) <= 0.0 && a != b).then(|| (row - 1) as f64 + (hz - a) / (b - a) + 0.5)
        });
        let Some(place) = found else { continue };
        let share = place / rows as f64;
        let y = if front_end.lowest_first() { 1.0 - share } else { share };
        let near = |(other, _): &(f64, String)| (other - y).abs() < 0.06;
        if !marks.iter().any(near) {
            marks.push((y, if hz >= 1000.0 { format!("{} kHz", hz / 1000.0) } else { format!("{hz} Hz") }));
        }
    }
    marks
}

/// Seconds between ticks: whole ones of 1, 2, 5, or of parts and multiples of minutes.
fn time_step(seconds: f64) -> f64 {
    let steps = [1.0, 2.0, 5.0, 10.0, 15.0, 30.0, 60.0, 120.0, 300.0, 600.0, 900.0, 1800.0, 3600.0];
    steps.into_iter().find(|step| seconds / step <= 12.0).unwrap_or_else(|| tick_step(seconds))
}

fn clock(seconds: f64) -> String {
    let tenths = (seconds * 10.0).round() as u64;
    let (minutes, rest) = (tenths / 600, tenths % 600);
    match rest % 10 {
        0 => format!("{minutes}:{:02}", rest / 10),
        tenth => format!("{minutes}:{:02}.{tenth}", rest / 10),
    }
}

fn best(row: &[f32]) -> (usize, f64) {
    let most = row.iter().enumerate().max_by(|a, b| a.1.total_cmp(b.1));
    most.map_or((0, 0.0), |(class, &p)| (class, f64::from(p)))
}

/// A table for each slice, shown where a link leads to it.
fn slices(record: &Record, labels: &[&str], front_end: &FrontEnd) -> String {
    let [hop, width] = times(front_end);
    let least = record.thresholds.map_or(0.0, |thresholds| thresholds.min_confidence);
    let mut text = "<p class=\"soft\">Choose a slice in the strip of votes above.</p>\n".to_owned();
    for (slice, row) in record.slices.probabilities.iter().enumerate() {
        let begin = slice as f64 * hop;
        let (_, confidence) = best(row);
        let votes = if confidence >= least { "votes" } else { "does not vote: not sure enough" };
        let _ = write!(
            text,
            "<div class=\"said\" id=\"s{slice}\"><strong>{} – {}</strong>, slice {}: {votes}\n<table>",
            clock(begin),
            clock(begin + width),
            slice + 1
        );
        let mut ranked: Vec<_> = row.iter().zip(labels).collect();
        ranked.sort_by(|a, b| b.0.total_cmp(a.0));
        for (p, label) in ranked {
            let _ = write!(
                text,
                "<tr><td>{}</td><td class=\"number\">{}</td></tr>",
                escape(label),
                percent(Some(f64::from(*p)))
            );
        }
        text += "</table></div>\n";
    }
    text
}

/// The rows of the table of maps: name, verdict.
fn verdicts(explained: &Explained) -> [(&'static str, Option<&Verdict>); 2] {
    [("Grad-CAM", explained.cam.as_ref()), ("covering", explained.occlusion.as_ref())]
}

fn worth(explained: &Explained) -> String {
    let mut text = "<p class=\"soft\">Slices are covered by their mean, cell by cell, those first that a map marks most. Deletion: the mean of the genre's probability while they go; \
                    low is good. Insertion: the same while they come; high is good. Each beside the same map moved and turned over at random; chance: how likely maps without \
                    meaning are as good.</p>\n<div class=\"scroll\"><table>\n<tr><th>map</th><th class=\"number\">slices</th><th class=\"number\">deletion</th>\
                    <th class=\"number\">at random</th><th class=\"number\">chance</th><th class=\"number\">insertion</th><th class=\"number\">at random</th>\
                    <th class=\"number\">chance</th></tr>\n"
        .to_owned();
    let mut words = String::new();
    for (name, verdict) in verdicts(explained) {
        let Some(v) = verdict else { continue };
        let cells = [
            v.slices.to_string(),
            format!("{:.3}", v.map.deletion),
            format!("{:.3}", v.random.deletion),
            format!("{:.3}", v.chance[0]),
            format!("{:.3}", v.map.insertion),
            format!("{:.3}", v.random.insertion),
            format!("{:.3}", v.chance[1]),
        ];
        let cells: String = cells.iter().map(|cell| format!("<td class=\"number\">{cell}</td>")).collect();
        let _ = writeln!(text, "<tr><td>{name}</td>{cells}</tr>");
        let _ = writeln!(words, "<p><strong>{name}:</strong> {}</p>", escape(v.words()));
    }
    if words.is_empty() {
        return "<p>No slice was asked about.</p>\n".into();
    }
    text + "</table></div>\n" + &words
}

fn asked(page: &ExplainPage<'_>, genre: &str) -> String {
    let [hop, _] = times(page.front_end);
    let mut text = String::new();
    for (asked, pictures) in page.explained.asked.iter().zip(page.asked) {
        let _ = writeln!(
            text,
            "<p><strong>{}</strong>, slice {}</p>\n<div class=\"trio\">",
            clock(asked.slice as f64 * hop),
            asked.slice + 1
        );
        let captions = [
            ("what the network reads", &pictures.slice),
            ("Grad-CAM", &pictures.cam),
            ("what is missed when it is covered", &pictures.occlusion),
        ];
        for (caption, picture) in captions.into_iter().filter(|(_, picture)| !picture.is_empty()) {
            let _ = writeln!(
                text,
                "<figure><img alt=\"{caption}, for {}\" src=\"data:image/png;base64,{picture}\"><figcaption>{caption}</figcaption></figure>",
                escape(genre)
            );
        }
        text += "</div>\n";
    }
    text
}

/// The same in a few lines for a terminal.
pub fn explain_text(record: &Record, explained: &Explained) -> String {
    let labels = record.labels();
    let mut text = match &record.reason {
        None => format!("{}: {} of the votes\n", labels[explained.class], percent(record.share)),
        Some(reason) => format!("unclassified ({reason}); looked at for {}\n", labels[explained.class]),
    };
    for (name, verdict) in verdicts(explained) {
        let Some(v) = verdict else { continue };
        let _ = writeln!(
            text,
            "{name}: deletion {:.3} (at random {:.3}, chance {:.3}), insertion {:.3} (at random {:.3}, chance {:.3})\n  {}",
            v.map.deletion,
            v.random.deletion,
            v.chance[0],
            v.map.insertion,
            v.random.insertion,
            v.chance[1],
            v.words()
        );
    }
    text
}

#[cfg(test)]
mod tests {
    use super::{clock, frequencies, time_step};
    use crate::signal::front_end::{FrontEnd, MelFrontEnd, SoxFrontEnd};

    #[test]
    fn times_are_read_as_on_a_clock() {
        assert_eq!([0.0, 2.56, 59.96, 61.0, 3600.0].map(clock), ["0:00", "0:02.6", "1:00", "1:01", "60:00"]);
        assert_eq!([8.0, 180.0, 7200.0].map(time_step), [1.0, 15.0, 600.0]);
    }

    #[test]
    fn frequencies_stand_where_their_rows_are() {
        let sox = frequencies(&FrontEnd::Sox(SoxFrontEnd::at(44_100)));
        // Row 1 of 129 on top: 22,050 Hz at row 0, 0 Hz at row 128.
        let place = |hz: f64| ((1.0 - hz / 22_050.0) * 128.0 - 1.0 + 0.5) / 128.0;
        let at = |name: &str| sox.iter().find(|(_, label)| label == name).map(|(y, _)| *y);
        assert!((at("10 kHz").unwrap_or(9.0) - place(10_000.0)).abs() < 1e-9, "{sox:?}");
        let mel = frequencies(&FrontEnd::Mel(MelFrontEnd::compact()));
        assert!(mel.is_sorted_by(|a, b| a.0 > b.0), "low frequencies are at the bottom: {mel:?}");
        assert!(mel.len() >= 5, "{mel:?}");
    }
}
