//! Graphs that together use every operation, forward and backward.

use std::sync::Arc;

use tunevote::graph::{Banded, Id, Op, Stft, StftPadding, Update};
use tunevote::shape::{
    Binary, Conv2d, Conv3d, Distribution, Padding, Padding3d, Pool2d, Random, RecurrentCell, Reduction, Unary,
    Upsample2d,
};

use super::Trial;
use crate::harness::noise;

const SAME: Conv2d = Conv2d { stride: [1, 1], dilation: [1, 1], padding: Padding::Same, groups: 1 };

/// Three convolutions with all, some and no epilogue, two dense layers, softmax and loss.
fn image() -> (Trial, Vec<Id>) {
    let mut t = Trial::default();
    let x = t.input("x", &[2, 3, 20, 24], noise(2 * 3 * 20 * 24, 1));
    let w1 = t.noisy("w1", &[6, 3, 3, 3], 0.5, 0.0);
    let b1 = t.noisy("b1", &[6], 0.5, 0.0);
    let w2 = t.noisy("w2", &[8, 3, 2, 3], 0.5, 0.0);
    let w3 = t.noisy("w3", &[5, 8, 2, 2], 0.4, 0.0);
    let b3 = t.noisy("b3", &[1, 5, 1, 1], 0.4, 0.0);
    let w4 = t.noisy("w4", &[15, 7], 0.5, 0.0);
    let b4 = t.noisy("b4", &[7], 0.5, 0.0);
    let w5 = t.noisy("w5", &[4, 7], 0.8, 0.0);
    let g = &mut t.graph;
    // conv + bias + elu + pool
    let along = g.reshape(b1, [1, 6, 1, 1]).unwrap();
    let y = g.conv2d(x, w1, SAME).unwrap();
    let y = g.plus(y, along).unwrap();
    let y = g.elu(y, 0.7).unwrap();
    let y = g.max_pool2d(y, Pool2d::square(2)).unwrap();
    // grouped conv + leaky relu
    let grouped = Conv2d { groups: 2, stride: [2, 1], padding: Padding::Explicit([1, 0, 0, 1]), ..SAME };
    let y = g.conv2d(y, w2, grouped).unwrap();
    let y = g.unary(Unary::LeakyRelu(0.1), y).unwrap();
    // bias + conv, a pool that is not 2x2
    let y = g.conv2d(y, w3, SAME).unwrap();
    let y = g.plus(b3, y).unwrap();
    let y = g.max_pool2d(y, Pool2d { kernel: [4, 3], stride: [4, 4], padding: Padding::Valid }).unwrap();
    let features = g.shape(y).count() / 2;
    assert_eq!(features, 15);
    let flat = g.reshape(y, [2, features]).unwrap();
    let y = g.matmul(flat, w4).unwrap();
    let y = g.plus(y, b4).unwrap();
    let y = g.tanh(y).unwrap();
    let logits = g.matmul_transposed(y, w5, false, true).unwrap();
    let softmax = g.softmax(logits).unwrap();
    let log_softmax = g.log_softmax(logits).unwrap();
    let targets = g.data(&[0.25, 0.5, 0.25, 0.0, 0.0, 0.0, 0.0, 1.0], [2, 4]).unwrap();
    let losses = g.cross_entropy(logits, targets).unwrap();
    let loss = g.mean_all(losses).unwrap();
    g.output("logits", logits).unwrap();
    g.output("softmax", softmax).unwrap();
    g.output("log softmax", log_softmax).unwrap();
    g.output("loss", loss).unwrap();
    (t, vec![loss, softmax, log_softmax, x, w1, b1, w2, w3, b3, w4, b4, w5])
}

pub fn image_forward() -> Trial {
    image().0
}

pub fn image_gradients() -> Trial {
    let (mut t, ids) = image();
    let [loss, softmax, log_softmax] = [ids[0], ids[1], ids[2]];
    let (a, b) = (t.weighted(softmax, 5), t.weighted(log_softmax, 6));
    let both = t.graph.plus(a, b).unwrap();
    let total = t.graph.plus(loss, both).unwrap();
    t.gradients(total, &ids[3..]);
    t
}

