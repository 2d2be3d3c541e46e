//! Optimisers: one dispatch a weight tensor, in place.

use bytemuck::{Pod, Zeroable};

use crate::error::{Error, Result};
use crate::gpu::{Grid, Kernel, Recorder, Tensor};
use crate::kernel;
use crate::shape::{Optimiser, to_u32};

const WG: usize = 64;

#[repr(C)]
#[derive(Clone, Copy, Pod, Zeroable)]
struct AdamParams {
    count: u32,
    beta1: f32,
    beta2: f32,
    eps: f32,
    decay: f32,
}

#[repr(C)]
#[derive(Clone, Copy, Pod, Zeroable)]
struct RmsPropParams {
    count: u32,
    decay: f32,
    momentum: f32,
    eps: f32,
}

#[repr(C)]
#[derive(Clone, Copy, Pod, Zeroable)]
struct SgdParams {
    count: u32,
    momentum: f32,
    nesterov: u32,
    decay: f32,
}

/// Moves `w` along its `gradient` by an optimiser's rule, and updates the rule's `slots` (in the order of
/// [`Optimiser::slots`]), all of one shape. `words` (8) holds the learning rate and the step's number from 1: what changes from run
/// to run of a recording.
///
/// # Errors
/// [`Error::Shape`] if a shape or the number of slots does not fit.
pub fn optimise(
    rec: &mut Recorder,
    optimiser: Optimiser,
    w: &Tensor,
    gradient: &Tensor,
    slots: &[Tensor],
    words: &Tensor,
) -> Result<()> {
    const OP: &str = "optimise";
    words.shape().expect(OP, "words", [8])?;
    gradient.shape().expect(OP, "gradient", w.shape())?;
    if slots.len() != optimiser.slots().len() {
        return Err(Error::shape(OP, "slots", format_args!("{} tensors", optimiser.slots().len()), slots.len()));
    }
    slots.iter().try_for_each(|slot| slot.shape().expect(OP, "slot", w.shape()))?;
    let count = to_u32(OP, w.len())?;
    let tensors: Vec<&Tensor> = [gradient, words, w].into_iter().chain(slots).collect();
    let grid = Grid::flat(w.len(), WG);
    let flops = 10.0 * w.len() as f64;
    match optimiser {
        Optimiser::Adam { beta1, beta2, eps } => {
            rec.dispatch(&ADAM, &AdamParams { count, beta1, beta2, eps, decay: 0.0 }, &tensors, grid, &[], flops)
        }
        Optimiser::AdamW { beta1, beta2, eps, weight_decay: decay } => {
            rec.dispatch(&ADAM, &AdamParams { count, beta1, beta2, eps, decay }, &tensors, grid, &[], flops)
        }
        Optimiser::RmsProp { decay, momentum, eps } => {
            rec.dispatch(&RMSPROP, &RmsPropParams { count, decay, momentum, eps }, &tensors, grid, &[], flops)
        }
        Optimiser::Sgd { momentum, nesterov, weight_decay: decay } => {
            let nesterov = u32::from(nesterov);
            rec.dispatch(&SGD, &SgdParams { count, momentum, nesterov, decay }, &tensors, grid, &[], flops)
        }
    }
}

static ADAM: Kernel = kernel!("optim/adam", AdamParams, [Read, Read, Write, Write, Write]);
static RMSPROP: Kernel = kernel!("optim/rmsprop", RmsPropParams, [Read, Read, Write, Write, Write]);
static SGD: Kernel = kernel!("optim/sgd", SgdParams, [Read, Read, Write, Write]);

/// This family's kernels.
pub const KERNELS: &[&Kernel] = &[&ADAM, &RMSPROP, &SGD];
