//! A whole training run: epochs of steps, validation, checkpoints, and the model file at the end.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use serde::Serialize;

use super::card::{accuracy, describe};
use super::checkpoint::{Checkpoint, Progress, Sums};
use super::gather::Songs;
use super::halt::Halt;
use super::identity;
use super::judge::{judge, tune};
use super::learner::{HINTS, Hints, Learner, Pending, Settings};
use super::told::{EpochReport, Event, Finished, Outcome};

use crate::data::{Augment, Balance, Batches, Loader, Sampler, SliceRef, Targets};
use crate::error::{Error, Result};
use crate::gpu::Engine;
use crate::import::Base;
use crate::metrics::{Evaluation, Options, Song, mean_cross_entropy, temperature};
use crate::models::System;
use crate::nn::{EarlyStop, Moment, Schedule};
use crate::plan::PlanOptions;
use crate::predict::Predictor;
use crate::signal::front_end::FrontEnd;
use crate::vote::Thresholds;
use crate::weights::{Card, ModelFile, Precision, Values};

/// What a run is started with. Two runs with the same plan on the same songs and adapter give the same weights.
#[derive(Clone, Debug, PartialEq)]
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
    /// When the run ends before its last epoch.
    pub early_stop: Option<EarlyStop>,
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
    /// Who answers beside the labels; see [`RunData::targets`].
    pub teacher: Option<TaughtBy>,
    /// Whether validation songs choose the [temperature](Card::temperature) of the answers; else it is 1.
    pub tempered: bool,
    /// How the model file stores its weights.
    pub precision: Precision,
    /// Weights to start from; those that are not there start as the system and the seed say.
    pub start: Values,
    /// Whether the weights that the system [freezes](System::frozen) stay as they start.
    pub frozen: bool,
}

/// What identifies a run's teacher, and what it does there.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct TaughtBy {
    /// Its model's name.
    pub model: String,
    /// Its share of the answers.
    pub share: f32,
    /// The label whose songs it answers alone.
    pub unlabelled: Option<String>,
    /// What the tags that it hears count beside its answers ([`Hints::weight`]); 0 for nothing.
    #[serde(skip_serializing_if = "is_nothing")]
    pub tags: f32,
}

fn is_nothing(weight: &f32) -> bool {
    *weight == 0.0
}

/// The songs of a run.
#[derive(Clone, Copy, Debug)]
pub struct RunData<'a> {
    /// All songs.
    pub songs: Songs<'a>,
    /// Slices that teach.
    pub train: &'a [SliceRef],
    /// Slices that tune; none where the last epoch is taken.
    pub validation: &'a [SliceRef],
    /// Slices that judge.
    pub test: &'a [SliceRef],
    /// What training shares with the others, in a few words for the card.
    pub split: &'a str,
    /// What training slices should be answered with; none for their songs' labels.
    pub targets: Option<&'a Targets>,
    /// What the pictures are features of, where a head is trained: the model file holds both.
    pub base: Option<&'a Base>,
    /// Where the head is written too, by itself.
    pub head: Option<&'a Path>,
}

/// Where the checkpoint of a model file is kept while it is trained.
pub fn checkpoint_path(out: &Path) -> PathBuf {
    let mut path = out.as_os_str().to_owned();
    path.push(".checkpoint");
    path.into()
}

