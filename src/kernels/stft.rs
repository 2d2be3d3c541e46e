//! Short-time Fourier transforms of real signals.

use bytemuck::{Pod, Zeroable};

use super::stft_table::{points, stft_table_len};
use super::variants::{Family, Problem, Reads, Variant, choose};
use super::{Scratch, WG, flag, take};
use crate::error::{Error, Result};
use crate::gpu::{Grid, Kernel, Recorder, Tensor};
use crate::kernel;
use crate::shape::{Stft, StftPadding, to_u32};

/// Frames that eight lanes transform one after the other.
const LANE_FRAMES: usize = 8;

/// `FrameParams` of `shaders/lib/samples.wgsl`.
#[repr(C)]
#[derive(Clone, Copy, Pod, Zeroable)]
struct FrameParams {
    samples: u32,
    n_fft: u32,
    hop: u32,
    start: i32,
    blocks: u32,
    first: u32,
    count: u32,
    batch: u32,
    y_signal: u32,
    y_bin: u32,
    y_frame: u32,
    tail: u32,
}

/// How the numbers of B spectrograms of N rows and T frames lie.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Order {
    /// (B,N,T): frames side by side.
    Rows,
    /// (B,T,N): the rows of a frame side by side.
    Frames,
}

impl Order {
    /// The shape of `batch` spectrograms that lie so.
    pub fn dims(self, batch: usize, rows: usize, frames: usize) -> [usize; 3] {
        match self {
            Self::Rows => [batch, rows, frames],
            Self::Frames => [batch, frames, rows],
        }
    }

    /// Frames, and rows a frame, of a tensor that lies so.
    pub(super) fn of(self, [_, a, b]: [usize; 3]) -> [usize; 2] {
        match self {
            Self::Rows => [b, a],
            Self::Frames => [a, b],
        }
    }

    /// Steps from signal to signal, row to row and frame to frame.
    pub(super) fn steps(self, name: &'static str, dims: [usize; 3]) -> Result<[u32; 3]> {
        let [row, frame] = match self {
            Self::Rows => [dims[2], 1],
            Self::Frames => [1, dims[2]],
        };
        Ok([to_u32(name, dims[1] * dims[2])?, to_u32(name, row)?, to_u32(name, frame)?])
    }
}

/// What windows the frames: `windows` (R,n_fft), `rows` (T words, each frame's row of it), `table` of
/// [`stft_table`](super::stft_table::stft_table).
#[derive(Clone, Copy, Debug)]
pub struct Windows<'a> {
    /// One window a row.
    pub windows: &'a Tensor,
    /// The window of each frame, u32 words below R.
    pub rows: &'a Tensor,
    /// Roots of unity for this `n_fft`.
    pub table: &'a Tensor,
}

/// `y[b,k,t] = sum over n of windows[rows[t],n] x[b, start + t hop + n] exp(-2 pi i k n / n_fft)`.
///
/// `x` (B,L), `rows` (T) -> `y` (B,F,T,2) with F = n_fft / 2 + 1, real and imaginary part last.
///
/// # Errors
/// [`Error::Shape`] if the shapes do not belong together, [`Error::Argument`] for an `n_fft` that is not a power of two from 16
/// to 4096, a hop of 0, or mirrored padding of a single sample.
pub fn stft(rec: &mut Recorder, x: &Tensor, windows: Windows<'_>, y: &Tensor, stft: &Stft) -> Result<()> {
    let [batch, _] = x.shape().array("stft", "x")?;
    y.shape().expect("stft", "y", [batch, stft.n_fft / 2 + 1, windows.rows.len(), 2])?;
    let dims = [batch, stft.n_fft / 2 + 1, windows.rows.len()];
    record(rec, &STFT, None, x, windows, (y, Order::Rows, dims), stft)
}

