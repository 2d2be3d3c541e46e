//! What a training run needs to go on as if it had never stopped.

use std::collections::BTreeMap;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::learner::{Learner, Values};
use crate::error::{Error, Result};
use crate::nn::Schedule;
use crate::weights::{Card, Precision, Tensors, write_whole};

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
    /// [`Error::Training`] naming a tensor that holds what is no finite number, and nothing is written then; [`Error::Io`] if
    /// the disk does not take it, [`Error::Gpu`] if the device fails.
    pub fn write(path: &Path, learner: &Learner, progress: &Progress, best: Option<&Values>) -> Result<()> {
        let mut values = learner.kept()?;
        values.append(&mut learner.slots()?);
        for (name, (_, values)) in &values {
            if let Some(value) = values.iter().find(|value| !value.is_finite()) {
                return Err(Error::Training(format!("the tensor {name} holds {value}")));
            }
        }
        values.extend(best.into_iter().flatten().map(|(name, tensor)| (format!("{BEST}{name}"), tensor.clone())));
        let wrong = |problem: String| Error::Weights { path: path.to_path_buf(), problem };
        let text = serde_json::to_string(progress).map_err(|error| wrong(error.to_string()))?;
        let metadata = BTreeMap::from([(PROGRESS.to_owned(), text)]);
        let bytes = Tensors::new(values).serialise(Precision::F32, metadata).map_err(wrong)?;
        write_whole(path, &bytes)
    }

    /// Reads a file.
    ///
    /// # Errors
    /// [`Error::Io`] if it cannot be read, [`Error::Weights`] if it is no checkpoint of this build.
    pub fn read(path: &Path) -> Result<Self> {
        let bytes = std::fs::read(path).map_err(Error::io(path))?;
        let wrong = |problem: String| Error::Weights { path: path.to_path_buf(), problem };
        let damaged =
            |problem| wrong(format!("{problem}; a checkpoint that is damaged has to be removed to start anew"));
        let (tensors, metadata) = Tensors::parse(&bytes).map_err(damaged)?;
        let text =
            metadata.get(PROGRESS).ok_or_else(|| wrong("is a model, not a checkpoint of a training run".into()))?;
        let progress =
            serde_json::from_str(text).map_err(|error| wrong(format!("its progress cannot be read: {error}")))?;
        Ok(Self { progress, tensors })
    }

    /// Puts the state into a learner.
    ///
    /// # Errors
    /// [`Error::Argument`] naming a tensor that is missing or of another shape.
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
