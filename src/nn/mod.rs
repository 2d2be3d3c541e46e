//! Layer 4. Networks' parts as functions that build graphs: layers with their variables, initial values, losses,
//! optimisers.

mod init;
mod layers;
mod optimise;
mod recurrent;
mod schedule;
mod volumes;

pub use init::{Init, Initialiser};
pub use layers::{Mode, Net};
pub use optimise::{StepTensor, clip_by_global_norm, follow, mean_cross_entropy, minimise};
pub use schedule::Schedule;
