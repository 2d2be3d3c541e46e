//! Which decoder a file gets.

use super::stream::Source;
use super::{au, packets, sniff, wav};
use crate::error::{Error, Result};
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;

/// Opens `path` with the decoder that its content asks for.
pub(super) fn source(path: &Path) -> Result<Box<dyn Source>> {
    let damaged = |problem: &str| Error::Audio { path: path.to_path_buf(), problem: problem.to_string() };
    // Asked before opening, because opening a pipe waits for its writer.
    let facts = std::fs::metadata(path).map_err(Error::io(path))?;
    if facts.is_dir() {
        return Err(damaged("this is a folder, not a song; name the songs in it"));
    }
    if !facts.is_file() {
        return Err(damaged("this is not a regular file; save the song to a file first"));
    }
    if facts.len() == 0 {
        return Err(damaged("the file is empty (0 bytes); copy or download it again"));
    }
    let mut file = File::open(path).map_err(Error::io(path))?;
    let mut head = Vec::with_capacity(sniff::HEAD);
    (&file).take(sniff::HEAD as u64).read_to_end(&mut head).map_err(Error::io(path))?;
    file.seek(SeekFrom::Start(0)).map_err(Error::io(path))?;
    if au::is_plain(&head) {
        return Ok(Box::new(au::Au::open(path, file, &head, facts.len())?));
    }
    if let Some(codec) = sniff::unreadable(&head) {
        return Err(Error::Codec { path: path.to_path_buf(), codec: codec.to_string() });
    }
    if let Some(kind) = sniff::not_audio(&head) {
        return Err(damaged(&format!("this is {kind}, not audio; if it was downloaded, download the song again")));
    }
    if !wav::is_wave(&head) {
        return Ok(Box::new(packets::Packets::open(path, file)?));
    }
    let layout = wav::Layout::find(path, &mut file, facts.len())?;
    if layout.is_plain() {
        return Ok(Box::new(wav::Wav::open(path, file, &layout)?));
    }
    // Packed kinds of wav. If these fail too, the format's name says more than the decoder's complaint.
    file.seek(SeekFrom::Start(0)).map_err(Error::io(path))?;
    match packets::Packets::open(path, file) {
        Ok(packets) => Ok(Box::new(packets)),
        Err(Error::Audio { .. }) if !layout.is_known() => {
            Err(Error::Codec { path: path.to_path_buf(), codec: sniff::wave_tag(layout.tag) })
        }
        Err(error) => Err(error),
    }
}
