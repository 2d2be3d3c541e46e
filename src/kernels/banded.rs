//! Products with a constant matrix that is zero outside one band a row, such as a mel filter bank.

use bytemuck::{Pod, Zeroable};

use crate::error::Result;
use crate::gpu::{Grid, Kernel, Recorder, Tensor};
use crate::kernel;
use crate::shape::to_u32;

const WG: usize = 64;

#[repr(C)]
#[derive(Clone, Copy, Pod, Zeroable)]
struct Params {
    count: u32,
    m: u32,
    f: u32,
    t: u32,
    quads: u32,
}

/// Where each row of a dense matrix of `[rows, columns]` is not zero: `first, end` a row, as words.
pub fn ranges(dense: &[f32], [_, columns]: [usize; 2]) -> Vec<f32> {
    let range = |row: &[f32]| {
        let first = row.iter().position(|&value| value != 0.0).unwrap_or(0);
        let end = row.iter().rposition(|&value| value != 0.0).map_or(first, |last| last + 1);
        [first, end].map(|at| f32::from_bits(at as u32))
    };
    dense.chunks_exact(columns.max(1)).flat_map(range).collect()
}

/// `w` (M,F) with `ranges` (M,2 words) of [`ranges()`], `x` (B,F,T) -> `y` (B,M,T).
///
/// # Errors
/// [`Error::Shape`](crate::Error::Shape) if the shapes do not fit.
pub fn banded_matmul(rec: &mut Recorder, w: &Tensor, ranges: &Tensor, x: &Tensor, y: &Tensor) -> Result<()> {
    const OP: &str = "banded_matmul";
    let [m, f] = w.shape().array(OP, "w")?;
    let [b, _, t] = x.shape().array(OP, "x")?;
    ranges.shape().expect(OP, "ranges", [m, 2])?;
    x.shape().expect(OP, "x", [b, f, t])?;
    y.shape().expect(OP, "y", [b, m, t])?;
    let count = b * m * t.div_ceil(4);
    let params = Params {
        count: to_u32(OP, count)?,
        m: to_u32(OP, m)?,
        f: to_u32(OP, f)?,
        t: to_u32(OP, t)?,
        quads: to_u32(OP, t.div_ceil(4))?,
    };
    // Mel bands overlap by half: each bin is in two rows.
    rec.dispatch(&BANDED_MATMUL, &params, &[w, ranges, x, y], Grid::flat(count, WG), &[], 4.0 * (b * f * t) as f64)
}

static BANDED_MATMUL: Kernel = kernel!("signal/banded_matmul", Params, [Read, Read, Read, Write]);

/// This family's kernels.
pub const KERNELS: &[&Kernel] = &[&BANDED_MATMUL];
