//! Softmax and cross-entropy on the GPU against their f64 reference.

use tunevote::Error;
use tunevote::gpu::Recorder;
use tunevote::kernels::softmax::{cross_entropy, cross_entropy_grad_logits, log_softmax, softmax, softmax_grad_input};

use crate::harness::{check, engines, noise, wide};
use crate::reference::softmax as reference;

/// Rows and their length, on both sides of where the width of a workgroup changes, and a grid that folds.
const ROWS: &[[usize; 2]] = &[
    [1, 1],
    [3, 6],
    [5, 8],
    [2, 31],
    [7, 32],
    [3, 33],
    [4, 64],
    [2, 65],
    [1, 4096],
    [3, 4097],
    [2, 30_011],
    [65_537, 3],
];

/// Noise in [-8, 8) around an offset that overflows exp() if it is not taken off.
fn logits(count: usize, seed: u32) -> Vec<f32> {
    noise(count, seed).iter().map(|v| v * 8.0 + 200.0).collect()
}

#[test]
pub fn softmax_matches_its_formula() {
    for &[rows, n] in ROWS {
        let x = logits(rows * n, 1);
        let want = reference::softmax(&wide(&x), n);
        // exp may be off by 3 + 2 |x| units (the WGSL specification's accuracy), and differences here reach 16.
        let scale = want.clone();
        check(&[(&[rows, n], &x)], &[rows, n], &want, &scale, 40.0, |rec, x, y| softmax(rec, &x[0], y));
    }
}

#[test]
pub fn log_softmax_matches_its_formula() {
    for &[rows, n] in ROWS {
        let x = logits(rows * n, 2);
        let want = reference::log_softmax(&wide(&x), n);
        let scale: Vec<_> = want.iter().map(|v| v.abs() + 1.0).collect();
        check(&[(&[rows, n], &x)], &[rows, n], &want, &scale, 8.0, |rec, x, y| log_softmax(rec, &x[0], y));
    }
}

#[test]
pub fn softmax_grad_input_matches_its_formula() {
    for &[rows, n] in ROWS.iter().filter(|[_, n]| *n < 5_000) {
        let dy = noise(rows * n, 3);
        let y: Vec<f32> = reference::softmax(&wide(&logits(rows * n, 4)), n).iter().map(|&v| v as f32).collect();
        let want = reference::softmax_grad_input(&wide(&y), &wide(&dy), n);
        // |dy| < 1 and the y of a row add up to 1, so the terms of dx add up to at most 2 y.
        let scale: Vec<_> = y.iter().map(|&y| 2.0 * f64::from(y)).collect();
        check(&[(&[rows, n], &y), (&[rows, n], &dy)], &[rows, n], &want, &scale, 8.0, |rec, x, dx| {
            softmax_grad_input(rec, &x[0], &x[1], dx)
        });
    }
}

/// Probabilities, except that they add up to 1.5 in every second row.
fn targets(rows: usize, n: usize, seed: u32) -> Vec<f32> {
    let mut t: Vec<f32> = noise(rows * n, seed).iter().map(|v| v + 1.0).collect();
    for (r, row) in t.chunks_mut(n).enumerate() {
        let sum = row.iter().sum::<f32>().max(1e-3);
        row.iter_mut().for_each(|v| *v *= (1.0 + 0.5 * (r % 2) as f32) / sum);
    }
    t
}

#[test]
pub fn cross_entropy_matches_its_formula() {
    for &[rows, n] in ROWS {
        let (z, t) = (logits(rows * n, 5), targets(rows, n, 6));
        let want = reference::cross_entropy(&wide(&z), &wide(&t), n);
        let scale: Vec<_> = want.iter().map(|v| v.abs() + 1.0).collect();
        check(&[(&[rows, n], &z), (&[rows, n], &t)], &[rows], &want, &scale, 16.0, |rec, x, loss| {
            cross_entropy(rec, &x[0], &x[1], loss)
        });
    }
}

