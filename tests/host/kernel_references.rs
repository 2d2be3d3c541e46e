//! The references that kernels are held against, held against closed forms and finite differences.

use tunevote::reference::pool2d::{self, Pooling};
use tunevote::reference::recurrent::Sequence;
use tunevote::reference::{batch_norm, layer_norm, optim, pointwise, random, softmax};
use tunevote::shape::{Binary, Unary};

use crate::reference::difference::{dot, gradient, noise, same};

#[test]
fn pooling_on_paper() {
    let x = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0];
    let whole = Pooling { image: [3, 3], kernel: [3, 3], stride: [1, 1], pads: [0; 4] };
    assert_eq!(pool2d::max_pool2d(&x, 1, whole), [9.0]);
    assert_eq!(pool2d::avg_pool2d(&x, 1, whole), [5.0]);
    // With a border of one, a window of 3x3 at a corner holds four places, at a side six.
    let border = Pooling { image: [3, 3], kernel: [3, 3], stride: [1, 1], pads: [1; 4] };
    assert_eq!(pool2d::max_pool2d(&x, 1, border), [5.0, 6.0, 6.0, 8.0, 9.0, 9.0, 8.0, 9.0, 9.0]);
    assert_eq!(pool2d::avg_pool2d(&x, 1, border), [3.0, 3.5, 4.0, 4.5, 5.0, 5.5, 6.0, 6.5, 7.0]);
    assert_eq!(pool2d::avg_pool2d_grad_input(&[9.0], 1, whole), [1.0; 9]);
    // A tie goes to the first place, and with four windows over it the middle gets all.
    let peak = [0.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0];
    let pairs = Pooling { image: [3, 3], kernel: [2, 2], stride: [1, 1], pads: [0; 4] };
    let places = pool2d::max_pool2d_places(&peak, 1, pairs);
    assert_eq!(places, [3.0, 2.0, 1.0, 0.0]);
    assert_eq!(
        pool2d::max_pool2d_grad_input(&places, &[1.0; 4], 1, pairs),
        [0.0, 0.0, 0.0, 0.0, 4.0, 0.0, 0.0, 0.0, 0.0]
    );
    assert_eq!(pool2d::max_pool2d_places(&[7.0; 9], 1, whole), [0.0]);
    // What lies in the border counts, too: the corner's window begins with five places outside.
    assert_eq!(pool2d::max_pool2d_places(&x, 1, border)[..3], [8.0, 8.0, 7.0]);
}

#[test]
fn pooling_gradients_are_differences() {
    let p = Pooling { image: [5, 6], kernel: [3, 2], stride: [2, 1], pads: [1, 1, 0, 1] };
    let [oh, ow] = p.pooled();
    let (x, v, dy) = (noise(60, 1), noise(60, 2), noise(2 * oh * ow, 3));
    let places = pool2d::max_pool2d_places(&x, 2, p);
    let max = pool2d::max_pool2d_grad_input(&places, &dy, 2, p);
    same(&max, &gradient(&x, |x| dot(&pool2d::max_pool2d(x, 2, p), &dy)), 1e-8);
    let avg = pool2d::avg_pool2d_grad_input(&dy, 2, p);
    same(&avg, &gradient(&x, |x| dot(&pool2d::avg_pool2d(x, 2, p), &dy)), 1e-8);
    // The gather is the gradient's transpose: <v, grad_input(dy)> = <gather(v), dy>.
    same(&[dot(&v, &max)], &[dot(&pool2d::max_pool2d_gather(&places, &v, 2, p), &dy)], 1e-12);
}

#[test]
fn softmax_on_paper() {
    let y = softmax::softmax(&[0.0, 3f64.ln(), 5.0, 5.0], 2);
    same(&y, &[0.25, 0.75, 0.5, 0.5], 1e-15);
    same(&softmax::log_softmax(&[-2000.0, -2000.0], 2), &[-(2f64.ln()); 2], 1e-12);
    // Of a sure and right answer, of none, and of a uniform one among four.
    same(&softmax::cross_entropy(&[900.0, 0.0, 1.0, 1.0], &[1.0, 0.0, 0.0, 1.0], 2), &[0.0, 2f64.ln()], 1e-15);
    same(&softmax::cross_entropy(&[0.0; 4], &[0.25; 4], 4), &[4f64.ln()], 1e-15);
}

