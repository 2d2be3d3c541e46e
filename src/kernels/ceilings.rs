//! What a machine can do at the most: its multiply-adds and its copies. Every other kernel is measured against these two.

use super::WG;
use crate::error::{Error, Result};
use crate::gpu::{Grid, Kernel, Recorder, Tensor};
use crate::kernel;
use crate::shape::to_u32;

/// Independent chains of an element of [`multiply_add`].
pub const CHAINS: usize = 12;

#[repr(C)]
#[derive(Clone, Copy, bytemuck::Pod, bytemuck::Zeroable)]
struct MultiplyAddParams {
    count: u32,
    rounds: u32,
    m: f32,
    c: f32,
}

#[repr(C)]
#[derive(Clone, Copy, bytemuck::Pod, bytemuck::Zeroable)]
struct CopyParams {
    count: u32,
}

/// `y[i] = sum over j < 12 of a_j`, where `a_j` starts as `x[i] + j` and becomes `a_j m + c` so many `rounds`, a multiple of 4.
/// `x`, `y` of one count, a multiple of 4.
///
/// # Errors
/// [`Error::Shape`] if the counts differ or 4 does not divide them, [`Error::Argument`] if it does not divide the rounds.
pub fn multiply_add(rec: &mut Recorder, x: &Tensor, y: &Tensor, rounds: usize, [m, c]: [f32; 2]) -> Result<()> {
    let op = "multiply_add";
    let count = fours(op, x, y)?;
    if !rounds.is_multiple_of(4) {
        return Err(Error::Argument { operation: op, problem: format!("{rounds} rounds are not in fours") });
    }
    let params = MultiplyAddParams { count: to_u32(op, count)?, rounds: to_u32(op, rounds)?, m, c };
    let flops = 2.0 * (CHAINS * rounds) as f64 * x.len() as f64;
    rec.dispatch(&MULTIPLY_ADD, &params, &[x, y], Grid::flat(count, WG), &[], flops)
}

/// `y = x`, by a shader. `x`, `y` of one count, a multiple of 4.
///
/// # Errors
/// [`Error::Shape`] if the counts differ or 4 does not divide them.
pub fn copy_vec4(rec: &mut Recorder, x: &Tensor, y: &Tensor) -> Result<()> {
    let count = fours("copy_vec4", x, y)?;
    let params = CopyParams { count: to_u32("copy_vec4", count)? };
    rec.dispatch(&COPY_VEC4, &params, &[x, y], Grid::flat(count, 256), &[], 0.0)
}

fn fours(op: &'static str, x: &Tensor, y: &Tensor) -> Result<usize> {
    if x.len() != y.len() || !x.len().is_multiple_of(4) {
        return Err(Error::shape(op, "y", format_args!("the {} elements of x, in fours", x.len()), y.shape()));
    }
    Ok(x.len() / 4)
}

static MULTIPLY_ADD: Kernel = kernel!("measure/multiply_add", MultiplyAddParams, [Read, Write]);
static COPY_VEC4: Kernel = kernel!("measure/copy_vec4", CopyParams, [Read, Write]);

/// This file's kernels.
pub const KERNELS: &[&Kernel] = &[&MULTIPLY_ADD, &COPY_VEC4];
