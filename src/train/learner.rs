//! One training step: slices and targets in, weights changed, losses and logits out.
//!
//! A batch that the device cannot hold in one piece is cut into parts whose gradients are summed before the weights
//! change. The step is that of the whole batch, dropout included; only batch norm normalises over a part.

use super::held::Held;
use crate::blocking;
use crate::error::{Error, Result};
use crate::gpu::{Engine, Readback};
use crate::graph::{Id, Op, Update};
use crate::models::System;
use crate::nn::{Init, Mode, Net, SeedTensor, StepTensor, binary_cross_entropies, follow, minimise};
use crate::plan::{Plan, PlanOptions, Variables};
use crate::shape::Reduction;
use crate::weights::{Tensors, Values};

/// What a learner has to know.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    /// The network.
    pub system: System,
    /// Height and width of a slice.
    pub slice: [usize; 2],
    /// Number of labels.
    pub classes: usize,
    /// Slices a step.
    pub batch: usize,
    /// The largest joint norm of the gradients; `None` leaves them.
    pub clip: Option<f32>,
    /// Seed of initial values and dropout.
    pub seed: u64,
}

/// What a network learns beside its answers, in training alone (Romero et al. 2015): a layer of its own tells shares, which are apart from each
/// other, from what the last layer reads.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Hints {
    /// How many.
    pub count: usize,
    /// What their mean cross-entropy counts beside that of the answers.
    pub weight: f32,
}

/// Where the names of the layer for [`Hints`] begin: it is no part of the model.
pub(super) const HINTS: &str = "hints";

/// What a step gave.
#[derive(Clone, Debug, PartialEq)]
pub struct StepReport {
    /// Cross-entropy of each slice's answer.
    pub losses: Vec<f32>,
    /// (batch, classes)
    pub logits: Vec<f32>,
}

impl StepReport {
    /// The mean of the losses.
    pub fn loss(&self) -> f32 {
        (self.losses.iter().map(|&loss| f64::from(loss)).sum::<f64>() / self.losses.len() as f64) as f32
    }
}

/// A network in training on an engine.
#[derive(Debug)]
pub struct Learner {
    settings: Settings,
    hints: Option<Hints>,
    variables: Variables,
    part: usize,
    gradients: Plan,
    /// Only where a batch comes in parts: what changes the weights once their gradients are summed.
    apply: Option<Plan>,
    held: Held,
    parameters: usize,
}

impl Learner {
    /// Plans training, with weights as the system and the seed say.
    ///
    /// # Errors
    /// [`Error::Gpu`] if not even one slice fits the device.
    pub fn new(engine: &Engine, settings: Settings) -> Result<Self> {
        Self::hinted(engine, settings, None)
    }

    /// The same with something to learn beside the answers; the targets of a step have that behind them.
    ///
    /// # Errors
    /// As [`new`](Self::new), and [`Error::Argument`] if the network does not end in a dense layer.
    pub fn hinted(engine: &Engine, settings: Settings, hints: Option<Hints>) -> Result<Self> {
        let part = largest_part(engine, &settings, hints)?;
        let mut variables = Variables::new(engine);
        let (mut net, report) = network(&settings, hints, part)?;
        let loss = loss(&mut net, report, settings.batch)?;
        let apply = if part == settings.batch {
            minimise(&mut net, loss, settings.system.optimiser, settings.clip)?;
            None
        } else {
            Some(split(&mut net, loss, &settings)?)
        };
        let owner = apply.as_ref().unwrap_or(&net);
        let held = Held::of(&[&net], &[owner]);
        // Sums are zero between steps: how a batch is cut is the device's affair, not a checkpoint's.
        let held = if apply.is_some() { held.without_slots(&net) } else { held };
        net.initialise(&mut variables, settings.seed)?;
        if let Some(apply) = &apply {
            apply.initialise(&mut variables, settings.seed)?;
        }
        let gradients = Plan::new(&net.graph, &variables, PlanOptions::default())?;
        let apply = apply.map(|net| Plan::new(&net.graph, &variables, PlanOptions::default())).transpose()?;
        Ok(Self { settings, hints, variables, part, gradients, apply, held, parameters: net.parameters() })
    }

