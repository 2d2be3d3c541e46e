//! Everything that can be checked without a GPU.
#![allow(clippy::unwrap_used, missing_docs)]

#[path = "../reference/mod.rs"]
mod reference;

mod metrics;
mod record;
mod vote;
