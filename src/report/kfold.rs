//! A run over folds as text and as one HTML page.

use std::fmt::Write;

use super::html::{head, section};
use super::plots::{self, percent, percents};
use super::roc::roc_section;
use super::svg::escape;
use super::table::{pad, plain, width};
use crate::metrics::{Estimate, Scores};
use crate::study::kfold::{Combine, FoldReport, Report};

/// A table's columns of one side: accuracy, macro recall, and the areas under the curve, macro and micro.
const COLUMNS: [&str; 4] = ["accuracy", "macro recall", "AUC macro", "AUC micro"];

fn area(auc: &Estimate) -> String {
    auc.value.map_or_else(|| "-".into(), |value| format!("{value:.3}"))
}

fn cells(scores: &Scores) -> [String; 4] {
    let roc = &scores.roc;
    let (accuracy, recall) = (percent(scores.accuracy.estimate.value), percent(scores.macro_recall.value));
    [accuracy, recall, area(&roc.macro_average.auc), area(&roc.micro_average.auc)]
}

/// Per cent or an area, with its interval.
fn with_range(estimate: &Estimate, share: bool) -> String {
    let value = if share { percent(estimate.value) } else { area(estimate) };
    let range = estimate.interval().map_or_else(String::new, |i| match share {
        true => format!("  [{:.1}, {:.1}]", 100.0 * i.low, 100.0 * i.high),
        false => format!("  [{:.3}, {:.3}]", i.low, i.high),
    });
    value + &range
}

fn combined(how: Combine) -> &'static str {
    match how {
        Combine::Mean => "mean of their probabilities",
        Combine::Mode => "most frequent of their answers",
    }
}

/// Whom the intervals draw.
fn drawn(scores: &Scores) -> &'static str {
    if scores.accuracy.estimate.by_artist.is_some() { "artists" } else { "songs" }
}

/// The folds, all of them together, and every label, for a terminal.
pub fn kfold_text(report: &Report) -> String {
    let (all, out) = (&report.out_of_fold, &report.ensemble);
    let mut text = format!(
        "{} folds of {} songs; {} songs of {} known artists held out; intervals of 95 % draw {}\n\n",
        report.folds.len(),
        all.songs,
        out.songs,
        out.artists,
        drawn(out)
    );
    let line = |name: &str, songs: String, own: [String; 4], out: [String; 4]| {
        let cells = |cells: [String; 4]| -> String {
            let cell = |(cell, name): (&String, &str)| " ".repeat(name.len().saturating_sub(width(cell)) + 2) + cell;
            cells.iter().zip(COLUMNS).map(cell).collect()
        };
        format!("{}{songs:>6}{}  |{}\n", pad(name, 9), cells(own), cells(out))
    };
    let names = COLUMNS.map(str::to_owned);
    let wide: usize = COLUMNS.iter().map(|name| name.len() + 2).sum();
    let _ = writeln!(text, "{}{}  |  songs held out", " ".repeat(15), pad("  songs of the fold", wide));
    text += &line("", "songs".into(), names.clone(), names);
    for FoldReport { fold, songs, validation, held_out, .. } in &report.folds {
        text += &line(&format!("fold {fold}"), songs.validation.to_string(), cells(validation), cells(held_out));
    }
    text += &line("together", all.songs.to_string(), cells(all), cells(out));
    let _ = writeln!(text, "\nHeld out, {}:", combined(report.combine));
    for (name, estimate, share) in [
        ("accuracy", &out.accuracy.estimate, true),
        ("macro recall", &out.macro_recall, true),
        ("AUC macro", &out.roc.macro_average.auc, false),
        ("AUC micro", &out.roc.micro_average.auc, false),
        ("sensitivity", &out.roc.sensitivity, true),
        ("specificity", &out.roc.specificity, true),
    ] {
        let _ = writeln!(text, "  {}  {}", pad(name, 14), with_range(estimate, share));
    }
    text += "Sensitivity and specificity are means over the labels, cut where Youden's J of the out-of-fold answers is greatest.\n\n";
    let widest = report.labels.iter().map(|label| width(&plain(label))).max().unwrap_or(0).max(5);
    let _ = writeln!(text, "{}  songs  {:<24}threshold  {:<24}specificity", pad("label", widest), "AUC", "sensitivity");
    for own in &out.roc.classes {
        let cut = own.cut.as_ref();
        let rate =
            |rate: Option<&crate::metrics::Rate>| with_range(&rate.map(|rate| rate.estimate).unwrap_or_default(), true);
        let row = format!(
            "{}  {:>5}  {}{:<11}{}{}",
            pad(&plain(&own.label), widest),
            own.positives,
            pad(&with_range(&own.auc, false), 24),
            cut.map_or_else(|| "-".into(), |cut| format!("{:.3}", cut.threshold)),
            pad(&rate(cut.map(|cut| &cut.sensitivity)), 24),
            rate(cut.map(|cut| &cut.specificity)),
        );
        let _ = writeln!(text, "{}", row.trim_end());
        if let Some(why) = &own.missing {
            let _ = writeln!(text, "{}  no curve: {}", " ".repeat(widest), plain(why));
        }
    }
    text
}

/// What the confusion matrix calls songs that no model can answer, where there are some.
fn unanswered(report: &Report) -> Option<&'static str> {
    report.ensemble.confusion.unclassified.iter().any(|&songs| songs > 0).then_some("no slice")
}

