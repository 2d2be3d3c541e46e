//! The suite of kernels: each operation by itself, in a graph of its own, on the sizes at which the networks use it.

mod blocks;

use std::sync::Arc;

use super::{Benchmark, Measured, label, time_recording};
use crate::error::Result;
use crate::gpu::{Cost, Engine};
use crate::graph::{Graph, Id, Op, Update};
use crate::nn::{Mode, Net};
use crate::plan::{Plan, PlanOptions, Variables};
use crate::reference::compare::noise;
use crate::shape::{
    Banded, Conv2d, Conv3d, Optimiser, Padding, Padding3d, Pool2d, RecurrentCell, Reduction, Stft, StftPadding,
};
use crate::signal::cqt::{CqtBlocks, CqtShape};
use crate::signal::mel::{MelBank, MelNorm, MelScale, MelShape};

/// An operation as a graph.
struct Case {
    name: &'static str,
    shape: String,
    graph: Graph,
}

impl Case {
    /// `build` adds the operation; its inputs and variables name the shape.
    fn new(name: &'static str, build: impl FnOnce(&mut Graph) -> Result<()>) -> Result<Self> {
        let mut graph = Graph::new();
        build(&mut graph)?;
        let given = |id: &Id| match &graph.node(*id).op {
            Op::Input(name) | Op::Variable(name) => !HIDDEN.contains(&name.as_str()),
            _ => false,
        };
        let shapes = graph.ids().filter(given).map(|id| label(graph.shape(id))).collect::<Vec<_>>();
        Ok(Self { name, shape: shapes.join(" * "), graph })
    }

    /// One that gives what `build` returns.
    fn value(name: &'static str, build: impl FnOnce(&mut Graph) -> Result<Id>) -> Result<Self> {
        Self::new(name, |graph| {
            let y = build(graph)?;
            graph.output("y", y)
        })
    }

    /// Bytes of everything that goes in and comes out, once.
    fn bytes(&self) -> f64 {
        let graph = &self.graph;
        let given = graph.ids().filter(|id| matches!(graph.node(*id).op, Op::Input(_) | Op::Variable(_)));
        let changed = graph.updates().iter().flat_map(Update::changes);
        let all = given.chain(graph.outputs().iter().map(|(_, id)| *id)).chain(changed);
        all.map(|id| 4.0 * graph.shape(id).count() as f64).sum()
    }

    /// Plans it on values between -1 and 1, runs and times it.
    fn measure(&self, engine: &Engine) -> Measured {
        let mut variables = Variables::new(engine);
        for (name, id) in self.graph.variables() {
            let shape = self.graph.shape(id).clone();
            variables.set(name, shape.clone(), &noise(shape.count(), 1))?;
        }
        let plan = Plan::new(&self.graph, &variables, PlanOptions::default())?;
        for id in self.graph.ids() {
            if let Op::Input(name) = &self.graph.node(id).op
                && !HIDDEN.contains(&name.as_str())
            {
                plan.write(name, &noise(self.graph.shape(id).count(), 2))?;
            }
        }
        // What is done once, such as packing weights, is not part of a run.
        plan.run();
        let timing = time_recording(plan.recording())?;
        let cost = Cost { flops: plan.recording().cost().flops, bytes: self.bytes() };
        Ok((timing, Some(cost)))
    }
}

/// Inputs that are words rather than numbers, and stay 0.
const HIDDEN: &[&str] = &["step", "seed", "rows"];

/// The layers of slice-cnn at a batch of 32: channels in, out, and the side of the picture.
const LAYERS: [[usize; 3]; 4] = [[1, 64, 128], [64, 128, 64], [128, 256, 32], [256, 512, 16]];
const BATCH: usize = 32;
/// The last two layers of the GAN's discriminator, and backwards of its generator: channels of the large image and of the small one, and the
/// large one's side.
const GROWTH: [[usize; 3]; 2] = [[16, 32, 64], [6, 16, 128]];
/// A tensor of an early layer, for what only reads and writes.
const PICTURES: [usize; 4] = [BATCH, 64, 64, 64];

