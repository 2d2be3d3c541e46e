//! Songs as CSV.

use crate::vote::{Record, Status};
use crate::{Error, Result};

/// Columns that do not depend on the labels.
const COLUMNS: [&str; 15] = [
    "path",
    "status",
    "genre",
    "share",
    "margin",
    "kept",
    "total",
    "seconds",
    "model",
    "reason",
    "warnings",
    "error",
    "refined",
    "refined_share",
    "refined_accepted",
];

/// Turns songs into CSV (RFC 4180) while they come: the columns path, status, genre, share, margin, kept, total, seconds,
/// model, reason, warnings, error, refined, refined_share, refined_accepted (the second look), then `probability_LABEL` and `votes_LABEL` for each label. What does not exist is empty.
pub struct SongCsv {
    labels: Vec<String>,
}

impl SongCsv {
    /// For songs of these labels.
    pub fn new(labels: &[impl AsRef<str>]) -> Self {
        Self { labels: labels.iter().map(|label| label.as_ref().to_owned()).collect() }
    }

    /// The first line, with its line feed.
    ///
    /// # Errors
    /// [`Error::Argument`] if it cannot be made.
    pub fn heading(&self) -> Result<String> {
        let fixed = COLUMNS.iter().map(|&c| c.to_owned());
        let probabilities = self.labels.iter().map(|l| format!("probability_{l}"));
        let votes = self.labels.iter().map(|l| format!("votes_{l}"));
        join(fixed.chain(probabilities).chain(votes))
    }

    /// The line of one song, with its line feed.
    ///
    /// # Errors
    /// [`Error::Argument`] if the song has other labels.
    pub fn row(&self, record: &Record) -> Result<String> {
        let labels = record.labels();
        if labels.is_empty() || labels == self.labels {
            return self.line(record);
        }
        Err(Error::Argument {
            operation: "csv",
            problem: format!(
                "{}: the labels are {}, not {} as in the heading; write one CSV for each model, or use --json",
                record.path,
                labels.join(", "),
                self.labels.join(", ")
            ),
        })
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
            record.warnings.join("; "),
            text(&record.error),
            record.refined.as_ref().and_then(|refined| refined.genre.clone()).unwrap_or_default(),
            number(record.refined.as_ref().map(|refined| refined.share)),
            record.refined.as_ref().map(|refined| refined.accepted.to_string()).unwrap_or_default(),
        ];
        let labels = &self.labels;
        let probabilities = labels.iter().map(|l| number(record.probabilities.get(l).copied().flatten()));
        let votes = labels.iter().map(|l| record.votes.get(l).map(u64::to_string).unwrap_or_default());
        join(fixed.into_iter().chain(probabilities).chain(votes))
    }
}

/// One line, quoted where it has to be.
pub(super) fn join(cells: impl Iterator<Item = String>) -> Result<String> {
    let failed = |problem: String| Error::Argument { operation: "csv", problem };
    let mut writer = ::csv::Writer::from_writer(Vec::new());
    writer.write_record(cells).map_err(|e| failed(e.to_string()))?;
    let bytes = writer.into_inner().map_err(|e| failed(e.to_string()))?;
    String::from_utf8(bytes).map_err(|e| failed(e.to_string()))
}
