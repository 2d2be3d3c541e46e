//! Optimisers: one dispatch changes one weight tensor and what the rule remembers of it, in place.

use bytemuck::{NoUninit, Pod, Zeroable};

use super::WG;
use super::parts::{Operand, by_rows};
use crate::error::{Error, Result};
use crate::gpu::{Grid, Kernel, Recorder, Tensor};
use crate::kernel;
use crate::shape::{Optimiser, to_u32};

const OP: &str = "optimise";

#[repr(C)]
#[derive(Clone, Copy, Pod, Zeroable)]
struct AdamParams {
    count: u32,
    betas: [f32; 2],
    rests: [f32; 2],
    logs: [f32; 2],
    eps: f32,
    decay: f32,
}

#[repr(C)]
#[derive(Clone, Copy, Pod, Zeroable)]
struct RmsPropParams {
    count: u32,
    decay: f32,
    rest: f32,
    eps: f32,
}

#[repr(C)]
#[derive(Clone, Copy, Pod, Zeroable)]
struct MomentumParams {
    plain: RmsPropParams,
    momentum: f32,
}

#[repr(C)]
#[derive(Clone, Copy, Pod, Zeroable)]
struct SgdParams {
    count: u32,
    decay: f32,
}

#[repr(C)]
#[derive(Clone, Copy, Pod, Zeroable)]
struct SgdMomentumParams {
    count: u32,
    momentum: f32,
    decay: f32,
    ahead: u32,
}

/// The tensors of a step, or of a part of it, and how many invocations it takes; each owns `lanes` elements.
struct Job<'a> {
    tensors: &'a [Tensor],
    count: u32,
    lanes: usize,
}

impl Job<'_> {
    fn dispatch<P: NoUninit>(
        &self,
        rec: &mut Recorder,
        [scalar, vec4]: [&'static Kernel; 2],
        params: &P,
        flops: usize,
    ) -> Result<()> {
        let kernel = if self.lanes == 4 { vec4 } else { scalar };
        let count = self.count as usize;
        rec.dispatch(
            kernel,
            params,
            &self.tensors.iter().collect::<Vec<_>>(),
            Grid::flat(count, WG),
            &[],
            (flops * count * self.lanes) as f64,
        )
    }
}

/// Moves `w` along its `gradient` by an optimiser's rule, and updates the rule's `slots` (in the order of
/// [`Optimiser::slots`]), all of one shape.
///
/// `words` (8) holds what changes from run to run of a recording: the learning rate, the step's number from 1, and a
/// number that scales all gradients; the others are not read. The slots' initial values, too, are those of
/// [`Optimiser::slots`]: TensorFlow 1's RMSProp starts its mean square at one.
///
/// # Errors
/// [`Error::Shape`] if a shape or the number of slots does not fit, [`Error::Argument`] if a decay is not in [0, 1).
pub fn optimise(
    rec: &mut Recorder,
    optimiser: Optimiser,
    w: &Tensor,
    gradient: &Tensor,
    slots: &[Tensor],
    words: &Tensor,
) -> Result<()> {
    words.shape().expect(OP, "words", [8])?;
    gradient.shape().expect(OP, "gradient", w.shape())?;
    slots.iter().try_for_each(|slot| slot.shape().expect(OP, "slot", w.shape()))?;
    if slots.len() != optimiser.slots().len() {
        return Err(Error::shape(OP, "slots", format_args!("{} tensors", optimiser.slots().len()), slots.len()));
    }
    let others = slots.iter().map(Operand::Rows);
    let operands = [Operand::Rows(gradient), Operand::Whole(words), Operand::Rows(w)].into_iter().chain(others);
    by_rows(rec, OP, w.len(), &operands.collect::<Vec<_>>(), |rec, part, tensors| {
        step(rec, optimiser, part.len(), tensors)
    })
}

