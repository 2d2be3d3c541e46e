//! The shape that an operation gives, or why it cannot.

use super::op::Op;
use crate::error::{Error, Result};
use crate::shape::{Random, RecurrentCell, Shape, Stft, Unary};

/// The output's shape, if the inputs have the shapes that the operation needs and its kernels can do as much.
pub(super) fn infer(op: &Op, inputs: &[&Shape]) -> Result<Shape> {
    let shape = output(op, inputs)?;
    match op {
        Op::Reduce(_, axes) => inputs[0].check_runs(op.name(), axes)?,
        Op::Binary(_) | Op::Transpose(_) | Op::Slice { .. } | Op::Pad { .. } | Op::Concat(_) | Op::Expand(_) => {
            shape.check_axes(op.name(), "the output")?;
        }
        Op::Stft(stft) => stft.check(op.name(), inputs[0].dims()[1])?,
        Op::StftGrad(stft, samples) => stft.check(op.name(), *samples)?,
        _ => {}
    }
    Ok(shape)
}

fn output(op: &Op, inputs: &[&Shape]) -> Result<Shape> {
    let name = op.name();
    let wanted = arity(op);
    if wanted.is_some_and(|wanted| wanted != inputs.len()) || (wanted.is_none() && inputs.is_empty()) {
        let wanted = wanted.map_or("at least 1".into(), |wanted| wanted.to_string());
        return Err(Error::shape(name, "inputs", wanted, inputs.len()));
    }
    match op {
        Op::Input(_) | Op::Variable(_) | Op::Constant(_) | Op::Data(_) => {
            Err(Error::Argument { operation: name, problem: "has its own constructor".into() })
        }
        // The gradient tells the branch by the sign of the output.
        Op::Unary(Unary::Elu(number) | Unary::LeakyRelu(number)) if number.is_nan() || *number < 0.0 => {
            let problem = format!("the slope below 0 should not be negative, is {number}");
            Err(Error::Argument { operation: name, problem })
        }
        Op::Unary(_) => Ok(inputs[0].clone()),
        Op::Softmax | Op::LogSoftmax => {
            rows(name, "x", inputs[0])?;
            Ok(inputs[0].clone())
        }
        Op::Dropout { keep, .. } => {
            inputs[1].expect(name, "seed", [8])?;
            if !(*keep > 0.0 && *keep <= 1.0) {
                return Err(Error::Argument {
                    operation: name,
                    problem: format!("keep should be in (0, 1], is {keep}"),
                });
            }
            Ok(inputs[0].clone())
        }
        Op::Binary(_) => inputs[0]
            .broadcast(inputs[1])
            .ok_or_else(|| Error::shape(name, "b", format_args!("to broadcast with {}", inputs[0]), inputs[1])),
        Op::Reshape(shape) if shape.count() == inputs[0].count() => Ok(shape.clone()),
        Op::Reshape(shape) => Err(Error::shape(name, "shape", format_args!("{} elements", inputs[0].count()), shape)),
        Op::Transpose(axes) => transpose(axes, inputs[0]),
        Op::Slice { begin, end } => slice(begin, end, inputs[0]),
        Op::Pad { before, after } => {
            let dims = inputs[0].dims();
            if before.len() != dims.len() || after.len() != dims.len() {
                let got = format!("{} and {}", before.len(), after.len());
                return Err(Error::shape(name, "before, after", format_args!("{} axes", dims.len()), got));
            }
            Ok((0..dims.len())
                .map(|axis| before[axis].saturating_add(dims[axis]).saturating_add(after[axis]))
                .collect::<Vec<_>>()
                .into())
        }
        Op::Concat(axis) => concat(*axis, inputs),
        Op::Expand(shape) => match inputs[0].broadcast(shape) {
            Some(all) if all == *shape => Ok(all),
            _ => Err(Error::shape(name, "shape", format_args!("a shape that {} broadcasts to", inputs[0]), shape)),
        },
        Op::Reduce(_, axes) => reduce(axes, inputs[0]),
        Op::Matmul { transpose_a, transpose_b } => matmul(*transpose_a, *transpose_b, inputs[0], inputs[1]),
        Op::Conv2d(conv) => conv_output(name, conv.groups, inputs, |x, w| conv.resolve(name, x, w)),
        Op::Conv3d(conv) => conv_output(name, conv.groups, inputs, |x, w| conv.resolve(name, x, w)),
        Op::Conv2dGradInput(conv, image) => {
            conv_input(name, conv.groups, *image, inputs, |x, w| conv.resolve(name, x, w))
        }
        Op::Conv3dGradInput(conv, volume) => {
            conv_input(name, conv.groups, *volume, inputs, |x, w| conv.resolve(name, x, w))
        }
        Op::Conv2dGradWeight(conv, kernel) => {
            conv_weight(name, conv.groups, *kernel, inputs, |x, w| conv.resolve(name, x, w))
        }
        Op::Conv3dGradWeight(conv, kernel) => {
            conv_weight(name, conv.groups, *kernel, inputs, |x, w| conv.resolve(name, x, w))
        }
        Op::MaxPool2d(pool) | Op::MaxPool2dPlaces(pool) | Op::AvgPool2d(pool) => {
            let [n, c, h, w] = inputs[0].array(name, "x")?;
            let ([oh, ow], _) = pool.resolve(name, [h, w])?;
            Ok([n, c, oh, ow].into())
        }
        Op::MaxPool2dGradInput(pool, [h, w]) => {
            let [n, c, _, _] = inputs[0].array(name, "places")?;
            let (out, _) = pool.resolve(name, [*h, *w])?;
            inputs[0].expect(name, "places", [n, c, out[0], out[1]])?;
            inputs[1].expect(name, "dy", inputs[0])?;
            Ok([n, c, *h, *w].into())
        }
        Op::MaxPool2dGather(pool) => {
            let [n, c, h, w] = inputs[1].array(name, "v")?;
            let (out, _) = pool.resolve(name, [h, w])?;
            inputs[0].expect(name, "places", [n, c, out[0], out[1]])?;
            Ok(inputs[0].clone())
        }
        Op::AvgPool2dGradInput(pool, [h, w]) => {
            let [n, c, oh, ow] = inputs[0].array(name, "dy")?;
            let (out, _) = pool.resolve(name, [*h, *w])?;
            Shape::from([n, c, oh, ow]).expect(name, "dy", [n, c, out[0], out[1]])?;
            Ok([n, c, *h, *w].into())
        }
        Op::Upsample2d(upsample) => {
            let [n, c, h, w] = inputs[0].array(name, "x")?;
            let [rows, columns] = upsample.resolve(name, [h, w])?;
            Ok([n, c, rows, columns].into())
        }
        Op::Upsample2dGradInput(upsample, image) => {
            let [n, c, _, _] = inputs[0].array(name, "dy")?;
            let [rows, columns] = upsample.resolve(name, *image)?;
            inputs[0].expect(name, "dy", [n, c, rows, columns])?;
            Ok([n, c, image[0], image[1]].into())
        }
        Op::SoftmaxGrad => {
            rows(name, "y", inputs[0])?;
            inputs[1].expect(name, "dy", inputs[0])?;
            Ok(inputs[0].clone())
        }
        Op::CrossEntropy => {
            let [n, _] = inputs[0].array(name, "logits")?;
            inputs[1].expect(name, "targets", inputs[0])?;
            Ok([n].into())
        }
        Op::CrossEntropyGrad => {
            let [n, _] = inputs[0].array(name, "logits")?;
            inputs[1].expect(name, "targets", inputs[0])?;
            inputs[2].expect(name, "dloss", [n])?;
            Ok(inputs[0].clone())
        }
        Op::Recurrent(cell) => {
            let [steps, n, units] = recurrent(name, *cell, inputs[0], inputs[1], inputs[2])?;
            inputs[3].expect(name, "bias", [cell.gates() * units])?;
            Ok([steps, n, cell.state() * units].into())
        }
        Op::RnnGrad => {
            let [steps, n, all] = inputs[0].array(name, "y")?;
            let units = RecurrentCell::Rnn.units(name, all)?;
            inputs[1].expect(name, "weight", [units, units])?;
            inputs[2].expect(name, "dy", inputs[0])?;
            Ok([steps, n, 2 * units].into())
        }
        Op::GruGrad => {
            let [steps, n, units] = recurrent(name, RecurrentCell::Gru, inputs[0], inputs[3], inputs[4])?;
            inputs[1].expect(name, "hidden", inputs[0])?;
            inputs[2].expect(name, "y", [steps, n, units])?;
            inputs[5].expect(name, "dy", inputs[2])?;
            Ok([steps, n, 5 * units].into())
        }
        Op::LstmGrad => {
            let [steps, n, units] = recurrent(name, RecurrentCell::Lstm, inputs[0], inputs[2], inputs[3])?;
            inputs[1].expect(name, "y", [steps, n, 2 * units])?;
            inputs[4].expect(name, "dy", inputs[1])?;
            Ok([steps, n, 6 * units].into())
        }
        Op::Random(Random { shape, .. }) => {
            inputs[0].expect(name, "seed", [8])?;
            Ok(shape.clone())
        }
        Op::BatchNormStats => Ok([2, channels(name, inputs[0])?].into()),
        Op::BatchNorm { .. } => {
            let c = channels(name, inputs[0])?;
            inputs[1].expect(name, "stats", [2, c])?;
            inputs[2].expect(name, "gamma", [c])?;
            inputs[3].expect(name, "beta", [c])?;
            Ok(inputs[0].clone())
        }
        Op::BatchNormGradSums(_) => {
            let c = channels(name, inputs[0])?;
            inputs[1].expect(name, "stats", [2, c])?;
            inputs[2].expect(name, "dy", inputs[0])?;
            Ok([2, c].into())
        }
        Op::BatchNormGradInput(_) => {
            let c = channels(name, inputs[0])?;
            inputs[1].expect(name, "stats", [2, c])?;
            inputs[2].expect(name, "gamma", [c])?;
            inputs[3].expect(name, "sums", [2, c])?;
            inputs[4].expect(name, "dy", inputs[0])?;
            Ok(inputs[0].clone())
        }
        Op::LayerNorm(_) => {
            let n = row(name, inputs[0])?;
            inputs[1].expect(name, "gamma", [n])?;
            inputs[2].expect(name, "beta", [n])?;
            Ok(inputs[0].clone())
        }
        Op::LayerNormStats(_) => {
            row(name, inputs[0])?;
            Ok(pairs(inputs[0]))
        }
        Op::LayerNormGradInput => {
            let n = row(name, inputs[0])?;
            inputs[1].expect(name, "stats", pairs(inputs[0]))?;
            inputs[2].expect(name, "gamma", [n])?;
            inputs[3].expect(name, "dy", inputs[0])?;
            Ok(inputs[0].clone())
        }
        Op::LayerNormGradSums => {
            let n = row(name, inputs[0])?;
            inputs[1].expect(name, "stats", pairs(inputs[0]))?;
            inputs[2].expect(name, "dy", inputs[0])?;
            Ok([2, n].into())
        }
        Op::Stft(stft) => {
            let [b, _] = inputs[0].array(name, "x")?;
            let frames = stft_windows(name, stft, inputs)?;
            Ok([b, stft.n_fft / 2 + 1, frames, 2].into())
        }
        Op::StftGrad(stft, samples) => {
            let [b, f, t, two] = inputs[0].array(name, "dy")?;
            let frames = stft_windows(name, stft, inputs)?;
            Shape::from([b, f, t, two]).expect(name, "dy", [b, stft.n_fft / 2 + 1, frames, 2])?;
            Ok([b, *samples].into())
        }
        Op::Banded(matrix, transposed) => {
            let [b, f, t] = inputs[0].array(name, "x")?;
            let [rows, columns] = matrix.size();
            let (from, to) = if *transposed { (rows, columns) } else { (columns, rows) };
            Shape::from([b, f, t]).expect(name, "x", [b, from, t])?;
            Ok([b, to, t].into())
        }
        Op::DiagonalSum(diagonals, transposed) => {
            let (argument, [from, to]) = match transposed {
                false => ("x", [diagonals.size(), diagonals.given()]),
                true => ("dy", [diagonals.given(), diagonals.size()]),
            };
            let [b, _, _] = inputs[0].array(name, argument)?;
            inputs[0].expect(name, argument, [b, from[0], from[1]])?;
            Ok([b, to[0], to[1]].into())
        }
    }
}

