//! Layer 2. One file a kernel family: parameters, shape checks, the kernels' table.

pub mod activation;
pub mod banded;
pub mod batch_norm;
pub mod conv2d;
pub mod conv2d_grad_weight;
mod conv2d_tile;
pub mod dropout;
pub mod gemm;
pub mod movement;
pub mod optim;
pub mod pointwise;
pub mod pool2d;
pub mod reduce;
pub mod softmax;
pub mod stft;
pub mod stft_table;

use crate::gpu::Kernel;

/// Every kernel of this crate.
pub fn all() -> Vec<&'static Kernel> {
    let families: &[&[&'static Kernel]] = &[
        banded::KERNELS,
        batch_norm::KERNELS,
        conv2d_grad_weight::KERNELS,
        conv2d::KERNELS,
        dropout::KERNELS,
        gemm::KERNELS,
        movement::KERNELS,
        optim::KERNELS,
        pointwise::KERNELS,
        pool2d::KERNELS,
        reduce::KERNELS,
        softmax::KERNELS,
        stft::KERNELS,
    ];
    families.concat()
}
