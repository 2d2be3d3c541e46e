//! The record of one song: what every command writes and reads, one JSON object a line.

use super::{ByLabel, Thresholds, vote};
use crate::{Error, Result};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::io::BufRead;
use std::path::{Path, PathBuf};

/// How the song ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// It has a genre.
    Classified,
    /// It was read, but the vote is not clear; `reason` says why.
    Unclassified,
    /// It could not be read or computed; `error` says why.
    Error,
}

/// What is known about one song after the vote, and all that it takes to vote again.
///
/// As JSON: `{"path","status","genre","reason","share","margin","probabilities":{label: number},"votes":{label: count},
/// "slices":{"total","kept","probabilities":[[…],…]},"seconds","model","thresholds":{…},"warnings":[…],"refined":{"genre",
/// "share","scores":{label: number},"accepted"},"error"}`, `refined` only where a second look was taken. Objects
/// keep the order of the labels. A
/// number that does not exist is `null`, never `NaN`. The slices' probabilities are written with the fewest digits that
/// give the same `f32` again, so a replay is exact.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// The file, as the user named it. A path that is not UTF-8 is shown with replacement characters.
    pub path: String,
    /// How the song ended.
    pub status: Status,
    /// The label of a classified song.
    pub genre: Option<String>,
    /// Why an unclassified song is unclassified.
    pub reason: Option<String>,
    /// The winner's share of the vote, 0..=1; none for an error.
    pub share: Option<f64>,
    /// `share` minus the second's, 0..=1; none for an error.
    pub margin: Option<f64>,
    /// Mean probability of each label over the kept slices (over all usable ones if none was kept).
    pub probabilities: ByLabel<Option<f64>>,
    /// Kept slices that chose the label.
    pub votes: ByLabel<u64>,
    /// Counts, and the probabilities of every slice.
    pub slices: Slices,
    /// Length of the song in seconds; none if it is not known.
    pub seconds: Option<f64>,
    /// Which model: its name, and in `classify`'s records `@` and the first digits of its file's SHA-256.
    pub model: String,
    /// What the song was decided with; none for an error, and in results of earlier builds.
    #[serde(default)]
    pub thresholds: Option<Thresholds>,
    /// What a person should know about a song that was read: damage that did not end it. Sentences; mostly none.
    #[serde(default)]
    pub warnings: Vec<String>,
    /// What a second look says of an unclassified song; none where nobody looked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refined: Option<Refined>,
    /// What went wrong, for people; some iff `status` is [`Status::Error`].
    pub error: Option<String>,
}

/// A second look at an unclassified song. It changes nothing of the first one's verdict.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Refined {
    /// The label that it finds most likely; none where no slice is usable.
    pub genre: Option<String>,
    /// That label's share of the second vote, 0..=1.
    pub share: f64,
    /// Mean score of each label over the slices that voted, a probability.
    pub scores: ByLabel<Option<f64>>,
    /// Whether the second vote is clear enough.
    pub accepted: bool,
    /// Whose second look it was: name and digest of its file, as [`Record::model`].
    #[serde(default)]
    pub model: String,
}

/// The slices of one song.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Slices {
    /// All slices.
    pub total: usize,
    /// Slices that voted.
    pub kept: usize,
    /// One softmax a slice, (total, labels).
    #[serde(default)]
    pub probabilities: Rows,
}

/// A matrix of probabilities, (slices, classes), that is `[[…],…]` in JSON. What is not finite becomes `null`, and reads
/// back as `NaN`, which the vote treats alike.
#[derive(Clone, Debug, Default)]
pub struct Rows {
    classes: usize,
    values: Vec<f32>,
}

impl Rows {
    /// Wraps row-major `values`.
    ///
    /// # Errors
    /// [`Error::Shape`] if they are not whole rows of `classes`.
    pub fn new(classes: usize, values: Vec<f32>) -> Result<Self> {
        let whole = if classes == 0 { values.is_empty() } else { values.len().is_multiple_of(classes) };
        if !whole {
            let got = format!("{} values", values.len());
            return Err(Error::shape("record", "probabilities", format!("rows of {classes} classes"), got));
        }
        Ok(Self { classes, values })
    }

    /// All values, row-major.
    pub fn values(&self) -> &[f32] {
        &self.values
    }