/// `y[b,k,t] = mean over j < blocks of |X[b, k, t blocks + j]|^2` with X as in [`stft()`].
///
/// `x` (B,L), `rows` (T blocks) -> `y` (B,F,T), or with [`Order::Frames`] (B,T,N) where up to three numbers of a frame may stand
/// behind its F: they become zeros. `blocks` follows from the sizes.
///
/// # Errors
/// As [`stft()`]; [`Error::Shape`] too if `rows` is not a multiple of T.
pub fn stft_power(
    rec: &mut Recorder,
    x: &Tensor,
    windows: Windows<'_>,
    y: &Tensor,
    order: Order,
    stft: &Stft,
) -> Result<()> {
    let name = "stft_power";
    let [batch, _] = x.shape().array(name, "x")?;
    let dims = y.shape().array(name, "y")?;
    let [frames, held] = order.of(dims);
    let bins = stft.n_fft / 2 + 1;
    let room = if order == Order::Frames { 3 } else { 0 };
    let held = held.clamp(bins, bins + room);
    y.shape().expect(name, "y", order.dims(batch, held, frames))?;
    if !windows.rows.len().is_multiple_of(frames.max(1)) {
        let expected = format!("a multiple of {frames} frames");
        return Err(Error::shape(name, "rows", expected, windows.rows.shape()));
    }
    // Whole vec4s of a frame that are written together, if nothing but the transform is asked for.
    let plain = windows.rows.len() == frames && windows.windows.shape().dims().first() == Some(&1);
    let together = if plain && order == Order::Frames && held.is_multiple_of(4) { held } else { 1 };
    let problem = Problem { rows: stft.n_fft, columns: together, ..Problem::default() };
    let lanes =
        Some(choose(rec.engine(), Family::StftPower, &problem)).filter(|variant| variant.reads != Reads::AsTheLast);
    record(rec, &STFT_POWER, lanes, x, windows, (y, order, dims), stft)
}

/// Frames inside the signal go to a dispatch that reads by vec4, of `lanes` where it is there; the others to those of `general` that look
/// at each sample.
fn record(
    rec: &mut Recorder,
    general: &'static Kernel,
    lanes: Option<&'static Variant>,
    x: &Tensor,
    windows: Windows<'_>,
    (y, order, dims): (&Tensor, Order, [usize; 3]),
    stft: &Stft,
) -> Result<()> {
    let name = general.name();
    let [batch, samples] = x.shape().array(name, "x")?;
    let [frames, held] = order.of(dims);
    let [y_signal, y_bin, y_frame] = order.steps(name, dims)?;
    let tail = to_u32(name, held.saturating_sub(stft.n_fft / 2 + 1))?;
    let mut params =
        FrameParams { y_signal, y_bin, y_frame, tail, ..frame_params(name, [batch, samples, frames], windows, stft)? };
    let points = points(name, stft.n_fft)?;
    let blocks = params.blocks as usize;
    let step = stft.hop * blocks;
    let aligned = stft.hop.is_multiple_of(4) && stft.start % 4 == 0 && (batch == 1 || samples.is_multiple_of(4));
    let (low, high) = if stft.n_fft < 256 {
        (frames, frames)
    } else {
        // The last row's frames must not end in the words behind the last whole vec4.
        let readable = (batch * samples / 4 * 4).saturating_sub((batch - 1) * samples) as isize;
        let reach = stft.start + ((blocks - 1) * stft.hop + stft.n_fft) as isize;
        let low = (-stft.start).max(0).cast_unsigned().div_ceil(step).min(frames);
        let high = if readable < reach { 0 } else { (readable - reach).cast_unsigned() / step + 1 };
        (low, high.clamp(low, frames))
    };
    let flops = transform_flops(stft.n_fft) * (batch * blocks) as f64;
    for (range, edge) in [(low..high, false), (0..low, true), (high..frames, true)] {
        if range.is_empty() {
            continue;
        }
        params.first = range.start as u32;
        params.count = range.len() as u32;
        let lanes = lanes.filter(|_| !edge);
        let (kernel, group) = lanes.map_or((general, WG * 32 / points), |lanes| (lanes.kernel, LANE_FRAMES));
        let mut constants =
            vec![("POINTS", points as f64), ("FRAMES", group as f64), ("ALIGNED", flag(aligned && !edge))];
        let Windows { windows: window, rows, table } = windows;
        let tensors = match lanes.map(|lanes| lanes.reads) {
            Some(Reads::FramesAlike) => {
                constants.push(("SLIDE", if batch == 1 { slide(stft) as f64 } else { 0.0 }));
                vec![x, window, table, y]
            }
            Some(_) => {
                constants.push(("ALIKE", flag(window.shape().dims()[0] == 1)));
                vec![x, window, rows, table, y]
            }
            None => {
                constants.push(("STRETCH", (2 * points / stft.n_fft) as f64));
                constants.push(("EDGE", flag(edge)));
                constants.push(("REFLECT", flag(edge && stft.padding == StftPadding::Reflect)));
                // A signal may be shorter than a vec4; at the edges that view is not read.
                vec![x, if edge { window } else { x }, window, rows, table, y]
            }
        };
        if blocks > 1 {
            constants.push(("BLOCKED", 1.0));
        }
        let grid = Grid::flat(batch * range.len(), group);
        rec.dispatch(kernel, &params, &tensors, grid, &constants, flops * range.len() as f64)?;
    }
    Ok(())
}

