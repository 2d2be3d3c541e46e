//! Dropout with counter-based random numbers.

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
    salt: u32,
    keep: f32,
}

/// `y = x / keep` where a random number in [0, 1) is below `keep`, else 0 (Srivastava et al. 2014, scaled in training).
///
/// `x` -> `y`, as large; `seed` holds 8 words: seed (2), step (2), part of the batch, and three that are not read. The mask
/// depends on these, `salt` and an element's position alone, so the same call with the gradient is the gradient.
///
/// # Errors
/// [`Error::Shape`](crate::Error::Shape) if the sizes differ or there are not 8 words.
pub fn dropout(rec: &mut Recorder, x: &Tensor, seed: &Tensor, y: &Tensor, keep: f32, salt: u32) -> Result<()> {
    seed.shape().expect("dropout", "seed", [8])?;
    y.shape().expect("dropout", "y", x.shape())?;
    let params = Params { count: to_u32("dropout", x.len())?, salt, keep };
    rec.dispatch(&DROPOUT, &params, &[x, seed, y], Grid::flat(x.len().div_ceil(4), WG), &[], x.len() as f64)
}

static DROPOUT: Kernel = kernel!("nn/dropout", Params, [Read, Read, Write]);

/// This family's kernels.
pub const KERNELS: &[&Kernel] = &[&DROPOUT];
