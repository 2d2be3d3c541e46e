//! Labelled songs from folders.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::dataset::{Dataset, Song};
use crate::error::{Error, Result};

/// Reads a song's artist; `Ok(None)` if the file does not say.
pub type ArtistOf<'a> = &'a dyn Fn(&Path) -> Result<Option<String>>;

/// As [`Dataset::from_folder`].
pub(super) fn read(root: &Path, is_song: &dyn Fn(&Path) -> bool, artist_of: Option<ArtistOf<'_>>) -> Result<Dataset> {
    let mut walk = Walk { root: resolved(root)?, is_song, warnings: Vec::new() };
    let mut found: Vec<(PathBuf, String)> = Vec::new();
    let mut outside = 0;
    for path in entries(root)? {
        let Some(kind) = walk.kind(&path) else { continue };
        if !kind.is_dir() {
            outside += usize::from(kind.is_file() && is_song(&path));
            continue;
        }
        let Some(label) = path.file_name().and_then(|name| name.to_str()).map(str::to_owned) else {
            let problem = format!("{}: the folder's name is the label and should be UTF-8; rename it", path.display());
            return Err(Error::Training(problem));
        };
        let mut songs = Vec::new();
        walk.collect(&path, &mut songs)?;
        if songs.is_empty() {
            walk.warnings.push(format!("{} holds no songs and gives no label", path.display()));
        }
        found.extend(songs.into_iter().map(|song| (song, label.clone())));
    }
    let mut warnings = walk.warnings;
    if outside > 0 {
        warnings.push(format!("{outside} songs lie in {} itself, without a label, and are left out", root.display()));
    }
    let mut known: BTreeMap<PathBuf, (PathBuf, String)> = BTreeMap::new();
    let mut named = Vec::new();
    for (path, label) in found {
        let real = resolved(&path)?;
        if let Some((first, other)) = known.get(&real) {
            let (first, path) = (first.display(), path.display());
            if *other != label {
                let problem = format!("{first} and {path} are one file with two labels; remove one of the links");
                return Err(Error::Training(problem));
            }
            warnings.push(format!("{path} is the same file as {first} and is left out"));
            continue;
        }
        known.insert(real, (path.clone(), label.clone()));
        let artist = match artist_of.map(|read| read(&path)) {
            None => None,
            Some(Ok(artist)) => artist.filter(|name| !name.trim().is_empty()),
            Some(Err(error)) => {
                warnings.push(format!("artist unknown: {error}"));
                None
            }
        };
        named.push((Song { path, label: 0, artist, title: None, licence: None }, label));
    }
    if named.is_empty() {
        let problem = format!("{}: no songs found; songs should lie in {0}/GENRE/", root.display());
        return Err(Error::Training(problem));
    }
    Ok(Dataset::assemble(named, warnings))
}

/// What is in a folder, sorted, without hidden things.
fn entries(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut paths = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(Error::io(folder))? {
        let entry = entry.map_err(Error::io(folder))?;
        if !entry.file_name().as_encoded_bytes().starts_with(b".") {
            paths.push(entry.path());
        }
    }
    paths.sort();
    Ok(paths)
}

/// The path without links.
fn resolved(path: &Path) -> Result<PathBuf> {
    std::fs::canonicalize(path).map_err(Error::io(path))
}

struct Walk<'a> {
    root: PathBuf,
    is_song: &'a dyn Fn(&Path) -> bool,
    warnings: Vec<String>,
}

impl Walk<'_> {
    /// What a path is, links followed; a link to nowhere is worth a warning if it has a song's name.
    fn kind(&mut self, path: &Path) -> Option<std::fs::Metadata> {
        match std::fs::metadata(path) {
            Ok(kind) => Some(kind),
            Err(error) => {
                if (self.is_song)(path) {
                    self.warnings.push(format!("{} is left out: {error}", path.display()));
                }
                None
            }
        }
    }

    /// All songs below a label's `folder`. The folders to come wait in a list, so that depth costs no stack; each is entered
    /// once, so that a link back up ends.
    fn collect(&mut self, folder: &Path, songs: &mut Vec<PathBuf>) -> Result<()> {
        let mut entered = BTreeSet::from([self.root.clone()]);
        let mut waiting = vec![folder.to_path_buf()];
        while let Some(folder) = waiting.pop() {
            if !entered.insert(resolved(&folder)?) {
                self.warnings.push(format!("{} was read under another name and is not read again", folder.display()));
                continue;
            }
            for path in entries(&folder)? {
                match self.kind(&path) {
                    Some(kind) if kind.is_dir() => waiting.push(path),
                    Some(kind) if kind.is_file() && (self.is_song)(&path) => songs.push(path),
                    _ => {}
                }
            }
        }
        songs.sort();
        Ok(())
    }
}
