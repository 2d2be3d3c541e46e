//! The extents of a convolution over images or volumes, and which kernels do it: windows that do not overlap and channels that do not see
//! each other have their own, all others are sweeps.

use super::Scratch;
use super::conv2d_depthwise::Depthwise;
use super::conv2d_patch::Patches;
use super::conv2d_sweep::{Sweep, sweep};
use crate::error::{Error, Result};
use crate::gpu::{Engine, Recorder, Tensor};
use crate::shape::{Conv2d, Conv3d, Shape, Unary};

/// Extents of a convolution, checked; triples are depth, height, width.
#[derive(Clone, Copy, Debug)]
pub(super) struct Extents {
    pub n: usize,
    pub c: usize,
    pub input: [usize; 3],
    pub o: usize,
    pub kernel: [usize; 3],
    pub out: [usize; 3],
    /// Front, top and left.
    pub before: [usize; 3],
}

impl Extents {
    /// Of `x` (N,C,D,H,W) and `weight` (O,C/groups,KD,KH,KW).
    pub fn new(op: &'static str, x: &Shape, weight: &Shape, conv: &Conv3d) -> Result<Self> {
        let [n, c, d, h, w] = x.array::<5>(op, "x")?;
        let [o, of_group, kd, kh, kw] = weight.array::<5>(op, "weight")?;
        let groups = conv.groups;
        if groups == 0 || !c.is_multiple_of(groups) || !o.is_multiple_of(groups) {
            let problem = format!("{groups} groups do not divide {c} channels in and {o} out");
            return Err(Error::Argument { operation: op, problem });
        }
        if n * c * o == 0 || of_group != c / groups {
            return Err(Error::shape(op, "weight", format_args!("(outputs, {}, …)", c / groups), weight));
        }
        let (out, pads) = conv.resolve(op, [d, h, w], [kd, kh, kw])?;
        Ok(Self { n, c, input: [d, h, w], o, kernel: [kd, kh, kw], out, before: pads.map(|[before, _]| before) })
    }

    /// The output's shape.
    pub fn y(&self) -> [usize; 5] {
        let [d, h, w] = self.out;
        [self.n, self.o, d, h, w]
    }

    pub fn forward(&self, conv: &Conv3d, pool: bool) -> Sweep {
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
            spread: [1; 3],
            out: self.out,
            backwards: false,
            pool,
        }
    }

    /// The gradient of an input is a convolution of dy, with zeros put between its pixels where the stride skipped some, with
    /// the weights turned round.
    pub fn backward(&self, conv: &Conv3d) -> Sweep {
        let before = [0, 1, 2].map(|axis| {
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
            step: [1; 3],
            spread: conv.stride,
            out: self.input,
            backwards: true,
            pool: false,
        }
    }
}

/// (N,C,H,W) as (N,C,1,H,W), and weights alike.
///
/// # Errors
/// [`Error::Shape`] if there are not four axes.
pub(super) fn deep(op: &'static str, argument: &'static str, shape: &Shape) -> Result<Shape> {
    let [a, b, h, w] = shape.array(op, argument)?;
    Ok([a, b, 1, h, w].into())
}

impl Extents {
    /// Of `x` (N,C,H,W) and `weight` (O,C/groups,KH,KW).
    pub fn flat(op: &'static str, x: &Shape, weight: &Shape, conv: &Conv2d) -> Result<Self> {
        Self::new(op, &deep(op, "x", x)?, &deep(op, "weight", weight)?, &(*conv).into())
    }
}

/// What is convolved with what, and where it goes; shapes are checked. A gradient of the input has neither bias nor activation.
#[derive(Clone, Copy)]
pub(super) struct Call<'a> {
    pub op: &'static str,
    pub x: &'a Tensor,
    pub weight: &'a Tensor,
    pub bias: Option<&'a Tensor>,
    /// With the maxima of 2x2 windows in place of all, perhaps where each was.
    pub y: (&'a Tensor, Option<&'a Tensor>),
    pub activation: Option<Unary>,
    pub scratch: &'a [Tensor],
}

/// Which kernels do it.
enum Way {
    Patches(Patches),
    Depthwise(Depthwise),
    Sweep(Sweep),
}

impl Way {
    fn scratch(&self, engine: &Engine) -> Vec<Scratch> {
        match self {
            Self::Patches(_) | Self::Depthwise(_) => vec![Scratch::of_run(1); 5],
            Self::Sweep(plan) => plan.scratch(engine).to_vec(),
        }
    }
}

impl Extents {
    fn way(&self, conv: &Conv3d, pool: bool) -> Way {
        if pool {
            return Way::Sweep(self.forward(conv, pool));
        }
        let depthwise = || Depthwise::new(self, conv).map(Way::Depthwise);
        let own = Patches::new(self, conv).map(Way::Patches).or_else(depthwise);
        own.unwrap_or_else(|| Way::Sweep(self.forward(conv, pool)))
    }

    fn way_back(&self, conv: &Conv3d) -> Way {
        let depthwise = || Depthwise::backwards(self, conv).map(Way::Depthwise);
        let own = Patches::new(self, conv).map(Way::Patches).or_else(depthwise);
        own.unwrap_or_else(|| Way::Sweep(self.backward(conv)))
    }

    /// The scratch tensors of a forward pass.
    pub fn scratch(&self, engine: &Engine, conv: &Conv3d, pool: bool) -> Vec<Scratch> {
        self.way(conv, pool).scratch(engine)
    }

    /// The forward pass.
    pub fn record(&self, rec: &mut Recorder, conv: &Conv3d, pool: bool, call: &Call<'_>) -> Result<()> {
        match self.way(conv, pool) {
            Way::Patches(patches) => patches.forward(rec, call),
            Way::Depthwise(depthwise) => depthwise.forward(rec, call),
            Way::Sweep(plan) => sweep(rec, &plan, call),
        }
    }

    /// The scratch tensors of the gradient of the input.
    pub fn grad_input_scratch(&self, engine: &Engine, conv: &Conv3d) -> Vec<Scratch> {
        self.way_back(conv).scratch(engine)
    }

    /// The gradient of the input: `x` is that of the output.
    pub fn record_grad_input(&self, rec: &mut Recorder, conv: &Conv3d, call: &Call<'_>) -> Result<()> {
        match self.way_back(conv) {
            Way::Patches(patches) => patches.grad_input(rec, call),
            Way::Depthwise(depthwise) => depthwise.grad_input(rec, call),
            Way::Sweep(plan) => sweep(rec, &plan, call),
        }
    }
}
