//! How a GAN is trained.

use serde::{Deserialize, Serialize};

use crate::data::Batches;
use crate::models::gan::{Binary, Grey, Profile, Reading, Table};
use crate::nn::StepTensor;
use crate::shape::Optimiser;

/// Epochs of a phase in the paper.
const PAPER_EPOCHS: u64 = 2;

/// What a run is started with. Two runs with the same plan on the same songs and adapter give the same weights.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GanPlan {
    /// Widths of the networks.
    pub profile: Profile,
    /// What comes behind the refiners.
    pub binary: Binary,
    /// How a slice comes into the generator.
    pub reading: Reading,
    /// Slices in a row: 1 or 4.
    pub slices: usize,
    /// Rows of one slice a genre in a step.
    pub rows: usize,
    /// Passes over the training slices in each phase.
    pub epochs: usize,
    /// Steps of the discriminator to one of the generator.
    pub critic_steps: u64,
    /// Learning rate of both.
    pub learning_rate: f32,
    /// What counts how much.
    pub weights: Weights,
    /// Whether slices are told apart by genre. Without, they are all of one: what is learnt is a purifier, a control of the second look.
    pub labelled: bool,
    /// Seed of everything that is drawn.
    pub seed: u64,
}

/// What networks are made for: how many genres, and which pictures.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Task {
    /// Genres that are told apart.
    pub genres: usize,
    /// What is black and what is white.
    pub grey: Grey,
    /// Height of a slice, and width of all slices in a row.
    pub picture: [usize; 2],
}

/// Weights of the terms of the losses. An L1 term is a mean over pixels times the root of a row's pixels. Where all pixels differ alike that
/// is the row's L2 distance, the unit in which the gradient penalty holds the critic's slope at 1.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Weights {
    /// The critic's gradient penalty.
    pub penalty: f32,
    /// The critic's score of renderings.
    pub adversarial: f32,
    /// L1 of a slice and its rendering in its own genre: reading A's reconstruction, reading B's identity.
    pub own: f32,
    /// L1 of a slice and its translation translated back (reading B).
    pub cycle: f32,
    /// L1 of a slice and its translation (reading B).
    pub content: f32,
    /// Cross-entropy that makes latent vectors say nothing of their genre.
    pub confusion: f32,
    /// The latent vectors' mean square.
    pub latent: f32,
    /// How much a slice's rendering in its own genre is not nearer than one in a wrong genre (reading A).
    pub contrast: f32,
}

impl Weights {
    /// Those of a reading.
    pub fn of(reading: Reading) -> Self {
        let neither = Self {
            penalty: 10.0,
            adversarial: 1.0,
            own: 0.0,
            cycle: 0.0,
            content: 0.0,
            confusion: 0.05,
            latent: 0.01,
            contrast: 0.0,
        };
        match reading {
            // At 1 the critic would take a third of the evidence: renderings would look real rather than be near.
            Reading::Analysis => Self { adversarial: 0.3, own: 10.0, contrast: 20.0, ..neither },
            // 5, 10 and 1 in proportion: where an L1 rises as steeply as the critic's score can, slices are copied.
            Reading::Transfer => Self { own: 0.2, cycle: 0.4, content: 0.04, ..neither },
        }
    }
}

impl GanPlan {
    /// The paper's numbers where it gives them, but for the practical widths a generator's step to each of the critic's; rows as memory
    /// allows.
    pub fn new(profile: Profile, reading: Reading) -> Self {
        Self {
            profile,
            binary: Binary::Off,
            reading,
            slices: 1,
            rows: 8,
            epochs: 2,
            // Of a folder of songs, a fifth of its slices would be few to learn to render.
            critic_steps: if profile == Profile::Paper { 5 } else { 1 },
            learning_rate: 2e-3,
            weights: Weights::of(reading),
            labelled: true,
            seed: 0,
        }
    }

    /// The genres that it tells apart, of a model's.
    pub fn genres(&self, labels: &[String]) -> Vec<String> {
        if self.labelled { labels.to_vec() } else { vec!["any".to_owned()] }
    }

    /// The networks' table for so many genres.
    pub fn table(&self, genres: usize) -> Table {
        self.profile.table(genres, self.slices)
    }

