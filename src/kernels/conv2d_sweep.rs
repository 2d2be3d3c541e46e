//! Convolution as a sweep over an image: its plan, what prepares the operands, and the tile kernels behind each other.

use super::convolution::Call;
use super::gemm_pack::{Pack, pack};
use super::parts::{images, part};
use super::variants::{Family, Problem, Variant, choose};
use super::{Contents, Scratch, WG, conv2d_gpu, conv2d_tile, flag, take, words};
use crate::error::Result;
use crate::gpu::{Engine, Grid, Kernel, Recorder, Tensor};
use crate::kernel;
use crate::shape::{Unary, to_u32};

/// `y[n,o,d,h,w] = sum over c, i, j, k of weight[o,c,i,j,k] z[n,c,d step + i dilation - before, …]`, where z is the input with
/// `spread - 1` zeros between its pixels; triples are depth, height, width, and all counts of channels are of one group.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sweep {
    pub images: usize,
    pub groups: usize,
    pub c: usize,
    pub o: usize,
    pub kernel: [usize; 3],
    pub dilation: [usize; 3],
    pub input: [usize; 3],
    pub before: [isize; 3],
    pub step: [usize; 3],
    pub spread: [usize; 3],
    pub out: [usize; 3],
    /// The weights are (c, o, kernel) and read from their last tap to their first.
    pub backwards: bool,
    pub pool: bool,
}

impl Sweep {
    pub fn taps(&self) -> usize {
        self.kernel.iter().product()
    }

    /// Images of the output: slices, where it is a volume.
    pub fn slices(&self) -> usize {
        self.images * self.out[0]
    }

    fn plain_step(&self) -> bool {
        self.step[1..] == [1, 1]
    }

    /// Whether the taps are unrolled in a kernel of their own.
    pub fn unrolled(&self) -> bool {
        matches!(self.kernel, [1, 2, 2] | [1, 3, 3]) && self.plain_step() && self.dilation[1..] == [1, 1]
    }

    /// Which kernel runs.
    fn variant(&self, engine: &Engine) -> &'static Variant {
        let problem = Problem {
            rows: self.o,
            columns: self.slices() * self.out[1] * self.out[2],
            k: self.c * self.taps(),
            window: if self.unrolled() { [self.kernel[1], self.kernel[2]] } else { [0, 0] },
            ..Problem::default()
        };
        choose(engine, Family::Conv2d, &problem)
    }

    pub fn pools(&self) -> bool {
        self.unrolled() && self.out[1].is_multiple_of(2) && self.out[2].is_multiple_of(4)
    }

    /// Slices of a channel of the prepared image, rows of one phase of them, and vec4s of a row.
    pub fn image(&self, engine: &Engine) -> [usize; 3] {
        if self.as_it_is(engine) {
            return [self.input[0], self.input[1], self.input[2] / 4];
        }
        let [slices, rows, columns] = [0, 1, 2].map(|axis| {
            let last = (self.out[axis] - 1) * self.step[axis] + (self.kernel[axis] - 1) * self.dilation[axis];
            // Slices have no phases: each is found by itself.
            if axis == 0 { last + 1 } else { last / self.step[axis] + 1 }
        });
        [slices, rows, columns.div_ceil(4)]
    }

    /// Whether the input needs no preparation.
    pub fn as_it_is(&self, engine: &Engine) -> bool {
        let plain = self.plain_step() && self.spread == [1; 3] && self.input[2].is_multiple_of(4);
        let reach =
            |axis: usize| (self.out[axis] - 1) * self.step[axis] + (self.kernel[axis] - 1) * self.dilation[axis] + 1;
        let fits = |axis: usize| self.before[axis] == 0 && reach(axis) <= self.input[axis];
        let borders =
            self.unrolled() && !self.variant(engine).by_group() && self.before[1..].iter().all(|before| *before >= 0);
        plain && fits(0) && (fits(1) && fits(2) || borders)
    }

    /// vec4s of one slice of a channel of the prepared image.
    pub fn slice4(&self, engine: &Engine) -> usize {
        let [_, rows, row4] = self.image(engine);
        self.step[1] * self.step[2] * rows * row4
    }

    /// vec4s of one channel of it.
    pub fn channel4(&self, engine: &Engine) -> usize {
        self.image(engine)[0] * self.slice4(engine)
    }

    pub fn y_image(&self) -> usize {
        let [od, oh, ow] = self.out;
        self.groups * self.o * od * if self.pool { oh / 2 * (ow / 2) } else { oh * ow }
    }

    /// Whether what the kernel writes is y itself: pairs of neighbours need rows of an even length.
    fn whole(&self, engine: &Engine) -> bool {
        self.out[2].is_multiple_of(2) || self.variant(engine).by_group()
    }

    /// Elements of one image in scratch: prepared, and with rows of an even length.
    fn scratch_images(&self, engine: &Engine) -> [usize; 2] {
        let [od, oh, ow] = self.out;
        let prepared = if self.as_it_is(engine) { 0 } else { self.groups * self.c * self.channel4(engine) * 4 };
        let even = if self.whole(engine) { 0 } else { self.groups * self.o * od * oh * (ow + 1) };
        [prepared, even]
    }

    fn part(&self, engine: &Engine) -> usize {
        let [prepared, even] = self.scratch_images(engine);
        // Where nothing goes through scratch only the binding limits a part.
        let x_image = self.groups * self.c * self.input.iter().product::<usize>();
        part(engine, self.images, prepared.max(even), x_image.max(self.y_image()))
    }

    /// The prepared image, the packed weights, the table of taps, the output with even rows, and what is bound for places that nobody asks
    /// for.
    pub fn scratch(&self, engine: &Engine) -> [Scratch; 5] {
        let images = self.part(engine);
        let [prepared, even] = self.scratch_images(engine);
        let k = self.c * self.taps();
        let variant = self.variant(engine);
        let weights = self.groups * self.o.next_multiple_of(variant.height()) * k;
        let table = if self.unrolled() && !variant.by_group() { 0 } else { k.next_multiple_of(4) };
        [
            (images * prepared, Contents::OfRun),
            (weights, Contents::OfOperand(1)),
            (table, Contents::OfShapes),
            (images * even, Contents::OfRun),
            (2, Contents::OfRun),
        ]
        .map(|(len, contents)| Scratch { len: len.max(1), contents })
    }
}

