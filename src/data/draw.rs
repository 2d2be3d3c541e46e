//! Random numbers as pure functions of what they are drawn for.

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// What numbers are drawn for; each has streams of its own.
#[derive(Clone, Copy)]
pub(super) enum Purpose {
    Split = 1,
    Order = 2,
    Augment = 3,
    Mixup = 4,
}

/// A stream of random numbers.
#[derive(Clone)]
pub(super) struct Draw(ChaCha8Rng);

impl Draw {
    /// The stream of a seed, a purpose and a place: the key of ChaCha (Bernstein 2008) is these numbers themselves, so no two
    /// streams are the same.
    pub(super) fn new(seed: u64, purpose: Purpose, place: [u64; 2]) -> Self {
        let mut key = [0; 32];
        for (bytes, word) in key.chunks_exact_mut(8).zip([seed, purpose as u64, place[0], place[1]]) {
            bytes.copy_from_slice(&word.to_le_bytes());
        }
        Self(ChaCha8Rng::from_seed(key))
    }

    /// 0..n, uniform up to n / 2^64: the high half of a 128-bit product. 0 for n = 0.
    pub(super) fn below(&mut self, n: u64) -> u64 {
        ((u128::from(self.0.next_u64()) * u128::from(n)) >> 64) as u64
    }

    /// Above 0 and up to 1, in steps of 2^-53.
    pub(super) fn unit(&mut self) -> f64 {
        ((self.0.next_u64() >> 11) + 1) as f64 / (1u64 << 53) as f64
    }

    /// Shuffles (Fisher & Yates).
    pub(super) fn shuffle<T>(&mut self, items: &mut [T]) {
        for last in (1..items.len()).rev() {
            items.swap(last, self.below(last as u64 + 1) as usize);
        }
    }

    /// Beta(a, a) for 0 < a <= 1, by rejection (Jöhnk 1964): x = u^(1/a), y = v^(1/a), accepted if x + y <= 1, gives
    /// x / (x + y). In logarithms, because the powers underflow for small a.
    pub(super) fn beta(&mut self, a: f64) -> f64 {
        loop {
            let (x, y) = (self.unit().ln() / a, self.unit().ln() / a);
            if x.exp() + y.exp() <= 1.0 {
                return 1.0 / (1.0 + (y - x).exp());
            }
        }
    }
}
