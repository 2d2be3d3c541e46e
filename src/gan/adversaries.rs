//! One phase's networks on an engine: the critic's step, the generator's step, and what they look like.

use super::plan::{GanPlan, Task};
use super::sheet::Gallery;
use super::steps::{Scene, steps};
use crate::blocking;
use crate::error::{Error, Result};
use crate::gpu::{Engine, Readback};
use crate::models::gan::{Reading, Table};
use crate::nn::{SeedTensor, StepTensor};
use crate::plan::{Plan, PlanOptions, Variables};
use crate::train::Held;
use crate::weights::{Tensors, Values};

/// What a critic's step gave.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CriticReport {
    /// The Wasserstein distance as the critic sees it: its mean score of real rows minus that of made ones.
    pub distance: f32,
    /// The gradient penalty, before its factor.
    pub penalty: f32,
    /// Cross-entropy of the latent vectors' genres; ln of the genres says that they cannot be told apart.
    pub confusion: f32,
}

/// What a generator's step gave, before factors.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct GeneratorReport {
    /// Minus the critic's mean score.
    pub adversarial: f32,
    /// L1 of slices and their renderings in their own genre.
    pub own: f32,
    /// L1 of slices and translations translated back.
    pub cycle: f32,
    /// L1 of slices and their translations.
    pub content: f32,
    /// Cross-entropy of the latent vectors' genres from an even guess.
    pub confusion: f32,
    /// Mean square of the latent vectors.
    pub latent: f32,
    /// How much slices' renderings in their own genre are not nearer than in a wrong one.
    pub contrast: f32,
}

/// Who learns in a step.
#[derive(Clone, Copy, PartialEq)]
enum Player {
    Critic,
    Generator,
}

/// The networks of a phase in training.
#[derive(Debug)]
pub struct Adversaries {
    plan: GanPlan,
    table: Table,
    phase: usize,
    variables: Variables,
    critic: Plan,
    generator: Plan,
    gallery: Gallery,
    held: Held,
}

impl Adversaries {
    /// Plans a phase, with weights as the seed says, or `carried` from the phase before where they are there. The optimisers start anew.
    ///
    /// # Errors
    /// [`Error::Argument`] for a phase that there is none of, [`Error::Gpu`] if the device's memory or limits do not suffice.
    pub fn new(engine: &Engine, plan: &GanPlan, task: Task, phase: usize, carried: Option<Variables>) -> Result<Self> {
        if plan.reading == Reading::Transfer && task.genres < 2 {
            let problem = "slices of one genre cannot be translated into another".into();
            return Err(Error::Argument { operation: "gan", problem });
        }
        let table = plan.table(task.genres);
        let scene = Scene { plan, table: &table, task, phase };
        let nets = steps(plan, task, phase)?;
        let mut variables = carried.unwrap_or_else(|| Variables::new(engine));
        nets.iter().try_for_each(|net| net.initialise(&mut variables, plan.seed))?;
        let both = nets.each_ref();
        let held = Held::of(&both, &both);
        held.clear_slots(&mut variables)?;
        let [critic, generator] = nets.map(|net| Plan::new(&net.graph, &variables, PlanOptions::default()));
        let (critic, generator) =
            (critic.map_err(|error| smaller(error, plan))?, generator.map_err(|error| smaller(error, plan))?);
        let gallery = Gallery::new(&scene, &variables)?;
        Ok(Self { plan: *plan, phase, variables, critic, generator, gallery, held, table })
    }

    /// The networks' table.
    pub fn table(&self) -> &Table {
        &self.table
    }

    /// How far they have grown.
    pub fn phase(&self) -> usize {
        self.phase
    }

    /// All variables.
    pub fn variables(&self) -> &Variables {
        &self.variables
    }

    /// The variables, for the next phase.
    pub fn into_variables(self) -> Variables {
        self.variables
    }

    /// The plans of the critic's and the generator's step.
    pub fn plans(&self) -> [&Plan; 2] {
        [&self.critic, &self.generator]
    }

    pub(super) fn gallery(&self) -> &Gallery {
        &self.gallery
    }

    /// Submits the critic's step `step` (counted from 1 in this phase) on `slices` (rows,genres,H,W); `epoch` counts over all phases.
    ///
    /// # Errors
    /// [`Error::Shape`] if the count does not fit, [`Error::Gpu`] if the device fails.
    pub fn start_critic(&self, slices: &[f32], epoch: u64, step: StepTensor) -> Result<Readback> {
        self.start(Player::Critic, slices, epoch, step)
    }

