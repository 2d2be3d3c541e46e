//! The magnitudes of constant-Q filters in dB.

use serde::{Deserialize, Serialize};

use super::decibels::{Bands, Decibels, Short};
use super::{MEL_RATES, Normalisation, Padding, SliceGeometry, require};
use crate::error::Result;
use crate::signal::cqt::CqtShape;

/// The hops of a constant-Q front end: a filter is cut into blocks of a hop, of which short hops would make very many.
const HOPS: std::ops::RangeInclusive<u32> = 64..=1 << 16;

/// The numbers of constant-Q filters' magnitudes in dB, see [`crate::signal::cqt`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CqtFrontEnd {
    /// Sample rate in Hz to which songs are brought.
    pub rate: u32,
    /// Samples from frame to frame.
    pub hop: u32,
    /// The lowest filter's frequency in Hz.
    pub fmin: f64,
    /// Filters, which are the picture's rows.
    pub bins: u32,
    /// Filters from a frequency to its double.
    pub bins_per_octave: u32,
    /// What stands before the song's start and after its end; frames are centred.
    pub pad: Padding,
    /// From amplitude to dB, as [`Decibels`] of power 1.
    pub to_db: Decibels,
    /// From dB to network input.
    pub normalisation: Normalisation,
    /// What becomes of songs shorter than a slice.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub short: Option<Short>,
    /// How the picture is cut.
    pub slices: SliceGeometry,
}

impl CqtFrontEnd {
    /// What the filters are made from.
    pub fn shape(&self) -> CqtShape {
        CqtShape {
            rate: f64::from(self.rate),
            fmin: self.fmin,
            bins: self.bins as usize,
            bins_per_octave: self.bins_per_octave as usize,
        }
    }

    /// Frames of a song of `total` samples: `1 + total / hop`; none without samples.
    pub(super) fn frames(&self, total: u64) -> u64 {
        if total == 0 { 0 } else { 1 + total / u64::from(self.hop) }
    }

    /// Frames that no later sample changes, once `seen` samples were read. (A mirror image reaches no further than the first frame.)
    pub fn settled_columns(&self, seen: u64) -> u64 {
        let [_, behind] = self.shape().sides(0);
        seen.checked_sub(behind.unsigned_abs()).map_or(0, |rest| 1 + rest / u64::from(self.hop))
    }

    pub(super) fn bands(&self) -> Bands {
        let Self { bins, to_db, normalisation, short, .. } = *self;
        Bands { rows: bins, power: 1, to_db, normalisation, short }
    }

    pub(super) fn check(&self) -> Result<()> {
        let rates = format!("{} to {} Hz", MEL_RATES.start(), MEL_RATES.end());
        require("cqt", "rate", MEL_RATES.contains(&self.rate), self.rate, rates)?;
        let hops = format!("{} to {}", HOPS.start(), HOPS.end());
        require("cqt", "hop", HOPS.contains(&self.hop), self.hop, hops)?;
        require("cqt", "bins", (1..=1024).contains(&self.bins), self.bins, "1 to 1024")?;
        let octave = self.bins_per_octave;
        require("cqt", "bins_per_octave", (1..=96).contains(&octave), octave, "1 to 96")?;
        require("cqt", "pad", self.pad != Padding::None, "none", "zero and reflect")?;
        self.to_db.check("cqt")?;
        self.normalisation.check("cqt")?;
        Short::check(self.short, "cqt")?;
        self.slices.check("cqt", self.bins)?;
        self.shape().check()
    }
}