/// Trains, and writes the model to `out` at the end: the weights of the epoch that was best on validation songs, with their
/// measured accuracy. Until then [`checkpoint_path`] holds the state of the last epoch and the best weights, and `out` is left
/// as it is. `observe` stops the run by returning `false`; it is still told of the step that was under way then.
///
/// # Errors
/// [`Error::Argument`] if the checkpoint is of another run, [`Error::Gpu`] if the device fails, [`Error::Io`] if the disk does
/// not take a file, [`Error::Weights`] if the precision cannot hold the weights.
pub fn run(
    engine: &Engine,
    plan: &RunPlan,
    data: RunData<'_>,
    card: Card,
    out: &Path,
    resume: Option<Checkpoint>,
    observe: &mut dyn FnMut(Event) -> bool,
) -> Result<Outcome> {
    let system = System::named(&plan.system)?;
    let system = if plan.frozen { system } else { system.thawed() };
    card.check().map_err(|problem| Error::Argument { operation: "train", problem })?;
    let settings = Settings {
        system,
        slice: plan.front_end.slices().size(),
        classes: card.labels.len(),
        batch: plan.batch,
        clip: plan.clip,
        seed: plan.seed,
    };
    let known = |slice: &SliceRef| data.songs.dataset.songs[slice.song].label < settings.classes;
    if (plan.schedule.needs_losses() || plan.early_stop.is_some()) && !data.validation.iter().any(known) {
        let problem = "no songs validate, and the learning rate or the end of the run goes by their loss: keep some from training, or use \
                       another schedule and no early stop";
        return Err(Error::Training(problem.into()));
    }
    let targets = data.targets.cloned().unwrap_or_else(|| Targets::new(settings.classes));
    let hints = targets.hints();
    let groups: Vec<_> = data.songs.dataset.songs.iter().map(|song| targets.group(song.label)).collect();
    let sampler = Sampler::new(data.train, &groups, targets.groups(), plan.batch, plan.balance, plan.seed)?;
    let pictures = data.songs.gathered.pictures.clone();
    let batches = Batches::new(sampler, pictures, &plan.front_end, plan.augment, plan.seed)?;
    let batches = Arc::new(batches.with_targets(targets).with_coded(data.songs.gathered.coded.clone()));
    let weight = plan.teacher.as_ref().map_or(0.0, |teacher| teacher.tags);
    let mut learner = Learner::hinted(engine, settings, (hints > 0).then_some(Hints { count: hints, weight }))?;
    learner.start_from(&plan.start)?;
    let total = batches.steps() * plan.epochs as u64;
    let fresh = Progress {
        card: Card { training: describe(&card, plan, data, engine), ..card },
        options: identity::options(plan, &data.songs.dataset.labels).into(),
        songs: identity::songs(data),
        steps: 0,
        total,
        paces: vec![plan.pace(0)],
        sums: Sums::default(),
        history: Vec::new(),
        best: None,
    };
    let saved = resume.as_ref().map(|checkpoint| checkpoint.progress.steps);
    let (progress, best) = match resume {
        Some(checkpoint) => {
            let labels = &data.songs.dataset.labels;
            (identity::take_up(&checkpoint, plan, labels, &fresh, &mut learner)?, checkpoint.best())
        }
        None => (fresh, None),
    };
    let mut state = State { plan, data, out, path: checkpoint_path(out), learner, progress, best, saved, batches };
    let ended = match state.steps(observe).and_then(|()| state.finish(observe)) {
        Err(Halt::Told) => state.save().and(Err(Halt::Told)),
        ended => ended,
    };
    let steps = (state.progress.steps, total);
    match ended {
        Ok(finished) => Ok(Outcome::Finished(Box::new(finished))),
        Err(Halt::Told) => Ok(Outcome::Interrupted { steps }),
        Err(Halt::Diverged(problem)) => {
            // The loss of a step shows the weights before it: no learning rate makes those numbers again.
            let saved = state.saved.filter(|&saved| saved < steps.0);
            Ok(Outcome::Diverged { problem, steps, saved })
        }
        Err(Halt::Failed(error)) => Err(error),
    }
}

struct State<'a> {
    plan: &'a RunPlan,
    data: RunData<'a>,
    out: &'a Path,
    path: PathBuf,
    learner: Learner,
    progress: Progress,
    /// The weights of the best epoch.
    best: Option<Values>,
    /// Steps of the checkpoint, if there is one.
    saved: Option<u64>,
    batches: Arc<Batches>,
}

