//! Maximum and mean over windows of an image. Padding never wins a maximum and does not count in a mean.

use bytemuck::{Pod, Zeroable};

use super::WG;
use super::parts::{Operand, by_rows};
use crate::error::Result;
use crate::gpu::{Grid, Kernel, Recorder, Tensor};
use crate::kernel;
use crate::shape::{Pool2d, to_u32};

#[repr(C)]
#[derive(Clone, Copy, Pod, Zeroable)]
struct Params {
    planes: u32,
    input: [u32; 2],
    output: [u32; 2],
    kernel: [u32; 2],
    stride: [u32; 2],
    top: u32,
    left: u32,
}

/// Four windows of 2x2 an invocation.
#[repr(C)]
#[derive(Clone, Copy, Pod, Zeroable)]
struct FastParams {
    count: u32,
    ow4: u32,
}

/// A pooling of a certain image: checked shapes and what the kernels need of them.
struct Job {
    params: Params,
    fast: Option<FastParams>,
    pooled: [usize; 4],
    /// Operations if every place of every window costs one.
    flops: f64,
}

impl Job {
    fn new(operation: &'static str, image: [usize; 4], pool: &Pool2d) -> Result<Self> {
        let [n, c, h, w] = image;
        let ([oh, ow], [top, bottom, left, right]) = pool.resolve(operation, [h, w])?;
        let pooled = [n, c, oh, ow];
        let word = |value| to_u32(operation, value);
        let pair = |[a, b]: [usize; 2]| Ok::<_, crate::Error>([word(a)?, word(b)?]);
        word(image.iter().product())?;
        word(pooled.iter().product())?;
        let params = Params {
            planes: word(n * c)?,
            input: pair([h, w])?,
            output: pair([oh, ow])?,
            kernel: pair(pool.kernel)?,
            stride: pair(pool.stride)?,
            top: word(top)?,
            left: word(left)?,
        };
        let two = pool.kernel == [2, 2] && pool.stride == [2, 2] && [top, bottom, left, right] == [0; 4];
        let whole = h.is_multiple_of(2) && w.is_multiple_of(8);
        let count = n * c * oh * ow / 4;
        let fast = if two && whole { Some(FastParams { count: word(count)?, ow4: word(ow / 4)? }) } else { None };
        let flops = (n * c * oh * ow * pool.kernel[0] * pool.kernel[1]) as f64;
        Ok(Self { params, fast, pooled, flops })
    }
}