    /// Takes these weights by their names instead of the initial ones.
    ///
    /// # Errors
    /// [`Error::Argument`] for a tensor that the network does not keep, or keeps in another shape.
    pub fn start_from(&mut self, values: &Values) -> Result<()> {
        for (name, (shape, values)) in values {
            if self.variables.get(name).is_none_or(|own| own.shape().dims() != shape) {
                let problem = format!("the network has no variable {name} of shape {shape:?} to start from");
                return Err(Error::Argument { operation: "train", problem });
            }
            self.variables.set(name, shape.clone(), values)?;
        }
        Ok(())
    }

    /// What it was made for.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Slices that go through the network at once; a divisor of the batch.
    pub fn part(&self) -> usize {
        self.part
    }

    /// Number of parameters.
    pub fn parameters(&self) -> usize {
        self.parameters
    }

    /// Weights, statistics and slots.
    pub fn variables(&self) -> &Variables {
        &self.variables
    }

    /// Parts in which a batch goes through the network.
    pub fn parts(&self) -> usize {
        self.settings.batch / self.part
    }

    /// The plans of a step, in order: the network's once a part, then what changes the weights where that is a plan of its own.
    pub fn plans(&self) -> Vec<&Plan> {
        std::iter::repeat_n(&self.gradients, self.parts()).chain(&self.apply).collect()
    }

    /// Submits step `step` (from 1), also one in parts, at once: `slices` (batch,H,W), `targets` (batch,classes + hints): probabilities, and the
    /// shares of the hints.
    /// The report arrives while the next step is prepared: see [`Pending::wait`].
    ///
    /// # Errors
    /// [`Error::Shape`] if the counts do not fit, [`Error::Gpu`] if the device fails.
    pub fn step(&self, slices: &[f32], targets: &[f32], learning_rate: f32, step: u64) -> Result<Pending> {
        let Settings { slice: [h, w], classes, batch, .. } = self.settings;
        let wide = width(&self.settings, self.hints);
        if slices.len() != batch * h * w || targets.len() != batch * wide {
            let got = format!("{} and {} values", slices.len(), targets.len());
            return Err(Error::shape("step", "slices, targets", format_args!("{batch} slices and targets"), got));
        }
        let words = StepTensor { learning_rate, step }.words();
        let seed = SeedTensor { seed: self.settings.seed, step, place: [0; 2] };
        let mut submission = self.engine().submission();
        let mut reports = Vec::new();
        let parts = slices.chunks(self.part * h * w).zip(targets.chunks(self.part * wide));
        for (part, (slices, targets)) in parts.enumerate() {
            submission.write(self.gradients.input("slices")?, slices)?;
            submission.write(self.gradients.input("targets")?, targets)?;
            submission.write(self.gradients.input("seed")?, &seed.words(part as u32))?;
            if self.apply.is_none() {
                submission.write(self.gradients.input("step")?, &words)?;
            }
            self.gradients.add_to(&mut submission);
            reports.push(submission.read(self.gradients.output("report")?));
        }
        if let Some(apply) = &self.apply {
            submission.write(apply.input("step")?, &words)?;
            apply.add_to(&mut submission);
        }
        submission.submit()?;
        Ok(Pending { reports, classes })
    }

    fn engine(&self) -> &Engine {
        self.variables.engine()
    }

    /// Everything that has to be kept to use the network: weights and running statistics.
    ///
    /// # Errors
    /// [`Error::Gpu`] if the device fails.
    pub fn kept(&self) -> Result<Values> {
        self.held.kept(&self.variables)
    }

