//! A whole training run: phase by phase, with checkpoints, and the file at the end.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::adversaries::{Adversaries, CriticReport, MakerReport};
use super::checkpoint::{Progress, Sums};
use super::plan::GanPlan;
use super::sheet::Diversity;
use super::told::{Event, Finished, Outcome, PhaseReport};
use crate::data::{Augment, Balance, Batches, Levels, Loader, Sampler};
use crate::error::{Error, Result};
use crate::gpu::{Engine, Readback};
use crate::models::gan::{Grey, MIXED, of_codes};
use crate::nn::StepTensor;
use crate::refine::calibrate;
use crate::signal::front_end::FrontEnd;
use crate::train::{RunData, checkpoint_path, heard};
use crate::weights::{GanCard, GanFile, GanTraining, Judgement, ModelFile, Precision, Tensors, Values};

/// The songs of a run and the classifier whose second look is trained.
#[derive(Clone, Copy, Debug)]
pub struct GanData<'a> {
    /// The songs; slices are so many in a row as the plan says (see [`FrontEnd::in_a_row`]).
    pub songs: RunData<'a>,
    /// The classifier.
    pub model: &'a ModelFile,
}

/// A made picture's distance from another, as a share of that of real ones, below which a phase has collapsed.
const COLLAPSED: f64 = 0.1;
/// The smallest side of pictures whose distance says something.
const TELLING: usize = 8;
/// A Wasserstein distance beyond which a critic has lost its measure: with a penalty that holds slopes near 1, scores of pictures differ by
/// no more than the pictures' own distance, which is below 128 sqrt(genres).
const BEYOND: f32 = 1e5;
/// A checkpoint is not older than this.
const SAVED_EVERY: Duration = Duration::from_secs(120);

/// Trains all phases and writes the GAN to `out` at the end, calibrated on the validation songs. Until then
/// [`checkpoint_path`](crate::train::checkpoint_path) holds the state. `observe` stops the run by returning `false`.
///
/// # Errors
/// [`Error::Argument`] if the checkpoint is of another run, [`Error::Training`] if a genre has no slices, [`Error::Gpu`] if the device
/// fails or a phase does not fit it, [`Error::Io`] if the disk does not take a file.
pub fn run(
    engine: &Engine,
    plan: &GanPlan,
    data: GanData<'_>,
    out: &Path,
    resume: Option<(Progress, Tensors)>,
    observe: &mut dyn FnMut(Event) -> bool,
) -> Result<Outcome> {
    let card = &data.model.card;
    let front_end = card.front_end.in_a_row(plan.slices);
    let names = plan.genres(&card.labels);
    let genres = names.len();
    let labels: Vec<_> =
        data.songs.dataset.songs.iter().map(|song| if plan.labelled { song.label } else { 0 }).collect();
    let batch = plan.rows * genres;
    let sampler = Sampler::new(data.songs.train, &labels, genres, batch, Balance::Rows, plan.seed)?;
    if let Some(empty) = sampler.counts().iter().position(|&count| count == 0) {
        let problem = format!("no training song of {} is long enough; the GAN needs all genres", names[empty]);
        return Err(Error::Training(problem));
    }
    let batches = Batches::new(
        sampler,
        data.songs.gathered.pictures.clone(),
        &front_end,
        Augment::of_system(&card.system),
        plan.seed,
    )?;
    let steps = batches.steps() * plan.epochs as u64;
    if steps < plan.critic_steps {
        let problem = format!(
            "a phase has {steps} steps of the critic, and the generator learns in one of {}: give more songs, more epochs, fewer rows a step or \
             fewer steps of the critic",
            plan.critic_steps
        );
        return Err(Error::Training(problem));
    }
    let (digest, classifier) = (data.songs.digest(), data.model.sha256.clone());
    let (progress, tensors) = match resume {
        Some((progress, tensors)) => {
            progress.check(plan, &classifier)?;
            if progress.songs != digest {
                let problem = "the interrupted run has other songs, or the same with other labels or on other sides";
                return Err(Error::Argument { operation: "resume", problem: problem.into() });
            }
            (progress, Some(tensors))
        }
        None => {
            let grey = grey(&batches, &front_end)?;
            let (sums, history) = (Sums::default(), Vec::new());
            (Progress { plan: *plan, classifier, songs: digest, grey, phase: 0, steps: 0, sums, history }, None)
        }
    };
    let slices = front_end.slices();
    let picture = [slices.height as usize, slices.width as usize];
    let grey = progress.grey;
    let networks = |phase, carried| Adversaries::new(engine, plan, genres, grey, picture, phase, carried);
    let mut first = networks(progress.phase, None)?;
    if let Some(tensors) = &tensors {
        first.restore(tensors)?;
    }
    let mut state = State {
        plan,
        path: checkpoint_path(out),
        phases: first.table().phases(),
        networks: Some(first),
        upright: front_end.lowest_first(),
        progress,
        batches: Arc::new(batches),
    };
    let ended = state.phases(&networks, observe);
    let total = state.steps();
    let ended = match ended {
        Err(Halt::Told) => state.save().and(Err(Halt::Told)),
        Ok(()) => finish(engine, plan, data, out, &mut state, observe).map_err(|halt| match halt {
            Halt::Told => state.save().err().unwrap_or(Halt::Told),
            halt => halt,
        }),
        Err(halt) => Err(halt),
    };
    let (phase, done) = (state.progress.phase, state.progress.steps);
    match ended {
        Ok(finished) => Ok(Outcome::Finished(Box::new(finished))),
        Err(Halt::Told) => Ok(Outcome::Interrupted { phase, steps: (done, total) }),
        Err(Halt::Diverged(problem)) => Ok(Outcome::Diverged { problem, phase }),
        Err(Halt::Failed(error)) => Err(error),
    }
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

struct State<'a> {
    plan: &'a GanPlan,
    path: PathBuf,
    phases: usize,
    /// None only between phases.
    networks: Option<Adversaries>,
    upright: bool,
    progress: Progress,
    batches: Arc<Batches>,
}