/// All rows.
pub(super) fn benchmarks() -> Result<Vec<Benchmark<'static>>> {
    let row = |case: Case| Benchmark::new(case.name, case.shape.clone(), move |engine| case.measure(engine));
    Ok(cases()?.into_iter().map(row).collect())
}

fn cases() -> Result<Vec<Case>> {
    let mut all = Vec::new();
    for [c, o, side] in LAYERS {
        all.extend(convolutions([BATCH, c, side, side], [o, c, 2, 2], 1)?);
    }
    all.extend(convolutions([8, 64, 64, 64], [64, 64, 3, 3], 1)?);
    all.extend(convolutions([BATCH, 1, 128, 128], [8, 1, 5, 5], 2)?);
    for [c, o, side] in LAYERS {
        all.push(fused([BATCH, c, side, side], [o, c, 2, 2])?);
    }
    for [c, o, side] in GROWTH {
        all.extend(patches([BATCH, c, 1, side, side], o)?);
    }
    all.extend(refiners()?);
    all.extend(recurrent()?);
    all.extend(products()?);
    all.extend(elements()?);
    all.extend(normalisation()?);
    all.extend(optimisers()?);
    all.extend(transforms()?);
    all.extend(blocks::cases()?);
    Ok(all)
}

fn convolutions(x: [usize; 4], weight: [usize; 4], stride: usize) -> Result<Vec<Case>> {
    let conv = Conv2d { stride: [stride; 2], padding: Padding::Same, ..Conv2d::default() };
    let [n, _, h, w] = x;
    let dy = [n, weight[0], h.div_ceil(stride), w.div_ceil(stride)];
    Ok(vec![
        Case::value("conv2d", |graph| {
            let (x, weight) = (graph.input("x", x)?, graph.variable("weight", weight)?);
            graph.conv2d(x, weight, conv)
        })?,
        Case::value("conv2d_grad_input", |graph| {
            let (dy, weight) = (graph.input("dy", dy)?, graph.input("weight", weight)?);
            graph.add(Op::Conv2dGradInput(conv, [h, w]), &[dy, weight])
        })?,
        Case::value("conv2d_grad_weight", |graph| {
            let (x, dy) = (graph.input("x", x)?, graph.input("dy", dy)?);
            graph.add(Op::Conv2dGradWeight(conv, [weight[2], weight[3]]), &[x, dy])
        })?,
    ])
}

/// A layer as it stands in the network: one kernel does all of it.
fn fused(x: [usize; 4], weight: [usize; 4]) -> Result<Case> {
    Case::value("conv2d_bias_elu_max_pool2d", |graph| {
        let conv = Conv2d { padding: Padding::Same, ..Conv2d::default() };
        let (x, w) = (graph.input("x", x)?, graph.variable("weight", weight)?);
        let bias = graph.variable("bias", [1, weight[0], 1, 1])?;
        let y = graph.conv2d(x, w, conv)?;
        let y = graph.plus(y, bias)?;
        let y = graph.elu(y, 1.0)?;
        graph.max_pool2d(y, Pool2d::square(2))
    })
}

/// Windows as large as their steps: what halves, what doubles, and the gradients of the weights.
fn patches(x: [usize; 5], o: usize) -> Result<Vec<Case>> {
    volumes(x, [o, x[1], 1, 2, 2], Conv3d { stride: [1, 2, 2], ..Conv3d::default() })
}

/// The two convolutions of a refiner's unit: with the paper's width a genre, and as six genres are trained, in groups of the practical width.
fn refiners() -> Result<Vec<Case>> {
    let unit = |groups: usize, width: usize| -> Result<Vec<Case>> {
        let conv = Conv3d { padding: Padding3d::Same, groups, ..Conv3d::default() };
        let [one, many] = [groups, groups * width];
        let mut there = volumes([BATCH, one, 1, 128, 128], [many, 1, 1, 3, 3], conv)?;
        there.extend(volumes([BATCH, many, 1, 128, 128], [one, width, 1, 3, 3], conv)?);
        Ok(there)
    };
    Ok([unit(1, 64)?, unit(6, 8)?].into_iter().flatten().collect())
}

