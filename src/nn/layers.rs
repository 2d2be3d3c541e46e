//! Layers with their variables.

use super::init::{Init, Initialiser};
use crate::error::{Error, Result};
use crate::graph::{Graph, Id, Node, Op, Update};
use crate::plan::Variables;
use crate::shape::{Binary, Conv2d, Shape};

/// Whether a network learns or answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Dropout drops, batch norm uses the batch's statistics and updates its running ones.
    Training,
    /// Dropout passes, batch norm uses the running statistics.
    Inference,
}

/// A graph under construction, with what its variables start from.
#[derive(Debug)]
pub struct Net {
    /// The graph.
    pub graph: Graph,
    mode: Mode,
    seed: Option<Id>,
    salt: u32,
    /// Whether what is added belongs to another network.
    fixed: bool,
    /// Whether what is added reads variables that are there.
    again: bool,
    /// Beginnings of the names of variables that are kept and take no step.
    frozen: &'static [&'static str],
    weights: Vec<(Id, Init)>,
    state: Vec<(Id, Init)>,
    slots: Vec<(Id, Init)>,
    others: Vec<(Id, Init)>,
    /// What the last dense layer reads.
    embedding: Option<Id>,
    /// What the last convolution makes, and of how many of a slice's first rows, if not of all.
    maps: Option<(Id, Option<usize>)>,
}

/// Momentum of batch norm's running statistics, and what is added to the variance: PyTorch's defaults.
const BATCH_NORM_MOMENTUM: f32 = 0.1;
const BATCH_NORM_EPS: f32 = 1e-5;

impl Net {
    /// An empty one. In training it has an input `seed` of 8 words, from which dropout draws.
    ///
    /// # Errors
    /// Never for a new graph.
    pub fn new(mode: Mode) -> Result<Self> {
        let mut graph = Graph::new();
        let seed = if mode == Mode::Training { Some(graph.input("seed", [8])?) } else { None };
        let none = Vec::new;
        let [weights, state, slots, others] = [none(), none(), none(), none()];
        let (fixed, again, frozen) = (false, false, &[][..]);
        let (embedding, maps) = (None, None);
        Ok(Self { graph, mode, seed, salt: 0, fixed, again, frozen, weights, state, slots, others, embedding, maps })
    }

