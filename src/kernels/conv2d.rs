//! 2-D convolution and its gradient with respect to the input: one tile kernel over an image with its borders and strides
//! already dealt with. An image is a volume one deep: see [`conv3d`](super::conv3d).

use super::Scratch;
use super::conv2d_depthwise::{
    CONV2D_DEPTHWISE, CONV2D_DEPTHWISE_GRAD_INPUT, CONV2D_DEPTHWISE_K3, CONV2D_DEPTHWISE_K3_GPU,
    CONV2D_DEPTHWISE_K3_GRAD_INPUT,
};
use super::conv2d_gpu::CONV2D_GPU;
use super::conv2d_patch::{CONV2D_PATCH, CONV2D_PATCH_CPU, CONV2D_PATCH_GRAD_INPUT, CONV2D_PATCH_GRAD_INPUT_CPU};
use super::conv2d_sweep::{CONV2D_CROP, CONV2D_OFFSETS, CONV2D_PAD};
use super::conv2d_tile::{CONV2D, CONV2D_CPU, CONV2D_K2, CONV2D_K2_CPU, CONV2D_K3, CONV2D_K3_CPU, CONV2D_K3_FEW};
use super::convolution::{Call, Extents};
use crate::error::{Error, Result};
use crate::gpu::{Engine, Kernel, Recorder, Tensor};
use crate::shape::{Conv2d, Shape, Unary};

/// What a convolution does with its sums before it writes them.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Epilogue {
    /// Applied after the bias; one of those of [`Unary::is_activation`].
    pub activation: Option<Unary>,
    /// Whether the maximum of each 2x2 window is written instead of all; see [`conv2d_pools`].
    pub pool: bool,
}

/// Whether [`conv2d`] can write the 2x2 maxima itself: 2x2 or 3x3 windows without stride and dilation, and an output of
/// an even height and a width that 4 divides.
///
/// # Errors
/// [`Error::Shape`] and [`Error::Argument`] as [`conv2d`].
pub fn conv2d_pools(x: &Shape, weight: &Shape, conv: &Conv2d) -> Result<bool> {
    Ok(Extents::flat("conv2d", x, weight, conv)?.forward(&(*conv).into(), true).pools())
}

/// The scratch tensors that [`conv2d`] needs, in its order: the prepared image, the packed weights, the table of taps, the output with
/// rows of an even length, places that nobody asks for.
///
/// # Errors
/// [`Error::Shape`] and [`Error::Argument`] as [`conv2d`].
pub fn conv2d_scratch(
    engine: &Engine,
    x: &Shape,
    weight: &Shape,
    conv: &Conv2d,
    epilogue: Epilogue,
) -> Result<Vec<Scratch>> {
    let extents = Extents::flat("conv2d", x, weight, conv)?;
    Ok(extents.scratch(engine, &(*conv).into(), epilogue.pool))
}