fn arity(op: &Op) -> Option<usize> {
    Some(match op {
        Op::Input(_) | Op::Variable(_) | Op::Constant(_) | Op::Data(_) => 0,
        Op::Concat(_) => return None,
        Op::Binary(_) | Op::Matmul { .. } | Op::Conv2d(_) | Op::Conv2dGradInput(..) | Op::Conv2dGradWeight(..) => 2,
        Op::Conv3d(_) | Op::Conv3dGradInput(..) | Op::Conv3dGradWeight(..) => 2,
        Op::MaxPool2dGradInput(..) | Op::MaxPool2dGather(_) => 2,
        Op::SoftmaxGrad | Op::CrossEntropy | Op::Dropout { .. } => 2,
        Op::LayerNorm(_) | Op::LayerNormGradSums => 3,
        Op::LayerNormGradInput => 4,
        Op::CrossEntropyGrad | Op::BatchNormGradSums(_) | Op::Stft(_) | Op::StftGrad(..) | Op::RnnGrad => 3,
        Op::BatchNorm { .. } | Op::Recurrent(_) => 4,
        Op::LstmGrad => 5,
        Op::GruGrad => 6,
        Op::BatchNormGradInput(_) => 5,
        _ => 1,
    })
}

/// (N,O,…) from `x` (N,C,…) and `weight` (O,C/groups,…). `resolve` gives the output's sides and the padding for
/// those of an input and of a window.
fn conv_output<const N: usize, P>(
    name: &'static str,
    groups: usize,
    inputs: &[&Shape],
    resolve: impl Fn([usize; N], [usize; N]) -> Result<([usize; N], P)>,
) -> Result<Shape> {
    let ([n, c], image) = sides(name, "x", inputs[0])?;
    let ([o, i], kernel) = sides(name, "weight", inputs[1])?;
    check_groups(name, groups, c, o, i)?;
    Ok(with_sides([n, o], resolve(image, kernel)?.0))
}

