//! 3-D convolution and its gradients, by the kernels of images: a slice of the output is an image, whose channels lie a volume apart.

use super::Scratch;
use super::conv2d_grad_weight::Way;
use super::convolution::{Call, Extents};
use crate::error::Result;
use crate::gpu::{Engine, Recorder, Tensor};
use crate::shape::{Conv3d, Shape, Unary};

/// The scratch tensors that [`conv3d`] needs, as [`conv2d_scratch`](super::conv2d::conv2d_scratch) lists them.
///
/// # Errors
/// [`Error::Shape`](crate::Error::Shape) and [`Error::Argument`](crate::Error::Argument) as [`conv3d`].
pub fn conv3d_scratch(engine: &Engine, x: &Shape, weight: &Shape, conv: &Conv3d) -> Result<Vec<Scratch>> {
    Ok(Extents::new("conv3d", x, weight, conv)?.scratch(engine, conv, false))
}

/// `y[n,o,d,h,w] = activation(bias[o] + sum over c, i, j, k of weight[o,c,i,j,k] x[n,c,d s + i l - front, h s + j l - top, w s + k l - left])`,
/// overwriting `y`; strides s and dilations l are each axis' own.
///
/// `x` (N,C,D,H,W), `weight` (O,C/groups,KD,KH,KW), `bias` (O), `y` (N,O,OD,OH,OW). What a padding adds counts as 0. `scratch` as
/// [`conv3d_scratch`] counts, a buffer each.
///
/// # Errors
/// [`Error::Shape`](crate::Error::Shape) if a shape does not fit, [`Error::Argument`](crate::Error::Argument) if the groups do not divide
/// the channels, the window does not fit, or the activation is none.
#[allow(clippy::too_many_arguments)]
pub fn conv3d(
    rec: &mut Recorder,
    x: &Tensor,
    weight: &Tensor,
    bias: Option<&Tensor>,
    y: &Tensor,
    conv: &Conv3d,
    activation: Option<Unary>,
    scratch: &[Tensor],
) -> Result<()> {
    let op = "conv3d";
    let extents = Extents::new(op, x.shape(), weight.shape(), conv)?;
    y.shape().expect(op, "y", extents.y())?;
    if let Some(bias) = bias {
        bias.shape().expect(op, "bias", [extents.o])?;
    }
    extents.record(rec, conv, false, &Call { op, x, weight, bias, y: (y, None), activation, scratch })
}

/// The scratch tensors that [`conv3d_grad_input`] needs, in the same order. `x` is the shape of the convolution's input.
///
/// # Errors
/// As [`conv3d`].
pub fn conv3d_grad_input_scratch(engine: &Engine, x: &Shape, weight: &Shape, conv: &Conv3d) -> Result<Vec<Scratch>> {
    Ok(Extents::new("conv3d_grad_input", x, weight, conv)?.grad_input_scratch(engine, conv))
}

/// Gradient of [`conv3d`] without its epilogue with respect to its input: also known as transposed convolution.
///
/// `dy` (N,O,OD,OH,OW), `weight` (O,C/groups,KD,KH,KW) -> `dx` (N,C,D,H,W), overwritten. `scratch` as
/// [`conv3d_grad_input_scratch`] counts, a buffer each.
///
/// # Errors
/// [`Error::Shape`](crate::Error::Shape) if `dy` is not the convolution's output for an input of `dx`'s shape; else as [`conv3d`].
pub fn conv3d_grad_input(
    rec: &mut Recorder,
    dy: &Tensor,
    weight: &Tensor,
    dx: &Tensor,
    conv: &Conv3d,
    scratch: &[Tensor],
) -> Result<()> {
    let op = "conv3d_grad_input";
    let extents = Extents::new(op, dx.shape(), weight.shape(), conv)?;
    dy.shape().expect(op, "dy", extents.y())?;
    let call = Call { op, x: dy, weight, bias: None, y: (dx, None), activation: None, scratch };
    extents.record_grad_input(rec, conv, &call)
}

/// The scratch tensors that [`conv3d_grad_weight`] needs, in its order.
///
/// # Errors
/// As [`conv3d`].
pub fn conv3d_grad_weight_scratch(engine: &Engine, x: &Shape, weight: &Shape, conv: &Conv3d) -> Result<Vec<Scratch>> {
    let extents = Extents::new("conv3d_grad_weight", x, weight, conv)?;
    Ok(Way::new(engine, &extents, conv).scratch(engine).to_vec())
}

/// Gradient of [`conv3d`] without its epilogue with respect to its weights.
///
/// `x` (N,C,D,H,W), `dy` (N,O,OD,OH,OW) -> `dw` (O,C/groups,KD,KH,KW), overwritten. `scratch` as [`conv3d_grad_weight_scratch`] counts, a
/// buffer each.
///
/// # Errors
/// [`Error::Shape`](crate::Error::Shape) if `dy` is not the convolution's output; else as [`conv3d`].
pub fn conv3d_grad_weight(
    rec: &mut Recorder,
    x: &Tensor,
    dy: &Tensor,
    dw: &Tensor,
    conv: &Conv3d,
    scratch: &[Tensor],
) -> Result<()> {
    let op = "conv3d_grad_weight";
    let extents = Extents::new(op, x.shape(), dw.shape(), conv)?;
    dy.shape().expect(op, "dy", extents.y())?;
    Way::new(rec.engine(), &extents, conv).record(rec, x, dy, dw, scratch)
}
