//! How long everything is trained.

use serde::{Deserialize, Serialize};

use super::folder::Gan;
use crate::gan::GanPlan;
use crate::models::gan::{Binary, Profile, Reading};

/// What a study is started with.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StudyPlan {
    /// Seeds of split and training: 1, 2, ….
    pub seeds: u64,
    /// Passes of the networks that classify, in the order of [`systems`](Self::systems).
    pub epochs: [usize; 3],
    /// The critics' steps in each phase: of reading A and the purifier, and of reading B, whose steps take twice as long. Rounded up to whole
    /// passes, so that the time hardly depends on how many songs there are.
    pub gan_steps: [u64; 2],
    /// Rows of one slice a genre in a GAN's step.
    pub rows: usize,
    /// Steps of a critic to one of its generator.
    pub critic_steps: u64,
    /// What comes behind the refiners. With binary neurons the classifier sees slices in black and white too, as in the paper.
    #[serde(default, skip_serializing_if = "is_off")]
    pub binary: Binary,
    /// Genres that are in no label set: their songs should stay unclassified.
    pub outside: Vec<String>,
}

fn is_off(binary: &Binary) -> bool {
    *binary == Binary::Off
}

impl StudyPlan {
    /// The networks that classify: the one that votes, and the two others of the paper's table. All read the same pictures.
    pub fn systems(&self) -> [&'static str; 3] {
        [if is_off(&self.binary) { "compact" } else { "compact-binary" }, "gru", "cnn-rnn"]
    }

    /// What a night on a processor allows.
    pub fn whole(seeds: u64, outside: Vec<String>) -> Self {
        Self {
            seeds,
            epochs: [14, 8, 8],
            gan_steps: [300, 150],
            rows: 4,
            critic_steps: 1,
            binary: Binary::Off,
            outside,
        }
    }

    /// What shows in a quarter of an hour that everything runs; networks learn little in that time.
    pub fn quick(outside: Vec<String>) -> Self {
        Self { epochs: [6, 2, 3], gan_steps: [20, 20], ..Self::whole(1, outside) }
    }

    /// Passes of a GAN in each phase, where one has so many steps.
    pub(super) fn gan_epochs(&self, reading: Reading, each: u64) -> usize {
        let [analysis, transfer] = self.gan_steps;
        let steps = if reading == Reading::Analysis { analysis } else { transfer };
        steps.div_ceil(each.max(1)) as usize
    }

    /// The plan of a GAN but for its passes.
    pub(super) fn gan(&self, which: Gan, genres: usize, seed: u64) -> GanPlan {
        GanPlan {
            // As many slices a step, whatever is told apart.
            rows: if which.labelled() { self.rows } else { self.rows * genres },
            critic_steps: self.critic_steps,
            binary: self.binary,
            labelled: which.labelled(),
            seed,
            ..GanPlan::new(Profile::Practical, which.reading())
        }
    }
}
