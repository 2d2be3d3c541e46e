//! Rules of softmax, cross-entropy and batch norm: fused where the first derivative is, elementary behind that.

use super::Gradients;
use crate::error::Result;
use crate::graph::op::Op;
use crate::graph::{Graph, Id};
use crate::shape::{Reduction, Shape};

pub(super) fn softmax(g: &mut Graph, y: Id, dy: Id) -> Result<Gradients> {
    let node = g.node(y).clone();
    let inputs = node.inputs.as_slice();
    match node.op {
        // d (x - log sum exp x): dy - softmax(x) sum(dy)
        Op::LogSoftmax => {
            let total = sum_last(g, dy)?;
            let probabilities = g.exp(y)?;
            let part = g.times(probabilities, total)?;
            Ok(vec![Some(g.minus(dy, part)?)])
        }
        Op::CrossEntropy => {
            let [logits, targets] = [inputs[0], inputs[1]];
            let dlogits = g.add(Op::CrossEntropyGrad, &[logits, targets, dy])?;
            let log_p = g.log_softmax(logits)?;
            let [n] = g.shape(dy).array("cross_entropy", "dy")?;
            let column = g.reshape(dy, [n, 1])?;
            let product = g.times(log_p, column)?;
            Ok(vec![Some(dlogits), Some(g.neg(product)?)])
        }
        // y (dy - sum(y dy))
        Op::SoftmaxGrad => {
            let product = g.times(inputs[0], inputs[1])?;
            let total = sum_last(g, product)?;
            let centred = g.minus(inputs[1], total)?;
            let same = g.times(inputs[0], centred)?;
            partials(g, same, dy, inputs)
        }
        // (softmax(z) sum(t) - t) dloss
        _ => {
            let p = g.softmax(inputs[0])?;
            let total = sum_last(g, inputs[1])?;
            let expected = g.times(p, total)?;
            let centred = g.minus(expected, inputs[1])?;
            let [n] = g.shape(inputs[2]).array("cross_entropy_grad_logits", "dloss")?;
            let column = g.reshape(inputs[2], [n, 1])?;
            let same = g.times(centred, column)?;
            partials(g, same, dy, inputs)
        }
    }
}

/// In training, statistics are those of `x`: their part is counted in the gradient of `x`, and they get none themselves.
pub(super) fn batch_norm(g: &mut Graph, y: Id, dy: Id) -> Result<Gradients> {
    let node = g.node(y).clone();
    let inputs = node.inputs.as_slice();
    let x = inputs[0];
    match node.op {
        Op::BatchNorm { eps, training: true } => {
            let [stats, gamma] = [inputs[1], inputs[2]];
            let sums = g.add(Op::BatchNormGradSums(eps), &[x, stats, dy])?;
            let dx = g.add(Op::BatchNormGradInput(eps), &[x, stats, gamma, sums, dy])?;
            let dbeta = row(g, sums, 0)?;
            let dgamma = row(g, sums, 1)?;
            Ok(vec![Some(dx), None, Some(dgamma), Some(dbeta)])
        }
        Op::BatchNorm { eps, .. } => {
            let shape = along_channels(g.shape(x));
            let mean = row(g, inputs[1], 0)?;
            let variance = row(g, inputs[1], 1)?;
            let normal = normalise(g, x, mean, variance, eps)?;
            let [gamma, beta] = [inputs[2], inputs[3]].map(|id| g.reshape(id, shape.clone()));
            let scaled = g.times(normal, gamma?)?;
            let same = g.plus(scaled, beta?)?;
            partials(g, same, dy, inputs)
        }
        Op::BatchNormStats => {
            let (mean, variance) = moments(g, x)?;
            let c = g.shape(mean).count();
            let mean = g.reshape(mean, [1, c])?;
            let variance = g.reshape(variance, [1, c])?;
            let same = g.concat(&[mean, variance], 0)?;
            partials(g, same, dy, inputs)
        }
        Op::BatchNormGradSums(eps) => {
            let d = inputs[2];
            let (same, c) = grad_sums(g, x, d, eps)?;
            let [first, second] = same.map(|sum| g.reshape(sum, [1, c]));
            let same = g.concat(&[first?, second?], 0)?;
            let both = partials(g, same, dy, &[x, d])?;
            Ok(vec![both[0], None, both[1]])
        }
        Op::BatchNormGradInput(eps) => {
            let [gamma, d] = [inputs[2], inputs[4]];
            let same = grad_input(g, x, gamma, d, eps)?;
            let all = partials(g, same, dy, &[x, gamma, d])?;
            Ok(vec![all[0], None, all[1], None, all[2]])
        }
        _ => Ok(Vec::new()),
    }
}

