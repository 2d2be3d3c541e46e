//! Tells the genre of a song, honestly.
//!
//! A song is cut into 2.56-second spectrogram slices, a CNN gives each slice a probability, confident slices vote, and a
//! song without a clear winner stays *unclassified*. All arithmetic runs in hand-written WGSL kernels through [`wgpu`], on
//! the caller's own device or on one that the engine opens.
//!
//! The rooms and how they stand on each other are described in `ARCHITECTURE.md`.

pub mod error;
pub mod shape;

// layer 1
pub mod gpu;
#[cfg(feature = "cli")]
pub mod reference;
// layer 2
pub mod graph;
pub mod kernels;
// layer 3
pub mod plan;
// layer 4
pub mod nn;
pub mod signal;
// layer 5
#[cfg(feature = "decode")]
pub mod audio;
pub mod blocking;
pub mod models;
pub mod pictures;
pub mod predict;
pub mod vote;
pub mod weights;
// layer 6
pub mod classify;
#[cfg(feature = "cli")]
pub mod data;
#[cfg(feature = "cli")]
pub mod doctor;
#[cfg(feature = "cli")]
pub mod explain;
#[cfg(feature = "cli")]
pub mod features;
#[cfg(feature = "cli")]
pub mod gan;
#[cfg(feature = "cli")]
pub mod import;
pub mod listen;
#[cfg(feature = "cli")]
pub mod measure;
pub mod metrics;
pub mod refine;
#[cfg(feature = "cli")]
pub mod study;
#[cfg(feature = "cli")]
pub mod synth;
pub mod tags;
pub mod train;
// layer 7
#[cfg(feature = "cli")]
pub mod cli;
#[cfg(feature = "cli")]
pub mod report;

pub use error::{Error, Result};
pub use wgpu;

/// The README's example of embedding, compiled with the documentation's tests.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
