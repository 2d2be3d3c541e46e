//! Layer 5. A model on slices: probabilities out.

use crate::blocking;
use crate::error::{Error, Result};
use crate::gpu::Engine;
use crate::nn::Mode;
use crate::plan::{Plan, PlanOptions, Variables};
use crate::weights::{Card, ModelFile};

/// A model ready to answer on an engine.
#[derive(Debug)]
pub struct Predictor {
    plan: Plan,
    batch: usize,
    slice: usize,
    classes: usize,
}

impl Predictor {
    /// Uploads a model file and plans its network for batches of `batch` slices.
    ///
    /// # Errors
    /// [`Error::Gpu`] if the device's memory or limits do not suffice.
    pub fn new(engine: &Engine, model: &ModelFile, batch: usize) -> Result<Self> {
        let mut variables = Variables::new(engine);
        model.load(&mut variables)?;
        Self::shared(&model.card, &variables, batch)
    }

    /// The same on variables that are there already, such as those of a training plan: it answers with what they hold when
    /// it is asked.
    ///
    /// # Errors
    /// [`Error::Argument`] if one is missing, [`Error::Gpu`] if memory or limits do not suffice.
    pub fn shared(card: &Card, variables: &Variables, batch: usize) -> Result<Self> {
        let (mut net, logits) = card.network(Mode::Inference, batch)?;
        let probabilities = net.graph.softmax(logits)?;
        net.graph.output("probabilities", probabilities)?;
        let plan = Plan::new(&net.graph, variables, PlanOptions::default())?;
        let slices = card.front_end.slices();
        let slice = (slices.width * slices.height) as usize;
        Ok(Self { plan, batch, slice, classes: card.labels.len() })
    }

    /// Slices a run.
    pub fn batch(&self) -> usize {
        self.batch
    }

    /// Values a slice: height x width.
    pub fn slice(&self) -> usize {
        self.slice
    }

    /// The network's plan.
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// `slices` (n,H,W) -> probabilities (n,classes). Any n; the last run is filled up with zeros that are not read.
    ///
    /// # Errors
    /// [`Error::Shape`] for a part of a slice, [`Error::Gpu`] if the device fails.
    pub fn probabilities(&self, slices: &[f32]) -> Result<Vec<f32>> {
        if !slices.len().is_multiple_of(self.slice) {
            return Err(Error::shape(
                "predict",
                "slices",
                format_args!("slices of {} values", self.slice),
                slices.len(),
            ));
        }
        let mut all = Vec::with_capacity(slices.len() / self.slice * self.classes);
        for batch in slices.chunks(self.batch * self.slice) {
            let mut input = batch.to_vec();
            input.resize(self.batch * self.slice, 0.0);
            self.plan.write("slices", &input)?;
            self.plan.run();
            let engine = self.plan.engine();
            let rows = blocking::wait(engine, engine.read(self.plan.output("probabilities")?))?;
            all.extend_from_slice(&rows[..batch.len() / self.slice * self.classes]);
        }
        Ok(all)
    }
}
