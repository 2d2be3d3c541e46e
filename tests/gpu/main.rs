//! Kernels, networks and commands on a real adapter. A missing adapter is a failure, never a pass.
#![allow(clippy::unwrap_used, missing_docs)]

mod harness;
#[path = "../reference/mod.rs"]
mod reference;

mod banded;
mod batch_norm;
mod ceilings;
mod cli;
mod cli_classify;
#[cfg(target_os = "linux")]
mod cli_limits;
mod conv2d;
mod conv3d;
mod diagonal;
mod divide;
mod doctor;
mod dropout;
mod engine;
mod explain;
mod front_end;
mod front_kinds;
mod gan;
mod gemm;
mod layer_norm;
mod networks;
mod optim;
mod parts;
mod pictures;
mod plan;
mod pointwise;
mod pool2d;
mod recurrent;
mod reduce;
mod softmax;
mod steps;
mod stft;
mod study;
mod tags;
mod tested;
mod training;
mod upsample;
