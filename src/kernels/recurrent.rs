//! Gated recurrent units and long short-term memory: a sequence is one dispatch, and its gradient another.
//!
//! What the input gives to the gates and the gradients of all weights are products over all steps at once; here is only what goes from step
//! to step. Rows of a batch do not see each other, so a workgroup takes four of them through the whole sequence.

use super::Contents;
use super::gemm::take;
use super::movement::{Walk, strided_copy};
use crate::error::Result;
use crate::gpu::{Grid, Kernel, Recorder, Tensor};
use crate::kernel;
use crate::shape::{RecurrentCell, Shape, to_u32};

/// Rows of the batch that a workgroup takes.
const ROWS: usize = 4;

/// What the scratch tensor of each function here holds: the weights, turned or with rows of whole vec4s.
pub const RECURRENT_SCRATCH: [Contents; 1] = [Contents::OfOperand(2)];
/// The same for the gradients of [`gru`] and of [`lstm`].
pub const GRU_GRAD_SCRATCH: [Contents; 1] = [Contents::OfOperand(4)];
/// See [`GRU_GRAD_SCRATCH`].
pub const LSTM_GRAD_SCRATCH: [Contents; 1] = [Contents::OfOperand(3)];

/// Elements of the scratch tensor that each function here needs for `weight` (gates H,H).
pub fn recurrent_scratch(weight: &Shape) -> Vec<usize> {
    let [rows, units] = [0, 1].map(|axis| weight.dims()[axis]);
    vec![rows * units.next_multiple_of(4)]
}

/// Steps, rows of the batch and units of a sequence.
#[derive(Clone, Copy, Debug)]
struct Extents {
    steps: usize,
    n: usize,
    units: usize,
}

impl Extents {
    /// Of gates (T,N,gates H) and weights (gates H,H).
    fn new(op: &'static str, cell: RecurrentCell, gates: &Tensor, weight: &Tensor) -> Result<Self> {
        let [steps, n, all] = gates.shape().array(op, "gates")?;
        let units = cell.units(op, all)?;
        weight.shape().expect(op, "weight", [all, units])?;
        Ok(Self { steps, n, units })
    }

    fn dispatch(&self, rec: &mut Recorder, kernel: &'static Kernel, tensors: &[&Tensor], flops: usize) -> Result<()> {
        let Self { steps, n, units } = *self;
        let op = kernel.name();
        let units4 = units.div_ceil(4);
        let params = Params {
            steps: to_u32(op, steps)?,
            n: to_u32(op, n)?,
            units: to_u32(op, units)?,
            units4: to_u32(op, units4)?,
        };
        let width = units4.next_multiple_of(8) as f64;
        let flops = (flops * steps * n * units) as f64;
        rec.dispatch(kernel, &params, tensors, Grid::groups(n.div_ceil(ROWS)), &[("WG", width)], flops)
    }

    /// Weights (gates,H,H) as (H,gates,H4), where a sum's neighbours lie side by side.
    fn turn(&self, rec: &mut Recorder, weight: &Tensor, to: &Tensor, gates: usize) -> Result<()> {
        let (units, wide) = (self.units, self.units.next_multiple_of(4));
        let from = Walk { offset: 0, strides: vec![1, units * units, units] };
        let into = Walk { offset: 0, strides: vec![gates * wide, wide, 1] };
        strided_copy(rec, weight, &from, to, &into, &[units, gates, units])
    }

    /// Weights (gates H,H) as (gates H,H4).
    fn widen(&self, rec: &mut Recorder, weight: &Tensor, to: &Tensor, gates: usize) -> Result<()> {
        let (units, wide) = (self.units, self.units.next_multiple_of(4));
        let from = Walk { offset: 0, strides: vec![units, 1] };
        let into = Walk { offset: 0, strides: vec![wide, 1] };
        strided_copy(rec, weight, &from, to, &into, &[gates * units, units])
    }
}

/// A layer of gated recurrent units (Cho et al. 2014, in PyTorch's form, where the reset gate comes behind the product):
/// `y[t] = (1 - z) n + z y[t-1]`, `r = s(g_r + u_r)`, `z = s(g_z + u_z)`, `n = tanh(g_n + r u_n)`, `u = weight y[t-1] + bias`.
///
/// `[gates, start, weight, bias]`: what the input gives to r, z and n (T,N,3H), `y[-1]` (N,H), (3H,H), (3H); `y` (T,N,H). `scratch` as
/// [`recurrent_scratch`] counts.
///
/// # Errors
/// [`Error::Shape`](crate::Error::Shape) if a shape does not fit, [`Error::Argument`](crate::Error::Argument) for more than 1,024 units.
pub fn gru(
    rec: &mut Recorder,
    [gates, start, weight, bias]: [&Tensor; 4],
    y: &Tensor,
    scratch: &[Tensor],
) -> Result<()> {
    let extents = Extents::new("gru", RecurrentCell::Gru, gates, weight)?;
    let Extents { steps, n, units } = extents;
    start.shape().expect("gru", "start", [n, units])?;
    bias.shape().expect("gru", "bias", [3 * units])?;
    y.shape().expect("gru", "y", [steps, n, units])?;
    let [turned] = take("gru", scratch, [recurrent_scratch(weight.shape())[0]])?;
    extents.turn(rec, weight, &turned, 3)?;
    extents.dispatch(rec, &GRU, &[gates, start, &turned, bias, y], 6 * units + 16)
}

