//! What each kernel means: f64, naive, from the formula. Shares no code with the kernels.
#![allow(dead_code)]

pub mod activation;
pub mod conv2d;
pub mod gemm;
