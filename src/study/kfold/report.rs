//! What the models of all folds are worth, each by itself and together.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::combine::{Combine, combine};
use super::run::{FoldAnswers, Plan};
use crate::error::{Error, Result};
use crate::metrics::{Forced, Options, Scores};

/// How many songs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sides {
    /// Songs that taught.
    pub taught: usize,
    /// Songs of the fold.
    pub validation: usize,
    /// Songs held out.
    pub held_out: usize,
}

/// A fold's model by itself.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FoldReport {
    /// From 1.
    pub fold: usize,
    /// Its model's name and the first digits of its file's digest.
    pub model: String,
    /// How many songs.
    pub songs: Sides,
    /// On its own fold, which chose its epoch and its thresholds, those of Youden's J too: a little too good.
    pub validation: Scores,
    /// On the songs held out, cut where Youden's J of its own fold is greatest.
    pub held_out: Scores,
}

/// A song held out.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct HeldOutSong {
    /// The file.
    pub path: String,
    /// Who made it, if that is known.
    pub artist: Option<String>,
    /// Its true label.
    pub truth: String,
    /// What the models say together.
    pub answer: Option<String>,
    /// What each of them says.
    pub answers: Vec<Option<String>>,
    /// Mean probability of each label, in their order; none where no slice is usable.
    pub probabilities: Vec<f64>,
}

/// A run over folds measured.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// What the run was started with.
    pub options: Value,
    /// The labels, in the models' order.
    pub labels: Vec<String>,
    /// How the models' answers become one.
    pub combine: Combine,
    /// How it was measured.
    pub measured: Options,
    /// Each fold's model.
    pub folds: Vec<FoldReport>,
    /// Every song of the folds, answered by the one model that has not learnt from it. They choose the thresholds of Youden's J.
    pub out_of_fold: Scores,
    /// The songs held out, answered by all models together and cut at the thresholds of the out-of-fold answers.
    pub ensemble: Scores,
    /// Those songs one by one.
    pub songs: Vec<HeldOutSong>,
}

impl Report {
    /// Measures the answers of all folds' models.
    ///
    /// # Errors
    /// [`Error::Argument`] if there are none, or the folds' models were not asked about the same songs held out.
    pub fn new(plan: &Plan, labels: &[String], folds: &[FoldAnswers], how: Combine, options: Options) -> Result<Self> {
        let together = together(folds, how, labels.len())?;
        let mut apart: Vec<Forced> = folds.iter().flat_map(|fold| fold.validation.clone()).collect();
        apart.sort_by(|a, b| a.song.cmp(&b.song));
        let out_of_fold = Scores::new(labels, &apart, None, &options)?;
        let ensemble = Scores::new(labels, &together, Some(&out_of_fold.roc.thresholds()), &options)?;
        let of_fold = |(fold, answers): (usize, &FoldAnswers)| {
            let validation = Scores::new(labels, &answers.validation, None, &options)?;
            let held_out = Scores::new(labels, &answers.held_out, Some(&validation.roc.thresholds()), &options)?;
            let (taught, own, out) = (answers.taught, answers.validation.len(), answers.held_out.len());
            let songs = Sides { taught, validation: own, held_out: out };
            Ok(FoldReport { fold: fold + 1, model: answers.model.clone(), songs, validation, held_out })
        };
        let name = |class: usize| labels[class].clone();
        let songs = together.into_iter().enumerate().map(|(i, song)| HeldOutSong {
            path: song.song,
            artist: song.artist,
            truth: name(song.truth),
            answer: song.answer.map(name),
            answers: folds.iter().map(|fold| fold.held_out[i].answer.map(name)).collect(),
            probabilities: song.probabilities,
        });
        Ok(Self {
            options: plan.options(labels).into(),
            labels: labels.to_vec(),
            combine: how,
            measured: options,
            folds: folds.iter().enumerate().map(of_fold).collect::<Result<_>>()?,
            out_of_fold,
            ensemble,
            songs: songs.collect(),
        })
    }
}

/// What all models say together of the songs held out.
fn together(folds: &[FoldAnswers], how: Combine, classes: usize) -> Result<Vec<Forced>> {
    let wrong = |problem: String| Error::Argument { operation: "kfold", problem };
    let first = folds.first().ok_or_else(|| wrong("there are no folds".into()))?;
    let same = |fold: &FoldAnswers| {
        let both = fold.held_out.iter().zip(&first.held_out);
        fold.held_out.len() == first.held_out.len() && both.clone().all(|(a, b)| a.song == b.song && a.truth == b.truth)
    };
    if let Some(other) = folds.iter().find(|fold| !same(fold)) {
        return Err(wrong(format!("{} and {} were asked about other songs", first.model, other.model)));
    }
    let songs = first.held_out.iter().enumerate().map(|(i, song)| {
        let said: Vec<_> = folds.iter().map(|fold| &fold.held_out[i]).collect();
        let said: Vec<_> = said.iter().map(|forced| (forced.answer, forced.probabilities.as_slice())).collect();
        let (answer, probabilities) = combine(how, &said, classes);
        Forced { answer, probabilities, ..song.clone() }
    });
    Ok(songs.collect())
}
