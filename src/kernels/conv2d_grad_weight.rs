//! The gradient of a convolution with respect to its weights: which kernels add up the pixels, and the sum over their runs.

use super::conv2d_depthwise::{CONV2D_DEPTHWISE_GRAD_WEIGHT, CONV2D_DEPTHWISE_K3_GRAD_WEIGHT, Depthwise};
use super::conv2d_grad_weight_few::{CONV2D_GRAD_WEIGHT_K3_FEW, Few};
use super::conv2d_grad_weight_product::{
    CONV2D_COLUMNS, CONV2D_GRAD_WEIGHT, CONV2D_GRAD_WEIGHT_CPU, CONV2D_GRAD_WEIGHT_GPU, CONV2D_GRAD_WEIGHT_TALL_CPU,
    CONV2D_GRAD_WEIGHT_WIDE, CONV2D_PIXELS, Product,
};
use super::conv2d_grad_weight_rows::{CONV2D_GRAD_WEIGHT_K2, CONV2D_GRAD_WEIGHT_K2_CPU, Rows};
use super::conv2d_patch::{CONV2D_PATCH_GRAD_WEIGHT, CONV2D_PATCH_GRAD_WEIGHT_CPU, Patches};
use super::convolution::Extents;
use super::{Scratch, WG, take, team};
use crate::error::Result;
use crate::gpu::{Engine, Grid, Kernel, Recorder, Tensor};
use crate::kernel;
use crate::shape::{Conv2d, Conv3d, Shape, to_u32};

pub(super) const OP: &str = "conv2d_grad_weight";
/// Partial sums are not allowed to take more elements than this, unless the weights alone do.
const PARTIALS: usize = 1 << 23;

/// The scratch tensors that [`conv2d_grad_weight`] needs, in its order.
///
/// # Errors
/// [`Error::Shape`](crate::Error::Shape) and [`Error::Argument`](crate::Error::Argument) as
/// [`conv2d`](super::conv2d::conv2d).
pub fn conv2d_grad_weight_scratch(engine: &Engine, x: &Shape, weight: &Shape, conv: &Conv2d) -> Result<Vec<Scratch>> {
    let extents = Extents::flat(OP, x, weight, conv)?;
    Ok(Way::new(engine, &extents, &(*conv).into()).scratch(engine).to_vec())
}

/// Gradient of [`conv2d`](super::conv2d::conv2d) without its epilogue with respect to its weights.
///
/// `x` (N,C,H,W), `dy` (N,O,OH,OW) -> `dw` (O,C/groups,KH,KW), overwritten. Pixels are added in runs, the runs' sums in a
/// fixed order. `scratch` as [`conv2d_grad_weight_scratch`] counts, a buffer each.
///
/// # Errors
/// [`Error::Shape`](crate::Error::Shape) if `dy` is not the convolution's output; else as [`conv2d`](super::conv2d::conv2d).
pub fn conv2d_grad_weight(
    rec: &mut Recorder,
    x: &Tensor,
    dy: &Tensor,
    dw: &Tensor,
    conv: &Conv2d,
    scratch: &[Tensor],
) -> Result<()> {
    let extents = Extents::flat(OP, x.shape(), dw.shape(), conv)?;
    let [_, oh, ow] = extents.out;
    dy.shape().expect(OP, "dy", [extents.n, extents.o, oh, ow])?;
    Way::new(rec.engine(), &extents, &(*conv).into()).record(rec, x, dy, dw, scratch)
}

/// Which kernels add up the pixels, and over what.
pub(super) enum Way {
    /// Windows of 2x2 that do not overlap.
    Patches(Patches),
    /// Channels that do not see each other.
    Depthwise(Depthwise),
    /// Windows of 3x3 with few channels on one side.
    Few(Few),
    /// Windows of 2x2 over rows that are read as they lie.
    Rows(Rows),
    /// All others: a product of both sides, turned pixel by pixel.
    Product(Box<Product>),
}

impl Way {
    /// Of a convolution over volumes, or over images as volumes one deep.
    pub fn new(engine: &Engine, extents: &Extents, conv: &Conv3d) -> Self {
        if let Some(patches) = Patches::new(extents, conv) {
            return Self::Patches(patches);
        }
        if let Some(depthwise) = Depthwise::of_weights(extents, conv) {
            return Self::Depthwise(depthwise);
        }
        if let Some(few) = Few::new(engine, extents, conv) {
            return Self::Few(few);
        }
        Rows::new(engine, extents, conv)
            .map_or_else(|| Self::Product(Box::new(Product::new(engine, extents, conv))), Self::Rows)
    }

    fn sums(&self, engine: &Engine) -> Sums {
        match self {
            Self::Patches(patches) => patches.sums(engine),
            Self::Depthwise(depthwise) => depthwise.sums(engine),
            Self::Few(few) => few.sums(),
            Self::Rows(rows) => rows.sums(),
            Self::Product(product) => product.sums(),
        }
    }

