//! The numbers that decide when a song counts as classified.

use crate::{Error, Result};
use serde::{Deserialize, Serialize};

/// What a kept slice gives to the classes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Mode {
    /// One whole vote to its best class (the papers' rule).
    #[default]
    Hard,
    /// Its softmax probabilities, as fractions of a vote.
    MeanSoftmax,
}

/// What the winner's votes are divided by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Denominator {
    /// The slices that were kept.
    #[default]
    Kept,
    /// All slices of the song, so that every slice that was not kept counts against the winner.
    All,
}

/// When a slice may vote, and when a vote is clear enough.
///
/// The defaults are the ones of the papers where they give a number (`min_share`), else this project's. A model's card
/// stores its own, tuned on validation songs.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Thresholds {
    /// A slice votes iff its greatest probability is at least this; in 0..=1. Compared in `f32`, the precision that the
    /// probabilities have, so that a slice at exactly `0.7` passes a threshold of `0.7`.
    pub min_confidence: f64,
    /// A song is classified iff the winner's share is at least this; in 0..=1.
    pub min_share: f64,
    /// Fewest kept slices for a classified song. At least one kept slice is needed even at 0.
    pub min_kept: usize,
    /// Fewest kept slices as a fraction of all slices of the song; in 0..=1.
    pub min_kept_fraction: f64,
    /// What a kept slice gives.
    pub mode: Mode,
    /// What the winner's votes are divided by.
    pub denominator: Denominator,
}

impl Default for Thresholds {
    fn default() -> Self {
        Self {
            min_confidence: 0.5,
            min_share: 0.70,
            min_kept: 3,
            min_kept_fraction: 0.30,
            mode: Mode::Hard,
            denominator: Denominator::Kept,
        }
    }
}

impl Thresholds {
    /// Checks the ranges.
    ///
    /// # Errors
    /// [`Error::Argument`] naming the number that is not in 0..=1; not-a-number is refused too.
    pub fn validate(&self) -> Result<()> {
        let fractions = [
            ("min_confidence", self.min_confidence),
            ("min_share", self.min_share),
            ("min_kept_fraction", self.min_kept_fraction),
        ];
        for (name, value) in fractions {
            if !(0.0..=1.0).contains(&value) {
                return Err(Error::Argument {
                    operation: "vote",
                    problem: format!("{name} is {value}, but has to be a number from 0 to 1"),
                });
            }
        }
        Ok(())
    }

    /// The fewest kept slices that a song of `total` slices needs: max(1, `min_kept`, `min_kept_fraction` * `total`).
    ///
    /// The product is rounded up by comparing quotients, so that .3 of 10 is 3 whatever `0.3 * 10.0` is in binary.
    pub fn needed(&self, total: usize) -> usize {
        let enough = |kept: usize| kept as f64 / total as f64 >= self.min_kept_fraction;
        let product = (self.min_kept_fraction * total as f64).ceil() as usize;
        // The product is right up to one, in either direction.
        let lowest = product.saturating_sub(1);
        let by_fraction = if total == 0 { 0 } else { (lowest..=product + 1).find(|&n| enough(n)).unwrap_or(total) };
        by_fraction.max(self.min_kept).max(1)
    }
}
