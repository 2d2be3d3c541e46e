//! Each step's kernels, and the scratch memory that they need.

use std::sync::Arc;

use super::Tensors;
use super::fuse::{Kind, Spectrogram, Step};
use crate::error::{Error, Result};
use crate::gpu::{Engine, Recorder, Tensor};
use crate::graph::{Banded, Diagonals, Graph, Id, Op, Stft, Update};
use crate::kernels::conv2d::Epilogue;
use crate::kernels::movement::{Walk, strided_copy};
use crate::kernels::stft::{Order, Windows};
use crate::kernels::{
    Scratch, banded, batch_norm, conv2d, conv2d_grad_weight, conv3d, diagonal, dropout, gemm, layer_norm, optim,
    pointwise, pool2d, recurrent, reduce, softmax, stft, upsample,
};
use crate::shape::{Distribution, Random, RecurrentCell, Shape};

/// The scratch tensors of a step.
pub(super) fn scratch(engine: &Engine, graph: &Graph, step: &Step) -> Result<Vec<Scratch>> {
    let shape = |at: usize| graph.shape(step.inputs[at]);
    let out = graph.shape(step.output);
    match &step.kind {
        Kind::Conv { op: Op::Conv2d(conv), activation, pool, .. } => {
            let epilogue = Epilogue { activation: *activation, pool: *pool };
            conv2d::conv2d_scratch(engine, shape(0), shape(1), conv, epilogue)
        }
        Kind::Conv { op: Op::Conv3d(conv), .. } => conv3d::conv3d_scratch(engine, shape(0), shape(1), conv),
        Kind::Node(Op::Conv3dGradInput(conv, _)) => conv3d::conv3d_grad_input_scratch(engine, out, shape(1), conv),
        Kind::Node(Op::Conv3dGradWeight(conv, _)) => conv3d::conv3d_grad_weight_scratch(engine, shape(0), out, conv),
        Kind::Gemm { gemm, .. } => gemm::gemm_scratch(engine, shape(0), shape(1), gemm),
        Kind::Node(Op::Conv2dGradInput(conv, _)) => conv2d::conv2d_grad_input_scratch(engine, out, shape(1), conv),
        Kind::Node(Op::Conv2dGradWeight(conv, _)) => {
            conv2d_grad_weight::conv2d_grad_weight_scratch(engine, shape(0), out, conv)
        }
        Kind::Node(Op::Recurrent(_)) => Ok(recurrent::recurrent_scratch(shape(2))),
        Kind::Node(Op::RnnGrad) => Ok(recurrent::rnn_grad_gates_scratch(shape(1))),
        Kind::Node(Op::GruGrad) => Ok(recurrent::gru_grad_gates_scratch(shape(4))),
        Kind::Node(Op::LstmGrad) => Ok(recurrent::lstm_grad_gates_scratch(shape(3))),
        // The kernel makes the maxima on the way.
        Kind::Node(Op::MaxPool2dPlaces(_)) => Ok(vec![Scratch::of_run(out.count())]),
        Kind::Node(Op::StftGrad(transform, _)) => {
            let [batch, _] = out.array("stft_grad_input", "dx")?;
            Ok(stft::stft_grad_input_scratch(batch, shape(2).count(), transform.n_fft))
        }
        Kind::Spectrogram(made @ Spectrogram { stft, bank: Some(_), .. }) => {
            Ok(vec![Scratch::of_run(out.count() / made.rows() * held(stft))])
        }
        Kind::Node(Op::Reduce(_, axes)) => reduce::reduce_scratch(shape(0), axes),
        Kind::Node(Op::BatchNormStats | Op::BatchNormGradSums(_)) => batch_norm::batch_norm_scratch(shape(0)),
        Kind::Node(Op::LayerNormGradSums) => layer_norm::layer_norm_scratch(shape(0)),
        _ => Ok(Vec::new()),
    }
}

