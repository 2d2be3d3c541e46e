//! Batch norm (Ioffe & Szegedy 2015) over everything but the channels: statistics, normalisation, gradients.

use bytemuck::{Pod, Zeroable};

use super::parts::Operand::{self, Rows, Whole};
use super::parts::{by_multiples, by_rows, gcd};
use super::{Scratch, WG};
use crate::error::{Error, Result};
use crate::gpu::{Grid, Kernel, Recorder, Tensor};
use crate::kernel;
use crate::shape::{Shape, to_u32};

/// Numbers that one invocation adds up.
const CHUNK: usize = 1024;

/// A part of the chunks: those from `first` on.
#[repr(C)]
#[derive(Clone, Copy, Pod, Zeroable)]
struct ChunkParams {
    n: u32,
    c: u32,
    s: u32,
    chunks: u32,
    chunk: u32,
    first: u32,
}

#[repr(C)]
#[derive(Clone, Copy, Pod, Zeroable)]
struct StatsParams {
    c: u32,
    chunks: u32,
    chunk: u32,
    count: u32,
}

#[repr(C)]
#[derive(Clone, Copy, Pod, Zeroable)]
struct DotParams {
    chunks: ChunkParams,
    eps: f32,
}

#[repr(C)]
#[derive(Clone, Copy, Pod, Zeroable)]
struct SumParams {
    c: u32,
    chunks: u32,
}

#[repr(C)]
#[derive(Clone, Copy, Pod, Zeroable)]
struct ApplyParams {
    count: u32,
    c: u32,
    s: u32,
    eps: f32,
}

#[repr(C)]
#[derive(Clone, Copy, Pod, Zeroable)]
struct GradParams {
    count: u32,
    c: u32,
    s: u32,
    eps: f32,
    share: f32,
}

/// (N,C,S) of a tensor (N,C,…), and whether S is whole in fours.
struct Size {
    n: usize,
    c: usize,
    s: usize,
}

impl Size {
    fn of(operation: &'static str, x: &Shape) -> Result<Self> {
        match x.dims() {
            [n, c, rest @ ..] if x.count() > 0 => Ok(Self { n: *n, c: *c, s: rest.iter().product() }),
            _ => Err(Error::shape(operation, "x", "(N,C,…) with elements", x)),
        }
    }

    /// Numbers in a vec4 or one: how S is counted.
    fn unit(&self) -> usize {
        if self.s.is_multiple_of(4) { 4 } else { 1 }
    }

    fn chunks(&self) -> usize {
        (self.n * self.s).div_ceil(CHUNK)
    }

    /// Invocations of a group that joins a channel's chunks: idle ones cost a CPU as much as busy ones.
    fn width(&self) -> f64 {
        self.chunks().next_power_of_two().clamp(8, WG) as f64
    }

    /// One over the numbers of a channel.
    fn share(&self) -> f32 {
        1.0 / (self.n * self.s) as f32
    }
}

fn pick(size: &Size, scalar: &'static Kernel, vec4: &'static Kernel) -> &'static Kernel {
    if size.unit() == 4 { vec4 } else { scalar }
}

/// The scratch tensors of [`batch_norm_stats`] and [`batch_norm_grad_sums`].
///
/// # Errors
/// [`Error::Shape`] if `x` has no channels.
pub fn batch_norm_scratch(x: &Shape) -> Result<Vec<Scratch>> {
    let size = Size::of("batch_norm", x)?;
    Ok(vec![Scratch::of_run(3 * size.chunks() * size.c)])
}

/// `x` (N,C,…) -> `stats` (2,C): mean and biased variance of each channel. `scratch` as [`batch_norm_scratch`] counts.
///
/// # Errors
/// [`Error::Shape`] if the shapes do not fit.
pub fn batch_norm_stats(rec: &mut Recorder, x: &Tensor, stats: &Tensor, scratch: &[Tensor]) -> Result<()> {
    const OP: &str = "batch_norm_stats";
    let size = Size::of(OP, x.shape())?;
    let Size { n, c, s } = size;
    stats.shape().expect(OP, "stats", [2, c])?;
    let parts = part(OP, scratch, &size)?;
    let kernel = pick(&size, &BATCH_NORM_MOMENTS, &BATCH_NORM_MOMENTS_VEC4);
    by_chunks(rec, OP, kernel, &size, &[Rows(x), Whole(parts)], |chunks| chunks)?;
    let (chunks, count) = (to_u32(OP, size.chunks())?, to_u32(OP, n * s)?);
    let params = StatsParams { c: to_u32(OP, c)?, chunks, chunk: CHUNK as u32, count };
    rec.dispatch(&BATCH_NORM_STATS, &params, &[parts, stats], Grid::groups(c), &[("WG", size.width())], 0.0)
}

