//! Batch normalisation from its formulas; tensors are (N,C,S).

/// (N,C,S)
pub type Dims = [usize; 3];

/// Positions of channel c's elements.
fn channel([n, c_count, s]: Dims, c: usize) -> impl Iterator<Item = usize> {
    (0..n).flat_map(move |i| (0..s).map(move |j| (i * c_count + c) * s + j))
}

/// Mean and biased variance: (2,C).
pub fn stats(x: &[f64], dims: Dims) -> Vec<f64> {
    let each = (dims[0] * dims[2]) as f64;
    let mean: Vec<_> = (0..dims[1]).map(|c| channel(dims, c).map(|i| x[i]).sum::<f64>() / each).collect();
    let var = (0..dims[1]).map(|c| channel(dims, c).map(|i| (x[i] - mean[c]).powi(2)).sum::<f64>() / each);
    mean.iter().copied().chain(var).collect()
}

/// (x - mean) / sqrt(var + eps)
pub fn normalised(x: &[f64], stats: &[f64], dims: Dims, eps: f64) -> Vec<f64> {
    let c_of = |i: usize| i / dims[2] % dims[1];
    (0..x.len()).map(|i| (x[i] - stats[c_of(i)]) / (stats[dims[1] + c_of(i)] + eps).sqrt()).collect()
}

/// Without activation.
pub fn apply(x: &[f64], stats: &[f64], gamma: &[f64], beta: &[f64], dims: Dims, eps: f64) -> Vec<f64> {
    let c_of = |i: usize| i / dims[2] % dims[1];
    let hat = normalised(x, stats, dims, eps);
    (0..x.len()).map(|i| gamma[c_of(i)] * hat[i] + beta[c_of(i)]).collect()
}

/// Sums of dy and of dy * xhat: (2,C).
pub fn grad_sums(x: &[f64], stats: &[f64], dy: &[f64], dims: Dims, eps: f64) -> Vec<f64> {
    let hat = normalised(x, stats, dims, eps);
    let sum =
        |term: &dyn Fn(usize) -> f64| (0..dims[1]).map(|c| channel(dims, c).map(term).sum::<f64>()).collect::<Vec<_>>();
    [sum(&|i| dy[i]), sum(&|i| dy[i] * hat[i])].concat()
}

/// d y_j / d x_i written out: gamma / sqrt(var + eps) times (\[i = j\] - 1/m - xhat_i xhat_j / m) within a channel.
pub fn grad_input(x: &[f64], stats: &[f64], gamma: &[f64], dy: &[f64], dims: Dims, eps: f64) -> Vec<f64> {
    let hat = normalised(x, stats, dims, eps);
    let each = (dims[0] * dims[2]) as f64;
    let mut dx = vec![0.0; x.len()];
    for c in 0..dims[1] {
        let mean_dy = channel(dims, c).map(|j| dy[j]).sum::<f64>() / each;
        let mean_product = channel(dims, c).map(|j| dy[j] * hat[j]).sum::<f64>() / each;
        let slope = gamma[c] / (stats[dims[1] + c] + eps).sqrt();
        channel(dims, c).for_each(|i| dx[i] = slope * (dy[i] - mean_dy - hat[i] * mean_product));
    }
    dx
}
