//! The evaluation as one HTML page: no scripts, nothing loaded from elsewhere.

use super::plots::{self, percent, percents};
use super::roc::roc_section;
use super::svg::{self, escape};
use crate::metrics::{Estimate, Evaluation, Outcome, Rate};
use crate::vote::{Denominator, Mode, Status};
use std::fmt::Write;

/// Lists longer than this are folded.
const FOLD: usize = 30;

/// The whole page. The same evaluation always gives the same bytes.
pub fn evaluation_page(e: &Evaluation) -> String {
    let mut page = head(&format!("Evaluation of {}", e.model), "default-src 'none'; style-src 'unsafe-inline'");
    page += &summary(e);
    section(&mut page, "Three readings of “error rate”", &readings(e));
    let longest = e.labels.iter().map(|l| l.chars().count()).max().unwrap_or(0);
    if e.labels.len() <= 8 && longest <= 14 {
        pair(&mut page, ("Who is taken for whom", &confusion(e)), ("Classes", &classes(e)));
    } else {
        section(&mut page, "Who is taken for whom", &confusion(e));
        section(&mut page, "Classes", &classes(e));
    }
    section(&mut page, "How well probabilities tell labels apart", &roc_section("roc", &e.roc));
    pair(&mut page, ("What abstaining buys", &risk(e)), ("Shares of the winners", &shares(e)));
    pair(&mut page, ("Calibration of songs", &calibration(e, true)), ("Calibration of slices", &calibration(e, false)));
    section(&mut page, "All numbers", &numbers(e));
    let wrong = e.outcomes.iter().filter(|o| o.in_set() && o.genre.is_some() && o.genre != o.truth);
    songs(&mut page, "Wrong songs", wrong.collect());
    let unclassified = e.outcomes.iter().filter(|o| o.in_set() && o.genre.is_none());
    songs(&mut page, "Unclassified songs", unclassified.collect());
    let outside = e.outcomes.iter().filter(|o| o.truth.is_none() && o.status == Status::Classified);
    songs(&mut page, "Songs of other genres that were classified", outside.collect());
    songs(&mut page, "Songs that could not be read", e.outcomes.iter().filter(|o| o.status == Status::Error).collect());
    page += "</body>\n</html>\n";
    page
}

/// A page's beginning, up to its heading; `policy` says what a browser may load.
pub(super) fn head(title: &str, policy: &str) -> String {
    format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"{policy}\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>{}</title>\n<style>\n{}{}</style>\n\
         </head>\n<body>\n<h1>{}</h1>\n",
        escape(title),
        svg::PAGE,
        svg::PLOTS,
        escape(title)
    )
}

pub(super) fn section(page: &mut String, title: &str, body: &str) {
    let _ = write!(page, "<section>\n<h2>{}</h2>\n{body}</section>\n", escape(title));
}

fn pair(page: &mut String, a: (&str, &str), b: (&str, &str)) {
    *page += "<div class=\"pair\">\n";
    section(page, a.0, a.1);
    section(page, b.0, b.1);
    *page += "</div>\n";
}

/// What was measured, and what to be careful about.
fn summary(e: &Evaluation) -> String {
    let t = &e.thresholds;
    let by = match e.artists {
        0 => String::new(),
        n => format!(" by {n} known artist{}", if n == 1 { "" } else { "s" }),
    };
    let mode = match t.mode {
        Mode::Hard => "one vote a slice",
        Mode::MeanSoftmax => "mean of the probabilities",
    };
    let of = match t.denominator {
        Denominator::Kept => "kept",
        Denominator::All => "all",
    };
    let mut text = format!(
        "<p>{} song{}{by}, {} label{}: {}.</p>\n<p class=\"soft\">Vote: a slice is kept from a confidence of {}; the winner needs \
         {} % of the {of} slices, from at least {} slices and {} % of the song; {mode}.</p>\n",
        e.songs,
        if e.songs == 1 { "" } else { "s" },
        e.labels.len(),
        if e.labels.len() == 1 { "" } else { "s" },
        escape(&e.labels.join(", ")),
        t.min_confidence,
        short(t.min_share * 100.0),
        t.min_kept,
        short(t.min_kept_fraction * 100.0),
    );
    let mut warn = |warning: String| {
        let _ = writeln!(text, "<p class=\"warning\">{}</p>", escape(&warning));
    };
    if e.artist_unknown > 0 {
        warn(format!(
            "The artist of {} song{} is not known: songs of one artist may be on both sides of the split, and then these \
             numbers are too good.",
            e.artist_unknown,
            if e.artist_unknown == 1 { "" } else { "s" }
        ));
    }
    if let Some(seen) = e.seen.filter(|seen| seen.training + seen.validation > 0) {
        warn(format!(
            "{} of these songs were in the model's training and {} chose its thresholds: the numbers are too good for those.",
            seen.training, seen.validation
        ));
    }
    if e.songs < 100 {
        warn("Fewer than 100 songs: mind the intervals, not the numbers.".to_owned());
    }
    if e.unreadable > 0 {
        warn(format!(
            "{} file{} could not be read and are in none of the numbers.",
            e.unreadable,
            if e.unreadable == 1 { "" } else { "s" }
        ));
    }
    text
}

