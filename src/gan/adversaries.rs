//! One phase's networks on an engine: the critic's step, the generator's step, and what they look like.

use super::plan::GanPlan;
use super::sheet::Gallery;
use super::steps::{Scene, steps};
use crate::blocking;
use crate::error::{Error, Result};
use crate::gpu::{Engine, Readback};
use crate::models::gan::{Grey, Reading, Table};
use crate::nn::{Net, StepTensor};
use crate::plan::{Plan, PlanOptions, Variables};
use crate::train::{Names, names, read, restore};
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
pub struct MakerReport {
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
const CRITIC: u32 = 0;
const MAKER: u32 = 1;

/// The networks of a phase in training.
#[derive(Debug)]
pub struct Adversaries {
    plan: GanPlan,
    table: Table,
    phase: usize,
    variables: Variables,
    critic: Plan,
    maker: Plan,
    gallery: Gallery,
    kept: Names,
    slots: Names,
}

impl Adversaries {
    /// Plans a phase, with weights as the seed says, or `carried` from the phase before where they are there. The optimisers start anew.
    ///
    /// `picture` is the height of a slice and the width of all slices in a row.
    ///
    /// # Errors
    /// [`Error::Argument`] for a phase that there is none of, [`Error::Gpu`] if the device's memory or limits do not suffice.
    pub fn new(
        engine: &Engine,
        plan: &GanPlan,
        genres: usize,
        grey: Grey,
        picture: [usize; 2],
        phase: usize,
        carried: Option<Variables>,
    ) -> Result<Self> {
        if plan.reading == Reading::Transfer && genres < 2 {
            let problem = "slices of one genre cannot be translated into another".into();
            return Err(Error::Argument { operation: "gan", problem });
        }
        let table = plan.table(genres);
        let scene = Scene { plan, table: &table, grey, picture, phase };
        let nets = steps(plan, genres, grey, picture, phase)?;
        let mut variables = carried.unwrap_or_else(|| Variables::new(engine));
        nets.iter().try_for_each(|net| net.initialise(&mut variables, plan.seed))?;
        let of = |list: fn(&Net) -> Vec<(&str, &crate::shape::Shape)>| -> Names {
            nets.iter().flat_map(|net| names(list(net))).collect()
        };
        let (kept, slots) = (of(Net::kept), of(Net::slots));
        for (name, shape) in &slots {
            variables.set(name.clone(), shape.clone(), &vec![0.0; shape.iter().product()])?;
        }
        let [critic, maker] = nets.map(|net| Plan::new(&net.graph, &variables, PlanOptions::default()));
        let (critic, maker) =
            (critic.map_err(|error| smaller(error, plan))?, maker.map_err(|error| smaller(error, plan))?);
        let gallery = Gallery::new(&scene, &variables)?;
        Ok(Self { plan: *plan, phase, variables, critic, maker, gallery, kept, slots, table })
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
        [&self.critic, &self.maker]
    }

    pub(super) fn gallery(&self) -> &Gallery {
        &self.gallery
    }

    /// Submits the critic's step `step` (counted from 1 in this phase) on `slices` (rows,genres,H,W); `epoch` counts over all phases.
    ///
    /// # Errors
    /// [`Error::Shape`] if the count does not fit, [`Error::Gpu`] if the device fails.
    pub fn start_critic(&self, slices: &[f32], epoch: u64, step: StepTensor) -> Result<Readback> {
        self.start(&self.critic, slices, epoch, step, CRITIC)
    }

    /// Submits the generator's step `step`, counted by itself; else as [`start_critic`](Self::start_critic).
    ///
    /// # Errors
    /// As [`start_critic`](Self::start_critic).
    pub fn start_maker(&self, slices: &[f32], epoch: u64, step: StepTensor) -> Result<Readback> {
        self.start(&self.maker, slices, epoch, step, MAKER)
    }

    fn start(&self, plan: &Plan, slices: &[f32], epoch: u64, step: StepTensor, who: u32) -> Result<Readback> {
        let mut submission = self.variables.engine().submission();
        submission.write(plan.input("slices")?, slices)?;
        submission.write(plan.input("slope")?, &[self.plan.slope(epoch)])?;
        let other = GanPlan::other(self.table.genres, step.step);
        let by = if self.plan.reading == Reading::Analysis { 0 } else { other };
        submission.write(plan.input("select")?, &self.turned(by))?;
        if who == MAKER && self.plan.contrasts(self.table.genres) {
            submission.write(plan.input("wrong")?, &self.turned(other))?;
        }
        let place = [self.phase as u32, who];
        submission.write(plan.input("seed")?, &words(self.plan.seed, step.step, place))?;
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
        read(&self.variables, &self.kept)
    }

    /// What goes on with training beside that.
    ///
    /// # Errors
    /// [`Error::Gpu`] if the device fails.
    pub fn slots(&self) -> Result<Values> {
        read(&self.variables, &self.slots)
    }

    /// Puts back what [`kept`](Self::kept) and [`slots`](Self::slots) gave.
    ///
    /// # Errors
    /// [`Error::Argument`] naming a tensor that is missing or of another shape.
    pub fn restore(&mut self, values: &Tensors) -> Result<()> {
        restore(&mut self.variables, self.kept.iter().chain(&self.slots), values)
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

    /// Whether all are numbers.
    pub fn is_finite(&self) -> bool {
        let &Self { distance, penalty, confusion } = self;
        [distance, penalty, confusion].iter().all(|value| value.is_finite())
    }
}

impl MakerReport {
    /// Waits for a step that was [started](Adversaries::start_maker).
    ///
    /// # Errors
    /// [`Error::Gpu`] if the device failed.
    pub fn wait(report: Readback) -> Result<Self> {
        let [adversarial, own, cycle, content, confusion, latent, contrast] = numbers(report)?;
        Ok(Self { adversarial, own, cycle, content, confusion, latent, contrast })
    }

    /// Whether all are numbers.
    pub fn is_finite(&self) -> bool {
        let &Self { adversarial, own, cycle, content, confusion, latent, contrast } = self;
        [adversarial, own, cycle, content, confusion, latent, contrast].iter().all(|value| value.is_finite())
    }
}

fn numbers<const N: usize>(report: Readback) -> Result<[f32; N]> {
    let numbers = blocking::take(report)?;
    let count = numbers.len();
    numbers.try_into().map_err(|_| Error::shape("gan", "report", format_args!("{N} numbers"), count))
}

/// What a step draws from.
fn words(seed: u64, step: u64, [phase, who]: [u32; 2]) -> [f32; 8] {
    let words = [seed as u32, (seed >> 32) as u32, step as u32, (step >> 32) as u32, phase, who, 0, 0];
    words.map(f32::from_bits)
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