/// Gradient of [`gru`] with respect to what its gates are made of, at every step.
///
/// `[gates, hidden, y, start, weight, dy]`: as in [`gru`], `hidden` (T,N,3H) its `u` with the bias; `d` (T,N,5H): the gradients of g_r (and u_r),
/// of g_z (and u_z), of g_n, of u_n, and of `y[t-1]` through all later steps, at the first one that of `start`. `scratch` as
/// [`recurrent_scratch`] counts.
///
/// # Errors
/// As [`gru`].
pub fn gru_grad_gates(
    rec: &mut Recorder,
    [gates, hidden, y, start, weight, dy]: [&Tensor; 6],
    d: &Tensor,
    scratch: &[Tensor],
) -> Result<()> {
    let op = "gru_grad_gates";
    let extents = Extents::new(op, RecurrentCell::Gru, gates, weight)?;
    let Extents { steps, n, units } = extents;
    hidden.shape().expect(op, "hidden", gates.shape())?;
    y.shape().expect(op, "y", [steps, n, units])?;
    start.shape().expect(op, "start", [n, units])?;
    dy.shape().expect(op, "dy", y.shape())?;
    d.shape().expect(op, "d", [steps, n, 5 * units])?;
    let [wide] = take(op, scratch, [recurrent_scratch(weight.shape())[0]])?;
    extents.widen(rec, weight, &wide, 3)?;
    extents.dispatch(rec, &GRU_GRAD_GATES, &[gates, hidden, y, start, &wide, dy, d], 6 * units + 30)
}

/// A layer of long short-term memory (Hochreiter & Schmidhuber 1997, with the forget gate of Gers et al. 2000):
/// `h[t] = o tanh(c[t])`, `c[t] = f c[t-1] + i g`, where i, f and o are `s` and g is `tanh` of `gates + weight h[t-1] + bias`.
///
/// `[gates, start, weight, bias]`: what the input gives to i, f, g and o (T,N,4H), `h[-1]` and `c[-1]` (N,2H), (4H,H), (4H); `y` (T,N,2H): h and c.
/// `scratch` as [`recurrent_scratch`] counts.
///
/// # Errors
/// As [`gru`].
pub fn lstm(
    rec: &mut Recorder,
    [gates, start, weight, bias]: [&Tensor; 4],
    y: &Tensor,
    scratch: &[Tensor],
) -> Result<()> {
    let extents = Extents::new("lstm", RecurrentCell::Lstm, gates, weight)?;
    let Extents { steps, n, units } = extents;
    start.shape().expect("lstm", "start", [n, 2 * units])?;
    bias.shape().expect("lstm", "bias", [4 * units])?;
    y.shape().expect("lstm", "y", [steps, n, 2 * units])?;
    let [turned] = take("lstm", scratch, [recurrent_scratch(weight.shape())[0]])?;
    extents.turn(rec, weight, &turned, 4)?;
    extents.dispatch(rec, &LSTM, &[gates, start, &turned, bias, y], 8 * units + 24)
}

/// Gradient of [`lstm`] with respect to what its gates are made of, at every step.
///
/// `[gates, y, start, weight, dy]`: `gates` (T,N,4H) are now all that goes into the gates, with the product and the bias; else as in [`lstm`].
/// `d` (T,N,6H): the gradients of i, f, g and o before their functions, and of `h[t-1]` and `c[t-1]` through all later steps, at the
/// first one those of `start`. `scratch` as [`recurrent_scratch`] counts.
///
/// # Errors
/// As [`gru`].
pub fn lstm_grad_gates(
    rec: &mut Recorder,
    [gates, y, start, weight, dy]: [&Tensor; 5],
    d: &Tensor,
    scratch: &[Tensor],
) -> Result<()> {
    let op = "lstm_grad_gates";
    let extents = Extents::new(op, RecurrentCell::Lstm, gates, weight)?;
    let Extents { steps, n, units } = extents;
    y.shape().expect(op, "y", [steps, n, 2 * units])?;
    start.shape().expect(op, "start", [n, 2 * units])?;
    dy.shape().expect(op, "dy", y.shape())?;
    d.shape().expect(op, "d", [steps, n, 6 * units])?;
    let [wide] = take(op, scratch, [recurrent_scratch(weight.shape())[0]])?;
    extents.widen(rec, weight, &wide, 4)?;
    extents.dispatch(rec, &LSTM_GRAD_GATES, &[gates, y, start, &wide, dy, d], 8 * units + 40)
}

#[repr(C)]
#[derive(Clone, Copy, bytemuck::Pod, bytemuck::Zeroable)]
struct Params {
    steps: u32,
    n: u32,
    units: u32,
    units4: u32,
}

static GRU: Kernel = kernel!("nn/gru", Params, [Read, Read, Read, Read, Write]);
static GRU_GRAD_GATES: Kernel = kernel!("nn/gru_grad_gates", Params, [Read, Read, Read, Read, Read, Read, Write]);
static LSTM: Kernel = kernel!("nn/lstm", Params, [Read, Read, Read, Read, Write]);
static LSTM_GRAD_GATES: Kernel = kernel!("nn/lstm_grad_gates", Params, [Read, Read, Read, Read, Read, Write]);

/// The family's kernels.
pub const KERNELS: &[&Kernel] = &[&GRU, &GRU_GRAD_GATES, &LSTM, &LSTM_GRAD_GATES];