/// Why a run ends early.
enum Halt {
    Told,
    Diverged(String),
    Failed(Error),
}

impl From<Error> for Halt {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}

/// A step that was submitted and not yet reported.
struct UnderWay {
    critic: Readback,
    maker: Option<Readback>,
}

type Networks<'a> = dyn Fn(usize, Option<crate::plan::Variables>) -> Result<Adversaries> + 'a;

impl State<'_> {
    /// Steps of a phase.
    fn steps(&self) -> u64 {
        self.batches.steps() * self.plan.epochs as u64
    }

    /// All phases that are left.
    fn phases(&mut self, networks: &Networks<'_>, observe: &mut dyn FnMut(Event) -> bool) -> Result<(), Halt> {
        loop {
            self.phase(observe)?;
            if self.progress.history.len() <= self.progress.phase {
                self.end_phase(observe)?;
            }
            if self.progress.phase + 1 == self.phases {
                return Ok(());
            }
            let carried = self.networks.take().map(Adversaries::into_variables);
            self.progress.phase += 1;
            self.progress.steps = 0;
            self.progress.sums = Sums::default();
            self.networks = Some(networks(self.progress.phase, carried)?);
        }
    }

    fn networks(&self) -> Result<&Adversaries> {
        self.networks.as_ref().ok_or_else(|| Error::Training("a phase has no networks".into()))
    }

    /// The steps of a phase that are left; each is submitted before the report of the one before is waited for.
    fn phase(&mut self, observe: &mut dyn FnMut(Event) -> bool) -> Result<(), Halt> {
        let (each, epochs) = (self.batches.steps(), self.plan.epochs as u64);
        let before = self.progress.phase as u64 * epochs;
        let from = (before + self.progress.steps / each, self.progress.steps % each);
        let loader = Loader::start(Arc::clone(&self.batches), from, before + epochs, 4)?;
        let mut under_way = None;
        let (mut begun, mut saved) = (Instant::now(), Instant::now());
        for batch in loader {
            let batch = batch?;
            let step = self.progress.steps + u64::from(under_way.is_some()) + 1;
            let networks = self.networks()?;
            let at = self.plan.step(self.progress.phase + 1 == self.phases, step, self.steps());
            let critic = networks.start_critic(&batch.slices, batch.epoch, at)?;
            // Its own count: the genres of its steps come in turn, and its optimiser's means are corrected by it.
            let own = self.plan.made(step).map(|step| StepTensor { step, ..at });
            let maker = own.map(|own| networks.start_maker(&batch.slices, batch.epoch, own)).transpose()?;
            let before = under_way.replace(UnderWay { critic, maker });
            let told = self.report(before, &mut begun, observe);
            if told.is_err() || saved.elapsed() >= SAVED_EVERY {
                // The weights have taken the step under way too: it counts before they are saved.
                let last = self.report(under_way.take(), &mut begun, observe);
                told.and(last)?;
                self.save()?;
                saved = Instant::now();
            }
        }
        self.report(under_way, &mut begun, observe)
    }

    /// Waits for a step, if there is one, counts it and tells of it.
    fn report(
        &mut self,
        step: Option<UnderWay>,
        begun: &mut Instant,
        observe: &mut dyn FnMut(Event) -> bool,
    ) -> Result<(), Halt> {
        let Some(step) = step else { return Ok(()) };
        let critic = CriticReport::wait(step.critic)?;
        let maker = step.maker.map(MakerReport::wait).transpose()?;
        let at = self.progress.steps + 1;
        let whole = [critic.distance, critic.penalty, critic.confusion].iter().all(|value| value.is_finite())
            && maker.is_none_or(|maker| {
                let MakerReport { adversarial, own, cycle, content, confusion, latent, contrast } = maker;
                [adversarial, own, cycle, content, confusion, latent, contrast].iter().all(|value| value.is_finite())
            });
        let phase = self.progress.phase + 1;
        if !whole {
            return Err(Halt::Diverged(format!("a loss is not a number in step {at} of phase {phase}")));
        }
        if critic.distance.abs() > BEYOND {
            let problem = format!("the critic's distance is {} in step {at} of phase {phase}", critic.distance);
            return Err(Halt::Diverged(problem));
        }
        // Sums are those of the last epoch; of as many steps as hold one of the generator, where an epoch has fewer.
        let counted = self.batches.steps().max(self.plan.critic_steps);
        if self.progress.steps + counted == self.steps() {
            self.progress.sums = Sums { seconds: self.progress.sums.seconds, ..Sums::default() };
        }
        self.progress.steps = at;
        let sums = &mut self.progress.sums;
        sums.steps[0] += 1;
        add(&mut sums.critic, [critic.distance, critic.penalty, critic.confusion]);
        if let Some(maker) = maker {
            sums.steps[1] += 1;
            add(&mut sums.maker, [maker.adversarial, maker.own, maker.cycle, maker.content, maker.contrast]);
        }
        sums.seconds += begun.elapsed().as_secs_f64();
        *begun = Instant::now();
        let [_, side, _] = self.networks()?.table().volume(self.progress.phase)?;
        let (steps, phase) = ((at, self.steps()), (self.progress.phase, self.phases));
        match observe(Event::Step { phase, side, steps, critic, maker }) {
            true => Ok(()),
            false => Err(Halt::Told),
        }
    }

    /// Looks at what the phase has made, and saves.
    fn end_phase(&mut self, observe: &mut dyn FnMut(Event) -> bool) -> Result<(), Halt> {
        let batch = self.batches.epoch(0).batch(0)?;
        let networks = self.networks()?;
        let (sheet, Diversity { real, made }) = networks.gallery().look(&batch.slices, self.upright)?;
        let phase = self.progress.phase;
        let volume = networks.table().volume(phase)?;
        let Sums { steps, critic, maker, seconds } = self.progress.sums;
        let mean = |sum: f64, count: u64| sum / count.max(1) as f64;
        let mut warnings = Vec::new();
        if volume[1] >= TELLING && made < COLLAPSED * real {
            warnings.push(format!(
                "two made pictures of a genre differ by {made:.3} where two slices differ by {real:.3}: the generator has collapsed; more \
                 songs, more epochs or more rows a step may help"
            ));
        }
        let report = PhaseReport {
            phase,
            volume,
            steps: self.progress.steps,
            seconds,
            distance: mean(critic[0], steps[0]),
            penalty: mean(critic[1], steps[0]),
            confusion: mean(critic[2], steps[0]),
            adversarial: mean(maker[0], steps[1]),
            own: mean(maker[1], steps[1]),
            cycle: mean(maker[2], steps[1]),
            content: mean(maker[3], steps[1]),
            contrast: mean(maker[4], steps[1]),
            diversity_real: real,
            diversity_made: made,
            warnings,
        };
        self.progress.history.push(report.clone());
        self.save()?;
        match observe(Event::Phase(report, sheet)) {
            true => Ok(()),
            false => Err(Halt::Told),
        }
    }

    /// What latent vectors are drawn as: those of the first slices.
    fn latents(&self) -> Result<Values> {
        let networks = self.networks()?;
        let latent = networks.table().latent;
        let mut codes = Vec::new();
        for step in 0.. {
            let batch = self.batches.epoch(step / self.batches.steps()).batch(step % self.batches.steps())?;
            codes.extend(networks.gallery().codes(&batch.slices)?);
            if codes.len() >= MIXED * latent {
                break;
            }
        }
        codes.truncate(MIXED * latent);
        Ok(Values::from(of_codes(networks.table(), &codes)?))
    }

    /// Writes the checkpoint, unless the weights are no numbers.
    fn save(&self) -> Result<(), Halt> {
        let Some(networks) = &self.networks else { return Ok(()) };
        self.progress.write(&self.path, networks).map_err(|error| match error {
            Error::Training(problem) => Halt::Diverged(problem),
            error => Halt::Failed(error),
        })
    }
}

