//! What only a graph has: formulas that no single kernel stands for.

pub mod batch_norm;
pub mod movement;
