//! What each kernel means: f64, naive, from the formula. Shares no code with the kernels.
#![allow(dead_code)]

pub mod fft;
pub mod mel;
pub mod pieces;
pub mod sox;

pub mod pointwise;
pub mod reduce;

pub mod activation;
pub mod conv2d;
pub mod difference;
pub mod gemm;
pub mod pool2d;
pub mod softmax;
pub mod spectral;