    /// Lets variables whose names begin with one of these stay as they are: they are [kept](Self::kept) and take no step, and their batch norm goes by
    /// its running statistics in training too. Of what is added from here on.
    pub fn freeze(&mut self, beginnings: &'static [&'static str]) {
        self.frozen = beginnings;
    }

    fn is_frozen(&self, name: &str) -> bool {
        self.frozen.iter().any(|beginning| name.starts_with(beginning))
    }

    /// Adds frozen layers, which another network trains: their weights take no step here and are not [kept](Self::kept), and their batch norm,
    /// which in training goes by the batch, leaves the running statistics as they are.
    ///
    /// # Errors
    /// Those of `build`.
    pub fn fixed<T>(&mut self, build: impl FnOnce(&mut Self) -> Result<T>) -> Result<T> {
        let before = std::mem::replace(&mut self.fixed, true);
        let built = build(self);
        self.fixed = before;
        built
    }

    /// Applies layers once more, with shared weights: a name that is there means that variable. Running statistics are updated by their first
    /// application alone.
    ///
    /// # Errors
    /// Those of `build`, and [`Error::Argument`] if a variable that is there has another shape.
    pub fn again<T>(&mut self, build: impl FnOnce(&mut Self) -> Result<T>) -> Result<T> {
        let before = std::mem::replace(&mut self.again, true);
        let built = build(self);
        self.again = before;
        built
    }

    /// The input of 8 words from which training draws.
    pub fn seed(&self) -> Option<Id> {
        self.seed
    }

    /// What the last dense layer so far reads (N,in): of a network that ends in one, what it knows of a slice. None without such a layer.
    pub fn embedding(&self) -> Option<Id> {
        self.embedding
    }

    /// What the last convolutional layer so far makes: maps (N,C,H,W) that Grad-CAM weighs, or tokens (N,T,D), the first of which stands for all.
    /// None without such a layer.
    pub fn maps(&self) -> Option<Id> {
        self.maps.map(|(maps, _)| maps)
    }

    /// How many of a slice's first rows the maps are of; none for all of them.
    pub fn maps_rows(&self) -> Option<usize> {
        self.maps.and_then(|(_, rows)| rows)
    }

    /// Says that `x` is what a layer's activation made of its maps, or tokens: [`maps`](Self::maps) until another convolution comes.
    pub fn set_maps(&mut self, x: Id) {
        self.maps = Some((x, None));
    }

    /// The same of maps that a slice's first rows alone make.
    pub fn set_maps_of_rows(&mut self, x: Id, rows: usize) {
        self.maps = Some((x, Some(rows)));
    }

    /// Says that no layer's places are those of the slices.
    pub fn without_maps(&mut self) {
        self.maps = None;
    }

    /// Whether it learns.
    pub fn mode(&self) -> Mode {
        self.mode
    }

    /// The variables that an optimiser changes, in order of creation.
    pub fn weights(&self) -> Vec<Id> {
        self.weights.iter().map(|(id, _)| *id).collect()
    }

    /// Number of parameters that an optimiser changes.
    pub fn parameters(&self) -> usize {
        self.weights.iter().map(|(id, _)| self.graph.shape(*id).count()).sum()
    }

    /// Names and shapes of all that has to be kept to use the network again: weights and running statistics.
    pub fn kept(&self) -> Vec<(&str, &Shape)> {
        self.named(self.weights.iter().chain(&self.state)).map(|(name, shape, _)| (name, shape)).collect()
    }

    /// Names and shapes of what training needs beside that: the optimiser's slots.
    pub fn slots(&self) -> Vec<(&str, &Shape)> {
        self.named(self.slots.iter()).map(|(name, shape, _)| (name, shape)).collect()
    }

    fn named<'a>(
        &'a self,
        all: impl Iterator<Item = &'a (Id, Init)>,
    ) -> impl Iterator<Item = (&'a str, &'a Shape, Init)> {
        all.filter_map(|(id, init)| {
            let node = self.graph.node(*id);
            if let Op::Variable(name) = &node.op { Some((name.as_str(), &node.shape, *init)) } else { None }
        })
    }

    /// Sets every variable that is not there yet to its initial value for this seed.
    ///
    /// # Errors
    /// As [`Variables::set`].
    pub fn initialise(&self, variables: &mut Variables, seed: u64) -> Result<()> {
        let initialiser = Initialiser::new(seed);
        let all = self.weights.iter().chain(&self.state).chain(&self.slots).chain(&self.others);
        for (name, shape, init) in self.named(all) {
            if variables.get(name).is_none() {
                variables.set(name, shape, &initialiser.draw(init, name, shape))?;
            }
        }
        Ok(())
    }

    /// A weight of another network, to be changed by this one: its initial value stays with the other.
    ///
    /// # Errors
    /// [`Error::Argument`] if the name is taken.
    pub fn adopt(&mut self, name: &str, shape: impl Into<Shape>) -> Result<Id> {
        self.weight(name.to_owned(), shape, Init::Constant(0.0))
    }

    /// A variable of training's own beside `weight`, of its shape: an optimiser's slot, a sum of gradients.
    ///
    /// # Errors
    /// [`Error::Argument`] if `weight` is no variable or has this slot.
    pub fn slot(&mut self, slot: &str, weight: Id, initial: f32) -> Result<Id> {
        let node = self.graph.node(weight);
        let Op::Variable(name) = &node.op else {
            return Err(Error::Argument { operation: "optimiser", problem: "only variables can be optimised".into() });
        };
        let (name, shape) = (format!("optimiser.{slot}.{name}"), node.shape.clone());
        let id = self.graph.variable(name, shape)?;
        self.slots.push((id, Init::Constant(initial)));
        Ok(id)
    }

    /// A weight, which an optimiser changes.
    ///
    /// # Errors
    /// [`Error::Argument`] if the name is taken.
    pub fn weight(&mut self, name: impl Into<String>, shape: impl Into<Shape>, init: Init) -> Result<Id> {
        self.variable(name.into(), shape.into(), init, |net| &mut net.weights)
    }

    /// A variable of this network in `list`, or of another's.
    fn variable(
        &mut self,
        name: String,
        shape: Shape,
        init: Init,
        list: fn(&mut Self) -> &mut Vec<(Id, Init)>,
    ) -> Result<Id> {
        if self.again
            && let Some((_, id)) = self.graph.variables().into_iter().find(|(known, _)| *known == name)
        {
            let known = self.graph.shape(id);
            if *known != shape {
                let problem = format!("the variable {name} is {known}, and is used again as {shape}");
                return Err(Error::Argument { operation: "net", problem });
            }
            return Ok(id);
        }
        let frozen = self.is_frozen(&name);
        let id = self.graph.variable(name, shape)?;
        let list = match () {
            () if self.fixed => &mut self.others,
            () if frozen => &mut self.state,
            () => list(self),
        };
        list.push((id, init));
        Ok(id)
    }

    /// Convolution without bias: `x` (N,C,H,W), variable `name.weight` (out, C/groups, KH, KW).
    ///
    /// # Errors
    /// [`Error::Shape`] or [`Error::Argument`] if they do not fit.
    pub fn conv2d(
        &mut self,
        name: &str,
        x: Id,
        out: usize,
        kernel: [usize; 2],
        conv: Conv2d,
        init: Init,
    ) -> Result<Id> {
        let [_, c, _, _] = self.graph.shape(x).array("conv2d", "x")?;
        let shape = [out, c / conv.groups.max(1), kernel[0], kernel[1]];
        let weight = self.weight(format!("{name}.weight"), shape, init)?;
        let y = self.graph.conv2d(x, weight, conv)?;
        self.set_maps(y);
        Ok(y)
    }

    /// Adds the variable `name.bias`, one number a channel (axis 1), zero at first.
    ///
    /// # Errors
    /// [`Error::Shape`] if `x` has no axis 1.
    pub fn bias(&mut self, name: &str, x: Id) -> Result<Id> {
        let shape = self.graph.shape(x).clone();
        let [_, c, rest @ ..] = shape.dims() else {
            return Err(Error::shape("bias", "x", "(N,C,…)", shape));
        };
        let bias = self.weight(format!("{name}.bias"), [*c], Init::Constant(0.0))?;
        let along = self.graph.reshape(bias, [&[1, *c], vec![1; rest.len()].as_slice()].concat())?;
        self.graph.plus(x, along)
    }

    /// `x` (N,in) times the variable `name.weight` (in,out), plus `name.bias`.
    ///
    /// # Errors
    /// [`Error::Shape`] if `x` has not two axes.
    pub fn dense(&mut self, name: &str, x: Id, out: usize, init: Init) -> Result<Id> {
        let [_, features] = self.graph.shape(x).array("dense", "x")?;
        self.embedding = Some(x);
        let weight = self.weight(format!("{name}.weight"), [features, out], init)?;
        let y = self.graph.matmul(x, weight)?;
        self.bias(name, y)
    }

    /// Batch norm with variables `name.gamma`, `name.beta` and the running `name.stats` (2,C): mean and variance.
    ///
    /// # Errors
    /// [`Error::Shape`] if `x` has no axis 1.
    pub fn batch_norm(&mut self, name: &str, x: Id) -> Result<Id> {
        self.batch_norm_with(name, x, BATCH_NORM_EPS)
    }

    /// The same with another number added to the variance: TensorFlow's layers add 1e-3.
    ///
    /// # Errors
    /// [`Error::Shape`] if `x` has no axis 1.
    pub fn batch_norm_with(&mut self, name: &str, x: Id, eps: f32) -> Result<Id> {
        let dims = self.graph.shape(x).dims();
        let Some(&c) = dims.get(1) else {
            return Err(Error::shape("batch_norm", "x", "(N,C,…)", self.graph.shape(x)));
        };
        let count = self.graph.shape(x).count() / c.max(1);
        let gamma = self.weight(format!("{name}.gamma"), [c], Init::Constant(1.0))?;
        let beta = self.weight(format!("{name}.beta"), [c], Init::Constant(0.0))?;
        let running =
            self.variable(format!("{name}.stats"), [2, c].into(), Init::RunningStats, |net| &mut net.state)?;
        if self.mode == Mode::Inference || self.is_frozen(name) {
            let y = self.fixed_batch_norm(x, running, [gamma, beta], eps)?;
            // Folded, the convolution itself is made no more.
            if biased_conv2d(&self.graph, x).is_some() {
                self.set_maps(y);
            }
            return Ok(y);
        }
        let (y, stats) = self.graph.batch_norm_training(x, gamma, beta, eps)?;
        if self.fixed || self.again {
            return Ok(y);
        }
        // The running variance is the unbiased one, as in PyTorch.
        let unbiased = count as f32 / (count.max(2) - 1) as f32;
        let scale = [vec![BATCH_NORM_MOMENTUM; c], vec![BATCH_NORM_MOMENTUM * unbiased; c]].concat();
        let scale = self.graph.data(&scale, [2, c])?;
        let new = self.graph.times(stats, scale)?;
        let old = self.graph.affine(running, 1.0 - BATCH_NORM_MOMENTUM, 0.0)?;
        let value = self.graph.plus(old, new)?;
        self.graph.update(Update::Assign { variable: running, value })?;
        Ok(y)
    }

    /// Batch norm with running statistics. Behind a convolution it is folded into the weights and a bias, which the convolution's
    /// kernel adds on the way: `conv(x, w s) + (beta + (b - mean) s)` with `s = gamma / sqrt(variance + eps)` and the convolution's own bias `b`, if
    /// it has one.
    fn fixed_batch_norm(&mut self, x: Id, running: Id, [gamma, beta]: [Id; 2], eps: f32) -> Result<Id> {
        let g = &mut self.graph;
        let Some((conv, [input, weight], own)) = biased_conv2d(g, x) else {
            return g.batch_norm_inference(x, running, gamma, beta, eps);
        };
        let c = g.shape(gamma).count();
        let mean = g.slice(running, &[0, 0], &[1, c])?;
        let mut mean = g.reshape(mean, [c])?;
        if let Some(own) = own {
            let own = g.reshape(own, [c])?;
            mean = g.minus(mean, own)?;
        }
        let variance = g.slice(running, &[1, 0], &[2, c])?;
        let safe = g.affine(variance, 1.0, eps)?;
        let rstd = g.rsqrt(safe)?;
        let rstd = g.reshape(rstd, [c])?;
        let scale = g.times(gamma, rstd)?;
        let shift = g.times(mean, scale)?;
        let bias = g.minus(beta, shift)?;
        let a_filter = g.reshape(scale, [c, 1, 1, 1])?;
        let folded = g.times(weight, a_filter)?;
        let y = g.conv2d(input, folded, conv)?;
        let bias = g.reshape(bias, [1, c, 1, 1])?;
        g.plus(y, bias)
    }

    /// Layer norm over the last axis with variables `name.gamma` and `name.beta`.
    ///
    /// # Errors
    /// [`Error::Shape`] if `x` has no axis.
    pub fn layer_norm(&mut self, name: &str, x: Id, eps: f32) -> Result<Id> {
        let shape = self.graph.shape(x);
        let Some(&n) = shape.dims().last() else {
            return Err(Error::shape("layer_norm", "x", "(…,N)", shape));
        };
        let gamma = self.weight(format!("{name}.gamma"), [n], Init::Constant(1.0))?;
        let beta = self.weight(format!("{name}.beta"), [n], Init::Constant(0.0))?;
        self.graph.layer_norm(x, gamma, beta, eps)
    }

    /// Dropout in training, nothing else.
    ///
    /// # Errors
    /// [`Error::Argument`] if `keep` is not in (0, 1].
    pub fn dropout(&mut self, x: Id, keep: f32) -> Result<Id> {
        let Some(seed) = self.seed else { return Ok(x) };
        self.salt += 1;
        self.graph.dropout(x, seed, keep, self.salt)
    }

    /// (N,…) -> (N, product of the rest).
    ///
    /// # Errors
    /// Never for a tensor of an axis or more.
    pub fn flatten(&mut self, x: Id) -> Result<Id> {
        let shape = self.graph.shape(x);
        let n = shape.dims().first().copied().unwrap_or(1);
        let features = shape.count() / n.max(1);
        self.graph.reshape(x, [n, features])
    }
}

/// The convolution that gives `x`, what it reads, and the bias (1,C,1,1) that is added behind it, if one is.
fn biased_conv2d(g: &Graph, x: Id) -> Option<(Conv2d, [Id; 2], Option<Id>)> {
    let plain = |id: Id| match g.node(id) {
        Node { op: Op::Conv2d(conv), inputs, .. } => Some((*conv, [inputs[0], inputs[1]])),
        _ => None,
    };
    if let Some((conv, read)) = plain(x) {
        return Some((conv, read, None));
    }
    let Node { op: Op::Binary(Binary::Add), inputs, shape } = g.node(x) else { return None };
    let along = [1, shape.dims().get(1).copied()?, 1, 1];
    let (conv, read) = plain(inputs[0]).filter(|_| g.shape(inputs[1]).dims() == along)?;
    Some((conv, read, Some(inputs[1])))
}