fn volumes(x: [usize; 5], weight: [usize; 5], conv: Conv3d) -> Result<Vec<Case>> {
    let [n, _, d, h, w] = x;
    let [o, _, kd, kh, kw] = weight;
    let [sd, sh, sw] = conv.stride;
    let dy = [n, o, d / sd, h / sh, w / sw];
    Ok(vec![
        Case::value("conv3d", |graph| {
            let (x, weight) = (graph.input("x", x)?, graph.variable("weight", weight)?);
            graph.conv3d(x, weight, conv)
        })?,
        Case::value("conv_transpose3d", |graph| {
            let (dy, weight) = (graph.input("dy", dy)?, graph.variable("weight", weight)?);
            graph.add(Op::Conv3dGradInput(conv, [d, h, w]), &[dy, weight])
        })?,
        Case::value("conv3d_grad_weight", |graph| {
            let (x, dy) = (graph.input("x", x)?, graph.input("dy", dy)?);
            graph.add(Op::Conv3dGradWeight(conv, [kd, kh, kw]), &[x, dy])
        })?,
    ])
}

/// A layer of 128 units over 128 steps, by the kernels of its steps alone and as a whole, as peers have it.
fn recurrent() -> Result<Vec<Case>> {
    let (steps, units) = (128, 128);
    let layer = |name, cell: RecurrentCell| {
        Case::value(name, |graph| {
            let gates = graph.input("gates", [steps, BATCH, cell.gates() * units])?;
            let start = graph.input("start", [BATCH, cell.state() * units])?;
            let weight = graph.variable("weight", [cell.gates() * units, units])?;
            let bias = graph.variable("bias", [cell.gates() * units])?;
            graph.add(Op::Recurrent(cell), &[gates, start, weight, bias])
        })
    };
    let gradient = Case::value("gru_grad_gates", |graph| {
        let [gates, hidden] = ["gates", "hidden"].map(|name| graph.input(name, [steps, BATCH, 3 * units]));
        let [y, dy] = ["y", "dy"].map(|name| graph.input(name, [steps, BATCH, units]));
        let start = graph.input("start", [BATCH, units])?;
        let weight = graph.variable("weight", [3 * units, units])?;
        graph.add(Op::GruGrad, &[gates?, hidden?, y?, start, weight, dy?])
    })?;
    let whole = |name, with_gradients: bool| {
        let x = [steps, BATCH, units];
        let build = |graph: &mut Graph| {
            let mut net = Net::new(Mode::Inference)?;
            let x = net.graph.input("x", x)?;
            let y = net.recurrent("gru", RecurrentCell::Gru, x, units)?;
            let mut outputs = vec![y];
            if with_gradients {
                let loss = net.graph.reduce(Reduction::Sum, y, &[0, 1, 2])?;
                outputs.extend(net.graph.gradients(loss, &net.weights())?);
            }
            for (i, id) in outputs.into_iter().enumerate() {
                net.graph.output(format!("y{i}"), id)?;
            }
            *graph = net.graph;
            Ok(())
        };
        Ok(Case { shape: label(&x.into()), ..Case::new(name, build)? })
    };
    Ok(vec![
        layer("rnn", RecurrentCell::Rnn)?,
        layer("gru", RecurrentCell::Gru)?,
        gradient,
        layer("lstm", RecurrentCell::Lstm)?,
        whole("gru layer", false)?,
        whole("gru layer with gradients", true)?,
    ])
}

