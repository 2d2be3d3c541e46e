//! Softmax and cross-entropy from their formulas, row by row.

/// log(sum of exp), with the largest taken off; f64 would do without for small numbers, but not for -2,000.
fn log_sum_exp(x: &[f64]) -> f64 {
    let largest = x.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    largest + x.iter().map(|v| (v - largest).exp()).sum::<f64>().ln()
}

/// `x - log(sum of exp(x))` in rows of `n`.
pub fn log_softmax(x: &[f64], n: usize) -> Vec<f64> {
    let row = |row: &[f64]| {
        let log_sum = log_sum_exp(row);
        row.iter().map(|v| v - log_sum).collect::<Vec<_>>()
    };
    x.chunks(n).flat_map(row).collect()
}

/// `exp(x) / sum of exp(x)` in rows of `n`.
pub fn softmax(x: &[f64], n: usize) -> Vec<f64> {
    log_softmax(x, n).iter().map(|v| v.exp()).collect()
}

/// The whole Jacobian, d y_k / d x_j = y_k (\[j = k\] - y_j), times dy.
pub fn softmax_grad_input(y: &[f64], dy: &[f64], n: usize) -> Vec<f64> {
    y.chunks(n)
        .zip(dy.chunks(n))
        .flat_map(|(y, dy)| {
            let column = |j: usize| (0..n).map(|k| dy[k] * y[k] * (f64::from(u8::from(j == k)) - y[j])).sum::<f64>();
            (0..n).map(column).collect::<Vec<_>>()
        })
        .collect()
}

/// `-sum of targets log_softmax(logits)` of each row of `n`.
pub fn cross_entropy(logits: &[f64], targets: &[f64], n: usize) -> Vec<f64> {
    log_softmax(logits, n)
        .chunks(n)
        .zip(targets.chunks(n))
        .map(|(l, t)| -l.iter().zip(t).map(|(l, t)| l * t).sum::<f64>())
        .collect()
}

/// `dloss (softmax(logits) sum of targets - targets)` in rows of `n`, a `dloss` for each row.
pub fn cross_entropy_grad_logits(logits: &[f64], targets: &[f64], dloss: &[f64], n: usize) -> Vec<f64> {
    let p = softmax(logits, n);
    (0..logits.len())
        .map(|i| dloss[i / n] * (p[i] * targets[i / n * n..][..n].iter().sum::<f64>() - targets[i]))
        .collect()
}