#[test]
fn softmax_gradients_are_differences() {
    let (x, dy, t) = (noise(12, 4), noise(12, 5), noise(12, 6));
    let got = softmax::softmax_grad_input(&softmax::softmax(&x, 4), &dy, 4);
    same(&got, &gradient(&x, |x| dot(&softmax::softmax(x, 4), &dy)), 1e-8);
    // Targets need not be probabilities for the formula to hold.
    let got = softmax::cross_entropy_grad_logits(&x, &t, &dy[..3], 4);
    same(&got, &gradient(&x, |x| dot(&softmax::cross_entropy(x, &t, 4), &dy[..3])), 1e-8);
}

/// Values from tables of the normal distribution, on both sides of where the series ends and the continued fraction begins.
#[test]
fn gelu_on_paper() {
    let gelu = |x| pointwise::unary(Unary::Gelu, x);
    let table = [(0.0, 0.5), (1.0, 0.841_344_746_068_543), (2.9, 0.998_134_186_699_616), (4.0, 0.999_968_328_758_167)];
    for (x, share) in table {
        same(&[gelu(x)], &[x * share], 1e-14);
        same(&[gelu(-x)], &[-x * (1.0 - share)], 1e-14);
    }
    // So far out a difference from one would have no digit left.
    same(&[gelu(-10.0) * 1e22], &[-7.619_853_024_160_527 * 0.1], 1e-14);
    let (x, dy) = (noise(20, 11).iter().map(|v| 4.0 * v).collect::<Vec<_>>(), noise(20, 12));
    let slopes: Vec<_> = x.iter().zip(&dy).map(|(&x, &dy)| pointwise::binary(Binary::GeluGrad, x, dy)).collect();
    same(&slopes, &gradient(&x, |x| dot(&x.iter().map(|&x| gelu(x)).collect::<Vec<_>>(), &dy)), 1e-8);
}

#[test]
fn batch_norm_on_paper() {
    // Channels 1, 3, 5, 7 and 2, 2, 2, 2.
    let (x, dims) = ([1.0, 3.0, 2.0, 2.0, 5.0, 7.0, 2.0, 2.0], [2, 2, 2]);
    let stats = batch_norm::stats(&x, dims);
    assert_eq!(stats, [4.0, 2.0, 5.0, 0.0]);
    let y = batch_norm::apply(&x, &stats, &[2.0, 1.0], &[10.0, 20.0], dims, 4.0);
    same(&y, &[8.0, 10.0 - 2.0 / 3.0, 20.0, 20.0, 10.0 + 2.0 / 3.0, 12.0, 20.0, 20.0], 1e-15);
    assert_eq!(batch_norm::grad_sums(&x, &stats, &[1.0; 8], dims, 4.0), [4.0, 4.0, 0.0, 0.0]);
    // A constant gradient moves only the mean, which the normalisation takes out again.
    same(&batch_norm::grad_input(&x, &stats, &[2.0, 1.0], &[1.0; 8], dims, 4.0), &[0.0; 8], 1e-15);
}

#[test]
fn layer_norm_on_paper() {
    // Rows 1, 3 (mean 2, variance 1) and 4, 4 (mean 4, variance 0).
    let x = [1.0, 3.0, 4.0, 4.0];
    assert_eq!(layer_norm::stats(&x, 2, 3.0), [2.0, 0.5, 4.0, 3f64.sqrt().recip()]);
    assert_eq!(layer_norm::layer_norm(&x, &[2.0, 4.0], &[10.0, 20.0], 3.0), [9.0, 22.0, 10.0, 20.0]);
    assert_eq!(layer_norm::grad_sums(&x, &[2.0, 0.5, 4.0, 0.5], &[1.0; 4], 2), [2.0, 2.0, -0.5, 0.5]);
}

#[test]
fn layer_norm_gradients_are_differences() {
    let (n, eps) = (5, 1e-2);
    let (x, dy, gamma, beta) = (noise(15, 7), noise(15, 8), noise(n, 9), noise(n, 10));
    let loss = |x: &[f64], gamma: &[f64], beta: &[f64]| dot(&layer_norm::layer_norm(x, gamma, beta, eps), &dy);
    let stats = layer_norm::stats(&x, n, eps);
    same(&layer_norm::grad_input(&x, &stats, &gamma, &dy), &gradient(&x, |x| loss(x, &gamma, &beta)), 1e-8);
    let sums = layer_norm::grad_sums(&x, &stats, &dy, n);
    same(&sums[..n], &gradient(&beta, |beta| loss(&x, &gamma, beta)), 1e-8);
    same(&sums[n..], &gradient(&gamma, |gamma| loss(&x, gamma, &beta)), 1e-8);
}

