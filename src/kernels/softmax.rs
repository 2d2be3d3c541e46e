//! Softmax along the last axis, and cross-entropy straight from logits.

use bytemuck::{Pod, Zeroable};

use super::parts::{Operand, by_rows};
use crate::error::{Error, Result};
use crate::gpu::{AdapterKind, Grid, Kernel, Recorder, Tensor};
use crate::kernel;
use crate::shape::to_u32;

#[repr(C)]
#[derive(Clone, Copy, Pod, Zeroable)]
struct Params {
    rows: u32,
    n: u32,
}

/// A workgroup for each row; short rows take small groups, and on a processor, whose eight lanes need not wait for each other, all but long
/// ones. Rows that one binding cannot hold are done in parts.
fn dispatch(
    rec: &mut Recorder,
    kernel: &'static Kernel,
    tensors: &[&Tensor],
    [rows, n]: [usize; 2],
    flops: usize,
) -> Result<()> {
    let width = match n {
        0..=32 => 8.0,
        33..=4096 if rec.engine().kind() == AdapterKind::Cpu => 8.0,
        33..=4096 => 64.0,
        _ => 256.0,
    };
    let operands: Vec<_> = tensors.iter().map(|&tensor| Operand::Rows(tensor)).collect();
    by_rows(rec, kernel.name(), rows, &operands, |rec, part, views| {
        to_u32(kernel.name(), part.len() * n)?;
        let params = Params { rows: to_u32(kernel.name(), part.len())?, n: to_u32(kernel.name(), n)? };
        let views: Vec<_> = views.iter().collect();
        let flops = (flops * part.len() * n) as f64;
        rec.dispatch(kernel, &params, &views, Grid::groups(part.len()), &[("WG", width)], flops)
    })
}

/// `[rows, length of the last axis]`.
fn rows(operation: &'static str, argument: &'static str, x: &Tensor) -> Result<[usize; 2]> {
    match x.shape().dims().last() {
        Some(&n) => Ok([x.len() / n, n]),
        None => Err(Error::shape(operation, argument, "at least one axis", x.shape())),
    }
}

/// `y[…,k] = exp(x[…,k]) / sum over j of exp(x[…,j])`, computed without overflow.
///
/// `x` (…,N) -> `y`, as large. A row with NaN, or whose maximum is infinite, becomes NaN, as in PyTorch. The
/// terms of a row are split among 8, 64 or 256 invocations, so that none adds more than 512 of them, or N / 256 of a long row.
///
/// # Errors
/// [`Error::Shape`] if the shapes differ or there is no axis.
pub fn softmax(rec: &mut Recorder, x: &Tensor, y: &Tensor) -> Result<()> {
    y.shape().expect("softmax", "y", x.shape())?;
    dispatch(rec, &SOFTMAX, &[x, y], rows("softmax", "x", x)?, 5)
}

/// `y[…,k] = x[…,k] - log(sum over j of exp(x[…,j]))`, computed without overflow.
///
/// `x` (…,N) -> `y`, as large. NaN and infinity as in [`softmax`].
///
/// # Errors
/// [`Error::Shape`] if the shapes differ or there is no axis.
pub fn log_softmax(rec: &mut Recorder, x: &Tensor, y: &Tensor) -> Result<()> {
    y.shape().expect("log_softmax", "y", x.shape())?;
    dispatch(rec, &LOG_SOFTMAX, &[x, y], rows("log_softmax", "x", x)?, 5)
}

/// Gradient of [`softmax`] with respect to its input, from its output:
/// `dx[…,k] = y[…,k] (dy[…,k] - sum over j of dy[…,j] y[…,j])`.
///
/// `y`, `dy` (…,N) -> `dx`, as large.
///
/// # Errors
/// [`Error::Shape`] if the shapes differ or there is no axis.
pub fn softmax_grad_input(rec: &mut Recorder, y: &Tensor, dy: &Tensor, dx: &Tensor) -> Result<()> {
    dy.shape().expect("softmax_grad_input", "dy", y.shape())?;
    dx.shape().expect("softmax_grad_input", "dx", y.shape())?;
    dispatch(rec, &SOFTMAX_GRAD_INPUT, &[y, dy, dx], rows("softmax_grad_input", "y", y)?, 4)
}

/// Cross-entropy of each row: `loss[r] = sum over k of targets[r,k] (log(sum over j of exp(logits[r,j])) - logits[r,k])`.
///
/// `logits`, `targets` (N,K) -> `loss` (N). Targets are probabilities; they need not add up to 1.
///
/// # Errors
/// [`Error::Shape`] if the shapes do not fit each other.
pub fn cross_entropy(rec: &mut Recorder, logits: &Tensor, targets: &Tensor, loss: &Tensor) -> Result<()> {
    let [n, _] = logits.shape().array("cross_entropy", "logits")?;
    targets.shape().expect("cross_entropy", "targets", logits.shape())?;
    loss.shape().expect("cross_entropy", "loss", [n])?;
    let rows = rows("cross_entropy", "logits", logits)?;
    dispatch(rec, &CROSS_ENTROPY, &[logits, targets, loss], rows, 7)
}

/// Gradient of [`cross_entropy`] with respect to the logits:
/// `dlogits[r,k] = dloss[r] (softmax(logits[r])[k] sum over j of targets[r,j] - targets[r,k])`.
///
/// `logits`, `targets` (N,K), `dloss` (N) -> `dlogits` (N,K).
///
/// # Errors
/// [`Error::Shape`] if the shapes do not fit each other.
pub fn cross_entropy_grad_logits(
    rec: &mut Recorder,
    logits: &Tensor,
    targets: &Tensor,
    dloss: &Tensor,
    dlogits: &Tensor,
) -> Result<()> {
    let [n, _] = logits.shape().array("cross_entropy_grad_logits", "logits")?;
    targets.shape().expect("cross_entropy_grad_logits", "targets", logits.shape())?;
    dloss.shape().expect("cross_entropy_grad_logits", "dloss", [n])?;
    dlogits.shape().expect("cross_entropy_grad_logits", "dlogits", logits.shape())?;
    let rows = rows("cross_entropy_grad_logits", "logits", logits)?;
    dispatch(rec, &CROSS_ENTROPY_GRAD_LOGITS, &[logits, targets, dloss, dlogits], rows, 9)
}

static SOFTMAX: Kernel = kernel!("nn/softmax", Params, [Read, Write]);
static LOG_SOFTMAX: Kernel = kernel!("nn/log_softmax", Params, [Read, Write]);
static SOFTMAX_GRAD_INPUT: Kernel = kernel!("nn/softmax_grad_input", Params, [Read, Read, Write]);
static CROSS_ENTROPY: Kernel = kernel!("nn/cross_entropy", Params, [Read, Read, Write]);
static CROSS_ENTROPY_GRAD_LOGITS: Kernel = kernel!("nn/cross_entropy_grad_logits", Params, [Read, Read, Read, Write]);

/// This family's kernels.
pub const KERNELS: &[&Kernel] =
    &[&SOFTMAX, &LOG_SOFTMAX, &SOFTMAX_GRAD_INPUT, &CROSS_ENTROPY, &CROSS_ENTROPY_GRAD_LOGITS];
