//! The table of what is true about the songs.

use std::{io::Write, path::Path};

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};

/// The table's name in its folder.
pub const FILE: &str = "truth.csv";

/// One song's line. The columns of the table have these names and this order.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Truth {
    /// The file, relative to the table's folder, with `/`.
    pub path: String,
    /// The label: the folder's name, wrong for the songs that label noise hit.
    pub genre: String,
    /// Who made it.
    pub artist: String,
    /// Its title.
    pub title: String,
    /// Its length.
    pub seconds: f64,
    /// What it is; of a blend, the genre with the larger share.
    pub true_genre: String,
    /// The second genre of a blend.
    pub blend_genre: Option<String>,
    /// The second genre's share of the energy before mastering, at most one half.
    pub blend_weight: Option<f64>,
    /// Whether it is outside the label set.
    pub out_of_set: bool,
}

/// Writes the table.
///
/// # Errors
/// What the writer says, as [`Error::Io`] for `path`.
pub fn write(rows: &[Truth], path: &Path, to: &mut dyn Write) -> Result<()> {
    let mut table = csv::Writer::from_writer(to);
    let broken = |e: csv::Error| Error::io(path)(std::io::Error::other(e));
    for row in rows {
        table.serialize(row).map_err(broken)?;
    }
    table.flush().map_err(Error::io(path))
}

/// Reads a table.
///
/// # Errors
/// [`Error::Io`] if it cannot be opened, [`Error::Table`] if a line is not a song's.
pub fn read(path: &Path) -> Result<Vec<Truth>> {
    let file = std::fs::File::open(path).map_err(Error::io(path))?;
    let mut table = csv::Reader::from_reader(file);
    let row = |r: Result<Truth, csv::Error>| {
        r.map_err(|e| {
            let line = e.position().map_or(1, csv::Position::line);
            Error::Table { path: path.into(), line, problem: e.to_string() }
        })
    };
    table.deserialize().map(row).collect()
}
