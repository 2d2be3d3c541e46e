//! The gradient of the weights of 2x2 windows where x and dy can be read as they are: no copy of either, and taps share what is loaded.

use super::conv2d_grad_weight::{OP, Sums, splits};
use super::convolution::Extents;
use super::parts::{images, part};
use super::variants::{Family, Problem, Reads, Variant, choose};
use crate::error::Result;
use crate::gpu::{Engine, Kernel, Recorder, Tensor};
use crate::kernel;
use crate::shape::{Conv3d, to_u32};

/// Bytes of x and dy in a run of rows: longer than that of a product, as there are fewer reads.
const RUN_BYTES: usize = 3 << 20;

/// What runs, and over what; all counts of channels are of one group.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rows {
    variant: &'static Variant,
    groups: usize,
    c: usize,
    o: usize,
    input: [usize; 2],
    out: [usize; 2],
    top: usize,
    panels: usize,
    blocks: usize,
    splits: usize,
    part: usize,
    parts: usize,
}

impl Rows {
    /// `None` where another kernel is used.
    pub fn new(engine: &Engine, extents: &Extents, conv: &Conv3d) -> Option<Self> {
        // Images alone: a volume's slices do not follow each other.
        let (Extents { before: [0, top, left], .. }, [1, 1]) = (*extents, [extents.input[0], extents.out[0]]) else {
            return None;
        };
        let [input, out] = [extents.input, extents.out].map(|[_, h, w]| [h, w]);
        let plain = conv.stride[1..] == [1, 1] && conv.dilation[1..] == [1, 1];
        if !plain || left != 0 || input[1] != out[1] || !out[1].is_multiple_of(4) {
            return None;
        }
        let groups = conv.groups;
        let [c, o] = [extents.c / groups, extents.o / groups];
        let taps: usize = extents.kernel.iter().product();
        let problem = Problem {
            rows: o,
            columns: c * taps,
            k: extents.n * out[0] * out[1],
            window: if extents.kernel[0] == 1 { [extents.kernel[1], extents.kernel[2]] } else { [0; 2] },
            ..Problem::default()
        };
        let variant = choose(engine, Family::Conv2dGradWeight, &problem);
        if variant.reads != Reads::Rows {
            return None;
        }
        let [x_image, d_image] = [extents.c * input[0] * input[1], extents.o * out[0] * out[1]];
        let part = part(engine, extents.n, 1, x_image.max(d_image));
        let parts = extents.n.div_ceil(part);
        let (panels, blocks) = (o.div_ceil(variant.rows), c.div_ceil(variant.columns));
        let run = RUN_BYTES / 4 / (extents.c + extents.o);
        let lanes = groups * panels * blocks * variant.lanes;
        let splits =
            splits(engine, part * out[0] * out[1], run, lanes, parts * extents.o * c * taps).min(part * out[0]);
        Some(Self { variant, groups, c, o, input, out, top, panels, blocks, splits, part, parts })
    }

    /// How its partial sums lie.
    pub fn sums(&self) -> Sums {
        Sums::of_weights(self.parts * self.splits, self.groups * self.o * self.c * 4)
    }

    /// Records the sums of all runs.
    pub fn record(&self, rec: &mut Recorder, x: &Tensor, dy: &Tensor, partials: &Tensor) -> Result<()> {
        let total = x.shape().dims()[0];
        for (index, first) in (0..total).step_by(self.part).enumerate() {
            let now = self.part.min(total - first);
            let (x, x_first) = images(rec.engine(), x, first, now)?;
            let (dy, d_first) = images(rec.engine(), dy, first, now)?;
            let rows = now * self.out[0];
            let units = self.splits * self.groups * self.panels * self.blocks;
            let params = RowsParams {
                c: to_u32(OP, self.c)?,
                o: to_u32(OP, self.o)?,
                groups: to_u32(OP, self.groups)?,
                panels: to_u32(OP, self.panels)?,
                blocks: to_u32(OP, self.blocks)?,
                splits: to_u32(OP, self.splits)?,
                units: self.variant.units(OP, units)?,
                rows: to_u32(OP, rows)?,
                rows_split: to_u32(OP, rows.div_ceil(self.splits))?,
                first_split: to_u32(OP, index * self.splits)?,
                h: to_u32(OP, self.input[0])?,
                oh: to_u32(OP, self.out[0])?,
                w4: to_u32(OP, self.out[1] / 4)?,
                top: to_u32(OP, self.top)?,
                x_first: to_u32(OP, x_first / 4)?,
                d_first: to_u32(OP, d_first / 4)?,
            };
            let flops = 8.0 * (self.groups * self.o * self.c) as f64 * (rows * self.out[1]) as f64;
            rec.dispatch(self.variant.kernel, &params, &[&x, &dy, partials], self.variant.grid(units), &[], flops)?;
        }
        Ok(())
    }
}

#[repr(C)]
#[derive(Clone, Copy, bytemuck::Pod, bytemuck::Zeroable)]
struct RowsParams {
    c: u32,
    o: u32,
    groups: u32,
    panels: u32,
    blocks: u32,
    splits: u32,
    units: u32,
    rows: u32,
    rows_split: u32,
    first_split: u32,
    h: u32,
    oh: u32,
    w4: u32,
    top: u32,
    x_first: u32,
    d_first: u32,
}

pub(super) static CONV2D_GRAD_WEIGHT_K2: Kernel = kernel!("nn/conv2d_grad_weight_k2", RowsParams, [Read, Read, Write]);
pub(super) static CONV2D_GRAD_WEIGHT_K2_CPU: Kernel =
    kernel!("nn/conv2d_grad_weight_k2_cpu", RowsParams, [Read, Read, Write], features: wgpu::Features::SUBGROUP);
