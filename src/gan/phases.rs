//! The way of a run: steps, phases, checkpoints.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::adversaries::{Adversaries, CriticReport, GeneratorReport};
use super::checkpoint::{Progress, Sums};
use super::plan::{GanPlan, Task};
use super::sheet::Diversity;
use super::told::{Event, PhaseReport};
use crate::data::{Batches, Loader};
use crate::error::Result;
use crate::gpu::{Engine, Readback};
use crate::models::gan::{MIXED, Reading, of_codes};
use crate::nn::StepTensor;
use crate::plan::Variables;
use crate::train::Halt;
use crate::weights::{Tensors, Values};

/// A made picture's distance from another, as a share of that of real ones, below which a phase has collapsed.
const COLLAPSED: f64 = 0.1;
/// The same of a slice from its translation: below it, slices are copied.
const COPIED: f64 = 0.1;
/// The smallest side of pictures whose distance says something.
const TELLING: usize = 8;
/// A Wasserstein distance beyond which a critic has lost its measure: with a penalty that holds slopes near 1, scores of pictures differ by
/// no more than the pictures' own distance, which is below 128 sqrt(genres).
const BEYOND: f32 = 1e5;
/// A checkpoint is not older than this.
const SAVED_EVERY: Duration = Duration::from_secs(120);

/// A run on its way. The networks are a phase's own, and so are handed along beside it.
pub(super) struct Phases<'a> {
    pub engine: &'a Engine,
    pub plan: &'a GanPlan,
    pub task: Task,
    /// Whether pictures have their lowest row first.
    pub upright: bool,
    pub batches: Arc<Batches>,
    pub progress: Progress,
    /// The checkpoint.
    pub path: PathBuf,
}

/// A step that was submitted and not yet reported.
struct UnderWay {
    critic: Readback,
    generator: Option<Readback>,
}

type Observe<'a> = &'a mut dyn FnMut(Event) -> bool;

