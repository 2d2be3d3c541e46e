//! Selective classification: what abstaining buys.

use serde::{Deserialize, Serialize};

/// One point of the curve: what happens if only answers with at least this score are given.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct RiskPoint {
    /// The lowest score that is still answered.
    pub score: f64,
    /// Answered / all, in 0..=1.
    pub coverage: f64,
    /// Wrong / answered, in 0..=1.
    pub risk: f64,
}

/// The risk-coverage curve of El-Yaniv & Wiener 2010 and its area.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RiskCoverage {
    /// One point for each distinct score, coverage ascending; the last one answers all.
    pub points: Vec<RiskPoint>,
    /// Area under the curve: the mean of the risk over the n coverages 1/n, 2/n, …, 1 (Geifman et al. 2019). Lower is
    /// better. Items of equal score count as in random order: the expected area is given, so their order does not matter.
    pub aurc: f64,
    /// `aurc` minus the least that any ranking of the same answers could reach. 0 = every wrong answer ranks below every
    /// right one.
    pub eaurc: f64,
}

/// Answers ranked by score, made once and measured many times. Where all scores are equal, the ranking says nothing, and the risk is
/// the same at every coverage: so it is with a method that cannot abstain.
#[derive(Clone, Debug)]
pub struct Ranking {
    /// Indices into the items, best score first.
    order: Vec<usize>,
    /// Ends of the runs of equal score, in `order`.
    ends: Vec<usize>,
    scores: Vec<f64>,
    wrong: Vec<bool>,
}

impl Ranking {
    /// Ranks items of (score, wrong). A score that is not a number ranks last.
    pub fn new(items: impl IntoIterator<Item = (f64, bool)>) -> Self {
        let clean = |s: f64| if s.is_nan() { f64::NEG_INFINITY } else { s };
        let (scores, wrong): (Vec<f64>, Vec<bool>) = items.into_iter().map(|(s, w)| (clean(s), w)).unzip();
        let mut order: Vec<usize> = (0..scores.len()).collect();
        order.sort_by(|&a, &b| scores[b].total_cmp(&scores[a]));
        let ends =
            (1..=order.len()).filter(|&i| i == order.len() || scores[order[i]] != scores[order[i - 1]]).collect();
        Self { order, ends, scores, wrong }
    }

    /// Runs of equal score: (score, items, wrong ones), each item counted `weights[item]` times, or once.
    pub(super) fn groups<'a>(&'a self, weights: Option<&'a [u32]>) -> impl Iterator<Item = (f64, u64, u64)> + 'a {
        let starts = std::iter::once(0).chain(self.ends.iter().copied());
        starts.zip(&self.ends).map(move |(start, &end)| {
            let (mut n, mut errors) = (0u64, 0u64);
            for &i in &self.order[start..end] {
                let weight = weights.map_or(1, |w| u64::from(w[i]));
                n += weight;
                errors += if self.wrong[i] { weight } else { 0 };
            }
            (self.scores[self.order[start]], n, errors)
        })
    }

    /// (AURC, E-AURC) with each item counted `weights[item]` times, or once; not a number if nothing is counted.
    pub fn areas(&self, weights: Option<&[u32]>) -> (f64, f64) {
        let (mut n, mut errors, mut sum) = (0u64, 0u64, 0.0f64);
        for (_, size, wrong) in self.groups(weights) {
            // In random order, the j-th of a group has seen j / size of the group's wrong ones.
            let rate = wrong as f64 / size.max(1) as f64;
            sum += (1..=size).map(|j| (errors as f64 + rate * j as f64) / (n + j) as f64).sum::<f64>();
            n += size;
            errors += wrong;
        }
        let right = n - errors;
        let best: f64 = (1..=errors).map(|i| i as f64 / (right + i) as f64).sum();
        let aurc = sum / n as f64;
        (aurc, (aurc - best / n as f64).max(0.0))
    }

    /// How often a right item has a higher score than a wrong one, of all pairs of them, where equal scores count one half (the U of Mann &
    /// Whitney 1947 over the number of pairs): the area under the receiver operating characteristic. Each item is counted `weights[item]`
    /// times, or once; not a number without right or without wrong items.
    pub fn auc(&self, weights: Option<&[u32]>) -> f64 {
        // Twice the pairs, so that halves are whole.
        let (mut right, mut wrong, mut won) = (0u64, 0u64, 0u128);
        for (_, size, errors) in self.groups(weights) {
            let own = size - errors;
            won += u128::from(errors) * u128::from(2 * right + own);
            right += own;
            wrong += errors;
        }
        won as f64 / (2 * u128::from(right) * u128::from(wrong)) as f64
    }

    /// The expected selective risk where the best `coverage` (above 0, up to 1) of the items are answered, each item counted
    /// `weights[item]` times, or once: E wrong / E answered (El-Yaniv & Wiener 2010). Of the run of equal scores in which the coverage
    /// ends, all items are answered with the same probability; a coverage that is no whole number of items therefore has a risk
    /// too. Not a number if nothing is counted, or for a coverage outside.
    pub fn risk_at(&self, coverage: f64, weights: Option<&[u32]>) -> f64 {
        let all: u64 = self.groups(weights).map(|(_, size, _)| size).sum();
        let wanted = coverage * all as f64;
        if all == 0 || !(coverage > 0.0 && coverage <= 1.0) {
            return f64::NAN;
        }
        let (mut left, mut errors) = (wanted, 0.0);
        for (_, size, wrong) in self.groups(weights).filter(|(_, size, _)| *size > 0) {
            let part = (left / size as f64).min(1.0);
            errors += part * wrong as f64;
            left -= size as f64;
            if left <= 0.0 {
                break;
            }
        }
        errors / wanted
    }

    /// The curve; none without items.
    pub fn curve(&self) -> Option<RiskCoverage> {
        let all = self.order.len() as f64;
        let (mut n, mut errors) = (0u64, 0u64);
        let points: Vec<RiskPoint> = self
            .groups(None)
            .map(|(score, size, wrong)| {
                n += size;
                errors += wrong;
                RiskPoint { score, coverage: n as f64 / all, risk: errors as f64 / n as f64 }
            })
            .collect();
        let (aurc, eaurc) = self.areas(None);
        (!points.is_empty()).then_some(RiskCoverage { points, aurc, eaurc })
    }
}