/// `[x (N,C,…), stats (2,C), gamma (C), beta (C)]` -> `y = gamma (x - mean) / sqrt(variance + eps) + beta`.
///
/// # Errors
/// [`Error::Shape`] if the shapes do not fit.
pub fn batch_norm_apply(rec: &mut Recorder, [x, stats, gamma, beta]: [&Tensor; 4], y: &Tensor, eps: f32) -> Result<()> {
    const OP: &str = "batch_norm_apply";
    let size = Size::of(OP, x.shape())?;
    stats.shape().expect(OP, "stats", [2, size.c])?;
    gamma.shape().expect(OP, "gamma", [size.c])?;
    beta.shape().expect(OP, "beta", [size.c])?;
    y.shape().expect(OP, "y", x.shape())?;
    let kernel = pick(&size, &BATCH_NORM_APPLY, &BATCH_NORM_APPLY_VEC4);
    let operands = [Rows(x), Whole(stats), Whole(gamma), Whole(beta), Rows(y)];
    by_images(rec, OP, kernel, &size, &operands, 3.0, |[count, c, s]| ApplyParams { count, c, s, eps })
}

/// `[x (N,C,…), stats (2,C), dy]` -> `sums` (2,C): of `dy`, and of `dy` times the normalised `x`; these are the gradients of beta
/// and gamma. `scratch` as [`batch_norm_scratch`] counts.
///
/// # Errors
/// [`Error::Shape`] if the shapes do not fit.
pub fn batch_norm_grad_sums(
    rec: &mut Recorder,
    [x, stats, dy]: [&Tensor; 3],
    sums: &Tensor,
    eps: f32,
    scratch: &[Tensor],
) -> Result<()> {
    const OP: &str = "batch_norm_grad_sums";
    let size = Size::of(OP, x.shape())?;
    let c = size.c;
    stats.shape().expect(OP, "stats", [2, c])?;
    dy.shape().expect(OP, "dy", x.shape())?;
    sums.shape().expect(OP, "sums", [2, c])?;
    let parts = part(OP, scratch, &size)?;
    let kernel = pick(&size, &BATCH_NORM_DOTS, &BATCH_NORM_DOTS_VEC4);
    let operands = [Rows(x), Whole(stats), Rows(dy), Whole(parts)];
    by_chunks(rec, OP, kernel, &size, &operands, |chunks| DotParams { chunks, eps })?;
    let params = SumParams { c: to_u32(OP, c)?, chunks: to_u32(OP, size.chunks())? };
    rec.dispatch(&BATCH_NORM_GRAD_SUMS, &params, &[parts, sums], Grid::groups(2 * c), &[("WG", size.width())], 0.0)
}

/// `[x (N,C,…), stats (2,C), gamma (C), sums (2,C), dy]` -> `dx`: the gradient of batch norm with the statistics of `x` itself.
///
/// # Errors
/// [`Error::Shape`] if the shapes do not fit.
pub fn batch_norm_grad_input(
    rec: &mut Recorder,
    [x, stats, gamma, sums, dy]: [&Tensor; 5],
    dx: &Tensor,
    eps: f32,
) -> Result<()> {
    const OP: &str = "batch_norm_grad_input";
    let size = Size::of(OP, x.shape())?;
    stats.shape().expect(OP, "stats", [2, size.c])?;
    gamma.shape().expect(OP, "gamma", [size.c])?;
    sums.shape().expect(OP, "sums", [2, size.c])?;
    dy.shape().expect(OP, "dy", x.shape())?;
    dx.shape().expect(OP, "dx", x.shape())?;
    let kernel = pick(&size, &BATCH_NORM_GRAD_INPUT, &BATCH_NORM_GRAD_INPUT_VEC4);
    let operands = [Rows(x), Whole(stats), Whole(gamma), Whole(sums), Rows(dy), Rows(dx)];
    let share = size.share();
    by_images(rec, OP, kernel, &size, &operands, 6.0, |[count, c, s]| GradParams { count, c, s, eps, share })
}

