//! How commands print songs: a table for people, JSON lines for programs, CSV for spreadsheets; and results files that an
//! interrupted run goes on with.

use crate::report::{SongCsv, SongTable};
use crate::vote::{Finished, Record, Thresholds};
use crate::{Error, Result};
use clap::Args;
use std::collections::HashSet;
use std::fs::{File, OpenOptions};
use std::io::{BufReader, Read, Seek, SeekFrom, Write};
use std::ops::Range;
use std::path::{Path, PathBuf};

/// The form of the output.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Aligned columns.
    Table,
    /// One JSON object a line.
    JsonLines,
    /// Comma-separated values with a heading.
    Csv,
}

/// `--json` and `--csv`. Without them a terminal gets a table, and everything else JSON lines.
#[derive(Args, Clone, Copy, Debug, Default, PartialEq, Eq)]
#[command(next_help_heading = "Output")]
pub struct FormatArgs {
    /// Print one JSON object a line (the default unless on a terminal)
    #[arg(long, conflicts_with = "csv")]
    pub json: bool,
    /// Print comma-separated values
    #[arg(long)]
    pub csv: bool,
}

impl FormatArgs {
    /// The form to use; `terminal` says whether a person is looking.
    pub fn choose(self, terminal: bool) -> Format {
        match self {
            Self { json: true, .. } => Format::JsonLines,
            Self { csv: true, .. } => Format::Csv,
            _ if terminal => Format::Table,
            _ => Format::JsonLines,
        }
    }
}

/// Prints songs in one of the forms, each as soon as it is known.
pub struct SongWriter {
    form: Form,
}

enum Form {
    Table(SongTable),
    JsonLines,
    Csv { csv: SongCsv, headed: bool },
}

impl SongWriter {
    /// A writer for songs of these labels. `top` best classes are shown in the table; the other forms always hold all.
    pub fn new(format: Format, labels: &[impl AsRef<str>], top: usize) -> Self {
        let form = match format {
            Format::Table => Form::Table(SongTable::new(labels, top)),
            Format::JsonLines => Form::JsonLines,
            Format::Csv => Form::Csv { csv: SongCsv::new(labels), headed: false },
        };
        Self { form }
    }

    /// Writes one song, whole lines at once.
    ///
    /// # Errors
    /// What `out` says, with its kind kept (a closed pipe is no failure of the program); [`Error::Argument`] for a song
    /// that does not fit into the CSV.
    pub fn write(&mut self, out: &mut dyn Write, record: &Record) -> anyhow::Result<()> {
        let text = match &mut self.form {
            Form::Table(table) => table.row(record),
            Form::JsonLines => record.to_line()?,
            Form::Csv { csv, headed: true } => csv.row(record)?,
            Form::Csv { csv, headed } => {
                *headed = true;
                csv.heading()? + &csv.row(record)?
            }
        };
        Ok(out.write_all(text.as_bytes())?)
    }

    /// Ends the output; call it once, after the last song. A CSV has its heading even if there was none.
    ///
    /// # Errors
    /// As [`SongWriter::write`].
    pub fn finish(&mut self, out: &mut dyn Write) -> anyhow::Result<()> {
        if let Form::Csv { csv, headed: false } = &self.form {
            out.write_all(csv.heading()?.as_bytes())?;
        }
        Ok(out.flush()?)
    }
}

/// A results file that a run goes on with.
#[derive(Debug)]
pub struct Results {
    path: PathBuf,
    file: File,
    /// What it held before.
    pub finished: Finished,
}

impl Results {
    /// Opens a results file of this model and these thresholds, or makes it. A line that a kill has cut is removed, and so
    /// are the errors of songs that are tried `again`, and those left unclassified without a second look by `look`, if there is one: those by
    /// writing the file anew beside it and renaming that.
    ///
    /// # Errors
    /// [`Error::Io`]; [`Error::Table`] if the file holds something else, [`Error::Argument`] if its results are of another
    /// model or other thresholds. The file is then left as it was.
    pub fn open(
        path: &Path,
        model: &str,
        thresholds: &Thresholds,
        again: &HashSet<String>,
        look: Option<&str>,
    ) -> Result<Self> {
        let io = || Error::io(path);
        let mut file =
            OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path).map_err(io())?;
        let mut finished = Finished::read(BufReader::new(&file), path)?;
        finished.check(model, thresholds).map_err(|problem| Error::Argument {
            operation: "resume",
            problem: format!("{}: {problem}", path.display()),
        })?;
        let (mut retried, kept): (Vec<_>, Vec<_>) =
            finished.errors.into_iter().partition(|(song, _)| again.contains(song));
        finished.errors = kept;
        for (song, bytes, looked) in &finished.open {
            if look.is_some() && looked.as_deref() != look && again.contains(song) {
                finished.paths.remove(song);
                retried.push((song.clone(), bytes.clone()));
            }
        }
        retried.sort_by_key(|(_, bytes)| bytes.start);
        if retried.is_empty() {
            file.set_len(finished.whole_bytes).map_err(io())?;
            file.seek(SeekFrom::End(0)).map_err(io())?;
        } else {
            let lines: Vec<_> = retried.into_iter().map(|(_, bytes)| bytes).collect();
            file = without(&file, path, &lines, finished.whole_bytes).map_err(io())?;
        }
        Ok(Self { path: path.to_path_buf(), file, finished })
    }

    /// Appends one song.
    ///
    /// # Errors
    /// [`Error::Io`]; a part of the line may then be in the file, which [`open`](Self::open) removes.
    pub fn write(&mut self, record: &Record) -> Result<()> {
        self.file.write_all(record.to_line()?.as_bytes()).map_err(Error::io(&self.path))
    }
}

/// Replaces the file at `path` by its first `length` bytes without some lines (byte ranges, ascending).
fn without(mut file: &File, path: &Path, lines: &[Range<u64>], length: u64) -> std::io::Result<File> {
    // A link stays one: what it leads to is replaced.
    let path = path.canonicalize()?;
    let mut new = tempfile::Builder::new().tempfile_in(path.parent().unwrap_or(Path::new(".")))?;
    new.as_file().set_permissions(file.metadata()?.permissions())?;
    let ends = lines.iter().map(|line| line.start).chain([length]);
    for (from, to) in [0].into_iter().chain(lines.iter().map(|line| line.end)).zip(ends) {
        file.seek(SeekFrom::Start(from))?;
        std::io::copy(&mut file.take(to - from), &mut new)?;
    }
    new.as_file().sync_all()?;
    Ok(new.persist(path)?)
}
