//! Layer 1. The meaning of every kernel in f64: naive, from the formula. Shares no code with the kernels.
//!
//! The kernels' tests and `tunevote doctor` compare with it. Values are plain slices, row-major as the kernels' tensors; sizes
//! are taken to fit, as the caller made them.

pub mod batch_norm;
pub mod ceilings;
pub mod compare;
pub mod conv2d;
pub mod conv3d;
pub mod gemm;
pub mod layer_norm;
pub mod movement;
pub mod optim;
pub mod pointwise;
pub mod pool2d;
pub mod random;
pub mod recurrent;
pub mod reduce;
pub mod softmax;
pub mod spectral;
pub mod upsample;
