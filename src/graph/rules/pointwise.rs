//! Rules of functions of one and two numbers.

use super::Gradients;
use crate::error::Result;
use crate::graph::op::Op;
use crate::graph::{Graph, Id, Node};
use crate::shape::{Binary, Unary};

/// 10 / ln 10: the slope of a decibel at a power of one.
const DECIBEL_SLOPE: f32 = 4.342_944_8;

/// The normal density at 0: 1 / sqrt(2 pi).
const NORMAL_PEAK: f32 = 0.398_942_3;

pub(super) fn unary(g: &mut Graph, function: Unary, x: Id, y: Id, dy: Id) -> Result<Option<Id>> {
    let slope = |g: &mut Graph, kind: Binary, y: Id| behind(g, kind, y, dy).map(Some);
    match function {
        Unary::Neg => g.neg(dy).map(Some),
        Unary::Exp => g.times(dy, y).map(Some),
        Unary::Log => g.divide(dy, x).map(Some),
        Unary::Sqrt => {
            let half = g.affine(dy, 0.5, 0.0)?;
            g.divide(half, y).map(Some)
        }
        Unary::Rsqrt => {
            let square = g.square(y)?;
            let cube = g.times(square, y)?;
            let slope = g.affine(cube, -0.5, 0.0)?;
            g.times(dy, slope).map(Some)
        }
        Unary::Reciprocal => {
            let square = g.square(y)?;
            let slope = g.neg(square)?;
            g.times(dy, slope).map(Some)
        }
        Unary::Abs => {
            let sign = g.unary(Unary::Sign, x)?;
            g.times(dy, sign).map(Some)
        }
        Unary::Square => {
            let slope = g.affine(x, 2.0, 0.0)?;
            g.times(dy, slope).map(Some)
        }
        Unary::Relu => slope(g, Binary::ReluGrad, y),
        Unary::Elu(alpha) => slope(g, Binary::EluGrad(alpha), y),
        Unary::LeakyRelu(below) => slope(g, Binary::LeakyReluGrad(below), y),
        Unary::Sigmoid => slope(g, Binary::SigmoidGrad, y),
        Unary::Tanh => slope(g, Binary::TanhGrad, y),
        // Of the input: the output does not tell it.
        Unary::Gelu => g.add(Op::Binary(Binary::GeluGrad), &[x, dy]).map(Some),
        Unary::Affine(scale, _) => g.affine(dy, scale, 0.0).map(Some),
        Unary::Clamp(low, high) => {
            let inside = g.unary(Unary::Inside(low, high), x)?;
            g.times(dy, inside).map(Some)
        }
        Unary::Decibel(amin) => {
            let above = g.affine(x, 1.0, -amin)?;
            let above = g.unary(Unary::Positive, above)?;
            let safe = g.unary(Unary::Clamp(amin, f32::MAX), x)?;
            let slope = g.divide(above, safe)?;
            let slope = g.affine(slope, DECIBEL_SLOPE, 0.0)?;
            g.times(dy, slope).map(Some)
        }
        Unary::Sign | Unary::Floor | Unary::Positive | Unary::Inside(..) => Ok(None),
    }
}

/// `dy` times the slope of the activation that gave `y`. What comes through maxima of `y` is zero elsewhere, and there the slope is
/// that of the maxima, of which there are fewer.
fn behind(g: &mut Graph, kind: Binary, y: Id, dy: Id) -> Result<Id> {
    let kind = Op::Binary(kind);
    let Node { op: Op::MaxPool2dGradInput(pool, image), inputs, .. } = g.node(dy).clone() else {
        return g.add(kind, &[y, dy]);
    };
    let of_y = g.find(&Op::MaxPool2dPlaces(pool), &[y]) == Some(inputs[0]);
    match g.find(&Op::MaxPool2d(pool), &[y]).filter(|_| of_y) {
        Some(maxima) => {
            let inner = g.add(kind, &[maxima, inputs[1]])?;
            g.add(Op::MaxPool2dGradInput(pool, image), &[inputs[0], inner])
        }
        None => g.add(kind, &[y, dy]),
    }
}

