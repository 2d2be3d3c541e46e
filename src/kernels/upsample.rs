//! Images enlarged by whole numbers, and the transpose of that.

use bytemuck::{Pod, Zeroable};

use super::parts::{Operand, by_rows};
use super::{WG, flag};
use crate::error::Result;
use crate::gpu::{Grid, Kernel, Recorder, Tensor};
use crate::kernel;
use crate::shape::{Upsample2d, to_u32};

#[repr(C)]
#[derive(Clone, Copy, Pod, Zeroable)]
struct Params {
    planes: u32,
    image: [u32; 2],
    factor: [u32; 2],
}

/// Runs `kernel` from `x` to `y` on planes of `image`, an invocation for each element of `y`. Planes that one binding cannot hold are
/// done in parts.
fn planes(
    rec: &mut Recorder,
    kernel: &'static Kernel,
    [n, c, h, w]: [usize; 4],
    [x, y]: [&Tensor; 2],
    upsample: &Upsample2d,
) -> Result<()> {
    let op = kernel.name();
    let [fh, fw] = upsample.factor;
    by_rows(rec, op, n * c, &[Operand::Rows(x), Operand::Rows(y)], |rec, part, views| {
        let count = views[1].len();
        let params = Params {
            planes: to_u32(op, part.len())?,
            image: [to_u32(op, h)?, to_u32(op, w)?],
            factor: [to_u32(op, fh)?, to_u32(op, fw)?],
        };
        to_u32(op, part.len() * h * fh * w * fw)?;
        let linear = ("LINEAR", flag(upsample.linear));
        let flops = if upsample.linear { 9.0 } else { 1.0 } * (part.len() * h * fh * w * fw) as f64;
        rec.dispatch(kernel, &params, &[&views[0], &views[1]], Grid::flat(count, WG), &[linear], flops)
    })
}

/// Enlarges images: each pixel becomes a block, or with `linear` what lies between the pixels' middles is drawn straight, as PyTorch's
/// `interpolate` in mode `nearest`, or `bilinear` without aligned corners.
///
/// `x` (N,C,H,W) -> `y` (N,C,H FH,W FW).
///
/// # Errors
/// [`Error::Shape`](crate::Error::Shape) if `y` is not of that shape, [`Error::Argument`](crate::Error::Argument) for a factor of 0.
pub fn upsample2d(rec: &mut Recorder, x: &Tensor, y: &Tensor, upsample: &Upsample2d) -> Result<()> {
    let [n, c, h, w] = x.shape().array("upsample2d", "x")?;
    let [rows, columns] = upsample.resolve("upsample2d", [h, w])?;
    y.shape().expect("upsample2d", "y", [n, c, rows, columns])?;
    planes(rec, &UPSAMPLE2D, [n, c, h, w], [x, y], upsample)
}

/// Gradient of [`upsample2d`] with respect to its input.
///
/// `dy` (N,C,H FH,W FW) -> `dx` (N,C,H,W), overwritten.
///
/// # Errors
/// As [`upsample2d`].
pub fn upsample2d_grad_input(rec: &mut Recorder, dy: &Tensor, dx: &Tensor, upsample: &Upsample2d) -> Result<()> {
    let op = "upsample2d_grad_input";
    let [n, c, h, w] = dx.shape().array(op, "dx")?;
    let [rows, columns] = upsample.resolve(op, [h, w])?;
    dy.shape().expect(op, "dy", [n, c, rows, columns])?;
    planes(rec, &UPSAMPLE2D_GRAD_INPUT, [n, c, h, w], [dy, dx], upsample)
}

static UPSAMPLE2D: Kernel = kernel!("nn/upsample2d", Params, [Read, Write]);
static UPSAMPLE2D_GRAD_INPUT: Kernel = kernel!("nn/upsample2d_grad_input", Params, [Read, Write]);

/// The family's kernels.
pub const KERNELS: &[&Kernel] = &[&UPSAMPLE2D, &UPSAMPLE2D_GRAD_INPUT];
