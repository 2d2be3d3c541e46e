//! The interpreter itself, on what can be worked out by hand.

use std::sync::Arc;

use tunevote::Result;
use tunevote::graph::{Banded, Diagonal, Diagonals, Graph, Id, Op, Stft, StftPadding};
use tunevote::reference::random::philox;
use tunevote::shape::{Conv2d, Padding, Pool2d, Reduction};

use crate::reference::graph::{Values, value, word};

/// The value of what `build` makes of tensors with these extents and values.
fn of(tensors: &[(&[usize], &[f64])], build: impl Fn(&mut Graph, &[Id]) -> Result<Id>) -> Vec<f64> {
    let mut g = Graph::new();
    let mut values = Values::new();
    let mut ids = Vec::new();
    for (k, (dims, numbers)) in tensors.iter().enumerate() {
        ids.push(g.input(format!("x{k}"), *dims).unwrap());
        values.insert(format!("x{k}"), numbers.to_vec());
    }
    let y = build(&mut g, &ids).unwrap();
    value(&g, &values, y)
}

fn near(got: &[f64], want: &[f64]) {
    assert_eq!(got.len(), want.len(), "{got:?} {want:?}");
    assert!(got.iter().zip(want).all(|(a, b)| (a - b).abs() < 1e-12), "{got:?}, should be {want:?}");
}

const SIX: [f64; 6] = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0];

#[test]
fn movement() {
    let x: &[(&[usize], &[f64])] = &[(&[2, 3], &SIX)];
    assert_eq!(of(x, |g, v| g.transpose(v[0], &[1, 0])), [1.0, 4.0, 2.0, 5.0, 3.0, 6.0]);
    assert_eq!(of(x, |g, v| g.slice(v[0], &[0, 1], &[2, 3])), [2.0, 3.0, 5.0, 6.0]);
    assert_eq!(
        of(x, |g, v| g.pad(v[0], &[0, 1], &[1, 0])),
        [0.0, 1.0, 2.0, 3.0, 0.0, 4.0, 5.0, 6.0, 0.0, 0.0, 0.0, 0.0]
    );
    assert_eq!(of(x, |g, v| g.concat(&[v[0], v[0]], 1)), [1.0, 2.0, 3.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 4.0, 5.0, 6.0]);
    assert_eq!(of(x, |g, v| g.reduce(Reduction::Sum, v[0], &[0])), [5.0, 7.0, 9.0]);
    assert_eq!(of(x, |g, v| g.reduce(Reduction::Mean, v[0], &[1])), [2.0, 5.0]);
    assert_eq!(of(x, |g, v| g.reduce(Reduction::Max, v[0], &[0, 1])), [6.0]);
    assert_eq!(of(x, |g, v| g.reduce(Reduction::Min, v[0], &[0])), [1.0, 2.0, 3.0]);
    assert_eq!(of(x, |g, v| g.expand(v[0], [2, 2, 3]))[5..8], [6.0, 1.0, 2.0]);
    // Axes of three: y[i0, i1, i2] with i0 along axis 2, i1 along 0, i2 along 1.
    let eight: Vec<_> = (0..24).map(f64::from).collect();
    let y = of(&[(&[2, 3, 4], &eight)], |g, v| g.transpose(v[0], &[2, 0, 1]));
    assert_eq!(y[..7], [0.0, 4.0, 8.0, 12.0, 16.0, 20.0, 1.0]);
}

#[test]
fn matrices() {
    let a: (&[usize], &[f64]) = (&[2, 3], &SIX);
    // (1 2 3; 4 5 6) times its transpose, and its transpose times it
    assert_eq!(of(&[a], |g, v| g.matmul_transposed(v[0], v[0], false, true)), [14.0, 32.0, 32.0, 77.0]);
    let inner = [17.0, 22.0, 27.0, 22.0, 29.0, 36.0, 27.0, 36.0, 45.0];
    assert_eq!(of(&[a], |g, v| g.matmul_transposed(v[0], v[0], true, false)), inner);
    // Two matrices of one row, one column for both.
    let (two, column): (&[usize], &[usize]) = (&[2, 1, 3], &[3, 1]);
    assert_eq!(of(&[(two, &SIX), (column, &[1.0, 10.0, 100.0])], |g, v| g.matmul(v[0], v[1])), [321.0, 654.0]);
}

