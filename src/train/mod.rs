//! Layer 6. Training: steps on the GPU, what a step is made of, and what survives a kill.

mod checkpoint;
mod learner;
mod schedule;

pub use checkpoint::{Checkpoint, Progress};
pub use learner::{Learner, Pending, Settings, StepReport, Values};
pub use schedule::Schedule;