/// Every function of one and of two numbers, in chains and across broadcasts.
pub fn pointwise() -> Trial {
    let mut t = Trial::default();
    let x = t.noisy("x", &[3, 5, 7], 1.3, 0.0);
    let positive = t.noisy("positive", &[3, 5, 7], 0.8, 1.2);
    let row = t.noisy("row", &[7], 0.5, 1.1);
    let column = t.noisy("column", &[5, 1], 0.9, 0.0);
    let (wave, mixed) = {
        let g = &mut t.graph;
        // One long chain: longer than any kernel takes at once.
        let functions = [
            Unary::Affine(0.8, 0.1),
            Unary::Tanh,
            Unary::Square,
            Unary::Affine(1.0, 0.5),
            Unary::Sqrt,
            Unary::Log,
            Unary::Sigmoid,
            Unary::Exp,
            Unary::Neg,
            Unary::LeakyRelu(0.3),
            Unary::Abs,
            Unary::Rsqrt,
        ];
        let wave = functions.into_iter().fold(x, |y, f| g.unary(f, y).unwrap());
        let parts = [
            Unary::Reciprocal,
            Unary::Decibel(0.9),
            Unary::Clamp(0.6, 1.6),
            Unary::Inside(0.7, 1.5),
            Unary::Floor,
            Unary::Relu,
            Unary::Elu(0.5),
        ];
        let mut sum = g.unary(Unary::Sign, x).unwrap();
        for function in parts {
            let part = g.unary(function, positive).unwrap();
            sum = g.plus(sum, part).unwrap();
        }
        let above = g.unary(Unary::Positive, x).unwrap();
        sum = g.minus(sum, above).unwrap();
        let mut mixed = g.times(sum, row).unwrap();
        for function in [Binary::Div, Binary::Maximum, Binary::Minimum] {
            let part = g.add(Op::Binary(function), &[x, row]).unwrap();
            mixed = g.plus(part, mixed).unwrap();
        }
        for function in [Binary::Greater, Binary::Equal] {
            let part = g.add(Op::Binary(function), &[column, x]).unwrap();
            mixed = g.minus(mixed, part).unwrap();
        }
        // A chain whose middle is read twice is not one chain.
        let middle = g.exp(wave).unwrap();
        let end = g.relu(middle).unwrap();
        let both = g.times(middle, end).unwrap();
        g.output("wave", wave).unwrap();
        g.output("mixed", mixed).unwrap();
        g.output("both", both).unwrap();
        (both, mixed)
    };
    let (a, b) = (t.weighted(wave, 2), t.weighted(mixed, 3));
    let loss = t.graph.plus(a, b).unwrap();
    t.gradients(loss, &[x, positive, row]);
    t
}

/// Elements that move: nothing but copies, reshapes between them, and every reduction.
pub fn movement() -> Trial {
    let mut t = Trial::default();
    let x = t.noisy("x", &[2, 3, 4], 1.0, 0.0);
    let y = t.noisy("y", &[2, 2, 4], 1.0, 0.0);
    let one = t.noisy("one", &[3, 1], 1.0, 0.0);
    let all = {
        let g = &mut t.graph;
        let joined = g.concat(&[x, y, x], 1).unwrap();
        let turned = g.transpose(joined, &[2, 0, 1]).unwrap();
        let cut = g.slice(turned, &[1, 0, 2], &[4, 2, 7]).unwrap();
        let padded = g.pad(cut, &[0, 1, 2], &[1, 0, 3]).unwrap();
        // Both names of one memory are read.
        let flat = g.reshape(padded, [12, 10]).unwrap();
        let doubled = g.affine(flat, 2.0, 0.0).unwrap();
        let back = g.reshape(doubled, [4, 3, 10]).unwrap();
        let wide = g.expand(one, [4, 3, 10]).unwrap();
        let sum = g.plus(back, wide).unwrap();
        let all = g.times(sum, padded).unwrap();
        let all = g.plus(all, wide).unwrap();
        let mut parts = Vec::new();
        for (k, kind) in [Reduction::Sum, Reduction::Mean, Reduction::Max, Reduction::Min].into_iter().enumerate() {
            for axes in [vec![0], vec![1], vec![2], vec![0, 2], vec![0, 1, 2]] {
                let reduced = g.reduce(kind, all, &axes).unwrap();
                g.output(format!("{kind:?} {axes:?}"), reduced).unwrap();
                let back = g.affine(reduced, 0.3 + k as f32, 0.0).unwrap();
                let count = g.shape(back).count();
                parts.push(g.reshape(back, [count]).unwrap());
            }
        }
        g.output("flat", flat).unwrap();
        g.output("padded", padded).unwrap();
        g.concat(&parts, 0).unwrap()
    };
    let loss = t.weighted(all, 4);
    t.gradients(loss, &[x, y, one]);
    t
}