fn products() -> Result<Vec<Case>> {
    let product = |a: [usize; 2], b: [usize; 2], ta, tb| {
        Case::value("gemm", |graph| {
            let (a, b) = (graph.input("a", a)?, graph.input("b", b)?);
            graph.matmul_transposed(a, b, ta, tb)
        })
    };
    // By a weight, which may be packed once.
    let dense = |a: [usize; 2], b: [usize; 2]| {
        Case::value("gemm_weight", |graph| {
            let (a, b) = (graph.input("a", a)?, graph.variable("b", b)?);
            graph.matmul(a, b)
        })
    };
    Ok(vec![
        product([1024, 1024], [1024, 1024], false, false)?,
        // The two gradients of slice-cnn's dense layer, and the layer.
        product([BATCH, 1024], [32_768, 1024], false, true)?,
        product([BATCH, 32_768], [BATCH, 1024], true, false)?,
        dense([1024, 1024], [1024, 1024])?,
        dense([BATCH, 32_768], [32_768, 1024])?,
        dense([1, 32_768], [32_768, 1024])?,
    ])
}

fn elements() -> Result<Vec<Case>> {
    let pool = Pool2d::square(2);
    let [n, c, h, w] = PICTURES;
    Ok(vec![
        Case::value("unary", |graph| {
            let x = graph.input("x", PICTURES)?;
            graph.elu(x, 1.0)
        })?,
        Case::value("binary", |graph| {
            let (a, b) = (graph.input("a", PICTURES)?, graph.input("b", PICTURES)?);
            graph.plus(a, b)
        })?,
        Case::value("transpose", |graph| {
            let x = graph.input("x", PICTURES)?;
            graph.transpose(x, &[1, 0, 3, 2])
        })?,
        Case::value("reduce", |graph| {
            let x = graph.input("x", PICTURES)?;
            graph.reduce(Reduction::Sum, x, &[0, 2, 3])
        })?,
        Case::value("dropout", |graph| {
            let (x, seed) = (graph.input("x", PICTURES)?, graph.input("seed", [8])?);
            graph.dropout(x, seed, 0.5, 1)
        })?,
        Case::value("max_pool2d", |graph| {
            let x = graph.input("x", PICTURES)?;
            graph.max_pool2d(x, pool)
        })?,
        Case::value("max_pool2d_grad_input", |graph| {
            let pooled = [n, c, h / 2, w / 2];
            let (places, dy) = (graph.input("places", pooled)?, graph.input("dy", pooled)?);
            graph.add(Op::MaxPool2dGradInput(pool, [h, w]), &[places, dy])
        })?,
        Case::value("avg_pool2d", |graph| {
            let x = graph.input("x", PICTURES)?;
            graph.avg_pool2d(x, pool)
        })?,
        Case::value("softmax", |graph| {
            let x = graph.input("x", [8192, 256])?;
            graph.softmax(x)
        })?,
        Case::value("cross_entropy", |graph| {
            let (x, targets) = (graph.input("x", [8192, 256])?, graph.input("targets", [8192, 256])?);
            graph.cross_entropy(x, targets)
        })?,
    ])
}

fn normalisation() -> Result<Vec<Case>> {
    let c = PICTURES[1];
    let eps = 1e-5;
    Ok(vec![
        Case::value("batch_norm_stats", |graph| {
            let x = graph.input("x", PICTURES)?;
            graph.add(Op::BatchNormStats, &[x])
        })?,
        Case::value("batch_norm_apply", |graph| {
            let (x, stats) = (graph.input("x", PICTURES)?, graph.input("stats", [2, c])?);
            let (gamma, beta) = (graph.input("gamma", [c])?, graph.input("beta", [c])?);
            graph.add(Op::BatchNorm { eps, training: true }, &[x, stats, gamma, beta])
        })?,
        Case::value("batch_norm_grad_sums", |graph| {
            let (x, stats) = (graph.input("x", PICTURES)?, graph.input("stats", [2, c])?);
            let dy = graph.input("dy", PICTURES)?;
            graph.add(Op::BatchNormGradSums(eps), &[x, stats, dy])
        })?,
        Case::value("batch_norm_grad_input", |graph| {
            let (x, stats) = (graph.input("x", PICTURES)?, graph.input("stats", [2, c])?);
            let (gamma, sums) = (graph.input("gamma", [c])?, graph.input("sums", [2, c])?);
            let dy = graph.input("dy", PICTURES)?;
            graph.add(Op::BatchNormGradInput(eps), &[x, stats, gamma, sums, dy])
        })?,
    ])
}