#[test]
fn convolution() {
    let square: (&[usize], &[f64]) = (&[1, 1, 2, 2], &[1.0, 2.0, 3.0, 4.0]);
    let same = Conv2d { padding: Padding::Same, ..Conv2d::default() };
    // SAME with an even window: what is odd goes to the right and the bottom.
    let ones: (&[usize], &[f64]) = (&[1, 1, 2, 2], &[1.0; 4]);
    assert_eq!(of(&[square, ones], |g, v| g.conv2d(v[0], v[1], same)), [10.0, 6.0, 7.0, 4.0]);
    // No flip: the first tap meets the first place.
    let taps: (&[usize], &[f64]) = (&[1, 1, 2, 2], &[1.0, 10.0, 100.0, 1000.0]);
    assert_eq!(of(&[square, taps], |g, v| g.conv2d(v[0], v[1], Conv2d::default())), [4321.0]);
    assert_eq!(of(&[square, taps], |g, v| g.conv2d(v[0], v[1], same)), [4321.0, 402.0, 43.0, 4.0]);
    // Dilation 2, stride 2 along a line of five, one zero to the left.
    let line: (&[usize], &[f64]) = (&[1, 1, 1, 5], &SIX[..5]);
    let wide = Conv2d { dilation: [1, 2], stride: [1, 2], padding: Padding::Explicit([0, 0, 1, 0]), groups: 1 };
    let pair: (&[usize], &[f64]) = (&[1, 1, 1, 2], &[1.0, 10.0]);
    assert_eq!(of(&[line, pair], |g, v| g.conv2d(v[0], v[1], wide)), [20.0, 42.0]);
    // Groups: output channel 1 sees input channels 2 and 3 alone.
    let channels: (&[usize], &[f64]) = (&[1, 4, 1, 1], &SIX[..4]);
    let weight: (&[usize], &[f64]) = (&[2, 2, 1, 1], &[1.0, 10.0, 1.0, 10.0]);
    let groups = Conv2d { groups: 2, ..Conv2d::default() };
    assert_eq!(of(&[channels, weight], |g, v| g.conv2d(v[0], v[1], groups)), [21.0, 43.0]);
    // The transposes, on the line: which taps met which places.
    let dy: (&[usize], &[f64]) = (&[1, 1, 1, 2], &[1.0, 2.0]);
    let dx = of(&[dy, pair], |g, v| g.add(Op::Conv2dGradInput(wide, [1, 5]), v));
    assert_eq!(dx, [0.0, 12.0, 0.0, 20.0, 0.0]);
    let dw = of(&[line, dy], |g, v| g.add(Op::Conv2dGradWeight(wide, [1, 2]), v));
    assert_eq!(dw, [4.0, 10.0]);
}

#[test]
fn pooling() {
    let x: (&[usize], &[f64]) = (&[1, 1, 3, 3], &[1.0, 5.0, 5.0, 2.0, 0.0, 3.0, 9.0, 4.0, 8.0]);
    let pool = Pool2d { kernel: [2, 2], stride: [2, 2], padding: Padding::Same };
    assert_eq!(of(&[x], |g, v| g.max_pool2d(v[0], pool)), [5.0, 5.0, 9.0, 8.0]);
    assert_eq!(of(&[x], |g, v| g.max_pool2d(v[0], Pool2d::square(2))), [5.0]);
    assert_eq!(of(&[x], |g, v| g.avg_pool2d(v[0], pool)), [2.0, 4.0, 6.5, 8.0]);
    let dy: (&[usize], &[f64]) = (&[1, 1, 2, 2], &[1.0, 2.0, 3.0, 4.0]);
    assert_eq!(of(&[x], |g, v| g.add(Op::MaxPool2dPlaces(pool), v)), [1.0, 0.0, 0.0, 0.0]);
    let places: (&[usize], &[f64]) = (&[1, 1, 2, 2], &[1.0, 0.0, 0.0, 0.0]);
    let dx = of(&[places, dy], |g, v| g.add(Op::MaxPool2dGradInput(pool, [3, 3]), v));
    assert_eq!(dx, [0.0, 1.0, 2.0, 0.0, 0.0, 0.0, 3.0, 0.0, 4.0]);
    let dx = of(&[dy], |g, v| g.add(Op::AvgPool2dGradInput(pool, [3, 3]), v));
    assert_eq!(dx, [0.25, 0.25, 1.0, 0.25, 0.25, 1.0, 1.5, 1.5, 4.0]);
    let one = Pool2d { kernel: [1, 3], stride: [1, 1], padding: Padding::Explicit([0, 0, 1, 1]) };
    let tied: (&[usize], &[f64]) = (&[1, 1, 1, 3], &[7.0, 7.0, 1.0]);
    let v: (&[usize], &[f64]) = (&[1, 1, 1, 3], &[1.0, 2.0, 3.0]);
    assert_eq!(of(&[tied], |g, v| g.add(Op::MaxPool2dPlaces(one), v)), [1.0, 0.0, 0.0]);
    let places: (&[usize], &[f64]) = (&[1, 1, 1, 3], &[1.0, 0.0, 0.0]);
    assert_eq!(of(&[places, v], |g, v| g.add(Op::MaxPool2dGather(one), v)), [1.0, 1.0, 2.0]);
}

