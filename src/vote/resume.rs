//! Going on with a results file that a kill may have cut.

use super::{Record, Status, Thresholds};
use crate::{Error, Result};
use std::collections::HashSet;
use std::io::BufRead;
use std::ops::Range;
use std::path::Path;

/// How every line of results begins.
const START: &[u8] = b"{\"path\":\"";

/// What a results file already holds.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Finished {
    /// The paths of the songs that are done. Those that ended in an error are not.
    pub paths: HashSet<String>,
    /// The songs that ended in an error: the path, and where its line is in the file, line feed included.
    pub errors: Vec<(String, Range<u64>)>,
    /// The songs that are done and unclassified: the path, where its line is, and whose second look they had.
    pub open: Vec<(String, Range<u64>, Option<String>)>,
    /// The models that the lines name, in the order in which they first come.
    pub models: Vec<String>,
    /// The thresholds that songs were decided with, likewise.
    pub thresholds: Vec<Thresholds>,
    /// Bytes of the whole lines: cut the file here, then append.
    pub whole_bytes: u64,
    /// Whether a part of a line follows them.
    pub cut: bool,
}

impl Finished {
    /// Reads JSON lines up to the last line feed. What follows it is a line that was cut while it was written (or whose
    /// line feed is missing): it does not count, its song is to be done again.
    ///
    /// # Errors
    /// [`Error::Table`] with file and line if a whole line is not a record, or if the rest does not begin like one, so that
    /// a file that is something else is never cut; [`Error::Io`] if reading fails. `path` is only for messages.
    pub fn read(mut reader: impl BufRead, path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        let mut finished = Self::default();
        let mut buffer = Vec::new();
        for line in 1.. {
            buffer.clear();
            let bytes = reader.read_until(b'\n', &mut buffer).map_err(Error::io(path))?;
            let table = |problem: String| Error::Table { path: path.to_path_buf(), line, problem };
            if bytes == 0 {
                break;
            }
            if buffer.last() != Some(&b'\n') {
                let n = START.len().min(buffer.len());
                if buffer[..n] != START[..n] {
                    return Err(table(
                        "this is not a line of results; name the file that an earlier run wrote, or a new one"
                            .to_owned(),
                    ));
                }
                finished.cut = true;
                break;
            }
            let start = finished.whole_bytes;
            finished.whole_bytes += bytes as u64;
            if buffer.trim_ascii().is_empty() {
                continue;
            }
            let record = Record::from_line(&buffer)
                .map_err(|e| table(format!("{e}; remove the line, or name a new file to start over")))?;
            finished.add(record, start..finished.whole_bytes);
        }
        Ok(finished)
    }

    /// Whether this model with these thresholds may go on with the file: results of several would look like those of one.
    /// A model is known by its file, whatever that is called now.
    ///
    /// # Errors
    /// What differs, and what to do.
    pub fn check(&self, model: &str, thresholds: &Thresholds) -> Result<(), String> {
        let file = |model: &str| model.rsplit('@').next().map(str::to_owned);
        if let Some(other) = self.models.iter().find(|other| file(other) != file(model)) {
            return Err(format!(
                "its results are by the model {other}, not {model}; name the same model or a new file"
            ));
        }
        if self.thresholds.iter().any(|other| other != thresholds) {
            let help = "give the same options of the vote, name a new file, or vote again on it with `tunevote vote`";
            return Err(format!("its results were decided with other thresholds; {help}"));
        }
        Ok(())
    }

    fn add(&mut self, record: Record, bytes: Range<u64>) {
        if !self.models.contains(&record.model) {
            self.models.push(record.model);
        }
        if let Some(thresholds) = record.thresholds.filter(|new| !self.thresholds.contains(new)) {
            self.thresholds.push(thresholds);
        }
        match record.status {
            Status::Error => self.errors.push((record.path, bytes)),
            Status::Classified => drop(self.paths.insert(record.path)),
            Status::Unclassified => {
                self.open.push((record.path.clone(), bytes, record.refined.map(|refined| refined.model)));
                self.paths.insert(record.path);
            }
        }
    }
}