    /// Whether the generator learns from renderings in wrong genres.
    pub(super) fn contrasts(&self, genres: usize) -> bool {
        self.weights.contrast > 0.0 && self.reading == Reading::Analysis && genres > 1
    }

    /// The critic's steps of a phase.
    pub(super) fn steps(&self, batches: &Batches) -> u64 {
        batches.steps() * self.epochs as u64
    }

    /// The generator's own step with the critic's step `step`, both from 1, if it takes one then.
    pub(super) fn made(&self, step: u64) -> Option<u64> {
        step.is_multiple_of(self.critic_steps).then_some(step / self.critic_steps)
    }

    /// The offset, from 1, from a slice's genre to the other genre of step `step`; all offsets take turns. Reading B translates into that genre,
    /// for reading A it is the wrong one.
    pub(super) fn other(genres: usize, step: u64) -> usize {
        1 + step as usize % (genres - 1).max(1)
    }

    /// Bae 2020's, after BMuseGAN.
    pub(super) fn optimiser() -> Optimiser {
        Optimiser::Adam { beta1: 0.5, beta2: 0.9, eps: 1e-8 }
    }

    /// The step `step` of `steps`, from 1, of a phase: the learning rate falls to 0 over the second half of the last one, so that batch norm's
    /// running statistics become those of the weights that stay.
    pub(super) fn step(&self, last: bool, step: u64, steps: u64) -> StepTensor {
        let left = 2.0 * (steps - step) as f32 / steps.max(1) as f32;
        let learning_rate = if last { self.learning_rate * left.min(1.0) } else { self.learning_rate };
        StepTensor { learning_rate, step }
    }

    /// The binary neurons' slope in an epoch, counted from 0 over all phases: 1.1^e, where e is the epoch in which the paper's run, of
    /// [`PAPER_EPOCHS`] a phase, would be at this point. More epochs make it no steeper: neurons beyond 1.1^15 pass hardly a gradient.
    pub(super) fn slope(&self, epoch: u64) -> f32 {
        let theirs = epoch * PAPER_EPOCHS / self.epochs.max(1) as u64;
        1.1_f64.powi(theirs.min(900) as i32) as f32
    }
}

#[cfg(test)]
mod tests {
    use super::{GanPlan, Profile, Reading};

    #[test]
    fn every_other_genre_comes_in_turn_however_seldom_the_generator_learns() {
        for (genres, critic_steps) in [(6, 5), (4, 3), (11, 5), (2, 5), (6, 1)] {
            let plan = GanPlan { critic_steps, ..GanPlan::new(Profile::Paper, Reading::Transfer) };
            let steps = 1..=critic_steps * 2 * (genres as u64 - 1);
            let mut counts = vec![0; genres];
            steps.filter_map(|step| plan.made(step)).for_each(|step| counts[GanPlan::other(genres, step)] += 1);
            assert_eq!((counts[0], &counts[1..]), (0, &vec![2; genres - 1][..]), "{genres} genres, {critic_steps}");
        }
    }

    #[test]
    fn the_slope_is_the_papers_however_long_a_phase_is() {
        let slope = |epochs, epoch| GanPlan { epochs, ..GanPlan::new(Profile::Paper, Reading::Analysis) }.slope(epoch);
        let near = |a: f32, power: i32| (a / 1.1_f32.powi(power) - 1.0).abs() < 1e-5;
        assert!((0..16).all(|epoch| near(slope(2, epoch), epoch as i32)));
        // Twelve epochs a phase: six at each of the paper's, to the same end.
        assert!((0..96).all(|epoch| near(slope(12, epoch), epoch as i32 / 6)));
        assert!((0..8).all(|phase| near(slope(1, phase), 2 * phase as i32)));
        assert!(slope(1, u64::from(u32::MAX)).is_finite());
    }

    #[test]
    fn the_rate_falls_to_nothing_at_the_very_end() {
        let plan = GanPlan { learning_rate: 0.5, ..GanPlan::new(Profile::Practical, Reading::Analysis) };
        let rates =
            |last, steps| (1..=steps).map(|step| plan.step(last, step, steps).learning_rate).collect::<Vec<_>>();
        assert_eq!(rates(false, 4), [0.5; 4]);
        assert_eq!(rates(true, 8), [0.5, 0.5, 0.5, 0.5, 0.375, 0.25, 0.125, 0.0]);
        assert_eq!(rates(true, 1), [0.0]);
    }
}
