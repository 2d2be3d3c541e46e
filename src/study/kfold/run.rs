//! A model a fold, and what it says of its own fold and of the songs held out. What is there already is not made again.

use std::path::Path;

use serde_json::{Map, Value, json};

use super::folder::{claim, model};
use crate::data::{Folds, SliceRef, SliceSplit, songs_of};
use crate::error::{Error, Result};
use crate::gpu::Engine;
use crate::metrics::Forced;
use crate::predict::Predictor;
use crate::study::folder::made_again;
use crate::train::{self, Checkpoint, Gathered, RunData, RunPlan, Songs, checkpoint_path, heard, judge};
use crate::vote::vote;
use crate::weights::{Card, ModelFile, Training, digest};

/// What a run over folds is started with.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    /// How each fold's model is trained; its seed also draws the folds.
    pub run: RunPlan,
    /// How many folds.
    pub folds: usize,
    /// Share of the songs that are held out from all of them.
    pub held_out: f64,
}

impl Plan {
    /// What tells runs from each other but for their songs.
    pub(super) fn options(&self, labels: &[String]) -> Map<String, Value> {
        let mut all = self.run.identity(labels);
        all.extend([("folds".to_owned(), json!(self.folds)), ("held_out".to_owned(), json!(self.held_out))]);
        // A fold that has not begun has no checkpoint that says what it starts from.
        if !self.run.start.is_empty() {
            all.insert("start".to_owned(), json!(digest(&self.run.start)));
        }
        all
    }
}

/// What happens while a run goes on. Folds count from 0.
#[derive(Clone, Debug)]
pub enum Event {
    /// A fold begins.
    Fold {
        /// Which.
        fold: usize,
        /// Songs that teach, validate, and are held out.
        songs: [usize; 3],
        /// Whether its model is there already.
        trained: bool,
    },
    /// Its model learns.
    Train {
        /// Which.
        fold: usize,
        /// What happened.
        event: train::Event,
    },
    /// Its model was asked about slices.
    Judged {
        /// Which.
        fold: usize,
        /// Slices done and to do.
        slices: (usize, usize),
    },
}

/// What a fold's model says.
#[derive(Clone, Debug, PartialEq)]
pub struct FoldAnswers {
    /// Its model's name and the first digits of its file's digest.
    pub model: String,
    /// Songs that taught it.
    pub taught: usize,
    /// Of the songs of its fold, which it has not learnt from.
    pub validation: Vec<Forced>,
    /// Of the songs held out from all folds.
    pub held_out: Vec<Forced>,
}

/// How a run ended.
#[derive(Debug)]
pub enum Outcome {
    /// Every fold's model is there.
    Finished(Vec<FoldAnswers>),
    /// It was told to stop; the same call goes on.
    Interrupted {
        /// The fold under way.
        fold: usize,
        /// Its steps done and to do; none if it was not learning.
        steps: Option<(u64, u64)>,
    },
    /// A fold's loss, weights or answers are not numbers any more.
    Diverged {
        /// Which.
        fold: usize,
        /// What is wrong.
        problem: String,
    },
}

/// Why a run ends early.
enum Ended {
    Early(Outcome),
    Failed(Error),
}

impl From<Error> for Ended {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}

/// Trains what is not there yet in the folder `out`, and asks every fold's model about its fold and about the songs held out. `card` is that of
/// the models to be; `observe` stops by returning `false`. Songs whose label is behind those of the card ([`relabelled`]) teach to be unsure,
/// and are in no answers.
///
/// [`relabelled`]: crate::data::Dataset::relabelled
///
/// # Errors
/// [`Error::Resume`] if the folder or a checkpoint in it is another run's, [`Error::Gpu`] if the device fails, [`Error::Io`] if the disk does not
/// take a file, [`Error::Weights`] if a model in the folder cannot be read or is another run's.
pub fn run(
    engine: &Engine,
    plan: &Plan,
    songs: Songs<'_>,
    folds: &Folds,
    card: &Card,
    out: &Path,
    observe: &mut dyn FnMut(Event) -> bool,
) -> Result<Outcome> {
    claim(out, plan, songs, folds)?;
    let mut all = Vec::new();
    for fold in 0..folds.folds.len() {
        let work = Fold { engine, plan, songs, card, out, fold, slices: sides(plan, songs, folds, fold) };
        match work.answers(observe) {
            Ok(answers) => all.push(answers),
            Err(Ended::Early(outcome)) => return Ok(outcome),
            Err(Ended::Failed(error)) => return Err(error),
        }
    }
    Ok(Outcome::Finished(all))
}

fn sides(plan: &Plan, songs: Songs<'_>, folds: &Folds, fold: usize) -> SliceSplit {
    SliceSplit::of_songs(&folds.split(fold), &songs.slices(&plan.run.front_end))
}

