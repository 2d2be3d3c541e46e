//! Mel bands in dB.

use serde::{Deserialize, Serialize};

use super::decibels::{Bands, DbReference, Decibels, Floor, Short};
use super::{MAX_FFT, MEL_RATES, Normalisation, Padding, SliceGeometry, require};
use crate::error::Result;
use crate::signal::mel::{MelBank, MelNorm, MelScale, MelShape};

/// The numbers of mel bands in dB.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MelFrontEnd {
    /// Sample rate in Hz to which songs are brought.
    pub rate: u32,
    /// Points of the Fourier transform and of its periodic Hann window; a power of two from 32 to [`MAX_FFT`].
    pub n_fft: u32,
    /// Samples from frame to frame.
    pub hop: u32,
    /// Bands, which are the picture's rows.
    pub n_mels: u32,
    /// Left end of the first band in Hz.
    pub fmin: f64,
    /// Right end of the last band in Hz.
    pub fmax: f64,
    /// The bands' spacing.
    pub scale: MelScale,
    /// The bands' height.
    pub norm: MelNorm,
    /// The power of |X| that the bands sum: 1 or 2.
    pub power: u32,
    /// What stands before the song's start and after its end.
    pub pad: Padding,
    /// From band to dB.
    pub to_db: Decibels,
    /// From dB to network input.
    pub normalisation: Normalisation,
    /// What becomes of songs shorter than a slice.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub short: Option<Short>,
    /// How the picture is cut.
    pub slices: SliceGeometry,
}

impl MelFrontEnd {
    /// The front end of the `compact` network: 22.05 kHz, 128 Slaney bands from 30 Hz, 128 frames of 20 ms (2.56 s) a slice.
    ///
    /// Decibels are absolute with a floor of -80 dB, so that a song can be streamed, and `(dB + 20) / 20`: over eight songs of
    /// different styles the mean was -17 dB and the standard deviation 17 dB.
    pub fn compact() -> Self {
        Self {
            rate: 22_050,
            n_fft: 1024,
            hop: 441,
            n_mels: 128,
            fmin: 30.0,
            fmax: 11_025.0,
            scale: MelScale::Slaney,
            norm: MelNorm::Slaney,
            power: 2,
            pad: Padding::Zero,
            to_db: Decibels {
                amin: 1e-8,
                top_db: None,
                reference: DbReference::Value(1.0),
                floor: Floor::Clamp,
                doubled: false,
            },
            normalisation: Normalisation { subtract: -20.0, divide: 20.0 },
            short: None,
            slices: SliceGeometry { width: 128, height: 128, first_row: 0, hop: 128 },
        }
    }

    /// The front end of the `musicnn` network (Pons & Serra 2019): 16 kHz, 96 Slaney bands, `log10(1 + 10000 S)`, 187 frames of 16 ms
    /// (3 s) a slice.
    pub fn musicnn() -> Self {
        Self {
            rate: 16_000,
            n_fft: 512,
            hop: 256,
            n_mels: 96,
            fmin: 0.0,
            fmax: 8_000.0,
            scale: MelScale::Slaney,
            norm: MelNorm::Slaney,
            power: 2,
            pad: Padding::Zero,
            // 10 log10((S + 1e-4) / 1e-4), a tenth of it.
            to_db: Decibels {
                amin: 1e-4,
                top_db: None,
                reference: DbReference::Value(1e-4),
                floor: Floor::Add,
                doubled: false,
            },
            normalisation: Normalisation { subtract: 0.0, divide: 10.0 },
            short: None,
            slices: SliceGeometry { width: 187, height: 96, first_row: 0, hop: 187 },
        }
    }

    /// The same, a slice every 2.56 s, as other networks here have them.
    pub fn musicnn_genres() -> Self {
        let usual = Self::musicnn();
        Self { slices: SliceGeometry { hop: 160, ..usual.slices }, ..usual }
    }

    /// What the filterbank is made from.
    pub fn shape(&self) -> MelShape {
        MelShape {
            rate: f64::from(self.rate),
            n_fft: self.n_fft as usize,
            n_mels: self.n_mels as usize,
            fmin: self.fmin,
            fmax: self.fmax,
            scale: self.scale,
            norm: self.norm,
        }
    }

    /// The first sample that a frame sees; negative inside the padding.
    pub fn first_sample(&self, frame: u64) -> i64 {
        let start = (frame * u64::from(self.hop)) as i64;
        if self.pad == Padding::None { start } else { start - i64::from(self.n_fft / 2) }
    }

    /// Columns of a song of `total` samples: `1 + total / hop` if centred, else `1 + (total - n_fft) / hop`; none without samples. Short
    /// songs may have more, see [`Short`].
    pub fn columns(&self, total: u64) -> u64 {
        Short::columns(self.short, self.frames(total), self.slices.width)
    }

    pub(super) fn frames(&self, total: u64) -> u64 {
        let (n_fft, hop) = (u64::from(self.n_fft), u64::from(self.hop));
        match self.pad {
            Padding::None => total.checked_sub(n_fft).map_or(0, |rest| 1 + rest / hop),
            _ if total == 0 => 0,
            _ => 1 + total / hop,
        }
    }

    pub(super) fn bands(&self) -> Bands {
        let Self { n_mels, power, to_db, normalisation, short, .. } = *self;
        Bands { rows: n_mels, power, to_db, normalisation, short }
    }

    /// Frames that no later sample changes, once `seen` samples were read.
    pub fn settled_columns(&self, seen: u64) -> u64 {
        let reach = match self.pad {
            Padding::None => u64::from(self.n_fft),
            _ => u64::from(self.n_fft / 2),
        };
        match seen.checked_sub(reach) {
            // The mirror image before the start reaches one sample further than the first frame itself.
            Some(0) if self.pad == Padding::Reflect => 0,
            Some(rest) => 1 + rest / u64::from(self.hop),
            None => 0,
        }
    }

    pub(super) fn check(&self) -> Result<()> {
        let rates = format!("{} to {} Hz", MEL_RATES.start(), MEL_RATES.end());
        require("mel", "rate", MEL_RATES.contains(&self.rate), self.rate, rates)?;
        let fits = self.n_fft.is_power_of_two() && (32..=MAX_FFT).contains(&self.n_fft);
        require("mel", "n_fft", fits, self.n_fft, format!("powers of two from 32 to {MAX_FFT}"))?;
        require("mel", "hop", (1..=1 << 16).contains(&self.hop), self.hop, "1 to 65536")?;
        require("mel", "n_mels", (1..=1024).contains(&self.n_mels), self.n_mels, "1 to 1024")?;
        require("mel", "power", matches!(self.power, 1 | 2), self.power, "1 and 2")?;
        self.to_db.check("mel")?;
        self.normalisation.check("mel")?;
        Short::check(self.short, "mel")?;
        self.slices.check("mel", self.n_mels)?;
        MelBank::new(&self.shape()).map(|_| ())
    }
}
