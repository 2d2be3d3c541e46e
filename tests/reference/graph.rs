//! What a graph means: every node's value in f64, from its operation's formula.

use std::collections::BTreeMap;

use tunevote::graph::{Graph, Id, Op};
use tunevote::reference::conv2d::Convolution;
use tunevote::reference::conv3d::Convolution3d;
use tunevote::reference::gemm::Product;
use tunevote::reference::pool2d::{self, Pooling};
use tunevote::reference::recurrent::Sequence;
use tunevote::reference::upsample::Enlarged;
use tunevote::reference::{batch_norm, layer_norm, pointwise, random, reduce, softmax, spectral};
use tunevote::shape::{Conv3d, Distribution, Padding, Pool2d, RecurrentCell, Upsample2d};

use super::ops::{self, movement};

/// Values of inputs and variables by name. Where an operation reads words (a seed, window rows), a value is the f32 that
/// has the word's bits.
pub type Values = BTreeMap<String, Vec<f64>>;

/// Every node's value.
pub fn evaluate(graph: &Graph, values: &Values) -> Vec<Vec<f64>> {
    let mut all = Vec::new();
    for id in graph.ids() {
        let value = node(graph, id, values, &all);
        all.push(value);
    }
    all
}

/// One node's value; only what it needs is computed.
pub fn value(graph: &Graph, values: &Values, wanted: Id) -> Vec<f64> {
    let mut needed = vec![false; wanted.index() + 1];
    needed[wanted.index()] = true;
    for id in graph.ids().take(wanted.index() + 1).collect::<Vec<_>>().into_iter().rev() {
        if needed[id.index()] {
            graph.node(id).inputs.iter().for_each(|input| needed[input.index()] = true);
        }
    }
    let mut all = Vec::new();
    for id in graph.ids().take(wanted.index() + 1) {
        let value = if needed[id.index()] { node(graph, id, values, &all) } else { Vec::new() };
        all.push(value);
    }
    all.pop().unwrap()
}

/// A word as the f64 that stands for it.
pub fn word(word: u32) -> f64 {
    f64::from(f32::from_bits(word))
}

fn places(values: &[f64]) -> Vec<usize> {
    words(values).into_iter().map(|word| word as usize).collect()
}

fn words(values: &[f64]) -> Vec<u32> {
    values.iter().map(|&v| (v as f32).to_bits()).collect()
}

fn four(dims: &[usize]) -> [usize; 4] {
    dims.try_into().unwrap()
}

fn volumes(x: &[usize], weight: &[usize], conv: Conv3d) -> Convolution3d {
    Convolution3d { x: x.try_into().unwrap(), weight: weight.try_into().unwrap(), conv }
}

fn enlarged(upsample: &Upsample2d, image: &[usize]) -> Enlarged {
    Enlarged { image: [image[2], image[3]], factor: upsample.factor, linear: upsample.linear }
}

/// Of gates (T,N,…) and weights (…,H).
fn sequence(gates: &[usize], weight: &[usize]) -> Sequence {
    Sequence { steps: gates[0], n: gates[1], units: weight[1] }
}

fn given(values: &Values, name: &str, count: usize) -> Vec<f64> {
    let value = values.get(name).unwrap_or_else(|| panic!("there is no value for {name}"));
    assert_eq!(value.len(), count, "values of {name}");
    value.clone()
}

