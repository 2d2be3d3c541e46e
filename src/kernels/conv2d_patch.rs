//! Convolutions whose windows of 2x2 do not overlap, which halve an image or, backwards, double it: every pixel belongs to one window, so
//! nothing is padded, spread or turned, and the weights are read as they lie.

use super::conv2d_grad_weight::{OP as GRAD_WEIGHT, Sums, splits};
use super::convolution::{Call, Extents};
use super::epilogue;
use super::parts::{images, part};
use super::variants::{Family, Problem, Variant, choose};
use crate::error::Result;
use crate::gpu::{Engine, Kernel, Recorder, Tensor};
use crate::kernel;
use crate::shape::{Conv3d, to_u32};

/// Bytes of x and dy in a run of windows of a gradient of the weights.
const RUN_BYTES: usize = 768 << 10;

/// What runs, and over what. The large image is the convolution's input, the small one its output.
#[derive(Clone, Copy, Debug)]
pub(super) struct Patches {
    n: usize,
    c: usize,
    o: usize,
    depth: usize,
    /// Height and width of the small image.
    small: [usize; 2],
}

impl Patches {
    /// `None` where windows are others, or rows are not whole vec4s.
    pub fn new(extents: &Extents, conv: &Conv3d) -> Option<Self> {
        let Extents { n, c, input: [depth, h, w], o, kernel, out: [_, oh, ow], before } = *extents;
        let fits = kernel == [1, 2, 2] && conv.stride == [1, 2, 2] && conv.dilation[1..] == [1, 1] && conv.groups == 1;
        let whole = before == [0; 3] && extents.out[0] == depth && [h, w] == [2 * oh, 2 * ow] && ow.is_multiple_of(4);
        (fits && whole).then_some(Self { n, c, o, depth, small: [oh, ow] })
    }

    /// vec4s of a small image.
    fn small4(&self) -> usize {
        self.small[0] * self.small[1] / 4
    }

    fn problem(&self, rows: usize, k: usize) -> Problem {
        Problem { rows, columns: self.n * self.depth * 4 * self.small4(), k, ..Problem::default() }
    }

    /// Volumes done at once: those of which either side fits a binding.
    fn part(&self, engine: &Engine) -> usize {
        part(engine, self.n, 1, (16 * self.c).max(4 * self.o) * self.depth * self.small4())
    }

    fn flops(&self, volumes: usize) -> f64 {
        32.0 * (volumes * self.depth * self.small4()) as f64 * (self.c * self.o) as f64
    }

    /// Parameters of `volumes` volumes whose large and small sides begin so many elements into their tensors, and the work's units.
    fn params(
        &self,
        op: &'static str,
        variant: &Variant,
        channels: usize,
        volumes: usize,
        [large, small]: [usize; 2],
    ) -> Result<(Params, usize)> {
        let blocks = self.small4().div_ceil(variant.columns / 4);
        let panels = channels.div_ceil(variant.rows);
        let units = volumes * self.depth * blocks * panels;
        let params = Params {
            c: to_u32(op, self.c)?,
            o: to_u32(op, self.o)?,
            units: variant.units(op, units)?,
            panels: to_u32(op, panels)?,
            blocks: to_u32(op, blocks)?,
            small4: to_u32(op, self.small4())?,
            w4: to_u32(op, self.small[1] / 4)?,
            depth: to_u32(op, self.depth)?,
            large_first: to_u32(op, large / 4)?,
            small_first: to_u32(op, small / 4)?,
            has_bias: 0,
            slope: 0.0,
        };
        Ok((params, units))
    }

    /// `y = activation(bias + convolution of x)`
    pub fn forward(&self, rec: &mut Recorder, call: &Call<'_>) -> Result<()> {
        let Call { op, x, weight, bias, y: (y, _), activation, .. } = *call;
        let (code, slope) = epilogue(op, activation)?;
        let variant = choose(rec.engine(), Family::Patch, &self.problem(self.o, 4 * self.c));
        let part = self.part(rec.engine());
        for first in (0..self.n).step_by(part) {
            let now = part.min(self.n - first);
            let (x, large) = images(rec.engine(), x, first, now)?;
            let (y, small) = images(rec.engine(), y, first, now)?;
            let (params, units) = self.params(op, variant, self.o, now, [large, small])?;
            let params = Params { has_bias: u32::from(bias.is_some()), slope, ..params };
            let tensors = [&x, weight, bias.unwrap_or(weight), &y];
            rec.dispatch(
                variant.kernel,
                &params,
                &tensors,
                variant.grid(units),
                &[("ACTIVATION", code)],
                self.flops(now),
            )?;
        }
        Ok(())
    }

    /// The gradient of x: a transposed convolution.
    pub fn grad_input(&self, rec: &mut Recorder, call: &Call<'_>) -> Result<()> {
        let Call { op, x: dy, weight, y: (dx, _), .. } = *call;
        let variant = choose(rec.engine(), Family::PatchGradInput, &self.problem(self.c, self.o));
        let part = self.part(rec.engine());
        for first in (0..self.n).step_by(part) {
            let now = part.min(self.n - first);
            let (dy, small) = images(rec.engine(), dy, first, now)?;
            let (dx, large) = images(rec.engine(), dx, first, now)?;
            let (params, units) = self.params(op, variant, self.c, now, [large, small])?;
            rec.dispatch(variant.kernel, &params, &[&dy, weight, &dx], variant.grid(units), &[], self.flops(now))?;
        }
        Ok(())
    }

