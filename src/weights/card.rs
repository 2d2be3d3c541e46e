//! What a model file says of itself.

use serde::{Deserialize, Serialize};

use crate::signal::front_end::FrontEnd;
use crate::vote::Thresholds;

/// The version of the card's fields that this build reads and writes.
const FORMAT: u32 = 1;

/// A model's card: all that is needed to use it, and what is known of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Card {
    /// Version of these fields: 1.
    pub format: u32,
    /// The network's name.
    pub system: String,
    /// Genres, in the order of the network's outputs.
    pub labels: Vec<String>,
    /// Sample rate and picture that it was trained on.
    pub front_end: FrontEnd,
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
}

impl Card {
    /// A card without measurements.
    pub fn new(system: &str, labels: Vec<String>, front_end: FrontEnd) -> Self {
        Self {
            format: FORMAT,
            system: system.to_owned(),
            labels,
            front_end,
            thresholds: Thresholds::default(),
            training: Training::default(),
            accuracy: Vec::new(),
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
        if format != FORMAT {
            return Err(format!("the card has format {format}, this build reads {FORMAT}; get a newer tunevote"));
        }
        let card: Self = serde_json::from_str(json).map_err(unreadable)?;
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
        self.thresholds.validate().map_err(|error| format!("the card's thresholds: {error}"))
    }
}
