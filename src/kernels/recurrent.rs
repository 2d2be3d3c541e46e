//! Elman's cells, gated recurrent units and long short-term memory: a sequence is one dispatch, a long one a few, and its gradient as many.
//!
//! What the input gives to the gates and the gradients of all weights are products over all steps at once; here is only what goes from step
//! to step. Rows of a batch do not see each other, so a workgroup takes four of them, or eight lanes one each, through the whole sequence.

use super::gemm_pack::{Pack, pack};
use super::movement::{Walk, strided_copy};
use super::variants::{Family, Problem, Variant, choose};
use super::{Contents, Scratch, TURNS, take};
use crate::error::Result;
use crate::gpu::{Engine, Grid, Kernel, Recorder, Tensor};
use crate::kernel;
use crate::shape::{RecurrentCell, Shape, to_u32};

/// Units whose weights the lanes of a subgroup load at once.
const PANEL: usize = 32;

/// The scratch tensor that [`rnn`], [`gru`] and [`lstm`] need for `weight` (gates H,H): the weights, turned or packed.
pub fn recurrent_scratch(weight: &Shape) -> Vec<Scratch> {
    vec![packed(weight, 2)]
}

/// The scratch tensor that [`rnn_grad_gates`] needs for `weight` (H,H): the weights, packed or with rows of whole vec4s.
pub fn rnn_grad_gates_scratch(weight: &Shape) -> Vec<Scratch> {
    vec![packed(weight, 1)]
}

/// The scratch tensor that [`gru_grad_gates`] needs for `weight` (3H,H): the weights, packed or with rows of whole vec4s.
pub fn gru_grad_gates_scratch(weight: &Shape) -> Vec<Scratch> {
    vec![packed(weight, 4)]
}

/// The same for [`lstm_grad_gates`] and `weight` (4H,H).
pub fn lstm_grad_gates_scratch(weight: &Shape) -> Vec<Scratch> {
    vec![packed(weight, 3)]
}

