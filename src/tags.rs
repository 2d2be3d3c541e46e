//! Layer 6. Songs in, tags out: the mean over a song's slices of what a network that tells tags says.

use serde_json::json;

use crate::error::{Error, Result};
use crate::gpu::Engine;
use crate::listen::{Heard, Listener, Song};
use crate::predict::Predictor;
use crate::weights::{ModelFile, Outputs};

/// What a song sounds like.
#[derive(Clone, Debug, PartialEq)]
pub struct Tagged {
    /// What the song is called.
    pub path: String,
    /// Its length in seconds.
    pub seconds: f64,
    /// Its slices.
    pub slices: usize,
    /// A score from 0 to 1 for each of the [labels](Tagger::labels); none without slices. Scores of one song may all be high or all be low.
    pub scores: Vec<f32>,
    /// Damage that did not end it.
    pub warnings: Vec<String>,
    /// Why it has no scores.
    pub error: Option<String>,
}

impl Tagged {
    /// One JSON object and a line feed: {"path","seconds","slices","tags":{"rock":0.8,…},"model","warnings":[…],"error"}; a song without scores
    /// has an error in the place of its tags.
    ///
    /// # Errors
    /// [`Error::NotFinite`] if a score is not a number.
    pub fn to_line(&self, labels: &[String], model: &str) -> Result<String> {
        if let Some((label, score)) = labels.iter().zip(&self.scores).find(|(_, score)| !score.is_finite()) {
            return Err(Error::NotFinite(format!("{}: the score of {label} is {score}", self.path)));
        }
        let mut line = json!({"path": self.path, "model": model});
        if !self.warnings.is_empty() {
            line["warnings"] = json!(self.warnings);
        }
        match &self.error {
            Some(error) => line["error"] = json!(error),
            None => {
                line["seconds"] = json!(self.seconds);
                line["slices"] = json!(self.slices);
                line["tags"] =
                    labels.iter().zip(&self.scores).map(|(label, score)| (label.clone(), json!(score))).collect();
            }
        }
        Ok(format!("{line}\n"))
    }
}

/// A network that tells tags, ready to hear songs.
#[derive(Debug)]
pub struct Tagger {
    labels: Vec<String>,
    /// Seconds of a slice.
    least: f64,
    listener: Listener,
}

impl Tagger {
    /// `batch` slices go through the network at once.
    ///
    /// # Errors
    /// [`Error::Argument`] if the model tells genres, [`Error::Gpu`] if the device's memory or limits do not suffice.
    pub fn new(engine: &Engine, model: &ModelFile, batch: usize) -> Result<Self> {
        if model.card.outputs != Outputs::Tags {
            let problem = format!("{} tells genres, not tags; ask it with `tunevote classify`", model.path.display());
            return Err(Error::Argument { operation: "tags", problem });
        }
        let front_end = &model.card.front_end;
        let columns = u64::from(front_end.slices().width) * front_end.samples_per_column()?;
        Ok(Self {
            labels: model.card.labels.clone(),
            least: columns as f64 / f64::from(front_end.rate()),
            listener: Listener::new(engine, front_end, Predictor::new(engine, model, batch)?)?,
        })
    }

    /// The tags that it knows.
    pub fn labels(&self) -> &[String] {
        &self.labels
    }

    /// The sample rate in Hz at which it wants songs.
    pub fn rate(&self) -> u32 {
        self.listener.rate()
    }

    /// Listens to songs and gives their tags to `emit` in order. A song that cannot be read says so, and the others go on.
    ///
    /// # Errors
    /// [`Error::Gpu`] if the device fails, and what `emit` returns.
    pub fn run<'a>(
        &self,
        songs: impl Iterator<Item = Song<'a>>,
        mut emit: impl FnMut(Tagged) -> Result<()>,
    ) -> Result<()> {
        self.listener.run(songs, |heard| emit(self.tagged(heard)))
    }

    fn tagged(&self, heard: Heard) -> Tagged {
        let Heard { path, seconds, rows, warnings, error, .. } = heard;
        let tags = self.labels.len();
        let slices = rows.len() / tags;
        let short = || format!("{path}: is shorter than one slice of {:.2} s", self.least);
        let error = error.or_else(|| (slices == 0).then(short));
        let mean = |tag: usize| {
            let sum: f64 = rows.iter().skip(tag).step_by(tags).map(|&score| f64::from(score)).sum();
            (sum / slices as f64) as f32
        };
        let scores = if error.is_some() { Vec::new() } else { (0..tags).map(mean).collect() };
        Tagged { path, seconds, slices, scores, warnings, error }
    }
}
