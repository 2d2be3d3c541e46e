//! What a file's tags say about the song, through `lofty`.

use super::guard::guarded;
use crate::error::{Error, Result};
use lofty::config::ParseOptions;
use lofty::file::TaggedFileExt;
use lofty::probe::Probe;
use lofty::tag::{Accessor, Tag};
use std::path::Path;

/// The tags of a song; `None` where there is none or an empty one. Spaces at the ends are taken off.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tags {
    /// Who plays.
    pub artist: Option<String>,
    /// The song's name.
    pub title: Option<String>,
    /// The record's name.
    pub album: Option<String>,
    /// The genre in words; ID3's numbers are translated.
    pub genre: Option<String>,
}

/// Reads the tags of a song. The kind of file is seen in its content, as in decoding.
///
/// A file without tags, or of a kind whose tags are not known, has no tags: that is not an error. Where a file has several
/// sets of tags (ID3v1 beside ID3v2), each field comes from the first that has it, the file's own kind first.
///
/// # Errors
/// [`Error::Io`] if the file cannot be opened or read, [`Error::Audio`] if its tags are damaged.
pub fn read(path: &Path) -> Result<Tags> {
    guarded(path, || {
        let damaged = |error: &dyn std::fmt::Display| Error::Audio {
            path: path.to_path_buf(),
            problem: format!("its tags cannot be read: {error}; write them again with a tag editor"),
        };
        if std::fs::metadata(path).map_err(Error::io(path))?.is_dir() {
            let problem = "this is a folder, not a song; name the songs in it".to_string();
            return Err(Error::Audio { path: path.to_path_buf(), problem });
        }
        let file = std::fs::File::open(path).map_err(Error::io(path))?;
        let mut options = ParseOptions::new();
        options.read_properties(false).read_cover_art(false);
        let probe =
            Probe::new(std::io::BufReader::new(file)).options(options).guess_file_type().map_err(Error::io(path))?;
        if probe.file_type().is_none() {
            return Ok(Tags::default());
        }
        let tagged = probe.read().map_err(|error| damaged(&error))?;
        let sets: Vec<&Tag> = tagged.primary_tag().into_iter().chain(tagged.tags()).collect();
        let first = |field: fn(&Tag) -> Option<std::borrow::Cow<'_, str>>| {
            let texts = sets.iter().filter_map(|tag| field(tag));
            texts.map(|text| text.trim().to_string()).find(|text| !text.is_empty())
        };
        Ok(Tags {
            artist: first(|tag| tag.artist()),
            title: first(|tag| tag.title()),
            album: first(|tag| tag.album()),
            genre: first(|tag| tag.genre()),
        })
    })
}
