//! A song as a stream of mono samples.

use super::guard::guarded;
use super::resample::Resampler;
use crate::error::{Error, Result};
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};

/// The sample rates, in Hz, that songs may have and models may ask for.
pub const RATES: RangeInclusive<u32> = 1_000..=768_000;

/// Samples beyond ±1e10 (200 dB over full scale) are damage, like NaN: no recording holds them, and a filter could turn
/// them into infinities.
const LOUDEST: f32 = 1e10;

/// What a file says about itself.
#[derive(Clone, Debug, PartialEq)]
pub struct Info {
    /// The container's short name, e.g. `wave`, `mp3`, `ogg`, `isomp4`.
    pub container: String,
    /// The codec's short name, e.g. `pcm_s16le`, `mp3`, `vorbis`, `aac`.
    pub codec: String,
    /// Samples per second and channel in the file.
    pub rate: u32,
    /// Channels at the beginning of the file.
    pub channels: usize,
    /// The length in seconds, if the header says one. It may be an estimate (mp3 without a Xing header) or a lie.
    pub seconds: Option<f64>,
}

/// Where a [`Stream`] gets its samples from: a decoder, or whatever an application brings.
pub trait Source: Send {
    /// What is known about the sound. The rate must stay the same.
    fn info(&self) -> &Info;

    /// Appends the next block to `interleaved`, which is empty, and returns its number of channels; `None` at the end. A
    /// block may be empty. 0 dBFS is 1.0.
    ///
    /// # Errors
    /// Whatever ends this song. The source is not called again after an error.
    fn next_block(&mut self, interleaved: &mut Vec<f32>) -> Result<Option<usize>>;

    /// Packets so far, damaged ones included; 0 where there are none.
    fn packets(&self) -> u64 {
        0
    }

    /// Damaged packets that were left out so far.
    fn skipped_packets(&self) -> u64 {
        0
    }

    /// Whether the data ended before the container's own end.
    fn truncated(&self) -> bool {
        false
    }
}

enum State {
    Reading(Box<dyn Source>),
    Ended,
    Failed(String),
}

/// A song that is read from front to back as mono samples.
///
/// ```no_run
/// use tunevote::audio::Stream;
/// let mut song = Stream::open("song.mp3".as_ref(), Some(16_000))?;
/// let mut samples = Vec::new();
/// while song.read(&mut samples, 65_536)? > 0 {
///     println!("{} samples at {} Hz", samples.len(), song.rate());
///     samples.clear();
/// }
/// # Ok::<(), tunevote::Error>(())
/// ```
pub struct Stream {
    path: PathBuf,
    state: State,
    info: Info,
    rate: u32,
    resampler: Option<Resampler>,
    interleaved: Vec<f32>,
    mono: Vec<f32>,
    /// Output that is ready; the first `read_to` samples of it were handed out already.
    ready: Vec<f32>,
    read_to: usize,
    samples: u64,
    not_finite: u64,
    packets: u64,
    skipped: u64,
    truncated: bool,
}

impl Stream {
    /// Opens a song; `rate` is the rate of the samples that [`Stream::read`] gives, `None` for the file's own.
    ///
    /// The file's content decides how it is read. A wav header is taken at its word only as far as the file goes: where
    /// its data length is too large, zero, or no whole number of frames, the file's own length counts; a wrong RIFF
    /// length, byte rate or extra bytes in the format are ignored. Delay and padding that an encoder noted are taken off
    /// in mp3, ogg and flac; m4a keeps its encoder's delay (1024 samples, mostly).
    ///
    /// # Errors
    /// [`Error::Io`] if the file cannot be opened or read, [`Error::Codec`] for a codec that cannot be decoded,
    /// [`Error::Audio`] for a folder, an empty file, one that is not audio, one without any audio in it, or one with a
    /// rate outside [`RATES`]; [`Error::Argument`] if `rate` is outside.
    pub fn open(path: &Path, rate: Option<u32>) -> Result<Self> {
        let source = guarded(path, || super::open::source(path))?;
        Self::from_source(path, source, rate)
    }