pub(super) fn layer_norm(g: &mut Graph, y: Id, dy: Id) -> Result<Gradients> {
    let node = g.node(y).clone();
    let inputs = node.inputs.as_slice();
    let x = inputs[0];
    match node.op {
        Op::LayerNorm(eps) => {
            let stats = g.add(Op::LayerNormStats(eps), &[x])?;
            let dx = g.add(Op::LayerNormGradInput, &[x, stats, inputs[1], dy])?;
            let sums = g.add(Op::LayerNormGradSums, &[x, stats, dy])?;
            let dbeta = row(g, sums, 0)?;
            let dgamma = row(g, sums, 1)?;
            Ok(vec![Some(dx), Some(dgamma), Some(dbeta)])
        }
        Op::LayerNormStats(eps) => {
            let mean = mean_last(g, x)?;
            let centred = g.minus(x, mean)?;
            let square = g.square(centred)?;
            let variance = mean_last(g, square)?;
            let scale = rstd(g, variance, eps)?;
            let last = g.shape(x).rank() - 1;
            let same = g.concat(&[mean, scale], last)?;
            partials(g, same, dy, inputs)
        }
        // rstd (gamma d - mean(gamma d) - xhat mean(gamma d xhat))
        Op::LayerNormGradInput => {
            let [normal, scale] = of_stats(g, x, inputs[1])?;
            let d = g.times(inputs[3], inputs[2])?;
            let mean = mean_last(g, d)?;
            let product = g.times(d, normal)?;
            let slope = mean_last(g, product)?;
            let along = g.times(normal, slope)?;
            let centred = g.minus(d, mean)?;
            let rest = g.minus(centred, along)?;
            let same = g.times(rest, scale)?;
            partials(g, same, dy, inputs)
        }
        Op::LayerNormGradSums => {
            let [normal, _] = of_stats(g, x, inputs[1])?;
            let product = g.times(inputs[2], normal)?;
            let n = g.shape(y).dims()[1];
            let mut each = Vec::new();
            for terms in [inputs[2], product] {
                let sum = g.sum_to(terms, &[n].into())?;
                each.push(g.reshape(sum, [1, n])?);
            }
            let same = g.concat(&each, 0)?;
            partials(g, same, dy, inputs)
        }
        _ => Ok(Vec::new()),
    }
}

/// `x` (…,N) normalised by `stats` (…,2), and its rstd (…,1).
fn of_stats(g: &mut Graph, x: Id, stats: Id) -> Result<[Id; 2]> {
    let dims = g.shape(stats).dims().to_vec();
    let last = dims.len() - 1;
    let mut pick = |k: usize| {
        let (mut begin, mut end) = (vec![0; dims.len()], dims.clone());
        (begin[last], end[last]) = (k, k + 1);
        g.slice(stats, &begin, &end)
    };
    let (mean, scale) = (pick(0)?, pick(1)?);
    let centred = g.minus(x, mean)?;
    Ok([g.times(centred, scale)?, scale])
}

/// (…,N) -> (…,1)
fn mean_last(g: &mut Graph, x: Id) -> Result<Id> {
    let n = g.shape(x).dims().last().copied().unwrap_or(1);
    let sum = sum_last(g, x)?;
    g.affine(sum, 1.0 / n as f32, 0.0)
}

