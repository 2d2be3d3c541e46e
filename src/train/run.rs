//! A whole training run: epochs of steps, validation, checkpoints, and the model file at the end.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use serde::{Deserialize, Serialize};

use super::checkpoint::{Checkpoint, Progress};
use super::gather::Gathered;
use super::judge::{judge, judge_songs, tune};
use super::learner::{Learner, Settings};

use crate::data::{Augment, Balance, Batches, Dataset, Loader, Sampler, SliceRef, Split};
use crate::error::{Error, Result};
use crate::gpu::Engine;
use crate::metrics::{Estimate, Evaluation, Options, Song, artist_key};
use crate::models::System;
use crate::nn::Schedule;
use crate::predict::Predictor;
use crate::signal::front_end::FrontEnd;
use crate::vote::{Status, Thresholds};
use crate::weights::{Accuracy, Card, Drawn, Intervals, ModelFile, Precision, Training};

/// What a run is started with. Two runs with the same plan on the same songs and adapter give the same weights.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RunPlan {
    /// The network's name.
    pub system: String,
    /// Passes over the training slices.
    pub epochs: usize,
    /// Slices a step.
    pub batch: usize,
    /// Learning rate before the schedule.
    pub learning_rate: f32,
    /// How it goes.
    pub schedule: Schedule,
    /// Largest joint norm of the gradients.
    pub clip: Option<f32>,
    /// Seed of everything that is drawn.
    pub seed: u64,
    /// What is done to training slices.
    pub augment: Augment,
    /// How labels are drawn.
    pub balance: Balance,
    /// The pictures.
    pub front_end: FrontEnd,
}

/// The songs of a run.
#[derive(Clone, Copy, Debug)]
pub struct RunData<'a> {
    /// All songs.
    pub dataset: &'a Dataset,
    /// Their pictures.
    pub gathered: &'a Gathered,
    /// Slices that teach.
    pub train: &'a [SliceRef],
    /// Slices that tune; none where the last epoch is taken.
    pub validation: &'a [SliceRef],
    /// Slices that judge.
    pub test: &'a [SliceRef],
    /// The songs of the three sides, so that those too short for a slice are judged too; none where slices were shuffled.
    pub songs: Option<&'a Split>,
    /// What training shares with the others, in a few words for the card.
    pub split: &'a str,
}

/// What happens while a run goes on.
#[derive(Clone, Debug)]
pub enum Event {
    /// A step ended.
    Step {
        /// Epoch, from 0.
        epoch: usize,
        /// Steps of all epochs done and to do.
        steps: (u64, u64),
        /// Mean cross-entropy of its slices.
        loss: f32,
        /// Share of its slices whose best label is the target's.
        accuracy: f32,
        /// Slices a second since the run was started or resumed.
        slices_per_second: f64,
    },
    /// An epoch ended.
    Epoch(EpochReport),
}

/// One epoch in numbers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EpochReport {
    /// From 0.
    pub epoch: usize,
    /// Mean of the steps' losses.
    pub loss: f64,
    /// Share of training slices whose best label is the target's.
    pub accuracy: f64,
    /// Share of validation slices that are right.
    pub validation_slices: Option<f64>,
    /// Share of validation songs that are right when an answer is forced.
    pub validation_songs: Option<f64>,
}

/// How a run ended.
#[derive(Debug)]
pub enum Outcome {
    /// The model is written.
    Finished(Box<Finished>),
    /// It was told to stop; the checkpoint is written.
    Interrupted {
        /// Steps of all epochs done and to do.
        steps: (u64, u64),
    },
}

/// A finished run.
#[derive(Clone, Debug, Serialize)]
pub struct Finished {
    /// What the model file says of itself.
    pub card: Card,
    /// Every epoch.
    pub history: Vec<EpochReport>,
    /// The held-out songs, where there are any.
    pub test: Option<Evaluation>,
}

/// Where the checkpoint of a model file is kept while it is trained.
pub fn checkpoint_path(out: &Path) -> PathBuf {
    out.with_extension("checkpoint.safetensors")
}

