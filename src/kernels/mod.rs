//! Layer 2. One file a kernel family: parameters, shape checks, the kernels' table.

pub mod banded;
pub mod batch_norm;
pub mod ceilings;
pub mod conv2d;
mod conv2d_depthwise;
mod conv2d_gpu;
pub mod conv2d_grad_weight;
mod conv2d_grad_weight_few;
mod conv2d_grad_weight_product;
mod conv2d_grad_weight_rows;
mod conv2d_patch;
mod conv2d_sweep;
mod conv2d_tile;
pub mod conv3d;
mod convolution;
pub mod diagonal;
pub mod dropout;
pub mod gemm;
mod gemm_pack;
mod gemm_parts;
pub mod layer_norm;
pub mod movement;
pub mod optim;
mod parts;
pub mod pointwise;
pub mod pool2d;
pub mod recurrent;
pub mod reduce;
mod scratch;
pub mod softmax;
pub mod stft;
pub mod stft_table;
pub mod upsample;
pub mod variants;

use crate::error::{Error, Result};
use crate::gpu::{AdapterKind, Engine, Kernel};
use crate::shape::{Unary, to_u32};
use scratch::take;
pub use scratch::{Contents, Scratch};
pub use variants::lacking;

/// Invocations of a workgroup, where a kernel has no number of its own.
const WG: usize = 64;

/// Turns that all loops of an invocation may take together: lavapipe ends them behind 65,535, without a word.
const TURNS: usize = 60_000;

/// A flag as an `override` constant.
fn flag(on: bool) -> f64 {
    f64::from(u8::from(on))
}

/// `values` as words of a parameter.
///
/// # Errors
/// [`Error::Argument`] if one does not fit a u32.
fn words<const N: usize>(op: &'static str, values: [usize; N]) -> Result<[u32; N]> {
    let mut all = [0; N];
    for (word, value) in all.iter_mut().zip(values) {
        *word = to_u32(op, value)?;
    }
    Ok(all)
}

/// How many invocations add the `splits` partial sums of each of `count` vec4s: where a GPU would else have too few of them.
fn team(engine: &Engine, count: usize, splits: usize) -> usize {
    let few = engine.kind() == AdapterKind::Gpu && splits >= 16 && count < 1 << 16;
    if few { 32 } else { 1 }
}

/// The code and the number of a function that a kernel applies to what it is about to write.
///
/// # Errors
/// [`Error::Argument`] if it is no activation.
fn epilogue(operation: &'static str, activation: Option<Unary>) -> Result<(f64, f32)> {
    match activation {
        None => Ok((0.0, 0.0)),
        Some(function) if function.is_activation() => {
            let (code, slope, _) = function.code();
            Ok((f64::from(code), slope))
        }
        Some(function) => {
            let problem = format!("{function:?} is no activation; apply it in a step of its own");
            Err(Error::Argument { operation, problem })
        }
    }
}

/// Every kernel of this crate.
pub fn all() -> Vec<&'static Kernel> {
    let families: &[&[&'static Kernel]] = &[
        banded::KERNELS,
        batch_norm::KERNELS,
        ceilings::KERNELS,
        conv2d_grad_weight::KERNELS,
        conv2d::KERNELS,
        diagonal::KERNELS,
        dropout::KERNELS,
        gemm::KERNELS,
        layer_norm::KERNELS,
        movement::KERNELS,
        optim::KERNELS,
        pointwise::KERNELS,
        pool2d::KERNELS,
        recurrent::KERNELS,
        reduce::KERNELS,
        softmax::KERNELS,
        stft::KERNELS,
        upsample::KERNELS,
    ];
    families.concat()
}
