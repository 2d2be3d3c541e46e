//! Labelled songs from folders.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::dataset::{Dataset, Song};
use crate::error::{Error, Result};

/// Reads a song's artist; `Ok(None)` if the file does not say.
pub type ArtistOf<'a> = &'a dyn Fn(&Path) -> Result<Option<String>>;

/// What lies below a folder. Hidden files and folders are left out; links to files count as files.
#[derive(Debug, Default)]
pub struct Below {
    /// The songs, in the order of their paths.
    pub songs: Vec<PathBuf>,
    /// Folders that cannot be read, and links with a song's name that lead nowhere.
    pub broken: Vec<(PathBuf, std::io::Error)>,
    /// Links to folders. They are not followed, because they can lead in a circle.
    pub links: Vec<PathBuf>,
}

impl Below {
    /// Walks through `folder` and every folder in it. The folders to come wait in a list, so that depth costs no stack.
    pub fn walk(folder: &Path, is_song: &dyn Fn(&Path) -> bool) -> Self {
        let mut below = Self::default();
        let mut waiting = vec![folder.to_path_buf()];
        while let Some(folder) = waiting.pop() {
            match entries(&folder) {
                Ok(paths) => waiting.extend(paths.into_iter().filter_map(|path| below.enter(path, is_song))),
                Err(error) => below.broken.push((folder, error)),
            }
        }
        below.songs.sort();
        below.broken.sort_by(|(a, _), (b, _)| a.cmp(b));
        below
    }

    /// What was left out, in words.
    fn warnings(&self) -> Vec<String> {
        let link = |path: &PathBuf| format!("{} is a link to a folder and is not followed", path.display());
        let broken = |(path, error): &(PathBuf, std::io::Error)| format!("{} is left out: {error}", path.display());
        self.links.iter().map(link).chain(self.broken.iter().map(broken)).collect()
    }

    /// Puts a path where it belongs; a folder is given back.
    fn enter(&mut self, path: PathBuf, is_song: &dyn Fn(&Path) -> bool) -> Option<PathBuf> {
        match std::fs::metadata(&path) {
            Ok(kind) if kind.is_dir() && path.is_symlink() => self.links.push(path),
            Ok(kind) if kind.is_dir() => return Some(path),
            Ok(kind) if kind.is_file() && is_song(&path) => self.songs.push(path),
            Err(error) if is_song(&path) => self.broken.push((path, error)),
            Ok(_) | Err(_) => {}
        }
        None
    }
}

/// What is in a folder, without hidden things.
fn entries(folder: &Path) -> std::io::Result<Vec<PathBuf>> {
    let mut paths = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        if !entry.file_name().as_encoded_bytes().starts_with(b".") {
            paths.push(entry.path());
        }
    }
    Ok(paths)
}

/// As [`Dataset::from_folder`].
pub(super) fn read(root: &Path, is_song: &dyn Fn(&Path) -> bool, artist_of: Option<ArtistOf<'_>>) -> Result<Dataset> {
    let mut here = Below::default();
    let mut labels: Vec<_> =
        entries(root).map_err(Error::io(root))?.into_iter().filter_map(|path| here.enter(path, is_song)).collect();
    labels.sort();
    let outside = here.songs.len();
    let mut warnings = here.warnings();
    let mut found: Vec<(PathBuf, String)> = Vec::new();
    for path in labels {
        let Some(label) = path.file_name().and_then(|name| name.to_str()).map(str::to_owned) else {
            let problem = format!("{}: the folder's name is the label and should be UTF-8; rename it", path.display());
            return Err(Error::Training(problem));
        };
        let below = Below::walk(&path, is_song);
        warnings.extend(below.warnings());
        if below.songs.is_empty() {
            warnings.push(format!("{} holds no songs and gives no label", path.display()));
        }
        found.extend(below.songs.into_iter().map(|song| (song, label.clone())));
    }
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
        named.push((Song { path, artist, ..Song::default() }, label));
    }
    if named.is_empty() {
        let problem = format!("{}: no songs found; songs should lie in {0}/GENRE/", root.display());
        return Err(Error::Training(problem));
    }
    Ok(Dataset::assemble(named, warnings))
}

/// The path without links.
fn resolved(path: &Path) -> Result<PathBuf> {
    std::fs::canonicalize(path).map_err(Error::io(path))
}