/// Trains, and writes the model to `out`: after each epoch that is the best so far on validation songs, and at the end with its
/// measured accuracy. A checkpoint beside it follows each epoch. `observe` stops the run by returning `false`.
///
/// # Errors
/// [`Error::Training`] if the loss is not a number any more (the last checkpoint stays) or the checkpoint is of another run,
/// [`Error::Gpu`] if the device fails, [`Error::Io`] if the disk does not take a file.
pub fn run(
    engine: &Engine,
    plan: &RunPlan,
    data: RunData<'_>,
    card: Card,
    out: &Path,
    resume: bool,
    observe: &mut dyn FnMut(Event) -> bool,
) -> Result<Outcome> {
    let system = System::named(&plan.system)?;
    let slices = plan.front_end.slices();
    let settings = Settings {
        system,
        slice: [slices.height as usize, slices.width as usize],
        classes: data.dataset.labels.len(),
        batch: plan.batch,
        clip: plan.clip,
        seed: plan.seed,
    };
    let labels: Vec<_> = data.dataset.songs.iter().map(|song| song.label).collect();
    let sampler = Sampler::new(data.train, &labels, settings.classes, plan.batch, plan.balance, plan.seed)?;
    let pictures = data.gathered.pictures.clone();
    let batches = Arc::new(Batches::new(sampler, pictures, &plan.front_end, plan.augment, plan.seed)?);
    let mut learner = Learner::new(engine, settings)?;
    let total = batches.steps() * plan.epochs as u64;
    let fresh = Progress {
        card: Card { training: describe(&card, plan, data, engine), ..card },
        run: identity(plan, data),
        steps: 0,
        total,
        history: Vec::new(),
        best: None,
    };
    let path = checkpoint_path(out);
    let progress = if resume { take_up(&path, fresh, &mut learner)? } else { fresh };
    let mut state = State { plan, data, out, path, learner, progress, batches };
    if !state.steps(observe)? {
        let steps = (state.progress.steps, total);
        return Ok(Outcome::Interrupted { steps });
    }
    state.finish().map(|finished| Outcome::Finished(Box::new(finished)))
}

struct State<'a> {
    plan: &'a RunPlan,
    data: RunData<'a>,
    out: &'a Path,
    path: PathBuf,
    learner: Learner,
    progress: Progress,
    batches: Arc<Batches>,
}

/// Sums of an epoch so far.
#[derive(Default)]
struct Sums {
    loss: f64,
    right: usize,
    slices: usize,
}

