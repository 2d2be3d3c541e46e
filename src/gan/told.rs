//! What a GAN's training tells: events on the way, and how it ended.

use serde::{Deserialize, Serialize};

use super::adversaries::{CriticReport, GeneratorReport};
use super::sheet::Sheet;
use crate::weights::GanCard;

/// What happens while a run goes on.
#[derive(Clone, Debug)]
pub enum Event {
    /// A step ended.
    Step {
        /// Phase, from 0, and how many there are.
        phase: (usize, usize),
        /// Side of the phase's pictures.
        side: usize,
        /// Steps of the phase done and to do.
        steps: (u64, u64),
        /// What the critic said.
        critic: CriticReport,
        /// What the generator said, in the steps in which it learns too.
        generator: Option<GeneratorReport>,
    },
    /// A phase ended; the sheet shows what its networks make.
    Phase(PhaseReport, Sheet),
    /// Validation songs were looked at.
    Judged {
        /// Songs done and to do.
        songs: (usize, usize),
    },
}

/// One phase in numbers; losses are means over its last epoch, before factors.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct PhaseReport {
    /// From 0.
    pub phase: usize,
    /// Slices, height and width of its volumes.
    pub volume: [usize; 3],
    /// The critic's steps.
    pub steps: u64,
    /// Seconds that its steps took.
    pub seconds: f64,
    /// Wasserstein distance, as the critic sees it.
    pub distance: f64,
    /// Gradient penalty.
    pub penalty: f64,
    /// Cross-entropy of the latent vectors' genres, by the critic's classifier.
    pub confusion: f64,
    /// Minus the critic's mean score of renderings, in the generator's steps.
    pub adversarial: f64,
    /// L1 of slices and their renderings in their own genre.
    pub own: f64,
    /// L1 of slices and translations translated back.
    pub cycle: f64,
    /// L1 of slices and their translations.
    pub content: f64,
    /// How much slices' renderings in their own genre were not nearer than in a wrong one.
    pub contrast: f64,
    /// Mean L1 distance of two slices of a genre.
    pub diversity_real: f64,
    /// Mean L1 distance of two pictures that were made in a genre, from slices of one genre each.
    pub diversity_made: f64,
    /// What a person should know: a collapse, copies. Sentences; mostly none.
    pub warnings: Vec<String>,
}

/// How a run ended.
#[derive(Debug)]
pub enum Outcome {
    /// The file is written.
    Finished(Box<Finished>),
    /// It was told to stop; the checkpoint is written.
    Interrupted {
        /// Phase, from 0.
        phase: usize,
        /// Steps of it done and to do.
        steps: (u64, u64),
    },
    /// A loss or a weight is not a number any more, or beyond all bounds. The checkpoint is as it was.
    Diverged {
        /// What is wrong, and what helps.
        problem: String,
        /// Phase, from 0.
        phase: usize,
    },
}

/// A finished run.
#[derive(Clone, Debug, Serialize)]
pub struct Finished {
    /// What the file says of itself.
    pub card: GanCard,
    /// Every phase.
    pub history: Vec<PhaseReport>,
}
