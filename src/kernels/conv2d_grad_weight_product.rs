//! The gradient of a convolution's weights as a product of x and dy, both turned pixel by pixel.

use super::conv2d_grad_weight::{OP, Sums, splits};
use super::convolution::Extents;
use super::parts::{images, part};
use super::variants::{Family, Problem, Variant, choose};
use super::{WG, words};
use crate::error::Result;
use crate::gpu::{Engine, Grid, Kernel, Recorder, Tensor};
use crate::kernel;
use crate::shape::{Conv3d, to_u32};

/// Bytes of x and dy in a run of pixels: every tile of the run reads them again, so they should stay in a cache.
const RUN_BYTES: usize = 768 << 10;

/// An image turned pixel by pixel: see `conv2d_columns.wgsl`.
#[derive(Clone, Copy, Debug)]
struct Columns {
    groups: usize,
    c: usize,
    kernel: [usize; 3],
    input: [usize; 3],
    out: [usize; 3],
    record: usize,
    step: [usize; 3],
    dilation: [usize; 3],
    before: [usize; 3],
    /// Rows of windows that are above those of this part.
    above: usize,
}

impl Columns {
    /// The part of so many rows of windows from `first` on.
    fn rows(mut self, first: usize, count: usize) -> Self {
        self.above = first;
        self.out[1] = count;
        self
    }

    /// What stands before the first window; rows above it make that less than nothing, which wraps, as the kernels' sums do.
    fn before(&self) -> Result<[u32; 3]> {
        let [front, top, left] = words(OP, self.before)?;
        Ok([front, top.wrapping_sub(to_u32(OP, self.above * self.step[1])?), left])
    }

    fn pixel(&self) -> usize {
        self.groups * self.record
    }

    fn image(&self) -> usize {
        self.slice() * self.out[0]
    }

    fn slice(&self) -> usize {
        self.out[1] * self.out[2] * self.pixel()
    }
}

/// A product over pixels, of both sides turned pixel by pixel.
#[derive(Clone, Copy, Debug)]
pub(super) struct Product {
    x: Columns,
    dy: Columns,
    variant: &'static Variant,
    /// Columns of the product: channels of a tap and taps, where whole windows count as channels of one tap.
    channels: usize,
    taps: [usize; 3],
    step: [usize; 3],
    dilation: [usize; 3],
    /// Invocations for a panel of one group, a tile each.
    lanes: usize,
    panels: usize,
    splits: usize,
    part: usize,
    /// Rows of windows that are done at once: all, unless the windows of one image are too many.
    rows: usize,
    parts: usize,
}

impl Product {
    pub fn new(engine: &Engine, extents: &Extents, conv: &Conv3d) -> Self {
        let groups = conv.groups;
        let [c, o] = [extents.c / groups, extents.o / groups];
        let spots: usize = extents.out.iter().product();
        let whole = Columns {
            groups,
            c,
            kernel: [1; 3],
            input: extents.input,
            out: [0; 3],
            record: 0,
            step: [1; 3],
            dilation: [1; 3],
            before: extents.before,
            above: 0,
        };
        let taps: usize = extents.kernel.iter().product();
        // Few channels do not fill a tile's 8 columns: then windows are written out.
        let (x, channels, tap_sides, step, dilation) = if c < 8 && taps > 1 {
            let (step, dilation) = (conv.stride, conv.dilation);
            let record = (c * taps).next_multiple_of(8);
            let x = Columns { kernel: extents.kernel, out: extents.out, record, step, dilation, ..whole };
            (x, c * taps, [1; 3], [1; 3], [1; 3])
        } else {
            let out = [0, 1, 2].map(|axis| {
                (extents.out[axis] - 1) * conv.stride[axis] + (extents.kernel[axis] - 1) * conv.dilation[axis] + 1
            });
            let x = Columns { out, record: c.next_multiple_of(8), ..whole };
            (x, c, extents.kernel, conv.stride, conv.dilation)
        };
        let dy = Columns {
            c: o,
            input: extents.out,
            out: extents.out,
            record: o.next_multiple_of(4),
            before: [0; 3],
            ..whole
        };
        let sides: usize = tap_sides.iter().product();
        let problem = Problem { rows: o, columns: sides * x.record, k: extents.n * spots, ..Problem::default() };
        let variant = choose(engine, Family::Conv2dGradWeight, &problem);
        let panels = o.div_ceil(variant.rows);
        let lanes = problem.columns.div_ceil(variant.columns) * variant.lanes;
        let x_image = extents.c * extents.input.iter().product::<usize>();
        let part = part(engine, extents.n, x.image().max(dy.image()), x_image.max(extents.o * spots));
        let all = extents.out[1];
        // Windows that are written out are as many times the image as they have taps.
        let rows = if x.out == extents.out {
            let row = x.image().max(dy.image()) / all;
            (engine.largest_binding() as usize / 4 / row).clamp(1, all)
        } else {
            all
        };
        let parts = extents.n.div_ceil(part) * all.div_ceil(rows);
        let pixels = part * spots / all * rows;
        let sums = parts * extents.o * sides * x.record;
        let splits = splits(engine, pixels, RUN_BYTES / 4 / (x.pixel() + dy.pixel()), groups * panels * lanes, sums);
        Self { x, dy, variant, channels, taps: tap_sides, step, dilation, lanes, panels, splits, part, rows, parts }
    }