/// Of the eight rows that a lane holds of a frame, how many the next frame does not hold too; 0 where rows do not lie on rows.
fn slide(stft: &Stft) -> usize {
    let row = stft.n_fft / 8;
    if [1, 2, 4].map(|rows| rows * row).contains(&stft.hop) { stft.hop / row } else { 0 }
}

fn frame_params(
    name: &'static str,
    [batch, samples, frames]: [usize; 3],
    windows: Windows<'_>,
    stft: &Stft,
) -> Result<FrameParams> {
    stft.check(name, samples)?;
    let Windows { windows, rows, table } = windows;
    let n_fft = stft.n_fft;
    table.shape().expect(name, "table", [stft_table_len(n_fft)?])?;
    let [kinds, _] = windows.shape().array(name, "windows")?;
    windows.shape().expect(name, "windows", [kinds, n_fft])?;
    let end = stft.start.unsigned_abs() + rows.len() * stft.hop + n_fft;
    if i32::try_from((batch * samples).max(end)).is_err() {
        let problem = format!("{batch} signals of {samples} samples are more than a shader can index");
        return Err(Error::Argument { operation: name, problem });
    }
    Ok(FrameParams {
        samples: to_u32(name, samples)?,
        n_fft: to_u32(name, n_fft)?,
        hop: to_u32(name, stft.hop)?,
        start: stft.start as i32,
        blocks: to_u32(name, rows.len() / frames.max(1))?,
        first: 0,
        count: to_u32(name, frames)?,
        batch: to_u32(name, batch)?,
        ..FrameParams::zeroed()
    })
}

#[repr(C)]
#[derive(Clone, Copy, Pod, Zeroable)]
struct SpectrumParams {
    frames: u32,
    n_fft: u32,
    batch: u32,
}

#[repr(C)]
#[derive(Clone, Copy, Pod, Zeroable)]
struct OverlapParams {
    samples: u32,
    frames: u32,
    n_fft: u32,
    hop: u32,
    start: i32,
    batch: u32,
}

/// The scratch tensor of [`stft_grad_input`]: the samples of each frame before they are added up.
pub fn stft_grad_input_scratch(batch: usize, frames: usize, n_fft: usize) -> Vec<Scratch> {
    vec![samples_of_frames(batch, frames, n_fft)]
}

fn samples_of_frames(batch: usize, frames: usize, n_fft: usize) -> Scratch {
    Scratch::of_run(batch * frames * n_fft)
}

