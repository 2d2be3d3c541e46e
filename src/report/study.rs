//! A study as text, as CSV and as one HTML page.

use std::fmt::Write;

use super::html::{head, section};
use super::plots::{Frame, percent};
use super::svg::{Svg, escape};
use crate::metrics::{Difference, Rate};
use crate::study::{Comparison, Method, Row, Table};
use crate::{Error, Result};

/// A picture for the page.
#[derive(Clone, Debug)]
pub struct StudyPicture {
    /// What it shows.
    pub caption: String,
    /// A PNG as base64.
    pub base64: String,
}

fn share(rate: &Rate) -> String {
    let between = rate.estimate.interval();
    let between = between.map_or(String::new(), |i| format!(" [{:.1}, {:.1}]", 100.0 * i.low, 100.0 * i.high));
    format!("{}{between}", percent(rate.estimate.value))
}

fn number(value: Option<f64>) -> String {
    value.map_or_else(|| "-".into(), |value| format!("{value:.4}"))
}

/// What the study says in a sentence.
fn verdict(table: &Table) -> String {
    if table.gains.is_empty() {
        return "No benefit: no second look has lower risk at equal coverage than voting and every control, nor a lower area under the \
                risk-coverage curve."
            .into();
    }
    let names: Vec<_> = table.gains.iter().map(|method| method.name()).collect();
    format!("A gain over voting and every control, by the paired bootstrap: {}.", names.join(", "))
}

/// The rows for a terminal, and the verdict.
pub fn study_text(table: &Table) -> String {
    let mut text =
        format!("{:<24}  {:>7}  {:>7}  {:>7}  {:>7}  {:>7}  {:>7}\n", "", "T1", "T2", "T3", "wrong", "AURC", "outside");
    for row in &table.rows {
        let r = &row.standing.readings;
        let rate = |rate: &Rate| percent(rate.estimate.value);
        let _ = writeln!(
            text,
            "{:<24}  {:>7}  {:>7}  {:>7}  {:>7}  {:>7}  {:>7}",
            row.name,
            rate(&r.t1),
            rate(&r.t2),
            rate(&r.t3),
            rate(&r.wrong),
            number(row.standing.aurc.value),
            row.outside.as_ref().map_or_else(|| "-".into(), rate)
        );
    }
    text + &format!("\n{}\n", verdict(table))
}

/// The rows with all their numbers, RFC 4180.
///
/// # Errors
/// [`Error::Argument`] if it cannot be made.
pub fn study_csv(table: &Table) -> Result<String> {
    let failed = |problem: String| Error::Argument { operation: "csv", problem };
    let mut writer = ::csv::Writer::from_writer(Vec::new());
    let mut heading = vec!["method".to_owned()];
    for name in ["t1", "t2", "t3", "wrong", "outside"] {
        heading.extend(["", "_low", "_high"].map(|end| format!("{name}{end}")));
    }
    heading.extend(["aurc", "eaurc", "brier", "ece", "songs", "seeds"].map(str::to_owned));
    writer.write_record(&heading).map_err(|e| failed(e.to_string()))?;
    let cell = |value: Option<f64>| value.map(|v| v.to_string()).unwrap_or_default();
    for Row { name, standing: s, outside, .. } in &table.rows {
        let mut line = vec![name.clone()];
        let r = &s.readings;
        for rate in [Some(&r.t1), Some(&r.t2), Some(&r.t3), Some(&r.wrong), outside.as_ref()] {
            let between = rate.and_then(|rate| rate.estimate.interval());
            line.push(cell(rate.and_then(|rate| rate.estimate.value)));
            line.extend([between.map(|i| i.low), between.map(|i| i.high)].map(cell));
        }
        line.extend([s.aurc.value, s.eaurc.value, s.brier.value, s.calibration.ece].map(cell));
        line.extend([s.songs.to_string(), s.seeds.to_string()]);
        writer.write_record(&line).map_err(|e| failed(e.to_string()))?;
    }
    let bytes = writer.into_inner().map_err(|e| failed(e.to_string()))?;
    String::from_utf8(bytes).map_err(|e| failed(e.to_string()))
}

