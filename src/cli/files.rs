//! Files and folders on the command line.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use anyhow::ensure;

use crate::audio::{EXTENSIONS, Stream, ahead_with, is_song};
use crate::data::Below;
use crate::error::Error;
use crate::listen::Song;

/// Checks that a file can be put where `path` says, before hours of work for it, and that nothing is lost by it: neither one of `inputs` nor a
/// song.
pub(super) fn check_target(path: &Path, inputs: impl IntoIterator<Item = impl AsRef<Path>>) -> anyhow::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    ensure!(folder.is_none_or(Path::is_dir), "{}: its folder does not exist", path.display());
    ensure!(!path.is_dir(), "{}: this is a folder; give the name of a file", path.display());
    let Ok(there) = path.canonicalize() else { return Ok(()) };
    let read = inputs.into_iter().any(|input| input.as_ref().canonicalize().is_ok_and(|input| input == there));
    ensure!(
        !read,
        "{}: this file is read, and what is written would take its place; give another name",
        path.display()
    );
    ensure!(
        !is_song(path),
        "{}: this is a song, and what is written would take its place; give another name",
        path.display()
    );
    Ok(())
}

/// The songs that a command is to read.
#[derive(Debug, Default)]
pub(super) struct Files {
    /// Every file named, and every song below every folder named. A path that does not exist is among them, and so are the
    /// folders of `broken`: their errors are rows of their own.
    pub paths: Vec<PathBuf>,
    /// What is wrong with paths that are no songs.
    pub broken: HashMap<PathBuf, String>,
}

impl Files {
    /// Looks into folders as [`Below::walk`] does.
    ///
    /// # Errors
    /// If there is no song at all.
    pub fn find(paths: &[PathBuf]) -> anyhow::Result<Self> {
        let mut files = Self::default();
        for path in paths {
            if !path.is_dir() {
                files.paths.push(path.clone());
                continue;
            }
            let below = Below::walk(path, &is_song);
            let mut broken: Vec<_> = below.broken.into_iter().map(|(path, error)| (path, error.to_string())).collect();
            if below.songs.is_empty() && broken.is_empty() {
                broken.push((path.clone(), format!("there are no songs in this folder ({})", EXTENSIONS.join(", "))));
            }
            let start = files.paths.len();
            files.paths.extend(below.songs.into_iter().chain(broken.iter().map(|(path, _)| path.clone())));
            files.paths[start..].sort();
            files.broken.extend(broken);
        }
        if files.paths.iter().all(|path| files.broken.contains_key(path)) {
            let problem = |path: &PathBuf| format!("{}: {}", path.display(), files.broken[path]);
            anyhow::bail!("{}", files.paths.iter().map(problem).collect::<Vec<_>>().join("; "));
        }
        Ok(files)
    }

    /// The songs in order at a sample rate in Hz, decoded ahead of whoever listens.
    pub fn songs(self, rate: u32) -> impl Iterator<Item = Song<'static>> {
        let broken = self.broken;
        let decoded = ahead_with(self.paths, move |path| match broken.get(path) {
            Some(problem) => Err(Error::Audio { path: path.to_path_buf(), problem: problem.clone() }),
            None => Stream::open(path, Some(rate)),
        });
        decoded.map(|song| Song { path: song.path.display().to_string(), samples: Box::new(song) })
    }
}
