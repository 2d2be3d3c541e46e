//! How networks learn and how songs are divided: options of every command that trains one on labelled songs.

use std::path::PathBuf;

use anyhow::Context as _;
use clap::{Args, ValueEnum};

use crate::cli::training::rate;
use crate::data::{Augment, Balance, Fractions};
use crate::models::{SYSTEMS, System};
use crate::nn::{EarlyStop, Plateau, Schedule, Steps};
use crate::train::RunPlan;
use crate::weights::{Precision, Values};

/// How networks learn, and from which of the songs.
#[derive(Args, Clone, Debug)]
pub(in crate::cli) struct LearnArgs {
    /// The network
    #[arg(long, default_value = SYSTEMS[0].name, value_parser = SYSTEMS.iter().map(|s| s.name).collect::<Vec<_>>())]
    pub system: String,
    /// Columns of a slice, and from slice to slice [default: the network's]. What was learnt on short slices can be carried to long ones: `train --start`
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=4096))]
    pub columns: Option<u32>,
    /// Passes over the training songs [default: the network's]
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..))]
    pub epochs: Option<u32>,
    /// Slices a step [default: the network's]
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..=4096))]
    pub batch: Option<u32>,
    /// Learning rate [default: the network's]
    #[arg(long, value_parser = rate)]
    pub lr: Option<f32>,
    /// How the learning rate goes
    #[arg(long, value_enum)]
    pub schedule: Option<ScheduleArg>,
    /// End when the validation loss has not fallen for so many epochs [default: 10]. Whether it ends early or not, the model has the weights of the
    /// epoch with the most right validation slices
    #[arg(long, value_name = "EPOCHS", num_args = 0..=1, default_missing_value = "10",
          value_parser = clap::value_parser!(u32).range(1..))]
    pub early_stop: Option<u32>,
    /// Largest joint norm of the gradients
    #[arg(long, value_name = "NORM", value_parser = rate)]
    pub clip: Option<f32>,
    /// Seed of the split, the initial weights, the order and the dropout
    #[arg(long, default_value_t = 0)]
    pub seed: u64,
    /// Share of the songs for choosing the best epoch, the temperature of the answers and the thresholds
    #[arg(long, default_value_t = 0.15, value_name = "SHARE")]
    pub val: f64,
    /// Share of the songs for the numbers that are told
    #[arg(long, default_value_t = 0.15, value_name = "SHARE")]
    pub test: f64,
    /// A folder with train_filtered.txt, valid_filtered.txt and test_filtered.txt, which say the side of each song as genre/song.wav; others are left
    /// out. Lists that lie with the songs count without it
    #[arg(long, value_name = "DIR")]
    pub splits: Option<PathBuf>,
    /// What is done to training slices
    #[arg(long, value_enum)]
    pub augment: Option<AugmentArg>,
}

/// [`Schedule`] on the command line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum ScheduleArg {
    /// The same throughout
    Constant,
    /// A short rise, then half a cosine down to 1 %
    Cosine,
    /// A tenth, down to 1e-6, when the validation loss has not fallen by 1e-4 for 5 epochs
    Plateau,
    /// Three tenths every 10 epochs
    Steps,
}

/// [`Augment`] on the command line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum AugmentArg {
    /// Nothing
    None,
    /// Shifts, loudness, masks
    Mild,
    /// Also tempo, pitch, equaliser, bands, noise and mixtures: for music of other sources
    Strong,
    /// Rows shifted by up to a tenth, and zoomed by up to a tenth: what was done to pictures of GTZAN
    Paper,
}

impl LearnArgs {
    /// The shares of songs that are kept from training.
    ///
    /// # Errors
    /// If they are none.
    pub fn fractions(&self) -> anyhow::Result<Fractions> {
        let fractions = Fractions { validation: self.val, test: self.test };
        fractions.sides().context("--val and --test")?;
        Ok(fractions)
    }

    /// How a network is trained with these options.
    pub fn plan(&self, system: &System) -> RunPlan {
        RunPlan {
            system: system.name.to_owned(),
            epochs: self.epochs.map_or(system.epochs, |epochs| epochs as usize),
            batch: self.batch.map_or(system.batch, |batch| batch as usize),
            learning_rate: self.lr.unwrap_or(system.learning_rate),
            schedule: match self.schedule {
                Some(ScheduleArg::Constant) => Schedule::Constant,
                Some(ScheduleArg::Cosine) => Schedule::Cosine,
                Some(ScheduleArg::Plateau) => Schedule::Plateau(Plateau::default()),
                Some(ScheduleArg::Steps) => Schedule::Steps(Steps::default()),
                None => system.schedule,
            },
            early_stop: self
                .early_stop
                .map(|patience| EarlyStop { patience: patience as usize, ..EarlyStop::default() })
                .or(system.early_stop),
            clip: self.clip,
            seed: self.seed,
            augment: match self.augment {
                Some(AugmentArg::None) => Augment::default(),
                Some(AugmentArg::Mild) => Augment::mild(),
                Some(AugmentArg::Strong) => Augment::strong(),
                Some(AugmentArg::Paper) => Augment::paper(),
                None => Augment::of_system(system.name),
            },
            balance: Balance::Labels,
            front_end: match self.columns {
                Some(columns) => system.front_end().of_columns(columns),
                None => system.front_end(),
            },
            precision: Precision::F32,
            start: Values::new(),
            frozen: false,
            tempered: true,
            teacher: None,
        }
    }
}
