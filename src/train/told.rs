//! What a training run tells: events on the way, and how it ended.

use serde::{Deserialize, Serialize};

use super::checkpoint::Pace;
use crate::metrics::Evaluation;
use crate::weights::Card;

/// What happens while a run goes on.
#[derive(Clone, Debug)]
pub enum Event {
    /// A step ended.
    Step {
        /// Epoch, from 0.
        epoch: usize,
        /// Steps of all epochs done and to do.
        steps: (u64, u64),
        /// Mean cross-entropy of its slices.
        loss: f32,
        /// Share of its slices whose best label is the target's.
        accuracy: f32,
        /// Slices a second in this epoch so far.
        slices_per_second: f64,
    },
    /// Validation or test slices were judged.
    Judged {
        /// Slices done and to do.
        slices: (usize, usize),
    },
    /// An epoch ended.
    Epoch(EpochReport),
}

/// One epoch in numbers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EpochReport {
    /// From 0.
    pub epoch: usize,
    /// Learning rate of its last step.
    pub learning_rate: f32,
    /// Mean of the slices' losses.
    pub loss: f64,
    /// Share of training slices whose best label is the target's, of those whose target has one best label.
    pub accuracy: f64,
    /// Mean cross-entropy of the validation slices, which [`Schedule::Plateau`](crate::nn::Schedule::Plateau) and
    /// [`EarlyStop`](crate::nn::EarlyStop) go by.
    #[serde(default)]
    pub validation_loss: Option<f64>,
    /// Share of validation slices that are right.
    pub validation_slices: Option<f64>,
    /// Share of validation songs that are right when an answer is forced.
    pub validation_songs: Option<f64>,
    /// Training slices a second, validation not among the seconds.
    pub slices_per_second: f64,
    /// Seconds that its steps and its validation took.
    pub seconds: f64,
}

/// How a run ended.
#[derive(Debug)]
pub enum Outcome {
    /// The model is written.
    Finished(Box<Finished>),
    /// It was told to stop; the checkpoint is written.
    Interrupted {
        /// Steps of all epochs done and to do.
        steps: (u64, u64),
    },
    /// The loss, the weights or the network's answers are not numbers any more. The checkpoint is as it was.
    Diverged {
        /// What is wrong.
        problem: String,
        /// Steps of all epochs done and to do.
        steps: (u64, u64),
        /// Steps of the checkpoint that a smaller learning rate can go on from. None if there is no checkpoint, or if it is
        /// already the one whose next loss is not a number.
        saved: Option<u64>,
    },
}

/// A finished run.
#[derive(Clone, Debug, Serialize)]
pub struct Finished {
    /// What the model file says of itself.
    pub card: Card,
    /// How steps were taken; more than one entry if that was changed on the way.
    pub paces: Vec<Pace>,
    /// Every epoch.
    pub history: Vec<EpochReport>,
    /// The held-out songs, where there are any.
    pub test: Option<Evaluation>,
}