/// `y[n,o,h,w] = activation(bias[o] + sum over c, i, j of weight[o,c,i,j] x[n,c,h s + i d - top, w s + j d - left])`,
/// overwriting `y`; with `epilogue.pool` the maximum of each 2x2 window of it, and with `places` (as `y`) which of the four it was, as
/// [`max_pool2d_places`](super::pool2d::max_pool2d_places) counts, told before the bias and the activation.
///
/// `x` (N,C,H,W), `weight` (O,C/groups,KH,KW), `bias` (O), `y` (N,O,OH,OW) or (N,O,OH/2,OW/2). What a padding adds counts as 0.
/// `scratch` as [`conv2d_scratch`] counts, a buffer each.
///
/// # Errors
/// [`Error::Shape`] if a shape does not fit; [`Error::Argument`] if the groups do not divide the channels, the window does
/// not fit, a pool is asked for where [`conv2d_pools`] says no, or an activation that is none or, with a pool, falls.
#[allow(clippy::too_many_arguments)]
pub fn conv2d(
    rec: &mut Recorder,
    x: &Tensor,
    weight: &Tensor,
    bias: Option<&Tensor>,
    y: &Tensor,
    places: Option<&Tensor>,
    conv: &Conv2d,
    epilogue: Epilogue,
    scratch: &[Tensor],
) -> Result<()> {
    let extents = Extents::flat("conv2d", x.shape(), weight.shape(), conv)?;
    let [_, oh, ow] = extents.out;
    let plan = extents.forward(&(*conv).into(), epilogue.pool);
    if epilogue.pool && !plan.pools() {
        let problem = format!("2x2 maxima of a {oh} x {ow} output cannot be taken on the way; see conv2d_pools");
        return Err(Error::Argument { operation: "conv2d", problem });
    }
    if let Some(function) = epilogue.activation.filter(|function| epilogue.pool && !function.never_falls()) {
        let problem = format!("the maximum is taken before the activation, and {function:?} falls");
        return Err(Error::Argument { operation: "conv2d", problem });
    }
    let by = if epilogue.pool { 2 } else { 1 };
    y.shape().expect("conv2d", "y", [extents.n, extents.o, oh / by, ow / by])?;
    if let Some(bias) = bias {
        bias.shape().expect("conv2d", "bias", [extents.o])?;
    }
    if let Some(places) = places {
        if !epilogue.pool {
            let problem = "places are those of maxima, and none are taken".into();
            return Err(Error::Argument { operation: "conv2d", problem });
        }
        places.shape().expect("conv2d", "places", y.shape())?;
    }
    let call = Call { op: "conv2d", x, weight, bias, y: (y, places), activation: epilogue.activation, scratch };
    extents.record(rec, &(*conv).into(), epilogue.pool, &call)
}

/// The scratch tensors that [`conv2d_grad_input`] needs, as [`conv2d_scratch`] lists them. `x` is the shape of the convolution's input.
///
/// # Errors
/// [`Error::Shape`] and [`Error::Argument`] as [`conv2d`].
pub fn conv2d_grad_input_scratch(engine: &Engine, x: &Shape, weight: &Shape, conv: &Conv2d) -> Result<Vec<Scratch>> {
    Ok(Extents::flat("conv2d_grad_input", x, weight, conv)?.grad_input_scratch(engine, &(*conv).into()))
}

/// Gradient of [`conv2d`] without its epilogue with respect to its input: also known as transposed convolution.
///
/// `dy` (N,O,OH,OW), `weight` (O,C/groups,KH,KW) -> `dx` (N,C,H,W), overwritten. `scratch` as [`conv2d_grad_input_scratch`]
/// counts, a buffer each.
///
/// # Errors
/// [`Error::Shape`] if `dy` is not the convolution's output for an input of `dx`'s shape; else as [`conv2d`].
pub fn conv2d_grad_input(
    rec: &mut Recorder,
    dy: &Tensor,
    weight: &Tensor,
    dx: &Tensor,
    conv: &Conv2d,
    scratch: &[Tensor],
) -> Result<()> {
    let op = "conv2d_grad_input";
    let extents = Extents::flat(op, dx.shape(), weight.shape(), conv)?;
    dy.shape().expect(op, "dy", [extents.n, extents.o, extents.out[1], extents.out[2]])?;
    let call = Call { op, x: dy, weight, bias: None, y: (dx, None), activation: None, scratch };
    extents.record_grad_input(rec, &(*conv).into(), &call)
}

/// The family's kernels.
pub const KERNELS: &[&Kernel] = &[
    &CONV2D_PAD,
    &CONV2D_OFFSETS,
    &CONV2D_CROP,
    &CONV2D,
    &CONV2D_CPU,
    &CONV2D_GPU,
    &CONV2D_K2,
    &CONV2D_K2_CPU,
    &CONV2D_K3,
    &CONV2D_K3_CPU,
    &CONV2D_K3_FEW,
    &CONV2D_PATCH,
    &CONV2D_PATCH_CPU,
    &CONV2D_PATCH_GRAD_INPUT,
    &CONV2D_PATCH_GRAD_INPUT_CPU,
    &CONV2D_DEPTHWISE,
    &CONV2D_DEPTHWISE_K3,
    &CONV2D_DEPTHWISE_K3_GPU,
    &CONV2D_DEPTHWISE_GRAD_INPUT,
    &CONV2D_DEPTHWISE_K3_GRAD_INPUT,
];
