//! Operands of products, put side by side as tiles read them.

use super::gemm::OP;
use super::{WG, flag};
use crate::error::Result;
use crate::gpu::{Grid, Kernel, Recorder, Tensor};
use crate::kernel;
use crate::shape::to_u32;

/// How a matrix lies in memory, in elements; see `gemm_pack.wgsl`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pack {
    pub batches: usize,
    pub rows: usize,
    pub k: usize,
    pub height: usize,
    pub taps: usize,
    pub first: usize,
    pub by_batch: usize,
    pub by_row: usize,
    pub by_k: usize,
    pub by_tap: isize,
}

impl Pack {
    /// A plain matrix in panels of `height` rows; sizes and strides are still to be filled in.
    pub fn matrix(height: usize) -> Self {
        Self { batches: 1, rows: 0, k: 0, height, taps: 1, first: 0, by_batch: 0, by_row: 0, by_k: 0, by_tap: 0 }
    }

    /// Whether vec4s of `x` lie along k (true) or along the rows (false); `None` where they lie otherwise.
    fn in_fours(&self) -> Option<bool> {
        let four = |numbers: [usize; 3]| numbers.iter().all(|number| number.is_multiple_of(4));
        let plain = self.taps == 1 && self.first == 0;
        match (self.by_k, self.by_row) {
            (1, _) if plain && four([self.k, self.by_row, self.by_batch]) => Some(true),
            (_, 1) if plain && four([self.rows, self.by_k, self.by_batch]) => Some(false),
            _ => None,
        }
    }

    /// Elements of the packed matrix.
    pub fn count(&self) -> usize {
        self.batches * self.rows.next_multiple_of(self.height) * self.k
    }
}

/// Packs `x` into panels of rows.
pub(super) fn pack(rec: &mut Recorder, x: &Tensor, y: &Tensor, pack: &Pack) -> Result<()> {
    if let Some(along_k) = pack.in_fours() {
        return pack_fours(rec, x, y, pack, along_k);
    }
    let count = pack.count() / 4;
    let params = PackParams {
        count: to_u32(OP, count)?,
        rows: to_u32(OP, pack.rows)?,
        k: to_u32(OP, pack.k)?,
        taps: to_u32(OP, pack.taps)?,
        panels: to_u32(OP, pack.rows.div_ceil(pack.height))?,
        height4: to_u32(OP, pack.height / 4)?,
        first: to_u32(OP, pack.first)?,
        by_batch: to_u32(OP, pack.by_batch)?,
        by_row: to_u32(OP, pack.by_row)?,
        by_k: to_u32(OP, pack.by_k)?,
        by_tap: pack.by_tap as u32,
    };
    rec.dispatch(&GEMM_PACK, &params, &[x, y], Grid::flat(count, WG), &[], 0.0)
}

/// The same, four numbers of `x` at a time.
fn pack_fours(rec: &mut Recorder, x: &Tensor, y: &Tensor, pack: &Pack, along_k: bool) -> Result<()> {
    let count = pack.count() / if along_k { 16 } else { 4 };
    let params = PackFoursParams {
        count: to_u32(OP, count)?,
        rows: to_u32(OP, pack.rows)?,
        k: to_u32(OP, pack.k)?,
        panels: to_u32(OP, pack.rows.div_ceil(pack.height))?,
        height4: to_u32(OP, pack.height / 4)?,
        by_batch: to_u32(OP, pack.by_batch)?,
        by_row: to_u32(OP, pack.by_row)?,
        by_k: to_u32(OP, pack.by_k)?,
    };
    let along_k = ("ALONG_K", flag(along_k));
    rec.dispatch(&GEMM_PACK_VEC4, &params, &[x, y], Grid::flat(count, WG), &[along_k], 0.0)
}

/// Packs `x`, whose `rows` are columns of a product, as halves in blocks of 64 of them.
pub(super) fn pack_half(rec: &mut Recorder, x: &Tensor, y: &Tensor, pack: &Pack) -> Result<()> {
    let count = half_count(pack.batches, pack.rows, pack.k) / 4;
    let params = PackHalfParams {
        count: to_u32(OP, count)?,
        columns: to_u32(OP, pack.rows)?,
        k: to_u32(OP, pack.k)?,
        blocks: to_u32(OP, pack.rows.div_ceil(64))?,
        by_batch: to_u32(OP, pack.by_batch)?,
        by_column: to_u32(OP, pack.by_row)?,
        by_k: to_u32(OP, pack.by_k)?,
    };
    rec.dispatch(&GEMM_PACK_HALF, &params, &[x, y], Grid::flat(count, WG), &[], 0.0)
}

/// Words of what [`pack_half`] makes.
pub(super) fn half_count(batches: usize, columns: usize, k: usize) -> usize {
    batches * columns.next_multiple_of(64) / 2 * k
}

#[repr(C)]
#[derive(Clone, Copy, bytemuck::Pod, bytemuck::Zeroable)]
struct PackHalfParams {
    count: u32,
    columns: u32,
    k: u32,
    blocks: u32,
    by_batch: u32,
    by_column: u32,
    by_k: u32,
}

#[repr(C)]
#[derive(Clone, Copy, bytemuck::Pod, bytemuck::Zeroable)]
struct PackFoursParams {
    count: u32,
    rows: u32,
    k: u32,
    panels: u32,
    height4: u32,
    by_batch: u32,
    by_row: u32,
    by_k: u32,
}

#[repr(C)]
#[derive(Clone, Copy, bytemuck::Pod, bytemuck::Zeroable)]
struct PackParams {
    count: u32,
    rows: u32,
    k: u32,
    taps: u32,
    panels: u32,
    height4: u32,
    first: u32,
    by_batch: u32,
    by_row: u32,
    by_k: u32,
    by_tap: u32,
}

pub(super) static GEMM_PACK_VEC4: Kernel = kernel!("nn/gemm_pack_vec4", PackFoursParams, [Read, Write]);
pub(super) static GEMM_PACK: Kernel = kernel!("nn/gemm_pack", PackParams, [Read, Write]);
pub(super) static GEMM_PACK_HALF: Kernel = kernel!("nn/gemm_pack_half", PackHalfParams, [Read, Write]);
