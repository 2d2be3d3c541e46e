//! Intervals of 95 %: Wilson's for a proportion, the bootstrap's for everything else.

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};

/// The 97.5 % quantile of the normal distribution.
const Z: f64 = 1.959_963_984_540_054;

/// An interval that holds the true value in about 95 of 100 such experiments.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Interval {
    /// Lower end.
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

/// Wilson's score interval for `count` of `n` (Wilson 1927): with p = count / n and z = 1.96,
/// (p + z²/2n ± z sqrt(p (1 - p) / n + z²/4n²)) / (1 + z²/n). It takes the n for independent. None for n = 0 or count > n.
pub fn wilson(count: u64, n: u64) -> Option<Interval> {
    if n == 0 || count > n {
        return None;
    }
    let (p, n_f, z2) = (count as f64 / n as f64, n as f64, Z * Z);
    let centre = p + z2 / (2.0 * n_f);
    let half = Z * (p * (1.0 - p) / n_f + z2 / (4.0 * n_f * n_f)).sqrt();
    let scale = 1.0 + z2 / n_f;
    // At the ends the formula gives exactly 0 and 1; rounding does not.
    let low = if count == 0 { 0.0 } else { ((centre - half) / scale).max(0.0) };
    let high = if count == n { 1.0 } else { ((centre + half) / scale).min(1.0) };
    Some(Interval { low, high })
}

/// A statistic in every replicate of a bootstrap in which it exists.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Replicates {
    sorted: Vec<f64>,
}

impl Replicates {
    /// Replicates in which the statistic exists.
    pub fn count(&self) -> usize {
        self.sorted.len()
    }

    /// The quantile `q` (0..=1), linear between the two nearest values (R's type 7). None without replicates, or for a `q` outside.
    pub fn quantile(&self, q: f64) -> Option<f64> {
        let sorted = &self.sorted;
        if !(0.0..=1.0).contains(&q) {
            return None;
        }
        let at = q * sorted.len().checked_sub(1)? as f64;
        let (below, part) = (at.floor() as usize, at.fract());
        let above = (below + 1).min(sorted.len() - 1);
        Some(sorted[below] + part * (sorted[above] - sorted[below]))
    }

    /// From the 2.5 % to the 97.5 % quantile; none without replicates.
    pub fn interval(&self) -> Option<Interval> {
        Some(Interval { low: self.quantile(0.025)?, high: self.quantile(0.975)? })
    }

    /// Share of the replicates, 0..=1, in which the statistic is `value` or more; none without replicates.
    pub fn share_from(&self, value: f64) -> Option<f64> {
        let below = self.sorted.partition_point(|&v| v < value);
        (self.count() > 0).then(|| (self.count() - below) as f64 / self.count() as f64)
    }
}

/// The bootstrap over clusters (Efron & Tibshirani 1993, chapter 13; clusters: Field & Welsh 2007).
///
/// `clusters` holds the indices of the items, 0..n, each in one cluster: one cluster a song, or one an artist. Each of the
/// `replicates` draws as many clusters as there are, with replacement, and hands `statistics` how often every item was
/// drawn. A replicate in which a statistic does not exist (not finite) is left out for it.
///
/// The same seed gives the same replicates on every machine, whatever the statistics. None are made of fewer than 2 clusters.
pub fn resample<const S: usize>(
    clusters: &[Vec<usize>],
    replicates: usize,
    seed: u64,
    mut statistics: impl FnMut(&[u32]) -> [f64; S],
) -> [Replicates; S] {
    let fill = |weights: &[u32], out: &mut [f64]| out.copy_from_slice(&statistics(weights));
    let mut all = resample_all(clusters, replicates, seed, S, fill).into_iter();
    std::array::from_fn(|_| all.next().unwrap_or_default())
}

/// The same of so many `statistics` as are known only when it runs, which `fill` writes.
pub(super) fn resample_all(
    clusters: &[Vec<usize>],
    replicates: usize,
    seed: u64,
    statistics: usize,
    mut fill: impl FnMut(&[u32], &mut [f64]),
) -> Vec<Replicates> {
    let mut values: Vec<Vec<f64>> = vec![Vec::new(); statistics];
    let items = clusters.iter().flatten().max().map_or(0, |&last| last + 1);
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let (mut drawn, mut row) = (vec![0u32; items], vec![f64::NAN; statistics]);
    for _ in 0..if clusters.len() < 2 { 0 } else { replicates } {
        drawn.fill(0);
        for _ in 0..clusters.len() {
            // The high half of a 128-bit product: 0..len, uniform up to len / 2^64.
            let pick = (u128::from(random.next_u64()) * clusters.len() as u128) >> 64;
            for &item in &clusters[pick as usize] {
                drawn[item] += 1;
            }
        }
        fill(&drawn, &mut row);
        for (values, value) in values.iter_mut().zip(&row) {
            if value.is_finite() {
                values.push(*value);
            }
        }
    }
    let sorted = |mut sorted: Vec<f64>| {
        sorted.sort_unstable_by(f64::total_cmp);
        Replicates { sorted }
    };
    values.into_iter().map(sorted).collect()
}

/// The percentile interval of every statistic of [`resample`]. None for fewer than 2 clusters, no replicates, or a statistic
/// that never exists.
pub fn bootstrap<const S: usize>(
    clusters: &[Vec<usize>],
    replicates: usize,
    seed: u64,
    statistics: impl FnMut(&[u32]) -> [f64; S],
) -> [Option<Interval>; S] {
    resample(clusters, replicates, seed, statistics).map(|replicates| replicates.interval())
}