pub(super) fn binary(
    g: &mut Graph,
    function: Binary,
    [a, b]: [Id; 2],
    y: Id,
    dy: Id,
    wanted: &[bool],
) -> Result<Gradients> {
    let mut both = [None, None];
    for (side, slot) in both.iter_mut().enumerate() {
        if !wanted[side] {
            continue;
        }
        let whole = if side == 0 { first(g, function, a, b, dy)? } else { second(g, function, a, b, y, dy)? };
        let shape = g.shape([a, b][side]).clone();
        *slot = whole.map(|gradient| g.sum_to(gradient, &shape)).transpose()?;
    }
    Ok(both.to_vec())
}

/// The gradient of `a`, in the shape of `y`.
fn first(g: &mut Graph, function: Binary, a: Id, b: Id, dy: Id) -> Result<Option<Id>> {
    match function {
        Binary::Add | Binary::Sub | Binary::Neuron => Ok(Some(dy)),
        Binary::Mul => g.times(dy, b).map(Some),
        Binary::Div => g.divide(dy, b).map(Some),
        Binary::Maximum | Binary::Minimum => winner(g, function, a, b, dy).map(Some),
        Binary::Greater | Binary::Equal | Binary::ReluGrad | Binary::LeakyReluGrad(_) => Ok(None),
        // d/da of b (a + alpha) below 0; above, the slope does not depend on a.
        Binary::EluGrad(_) => {
            let positive = g.unary(Unary::Positive, a)?;
            let below = g.affine(positive, -1.0, 1.0)?;
            let slope = g.times(below, b)?;
            g.times(dy, slope).map(Some)
        }
        Binary::SigmoidGrad => {
            let slope = g.affine(a, -2.0, 1.0)?;
            let slope = g.times(slope, b)?;
            g.times(dy, slope).map(Some)
        }
        Binary::TanhGrad => {
            let slope = g.affine(a, -2.0, 0.0)?;
            let slope = g.times(slope, b)?;
            g.times(dy, slope).map(Some)
        }
        // b (2 - a²) times the normal density
        Binary::GeluGrad => {
            let square = g.square(a)?;
            let part = g.affine(square, -0.5, 0.0)?;
            let density = g.exp(part)?;
            let bend = g.affine(square, -NORMAL_PEAK, 2.0 * NORMAL_PEAK)?;
            let slope = g.times(density, bend)?;
            let slope = g.times(slope, b)?;
            g.times(dy, slope).map(Some)
        }
    }
}

/// The gradient of `b`, in the shape of `y`.
fn second(g: &mut Graph, function: Binary, a: Id, b: Id, y: Id, dy: Id) -> Result<Option<Id>> {
    match function {
        Binary::Add => Ok(Some(dy)),
        Binary::Sub => g.neg(dy).map(Some),
        Binary::Mul => g.times(dy, a).map(Some),
        Binary::Div => {
            let ratio = g.divide(y, b)?;
            let slope = g.neg(ratio)?;
            g.times(dy, slope).map(Some)
        }
        Binary::Maximum | Binary::Minimum => winner(g, function, b, a, dy).map(Some),
        Binary::Greater | Binary::Equal | Binary::Neuron => Ok(None),
        Binary::ReluGrad
        | Binary::EluGrad(_)
        | Binary::LeakyReluGrad(_)
        | Binary::SigmoidGrad
        | Binary::TanhGrad
        | Binary::GeluGrad => g.add(Op::Binary(function), &[a, dy]).map(Some),
    }
}

/// Where `mine` won it gets `dy`, where both are equal a half, as in PyTorch.
fn winner(g: &mut Graph, function: Binary, mine: Id, other: Id, dy: Id) -> Result<Id> {
    let (large, small) = if function == Binary::Maximum { (mine, other) } else { (other, mine) };
    let won = g.add(Op::Binary(Binary::Greater), &[large, small])?;
    let tied = g.add(Op::Binary(Binary::Equal), &[mine, other])?;
    let half = g.affine(tied, 0.5, 0.0)?;
    let share = g.plus(won, half)?;
    g.times(dy, share)
}
