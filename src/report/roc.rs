//! Receiver operating characteristics, drawn and as a table.

use super::plots::{Frame, percent, percents, shorten};
use super::svg::{Anchor, Svg, escape};
use crate::metrics::{ClassRoc, Estimate, Rate, Roc};
use std::fmt::Write;

/// Height of a line of the legend.
const LINE: f64 = 21.0;
/// Width of the legend.
const LEGEND: f64 = 290.0;
/// Colours that the style sheet has; labels behind them have them again, dashed.
const COLOURS: usize = 8;

/// The class of a label's line, or of its dot.
fn class(kind: &str, label: usize) -> String {
    let dashes = match label / COLOURS {
        0 => "",
        1 => " d1",
        _ => " d2",
    };
    format!("{kind} c{}{dashes}", label % COLOURS)
}

fn area(auc: &Estimate) -> String {
    auc.value.map_or_else(|| "-".into(), |value| format!("{value:.3}"))
}

fn range(auc: &Estimate) -> String {
    auc.interval().map_or_else(String::new, |i| format!("{:.3} – {:.3}", i.low, i.high))
}

/// The labels' curves, their means, chance as a diagonal, and where each label is cut. `id` is unique on the page.
pub fn roc_plot(id: &str, roc: &Roc) -> String {
    let rows = roc.classes.len() + 5;
    let frame = Frame { left: 68.0, top: 12.0, width: 420.0, height: 420.0, x_max: 1.0, y_max: 1.0 };
    let right = frame.left + frame.width + 34.0;
    let height = (frame.top + frame.height + 54.0).max(frame.top + LINE * rows as f64 + 12.0);
    let mut svg = Svg::new(right + LEGEND, height);
    frame.x_ticks(&mut svg, 0.2, "false positive rate: other songs taken for it");
    frame.y_ticks(&mut svg, 0.2, |v| format!("{:.0} %", v * 100.0), "sensitivity: its songs found");
    svg.line(frame.at(0.0, 0.0), frame.at(1.0, 1.0), "diagonal");
    for (k, own) in roc.classes.iter().enumerate() {
        let points = own.points.iter().flatten().map(|p| frame.at(p.fpr, p.tpr));
        if own.points.is_some() {
            svg.polyline(points, &class("roc", k));
        }
    }
    let averages =
        [("macro", "mean of the labels", &roc.macro_average), ("micro", "all answers together", &roc.micro_average)];
    for (name, _, average) in averages.iter().filter(|(_, _, average)| average.points.is_some()) {
        svg.polyline(average.points.iter().flatten().map(|&[x, y]| frame.at(x, y)), &format!("roc {name}"));
    }
    for (k, own) in roc.classes.iter().enumerate() {
        if let Some((on, off)) = cut(own) {
            let tip = format!("{}: sensitivity {}, specificity {}", own.label, percent(Some(on)), percent(Some(off)));
            svg.dot(frame.at(1.0 - off, on), 5.0, &class("cut", k), &tip);
        }
    }

    let mut y = frame.top + 12.0;
    svg.text((right + LEGEND - 12.0, y), Anchor::End, 0.0, "axis", "area");
    let mut row = |line: Option<&str>, dot: Option<&str>, text: &str, ink: &str, value: &str| {
        y += LINE;
        if let Some(line) = line {
            svg.line((right, y - 4.0), (right + 34.0, y - 4.0), line);
        }
        if let Some(dot) = dot {
            svg.dot((right + 17.0, y - 4.0), 5.0, dot, "");
        }
        svg.text((right + 44.0, y), Anchor::Start, 0.0, ink, text);
        svg.text((right + LEGEND - 12.0, y), Anchor::End, 0.0, "value", value);
    };
    for (name, what, average) in averages {
        row(Some(&format!("roc {name}")), None, &format!("{name}: {what}"), "label", &area(&average.auc));
    }
    for (k, own) in roc.classes.iter().enumerate() {
        let dot = cut(own).map(|_| class("cut", k));
        let line = own.points.as_ref().map(|_| class("roc", k));
        let ink = if line.is_some() { "label" } else { "note" };
        row(line.as_deref(), dot.as_deref(), &shorten(&own.label), ink, &area(&own.auc));
    }
    row(Some("diagonal"), None, "chance", "note", "0.500");
    if roc.classes.iter().any(|own| cut(own).is_some()) {
        let of = if roc.cut_here { "these songs" } else { "other songs" };
        row(None, Some("cut soft"), &format!("cut at Youden’s J of {of}"), "note", "");
    }
    let areas: Vec<String> = roc.classes.iter().map(|own| format!("{}: {}", own.label, area(&own.auc))).collect();
    let said = format!(
        "Area under the curve: macro {}, micro {}; {}. Dots: the labels' thresholds.",
        area(&roc.macro_average.auc),
        area(&roc.micro_average.auc),
        areas.join("; ")
    );
    svg.finish(id, "Receiver operating characteristics", &said)
}

