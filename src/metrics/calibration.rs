//! Calibration: does "80 % sure" mean right in 80 of 100 cases?

use serde::{Deserialize, Serialize};

/// One bar of the reliability diagram.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct ReliabilityBin {
    /// Lower end of the confidences, not in the bin (but 0 is in the first).
    pub low: f64,
    /// Upper end, in the bin.
    pub high: f64,
    /// Answers in the bin.
    pub count: u64,
    /// Their mean confidence; none if the bin is empty.
    pub confidence: Option<f64>,
    /// Their accuracy; none if the bin is empty.
    pub accuracy: Option<f64>,
}

/// Expected calibration error and the bins it is made of.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Calibration {
    /// Answers in all bins.
    pub count: u64,
    /// Sum over the bins of (count / all) |accuracy - confidence| (Naeini et al. 2015; Guo et al. 2017), in 0..=1. None
    /// without answers.
    pub ece: Option<f64>,
    /// What that comes to on average where every answer is right as often as it says, each for itself, in 0..=1: what few answers show by
    /// chance. The answers of a bin are taken to be as sure as their mean.
    #[serde(default)]
    pub by_chance: Option<f64>,
    /// Bins of equal width.
    pub bins: Vec<ReliabilityBin>,
}

impl Calibration {
    /// Sorts answers of (confidence, right) into `bins` bins of equal width over 0..=1. Confidences outside are counted in
    /// the nearest bin; those that are not numbers are left out.
    pub fn new(bins: usize, answers: impl IntoIterator<Item = (f64, bool)>) -> Self {
        let bins = bins.max(1);
        let mut sums = vec![(0u64, 0.0f64, 0u64); bins];
        for (confidence, right) in answers.into_iter().filter(|(confidence, _)| !confidence.is_nan()) {
            let bin = ((confidence * bins as f64).ceil() as usize).clamp(1, bins) - 1;
            let (count, total, hits) = &mut sums[bin];
            *count += 1;
            *total += confidence;
            *hits += u64::from(right);
        }
        let count: u64 = sums.iter().map(|s| s.0).sum();
        let gap: f64 = sums.iter().map(|&(_, total, hits)| (hits as f64 - total).abs()).sum();
        let chance: f64 = sums.iter().map(|&(n, total, _)| deviation(n, total / n as f64)).sum();
        let edge = |i: usize| i as f64 / bins as f64;
        let bins = sums
            .iter()
            .enumerate()
            .map(|(i, &(n, total, hits))| ReliabilityBin {
                low: edge(i),
                high: edge(i + 1),
                count: n,
                confidence: (n > 0).then(|| total / n as f64),
                accuracy: (n > 0).then(|| hits as f64 / n as f64),
            })
            .collect();
        let mean = |sum: f64| (count > 0).then(|| sum / count as f64);
        Self { count, ece: mean(gap), by_chance: mean(chance), bins }
    }
}

/// E |X - n p| of a binomial X: 2 v C(n, v) p^v (1 - p)^(n - v + 1) with v the whole number above n p (de Moivre 1730).
fn deviation(n: u64, p: f64) -> f64 {
    let p = p.clamp(0.0, 1.0);
    let v = (n as f64 * p).floor() as u64 + 1;
    if v > n {
        return 0.0;
    }
    let choose: f64 = (1..=v).map(|k| ((n - v + k) as f64 / k as f64).ln()).sum();
    2.0 * v as f64 * (choose + v as f64 * p.ln() + (n - v + 1) as f64 * (1.0 - p).ln()).exp()
}

/// Brier's score of one answer (Brier 1950): the sum over the classes of (p_k - [k = truth])², in 0..=2.
pub fn brier(probabilities: &[f64], truth: usize) -> f64 {
    probabilities.iter().enumerate().map(|(k, p)| (p - f64::from(u8::from(k == truth))).powi(2)).sum()
}
