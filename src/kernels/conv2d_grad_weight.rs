//! The gradient of a convolution with respect to its weights: a matrix product over pixels.

use super::conv2d_grad_weight_few::{CONV2D_GRAD_WEIGHT_K3_FEW, Few};
use super::conv2d_grad_weight_rows::{CONV2D_GRAD_WEIGHT_K2, CONV2D_GRAD_WEIGHT_K2_CPU, Rows};
use super::conv2d_patch::{CONV2D_PATCH_GRAD_WEIGHT, CONV2D_PATCH_GRAD_WEIGHT_CPU, Patches};
use super::convolution::Extents;
use super::parts::{images, part};
use super::variants::{Family, Problem, Variant, choose};
use super::{Scratch, WG, take, team, words};
use crate::error::Result;
use crate::gpu::{Engine, Grid, Kernel, Recorder, Tensor};
use crate::kernel;
use crate::shape::{Conv2d, Conv3d, Shape, to_u32};

pub(super) const OP: &str = "conv2d_grad_weight";
/// Partial sums are not allowed to take more elements than this, unless the weights alone do.
const PARTIALS: usize = 1 << 23;
/// Bytes of x and dy in a run of pixels: every tile of the run reads them again, so they should stay in a cache.
const RUN_BYTES: usize = 768 << 10;

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
    /// Windows of 3x3 with few channels on one side.
    Few(Few),
    /// Windows of 2x2 over rows that are read as they lie.
    Rows(Rows),
    /// All others: a product of both sides, turned pixel by pixel.
    Product(Box<Plan>),
}

impl Way {
    /// Of a convolution over volumes, or over images as volumes one deep.
    pub fn new(engine: &Engine, extents: &Extents, conv: &Conv3d) -> Self {
        if let Some(patches) = Patches::new(extents, conv) {
            return Self::Patches(patches);
        }
        if let Some(few) = Few::new(engine, extents, conv) {
            return Self::Few(few);
        }
        Rows::new(engine, extents, conv)
            .map_or_else(|| Self::Product(Box::new(Plan::new(engine, extents, conv))), Self::Rows)
    }

    fn sums(&self, engine: &Engine) -> Sums {
        let [splits, c, record] = match self {
            Self::Patches(patches) => patches.partials(engine),
            Self::Few(few) => few.partials(),
            Self::Rows(rows) => rows.partials(),
            Self::Product(plan) => return plan.sums(),
        };
        Sums { splits, c, taps: 1, record }
    }

    /// Both sides as a product reads them, and the partial sums.
    pub fn scratch(&self, engine: &Engine) -> [Scratch; 3] {
        let [x, dy, partials] = match self {
            Self::Product(plan) => plan.scratch(),
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
            Self::Few(few) => few.record(rec, x, dy, &partials)?,
            Self::Rows(rows) => rows.record(rec, x, dy, &partials)?,
            Self::Product(plan) => plan.record(rec, [x, dy], [&from_x, &from_dy], &partials)?,
        }
        let sums = self.sums(rec.engine());
        finish(rec, &partials, dw, &sums)
    }
}

/// How partial sums lie: those of `splits` runs, each of records of so many elements that hold `c` channels of a tap.
struct Sums {
    splits: usize,
    c: usize,
    taps: usize,
    record: usize,
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
}

impl Columns {
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
pub(super) struct Plan {
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
    parts: usize,
}

impl Plan {
    fn new(engine: &Engine, extents: &Extents, conv: &Conv3d) -> Self {
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
        let parts = extents.n.div_ceil(part);
        let pixels = part * spots;
        let sums = parts * extents.o * sides * x.record;
        let splits = splits(engine, pixels, RUN_BYTES / 4 / (x.pixel() + dy.pixel()), groups * panels * lanes, sums);
        Self { x, dy, variant, channels, taps: tap_sides, step, dilation, lanes, panels, splits, part, parts }
    }

    fn outputs(&self) -> usize {
        self.dy.groups * self.dy.c
    }

    fn sums(&self) -> Sums {
        let (splits, taps) = (self.parts * self.splits, self.taps.iter().product());
        Sums { splits, c: self.channels, taps, record: self.x.record }
    }

    /// Elements of x and dy by pixels, and of the partial sums.
    fn scratch(&self) -> [usize; 3] {
        let Sums { splits, taps, record, .. } = self.sums();
        [self.part * self.x.image(), self.part * self.dy.image(), splits * self.outputs() * taps * record]
    }

