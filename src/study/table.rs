//! Rows, readings, curves and comparisons.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::alone::{Alone, alone};
use super::judged::{Judged, Side};
use super::methods::{Answers, Method, answers};
use super::plan::StudyPlan;
use crate::error::Result;
use crate::metrics::{Answer, Bounds, Difference, Judgement, Measure, Options, Ranking, Rate, Sample, Standing};
use crate::vote::Thresholds;

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
    /// What it was measured on; empty if that is not known.
    #[serde(default)]
    pub device: String,
    /// The methods.
    pub rows: Vec<Row>,
    /// Risk against coverage of those that can abstain.
    pub curves: Vec<Curve>,
    /// Second looks against voting, controls and a second network.
    pub comparisons: Vec<Comparison>,
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
    /// Risk of what the second look gives, and of the baseline at the score from which it would give as many answers to the validation songs.
    pub risk: Difference,
    /// Risk at the second look's own coverage of the test songs: the baseline's ranking cut where it answers as many.
    pub own_coverage: Difference,
    /// Area under the risk-coverage curve.
    pub aurc: Difference,
    /// Whether [`risk`](Self::risk) is lower by the one-sided bound of 95 %, and the [area](Self::aurc). A bound on fewer than nine in ten
    /// replicates, where the others give nothing to compare, is none.
    pub gain: [bool; 2],
}

/// One seed: its number, the first vote's thresholds, its songs.
pub type Seed = (u64, Thresholds, Vec<Judged>);

impl Table {
    /// From what every network says of every song.
    ///
    /// # Errors
    /// [`Error::Argument`](crate::Error::Argument) if there is no test song, [`Error::Training`](crate::Error::Training) if a seed has no
    /// validation song.
    pub fn new(plan: &StudyPlan, labels: &[String], seeds: &[Seed], options: Options) -> Result<Self> {
        let sample = |side: Side| {
            Sample::new(seeds.iter().flat_map(|(seed, _, songs)| {
                let of = songs.iter().filter(move |song| song.side == side);
                of.map(|song| Judgement { song: &song.path, artist: song.artist.as_deref(), seed: *seed })
            }))
        };
        let (test, outside) = (sample(Side::Test), sample(Side::Outside));
        let mut all = Vec::new();
        for method in Method::ALL {
            let (mut known, mut others, mut by_seed) = (Vec::new(), Vec::new(), Vec::new());
            for (_, thresholds, songs) in seeds {
                let answers = answers(method, songs, labels, thresholds)?;
                known.extend(answers.test.iter().copied());
                others.extend(answers.outside.iter().copied());
                by_seed.push(answers);
            }
            all.push((method, known, others, by_seed));
        }
        let mut rows = Vec::new();
        for (method, known, others, _) in &all {
            let rate = if others.is_empty() { None } else { Some(outside.rate(others, &options)?) };
            let standing = Standing::new(&test, known, &options)?;
            rows.push(Row { method: *method, name: method.name().into(), standing, outside: rate });
        }
        let curves = all.iter().filter(|(method, ..)| method.is_second_look() || method.is_compared());
        let curves = curves.map(|(method, _, _, by_seed)| Curve { method: *method, points: curve(by_seed) });
        let mut comparisons = Vec::new();
        for (method, known, _, ours) in all.iter().filter(|(method, ..)| method.is_second_look()) {
            for (baseline, theirs, _, controls) in all.iter().filter(|(method, ..)| method.is_compared()) {
                let compare = |theirs: &[Answer], measure| Difference::new(&test, known, theirs, measure, &options);
                let as_many: Vec<_> =
                    ours.iter().zip(controls).flat_map(|(ours, theirs)| as_many(ours, theirs)).collect();
                let risk = compare(&as_many, Measure::RiskGiven)?;
                let own_coverage = compare(theirs, Measure::RiskAtOwnCoverage)?;
                let aurc = compare(theirs, Measure::Aurc)?;
                let sure = |difference: &Difference| {
                    let enough = |bounds: Bounds| bounds.replicates * 10 >= options.replicates * 9;
                    difference.gain() && difference.bounds().is_some_and(enough)
                };
                let gain = [sure(&risk), sure(&aurc)];
                comparisons.push(Comparison { method: *method, baseline: *baseline, risk, own_coverage, aurc, gain });
            }
        }
        let songs = [test.songs(), outside.songs()];
        let all_songs = seeds.iter().flat_map(|(_, _, songs)| songs);
        let without: BTreeSet<_> = all_songs.filter(|song| song.artist.is_none()).map(|song| &song.path).collect();
        let (without_artist, device) = (without.len(), String::new());
        let evidence = alone(seeds.iter().flat_map(|(_, _, songs)| songs), labels.len());
        let (plan, labels, curves) = (plan.clone(), labels.to_vec(), curves.collect());
        Ok(Self { plan, labels, songs, without_artist, device, rows, curves, comparisons, evidence, options })
    }

    /// The second looks that are a gain over voting and every control, by the same of the two measures; mostly none.
    pub fn gains(&self) -> Vec<Method> {
        let beats = |method: &Method| {
            let controls = || self.comparisons.iter().filter(|one| one.method == *method && one.baseline.is_control());
            (0..2).any(|measure| controls().all(|comparison| comparison.gain[measure]))
        };
        Method::ALL.into_iter().filter(|method| method.is_second_look()).filter(beats).collect()
    }
}

/// The baseline's answers to the test songs, given from the score at which it gives the validation songs as many as the method does.
fn as_many(method: &Answers, baseline: &Answers) -> Vec<Answer> {
    let given = method.validation.iter().filter(|answer| answer.given).count();
    let coverage = given as f64 / method.validation.len() as f64;
    let nearest = Ranking::new(baseline.validation.iter().map(Answer::ranked)).nearest(coverage);
    let from = nearest.filter(|_| given > 0).map_or(f64::INFINITY, |point| point.score);
    baseline.test.iter().map(|answer| answer.given_from(from)).collect()
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