/// Matrix products in every orientation, with and without batches, biases and activations; the same value on both sides.
pub fn products() -> Trial {
    let mut t = Trial::default();
    let a = t.noisy("a", &[3, 4, 5], 1.0, 0.0);
    let b = t.noisy("b", &[5, 6], 1.0, 0.0);
    let c = t.noisy("c", &[3, 6, 4], 0.6, 0.0);
    let bias = t.noisy("bias", &[1, 6], 1.0, 0.0);
    let full = t.noisy("full", &[3, 4, 4], 1.0, 0.0);
    let y = {
        let g = &mut t.graph;
        let y = g.matmul(a, b).unwrap();
        let y = g.plus(bias, y).unwrap();
        let y = g.sigmoid(y).unwrap();
        // A sum with a whole tensor is no bias.
        let z = g.matmul(y, c).unwrap();
        let z = g.plus(z, full).unwrap();
        let z = g.relu(z).unwrap();
        let turned = g.matmul_transposed(z, z, true, false).unwrap();
        let other = g.matmul_transposed(c, z, true, true).unwrap_err();
        assert!(other.to_string().contains("matmul"), "{other}");
        let both = g.matmul_transposed(c, y, true, true).unwrap();
        let y = g.plus(turned, both).unwrap();
        g.output("products", y).unwrap();
        y
    };
    let loss = t.weighted(y, 8);
    t.gradients(loss, &[a, b, c, bias, full]);
    t
}

/// Batch norm with running statistics, dropout, mean pools, pools of whole images, batch norm as it answers.
pub fn training() -> Trial {
    let mut t = Trial::default();
    let seed = [5, 0, 3, 0, 1, 0, 0, 0].map(f32::from_bits);
    let x = t.noisy("x", &[3, 4, 6, 5], 1.0, 0.3);
    let gamma = t.noisy("gamma", &[4], 0.5, 1.0);
    let beta = t.noisy("beta", &[4], 0.5, 0.0);
    let running = t.noisy("running", &[2, 4], 0.3, 1.0);
    let seed = t.input("seed", &[8], seed.to_vec());
    let y = {
        let g = &mut t.graph;
        let (y, stats) = g.batch_norm_training(x, gamma, beta, 1e-3).unwrap();
        let old = g.affine(running, 0.9, 0.0).unwrap();
        let new = g.affine(stats, 0.1, 0.0).unwrap();
        let value = g.plus(old, new).unwrap();
        g.update(Update::Assign { variable: running, value }).unwrap();
        let y = g.relu(y).unwrap();
        let y = g.dropout(y, seed, 0.6, 1).unwrap();
        let y = g.avg_pool2d(y, Pool2d { kernel: [3, 2], stride: [2, 2], padding: Padding::Same }).unwrap();
        let fixed = g.data(&[0.1, -0.2, 0.3, 0.0, 0.5, 0.7, 1.1, 0.9], [2, 4]).unwrap();
        let y = g.batch_norm_inference(y, fixed, beta, gamma, 1e-3).unwrap();
        let y = g.dropout(y, seed, 0.8, 2).unwrap();
        let mean = g.global_avg_pool(y).unwrap();
        let most = g.global_max_pool(y).unwrap();
        let y = g.concat(&[mean, most], 1).unwrap();
        g.output("y", y).unwrap();
        g.output("stats", stats).unwrap();
        y
    };
    let loss = t.weighted(y, 9);
    t.gradients(loss, &[x, gamma, beta]);
    t
}

