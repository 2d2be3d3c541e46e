//! Front ends as data: what a model file's card says about the picture that the network was trained on.
//!
//! Every number that changes the picture is a field, so that another model brings its own. [`FrontEnd::from_json`] refuses a kind,
//! a field or a number that this build does not honour: a network fed with a picture of another kind would answer
//! confidently and wrongly.
//!
//! ```
//! use tunevote::signal::front_end::{FrontEnd, MelFrontEnd};
//! let front_end = FrontEnd::Mel(MelFrontEnd::compact());
//! let card = front_end.to_json();
//! assert_eq!(FrontEnd::from_json(&card)?, front_end);
//! assert!(FrontEnd::from_json(r#"{"kind": "scattering"}"#).is_err());
//! # Ok::<(), tunevote::Error>(())
//! ```

mod cqt;
mod decibels;
mod mel;
mod mfcc;
mod stack;
mod systems;

use std::fmt::Display;

use serde::{Deserialize, Serialize};

use super::sox::{BRIGHTEST, COLUMNS_PER_SECOND, FFT, RANGE_DB, ROWS, SoxGeometry};
use crate::error::{Error, Result};
use crate::shape::limits::FFT_SIZES;

pub use cqt::CqtFrontEnd;
pub(crate) use decibels::Bands;
pub use decibels::{DbReference, Decibels, Fill, Floor, Short};
pub use mel::MelFrontEnd;
pub use mfcc::MfccFrontEnd;
pub use stack::StackFrontEnd;

/// The longest Fourier transform of a mel front end: that of the kernels.
pub const MAX_FFT: u32 = *FFT_SIZES.end() as u32;
/// The sample rates in Hz of a mel front end.
pub const MEL_RATES: std::ops::RangeInclusive<u32> = 4_000..=192_000;

/// The picture that a model reads.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub enum FrontEnd {
    /// The grey picture of SoX 14.4.2, see [`super::sox`]. Row 0 is the Nyquist frequency.
    Sox(SoxFrontEnd),
    /// Mel bands in dB as librosa 0.11 has them, see [`super::mel`]. Row 0 is the lowest band.
    Mel(MelFrontEnd),
    /// Magnitudes of constant-Q filters in dB. Row 0 is the lowest filter.
    Cqt(CqtFrontEnd),
    /// Cepstra of mel bands in dB. Row 0 is the coefficient that tells the loudness.
    Mfcc(MfccFrontEnd),
    /// Pictures above one another. Row 0 is row 0 of the first one.
    Stack(StackFrontEnd),
    /// What another network makes of the slices of its own picture.
    Features(FeatureFrontEnd),
}

/// The numbers of the `sox` picture. Only the rate and the slices are free in this build.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SoxFrontEnd {
    /// Sample rate in Hz to which songs are brought.
    pub rate: u32,
    /// Points of the Fourier transform: 256.
    pub n_fft: u32,
    /// Columns a second that the geometry aims at: 50.
    pub columns_per_second: u32,
    /// Decibels from black to full scale: 120.
    pub range_db: f64,
    /// The grey level of 0 dB: 250.
    pub brightest: u8,
    /// From grey level to network input: `(v + 4) / 255`.
    pub normalisation: Normalisation,
    /// How the picture is cut.
    pub slices: SliceGeometry,
}

/// A column of features a slice of another picture: what a network that is not trained any more makes of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FeatureFrontEnd {
    /// What tells the network's weights from others.
    pub network: String,
    /// The picture that the network reads, and how it is cut.
    pub picture: Box<FrontEnd>,
    /// Features of a slice, which are this picture's rows.
    pub features: u32,
    /// How this picture is cut.
    pub slices: SliceGeometry,
}

impl FeatureFrontEnd {
    /// A slice for each slice of the network.
    pub fn new(network: String, picture: FrontEnd, features: u32) -> Self {
        let slices = SliceGeometry { width: 1, height: features, first_row: 0, hop: 1 };
        Self { network, picture: Box::new(picture), features, slices }
    }

    fn check(&self) -> Result<()> {
        let FrontEnd::Features(_) = *self.picture else {
            self.picture.check()?;
            return self.slices.check("features", self.features);
        };
        require("features", "picture", false, "features", "pictures of sound")
    }
}

