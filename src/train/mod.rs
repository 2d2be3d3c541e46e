//! Layer 6. Training: steps on the GPU, what a step is made of, and what survives a kill.

#[cfg(feature = "cli")]
mod card;
mod checkpoint;
#[cfg(feature = "cli")]
mod ensure;
#[cfg(feature = "cli")]
mod gather;
#[cfg(feature = "cli")]
mod grid;
#[cfg(feature = "cli")]
mod halt;
mod held;
#[cfg(feature = "cli")]
mod identity;
#[cfg(feature = "cli")]
mod judge;
mod learner;
#[cfg(feature = "cli")]
mod run;
#[cfg(feature = "cli")]
mod told;

#[cfg(feature = "cli")]
pub(crate) use card::{accuracy, heard};
pub use checkpoint::{Checkpoint, Pace, Progress, Sums};
#[cfg(feature = "cli")]
pub(crate) use ensure::{claim, ensure, read, songs_of};
#[cfg(feature = "cli")]
pub use gather::{Gathered, Songs, gather, gather_with};
#[cfg(feature = "cli")]
pub use grid::{Axis, Cell, GridRow, GridTable, cells};
#[cfg(feature = "cli")]
pub(crate) use halt::Halt;
#[cfg(feature = "cli")]
pub(crate) use held::Held;
#[cfg(feature = "cli")]
pub(crate) use identity::differing;
#[cfg(feature = "cli")]
pub(crate) use judge::MODEL;
#[cfg(feature = "cli")]
pub use judge::{judge, judge_songs, tune};
pub use learner::{Hints, Learner, Pending, Settings, StepReport};
#[cfg(feature = "cli")]
pub use run::{RunData, RunPlan, TaughtBy, checkpoint_path, run};
#[cfg(feature = "cli")]
pub use told::{EpochReport, Event, Finished, Outcome};
