//! Batch norm.

use super::dirty;
use crate::doctor::{Case, Output};
use crate::kernels::batch_norm::{self as kernels, batch_norm_scratch};
use crate::reference::batch_norm::{self as reference, Dims};
use crate::reference::compare::{magnitudes, narrow, noise, wide};

const EPS: f32 = 1e-3;

/// What the kernels get: x around a mean of its own in each channel, its statistics, gamma, beta, dy.
struct Given {
    x: Vec<f32>,
    stats: Vec<f32>,
    gamma: Vec<f32>,
    beta: Vec<f32>,
    dy: Vec<f32>,
}

fn given(dims: Dims) -> Given {
    let [n, c, s] = dims;
    let channel = |i: usize| (i / s % c) as f32;
    let x: Vec<f32> = noise(n * c * s, 1).iter().enumerate().map(|(i, v)| 3.0 * v + channel(i).sin()).collect();
    let stats = narrow(&reference::stats(&wide(&x), dims));
    Given { x, stats, gamma: noise(c, 2), beta: noise(c, 3), dy: noise(n * c * s, 4) }
}

/// Mean and variance of each channel.
pub fn stats(dims: Dims) -> Case {
    let c = dims[1];
    let want = reference::stats(&wide(&given(dims).x), dims);
    // |x| is at most 4: the scale of a mean. That of a variance is the variance.
    let scale: Vec<_> = (0..2 * c).map(|i| if i < c { 4.0 } else { want[i] }).collect();
    stats_of(&given(dims).x, dims, scale)
}

/// Mean and variance of each channel of `x`, with the scale of each.
pub fn stats_of(x: &[f32], dims: Dims, scale: Vec<f64>) -> Case {
    let output = Output::new(&[2, dims[1]], reference::stats(&wide(x), dims), scale, 16.0);
    Case::new("batch_norm_stats", &[(&dims, x)], output, |rec, x, stats| {
        let scratch = dirty(rec, batch_norm_scratch(x[0].shape())?)?;
        kernels::batch_norm_stats(rec, &x[0], stats, &scratch)
    })
}

/// The normalisation.
pub fn apply(dims: Dims) -> Case {
    let g = given(dims);
    let c = dims[1];
    let want = reference::apply(&wide(&g.x), &wide(&g.stats), &wide(&g.gamma), &wide(&g.beta), dims, f64::from(EPS));
    // The rounding of x - mean, of size 4, is divided by the standard deviation.
    let spread = |i: usize| f64::from(g.stats[c + i / dims[2] % c] + EPS).sqrt();
    let scale: Vec<_> = (0..want.len()).map(|i| 2.0 + 4.0 / spread(i)).collect();
    let inputs: &[(&[usize], &[f32])] = &[(&dims, &g.x), (&[2, c], &g.stats), (&[c], &g.gamma), (&[c], &g.beta)];
    Case::new("batch_norm_apply", inputs, Output::new(&dims, want, scale, 4.0), |rec, x, y| {
        kernels::batch_norm_apply(rec, [&x[0], &x[1], &x[2], &x[3]], y, EPS)
    })
}

/// The gradients of beta and gamma.
pub fn grad_sums(dims: Dims) -> Case {
    let g = given(dims);
    let c = dims[1];
    let (x, stats) = (wide(&g.x), wide(&g.stats));
    let want = reference::grad_sums(&x, &stats, &wide(&g.dy), dims, f64::from(EPS));
    let each = (dims[0] * dims[2]) as f64;
    let scale: Vec<_> =
        (0..2 * c).map(|i| if i < c { each } else { each * 4.0 / (stats[i] + f64::from(EPS)).sqrt() }).collect();
    let inputs: &[(&[usize], &[f32])] = &[(&dims, &g.x), (&[2, c], &g.stats), (&dims, &g.dy)];
    Case::new("batch_norm_grad_sums", inputs, Output::new(&[2, c], want, scale, 4.0), |rec, x, sums| {
        let scratch = dirty(rec, batch_norm_scratch(x[0].shape())?)?;
        kernels::batch_norm_grad_sums(rec, [&x[0], &x[1], &x[2]], sums, EPS, &scratch)
    })
}

/// The gradient of x.
pub fn grad_input(dims: Dims) -> Case {
    let g = given(dims);
    let c = dims[1];
    let (x, stats, dy, eps) = (wide(&g.x), wide(&g.stats), wide(&g.dy), f64::from(EPS));
    let want = reference::grad_input(&x, &stats, &wide(&g.gamma), &dy, dims, eps);
    let sums = narrow(&reference::grad_sums(&x, &stats, &dy, dims, eps));
    let hat = magnitudes(&narrow(&reference::normalised(&x, &stats, dims, eps)));
    let scale: Vec<_> = (0..x.len())
        .map(|i| {
            let k = i / dims[2] % c;
            let slope = 1.0 / (stats[c + k] + eps).sqrt();
            f64::from(g.gamma[k]).abs() * slope * (2.0 + (hat[i] + 4.0 * slope) * (1.0 + hat[i]))
        })
        .collect();
    let inputs: &[(&[usize], &[f32])] =
        &[(&dims, &g.x), (&[2, c], &g.stats), (&[c], &g.gamma), (&[2, c], &sums), (&dims, &g.dy)];
    Case::new("batch_norm_grad_input", inputs, Output::new(&dims, want, scale, 4.0), |rec, x, dx| {
        kernels::batch_norm_grad_input(rec, [&x[0], &x[1], &x[2], &x[3], &x[4]], dx, EPS)
    })
}

/// In fours and not, less than a chunk of 1,024 and more.
pub(super) fn small() -> Vec<Case> {
    let sizes = [[3, 2, 35], [2, 5, 4], [1, 3, 4097], [3, 2, 1000]];
    sizes.into_iter().flat_map(|dims| [stats(dims), apply(dims), grad_sums(dims), grad_input(dims)]).collect()
}
