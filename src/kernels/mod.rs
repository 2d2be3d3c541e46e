//! Layer 2. One file a kernel family: parameters, shape checks, the kernels' table.

pub mod movement;
pub mod pointwise;
pub mod pool2d;
pub mod softmax;

use crate::gpu::Kernel;

/// Every kernel of this crate.
pub fn all() -> Vec<&'static Kernel> {
    let families: &[&[&'static Kernel]] = &[movement::KERNELS, pointwise::KERNELS, pool2d::KERNELS, softmax::KERNELS];
    families.concat()
}
