//! A control: slices through a latent vector that knows no genre, and what the classifier takes the result for.

use crate::blocking;
use crate::error::{Error, Result};
use crate::gpu::Engine;
use crate::models::System;
use crate::nn::{Mode, Net};
use crate::plan::{Plan, PlanOptions, Variables};
use crate::weights::{GanFile, ModelFile};

/// A GAN trained without labels, and the classifier behind it.
#[derive(Debug)]
pub(super) struct Purifier {
    plan: Plan,
    engine: Engine,
    batch: usize,
    slice: usize,
    labels: usize,
}

impl Purifier {
    pub fn new(engine: &Engine, gan: &GanFile, model: &ModelFile, batch: usize) -> Result<Self> {
        let mut variables = Variables::new(engine);
        gan.load(&mut variables)?;
        model.load(&mut variables)?;
        let mut net = Net::new(Mode::Inference)?;
        let [height, width] = gan.card.picture();
        let x = net.graph.input("slices", [batch, 1, height, width])?;
        let (_, rendered) = gan.card.renderings(&mut net, x)?;
        let pictures = gan.card.grey.back(&mut net, rendered.volumes)?;
        let pictures = net.graph.reshape(pictures, [batch, 1, height, width])?;
        let labels = model.card.labels.len();
        let logits = (System::named(&model.card.system)?.build)(&mut net, pictures, labels)?;
        let probabilities = net.graph.softmax(logits)?;
        net.graph.output("probabilities", probabilities)?;
        let plan = Plan::new(&net.graph, &variables, PlanOptions::default())?;
        Ok(Self { plan, engine: engine.clone(), batch, slice: height * width, labels })
    }

    /// `slices` (n,H,W) -> (n,labels).
    pub fn probabilities(&self, slices: &[f32]) -> Result<Vec<f32>> {
        if !slices.len().is_multiple_of(self.slice) {
            let expected = format_args!("slices of {} values", self.slice);
            return Err(Error::shape("purifier", "slices", expected, slices.len()));
        }
        let mut all = Vec::new();
        for batch in slices.chunks(self.batch * self.slice) {
            let mut input = batch.to_vec();
            input.resize(self.batch * self.slice, 0.0);
            self.plan.write("slices", &input)?;
            self.plan.run();
            let rows = blocking::wait(&self.engine, self.engine.read(self.plan.output("probabilities")?))?;
            all.extend_from_slice(&rows[..batch.len() / self.slice * self.labels]);
        }
        Ok(all)
    }
}
