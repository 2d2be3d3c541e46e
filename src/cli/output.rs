//! How commands print songs: a table for people, JSON lines for programs, CSV for spreadsheets; and results files that an
//! interrupted run goes on with.

use crate::report::{SongCsv, SongTable};
use crate::vote::{Finished, Record};
use crate::{Error, Result};
use clap::Args;
use std::fs::{File, OpenOptions};
use std::io::{BufReader, Seek, SeekFrom, Write};
use std::path::Path;

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
    Csv(SongCsv),
}

impl SongWriter {
    /// A writer for songs of these labels (as far as they are known). `top` best classes are shown in the table; the other
    /// forms always hold all.
    pub fn new(format: Format, labels: &[impl AsRef<str>], top: usize) -> Self {
        let form = match format {
            Format::Table => Form::Table(SongTable::new(labels, top)),
            Format::JsonLines => Form::JsonLines,
            Format::Csv => Form::Csv(SongCsv::new()),
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
            Form::Csv(csv) => csv.row(record)?,
        };
        Ok(out.write_all(text.as_bytes())?)
    }

    /// Writes what is left; call it once, after the last song.
    ///
    /// # Errors
    /// As [`SongWriter::write`].
    pub fn finish(&mut self, out: &mut dyn Write) -> anyhow::Result<()> {
        if let Form::Csv(csv) = &mut self.form {
            out.write_all(csv.finish()?.as_bytes())?;
        }
        Ok(out.flush()?)
    }
}

/// Opens a results file to go on with, or makes it. A line that a kill has cut is removed, and the file is ready to append.
///
/// # Errors
/// [`Error::Io`]; [`Error::Table`] if the file holds something else, which is then left as it was.
pub fn open_results(path: &Path) -> Result<(File, Finished)> {
    let mut file =
        OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path).map_err(Error::io(path))?;
    let finished = Finished::read(BufReader::new(&file), path)?;
    file.set_len(finished.whole_bytes).map_err(Error::io(path))?;
    file.seek(SeekFrom::End(0)).map_err(Error::io(path))?;
    Ok((file, finished))
}
