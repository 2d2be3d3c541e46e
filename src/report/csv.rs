//! Songs as CSV.

use crate::vote::{Record, Status};
use crate::{Error, Result};

/// Columns that do not depend on the labels.
const COLUMNS: [&str; 11] =
    ["path", "status", "genre", "share", "margin", "kept", "total", "seconds", "model", "reason", "error"];

/// Turns songs into CSV (RFC 4180) while they come: the columns path, status, genre, share, margin, kept, total, seconds,
/// model, reason, error, then `probability_LABEL` and `votes_LABEL` for each label. What does not exist is empty.
///
/// The labels are those of the first song that has some; errors before it wait in memory for the heading.
#[derive(Default)]
pub struct SongCsv {
    labels: Option<Vec<String>>,
    waiting: Vec<Record>,
}

impl SongCsv {
    /// A writer that takes the labels from the first song.
    pub fn new() -> Self {
        Self::default()
    }

    /// The line of one song, after the heading if it is the first; with line feeds. Empty while there is no heading yet.
    ///
    /// # Errors
    /// [`Error::Argument`] if the song has other labels than the first.
    pub fn row(&mut self, record: &Record) -> Result<String> {
        let labels = record.labels();
        match &self.labels {
            None if labels.is_empty() => {
                self.waiting.push(record.clone());
                Ok(String::new())
            }
            None => Ok(self.heading(labels.iter().map(|&l| l.to_owned()).collect())? + &self.line(record)?),
            Some(first) if !labels.is_empty() && labels != *first => Err(Error::Argument {
                operation: "csv",
                problem: format!(
                    "{}: the labels are {}, those of the first song {}; write one CSV for each model, or use --json",
                    record.path,
                    labels.join(", "),
                    first.join(", ")
                ),
            }),
            Some(_) => self.line(record),
        }
    }

    /// What still waits; call it once, after the last song.
    ///
    /// # Errors
    /// [`Error::Argument`] if a line cannot be made.
    pub fn finish(&mut self) -> Result<String> {
        if self.labels.is_none() { self.heading(Vec::new()) } else { Ok(String::new()) }
    }

    fn heading(&mut self, labels: Vec<String>) -> Result<String> {
        let fixed = COLUMNS.iter().map(|&c| c.to_owned());
        let probabilities = labels.iter().map(|l| format!("probability_{l}"));
        let votes = labels.iter().map(|l| format!("votes_{l}"));
        let mut text = join(fixed.chain(probabilities).chain(votes))?;
        self.labels = Some(labels);
        for record in std::mem::take(&mut self.waiting) {
            text += &self.line(&record)?;
        }
        Ok(text)
    }

    fn line(&self, record: &Record) -> Result<String> {
        let number = |v: Option<f64>| v.map(|v| v.to_string()).unwrap_or_default();
        let text = |v: &Option<String>| v.clone().unwrap_or_default();
        let status = match record.status {
            Status::Classified => "classified",
            Status::Unclassified => "unclassified",
            Status::Error => "error",
        };
        let fixed = [
            record.path.clone(),
            status.to_owned(),
            text(&record.genre),
            number(record.share),
            number(record.margin),
            record.slices.kept.to_string(),
            record.slices.total.to_string(),
            number(record.seconds),
            record.model.clone(),
            text(&record.reason),
            text(&record.error),
        ];
        let labels = self.labels.as_deref().unwrap_or_default();
        let probabilities = labels.iter().map(|l| number(record.probabilities.get(l).copied().flatten()));
        let votes = labels.iter().map(|l| record.votes.get(l).map(u64::to_string).unwrap_or_default());
        join(fixed.into_iter().chain(probabilities).chain(votes))
    }
}

/// One line, quoted where it has to be.
fn join(cells: impl Iterator<Item = String>) -> Result<String> {
    let failed = |problem: String| Error::Argument { operation: "csv", problem };
    let mut writer = ::csv::Writer::from_writer(Vec::new());
    writer.write_record(cells).map_err(|e| failed(e.to_string()))?;
    let bytes = writer.into_inner().map_err(|e| failed(e.to_string()))?;
    String::from_utf8(bytes).map_err(|e| failed(e.to_string()))
}
