//! Layer 5. Songs in: a file becomes mono `f32` samples at the rate that a model wants, a block at a time.
//!
//! - wav goes through `hound`, after its header's lengths were checked against the file ([`Stream::open`] says what
//!   happens to a header that lies). mp3, mp2, flac, ogg vorbis, m4a (AAC-LC, ALAC), AAC in ADTS, aiff, matroska and the
//!   rarer kinds of wav go through `symphonia`; plain au is read here. What a file *is* is decided by its content; its name counts for
//!   [`is_song`] only.
//! - Mono is the mean of all channels, `(L + R) / 2` for two. 0 dBFS is 1.0.
//! - [`Resampler`] changes the rate only where rates differ.
//! - Nothing is kept longer than a block needs: memory does not grow with the song's length.
//!
//! Codecs that cannot be read (opus, wma, speex, …) are [`Error::Codec`](crate::Error::Codec) with the codec's name;
//! everything else that is wrong with a file is [`Error::Audio`](crate::Error::Audio) with what helps, or
//! [`Error::Io`](crate::Error::Io) with the system's own words. A panic inside a decoder is caught and becomes that
//! file's error; the message that Rust's panic hook prints meanwhile is the application's to keep or to silence
//! (`std::panic::set_hook`), and a program built with `panic = "abort"` cannot be protected.

mod ahead;
mod au;
mod guard;
mod open;
mod packets;
mod resample;
mod sniff;
mod stream;
pub mod tags;
mod wav;

pub use ahead::{Ahead, ahead, ahead_with};
pub use resample::Resampler;
pub use stream::{Info, RATES, Source, Stream, decode_all};

use std::path::Path;

/// Endings of the files that [`is_song`] takes for songs, in lower case.
///
/// Kinds that are known but cannot be decoded (opus, wma, ape, …) are in the list on purpose: such a song deserves an
/// error that names its codec, not silence.
pub const EXTENSIONS: &[&str] = &[
    "aac", "aif", "aifc", "aiff", "ape", "au", "dff", "dsf", "flac", "m4a", "m4b", "mka", "mp1", "mp2", "mp3", "mp4",
    "mpc", "oga", "ogg", "opus", "spx", "tta", "wav", "wave", "webm", "wma", "wv",
];

/// Whether the name looks like a song's: its ending is one of [`EXTENSIONS`], in any case. The file is not opened.
pub fn is_song(path: &Path) -> bool {
    let Some(ending) = path.extension().and_then(|ending| ending.to_str()) else { return false };
    EXTENSIONS.iter().any(|known| known.eq_ignore_ascii_case(ending))
}
