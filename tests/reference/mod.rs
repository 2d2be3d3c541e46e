//! What each kernel means: f64, naive, from the formula. Shares no code with the kernels.
#![allow(dead_code)]

pub mod fft;
pub mod mel;
pub mod pieces;
pub mod sox;

pub mod pointwise;

pub mod difference;
pub mod graph;
pub mod ops;
pub mod pool2d;