    fn runs(&self, engine: &Engine) -> Runs {
        let variant = choose(engine, Family::PatchGradWeight, &self.problem(self.o, 4 * self.c));
        let (panels, blocks) = (self.o.div_ceil(variant.rows), self.c.div_ceil(variant.columns));
        let part = self.part(engine);
        let parts = self.n.div_ceil(part);
        let windows = part * self.depth * 4 * self.small4();
        let run = RUN_BYTES / 4 / (4 * self.c + self.o);
        let splits = splits(engine, windows, run, panels * blocks * variant.lanes, parts * self.o * self.c * 4);
        Runs { variant, panels, blocks, part, parts, splits }
    }

    /// How the partial sums of a gradient of the weights lie.
    pub fn sums(&self, engine: &Engine) -> Sums {
        let Runs { parts, splits, .. } = self.runs(engine);
        Sums::of_weights(parts * splits, self.o * self.c * 4)
    }

    /// The sums of all runs.
    pub fn grad_weight(&self, rec: &mut Recorder, x: &Tensor, dy: &Tensor, partials: &Tensor) -> Result<()> {
        let Runs { variant, panels, blocks, part, splits, .. } = self.runs(rec.engine());
        let volume4 = self.depth * self.small4();
        for (index, first) in (0..self.n).step_by(part).enumerate() {
            let now = part.min(self.n - first);
            let (x, large) = images(rec.engine(), x, first, now)?;
            let (dy, small) = images(rec.engine(), dy, first, now)?;
            let windows4 = now * volume4;
            let units = splits * panels * blocks;
            let params = RunParams {
                c: to_u32(GRAD_WEIGHT, self.c)?,
                o: to_u32(GRAD_WEIGHT, self.o)?,
                units: variant.units(GRAD_WEIGHT, units)?,
                panels: to_u32(GRAD_WEIGHT, panels)?,
                blocks: to_u32(GRAD_WEIGHT, blocks)?,
                windows4: to_u32(GRAD_WEIGHT, windows4)?,
                run4: to_u32(GRAD_WEIGHT, windows4.div_ceil(splits))?,
                volume4: to_u32(GRAD_WEIGHT, volume4)?,
                w4: to_u32(GRAD_WEIGHT, self.small[1] / 4)?,
                first_split: to_u32(GRAD_WEIGHT, index * splits)?,
                large_first: to_u32(GRAD_WEIGHT, large / 4)?,
                small_first: to_u32(GRAD_WEIGHT, small / 4)?,
            };
            rec.dispatch(variant.kernel, &params, &[&x, &dy, partials], variant.grid(units), &[], self.flops(now))?;
        }
        Ok(())
    }
}

/// How the windows of a gradient of the weights are cut.
struct Runs {
    variant: &'static Variant,
    panels: usize,
    blocks: usize,
    part: usize,
    parts: usize,
    splits: usize,
}

#[repr(C)]
#[derive(Clone, Copy, bytemuck::Pod, bytemuck::Zeroable)]
struct Params {
    c: u32,
    o: u32,
    units: u32,
    panels: u32,
    blocks: u32,
    small4: u32,
    w4: u32,
    depth: u32,
    large_first: u32,
    small_first: u32,
    has_bias: u32,
    slope: f32,
}

#[repr(C)]
#[derive(Clone, Copy, bytemuck::Pod, bytemuck::Zeroable)]
struct RunParams {
    c: u32,
    o: u32,
    units: u32,
    panels: u32,
    blocks: u32,
    windows4: u32,
    run4: u32,
    volume4: u32,
    w4: u32,
    first_split: u32,
    large_first: u32,
    small_first: u32,
}

const SUBGROUP: wgpu::Features = wgpu::Features::SUBGROUP;

pub(super) static CONV2D_PATCH: Kernel = kernel!("nn/conv2d_patch", Params, [Read, Read, Read, Write]);
pub(super) static CONV2D_PATCH_CPU: Kernel =
    kernel!("nn/conv2d_patch_cpu", Params, [Read, Read, Read, Write], features: SUBGROUP);
pub(super) static CONV2D_PATCH_GRAD_INPUT: Kernel = kernel!("nn/conv2d_patch_grad_input", Params, [Read, Read, Write]);
pub(super) static CONV2D_PATCH_GRAD_INPUT_CPU: Kernel =
    kernel!("nn/conv2d_patch_grad_input_cpu", Params, [Read, Read, Write], features: SUBGROUP);
pub(super) static CONV2D_PATCH_GRAD_WEIGHT: Kernel =
    kernel!("nn/conv2d_patch_grad_weight", RunParams, [Read, Read, Write]);
pub(super) static CONV2D_PATCH_GRAD_WEIGHT_CPU: Kernel =
    kernel!("nn/conv2d_patch_grad_weight_cpu", RunParams, [Read, Read, Write], features: SUBGROUP);
