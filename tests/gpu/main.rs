//! Kernels, networks and commands on a real adapter. A missing adapter is a failure, never a pass.
#![allow(clippy::unwrap_used, missing_docs)]

mod harness;
#[path = "../reference/mod.rs"]
mod reference;

mod conv2d;
mod gemm;
mod pointwise;
mod pool2d;
mod reduce;
mod softmax;
mod stft;
mod batch_norm;
mod dropout;
mod optim;
mod divide;
