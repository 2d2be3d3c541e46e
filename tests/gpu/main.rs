//! Kernels, networks and commands on a real adapter. A missing adapter is a failure, never a pass.
#![allow(clippy::unwrap_used, missing_docs)]

mod harness;
#[path = "../reference/mod.rs"]
mod reference;

mod banded;
mod front_end;
mod pointwise;
mod stft;