fn node(graph: &Graph, id: Id, values: &Values, all: &[Vec<f64>]) -> Vec<f64> {
    let node = graph.node(id);
    let out = node.shape.dims();
    let v = |k: usize| all[node.inputs[k].index()].as_slice();
    let dims = |k: usize| graph.shape(node.inputs[k]).dims();
    let last = || *dims(0).last().unwrap();
    let pooling = |pool: &Pool2d, image: &[usize]| {
        let image = [image[2], image[3]];
        Pooling { image, kernel: pool.kernel, stride: pool.stride, pads: pads(pool, image) }
    };
    let planes = out.iter().take(2).product();
    let normed = || [dims(0)[0], dims(0)[1], dims(0)[2..].iter().product()];
    let y = match &node.op {
        Op::Input(name) | Op::Variable(name) => given(values, name, node.shape.count()),
        Op::Constant(value) => vec![f64::from(*value); node.shape.count()],
        Op::Data(data) => data.iter().map(|&v| f64::from(v)).collect(),
        Op::Unary(function) => v(0).iter().map(|&x| pointwise::unary(*function, x)).collect(),
        Op::Binary(function) => {
            let [a, b] = [0, 1].map(|k| pointwise::expand(v(k), dims(k), out));
            a.iter().zip(&b).map(|(&a, &b)| pointwise::binary(*function, a, b)).collect()
        }
        Op::Reshape(_) => v(0).to_vec(),
        Op::Transpose(axes) => movement::transpose(v(0), dims(0), axes, out),
        Op::Slice { begin, .. } => movement::slice(v(0), dims(0), begin, out),
        Op::Pad { before, .. } => movement::pad(v(0), dims(0), before, out),
        Op::Concat(axis) => {
            let parts: Vec<_> = (0..node.inputs.len()).map(|k| (v(k), dims(k))).collect();
            movement::concat(&parts, *axis, out)
        }
        Op::Expand(_) => pointwise::expand(v(0), dims(0), out),
        Op::Reduce(kind, axes) => reduce::reduce(*kind, v(0), dims(0), axes),
        Op::Matmul { transpose_a, transpose_b } => product(dims(0), dims(1), *transpose_a, *transpose_b).of(v(0), v(1)),
        Op::Conv2d(conv) => Convolution { x: four(dims(0)), weight: four(dims(1)), conv: *conv }.forward(v(0), v(1)),
        Op::Conv2dGradInput(conv, _) => {
            Convolution { x: four(out), weight: four(dims(1)), conv: *conv }.grad_input(v(0), v(1))
        }
        Op::Conv2dGradWeight(conv, _) => {
            Convolution { x: four(dims(0)), weight: four(out), conv: *conv }.grad_weight(v(0), v(1))
        }
        Op::Conv3d(conv) => volumes(dims(0), dims(1), *conv).forward(v(0), v(1)),
        Op::Conv3dGradInput(conv, _) => volumes(out, dims(1), *conv).grad_input(v(0), v(1)),
        Op::Conv3dGradWeight(conv, _) => volumes(dims(0), out, *conv).grad_weight(v(0), v(1)),
        Op::MaxPool2d(pool) => pool2d::max_pool2d(v(0), planes, pooling(pool, dims(0))),
        Op::MaxPool2dPlaces(pool) => pool2d::max_pool2d_places(v(0), planes, pooling(pool, dims(0))),
        Op::MaxPool2dGradInput(pool, _) => pool2d::max_pool2d_grad_input(v(0), v(1), planes, pooling(pool, out)),
        Op::MaxPool2dGather(pool) => pool2d::max_pool2d_gather(v(0), v(1), planes, pooling(pool, dims(1))),
        Op::AvgPool2d(pool) => pool2d::avg_pool2d(v(0), planes, pooling(pool, dims(0))),
        Op::AvgPool2dGradInput(pool, _) => pool2d::avg_pool2d_grad_input(v(0), planes, pooling(pool, out)),
        Op::Softmax => softmax::softmax(v(0), last()),
        Op::SoftmaxGrad => softmax::softmax_grad_input(v(0), v(1), last()),
        Op::LogSoftmax => softmax::log_softmax(v(0), last()),
        Op::CrossEntropy => softmax::cross_entropy(v(0), v(1), last()),
        Op::CrossEntropyGrad => softmax::cross_entropy_grad_logits(v(0), v(1), v(2), last()),
        Op::Random(drawn) => {
            let (seed, count) = (words(v(0)).try_into().unwrap(), node.shape.count());
            match drawn.distribution {
                Distribution::Uniform => random::uniform(seed, drawn.salt, count),
                Distribution::Normal => random::normal(seed, drawn.salt, count),
            }
        }
        Op::Upsample2d(upsample) => enlarged(upsample, dims(0)).upsample2d(v(0), planes),
        Op::Upsample2dGradInput(upsample, _) => enlarged(upsample, out).upsample2d_grad_input(v(0), planes),
        Op::Recurrent(RecurrentCell::Rnn) => sequence(dims(0), dims(2)).rnn(v(0), v(1), v(2), v(3)),
        Op::Recurrent(RecurrentCell::Gru) => sequence(dims(0), dims(2)).gru(v(0), v(1), v(2), v(3)),
        Op::Recurrent(RecurrentCell::Lstm) => sequence(dims(0), dims(2)).lstm(v(0), v(1), v(2), v(3)),
        Op::RnnGrad => sequence(dims(0), dims(1)).rnn_grad_gates([v(0), v(1), v(2)]),
        Op::GruGrad => sequence(dims(0), dims(4)).gru_grad_gates([v(0), v(1), v(2), v(3), v(4), v(5)]),
        Op::LstmGrad => sequence(dims(0), dims(3)).lstm_grad_gates([v(0), v(1), v(2), v(3), v(4)]),
        Op::BatchNormStats => batch_norm::stats(v(0), normed()),
        Op::BatchNorm { eps, .. } => batch_norm::apply(v(0), v(1), v(2), v(3), normed(), f64::from(*eps)),
        Op::BatchNormGradSums(eps) => batch_norm::grad_sums(v(0), v(1), v(2), normed(), f64::from(*eps)),
        Op::BatchNormGradInput(eps) => {
            ops::batch_norm::grad_input([v(0), v(1), v(2), v(3), v(4)], normed(), f64::from(*eps))
        }
        Op::LayerNorm(eps) => layer_norm::layer_norm(v(0), v(1), v(2), f64::from(*eps)),
        Op::LayerNormStats(eps) => layer_norm::stats(v(0), last(), f64::from(*eps)),
        Op::LayerNormGradInput => layer_norm::grad_input(v(0), v(1), v(2), v(3)),
        Op::LayerNormGradSums => layer_norm::grad_sums(v(0), v(1), v(2), last()),
        Op::Dropout { keep, salt } => random::dropout(v(0), words(v(1)).try_into().unwrap(), *salt, f64::from(*keep)),
        Op::Stft(stft) => {
            let signals = v(0).chunks(dims(0)[1]);
            signals.flat_map(|x| spectral::stft(x, v(1), &places(v(2)), stft)).collect()
        }
        Op::StftGrad(stft, samples) => {
            let transforms = v(0).chunks(dims(0)[1..].iter().product());
            transforms.flat_map(|dy| spectral::stft_grad_input(dy, v(1), &places(v(2)), *samples, stft)).collect()
        }
        Op::Banded(matrix, transposed) => {
            let ([rows, columns], frames) = (matrix.size(), dims(0)[2]);
            let dense: Vec<_> = matrix.values().iter().map(|&w| f64::from(w)).collect();
            let (dense, size) = if *transposed {
                (movement::transpose(&dense, &[rows, columns], &[1, 0], &[columns, rows]), [columns, rows, frames])
            } else {
                (dense, [rows, columns, frames])
            };
            v(0).chunks(size[1] * frames).flat_map(|x| spectral::matmul(&dense, x, size)).collect()
        }
        Op::DiagonalSum(diagonals, transposed) => {
            let one = dims(0)[1..].iter().product();
            let of = if *transposed { spectral::diagonal_sum_grad_input } else { spectral::diagonal_sum };
            v(0).chunks(one).flat_map(|x| of(x, diagonals)).collect()
        }
    };
    assert_eq!(y.len(), node.shape.count(), "{} gives {}", node.op.name(), node.shape);
    y
}