/// On the weights of a dense layer.
fn optimisers() -> Result<Vec<Case>> {
    let kinds = [
        ("sgd", Optimiser::Sgd { momentum: 0.9, nesterov: false, weight_decay: 0.0 }),
        ("adam", Optimiser::Adam { beta1: 0.9, beta2: 0.999, eps: 1e-8 }),
        ("rmsprop", Optimiser::RmsProp { decay: 0.9, momentum: 0.0, eps: 1e-10 }),
    ];
    let case = |(name, optimiser): (&'static str, Optimiser)| {
        Case::new(name, |graph| {
            let shape = [4096, 1024];
            let (variable, gradient) = (graph.variable("w", shape)?, graph.input("gradient", shape)?);
            let slots =
                optimiser.slots().iter().map(|(slot, _)| graph.variable(*slot, shape)).collect::<Result<_>>()?;
            let step = graph.input("step", [8])?;
            graph.update(Update::Optimise { optimiser, variable, slots, gradient, step })
        })
    };
    kinds.into_iter().map(case).collect()
}

/// On thirty seconds of sound, as librosa cuts it.
fn transforms() -> Result<Vec<Case>> {
    let (rate, n_fft, hop) = (22_050, 2048, 512);
    let samples = 30 * rate;
    let frames = samples / hop + 1;
    let stft = Stft { n_fft, hop, start: -(n_fft as isize / 2), padding: StftPadding::Zero };
    let inputs = |graph: &mut Graph| -> Result<[Id; 3]> {
        Ok([graph.input("x", [1, samples])?, graph.input("windows", [1, n_fft])?, graph.input("rows", [frames])?])
    };
    let shape = MelShape {
        rate: rate as f64,
        n_fft,
        n_mels: 128,
        fmin: 0.0,
        fmax: rate as f64 / 2.0,
        scale: MelScale::Slaney,
        norm: MelNorm::Slaney,
    };
    let bank = MelBank::new(&shape)?;
    let bank = Arc::new(Banded::new(bank.bands(), bank.bins(), bank.to_f32())?);
    let filters = CqtShape { rate: rate as f64, fmin: 32.703, bins: 84, bins_per_octave: 12 };
    let filters = Arc::new(CqtBlocks::new(&filters, hop)?.diagonals(frames)?);
    Ok(vec![
        Case::value("stft", |graph| {
            let [x, windows, rows] = inputs(graph)?;
            graph.stft(x, windows, rows, stft)
        })?,
        Case::value("stft_power", |graph| {
            let [x, windows, rows] = inputs(graph)?;
            let y = graph.stft(x, windows, rows, stft)?;
            graph.power(y)
        })?,
        Case::value("stft_grad_input", |graph| {
            let dy = graph.input("dy", [1, n_fft / 2 + 1, frames, 2])?;
            let (windows, rows) = (graph.input("windows", [1, n_fft])?, graph.input("rows", [frames])?);
            graph.add(Op::StftGrad(stft, samples), &[dy, windows, rows])
        })?,
        Case::value("banded_matmul", |graph| {
            let x = graph.input("x", [1, n_fft / 2 + 1, frames])?;
            graph.banded(&bank, x)
        })?,
        Case::value("diagonal_sum", |graph| {
            let [rows, columns] = filters.size();
            let x = graph.input("x", [1, rows, columns])?;
            graph.diagonal_sum(&filters, x)
        })?,
        Case::value("diagonal_sum_grad_input", |graph| {
            let [sums, frames] = filters.given();
            let dy = graph.input("dy", [1, sums, frames])?;
            graph.add(Op::DiagonalSum(Arc::clone(&filters), true), &[dy])
        })?,
    ])
}
