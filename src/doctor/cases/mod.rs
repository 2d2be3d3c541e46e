//! The cases of each family, from their sizes. Their kernels' tests take the same ones, with more sizes.

pub mod banded;
pub mod batch_norm;
pub mod ceilings;
pub mod conv2d;
pub mod conv3d;
pub mod diagonal;
pub mod dropout;
pub mod gemm;
pub mod layer_norm;
pub mod movement;
pub mod optim;
pub mod pointwise;
pub mod pool2d;
pub mod recurrent;
pub mod reduce;
pub mod softmax;
pub mod stft;
pub mod upsample;

use super::Family;
use crate::error::Result;
use crate::gpu::{Recorder, Tensor};
use crate::kernels::{self, Scratch};

/// All families: those that a network's first layers need come first.
pub const FAMILIES: &[Family] = &[
    Family { name: "stft", kernels: kernels::stft::KERNELS, cases: stft::small },
    Family { name: "banded", kernels: kernels::banded::KERNELS, cases: banded::small },
    Family { name: "diagonal", kernels: kernels::diagonal::KERNELS, cases: diagonal::small },
    Family { name: "conv2d", kernels: kernels::conv2d::KERNELS, cases: conv2d::small },
    Family {
        name: "conv2d_grad_weight",
        kernels: kernels::conv2d_grad_weight::KERNELS,
        cases: conv2d::small_grad_weight,
    },
    Family { name: "gemm", kernels: kernels::gemm::KERNELS, cases: gemm::small },
    Family { name: "pool2d", kernels: kernels::pool2d::KERNELS, cases: pool2d::small },
    Family { name: "recurrent", kernels: kernels::recurrent::KERNELS, cases: recurrent::small },
    Family { name: "upsample", kernels: kernels::upsample::KERNELS, cases: upsample::small },
    Family { name: "batch_norm", kernels: kernels::batch_norm::KERNELS, cases: batch_norm::small },
    Family { name: "layer_norm", kernels: kernels::layer_norm::KERNELS, cases: layer_norm::small },
    Family { name: "softmax", kernels: kernels::softmax::KERNELS, cases: softmax::small },
    Family { name: "pointwise", kernels: kernels::pointwise::KERNELS, cases: pointwise::small },
    Family { name: "movement", kernels: kernels::movement::KERNELS, cases: movement::small },
    Family { name: "reduce", kernels: kernels::reduce::KERNELS, cases: reduce::small },
    Family { name: "dropout", kernels: kernels::dropout::KERNELS, cases: dropout::small },
    Family { name: "optim", kernels: kernels::optim::KERNELS, cases: optim::small },
    Family { name: "ceilings", kernels: kernels::ceilings::KERNELS, cases: ceilings::small },
];

fn count(shape: &[usize]) -> usize {
    shape.iter().product()
}

/// Scratch tensors that are NaN: what a kernel does not write itself must not be read.
fn dirty(rec: &Recorder, scratch: Vec<Scratch>) -> Result<Vec<Tensor>> {
    scratch.into_iter().map(|Scratch { len, .. }| rec.engine().upload([len], &vec![f32::NAN; len])).collect()
}