/// Records a step.
pub(super) fn record(rec: &mut Recorder, all: &Tensors<'_>, step: &Step, scratch: &[Tensor]) -> Result<()> {
    let x = step.inputs.iter().map(|&id| all.get(id)).collect::<Result<Vec<_>>>()?;
    let y = &all.get(step.output)?;
    let places = step.also.map(|id| all.get(id)).transpose()?;
    match &step.kind {
        Kind::Chain(chain) => pointwise::unary(rec, &x[0], y, chain),
        Kind::Conv { op: Op::Conv2d(conv), bias, activation, pool } => {
            let bias = bias.then(|| flat(&x[2])).transpose()?;
            let epilogue = Epilogue { activation: *activation, pool: *pool };
            conv2d::conv2d(rec, &x[0], &x[1], bias.as_ref(), y, places.as_ref(), conv, epilogue, scratch)
        }
        Kind::Conv { op: Op::Conv3d(conv), bias, activation, .. } => {
            let bias = bias.then(|| flat(&x[2])).transpose()?;
            conv3d::conv3d(rec, &x[0], &x[1], bias.as_ref(), y, conv, *activation, scratch)
        }
        Kind::Gemm { gemm, bias } => {
            let bias = bias.then(|| flat(&x[2])).transpose()?;
            gemm::gemm(rec, &x[0], &x[1], bias.as_ref(), y, gemm, scratch)
        }
        Kind::Spectrogram(made) => spectrogram(rec, made, &x, y, scratch),
        Kind::Node(Op::MaxPool2d(pool)) => match places {
            Some(places) => pool2d::max_pool2d_places(rec, &x[0], y, &places, pool),
            None => pool2d::max_pool2d(rec, &x[0], y, pool),
        },
        Kind::Node(op) | Kind::Conv { op, .. } => node(rec, op, &x, y, scratch),
    }
}

