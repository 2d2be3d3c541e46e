//! Layer 7. The program.
pub mod synth;
