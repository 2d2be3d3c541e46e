//! The discrete cosine transform of a tensor's axis, in a graph.

use super::mel::dct_ii_ortho;
use crate::error::{Error, Result};
use crate::graph::{Graph, Id};

/// The first `count` numbers of the orthonormal DCT-II of `x` along `axis`, whose other axes stay: of mel bands in dB these are MFCC
/// (librosa: `dct_type=2, norm="ortho"`).
///
/// It is a product with a constant matrix ([`dct_ii_ortho`]), which a plan packs once: of 128 bands 20 or 40 numbers are wanted, and a fast
/// transform of all 128 would read as much memory and save only arithmetic that is not missed.
///
/// # Errors
/// [`Error::Shape`] if there is no such axis, [`Error::Argument`] if more numbers are wanted than it has.
pub fn dct(g: &mut Graph, x: Id, axis: usize, count: usize) -> Result<Id> {
    let mut dims = g.shape(x).dims().to_vec();
    let Some(&n) = dims.get(axis) else {
        return Err(Error::shape("dct", "axis", format_args!("one of the {} of {}", dims.len(), g.shape(x)), axis));
    };
    let matrix: Vec<_> = dct_ii_ortho(count, n)?.into_iter().map(|value| value as f32).collect();
    let matrix = g.data(&matrix, [count, n])?;
    let [before, behind] = [&dims[..axis], &dims[axis + 1..]].map(|dims| dims.iter().product());
    let y = if behind == 1 {
        let rows = g.reshape(x, [before, n])?;
        g.matmul_transposed(rows, matrix, false, true)?
    } else {
        let columns = g.reshape(x, [before, n, behind])?;
        g.matmul(matrix, columns)?
    };
    dims[axis] = count;
    g.reshape(y, dims)
}