fn add<const N: usize>(sums: &mut [f64; N], values: [f32; N]) {
    sums.iter_mut().zip(values).for_each(|(sum, value)| *sum += f64::from(value));
}

/// Calibrates on the validation songs and writes the file.
fn finish(
    engine: &Engine,
    plan: &GanPlan,
    data: GanData<'_>,
    out: &Path,
    state: &mut State<'_>,
    observe: &mut dyn FnMut(Event) -> bool,
) -> Result<Finished, Halt> {
    let model = &data.model.card;
    let songs = data.songs;
    let taught = heard(songs.dataset, songs.train);
    let card = GanCard {
        format: GanCard::FORMAT,
        labels: plan.genres(&model.labels),
        front_end: model.front_end.clone(),
        classifier: data.model.sha256.clone(),
        profile: plan.profile,
        binary: plan.binary,
        reading: plan.reading,
        slices: plan.slices,
        grey: state.progress.grey,
        judgement: Judgement::uncalibrated(model.thresholds),
        training: GanTraining {
            songs: taught.len(),
            slices: songs.train.len(),
            rows: plan.rows,
            epochs: plan.epochs,
            learning_rate: plan.learning_rate,
            seed: plan.seed,
            device: engine.describe(),
            works: model.training.works.clone(),
            heard: taught,
            tuned_on: heard(songs.dataset, songs.validation),
        },
    };
    let mut values = state.networks()?.kept()?;
    values.extend(state.latents()?);
    let mut file = GanFile::new(out, card, values)?;
    if plan.labelled {
        let mut validation: Vec<_> = songs.validation.iter().map(|slice| slice.song).collect();
        validation.dedup();
        let mut go_on = |done, of| observe(Event::Judged { songs: (done, of) });
        let judged = calibrate(engine, &file, data.model, songs.dataset, songs.gathered, &validation, &mut go_on)?;
        file.card.judgement = judged.ok_or(Halt::Told)?;
    }
    file.write(Precision::F32)?;
    // The run is over: its checkpoint would only take up room.
    std::fs::remove_file(&state.path).map_err(Error::io(&state.path))?;
    Ok(Finished { card: file.card, history: state.progress.history.clone() })
}