    /// What training needs beside that.
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

/// A step under way.
#[derive(Debug)]
pub struct Pending {
    reports: Vec<Readback>,
    classes: usize,
}

impl Pending {
    /// Waits for the step to end, not for what was submitted behind it.
    ///
    /// # Errors
    /// [`Error::Gpu`] if the device failed.
    pub fn wait(self) -> Result<StepReport> {
        let mut report = StepReport { losses: Vec::new(), logits: Vec::new() };
        for part in self.reports {
            for row in blocking::take(part)?.chunks_exact(1 + self.classes) {
                report.losses.push(row[0]);
                report.logits.extend_from_slice(&row[1..]);
            }
        }
        Ok(report)
    }
}

/// Numbers of a slice's target.
fn width(settings: &Settings, hints: Option<Hints>) -> usize {
    settings.classes + hints.map_or(0, |hints| hints.count)
}

/// The network on `part` slices with input `targets`, an output `report` with a row a slice: the loss of its answer, then its logits. What it gives is
/// the loss of each slice with its hints'.
fn network(settings: &Settings, hints: Option<Hints>, part: usize) -> Result<(Net, Id)> {
    let classes = settings.classes;
    let (mut net, logits) = settings.system.network(Mode::Training, part, settings.slice, classes)?;
    let targets = net.graph.input("targets", [part, width(settings, hints)])?;
    let answers = if hints.is_some() { net.graph.slice(targets, &[0, 0], &[part, classes])? } else { targets };
    let losses = net.graph.cross_entropy(logits, answers)?;
    let column = net.graph.reshape(losses, [part, 1])?;
    let report = net.graph.concat(&[column, logits], 1)?;
    net.graph.output("report", report)?;
    let Some(hints) = hints else { return Ok((net, losses)) };
    let embedding = net.embedding().ok_or_else(|| {
        let problem =
            format!("{} does not end in a dense layer, and has nothing to tell hints from", settings.system.name);
        Error::Argument { operation: "train", problem }
    })?;
    let told = net.dense(HINTS, embedding, hints.count, Init::GlorotUniform)?;
    let shares = net.graph.slice(targets, &[0, classes], &[part, classes + hints.count])?;
    let each = binary_cross_entropies(&mut net.graph, told, shares)?;
    let mean = net.graph.reduce(Reduction::Mean, each, &[1])?;
    let beside = net.graph.affine(mean, hints.weight, 0.0)?;
    let losses = net.graph.plus(losses, beside)?;
    Ok((net, losses))
}

/// The sum of the losses over the whole batch's size.
fn loss(net: &mut Net, losses: Id, batch: usize) -> Result<Id> {
    let sum = net.graph.sum_all(losses)?;
    net.graph.affine(sum, 1.0 / batch as f32, 0.0)
}

/// Makes `net` add its gradients to variables, and gives the network that steps along them and clears them.
fn split(net: &mut Net, loss: Id, settings: &Settings) -> Result<Net> {
    let weights = net.weights();
    let gradients = net.graph.gradients(loss, &weights)?;
    for (&weight, gradient) in weights.iter().zip(gradients) {
        let sum = net.slot("gradient", weight, 0.0)?;
        let value = net.graph.plus(sum, gradient)?;
        net.graph.update(Update::Assign { variable: sum, value })?;
    }
    let mut apply = Net::new(Mode::Inference)?;
    let mut sums = Vec::new();
    for &weight in &weights {
        let node = net.graph.node(weight);
        let Op::Variable(name) = &node.op else { continue };
        let weight = apply.adopt(name, node.shape.clone())?;
        sums.push(apply.slot("gradient", weight, 0.0)?);
    }
    follow(&mut apply, &sums, settings.system.optimiser, settings.clip)?;
    for &sum in &sums {
        let shape = apply.graph.shape(sum).clone();
        let value = apply.graph.constant(0.0, shape)?;
        apply.graph.update(Update::Assign { variable: sum, value })?;
    }
    Ok(apply)
}

/// The most slices whose largest tensor fits one binding: a divisor of the batch.
fn largest_part(engine: &Engine, settings: &Settings, hints: Option<Hints>) -> Result<usize> {
    let (net, _) = network(settings, hints, 1)?;
    let grows = |id: &Id| !matches!(net.graph.node(*id).op, Op::Variable(_));
    let a_slice = net.graph.ids().filter(grows).map(|id| 4 * net.graph.shape(id).count() as u64).max().unwrap_or(4);
    let fits =
        |part: &usize| settings.batch.is_multiple_of(*part) && a_slice * *part as u64 <= engine.largest_binding();
    (1..=settings.batch).rev().find(fits).ok_or_else(|| {
        Error::Gpu(format!(
            "{}: one slice of {} needs a larger binding than the device has",
            engine.info().name,
            settings.system.name
        ))
    })
}