/// Weights (gates H,H), the operand of this number, as the kernels read them.
fn packed(weight: &Shape, operand: usize) -> Scratch {
    let [rows, units] = [0, 1].map(|axis| weight.dims()[axis]);
    Scratch { len: rows * units.next_multiple_of(PANEL), contents: Contents::OfOperand(operand) }
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

    fn variant(&self, engine: &Engine, family: Family) -> &'static Variant {
        choose(engine, family, &Problem { rows: self.n, columns: self.units, k: self.steps, ..Problem::default() })
    }

    fn dispatch(
        &self,
        rec: &mut Recorder,
        op: &'static str,
        variant: &Variant,
        tensors: &[&Tensor],
        flops: usize,
        back: bool,
    ) -> Result<()> {
        let Self { steps, n, units } = *self;
        let units4 = units.div_ceil(4);
        let gates = tensors[0].shape().dims()[2] / units;
        // Those of a step; longer sequences are several dispatches.
        let turns = if variant.by_subgroup() {
            units.div_ceil(PANEL) * (gates * units4 + 1) + units4 + 1
        } else {
            gates * (units4 + 4) + 1
        };
        let at_once = (TURNS / turns).max(1);
        let mut firsts: Vec<_> = (0..steps).step_by(at_once).collect();
        if back {
            firsts.reverse();
        }
        for first in firsts {
            let end = steps.min(first + at_once);
            let params = Params {
                steps: to_u32(op, steps)?,
                first: to_u32(op, first)?,
                end: to_u32(op, end)?,
                n: to_u32(op, n)?,
                units: to_u32(op, units)?,
                units4: to_u32(op, units4)?,
            };
            let flops = (flops * (end - first) * n * units) as f64;
            let width = [("WG", units4.next_multiple_of(8) as f64)];
            let constants = if variant.by_subgroup() { &[][..] } else { &width };
            rec.dispatch(variant.kernel, &params, tensors, Grid::groups(n.div_ceil(variant.rows)), constants, flops)?;
        }
        Ok(())
    }

    /// Weights (gates,H,H) for a layer: as (H,gates,H4), where a sum's neighbours lie side by side, or in panels a gate.
    fn forwards(
        &self,
        rec: &mut Recorder,
        variant: &Variant,
        weight: &Tensor,
        to: &Tensor,
        gates: usize,
    ) -> Result<()> {
        let units = self.units;
        if variant.by_subgroup() {
            let shape = Pack { batches: gates, rows: units, k: units, ..Pack::matrix(PANEL) };
            return pack(rec, weight, to, &Pack { by_batch: units * units, by_row: units, by_k: 1, ..shape });
        }
        self.turn(rec, weight, to, gates)
    }

    /// The same for its gradient: as (gates H,H4), or in panels of all gates.
    fn backwards(
        &self,
        rec: &mut Recorder,
        variant: &Variant,
        weight: &Tensor,
        to: &Tensor,
        gates: usize,
    ) -> Result<()> {
        let units = self.units;
        if variant.by_subgroup() {
            let shape = Pack { rows: units, k: gates * units, ..Pack::matrix(PANEL) };
            return pack(rec, weight, to, &Pack { by_row: 1, by_k: units, ..shape });
        }
        self.widen(rec, weight, to, gates)
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

/// A layer of Elman's cells (Elman 1990, in PyTorch's form): `y[t] = tanh(gates[t] + weight y[t-1] + bias)`.
///
/// `inputs` are `[gates, start, weight, bias]`: what the input gives (T,N,H), `y[-1]` (N,H), (H,H), (H); `y` (T,N,H). `scratch` as
/// [`recurrent_scratch`] counts.
///
/// # Errors
/// As [`gru`].
pub fn rnn(rec: &mut Recorder, inputs: [&Tensor; 4], y: &Tensor, scratch: &[Tensor]) -> Result<()> {
    layer(rec, "rnn", (RecurrentCell::Rnn, Family::Rnn), inputs, y, scratch, |units| 2 * units + 6)
}

/// Gradient of [`rnn`] with respect to what its gates are made of, at every step.
///
/// `[y, weight, dy]`: as in [`rnn`]; `d` (T,N,2H): the gradients of the gates (and of the product and the bias), and of `y[t-1]` through all
/// later steps, at the first one that of `start`. `scratch` as [`rnn_grad_gates_scratch`] counts.
///
/// # Errors
/// As [`gru`].
pub fn rnn_grad_gates(rec: &mut Recorder, [y, weight, dy]: [&Tensor; 3], d: &Tensor, scratch: &[Tensor]) -> Result<()> {
    let op = "rnn_grad_gates";
    // Of a cell of one gate y is as long as the gates.
    let extents = Extents::new(op, RecurrentCell::Rnn, y, weight)?;
    let Extents { steps, n, units } = extents;
    dy.shape().expect(op, "dy", y.shape())?;
    d.shape().expect(op, "d", [steps, n, 2 * units])?;
    let [packed] = take(op, scratch, [packed(weight.shape(), 1)])?;
    let variant = extents.variant(rec.engine(), Family::RnnGradGates);
    extents.backwards(rec, variant, weight, &packed, 1)?;
    extents.dispatch(rec, op, variant, &[y, &packed, dy, d], 2 * units + 4, true)
}

/// A layer of gated recurrent units (Cho et al. 2014, in PyTorch's form, where the reset gate comes behind the product):
/// `y[t] = (1 - z) n + z y[t-1]`, `r = s(g_r + u_r)`, `z = s(g_z + u_z)`, `n = tanh(g_n + r u_n)`, `u = weight y[t-1] + bias`.
///
/// `inputs` are `[gates, start, weight, bias]`: what the input gives to r, z and n (T,N,3H), `y[-1]` (N,H), (3H,H), (3H); `y` (T,N,H). `scratch` as
/// [`recurrent_scratch`] counts.
///
/// # Errors
/// [`Error::Shape`](crate::Error::Shape) if a shape does not fit, [`Error::Argument`](crate::Error::Argument) for more than 1,024 units.
pub fn gru(rec: &mut Recorder, inputs: [&Tensor; 4], y: &Tensor, scratch: &[Tensor]) -> Result<()> {
    layer(rec, "gru", (RecurrentCell::Gru, Family::Gru), inputs, y, scratch, |units| 6 * units + 16)
}

/// Gradient of [`gru`] with respect to what its gates are made of, at every step.
///
/// `[gates, hidden, y, start, weight, dy]`: as in [`gru`], `hidden` (T,N,3H) its `u` with the bias; `d` (T,N,5H): the gradients of g_r (and u_r),
/// of g_z (and u_z), of g_n, of u_n, and of `y[t-1]` through all later steps, at the first one that of `start`. `scratch` as
/// [`gru_grad_gates_scratch`] counts.
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
    let [packed] = take(op, scratch, [packed(weight.shape(), 4)])?;
    let variant = extents.variant(rec.engine(), Family::GruGradGates);
    extents.backwards(rec, variant, weight, &packed, 3)?;
    extents.dispatch(rec, op, variant, &[gates, hidden, y, start, &packed, dy, d], 6 * units + 30, true)
}

/// A layer of long short-term memory (Hochreiter & Schmidhuber 1997, with the forget gate of Gers et al. 2000):
/// `h[t] = o tanh(c[t])`, `c[t] = f c[t-1] + i g`, where i, f and o are `s` and g is `tanh` of `gates + weight h[t-1] + bias`.
///
/// `inputs` are `[gates, start, weight, bias]`: what the input gives to i, f, g and o (T,N,4H), `h[-1]` and `c[-1]` (N,2H), (4H,H), (4H); `y` (T,N,2H): h and c.
/// `scratch` as [`recurrent_scratch`] counts.
///
/// # Errors
/// As [`gru`].
pub fn lstm(rec: &mut Recorder, inputs: [&Tensor; 4], y: &Tensor, scratch: &[Tensor]) -> Result<()> {
    layer(rec, "lstm", (RecurrentCell::Lstm, Family::Lstm), inputs, y, scratch, |units| 8 * units + 24)
}

