//! What every network says of a song: all that the table is made from.

use serde::{Deserialize, Serialize};

use crate::refine::Evidence;
use crate::vote::Thresholds;

/// One seed: what is saved of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Seed {
    /// Its number; the folder's name says it.
    #[serde(skip)]
    pub seed: u64,
    /// What tells the study from others.
    pub study: String,
    /// What its networks were trained on.
    pub device: String,
    /// Those of the first vote.
    pub thresholds: Thresholds,
    /// The songs.
    pub songs: Vec<Judged>,
}

impl Seed {
    /// Refuses rows that do not belong together.
    pub(super) fn check(&self, labels: usize) -> Result<(), String> {
        for song in &self.songs {
            let slices = song.slices.len() / labels.max(1);
            let genres = |evidence: &[Evidence]| {
                let whole = |one: &Evidence| one.distances.len() == labels && one.renderings.len() == labels;
                evidence.len() == slices && evidence.iter().all(whole)
            };
            let looked = song.look.as_ref().is_none_or(|look| {
                [&look.analysis, &look.transfer, &look.random].into_iter().all(|evidence| genres(evidence))
                    && [look.network.len(), look.purified.len()] == [song.slices.len(); 2]
                    && look.shifted.len() == labels * song.slices.len()
            });
            let whole = slices > 0
                && song.slices.len() == slices * labels
                && [song.rnn.len(), song.cnn_rnn.len()] == [labels; 2];
            if !whole || !looked || song.truth.is_some_and(|truth| truth >= labels) {
                return Err(format!("has numbers of {} that do not belong together", song.path));
            }
        }
        Ok(())
    }
}

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
