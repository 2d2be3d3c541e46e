//! 2-D convolution and its gradient with respect to the input: one tile kernel over an image with its borders and strides
//! already dealt with.

use super::Contents;
use super::conv2d_gpu::CONV2D_GPU;
use super::conv2d_sweep::{CONV2D_CROP, CONV2D_OFFSETS, CONV2D_PAD, Sweep, sweep};
use super::conv2d_tile::{CONV2D, CONV2D_CPU, CONV2D_K2, CONV2D_K2_CPU, CONV2D_K3, CONV2D_K3_CPU};
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

/// Extents of a convolution, checked.
#[derive(Clone, Copy, Debug)]
pub(super) struct Extents {
    pub n: usize,
    pub c: usize,
    pub input: [usize; 2],
    pub o: usize,
    pub kernel: [usize; 2],
    pub out: [usize; 2],
    /// Top and left.
    pub before: [usize; 2],
}

impl Extents {
    pub fn new(op: &'static str, x: &Shape, weight: &Shape, conv: &Conv2d) -> Result<Self> {
        let [n, c, h, w] = x.array::<4>(op, "x")?;
        let [o, of_group, kh, kw] = weight.array::<4>(op, "weight")?;
        let groups = conv.groups;
        if groups == 0 || !c.is_multiple_of(groups) || !o.is_multiple_of(groups) {
            let problem = format!("{groups} groups do not divide {c} channels in and {o} out");
            return Err(Error::Argument { operation: op, problem });
        }
        if n * c * o == 0 || of_group != c / groups {
            return Err(Error::shape(op, "weight", format_args!("(outputs, {}, height, width)", c / groups), weight));
        }
        let (out, [top, _, left, _]) = conv.resolve(op, [h, w], [kh, kw])?;
        Ok(Self { n, c, input: [h, w], o, kernel: [kh, kw], out, before: [top, left] })
    }

    fn forward(&self, conv: &Conv2d, pool: bool) -> Sweep {
        Sweep {
            images: self.n,
            groups: conv.groups,
            c: self.c / conv.groups,
            o: self.o / conv.groups,
            kernel: self.kernel,
            dilation: conv.dilation,
            input: self.input,
            before: self.before.map(|pad| pad as isize),
            step: conv.stride,
            spread: [1, 1],
            out: self.out,
            backwards: false,
            pool,
        }
    }

    /// The gradient of an input is a convolution of dy, with zeros put between its pixels where the stride skipped some, with
    /// the weights turned round.
    fn backward(&self, conv: &Conv2d) -> Sweep {
        let before = [0, 1].map(|axis| {
            let reach = (self.kernel[axis] - 1) * conv.dilation[axis];
            reach as isize - self.before[axis] as isize
        });
        Sweep {
            images: self.n,
            groups: conv.groups,
            c: self.o / conv.groups,
            o: self.c / conv.groups,
            kernel: self.kernel,
            dilation: conv.dilation,
            input: self.out,
            before,
            step: [1, 1],
            spread: conv.stride,
            out: self.input,
            backwards: true,
            pool: false,
        }
    }
}

/// What the scratch tensors of [`conv2d`] and [`conv2d_grad_input`] hold: the prepared image, the packed weights, the table of
/// taps, the output with rows of an even length, places that nobody asks for.
pub const CONV2D_SCRATCH: [Contents; 5] =
    [Contents::OfRun, Contents::OfOperand(1), Contents::OfShapes, Contents::OfRun, Contents::OfRun];

/// Whether [`conv2d`] can write the 2x2 maxima itself: 2x2 or 3x3 windows without stride and dilation, and an output of
/// an even height and a width that 4 divides.
///
/// # Errors
/// [`Error::Shape`] and [`Error::Argument`] as [`conv2d`].
pub fn conv2d_pools(x: &Shape, weight: &Shape, conv: &Conv2d) -> Result<bool> {
    Ok(Extents::new("conv2d", x, weight, conv)?.forward(conv, true).pools())
}

/// Elements of the scratch tensors that [`conv2d`] needs, in its order; 1 where one is not used.
///
/// # Errors
/// [`Error::Shape`] and [`Error::Argument`] as [`conv2d`].
pub fn conv2d_scratch(
    engine: &Engine,
    x: &Shape,
    weight: &Shape,
    conv: &Conv2d,
    epilogue: Epilogue,
) -> Result<Vec<usize>> {
    let extents = Extents::new("conv2d", x, weight, conv)?;
    Ok(extents.forward(conv, epilogue.pool).scratch(engine).to_vec())
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
    let extents = Extents::new("conv2d", x.shape(), weight.shape(), conv)?;
    let [oh, ow] = extents.out;
    let plan = extents.forward(conv, epilogue.pool);
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
    sweep(rec, "conv2d", &plan, [x, weight], bias, (y, places), epilogue.activation, scratch)
}

/// Elements of the scratch tensors that [`conv2d_grad_input`] needs, in its order; 1 where one is not used. `x` is the shape
/// of the convolution's input.
///
/// # Errors
/// [`Error::Shape`] and [`Error::Argument`] as [`conv2d`].
pub fn conv2d_grad_input_scratch(engine: &Engine, x: &Shape, weight: &Shape, conv: &Conv2d) -> Result<Vec<usize>> {
    Ok(Extents::new("conv2d_grad_input", x, weight, conv)?.backward(conv).scratch(engine).to_vec())
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
    let extents = Extents::new(op, dx.shape(), weight.shape(), conv)?;
    dy.shape().expect(op, "dy", [extents.n, extents.o, extents.out[0], extents.out[1]])?;
    sweep(rec, op, &extents.backward(conv), [dy, weight], None, (dx, None), None, scratch)
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
];
