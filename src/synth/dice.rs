//! Random choices. One ChaCha stream for each purpose and number, so that no song depends on another or on threads.
//!
//! The distributions are written here and not taken from a library: songs must not change when a library does.

use rand_chacha::{
    ChaCha8Rng,
    rand_core::{Rng, SeedableRng},
};

/// What a stream of random numbers is for.
#[derive(Debug, Clone, Copy)]
pub enum Purpose {
    /// Who is blended, mislabelled, and what people are called.
    Cast = 0,
    /// An artist's habits and master chain; the number is the artist's.
    Artist = 1,
    /// An artist's patch for one voice.
    Patch = 2,
    /// Tempo, key, style and title of one song.
    Song = 3,
    /// The notes of one song.
    Score = 4,
    /// The noise in one song's sounds.
    Sound = 5,
}

/// A stream of random choices.
#[derive(Debug, Clone)]
pub struct Dice(ChaCha8Rng);

impl Dice {
    /// The stream of `seed` for one purpose and number (below 2^56).
    pub fn new(seed: u64, purpose: Purpose, number: u64) -> Self {
        let mut key = *b"________tunevote-synth-edition-1";
        key[..8].copy_from_slice(&seed.to_le_bytes());
        let mut stream = ChaCha8Rng::from_seed(key);
        stream.set_stream(((purpose as u64) << 56) | number);
        Self(stream)
    }

    /// 32 random bits.
    pub fn bits(&mut self) -> u32 {
        self.0.next_u32()
    }

    /// Uniform in [0, 1).
    pub fn unit(&mut self) -> f32 {
        (self.bits() >> 8) as f32 / 16_777_216.0
    }

    /// Uniform in [low, high).
    pub fn range(&mut self, (low, high): (f32, f32)) -> f32 {
        low + (high - low) * self.unit()
    }

    /// True with probability `p`.
    pub fn chance(&mut self, p: f32) -> bool {
        self.unit() < p
    }

    /// Uniform in 0..n; 0 if n is 0.
    pub fn below(&mut self, n: usize) -> usize {
        ((u64::from(self.bits()) * n as u64) >> 32) as usize
    }

    /// One of `items`, which must not be empty.
    pub fn pick<'a, T>(&mut self, items: &'a [T]) -> &'a T {
        &items[self.below(items.len())]
    }

    /// Mean 0, deviation 1, between -3.5 and 3.5: four uniform numbers added.
    pub fn bell(&mut self) -> f32 {
        (self.unit() + self.unit() + self.unit() + self.unit() - 2.0) * 1.732_050_8
    }

    /// Puts `items` into a random order.
    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        for i in (1..items.len()).rev() {
            items.swap(i, self.below(i + 1));
        }
    }

    /// A fast source of white noise.
    pub fn noise(&mut self) -> Noise {
        Noise(self.bits() | 1)
    }
}

/// White noise from a 32-bit xorshift (Marsaglia 2003), fast enough for each sample.
#[derive(Debug, Clone)]
pub struct Noise(u32);

impl Noise {
    /// Uniform in [-1, 1).
    #[inline]
    pub fn white(&mut self) -> f32 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 17;
        self.0 ^= self.0 << 5;
        (self.0 as i32) as f32 / 2_147_483_648.0
    }
}
