//! A whole training run: what it starts from, its phases, and the file at the end.

use std::path::Path;
use std::sync::Arc;

use super::adversaries::Adversaries;
use super::calibrate::calibrate;
use super::checkpoint::{Progress, Sums};
use super::phases::Phases;
use super::plan::{GanPlan, Task};
use super::told::{Event, Finished, Outcome, PhaseReport};
use crate::data::{Augment, Balance, Batches, Levels, Sampler};
use crate::error::{Error, Result};
use crate::gpu::Engine;
use crate::models::gan::Grey;
use crate::signal::front_end::FrontEnd;
use crate::train::{Halt, RunData, checkpoint_path, heard};
use crate::weights::{GanCard, GanFile, GanTraining, Judgement, ModelFile, Precision, Tensors};

/// The songs of a run and the classifier whose second look is trained.
#[derive(Clone, Copy, Debug)]
pub struct GanData<'a> {
    /// The songs; training slices are so many in a row as the plan says (see [`FrontEnd::in_a_row`]).
    pub run: RunData<'a>,
    /// The classifier.
    pub model: &'a ModelFile,
}

/// Trains all phases and writes the GAN to `out` at the end, calibrated on the validation songs. Until then
/// [`checkpoint_path`](crate::train::checkpoint_path) holds the state. `observe` stops the run by returning `false`.
///
/// # Errors
/// [`Error::Resume`] if the checkpoint is of another run, [`Error::Training`] if a genre has no slices, [`Error::Gpu`] if the device
/// fails or a phase does not fit it, [`Error::Io`] if the disk does not take a file.
pub fn run(
    engine: &Engine,
    plan: &GanPlan,
    data: GanData<'_>,
    out: &Path,
    resume: Option<(Progress, Tensors)>,
    observe: &mut dyn FnMut(Event) -> bool,
) -> Result<Outcome> {
    let front_end = data.model.card.front_end.in_a_row(plan.slices);
    let genres = plan.genres(&data.model.card.labels);
    let batches = batches(plan, &data, &genres, &front_end)?;
    let (progress, saved) = match resume {
        Some((progress, tensors)) => {
            progress.check(plan, &data.model.sha256)?;
            if progress.songs != data.run.digest() {
                let problem = "the interrupted run has other songs, or the same with other labels or on other sides";
                return Err(Error::Resume(problem.into()));
            }
            (progress, Some(tensors))
        }
        None => {
            let (classifier, songs) = (data.model.sha256.clone(), data.run.digest());
            let (sums, history) = (Sums::default(), Vec::new());
            let grey = grey(&batches, &front_end)?;
            (Progress { plan: *plan, classifier, songs, grey, phase: 0, steps: 0, sums, history }, None)
        }
    };
    let mut phases = Phases {
        engine,
        plan,
        task: Task { genres: genres.len(), grey: progress.grey, picture: front_end.slices().size() },
        upright: front_end.lowest_first(),
        batches: Arc::new(batches),
        progress,
        path: checkpoint_path(out),
    };
    let ended = phases.run(saved.as_ref(), observe).and_then(|networks| {
        finish(&phases, &networks, data, out, observe).map_err(|halt| phases.halted(&networks, halt))
    });
    let (phase, steps) = (phases.progress.phase, (phases.progress.steps, phases.steps()));
    match ended {
        Ok(finished) => Ok(Outcome::Finished(Box::new(finished))),
        Err(Halt::Told) => Ok(Outcome::Interrupted { phase, steps }),
        Err(Halt::Diverged(problem)) => Ok(Outcome::Diverged { problem, phase }),
        Err(Halt::Failed(error)) => Err(error),
    }
}

/// The batches that teach: rows of a slice a genre. An error where there are too few songs.
fn batches(plan: &GanPlan, data: &GanData<'_>, genres: &[String], front_end: &FrontEnd) -> Result<Batches> {
    let RunData { songs, train, .. } = data.run;
    let labels: Vec<_> = songs.dataset.songs.iter().map(|song| if plan.labelled { song.label } else { 0 }).collect();
    let batch = plan.rows * genres.len();
    let sampler = Sampler::new(train, &labels, genres.len(), batch, Balance::Rows, plan.seed)?;
    if let Some(empty) = sampler.counts().iter().position(|&count| count == 0) {
        let problem = format!(
            "of {} there is no training song, or none that is long enough, and the GAN needs all genres; give the songs that taught the model",
            genres[empty]
        );
        return Err(Error::Training(problem));
    }
    let augment = Augment::of_system(&data.model.card.system);
    let batches = Batches::new(sampler, songs.gathered.pictures.clone(), front_end, augment, plan.seed)?;
    let steps = plan.steps(&batches);
    if steps < plan.critic_steps {
        let problem = format!(
            "a phase has {steps} steps of the critic, and the generator learns in one of {}: give more songs, more epochs, fewer rows a step or \
             fewer steps of the critic",
            plan.critic_steps
        );
        return Err(Error::Training(problem));
    }
    Ok(batches)
}

