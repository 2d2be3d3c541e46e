//! Going on with a results file that a kill may have cut.

use super::{Record, Status};
use crate::{Error, Result};
use std::collections::HashSet;
use std::io::BufRead;
use std::path::Path;

/// How every line of results begins.
const START: &[u8] = b"{\"path\":\"";

/// What a results file already holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Finished {
    /// The paths of the songs that are done, those that ended in an error included.
    pub paths: HashSet<String>,
    /// How many of the lines are errors.
    pub errors: usize,
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
            finished.whole_bytes += bytes as u64;
            if buffer.trim_ascii().is_empty() {
                continue;
            }
            let record = Record::from_line(&buffer)
                .map_err(|e| table(format!("{e}; remove the line, or name a new file to start over")))?;
            finished.errors += usize::from(record.status == Status::Error);
            finished.paths.insert(record.path);
        }
        Ok(finished)
    }
}
