//! Softmax along the last axis of `k`, and cross-entropy from logits.

use crate::reference::difference::dot;

fn log_row(row: &[f64]) -> Vec<f64> {
    let top = row.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let total = row.iter().map(|v| (v - top).exp()).sum::<f64>().ln();
    row.iter().map(|v| v - top - total).collect()
}

pub fn log_softmax(x: &[f64], k: usize) -> Vec<f64> {
    x.chunks(k).flat_map(log_row).collect()
}

pub fn softmax(x: &[f64], k: usize) -> Vec<f64> {
    log_softmax(x, k).into_iter().map(f64::exp).collect()
}

/// The Jacobian of softmax, `diag(y) - y y'`, times `dy`.
pub fn softmax_grad(y: &[f64], dy: &[f64], k: usize) -> Vec<f64> {
    let row = |(y, dy): (&[f64], &[f64])| -> Vec<f64> {
        (0..k).map(|i| (0..k).map(|j| (if i == j { y[i] } else { 0.0 } - y[i] * y[j]) * dy[j]).sum()).collect()
    };
    y.chunks(k).zip(dy.chunks(k)).flat_map(row).collect()
}

/// `-sum(t log softmax(z))` of each row.
pub fn cross_entropy(logits: &[f64], targets: &[f64], k: usize) -> Vec<f64> {
    logits.chunks(k).zip(targets.chunks(k)).map(|(z, t)| -dot(&log_row(z), t)).collect()
}

/// Each target's term `-t_j (z_j - log sum exp z)` gives `t_j (p - e_j)`.
pub fn cross_entropy_grad(logits: &[f64], targets: &[f64], dloss: &[f64], k: usize) -> Vec<f64> {
    let p = softmax(logits, k);
    let one = |at: usize| -> f64 {
        let row = at / k * k;
        let slope: f64 = (row..row + k).map(|j| targets[j] * (p[at] - if j == at { 1.0 } else { 0.0 })).sum();
        slope * dloss[at / k]
    };
    (0..logits.len()).map(one).collect()
}