/// A step that was submitted and not yet reported.
struct UnderWay {
    pending: Pending,
    targets: Vec<f32>,
    epoch: u64,
}

impl State<'_> {
    /// All steps that are left.
    fn steps(&mut self, observe: &mut dyn FnMut(Event) -> bool) -> Result<(), Halt> {
        let mut under_way = None;
        let mut begun = Instant::now();
        let ended = self.walk(&mut under_way, &mut begun, observe);
        if let (Err(Halt::Told), Some(step)) = (&ended, under_way) {
            // The weights have taken this step too.
            observe(self.report(step, &mut begun)?);
        }
        ended
    }

    /// Submits each step before it asks for the report of the one before, but for the first of an epoch.
    fn walk(
        &mut self,
        under_way: &mut Option<UnderWay>,
        begun: &mut Instant,
        observe: &mut dyn FnMut(Event) -> bool,
    ) -> Result<(), Halt> {
        let each = self.batches.steps();
        let from = (self.progress.steps / each, self.progress.steps % each);
        let loader = Loader::start(Arc::clone(&self.batches), from, self.plan.epochs as u64, 4)?;
        // An epoch that was stopped in its validation ends first.
        if from.1 == 0 && from.0 > self.progress.history.len() as u64 {
            self.epoch(observe)?;
        }
        // A run that ended early may have been stopped behind that.
        if self.ends() {
            return Ok(());
        }
        *begun = Instant::now();
        for batch in loader {
            let batch = batch?;
            let done = self.progress.steps + u64::from(under_way.is_some());
            let pending = self.learner.step(&batch.slices, &batch.targets, self.rate(done), done + 1)?;
            let next = UnderWay { pending, targets: batch.targets, epoch: batch.epoch };
            if let Some(step) = under_way.replace(next) {
                Halt::unless(observe, self.report(step, begun)?)?;
            }
            if (done + 1).is_multiple_of(each)
                && let Some(last) = under_way.take()
            {
                Halt::unless(observe, self.report(last, begun)?)?;
                self.epoch(observe)?;
                if self.ends() {
                    return Ok(());
                }
                *begun = Instant::now();
            }
        }
        Ok(())
    }

    /// The validation losses of the epochs so far; one that was not measured is no better than any.
    fn losses(&self) -> Vec<f64> {
        let loss = |row: &serde_json::Value| row["validation_loss"].as_f64().unwrap_or(f64::INFINITY);
        self.progress.history.iter().map(loss).collect()
    }

    /// Whether the run ends before its last epoch.
    fn ends(&self) -> bool {
        self.plan.early_stop.is_some_and(|stop| stop.ends(&self.losses()))
    }

    /// Waits for a step and counts it.
    fn report(&mut self, step: UnderWay, begun: &mut Instant) -> Result<Event, Halt> {
        let report = step.pending.wait()?;
        let loss = report.loss();
        if !loss.is_finite() {
            return Err(Halt::Diverged(format!("the loss is {loss} at step {}", self.progress.steps + 1)));
        }
        let (right, judged) = right(&report.logits, &step.targets, self.progress.card.labels.len());
        self.progress.steps += 1;
        let sums = &mut self.progress.sums;
        sums.loss += f64::from(loss) * report.losses.len() as f64;
        sums.right += right;
        sums.judged += judged;
        sums.slices += report.losses.len();
        sums.seconds += begun.elapsed().as_secs_f64();
        *begun = Instant::now();
        Ok(Event::Step {
            epoch: step.epoch as usize,
            steps: (self.progress.steps, self.progress.total),
            loss,
            accuracy: right as f32 / judged.max(1) as f32,
            slices_per_second: sums.slices as f64 / sums.seconds,
        })
    }

    /// Learning rate of the step after `done` ones.
    fn rate(&self, done: u64) -> f32 {
        let (each, total, losses) = (self.batches.steps(), self.progress.total, self.losses());
        self.plan.schedule.rate(self.plan.learning_rate, Moment { step: done, each, total, losses: &losses })
    }

    /// Slices that are judged at once: fewer where the device cannot hold a batch that learns.
    fn at_once(&self) -> usize {
        const USUAL: usize = 32;
        if self.learner.parts() > 1 { self.learner.part().min(USUAL) } else { USUAL }
    }

    /// Validation, and the checkpoint, with these weights as the best ones if they are.
    fn epoch(&mut self, observe: &mut dyn FnMut(Event) -> bool) -> Result<(), Halt> {
        let begun = Instant::now();
        let (card, epoch) = (&self.progress.card, self.progress.history.len());
        let predictor = Predictor::shared(card, self.learner.variables(), self.at_once(), PlanOptions::default())?;
        let judged = self.judged(&predictor, self.data.validation, observe)?;
        // Nothing is told of intervals here.
        let options = Options { replicates: 0, ..Options::default() };
        let evaluation = evaluate(&judged, &card.labels, &card.thresholds, &options)?;
        let slices = evaluation.as_ref().and_then(|e| e.slice_accuracy.estimate.value);
        let songs = evaluation.as_ref().and_then(|e| e.readings.t3.estimate.value).map(|wrong| 1.0 - wrong);
        let sums = std::mem::take(&mut self.progress.sums);
        let report = EpochReport {
            epoch,
            learning_rate: self.rate(self.progress.steps - 1),
            loss: sums.loss / sums.slices as f64,
            accuracy: sums.right as f64 / sums.judged.max(1) as f64,
            validation_loss: mean_cross_entropy(&judged),
            validation_slices: slices,
            validation_songs: songs,
            slices_per_second: sums.slices as f64 / sums.seconds,
            seconds: sums.seconds + begun.elapsed().as_secs_f64(),
        };
        // Slices are many, songs are few: slices choose, songs only break ties.
        let score = slices.unwrap_or(epoch as f64) + 1e-3 * songs.unwrap_or(0.0);
        if self.progress.best.is_none_or(|(best, _)| score >= best) {
            self.progress.best = Some((score, epoch));
            self.best = Some(self.learner.kept()?);
        }
        let row = serde_json::to_value(&report).map_err(|error| Error::Training(error.to_string()))?;
        self.progress.history.push(row);
        self.save()?;
        Halt::unless(observe, Event::Epoch(report))
    }

    /// Writes the checkpoint, unless the weights are no numbers.
    fn save(&mut self) -> Result<(), Halt> {
        let written = Checkpoint::write(&self.path, &self.learner, &self.progress, self.best.as_ref());
        written.map_err(Halt::of_checkpoint)?;
        self.saved = Some(self.progress.steps);
        Ok(())
    }

    fn judged(
        &self,
        predictor: &Predictor,
        slices: &[SliceRef],
        observe: &mut dyn FnMut(Event) -> bool,
    ) -> Result<Vec<Song>, Halt> {
        let Card { front_end, thresholds, .. } = &self.progress.card;
        let mut go_on = |done| observe(Event::Judged { slices: (done, slices.len()) });
        let songs = judge(predictor, self.data.songs, front_end, slices, thresholds, &mut go_on)?.ok_or(Halt::Told)?;
        let finite = |song: &Song| song.record.slices.probabilities.values().iter().all(|p| p.is_finite());
        match songs.iter().all(finite) {
            true => Ok(songs),
            false => Err(Halt::Diverged("the network's answers are not numbers".into())),
        }
    }

    /// Temperature and thresholds from the validation songs, accuracy from the test songs, both of the best epoch's weights as the file stores
    /// them.
    fn finish(&mut self, observe: &mut dyn FnMut(Event) -> bool) -> Result<Finished, Halt> {
        let mut values = match &self.best {
            Some(best) => best.clone(),
            None => self.learner.kept()?,
        };
        values.retain(|name, _| name.split('.').next() != Some(HINTS));
        let precision = self.plan.precision;
        let mut model = ModelFile::new(self.out, self.progress.card.clone(), values)?.stored(precision)?;
        let engine = self.learner.variables().engine();
        let mut predictor = Predictor::new(engine, &model, self.at_once())?;
        let labels = &self.progress.card.labels;
        let mut validation = self.judged(&predictor, self.data.validation, observe)?;
        if self.plan.tempered
            && let Some(temperature) = temperature(&validation)
        {
            model.card.temperature = temperature;
            predictor = Predictor::new(engine, &model, self.at_once())?;
            validation = self.judged(&predictor, self.data.validation, observe)?;
        }
        let card = &mut model.card;
        if validation.iter().any(|song| song.truth.is_some()) {
            card.thresholds = tune(&validation, labels, card.thresholds)?;
        }
        let options = Options::default();
        let test = evaluate(&self.judged(&predictor, self.data.test, observe)?, labels, &card.thresholds, &options)?;
        let validated = evaluate(&validation, labels, &card.thresholds, &options)?;
        card.training.epochs = self.progress.history.len();
        card.accuracy = [("validation", &validated), ("test", &test)]
            .into_iter()
            .filter_map(|(side, evaluation)| {
                Some(accuracy(&format!("{side}, {}", self.data.split), evaluation.as_ref()?))
            })
            .collect();
        if let Some(base) = self.data.base {
            if let Some(path) = self.data.head {
                base.head(&model, path)?.write(precision)?;
            }
            model = base.whole(&model, self.out)?;
        }
        model.write(precision)?;
        // The run is over: its checkpoint would only take up room.
        std::fs::remove_file(&self.path).map_err(Error::io(&self.path))?;
        let rows = self.progress.history.iter().map(|row| serde_json::from_value(row.clone()));
        let history = rows.collect::<Result<_, _>>().map_err(|error| Error::Training(error.to_string()))?;
        Ok(Finished { card: model.card, paces: self.progress.paces.clone(), history, test })
    }
}