/// Black is the front end's lowest level, or the lowest value of the first batches where it has none; white likewise.
fn grey(batches: &Batches, front_end: &FrontEnd) -> Result<Grey> {
    let levels = Levels::of(front_end);
    let (mut low, mut high) = (f32::MAX, f32::MIN);
    let epoch = batches.epoch(0);
    for step in 0..batches.steps().min(16) {
        let batch = epoch.batch(step)?;
        (low, high) = batch.slices.iter().fold((low, high), |(low, high), &v| (low.min(v), high.max(v)));
    }
    if levels.lowest.is_finite() {
        low = levels.lowest;
    }
    if levels.highest.is_finite() {
        high = levels.highest;
    }
    match low < high {
        true => Ok(Grey { low, high }),
        false => Err(Error::Training("the training slices are all of one grey".into())),
    }
}

/// Fewer songs calibrate nothing that can be relied on.
const FEW: usize = 20;

/// What a user of the file should know.
fn doubts(card: &GanCard, last: Option<&PhaseReport>) -> Vec<String> {
    let mut doubts = last.map_or_else(Vec::new, |phase| phase.warnings.clone());
    match card.training.tuned_on.len() {
        0 => doubts.push(
            "no song was left to calibrate the second look on; train it again with more songs before you believe it"
                .into(),
        ),
        songs if songs < FEW => {
            doubts.push(format!("the second look was calibrated on {songs} songs only; it may be surer than it should"))
        }
        _ => {}
    }
    if card.judgement.says_nothing() {
        doubts
            .push("no evidence helped on the songs that calibrated the second look: it leaves every song open".into());
    }
    doubts
}

/// Calibrates on the validation songs and writes the file.
fn finish(
    phases: &Phases<'_>,
    networks: &Adversaries,
    data: GanData<'_>,
    out: &Path,
    observe: &mut dyn FnMut(Event) -> bool,
) -> Result<Finished, Halt> {
    let (model, plan) = (&data.model.card, phases.plan);
    let RunData { songs, train, validation, .. } = data.run;
    let taught = heard(songs.dataset, train);
    let card = GanCard {
        format: GanCard::FORMAT,
        labels: plan.genres(&model.labels),
        front_end: model.front_end.clone(),
        classifier: data.model.sha256.clone(),
        profile: plan.profile,
        binary: plan.binary,
        reading: plan.reading,
        slices: plan.slices,
        grey: phases.task.grey,
        judgement: Judgement::uncalibrated(model.thresholds),
        training: GanTraining {
            songs: taught.len(),
            slices: train.len(),
            rows: plan.rows,
            epochs: plan.epochs,
            learning_rate: plan.learning_rate,
            seed: plan.seed,
            device: phases.engine.describe(),
            works: model.training.works.clone(),
            heard: taught,
            tuned_on: heard(songs.dataset, validation),
            doubts: Vec::new(),
        },
    };
    let mut values = networks.kept()?;
    values.extend(phases.latents(networks)?);
    let mut file = GanFile::new(out, card, values)?;
    if plan.labelled {
        let mut validation: Vec<_> = validation.iter().map(|slice| slice.song).collect();
        validation.dedup();
        let mut go_on = |done, of| observe(Event::Judged { songs: (done, of) });
        let judged = calibrate(phases.engine, &file, data.model, songs, &validation, &mut go_on)?;
        file.card.judgement = judged.ok_or(Halt::Told)?;
        file.card.training.doubts = doubts(&file.card, phases.progress.history.last());
    }
    file.write(Precision::F32)?;
    // The run is over: its checkpoint would only take up room.
    std::fs::remove_file(&phases.path).map_err(Error::io(&phases.path))?;
    Ok(Finished { card: file.card, history: phases.progress.history.clone() })
}
