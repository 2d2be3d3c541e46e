//! The folder of a study: whose it is, and what each seed has in it.

use std::path::{Path, PathBuf};

use serde_json::json;
use sha2::{Digest, Sha256};

use super::judged::Seed;
use super::plan::StudyPlan;
use crate::data::Dataset;
use crate::error::{Error, Result};
use crate::models::gan::Reading;
use crate::train::{self, read, songs_of};
use crate::weights::{hexadecimal, write_whole};

/// The GANs of a seed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gan {
    /// Reading A.
    Analysis,
    /// Reading B.
    Transfer,
    /// Reading A without labels: a control.
    Purifier,
}

impl Gan {
    /// Its name, and its file's.
    pub fn name(self) -> &'static str {
        match self {
            Self::Analysis => "analysis",
            Self::Transfer => "transfer",
            Self::Purifier => "purifier",
        }
    }

    /// How a slice comes into its generator.
    pub fn reading(self) -> Reading {
        if self == Self::Transfer { Reading::Transfer } else { Reading::Analysis }
    }

    /// Whether it tells genres apart.
    pub fn labelled(self) -> bool {
        self != Self::Purifier
    }
}

/// Makes `out` the folder of this study: of this plan, whatever its seeds, on these songs, those of the labels and those outside. Another
/// file under the same name is another song. Gives what tells it from other studies.
///
/// # Errors
/// [`Error::Argument`] if it is another study's, [`Error::Io`] if the folder or a song cannot be read or written.
pub(super) fn claim(out: &Path, plan: &StudyPlan, songs: [&Dataset; 2]) -> Result<String> {
    // More seeds are the same study, longer.
    let plan = StudyPlan { seeds: 0, ..plan.clone() };
    let [known, outside] = songs;
    let text = json!({"plan": plan, "songs": [songs_of(known)?, songs_of(outside)?]}).to_string();
    train::claim(out, "study.json", "study", &text, &SeedFolder::new(out, 1).path)?;
    Ok(hexadecimal(&Sha256::digest(&text)))
}

/// A seed's part of the folder.
pub(super) struct SeedFolder {
    seed: u64,
    path: PathBuf,
}

impl SeedFolder {
    /// That of a seed, which need not be there.
    pub fn new(out: &Path, seed: u64) -> Self {
        Self { seed, path: out.join(format!("seed{seed}")) }
    }

    /// Makes it.
    pub fn create(&self) -> Result<()> {
        std::fs::create_dir_all(&self.path).map_err(Error::io(&self.path))
    }

    /// A network that classifies.
    pub fn model(&self, name: &str) -> PathBuf {
        self.path.join(format!("{name}.safetensors"))
    }

    /// A GAN.
    pub fn gan(&self, which: Gan) -> PathBuf {
        self.model(which.name())
    }

    /// What all networks say of all songs of `study` and so many labels, if the seed is through.
    pub fn judged(&self, study: &str, labels: usize) -> Result<Option<Seed>> {
        let path = self.judged_path();
        let Some(bytes) = read(&path)? else { return Ok(None) };
        let wrong = |problem: String| made_again(Error::Weights { path: path.clone(), problem });
        let seed: Seed = serde_json::from_slice(&bytes).map_err(|error| wrong(format!("cannot be read: {error}")))?;
        if seed.study != study {
            return Err(wrong("is of another study".into()));
        }
        seed.check(labels).map_err(wrong)?;
        Ok(Some(Seed { seed: self.seed, ..seed }))
    }

    /// Saves that.
    pub fn save(&self, judged: &Seed) -> Result<()> {
        let path = self.judged_path();
        let bytes = serde_json::to_vec(judged)
            .map_err(|error| Error::Weights { path: path.clone(), problem: error.to_string() })?;
        write_whole(&path, &bytes)
    }

    fn judged_path(&self) -> PathBuf {
        self.path.join("judged.json")
    }
}

/// What helps where a file that a study has made cannot be read.
pub(super) fn made_again(error: Error) -> Error {
    match error {
        Error::Weights { path, problem } => {
            let problem = problem.replace("; get it again", "");
            Error::Weights { path, problem: format!("{problem}; remove it, and it is made again") }
        }
        error => error,
    }
}
