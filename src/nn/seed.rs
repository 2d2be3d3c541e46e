//! What random numbers are drawn from.

/// What dropout and noise read anew each step: 8 words (bits, not numbers), all of which count. Another seed, step or place gives other
/// numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SeedTensor {
    /// A run's seed.
    pub seed: u64,
    /// Number of the step.
    pub step: u64,
    /// What tells apart steps of the same number; zeros where nothing has to.
    pub place: [u32; 2],
}

impl SeedTensor {
    /// The words for a part of a batch, from 0. A part goes on where the one before ended, so that the numbers are those of the whole batch.
    pub fn words(&self, part: u32) -> [f32; 8] {
        let Self { seed, step, place: [a, b] } = *self;
        [seed as u32, (seed >> 32) as u32, step as u32, (step >> 32) as u32, a, b, 0, part].map(f32::from_bits)
    }
}