/// Extents of a matrix product of what is stored with these shapes.
fn product(a: &[usize], b: &[usize], transpose_a: bool, transpose_b: bool) -> Product {
    let split = |dims: &[usize], transposed: bool| {
        let [.., rows, columns] = *dims else { panic!("a matrix has two axes: {dims:?}") };
        let batch = dims[..dims.len() - 2].iter().product();
        if transposed { (batch, columns, rows) } else { (batch, rows, columns) }
    };
    let ((a_batch, m, k), (b_batch, _, n)) = (split(a, transpose_a), split(b, transpose_b));
    Product { a_batch, b_batch, m, n, k, transpose_a, transpose_b }
}

/// `[top, bottom, left, right]`: TensorFlow's SAME has `ceil(side / stride)` windows, what is odd goes last.
fn pads(pool: &Pool2d, image: [usize; 2]) -> [usize; 4] {
    let same = |a: usize| {
        let out = image[a].div_ceil(pool.stride[a]);
        let total = ((out - 1) * pool.stride[a] + pool.kernel[a]).saturating_sub(image[a]);
        [total / 2, total - total / 2]
    };
    match pool.padding {
        Padding::Valid => [0; 4],
        Padding::Explicit(sides) => sides,
        Padding::Same => [same(0)[0], same(0)[1], same(1)[0], same(1)[1]],
    }
}
