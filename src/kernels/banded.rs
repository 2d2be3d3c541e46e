//! Matrices whose rows are zero outside one band each, such as mel filter banks, times frames.

use bytemuck::{Pod, Zeroable};

use crate::error::Result;
use crate::gpu::{Grid, Kernel, Recorder, Tensor};
use crate::kernel;
use crate::shape::to_u32;

#[repr(C)]
#[derive(Clone, Copy, Pod, Zeroable)]
struct Params {
    rows: u32,
    columns: u32,
    frames: u32,
    tiles: u32,
    batch: u32,
}

/// For each row of a dense row-major matrix of `[rows, columns]`, where its first number that is not zero stands and where the last one ends, as
/// two u32 words: what [`banded_matmul`] takes as `ranges`, (rows, 2). A row of zeros is the empty band 0..0.
pub fn ranges(dense: &[f32], [_, columns]: [usize; 2]) -> Vec<f32> {
    let band = |row: &[f32]| {
        let first = row.iter().position(|&value| value != 0.0).unwrap_or(0);
        let end = row.iter().rposition(|&value| value != 0.0).map_or(0, |last| last + 1);
        [first, end].map(|word| f32::from_bits(word as u32))
    };
    dense.chunks(columns.max(1)).flat_map(band).collect()
}

/// `y[b,m,t] = sum over first <= f < end of w[m,f] x[b,f,t]` with `(first, end) = ranges[m]`.
///
/// `w` (M,F), `ranges` (M,2) words of [`ranges()`], `x` (B,F,T) -> `y` (B,M,T). The gradient with respect to `x` is this
/// operation with the transposed matrix and its own ranges.
///
/// # Errors
/// [`Error::Shape`](crate::Error::Shape) if the shapes do not belong together.
pub fn banded_matmul(rec: &mut Recorder, w: &Tensor, ranges: &Tensor, x: &Tensor, y: &Tensor) -> Result<()> {
    let name = "banded_matmul";
    let [rows, columns] = w.shape().array(name, "w")?;
    let [batch, _, frames] = x.shape().array(name, "x")?;
    ranges.shape().expect(name, "ranges", [rows, 2])?;
    x.shape().expect(name, "x", [batch, columns, frames])?;
    y.shape().expect(name, "y", [batch, rows, frames])?;
    let vec4 = frames.is_multiple_of(4);
    let (kernel, each, wide) = if vec4 { (&BANDED_MATMUL_VEC4, 2, frames / 4) } else { (&BANDED_MATMUL, 4, frames) };
    let group = if wide <= 16 * each { 16 } else { 32 };
    let tiles = wide.div_ceil(each * group);
    let params = Params {
        rows: to_u32(name, rows)?,
        columns: to_u32(name, columns)?,
        frames: to_u32(name, wide)?,
        tiles: to_u32(name, tiles)?,
        batch: to_u32(name, batch)?,
    };
    // Bands of a filter bank overlap by half: about two weights a column.
    let flops = 4.0 * x.len() as f64;
    let grid = Grid::groups(batch * rows * tiles);
    rec.dispatch(kernel, &params, &[w, ranges, x, y], grid, &[("WG", group as f64)], flops)
}

static BANDED_MATMUL: Kernel = kernel!("signal/banded_matmul", Params, [Read, Read, Read, Write]);
static BANDED_MATMUL_VEC4: Kernel = kernel!("signal/banded_matmul_vec4", Params, [Read, Read, Read, Write]);

/// The kernels of this file.
pub const KERNELS: &[&Kernel] = &[&BANDED_MATMUL, &BANDED_MATMUL_VEC4];
