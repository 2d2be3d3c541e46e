//! Layer 7. The program.

pub mod output;
pub mod thresholds;
pub mod vote;