#[test]
fn batch_norm_gradients_are_differences() {
    let (dims, eps) = ([3, 2, 5], 1e-2);
    let (x, dy, gamma, beta) = (noise(30, 7), noise(30, 8), noise(2, 9), noise(2, 10));
    let loss = |x: &[f64], gamma: &[f64], beta: &[f64]| {
        dot(&batch_norm::apply(x, &batch_norm::stats(x, dims), gamma, beta, dims, eps), &dy)
    };
    let stats = batch_norm::stats(&x, dims);
    let dx = batch_norm::grad_input(&x, &stats, &gamma, &dy, dims, eps);
    same(&dx, &gradient(&x, |x| loss(x, &gamma, &beta)), 1e-7);
    let sums = batch_norm::grad_sums(&x, &stats, &dy, dims, eps);
    same(&sums[..2], &gradient(&beta, |beta| loss(&x, &gamma, beta)), 1e-7);
    same(&sums[2..], &gradient(&gamma, |gamma| loss(&x, gamma, &beta)), 1e-7);
}

#[test]
fn optimisers_on_paper() {
    let step = optim::Step { rate: 0.5, t: 1, scale: 2.0 };
    let run = |rule: optim::Rule, slots: [f64; 2]| {
        let (mut w, mut slots) = (1.0, slots);
        rule.step(&mut w, 1.5, &mut slots, step);
        (w, slots)
    };
    // g = 3. Adam's first step is rate * sign(g); decay takes rate * decay * w first.
    let (w, slots) = run(optim::Rule::Adam([0.75, 0.5, 0.0, 0.25]), [0.0; 2]);
    same(&[w, slots[0], slots[1]], &[1.0 - 0.125 - 0.5, 0.75, 4.5], 1e-15);
    // ms = .5 * 1 + .5 * 9 = 5; with eps 4 the root is 3.
    let (w, slots) = run(optim::Rule::RmsProp([0.5, 0.5, 4.0]), [1.0, 0.25]);
    same(&[w, slots[0], slots[1]], &[1.0 - 0.625, 5.0, 0.625], 1e-15);
    // g = 3 + .5 = 3.5, u = 3.5 + .5 * 2 = 4.5
    let (w, slots) = run(optim::Rule::Sgd(0.5, 0.5, false), [2.0, 0.0]);
    same(&[w, slots[0]], &[1.0 - 2.25, 4.5], 1e-15);
    let (w, _) = run(optim::Rule::Sgd(0.5, 0.5, true), [2.0, 0.0]);
    same(&[w], &[1.0 - 0.5 * (3.5 + 2.25)], 1e-15);
}

/// Moments of 100,003 numbers, within 5 standard deviations of what the distributions say.
#[test]
fn random_numbers_have_their_moments() {
    let seed = [1, 2, 3, 4, 5, 6, 7, 8];
    let n = 100_003.0;
    let u = random::uniform(seed, 7, n as usize);
    let mean = u.iter().sum::<f64>() / n;
    let variance = u.iter().map(|v| (v - 0.5).powi(2)).sum::<f64>() / n;
    let lag = u.windows(2).map(|w| (w[0] - 0.5) * (w[1] - 0.5)).sum::<f64>() / n;
    assert!((mean - 0.5).abs() < 5.0 * (1.0 / 12.0 / n).sqrt(), "mean {mean}");
    assert!((variance - 1.0 / 12.0).abs() < 5.0 * (1.0 / 180.0 / n).sqrt(), "variance {variance}");
    assert!(lag.abs() < 5.0 / 12.0 / n.sqrt(), "neighbours {lag}");
    let z = random::normal(seed, 7, n as usize);
    let moment = |k: i32| z.iter().map(|v| v.powi(k)).sum::<f64>() / n;
    assert!(moment(1).abs() < 5.0 / n.sqrt() && moment(3).abs() < 5.0 * (15.0 / n).sqrt());
    assert!((moment(2) - 1.0).abs() < 5.0 * (2.0 / n).sqrt() && (moment(4) - 3.0).abs() < 5.0 * (96.0 / n).sqrt());
}

