//! A test set measured: everything that `evaluate` prints and the report draws.

use super::summary::{AURC, BRIER, EAURC, KEPT, Measured, SLICES, Summary, VOTING};
use super::{
    Answer, Calibration, ClassScores, Confusion, Estimate, Observation, Ranking, Rate, RiskCoverage, Roc, Sample,
    artist_key, wilson,
};
use crate::vote::{Record, Status, Thresholds, Verdict, slice_winner, vote};
use crate::{Error, Result};
use serde::{Deserialize, Serialize};

/// A song of the test set.
#[derive(Clone, Debug)]
pub struct Song {
    /// Its record, with the probabilities of the slices.
    pub record: Record,
    /// Index of the true label; none if the true genre is not among the labels.
    pub truth: Option<usize>,
    /// Who made it, if that is known; told apart by [`artist_key`].
    pub artist: Option<String>,
}

/// How to measure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Options {
    /// Bootstrap replicates; 0 = no bootstrap intervals.
    pub replicates: usize,
    /// Seed of the bootstrap.
    pub seed: u64,
    /// Bins of the calibration.
    pub bins: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self { replicates: 2000, seed: 0, bins: 15 }
    }
}

/// The three readings of "error rate", and what lies between them.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Readings {
    /// T1: unclassified songs.
    pub t1: Rate,
    /// T2: songs that are unclassified or wrong.
    pub t2: Rate,
    /// T3: songs that are wrong when every song has to be answered.
    pub t3: Rate,
    /// Songs that are classified wrongly: T2 - T1.
    pub wrong: Rate,
    /// Wrong songs among the classified ones.
    pub wrong_of_classified: Rate,
}

/// Songs of the list that the model has met before: the numbers look better than they are for those.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seen {
    /// Songs that it was trained on.
    pub training: usize,
    /// Songs that chose its epoch and thresholds.
    pub validation: usize,
}

/// What always answering the most frequent label would give.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Baseline {
    /// The most frequent true label of this test set (the first of equals).
    pub label: String,
    /// Its T3 = its T2.
    pub error: f64,
}

/// What happened to one song.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Outcome {
    /// The file.
    pub path: String,
    /// The artist, if known.
    pub artist: Option<String>,
    /// The true label; none if it is not among the labels.
    pub truth: Option<String>,
    /// How the song ended.
    pub status: Status,
    /// The label of a classified song.
    pub genre: Option<String>,
    /// The answer when it has to be given.
    pub forced: Option<String>,
    /// The winner's share.
    pub share: Option<f64>,
    /// Why it is unclassified, or the error.
    pub reason: Option<String>,
}

/// A test set measured. Songs that could not be read, and songs whose true genre is not among the labels, are counted
/// apart and are in none of the other numbers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Evaluation {
    /// The model's name.
    pub model: String,
    /// The thresholds of the vote.
    pub thresholds: Thresholds,
    /// How it was measured.
    pub options: Options,
    /// The labels, in the model's order.
    pub labels: Vec<String>,
    /// Songs measured.
    pub songs: usize,
    /// Songs that could not be read.
    pub unreadable: usize,
    /// Songs that the model has met before; none if that is not known.
    pub seen: Option<Seen>,
    /// Distinct known artists of the songs measured.
    pub artists: usize,
    /// Songs measured whose artist is not known.
    pub artist_unknown: usize,
    /// T1, T2 and T3.
    pub readings: Readings,
    /// Slices whose best class is the song's; slices without one best class are wrong.
    pub slice_accuracy: Rate,
    /// Slices that voted.
    pub kept_slices: Rate,
    /// Slice accuracy among the slices that voted.
    pub kept_slice_accuracy: Rate,
    /// The majority baseline.
    pub majority: Baseline,
    /// Songs by truth and answer.
    pub confusion: Confusion,
    /// Precision, recall, F1 of each class.
    pub classes: Vec<ClassScores>,
    /// Mean F1 of the classes that have songs; a class that was never answered counts as 0.
    pub macro_f1: f64,
    /// Risk against coverage, the forced answers ranked by the winner's share.
    pub risk_coverage: RiskCoverage,
    /// The area under it.
    pub aurc: Estimate,
    /// The part of the area that a better ranking could save.
    pub eaurc: Estimate,
    /// Brier score of the songs' mean probabilities, over songs with usable slices.
    pub brier: Estimate,
    /// How well the songs' mean probabilities tell the labels apart.
    #[serde(default)]
    pub roc: Roc,
    /// Calibration of songs: the mean probability of the forced answer.
    pub song_calibration: Calibration,
    /// Calibration of slices: the greatest probability.
    pub slice_calibration: Calibration,
    /// Songs whose true genre is not among the labels, and were classified all the same.
    pub outside: Rate,
    /// Every song, in the order given.
    pub outcomes: Vec<Outcome>,
}