    /// A stream from any source of samples; `name` stands for the file's path in errors.
    ///
    /// # Errors
    /// [`Error::Audio`] if the source's rate is outside [`RATES`], [`Error::Argument`] if `rate` is.
    pub fn from_source(name: &Path, source: Box<dyn Source>, rate: Option<u32>) -> Result<Self> {
        let info = source.info().clone();
        check_rate(name, info.rate)?;
        let rate = rate.unwrap_or(info.rate);
        let resampler = if rate == info.rate { None } else { Some(Resampler::new(info.rate, rate)?) };
        Ok(Self {
            path: name.to_path_buf(),
            state: State::Reading(source),
            info,
            rate,
            resampler,
            interleaved: Vec::new(),
            mono: Vec::new(),
            ready: Vec::new(),
            read_to: 0,
            samples: 0,
            not_finite: 0,
            packets: 0,
            skipped: 0,
            truncated: false,
        })
    }

    /// What the file says about itself.
    pub fn info(&self) -> &Info {
        &self.info
    }

    /// Samples per second of what [`Stream::read`] gives.
    pub fn rate(&self) -> u32 {
        self.rate
    }

    /// Damaged packets that were left out so far. They are lost, not replaced by silence.
    pub fn skipped_packets(&self) -> u64 {
        self.skipped
    }

    /// Samples so far, over all channels, that were NaN, infinite or beyond ±1e10. They were replaced by 0.
    pub fn not_finite(&self) -> u64 {
        self.not_finite
    }

    /// Whether the data ended before the container's own end, as far as the container tells. Known at the end.
    pub fn truncated(&self) -> bool {
        self.truncated
    }

    /// What a person should know about the song as it was read so far: a sentence for each kind of damage that did not
    /// end it. None for a whole song.
    pub fn warnings(&self) -> Vec<String> {
        let mut warnings = Vec::new();
        if self.skipped > 0 {
            let (skipped, packets) = (self.skipped, self.packets.max(self.skipped));
            warnings.push(format!("{skipped} of {packets} packets are damaged and were left out"));
        }
        if self.not_finite > 0 {
            let (count, samples) = (self.not_finite, self.samples);
            warnings.push(format!("{count} of {samples} samples are not numbers and were replaced by silence"));
        }
        if self.truncated {
            warnings.push("the file was cut off: it ends before its sound does".to_owned());
        }
        warnings
    }

    /// Appends up to `frames` mono samples to `out` and returns how many; fewer than `frames` only at the end of the
    /// song, 0 after it.
    ///
    /// # Errors
    /// [`Error::Io`] and [`Error::Audio`] when reading or decoding cannot go on, and, at the end, [`Error::Audio`] if more
    /// than 1 % of the file's samples were not finite (see [`Stream::not_finite`]), or more than half of its packets were
    /// left out (see [`Stream::skipped_packets`]). After an error every further call
    /// gives it again as [`Error::Audio`]; samples that were read before it remain in `out`.
    pub fn read(&mut self, out: &mut Vec<f32>, frames: usize) -> Result<usize> {
        let mut count = 0;
        while count < frames {
            let available = &self.ready[self.read_to..];
            if available.is_empty() {
                self.ready.clear();
                self.read_to = 0;
                if !self.refill()? {
                    break;
                }
                continue;
            }
            let taken = available.len().min(frames - count);
            out.extend_from_slice(&available[..taken]);
            self.read_to += taken;
            count += taken;
        }
        Ok(count)
    }

