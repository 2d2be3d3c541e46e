//! Layer norm (Ba, Kiros & Hinton 2016) along the last axis: normalisation, statistics, gradients.

use bytemuck::{Pod, Zeroable};

use super::parts::Operand::{Rows, Whole};
use super::parts::{by_multiples, by_rows};
use super::reduce::{reduce, reduce_scratch};
use super::variants::{Family, Problem, Variant, choose};
use super::{Scratch, WG};
use crate::error::{Error, Result};
use crate::gpu::{AdapterKind, Engine, Grid, Kernel, Recorder, Tensor};
use crate::kernel;
use crate::shape::{Reduction, Shape, to_u32};

/// Rows that one invocation adds up.
const CHUNK: usize = 64;

#[repr(C)]
#[derive(Clone, Copy, Pod, Zeroable)]
struct Params {
    rows: u32,
    n: u32,
    /// Those of a row, whatever a unit is.
    numbers: f32,
    eps: f32,
}

#[repr(C)]
#[derive(Clone, Copy, Pod, Zeroable)]
struct GradParams {
    rows: u32,
    n: u32,
    numbers: f32,
}

/// A part of the rows: those of the chunks from `first` on.
#[repr(C)]
#[derive(Clone, Copy, Pod, Zeroable)]
struct ChunkParams {
    rows: u32,
    n: u32,
    chunks: u32,
    chunk: u32,
    first: u32,
}

/// Rows of a tensor, and their length.
#[derive(Clone, Copy)]
struct Size {
    rows: usize,
    n: usize,
}

impl Size {
    fn of(operation: &'static str, x: &Shape) -> Result<Self> {
        match x.dims().last() {
            Some(&n) if x.count() > 0 => Ok(Self { rows: x.count() / n, n }),
            _ => Err(Error::shape(operation, "x", "an axis of numbers", x)),
        }
    }

    /// Numbers in a vec4 or one: how N is counted.
    fn unit(&self) -> usize {
        if self.n.is_multiple_of(4) { 4 } else { 1 }
    }

    fn variant(&self, engine: &Engine, family: Family) -> &'static Variant {
        choose(engine, family, &Problem { rows: self.rows, columns: self.n, ..Problem::default() })
    }

    fn chunks(&self) -> usize {
        self.rows.div_ceil(CHUNK)
    }

    /// Invocations that share a row. A processor's eight lanes need not wait for each other; a GPU reads along a row side by side.
    fn width(&self, engine: &Engine) -> f64 {
        let units = self.n / self.unit();
        if engine.kind() == AdapterKind::Cpu || units <= 8 { 8.0 } else { WG as f64 }
    }
}

/// `[x (…,N), gamma (N), beta (N)]` -> `y = gamma (x - mean) / sqrt(variance + eps) + beta`, with mean and biased variance of each row.
///
/// # Errors
/// [`Error::Shape`] if the shapes do not fit.
pub fn layer_norm(rec: &mut Recorder, [x, gamma, beta]: [&Tensor; 3], y: &Tensor, eps: f32) -> Result<()> {
    const OP: &str = "layer_norm";
    let size = Size::of(OP, x.shape())?;
    gamma.shape().expect(OP, "gamma", [size.n])?;
    beta.shape().expect(OP, "beta", [size.n])?;
    y.shape().expect(OP, "y", x.shape())?;
    by_group(rec, OP, Family::LayerNorm, size, &[Rows(x), Whole(gamma), Whole(beta), Rows(y)], 8, |[rows, n]| Params {
        rows,
        n,
        numbers: size.n as f32,
        eps,
    })
}

/// `x` (…,N) -> `stats` (…,2): mean and 1 / sqrt(biased variance + eps) of each row.
///
/// # Errors
/// [`Error::Shape`] if the shapes do not fit.
pub fn layer_norm_stats(rec: &mut Recorder, x: &Tensor, stats: &Tensor, eps: f32) -> Result<()> {
    const OP: &str = "layer_norm_stats";
    let size = Size::of(OP, x.shape())?;
    stats.shape().expect(OP, "stats", stats_shape(x.shape()))?;
    by_group(rec, OP, Family::LayerNormStats, size, &[Rows(x), Rows(stats)], 4, |[rows, n]| Params {
        rows,
        n,
        numbers: size.n as f32,
        eps,
    })
}

