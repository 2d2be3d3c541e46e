//! The genres and the tables of their styles.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::style::Style;
use crate::error::{Error, Result};

mod classical;
mod electro;
mod hardcore;
mod hiphop;
mod jazz;
mod outside;
mod rock;

/// What a song is: one of the paper's six genres (Bae & Kim 2019), or one of three kinds outside them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[allow(missing_docs)]
pub enum Genre {
    Hardcore,
    Rock,
    Electro,
    Classical,
    Jazz,
    HipHop,
    Drone,
    March,
    Reggae,
}

impl Genre {
    /// The six genres of the label set.
    pub const SIX: [Self; 6] = [Self::Hardcore, Self::Rock, Self::Electro, Self::Classical, Self::Jazz, Self::HipHop];
    /// The kinds outside the label set.
    pub const OUTSIDE: [Self; 3] = [Self::Drone, Self::March, Self::Reggae];
    /// How many there are.
    pub const COUNT: usize = 9;

    /// The name in tables, folders and models.
    pub fn name(self) -> &'static str {
        match self {
            Self::Hardcore => "hardcore",
            Self::Rock => "rock",
            Self::Electro => "electro",
            Self::Classical => "classical",
            Self::Jazz => "jazz",
            Self::HipHop => "hip-hop",
            Self::Drone => "drone",
            Self::March => "march",
            Self::Reggae => "reggae",
        }
    }

    /// One of the six by its name; `hiphop` is understood too.
    ///
    /// # Errors
    /// [`Error::Argument`] for any other word.
    pub fn parse(name: &str) -> Result<Self> {
        let name = name.trim().to_ascii_lowercase();
        Self::SIX.into_iter().find(|g| g.name() == name || g.name().replace('-', "") == name).ok_or_else(|| {
            let known = Self::SIX.map(Self::name).join(", ");
            Error::Argument { operation: "synth", problem: format!("there is no genre {name:?}; there are {known}") }
        })
    }

    /// Whether this is one of [`Self::OUTSIDE`].
    pub fn outside(self) -> bool {
        Self::OUTSIDE.contains(&self)
    }

    /// The ways to play it.
    pub fn styles(self) -> &'static [Style] {
        match self {
            Self::Hardcore => hardcore::STYLES,
            Self::Rock => rock::STYLES,
            Self::Electro => electro::STYLES,
            Self::Classical => classical::STYLES,
            Self::Jazz => jazz::STYLES,
            Self::HipHop => hiphop::STYLES,
            Self::Drone => outside::DRONE,
            Self::March => outside::MARCH,
            Self::Reggae => outside::REGGAE,
        }
    }
}

impl fmt::Display for Genre {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