/// A mel spectrogram in decibels, with frames averaged in blocks, and a transform that is read twice.
pub fn spectrum() -> Trial {
    let mut t = Trial::default();
    let x = t.noisy("x", &[2, 150], 1.0, 0.0);
    let windows = t.noisy("windows", &[2, 32], 0.4, 0.6);
    let rows: Vec<_> = (0..12_u32).map(|frame| f32::from_bits(frame % 2)).collect();
    let rows = t.input("rows", &[12], rows);
    let bands = (0..5 * 17).map(|i| if (i % 17) / 4 == i / 17 { 0.2 + (i % 3) as f32 } else { 0.0 }).collect();
    let bands = Arc::new(Banded::new(5, 17, bands).unwrap());
    let (mel, pair) = {
        let g = &mut t.graph;
        let stft = Stft { n_fft: 32, hop: 13, start: -16, padding: StftPadding::Reflect };
        let transform = g.stft(x, windows, rows, stft).unwrap();
        let power = g.power(transform).unwrap();
        let blocks = g.reshape(power, [2, 17, 4, 3]).unwrap();
        let blocks = g.reduce(Reduction::Mean, blocks, &[3]).unwrap();
        let mel = g.banded(&bands, blocks).unwrap();
        let mel = g.affine(mel, 1.0, 0.1).unwrap();
        let mel = g.unary(Unary::Decibel(1e-10), mel).unwrap();
        let zero = Stft { padding: StftPadding::Zero, start: 3, ..stft };
        let pair = g.stft(x, windows, rows, zero).unwrap();
        let other = g.power(pair).unwrap();
        let squares = g.reduce(Reduction::Sum, other, &[0, 1, 2]).unwrap();
        g.output("mel", mel).unwrap();
        g.output("pair", pair).unwrap();
        g.output("squares", squares).unwrap();
        (mel, pair)
    };
    let (a, b) = (t.weighted(mel, 10), t.weighted(pair, 12));
    let loss = t.graph.plus(a, b).unwrap();
    t.gradients(loss, &[x]);
    t
}

/// Powers of two transforms, as they are and as means over three frames; means over frequencies are no such means.
pub fn powers() -> Trial {
    let mut t = Trial::default();
    let x = t.noisy("x", &[2, 150], 1.0, 0.0);
    let windows = t.noisy("windows", &[2, 32], 0.4, 0.6);
    let rows: Vec<_> = (0..12_u32).map(|frame| f32::from_bits(frame % 2)).collect();
    let rows = t.input("rows", &[12], rows);
    let g = &mut t.graph;
    let stft = Stft { n_fft: 32, hop: 9, start: -16, padding: StftPadding::Zero };
    let mut power = |start: isize| {
        let transform = g.stft(x, windows, rows, Stft { start, ..stft }).unwrap();
        g.power(transform).unwrap()
    };
    let (plain, blocked) = (power(-16), power(3));
    let blocks = g.reshape(blocked, [34, 4, 3]).unwrap();
    let means = g.reduce(Reduction::Mean, blocks, &[2]).unwrap();
    // 17 x 12 read as 12 x 17: its rows are not the frames of one frequency.
    let crossed = g.reshape(plain, [2, 12, 17]).unwrap();
    let crossed = g.reduce(Reduction::Mean, crossed, &[2]).unwrap();
    g.output("means", means).unwrap();
    g.output("crossed", crossed).unwrap();
    t
}

/// Bands of spectra and spectra as they are, rows or frames first; and 17 x 34 powers read as 2 x 17 x 17, which are other frames.
pub fn bands() -> Trial {
    let mut t = Trial::default();
    let x = t.noisy("x", &[2, 350], 1.0, 0.0);
    let single = t.noisy("single", &[1, 350], 1.0, 0.0);
    let windows = t.noisy("windows", &[2, 32], 0.4, 0.6);
    let rows: Vec<_> = (0..34_u32).map(|frame| f32::from_bits(frame % 2)).collect();
    let rows = t.input("rows", &[34], rows);
    let matrix = Arc::new(Banded::new(5, 17, tunevote::doctor::cases::banded::matrix(5, 17)).unwrap());
    let g = &mut t.graph;
    let stft = Stft { n_fft: 32, hop: 9, start: -16, padding: StftPadding::Zero };
    let mut power = |x: Id, start: isize| {
        let transform = g.stft(x, windows, rows, Stft { start, ..stft }).unwrap();
        g.power(transform).unwrap()
    };
    let [a, b, c, d, e] = [(x, -16), (x, 0), (x, 5), (single, -3), (single, 2)].map(|(x, start)| power(x, start));
    let a = g.banded(&matrix, a).unwrap();
    let b = g.banded(&matrix, b).unwrap();
    let b = g.transpose(b, &[0, 2, 1]).unwrap();
    let c = g.transpose(c, &[0, 2, 1]).unwrap();
    let d = g.reshape(d, [2, 17, 17]).unwrap();
    let d = g.transpose(d, &[0, 2, 1]).unwrap();
    let e = g.reshape(e, [2, 17, 17]).unwrap();
    let e = g.banded(&matrix, e).unwrap();
    for (name, id) in [("a", a), ("b", b), ("c", c), ("d", d), ("e", e)] {
        g.output(name, id).unwrap();
    }
    t
}