    fn outputs(&self) -> usize {
        self.dy.groups * self.dy.c
    }

    /// How its partial sums lie.
    pub fn sums(&self) -> Sums {
        let (splits, taps) = (self.parts * self.splits, self.taps.iter().product());
        Sums { splits, c: self.channels, taps, record: self.x.record }
    }

    /// Elements of x and dy by pixels, and of the partial sums.
    pub fn scratch(&self) -> [usize; 3] {
        let Sums { splits, taps, record, .. } = self.sums();
        let (x, dy) = self.cut(0, self.rows);
        [self.part * x.image(), self.part * dy.image(), splits * self.outputs() * taps * record]
    }

    /// Both sides of so many rows of windows from `first` on.
    fn cut(&self, first: usize, rows: usize) -> (Columns, Columns) {
        // Where x is not cut it has rows of its own.
        let x = if self.rows == self.dy.out[1] { self.x } else { self.x.rows(first, rows) };
        (x, self.dy.rows(first, rows))
    }

    /// Records the sums of all runs of `[x, dy]`, turned into `[from_x, from_dy]`.
    pub fn record(
        &self,
        rec: &mut Recorder,
        [x, dy]: [&Tensor; 2],
        [from_x, from_dy]: [&Tensor; 2],
        partials: &Tensor,
    ) -> Result<()> {
        let (total, all) = (x.shape().dims()[0], self.dy.out[1]);
        let mut split = 0;
        for first in (0..total).step_by(self.part) {
            let now = self.part.min(total - first);
            for row in (0..all).step_by(self.rows) {
                let (x_part, dy_part) = self.cut(row, self.rows.min(all - row));
                record_columns(rec, &x_part, now, images(rec.engine(), x, first, now)?, from_x)?;
                record_columns(rec, &dy_part, now, images(rec.engine(), dy, first, now)?, from_dy)?;
                record_tiles(rec, &Self { x: x_part, dy: dy_part, ..*self }, now, split, [from_x, from_dy], partials)?;
                split += self.splits;
            }
        }
        Ok(())
    }
}

fn record_columns(rec: &mut Recorder, columns: &Columns, images: usize, x: (Tensor, usize), y: &Tensor) -> Result<()> {
    if columns.kernel == [1; 3] && columns.step == [1; 3] {
        return record_pixels(rec, columns, images, x, y);
    }
    let count = images * columns.image() / 4;
    let params = ColumnsParams {
        count: to_u32(OP, count)?,
        first: to_u32(OP, x.1)?,
        c: to_u32(OP, columns.c)?,
        kernel: words(OP, columns.kernel)?,
        groups: to_u32(OP, columns.groups)?,
        input: words(OP, columns.input)?,
        out: words(OP, columns.out)?,
        record4: to_u32(OP, columns.record / 4)?,
        step: words(OP, columns.step)?,
        dilation: words(OP, columns.dilation)?,
        before: columns.before()?,
    };
    rec.dispatch(&CONV2D_COLUMNS, &params, &[&x.0, y], Grid::flat(count, WG), &[], 0.0)
}

fn record_pixels(rec: &mut Recorder, columns: &Columns, images: usize, x: (Tensor, usize), y: &Tensor) -> Result<()> {
    let [slices, rows, width] = columns.out;
    let across = width.div_ceil(4);
    let count = images * slices * rows * across * columns.pixel() / 4;
    let params = PixelsParams {
        count: to_u32(OP, count)?,
        first: to_u32(OP, x.1)?,
        c: to_u32(OP, columns.c)?,
        groups: to_u32(OP, columns.groups)?,
        input: words(OP, columns.input)?,
        out: words(OP, columns.out)?,
        across: to_u32(OP, across)?,
        record4: to_u32(OP, columns.record / 4)?,
        before: columns.before()?,
    };
    rec.dispatch(&CONV2D_PIXELS, &params, &[&x.0, y], Grid::flat(count, WG), &[], 0.0)
}