/// What a frame sees outside the song.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Padding {
    /// Frames are centred on samples 0, hop, 2 hop, ...; outside are zeros (librosa since 0.9).
    Zero,
    /// The same, and outside is the song mirrored at its first and last sample (librosa before 0.9).
    Reflect,
    /// Frames start at samples 0, hop, 2 hop, ... and stay inside.
    None,
}

/// `input = (x - subtract) / divide`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Normalisation {
    /// What is taken away first.
    pub subtract: f64,
    /// What the rest is divided by; not zero.
    pub divide: f64,
}

/// How a picture is cut into network inputs of `height` rows by `width` columns.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SliceGeometry {
    /// Columns of a slice.
    pub width: u32,
    /// Rows of a slice.
    pub height: u32,
    /// The first row used; rows before it and from `first_row + height` are dropped.
    pub first_row: u32,
    /// Columns from slice to slice; `width` for slices side by side.
    pub hop: u32,
}

impl SliceGeometry {
    /// Height and width.
    pub fn size(&self) -> [usize; 2] {
        [self.height as usize, self.width as usize]
    }

    /// Values of a slice.
    pub fn values(&self) -> usize {
        self.size().iter().product()
    }

    /// Slices of a picture of so many columns: slice `i` is columns `i * hop .. i * hop + width`; a rest is dropped.
    pub fn count(&self, columns: u64) -> u64 {
        let (width, hop) = (u64::from(self.width), u64::from(self.hop.max(1)));
        columns.checked_sub(width).map_or(0, |rest| 1 + rest / hop)
    }

    fn check(&self, kind: &'static str, rows: u32) -> Result<()> {
        let used = u64::from(self.first_row) + u64::from(self.height);
        require(kind, "slices.height", self.height >= 1, self.height, "at least 1 row")?;
        require(kind, "slices.first_row + height", used <= u64::from(rows), used, format!("up to {rows} rows"))?;
        require(kind, "slices.width", (1..=4096).contains(&self.width), self.width, "1 to 4096 columns")?;
        require(kind, "slices.hop", (1..=4096).contains(&self.hop), self.hop, "1 to 4096 columns")
    }
}

/// One check of a field, with the message that names it.
fn require(kind: &str, field: &str, holds: bool, found: impl Display, allowed: impl Display) -> Result<()> {
    if holds {
        return Ok(());
    }
    let problem = format!("{kind}: {field} is {found}, and this build honours {allowed}");
    Err(Error::Argument { operation: "front end", problem })
}

impl SoxFrontEnd {
    /// The paper's picture at a sample rate: 128 x 128 slices side by side, the Nyquist row dropped.
    pub fn at(rate: u32) -> Self {
        Self {
            rate,
            n_fft: FFT as u32,
            columns_per_second: COLUMNS_PER_SECOND,
            range_db: RANGE_DB,
            brightest: BRIGHTEST,
            normalisation: Normalisation { subtract: -4.0, divide: 255.0 },
            slices: SliceGeometry { width: 128, height: 128, first_row: 1, hop: 128 },
        }
    }

    /// Hops and columns at this rate.
    ///
    /// # Errors
    /// If the rate has no geometry.
    pub fn geometry(&self) -> Result<SoxGeometry> {
        SoxGeometry::new(self.rate)
    }

    fn check(&self) -> Result<()> {
        let only = Self::at(self.rate);
        require("sox", "n_fft", self.n_fft == only.n_fft, self.n_fft, only.n_fft)?;
        let (aim, allowed) = (self.columns_per_second, only.columns_per_second);
        require("sox", "columns_per_second", aim == allowed, aim, allowed)?;
        require("sox", "range_db", self.range_db == only.range_db, self.range_db, only.range_db)?;
        require("sox", "brightest", self.brightest == only.brightest, self.brightest, only.brightest)?;
        let Normalisation { subtract, divide } = self.normalisation;
        let found = format!("(v - {subtract}) / {divide}");
        require("sox", "normalisation", self.normalisation == only.normalisation, found, "(v - -4) / 255")?;
        self.slices.check("sox", ROWS as u32)?;
        self.geometry().map(|_| ())
    }
}