#[test]
fn recurrent_cells_on_paper() {
    // A plain cell: tanh(.3 + 2 * .5 + .1) = tanh(1.4), then tanh(0 + 2 tanh(1.4) + .1).
    let plain = Sequence { steps: 2, n: 1, units: 1 };
    let first = 1.4_f64.tanh();
    same(&plain.rnn(&[0.3, 0.0], &[0.5], &[2.0], &[0.1]), &[first, (2.0 * first + 0.1).tanh()], 1e-15);
    // Gates at 0 are half open, and what is new is 0: a gated unit keeps half of its state, a memory forgets half and shows half of its tanh.
    let one = Sequence { steps: 2, n: 1, units: 1 };
    same(&one.gru(&[0.0; 6], &[0.8], &[0.0; 3], &[0.0; 3]), &[0.4, 0.2], 1e-15);
    let c = [0.4_f64, 0.2];
    let want = [0.5 * c[0].tanh(), c[0], 0.5 * c[1].tanh(), c[1]];
    same(&one.lstm(&[0.0; 8], &[0.3, 0.8], &[0.0; 4], &[0.0; 4]), &want, 1e-15);
    // A closed update gate takes what is new; the reset gate lies behind the product and its bias: tanh(1 + s(0) (2 * .5 + 3)) = tanh(3).
    let step = Sequence { steps: 1, n: 1, units: 1 };
    let open = 800.0;
    same(&step.gru(&[0.0, -open, 1.0], &[0.5], &[0.0, 0.0, 2.0], &[0.0, 0.0, 3.0]), &[3f64.tanh()], 1e-15);
    // Two units: the second sees the first through its weight alone, and rows of the batch do not see each other.
    let two = Sequence { steps: 1, n: 2, units: 2 };
    let mut weight = [0.0; 12];
    weight[10] = 1.0; // n of the second unit from the first
    let mut gates = [0.0; 12];
    [2, 3, 8, 9].iter().for_each(|&z| gates[z] = -open);
    let h = two.gru(&gates, &[0.6, 0.0, 1.0, 0.0], &weight, &[0.0; 6]);
    same(&h, &[0.0, 0.3_f64.tanh(), 0.0, 0.5_f64.tanh()], 1e-15);
}

#[test]
fn recurrent_gradients_are_differences() {
    let s = Sequence { steps: 3, n: 2, units: 2 };
    let (weight, bias, start) = (noise(12, 2), noise(6, 3), noise(4, 4));
    let (gates, dy) = (noise(36, 1), noise(12, 5));
    let y = s.gru(&gates, &start, &weight, &bias);
    let hidden = s.hidden(&y, &start, &weight, &bias);
    let d = s.gru_grad_gates([&gates, &hidden, &y, &start, &weight, &dy]);
    let block = |d: &[f64], width: usize, range: std::ops::Range<usize>| {
        d.chunks(width).flat_map(|row| row[range.clone()].to_vec()).collect::<Vec<_>>()
    };
    same(&block(&d, 10, 0..6), &gradient(&gates, |g| dot(&s.gru(g, &start, &weight, &bias), &dy)), 1e-8);
    same(&block(&d[..20], 10, 8..10), &gradient(&start, |h| dot(&s.gru(&gates, h, &weight, &bias), &dy)), 1e-8);
    // The bias of n has the sums of the fourth block.
    let of_n: Vec<_> = (0..2).map(|k| d.chunks(10).map(|row| row[6 + k]).sum()).collect();
    same(&of_n, &gradient(&bias, |b| dot(&s.gru(&gates, &start, &weight, b), &dy))[4..], 1e-8);

    let (weight, bias, start) = (noise(4, 11), noise(2, 12), noise(4, 13));
    let (gates, dy) = (noise(12, 14), noise(12, 15));
    let y = s.rnn(&gates, &start, &weight, &bias);
    let d = s.rnn_grad_gates([&y, &weight, &dy]);
    same(&block(&d, 4, 0..2), &gradient(&gates, |g| dot(&s.rnn(g, &start, &weight, &bias), &dy)), 1e-8);
    same(&block(&d[..8], 4, 2..4), &gradient(&start, |h| dot(&s.rnn(&gates, h, &weight, &bias), &dy)), 1e-8);

    let (weight, bias, start) = (noise(16, 6), noise(8, 7), noise(8, 8));
    let (gates, dy) = (noise(48, 9), noise(24, 10));
    let y = s.lstm(&gates, &start, &weight, &bias);
    let h = |rows: &[f64]| rows.chunks(4).flat_map(|row| row[..2].to_vec()).collect::<Vec<_>>();
    let hidden = s.hidden(&h(&y), &h(&start), &weight, &bias);
    let whole: Vec<_> = gates.iter().zip(&hidden).map(|(g, u)| g + u).collect();
    let d = s.lstm_grad_gates([&whole, &y, &start, &weight, &dy]);
    same(&block(&d, 12, 0..8), &gradient(&gates, |g| dot(&s.lstm(g, &start, &weight, &bias), &dy)), 1e-8);
    same(&block(&d[..24], 12, 8..12), &gradient(&start, |h| dot(&s.lstm(&gates, h, &weight, &bias), &dy)), 1e-8);
}
