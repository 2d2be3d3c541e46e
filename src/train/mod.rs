//! Layer 6. Training: steps on the GPU, what a step is made of, and what survives a kill.

mod checkpoint;
#[cfg(feature = "cli")]
mod gather;
#[cfg(feature = "cli")]
mod judge;
mod learner;
#[cfg(feature = "cli")]
mod run;

pub use checkpoint::{Checkpoint, Progress};
#[cfg(feature = "cli")]
pub use gather::{Gathered, gather};
#[cfg(feature = "cli")]
pub use judge::{judge, judge_songs, tune};
pub use learner::{Learner, Pending, Settings, StepReport, Values};
#[cfg(feature = "cli")]
pub use run::{EpochReport, Event, Finished, Outcome, RunData, RunPlan, checkpoint_path, run};