    /// Both sides as a product reads them, and the partial sums.
    pub fn scratch(&self, engine: &Engine) -> [Scratch; 3] {
        let [x, dy, partials] = match self {
            Self::Product(product) => product.scratch(),
            _ => {
                let Sums { splits, record, .. } = self.sums(engine);
                [1, 1, splits * record]
            }
        };
        [x, dy, partials].map(Scratch::of_run)
    }

    /// Records the gradient; shapes are checked.
    ///
    /// # Errors
    /// [`Error::Shape`](crate::Error::Shape) if `scratch` is not as [`scratch`](Self::scratch) says.
    pub fn record(&self, rec: &mut Recorder, x: &Tensor, dy: &Tensor, dw: &Tensor, scratch: &[Tensor]) -> Result<()> {
        let [from_x, from_dy, partials] = take(OP, scratch, self.scratch(rec.engine()))?;
        match self {
            Self::Patches(patches) => patches.grad_weight(rec, x, dy, &partials)?,
            Self::Depthwise(depthwise) => depthwise.grad_weight(rec, x, dy, &partials)?,
            Self::Few(few) => few.record(rec, x, dy, &partials)?,
            Self::Rows(rows) => rows.record(rec, x, dy, &partials)?,
            Self::Product(product) => product.record(rec, [x, dy], [&from_x, &from_dy], &partials)?,
        }
        let sums = self.sums(rec.engine());
        finish(rec, &partials, dw, &sums)
    }
}

/// How partial sums lie: those of `splits` runs, each of records of so many elements that hold `c` channels of a tap.
pub(super) struct Sums {
    pub splits: usize,
    pub c: usize,
    pub taps: usize,
    pub record: usize,
}

impl Sums {
    /// Runs whose records are the weights as they lie.
    pub fn of_weights(splits: usize, weights: usize) -> Self {
        Self { splits, c: weights, taps: 1, record: weights.next_multiple_of(4) }
    }
}

/// Adds the sums of all runs.
fn finish(rec: &mut Recorder, partials: &Tensor, dw: &Tensor, sums: &Sums) -> Result<()> {
    let Sums { splits, c, taps, record } = *sums;
    let count = dw.len() / c * record / 4;
    let params = FinishParams {
        count: to_u32(OP, count)?,
        splits: to_u32(OP, splits)?,
        c: to_u32(OP, c)?,
        taps: to_u32(OP, taps)?,
        record4: to_u32(OP, record / 4)?,
    };
    let flops = (splits * dw.len()) as f64;
    let team = team(rec.engine(), count, splits);
    let constants = [("TEAM", team as f64)];
    rec.dispatch(&CONV2D_GRAD_WEIGHT_FINISH, &params, &[partials, dw], Grid::flat(team * count, WG), &constants, flops)
}

/// In how many runs `pixels` are added, each of `run` pixels or fewer, where `lanes` invocations do one run and its sums are `sums` elements:
/// enough to fill a machine; not so long that rounding adds up, yet worth a tile; and no more sums than a binding holds.
pub(super) fn splits(engine: &Engine, pixels: usize, run: usize, lanes: usize, sums: usize) -> usize {
    let most = PARTIALS.min(engine.largest_binding() as usize / 4);
    let wanted = (4096 / lanes).max(pixels.div_ceil(run.clamp(256, 8192))).min(most / sums);
    wanted.clamp(1, pixels.div_ceil(256))
}

#[repr(C)]
#[derive(Clone, Copy, bytemuck::Pod, bytemuck::Zeroable)]
struct FinishParams {
    count: u32,
    splits: u32,
    c: u32,
    taps: u32,
    record4: u32,
}

static CONV2D_GRAD_WEIGHT_FINISH: Kernel = kernel!("nn/conv2d_grad_weight_finish", FinishParams, [Read, Write]);

/// The family's kernels.
pub const KERNELS: &[&Kernel] = &[
    &CONV2D_COLUMNS,
    &CONV2D_PIXELS,
    &CONV2D_GRAD_WEIGHT,
    &CONV2D_GRAD_WEIGHT_CPU,
    &CONV2D_GRAD_WEIGHT_GPU,
    &CONV2D_GRAD_WEIGHT_TALL_CPU,
    &CONV2D_GRAD_WEIGHT_WIDE,
    &CONV2D_GRAD_WEIGHT_K2,
    &CONV2D_GRAD_WEIGHT_K2_CPU,
    &CONV2D_GRAD_WEIGHT_K3_FEW,
    &CONV2D_PATCH_GRAD_WEIGHT,
    &CONV2D_PATCH_GRAD_WEIGHT_CPU,
    &CONV2D_DEPTHWISE_GRAD_WEIGHT,
    &CONV2D_DEPTHWISE_K3_GRAD_WEIGHT,
    &CONV2D_GRAD_WEIGHT_FINISH,
];