/// What the tile kernels compute: so many images (or volumes) of a sweep, from and to a place in a tensor.
pub(super) struct Tiles<'a> {
    pub plan: &'a Sweep,
    pub images: usize,
    pub variant: &'static Variant,
    /// The prepared input, and where its first image begins in it.
    pub x: (&'a Tensor, usize),
    /// Packed.
    pub weight: &'a Tensor,
    pub bias: Option<&'a Tensor>,
    /// Where each tap of each channel lies; not read by kernels that unroll the taps.
    pub table: &'a Tensor,
    pub y: (&'a Tensor, usize),
    /// Where each maximum was, beside y, and whether anybody asks.
    pub places: (&'a Tensor, bool),
    pub activation: Option<Unary>,
}

impl Tiles<'_> {
    /// What the formula costs.
    pub fn flops(&self) -> f64 {
        let Sweep { groups, o, out: [od, oh, ow], c, .. } = *self.plan;
        2.0 * (self.images * groups * o * od * oh * ow) as f64 * (c * self.plan.taps()) as f64
    }
}

/// Records a [`Sweep`] over `call.x`.
pub(super) fn sweep(rec: &mut Recorder, plan: &Sweep, call: &Call<'_>) -> Result<()> {
    let Call { op, x, weight, bias, y: (y, places), activation, scratch } = *call;
    let [image, packed, table, even, unasked] = take(op, scratch, plan.scratch(rec.engine()))?;
    let whole = plan.whole(rec.engine());
    let variant = plan.variant(rec.engine());
    pack_weights(rec, plan, weight, &packed, variant.height())?;
    if !plan.unrolled() || variant.by_group() {
        record_table(rec, op, plan, &table)?;
    }
    let together = plan.part(rec.engine());
    for first in (0..plan.images).step_by(together) {
        let now = together.min(plan.images - first);
        let (x, x_first) = images(rec.engine(), x, first, now)?;
        let (y, y_first) = images(rec.engine(), y, first, now)?;
        let as_it_is = plan.as_it_is(rec.engine());
        if !as_it_is {
            record_pad(rec, op, plan, now, (&x, x_first), &image)?;
        }
        // As large as y, so their parts begin where its do.
        let places = places.map(|places| images(rec.engine(), places, first, now)).transpose()?;
        let tiles = Tiles {
            plan,
            images: now,
            variant,
            x: if as_it_is { (&x, x_first) } else { (&image, 0) },
            weight: &packed,
            bias,
            table: &table,
            y: if whole { (&y, y_first) } else { (&even, 0) },
            places: (places.as_ref().map_or(&unasked, |(places, _)| places), places.is_some()),
            activation,
        };
        let record = if variant.by_group() { conv2d_gpu::record } else { conv2d_tile::record };
        record(rec, op, &tiles)?;
        if !whole {
            let count = now * plan.y_image();
            let params = CropParams {
                count: to_u32(op, count)?,
                first: to_u32(op, y_first)?,
                w: to_u32(op, plan.out[2])?,
                pitch: to_u32(op, plan.out[2] + 1)?,
            };
            rec.dispatch(&CONV2D_CROP, &params, &[&even, &y], Grid::flat(count, WG), &[], 0.0)?;
        }
    }
    Ok(())
}

fn pack_weights(rec: &mut Recorder, plan: &Sweep, weight: &Tensor, packed: &Tensor, height: usize) -> Result<()> {
    let taps = plan.taps();
    let shape = Pack { batches: plan.groups, rows: plan.o, k: plan.c * taps, ..Pack::matrix(height) };
    let layout = if plan.backwards {
        Pack {
            taps,
            first: taps - 1,
            by_batch: plan.c * plan.o * taps,
            by_row: taps,
            by_k: plan.o * taps,
            by_tap: -1,
            ..shape
        }
    } else {
        Pack { by_batch: plan.o * shape.k, by_row: shape.k, by_k: 1, ..shape }
    };
    pack(rec, weight, packed, &layout)
}

fn record_table(rec: &mut Recorder, op: &'static str, plan: &Sweep, table: &Tensor) -> Result<()> {
    let [slices, rows, row4] = plan.image(rec.engine());
    let [_, step_h, step_w] = plan.step;
    let params = TableParams {
        count: to_u32(op, table.len())?,
        taps: to_u32(op, plan.c * plan.taps())?,
        kernel: words(op, plan.kernel)?,
        step: words(op, [step_h, step_w])?,
        dilation: words(op, plan.dilation)?,
        slices: to_u32(op, slices)?,
        rows: to_u32(op, rows)?,
        row: to_u32(op, 4 * row4)?,
    };
    rec.dispatch(&CONV2D_OFFSETS, &params, &[table], Grid::flat(table.len(), WG), &[], 0.0)
}

fn record_pad(
    rec: &mut Recorder,
    op: &'static str,
    plan: &Sweep,
    images: usize,
    (x, first): (&Tensor, usize),
    image: &Tensor,
) -> Result<()> {
    let [slices, rows, row4] = plan.image(rec.engine());
    let count = images * plan.groups * plan.c * plan.channel4(rec.engine());
    let [_, step_h, step_w] = plan.step;
    let params = PadParams {
        count: to_u32(op, count)?,
        first: to_u32(op, first)?,
        input: words(op, plan.input)?,
        slices: to_u32(op, slices)?,
        rows: to_u32(op, rows)?,
        row4: to_u32(op, row4)?,
        before: plan.before.map(|pad| pad as u32),
        step: words(op, [step_h, step_w])?,
        spread: words(op, plan.spread)?,
    };
    let plain = plan.plain_step() && plan.spread == [1; 3] && plan.before[0] == 0 && slices == plan.input[0];
    let strided = ("STRIDED", flag(!plain));
    rec.dispatch(&CONV2D_PAD, &params, &[x, image], Grid::flat(count, WG), &[strided], 0.0)
}

#[repr(C)]
#[derive(Clone, Copy, bytemuck::Pod, bytemuck::Zeroable)]
struct PadParams {
    count: u32,
    first: u32,
    input: [u32; 3],
    slices: u32,
    rows: u32,
    row4: u32,
    before: [u32; 3],
    step: [u32; 2],
    spread: [u32; 3],
}

#[repr(C)]
#[derive(Clone, Copy, bytemuck::Pod, bytemuck::Zeroable)]
struct TableParams {
    count: u32,
    taps: u32,
    kernel: [u32; 3],
    step: [u32; 2],
    dilation: [u32; 3],
    slices: u32,
    rows: u32,
    row: u32,
}

#[repr(C)]
#[derive(Clone, Copy, bytemuck::Pod, bytemuck::Zeroable)]
struct CropParams {
    count: u32,
    first: u32,
    w: u32,
    pitch: u32,
}

pub(super) static CONV2D_PAD: Kernel = kernel!("nn/conv2d_pad", PadParams, [Read, Write]);
pub(super) static CONV2D_OFFSETS: Kernel = kernel!("nn/conv2d_offsets", TableParams, [Write]);
pub(super) static CONV2D_CROP: Kernel = kernel!("nn/conv2d_crop", CropParams, [Read, Write]);