/// The step of `len` weights that lie in a row.
fn step(rec: &mut Recorder, optimiser: Optimiser, len: usize, tensors: &[Tensor]) -> Result<()> {
    let lanes = if len.is_multiple_of(4) { 4 } else { 1 };
    let count = to_u32(OP, len / lanes)?;
    let job = Job { tensors, count, lanes };
    match optimiser {
        Optimiser::Adam { beta1, beta2, eps } => {
            job.dispatch(rec, [&ADAM, &ADAM_VEC4], &adam(count, [beta1, beta2], eps, 0.0)?, 16)
        }
        Optimiser::AdamW { beta1, beta2, eps, weight_decay } => {
            job.dispatch(rec, [&ADAM, &ADAM_VEC4], &adam(count, [beta1, beta2], eps, weight_decay)?, 16)
        }
        Optimiser::RmsProp { decay, momentum, eps } => {
            let plain = RmsPropParams { count, decay: checked("decay", decay)?, rest: rest(decay), eps };
            if momentum == 0.0 {
                return job.dispatch(rec, [&RMSPROP, &RMSPROP_VEC4], &plain, 9);
            }
            let params = MomentumParams { plain, momentum };
            job.dispatch(rec, [&RMSPROP_MOMENTUM, &RMSPROP_MOMENTUM_VEC4], &params, 11)
        }
        Optimiser::Sgd { momentum: 0.0, weight_decay: decay, .. } => {
            job.dispatch(rec, [&SGD, &SGD_VEC4], &SgdParams { count, decay }, 5)
        }
        Optimiser::Sgd { momentum, nesterov, weight_decay: decay } => {
            let params = SgdMomentumParams { count, momentum, decay, ahead: u32::from(nesterov) };
            job.dispatch(rec, [&SGD_MOMENTUM, &SGD_MOMENTUM_VEC4], &params, 9)
        }
    }
}

/// Logarithms of numbers near 1 keep their digits only in f64, and are not left to the device. A beta of 0 stands for
/// e^-10,000.
fn adam(count: u32, betas: [f32; 2], eps: f32, decay: f32) -> Result<AdamParams> {
    checked("beta1", betas[0])?;
    checked("beta2", betas[1])?;
    let logs = betas.map(|beta| f64::from(beta).ln().max(-1e4) as f32);
    Ok(AdamParams { count, betas, rests: betas.map(rest), logs, eps, decay })
}

fn rest(decay: f32) -> f32 {
    (1.0 - f64::from(decay)) as f32
}

/// `value`, if it is in [0, 1).
fn checked(name: &str, value: f32) -> Result<f32> {
    if (0.0..1.0).contains(&value) {
        return Ok(value);
    }
    Err(Error::Argument { operation: OP, problem: format!("{name} should be in [0, 1), is {value}") })
}

static ADAM: Kernel = kernel!("optim/adam", AdamParams, [Read, Read, Write, Write, Write]);
static ADAM_VEC4: Kernel = kernel!("optim/adam_vec4", AdamParams, [Read, Read, Write, Write, Write]);
static RMSPROP: Kernel = kernel!("optim/rmsprop", RmsPropParams, [Read, Read, Write, Write]);
static RMSPROP_VEC4: Kernel = kernel!("optim/rmsprop_vec4", RmsPropParams, [Read, Read, Write, Write]);
static RMSPROP_MOMENTUM: Kernel = kernel!("optim/rmsprop_momentum", MomentumParams, [Read, Read, Write, Write, Write]);
static RMSPROP_MOMENTUM_VEC4: Kernel =
    kernel!("optim/rmsprop_momentum_vec4", MomentumParams, [Read, Read, Write, Write, Write]);
static SGD: Kernel = kernel!("optim/sgd", SgdParams, [Read, Read, Write]);
static SGD_VEC4: Kernel = kernel!("optim/sgd_vec4", SgdParams, [Read, Read, Write]);
static SGD_MOMENTUM: Kernel = kernel!("optim/sgd_momentum", SgdMomentumParams, [Read, Read, Write, Write]);
static SGD_MOMENTUM_VEC4: Kernel = kernel!("optim/sgd_momentum_vec4", SgdMomentumParams, [Read, Read, Write, Write]);

/// This family's kernels.
pub const KERNELS: &[&Kernel] = &[
    &ADAM,
    &ADAM_VEC4,
    &RMSPROP,
    &RMSPROP_VEC4,
    &RMSPROP_MOMENTUM,
    &RMSPROP_MOMENTUM_VEC4,
    &SGD,
    &SGD_VEC4,
    &SGD_MOMENTUM,
    &SGD_MOMENTUM_VEC4,
];
