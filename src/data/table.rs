//! Labelled songs from a CSV table.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::dataset::{Dataset, Song};
use super::side::Side;
use crate::error::{Error, Result};

/// What some programs put before UTF-8.
const BOM: &[u8] = b"\xef\xbb\xbf";

/// Which column holds what.
struct Columns {
    path: usize,
    genre: usize,
    artist: usize,
    title: Option<usize>,
    licence: Option<usize>,
    true_genre: Option<usize>,
    coded: Option<usize>,
    split: Option<usize>,
}

/// As [`Dataset::from_table`].
pub(super) fn read(path: &Path) -> Result<Dataset> {
    let bytes = std::fs::read(path).map_err(Error::io(path))?;
    let text = bytes.strip_prefix(BOM).unwrap_or(&bytes);
    let folder = path.parent().unwrap_or(Path::new(""));
    let wrong = |line: u64, problem: String| Error::Table { path: path.to_path_buf(), line, problem };
    let broken = |error: csv::Error| match describe(error) {
        Ok((at, problem)) => wrong(line_of(text, at), problem),
        Err(source) => Error::Io { path: path.to_path_buf(), source },
    };
    let mut table = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(text);
    let columns = Columns::find(table.headers().map_err(broken)?).map_err(|problem| wrong(1, problem))?;

    let mut named = Vec::new();
    let mut known: BTreeMap<PathBuf, u64> = BTreeMap::new();
    let mut absent: Vec<PathBuf> = Vec::new();
    // Where the first song with a side is, and the first one without.
    let mut sides: [Option<u64>; 2] = [None; 2];
    for row in table.records() {
        let row = row.map_err(broken)?;
        let at = row.position().map_or(0, csv::Position::byte);
        let field = |column: usize| row.get(column).unwrap_or_default();
        let optional = |column: Option<usize>| column.map(field).filter(|text| !text.is_empty()).map(str::to_owned);
        for (name, column) in [("path", columns.path), ("genre", columns.genre)] {
            if field(column).is_empty() {
                return Err(wrong(line_of(text, at), format!("the {name} is empty; fill it in or remove the line")));
            }
        }
        let song = folder.join(field(columns.path));
        let real = std::fs::canonicalize(&song).unwrap_or_else(|_| song.components().collect());
        if !song.is_file() {
            absent.push(song.clone());
        }
        if let Some(first) = known.insert(real, at) {
            let (path, first) = (field(columns.path), line_of(text, first));
            let problem = format!("{path} is already in line {first}; remove one of the two");
            return Err(wrong(line_of(text, at), problem));
        }
        let label = field(columns.genre).to_owned();
        let artist = optional(Some(columns.artist));
        let [title, licence, true_genre] = [columns.title, columns.licence, columns.true_genre].map(optional);
        let coded = optional(columns.coded).map(|name| folder.join(name));
        if let Some(missing) = coded.as_ref().filter(|path| !path.is_file()) {
            let problem =
                format!("the coded file {} is not there; make it, or leave the field empty", missing.display());
            return Err(wrong(line_of(text, at), problem));
        }
        let side = match optional(columns.split) {
            None => None,
            Some(name) => Some(Side::named(&name).ok_or_else(|| {
                let names = Side::ALL.map(Side::name).join(", ");
                wrong(line_of(text, at), format!("the split is {name:?}, and should be one of {names}"))
            })?),
        };
        sides[usize::from(side.is_none())].get_or_insert(at);
        named.push((Song { path: song, label: 0, artist, title, licence, true_genre, coded, side }, label));
    }
    if let [Some(with), Some(without)] = sides {
        let problem = format!(
            "the split is empty, and line {} has one; say the side of every song, or leave the whole column empty",
            line_of(text, with)
        );
        return Err(wrong(line_of(text, without), problem));
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
            true_genre: find("true_genre")?,
            coded: find("coded")?,
            split: find("split")?,
        })
    }
}

/// What is wrong, and from which byte on; or the system's error.
pub(super) fn describe(error: csv::Error) -> Result<(u64, String), std::io::Error> {
    let at = error.position().map_or(0, csv::Position::byte);
    let problem = match error.into_kind() {
        csv::ErrorKind::Io(source) => return Err(source),
        csv::ErrorKind::UnequalLengths { expected_len, len, .. } => {
            format!("has {len} fields, and the first line has {expected_len}; quote fields that hold commas")
        }
        csv::ErrorKind::Utf8 { err, .. } => format!("is not UTF-8 ({err}); save the table as UTF-8"),
        _ => "cannot be read as CSV".into(),
    };
    Ok((at, problem))
}

/// The line, from 1, of the record at a byte. The reader's own count is one short after CRLF and after empty lines, because
/// its records start right behind the byte that ended the one before.
fn line_of(text: &[u8], at: u64) -> u64 {
    let blank = text.iter().skip(at as usize).take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
    1 + text.iter().take(at as usize + blank).filter(|&&byte| byte == b'\n').count() as u64
}