/// (N,C,…) from `dy` (N,O,…) and `weight` (O,C/groups,…), for an input of these sides.
fn conv_input<const N: usize, P>(
    name: &'static str,
    groups: usize,
    image: [usize; N],
    inputs: &[&Shape],
    resolve: impl Fn([usize; N], [usize; N]) -> Result<([usize; N], P)>,
) -> Result<Shape> {
    let ([n, _], _) = sides::<N>(name, "dy", inputs[0])?;
    let ([o, i], kernel) = sides(name, "weight", inputs[1])?;
    let c = i.saturating_mul(groups);
    check_groups(name, groups, c, o, i)?;
    inputs[0].expect(name, "dy", with_sides([n, o], resolve(image, kernel)?.0))?;
    Ok(with_sides([n, c], image))
}

/// (O,C/groups,…) from `x` (N,C,…) and `dy` (N,O,…), for a window of these sides.
fn conv_weight<const N: usize, P>(
    name: &'static str,
    groups: usize,
    kernel: [usize; N],
    inputs: &[&Shape],
    resolve: impl Fn([usize; N], [usize; N]) -> Result<([usize; N], P)>,
) -> Result<Shape> {
    let ([n, c], image) = sides(name, "x", inputs[0])?;
    let ([_, o], _) = sides::<N>(name, "dy", inputs[1])?;
    inputs[1].expect(name, "dy", with_sides([n, o], resolve(image, kernel)?.0))?;
    let i = c / groups.max(1);
    check_groups(name, groups, c, o, i)?;
    Ok(with_sides([o, i], kernel))
}