    /// Puts more samples into the empty `ready`, perhaps none; false at the end.
    fn refill(&mut self) -> Result<bool> {
        let path = &self.path;
        let source = match &mut self.state {
            State::Reading(source) => source,
            State::Ended => return Ok(false),
            State::Failed(problem) => return Err(Error::Audio { path: path.clone(), problem: problem.clone() }),
        };
        let (interleaved, mono) = (&mut self.interleaved, &mut self.mono);
        interleaved.clear();
        let block = guarded(path, || source.next_block(interleaved));
        (self.packets, self.skipped) = (source.packets(), source.skipped_packets());
        self.truncated = source.truncated();
        let result = block.and_then(|block| {
            let Some(channels) = block else { return Ok(false) };
            self.samples += interleaved.len() as u64;
            self.not_finite += silence_damage(interleaved);
            mono.clear();
            mix(interleaved, channels, mono);
            match &mut self.resampler {
                Some(resampler) => resampler.push(mono, &mut self.ready)?,
                None => std::mem::swap(mono, &mut self.ready),
            }
            Ok(true)
        });
        match result {
            Ok(true) => Ok(true),
            Ok(false) => self.end(),
            Err(error) => {
                self.state = State::Failed(problem_of(&error));
                Err(error)
            }
        }
    }

    fn end(&mut self) -> Result<bool> {
        let problem = if self.not_finite * 100 > self.samples {
            let (count, samples) = (self.not_finite, self.samples);
            let what = "are not numbers (NaN, infinite or beyond 1e10)";
            Some(format!("{count} of {samples} samples {what}; export the song again"))
        } else if self.skipped * 2 > self.packets {
            let (count, packets) = (self.skipped, self.packets);
            Some(format!("{count} of {packets} packets are damaged; copy or download the song again"))
        } else {
            None
        };
        if let Some(problem) = problem {
            self.state = State::Failed(problem.clone());
            return Err(Error::Audio { path: self.path.clone(), problem });
        }
        self.state = State::Ended;
        if let Some(resampler) = self.resampler.take() {
            resampler.finish(&mut self.ready)?;
        }
        Ok(true)
    }
}

/// Decodes a whole song: its mono samples and their rate. Takes 4 bytes a sample; [`Stream`] does not.
///
/// # Errors
/// As [`Stream::open`] and [`Stream::read`].
pub fn decode_all(path: &Path, rate: Option<u32>) -> Result<(Vec<f32>, u32)> {
    let mut song = Stream::open(path, rate)?;
    let mut samples = Vec::new();
    while song.read(&mut samples, 1 << 16)? > 0 {}
    Ok((samples, song.rate()))
}

/// Refuses a file whose header says a rate outside [`RATES`].
pub(super) fn check_rate(path: &Path, rate: u32) -> Result<()> {
    if RATES.contains(&rate) {
        return Ok(());
    }
    let (low, high) = (RATES.start(), RATES.end());
    let problem = format!(
        "its header says {rate} Hz, which is no sample rate between {low} and {high} Hz; export the song again"
    );
    Err(Error::Audio { path: path.to_path_buf(), problem })
}

/// Replaces what is not a usable number by 0 and returns how many there were.
fn silence_damage(samples: &mut [f32]) -> u64 {
    let mut count = 0;
    for sample in samples {
        // NaN compares as false.
        let usable = sample.abs() <= LOUDEST;
        if !usable {
            *sample = 0.0;
            count += 1;
        }
    }
    count
}

/// Appends the mean over the channels of each frame: `(L + R) / 2`. Sums in f64, so that it is rounded once.
fn mix(interleaved: &[f32], channels: usize, mono: &mut Vec<f32>) {
    match channels {
        0 => {}
        1 => mono.extend_from_slice(interleaved),
        _ => {
            let mean = |frame: &[f32]| (frame.iter().map(|&x| f64::from(x)).sum::<f64>() / channels as f64) as f32;
            mono.extend(interleaved.chunks_exact(channels).map(mean));
        }
    }
}

/// The error's text without the path, which the next error of the same file brings again.
fn problem_of(error: &Error) -> String {
    match error {
        Error::Audio { problem, .. } => problem.clone(),
        Error::Io { source, .. } => source.to_string(),
        other => other.to_string(),
    }
}