impl State<'_> {
    /// All steps that are left; `false` if it was told to stop.
    fn steps(&mut self, observe: &mut dyn FnMut(Event) -> bool) -> Result<bool> {
        let each = self.batches.steps();
        let from = (self.progress.steps / each, self.progress.steps % each);
        let start = (Instant::now(), self.progress.steps);
        let loader = Loader::start(Arc::clone(&self.batches), from, self.plan.epochs as u64, 4)?;
        let mut sums = Sums::default();
        for batch in loader {
            let batch = batch?;
            let done = self.progress.steps;
            let rate = self.plan.learning_rate * self.plan.schedule.factor(done, self.progress.total);
            let report = self.learner.step(&batch.slices, &batch.targets, rate, done + 1)?.wait()?;
            let loss = report.loss();
            if !loss.is_finite() {
                return Err(Error::Training(format!(
                    "the loss is {loss} after {} steps; the last good state is in {}. Try a smaller learning rate \
                     (--lr {})",
                    done + 1,
                    self.path.display(),
                    self.plan.learning_rate / 4.0
                )));
            }
            self.progress.steps += 1;
            let right = right(&report.logits, &batch.targets, self.batches.sampler().classes());
            sums.loss += f64::from(loss) * report.losses.len() as f64;
            sums.right += right;
            sums.slices += report.losses.len();
            let trained = (self.progress.steps - start.1) as f64 * self.plan.batch as f64;
            let event = Event::Step {
                epoch: batch.epoch as usize,
                steps: (self.progress.steps, self.progress.total),
                loss,
                accuracy: right as f32 / report.losses.len() as f32,
                slices_per_second: trained / start.0.elapsed().as_secs_f64(),
            };
            let go_on = observe(event);
            if self.progress.steps.is_multiple_of(each) {
                let epoch = self.epoch(batch.epoch as usize, std::mem::take(&mut sums))?;
                observe(Event::Epoch(epoch));
            }
            if !go_on {
                Checkpoint::write(&self.path, &self.learner, &self.progress)?;
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Validation, the model file if it is the best so far, and the checkpoint.
    fn epoch(&mut self, epoch: usize, sums: Sums) -> Result<EpochReport> {
        let model = self.model()?;
        let judged = self.judged(&model, self.data.validation)?;
        let evaluation = evaluate(&judged, &self.data.dataset.labels, &self.progress.card.thresholds)?;
        let slices = evaluation.as_ref().and_then(|e| e.slice_accuracy.estimate.value);
        let songs = evaluation.as_ref().and_then(|e| e.readings.t3.estimate.value).map(|wrong| 1.0 - wrong);
        let report = EpochReport {
            epoch,
            loss: sums.loss / sums.slices.max(1) as f64,
            accuracy: sums.right as f64 / sums.slices.max(1) as f64,
            validation_slices: slices,
            validation_songs: songs,
        };
        // Slices are many, songs are few: slices choose, songs only break ties.
        let score = slices.unwrap_or(epoch as f64) + 1e-3 * songs.unwrap_or(0.0);
        if self.progress.best.is_none_or(|(best, _)| score >= best) {
            self.progress.best = Some((score, epoch));
            model.write(Precision::F32)?;
        }
        let row = serde_json::to_value(&report).map_err(|error| Error::Training(error.to_string()))?;
        self.progress.history.push(row);
        Checkpoint::write(&self.path, &self.learner, &self.progress)?;
        Ok(report)
    }

    fn model(&self) -> Result<ModelFile> {
        ModelFile::new(self.out, self.progress.card.clone(), self.learner.kept()?)
    }

    fn judged(&self, model: &ModelFile, slices: &[SliceRef]) -> Result<Vec<Song>> {
        if slices.is_empty() {
            return Ok(Vec::new());
        }
        let predictor = Predictor::new(self.learner.variables().engine(), model, 32)?;
        let card = &self.progress.card;
        judge(&predictor, self.data.dataset, self.data.gathered, &card.front_end, slices, &card.thresholds)
    }

    /// A side judged as `evaluate` does: whole songs, where songs were split.
    fn judged_whole(&self, model: &ModelFile, slices: &[SliceRef], songs: Option<&Vec<usize>>) -> Result<Vec<Song>> {
        let Some(songs) = songs.filter(|songs| !songs.is_empty()) else { return self.judged(model, slices) };
        let predictor = Predictor::new(self.learner.variables().engine(), model, 32)?;
        let card = &self.progress.card;
        judge_songs(&predictor, self.data.dataset, self.data.gathered, &card.front_end, songs, &card.thresholds)
    }

    /// Thresholds from the validation songs, accuracy from the test songs, both of the best epoch.
    fn finish(self) -> Result<Finished> {
        let mut best = ModelFile::read(self.out)?;
        let labels = &self.data.dataset.labels;
        let validation =
            self.judged_whole(&best, self.data.validation, self.data.songs.map(|split| &split.validation))?;
        let mut card = self.progress.card.clone();
        if validation.iter().any(read) {
            card.thresholds = tune(&validation, labels, card.thresholds)?;
        }
        let test = self.judged_whole(&best, self.data.test, self.data.songs.map(|split| &split.test))?;
        let test = evaluate(&test, labels, &card.thresholds)?;
        let validated = evaluate(&validation, labels, &card.thresholds)?;
        card.accuracy = [("validation", &validated), ("test", &test)]
            .into_iter()
            .filter_map(|(side, evaluation)| {
                Some(accuracy(&format!("{side}, {}", self.data.split), evaluation.as_ref()?))
            })
            .collect();
        best.card = card.clone();
        best.write(Precision::F32)?;
        // The run is over: its checkpoint would only take up room.
        std::fs::remove_file(&self.path).map_err(Error::io(&self.path))?;
        let history = self.progress.history.into_iter().filter_map(|row| serde_json::from_value(row).ok()).collect();
        Ok(Finished { card, history, test })
    }
}

fn evaluate(songs: &[Song], labels: &[String], thresholds: &Thresholds) -> Result<Option<Evaluation>> {
    if !songs.iter().any(read) {
        return Ok(None);
    }
    Evaluation::new(songs, labels, thresholds, &Options::default()).map(Some)
}

fn read(song: &Song) -> bool {
    song.record.status != Status::Error
}

fn accuracy(split: &str, evaluation: &Evaluation) -> Accuracy {
    let readings = &evaluation.readings;
    let value = |rate: &crate::metrics::Rate| rate.estimate.value.unwrap_or(0.0);
    let interval = |estimate: &Estimate| evaluation.interval(estimate).map(|interval| [interval.low, interval.high]);
    Accuracy {
        split: split.to_owned(),
        songs: evaluation.songs,
        artists: (evaluation.artists > 0).then_some(evaluation.artists),
        unreadable: evaluation.unreadable,
        slice_accuracy: value(&evaluation.slice_accuracy),
        forced_accuracy: 1.0 - value(&readings.t3),
        unclassified: value(&readings.t1),
        wrong: value(&readings.wrong),
        majority: 1.0 - evaluation.majority.error,
        kept: evaluation.kept_slices.estimate.value,
        intervals: Some(Intervals {
            drawn: if evaluation.draws_artists() { Drawn::Artists } else { Drawn::Songs },
            slice_accuracy: interval(&evaluation.slice_accuracy.estimate),
            forced_accuracy: interval(&readings.t3.estimate).map(|[low, high]| [1.0 - high, 1.0 - low]),
            unclassified: interval(&readings.t1.estimate),
            wrong: interval(&readings.wrong.estimate),
        }),
    }
}

/// Slices whose best logit is at their largest target.
fn right(logits: &[f32], targets: &[f32], classes: usize) -> usize {
    let best = |row: &[f32]| (0..row.len()).max_by(|&a, &b| row[a].total_cmp(&row[b]));
    logits.chunks_exact(classes).zip(targets.chunks_exact(classes)).filter(|(z, t)| best(z) == best(t)).count()
}

/// The songs of some slices, each once.
fn songs(slices: &[SliceRef]) -> Vec<usize> {
    let mut songs: Vec<_> = slices.iter().map(|slice| slice.song).collect();
    songs.sort_unstable();
    songs.dedup();
    songs
}

/// What `evaluate` knows these songs again by. One whose file is gone since its picture was painted is left out.
fn fingerprints(dataset: &Dataset, songs: &[usize]) -> Vec<String> {
    let mut all: Vec<_> = songs.iter().filter_map(|&song| dataset.songs[song].fingerprint().ok()).collect();
    all.sort_unstable();
    all
}

fn describe(card: &Card, plan: &RunPlan, data: RunData<'_>, engine: &Engine) -> Training {
    let songs = songs(data.train);
    let artist = |&song: &usize| data.dataset.songs[song].artist.as_deref().and_then(artist_key);
    let mut artists: Vec<_> = songs.iter().map(artist).collect();
    artists.sort_unstable();
    artists.dedup();
    let info = engine.info();
    Training {
        songs: songs.len(),
        artists: (!artists.contains(&None)).then_some(artists.len()),
        slices: data.train.len(),
        epochs: plan.epochs,
        batch: plan.batch,
        learning_rate: plan.learning_rate,
        seed: plan.seed,
        device: format!("{} ({:?}, {} {})", info.name, info.backend, info.driver, info.driver_info),
        heard: fingerprints(data.dataset, &songs),
        tuned_on: fingerprints(data.dataset, &self::songs(data.validation)),
        ..card.training.clone()
    }
}

/// What a resumed run must share with the one that it goes on with.
fn identity(plan: &RunPlan, data: RunData<'_>) -> serde_json::Value {
    serde_json::json!({
        "plan": plan,
        "labels": data.dataset.labels,
        "slices": data.train.len(),
        "validation": data.validation.len(),
        "test": data.test.len(),
    })
}

fn take_up(path: &Path, fresh: Progress, learner: &mut Learner) -> Result<Progress> {
    let checkpoint = Checkpoint::read(path)?;
    let theirs = &checkpoint.progress;
    if theirs.run != fresh.run || theirs.total != fresh.total {
        return Err(Error::Training(format!(
            "{} is of a run with other songs or options; start it with the same ones, or without --resume",
            path.display()
        )));
    }
    checkpoint.restore(learner)?;
    Ok(checkpoint.progress)
}
