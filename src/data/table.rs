//! Labelled songs from a CSV table.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::dataset::{Dataset, Song};
use crate::error::{Error, Result};

/// Which column holds what.
struct Columns {
    path: usize,
    genre: usize,
    artist: usize,
    title: Option<usize>,
    licence: Option<usize>,
}

/// As [`Dataset::from_table`].
pub(super) fn read(path: &Path) -> Result<Dataset> {
    let file = std::fs::File::open(path).map_err(Error::io(path))?;
    let folder = path.parent().unwrap_or(Path::new(""));
    let wrong = |line: u64, problem: String| Error::Table { path: path.to_path_buf(), line, problem };
    let mut table = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(file);
    let columns =
        Columns::find(table.headers().map_err(|error| broken(path, error))?).map_err(|problem| wrong(1, problem))?;

    let mut named = Vec::new();
    let mut lines: BTreeMap<PathBuf, u64> = BTreeMap::new();
    let mut absent: Vec<PathBuf> = Vec::new();
    for row in table.records() {
        let row = row.map_err(|error| broken(path, error))?;
        let line = row.position().map_or(0, csv::Position::line);
        let field = |column: usize| row.get(column).unwrap_or_default();
        let optional = |column: Option<usize>| column.map(field).filter(|text| !text.is_empty()).map(str::to_owned);
        for (name, column) in [("path", columns.path), ("genre", columns.genre)] {
            if field(column).is_empty() {
                return Err(wrong(line, format!("the {name} is empty; fill it in or remove the line")));
            }
        }
        let song = folder.join(field(columns.path));
        let real = std::fs::canonicalize(&song).unwrap_or_else(|_| song.components().collect());
        if !song.is_file() {
            absent.push(song.clone());
        }
        if let Some(first) = lines.insert(real, line) {
            let problem = format!("{} is already in line {first}; remove one of the two", field(columns.path));
            return Err(wrong(line, problem));
        }
        let label = field(columns.genre).to_owned();
        let artist = optional(Some(columns.artist));
        let (title, licence) = (optional(columns.title), optional(columns.licence));
        named.push((Song { path: song, label: 0, artist, title, licence }, label));
    }
    let Some(first) = absent.first().map(|path| path.display()) else {
        return match named.len() {
            0 => Err(Error::Training(format!("{}: the table has no songs", path.display()))),
            _ => Ok(Dataset::assemble(named, Vec::new())),
        };
    };
    if absent.len() == named.len() {
        let problem =
            format!("none of its {} songs is there, such as {first}; paths are relative to the table", named.len());
        return Err(Error::Training(format!("{}: {problem}", path.display())));
    }
    let warning = format!("{} of {} songs are not there, such as {first}", absent.len(), named.len());
    Ok(Dataset::assemble(named, vec![warning]))
}

impl Columns {
    fn find(header: &csv::StringRecord) -> Result<Self, String> {
        let find = |name: &str| {
            let mut places = header.iter().enumerate().filter(|(_, text)| text.eq_ignore_ascii_case(name));
            match (places.next(), places.next()) {
                (_, Some(_)) => Err(format!("the column {name} is there twice; remove one")),
                (first, None) => Ok(first.map(|(place, _)| place)),
            }
        };
        let need = |name: &str| {
            find(name)?.ok_or_else(|| {
                let found = header.iter().collect::<Vec<_>>().join(" | ");
                format!("there is no column {name}; the first line should be path,genre,artist, and is {found}")
            })
        };
        Ok(Self {
            path: need("path")?,
            genre: need("genre")?,
            artist: need("artist")?,
            title: find("title")?,
            licence: find("licence")?,
        })
    }
}

/// What the reader says, with the line that it says it of.
fn broken(path: &Path, error: csv::Error) -> Error {
    let line = error.position().map_or(1, csv::Position::line);
    match error.into_kind() {
        csv::ErrorKind::Io(source) => Error::Io { path: path.to_path_buf(), source },
        csv::ErrorKind::UnequalLengths { expected_len, len, .. } => {
            let problem =
                format!("has {len} fields, and the first line has {expected_len}; quote fields that hold commas");
            Error::Table { path: path.to_path_buf(), line, problem }
        }
        csv::ErrorKind::Utf8 { err, .. } => {
            let problem = format!("is not UTF-8 ({err}); save the table as UTF-8");
            Error::Table { path: path.to_path_buf(), line, problem }
        }
        _ => Error::Table { path: path.to_path_buf(), line, problem: "cannot be read as CSV".into() },
    }
}
