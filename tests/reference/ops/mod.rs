//! One naive formula for each operation of a graph, by family.

pub mod batch_norm;
pub mod conv2d;
pub mod dropout;
pub mod matmul;
pub mod movement;
pub mod softmax;
pub mod stft;