fn node(rec: &mut Recorder, op: &Op, x: &[Tensor], y: &Tensor, scratch: &[Tensor]) -> Result<()> {
    match op {
        Op::Binary(function) => pointwise::binary(rec, &x[0], &x[1], y, *function),
        Op::Transpose(axes) => {
            let strides = x[0].shape().strides();
            let from = Walk { offset: 0, strides: axes.iter().map(|&axis| strides[axis]).collect() };
            strided_copy(rec, &x[0], &from, y, &whole(y.shape()), y.shape().dims())
        }
        Op::Slice { begin, .. } => {
            let from = inside(x[0].shape(), begin);
            strided_copy(rec, &x[0], &from, y, &whole(y.shape()), y.shape().dims())
        }
        Op::Pad { before, .. } => {
            pointwise::fill(rec, y, 0.0)?;
            strided_copy(rec, &x[0], &whole(x[0].shape()), y, &inside(y.shape(), before), x[0].shape().dims())
        }
        Op::Concat(axis) => {
            let mut begin = vec![0; y.shape().rank()];
            for part in x {
                strided_copy(rec, part, &whole(part.shape()), y, &inside(y.shape(), &begin), part.shape().dims())?;
                begin[*axis] += part.shape().dims()[*axis];
            }
            Ok(())
        }
        Op::Expand(shape) => {
            let missing = shape.rank() - x[0].shape().rank();
            let own = x[0].shape().strides();
            let stride = |axis: usize| {
                if axis < missing || x[0].shape().dims()[axis - missing] == 1 { 0 } else { own[axis - missing] }
            };
            let from = Walk { offset: 0, strides: (0..shape.rank()).map(stride).collect() };
            strided_copy(rec, &x[0], &from, y, &whole(shape), shape.dims())
        }
        Op::Reduce(kind, axes) => reduce::reduce(rec, &x[0], y, *kind, axes, scratch),
        Op::Conv2dGradInput(conv, _) => conv2d::conv2d_grad_input(rec, &x[0], &x[1], y, conv, scratch),
        Op::Conv2dGradWeight(conv, _) => conv2d_grad_weight::conv2d_grad_weight(rec, &x[0], &x[1], y, conv, scratch),
        Op::Conv3dGradInput(conv, _) => conv3d::conv3d_grad_input(rec, &x[0], &x[1], y, conv, scratch),
        Op::Conv3dGradWeight(conv, _) => conv3d::conv3d_grad_weight(rec, &x[0], &x[1], y, conv, scratch),
        Op::MaxPool2dPlaces(pool) => pool2d::max_pool2d_places(rec, &x[0], &scratch[0].reshape(y.shape())?, y, pool),
        Op::MaxPool2dGradInput(pool, _) => pool2d::max_pool2d_grad_input(rec, &x[0], &x[1], y, pool),
        Op::MaxPool2dGather(pool) => pool2d::max_pool2d_gather(rec, &x[0], &x[1], y, pool),
        Op::AvgPool2d(pool) => pool2d::avg_pool2d(rec, &x[0], y, pool),
        Op::AvgPool2dGradInput(pool, _) => pool2d::avg_pool2d_grad_input(rec, &x[0], y, pool),
        Op::Upsample2d(upsample) => upsample::upsample2d(rec, &x[0], y, upsample),
        Op::Upsample2dGradInput(upsample, _) => upsample::upsample2d_grad_input(rec, &x[0], y, upsample),
        Op::Softmax => softmax::softmax(rec, &x[0], y),
        Op::SoftmaxGrad => softmax::softmax_grad_input(rec, &x[0], &x[1], y),
        Op::LogSoftmax => softmax::log_softmax(rec, &x[0], y),
        Op::CrossEntropy => softmax::cross_entropy(rec, &x[0], &x[1], y),
        Op::CrossEntropyGrad => softmax::cross_entropy_grad_logits(rec, &x[0], &x[1], &x[2], y),
        Op::BatchNormStats => batch_norm::batch_norm_stats(rec, &x[0], y, scratch),
        Op::BatchNorm { eps, .. } => batch_norm::batch_norm_apply(rec, [&x[0], &x[1], &x[2], &x[3]], y, *eps),
        Op::BatchNormGradSums(eps) => batch_norm::batch_norm_grad_sums(rec, [&x[0], &x[1], &x[2]], y, *eps, scratch),
        Op::BatchNormGradInput(eps) => {
            batch_norm::batch_norm_grad_input(rec, [&x[0], &x[1], &x[2], &x[3], &x[4]], y, *eps)
        }
        Op::LayerNorm(eps) => layer_norm::layer_norm(rec, [&x[0], &x[1], &x[2]], y, *eps),
        Op::LayerNormStats(eps) => layer_norm::layer_norm_stats(rec, &x[0], y, *eps),
        Op::LayerNormGradInput => layer_norm::layer_norm_grad_input(rec, [&x[0], &x[1], &x[2], &x[3]], y),
        Op::LayerNormGradSums => layer_norm::layer_norm_grad_sums(rec, [&x[0], &x[1], &x[2]], y, scratch),
        Op::Dropout { keep, salt } => dropout::dropout(rec, &x[0], &x[1], y, *keep, *salt),
        Op::Recurrent(RecurrentCell::Rnn) => recurrent::rnn(rec, [&x[0], &x[1], &x[2], &x[3]], y, scratch),
        Op::Recurrent(RecurrentCell::Gru) => recurrent::gru(rec, [&x[0], &x[1], &x[2], &x[3]], y, scratch),
        Op::Recurrent(RecurrentCell::Lstm) => recurrent::lstm(rec, [&x[0], &x[1], &x[2], &x[3]], y, scratch),
        Op::RnnGrad => recurrent::rnn_grad_gates(rec, [&x[0], &x[1], &x[2]], y, scratch),
        Op::GruGrad => recurrent::gru_grad_gates(rec, [&x[0], &x[1], &x[2], &x[3], &x[4], &x[5]], y, scratch),
        Op::LstmGrad => recurrent::lstm_grad_gates(rec, [&x[0], &x[1], &x[2], &x[3], &x[4]], y, scratch),
        Op::Random(Random { distribution: Distribution::Uniform, salt, .. }) => {
            dropout::random_uniform(rec, &x[0], y, 0.0, 1.0, *salt)
        }
        Op::Random(Random { distribution: Distribution::Normal, salt, .. }) => {
            dropout::random_normal(rec, &x[0], y, 0.0, 1.0, *salt)
        }
        Op::Stft(transform) => {
            let table = table(rec, transform.n_fft)?;
            let windows = Windows { windows: &x[1], rows: &x[2], table: &table };
            stft::stft(rec, &x[0], windows, y, transform)
        }
        Op::StftGrad(transform, _) => {
            let table = table(rec, transform.n_fft)?;
            let windows = Windows { windows: &x[1], rows: &x[2], table: &table };
            stft::stft_grad_input(rec, &x[0], windows, y, transform, scratch)
        }
        Op::Banded(matrix, transposed) => banded_matmul(rec, matrix, *transposed, &x[0], y),
        Op::DiagonalSum(diagonals, transposed) => diagonal_sum(rec, diagonals, *transposed, &x[0], y),
        // These are steps of another kind, or none.
        Op::Unary(_)
        | Op::Matmul { .. }
        | Op::Conv2d(_)
        | Op::Conv3d(_)
        | Op::MaxPool2d(_)
        | Op::Reshape(_)
        | Op::Input(_)
        | Op::Variable(_)
        | Op::Constant(_)
        | Op::Data(_) => {
            Err(Error::Argument { operation: op.name(), problem: "no kernel takes it as a step of its own".into() })
        }
    }
}

