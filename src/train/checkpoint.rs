//! What a training run needs to go on as if it had never stopped.

use std::path::Path;

use serde::{Deserialize, Serialize};

use super::learner::Learner;
use crate::error::Result;
use crate::nn::Schedule;
use crate::weights::{Card, Tensors, Values, read_state, write_state};

/// Key of the progress in the file's metadata.
const PROGRESS: &str = "tunevote.training";
/// What stands before the names of the best epoch's tensors.
const BEST: &str = "best.";

/// How far a run is, and what it must not change when it goes on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Progress {
    /// The card that the model will have.
    pub card: Card,
    /// The options that the run was started with, as the program wrote them: another batch or seed is another run.
    pub options: serde_json::Value,
    /// A digest of its songs, their labels, sides and slices: another dataset is another run.
    pub songs: String,
    /// Steps done.
    pub steps: u64,
    /// Steps in all.
    pub total: u64,
    /// How steps were taken, rising by their first step; the last one holds.
    pub paces: Vec<Pace>,
    /// The epoch under way.
    pub sums: Sums,
    /// What each epoch gave, as the program wrote it.
    pub history: Vec<serde_json::Value>,
    /// The best validation score so far, and the epoch that gave it.
    pub best: Option<(f64, usize)>,
}

/// How steps are taken: what may change when a run goes on.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pace {
    /// Steps done before it held.
    pub from: u64,
    /// Learning rate before the schedule.
    pub learning_rate: f32,
    /// How it goes over all steps of the run.
    pub schedule: Schedule,
    /// Largest joint norm of the gradients.
    pub clip: Option<f32>,
}

/// Sums over the steps of an epoch so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sums {
    /// Of the slices' losses.
    pub loss: f64,
    /// Slices whose best label is the target's.
    pub right: usize,
    /// Slices that have a best label.
    #[serde(default)]
    pub judged: usize,
    /// Slices.
    pub slices: usize,
    /// Seconds that the steps took.
    pub seconds: f64,
}

/// A checkpoint file's contents.
#[derive(Clone, Debug)]
pub struct Checkpoint {
    /// How far the run is.
    pub progress: Progress,
    tensors: Tensors,
}

impl Checkpoint {
    /// Writes a learner's state, and the weights of the best epoch if there is one, under a temporary name first: a kill leaves
    /// the last whole one.
    ///
    /// # Errors
    /// [`Error::Gpu`](crate::Error::Gpu) if the device fails, and as [`write_state`].
    pub fn write(path: &Path, learner: &Learner, progress: &Progress, best: Option<&Values>) -> Result<()> {
        let mut values = learner.kept()?;
        values.append(&mut learner.slots()?);
        let best = best.into_iter().flatten();
        values.extend(best.map(|(name, tensor)| (format!("{BEST}{name}"), tensor.clone())));
        write_state(path, PROGRESS, values, progress)
    }

    /// Reads a file.
    ///
    /// # Errors
    /// As [`read_state`].
    pub fn read(path: &Path) -> Result<Self> {
        let (progress, tensors) = read_state(path, PROGRESS)?;
        Ok(Self { progress, tensors })
    }

    /// Puts the state into a learner.
    ///
    /// # Errors
    /// [`Error::Argument`](crate::Error::Argument) naming a tensor that is missing or of another shape.
    pub fn restore(&self, learner: &mut Learner) -> Result<()> {
        learner.restore(&self.tensors)
    }

    /// The weights of the best epoch so far.
    pub fn best(&self) -> Option<Values> {
        let tensor = |(name, shape, values): (&str, &[usize], &[f32])| {
            Some((name.strip_prefix(BEST)?.to_owned(), (shape.to_vec(), values.to_vec())))
        };
        let best: Values = self.tensors.iter().filter_map(tensor).collect();
        (!best.is_empty()).then_some(best)
    }
}