    /// Records the sums of all runs of `[x, dy]`, turned into `[from_x, from_dy]`.
    fn record(
        &self,
        rec: &mut Recorder,
        [x, dy]: [&Tensor; 2],
        [from_x, from_dy]: [&Tensor; 2],
        partials: &Tensor,
    ) -> Result<()> {
        let total = x.shape().dims()[0];
        for (index, first) in (0..total).step_by(self.part).enumerate() {
            let now = self.part.min(total - first);
            record_columns(rec, &self.x, now, images(rec.engine(), x, first, now)?, from_x)?;
            record_columns(rec, &self.dy, now, images(rec.engine(), dy, first, now)?, from_dy)?;
            record_tiles(rec, self, now, index * self.splits, [from_x, from_dy], partials)?;
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
        before: words(OP, columns.before)?,
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
        before: words(OP, columns.before)?,
    };
    rec.dispatch(&CONV2D_PIXELS, &params, &[&x.0, y], Grid::flat(count, WG), &[], 0.0)
}

fn record_tiles(
    rec: &mut Recorder,
    plan: &Plan,
    images: usize,
    first_split: usize,
    [x, dy]: [&Tensor; 2],
    partials: &Tensor,
) -> Result<()> {
    let pixels = images * plan.dy.out.iter().product::<usize>();
    let variant = plan.variant;
    let blocks = plan.lanes / variant.lanes;
    let units = plan.splits * plan.dy.groups * plan.panels * blocks;
    let pixel4 = plan.x.pixel() / 4;
    let [slice4, row4] = [plan.x.slice() / 4, plan.x.out[2] * pixel4];
    let taps: usize = plan.taps.iter().product();
    let params = TileParams {
        o: to_u32(OP, plan.dy.c)?,
        panels: to_u32(OP, plan.panels)?,
        groups: to_u32(OP, plan.dy.groups)?,
        taps: to_u32(OP, taps)?,
        kernel: words(OP, [plan.taps[1], plan.taps[2]])?,
        record8: to_u32(OP, plan.x.record / 8)?,
        blocks: to_u32(OP, blocks)?,
        splits: to_u32(OP, plan.splits)?,
        units: variant.units(OP, units)?,
        pixels: to_u32(OP, pixels)?,
        pixels_split: to_u32(OP, pixels.div_ceil(plan.splits).next_multiple_of(variant.steps()))?,
        first_split: to_u32(OP, first_split)?,
        out: words(OP, plan.dy.out)?,
        x_volume: to_u32(OP, plan.x.image() / 4)?,
        d_pixel: to_u32(OP, plan.dy.pixel() / 4)?,
        step_w: to_u32(OP, plan.step[2] * pixel4)?,
        step_row: to_u32(OP, plan.step[1] * row4)?,
        step_slice: to_u32(OP, plan.step[0] * slice4)?,
        tap_w: to_u32(OP, plan.dilation[2] * pixel4)?,
        tap_h: to_u32(OP, plan.dilation[1] * row4)?,
        tap_d: to_u32(OP, plan.dilation[0] * slice4)?,
    };
    let terms = plan.outputs() * plan.channels * taps;
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

#[repr(C)]
#[derive(Clone, Copy, bytemuck::Pod, bytemuck::Zeroable)]
struct FinishParams {
    count: u32,
    splits: u32,
    c: u32,
    taps: u32,
    record4: u32,
}

static CONV2D_COLUMNS: Kernel = kernel!("nn/conv2d_columns", ColumnsParams, [Read, Write]);
static CONV2D_PIXELS: Kernel = kernel!("nn/conv2d_pixels", PixelsParams, [Read, Write]);
pub(super) static CONV2D_GRAD_WEIGHT: Kernel = kernel!("nn/conv2d_grad_weight", TileParams, [Read, Read, Write]);
pub(super) static CONV2D_GRAD_WEIGHT_WIDE: Kernel =
    kernel!("nn/conv2d_grad_weight_wide", TileParams, [Read, Read, Write]);
pub(super) static CONV2D_GRAD_WEIGHT_CPU: Kernel =
    kernel!("nn/conv2d_grad_weight_cpu", TileParams, [Read, Read, Write], features: wgpu::Features::SUBGROUP);
pub(super) static CONV2D_GRAD_WEIGHT_GPU: Kernel =
    kernel!("nn/conv2d_grad_weight_gpu", TileParams, [Read, Read, Write]);
pub(super) static CONV2D_GRAD_WEIGHT_TALL_CPU: Kernel =
    kernel!("nn/conv2d_grad_weight_tall_cpu", TileParams, [Read, Read, Write], features: wgpu::Features::SUBGROUP);
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
    &CONV2D_GRAD_WEIGHT_FINISH,
];
