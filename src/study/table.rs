//! Rows, readings, curves and comparisons.

use serde::{Deserialize, Serialize};

use super::alone::{Alone, alone};
use super::judged::{Judged, Side};
use super::methods::{Method, answers};
use super::plan::StudyPlan;
use crate::error::Result;
use crate::metrics::{Answer, Difference, Judgement, Measure, Options, Ranking, Rate, Sample, Standing};
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
    /// Risk at the second look's own coverage.
    pub risk: Difference,
    /// Area under the risk-coverage curve.
    pub aurc: Difference,
    /// Whether either is lower by the one-sided bound of 95 %.
    pub gain: bool,
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
                by_seed.push(Ranking::new(answers.test.iter().map(Answer::ranked)));
                known.extend(answers.test);
                others.extend(answers.outside);
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
        for (method, known, ..) in all.iter().filter(|(method, ..)| method.is_second_look()) {
            for (baseline, theirs, ..) in all.iter().filter(|(method, ..)| method.is_compared()) {
                let compare = |measure| Difference::new(&test, known, theirs, measure, &options);
                let (risk, aurc) = (compare(Measure::RiskAtOwnCoverage)?, compare(Measure::Aurc)?);
                let gain = risk.gain() || aurc.gain();
                comparisons.push(Comparison { method: *method, baseline: *baseline, risk, aurc, gain });
            }
        }
        let songs = [test.songs(), outside.songs()];
        let evidence = alone(seeds.iter().flat_map(|(_, _, songs)| songs), labels.len());
        let (plan, labels, curves) = (plan.clone(), labels.to_vec(), curves.collect());
        Ok(Self { plan, labels, songs, rows, curves, comparisons, evidence, options })
    }

    /// The second looks that are a gain over voting and every control; mostly none.
    pub fn gains(&self) -> Vec<Method> {
        let beats = |method: &Method| {
            let mut controls = self.comparisons.iter().filter(|one| one.method == *method && one.baseline.is_control());
            controls.all(|comparison| comparison.gain)
        };
        Method::ALL.into_iter().filter(|method| method.is_second_look()).filter(beats).collect()
    }
}

/// The mean over seeds of the expected risk, at a twentieth, two twentieths, … of all songs.
fn curve(by_seed: &[Ranking]) -> Vec<[f64; 2]> {
    let at = |k: usize| {
        let coverage = k as f64 / 20.0;
        let risks: Vec<_> = by_seed.iter().map(|ranking| ranking.risk_at(coverage, None)).collect();
        [coverage, risks.iter().sum::<f64>() / risks.len() as f64]
    };
    (1..=20).map(at).filter(|[_, risk]| risk.is_finite()).collect()
}
