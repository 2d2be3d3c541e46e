//! What each piece of evidence would say of slices by itself: why a second look helps, or does not.

use serde::{Deserialize, Serialize};

use super::judged::{Judged, Look, Seed, Side};
use crate::error::Result;
use crate::gan::usual_distances;
use crate::refine::Evidence;
use crate::vote::vote;

/// A piece of evidence: a number a genre and slice, of which the largest is its answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Witness {
    /// The CNN's probabilities of the slice.
    Cnn,
    /// The CNN+RNN's.
    Network,
    /// The CNN's, of the slice as the purifier gives it back.
    Purified,
    /// How near reading A's renderings are, as a share of what is usual for the genre.
    AnalysisNear,
    /// What the CNN takes reading A's renderings for: the genre that looks most like itself.
    AnalysisRenderings,
    /// How little reading B's translations change, as a share of what is usual for the genre.
    TransferNear,
    /// What the CNN takes reading B's translations for.
    TransferRenderings,
}

impl Witness {
    /// All, in the order of the table.
    pub const ALL: [Self; 7] = [
        Self::Cnn,
        Self::Network,
        Self::Purified,
        Self::AnalysisNear,
        Self::AnalysisRenderings,
        Self::TransferNear,
        Self::TransferRenderings,
    ];

    /// What the table calls it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Cnn => "CNN",
            Self::Network => "CNN+RNN",
            Self::Purified => "CNN behind the purifier",
            Self::AnalysisNear => "A: nearest rendering",
            Self::AnalysisRenderings => "A: CNN on renderings",
            Self::TransferNear => "B: nearest translation",
            Self::TransferRenderings => "B: CNN on translations",
        }
    }

    /// The genre that it would say of slice `k`; `usual` are the genres' usual distances, if it goes by them.
    fn says(self, song: &Judged, look: &Look, usual: &[f64], k: usize) -> Option<usize> {
        let row = |values: &[f32]| best(values.chunks_exact(usual.len()).nth(k)?.iter().copied());
        let near =
            |all: &[Evidence]| best(all.get(k)?.distances.iter().zip(usual).map(|(&d, &usual)| -d / usual as f32));
        let taken = |all: &[Evidence]| best(all.get(k)?.renderings.iter().copied());
        match self {
            Self::Cnn => row(&song.slices),
            Self::Network => row(&look.network),
            Self::Purified => row(&look.purified),
            Self::AnalysisNear => near(&look.analysis),
            Self::AnalysisRenderings => taken(&look.analysis),
            Self::TransferNear => near(&look.transfer),
            Self::TransferRenderings => taken(&look.transfer),
        }
    }
}

/// A seed's usual distances of reading A or B, from its validation songs.
fn usual(seed: &Seed, labels: usize, evidence: impl Fn(&Look) -> &[Evidence]) -> Vec<f64> {
    let songs = seed.songs.iter().filter(|song| song.side == Side::Validation);
    let looked: Vec<_> = songs.filter_map(|song| Some((song.truth?, evidence(song.look.as_ref()?)))).collect();
    let slices = looked.iter().flat_map(|(truth, all)| all.iter().map(|one| (*truth, 1.0 / all.len() as f64, one)));
    usual_distances(slices, labels)
}

/// The index of the largest number; none of no numbers.
pub(super) fn best(values: impl Iterator<Item = f32>) -> Option<usize> {
    values.enumerate().max_by(|a, b| a.1.total_cmp(&b.1)).map(|(index, _)| index)
}

/// Slices, and how many of them were judged rightly.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rightness {
    /// Those judged rightly.
    pub right: u64,
    /// All of them.
    pub slices: u64,
}

impl Rightness {
    fn count(&mut self, right: bool) {
        self.slices += 1;
        self.right += u64::from(right);
    }

    /// None of no slices.
    pub fn share(&self) -> Option<f64> {
        (self.slices > 0).then(|| self.right as f64 / self.slices as f64)
    }
}

/// How often a piece of evidence is right, over the slices of all seeds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Alone {
    /// Which.
    pub witness: Witness,
    /// What it is called.
    pub name: String,
    /// On the validation songs that the vote classifies.
    pub classified: Rightness,
    /// On those that it leaves unclassified.
    pub validation: Rightness,
    /// On the test songs that the vote leaves unclassified.
    pub open: Rightness,
    /// On those slices of these songs where the CNN is wrong.
    pub open_where_cnn_is_wrong: Rightness,
}

/// Every piece of evidence by itself.
///
/// # Errors
/// Those of [`vote`].
pub(super) fn alone(seeds: &[Seed], labels: usize) -> Result<Vec<Alone>> {
    Witness::ALL.into_iter().map(|witness| of(witness, seeds, labels)).collect()
}

fn of(witness: Witness, seeds: &[Seed], labels: usize) -> Result<Alone> {
    let mut sums = [Rightness::default(); 4];
    for seed in seeds {
        let usual = match witness {
            Witness::AnalysisNear => usual(seed, labels, |look| &look.analysis),
            Witness::TransferNear => usual(seed, labels, |look| &look.transfer),
            _ => vec![1.0; labels],
        };
        for song in &seed.songs {
            let (Some(truth), Some(look)) = (song.truth, &song.look) else { continue };
            let classified = vote(labels, &song.slices, &seed.thresholds)?.classified();
            for k in 0..song.slices.len() / labels.max(1) {
                let right = |witness: Witness| witness.says(song, look, &usual, k) == Some(truth);
                let counted: &[usize] = match song.side {
                    Side::Validation if classified => &[0],
                    Side::Validation => &[1],
                    Side::Test if right(Witness::Cnn) => &[2],
                    Side::Test => &[2, 3],
                    Side::Outside => &[],
                };
                counted.iter().for_each(|&column| sums[column].count(right(witness)));
            }
        }
    }
    let [classified, validation, open, open_where_cnn_is_wrong] = sums;
    Ok(Alone { witness, name: witness.name().into(), classified, validation, open, open_where_cnn_is_wrong })
}
