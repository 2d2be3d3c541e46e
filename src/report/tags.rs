//! Songs' tags as text and as CSV.

use super::csv::join;
use super::table::plain;
use crate::Result;
use crate::tags::Tagged;

/// A song's name, and below it a line for each of its `top` highest scores.
pub fn tags_text(song: &Tagged, labels: &[String], top: usize) -> String {
    let mut text = plain(&song.path);
    if let Some(error) = &song.error {
        // The error names the file.
        return format!("{}\n", plain(error));
    }
    text.push('\n');
    let mut best: Vec<_> = song.scores.iter().zip(labels).collect();
    best.sort_by(|(a, _), (b, _)| b.total_cmp(a));
    for (score, label) in best.into_iter().take(top) {
        text.push_str(&format!("  {score:.3}  {}\n", plain(label)));
    }
    for warning in &song.warnings {
        text.push_str(&format!("  {}\n", plain(warning)));
    }
    text
}

/// Turns songs into CSV (RFC 4180) while they come: the columns path, seconds, slices, warnings, error, then one for each tag. What does not
/// exist is empty.
pub struct TagCsv {
    labels: Vec<String>,
}

impl TagCsv {
    /// For these tags.
    pub fn new(labels: &[String]) -> Self {
        Self { labels: labels.to_vec() }
    }

    /// The first line, with its line feed.
    ///
    /// # Errors
    /// [`Error::Argument`](crate::Error::Argument) if it cannot be made.
    pub fn heading(&self) -> Result<String> {
        let fixed = ["path", "seconds", "slices", "warnings", "error"].map(str::to_owned);
        join(fixed.into_iter().chain(self.labels.iter().cloned()))
    }

    /// The line of one song, with its line feed.
    ///
    /// # Errors
    /// [`Error::Argument`](crate::Error::Argument) if it cannot be made.
    pub fn row(&self, song: &Tagged) -> Result<String> {
        let fixed = [
            song.path.clone(),
            format!("{:.2}", song.seconds),
            song.slices.to_string(),
            song.warnings.join("; "),
            song.error.clone().unwrap_or_default(),
        ];
        let score = |tag: usize| song.scores.get(tag).map_or_else(String::new, |score| format!("{score:.6}"));
        join(fixed.into_iter().chain((0..self.labels.len()).map(score)))
    }
}
