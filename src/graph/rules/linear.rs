//! Rules of operations that are linear in each input: products, convolutions, pools, transforms. They come in sets that
//! are closed under differentiation.

use super::Gradients;
use crate::error::{Error, Result};
use crate::graph::op::Op;
use crate::graph::{Graph, Id};

pub(super) fn pull_back(g: &mut Graph, y: Id, dy: Id, wanted: &[bool]) -> Result<Gradients> {
    let node = g.node(y).clone();
    let inputs = node.inputs.as_slice();
    let want = |g: &mut Graph, side: usize, op: Op, of: [Id; 2]| -> Result<Option<Id>> {
        if wanted[side] { g.add(op, &of).map(Some) } else { Ok(None) }
    };
    let image = |g: &Graph, id: Id| -> Result<[usize; 2]> {
        g.shape(id).array::<4>(node.op.name(), "image").map(|[_, _, h, w]| [h, w])
    };
    let volume = |g: &Graph, id: Id| -> Result<[usize; 3]> {
        g.shape(id).array::<5>(node.op.name(), "volume").map(|[_, _, d, h, w]| [d, h, w])
    };
    match &node.op {
        Op::Matmul { transpose_a, transpose_b } => {
            matmul(g, [inputs[0], inputs[1]], [*transpose_a, *transpose_b], dy, wanted)
        }
        Op::Conv2d(conv) => {
            let [x, w] = [inputs[0], inputs[1]];
            let dx = want(g, 0, Op::Conv2dGradInput(*conv, image(g, x)?), [dy, w])?;
            let dw = want(g, 1, Op::Conv2dGradWeight(*conv, image(g, w)?), [x, dy])?;
            Ok(vec![dx, dw])
        }
        Op::Conv2dGradInput(conv, _) => {
            let [d, w] = [inputs[0], inputs[1]];
            let first = want(g, 0, Op::Conv2d(*conv), [dy, w])?;
            let second = want(g, 1, Op::Conv2dGradWeight(*conv, image(g, w)?), [dy, d])?;
            Ok(vec![first, second])
        }
        Op::Conv2dGradWeight(conv, _) => {
            let [x, d] = [inputs[0], inputs[1]];
            let first = want(g, 0, Op::Conv2dGradInput(*conv, image(g, x)?), [d, dy])?;
            let second = want(g, 1, Op::Conv2d(*conv), [x, dy])?;
            Ok(vec![first, second])
        }
        Op::Conv3d(conv) => {
            let [x, w] = [inputs[0], inputs[1]];
            let dx = want(g, 0, Op::Conv3dGradInput(*conv, volume(g, x)?), [dy, w])?;
            let dw = want(g, 1, Op::Conv3dGradWeight(*conv, volume(g, w)?), [x, dy])?;
            Ok(vec![dx, dw])
        }
        Op::Conv3dGradInput(conv, _) => {
            let [d, w] = [inputs[0], inputs[1]];
            let first = want(g, 0, Op::Conv3d(*conv), [dy, w])?;
            let second = want(g, 1, Op::Conv3dGradWeight(*conv, volume(g, w)?), [dy, d])?;
            Ok(vec![first, second])
        }
        Op::Conv3dGradWeight(conv, _) => {
            let [x, d] = [inputs[0], inputs[1]];
            let first = want(g, 0, Op::Conv3dGradInput(*conv, volume(g, x)?), [d, dy])?;
            let second = want(g, 1, Op::Conv3d(*conv), [x, dy])?;
            Ok(vec![first, second])
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
        op => Err(Error::Argument { operation: op.name(), problem: "has no gradient".into() }),
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