/// One fold.
struct Fold<'a> {
    engine: &'a Engine,
    plan: &'a Plan,
    songs: Songs<'a>,
    card: &'a Card,
    out: &'a Path,
    fold: usize,
    slices: SliceSplit,
}

type Observe<'a> = &'a mut dyn FnMut(Event) -> bool;

impl Fold<'_> {
    fn answers(&self, observe: Observe<'_>) -> Result<FoldAnswers, Ended> {
        let path = model(self.out, self.fold);
        let sides = [&self.slices.train, &self.slices.validation, &self.slices.test];
        let songs = sides.map(|side| songs_of(side).len());
        let begun = Event::Fold { fold: self.fold, songs, trained: path.exists() };
        if !observe(begun) {
            return Err(self.told(None));
        }
        if !path.exists() {
            self.train(&path, observe)?;
        }
        let file = ModelFile::read(&path).map_err(made_again)?;
        self.check(&file)?;
        let predictor = Predictor::new(self.engine, &file, 32)?;
        let total = self.slices.validation.len() + self.slices.test.len();
        let mut said = |side: &[SliceRef], before: usize| -> Result<Vec<Forced>, Ended> {
            let mut go_on = |done| observe(Event::Judged { fold: self.fold, slices: (before + done, total) });
            self.forced(&file.card, &predictor, side, &mut go_on)
        };
        let validation = said(&self.slices.validation, 0)?;
        let held_out = said(&self.slices.test, self.slices.validation.len())?;
        Ok(FoldAnswers { model: file.name(), taught: songs[0], validation, held_out })
    }

    fn told(&self, steps: Option<(u64, u64)>) -> Ended {
        Ended::Early(Outcome::Interrupted { fold: self.fold, steps })
    }

    fn train(&self, path: &Path, observe: Observe<'_>) -> Result<(), Ended> {
        let taught = songs_of(&self.slices.train);
        let theirs = &self.songs.gathered;
        let coded = theirs.coded.iter().filter(|(song, _)| taught.contains(song));
        let gathered = Gathered {
            pictures: theirs.pictures.clone(),
            // Of the songs that teach here: another fold's are none of this model's.
            coded: coded.map(|(&song, picture)| (song, picture.clone())).collect(),
            ..Gathered::default()
        };
        let data = RunData {
            songs: Songs { dataset: self.songs.dataset, gathered: &gathered },
            train: &self.slices.train,
            validation: &self.slices.validation,
            test: &self.slices.test,
            split: "folds by song and artist",
            targets: None,
            base: None,
            head: None,
        };
        let works = self.songs.dataset.works(&self.slices.train);
        let card = Card { training: Training { works, ..self.card.training.clone() }, ..self.card.clone() };
        let saved = checkpoint_path(path);
        let saved = if saved.exists() { Some(Checkpoint::read(&saved)?) } else { None };
        let mut told = |event| observe(Event::Train { fold: self.fold, event });
        match train::run(self.engine, &self.plan.run, data, card, path, saved, &mut told)? {
            train::Outcome::Finished(_) => Ok(()),
            train::Outcome::Interrupted { steps } => Err(self.told(Some(steps))),
            train::Outcome::Diverged { problem, .. } => {
                Err(Ended::Early(Outcome::Diverged { fold: self.fold, problem }))
            }
        }
    }

    /// Whether the model was tuned on this fold's songs, and removes the checkpoint of a run that was killed when it was through.
    fn check(&self, file: &ModelFile) -> Result<()> {
        let theirs = &file.card.training.tuned_on;
        if *theirs != heard(self.songs.dataset, &self.slices.validation) || file.card.labels != self.card.labels {
            let problem = "is not the model of this fold; remove it, and it is made again".into();
            return Err(Error::Weights { path: file.path.clone(), problem });
        }
        let left = checkpoint_path(&file.path);
        if left.exists() {
            std::fs::remove_file(&left).map_err(Error::io(&left))?;
        }
        Ok(())
    }

    /// What the model has to answer to the songs of some slices, those of a label of its own.
    fn forced(
        &self,
        card: &Card,
        predictor: &Predictor,
        side: &[SliceRef],
        go_on: &mut dyn FnMut(usize) -> bool,
    ) -> Result<Vec<Forced>, Ended> {
        let judged = judge(predictor, self.songs, &card.front_end, side, &card.thresholds, go_on)?;
        let songs = judged.ok_or_else(|| self.told(None))?;
        let known = songs.into_iter().filter_map(|song| Some((song.truth?, song)));
        let forced = known.map(|(truth, song)| {
            let verdict = vote(card.labels.len(), song.record.slices.probabilities.values(), &card.thresholds)?;
            let (answer, probabilities) = (verdict.forced, verdict.mean);
            Ok(Forced { song: song.record.path, artist: song.artist, truth, answer, probabilities })
        });
        Ok(forced.collect::<Result<_>>()?)
    }
}
