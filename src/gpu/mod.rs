//! Layer 1. The engine: a device, the pipelines made on it once, tensors in its memory, and recordings of dispatches.
//!
//! ```no_run
//! # async fn run() -> tunevote::Result<()> {
//! use tunevote::gpu::{AdapterChoice, Engine, Features};
//! let engine = Engine::headless(&AdapterChoice::Best, Features::All).await?;
//! let x = engine.upload([2, 2], &[1.0, 2.0, 3.0, 4.0])?;
//! let back = engine.read(&x).await?;
//! # Ok(()) }
//! ```
//!
//! Nothing here blocks, and nobody here polls the device: a native application calls `engine.device().poll(…)` while it
//! waits for a [`Readback`], or leaves both to [`blocking::take`](crate::blocking::take).

mod adapter;
mod compose;
mod engine;
mod grid;
mod kernel;
mod made;
mod pipelines;
mod pool;
mod profile;
mod readback;
mod recorder;
mod recording;
mod scope;
mod submission;
mod tensor;

pub use adapter::{AdapterChoice, AdapterKind, adapters};
pub use compose::{Composed, LIBRARY, compose};
pub use engine::{Engine, Features, Work, Workers};
pub use grid::Grid;
pub use kernel::{Access, Kernel};
pub use made::Made;
pub use profile::{Profile, ProfileRow};
pub use readback::Readback;
pub use recorder::Recorder;
pub use recording::{Cost, Recording};
pub use submission::Submission;
pub use tensor::Tensor;
