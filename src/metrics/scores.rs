//! How good answers are that always have to be given: no song may stay unclassified.

use super::sample::bounded;
use super::{ClassScores, Confusion, Estimate, Observation, Options, Rate, Roc, Sample};
use crate::{Error, Result};
use serde::{Deserialize, Serialize};

/// What a judge that may not abstain says of a song.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Forced {
    /// What the song is told apart by: its path.
    pub song: String,
    /// Who made it, if that is known.
    pub artist: Option<String>,
    /// Its true label.
    pub truth: usize,
    /// The answer; none only where no slice is usable, which is wrong.
    pub answer: Option<usize>,
    /// Mean probability of each label; none where no slice is usable.
    pub probabilities: Vec<f64>,
}

/// Forced answers measured.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Scores {
    /// Songs.
    pub songs: usize,
    /// Distinct known artists.
    pub artists: usize,
    /// Right answers.
    pub accuracy: Rate,
    /// Mean recall of the labels that have songs (balanced accuracy): every label counts the same.
    pub macro_recall: Estimate,
    /// Precision, recall and F1 of each label.
    pub classes: Vec<ClassScores>,
    /// Songs by truth and answer.
    pub confusion: Confusion,
    /// How well the probabilities tell the labels apart.
    pub roc: Roc,
}

const ACCURACY: usize = 0;
const RECALL: usize = 1;

impl Scores {
    /// Measures answers; `cuts` are those of [`Roc::new`]. A replicate in which a label has lost its songs has the mean recall of the others.
    ///
    /// # Errors
    /// [`Error::Argument`] without answers, for an answer that is no label, and as [`Roc::new`].
    pub fn new(labels: &[String], answers: &[Forced], cuts: Option<&[Option<f64>]>, options: &Options) -> Result<Self> {
        let observed = answers.iter().map(|a| Observation { song: &a.song, artist: a.artist.as_deref(), seed: 0 });
        let sample = Sample::new(observed);
        sample.check("scores", answers.len())?;
        if let Some(wrong) = answers.iter().find(|a| a.answer.is_some_and(|answer| answer >= labels.len())) {
            let problem = format!("{}: its answer is no label: there are {}", wrong.song, labels.len());
            return Err(Error::Argument { operation: "scores", problem });
        }
        let rows: Vec<(usize, &[f64])> = answers.iter().map(|a| (a.truth, a.probabilities.as_slice())).collect();
        let roc = Roc::new(labels, &sample, &rows, cuts, options)?;
        let mut confusion = Confusion::new(labels.len());
        answers.iter().for_each(|a| confusion.add(a.truth, a.answer));

        let statistics = |weights: &[u32]| {
            let mut counts = vec![(0u64, 0u64); labels.len()];
            for (a, &weight) in answers.iter().zip(weights) {
                counts[a.truth].1 += u64::from(weight);
                counts[a.truth].0 += if a.answer == Some(a.truth) { u64::from(weight) } else { 0 };
            }
            let (right, all) = counts.iter().fold((0, 0), |(a, b), (right, all)| (a + right, b + all));
            let recalls = counts.iter().filter(|(_, all)| *all > 0).map(|&(right, all)| right as f64 / all as f64);
            let (sum, present) = recalls.fold((0.0, 0u32), |(sum, n), recall| (sum + recall, n + 1));
            [right as f64 / all as f64, sum / f64::from(present)]
        };
        let drawn = sample.draw(options, statistics);
        let right = answers.iter().filter(|a| a.answer == Some(a.truth)).count() as u64;
        let of = |statistic: usize| [&drawn.by_song[statistic], &drawn.by_artist[statistic]];
        let [by_song, by_artist] = of(ACCURACY);
        let recall = statistics(&vec![1; answers.len()])[RECALL];
        Ok(Self {
            songs: sample.songs(),
            artists: sample.artists(),
            accuracy: sample.share(right, answers.len() as u64, by_song, by_artist),
            macro_recall: bounded(Some(recall), of(RECALL), sample.clusters(|_| true)),
            classes: confusion.classes(labels),
            confusion,
            roc,
        })
    }
}