/// Records the end of a run: a variable takes its new value.
pub(super) fn update(rec: &mut Recorder, all: &Tensors<'_>, update: &Update) -> Result<()> {
    match update {
        Update::Assign { variable, value } => match all.graph.node(all.graph.root(*value)).op {
            Op::Constant(number) => pointwise::fill(rec, &all.get(*variable)?, number),
            _ => rec.copy(&all.get(*value)?, &all.get(*variable)?),
        },
        Update::Optimise { optimiser, variable, slots, gradient, step } => {
            let get = |id: &Id| all.get(*id);
            let slots = slots.iter().map(get).collect::<Result<Vec<_>>>()?;
            let (w, g, step) = (get(variable)?, get(gradient)?, get(step)?);
            optim::optimise(rec, *optimiser, &w, &g, &slots, &step)
        }
    }
}

/// Numbers of a frame of what a matrix is multiplied by: whole vec4s.
fn held(stft: &Stft) -> usize {
    (stft.n_fft / 2 + 1).next_multiple_of(4)
}

fn spectrogram(rec: &mut Recorder, made: &Spectrogram, x: &[Tensor], y: &Tensor, scratch: &[Tensor]) -> Result<()> {
    let Spectrogram { stft: transform, bank, order, .. } = made;
    let [batch, _] = x[0].shape().array("stft_power", "x")?;
    let rows = made.rows();
    let frames = y.len() / (batch * rows);
    let y = y.reshape(order.dims(batch, rows, frames))?;
    let table = table(rec, transform.n_fft)?;
    let windows = Windows { windows: &x[1], rows: &x[2], table: &table };
    let Some(bank) = bank else {
        return stft::stft_power(rec, &x[0], windows, &y, *order, transform);
    };
    let power = scratch[0].reshape([batch, frames, held(transform)])?;
    stft::stft_power(rec, &x[0], windows, &power, Order::Frames, transform)?;
    let banded::Packed { weights, bands } = banded::pack(bank.values(), bank.size());
    let weights = rec.constant([weights.len()], &weights)?;
    let bands = rec.constant([rows, 4], &bands)?;
    banded::banded_matmul_rows(rec, [&weights, &bands], &power, &y, *order)
}

fn banded_matmul(rec: &mut Recorder, matrix: &Arc<Banded>, transposed: bool, x: &Tensor, y: &Tensor) -> Result<()> {
    let [rows, columns] = matrix.size();
    let (dense, size) =
        if transposed { (matrix.transposed(), [columns, rows]) } else { (matrix.values().to_vec(), [rows, columns]) };
    let w = rec.constant(size, &dense)?;
    let ranges = banded::ranges(&dense, size);
    let ranges = rec.constant([size[0], 2], &ranges)?;
    banded::banded_matmul(rec, &w, &ranges, x, y)
}

fn diagonal_sum(rec: &mut Recorder, diagonals: &Diagonals, transposed: bool, x: &Tensor, y: &Tensor) -> Result<()> {
    if transposed {
        let table = rec.constant([diagonals.size()[0], 2], &diagonal::rows(diagonals))?;
        return diagonal::diagonal_sum_grad_input(rec, x, &table, y, diagonals);
    }
    let table = rec.constant([diagonals.sums().len(), 4], &diagonal::sums(diagonals))?;
    diagonal::diagonal_sum(rec, x, &table, y, diagonals)
}

/// Roots of unity for a transform.
fn table(rec: &mut Recorder, n_fft: usize) -> Result<Tensor> {
    let values = crate::kernels::stft_table::stft_table(n_fft)?;
    rec.constant([values.len()], &values)
}

fn flat(bias: &Tensor) -> Result<Tensor> {
    bias.reshape([bias.len()])
}

fn whole(shape: &Shape) -> Walk {
    Walk { offset: 0, strides: shape.strides() }
}

/// The walk of a block that begins at `begin` inside `shape`.
fn inside(shape: &Shape, begin: &[usize]) -> Walk {
    let strides = shape.strides();
    Walk { offset: strides.iter().zip(begin).map(|(stride, begin)| stride * begin).sum(), strides }
}