fn record_tiles(
    rec: &mut Recorder,
    product: &Product,
    images: usize,
    first_split: usize,
    [x, dy]: [&Tensor; 2],
    partials: &Tensor,
) -> Result<()> {
    let pixels = images * product.dy.out.iter().product::<usize>();
    let variant = product.variant;
    let blocks = product.lanes / variant.lanes;
    let units = product.splits * product.dy.groups * product.panels * blocks;
    let pixel4 = product.x.pixel() / 4;
    let [slice4, row4] = [product.x.slice() / 4, product.x.out[2] * pixel4];
    let taps: usize = product.taps.iter().product();
    let params = TileParams {
        o: to_u32(OP, product.dy.c)?,
        panels: to_u32(OP, product.panels)?,
        groups: to_u32(OP, product.dy.groups)?,
        taps: to_u32(OP, taps)?,
        kernel: words(OP, [product.taps[1], product.taps[2]])?,
        record8: to_u32(OP, product.x.record / 8)?,
        blocks: to_u32(OP, blocks)?,
        splits: to_u32(OP, product.splits)?,
        units: variant.units(OP, units)?,
        pixels: to_u32(OP, pixels)?,
        pixels_split: to_u32(OP, pixels.div_ceil(product.splits).next_multiple_of(variant.steps()))?,
        first_split: to_u32(OP, first_split)?,
        out: words(OP, product.dy.out)?,
        x_volume: to_u32(OP, product.x.image() / 4)?,
        d_pixel: to_u32(OP, product.dy.pixel() / 4)?,
        step_w: to_u32(OP, product.step[2] * pixel4)?,
        step_row: to_u32(OP, product.step[1] * row4)?,
        step_slice: to_u32(OP, product.step[0] * slice4)?,
        tap_w: to_u32(OP, product.dilation[2] * pixel4)?,
        tap_h: to_u32(OP, product.dilation[1] * row4)?,
        tap_d: to_u32(OP, product.dilation[0] * slice4)?,
    };
    let terms = product.outputs() * product.channels * taps;
    let flops = 2.0 * terms as f64 * pixels as f64;
    rec.dispatch(variant.kernel, &params, &[x, dy, partials], variant.grid(units), &[], flops)
}

#[repr(C)]
#[derive(Clone, Copy, bytemuck::Pod, bytemuck::Zeroable)]
struct ColumnsParams {
    count: u32,
    first: u32,
    c: u32,
    kernel: [u32; 3],
    groups: u32,
    input: [u32; 3],
    out: [u32; 3],
    record4: u32,
    step: [u32; 3],
    dilation: [u32; 3],
    before: [u32; 3],
}

#[repr(C)]
#[derive(Clone, Copy, bytemuck::Pod, bytemuck::Zeroable)]
struct PixelsParams {
    count: u32,
    first: u32,
    c: u32,
    groups: u32,
    input: [u32; 3],
    out: [u32; 3],
    across: u32,
    record4: u32,
    before: [u32; 3],
}

#[repr(C)]
#[derive(Clone, Copy, bytemuck::Pod, bytemuck::Zeroable)]
struct TileParams {
    o: u32,
    panels: u32,
    groups: u32,
    taps: u32,
    kernel: [u32; 2],
    record8: u32,
    blocks: u32,
    splits: u32,
    units: u32,
    pixels: u32,
    pixels_split: u32,
    first_split: u32,
    out: [u32; 3],
    x_volume: u32,
    d_pixel: u32,
    step_w: u32,
    step_row: u32,
    step_slice: u32,
    tap_w: u32,
    tap_h: u32,
    tap_d: u32,
}

pub(super) static CONV2D_COLUMNS: Kernel = kernel!("nn/conv2d_columns", ColumnsParams, [Read, Write]);
pub(super) static CONV2D_PIXELS: Kernel = kernel!("nn/conv2d_pixels", PixelsParams, [Read, Write]);
pub(super) static CONV2D_GRAD_WEIGHT: Kernel = kernel!("nn/conv2d_grad_weight", TileParams, [Read, Read, Write]);
pub(super) static CONV2D_GRAD_WEIGHT_WIDE: Kernel =
    kernel!("nn/conv2d_grad_weight_wide", TileParams, [Read, Read, Write]);
pub(super) static CONV2D_GRAD_WEIGHT_CPU: Kernel =
    kernel!("nn/conv2d_grad_weight_cpu", TileParams, [Read, Read, Write], features: wgpu::Features::SUBGROUP);
pub(super) static CONV2D_GRAD_WEIGHT_GPU: Kernel =
    kernel!("nn/conv2d_grad_weight_gpu", TileParams, [Read, Read, Write]);
pub(super) static CONV2D_GRAD_WEIGHT_TALL_CPU: Kernel =
    kernel!("nn/conv2d_grad_weight_tall_cpu", TileParams, [Read, Read, Write], features: wgpu::Features::SUBGROUP);