/// gamma rstd (d - mean(d) - xhat mean(d xhat))
fn grad_input(g: &mut Graph, x: Id, gamma: Id, d: Id, eps: f32) -> Result<Id> {
    let shape = along_channels(g.shape(x));
    let count = (g.shape(x).count() / shape.count()) as f32;
    let (mean, variance) = moments(g, x)?;
    let normal = normalise(g, x, mean, variance, eps)?;
    let ([sum, dot], _) = grad_sums(g, x, d, eps)?;
    let [sum, dot] = [sum, dot].map(|id| g.reshape(id, shape.clone()));
    let mean_d = g.affine(sum?, 1.0 / count, 0.0)?;
    let mean_dot = g.affine(dot?, 1.0 / count, 0.0)?;
    let along = g.times(normal, mean_dot)?;
    let centred = g.minus(d, mean_d)?;
    let rest = g.minus(centred, along)?;
    let scale = rstd(g, variance, eps)?;
    let scale = g.times(scale, gamma)?;
    let scale = g.reshape(scale, shape)?;
    g.times(rest, scale)
}

/// ([sum d, sum d xhat], channels)
fn grad_sums(g: &mut Graph, x: Id, d: Id, eps: f32) -> Result<([Id; 2], usize)> {
    let axes = all_but_channels(g.shape(x));
    let (mean, variance) = moments(g, x)?;
    let normal = normalise(g, x, mean, variance, eps)?;
    let product = g.times(d, normal)?;
    let sum = g.reduce(Reduction::Sum, d, &axes)?;
    let dot = g.reduce(Reduction::Sum, product, &axes)?;
    Ok(([sum, dot], g.shape(sum).count()))
}

/// Mean and biased variance of each channel, (C) each.
fn moments(g: &mut Graph, x: Id) -> Result<(Id, Id)> {
    let axes = all_but_channels(g.shape(x));
    let shape = along_channels(g.shape(x));
    let mean = g.reduce(Reduction::Mean, x, &axes)?;
    let column = g.reshape(mean, shape)?;
    let centred = g.minus(x, column)?;
    let square = g.square(centred)?;
    Ok((mean, g.reduce(Reduction::Mean, square, &axes)?))
}

fn normalise(g: &mut Graph, x: Id, mean: Id, variance: Id, eps: f32) -> Result<Id> {
    let shape = along_channels(g.shape(x));
    let mean = g.reshape(mean, shape.clone())?;
    let scale = rstd(g, variance, eps)?;
    let scale = g.reshape(scale, shape)?;
    let centred = g.minus(x, mean)?;
    g.times(centred, scale)
}

fn rstd(g: &mut Graph, variance: Id, eps: f32) -> Result<Id> {
    let safe = g.affine(variance, 1.0, eps)?;
    g.rsqrt(safe)
}

/// Row `k` of (2,C), as (C).
fn row(g: &mut Graph, pair: Id, k: usize) -> Result<Id> {
    let [_, c] = g.shape(pair).array("batch_norm", "stats")?;
    let one = g.slice(pair, &[k, 0], &[k + 1, c])?;
    g.reshape(one, [c])
}

/// (1,C,1,…): the shape in which a number a channel broadcasts to `x`.
fn along_channels(x: &Shape) -> Shape {
    let keep = |(axis, &dim): (usize, &usize)| if axis == 1 { dim } else { 1 };
    x.dims().iter().enumerate().map(keep).collect::<Vec<_>>().into()
}

fn all_but_channels(x: &Shape) -> Vec<usize> {
    (0..x.rank()).filter(|&axis| axis != 1).collect()
}

fn sum_last(g: &mut Graph, x: Id) -> Result<Id> {
    let mut shape = g.shape(x).dims().to_vec();
    let last = shape.len() - 1;
    shape[last] = 1;
    let sum = g.reduce(Reduction::Sum, x, &[last])?;
    g.reshape(sum, shape)
}

/// The gradients of `same`, which is the node rewritten with elementary operations. One derivative comes for all places at
/// which an input is read: the first place has it, the others have none.
fn partials(g: &mut Graph, same: Id, dy: Id, inputs: &[Id]) -> Result<Gradients> {
    let all = g.partials(same, dy, inputs)?;
    Ok((0..inputs.len()).map(|k| Some(all[k]).filter(|_| !inputs[..k].contains(&inputs[k]))).collect())
}