fn readings(e: &Evaluation) -> String {
    let whisker = if e.draws_artists() { "artists" } else { "songs" };
    format!(
        "<p class=\"soft\">A classifier that may abstain has no single error rate. T1 counts unclassified songs, T2 also the wrong \
         ones, T3 the wrong answers when every song has to be answered. Compare only equal readings.</p>\n<div class=\"scroll wide\">{}</div>\
         <p class=\"soft\">Band: Wilson, 95 %. Whisker: bootstrap over {whisker}, 95 %. Dashed: always answering the most frequent \
         label.</p>\n",
        plots::readings(e)
    )
}

fn confusion(e: &Evaluation) -> String {
    format!(
        "<p class=\"soft\">Songs; the colour is the share of the row.</p>\n<div class=\"scroll\">{}</div>\n",
        plots::confusion(&e.labels, &e.confusion, Some("unclassified"))
    )
}

fn classes(e: &Evaluation) -> String {
    let mut text = "<div class=\"scroll\"><table>\n<tr><th>label</th><th class=\"number\">songs</th><th class=\"number\">precision</th>\
                    <th class=\"number\">recall</th><th class=\"number\">F1</th><th class=\"number\">unclassified</th></tr>\n"
        .to_owned();
    for c in &e.classes {
        let _ = write!(text, "<tr><td>{}</td><td class=\"number\">{}</td>", escape(&c.label), c.songs);
        for value in [c.precision, c.recall, c.f1, c.unclassified] {
            let _ = write!(text, "<td class=\"number\">{}</td>", percent(value));
        }
        text += "</tr>\n";
    }
    let _ = writeln!(
        text,
        "</table></div>\n<p class=\"soft\">Macro F1: {}. Recall counts unclassified songs as not found.</p>",
        percent(Some(e.macro_f1))
    );
    text
}

fn risk(e: &Evaluation) -> String {
    format!(
        "<p class=\"soft\">The forced answers, ranked by the winner's share. Dashed: the best ranking of the same answers. Dot: these \
         thresholds, which ask for enough kept slices too.</p>\n{}",
        plots::risk_coverage(e)
    )
}

fn shares(e: &Evaluation) -> String {
    format!(
        "<p class=\"soft\"><span class=\"key right\"></span>right<span class=\"key wrong\"></span>wrong<span class=\"key none\"></span>\
         unclassified</p>\n{}",
        plots::shares(e)
    )
}

fn calibration(e: &Evaluation, of_songs: bool) -> String {
    let (c, id, unit, what) = if of_songs {
        (&e.song_calibration, "songs", "songs", "Mean probability of the forced answer.")
    } else {
        (&e.slice_calibration, "slices", "slices", "Greatest probability of a slice.")
    };
    format!(
        "<p class=\"soft\">{what} Bars: accuracy. Red: too sure, blue: not sure enough. Below: how many. Expected calibration error \
         {}; {} on average of as many {unit} that are right as often as they say.</p>\n{}",
        percent(c.ece),
        percent(c.by_chance),
        plots::reliability(&format!("reliability-{id}"), &format!("Reliability of {unit}"), unit, c)
    )
}