    /// Number of rows.
    pub fn len(&self) -> usize {
        self.values.len().checked_div(self.classes).unwrap_or(0)
    }

    /// Whether there is no row.
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// The rows, each with one value a class.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &[f32]> {
        self.values.chunks_exact(self.classes.max(1))
    }
}

/// Equal as bits, so that two not-a-numbers are equal: a record read back equals the one written.
impl PartialEq for Rows {
    fn eq(&self, other: &Self) -> bool {
        let bits = |v: &f32| if v.is_finite() { v.to_bits() } else { f32::NAN.to_bits() };
        (self.is_empty() && other.is_empty())
            || self.classes == other.classes && self.values.iter().map(bits).eq(other.values.iter().map(bits))
    }
}

impl Serialize for Rows {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.iter())
    }
}

impl<'de> Deserialize<'de> for Rows {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let rows = Vec::<Vec<Option<f32>>>::deserialize(deserializer)?;
        let classes = rows.first().map_or(0, Vec::len);
        if let Some((i, row)) = rows.iter().enumerate().find(|(_, row)| row.len() != classes || row.is_empty()) {
            let problem = format!("slice {i} has {} probabilities, the first has {classes}", row.len());
            return Err(serde::de::Error::custom(problem));
        }
        let values = rows.into_iter().flatten().map(|p| p.unwrap_or(f32::NAN)).collect();
        Ok(Self { classes, values })
    }
}

impl Record {
    /// Lets the slices of a song vote and writes down the outcome. `probabilities` is (slices, labels), row-major;
    /// `seconds` is the length of the song, if it is known.
    ///
    /// # Errors
    /// Those of [`vote`].
    pub fn from_slices(
        path: impl Into<String>,
        labels: &[impl AsRef<str>],
        probabilities: Vec<f32>,
        thresholds: &Thresholds,
        seconds: impl Into<Option<f64>>,
        model: impl Into<String>,
    ) -> Result<Self> {
        let verdict = vote(labels.len(), &probabilities, thresholds)?;
        let name = |class: usize| labels[class].as_ref().to_owned();
        let means = (0..labels.len()).map(|k| verdict.mean.get(k).copied());
        Ok(Self {
            path: path.into(),
            status: if verdict.classified() { Status::Classified } else { Status::Unclassified },
            genre: verdict.genre().map(name),
            reason: verdict.reason.as_ref().map(|r| r.describe(labels)),
            share: Some(verdict.share),
            margin: Some(verdict.margin),
            probabilities: ByLabel::new(labels, means),
            votes: ByLabel::new(labels, verdict.votes.iter().copied()),
            slices: Slices {
                total: verdict.total,
                kept: verdict.kept,
                probabilities: Rows::new(labels.len(), probabilities)?,
            },
            seconds: seconds.into(),
            model: model.into(),
            thresholds: Some(*thresholds),
            warnings: Vec::new(),
            refined: None,
            error: None,
        })
    }

    /// The record of a song that could not be read.
    pub fn from_error(path: impl Into<String>, model: impl Into<String>, error: impl ToString) -> Self {
        Self {
            path: path.into(),
            status: Status::Error,
            genre: None,
            reason: None,
            share: None,
            margin: None,
            probabilities: ByLabel(Vec::new()),
            votes: ByLabel(Vec::new()),
            slices: Slices::default(),
            seconds: None,
            model: model.into(),
            thresholds: None,
            warnings: Vec::new(),
            refined: None,
            error: Some(error.to_string()),
        }
    }

    /// The labels, in order; none for an error.
    pub fn labels(&self) -> Vec<&str> {
        self.votes.labels().collect()
    }

    /// The record as one line of JSON, with the line feed.
    ///
    /// # Errors
    /// [`Error::Argument`] if it cannot be written as JSON.
    pub fn to_line(&self) -> Result<String> {
        let problem = |e: serde_json::Error| Error::Argument { operation: "record", problem: e.to_string() };
        serde_json::to_string(self).map(|line| line + "\n").map_err(problem)
    }

