//! What a training run needs to go on as if it had never stopped.

use std::collections::BTreeMap;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::learner::Learner;
use crate::error::{Error, Result};
use crate::weights::{Card, Precision, Tensors, write_whole};

/// Key of the progress in the file's metadata.
const PROGRESS: &str = "tunevote.training";

/// How far a run is, and what it must not change when it goes on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Progress {
    /// The card that the model will have.
    pub card: Card,
    /// What the run was started with, as the program wrote it: another dataset, batch or seed is another run.
    pub run: serde_json::Value,
    /// Steps done.
    pub steps: u64,
    /// Steps in all.
    pub total: u64,
    /// What each epoch gave, as the program wrote it.
    pub history: Vec<serde_json::Value>,
    /// The best validation score so far, and the epoch that gave it.
    pub best: Option<(f64, usize)>,
}

/// A checkpoint file's contents.
#[derive(Clone, Debug)]
pub struct Checkpoint {
    /// How far the run is.
    pub progress: Progress,
    tensors: Tensors,
}

impl Checkpoint {
    /// Writes a learner's state, under a temporary name first: a kill leaves the last whole one.
    ///
    /// # Errors
    /// [`Error::Io`] if the disk does not take it, [`Error::Gpu`] if the device fails.
    pub fn write(path: &Path, learner: &Learner, progress: &Progress) -> Result<()> {
        let mut values = learner.kept()?;
        values.append(&mut learner.slots()?);
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
        let (tensors, metadata) = Tensors::parse(&bytes).map_err(wrong)?;
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
}
