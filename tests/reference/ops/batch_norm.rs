//! The gradient of batch norm from sums that are given, as the graph's operation has it.

use tunevote::reference::batch_norm::{Dims, normalised};

/// `gamma / sqrt(variance + eps) (dy - sums[0] / n - normalised sums[1] / n)` (Ioffe & Szegedy 2015).
pub fn grad_input([x, stats, gamma, sums, dy]: [&[f64]; 5], dims: Dims, eps: f64) -> Vec<f64> {
    let normal = normalised(x, stats, dims, eps);
    let count = (dims[0] * dims[2]) as f64;
    let one = |i: usize| {
        let c = i / dims[2] % dims[1];
        let scale = gamma[c] / (stats[dims[1] + c] + eps).sqrt();
        scale * (dy[i] - sums[c] / count - normal[i] * sums[dims[1] + c] / count)
    };
    (0..x.len()).map(one).collect()
}
