//! What is for tests alone beside the kernels' meanings in `tunevote::reference`: front ends, whole graphs, differences. f64,
//! naive, from the formula.
#![allow(dead_code)]

pub mod cqt;
pub mod difference;
pub mod fft;
#[cfg(feature = "cli")]
pub mod graph;
pub mod mel;
#[cfg(feature = "cli")]
pub mod ops;
pub mod parity;
pub mod pieces;
pub mod sox;
#[cfg(feature = "cli")]
pub mod wheel;
