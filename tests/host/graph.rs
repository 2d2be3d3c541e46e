//! The graph: shapes, what it refuses, gradients and their gradients against finite differences.

mod closed;
mod flow;
mod harness;
mod linear;
mod norm;
mod pointwise;
mod shapes;