/// The gradient of a gradient's size.
pub fn twice() -> Trial {
    let mut t = Trial::default();
    let x = t.noisy("x", &[2, 2, 6, 6], 1.0, 0.0);
    let w = t.noisy("w", &[3, 2, 2, 2], 0.7, 0.0);
    let (loss, wrt) = {
        let g = &mut t.graph;
        let y = g.conv2d(x, w, SAME).unwrap();
        let y = g.elu(y, 1.0).unwrap();
        let y = g.max_pool2d(y, Pool2d::square(2)).unwrap();
        let y = g.reshape(y, [2, 27]).unwrap();
        let y = g.softmax(y).unwrap();
        let y = g.square(y).unwrap();
        (g.sum_all(y).unwrap(), [x, w])
    };
    let first = t.graph.gradients(loss, &wrt).unwrap();
    let squares = first.iter().map(|&gradient| {
        let square = t.graph.square(gradient).unwrap();
        t.graph.sum_all(square).unwrap()
    });
    let squares: Vec<_> = squares.collect();
    let size = t.graph.plus(squares[0], squares[1]).unwrap();
    t.graph.output("size", size).unwrap();
    t.gradients(size, &wrt);
    t
}

/// A plain layer, two of gated units and one of memory over a short sequence; the last state of each is read.
pub fn sequences() -> Trial {
    let mut t = Trial::default();
    let (steps, n, inputs, units) = (4, 3, 5, 6);
    let x = t.noisy("x", &[steps, n, inputs], 1.0, 0.0);
    let mut wrt = vec![x];
    let mut sequence = x;
    for (name, cell) in [
        ("none", RecurrentCell::Rnn),
        ("one", RecurrentCell::Gru),
        ("two", RecurrentCell::Gru),
        ("three", RecurrentCell::Lstm),
    ] {
        let width = *t.graph.shape(sequence).dims().last().unwrap();
        let gates = cell.gates() * units;
        let w = t.noisy(&format!("{name}.input"), &[gates, width], 0.6, 0.0);
        let weight = t.noisy(&format!("{name}.weight"), &[gates, units], 0.6, 0.0);
        let bias = t.noisy(&format!("{name}.bias"), &[gates], 0.5, 0.0);
        let start = t.noisy(&format!("{name}.start"), &[n, cell.state() * units], 0.5, 0.0);
        let g = &mut t.graph;
        let rows = g.reshape(sequence, [steps * n, width]).unwrap();
        let rows = g.matmul_transposed(rows, w, false, true).unwrap();
        let rows = g.reshape(rows, [steps, n, gates]).unwrap();
        sequence = g.add(Op::Recurrent(cell), &[rows, start, weight, bias]).unwrap();
        wrt.extend([w, weight, bias, start]);
    }
    let loss = t.weighted(sequence, 7);
    t.graph.output("states", sequence).unwrap();
    t.gradients(loss, &wrt);
    t
}

