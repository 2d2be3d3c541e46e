//! The numbers that get intervals: computed once for the songs, and again for every resampling of them.

use super::{Interval, Options, Ranking, bootstrap, brier, wilson};
use crate::vote::Verdict;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A number with bootstrap intervals.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Estimate {
    /// The number; none if it does not exist (nothing to divide by).
    pub value: Option<f64>,
    /// Its interval when other songs are drawn.
    pub by_song: Option<Interval>,
    /// Its interval when other artists are drawn, usually wider; none if no artist is known. A song without an artist
    /// counts as an artist of its own.
    pub by_artist: Option<Interval>,
}

/// What an artist is told apart by: the name in lower case with single spaces; none for a name of nothing but spaces.
pub fn artist_key(name: &str) -> Option<String> {
    let key = name.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase();
    (!key.is_empty()).then_some(key)
}

/// A share of songs or slices: `count` of `of`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Rate {
    /// How many.
    pub count: u64,
    /// Of how many.
    pub of: u64,
    /// The ratio and its bootstrap intervals.
    #[serde(flatten)]
    pub estimate: Estimate,
    /// Wilson's interval; only for songs, since the slices of a song are not independent.
    pub wilson: Option<Interval>,
}

/// What the statistics need of one measured song.
pub(super) struct Measured {
    /// The true class.
    pub(super) truth: usize,
    /// The vote.
    pub(super) verdict: Verdict,
    /// All slices.
    pub(super) slices: u64,
    /// Slices whose best class is the true one.
    pub(super) slices_right: u64,
    /// Those of them that voted.
    pub(super) kept_right: u64,
}

impl Measured {
    /// Whether the forced answer is wrong; no answer is wrong too.
    pub(super) fn forced_wrong(&self) -> bool {
        self.verdict.forced != Some(self.truth)
    }

    fn brier(&self) -> Option<f64> {
        (!self.verdict.mean.is_empty()).then(|| brier(&self.verdict.mean, self.truth))
    }
}

/// The statistics that are resampled, by their place in the arrays.
const STATISTICS: usize = 11;
pub(super) const T1: usize = 0;
pub(super) const T2: usize = 1;
pub(super) const T3: usize = 2;
pub(super) const WRONG: usize = 3;
pub(super) const SLICES: usize = 4;
pub(super) const KEPT: usize = 5;
pub(super) const WRONG_OF_ALL: usize = 6;
pub(super) const VOTING: usize = 7;
pub(super) const AURC: usize = 8;
pub(super) const EAURC: usize = 9;
pub(super) const BRIER: usize = 10;
/// How many of them are ratios of counts.
const RATES: usize = 8;

/// All statistics of one set of songs, with their intervals.
pub(super) struct Summary {
    pub(super) ranking: Ranking,
    /// Distinct known artists.
    pub(super) artists: usize,
    counts: [(u64, u64); RATES],
    values: [f64; STATISTICS],
    by_song: [Option<Interval>; STATISTICS],
    by_artist: [Option<Interval>; STATISTICS],
}

impl Summary {
    /// `artists` are the songs' [`artist_key`]s.
    pub(super) fn new(measured: &[Measured], artists: &[Option<String>], options: &Options) -> Self {
        let ranking = Ranking::new(measured.iter().map(|m| (m.verdict.share, m.forced_wrong())));
        let once = vec![1; measured.len()];
        let (counts, values) = statistics(measured, &ranking, &once);

        let resample = |clusters: &[Vec<usize>]| {
            let drawn = bootstrap(clusters, options.replicates, options.seed, |w| statistics(measured, &ranking, w).1);
            widen(drawn, &counts, clusters.len() as u64)
        };
        let songs: Vec<Vec<usize>> = (0..measured.len()).map(|i| vec![i]).collect();
        let mut named: BTreeMap<&String, Vec<usize>> = BTreeMap::new();
        let mut alone = Vec::new();
        for (i, artist) in artists.iter().enumerate() {
            match artist {
                Some(name) => named.entry(name).or_default().push(i),
                None => alone.push(vec![i]),
            }
        }
        let known = named.len();
        let by_artist = if known == 0 {
            [None; STATISTICS]
        } else {
            resample(&named.into_values().chain(alone).collect::<Vec<_>>())
        };
        let by_song = resample(&songs);
        Self { ranking, artists: known, counts, values, by_song, by_artist }
    }

    pub(super) fn estimate(&self, statistic: usize) -> Estimate {
        Estimate {
            value: Some(self.values[statistic]).filter(|v| v.is_finite()),
            by_song: self.by_song[statistic],
            by_artist: self.by_artist[statistic],
        }
    }

    pub(super) fn rate(&self, statistic: usize, independent: bool) -> Rate {
        let (count, of) = self.counts[statistic];
        let wilson = if independent { wilson(count, of) } else { None };
        Rate { count, of, estimate: self.estimate(statistic), wilson }
    }
}

/// Where a share is 0 or 1, every resampling gives the same, and an interval without width would claim certainty. Wilson's
/// stands in, with as many trials as there are clusters to draw.
fn widen(
    mut drawn: [Option<Interval>; STATISTICS],
    counts: &[(u64, u64); RATES],
    clusters: u64,
) -> [Option<Interval>; STATISTICS] {
    for (interval, &(count, of)) in drawn.iter_mut().zip(counts) {
        let trials = clusters.min(of);
        match count {
            0 => *interval = interval.and(wilson(0, trials)),
            _ if count == of => *interval = interval.and(wilson(trials, trials)),
            _ => {}
        }
    }
    drawn
}

/// Every statistic with song i counted `weights[i]` times. A ratio with nothing below the line is not a number.
fn statistics(measured: &[Measured], ranking: &Ranking, weights: &[u32]) -> ([(u64, u64); RATES], [f64; STATISTICS]) {
    let mut counts = [(0u64, 0u64); RATES];
    let (mut brier_sum, mut brier_songs) = (0.0, 0u64);
    for (m, &weight) in measured.iter().zip(weights).filter(|(_, weight)| **weight > 0) {
        let weight = u64::from(weight);
        let genre = m.verdict.genre();
        let (unclassified, wrong) = (u64::from(genre.is_none()), u64::from(genre.is_some_and(|g| g != m.truth)));
        let of_song = [
            (T1, unclassified, 1),
            (T2, unclassified + wrong, 1),
            (T3, u64::from(m.forced_wrong()), 1),
            (WRONG, wrong, 1 - unclassified),
            (SLICES, m.slices_right, m.slices),
            (KEPT, m.kept_right, m.verdict.kept as u64),
            (WRONG_OF_ALL, wrong, 1),
            (VOTING, m.verdict.kept as u64, m.slices),
        ];
        for (statistic, count, of) in of_song {
            counts[statistic].0 += weight * count;
            counts[statistic].1 += weight * of;
        }
        if let Some(brier) = m.brier() {
            brier_sum += weight as f64 * brier;
            brier_songs += weight;
        }
    }
    let mut values = [f64::NAN; STATISTICS];
    for (value, (count, of)) in values.iter_mut().zip(counts) {
        *value = count as f64 / of as f64;
    }
    (values[AURC], values[EAURC]) = ranking.areas(Some(weights));
    values[BRIER] = brier_sum / brier_songs as f64;
    (counts, values)
}
