//! Batch norm of (N,C,…), channel by channel. `dims` are [N, C, elements of an image's channel].

/// What a channel's numbers are, with their positions.
fn channel(dims: [usize; 3], c: usize) -> Vec<usize> {
    let [n, channels, size] = dims;
    (0..n).flat_map(|i| ((i * channels + c) * size)..((i * channels + c + 1) * size)).collect()
}

fn mean(values: impl ExactSizeIterator<Item = f64>) -> f64 {
    let count = values.len() as f64;
    values.sum::<f64>() / count
}

/// Means, then biased variances.
pub fn stats(x: &[f64], dims: [usize; 3]) -> Vec<f64> {
    let means: Vec<_> = (0..dims[1]).map(|c| mean(channel(dims, c).iter().map(|&p| x[p]))).collect();
    let variance = |c: usize| mean(channel(dims, c).iter().map(|&p| (x[p] - means[c]).powi(2)));
    let variances: Vec<_> = (0..dims[1]).map(variance).collect();
    [means, variances].concat()
}

/// `(x - mean) / sqrt(variance + eps)`
pub fn normalise(x: &[f64], stats: &[f64], eps: f64, dims: [usize; 3]) -> Vec<f64> {
    let mut y = vec![0.0; x.len()];
    for c in 0..dims[1] {
        channel(dims, c).iter().for_each(|&p| y[p] = (x[p] - stats[c]) / (stats[dims[1] + c] + eps).sqrt());
    }
    y
}

pub fn apply(x: &[f64], stats: &[f64], [gamma, beta]: [&[f64]; 2], eps: f64, dims: [usize; 3]) -> Vec<f64> {
    let mut y = normalise(x, stats, eps, dims);
    for c in 0..dims[1] {
        channel(dims, c).iter().for_each(|&p| y[p] = gamma[c] * y[p] + beta[c]);
    }
    y
}

/// Sums of `dy`, then of `dy` times the normalised `x`.
pub fn grad_sums(x: &[f64], stats: &[f64], dy: &[f64], eps: f64, dims: [usize; 3]) -> Vec<f64> {
    let normal = normalise(x, stats, eps, dims);
    let sums = (0..dims[1]).map(|c| channel(dims, c).iter().map(|&p| dy[p]).sum::<f64>());
    let dots = (0..dims[1]).map(|c| channel(dims, c).iter().map(|&p| dy[p] * normal[p]).sum::<f64>());
    sums.chain(dots).collect()
}

/// `gamma / sqrt(variance + eps) (dy - sum(dy) / n - normalised sum(dy normalised) / n)` (Ioffe & Szegedy 2015).
pub fn grad_input(
    x: &[f64],
    stats: &[f64],
    gamma: &[f64],
    sums: &[f64],
    dy: &[f64],
    eps: f64,
    dims: [usize; 3],
) -> Vec<f64> {
    let normal = normalise(x, stats, eps, dims);
    let count = (dims[0] * dims[2]) as f64;
    let mut dx = vec![0.0; x.len()];
    for c in 0..dims[1] {
        let scale = gamma[c] / (stats[dims[1] + c] + eps).sqrt();
        for p in channel(dims, c) {
            dx[p] = scale * (dy[p] - sums[c] / count - normal[p] * sums[dims[1] + c] / count);
        }
    }
    dx
}