#[test]
fn probabilities() {
    let third = [1.0_f64, 3.0, 2.0, 2.0].map(f64::ln);
    let x: (&[usize], &[f64]) = (&[2, 2], &third);
    near(&of(&[x], |g, v| g.softmax(v[0])), &[0.25, 0.75, 0.5, 0.5]);
    near(&of(&[x], |g, v| g.log_softmax(v[0])), &[0.25_f64, 0.75, 0.5, 0.5].map(f64::ln));
    let t: (&[usize], &[f64]) = (&[2, 2], &[1.0, 0.0, 0.25, 0.75]);
    near(&of(&[x, t], |g, v| g.cross_entropy(v[0], v[1])), &[4.0_f64.ln(), 2.0_f64.ln()]);
    let d: (&[usize], &[f64]) = (&[2], &[1.0, 2.0]);
    near(&of(&[x, t, d], |g, v| g.add(Op::CrossEntropyGrad, v)), &[-0.75, 0.75, 0.5, -0.5]);
    let y: (&[usize], &[f64]) = (&[1, 2], &[0.25, 0.75]);
    let dy: (&[usize], &[f64]) = (&[1, 2], &[1.0, 0.0]);
    near(&of(&[y, dy], |g, v| g.add(Op::SoftmaxGrad, v)), &[0.1875, -0.1875]);
    // Far from zero nothing overflows.
    near(&of(&[(&[1, 2], &[1000.0, 1000.0])], |g, v| g.softmax(v[0])), &[0.5, 0.5]);
}

#[test]
fn batch_norm() {
    // Channel 0 is 1, 3, 5, 7 (mean 4, variance 5), channel 1 is 2, 2, 4, 4 (mean 3, variance 1).
    let x: (&[usize], &[f64]) = (&[2, 2, 2], &[1.0, 3.0, 2.0, 2.0, 5.0, 7.0, 4.0, 4.0]);
    near(&of(&[x], |g, v| g.add(Op::BatchNormStats, v)), &[4.0, 3.0, 5.0, 1.0]);
    let stats: (&[usize], &[f64]) = (&[2, 2], &[4.0, 3.0, 3.75, 0.75]);
    let gamma: (&[usize], &[f64]) = (&[2], &[2.0, 10.0]);
    let beta: (&[usize], &[f64]) = (&[2], &[1.0, -1.0]);
    // Variances of 4 and 1 with epsilon.
    let y = of(&[x, stats, gamma, beta], |g, v| g.batch_norm_inference(v[0], v[1], v[2], v[3], 0.25));
    near(&y, &[-2.0, 0.0, -11.0, -11.0, 2.0, 4.0, 9.0, 9.0]);
    let dy: (&[usize], &[f64]) = (&[2, 2, 2], &[1.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0]);
    let sums = of(&[x, stats, dy], |g, v| g.add(Op::BatchNormGradSums(0.25), v));
    near(&sums, &[1.0, 1.0, -1.5, -1.0]);
    let sums: (&[usize], &[f64]) = (&[2, 2], &[1.0, 1.0, -1.5, -1.0]);
    let dx = of(&[x, stats, gamma, sums, dy], |g, v| g.add(Op::BatchNormGradInput(0.25), v));
    // First of channel 0: 2 / 2 (1 - 1/4 - (-1.5) (-1.5) / 4)
    near(&dx[..2], &[0.1875, -0.25 - 0.1875]);
    near(&dx[2..4], &[10.0 * (0.0 - 0.25 - 0.25), 10.0 * (1.0 - 0.25 - 0.25)]);
}

