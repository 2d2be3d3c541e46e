//! Plain wav: integers of 8 to 32 bits and 32-bit floats, through `hound`.
//!
//! `hound` refuses headers that contradict themselves. Such headers are common (recorders that crashed, programs that
//! write to a pipe), so it is given a clean one, made from what the file's own header says and what the file really holds.

use super::stream::{Info, Source};
use crate::error::{Error, Result};
use hound::{SampleFormat, WavReader};
use std::fs::File;
use std::io::{BufReader, Chain, Cursor, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

const PCM: u16 = 1;
const FLOAT: u16 = 3;
const EXTENSIBLE: u16 = 0xfffe;
/// Lengths from here on are what a program writes when it cannot know: 2³¹ or 2³², less a header.
const PLACEHOLDER: u64 = 0x7fff_0000;
/// More chunks than this before the data are no wav.
const MOST_CHUNKS: usize = 10_000;
/// Samples in a block, over all channels.
const BLOCK: usize = 16_384;

/// Whether a file that starts like this is a wav.
pub(super) fn is_wave(head: &[u8]) -> bool {
    let riff = [b"RIFF", b"RF64", b"BW64"].iter().any(|mark| head.starts_with(*mark));
    riff && head.get(8..12) == Some(b"WAVE".as_slice())
}

/// Where the samples are in a wav, and what they are.
pub(super) struct Layout {
    /// The format: PCM, float or another one. For an extensible header, the one inside.
    pub(super) tag: u16,
    channels: u16,
    rate: u32,
    /// Bits that a sample takes up; fewer may be in use, at the top of them.
    bits: u16,
    start: u64,
    length: u64,
    truncated: bool,
}

impl Layout {
    /// Walks over the chunks of a file of `size` bytes up to the samples.
    pub(super) fn find(path: &Path, file: &mut File, size: u64) -> Result<Self> {
        let damaged = |problem: &str| Error::Audio {
            path: path.to_path_buf(),
            problem: format!("{problem}; copy or export the song again"),
        };
        let (mut format, mut real_length, mut at) = (None, None, 12);
        for _ in 0..MOST_CHUNKS {
            let mut chunk = Vec::with_capacity(48);
            file.seek(SeekFrom::Start(at)).map_err(Error::io(path))?;
            file.take(48).read_to_end(&mut chunk).map_err(Error::io(path))?;
            if chunk.len() < 8 {
                break;
            }
            let (name, body) = (&chunk[..4], &chunk[8..]);
            let claimed = u64::from(u32_at(&chunk, 4));
            match name {
                b"fmt " if claimed >= 16 && body.len() >= 16 => {
                    format = Some(body[..body.len().min(claimed as usize)].to_vec());
                }
                b"ds64" if body.len() >= 16 => {
                    real_length = Some(u64::from(u32_at(body, 8)) | u64::from(u32_at(body, 12)) << 32);
                }
                b"data" => {
                    let Some(format) = format else { break };
                    let mut layout = Self::of(&format);
                    layout.start = at + 8;
                    let frame = u64::from(layout.channels) * u64::from(layout.bits.div_ceil(8));
                    if frame == 0 && matches!(layout.tag, PCM | FLOAT) {
                        return Err(damaged("the wav header has no channels or no bits in a sample"));
                    }
                    let claimed = if claimed == u64::from(u32::MAX) { real_length.unwrap_or(claimed) } else { claimed };
                    let there = size - layout.start;
                    layout.truncated = claimed > there && (claimed < PLACEHOLDER || real_length.is_some());
                    let length = if claimed == 0 { there } else { claimed.min(there) };
                    layout.length = length - length % frame.max(1);
                    return Ok(layout);
                }
                _ => {}
            }
            at += 8 + claimed + claimed % 2;
        }
        Err(damaged("the wav file ends before its samples begin"))
    }

    fn of(format: &[u8]) -> Self {
        let mut tag = u16_at(format, 0);
        if tag == EXTENSIBLE && format.len() >= 26 {
            // The first two bytes of the sub-format's GUID are the tag; the rest is the same for all of them.
            tag = u16_at(format, 24);
        }
        Self {
            tag,
            channels: u16_at(format, 2),
            rate: u32_at(format, 4),
            bits: u16_at(format, 14),
            start: 0,
            length: 0,
            truncated: false,
        }
    }

    /// Whether [`Wav`] reads it.
    pub(super) fn is_plain(&self) -> bool {
        match self.tag {
            PCM => (1..=32).contains(&self.bits),
            FLOAT => self.bits == 32,
            _ => false,
        }
    }

    /// Whether another decoder should know the format (64-bit float, A-law, µ-law, ADPCM), so that its complaint counts.
    pub(super) fn is_known(&self) -> bool {
        matches!((self.tag, self.bits), (FLOAT, 64) | (2 | 6 | 7 | 0x11, _))
    }

    /// A header for these samples that says the truth. `hound` counts in 32 bits.
    fn header(&self) -> Option<Vec<u8>> {
        let length = u32::try_from(self.length).ok()?;
        let bytes = self.bits.div_ceil(8);
        let frame = self.channels.checked_mul(bytes)?;
        let mut header = Vec::with_capacity(44);
        header.extend_from_slice(b"RIFF");
        header.extend_from_slice(&length.saturating_add(36).to_le_bytes());
        header.extend_from_slice(b"WAVEfmt \x10\0\0\0");
        header.extend_from_slice(&self.tag.to_le_bytes());
        header.extend_from_slice(&self.channels.to_le_bytes());
        header.extend_from_slice(&self.rate.to_le_bytes());
        header.extend_from_slice(&u32::from(frame).checked_mul(self.rate)?.to_le_bytes());
        header.extend_from_slice(&frame.to_le_bytes());
        header.extend_from_slice(&(8 * bytes).to_le_bytes());
        header.extend_from_slice(b"data");
        header.extend_from_slice(&length.to_le_bytes());
        Some(header)
    }
}

/// The samples of a plain wav.
pub(super) struct Wav {
    path: PathBuf,
    reader: WavReader<Chain<Cursor<Vec<u8>>, BufReader<File>>>,
    info: Info,
    truncated: bool,
}

impl Wav {
    pub(super) fn open(path: &Path, mut file: File, layout: &Layout) -> Result<Self> {
        let damaged = |problem: &str| Error::Audio { path: path.to_path_buf(), problem: problem.to_string() };
        super::stream::check_rate(path, layout.rate)?;
        if layout.length == 0 {
            return Err(damaged("there is a wav header but no sound after it; copy or export the song again"));
        }
        let header = layout.header().ok_or_else(|| {
            damaged("a wav over 4 GiB, or of over 65,535 bytes a frame, cannot be read; convert it to flac")
        })?;
        file.seek(SeekFrom::Start(layout.start)).map_err(Error::io(path))?;
        let reader = WavReader::new(Cursor::new(header).chain(BufReader::with_capacity(1 << 16, file)))
            .map_err(|error| damaged(&format!("{error}; export the song again")))?;
        let sign = match (layout.tag, layout.bits) {
            (FLOAT, _) => "f",
            (_, ..=8) => "u",
            _ => "s",
        };
        let bits = 8 * layout.bits.div_ceil(8);
        let info = Info {
            container: "wave".to_string(),
            codec: if bits == 8 { "pcm_u8".to_string() } else { format!("pcm_{sign}{bits}le") },
            rate: layout.rate,
            channels: usize::from(layout.channels),
            seconds: Some(f64::from(reader.duration()) / f64::from(layout.rate)),
        };
        Ok(Self { path: path.to_path_buf(), reader, info, truncated: layout.truncated })
    }
}

impl Source for Wav {
    fn info(&self) -> &Info {
        &self.info
    }

    fn next_block(&mut self, interleaved: &mut Vec<f32>) -> Result<Option<usize>> {
        let channels = self.info.channels;
        let count = (BLOCK / channels).max(1) * channels;
        let spec = self.reader.spec();
        let result = match spec.sample_format {
            SampleFormat::Float => append(self.reader.samples::<f32>().take(count), |x| x, interleaved),
            SampleFormat::Int => {
                let scale = 2f32.powi(1 - i32::from(spec.bits_per_sample));
                append(self.reader.samples::<i32>().take(count), |x| x as f32 * scale, interleaved)
            }
        };
        match result {
            Ok(()) => {}
            Err(hound::Error::IoError(source)) if source.raw_os_error().is_some() => {
                return Err(Error::Io { path: self.path.clone(), source });
            }
            // The file became shorter while it was read.
            Err(_) => self.truncated = true,
        }
        Ok((!interleaved.is_empty()).then_some(channels))
    }

    fn truncated(&self) -> bool {
        self.truncated
    }
}

fn append<T>(
    samples: impl Iterator<Item = hound::Result<T>>,
    convert: impl Fn(T) -> f32,
    out: &mut Vec<f32>,
) -> hound::Result<()> {
    for sample in samples {
        out.push(convert(sample?));
    }
    Ok(())
}

fn u16_at(bytes: &[u8], at: usize) -> u16 {
    bytes.get(at..at + 2).map_or(0, |b| u16::from_le_bytes([b[0], b[1]]))
}

fn u32_at(bytes: &[u8], at: usize) -> u32 {
    u32::from(u16_at(bytes, at)) | u32::from(u16_at(bytes, at + 2)) << 16
}
