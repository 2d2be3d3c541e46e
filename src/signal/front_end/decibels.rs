//! From bands to decibels, and songs that are shorter than a slice.

use serde::{Deserialize, Serialize};

use super::{Normalisation, require};
use crate::error::Result;

/// `dB = (20 / power) (log10 max(amin, S) - log10 max(amin, reference))`, then not below the largest value minus `top_db`.
///
/// That is librosa's `power_to_db` for power 2 and, with the `amin` of amplitudes, its `amplitude_to_db` for power 1. With
/// [`Floor::Add`] it is `S + amin` instead of `max(amin, S)`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Decibels {
    /// The smallest band value; the floor of the logarithm.
    pub amin: f64,
    /// Decibels below the song's largest value that are kept; `null` for all.
    pub top_db: Option<f64>,
    /// What is 0 dB.
    pub reference: DbReference,
    /// How `amin` is a floor.
    #[serde(default, skip_serializing_if = "Floor::is_clamp")]
    pub floor: Floor,
    /// Twice as many decibels, before `top_db` counts: what librosa's `amplitude_to_db` makes of powers.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub doubled: bool,
}

/// What keeps the logarithm from values near 0.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Floor {
    /// `max(amin, S)`: what is softer is black.
    #[default]
    Clamp,
    /// `S + amin`: with `amin` as the reference this is logarithmic compression, `10 log10(1 + S / amin)`.
    Add,
}

impl Floor {
    fn is_clamp(&self) -> bool {
        *self == Self::Clamp
    }
}

/// What is 0 dB.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DbReference {
    /// The song's largest band value.
    Max,
    /// This band value.
    Value(f64),
}

/// What becomes of a song that has a column, but fewer than a slice: it gets columns until it has a slice. Without this it has none.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Short {
    /// What is in them.
    pub fill: Fill,
}

/// What a short song is filled up with.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Fill {
    /// Silence: the lowest value that this song's picture can have.
    Floor,
    /// So many decibels everywhere.
    #[serde(untagged)]
    Db(f64),
}

impl Decibels {
    pub(super) fn check(&self, kind: &'static str) -> Result<()> {
        let Self { amin, top_db, reference, floor, .. } = *self;
        let positive = |value: f64| value.is_finite() && value > 0.0;
        // Kernels hold it in f32, where a smaller number may be flushed to zero.
        let kept = positive(amin) && amin >= f64::from(f32::MIN_POSITIVE);
        require(kind, "to_db.amin", kept, amin, "numbers from 1.2e-38")?;
        if let Some(top_db) = top_db {
            require(kind, "to_db.top_db", positive(top_db), top_db, "numbers above 0, or null")?;
        }
        if let DbReference::Value(value) = reference {
            require(kind, "to_db.reference", positive(value), value, "numbers above 0")?;
        }
        if floor == Floor::Add {
            // A song's largest value would have to be known before the floor is added.
            require(
                kind,
                "to_db.floor",
                !self.refers_to_song(),
                "add",
                "it with a reference value and without top_db",
            )?;
        }
        Ok(())
    }

    /// Whether a song's largest value has to be known.
    fn refers_to_song(&self) -> bool {
        self.top_db.is_some() || self.reference == DbReference::Max
    }
}

/// Rows of a picture that are bands in decibels.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Bands {
    /// How many.
    pub rows: u32,
    /// The power of amplitudes that they are.
    pub power: u32,
    /// From band to dB.
    pub to_db: Decibels,
    /// From dB to network input.
    pub normalisation: Normalisation,
    /// What becomes of short songs.
    pub short: Option<Short>,
}

impl Bands {
    /// Decibels of a picture for one of the ear's.
    pub fn per_db(&self) -> f64 {
        if self.to_db.doubled { 2.0 } else { 1.0 }
    }

    /// Decibels of a picture for ten times a band.
    pub fn tenfold(&self) -> f64 {
        self.per_db() * 20.0 / f64::from(self.power)
    }

    /// Whether they refer to the song's largest value.
    pub fn refer_to_song(&self) -> bool {
        self.to_db.refers_to_song()
    }

    /// What is 0 dB, in decibels of bare bands, in a song with this largest of them.
    pub fn zero(&self, largest: f64) -> f64 {
        match self.to_db.reference {
            DbReference::Max => largest,
            DbReference::Value(value) => self.tenfold() * value.max(self.to_db.amin).log10(),
        }
    }

    /// The least that there can be in such a song, in decibels of bare bands.
    pub fn lowest(&self, largest: f64) -> f64 {
        let amin = self.tenfold() * self.to_db.amin.log10();
        self.to_db.top_db.map_or(amin, |range| amin.max(largest - range))
    }

    /// The decibels with which such a song is filled up; `None` if it is not.
    pub fn fill(&self, largest: f64) -> Option<f64> {
        self.short.map(|short| match short.fill {
            Fill::Floor => self.lowest(largest) - self.zero(largest),
            Fill::Db(db) => db,
        })
    }
}

impl Short {
    pub(super) fn check(short: Option<Self>, kind: &'static str) -> Result<()> {
        match short {
            Some(Self { fill: Fill::Db(db) }) => {
                require(kind, "short.fill", db.is_finite(), db, "floor and finite numbers of dB")
            }
            _ => Ok(()),
        }
    }

    /// Columns of a song with so many of its own: no less than a slice if short songs are filled up, but for those with none.
    pub(super) fn columns(short: Option<Self>, own: u64, width: u32) -> u64 {
        if short.is_some() && own > 0 { own.max(width.into()) } else { own }
    }
}

impl Normalisation {
    pub(super) fn check(&self, kind: &'static str) -> Result<()> {
        let Self { subtract, divide } = *self;
        require(kind, "normalisation.subtract", subtract.is_finite(), subtract, "finite numbers")?;
        require(kind, "normalisation.divide", divide.is_finite() && divide != 0.0, divide, "finite numbers but 0")
    }
}