/// Checks that `tensors` are as `image` or as `pooled`, and pools their planes: `fast` where it is admitted and there, else `general`
/// with an invocation for each element of the last tensor. Planes that one binding cannot hold are done in parts.
fn pool2d(
    rec: &mut Recorder,
    (general, fast): (&'static Kernel, Option<&'static Kernel>),
    image: [usize; 4],
    pool: &Pool2d,
    tensors: &[(&'static str, &Tensor, Side)],
) -> Result<()> {
    let operation = general.name();
    let [n, c, h, w] = image;
    let whole = Job::new(operation, image, pool)?;
    for (argument, tensor, side) in tensors {
        tensor.shape().expect(operation, argument, if *side == Side::Image { image } else { whole.pooled })?;
    }
    let operands: Vec<_> = tensors.iter().map(|(_, tensor, _)| Operand::Rows(tensor)).collect();
    by_rows(rec, operation, n * c, &operands, |rec, planes, views| {
        let job = Job::new(operation, [planes.len(), 1, h, w], pool)?;
        let views: Vec<_> = views.iter().collect();
        match (&job.fast, fast) {
            (Some(params), Some(fast)) => {
                rec.dispatch(fast, params, &views, Grid::flat(params.count as usize, WG), &[], job.flops)
            }
            _ => {
                let count = views.last().map_or(0, |y| y.len());
                rec.dispatch(general, &job.params, &views, Grid::flat(count, WG), &[], job.flops)
            }
        }
    })
}

/// Which of the two sizes a tensor has.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Side {
    Image,
    Pooled,
}

/// The largest number of each window. NaN counts as larger than every number, as in PyTorch.
///
/// `x` (N,C,H,W) -> `y` (N,C,OH,OW).
///
/// # Errors
/// [`Error::Shape`](crate::Error::Shape) if `y` is not the pooled shape of `x`, [`Error::Argument`](crate::Error::Argument)
/// if the window does not fit `x`.
pub fn max_pool2d(rec: &mut Recorder, x: &Tensor, y: &Tensor, pool: &Pool2d) -> Result<()> {
    let image = x.shape().array("max_pool2d", "x")?;
    pool2d(rec, (&MAX_POOL2D, Some(&MAX_POOL2D_2X2)), image, pool, &[("x", x, Side::Image), ("y", y, Side::Pooled)])
}

/// The same, and which of its window's places each maximum has: counted from 0 in reading order, places in the padding too. A tie
/// goes to the first, and where a window holds NaN, to the last one, both as in PyTorch.
///
/// `x` (N,C,H,W) -> `y`, `places` (N,C,OH,OW).
///
/// # Errors
/// As [`max_pool2d`].
pub fn max_pool2d_places(rec: &mut Recorder, x: &Tensor, y: &Tensor, places: &Tensor, pool: &Pool2d) -> Result<()> {
    let kernels = (&MAX_POOL2D_PLACES, Some(&MAX_POOL2D_2X2_PLACES));
    let image = x.shape().array("max_pool2d_places", "x")?;
    let tensors = [("x", x, Side::Image), ("y", y, Side::Pooled), ("places", places, Side::Pooled)];
    pool2d(rec, kernels, image, pool, &tensors)
}

/// Gradient of [`max_pool2d`] with respect to its input: each window's `dy` goes to its place, as [`max_pool2d_places`] counts.
///
/// `places`, `dy` (N,C,OH,OW) -> `dx` (N,C,H,W), overwritten.
///
/// # Errors
/// As [`max_pool2d`].
pub fn max_pool2d_grad_input(
    rec: &mut Recorder,
    places: &Tensor,
    dy: &Tensor,
    dx: &Tensor,
    pool: &Pool2d,
) -> Result<()> {
    let kernels = (&MAX_POOL2D_GRAD_INPUT, Some(&MAX_POOL2D_2X2_GRAD_INPUT));
    let image = dx.shape().array("max_pool2d_grad_input", "dx")?;
    let tensors = [("places", places, Side::Pooled), ("dy", dy, Side::Pooled), ("dx", dx, Side::Image)];
    pool2d(rec, kernels, image, pool, &tensors)
}

/// What `v` has at each window's place: the transpose of [`max_pool2d_grad_input`], and so its gradient with respect to `dy`.
///
/// `places` (N,C,OH,OW), `v` (N,C,H,W) -> `dy` (N,C,OH,OW).
///
/// # Errors
/// As [`max_pool2d`].
pub fn max_pool2d_gather(rec: &mut Recorder, places: &Tensor, v: &Tensor, dy: &Tensor, pool: &Pool2d) -> Result<()> {
    let image = v.shape().array("max_pool2d_gather", "v")?;
    let tensors = [("places", places, Side::Pooled), ("v", v, Side::Image), ("dy", dy, Side::Pooled)];
    pool2d(rec, (&MAX_POOL2D_GATHER, None), image, pool, &tensors)
}

/// The mean of each window's places in the image.
///
/// `x` (N,C,H,W) -> `y` (N,C,OH,OW).
///
/// # Errors
/// As [`max_pool2d`].
pub fn avg_pool2d(rec: &mut Recorder, x: &Tensor, y: &Tensor, pool: &Pool2d) -> Result<()> {
    let image = x.shape().array("avg_pool2d", "x")?;
    pool2d(rec, (&AVG_POOL2D, None), image, pool, &[("x", x, Side::Image), ("y", y, Side::Pooled)])
}

/// Gradient of [`avg_pool2d`] with respect to its input, of which only the shape matters.
///
/// `dy` (N,C,OH,OW) -> `dx` (N,C,H,W), overwritten. The mean is linear, so [`avg_pool2d`] is this one's gradient.
///
/// # Errors
/// As [`max_pool2d`].
pub fn avg_pool2d_grad_input(rec: &mut Recorder, dy: &Tensor, dx: &Tensor, pool: &Pool2d) -> Result<()> {
    let image = dx.shape().array("avg_pool2d_grad_input", "dx")?;
    pool2d(rec, (&AVG_POOL2D_GRAD_INPUT, None), image, pool, &[("dy", dy, Side::Pooled), ("dx", dx, Side::Image)])
}

static MAX_POOL2D: Kernel = kernel!("nn/max_pool2d", Params, [Read, Write]);
static MAX_POOL2D_2X2: Kernel = kernel!("nn/max_pool2d_2x2", FastParams, [Read, Write]);
static MAX_POOL2D_PLACES: Kernel = kernel!("nn/max_pool2d_places", Params, [Read, Write, Write]);
static MAX_POOL2D_2X2_PLACES: Kernel = kernel!("nn/max_pool2d_2x2_places", FastParams, [Read, Write, Write]);
static MAX_POOL2D_GRAD_INPUT: Kernel = kernel!("nn/max_pool2d_grad_input", Params, [Read, Read, Write]);
static MAX_POOL2D_2X2_GRAD_INPUT: Kernel = kernel!("nn/max_pool2d_2x2_grad_input", FastParams, [Read, Read, Write]);
static MAX_POOL2D_GATHER: Kernel = kernel!("nn/max_pool2d_gather", Params, [Read, Read, Write]);
static AVG_POOL2D: Kernel = kernel!("nn/avg_pool2d", Params, [Read, Write]);
static AVG_POOL2D_GRAD_INPUT: Kernel = kernel!("nn/avg_pool2d_grad_input", Params, [Read, Write]);

/// This family's kernels.
pub const KERNELS: &[&Kernel] = &[
    &MAX_POOL2D,
    &MAX_POOL2D_2X2,
    &MAX_POOL2D_PLACES,
    &MAX_POOL2D_2X2_PLACES,
    &MAX_POOL2D_GRAD_INPUT,
    &MAX_POOL2D_2X2_GRAD_INPUT,
    &MAX_POOL2D_GATHER,
    &AVG_POOL2D,
    &AVG_POOL2D_GRAD_INPUT,
];
