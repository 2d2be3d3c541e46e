//! Layer norm. Sizes are rows and their length.

use super::dirty;
use crate::doctor::{Case, Output};
use crate::kernels::layer_norm as kernels;
use crate::reference::compare::{narrow, noise, wide};
use crate::reference::layer_norm as reference;

/// Added to the variance.
pub const EPS: f32 = 1e-5;

/// Noise around 2, so that the mean counts.
fn rows([rows, n]: [usize; 2]) -> Vec<f32> {
    noise(rows * n, 1).iter().map(|v| 1.5 * v + 2.0).collect()
}

/// The normalisation.
pub fn layer_norm(size: [usize; 2]) -> Case {
    of(&rows(size), size)
}

/// The normalisation of these rows, whose numbers are at most a few times their means.
pub fn of(x: &[f32], size: [usize; 2]) -> Case {
    let n = size[1];
    let (gamma, beta) = (noise(n, 2), noise(n, 3));
    let want = reference::layer_norm(&wide(x), &wide(&gamma), &wide(&beta), f64::from(EPS));
    let stats = reference::stats(&wide(x), n, f64::from(EPS));
    // The mean is rounded, and what is left of x is divided by the standard deviation.
    let scale = (0..x.len()).map(|i| 2.0 + f64::from(x[i]).abs().max(stats[i / n * 2].abs()) * stats[i / n * 2 + 1]);
    let output = Output::new(&size, want, scale.collect(), 8.0);
    Case::new("layer_norm", &[(&size, x), (&[n], &gamma), (&[n], &beta)], output, |rec, x, y| {
        kernels::layer_norm(rec, [&x[0], &x[1], &x[2]], y, EPS)
    })
}

/// Means and deviations.
pub fn stats(size: [usize; 2]) -> Case {
    let x = rows(size);
    let want = reference::stats(&wide(&x), size[1], f64::from(EPS));
    // A deviation is as far off as the squared distances from a mean that is rounded, as a share of themselves.
    let scale = (0..want.len()).map(|i| if i % 2 == 0 { 4.0 } else { want[i] * (1.0 + 4.0 * want[i]) }).collect();
    Case::new("layer_norm_stats", &[(&size, &x)], Output::new(&[size[0], 2], want, scale, 8.0), |rec, x, y| {
        kernels::layer_norm_stats(rec, &x[0], y, EPS)
    })
}

/// The gradient of x.
pub fn grad_input(size: [usize; 2]) -> Case {
    let n = size[1];
    let (x, gamma, dy) = (rows(size), noise(n, 4), noise(size[0] * n, 5));
    let stats = narrow(&reference::stats(&wide(&x), n, f64::from(EPS)));
    let want = reference::grad_input(&wide(&x), &wide(&stats), &wide(&gamma), &wide(&dy));
    let hat = reference::normalised(&wide(&x), &wide(&stats), n);
    let scale = (0..x.len())
        .map(|i| {
            let slope = f64::from(stats[i / n * 2 + 1]);
            slope * (2.0 + (hat[i].abs() + 4.0 * slope) * (1.0 + hat[i].abs()))
        })
        .collect();
    let inputs: &[(&[usize], &[f32])] = &[(&size, &x), (&[size[0], 2], &stats), (&[n], &gamma), (&size, &dy)];
    Case::new("layer_norm_grad_input", inputs, Output::new(&size, want, scale, 8.0), |rec, x, dx| {
        kernels::layer_norm_grad_input(rec, [&x[0], &x[1], &x[2], &x[3]], dx)
    })
}

/// The gradients of beta and gamma.
pub fn grad_sums(size: [usize; 2]) -> Case {
    let [rows_, n] = size;
    let (x, dy) = (rows(size), noise(rows_ * n, 6));
    let stats = narrow(&reference::stats(&wide(&x), n, f64::from(EPS)));
    let want = reference::grad_sums(&wide(&x), &wide(&stats), &wide(&dy), n);
    let most = (0..rows_).map(|row| 4.0 * f64::from(stats[2 * row + 1])).sum::<f64>();
    let scale = (0..2 * n).map(|i| if i < n { rows_ as f64 } else { most }).collect();
    let inputs: &[(&[usize], &[f32])] = &[(&size, &x), (&[rows_, 2], &stats), (&size, &dy)];
    Case::new("layer_norm_grad_sums", inputs, Output::new(&[2, n], want, scale, 4.0), |rec, x, sums| {
        let scratch = dirty(rec, kernels::layer_norm_scratch(x[0].shape())?)?;
        kernels::layer_norm_grad_sums(rec, [&x[0], &x[1], &x[2]], sums, &scratch)
    })
}

/// In fours and not, less than a chunk of 64 rows and more, a row for a lane.
pub(super) fn small() -> Vec<Case> {
    let all = |size| [layer_norm(size), stats(size), grad_input(size), grad_sums(size)];
    [[3, 8], [2, 65], [70, 36], [18, 132]].into_iter().flat_map(all).collect()
}