/// The whole page; the same study always gives the same bytes.
pub fn study_page(table: &Table, pictures: &[StudyPicture]) -> String {
    let mut page =
        head("Table 1: does a second look help?", "default-src 'none'; style-src 'unsafe-inline'; img-src data:");
    let plan = &table.plan;
    let _ = write!(
        page,
        "<p><strong>{}</strong></p>\n<p>{} test songs, {} songs of genres outside the label set, {} training seed{}, genres: {}. {}</p>\n<p class=\"soft\">Passes over the training songs: {}. GANs of the practical widths: at least {} (reading A) and {} (reading B) steps in each of 8 phases, {} \
         rows of one slice a genre in a step, {} critic step{} to one of the generator.</p>\n",
        escape(&verdict(table)),
        table.songs[0],
        table.songs[1],
        plan.seeds,
        if plan.seeds == 1 { "" } else { "s" },
        escape(&table.labels.join(", ")),
        artists(table),
        plan.systems()
            .iter()
            .zip(plan.epochs)
            .map(|(name, epochs)| format!("{name} {epochs}"))
            .collect::<Vec<_>>()
            .join(", "),
        plan.gan_steps[0],
        plan.gan_steps[1],
        plan.rows,
        plan.critic_steps,
        if plan.critic_steps == 1 { "" } else { "s" },
    );
    let _ =
        writeln!(page, "<p class=\"soft\">tunevote {} on {}.</p>", env!("CARGO_PKG_VERSION"), escape(&table.device));
    if table.songs[0] < 100 {
        page += "<p class=\"warning\">Fewer than 100 test songs: mind the intervals, not the numbers.</p>\n";
    }
    section(&mut page, "Three readings of “error rate”", &readings(table));
    section(&mut page, "Risk against coverage", &curves(table));
    section(&mut page, "Second looks against voting, controls and a second network", &comparisons(table));
    section(&mut page, "What each piece of evidence knows", &evidence(table));
    section(&mut page, "How sure, and how sure with reason", &calibration(table));
    if !pictures.is_empty() {
        let mut body = String::from(
            "<p class=\"soft\">Slices of songs that the vote left unclassified, each beside what the networks make of it in every genre, in \
             the order of the labels. Time from left to right, frequency from the bottom up.</p>\n",
        );
        for StudyPicture { caption, base64 } in pictures {
            let caption = escape(caption);
            let _ = writeln!(
                body,
                "<figure><img alt=\"{caption}\" src=\"data:image/png;base64,{base64}\"><figcaption>{caption}</figcaption></figure>"
            );
        }
        section(&mut page, "What the second look sees", &body);
    }
    page += "</body>\n</html>\n";
    page
}

/// Whether artists are on one side each.
fn artists(table: &Table) -> String {
    match table.without_artist {
        0 => "Songs of one artist are on one side only.".into(),
        songs => format!(
            "The artists of {songs} songs are not known: one of theirs may be on both sides, and the numbers may look too good."
        ),
    }
}

fn readings(table: &Table) -> String {
    let mut body = String::from(
        "<p class=\"soft\">T1: unclassified. T2: unclassified or wrong. T3: wrong when an answer is forced. The CNN, the RNN and CNN+RNN see one \
         slice and always answer, so T1 is 0 and T2 is T3: compare rows of one reading only. In brackets intervals of 95 %. Outside: songs \
         of other genres that got a genre all the same. Voting + CNN+RNN and CNN has no GAN: a second network's votes on all slices, weighed \
         beside the CNN's as a second look's are.</p>\n<div class=\"scroll\"><table>\n<tr><th>method</th><th class=\"number\">T1</th>\
         <th class=\"number\">T2</th><th class=\"number\">T3</th><th class=\"number\">wrong</th><th class=\"number\">outside</th></tr>\n",
    );
    for row in &table.rows {
        let r = &row.standing.readings;
        let line = if row.method == Method::Again { " class=\"baseline-row\"" } else { "" };
        let _ = write!(body, "<tr{line}><td>{}</td>", escape(&row.name));
        for rate in [Some(&r.t1), Some(&r.t2), Some(&r.t3), Some(&r.wrong), row.outside.as_ref()] {
            let _ = write!(body, "<td class=\"number\">{}</td>", rate.map_or_else(|| "-".into(), share));
        }
        body += "</tr>\n";
    }
    body + "</table></div>\n"
}

/// How a method's line is drawn.
fn class(method: Method) -> &'static str {
    match method {
        Method::Analysis => "line look-a",
        Method::AnalysisAll => "line look-a all",
        Method::Transfer => "line look-b",
        Method::TransferAll => "line look-b all",
        Method::Again => "line control",
        Method::Purifier => "line control two",
        Method::Shifted => "line control three",
        Method::Random => "line control four",
        Method::Network => "line network",
        _ => "line first",
    }
}

fn curves(table: &Table) -> String {
    let highest = table.curves.iter().flat_map(|curve| &curve.points).map(|[_, risk]| *risk).fold(0.0, f64::max);
    let (frame, step) = Frame::of_risk(highest, [640.0, 340.0]);
    let mut svg = Svg::new(730.0, 406.0);
    frame.x_ticks(&mut svg, 0.2, "coverage: answered songs");
    frame.y_ticks(&mut svg, step, |v| percent(Some(v)), "risk: wrong among answered");
    let mut keys = String::new();
    for curve in &table.curves {
        svg.polyline(curve.points.iter().map(|[coverage, risk]| frame.at(*coverage, *risk)), class(curve.method));
        let mut sample = Svg::new(42.0, 10.0);
        sample.line((0.0, 5.0), (42.0, 5.0), class(curve.method));
        let id = format!("key-{:?}", curve.method);
        let sample = sample.finish(&id, curve.method.name(), "how its line is drawn").replacen(
            "<svg",
            "<svg class=\"sample\"",
            1,
        );
        let _ = writeln!(keys, "<li>{sample}{}</li>", escape(curve.method.name()));
    }
    let plot = svg.finish(
        "curves",
        "Risk against coverage",
        "The mean over seeds of the expected risk at each coverage; lower is better.",
    );
    format!(
        "<p class=\"soft\">Songs that the vote classifies rank first, by its share; then those that a second look classifies, by the share of that \
         vote; the rest as the first vote left it. Lower is better; the part on the left, where all songs are classified by the vote, is the same for all.</p>\n{plot}<ul class=\"soft\">\n{keys}</ul>\n"
    )
}

