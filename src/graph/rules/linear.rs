//! Rules of operations that are linear in each input: products, convolutions, pools, transforms. They come in sets that
//! are closed under differentiation.

use super::Gradients;
use crate::error::{Error, Result};
use crate::graph::op::Op;
use crate::graph::{Graph, Id};
use crate::shape::Shape;

pub(super) fn pull_back(g: &mut Graph, y: Id, dy: Id, wanted: &[bool]) -> Result<Gradients> {
    let node = g.node(y).clone();
    let inputs = node.inputs.as_slice();
    let want = |g: &mut Graph, side: usize, op: Op, of: [Id; 2]| -> Result<Option<Id>> {
        if wanted[side] { g.add(op, &of).map(Some) } else { Ok(None) }
    };
    let image = |g: &Graph, id: Id| -> Result<[usize; 2]> {
        g.shape(id).array::<4>(node.op.name(), "image").map(|[_, _, h, w]| [h, w])
    };
    match &node.op {
        Op::Matmul { transpose_a, transpose_b } => {
            matmul(g, [inputs[0], inputs[1]], [*transpose_a, *transpose_b], dy, wanted)
        }
        Op::Conv2d(_) | Op::Conv3d(_) => {
            let [x, w] = [inputs[0], inputs[1]];
            let [_, grad_input, grad_weight] = convolutions(&node.op, g.shape(x), g.shape(w))?;
            Ok(vec![want(g, 0, grad_input, [dy, w])?, want(g, 1, grad_weight, [x, dy])?])
        }
        Op::Conv2dGradInput(..) | Op::Conv3dGradInput(..) => {
            let [d, w] = [inputs[0], inputs[1]];
            let [forward, _, grad_weight] = convolutions(&node.op, &node.shape, g.shape(w))?;
            Ok(vec![want(g, 0, forward, [dy, w])?, want(g, 1, grad_weight, [dy, d])?])
        }
        Op::Conv2dGradWeight(..) | Op::Conv3dGradWeight(..) => {
            let [x, d] = [inputs[0], inputs[1]];
            let [forward, grad_input, _] = convolutions(&node.op, g.shape(x), &node.shape)?;
            Ok(vec![want(g, 0, grad_input, [d, dy])?, want(g, 1, forward, [x, dy])?])
        }
        Op::MaxPool2d(pool) => {
            let of = Op::MaxPool2dPlaces(*pool);
            let places = g.find(&of, inputs).map_or_else(|| g.add(of, inputs), Ok)?;
            Ok(vec![Some(g.add(Op::MaxPool2dGradInput(*pool, image(g, inputs[0])?), &[places, dy])?)])
        }
        // Where the maxima are does not change for a small change of x: no gradient that way.
        Op::MaxPool2dPlaces(_) => Ok(vec![None]),
        Op::MaxPool2dGradInput(pool, _) => Ok(vec![None, want(g, 1, Op::MaxPool2dGather(*pool), [inputs[0], dy])?]),
        Op::MaxPool2dGather(pool) => {
            let of = Op::MaxPool2dGradInput(*pool, image(g, inputs[1])?);
            Ok(vec![None, want(g, 1, of, [inputs[0], dy])?])
        }
        Op::AvgPool2d(pool) => Ok(vec![Some(g.add(Op::AvgPool2dGradInput(*pool, image(g, inputs[0])?), &[dy])?)]),
        Op::AvgPool2dGradInput(pool, _) => Ok(vec![Some(g.add(Op::AvgPool2d(*pool), &[dy])?)]),
        Op::Upsample2d(upsample) => {
            let of = Op::Upsample2dGradInput(*upsample, image(g, inputs[0])?);
            Ok(vec![Some(g.add(of, &[dy])?)])
        }
        Op::Upsample2dGradInput(upsample, _) => Ok(vec![Some(g.add(Op::Upsample2d(*upsample), &[dy])?)]),
        Op::Stft(stft) => {
            let [_, samples] = g.shape(inputs[0]).array("stft", "x")?;
            fixed_windows(wanted)?;
            Ok(vec![Some(g.add(Op::StftGrad(*stft, samples), &[dy, inputs[1], inputs[2]])?), None, None])
        }
        Op::StftGrad(stft, _) => {
            fixed_windows(wanted)?;
            Ok(vec![Some(g.add(Op::Stft(*stft), &[dy, inputs[1], inputs[2]])?), None, None])
        }
        Op::Banded(matrix, transposed) => Ok(vec![Some(g.add(Op::Banded(matrix.clone(), !transposed), &[dy])?)]),
        Op::DiagonalSum(sums, transposed) => Ok(vec![Some(g.add(Op::DiagonalSum(sums.clone(), !transposed), &[dy])?)]),
        op => Err(Error::Argument { operation: op.name(), problem: "has no gradient".into() }),
    }
}

/// The convolution that `op` is or is a gradient of, and its gradients with respect to an input like `x` and to weights like `w`.
fn convolutions(op: &Op, x: &Shape, w: &Shape) -> Result<[Op; 3]> {
    match *op {
        Op::Conv2d(conv) | Op::Conv2dGradInput(conv, _) | Op::Conv2dGradWeight(conv, _) => {
            let [[_, _, x @ ..], [_, _, w @ ..]] = [x.array::<4>(op.name(), "x")?, w.array::<4>(op.name(), "weight")?];
            Ok([Op::Conv2d(conv), Op::Conv2dGradInput(conv, x), Op::Conv2dGradWeight(conv, w)])
        }
        Op::Conv3d(conv) | Op::Conv3dGradInput(conv, _) | Op::Conv3dGradWeight(conv, _) => {
            let [[_, _, x @ ..], [_, _, w @ ..]] = [x.array::<5>(op.name(), "x")?, w.array::<5>(op.name(), "weight")?];
            Ok([Op::Conv3d(conv), Op::Conv3dGradInput(conv, x), Op::Conv3dGradWeight(conv, w)])
        }
        _ => Err(Error::Argument { operation: op.name(), problem: "is no convolution".into() }),
    }
}

fn fixed_windows(wanted: &[bool]) -> Result<()> {
    if wanted[1] || wanted[2] {
        let problem = "windows are fixed: there is no gradient with respect to them".into();
        return Err(Error::Argument { operation: "stft", problem });
    }
    Ok(())
}

/// With A = op(a), B = op(b), y = A B: dA = dy B', dB = A' dy, each stored as its operand is.
fn matmul(
    g: &mut Graph,
    [a, b]: [Id; 2],
    [transpose_a, transpose_b]: [bool; 2],
    dy: Id,
    wanted: &[bool],
) -> Result<Gradients> {
    let da = match (wanted[0], transpose_a) {
        (false, _) => None,
        (true, false) => Some(g.matmul_transposed(dy, b, false, !transpose_b)?),
        (true, true) => Some(g.matmul_transposed(b, dy, transpose_b, true)?),
    };
    let db = match (wanted[1], transpose_b) {
        (false, _) => None,
        (true, false) => Some(g.matmul_transposed(a, dy, !transpose_a, false)?),
        (true, true) => Some(g.matmul_transposed(dy, a, true, transpose_a)?),
    };
    let (shape_a, shape_b) = (g.shape(a).clone(), g.shape(b).clone());
    let da = da.map(|gradient| g.sum_to(gradient, &shape_a)).transpose()?;
    let db = db.map(|gradient| g.sum_to(gradient, &shape_b)).transpose()?;
    Ok(vec![da, db])
}
