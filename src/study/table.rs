//! Rows, readings, curves and comparisons.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::alone::{Alone, alone};
use super::judged::{Seed, Side};
use super::methods::{Answers, Method, answers};
use super::plan::StudyPlan;
use crate::error::Result;
use crate::metrics::{Answer, Bounds, Difference, Measure, Observation, Options, Ranking, Rate, Sample, Standing};

/// A study's result.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Table {
    /// How everything was trained.
    pub plan: StudyPlan,
    /// The labels.
    pub labels: Vec<String>,
    /// Distinct test songs, and songs from outside.
    pub songs: [usize; 2],
    /// Songs whose artist is not known: one of theirs may be on both sides.
    pub without_artist: usize,
    /// What the seeds were trained on.
    pub device: String,
    /// The methods.
    pub rows: Vec<Row>,
    /// Risk against coverage of those that can abstain.
    pub curves: Vec<Curve>,
    /// Second looks against voting, controls and a second network.
    pub comparisons: Vec<Comparison>,
    /// The second looks that are a gain over voting and every control, by the same of the two measures; mostly none.
    pub gains: Vec<Method>,
    /// How often each piece of evidence is right by itself.
    pub evidence: Vec<Alone>,
    /// How it was measured.
    pub options: Options,
}

/// A method.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Row {
    /// Which.
    pub method: Method,
    /// What it is called.
    pub name: String,
    /// How it stands on the test songs.
    pub standing: Standing,
    /// Songs from outside that got a genre all the same; none if there are no such songs.
    pub outside: Option<Rate>,
}

/// Expected risk at coverages, a mean over seeds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Curve {
    /// Which.
    pub method: Method,
    /// (coverage, risk), coverage ascending.
    pub points: Vec<[f64; 2]>,
}

/// A second look against what it has to beat.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Comparison {
    /// The second look.
    pub method: Method,
    /// Voting, a control, or a second network.
    pub baseline: Method,
    /// Whether the second look has to beat it to be a gain: all but the second network.
    pub control: bool,
    /// Risk of the songs that the second look leaves with a genre, and of the baseline's ranking cut where it answers as many: the coverage of
    /// both is the second look's, under each seed and in each replicate.
    pub risk: Difference,
    /// Area under the risk-coverage curve.
    pub aurc: Difference,
    /// Whether [`risk`](Self::risk) is lower by the one-sided bound of 95 %, and the [area](Self::aurc). A bound on fewer than nine in ten
    /// replicates, where the others give nothing to compare, is none.
    pub gain: [bool; 2],
}

impl Table {
    /// From what every network says of every song.
    ///
    /// # Errors
    /// [`Error::Argument`](crate::Error::Argument) if there is no test song, [`Error::Training`](crate::Error::Training) if a seed has no
    /// validation song.
    pub fn new(plan: &StudyPlan, labels: &[String], seeds: &[Seed], options: Options) -> Result<Self> {
        let sample = |side: Side| {
            Sample::new(seeds.iter().flat_map(|seed| {
                let of = seed.songs.iter().filter(move |song| song.side == side);
                of.map(|song| Observation { song: &song.path, artist: song.artist.as_deref(), seed: seed.seed })
            }))
        };
        let (test, outside) = (sample(Side::Test), sample(Side::Outside));
        let asked = Method::ALL.into_iter().map(|method| Asked::new(method, seeds, labels));
        let asked = asked.collect::<Result<Vec<_>>>()?;
        let rows = asked.iter().map(|one| one.row(&test, &outside, &options)).collect::<Result<_>>()?;
        let second_looks = || asked.iter().filter(|one| one.method.is_second_look());
        let compared = || asked.iter().filter(|one| one.method.is_compared());
        let curves = asked.iter().filter(|one| one.method.is_second_look() || one.method.is_compared());
        let curves = curves.map(|one| Curve { method: one.method, points: curve(&one.by_seed) }).collect();
        let mut comparisons = Vec::new();
        for one in second_looks() {
            for baseline in compared() {
                comparisons.push(one.against(baseline, &test, &options)?);
            }
        }
        let songs = [test.songs(), outside.songs()];
        let all_songs = seeds.iter().flat_map(|seed| &seed.songs);
        let without: BTreeSet<_> = all_songs.filter(|song| song.artist.is_none()).map(|song| &song.path).collect();
        let devices: BTreeSet<_> = seeds.iter().map(|seed| seed.device.as_str()).collect();
        let device = devices.into_iter().collect::<Vec<_>>().join(" and ");
        let without_artist = without.len();
        let evidence = alone(seeds, labels.len())?;
        let (plan, labels, gains) = (plan.clone(), labels.to_vec(), gains(&comparisons));
        Ok(Self { plan, labels, songs, without_artist, device, rows, curves, comparisons, gains, evidence, options })
    }
}