fn comparisons(table: &Table) -> String {
    let mut body = String::from(
        "<p class=\"soft\">Risk of what the second look gives, and area under the curve (AURC), each minus that of what it is held against: \
         below 0 is better. Risks are compared at the coverage of the second look: the other's ranking is cut where it answers as many test songs. \
         A gain needs upper bounds (one-sided, 95 %, paired bootstrap) below \
         0 against voting and every control by one of the two measures; four second looks are tried with both, and nothing corrects for that. The \
         CNN+RNN's votes are no control: they say whether what a GAN gains is more than any second network would.</p>\n<div \
         class=\"scroll\"><table>\n<tr><th>second look</th><th>against</th><th class=\"number\">risk</th><th class=\"number\">difference</th>\
         <th class=\"number\">upper bound</th><th class=\"number\">AURC difference</th>\
         <th class=\"number\">upper bound</th><th>lower</th></tr>\n",
    );
    let signed = |value: Option<f64>| value.map_or_else(|| "-".into(), |value| format!("{value:+.4}"));
    let upper = |difference: &Difference| signed(difference.bounds().map(|bounds| bounds.upper));
    for Comparison { method, baseline, risk, aurc, gain, .. } in &table.comparisons {
        let lower = match gain {
            [true, true] => "risk and AURC",
            [true, false] => "risk",
            [false, true] => "AURC",
            [false, false] => "no",
        };
        let _ = writeln!(
            body,
            "<tr><td>{}</td><td>{}</td><td class=\"number\">{}</td><td class=\"number\">{}</td><td class=\"number\">{}</td><td \
             class=\"number\">{}</td><td class=\"number\">{}</td><td>{lower}</td></tr>",
            escape(method.name()),
            escape(baseline.name()),
            percent(risk.method),
            signed(risk.difference),
            upper(risk),
            signed(aurc.difference),
            upper(aurc)
        );
    }
    body + "</table></div>\n"
}

fn evidence(table: &Table) -> String {
    let chance = percent(Some(1.0 / table.labels.len().max(1) as f64));
    let mut body = format!(
        "<p class=\"soft\">Slices that each piece of evidence would judge rightly by itself, over all seeds; by chance {chance}. Distances are shares of what is usual for the genre. What counts is the \
         songs that the vote leaves open, and there above all the slices where the CNN is wrong: a second look can only help where it is right and \
         the first one was not.</p>\n<div class=\"scroll\"><table>\n<tr><th>evidence</th><th class=\"number\">classified validation songs</th>\
         <th class=\"number\">open ones</th><th class=\"number\">open test songs</th><th class=\"number\">there, where the CNN is \
         wrong</th></tr>\n"
    );
    for one in &table.evidence {
        let _ = write!(body, "<tr><td>{}</td>", escape(&one.name));
        for rightness in [&one.classified, &one.validation, &one.open, &one.open_where_cnn_is_wrong] {
            let cell = match rightness.share() {
                Some(share) => format!("{} of {}", percent(Some(share)), rightness.slices),
                None => "-".into(),
            };
            let _ = write!(body, "<td class=\"number\">{cell}</td>");
        }
        body += "</tr>\n";
    }
    body + "</table></div>\n"
}

fn calibration(table: &Table) -> String {
    let mut body = String::from(
        "<p class=\"soft\">AURC: mean risk over all coverages. E-AURC: the part of it that a better ranking could save. ECE and Brier of the songs' \
         mean probabilities; none where a method gives none.</p>\n<div class=\"scroll\"><table>\n<tr><th>method</th><th class=\"number\">AURC</th>\
         <th class=\"number\">E-AURC</th><th class=\"number\">ECE</th><th class=\"number\">Brier</th></tr>\n",
    );
    for Row { name, standing: s, .. } in &table.rows {
        let _ = write!(body, "<tr><td>{}</td>", escape(name));
        for value in [s.aurc.value, s.eaurc.value, s.calibration.ece, s.brier.value] {
            let _ = write!(body, "<td class=\"number\">{}</td>", number(value));
        }
        body += "</tr>\n";
    }
    body + "</table></div>\n"
}