/// The first two axes, and the N behind them.
fn sides<const N: usize>(name: &'static str, argument: &'static str, x: &Shape) -> Result<([usize; 2], [usize; N])> {
    if let [a, b, sides @ ..] = x.dims()
        && let Ok(sides) = sides.try_into()
    {
        return Ok(([*a, *b], sides));
    }
    Err(Error::shape(name, argument, format_args!("a tensor of {} axes", N + 2), x))
}

fn with_sides<const N: usize>(first: [usize; 2], sides: [usize; N]) -> Shape {
    [first.as_slice(), &sides].concat().into()
}

/// Steps, rows of the batch and units of a recurrent layer.
fn recurrent(
    name: &'static str,
    cell: RecurrentCell,
    gates: &Shape,
    start: &Shape,
    weight: &Shape,
) -> Result<[usize; 3]> {
    let [steps, n, all] = gates.array(name, "gates")?;
    let units = cell.units(name, all)?;
    start.expect(name, "start", [n, cell.state() * units])?;
    weight.expect(name, "weight", [all, units])?;
    Ok([steps, n, units])
}

fn transpose(axes: &[usize], x: &Shape) -> Result<Shape> {
    let mut sorted = axes.to_vec();
    sorted.sort_unstable();
    if sorted.iter().copied().ne(0..x.rank()) {
        return Err(Error::shape("transpose", "axes", format_args!("each axis of {x} once"), format_args!("{axes:?}")));
    }
    Ok(axes.iter().map(|&axis| x.dims()[axis]).collect::<Vec<_>>().into())
}

fn slice(begin: &[usize], end: &[usize], x: &Shape) -> Result<Shape> {
    let fits = begin.len() == x.rank()
        && end.len() == x.rank()
        && (0..x.rank()).all(|axis| begin[axis] < end[axis] && end[axis] <= x.dims()[axis]);
    if !fits {
        return Err(Error::shape(
            "slice",
            "ranges",
            format_args!("ranges inside {x} that are not empty"),
            format_args!("{begin:?}..{end:?}"),
        ));
    }
    Ok((0..x.rank()).map(|axis| end[axis] - begin[axis]).collect::<Vec<_>>().into())
}