#[test]
fn layer_norm() {
    // Row 0 is 1, 3 (mean 2, variance 1), row 1 is 4, 10 (mean 7, variance 9).
    let x: (&[usize], &[f64]) = (&[2, 2], &[1.0, 3.0, 4.0, 10.0]);
    let gamma: (&[usize], &[f64]) = (&[2], &[2.0, 10.0]);
    let beta: (&[usize], &[f64]) = (&[2], &[1.0, -1.0]);
    near(&of(&[x, gamma, beta], |g, v| g.layer_norm(v[0], v[1], v[2], 0.0)), &[-1.0, 9.0, -1.0, 9.0]);
    near(&of(&[x], |g, v| g.add(Op::LayerNormStats(16.0), v)), &[2.0, 17f64.sqrt().recip(), 7.0, 0.2]);
    let stats: (&[usize], &[f64]) = (&[2, 2], &[2.0, 0.5, 7.0, 0.2]);
    let dy: (&[usize], &[f64]) = (&[2, 2], &[1.0, 0.0, 0.0, 1.0]);
    near(&of(&[x, stats, dy], |g, v| g.add(Op::LayerNormGradSums, v)), &[1.0, 1.0, -0.5, 0.6]);
    // Row 0: hats -.5 and .5: the mean of g is 1, that of g xhat -.5.
    let dx = of(&[x, stats, gamma, dy], |g, v| g.add(Op::LayerNormGradInput, v));
    near(&dx[..2], &[0.5 * (2.0 - 1.0 - 0.25), 0.5 * (0.0 - 1.0 + 0.25)]);
    // Row 1: hats -.6 and .6: the mean of g is 5, that of g xhat 3.
    near(&dx[2..], &[0.2 * (0.0 - 5.0 + 1.8), 0.2 * (10.0 - 5.0 - 1.8)]);
}

