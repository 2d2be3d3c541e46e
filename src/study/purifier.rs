//! A control: slices through a latent vector that knows no genre, and what the classifier takes the result for.

use crate::error::Result;
use crate::gpu::Engine;
use crate::nn::{Mode, Net};
use crate::plan::{Plan, PlanOptions, Variables};
use crate::predict::Predictor;
use crate::weights::{GanFile, ModelFile};

/// The classifier behind a GAN trained without labels, for `batch` slices at once.
///
/// # Errors
/// [`Error::Gpu`](crate::Error::Gpu) if the device's memory or limits do not suffice.
pub(super) fn purifier(engine: &Engine, gan: &GanFile, model: &ModelFile, batch: usize) -> Result<Predictor> {
    let mut variables = Variables::new(engine);
    gan.load(&mut variables)?;
    model.load(&mut variables)?;
    let mut net = Net::new(Mode::Inference)?;
    let [height, width] = gan.card.picture();
    let x = net.graph.input("slices", [batch, 1, height, width])?;
    let (_, rendered) = gan.card.renderings(&mut net, x)?;
    let logits = gan.card.taken_for(&mut net, rendered.volumes, &model.card)?;
    let probabilities = net.graph.softmax(logits)?;
    net.graph.output("probabilities", probabilities)?;
    Predictor::of(Plan::new(&net.graph, &variables, PlanOptions::default())?)
}
