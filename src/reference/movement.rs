//! Copies along strides, element by element.

use super::pointwise::indices;

/// Where a walk starts, and its step along each axis.
pub type Walk<'a> = (usize, &'a [usize]);

/// `y` after a block of extents `dims` was copied from `x`, walked as `from` says, to `y`, walked as `to` says.
pub fn strided_copy(x: &[f64], from: Walk<'_>, mut y: Vec<f64>, to: Walk<'_>, dims: &[usize]) -> Vec<f64> {
    for index in indices(dims) {
        let at = |(offset, strides): Walk<'_>| offset + index.iter().zip(strides).map(|(i, s)| i * s).sum::<usize>();
        y[at(to)] = x[at(from)];
    }
    y
}
