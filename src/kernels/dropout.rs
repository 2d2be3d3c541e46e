//! Dropout and random numbers from counters: the same seed and salt give the same numbers on every device that rounds
//! alike, whatever ran before.
//!
//! A seed is a tensor of 8 words (bits, not numbers), so that a recording can be replayed with another one. All of them
//! count; what they mean is the caller's business: a seed, a step, a part of a batch.

use bytemuck::{Pod, Zeroable};

use super::WG;
use super::parts::{Operand, by_rows};
use crate::error::{Error, Result};
use crate::gpu::{Grid, Kernel, Recorder, Tensor};
use crate::kernel;
use crate::shape::to_u32;

#[repr(C)]
#[derive(Clone, Copy, Pod, Zeroable)]
struct DropoutParams {
    count: u32,
    /// Blocks of four numbers of the tensor before this part of it, and in all of it.
    first: u32,
    blocks: u32,
    salt: u32,
    keep: f32,
}

#[repr(C)]
#[derive(Clone, Copy, Pod, Zeroable)]
struct RandomParams {
    count: u32,
    salt: u32,
    /// Lower end, or mean.
    first: f32,
    /// Upper end, or standard deviation.
    second: f32,
}

/// Zero with probability `1 - keep`, else `x / keep` (Srivastava et al. 2014, inverted).
///
/// `x` -> `y`, as large; `seed` (8 words). The mask follows from `seed`, `salt` and an element's position alone: the
/// gradient is the same call on `dy`. The seed's last word is the number of a part: parts 0, 1, … of a tensor, each as large and
/// a multiple of 4, get the masks that the whole would get. NaN and infinity that are dropped become NaN, as `0 x` says.
///
/// # Errors
/// [`Error::Shape`] if `y` is not as `x` or `seed` not 8 words, [`Error::Argument`] if `keep` is not in (0, 1].
pub fn dropout(rec: &mut Recorder, x: &Tensor, seed: &Tensor, y: &Tensor, keep: f32, salt: u32) -> Result<()> {
    seed.shape().expect("dropout", "seed", [8])?;
    y.shape().expect("dropout", "y", x.shape())?;
    if !(keep > 0.0 && keep <= 1.0) {
        let problem = format!("keep should be in (0, 1], is {keep}");
        return Err(Error::Argument { operation: "dropout", problem });
    }
    let blocks = to_u32("dropout", x.len().div_ceil(4))?;
    let operands = [Operand::Rows(x), Operand::Whole(seed), Operand::Rows(y)];
    by_rows(rec, "dropout", x.len(), &operands, |rec, part, tensors| {
        let count = to_u32("dropout", part.len())?;
        let params = DropoutParams { count, first: part.start as u32 / 4, blocks, salt, keep };
        let grid = Grid::flat(part.len().div_ceil(4), WG);
        let tensors: Vec<_> = tensors.iter().collect();
        rec.dispatch(&DROPOUT, &params, &tensors, grid, &[], 2.0 * part.len() as f64)
    })
}

/// Fills `y` with numbers uniform in `[low, high)`; with a rounding of `low + (high - low) u`, `high` itself can occur.
///
/// `seed` (8 words) -> `y`. The numbers are independent of others with another seed or another `salt`.
///
/// # Errors
/// [`Error::Shape`] if `seed` is not 8 words.
pub fn random_uniform(rec: &mut Recorder, seed: &Tensor, y: &Tensor, low: f32, high: f32, salt: u32) -> Result<()> {
    seed.shape().expect("random_uniform", "seed", [8])?;
    let params = RandomParams { count: to_u32("random_uniform", y.len())?, salt, first: low, second: high };
    rec.dispatch(&RANDOM_UNIFORM, &params, &[seed, y], Grid::flat(y.len().div_ceil(4), WG), &[], 2.0 * y.len() as f64)
}

/// Fills `y` with normal numbers of this mean and standard deviation (Box & Muller 1958), none further out than 5.8
/// deviations.
///
/// `seed` (8 words) -> `y`. The numbers are independent of others with another seed or another `salt`.
///
/// # Errors
/// [`Error::Shape`] if `seed` is not 8 words.
pub fn random_normal(rec: &mut Recorder, seed: &Tensor, y: &Tensor, mean: f32, std: f32, salt: u32) -> Result<()> {
    seed.shape().expect("random_normal", "seed", [8])?;
    let params = RandomParams { count: to_u32("random_normal", y.len())?, salt, first: mean, second: std };
    rec.dispatch(&RANDOM_NORMAL, &params, &[seed, y], Grid::flat(y.len().div_ceil(4), WG), &[], 8.0 * y.len() as f64)
}

static DROPOUT: Kernel = kernel!("nn/dropout", DropoutParams, [Read, Read, Write]);
static RANDOM_UNIFORM: Kernel = kernel!("nn/random_uniform", RandomParams, [Read, Write]);
static RANDOM_NORMAL: Kernel = kernel!("nn/random_normal", RandomParams, [Read, Write]);

/// This family's kernels.
pub const KERNELS: &[&Kernel] = &[&DROPOUT, &RANDOM_UNIFORM, &RANDOM_NORMAL];
