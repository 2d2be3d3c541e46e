//! Matrices whose rows are zero outside one band each, such as mel filter banks, times frames.

use bytemuck::{Pod, Zeroable};

use super::WG;
use super::stft::Order;
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

#[repr(C)]
#[derive(Clone, Copy, Pod, Zeroable)]
struct RowParams {
    rows: u32,
    frames: u32,
    x_frame: u32,
    batch: u32,
    y_signal: u32,
    y_row: u32,
    y_frame: u32,
    tiles: u32,
}

/// Frames of a band that one invocation owns.
const FRAMES: usize = 8;

/// What [`banded_matmul_rows`] reads of a matrix of M rows.
#[derive(Clone, Debug)]
pub struct Packed {
    /// The bands one behind the other, each in whole vec4s.
    pub weights: Vec<f32>,
    /// (M,4) words: a band's first vec4 of a frame, how many they are, its first vec4 of the weights, 0.
    pub bands: Vec<f32>,
}

/// Leaves away what lies outside the bands of a dense row-major matrix of `size` [rows, columns].
pub fn pack(dense: &[f32], size: [usize; 2]) -> Packed {
    let mut packed = Packed { weights: Vec::new(), bands: Vec::new() };
    let words = ranges(dense, size);
    for (row, range) in dense.chunks(size[1].max(1)).zip(words.chunks(2)) {
        let [first, end] = [range[0].to_bits() as usize / 4, (range[1].to_bits() as usize).div_ceil(4)];
        let band = [first, end - first, packed.weights.len() / 4, 0];
        packed.bands.extend(band.map(|word| f32::from_bits(word as u32)));
        packed.weights.extend((4 * first..4 * end).map(|f| row.get(f).copied().unwrap_or(0.0)));
    }
    if packed.weights.is_empty() {
        // A matrix of zeros: something has to be bound.
        packed.weights.resize(4, 0.0);
    }
    packed
}

/// `y[b,m,t] = sum over f of w[m,f] x[b,t,f]`, the same product for frames that lie side by side.
///
/// `weights` and `bands` of [`pack()`], `x` (B,T,F) with F a multiple of 4 -> `y` (B,M,T), or (B,T,M) with [`Order::Frames`].
///
/// # Errors
/// [`Error::Shape`](crate::Error::Shape) if the shapes do not belong together.
pub fn banded_matmul_rows(
    rec: &mut Recorder,
    [weights, bands]: [&Tensor; 2],
    x: &Tensor,
    y: &Tensor,
    order: Order,
) -> Result<()> {
    let name = "banded_matmul_rows";
    let [rows, _] = bands.shape().array(name, "bands")?;
    bands.shape().expect(name, "bands", [rows, 4])?;
    let [batch, frames, columns] = x.shape().array(name, "x")?;
    x.shape().expect(name, "x", [batch, frames, columns.next_multiple_of(4)])?;
    let dims = order.dims(batch, rows, frames);
    y.shape().expect(name, "y", dims)?;
    let [y_signal, y_row, y_frame] = order.steps(name, dims)?;
    let tiles = frames.div_ceil(FRAMES);
    let params = RowParams {
        rows: to_u32(name, rows)?,
        frames: to_u32(name, frames)?,
        x_frame: to_u32(name, columns / 4)?,
        batch: to_u32(name, batch)?,
        y_signal,
        y_row,
        y_frame,
        tiles: to_u32(name, tiles)?,
    };
    let flops = 2.0 * (weights.len() * batch * frames) as f64;
    let grid = Grid::flat(batch * rows * tiles, WG);
    rec.dispatch(&BANDED_MATMUL_ROWS, &params, &[weights, bands, x, y], grid, &[], flops)
}

static BANDED_MATMUL: Kernel = kernel!("signal/banded_matmul", Params, [Read, Read, Read, Write]);
static BANDED_MATMUL_VEC4: Kernel = kernel!("signal/banded_matmul_vec4", Params, [Read, Read, Read, Write]);
static BANDED_MATMUL_ROWS: Kernel = kernel!("signal/banded_matmul_rows", RowParams, [Read, Read, Read, Write]);

/// The kernels of this file.
pub const KERNELS: &[&Kernel] = &[&BANDED_MATMUL, &BANDED_MATMUL_VEC4, &BANDED_MATMUL_ROWS];