/// Gradient of [`stft()`] with respect to its input, the transpose of that linear map:
/// `dx[b,l] = sum over t, n that read sample l, over k, of windows[rows[t],n] Re(dy[b,k,t] exp(2 pi i k n / n_fft))`.
///
/// `dy` (B,F,T,2) -> `dx` (B,L). `scratch` as [`stft_grad_input_scratch`] counts. The gradient of this is [`stft()`] itself.
///
/// # Errors
/// As [`stft()`].
pub fn stft_grad_input(
    rec: &mut Recorder,
    dy: &Tensor,
    windows: Windows<'_>,
    dx: &Tensor,
    stft: &Stft,
    scratch: &[Tensor],
) -> Result<()> {
    let name = "stft_grad_input";
    let [batch, samples] = dx.shape().array(name, "dx")?;
    let frames = windows.rows.len();
    dy.shape().expect(name, "dy", [batch, stft.n_fft / 2 + 1, frames, 2])?;
    let [by_frames] = take(name, scratch, [samples_of_frames(batch, frames, stft.n_fft)])?;
    let FrameParams { samples: length, count: frames, n_fft, hop, start, batch: signals, .. } =
        frame_params(name, [batch, samples, frames], windows, stft)?;
    let points = points(name, stft.n_fft)?;
    let group = WG * 32 / points;
    let constants =
        [("POINTS", points as f64), ("FRAMES", group as f64), ("STRETCH", (2 * points / stft.n_fft) as f64)];
    let params = SpectrumParams { frames, n_fft, batch: signals };
    let count = batch * windows.rows.len();
    let flops = transform_flops(stft.n_fft) * count as f64;
    let tensors = [dy, windows.windows, windows.rows, windows.table, &by_frames];
    rec.dispatch(&STFT_GRAD_INPUT_FRAMES, &params, &tensors, Grid::flat(count, group), &constants, flops)?;
    let params = OverlapParams { samples: length, frames, n_fft, hop, start, batch: signals };
    let reflect = flag(stft.padding == StftPadding::Reflect);
    let grid = Grid::flat(batch * samples, WG);
    let flops = by_frames.len() as f64;
    rec.dispatch(&STFT_GRAD_INPUT_OVERLAP, &params, &[&by_frames, dx], grid, &[("REFLECT", reflect)], flops)
}

/// Of a real transform of `n_fft` samples.
fn transform_flops(n_fft: usize) -> f64 {
    2.5 * n_fft as f64 * (n_fft as f64).log2()
}

static STFT: Kernel = kernel!("signal/stft", FrameParams, [Read, Read, Read, Read, Read, Write]);
pub(super) static STFT_POWER: Kernel = kernel!("signal/stft_power", FrameParams, [Read, Read, Read, Read, Read, Write]);
pub(super) static STFT_POWER_CPU: Kernel = kernel!(
    "signal/stft_power_cpu",
    FrameParams,
    [Read, Read, Read, Read, Write],
    features: wgpu::Features::SUBGROUP
);
pub(super) static STFT_POWER_ROWS_CPU: Kernel = kernel!(
    "signal/stft_power_rows_cpu",
    FrameParams,
    [Read, Read, Read, Write],
    features: wgpu::Features::SUBGROUP
);
static STFT_GRAD_INPUT_FRAMES: Kernel =
    kernel!("signal/stft_grad_input_frames", SpectrumParams, [Read, Read, Read, Read, Write]);
static STFT_GRAD_INPUT_OVERLAP: Kernel = kernel!("signal/stft_grad_input_overlap", OverlapParams, [Read, Write]);

/// The kernels of this file.
pub const KERNELS: &[&Kernel] =
    &[&STFT, &STFT_POWER, &STFT_POWER_CPU, &STFT_POWER_ROWS_CPU, &STFT_GRAD_INPUT_FRAMES, &STFT_GRAD_INPUT_OVERLAP];