/// Who is taken for whom by all models together, of the songs held out.
pub fn kfold_confusion(report: &Report) -> String {
    plots::confusion(&report.labels, &report.ensemble.confusion, unanswered(report))
}

/// The whole page; the same report always gives the same bytes.
pub fn kfold_page(report: &Report) -> String {
    let system = report.options.get("system").and_then(|system| system.as_str()).unwrap_or("a network");
    let title = format!("{system} over {} folds", report.folds.len());
    let mut page = head(&title, "default-src 'none'; style-src 'unsafe-inline'");
    let (all, out) = (&report.out_of_fold, &report.ensemble);
    let _ = writeln!(
        page,
        "<p>{} songs in {} folds, {} songs of {} known artists held out from all of them; labels: {}.</p>\n<p class=\"soft\">Folds are \
         stratified by label and grouped by artist. A fold’s model learns from the other folds; its own chooses its epoch, temperature \
         and thresholds. Of their answers to a song held out one is made: the {}. tunevote {}.</p>",
        all.songs,
        report.folds.len(),
        out.songs,
        out.artists,
        escape(&report.labels.join(", ")),
        combined(report.combine),
        env!("CARGO_PKG_VERSION"),
    );
    if out.songs < 100 {
        page += "<p class=\"warning\">Fewer than 100 songs held out: mind the intervals, not the numbers.</p>\n";
    }
    section(&mut page, "Folds", &folds(report));
    section(&mut page, "Songs held out: how well labels are told apart", &roc_section("roc", &out.roc));
    let matrix = format!(
        "<p class=\"soft\">Songs held out, answered by all models together; the colour is the share of the row.</p>\n<div \
         class=\"scroll\">{}</div>\n",
        kfold_confusion(report)
    );
    section(&mut page, "Songs held out: who is taken for whom", &matrix);
    section(&mut page, "Out of fold: how well labels are told apart", &roc_section("roc-folds", &all.roc));
    section(&mut page, "Songs held out", &songs(report));
    page += "</body>\n</html>\n";
    page
}

fn folds(report: &Report) -> String {
    let mut text =
        "<div class=\"scroll\"><table>\n<tr><th></th><th></th><th></th><th colspan=\"4\">songs of the fold</th>\
                    <th colspan=\"4\">songs held out</th></tr>\n<tr><th></th><th class=\"number\">taught</th>\
                    <th class=\"number\">songs</th>"
            .to_owned();
    for name in COLUMNS.into_iter().chain(COLUMNS) {
        let _ = write!(text, "<th class=\"number\">{name}</th>");
    }
    text += "</tr>\n";
    let mut row = |name: &str, taught: String, songs: usize, own: &Scores, out: &Scores| {
        let _ = write!(text, "<tr><td>{name}</td><td class=\"number\">{taught}</td><td class=\"number\">{songs}</td>");
        for cell in cells(own).into_iter().chain(cells(out)) {
            let _ = write!(text, "<td class=\"number\">{cell}</td>");
        }
        text += "</tr>\n";
    };
    for fold in &report.folds {
        let name = format!("fold {}", fold.fold);
        row(&name, fold.songs.taught.to_string(), fold.songs.validation, &fold.validation, &fold.held_out);
    }
    let (all, out) = (&report.out_of_fold, &report.ensemble);
    row("together", String::new(), all.songs, all, out);
    let spans = |scores: &Scores| {
        let area =
            |auc: &Estimate| auc.interval().map_or_else(String::new, |i| format!("{:.3} – {:.3}", i.low, i.high));
        let roc = &scores.roc;
        let shares = [scores.accuracy.estimate, scores.macro_recall].map(|estimate| percents(estimate.interval()));
        let areas = [area(&roc.macro_average.auc), area(&roc.micro_average.auc)];
        shares.into_iter().chain(areas).map(|cell| format!("<td class=\"number\">{cell}</td>")).collect::<String>()
    };
    let _ = writeln!(
        text,
        "<tr><td>95 %</td><td></td><td></td>{}{}</tr>\n</table></div>\n<p class=\"soft\">On the left each fold is answered by the model that has \
         not learnt from it, “together” are all of them. Its own fold chose a model’s epoch and thresholds, so these numbers are a little too good; \
         the songs held out had no part in anything. Intervals: bootstrap over {}, {} replicates, seed {}.</p>",
        spans(all),
        spans(out),
        drawn(out),
        report.measured.replicates,
        report.measured.seed
    );
    text
}

fn songs(report: &Report) -> String {
    let mut text = "<details>\n<summary>Show all</summary>\n<div class=\"scroll\"><table>\n<tr><th>song</th><th>artist</th><th>truth</th>\
                    <th>together</th><th>each fold’s model</th></tr>\n"
        .to_owned();
    let name = |label: &Option<String>| escape(label.as_deref().unwrap_or("-"));
    for song in &report.songs {
        let each: Vec<String> = song.answers.iter().map(name).collect();
        let _ = writeln!(
            text,
            "<tr><td class=\"path\">{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td></tr>",
            escape(&song.path),
            name(&song.artist),
            escape(&song.truth),
            name(&song.answer),
            each.join(", ")
        );
    }
    text + "</table></div>\n</details>\n"
}
