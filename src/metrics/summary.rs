//! The numbers that get intervals: computed once for the songs, and again for every resampling of them.

use super::ranked::Ranked;
use super::sample::{Drawn, Sample};
use super::{Answer, Interval, Options, Readings};
use serde::{Deserialize, Serialize};

/// A number with bootstrap intervals.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Estimate {
    /// The number; none if it does not exist (nothing to divide by).
    pub value: Option<f64>,
    /// Its interval when other songs are drawn.
    pub by_song: Option<Interval>,
    /// Its interval when other artists are drawn, usually wider; none if no artist is known. A song without an artist
    /// counts as an artist of its own.
    pub by_artist: Option<Interval>,
}

impl Estimate {
    /// The interval to show where there is room for one: the artists' where they are drawn, else the songs'.
    pub fn interval(&self) -> Option<Interval> {
        self.by_artist.or(self.by_song)
    }
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

/// What the statistics need of one judged song.
pub(super) struct Measured {
    pub(super) answer: Answer,
    /// All slices.
    pub(super) slices: u64,
    /// Slices that voted.
    pub(super) kept: u64,
    /// Slices whose best class is the true one.
    pub(super) slices_right: u64,
    /// Those of them that voted.
    pub(super) kept_right: u64,
}

impl Measured {
    /// What a method says of a song where only songs count.
    pub(super) fn without_slices(answer: Answer) -> Self {
        Self { answer, slices: 0, kept: 0, slices_right: 0, kept_right: 0 }
    }
}

/// The statistics that are resampled, by their place in the arrays.
const STATISTICS: usize = 11;
const T1: usize = 0;
const T2: usize = 1;
const T3: usize = 2;
const WRONG: usize = 3;
pub(super) const SLICES: usize = 4;
pub(super) const KEPT: usize = 5;
const WRONG_OF_ALL: usize = 6;
pub(super) const VOTING: usize = 7;
pub(super) const AURC: usize = 8;
pub(super) const EAURC: usize = 9;
pub(super) const BRIER: usize = 10;
/// How many of them are ratios of counts.
const RATES: usize = 8;

/// All statistics of one sample, with their replicates.
pub(super) struct Summary<'a> {
    sample: &'a Sample,
    counts: [(u64, u64); RATES],
    values: [f64; STATISTICS],
    drawn: Drawn<STATISTICS>,
}

impl<'a> Summary<'a> {
    /// `measured` is in the order of the sample.
    pub(super) fn new(measured: &[Measured], sample: &'a Sample, options: &Options) -> Self {
        let ranked = Ranked::new(sample, measured.iter().map(|m| &m.answer));
        let (counts, values) = statistics(measured, &ranked, &vec![1; measured.len()]);
        let drawn = sample.draw(options, |weights| statistics(measured, &ranked, weights).1);
        Self { sample, counts, values, drawn }
    }

    pub(super) fn estimate(&self, statistic: usize) -> Estimate {
        Estimate {
            value: Some(self.values[statistic]).filter(|v| v.is_finite()),
            by_song: self.drawn.by_song[statistic].interval(),
            by_artist: self.drawn.by_artist[statistic].interval(),
        }
    }

    pub(super) fn readings(&self) -> Readings {
        Readings {
            t1: self.rate(T1),
            t2: self.rate(T2),
            t3: self.rate(T3),
            wrong: self.rate(WRONG_OF_ALL),
            wrong_of_classified: self.rate(WRONG),
        }
    }

    /// A rate of songs.
    fn rate(&self, statistic: usize) -> Rate {
        let (count, of) = self.counts[statistic];
        self.sample.share(count, of, &self.drawn.by_song[statistic], &self.drawn.by_artist[statistic])
    }

    /// A rate of slices, which are not independent.
    pub(super) fn slice_rate(&self, statistic: usize) -> Rate {
        Rate { wilson: None, ..self.rate(statistic) }
    }
}

/// Every statistic with observation i counted `weights[i]` times: rates over all observations, areas as the mean over the seeds. A ratio
/// with nothing below the line is not a number.
fn statistics(measured: &[Measured], ranked: &Ranked, weights: &[u32]) -> ([(u64, u64); RATES], [f64; STATISTICS]) {
    let mut counts = [(0u64, 0u64); RATES];
    let (mut brier_sum, mut brier_songs) = (0.0, 0u64);
    for (m, &weight) in measured.iter().zip(weights).filter(|(_, weight)| **weight > 0) {
        let weight = u64::from(weight);
        let Answer { given, wrong, brier, .. } = m.answer;
        let [given, wrong, given_wrong] = [given, wrong, given && wrong].map(u64::from);
        let of_song = [
            (T1, 1 - given, 1),
            (T2, 1 - given + given_wrong, 1),
            (T3, wrong, 1),
            (WRONG, given_wrong, given),
            (SLICES, m.slices_right, m.slices),
            (KEPT, m.kept_right, m.kept),
            (WRONG_OF_ALL, given_wrong, 1),
            (VOTING, m.kept, m.slices),
        ];
        for (statistic, count, of) in of_song {
            counts[statistic].0 += weight * count;
            counts[statistic].1 += weight * of;
        }
        if let Some(brier) = brier {
            brier_sum += weight as f64 * brier;
            brier_songs += weight;
        }
    }
    let mut values = [f64::NAN; STATISTICS];
    for (value, (count, of)) in values.iter_mut().zip(counts) {
        *value = count as f64 / of as f64;
    }
    [values[AURC], values[EAURC]] = ranked.mean(weights, |ranking, weights| ranking.areas(Some(weights)).into());
    values[BRIER] = brier_sum / brier_songs as f64;
    (counts, values)
}
