//! Grad-CAM.

use super::cells::Map;
use crate::blocking;
use crate::error::{Error, Result};
use crate::graph::{Graph, Id};
use crate::models::vit::PATCHES;
use crate::nn::{Mode, Net};
use crate::plan::{Plan, PlanOptions, Variables};
use crate::shape::Reduction;
use crate::weights::Card;

/// Gradient-weighted class activation maps (Selvaraju et al. 2017): `ReLU(sum over k of alpha_k A_k)`, where `A_k` are the maps of the network's last convolution and `alpha_k` is the
/// mean over its places of the gradient of the class's output. Of a transformer's tokens, what goes into the last block takes the place of maps.
#[derive(Debug)]
pub struct Cam {
    plan: Plan,
    batch: usize,
    slice: usize,
    classes: usize,
    size: [usize; 2],
    /// Of how many of a slice's first rows the maps are, and how many rows it has.
    rows: Option<[usize; 2]>,
}

impl Cam {
    /// For a card's network on its variables, so many slices at once; none for a network without such a layer.
    ///
    /// # Errors
    /// [`Error::Gpu`] if the device's memory or limits do not suffice, [`Error::Argument`] if a variable is missing.
    pub fn new(card: &Card, variables: &Variables, batch: usize) -> Result<Option<Self>> {
        let (net, logits) = card.network(Mode::Inference, batch)?;
        Self::of(net, logits, variables)
    }

    /// For a network in inference, from its input `slices` (N,C,H,W) to logits (N,classes); none for one without such a layer.
    ///
    /// # Errors
    /// [`Error::Gpu`] if the device's memory or limits do not suffice, [`Error::Argument`] if a variable is missing.
    pub fn of(mut net: Net, logits: Id, variables: &Variables) -> Result<Option<Self>> {
        let Some(maps) = net.maps() else { return Ok(None) };
        let first = net.maps_rows();
        let [batch, classes] = net.graph.shape(logits).array("cam", "logits")?;
        let target = net.graph.input("target", [batch, classes])?;
        let g = &mut net.graph;
        let chosen = g.times(logits, target)?;
        let sum = g.sum_all(chosen)?;
        let gradient = g.gradients(sum, &[maps])?[0];
        let shape = net.graph.shape(maps).clone();
        let (map, size) = match *shape.dims() {
            [_, _, rows, columns] => (of_maps(&mut net.graph, maps, gradient)?, Some([rows, columns])),
            [_, _, _] => (of_tokens(&mut net.graph, maps, gradient)?, None),
            _ => return Err(Error::shape("cam", "maps", "maps or tokens", shape)),
        };
        net.graph.output("map", map)?;
        let plan = Plan::new(&net.graph, variables, PlanOptions::default())?;
        let [_, channels, h, w] = plan.input("slices")?.shape().array("cam", "slices")?;
        let size = match size {
            Some(size) => size,
            None => patches(&net, [h, w])?,
        };
        let rows = first.map(|first| [first, h]);
        Ok(Some(Self { plan, batch, slice: channels * h * w, classes, size, rows }))
    }

    /// The maps of `slices` (n,H,W) for a class each, in the size of the layer that they are of.
    ///
    /// # Errors
    /// [`Error::Shape`] for a part of a slice or another number of classes, [`Error::Gpu`] if the device fails.
    pub fn maps(&self, slices: &[f32], classes: &[usize]) -> Result<Vec<Map>> {
        if slices.len() != classes.len() * self.slice {
            let expected = format!("{} slices of {} values", classes.len(), self.slice);
            return Err(Error::shape("cam", "slices", expected, slices.len()));
        }
        let mut all = Vec::new();
        for (slices, classes) in slices.chunks(self.batch * self.slice).zip(classes.chunks(self.batch)) {
            let mut input = slices.to_vec();
            input.resize(self.batch * self.slice, 0.0);
            let mut target = vec![0.0; self.batch * self.classes];
            for (slice, &class) in classes.iter().enumerate() {
                target[slice * self.classes + class] = 1.0;
            }
            let mut submission = self.plan.engine().submission();
            submission.write(self.plan.input("slices")?, &input)?;
            submission.write(self.plan.input("target")?, &target)?;
            self.plan.add_to(&mut submission);
            let maps = submission.read(self.plan.output("map")?);
            submission.submit()?;
            let maps = blocking::take(maps)?;
            let each = self.size[0] * self.size[1];
            let whole = |map: &[f32]| {
                let map = Map::new(self.size, map.to_vec());
                let Some([first, rows]) = self.rows else { return map };
                // The rows that it says nothing of are not marked.
                let mut map = map.resized([first, self.size[1]]);
                map.values.resize(rows * self.size[1], 0.0);
                Map::new([rows, self.size[1]], map.values)
            };
            all.extend(maps.chunks_exact(each).take(classes.len()).map(whole));
        }
        Ok(all)
    }
}

/// (N,C,H,W) and their gradient -> (N,H,W)
fn of_maps(g: &mut Graph, maps: Id, gradient: Id) -> Result<Id> {
    let [n, c, _, _] = g.shape(maps).array("cam", "maps")?;
    let alpha = g.reduce(Reduction::Mean, gradient, &[2, 3])?;
    let alpha = g.reshape(alpha, [n, c, 1, 1])?;
    let weighed = g.times(maps, alpha)?;
    let map = g.reduce(Reduction::Sum, weighed, &[1])?;
    g.relu(map)
}

/// (N,1 + T,D) and their gradient -> (N,T), without the first token, which stands for all.
fn of_tokens(g: &mut Graph, tokens: Id, gradient: Id) -> Result<Id> {
    let [n, count, dim] = g.shape(tokens).array("cam", "tokens")?;
    let [tokens, gradient] = [tokens, gradient].map(|of| g.slice(of, &[0, 1, 0], &[n, count, dim]));
    let (tokens, gradient) = (tokens?, gradient?);
    let alpha = g.reduce(Reduction::Mean, gradient, &[1])?;
    let alpha = g.reshape(alpha, [n, 1, dim])?;
    let weighed = g.times(tokens, alpha)?;
    let map = g.reduce(Reduction::Sum, weighed, &[2])?;
    g.relu(map)
}

/// Patches down and across.
fn patches(net: &Net, slice: [usize; 2]) -> Result<[usize; 2]> {
    let window = net.kept().into_iter().find(|(name, _)| *name == PATCHES).map(|(_, shape)| shape.clone());
    let window = window.ok_or(Error::Argument { operation: "cam", problem: "tokens that are no patches".into() })?;
    Ok([0, 1].map(|axis| slice[axis] / window.dims()[2 + axis]))
}