/// Gradient of [`layer_norm`] with respect to `x`: `[x (…,N), stats (…,2), gamma (N), dy]` -> `dx`.
///
/// `dx = rstd (g - mean of g - xhat mean of g xhat)` with `g = gamma dy` and `xhat = (x - mean) rstd`, means over the row.
///
/// # Errors
/// [`Error::Shape`] if the shapes do not fit.
pub fn layer_norm_grad_input(rec: &mut Recorder, [x, stats, gamma, dy]: [&Tensor; 4], dx: &Tensor) -> Result<()> {
    const OP: &str = "layer_norm_grad_input";
    let size = Size::of(OP, x.shape())?;
    stats.shape().expect(OP, "stats", stats_shape(x.shape()))?;
    gamma.shape().expect(OP, "gamma", [size.n])?;
    dy.shape().expect(OP, "dy", x.shape())?;
    dx.shape().expect(OP, "dx", x.shape())?;
    let operands = [Rows(x), Rows(stats), Whole(gamma), Rows(dy), Rows(dx)];
    by_group(rec, OP, Family::LayerNormGradInput, size, &operands, 10, |[rows, n]| GradParams {
        rows,
        n,
        numbers: size.n as f32,
    })
}

/// The scratch tensors of [`layer_norm_grad_sums`].
///
/// # Errors
/// [`Error::Shape`] if `x` has no axis.
pub fn layer_norm_scratch(x: &Shape) -> Result<Vec<Scratch>> {
    let size = Size::of("layer_norm_grad_sums", x)?;
    let parts = [2, size.chunks(), size.n].into();
    Ok([vec![Scratch::of_run(2 * size.chunks() * size.n)], reduce_scratch(&parts, &[1])?].concat())
}

/// Gradients of [`layer_norm`] with respect to beta and gamma: `[x (…,N), stats (…,2), dy]` -> `sums` (2,N), over all rows of `dy` and of
/// `dy` times the normalised `x`. `scratch` as [`layer_norm_scratch`] counts.
///
/// # Errors
/// [`Error::Shape`] if the shapes do not fit.
pub fn layer_norm_grad_sums(
    rec: &mut Recorder,
    [x, stats, dy]: [&Tensor; 3],
    sums: &Tensor,
    scratch: &[Tensor],
) -> Result<()> {
    const OP: &str = "layer_norm_grad_sums";
    let size = Size::of(OP, x.shape())?;
    stats.shape().expect(OP, "stats", stats_shape(x.shape()))?;
    dy.shape().expect(OP, "dy", x.shape())?;
    sums.shape().expect(OP, "sums", [2, size.n])?;
    let wanted = 2 * size.chunks() * size.n;
    let (parts, rest) = scratch.split_first().filter(|(parts, _)| parts.len() == wanted).ok_or_else(|| {
        Error::shape(OP, "scratch", format_args!("tensors of which the first has {wanted} elements"), scratch.len())
    })?;
    let variant = size.variant(rec.engine(), Family::LayerNormDots);
    let n = size.n / size.unit();
    // Invocations for a chunk.
    let across = if variant.lanes == 8 { n.div_ceil(variant.columns / 4) * 8 } else { n };
    let width = if variant.lanes == 8 { 8 } else { WG };
    let operands = [Rows(x), Rows(stats), Rows(dy), Whole(parts)];
    by_multiples(rec, OP, size.rows, CHUNK, &operands, |rec, rows, views| {
        let params = ChunkParams {
            rows: to_u32(OP, rows.len())?,
            n: to_u32(OP, n)?,
            chunks: to_u32(OP, size.chunks())?,
            chunk: CHUNK as u32,
            first: to_u32(OP, rows.start / CHUNK)?,
        };
        let views: Vec<_> = views.iter().collect();
        let flops = 5.0 * (rows.len() * size.n) as f64;
        let grid = Grid::flat(rows.len().div_ceil(CHUNK) * across, width);
        rec.dispatch(variant.kernel, &params, &views, grid, &[("WG", width as f64)], flops)
    })?;
    reduce(rec, &parts.reshape([2, size.chunks(), size.n])?, sums, Reduction::Sum, &[1], rest)
}