/// The methods whose comparisons with all controls are gains by one measure.
fn gains(comparisons: &[Comparison]) -> Vec<Method> {
    let beats = |method: &Method| {
        let controls = || comparisons.iter().filter(|one| one.method == *method && one.control);
        (0..2).any(|measure| controls().all(|comparison| comparison.gain[measure]))
    };
    Method::ALL.into_iter().filter(|method| method.is_second_look()).filter(beats).collect()
}

/// A method, and what it answers under all seeds.
struct Asked {
    method: Method,
    by_seed: Vec<Answers>,
    /// All seeds' answers to the test songs, one behind the other.
    test: Vec<Answer>,
    /// All seeds' songs from outside: whether they get a genre.
    outside: Vec<bool>,
}

impl Asked {
    fn new(method: Method, seeds: &[Seed], labels: &[String]) -> Result<Self> {
        let by_seed = seeds.iter().map(|seed| answers(method, &seed.songs, labels, &seed.thresholds));
        let by_seed = by_seed.collect::<Result<Vec<_>>>()?;
        let test = by_seed.iter().flat_map(|answers| &answers.test).copied().collect();
        let outside = by_seed.iter().flat_map(|answers| &answers.outside).copied().collect();
        Ok(Self { method, by_seed, test, outside })
    }

    fn row(&self, test: &Sample, outside: &Sample, options: &Options) -> Result<Row> {
        let rate = if self.outside.is_empty() { None } else { Some(outside.rate(&self.outside, options)?) };
        let standing = Standing::new(test, &self.test, options)?;
        Ok(Row { method: self.method, name: self.method.name().into(), standing, outside: rate })
    }

    fn against(&self, baseline: &Self, test: &Sample, options: &Options) -> Result<Comparison> {
        let compare = |theirs: &[Answer], measure| Difference::new(test, &self.test, theirs, measure, options);
        let risk = compare(&baseline.test, Measure::RiskAtOwnCoverage)?;
        let aurc = compare(&baseline.test, Measure::Aurc)?;
        let sure = |difference: &Difference| {
            let enough = |bounds: Bounds| bounds.replicates * 10 >= options.replicates * 9;
            difference.gain() && difference.bounds().is_some_and(enough)
        };
        let gain = [sure(&risk), sure(&aurc)];
        let control = baseline.method.is_control();
        Ok(Comparison { method: self.method, baseline: baseline.method, control, risk, aurc, gain })
    }
}

/// The mean over seeds of the expected risk, at a twentieth, two twentieths, … of all songs.
fn curve(by_seed: &[Answers]) -> Vec<[f64; 2]> {
    let by_seed: Vec<_> = by_seed.iter().map(|answers| Ranking::new(answers.test.iter().map(Answer::ranked))).collect();
    let at = |k: usize| {
        let coverage = k as f64 / 20.0;
        let risks: Vec<_> = by_seed.iter().map(|ranking| ranking.risk_at(coverage, None)).collect();
        [coverage, risks.iter().sum::<f64>() / risks.len() as f64]
    };
    (1..=20).map(at).filter(|[_, risk]| risk.is_finite()).collect()
}