/// A layer of any cell; `flops` of a unit in a step.
fn layer(
    rec: &mut Recorder,
    op: &'static str,
    (cell, family): (RecurrentCell, Family),
    [gates, start, weight, bias]: [&Tensor; 4],
    y: &Tensor,
    scratch: &[Tensor],
    flops: impl Fn(usize) -> usize,
) -> Result<()> {
    let extents = Extents::new(op, cell, gates, weight)?;
    let Extents { steps, n, units } = extents;
    start.shape().expect(op, "start", [n, cell.state() * units])?;
    bias.shape().expect(op, "bias", [cell.gates() * units])?;
    y.shape().expect(op, "y", [steps, n, cell.state() * units])?;
    let [packed] = take(op, scratch, [packed(weight.shape(), 2)])?;
    let variant = extents.variant(rec.engine(), family);
    extents.forwards(rec, variant, weight, &packed, cell.gates())?;
    extents.dispatch(rec, op, variant, &[gates, start, &packed, bias, y], flops(units), false)
}

/// Gradient of [`lstm`] with respect to what its gates are made of, at every step.
///
/// `[gates, y, start, weight, dy]`: `gates` (T,N,4H) are now all that goes into the gates, with the product and the bias; else as in [`lstm`].
/// `d` (T,N,6H): the gradients of i, f, g and o before their functions, and of `h[t-1]` and `c[t-1]` through all later steps, at the
/// first one those of `start`. `scratch` as [`lstm_grad_gates_scratch`] counts.
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
    let [packed] = take(op, scratch, [packed(weight.shape(), 3)])?;
    let variant = extents.variant(rec.engine(), Family::LstmGradGates);
    extents.backwards(rec, variant, weight, &packed, 4)?;
    extents.dispatch(rec, op, variant, &[gates, y, start, &packed, dy, d], 8 * units + 40, true)
}

#[repr(C)]
#[derive(Clone, Copy, bytemuck::Pod, bytemuck::Zeroable)]
struct Params {
    steps: u32,
    first: u32,
    end: u32,
    n: u32,
    units: u32,
    units4: u32,
}

const SUBGROUP: wgpu::Features = wgpu::Features::SUBGROUP;

pub(super) static RNN: Kernel = kernel!("nn/rnn", Params, [Read, Read, Read, Read, Write]);
pub(super) static RNN_CPU: Kernel = kernel!("nn/rnn_cpu", Params, [Read, Read, Read, Read, Write], features: SUBGROUP);
pub(super) static RNN_GRAD_GATES: Kernel = kernel!("nn/rnn_grad_gates", Params, [Read, Read, Read, Write]);
pub(super) static RNN_GRAD_GATES_CPU: Kernel =
    kernel!("nn/rnn_grad_gates_cpu", Params, [Read, Read, Read, Write], features: SUBGROUP);
pub(super) static GRU: Kernel = kernel!("nn/gru", Params, [Read, Read, Read, Read, Write]);
pub(super) static GRU_CPU: Kernel = kernel!("nn/gru_cpu", Params, [Read, Read, Read, Read, Write], features: SUBGROUP);
pub(super) static GRU_GRAD_GATES: Kernel =
    kernel!("nn/gru_grad_gates", Params, [Read, Read, Read, Read, Read, Read, Write]);
pub(super) static GRU_GRAD_GATES_CPU: Kernel =
    kernel!("nn/gru_grad_gates_cpu", Params, [Read, Read, Read, Read, Read, Read, Write], features: SUBGROUP);
pub(super) static LSTM: Kernel = kernel!("nn/lstm", Params, [Read, Read, Read, Read, Write]);
pub(super) static LSTM_CPU: Kernel =
    kernel!("nn/lstm_cpu", Params, [Read, Read, Read, Read, Write], features: SUBGROUP);
pub(super) static LSTM_GRAD_GATES: Kernel =
    kernel!("nn/lstm_grad_gates", Params, [Read, Read, Read, Read, Read, Write]);
pub(super) static LSTM_GRAD_GATES_CPU: Kernel =
    kernel!("nn/lstm_grad_gates_cpu", Params, [Read, Read, Read, Read, Read, Write], features: SUBGROUP);

/// The family's kernels.
pub const KERNELS: &[&Kernel] = &[
    &RNN,
    &RNN_CPU,
    &RNN_GRAD_GATES,
    &RNN_GRAD_GATES_CPU,
    &GRU,
    &GRU_CPU,
    &GRU_GRAD_GATES,
    &GRU_GRAD_GATES_CPU,
    &LSTM,
    &LSTM_CPU,
    &LSTM_GRAD_GATES,
    &LSTM_GRAD_GATES_CPU,
];
