//! Layer norm from its formula, row by row of `n` numbers.

/// Mean and 1 / sqrt(biased variance + eps) of each row.
pub fn stats(x: &[f64], n: usize, eps: f64) -> Vec<f64> {
    let row = |row: &[f64]| {
        let mean = row.iter().sum::<f64>() / n as f64;
        let variance = row.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / n as f64;
        [mean, 1.0 / (variance + eps).sqrt()]
    };
    x.chunks(n).flat_map(row).collect()
}

/// `(x - mean) rstd`.
pub fn normalised(x: &[f64], stats: &[f64], n: usize) -> Vec<f64> {
    (0..x.len()).map(|i| (x[i] - stats[i / n * 2]) * stats[i / n * 2 + 1]).collect()
}

/// `gamma (x - mean) / sqrt(variance + eps) + beta`.
pub fn layer_norm(x: &[f64], gamma: &[f64], beta: &[f64], eps: f64) -> Vec<f64> {
    let n = gamma.len();
    let normal = normalised(x, &stats(x, n, eps), n);
    (0..x.len()).map(|i| gamma[i % n] * normal[i] + beta[i % n]).collect()
}

/// The whole Jacobian of a row, d y_k / d x_j = gamma_k rstd (\[j = k\] - 1 / n - xhat_j xhat_k / n), times dy.
pub fn grad_input(x: &[f64], stats: &[f64], gamma: &[f64], dy: &[f64]) -> Vec<f64> {
    let n = gamma.len();
    let normal = normalised(x, stats, n);
    let slope = |row: usize, k: usize, j: usize| {
        let hats = normal[row * n + j] * normal[row * n + k];
        gamma[k] * stats[2 * row + 1] * (f64::from(u8::from(j == k)) - (1.0 + hats) / n as f64)
    };
    let one = |i: usize| (0..n).map(|k| dy[i / n * n + k] * slope(i / n, k, i % n)).sum();
    (0..x.len()).map(one).collect()
}

/// Sums over all rows of `dy`, then of `dy` times the normalised `x`.
pub fn grad_sums(x: &[f64], stats: &[f64], dy: &[f64], n: usize) -> Vec<f64> {
    let normal = normalised(x, stats, n);
    let column = |k: usize| (k..x.len()).step_by(n);
    let plain = (0..n).map(|k| column(k).map(|i| dy[i]).sum());
    let along = (0..n).map(|k| column(k).map(|i| dy[i] * normal[i]).sum());
    plain.chain(along).collect()
}