/// Sensitivity and specificity of a label's cut, where both exist.
fn cut(own: &ClassRoc) -> Option<(f64, f64)> {
    let cut = own.cut.as_ref()?;
    Some((cut.sensitivity.estimate.value?, cut.specificity.estimate.value?))
}

/// The plot, what it shows, and the numbers behind it.
pub(super) fn roc_section(id: &str, roc: &Roc) -> String {
    let chosen = if roc.cut_here {
        "Each threshold has the greatest Youden’s J (sensitivity + specificity - 1) on these very songs: sensitivity and specificity are too good."
    } else {
        "Each threshold has the greatest Youden’s J (sensitivity + specificity - 1) on other songs, and these had no part in it."
    };
    let mut text = format!(
        "<p class=\"soft\">One label against all others, by the songs’ mean probabilities. The area is how often a song of the label has a higher \
         probability of it than another song; .5 is chance. {chosen}</p>\n<div class=\"scroll wide\">{}</div>\n",
        roc_plot(id, roc)
    );
    if roc.without > 0 {
        let _ = writeln!(
            text,
            "<p class=\"soft\">Without a usable slice, and in no curve: {} of the songs.</p>",
            roc.without
        );
    }
    text += "<div class=\"scroll\"><table>\n<tr><th>label</th><th class=\"number\">songs</th><th class=\"number\">area</th>\
             <th class=\"number\">95 %</th><th class=\"number\">threshold</th><th class=\"number\">sensitivity</th>\
             <th class=\"number\">95 %</th><th class=\"number\">specificity</th><th class=\"number\">95 %</th></tr>\n";
    let rate = |rate: Option<&Rate>| {
        let estimate = rate.map(|rate| rate.estimate).unwrap_or_default();
        [percent(estimate.value), percents(estimate.interval())]
    };
    let mean = |estimate: &Estimate| [percent(estimate.value), percents(estimate.interval())];
    let mut row = |name: &str, songs: String, auc: &Estimate, threshold: String, cut: [[String; 2]; 2]| {
        let _ = write!(text, "<tr><td>{}</td>", escape(name));
        for cell in [songs, area(auc), range(auc), threshold].into_iter().chain(cut.into_iter().flatten()) {
            let _ = write!(text, "<td class=\"number\">{cell}</td>");
        }
        text += "</tr>\n";
    };
    for own in &roc.classes {
        let cut = own.cut.as_ref();
        let cells = [rate(cut.map(|cut| &cut.sensitivity)), rate(cut.map(|cut| &cut.specificity))];
        let threshold = cut.map_or_else(|| "-".into(), |cut| format!("{:.3}", cut.threshold));
        row(&own.label, own.positives.to_string(), &own.auc, threshold, cells);
    }
    let means = [mean(&roc.sensitivity), mean(&roc.specificity)];
    row("macro", roc.songs.to_string(), &roc.macro_average.auc, String::new(), means);
    row("micro", roc.songs.to_string(), &roc.micro_average.auc, String::new(), Default::default());
    text += "</table></div>\n";
    for own in roc.classes.iter().filter(|own| own.missing.is_some()) {
        let why = own.missing.as_deref().unwrap_or_default();
        let _ = writeln!(text, "<p class=\"soft\">No curve of {}: {}.</p>", escape(&own.label), escape(why));
    }
    text
}
