//! Sun's and NeXT's au: big-endian integers of 8 to 32 bits and 32-bit floats behind a short header.
//!
//! | bytes | what |
//! |---|---|
//! | 4 | `.snd` |
//! | 4, 4 | where the samples begin; their bytes, or 2³² - 1 where the program could not know |
//! | 4, 4, 4 | encoding, rate, channels |

use super::stream::{Info, Source};
use crate::error::{Error, Result};
use std::fs::File;
use std::io::{BufReader, ErrorKind, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

const MAGIC: &[u8] = b".snd";
/// Bytes of the header without its comment.
const HEADER: usize = 24;
const UNKNOWN: u32 = u32::MAX;
/// Samples in a block, over all channels.
const BLOCK: usize = 16_384;
/// Number of the encoding, its name and the bytes of a sample.
const ENCODINGS: [(u32, &str, usize); 5] =
    [(2, "pcm_s8", 1), (3, "pcm_s16be", 2), (4, "pcm_s24be", 3), (5, "pcm_s32be", 4), (FLOAT, "pcm_f32be", 4)];
const FLOAT: u32 = 6;

/// Whether a file that starts like this is an au with samples that [`Au`] reads.
pub(super) fn is_plain(head: &[u8]) -> bool {
    head.starts_with(MAGIC) && ENCODINGS.iter().any(|(number, ..)| Some(*number) == word(head, 12))
}

fn word(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..at + 4)?.try_into().ok().map(u32::from_be_bytes)
}

/// The samples of an au.
pub(super) struct Au {
    path: PathBuf,
    reader: BufReader<File>,
    info: Info,
    encoding: u32,
    /// Bytes of a sample.
    wide: usize,
    /// Bytes that are still to come.
    left: u64,
    truncated: bool,
}

impl Au {
    /// Opens a file of `size` bytes that begins with `head`.
    pub(super) fn open(path: &Path, mut file: File, head: &[u8], size: u64) -> Result<Self> {
        let damaged = |problem: String| Error::Audio { path: path.to_path_buf(), problem };
        let fields = [4, 8, 12, 16, 20].map(|at| word(head, at).unwrap_or_default());
        let [start, claimed, encoding, rate, channels] = fields;
        super::stream::check_rate(path, rate)?;
        let (_, name, wide) = ENCODINGS.into_iter().find(|(number, ..)| *number == encoding).unwrap_or_default();
        let frame = u64::from(channels) * wide as u64;
        if frame == 0 || channels > u32::from(u16::MAX) || (start as usize) < HEADER {
            let problem =
                format!("its au header says {channels} channels, and samples from byte {start}; export the song again");
            return Err(damaged(problem));
        }
        let there = size.saturating_sub(start.into());
        let truncated = claimed != UNKNOWN && u64::from(claimed) > there;
        let left = if claimed == UNKNOWN { there } else { there.min(claimed.into()) };
        let left = left - left % frame;
        if left == 0 {
            return Err(damaged("there is an au header but no sound after it; copy or export the song again".into()));
        }
        file.seek(SeekFrom::Start(start.into())).map_err(Error::io(path))?;
        let info = Info {
            container: "au".to_string(),
            codec: name.to_string(),
            rate,
            channels: channels as usize,
            seconds: Some((left / frame) as f64 / f64::from(rate)),
        };
        let reader = BufReader::with_capacity(1 << 16, file);
        Ok(Self { path: path.to_path_buf(), reader, info, encoding, wide, left, truncated })
    }
}

impl Source for Au {
    fn info(&self) -> &Info {
        &self.info
    }

    fn next_block(&mut self, interleaved: &mut Vec<f32>) -> Result<Option<usize>> {
        let channels = self.info.channels;
        let frame = channels * self.wide;
        let wanted = ((BLOCK / channels).max(1) * frame) as u64;
        let mut bytes = vec![0; wanted.min(self.left) as usize];
        let mut read = 0;
        while read < bytes.len() {
            match self.reader.read(&mut bytes[read..]) {
                // The file became shorter while it was read.
                Ok(0) => {
                    (self.truncated, self.left) = (true, read as u64);
                    break;
                }
                Ok(more) => read += more,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(source) => return Err(Error::Io { path: self.path.clone(), source }),
            }
        }
        self.left -= read as u64;
        let whole = read - read % frame;
        interleaved.extend(bytes[..whole].chunks_exact(self.wide).map(|sample| {
            let top = sample.iter().fold(0u32, |word, &byte| word << 8 | u32::from(byte)) << (32 - 8 * self.wide);
            if self.encoding == FLOAT { f32::from_bits(top) } else { top as i32 as f32 * 2f32.powi(-31) }
        }));
        Ok((!interleaved.is_empty()).then_some(channels))
    }

    fn truncated(&self) -> bool {
        self.truncated
    }
}