impl Evaluation {
    /// Measures `songs` after voting with `thresholds`, whatever thresholds the records were made with.
    ///
    /// # Errors
    /// [`Error::Argument`] if a record has other labels, a truth is out of range, the slices' probabilities are missing, or
    /// no song with a truth among the labels could be read.
    pub fn new(songs: &[Song], labels: &[String], thresholds: &Thresholds, options: &Options) -> Result<Self> {
        let mut measured = Vec::new();
        let mut artists: Vec<Option<&str>> = Vec::new();
        let mut confusion = Confusion::new(labels.len());
        let (mut slice_answers, mut told) = (Vec::new(), Vec::new());
        let mut outcomes = Vec::with_capacity(songs.len());
        let (mut unreadable, mut outside, mut outside_classified) = (0, 0, 0);
        for song in songs {
            let record = &song.record;
            if record.status == Status::Error {
                unreadable += 1;
                outcomes.push(Outcome::new(song, labels, None));
                continue;
            }
            check(song, labels)?;
            let rows = &record.slices.probabilities;
            let verdict = vote(labels.len(), rows.values(), thresholds)?;
            outcomes.push(Outcome::new(song, labels, Some(&verdict)));
            let Some(truth) = song.truth else {
                outside += 1;
                outside_classified += u64::from(verdict.classified());
                continue;
            };
            let (mut slices_right, mut kept_right) = (0, 0);
            for (class, top) in rows.iter().filter_map(slice_winner) {
                let right = class == truth;
                slices_right += u64::from(right);
                kept_right += u64::from(right && top >= thresholds.min_confidence as f32);
                slice_answers.push((f64::from(top), right));
            }
            artists.push(song.artist.as_deref());
            confusion.add(truth, verdict.genre());
            let answer = Answer::voted(&verdict, truth, verdict.share);
            let (slices, kept) = (rows.len() as u64, verdict.kept as u64);
            told.push((truth, verdict.mean));
            measured.push(Measured { answer, slices, kept, slices_right, kept_right });
        }
        if measured.is_empty() {
            return Err(Error::Argument {
                operation: "evaluate",
                problem: format!("none of the {} songs has one of the model's labels and could be read", songs.len()),
            });
        }
        let names: Vec<String> = (0..measured.len()).map(|i| i.to_string()).collect();
        let named = names.iter().zip(&artists);
        let sample = Sample::new(named.map(|(song, &artist)| Observation { song, artist, seed: 0 }));
        let summary = Summary::new(&measured, &sample, options);
        let told: Vec<_> = told.iter().map(|(truth, mean)| (*truth, mean.as_slice())).collect();

        let classes = confusion.classes(labels);
        let present: Vec<f64> = classes.iter().filter(|c| c.songs > 0).map(|c| c.f1.unwrap_or(0.0)).collect();
        let most = classes.iter().rev().max_by_key(|c| c.songs);
        let majority = Baseline {
            label: most.map(|c| c.label.clone()).unwrap_or_default(),
            error: 1.0 - most.map_or(0, |c| c.songs) as f64 / measured.len() as f64,
        };
        let no_curve = || RiskCoverage { points: Vec::new(), aurc: 0.0, eaurc: 0.0 };
        let answers = || measured.iter().map(|m| m.answer);
        let song_answers = answers().filter_map(|answer| Some((answer.confidence?, !answer.wrong)));
        Ok(Self {
            model: songs.iter().map(|s| s.record.model.clone()).next().unwrap_or_default(),
            thresholds: *thresholds,
            options: *options,
            labels: labels.to_vec(),
            songs: measured.len(),
            unreadable,
            seen: None,
            artists: sample.artists(),
            artist_unknown: artists.iter().filter(|artist| artist.and_then(artist_key).is_none()).count(),
            readings: summary.readings(),
            slice_accuracy: summary.slice_rate(SLICES),
            kept_slices: summary.slice_rate(VOTING),
            kept_slice_accuracy: summary.slice_rate(KEPT),
            majority,
            macro_f1: present.iter().sum::<f64>() / present.len() as f64,
            classes,
            confusion,
            risk_coverage: Ranking::new(answers().map(|answer| answer.ranked())).curve().unwrap_or_else(no_curve),
            aurc: summary.estimate(AURC),
            eaurc: summary.estimate(EAURC),
            brier: summary.estimate(BRIER),
            roc: Roc::new(labels, &sample, &told, None, options)?,
            song_calibration: Calibration::new(options.bins, song_answers),
            slice_calibration: Calibration::new(options.bins, slice_answers),
            outside: Rate {
                count: outside_classified,
                of: outside,
                estimate: Estimate {
                    value: (outside > 0).then(|| outside_classified as f64 / outside as f64),
                    by_song: None,
                    by_artist: None,
                },
                wilson: wilson(outside_classified, outside),
            },
            outcomes,
        })
    }

    /// Whether [`Estimate::interval`] draws artists: some are known, and there is more than one to draw.
    pub fn draws_artists(&self) -> bool {
        self.readings.t1.estimate.by_artist.is_some()
    }
}

/// Refuses a record that does not fit the labels.
fn check(song: &Song, labels: &[String]) -> Result<()> {
    let record = &song.record;
    let problem = if record.labels() != labels {
        format!("the labels are {}, the model's are {}", record.labels().join(", "), labels.join(", "))
    } else if song.truth.is_some_and(|t| t >= labels.len()) {
        format!("the true label is number {:?}, but there are {} labels", song.truth, labels.len())
    } else if record.slices.probabilities.len() != record.slices.total {
        "the record has no slice probabilities; classify the song again to get them".to_owned()
    } else {
        return Ok(());
    };
    Err(Error::Argument { operation: "evaluate", problem: format!("{}: {problem}", record.path) })
}

impl Outcome {
    /// Whether it was read, and its genre is one of the labels.
    pub fn in_set(&self) -> bool {
        self.truth.is_some() && self.status != Status::Error
    }

    fn new(song: &Song, labels: &[String], verdict: Option<&Verdict>) -> Self {
        let name = |class: usize| labels[class].clone();
        Self {
            path: song.record.path.clone(),
            artist: song.artist.clone(),
            truth: song.truth.and_then(|t| labels.get(t).cloned()),
            status: match verdict {
                None => Status::Error,
                Some(v) if v.classified() => Status::Classified,
                Some(_) => Status::Unclassified,
            },
            genre: verdict.and_then(Verdict::genre).map(name),
            forced: verdict.and_then(|v| v.forced).map(name),
            share: verdict.map(|v| v.share),
            reason: match verdict {
                None => song.record.error.clone(),
                Some(v) => v.reason.as_ref().map(|r| r.describe(labels)),
            },
        }
    }
}
