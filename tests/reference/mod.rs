//! What each kernel means: f64, naive, from the formula. Shares no code with the kernels.
#![allow(dead_code)]

pub mod batch_norm;
pub mod conv2d;
pub mod difference;
pub mod fft;
pub mod gemm;
pub mod graph;
pub mod mel;
pub mod ops;
pub mod optim;
pub mod pieces;
pub mod pointwise;
pub mod pool2d;
pub mod random;
pub mod reduce;
pub mod softmax;
pub mod sox;
pub mod spectral;