/// Two numbers for each row.
fn stats_shape(x: &Shape) -> Shape {
    let mut dims = x.dims().to_vec();
    if let Some(last) = dims.last_mut() {
        *last = 2;
    }
    dims.into()
}

/// A workgroup for each row, or for eight; `flops` are those of a number. Rows that one binding cannot hold are done in parts.
fn by_group<P: Pod>(
    rec: &mut Recorder,
    op: &'static str,
    family: Family,
    size: Size,
    operands: &[super::parts::Operand<'_>],
    flops: usize,
    params: impl Fn([u32; 2]) -> P,
) -> Result<()> {
    let n = to_u32(op, size.n / size.unit())?;
    let variant = size.variant(rec.engine(), family);
    let width = [("WG", size.width(rec.engine()))];
    let width = if variant.by_subgroup() { &[][..] } else { &width };
    by_rows(rec, op, size.rows, operands, |rec, rows, views| {
        to_u32(op, rows.len() * size.n)?;
        let params = params([to_u32(op, rows.len())?, n]);
        let views: Vec<_> = views.iter().collect();
        let flops = (flops * rows.len() * size.n) as f64;
        rec.dispatch(variant.kernel, &params, &views, Grid::groups(rows.len().div_ceil(variant.rows)), width, flops)
    })
}

const SUBGROUP: wgpu::Features = wgpu::Features::SUBGROUP;

pub(super) static LAYER_NORM: Kernel = kernel!("nn/layer_norm", Params, [Read, Read, Read, Write]);
pub(super) static LAYER_NORM_VEC4: Kernel = kernel!("nn/layer_norm_vec4", Params, [Read, Read, Read, Write]);
pub(super) static LAYER_NORM_CPU: Kernel =
    kernel!("nn/layer_norm_cpu", Params, [Read, Read, Read, Write], features: SUBGROUP);
pub(super) static LAYER_NORM_STATS: Kernel = kernel!("nn/layer_norm_stats", Params, [Read, Write]);
pub(super) static LAYER_NORM_STATS_VEC4: Kernel = kernel!("nn/layer_norm_stats_vec4", Params, [Read, Write]);
pub(super) static LAYER_NORM_STATS_WIDE: Kernel = kernel!("nn/layer_norm_stats_wide", Params, [Read, Write]);
pub(super) static LAYER_NORM_GRAD_INPUT: Kernel =
    kernel!("nn/layer_norm_grad_input", GradParams, [Read, Read, Read, Read, Write]);
pub(super) static LAYER_NORM_GRAD_INPUT_VEC4: Kernel =
    kernel!("nn/layer_norm_grad_input_vec4", GradParams, [Read, Read, Read, Read, Write]);
pub(super) static LAYER_NORM_GRAD_INPUT_CPU: Kernel =
    kernel!("nn/layer_norm_grad_input_cpu", GradParams, [Read, Read, Read, Read, Write], features: SUBGROUP);
pub(super) static LAYER_NORM_DOTS: Kernel = kernel!("nn/layer_norm_dots", ChunkParams, [Read, Read, Read, Write]);
pub(super) static LAYER_NORM_DOTS_VEC4: Kernel =
    kernel!("nn/layer_norm_dots_vec4", ChunkParams, [Read, Read, Read, Write]);
pub(super) static LAYER_NORM_DOTS_WIDE: Kernel =
    kernel!("nn/layer_norm_dots_wide", ChunkParams, [Read, Read, Read, Write]);

/// This family's kernels.
pub const KERNELS: &[&Kernel] = &[
    &LAYER_NORM,
    &LAYER_NORM_VEC4,
    &LAYER_NORM_CPU,
    &LAYER_NORM_STATS,
    &LAYER_NORM_STATS_VEC4,
    &LAYER_NORM_STATS_WIDE,
    &LAYER_NORM_GRAD_INPUT,
    &LAYER_NORM_GRAD_INPUT_VEC4,
    &LAYER_NORM_GRAD_INPUT_CPU,
    &LAYER_NORM_DOTS,
    &LAYER_NORM_DOTS_VEC4,
    &LAYER_NORM_DOTS_WIDE,
];