/// A kernel that walks the chunks, in parts of images that are whole chunks; `params` completes what all such kernels are told.
fn by_chunks<P: Pod>(
    rec: &mut Recorder,
    op: &'static str,
    kernel: &'static Kernel,
    size: &Size,
    operands: &[Operand<'_>],
    params: impl Fn(ChunkParams) -> P,
) -> Result<()> {
    let Size { n, c, s } = *size;
    let unit = size.unit();
    let whole = CHUNK / gcd(CHUNK, s);
    by_multiples(rec, op, n, whole, operands, |rec, images, views| {
        let here = Size { n: images.len(), c, s };
        let chunks = ChunkParams {
            n: to_u32(op, here.n)?,
            c: to_u32(op, c)?,
            s: to_u32(op, s / unit)?,
            chunks: to_u32(op, size.chunks())?,
            chunk: (CHUNK / unit) as u32,
            first: to_u32(op, images.start * s / CHUNK)?,
        };
        let views: Vec<_> = views.iter().collect();
        let flops = 4.0 * (here.n * c * s) as f64;
        rec.dispatch(kernel, &params(chunks), &views, Grid::flat(c * here.chunks(), WG), &[], flops)
    })
}

/// A kernel of single numbers, in parts of images, each of a count of units, C and S; `flops` are those of a number.
fn by_images<P: Pod>(
    rec: &mut Recorder,
    op: &'static str,
    kernel: &'static Kernel,
    size: &Size,
    operands: &[Operand<'_>],
    flops: f64,
    params: impl Fn([u32; 3]) -> P,
) -> Result<()> {
    let (c, s) = (to_u32(op, size.c)?, to_u32(op, size.s / size.unit())?);
    by_rows(rec, op, size.n, operands, |rec, images, views| {
        let numbers = images.len() * size.c * size.s;
        let count = numbers / size.unit();
        let params = params([to_u32(op, count)?, c, s]);
        let views: Vec<_> = views.iter().collect();
        rec.dispatch(kernel, &params, &views, Grid::flat(count, WG), &[], flops * numbers as f64)
    })
}

fn part<'a>(operation: &'static str, scratch: &'a [Tensor], size: &Size) -> Result<&'a Tensor> {
    let wanted = 3 * size.chunks() * size.c;
    scratch.first().filter(|parts| parts.len() == wanted).ok_or_else(|| {
        Error::shape(operation, "scratch", format_args!("one tensor of {wanted} elements"), scratch.len())
    })
}

static BATCH_NORM_MOMENTS: Kernel = kernel!("nn/batch_norm_moments", ChunkParams, [Read, Write]);
static BATCH_NORM_MOMENTS_VEC4: Kernel = kernel!("nn/batch_norm_moments_vec4", ChunkParams, [Read, Write]);
static BATCH_NORM_STATS: Kernel = kernel!("nn/batch_norm_stats", StatsParams, [Read, Write]);
static BATCH_NORM_APPLY: Kernel = kernel!("nn/batch_norm_apply", ApplyParams, [Read, Read, Read, Read, Write]);
static BATCH_NORM_APPLY_VEC4: Kernel =
    kernel!("nn/batch_norm_apply_vec4", ApplyParams, [Read, Read, Read, Read, Write]);
static BATCH_NORM_DOTS: Kernel = kernel!("nn/batch_norm_dots", DotParams, [Read, Read, Read, Write]);
static BATCH_NORM_DOTS_VEC4: Kernel = kernel!("nn/batch_norm_dots_vec4", DotParams, [Read, Read, Read, Write]);
static BATCH_NORM_GRAD_SUMS: Kernel = kernel!("nn/batch_norm_grad_sums", SumParams, [Read, Write]);
static BATCH_NORM_GRAD_INPUT: Kernel =
    kernel!("nn/batch_norm_grad_input", GradParams, [Read, Read, Read, Read, Read, Write]);
static BATCH_NORM_GRAD_INPUT_VEC4: Kernel =
    kernel!("nn/batch_norm_grad_input_vec4", GradParams, [Read, Read, Read, Read, Read, Write]);

/// This family's kernels.
pub const KERNELS: &[&Kernel] = &[
    &BATCH_NORM_MOMENTS,
    &BATCH_NORM_MOMENTS_VEC4,
    &BATCH_NORM_STATS,
    &BATCH_NORM_APPLY,
    &BATCH_NORM_APPLY_VEC4,
    &BATCH_NORM_DOTS,
    &BATCH_NORM_DOTS_VEC4,
    &BATCH_NORM_GRAD_SUMS,
    &BATCH_NORM_GRAD_INPUT,
    &BATCH_NORM_GRAD_INPUT_VEC4,
];
