//! Songs into files.

use std::{io::Cursor, path::Path};

use flacenc::{bitsink::ByteSink, component::BitRepr, error::Verify};
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::weights::write_whole;

/// The kind of file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    /// RIFF, 16 bits.
    #[default]
    Wav,
    /// FLAC, 16 bits: the same samples in about half the space.
    Flac,
}

impl Format {
    /// The file name's extension.
    pub fn extension(self) -> &'static str {
        match self {
            Self::Wav => "wav",
            Self::Flac => "flac",
        }
    }
}

/// A finished song.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Take {
    /// Samples a second.
    pub rate: u32,
    /// Channels.
    pub channels: usize,
    /// Interleaved.
    pub samples: Vec<i16>,
}

impl Take {
    /// Channels of floats, cut to -1..1 and rounded to 16 bits.
    pub fn new(rate: u32, channels: &[Vec<f32>]) -> Self {
        let frames = channels.first().map_or(0, Vec::len);
        let quantise = |x: f32| (x.clamp(-1.0, 1.0) * 32_767.0).round() as i16;
        let samples = (0..frames).flat_map(|i| channels.iter().map(move |y| quantise(y[i]))).collect();
        Self { rate, channels: channels.len(), samples }
    }

    /// Writes the song to `path`, whole or not at all; its folder must exist.
    ///
    /// # Errors
    /// [`Error::Io`] (full disk, no permission), [`Error::Audio`] if the encoder refuses.
    pub fn save(&self, path: &Path, format: Format) -> Result<()> {
        let bytes = match format {
            Format::Wav => self.wav(path)?,
            Format::Flac => self.flac(path)?,
        };
        write_whole(path, &bytes)
    }

    fn wav(&self, path: &Path) -> Result<Vec<u8>> {
        let broken = |e: hound::Error| match e {
            hound::Error::IoError(e) => Error::io(path)(e),
            e => Error::Audio { path: path.into(), problem: e.to_string() },
        };
        let spec = hound::WavSpec {
            channels: self.channels as u16,
            sample_rate: self.rate,
            bits_per_sample: 16,
            sample_format: hound::SampleFormat::Int,
        };
        let mut bytes = Vec::new();
        let mut wav = hound::WavWriter::new(Cursor::new(&mut bytes), spec).map_err(broken)?;
        let mut samples = wav.get_i16_writer(self.samples.len() as u32);
        self.samples.iter().for_each(|&x| samples.write_sample(x));
        samples.flush().map_err(broken)?;
        wav.finalize().map_err(broken)?;
        Ok(bytes)
    }

    fn flac(&self, path: &Path) -> Result<Vec<u8>> {
        let broken = |e: &dyn std::fmt::Debug| Error::Audio { path: path.into(), problem: format!("{e:?}") };
        let config = flacenc::config::Encoder::default().into_verified().map_err(|e| broken(&e.1))?;
        let samples: Vec<i32> = self.samples.iter().map(|&x| i32::from(x)).collect();
        let source = flacenc::source::MemSource::from_samples(&samples, self.channels, 16, self.rate as usize);
        let mut stream =
            flacenc::encode_with_fixed_block_size(&config, source, config.block_size).map_err(|e| broken(&e))?;
        // The encoder counts the short last block as the smallest. By RFC 9639, 8.2, the last block does not count, and readers
        // that take the header at its word look for another kind of stream and find nothing.
        let block = stream.stream_info().max_block_size();
        stream.stream_info_mut().set_block_sizes(block, block).map_err(|e| broken(&e))?;
        let mut sink = ByteSink::new();
        stream.write(&mut sink).map_err(|e| broken(&e))?;
        Ok(sink.into_inner())
    }
}
