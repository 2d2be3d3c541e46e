//! The folder of pictures.

use std::ffi::OsString;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use super::picture::{ENDING, MAKING, PictureFile, PictureWriter, Source};
use crate::error::{Error, Result};
use crate::signal::front_end::FrontEnd;

/// A file in the making that was not written to for so long is one that a kill left.
const LEFT_AFTER: Duration = Duration::from_secs(3600);

/// A folder with one file a song and front end. Several programs may use it at once.
#[derive(Clone, Debug)]
pub struct Cache {
    folder: PathBuf,
}

impl Cache {
    /// The cache in a folder, which is made if it is not there.
    ///
    /// # Errors
    /// [`Error::Io`] if the folder cannot be made.
    pub fn new(folder: impl Into<PathBuf>) -> Result<Self> {
        let folder = folder.into();
        std::fs::create_dir_all(&folder).map_err(Error::io(&folder))?;
        Ok(Self { folder })
    }

    /// Where the cache is unless told otherwise: `$XDG_CACHE_HOME/tunevote`, or `~/.cache/tunevote`.
    ///
    /// # Errors
    /// [`Error::Argument`] if neither variable names a folder.
    pub fn default_folder() -> Result<PathBuf> {
        Self::folder_from(std::env::var_os("XDG_CACHE_HOME"), std::env::home_dir().map(PathBuf::into_os_string))
    }

    /// The same from the values of `XDG_CACHE_HOME` and of the home folder. As the XDG specification says, a relative path
    /// does not count.
    ///
    /// # Errors
    /// [`Error::Argument`] if neither names a folder.
    pub fn folder_from(cache: Option<OsString>, home: Option<OsString>) -> Result<PathBuf> {
        let absolute = |value: Option<OsString>| value.map(PathBuf::from).filter(|path| path.is_absolute());
        let cache = absolute(cache).or_else(|| absolute(home).map(|home| home.join(".cache")));
        cache.map(|folder| folder.join("tunevote")).ok_or_else(|| Error::Argument {
            operation: "cache",
            problem: "there is no home folder and no XDG_CACHE_HOME; say where the cache should be".into(),
        })
    }

    /// Where it is.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The picture of a song, if the cache has it undamaged, and neither song nor front end changed since. It is read through
    /// once for that.
    ///
    /// # Errors
    /// [`Error::Io`] if the song is not there.
    pub fn find(&self, song: &Path, front_end: &FrontEnd) -> Result<Option<PictureFile>> {
        Ok(self.look(&Source::new(song, front_end)?))
    }

    fn look(&self, source: &Source) -> Option<PictureFile> {
        let picture = PictureFile::open(&self.folder.join(source.file_name()), source)?;
        // The time of change says when it was last of use; in a cache that cannot be written to, it does not matter.
        let _ = File::options().append(true).open(picture.path()).and_then(|file| file.set_modified(SystemTime::now()));
        Some(picture)
    }

    /// A writer of a song's picture, whose [`finish`](PictureWriter::finish) puts it into the cache.
    ///
    /// # Errors
    /// [`Error::Io`] if the song is not there or the folder cannot be written to.
    pub fn writer(&self, song: &Path, front_end: &FrontEnd) -> Result<PictureWriter> {
        PictureWriter::new(Source::new(song, front_end)?, &self.folder)
    }

    /// The picture of a song: the one that is there, or else what `make` writes.
    ///
    /// # Errors
    /// What `make` returns, and as [`find`](Self::find) and [`writer`](Self::writer). The cache then is as before.
    pub fn ensure(
        &self,
        song: &Path,
        front_end: &FrontEnd,
        make: impl FnOnce(&mut PictureWriter) -> Result<()>,
    ) -> Result<PictureFile> {
        let source = Source::new(song, front_end)?;
        if let Some(picture) = self.look(&source) {
            return Ok(picture);
        }
        let mut writer = PictureWriter::new(source, &self.folder)?;
        make(&mut writer)?;
        writer.finish()
    }

    /// Takes out what a kill left in the making and pictures of other versions; then the pictures that were of no use for the
    /// longest time, until at most `keep` bytes stay.
    ///
    /// # Errors
    /// [`Error::Io`] if the folder cannot be read or a file not be removed.
    pub fn prune(&self, keep: u64) -> Result<()> {
        let left = |used: &SystemTime| used.elapsed().is_ok_and(|age| age > LEFT_AFTER);
        for (path, ..) in self.files(MAKING)?.iter().filter(|(_, _, used)| left(used)) {
            remove(path)?;
        }
        let (mut pictures, others): (Vec<_>, Vec<_>) =
            self.files(ENDING)?.into_iter().partition(|(path, ..)| PictureFile::is_current(path));
        others.iter().try_for_each(|(path, ..)| remove(path))?;
        pictures.sort_by_key(|(_, _, used)| *used);
        let mut held: u64 = pictures.iter().map(|(_, bytes, _)| bytes).sum();
        for (path, bytes, _) in pictures {
            if held <= keep {
                break;
            }
            remove(&path)?;
            held -= bytes;
        }
        Ok(())
    }

    /// Files with an ending: path, size, time of change.
    fn files(&self, ending: &str) -> Result<Vec<(PathBuf, u64, SystemTime)>> {
        let mut files = Vec::new();
        for entry in std::fs::read_dir(&self.folder).map_err(Error::io(&self.folder))? {
            let path = entry.map_err(Error::io(&self.folder))?.path();
            // The folder may hold other things of the user's, whatever they are called.
            let ours = path.file_stem().and_then(|stem| stem.to_str()).is_some_and(|stem| {
                ending == MAKING || stem.len() == 32 && stem.bytes().all(|byte| byte.is_ascii_hexdigit())
            });
            if !ours || path.extension().unwrap_or_default() != ending {
                continue;
            }
            // One that is gone by now is none.
            let Ok(facts) = std::fs::symlink_metadata(&path) else { continue };
            if facts.is_file() {
                files.push((path, facts.len(), facts.modified().unwrap_or(SystemTime::UNIX_EPOCH)));
            }
        }
        Ok(files)
    }
}

/// Removes a file, if another program was not faster.
fn remove(path: &Path) -> Result<()> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(Error::io(path)(error)),
        _ => Ok(()),
    }
}
