//! The graph: shapes, what it refuses, gradients and their gradients against finite differences.

mod closed;
mod harness;
mod pointwise;
