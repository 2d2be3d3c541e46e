//! Two methods on the same songs: is one a gain over the other?

use super::ranked::Ranked;
use super::sample::Drawn;
use super::{Answer, Interval, Options, Replicates, Sample};
use crate::{Error, Result};
use serde::{Deserialize, Serialize};

/// What is compared. All of them are better when lower, are taken of each training seed's songs, and averaged over the seeds.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum Measure {
    /// The expected selective risk of both rankings at this coverage, above 0 and up to 1: [`Ranking::risk_at`](super::Ranking::risk_at).
    RiskAt(f64),
    /// Wrong / given of the answers that the method gives, against the baseline's ranking at the coverage that this is in these
    /// songs.
    RiskAtOwnCoverage,
    /// The area under the risk-coverage curve (Geifman et al. 2019).
    Aurc,
}

/// The difference between a method and a baseline on the same songs.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Difference {
    /// What was compared.
    pub measure: Measure,
    /// The method's value; none if it does not exist (a seed under which nothing is given).
    pub method: Option<f64>,
    /// The baseline's.
    pub baseline: Option<f64>,
    /// Method - baseline; below 0 the method is better.
    pub difference: Option<f64>,
    /// Its bounds when other songs are drawn, each with its observations under all seeds; none for a single song.
    pub by_song: Option<Bounds>,
    /// Its bounds when other artists are drawn; none if no artist is known, or there is only one to draw.
    pub by_artist: Option<Bounds>,
}

/// What the paired bootstrap says of a difference.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Bounds {
    /// Its two-sided percentile interval of 95 %.
    pub interval: Interval,
    /// Its one-sided upper bound of 95 %: the 95 % quantile of the replicates.
    pub upper: f64,
    /// Share of the replicates in which the method is not better than the baseline: a difference of 0 or more. It is read like a p-value
    /// of "no gain".
    pub not_better: f64,
    /// Replicates in which the difference exists.
    pub replicates: usize,
}

impl Bounds {
    fn new(replicates: &Replicates) -> Option<Self> {
        Some(Self {
            interval: replicates.interval()?,
            upper: replicates.quantile(0.95)?,
            not_better: replicates.share_from(0.0)?,
            replicates: replicates.count(),
        })
    }

    /// The one-sided decision at 95 %: the upper bound is below 0.
    pub fn gain(&self) -> bool {
        self.upper < 0.0
    }
}

impl Difference {
    /// Compares two methods' answers, both in the order of the sample, by the paired percentile bootstrap (Efron & Tibshirani 1993):
    /// what is drawn is drawn for both.
    ///
    /// Percentiles know only the songs at hand. Where fewer than about five songs tell the methods apart, they are surer than a
    /// sign test of those songs would be.
    ///
    /// # Errors
    /// [`Error::Argument`] if there is not one answer an observation or none at all, or for a coverage outside.
    pub fn new(
        sample: &Sample,
        method: &[Answer],
        baseline: &[Answer],
        measure: Measure,
        options: &Options,
    ) -> Result<Self> {
        sample.check("difference", method.len())?;
        sample.check("difference", baseline.len())?;
        if let Measure::RiskAt(coverage) = measure
            && !(coverage > 0.0 && coverage <= 1.0)
        {
            let problem = format!("the coverage should be above 0 and at most 1, not {coverage}");
            return Err(Error::Argument { operation: "difference", problem });
        }
        let ranked = [method, baseline].map(|answers| Ranked::new(sample, answers.iter()));
        let values = |weights: &[u32]| match measure {
            Measure::RiskAt(coverage) => ranked.each_ref().map(|r| {
                let [risk] = r.mean(weights, |ranking, own| [ranking.risk_at(coverage, Some(own))]);
                risk
            }),
            Measure::Aurc => ranked.each_ref().map(|r| {
                let [area] = r.mean(weights, |ranking, own| [ranking.areas(Some(own)).0]);
                area
            }),
            Measure::RiskAtOwnCoverage => ranked[1].mean_by_seed(|observations, ranking| {
                let own: Vec<u32> = observations.iter().map(|&i| weights[i]).collect();
                let (coverage, risk) = given(method, observations, weights);
                [risk, ranking.risk_at(coverage, Some(&own))]
            }),
        };
        let Drawn { by_song: [by_song], by_artist: [by_artist] } = sample.draw(options, |weights| {
            let [method, baseline] = values(weights);
            [method - baseline]
        });
        let [method, baseline] = values(&vec![1; method.len()]);
        let number = |value: f64| Some(value).filter(|v| v.is_finite());
        Ok(Self {
            measure,
            method: number(method),
            baseline: number(baseline),
            difference: number(method - baseline),
            by_song: Bounds::new(&by_song),
            by_artist: Bounds::new(&by_artist),
        })
    }

    /// The bounds to decide by: those of artists where they are drawn, else those of songs.
    pub fn bounds(&self) -> Option<Bounds> {
        self.by_artist.or(self.by_song)
    }

    /// Whether the method is a gain, by [`bounds`](Self::bounds); without bounds it is not.
    pub fn gain(&self) -> bool {
        self.bounds().is_some_and(|bounds| bounds.gain())
    }
}

/// Given / all and wrong / given of some observations, each counted as `weights` says; not a number where nothing is counted or given.
fn given(answers: &[Answer], observations: &[usize], weights: &[u32]) -> (f64, f64) {
    let (mut all, mut given, mut wrong) = (0u64, 0u64, 0u64);
    for &i in observations {
        let weight = u64::from(weights[i]);
        all += weight;
        given += if answers[i].given { weight } else { 0 };
        wrong += if answers[i].given && answers[i].wrong { weight } else { 0 };
    }
    (given as f64 / all as f64, wrong as f64 / given as f64)
}