/// Volumes through a window in slices and one through them, with bias and activation, and a transposed one; a penalty on the size of a
/// gradient goes through all twice.
pub fn volumes() -> Trial {
    let mut t = Trial::default();
    let x = t.noisy("x", &[2, 2, 3, 4, 6], 1.0, 0.0);
    let w1 = t.noisy("w1", &[5, 2, 1, 2, 2], 0.6, 0.0);
    let b1 = t.noisy("b1", &[1, 5, 1, 1, 1], 0.5, 0.0);
    let w2 = t.noisy("w2", &[4, 5, 2, 1, 3], 0.5, 0.0);
    let up = t.noisy("up", &[4, 3, 1, 2, 2], 0.5, 0.0);
    let g = &mut t.graph;
    let same = Conv3d { padding: Padding3d::Same, ..Conv3d::default() };
    let y = g.conv3d(x, w1, same).unwrap();
    let y = g.plus(y, b1).unwrap();
    let y = g.unary(Unary::LeakyRelu(0.2), y).unwrap();
    let y = g.conv3d(y, w2, Conv3d { stride: [1, 2, 1], ..same }).unwrap();
    let blocks = Conv3d { stride: [1, 2, 2], ..Conv3d::default() };
    let y = g.add(Op::Conv3dGradInput(blocks, [3, 4, 12]), &[y, up]).unwrap();
    let y = g.tanh(y).unwrap();
    g.output("y", y).unwrap();
    let loss = t.weighted(y, 4);
    let wrt = [x, w1, b1, w2, up];
    let first = t.graph.gradients(loss, &wrt[..1]).unwrap()[0];
    let square = t.graph.square(first).unwrap();
    let size = t.graph.sum_all(square).unwrap();
    let both = t.graph.plus(loss, size).unwrap();
    t.gradients(both, &wrt);
    t
}

/// Images enlarged in both ways, and binary neurons over a threshold and over drawn ones.
pub fn enlarged() -> Trial {
    let mut t = Trial::default();
    let x = t.noisy("x", &[2, 3, 4, 5], 1.0, 0.0);
    let seed = t.input("seed", &[8], [3, 1, 4, 1, 5, 9, 2, 6].map(f32::from_bits).to_vec());
    let g = &mut t.graph;
    let half = g.constant(0.5, [1]).unwrap();
    let block = g.add(Op::Upsample2d(Upsample2d { factor: [2, 3], linear: false }), &[x]).unwrap();
    let straight = g.add(Op::Upsample2d(Upsample2d { factor: [2, 3], linear: true }), &[x]).unwrap();
    let drawn = |distribution, salt| Random { shape: [2, 3, 8, 15].into(), distribution, salt };
    let u = g.random(seed, drawn(Distribution::Uniform, 1)).unwrap();
    let z = g.random(seed, drawn(Distribution::Normal, 2)).unwrap();
    let fires = [(block, half), (straight, u)].map(|(y, threshold)| {
        let p = g.sigmoid(y).unwrap();
        g.neuron(p, threshold).unwrap()
    });
    let noisy = g.times(straight, z).unwrap();
    let both = g.plus(fires[0], fires[1]).unwrap();
    let all = g.plus(both, noisy).unwrap();
    g.output("all", all).unwrap();
    let loss = t.weighted(all, 3);
    t.gradients(loss, &[x]);
    t
}

/// Two pools of one image, whose gradients read the same places.
pub fn pools() -> Trial {
    let mut t = Trial::default();
    let x = t.noisy("x", &[2, 3, 6, 8], 1.0, 0.0);
    let [a, b] = [(); 2].map(|()| t.graph.max_pool2d(x, Pool2d::square(2)).unwrap());
    let (a, b) = (t.weighted(a, 5), t.weighted(b, 6));
    let both = t.graph.plus(a, b).unwrap();
    t.graph.output("both", both).unwrap();
    t.gradients(both, &[x]);
    t
}

#[test]
fn layers_over_a_sequence() {
    sequences().check(200.0);
}

#[test]
fn volumes_and_the_gradient_of_a_gradient() {
    volumes().check(200.0);
}

#[test]
fn images_enlarged_and_neurons() {
    enlarged().check(60.0);
}

#[test]
fn two_pools_of_one_image() {
    pools().check(60.0);
}

#[test]
fn images_forward() {
    image_forward().check(40.0);
}

#[test]
fn images_backward() {
    image_gradients().check(60.0);
}

#[test]
fn functions_of_numbers() {
    pointwise().check(60.0);
}

#[test]
fn elements_that_move() {
    movement().check(40.0);
}

#[test]
fn matrix_products() {
    products().check(40.0);
}

#[test]
fn training_graph() {
    training().check(100.0);
}

#[test]
fn powers_of_spectra() {
    powers().check(100.0);
}

#[test]
fn bands_of_spectra() {
    bands().check(100.0);
}

#[test]
fn spectra() {
    spectrum().check(100.0);
}

#[test]
fn second_derivatives() {
    twice().check(100.0);
}
