//! One line a song, in columns, for a terminal.

use crate::vote::{Record, Status};

/// What the genre column says about a song without one.
const UNCLASSIFIED: &str = "unclassified";

/// Shows songs as aligned columns while they come: genre, share, margin, kept/total slices, the best classes if wanted,
/// path, and what is to be said about the song. The path is last but one because it alone has no known width.
pub struct SongTable {
    genre_width: usize,
    top: usize,
    started: bool,
}

impl SongTable {
    /// A table for songs of these labels (they give the width of the genre column) with the `top` best classes of each.
    pub fn new(labels: &[impl AsRef<str>], top: usize) -> Self {
        let widths = labels.iter().map(|l| width(l.as_ref()));
        Self { genre_width: widths.max().unwrap_or(0).max(UNCLASSIFIED.len()), top, started: false }
    }

    /// The line of one song, after the heading if it is the first; with line feeds.
    pub fn row(&mut self, record: &Record) -> String {
        // Saved results may come from several models: a longer label widens what follows.
        self.genre_width = record.labels().iter().map(|l| width(l)).fold(self.genre_width, usize::max);
        let first = !std::mem::replace(&mut self.started, true);
        let best = |text: &str| if self.top > 0 { pad(text, self.top_width()) + "  " } else { String::new() };
        let heading = if first {
            format!("{}  share  margin   slices  {}path\n", pad("genre", self.genre_width), best("best"))
        } else {
            String::new()
        };
        let (genre, slices) = match record.status {
            Status::Classified => (record.genre.as_deref().unwrap_or("-"), slices(record)),
            Status::Unclassified => (UNCLASSIFIED, slices(record)),
            Status::Error => ("-", "-".to_owned()),
        };
        let mut remark = match (&record.reason, &record.error) {
            (_, Some(error)) => format!("  error: {}", plain(error)),
            (Some(reason), None) => format!("  ({})", plain(reason)),
            (None, None) => String::new(),
        };
        if let Some(refined) = &record.refined {
            let (genre, share) = (refined.genre.as_deref().unwrap_or("nothing"), percent(Some(refined.share)));
            let said = if refined.accepted { "second look" } else { "second look, not clear" };
            remark += &format!("  {said}: {} {share}", plain(genre));
        }
        for warning in &record.warnings {
            remark += &format!("  warning: {}", plain(warning));
        }
        format!(
            "{heading}{}  {:>5}  {:>6}  {slices:>7}  {}{}{remark}\n",
            pad(&plain(genre), self.genre_width),
            percent(record.share),
            percent(record.margin),
            best(&self.best(record)),
            plain(&record.path),
        )
    }

    /// The width of the column of best classes: "label 100 %", two spaces between them.
    fn top_width(&self) -> usize {
        self.top * (self.genre_width + 6) + (self.top - 1) * 2
    }

    fn best(&self, record: &Record) -> String {
        let mut ranked: Vec<(&str, f64)> =
            record.probabilities.0.iter().filter_map(|(label, p)| Some((label.as_str(), (*p)?))).collect();
        ranked.sort_by(|a, b| b.1.total_cmp(&a.1));
        let cell =
            |(label, p): &(&str, f64)| format!("{} {:>5}", pad(&plain(label), self.genre_width), percent(Some(*p)));
        let cells: Vec<String> = ranked.iter().take(self.top).map(cell).collect();
        if cells.is_empty() { "-".to_owned() } else { cells.join("  ") }
    }
}

/// Kept and all slices.
fn slices(record: &Record) -> String {
    format!("{}/{}", record.slices.kept, record.slices.total)
}

/// A whole per cent, rounded down so that "100 %" means all; `-` for nothing.
fn percent(value: Option<f64>) -> String {
    value.map_or_else(|| "-".to_owned(), |v| format!("{} %", (v * 100.0 + 1e-9).floor()))
}

/// Characters, which is the width of most scripts on a terminal.
pub(super) fn width(text: &str) -> usize {
    text.chars().count()
}

pub(super) fn pad(text: &str, to: usize) -> String {
    format!("{text}{}", " ".repeat(to.saturating_sub(width(text))))
}

/// Rows of as many cells in columns as wide as their widest cell, two spaces between them; the columns that are named begin at the left, the others end at the right.
pub fn aligned(rows: &[Vec<String>], left: &[usize]) -> String {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let widest =
        |column: usize| rows.iter().filter_map(|row| row.get(column)).map(|cell| width(cell)).max().unwrap_or(0);
    let widths: Vec<_> = (0..columns).map(widest).collect();
    let cell = |(column, text): (usize, &String)| match left.contains(&column) {
        true => pad(text, widths[column]),
        false => format!("{}{text}", " ".repeat(widths[column] - width(text))),
    };
    let line = |row: &Vec<String>| {
        let cells: Vec<_> = row.iter().enumerate().map(cell).collect();
        format!("{}\n", cells.join("  ").trim_end())
    };
    rows.iter().map(line).collect()
}

/// The text without control characters, which could move the cursor or break the line: they are shown escaped.
pub fn plain(text: &str) -> String {
    text.chars().flat_map(|c| if c.is_control() { c.escape_default().collect() } else { vec![c] }).collect()
}
