//! Layer 2. One file a kernel family: parameters, shape checks, the kernels' table.

pub mod banded;
pub mod movement;
pub mod pointwise;
pub mod stft;
pub mod stft_table;

use crate::gpu::Kernel;

/// Every kernel of this crate.
pub fn all() -> Vec<&'static Kernel> {
    let families: &[&[&'static Kernel]] = &[banded::KERNELS, movement::KERNELS, pointwise::KERNELS, stft::KERNELS];
    families.concat()
}
