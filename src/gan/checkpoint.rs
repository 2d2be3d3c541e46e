//! How far a GAN's training is.

use std::path::Path;

use serde::{Deserialize, Serialize};

use super::adversaries::Adversaries;
use super::plan::GanPlan;
use super::told::PhaseReport;
use crate::error::{Error, Result};
use crate::models::gan::Grey;
use crate::weights::{Tensors, read_state, write_state};

/// Key of the progress in the file's metadata.
const KIND: &str = "tunevote.gan-training";

/// How far a run is, and what it must not change when it goes on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Progress {
    /// How it was started.
    pub plan: GanPlan,
    /// SHA-256 of the classifier's file.
    pub classifier: String,
    /// A digest of its songs, their labels, sides and slices.
    pub songs: String,
    /// What is black and what is white.
    pub grey: Grey,
    /// The phase under way, from 0.
    pub phase: usize,
    /// The critic's steps done in it.
    pub steps: u64,
    /// Of its steps.
    pub sums: Sums,
    /// The phases that are over.
    pub history: Vec<PhaseReport>,
}

/// Sums over the phase's last steps so far, and its seconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sums {
    /// The critic's steps, and the generator's.
    pub steps: [u64; 2],
    /// As [`CriticReport::array`](super::CriticReport::array).
    pub critic: [f64; 3],
    /// As [`GeneratorReport::array`](super::GeneratorReport::array).
    pub generator: [f64; 7],
    /// Seconds of the phase.
    pub seconds: f64,
}

impl Progress {
    /// Writes the state under a temporary name first: a kill leaves the last whole one.
    ///
    /// # Errors
    /// [`Error::NotFinite`] naming a tensor that holds what is no number, and nothing is written then; [`Error::Io`] if the disk does not
    /// take it, [`Error::Gpu`] if the device fails.
    pub fn write(&self, path: &Path, networks: &Adversaries) -> Result<()> {
        let mut values = networks.kept()?;
        values.append(&mut networks.slots()?);
        write_state(path, KIND, values, self)
    }

    /// Reads a file: how far it is, and the tensors.
    ///
    /// # Errors
    /// [`Error::Io`] if it cannot be read, [`Error::Weights`] if it is no such checkpoint of this build.
    pub fn read(path: &Path) -> Result<(Self, Tensors)> {
        read_state(path, KIND)
    }

    /// Whether a run can go on from here.
    ///
    /// # Errors
    /// [`Error::Argument`] naming what differs.
    pub fn check(&self, plan: &GanPlan, classifier: &str) -> Result<()> {
        let another = |problem: String| Err(Error::Resume(problem));
        if self.classifier != classifier {
            return another("the interrupted run is for another model".into());
        }
        if self.plan != *plan {
            let fields = |plan: &GanPlan| serde_json::to_value(plan).unwrap_or_default();
            let (theirs, ours) = (fields(&self.plan), fields(plan));
            let named = |name: &String| format!("{name} {}, not {}", theirs[name], ours[name]);
            let names = ours.as_object().into_iter().flat_map(|all| all.keys());
            let differing: Vec<_> = names.filter(|name| theirs[*name] != ours[*name]).map(named).collect();
            return another(format!("the interrupted run has {}", differing.join(", ")));
        }
        Ok(())
    }
}