#[test]
fn transforms() {
    let stft = |n_fft, hop, start, padding| Stft { n_fft, hop, start, padding };
    let ones = (&[1, 16][..], &[1.0; 16][..]);
    let rows = |count: usize| vec![word(0); count];
    // x = cos(2 pi i / 4): bin 4 alone, 8; a frame that starts one sample later turns it by i.
    let wave: Vec<_> = (0..17).map(|i| [1.0, 0.0, -1.0, 0.0][i % 4]).collect();
    let cosine: (&[usize], &[f64]) = (&[1, 17], &wave);
    let shape = stft(16, 1, 0, StftPadding::Zero);
    let y = of(&[cosine, ones, (&[2], &rows(2))], |g, v| g.stft(v[0], v[1], v[2], shape));
    // (bin, frame, part)
    let bins: Vec<_> = (0..9).flat_map(|bin| if bin == 4 { [8.0, 0.0, 0.0, 8.0] } else { [0.0; 4] }).collect();
    near(&y, &bins);
    // Frames that start two samples early: 0 0 1 2 and 3 2 1 2 under windows that show two places.
    let ramp: (&[usize], &[f64]) = (&[1, 3], &SIX[..3]);
    let windows: Vec<_> = [1.0, 10.0, 100.0, 1000.0].chunks(2).flat_map(|pair| [pair, &[0.0; 14]].concat()).collect();
    let places: (&[usize], &[f64]) = (&[2, 16], &windows);
    for (padding, want) in [(StftPadding::Zero, [0.0, 2100.0]), (StftPadding::Reflect, [23.0, 2100.0])] {
        let y =
            of(&[ramp, places, (&[2], &[word(0), word(1)])], |g, v| g.stft(v[0], v[1], v[2], stft(16, 2, -2, padding)));
        // Bin 0 is the sum: x[-2] + 10 x[-1], then 100 x[0] + 1000 x[1].
        near(&[y[0], y[2]], &want);
    }
    // Over the right end: 2 3 | 2 1 mirrored, the last sample not repeated.
    for (padding, want) in [(StftPadding::Zero, [32.0, 0.0]), (StftPadding::Reflect, [32.0, 1200.0])] {
        let y =
            of(&[ramp, places, (&[2], &[word(0), word(1)])], |g, v| g.stft(v[0], v[1], v[2], stft(16, 2, 1, padding)));
        near(&[y[0], y[2]], &want);
    }
    // The transpose of bin 0 of one frame puts the window back.
    let unit: Vec<_> = (0..18).map(|i| f64::from(u8::from(i == 0))).collect();
    let dy: (&[usize], &[f64]) = (&[1, 9, 1, 2], &unit);
    let dx = of(&[dy, places, (&[1], &[word(1)])], |g, v| g.add(Op::StftGrad(stft(16, 2, 0, StftPadding::Zero), 3), v));
    near(&dx, &[100.0, 1000.0, 0.0]);
    let matrix = Arc::new(Banded::new(2, 3, vec![1.0, 2.0, 0.0, 0.0, 3.0, 4.0]).unwrap());
    let x: (&[usize], &[f64]) = (&[1, 3, 2], &[1.0, 10.0, 2.0, 20.0, 3.0, 30.0]);
    near(&of(&[x], |g, v| g.banded(&matrix, v[0])), &[5.0, 50.0, 18.0, 180.0]);
    let x: (&[usize], &[f64]) = (&[1, 2, 1], &[1.0, 10.0]);
    near(&of(&[x], |g, v| g.add(Op::Banded(Arc::clone(&matrix), true), v)), &[1.0, 32.0, 40.0]);
    assert_eq!(matrix.transposed(), [1.0, 0.0, 2.0, 3.0, 0.0, 4.0]);
    // The first sum is of two rows, one column on in the second; the other one of one row alone.
    let sums = vec![Diagonal { rows: 2, from: 0 }, Diagonal { rows: 1, from: 1 }];
    let sums = Arc::new(Diagonals::new(sums, 3, 2).unwrap());
    let x: (&[usize], &[f64]) = (&[1, 3, 3], &[1.0, 2.0, 3.0, 10.0, 20.0, 30.0, 100.0, 200.0, 300.0]);
    near(&of(&[x], |g, v| g.diagonal_sum(&sums, v[0])), &[21.0, 32.0, 200.0, 300.0]);
    let dy: (&[usize], &[f64]) = (&[1, 2, 2], &[1.0, 2.0, 3.0, 4.0]);
    let dx = of(&[dy], |g, v| g.add(Op::DiagonalSum(Arc::clone(&sums), true), v));
    near(&dx, &[1.0, 2.0, 0.0, 0.0, 1.0, 2.0, 0.0, 3.0, 4.0]);
}

/// The known answers that come with the authors' Random123.
#[test]
fn random_numbers() {
    assert_eq!(philox([0; 4], [0; 2]), [0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8]);
    assert_eq!(philox([u32::MAX; 4], [u32::MAX; 2]), [0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd]);
    let pi = [0x243f_6a88, 0x85a3_08d3, 0x1319_8a2e, 0x0370_7344];
    assert_eq!(philox(pi, [0xa409_3822, 0x299f_31d0]), [0xd16c_fe09, 0x94fd_cceb, 0x5001_e420, 0x2412_6ea1]);
}

#[test]
fn dropout_keeps_its_share() {
    let seed = [1, 2, 3, 4, 0, 0, 0, 0].map(word);
    let x = vec![3.0; 4000];
    let y = of(&[(&[4000], &x), (&[8], &seed)], |g, v| g.dropout(v[0], v[1], 0.75, 1));
    let kept = y.iter().filter(|&&v| v != 0.0).count();
    assert!(y.iter().all(|&v| v == 0.0 || v == 4.0));
    // 3,000 expected, deviation 27
    assert!((2880..3120).contains(&kept), "{kept}");
    let other = of(&[(&[4000], &x), (&[8], &seed)], |g, v| g.dropout(v[0], v[1], 0.75, 2));
    assert_ne!(y, other);
    let all = of(&[(&[4000], &x), (&[8], &seed)], |g, v| g.dropout(v[0], v[1], 1.0, 1));
    assert_eq!(all, x);
}
