//! The evaluation as a page of text, for a terminal.

use super::table::{aligned, pad, plain};
use crate::metrics::{Estimate, Evaluation, Interval, Rate};
use std::fmt::Write;

/// Width of the names of the numbers.
const NAMES: usize = 44;

/// The numbers in lines, and who is taken for whom. Intervals are [`Estimate::interval`]'s, and Wilson's where
/// there is none.
pub fn evaluation_text(e: &Evaluation) -> String {
    let r = &e.readings;
    let drawn = match e.artist_unknown {
        _ if !e.draws_artists() => "songs",
        0 => "artists",
        _ => "artists, songs where unknown",
    };
    let mut songs = format!("{} songs, {} known artists", e.songs, e.artists);
    if e.unreadable > 0 {
        let _ = write!(songs, ", {} unreadable", e.unreadable);
    }
    let mut text = format!("{}    95 % interval (bootstrap over {drawn})\n", pad(&songs, NAMES));
    let rates = [
        ("slices right", &e.slice_accuracy),
        ("slices that vote", &e.kept_slices),
        ("voting slices right", &e.kept_slice_accuracy),
        ("T1  songs unclassified", &r.t1),
        ("T2  songs unclassified or wrong", &r.t2),
        ("T3  songs wrong when an answer is forced", &r.t3),
        ("wrong songs", &r.wrong),
        ("wrong among the classified", &r.wrong_of_classified),
    ];
    for (name, rate) in rates {
        text += &share(name, rate);
    }
    if e.outside.of > 0 {
        text += &share("songs of other genres that were classified", &e.outside);
    }
    let majority = format!("always answering {}", plain(&e.majority.label));
    let _ = writeln!(text, "{}  {:5.1} % wrong", pad(&majority, NAMES), 100.0 * e.majority.error);
    let alone = |value: Option<f64>| Estimate { value, by_song: None, by_artist: None };
    for (name, estimate) in [
        ("ROC area, macro (.5 is chance)", e.roc.macro_average.auc),
        ("ROC area, micro", e.roc.micro_average.auc),
        ("AURC  area under risk and coverage", e.aurc),
        ("E-AURC  what a better ranking would save", e.eaurc),
        ("Brier score of songs", e.brier),
        ("ECE of songs", alone(e.song_calibration.ece)),
        ("  if right as often as it says, on average", alone(e.song_calibration.by_chance)),
        ("ECE of slices", alone(e.slice_calibration.ece)),
    ] {
        let value = estimate.value.map_or_else(|| "-".to_owned(), |value| format!("{value:.4}"));
        let range = estimate.interval().map_or_else(String::new, |i| format!("  [{:.4}, {:.4}]", i.low, i.high));
        let _ = writeln!(text, "{}  {value:>7}{range}", pad(name, NAMES));
    }
    text + "\n" + &confusion(e)
}

fn share(name: &str, rate: &Rate) -> String {
    let value = rate.estimate.value.map_or_else(|| "  -    ".to_owned(), |value| format!("{:5.1} %", 100.0 * value));
    // Songs of other genres were not resampled.
    let (interval, whose) = match (rate.estimate.interval(), rate.wilson) {
        (None, Some(wilson)) => (Some(wilson), " Wilson"),
        (drawn, _) => (drawn, ""),
    };
    let range = |i: Interval| format!("  [{:.1}, {:.1}]{whose}", 100.0 * i.low, 100.0 * i.high);
    let range = interval.map_or_else(String::new, range);
    format!("{}  {value}{range}  ({} of {})\n", pad(name, NAMES), rate.count, rate.of)
}

/// A row for each true label, a column for each answer and one for none.
fn confusion(e: &Evaluation) -> String {
    let mut rows = vec![vec!["truth \\ answer".to_owned()]];
    rows[0].extend(e.labels.iter().map(|label| plain(label)));
    rows[0].push("unclassified".to_owned());
    for ((label, counts), none) in e.labels.iter().zip(&e.confusion.counts).zip(&e.confusion.unclassified) {
        let numbers = counts.iter().chain([none]).map(u64::to_string);
        rows.push([plain(label)].into_iter().chain(numbers).collect());
    }
    aligned(&rows, &[0])
}
