//! Everything but plain wav, through `symphonia`.

use super::stream::{Info, Source};
use crate::error::{Error, Result};
use std::fs::File;
use std::io::{BufReader, ErrorKind, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use symphonia::core::codecs::CodecParameters;
use symphonia::core::codecs::audio::{
    AudioCodecId, AudioCodecParameters, AudioDecoder, AudioDecoderOptions, well_known,
};
use symphonia::core::errors::Error as Failure;
use symphonia::core::formats::probe::Hint;
use symphonia::core::formats::{FormatReader, Track};
use symphonia::core::io::{MediaSource, MediaSourceStream, ReadOnlySource};
use symphonia::default::{get_codecs, get_probe};

/// Complaints of the container in a row after which the rest of the file is given up.
const MOST_COMPLAINTS: u32 = 32;
/// Packets without sound in a row (half an hour of mp3) after which the rest of the file is given up, so that a small file
/// that claims billions of empty packets ends.
const MOST_SILENT: u32 = 65_536;

/// The samples of a file with packets.
pub(super) struct Packets {
    path: PathBuf,
    format: Box<dyn FormatReader>,
    decoder: Box<dyn AudioDecoder>,
    track: u32,
    info: Info,
    /// The first block, which was decoded to learn the true rate.
    first: Option<(Vec<f32>, usize)>,
    ending: Ending,
    packets: u64,
    skipped: u64,
    truncated: bool,
}

/// Takes the encoder's padding off the end of an mp3.
///
/// The container's reader would cut at the length in the header, which is a guess where there is no Xing header and wrong
/// where files were joined: songs would lose their end. Here the last samples wait until the end is there, and are dropped
/// only if the length then is what the header said.
struct Ending {
    /// Whether trimming is done here; else the decoder does it.
    ours: bool,
    padding: usize,
    /// Frames that the song has with its padding, if the header says so.
    whole: Option<u64>,
    /// Whether an encoder counted them; else they follow from the size of the file.
    counted: bool,
    frames: u64,
    held: Vec<f32>,
    channels: usize,
}

impl Packets {
    pub(super) fn open(path: &Path, file: File) -> Result<Self> {
        let damaged = |problem: String| Error::Audio { path: path.to_path_buf(), problem };
        let format = match probe(Box::new(file.try_clone().map_err(Error::io(path))?)) {
            // An aiff that was cut off, or an ogg with damage near its end, is refused when the end can be looked at, and
            // read when it cannot.
            Err(Failure::IoError(_) | Failure::DecodeError(_)) => {
                (&file).seek(SeekFrom::Start(0)).map_err(Error::io(path))?;
                probe(Box::new(ReadOnlySource::new(BufReader::new(file))))
            }
            result => result,
        };
        let format = format.map_err(|failure| match failure {
            Failure::IoError(source) if source.raw_os_error().is_some() => {
                Error::Io { path: path.to_path_buf(), source }
            }
            Failure::IoError(_) => damaged("the file ends inside its header; copy or download it again".to_string()),
            Failure::Unsupported(what) if what.contains("probe") => damaged(
                "no audio was found in this file; convert it to flac, mp3, ogg vorbis, m4a/aac, aiff or wav"
                    .to_string(),
            ),
            other => damaged(format!("{other}; copy the file again, or save it anew with another program")),
        })?;
        let (track, decoder, ending) = pick(path, format.as_ref())?;
        let about = format.tracks().iter().find(|known| known.id == track);
        let info = Info {
            container: format.format_info().short_name.to_string(),
            codec: decoder.codec_info().short_name.to_string(),
            rate: 0,
            channels: 0,
            seconds: about.and_then(seconds),
        };
        let path = path.to_path_buf();
        let (first, truncated) = (None, false);
        let mut song = Self { path, format, decoder, track, info, first, ending, packets: 0, skipped: 0, truncated };
        song.prime()?;
        Ok(song)
    }

    /// Decodes up to the first sound: only the decoder knows rate and channels for sure.
    fn prime(&mut self) -> Result<()> {
        let mut block = Vec::new();
        while block.is_empty() {
            let Some(channels) = self.decode(&mut block)? else {
                let problem = match self.skipped {
                    0 => "there is no sound in this file; copy or download it again".to_string(),
                    n => format!("none of its {n} packets could be decoded; copy or download it again"),
                };
                return Err(Error::Audio { path: self.path.clone(), problem });
            };
            self.info.channels = channels;
        }
        self.first = Some((block, self.info.channels));
        Ok(())
    }

    /// Appends the sound of the next packet that has any; `None` at the end.
    fn decode(&mut self, out: &mut Vec<f32>) -> Result<Option<usize>> {
        let (mut complaints, mut silent) = (0, 0);
        while complaints < MOST_COMPLAINTS && silent < MOST_SILENT {
            let packet = match self.format.next_packet() {
                Ok(Some(packet)) => packet,
                Ok(None) => {
                    self.truncated |= self.ending.lacks_frames(self.skipped);
                    return Ok(self.ending.finish(out));
                }
                // Songs joined end to end in one ogg file: each brings its own headers.
                Err(Failure::ResetRequired) => {
                    (self.track, self.decoder, self.ending) = pick(&self.path, self.format.as_ref())?;
                    complaints += 1;
                    continue;
                }
                Err(Failure::IoError(source)) if source.raw_os_error().is_some() => {
                    return Err(Error::Io { path: self.path.clone(), source });
                }
                Err(Failure::IoError(error)) if error.kind() == ErrorKind::UnexpectedEof => break,
                Err(_) => {
                    complaints += 1;
                    self.packets += 1;
                    self.skipped += 1;
                    continue;
                }
            };
            if packet.track_id != self.track {
                continue;
            }
            silent += 1;
            self.packets += 1;
            let start = packet.trim_start.get() as usize;
            let Ok(sound) = self.decoder.decode(&packet) else {
                self.skipped += 1;
                continue;
            };
            if sound.frames() == 0 {
                continue;
            }
            let (rate, channels) = (sound.spec().rate(), sound.spec().channels().count());
            if self.info.rate == 0 {
                self.info.rate = rate;
            }
            if rate != self.info.rate {
                let problem = format!(
                    "the sample rate changes from {} Hz to {rate} Hz in the middle; save it anew with one rate",
                    self.info.rate
                );
                return Err(Error::Audio { path: self.path.clone(), problem });
            }
            let mut block = Vec::with_capacity(sound.samples_interleaved());
            sound.copy_to_vec_interleaved::<f32>(&mut block);
            self.ending.pass(block, channels, start, out);
            if !out.is_empty() {
                return Ok(Some(channels));
            }
        }
        self.truncated = true;
        Ok(self.ending.finish(out))
    }
}

impl Source for Packets {
    fn info(&self) -> &Info {
        &self.info
    }

    fn next_block(&mut self, interleaved: &mut Vec<f32>) -> Result<Option<usize>> {
        match self.first.take() {
            Some((block, channels)) => {
                *interleaved = block;
                Ok(Some(channels))
            }
            None => self.decode(interleaved),
        }
    }

    fn packets(&self) -> u64 {
        self.packets
    }

    fn skipped_packets(&self) -> u64 {
        self.skipped
    }

    fn truncated(&self) -> bool {
        self.truncated
    }
}

impl Ending {
    fn new(track: &Track, ours: bool) -> Self {
        // At most what the header's 12 bits can say.
        let padding = if ours { track.padding.unwrap_or(0).min(4096) as usize } else { 0 };
        let whole = track.num_frames.map(|frames| frames.saturating_add(padding as u64));
        Self { ours, padding, whole, counted: track.padding.is_some(), frames: 0, held: Vec::new(), channels: 0 }
    }

    /// Takes a block whose first `start` frames are the encoder's delay and appends what can go on to `out`.
    fn pass(&mut self, mut block: Vec<f32>, channels: usize, start: usize, out: &mut Vec<f32>) {
        if !self.ours {
            out.append(&mut block);
            return;
        }
        block.drain(..(start * channels).min(block.len()));
        self.frames += (block.len() / channels) as u64;
        if self.channels != channels {
            out.append(&mut self.held);
            self.channels = channels;
        }
        self.held.append(&mut block);
        let ready = self.held.len().saturating_sub(self.padding * channels);
        out.extend(self.held.drain(..ready));
    }

    /// Whether more is missing of what the encoder counted than `skipped` packets of mp3 and a few of its own.
    fn lacks_frames(&self, skipped: u64) -> bool {
        const PACKET: u64 = 1152;
        let explained = self.frames + (skipped + 8) * PACKET;
        self.ours && self.counted && self.whole.is_some_and(|whole| explained < whole)
    }

    /// The end: appends what was held back unless it is padding. `None` if that is nothing.
    fn finish(&mut self, out: &mut Vec<f32>) -> Option<usize> {
        if self.whole != Some(self.frames) {
            out.append(&mut self.held);
        }
        self.held.clear();
        (!out.is_empty()).then_some(self.channels)
    }
}

fn probe(source: Box<dyn MediaSource>) -> Result<Box<dyn FormatReader>, Failure> {
    let stream = MediaSourceStream::new(source, Default::default());
    get_probe().probe(&Hint::new(), stream, Default::default(), Default::default())
}

/// The first audio track that can be decoded, the default one before others.
fn pick(path: &Path, format: &dyn FormatReader) -> Result<(u32, Box<dyn AudioDecoder>, Ending)> {
    let kind = symphonia::core::formats::TrackType::Audio;
    let mut refused = None;
    for track in format.default_track(kind).into_iter().chain(format.tracks()) {
        let Some(CodecParameters::Audio(parameters)) = &track.codec_params else { continue };
        if parameters.codec == well_known::CODEC_ID_AAC && parameters.extra_data.as_deref().is_some_and(says_sbr) {
            refused = refused.or_else(|| Some(codec_name(parameters)));
            continue;
        }
        let ours = parameters.codec == well_known::CODEC_ID_MP3;
        match get_codecs().make_audio_decoder(parameters, &AudioDecoderOptions::default().gapless(!ours)) {
            Ok(decoder) => return Ok((track.id, decoder, Ending::new(track, ours))),
            Err(_) => refused = refused.or_else(|| Some(codec_name(parameters))),
        }
    }
    Err(match refused {
        Some(codec) => Error::Codec { path: path.to_path_buf(), codec },
        None => Error::Audio {
            path: path.to_path_buf(),
            problem: "there is no audio track that can be read in this file; convert it to flac or mp3".to_string(),
        },
    })
}

/// Whether the configuration of an AAC-LC track says at its end (ISO 14496-3, 1.6.5.2) that the stream is HE-AAC, whose
/// upper half the decoder would leave out without a word.
fn says_sbr(config: &[u8]) -> bool {
    let bits = |from: usize, count: usize| {
        let bit = |at: usize| config.get(at / 8).map_or(0, |byte| u32::from(byte >> (7 - at % 8) & 1));
        (from..from + count).fold(0, |value, at| value << 1 | bit(at))
    };
    // Object type, index of the rate (15: the rate itself follows), channels, three flags of AAC-LC.
    let end = 5 + 4 + if bits(5, 4) == 15 { 24 } else { 0 } + 4 + 3;
    bits(0, 5) == 2 && bits(end, 11) == 0x2b7 && bits(end + 11, 5) == 5 && bits(end + 16, 1) == 1
}

fn seconds(track: &Track) -> Option<f64> {
    let rate = track.codec_params.as_ref().and_then(CodecParameters::audio).and_then(|audio| audio.sample_rate);
    if let (Some(frames), Some(rate)) = (track.num_frames, rate) {
        return Some(frames as f64 / f64::from(rate));
    }
    let base = track.time_base?;
    let ticks = track.duration?.get();
    Some(ticks as f64 * f64::from(base.numer.get()) / f64::from(base.denom.get()))
}

/// The name of a codec that was refused.
fn codec_name(parameters: &AudioCodecParameters) -> String {
    use well_known as known;
    let names: &[(AudioCodecId, &str)] = &[
        (known::CODEC_ID_OPUS, "opus"),
        (known::CODEC_ID_SPEEX, "speex"),
        (known::CODEC_ID_AAC, "this kind of aac (HE-AAC, or more than two channels)"),
        (known::CODEC_ID_AC3, "AC-3"),
        (known::CODEC_ID_EAC3, "E-AC-3"),
        (known::CODEC_ID_AC4, "AC-4"),
        (known::CODEC_ID_DCA, "DTS"),
        (known::CODEC_ID_TRUEHD, "TrueHD"),
        (known::CODEC_ID_WMA, "wma"),
        (known::CODEC_ID_WAVPACK, "WavPack"),
        (known::CODEC_ID_TTA, "TTA"),
        (known::CODEC_ID_MONKEYS_AUDIO, "Monkey's Audio"),
        (known::CODEC_ID_MUSEPACK, "Musepack"),
    ];
    let name = names.iter().find(|(id, _)| *id == parameters.codec).map(|(_, name)| (*name).to_string());
    name.unwrap_or_else(|| format!("the audio codec {}", parameters.codec))
}
