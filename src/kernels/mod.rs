//! Layer 2. One file a kernel family: parameters, shape checks, the kernels' table.

pub mod banded;
pub mod batch_norm;
pub mod ceilings;
pub mod conv2d;
mod conv2d_gpu;
pub mod conv2d_grad_weight;
mod conv2d_grad_weight_few;
mod conv2d_grad_weight_rows;
mod conv2d_patch;
mod conv2d_sweep;
mod conv2d_tile;
pub mod conv3d;
mod convolution;
pub mod dropout;
pub mod gemm;
mod gemm_pack;
pub mod movement;
pub mod optim;
mod parts;
pub mod pointwise;
pub mod pool2d;
pub mod recurrent;
pub mod reduce;
pub mod softmax;
pub mod stft;
pub mod stft_table;
pub mod upsample;
pub mod variants;

use crate::error::{Error, Result};
use crate::gpu::Kernel;
use crate::shape::Unary;
pub use variants::lacking;

/// Turns that all loops of an invocation may take together: lavapipe ends them behind 65,535, without a word.
const TURNS: usize = 60_000;

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

/// A scratch tensor that an operation needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Scratch {
    /// Elements; 1 where the tensor is not used.
    pub len: usize,
    /// What the tensor holds while the operation's kernels run.
    pub contents: Contents,
}

impl Scratch {
    /// One whose contents every run makes again.
    pub(crate) fn of_run(len: usize) -> Self {
        Self { len, contents: Contents::OfRun }
    }
}

/// What a scratch tensor holds while its kernels run: whether it is worth keeping.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Contents {
    /// What a run leaves behind.
    OfRun,
    /// The operand of this number, in the order of the operation's documentation, as a kernel reads it.
    OfOperand(usize),
    /// What follows from shapes.
    OfShapes,
}

/// Every kernel of this crate.
pub fn all() -> Vec<&'static Kernel> {
    let families: &[&[&'static Kernel]] = &[
        banded::KERNELS,
        batch_norm::KERNELS,
        ceilings::KERNELS,
        conv2d_grad_weight::KERNELS,
        conv2d::KERNELS,
        dropout::KERNELS,
        gemm::KERNELS,
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
