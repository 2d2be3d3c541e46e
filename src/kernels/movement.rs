//! Copies along strides: transpose, slice, pad, concat, expand.

use bytemuck::{Pod, Zeroable};

use super::WG;
use super::pointwise::padded;
use crate::error::Result;
use crate::gpu::{Grid, Kernel, Recorder, Tensor};
use crate::kernel;
use crate::shape::to_u32;

#[repr(C)]
#[derive(Clone, Copy, Pod, Zeroable)]
struct Params {
    count: u32,
    x_offset: u32,
    y_offset: u32,
    dims: [u32; 5],
    x: [u32; 6],
    y: [u32; 6],
}

/// One side of a strided copy, in elements.
#[derive(Clone, Debug)]
pub struct Walk {
    /// The first element.
    pub offset: usize,
    /// Steps along each axis of the copied block.
    pub strides: Vec<usize>,
}

/// Copies a block of extents `dims` (up to six axes) from `x`, walked as `from` says, to `y`, walked as `to` says. The
/// rest of `y` stays as it was.
///
/// # Errors
/// [`Error::Shape`](crate::Error::Shape) for more than six axes.
pub fn strided_copy(rec: &mut Recorder, x: &Tensor, from: &Walk, y: &Tensor, to: &Walk, dims: &[usize]) -> Result<()> {
    let count: usize = dims.iter().product();
    if count == 0 {
        return Ok(());
    }
    let fours = in_fours(dims, from, to).filter(|_| x.len().is_multiple_of(4) && y.len().is_multiple_of(4));
    let (kernel, unit) = if fours.is_some() { (&STRIDED_COPY_VEC4, 4) } else { (&STRIDED_COPY, 1) };
    let (dims, from, to) = fours.unwrap_or_else(|| (dims.to_vec(), from.clone(), to.clone()));
    let all = padded(&dims, 1)?;
    let params = Params {
        count: to_u32("strided_copy", count / unit)?,
        x_offset: to_u32("strided_copy", from.offset)?,
        y_offset: to_u32("strided_copy", to.offset)?,
        dims: [all[1], all[2], all[3], all[4], all[5]],
        x: padded(&from.strides, 0)?,
        y: padded(&to.strides, 0)?,
    };
    rec.dispatch(kernel, &params, &[x, y], Grid::flat(count / unit, WG), &[], 0.0)
}

/// The same copy counted in vec4, if all of it is whole in fours and the last axis is contiguous on both sides.
fn in_fours(dims: &[usize], from: &Walk, to: &Walk) -> Option<(Vec<usize>, Walk, Walk)> {
    let (last, slower) = dims.split_last()?;
    let whole = |walk: &Walk| {
        let (step, strides) = walk.strides.split_last()?;
        if *step != 1 || !walk.offset.is_multiple_of(4) || strides.iter().any(|stride| !stride.is_multiple_of(4)) {
            return None;
        }
        let strides = strides.iter().map(|stride| stride / 4).chain([1]).collect();
        Some(Walk { offset: walk.offset / 4, strides })
    };
    let fours = slower.iter().copied().chain([last / 4]).collect();
    last.is_multiple_of(4).then_some(())?;
    Some((fours, whole(from)?, whole(to)?))
}

static STRIDED_COPY: Kernel = kernel!("nn/strided_copy", Params, [Read, Write]);
static STRIDED_COPY_VEC4: Kernel = kernel!("nn/strided_copy_vec4", Params, [Read, Write]);

/// This family's kernels.
pub const KERNELS: &[&Kernel] = &[&STRIDED_COPY, &STRIDED_COPY_VEC4];
