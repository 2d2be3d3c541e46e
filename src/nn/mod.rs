//! Layer 4. Networks' parts as functions that build graphs: layers with their variables, initial values, losses,
//! optimisers.

mod init;
mod layers;
mod losses;
mod optimise;
mod recurrent;
mod schedule;
mod seed;
mod volumes;

pub use init::{Init, Initialiser};
pub use layers::{Mode, Net};
pub use losses::{
    adversarial_generator, binary_cross_entropies, gradient_penalty, hinge_discriminator, mean_absolute_error,
    mean_cross_entropy, mean_distances, mean_squared_error, relative_hinge, wasserstein_critic,
};
pub use optimise::{StepTensor, clip_by_global_norm, follow, minimise};
pub use schedule::{EarlyStop, Moment, Plateau, Schedule, Steps};
pub use seed::SeedTensor;
