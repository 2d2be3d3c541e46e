//! What a model file says of itself.

use serde::{Deserialize, Serialize};

use crate::signal::front_end::FrontEnd;
use crate::vote::Thresholds;

/// The version of the card's fields that this build writes. It reads the older ones too: version 2 has no temperature and no songs of other
/// genres, version 1 no intervals and no list of the songs that the model has met either.
const FORMAT: u32 = 3;

/// A model's card: all that is needed to use it, and what is known of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Card {
    /// Version of these fields.
    pub format: u32,
    /// The network's name.
    pub system: String,
    /// Genres or tags, in the order of the network's outputs.
    pub labels: Vec<String>,
    /// What they are.
    #[serde(default, skip_serializing_if = "Outputs::are_genres")]
    pub outputs: Outputs,
    /// Sample rate and picture that it was trained on.
    pub front_end: FrontEnd,
    /// What the outputs are divided by before they become probabilities, so that those say how often they are right (Guo et al. 2017).
    #[serde(default = "untempered")]
    pub temperature: f64,
    /// When its votes count.
    pub thresholds: Thresholds,
    /// How it came to be.
    pub training: Training,
    /// What was measured, one entry a set of songs.
    pub accuracy: Vec<Accuracy>,
}

/// How a model came to be.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Training {
    /// The data in a sentence.
    pub data: String,
    /// Training songs.
    pub songs: usize,
    /// Artists of the training songs; `null` where they are unknown.
    pub artists: Option<usize>,
    /// Slices in the training songs.
    pub slices: usize,
    /// Passes over the data.
    pub epochs: usize,
    /// Slices a step.
    pub batch: usize,
    /// Learning rate at the start.
    pub learning_rate: f32,
    /// Seed of initial values, shuffling and dropout.
    pub seed: u64,
    /// The adapter that it was trained on.
    pub device: String,
    /// Works that it was trained on, where they have to be named.
    pub works: Vec<Work>,
    /// The model whose answers taught it beside the labels; `null` where there was none.
    #[serde(default)]
    pub teacher: Option<String>,
    /// Fingerprints of the songs that taught it or its teacher, sorted; empty where they are not known.
    #[serde(default)]
    pub heard: Vec<String>,
    /// Fingerprints of the songs that chose its epoch, its temperature and its thresholds, sorted.
    #[serde(default)]
    pub tuned_on: Vec<String>,
}

fn untempered() -> f64 {
    1.0
}

/// What a network's outputs say.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Outputs {
    /// A slice has one of the labels: softmax. They can vote.
    #[default]
    Genres,
    /// A slice may have any of the labels: a sigmoid each.
    Tags,
}

impl Outputs {
    fn are_genres(&self) -> bool {
        *self == Self::Genres
    }
}

/// A piece of music in the training data.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Work {
    /// Its title.
    pub title: String,
    /// Who made it.
    pub artist: String,
    /// Its licence.
    pub licence: String,
}

/// Accuracy on a set of songs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Accuracy {
    /// Which songs, and what they share with the training songs.
    pub split: String,
    /// Songs.
    pub songs: usize,
    /// Their known artists.
    #[serde(default)]
    pub artists: Option<usize>,
    /// Songs that could not be read and are in none of the numbers.
    #[serde(default)]
    pub unreadable: usize,
    /// Share of slices whose best label is the song's.
    pub slice_accuracy: f64,
    /// Share of songs right when an answer is forced: 1 - T3.
    pub forced_accuracy: f64,
    /// Share of songs left unclassified: T1.
    pub unclassified: f64,
    /// Share of songs classified wrongly.
    pub wrong: f64,
    /// Share of the most frequent label: what always answering it would reach.
    pub majority: f64,
    /// Share of slices that are confident enough to vote.
    #[serde(default)]
    pub kept: Option<f64>,
    /// Songs of genres that the model does not tell, which are in none of the other numbers; `null` where there were none.
    #[serde(default)]
    pub outside: Option<Outside>,
    /// How far the numbers may be off.
    #[serde(default)]
    pub intervals: Option<Intervals>,
}

/// Songs that should stay unclassified.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Outside {
    /// Songs.
    pub songs: usize,
    /// Those of them that were classified all the same.
    pub classified: usize,
}

/// Intervals of 95 %, (low, high), of the numbers of [`Accuracy`] that have the same names; `null` where none can be told.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Intervals {
    /// What the bootstrap draws.
    pub drawn: Drawn,
    /// Of the slices that are right.
    pub slice_accuracy: Option<[f64; 2]>,
    /// Of the songs that are right when an answer is forced.
    pub forced_accuracy: Option<[f64; 2]>,
    /// Of the songs left unclassified.
    pub unclassified: Option<[f64; 2]>,
    /// Of the songs classified wrongly.
    pub wrong: Option<[f64; 2]>,
}

/// What a bootstrap draws.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Drawn {
    /// All songs of an artist at once.
    Artists,
    /// Single songs, because artists are not known.
    Songs,
}

impl Card {
    /// A card without measurements.
    pub fn new(system: &str, labels: Vec<String>, front_end: FrontEnd) -> Self {
        Self {
            format: FORMAT,
            system: system.to_owned(),
            labels,
            outputs: Outputs::Genres,
            front_end,
            temperature: untempered(),
            thresholds: Thresholds::default(),
            training: Training::default(),
            accuracy: Vec::new(),
        }
    }

    /// Refuses a network that tells no genres.
    ///
    /// # Errors
    /// [`Error::Argument`](crate::Error::Argument), with what can be done with it.
    pub fn tells_genres(&self) -> crate::Result<()> {
        match self.outputs {
            Outputs::Genres => Ok(()),
            Outputs::Tags => {
                let problem = format!("this {} tells tags, not genres; ask it with `tunevote tags`", self.system);
                Err(crate::Error::Argument { operation: "model", problem })
            }
        }
    }

    /// From JSON, checked.
    ///
    /// # Errors
    /// What is wrong, naming the field.
    pub fn parse(json: &str) -> Result<Self, String> {
        // The version first: a newer card may have fields that this build does not know.
        #[derive(Deserialize)]
        struct Version {
            format: u32,
        }
        let unreadable = |error| format!("the card cannot be read: {error}");
        let Version { format } = serde_json::from_str(json).map_err(unreadable)?;
        if !(1..=FORMAT).contains(&format) {
            return Err(format!("the card has format {format}, this build reads 1 to {FORMAT}; get a newer tunevote"));
        }
        let card = Self { format: FORMAT, ..serde_json::from_str(json).map_err(unreadable)? };
        card.check()?;
        Ok(card)
    }

    /// As JSON.
    pub fn to_json(&self) -> String {
        // A card holds no maps and no numbers that JSON lacks: this cannot fail.
        serde_json::to_string(self).unwrap_or_default()
    }

    /// Checks every field that can be wrong by itself.
    ///
    /// # Errors
    /// What is wrong, naming the field.
    pub fn check(&self) -> Result<(), String> {
        let mut labels = self.labels.clone();
        labels.sort();
        labels.dedup();
        if labels.len() != self.labels.len() || labels.len() < 2 || labels.iter().any(|label| label.trim().is_empty()) {
            return Err("the card's labels should be two or more different names".into());
        }
        self.front_end.check().map_err(|error| format!("the card's front end: {error}"))?;
        if !(self.temperature.is_finite() && self.temperature > 0.0) {
            return Err(format!("the card's temperature is {}, and should be above 0", self.temperature));
        }
        self.thresholds.validate().map_err(|error| format!("the card's thresholds: {error}"))
    }
}