impl Phases<'_> {
    /// Steps of a phase.
    pub fn steps(&self) -> u64 {
        self.plan.steps(&self.batches)
    }

    /// All phases that are left, from the weights that a checkpoint has; the last one's networks. Where a run is told to stop, its checkpoint
    /// is written.
    pub fn run(&mut self, saved: Option<&Tensors>, observe: Observe<'_>) -> Result<Adversaries, Halt> {
        let mut networks = self.networks(None)?;
        if let Some(tensors) = saved {
            networks.restore(tensors)?;
        }
        loop {
            self.phase(&networks, observe).map_err(|halt| self.halted(&networks, halt))?;
            if self.is_last(&networks) {
                return Ok(networks);
            }
            self.progress.phase += 1;
            self.progress.steps = 0;
            self.progress.sums = Sums::default();
            networks = self.networks(Some(networks.into_variables()))?;
        }
    }

    fn networks(&self, carried: Option<Variables>) -> Result<Adversaries> {
        Adversaries::new(self.engine, self.plan, self.task, self.progress.phase, carried)
    }

    fn is_last(&self, networks: &Adversaries) -> bool {
        self.progress.phase + 1 == networks.table().phases()
    }

    /// What is left of a phase: its steps, and the look at what it made unless that was done.
    fn phase(&mut self, networks: &Adversaries, observe: Observe<'_>) -> Result<(), Halt> {
        self.all_steps(networks, observe)?;
        if self.progress.history.len() <= self.progress.phase {
            self.end_phase(networks, observe)?;
        }
        Ok(())
    }

    /// Each step is submitted before the report of the one before is waited for.
    fn all_steps(&mut self, networks: &Adversaries, observe: Observe<'_>) -> Result<(), Halt> {
        let (each, epochs) = (self.batches.steps(), self.plan.epochs as u64);
        let before = self.progress.phase as u64 * epochs;
        let from = (before + self.progress.steps / each, self.progress.steps % each);
        let loader = Loader::start(Arc::clone(&self.batches), from, before + epochs, 4)?;
        let mut under_way = None;
        let (mut begun, mut saved) = (Instant::now(), Instant::now());
        for batch in loader {
            let batch = batch?;
            let step = self.progress.steps + u64::from(under_way.is_some()) + 1;
            let at = self.plan.step(self.is_last(networks), step, self.steps());
            let critic = networks.start_critic(&batch.slices, batch.epoch, at)?;
            // Its own count: the genres of its steps come in turn, and its optimiser's means are corrected by it.
            let own = self.plan.made(step).map(|step| StepTensor { step, ..at });
            let generator = own.map(|own| networks.start_generator(&batch.slices, batch.epoch, own)).transpose()?;
            let before = under_way.replace(UnderWay { critic, generator });
            let told = self.report(networks, before, &mut begun, observe);
            if told.is_err() || saved.elapsed() >= SAVED_EVERY {
                // The weights have taken the step under way too: it counts before they are saved.
                let last = self.report(networks, under_way.take(), &mut begun, observe);
                told.and(last)?;
                self.save(networks)?;
                saved = Instant::now();
            }
        }
        self.report(networks, under_way, &mut begun, observe)
    }

    /// Waits for a step, if there is one, counts it and tells of it.
    fn report(
        &mut self,
        networks: &Adversaries,
        step: Option<UnderWay>,
        begun: &mut Instant,
        observe: Observe<'_>,
    ) -> Result<(), Halt> {
        let Some(step) = step else { return Ok(()) };
        let critic = CriticReport::wait(step.critic)?;
        let generator = step.generator.map(GeneratorReport::wait).transpose()?;
        let at = self.progress.steps + 1;
        self.whole(at, &critic, generator.as_ref())?;
        // Sums are those of the last epoch; of as many steps as hold one of the generator, where an epoch has fewer.
        let counted = self.batches.steps().max(self.plan.critic_steps);
        if self.progress.steps + counted == self.steps() {
            self.progress.sums = Sums { seconds: self.progress.sums.seconds, ..Sums::default() };
        }
        self.progress.steps = at;
        let sums = &mut self.progress.sums;
        sums.steps[0] += 1;
        add(&mut sums.critic, critic.array());
        if let Some(generator) = generator {
            sums.steps[1] += 1;
            add(&mut sums.generator, generator.array());
        }
        sums.seconds += begun.elapsed().as_secs_f64();
        *begun = Instant::now();
        let [_, side, _] = networks.table().volume(self.progress.phase)?;
        let (steps, phase) = ((at, self.steps()), (self.progress.phase, networks.table().phases()));
        Halt::unless(observe, Event::Step { phase, side, steps, critic, generator })
    }

    /// Halts where a step's losses are no numbers, or beyond what they can be.
    fn whole(&self, step: u64, critic: &CriticReport, generator: Option<&GeneratorReport>) -> Result<(), Halt> {
        let phase = self.progress.phase + 1;
        let mut losses = critic.array().into_iter().chain(generator.into_iter().flat_map(GeneratorReport::array));
        if !losses.all(f32::is_finite) {
            return Err(Halt::Diverged(format!("a loss is not a number in step {step} of phase {phase}")));
        }
        if critic.distance.abs() > BEYOND {
            let problem = format!("the critic's distance is {} in step {step} of phase {phase}", critic.distance);
            return Err(Halt::Diverged(problem));
        }
        Ok(())
    }

    /// Looks at what the phase has made, and saves.
    fn end_phase(&mut self, networks: &Adversaries, observe: Observe<'_>) -> Result<(), Halt> {
        let batch = self.batches.epoch(0).batch(0)?;
        let (sheet, Diversity { real, made }) = networks.gallery().look(&batch.slices, self.upright)?;
        let phase = self.progress.phase;
        let volume = networks.table().volume(phase)?;
        let Sums { steps, critic, generator, seconds } = self.progress.sums;
        let [distance, penalty, confusion] = critic.map(|sum| sum / steps[0].max(1) as f64);
        let [adversarial, own, cycle, content, _, _, contrast] = generator.map(|sum| sum / steps[1].max(1) as f64);
        let mut warnings = Vec::new();
        if volume[1] >= TELLING && made < COLLAPSED * real {
            warnings.push(format!(
                "two made pictures of a genre differ by {made:.3} where two slices differ by {real:.3}: the generator has collapsed; more \
                 songs, more epochs or more rows a step may help"
            ));
        }
        if self.plan.reading == Reading::Transfer && volume[1] >= TELLING && content < COPIED * real {
            warnings.push(format!(
                "slices differ from their translations by {content:.3}, from each other by {real:.3}: the networks copy them, and say what the \
                 classifier says of the slices themselves"
            ));
        }
        let report = PhaseReport {
            phase,
            volume,
            steps: self.progress.steps,
            seconds,
            distance,
            penalty,
            confusion,
            adversarial,
            own,
            cycle,
            content,
            contrast,
            diversity_real: real,
            diversity_made: made,
            warnings,
        };
        self.progress.history.push(report.clone());
        self.save(networks)?;
        Halt::unless(observe, Event::Phase(report, sheet))
    }

    /// What latent vectors are drawn as: those of the first slices.
    pub fn latents(&self, networks: &Adversaries) -> Result<Values> {
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

    /// Saves before a run stops that was told to.
    pub fn halted(&self, networks: &Adversaries, halt: Halt) -> Halt {
        match halt {
            Halt::Told => self.save(networks).err().unwrap_or(Halt::Told),
            halt => halt,
        }
    }

    /// Writes the checkpoint, unless the weights are no numbers.
    fn save(&self, networks: &Adversaries) -> Result<(), Halt> {
        self.progress.write(&self.path, networks).map_err(Halt::of_checkpoint)
    }
}

fn add<const N: usize>(sums: &mut [f64; N], values: [f32; N]) {
    sums.iter_mut().zip(values).for_each(|(sum, value)| *sum += f64::from(value));
}