    /// What a reader may rely on, said in words where it does not hold.
    fn check(&self) -> Result<(), String> {
        if !self.votes.labels().eq(self.probabilities.labels()) {
            return Err("`votes` and `probabilities` have different labels".to_owned());
        }
        let rows = &self.slices.probabilities;
        if !rows.is_empty() && (rows.len() != self.slices.total || rows.classes != self.votes.0.len()) {
            return Err(format!(
                "`slices.probabilities` is {} x {}, but there are {} slices and {} labels",
                rows.len(),
                rows.classes,
                self.slices.total,
                self.votes.0.len()
            ));
        }
        if let Some(Err(error)) = self.thresholds.map(|thresholds| thresholds.validate()) {
            return Err(error.to_string());
        }
        match (self.status, &self.genre) {
            (Status::Classified, None) => Err("it is classified, but has no genre".to_owned()),
            (Status::Classified, Some(g)) if self.votes.get(g).is_none() => Err(format!("the genre `{g}` is no label")),
            (Status::Unclassified | Status::Error, Some(_)) => Err("it has a genre, but is not classified".to_owned()),
            (Status::Error, _) if self.error.is_none() => Err("the status is error, but there is none".to_owned()),
            (Status::Classified | Status::Unclassified, _) if self.votes.0.is_empty() => {
                Err("it has no labels".to_owned())
            }
            _ => Ok(()),
        }
    }

    /// Reads one line.
    pub(super) fn from_line(line: &[u8]) -> Result<Self, String> {
        let record: Self = serde_json::from_slice(line).map_err(|e| e.to_string())?;
        record.check()?;
        Ok(record)
    }
}

const OTHER_THRESHOLDS: &str =
    "its second look was with other thresholds and is left out; classify it again with --refine";

/// Votes again with other thresholds, from the saved probabilities alone. A record of an error stays as it is. The result
/// is what [`Record::from_slices`] would have written with these thresholds, bit for bit, with the song's warnings. A second look stays if
/// the thresholds do: what it would say with others is not in the record, which warns of that.
///
/// # Errors
/// [`Error::Argument`] if the record has slices, but not their probabilities; else those of [`vote`].
pub fn replay(record: &Record, thresholds: &Thresholds) -> Result<Record> {
    if record.status == Status::Error {
        thresholds.validate()?;
        return Ok(record.clone());
    }
    let rows = &record.slices.probabilities;
    if rows.len() != record.slices.total {
        return Err(Error::Argument {
            operation: "replay",
            problem: format!(
                "{}: the record has no slice probabilities; classify the song again to get them",
                record.path
            ),
        });
    }
    let (labels, values) = (record.labels(), rows.values.clone());
    let (path, model) = (record.path.as_str(), record.model.as_str());
    let again = Record::from_slices(path, &labels, values, thresholds, record.seconds, model)?;
    let mut warnings = record.warnings.clone();
    let refined = match &record.refined {
        // What was unclassified and has a genre now needs no second look.
        Some(refined) if again.status == Status::Unclassified => {
            let same = record.thresholds == Some(*thresholds);
            warnings.extend((!same).then(|| OTHER_THRESHOLDS.to_owned()));
            same.then(|| refined.clone())
        }
        _ => None,
    };
    Ok(Record { warnings, refined, ..again })
}

/// Reads records from JSON lines. Empty lines are skipped; a line that is no record is an error with file and line, and
/// reading may go on after it.
pub struct Records<R> {
    reader: R,
    path: PathBuf,
    line: u64,
    buffer: Vec<u8>,
}

impl<R: BufRead> Records<R> {
    /// Reads from `reader`; `path` is only for messages.
    pub fn new(reader: R, path: impl AsRef<Path>) -> Self {
        Self { reader, path: path.as_ref().to_path_buf(), line: 0, buffer: Vec::new() }
    }
}

impl<R: BufRead> Iterator for Records<R> {
    type Item = Result<Record>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            self.buffer.clear();
            match self.reader.read_until(b'\n', &mut self.buffer) {
                Ok(0) => return None,
                Ok(_) => self.line += 1,
                Err(e) => return Some(Err(Error::io(&self.path)(e))),
            }
            if !self.buffer.trim_ascii().is_empty() {
                let table = |problem| Error::Table { path: self.path.clone(), line: self.line, problem };
                let not_ours = |problem| table(format!("this is no line of `tunevote classify --json`: {problem}"));
                return Some(Record::from_line(&self.buffer).map_err(not_ours));
            }
        }
    }
}
