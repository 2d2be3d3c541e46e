//! Layer 2. One file a kernel family: parameters, shape checks, the kernels' table.

pub mod activation;
pub mod conv2d;
pub mod conv2d_grad_weight;
mod conv2d_tile;
pub mod gemm;

use crate::gpu::Kernel;

/// Every kernel of this crate.
pub fn all() -> Vec<&'static Kernel> {
    let families: &[&[&'static Kernel]] = &[conv2d::KERNELS, conv2d_grad_weight::KERNELS, gemm::KERNELS];
    families.concat()
}