    /// Submits the generator's step `step`, counted by itself; else as [`start_critic`](Self::start_critic).
    ///
    /// # Errors
    /// As [`start_critic`](Self::start_critic).
    pub fn start_generator(&self, slices: &[f32], epoch: u64, step: StepTensor) -> Result<Readback> {
        self.start(Player::Generator, slices, epoch, step)
    }

    fn start(&self, who: Player, slices: &[f32], epoch: u64, step: StepTensor) -> Result<Readback> {
        let plan = if who == Player::Critic { &self.critic } else { &self.generator };
        let mut submission = self.variables.engine().submission();
        submission.write(plan.input("slices")?, slices)?;
        submission.write(plan.input("slope")?, &[self.plan.slope(epoch)])?;
        let other = GanPlan::other(self.table.genres, step.step);
        let by = if self.plan.reading == Reading::Analysis { 0 } else { other };
        submission.write(plan.input("select")?, &self.turned(by))?;
        if who == Player::Generator && self.plan.contrasts(self.table.genres) {
            submission.write(plan.input("wrong")?, &self.turned(other))?;
        }
        let seed = SeedTensor { seed: self.plan.seed, step: step.step, place: [self.phase as u32, who as u32] };
        submission.write(plan.input("seed")?, &seed.words(0))?;
        submission.write(plan.input("step")?, &step.words())?;
        plan.add_to(&mut submission);
        let report = submission.read(plan.output("report")?);
        submission.submit()?;
        Ok(report)
    }

    /// A choice: slices in the genre that is so many behind their own.
    fn turned(&self, by: usize) -> Vec<f32> {
        let genres = self.table.genres;
        (0..genres * genres).map(|i| if (i / genres + by) % genres == i % genres { 1.0 } else { 0.0 }).collect()
    }

    /// Weights and running statistics of all networks.
    ///
    /// # Errors
    /// [`Error::Gpu`] if the device fails.
    pub fn kept(&self) -> Result<Values> {
        self.held.kept(&self.variables)
    }

    /// What goes on with training beside that.
    ///
    /// # Errors
    /// [`Error::Gpu`] if the device fails.
    pub fn slots(&self) -> Result<Values> {
        self.held.slots(&self.variables)
    }

    /// Puts back what [`kept`](Self::kept) and [`slots`](Self::slots) gave.
    ///
    /// # Errors
    /// [`Error::Resume`] naming a tensor that is missing or of another shape.
    pub fn restore(&mut self, values: &Tensors) -> Result<()> {
        self.held.restore(&mut self.variables, values)
    }
}

impl CriticReport {
    /// Waits for a step that was [started](Adversaries::start_critic).
    ///
    /// # Errors
    /// [`Error::Gpu`] if the device failed.
    pub fn wait(report: Readback) -> Result<Self> {
        let [distance, penalty, confusion] = numbers(report)?;
        Ok(Self { distance, penalty, confusion })
    }

    /// The numbers in their order here, which is that of the step's report.
    pub fn array(&self) -> [f32; 3] {
        let &Self { distance, penalty, confusion } = self;
        [distance, penalty, confusion]
    }
}

impl GeneratorReport {
    /// Waits for a step that was [started](Adversaries::start_generator).
    ///
    /// # Errors
    /// [`Error::Gpu`] if the device failed.
    pub fn wait(report: Readback) -> Result<Self> {
        let [adversarial, own, cycle, content, confusion, latent, contrast] = numbers(report)?;
        Ok(Self { adversarial, own, cycle, content, confusion, latent, contrast })
    }

    /// The numbers in their order here, which is that of the step's report.
    pub fn array(&self) -> [f32; 7] {
        let &Self { adversarial, own, cycle, content, confusion, latent, contrast } = self;
        [adversarial, own, cycle, content, confusion, latent, contrast]
    }
}

fn numbers<const N: usize>(report: Readback) -> Result<[f32; N]> {
    let numbers = blocking::take(report)?;
    let count = numbers.len();
    numbers.try_into().map_err(|_| Error::shape("gan", "report", format_args!("{N} numbers"), count))
}

/// What helps where a phase does not fit the device.
fn smaller(error: Error, plan: &GanPlan) -> Error {
    match error {
        Error::Gpu(problem) => Error::Gpu(format!("{problem}; fewer rows a step than {} need less", plan.rows)),
        Error::Shape { .. } | Error::Argument { .. } if plan.rows > 1 => {
            Error::Gpu(format!("{error}; fewer rows a step than {} may fit", plan.rows))
        }
        error => error,
    }
}