fn numbers(e: &Evaluation) -> String {
    let mut text = "<div class=\"scroll\"><table>\n<tr><th>measure</th><th class=\"number\">value</th><th class=\"number\">count</th>\
                    <th class=\"number\">Wilson</th><th class=\"number\">over songs</th><th class=\"number\">over artists</th></tr>\n"
        .to_owned();
    let mut row = |name: &str, cells: [String; 5]| {
        let _ = write!(text, "<tr><td>{name}</td>");
        for cell in cells {
            let _ = write!(text, "<td class=\"number\">{cell}</td>");
        }
        text += "</tr>\n";
    };
    let rate = |r: &Rate| {
        let count = format!("{} / {}", r.count, r.of);
        let intervals = [r.wilson, r.estimate.by_song, r.estimate.by_artist].map(percents);
        let [a, b, c] = intervals;
        [percent(r.estimate.value), count, a, b, c]
    };
    let number = |s: &Estimate| {
        let span = |i: Option<crate::metrics::Interval>| {
            i.map_or_else(String::new, |i| format!("{:.4} – {:.4}", i.low, i.high))
        };
        let value = s.value.map_or_else(|| "-".to_owned(), |v| format!("{v:.4}"));
        [value, String::new(), String::new(), span(s.by_song), span(s.by_artist)]
    };
    let alone = |value: String| [value, String::new(), String::new(), String::new(), String::new()];
    let r = &e.readings;
    row("T1: unclassified", rate(&r.t1));
    row("T2: unclassified or wrong", rate(&r.t2));
    row("T3: wrong when forced", rate(&r.t3));
    row("Wrong", rate(&r.wrong));
    row("Wrong among classified", rate(&r.wrong_of_classified));
    row("Slice accuracy", rate(&e.slice_accuracy));
    row("Kept slices", rate(&e.kept_slices));
    row("Accuracy of kept slices", rate(&e.kept_slice_accuracy));
    row("ROC area, macro", number(&e.roc.macro_average.auc));
    row("ROC area, micro", number(&e.roc.micro_average.auc));
    row("AURC", number(&e.aurc));
    row("E-AURC", number(&e.eaurc));
    row("Brier score of songs", number(&e.brier));
    row("Calibration error of songs", alone(percent(e.song_calibration.ece)));
    row("Calibration error of slices", alone(percent(e.slice_calibration.ece)));
    row(&format!("Error of always “{}”", escape(&e.majority.label)), alone(percent(Some(e.majority.error))));
    if e.outside.of > 0 {
        row("Other genres: classified all the same", rate(&e.outside));
    }
    let _ = writeln!(
        text,
        "</table></div>\n<p class=\"soft\">Intervals: 95 %; bootstrap with {} replicates, seed {}. A share of 0 or 100 %, which no \
         drawing can change, has Wilson’s interval of as many trials as there are songs or artists to draw.</p>",
        e.options.replicates, e.options.seed
    );
    text
}

fn songs(page: &mut String, title: &str, songs: Vec<&Outcome>) {
    if songs.is_empty() {
        return;
    }
    let mut table = "<div class=\"scroll\"><table>\n<tr><th>song</th><th>artist</th><th>truth</th><th>best guess</th>\
                     <th class=\"number\">share</th><th>remark</th></tr>\n"
        .to_owned();
    let text = |value: &Option<String>| escape(value.as_deref().unwrap_or("-"));
    for song in &songs {
        let _ = writeln!(
            table,
            "<tr><td class=\"path\">{}</td><td>{}</td><td>{}</td><td>{}</td><td class=\"number\">{}</td><td>{}</td></tr>",
            escape(&song.path),
            text(&song.artist),
            text(&song.truth),
            text(&song.forced),
            percent(song.share),
            escape(song.reason.as_deref().unwrap_or_default()),
        );
    }
    table += "</table></div>\n";
    if songs.len() > FOLD {
        table = format!("<details>\n<summary>Show all {}</summary>\n{table}</details>\n", songs.len());
    }
    section(page, &format!("{title} ({})", songs.len()), &table);
}

/// At most two decimals, none where they are zero.
fn short(value: f64) -> String {
    format!("{value:.2}").trim_end_matches('0').trim_end_matches('.').to_owned()
}
