//! The options of the vote, the same for every command that votes.

use crate::vote::{Denominator, Mode, Thresholds};
use clap::{Args, ValueEnum};

/// Options of the vote. What is not given stays as the command's base has it: the model's card, or the saved record.
#[derive(Args, Clone, Debug, Default, PartialEq)]
#[command(next_help_heading = "Vote")]
pub struct ThresholdArgs {
    /// Keep a slice if its greatest probability is at least this, 0 to 1
    #[arg(long, value_name = "P", value_parser = fraction)]
    pub min_confidence: Option<f64>,
    /// Classify a song if its winner has at least this share of the vote, 0 to 1
    #[arg(long, value_name = "SHARE", value_parser = fraction)]
    pub min_share: Option<f64>,
    /// Classify a song only if at least this many slices were kept
    #[arg(long, value_name = "N")]
    pub min_kept: Option<usize>,
    /// Classify a song only if at least this fraction of its slices was kept, 0 to 1
    #[arg(long, value_name = "FRACTION", value_parser = fraction)]
    pub min_kept_fraction: Option<f64>,
    /// What a kept slice gives
    #[arg(long, value_enum)]
    pub mode: Option<ModeArg>,
    /// What the winner's votes are divided by
    #[arg(long, value_enum)]
    pub denominator: Option<DenominatorArg>,
}

/// [`Mode`] on the command line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ModeArg {
    /// One whole vote to its best class
    Hard,
    /// Its probabilities, as fractions of a vote
    MeanSoftmax,
}

/// [`Denominator`] on the command line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum DenominatorArg {
    /// The slices that were kept
    Kept,
    /// All slices of the song
    All,
}

impl ThresholdArgs {
    /// `base` with the given options put in.
    pub fn over(&self, base: Thresholds) -> Thresholds {
        Thresholds {
            min_confidence: self.min_confidence.unwrap_or(base.min_confidence),
            min_share: self.min_share.unwrap_or(base.min_share),
            min_kept: self.min_kept.unwrap_or(base.min_kept),
            min_kept_fraction: self.min_kept_fraction.unwrap_or(base.min_kept_fraction),
            mode: self.mode.map_or(base.mode, |mode| match mode {
                ModeArg::Hard => Mode::Hard,
                ModeArg::MeanSoftmax => Mode::MeanSoftmax,
            }),
            denominator: self.denominator.map_or(base.denominator, |denominator| match denominator {
                DenominatorArg::Kept => Denominator::Kept,
                DenominatorArg::All => Denominator::All,
            }),
        }
    }
}

/// A number from 0 to 1.
fn fraction(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(value) if (0.0..=1.0).contains(&value) => Ok(value),
        Ok(value) if (2.0..=100.0).contains(&value) => {
            Err(format!("it has to be from 0 to 1; did you mean {}?", value / 100.0))
        }
        _ => Err("it has to be a number from 0 to 1".to_owned()),
    }
}
