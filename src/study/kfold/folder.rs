//! The folder of a run over folds: whose it is, and what lies in it.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::run::Plan;
use crate::data::{Folds, Song};
use crate::error::{Error, Result};
use crate::train::{Songs, differing, read};
use crate::weights::{hexadecimal, write_whole};

/// What says whose folder it is.
const RUN: &str = "run.json";

/// The model of a fold, counted from 0.
pub(super) fn model(out: &Path, fold: usize) -> PathBuf {
    out.join(format!("fold{}.safetensors", fold + 1))
}

/// What tells the run whose folder this is from others; none for a folder that is not there or holds none.
///
/// # Errors
/// [`Error::Io`] if it cannot be read, [`Error::Argument`] if it says no such thing, or does not say whose models it holds.
pub fn read_identity(out: &Path) -> Result<Option<Value>> {
    let wrong = |problem: &str| {
        let problem = format!("{}: {problem}; give another folder, or remove it", out.display());
        Error::Argument { operation: "kfold", problem }
    };
    match read(&out.join(RUN))? {
        Some(bytes) => match serde_json::from_slice::<Value>(&bytes) {
            Ok(identity) => Ok(Some(identity)),
            Err(error) => Err(wrong(&format!("its {RUN} cannot be read ({error})"))),
        },
        None if model(out, 0).exists() => {
            Err(wrong(&format!("it holds models, and no {RUN} says of which songs and options")))
        }
        None => Ok(None),
    }
}

impl Plan {
    /// Whether a run with these options and labels can go on in the folder that [`read_identity`] tells of. Whether the songs are the same
    /// shows only when they are read.
    ///
    /// # Errors
    /// [`Error::Resume`] naming the options that differ.
    pub fn check_resume(&self, identity: &Value, labels: &[String]) -> Result<()> {
        differing(identity.get("options").unwrap_or(&Value::Null), &self.options(labels))
    }
}

/// Makes `out` the folder of this run, or checks that it is: of these options, and of these songs in these folds. Another file under the same
/// name is another song.
///
/// # Errors
/// [`Error::Resume`] if it is another run's, [`Error::Io`] if the folder or a song cannot be read or written, and as [`read_identity`].
pub fn claim(out: &Path, plan: &Plan, songs: Songs<'_>, folds: &Folds) -> Result<()> {
    let labels = &songs.dataset.labels;
    let counts = songs.slices(&plan.run.front_end);
    let about = |&song: &usize| -> Result<Value> {
        let Song { path, label, artist, .. } = &songs.dataset.songs[song];
        let print = songs.dataset.songs[song].fingerprint()?;
        Ok(json!([path.display().to_string(), labels[*label], artist, print, counts[song]]))
    };
    let side = |songs: &Vec<usize>| songs.iter().map(about).collect::<Result<Vec<_>>>();
    let sides = folds.folds.iter().chain([&folds.held_out]).map(side).collect::<Result<Vec<_>>>()?;
    let digest = hexadecimal(&Sha256::digest(json!(sides).to_string()));
    match read_identity(out)? {
        Some(there) => {
            plan.check_resume(&there, labels)?;
            match there.get("songs").and_then(Value::as_str) == Some(&digest) {
                true => Ok(()),
                false => Err(Error::Resume(
                    "the interrupted run has other songs, or the same with other labels or artists or in other folds"
                        .into(),
                )),
            }
        }
        None => {
            std::fs::create_dir_all(out).map_err(Error::io(out))?;
            let identity = json!({"options": plan.options(labels), "songs": digest});
            write_whole(&out.join(RUN), identity.to_string().as_bytes())
        }
    }
}
