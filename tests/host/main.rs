//! Everything that can be checked without a GPU.
#![allow(clippy::unwrap_used, missing_docs)]

#[path = "../reference/mod.rs"]
mod reference;

#[cfg(feature = "cli")]
mod synth;
#[cfg(feature = "cli")]
mod synth_baseline;