#[test]
pub fn cross_entropy_grad_logits_matches_its_formula() {
    for &[rows, n] in ROWS {
        let (z, t, d) = (logits(rows * n, 7), targets(rows, n, 8), noise(rows, 9));
        let want = reference::cross_entropy_grad_logits(&wide(&z), &wide(&t), &wide(&d), n);
        let p = reference::softmax(&wide(&z), n);
        let scale: Vec<_> =
            (0..rows * n).map(|i| f64::from(d[i / n]).abs() * (1.5 * p[i] + f64::from(t[i]).abs())).collect();
        let inputs: &[(&[usize], &[f32])] = &[(&[rows, n], &z), (&[rows, n], &t), (&[rows], &d)];
        check(inputs, &[rows, n], &want, &scale, 40.0, |rec, x, dz| {
            cross_entropy_grad_logits(rec, &x[0], &x[1], &x[2], dz)
        });
    }
}

#[test]
fn not_a_number_stays_in_its_row() {
    let (nan, inf) = (f32::NAN, f32::INFINITY);
    let x = [1.0, nan, 2.0, 0.0, 0.0, 0.0, inf, 1.0, 2.0, -inf, 0.0, 0.0, -inf, -inf, -inf, 3e38, -3e38, 3e38];
    let third = 1.0 / 3.0;
    let gone = f64::NAN;
    let want =
        [gone, gone, gone, third, third, third, gone, gone, gone, 0.0, 0.5, 0.5, gone, gone, gone, 0.5, 0.0, 0.5];
    check(&[(&[6, 3], &x)], &[6, 3], &want, &[1.0; 18], 2.0, |rec, x, y| softmax(rec, &x[0], y));
    let (log3, log2) = (3f64.ln(), 2f64.ln());
    let low = f64::NEG_INFINITY;
    let want = [
        gone, gone, gone, -log3, -log3, -log3, gone, gone, gone, low, -log2, -log2, gone, gone, gone, -log2, low, -log2,
    ];
    check(&[(&[6, 3], &x)], &[6, 3], &want, &[1.0; 18], 2.0, |rec, x, y| log_softmax(rec, &x[0], y));
    let targets = [0.25; 18];
    let want = [gone, 0.75 * log3, gone, f64::INFINITY, gone, f64::INFINITY];
    check(&[(&[6, 3], &x), (&[6, 3], &targets)], &[6], &want, &[1.0; 6], 2.0, |rec, x, loss| {
        cross_entropy(rec, &x[0], &x[1], loss)
    });
}

#[test]
fn softmax_takes_any_rank_and_refuses_what_does_not_fit() {
    let x = noise(24, 10);
    let want = reference::softmax(&wide(&x), 4);
    check(&[(&[2, 3, 4], &x)], &[2, 3, 4], &want, &want, 8.0, |rec, x, y| softmax(rec, &x[0], y));
    let engine = &engines()[0];
    let tensor = |shape: &[usize]| engine.tensor(shape).unwrap();
    let (x, y, n) = (tensor(&[2, 3]), tensor(&[3, 2]), tensor(&[2]));
    let mut rec = Recorder::new(engine);
    for (argument, result) in [
        ("y", softmax(&mut rec, &x, &y)),
        ("x", softmax(&mut rec, &tensor(&[]), &tensor(&[]))),
        ("y", log_softmax(&mut rec, &x, &y)),
        ("dy", softmax_grad_input(&mut rec, &x, &y, &x)),
        ("dx", softmax_grad_input(&mut rec, &x, &x, &y)),
        ("logits", cross_entropy(&mut rec, &n, &n, &n)),
        ("targets", cross_entropy(&mut rec, &x, &y, &n)),
        ("loss", cross_entropy(&mut rec, &x, &x, &x)),
        ("dloss", cross_entropy_grad_logits(&mut rec, &x, &x, &x, &x)),
        ("dlogits", cross_entropy_grad_logits(&mut rec, &x, &x, &n, &y)),
    ] {
        assert!(matches!(result, Err(Error::Shape { argument: a, .. }) if a == argument), "{argument}: {result:?}");
    }
}
