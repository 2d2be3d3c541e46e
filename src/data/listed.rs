//! Sides of songs from three lists beside them, such as the fault-filtered ones of GTZAN (Kereliuk, Sturm & Larsen 2015).
//!
//! A line is a song's path from the folder of the genres, `blues/blues.00029.wav`. What it ends in does not matter: GTZAN comes as au and as wav.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::dataset::Dataset;
use super::side::Side;
use crate::error::{Error, Result};

/// The lists' names, in the order of [`Side::ALL`].
pub(super) const LISTS: [&str; 3] = ["train_filtered.txt", "valid_filtered.txt", "test_filtered.txt"];
/// Where GTZAN keeps its genres, as it comes now and as it came once.
const GENRES: [&str; 2] = ["genres_original", "genres"];

/// The folder that holds the genres' folders: `root` itself, or the one in it where it is GTZAN's, whose songs are called by their genre and a
/// number.
pub fn genres_in(root: &Path) -> PathBuf {
    GENRES.iter().map(|name| root.join(name)).find(|folder| is_gtzan(folder)).unwrap_or_else(|| root.to_path_buf())
}

/// Whether there is a song called `genre/genre.00000.…`.
fn is_gtzan(folder: &Path) -> bool {
    let entries = |folder: &Path| std::fs::read_dir(folder).into_iter().flatten().flatten();
    entries(folder).any(|genre| {
        let prefix = [genre.file_name().as_encoded_bytes(), b"."].concat();
        entries(&genre.path()).any(|song| {
            let name = song.file_name();
            let number = name.as_encoded_bytes().strip_prefix(prefix.as_slice());
            number.is_some_and(|number| number.first().is_some_and(u8::is_ascii_digit))
        })
    })
}

/// Whether one of the lists is in a folder.
pub fn has_lists(folder: &Path) -> bool {
    LISTS.iter().any(|name| folder.join(name).is_file())
}

/// As [`Dataset::listed`].
pub(super) fn listed(all: Dataset, root: &Path, folder: &Path) -> Result<Dataset> {
    let mut sides: BTreeMap<PathBuf, (Side, bool)> = BTreeMap::new();
    for (side, name) in Side::ALL.into_iter().zip(LISTS) {
        let path = folder.join(name);
        let text = std::fs::read_to_string(&path).map_err(Error::io(&path))?;
        for (line, song) in (1..).zip(text.lines().map(str::trim)).filter(|(_, song)| !song.is_empty()) {
            let known = sides.insert(key(Path::new(&song.replace('\\', "/"))), (side, false));
            if let Some((other, _)) = known.filter(|(other, _)| *other != side) {
                let problem = format!("{song} is listed for {} too; take it out of one of the lists", other.name());
                return Err(Error::Table { path, line, problem });
            }
        }
    }
    let before = all.songs.len();
    let mut dataset = all;
    dataset.songs.retain_mut(|song| {
        let inside = song.path.strip_prefix(root).map(key);
        let Some((side, met)) = inside.ok().and_then(|key| sides.get_mut(&key)) else { return false };
        *met = true;
        song.side = Some(*side);
        true
    });
    if dataset.songs.is_empty() {
        let (lists, root) = (folder.display(), root.display());
        return Err(Error::Training(format!(
            "none of the songs in {root} is in the lists of {lists}; a line should be a path from that folder, such as blues/blues.00029.wav"
        )));
    }
    let left = before - dataset.songs.len();
    if left > 0 {
        dataset.warnings.push(format!(
            "{left} of {before} songs are in none of the lists of {} and are left out",
            folder.display()
        ));
    }
    let mut lost = sides.iter().filter(|(_, (_, met))| !met).map(|(key, _)| key.display());
    if let Some(first) = lost.next() {
        let lost = 1 + lost.count();
        dataset.warnings.push(format!("{lost} of {} listed songs are not there, such as {first}", sides.len()));
    }
    Ok(dataset)
}

/// What a song is known by in the lists: its path without its ending.
fn key(path: &Path) -> PathBuf {
    path.with_extension("")
}
