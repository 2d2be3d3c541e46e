//! What every network says of a song: all that the table is made from.

use serde::{Deserialize, Serialize};

use crate::refine::Evidence;

/// Which side of the split a song is on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Side {
    /// For thresholds and factors.
    Validation,
    /// For the numbers that are told.
    Test,
    /// Of a genre that is not among the labels.
    Outside,
}

/// A song under one seed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Judged {
    /// The file.
    pub path: String,
    /// Who made it, if known.
    pub artist: Option<String>,
    /// Index of its label, in the test of its true one; none outside.
    pub truth: Option<usize>,
    /// Its side.
    pub side: Side,
    /// The CNN's probabilities of all slices, (slices, labels).
    pub slices: Vec<f32>,
    /// Probabilities of the slice in the middle by the paper's other networks.
    pub rnn: Vec<f32>,
    /// As `rnn`.
    pub cnn_rnn: Vec<f32>,
    /// The second looks; none at a test or outside song that the vote has classified.
    pub look: Option<Look>,
}

/// Second looks at a song, and what controls say.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Look {
    /// Reading A's evidence of each slice.
    pub analysis: Vec<Evidence>,
    /// Reading B's.
    pub transfer: Vec<Evidence>,
    /// Reading B's with the weights that it starts from.
    pub random: Vec<Evidence>,
    /// The CNN+RNN's probabilities of all slices, (slices, labels).
    pub network: Vec<f32>,
    /// The CNN's probabilities of slices as a purifier gives them back, (slices, labels).
    pub purified: Vec<f32>,
    /// The CNN's probabilities of slices that start in between, as many to a slice as there are labels, (slices, labels).
    pub shifted: Vec<f32>,
}
