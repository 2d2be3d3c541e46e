//! Softmax and cross-entropy. Sizes are rows and their length.

use crate::doctor::{Case, Output};
use crate::kernels::softmax as kernels;
use crate::reference::compare::{narrow, noise, wide};
use crate::reference::softmax as reference;

/// Noise in [-8, 8) around an offset that overflows exp() if it is not taken off.
fn logits(count: usize, seed: u32) -> Vec<f32> {
    noise(count, seed).iter().map(|v| v * 8.0 + 200.0).collect()
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

/// Softmax.
pub fn softmax([rows, n]: [usize; 2]) -> Case {
    let x = logits(rows * n, 1);
    let want = reference::softmax(&wide(&x), n);
    // exp may be off by 3 + 2 |x| units (the WGSL specification's accuracy), and differences here reach 16.
    let output = Output::new(&[rows, n], want.clone(), want, 40.0);
    Case::new("softmax", &[(&[rows, n], &x)], output, |rec, x, y| kernels::softmax(rec, &x[0], y))
}

/// Its logarithm.
pub fn log_softmax([rows, n]: [usize; 2]) -> Case {
    let x = logits(rows * n, 2);
    let want = reference::log_softmax(&wide(&x), n);
    let scale = want.iter().map(|v| v.abs() + 1.0).collect();
    let output = Output::new(&[rows, n], want, scale, 8.0);
    Case::new("log_softmax", &[(&[rows, n], &x)], output, |rec, x, y| kernels::log_softmax(rec, &x[0], y))
}

/// The gradient of softmax.
pub fn softmax_grad_input([rows, n]: [usize; 2]) -> Case {
    let dy = noise(rows * n, 3);
    let y = narrow(&reference::softmax(&wide(&logits(rows * n, 4)), n));
    let want = reference::softmax_grad_input(&wide(&y), &wide(&dy), n);
    // |dy| < 1 and the y of a row add up to 1, so the terms of dx add up to at most 2 y.
    let scale = y.iter().map(|&y| 2.0 * f64::from(y)).collect();
    let output = Output::new(&[rows, n], want, scale, 8.0);
    Case::new("softmax_grad_input", &[(&[rows, n], &y), (&[rows, n], &dy)], output, |rec, x, dx| {
        kernels::softmax_grad_input(rec, &x[0], &x[1], dx)
    })
}

/// Cross-entropy.
pub fn cross_entropy([rows, n]: [usize; 2]) -> Case {
    let (z, t) = (logits(rows * n, 5), targets(rows, n, 6));
    let want = reference::cross_entropy(&wide(&z), &wide(&t), n);
    let scale = want.iter().map(|v| v.abs() + 1.0).collect();
    let output = Output::new(&[rows], want, scale, 16.0);
    Case::new("cross_entropy", &[(&[rows, n], &z), (&[rows, n], &t)], output, |rec, x, loss| {
        kernels::cross_entropy(rec, &x[0], &x[1], loss)
    })
}

/// The gradient of cross-entropy.
pub fn cross_entropy_grad_logits([rows, n]: [usize; 2]) -> Case {
    let (z, t, d) = (logits(rows * n, 7), targets(rows, n, 8), noise(rows, 9));
    let want = reference::cross_entropy_grad_logits(&wide(&z), &wide(&t), &wide(&d), n);
    let p = reference::softmax(&wide(&z), n);
    let scale = (0..rows * n).map(|i| f64::from(d[i / n]).abs() * (1.5 * p[i] + f64::from(t[i]).abs())).collect();
    let inputs: &[(&[usize], &[f32])] = &[(&[rows, n], &z), (&[rows, n], &t), (&[rows], &d)];
    let output = Output::new(&[rows, n], want, scale, 40.0);
    Case::new("cross_entropy_grad_logits", inputs, output, |rec, x, dz| {
        kernels::cross_entropy_grad_logits(rec, &x[0], &x[1], &x[2], dz)
    })
}

/// Rows as short as a vote's, and longer than a workgroup.
pub(super) fn small() -> Vec<Case> {
    let all = |size| {
        [
            softmax(size),
            log_softmax(size),
            softmax_grad_input(size),
            cross_entropy(size),
            cross_entropy_grad_logits(size),
        ]
    };
    [[3, 6], [2, 65]].into_iter().flat_map(all).collect()
}