fn concat(axis: usize, inputs: &[&Shape]) -> Result<Shape> {
    let mut dims = inputs[0].dims().to_vec();
    if axis >= dims.len() {
        return Err(Error::shape("concat", "axis", format_args!("less than {}", dims.len()), axis));
    }
    dims[axis] = 0;
    for shape in inputs {
        let alike = shape.rank() == dims.len() && (0..dims.len()).all(|k| k == axis || shape.dims()[k] == dims[k]);
        if !alike {
            return Err(Error::shape(
                "concat",
                "inputs",
                format_args!("like {} but for axis {axis}", inputs[0]),
                shape,
            ));
        }
        dims[axis] = shape.dims()[axis].saturating_add(dims[axis]);
    }
    Ok(dims.into())
}

fn reduce(axes: &[usize], x: &Shape) -> Result<Shape> {
    if !axes.is_sorted_by(|a, b| a < b) || axes.last().is_some_and(|&last| last >= x.rank()) {
        return Err(Error::shape("reduce", "axes", format_args!("ascending axes of {x}"), format_args!("{axes:?}")));
    }
    let kept = (0..x.rank()).filter(|axis| !axes.contains(axis)).map(|axis| x.dims()[axis]);
    Ok(kept.collect::<Vec<_>>().into())
}

fn matmul(transpose_a: bool, transpose_b: bool, a: &Shape, b: &Shape) -> Result<Shape> {
    let split = |shape: &Shape, argument, transposed: bool| match *shape.dims() {
        [r, c] => Ok((None, if transposed { [c, r] } else { [r, c] })),
        [n, r, c] => Ok((Some(n), if transposed { [c, r] } else { [r, c] })),
        _ => Err(Error::shape("matmul", argument, "a tensor of 2 or 3 axes", shape)),
    };
    let (batch_a, [m, k]) = split(a, "a", transpose_a)?;
    let (batch_b, [kb, n]) = split(b, "b", transpose_b)?;
    if k != kb {
        return Err(Error::shape("matmul", "b", format_args!("{k} along the axis that is summed"), b));
    }
    match (batch_a, batch_b) {
        (None, None) => Ok([m, n].into()),
        (Some(batch), None) | (None, Some(batch)) => Ok([batch, m, n].into()),
        (Some(one), Some(two)) if one == two || two == 1 => Ok([one, m, n].into()),
        (Some(1), Some(two)) => Ok([two, m, n].into()),
        _ => Err(Error::shape("matmul", "b", format_args!("as many matrices as a, {a}"), b)),
    }
}

fn check_groups(name: &'static str, groups: usize, c: usize, o: usize, i: usize) -> Result<()> {
    if groups == 0 || !c.is_multiple_of(groups) || !o.is_multiple_of(groups) || i.checked_mul(groups) != Some(c) {
        let expected = format!("channels that {groups} groups divide ({c} in, {o} out)");
        return Err(Error::shape(name, "weight", expected, format_args!("{i} input channels a group")));
    }
    Ok(())
}

fn channels(name: &'static str, x: &Shape) -> Result<usize> {
    match x.dims() {
        [_, c, ..] => Ok(*c),
        _ => Err(Error::shape(name, "x", "(N,C,…)", x)),
    }
}

/// There is a last axis.
fn rows(name: &'static str, argument: &'static str, x: &Shape) -> Result<()> {
    if x.rank() == 0 { Err(Error::shape(name, argument, "(…,K)", x)) } else { Ok(()) }
}

/// The length of the last axis.
fn row(name: &'static str, x: &Shape) -> Result<usize> {
    x.dims().last().copied().ok_or_else(|| Error::shape(name, "x", "(…,N)", x))
}

/// Two numbers for each row of the last axis.
fn pairs(x: &Shape) -> Shape {
    let mut dims = x.dims().to_vec();
    dims.last_mut().into_iter().for_each(|last| *last = 2);
    dims.into()
}

fn stft_windows(name: &'static str, stft: &Stft, inputs: &[&Shape]) -> Result<usize> {
    let [rows, _] = inputs[1].array(name, "windows")?;
    inputs[1].expect(name, "windows", [rows, stft.n_fft])?;
    let [frames] = inputs[2].array(name, "rows")?;
    Ok(frames)
}