impl FrontEnd {
    /// Reads a front end from a card and checks it.
    ///
    /// # Errors
    /// If it is not the JSON of a front end, or names a kind, a field or a number that this build does not honour.
    pub fn from_json(text: &str) -> Result<Self> {
        let front_end: Self = serde_json::from_str(text).map_err(|error| Error::Argument {
            operation: "front end",
            problem: format!("this build does not know it ({error}); use a build as new as the model"),
        })?;
        front_end.check()?;
        Ok(front_end)
    }

    /// The JSON for a card.
    pub fn to_json(&self) -> String {
        // Structs of numbers and names always become JSON, so there is no error to hand on.
        serde_json::json!(self).to_string()
    }

    /// Whether this build honours every number.
    ///
    /// # Errors
    /// If not; the message names the field, its value and what is allowed.
    pub fn check(&self) -> Result<()> {
        match self {
            Self::Sox(sox) => sox.check(),
            Self::Mel(mel) => mel.check(),
            Self::Cqt(cqt) => cqt.check(),
            Self::Mfcc(mfcc) => mfcc.check(),
            Self::Stack(stack) => stack.check(),
            Self::Features(features) => features.check(),
        }
    }

    /// The name of its kind on a card.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Sox(_) => "sox",
            Self::Mel(_) => "mel",
            Self::Cqt(_) => "cqt",
            Self::Mfcc(_) => "mfcc",
            Self::Stack(_) => "stack",
            Self::Features(_) => "features",
        }
    }

    /// The sample rate in Hz to which songs are brought.
    pub fn rate(&self) -> u32 {
        match self {
            Self::Sox(sox) => sox.rate,
            Self::Mel(mel) => mel.rate,
            Self::Cqt(cqt) => cqt.rate,
            Self::Mfcc(mfcc) => mfcc.mel.rate,
            Self::Stack(stack) => stack.first().map_or(0, Self::rate),
            Self::Features(features) => features.picture.rate(),
        }
    }

    /// Rows of the picture, those that slices drop included.
    pub fn rows(&self) -> u32 {
        match self {
            Self::Sox(_) => ROWS as u32,
            Self::Mel(mel) => mel.n_mels,
            Self::Cqt(cqt) => cqt.bins,
            Self::Mfcc(mfcc) => mfcc.n_mfcc,
            Self::Stack(stack) => stack.parts.iter().map(Self::rows).sum(),
            Self::Features(features) => features.features,
        }
    }

    /// How the picture is cut.
    pub fn slices(&self) -> SliceGeometry {
        match self {
            Self::Sox(sox) => sox.slices,
            Self::Mel(mel) => mel.slices,
            Self::Cqt(cqt) => cqt.slices,
            Self::Mfcc(mfcc) => mfcc.mel.slices,
            Self::Stack(stack) => stack.slices,
            Self::Features(features) => features.slices,
        }
    }

    /// What stands before a song's start and after its end.
    pub(crate) fn padding(&self) -> Padding {
        match self {
            Self::Mel(mel) | Self::Mfcc(MfccFrontEnd { mel, .. }) => mel.pad,
            Self::Cqt(cqt) => cqt.pad,
            Self::Stack(stack) => stack.first().map_or(Padding::Zero, Self::padding),
            Self::Sox(_) | Self::Features(_) => Padding::Zero,
        }
    }

    /// The decibels that the picture's rows are, or are made from, from row 0 on; none of a kind without.
    pub(crate) fn bands(&self) -> Vec<Bands> {
        match self {
            Self::Sox(_) | Self::Features(_) => Vec::new(),
            Self::Mel(mel) => vec![mel.bands()],
            Self::Cqt(cqt) => vec![cqt.bands()],
            Self::Mfcc(mfcc) => vec![mfcc.bands()],
            Self::Stack(stack) => stack.bands(),
        }
    }

    /// Whether row 0 is the lowest frequency: to be turned over for the eye.
    pub fn lowest_first(&self) -> bool {
        !matches!(self, Self::Sox(_))
    }

    /// The same picture cut into slices of `count` in a row, as far from each other as before.
    #[must_use]
    pub fn in_a_row(&self, count: usize) -> Self {
        self.recut(&|slices| slices.width *= count as u32)
    }

    /// The same picture cut into slices of so many columns, side by side.
    #[must_use]
    pub fn of_columns(&self, columns: u32) -> Self {
        self.recut(&|slices| (slices.width, slices.hop) = (columns, columns))
    }

    /// The same picture with its slices changed, those of its parts alike.
    fn recut(&self, change: &dyn Fn(&mut SliceGeometry)) -> Self {
        let mut other = self.clone();
        let slices = match &mut other {
            Self::Sox(sox) => &mut sox.slices,
            Self::Mel(mel) | Self::Mfcc(MfccFrontEnd { mel, .. }) => &mut mel.slices,
            Self::Cqt(cqt) => &mut cqt.slices,
            Self::Stack(stack) => {
                stack.parts.iter_mut().for_each(|part| *part = part.recut(change));
                &mut stack.slices
            }
            Self::Features(features) => &mut features.slices,
        };
        change(slices);
        other
    }

    /// Columns of a song of `total` samples at [`Self::rate`].
    ///
    /// # Errors
    /// If the rate has no geometry.
    pub fn columns(&self, total: u64) -> Result<u64> {
        let own = self.painted_columns(total)?;
        let short = self.bands().first().and_then(|bands| bands.short);
        Ok(Short::columns(short, own, self.slices().width))
    }

    /// Columns in which such a song is heard: all but those that a short one is filled up with.
    ///
    /// # Errors
    /// If the rate has no geometry.
    pub fn painted_columns(&self, total: u64) -> Result<u64> {
        match self {
            Self::Sox(sox) => Ok(sox.geometry()?.columns(total)),
            Self::Mel(mel) | Self::Mfcc(MfccFrontEnd { mel, .. }) => Ok(mel.frames(total)),
            Self::Cqt(cqt) => Ok(cqt.frames(total)),
            Self::Stack(stack) => stack.first().map_or(Ok(0), |part| part.painted_columns(total)),
            Self::Features(features) => Ok(features.picture.slices().count(features.picture.columns(total)?)),
        }
    }

    /// Columns that no later sample changes, once `seen` samples were read; see [`Self::needs_whole_song`].
    ///
    /// # Errors
    /// If the rate has no geometry.
    pub fn settled_columns(&self, seen: u64) -> Result<u64> {
        match self {
            Self::Sox(sox) => Ok(sox.geometry()?.settled_columns(seen)),
            Self::Mel(mel) | Self::Mfcc(MfccFrontEnd { mel, .. }) => Ok(mel.settled_columns(seen)),
            Self::Cqt(cqt) => Ok(cqt.settled_columns(seen)),
            Self::Stack(stack) => {
                let parts = stack.parts.iter().map(|part| part.settled_columns(seen)).collect::<Result<Vec<_>>>()?;
                Ok(parts.into_iter().min().unwrap_or(0))
            }
            Self::Features(features) => Ok(features.picture.slices().count(features.picture.settled_columns(seen)?)),
        }
    }

    /// Samples from column to column.
    ///
    /// # Errors
    /// If the rate has no geometry.
    pub fn samples_per_column(&self) -> Result<u64> {
        match self {
            Self::Sox(sox) => Ok(sox.geometry()?.samples_per_column() as u64),
            Self::Mel(mel) | Self::Mfcc(MfccFrontEnd { mel, .. }) => Ok(u64::from(mel.hop)),
            Self::Cqt(cqt) => Ok(u64::from(cqt.hop)),
            Self::Stack(stack) => stack.first().map_or(Ok(0), Self::samples_per_column),
            Self::Features(features) => {
                Ok(u64::from(features.picture.slices().hop) * features.picture.samples_per_column()?)
            }
        }
    }

    /// Whether decibels refer to the song's largest value, so that no column is final before the song's end.
    pub fn needs_whole_song(&self) -> bool {
        match self {
            Self::Features(features) => features.picture.needs_whole_song(),
            _ => self.bands().iter().any(Bands::refer_to_song),
        }
    }
}
