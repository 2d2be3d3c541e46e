//! What each operation's output gradient says of its inputs: one rule an operation, made of graph operations.
//!
//! Operations that are fused for speed and have no rule of their own are rewritten with elementary ones, and the gradient
//! of that is taken.

mod linear;
mod norm;
mod pointwise;
mod recurrent;

use super::op::Op;
use super::{Graph, Id};
use crate::error::Result;
use crate::shape::{Binary, Reduction};

/// One gradient an input; `None` where it is zero everywhere or not `wanted`.
pub(super) type Gradients = Vec<Option<Id>>;

/// The rule of the node `y` for its output's gradient `dy`.
pub(super) fn pull_back(g: &mut Graph, y: Id, dy: Id, wanted: &[bool]) -> Result<Gradients> {
    let node = g.node(y).clone();
    let inputs = node.inputs.as_slice();
    match node.op {
        Op::Input(_) | Op::Variable(_) | Op::Constant(_) | Op::Data(_) => Ok(Vec::new()),
        Op::Random(_) => Ok(vec![None]),
        Op::Unary(function) => Ok(vec![pointwise::unary(g, function, inputs[0], y, dy)?]),
        Op::Binary(function) => pointwise::binary(g, function, [inputs[0], inputs[1]], y, dy, wanted),
        Op::Reshape(_) => {
            let shape = g.shape(inputs[0]).clone();
            Ok(vec![Some(g.reshape(dy, shape)?)])
        }
        Op::Transpose(axes) => {
            let mut inverse = vec![0; axes.len()];
            for (k, &axis) in axes.iter().enumerate() {
                inverse[axis] = k;
            }
            Ok(vec![Some(g.transpose(dy, &inverse)?)])
        }
        Op::Slice { begin, end } => {
            let after: Vec<_> = g.shape(inputs[0]).dims().iter().zip(&end).map(|(dim, end)| dim - end).collect();
            Ok(vec![Some(g.pad(dy, &begin, &after)?)])
        }
        Op::Pad { before, .. } => {
            let dims = g.shape(inputs[0]).dims().to_vec();
            let end: Vec<_> = dims.iter().zip(&before).map(|(dim, before)| dim + before).collect();
            Ok(vec![Some(g.slice(dy, &before, &end)?)])
        }
        Op::Concat(axis) => concat(g, axis, inputs, dy),
        Op::Expand(_) => {
            let shape = g.shape(inputs[0]).clone();
            Ok(vec![Some(g.sum_to(dy, &shape)?)])
        }
        Op::Reduce(kind, axes) => Ok(vec![Some(reduce(g, kind, &axes, inputs[0], y, dy)?)]),
        Op::Dropout { keep, salt } => Ok(vec![Some(g.dropout(dy, inputs[1], keep, salt)?), None]),
        Op::Softmax => Ok(vec![Some(g.add(Op::SoftmaxGrad, &[y, dy])?)]),
        Op::SoftmaxGrad | Op::LogSoftmax | Op::CrossEntropy | Op::CrossEntropyGrad => norm::softmax(g, y, dy),
        Op::BatchNormStats | Op::BatchNorm { .. } | Op::BatchNormGradSums(_) | Op::BatchNormGradInput(_) => {
            norm::batch_norm(g, y, dy)
        }
        Op::LayerNorm(_) | Op::LayerNormStats(_) | Op::LayerNormGradInput | Op::LayerNormGradSums => {
            norm::layer_norm(g, y, dy)
        }
        Op::Recurrent(cell) => recurrent::layer(g, cell, inputs, y, dy, wanted),
        Op::RnnGrad | Op::GruGrad | Op::LstmGrad => recurrent::of_gradient(node.op.name()),
        _ => linear::pull_back(g, y, dy, wanted),
    }
}

fn concat(g: &mut Graph, axis: usize, inputs: &[Id], dy: Id) -> Result<Gradients> {
    let mut begin = vec![0; g.shape(dy).rank()];
    let mut end = g.shape(dy).dims().to_vec();
    let mut gradients = Vec::new();
    for &input in inputs {
        end[axis] = begin[axis] + g.shape(input).dims()[axis];
        gradients.push(Some(g.slice(dy, &begin, &end)?));
        begin[axis] = end[axis];
    }
    Ok(gradients)
}

/// Ties of a maximum share its gradient equally, as in PyTorch's `amax`.
fn reduce(g: &mut Graph, kind: Reduction, axes: &[usize], x: Id, y: Id, dy: Id) -> Result<Id> {
    let shape = g.shape(x).clone();
    let mut kept = shape.dims().to_vec();
    axes.iter().for_each(|&axis| kept[axis] = 1);
    let dy = g.reshape(dy, kept.clone())?;
    match kind {
        Reduction::Sum => g.expand(dy, shape),
        Reduction::Mean => {
            let count: usize = axes.iter().map(|&axis| shape.dims()[axis]).product();
            let share = g.affine(dy, 1.0 / count as f32, 0.0)?;
            g.expand(share, shape)
        }
        Reduction::Max | Reduction::Min => {
            let y = g.reshape(y, kept.clone())?;
            let hits = g.add(Op::Binary(Binary::Equal), &[x, y])?;
            let count = g.reduce(Reduction::Sum, hits, axes)?;
            let count = g.reshape(count, kept)?;
            let share = g.divide(dy, count)?;
            g.times(hits, share)
        }
    }
}
