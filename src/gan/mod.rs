//! Layer 6. The second look in training: networks that grow phase by phase and learn against each other, after Bae 2020 (section 3.3) and Oza et
//! al. 2019.
//!
//! [`GanPlan`] says how, [`Adversaries`] are one phase's networks and their steps, [`run`] goes through all phases and writes a
//! [`GanFile`](crate::weights::GanFile), from which [`SecondLook`](crate::refine::SecondLook) judges songs.

mod adversaries;
mod calibrate;
mod checkpoint;
mod phases;
mod plan;
mod run;
mod sheet;
mod sides;
mod steps;
mod told;

pub use adversaries::{Adversaries, CriticReport, GeneratorReport};
pub use calibrate::{Looked, OPEN, Terms, calibrate, fit, look_at, second_thresholds};
pub(crate) use calibrate::{halves, usual_distances};
pub use checkpoint::{Progress, Sums};
pub use plan::{GanPlan, Task, Weights};
pub use run::{GanData, run};
pub use sheet::{Sheet, imagined_sheet, song_sheet};
pub use sides::sides;
pub use steps::steps;
pub use told::{Event, Finished, Outcome, PhaseReport};