fn evaluate(
    songs: &[Song],
    labels: &[String],
    thresholds: &Thresholds,
    options: &Options,
) -> Result<Option<Evaluation>> {
    if songs.iter().all(|song| song.truth.is_none()) {
        return Ok(None);
    }
    Evaluation::new(songs, labels, thresholds, options).map(Some)
}

/// Slices whose best logit is at their largest target, and those that have one largest target: where all answers are as likely, none is right.
/// Behind the answers of `targets` there may be hints.
fn right(logits: &[f32], targets: &[f32], classes: usize) -> (usize, usize) {
    let best = |row: &[f32]| (0..row.len()).max_by(|&a, &b| row[a].total_cmp(&row[b]));
    let single = |row: &[f32]| best(row).filter(|&top| row.iter().filter(|&&value| value == row[top]).count() == 1);
    let wide = targets.len() * classes / logits.len().max(1);
    let rows = logits.chunks_exact(classes).zip(targets.chunks_exact(wide.max(1)).map(|row| &row[..classes]));
    let judged = rows.filter_map(|(logits, targets)| Some(best(logits) == Some(single(targets)?)));
    judged.fold((0, 0), |(right, judged), one| (right + usize::from(one), judged + 1))
}

#[cfg(test)]
mod tests {
    #[test]
    fn what_has_no_single_answer_is_neither_right_nor_wrong() {
        let logits = [0.1, 0.9, 0.3, 0.9, 0.1, 0.2, 0.0, 0.0, 1.0, 0.5, 0.4, 0.3];
        let targets = [0.0, 1.0, 0.0, 0.2, 0.3, 0.5, 1.0 / 3.0, 1.0 / 3.0, 1.0 / 3.0, 0.5, 0.5, 0.0];
        assert_eq!(super::right(&logits, &targets, 3), (1, 2));
        let hinted: Vec<f32> = targets.chunks(3).flat_map(|row| [row, &[9.0, 8.0]].concat()).collect();
        assert_eq!(super::right(&logits, &hinted, 3), (1, 2));
    }
}
