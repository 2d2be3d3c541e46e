//! The methods that are compared, each from what is saved of the songs.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use super::alone::best;
use super::judged::{Judged, Look, Side};
use crate::error::Result;
use crate::gan::{Looked, Terms, fit, second_thresholds};
use crate::metrics::{Answer, Song, TwoVotes};
use crate::refine::{Evidence, log_probability, scores};
use crate::vote::{Record, Thresholds, Verdict, vote};

/// A row of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Method {
    /// The CNN on the slice in the middle, which always answers.
    Cnn,
    /// Two GRUs over the columns of that slice.
    Rnn,
    /// Convolutions and a GRU on that slice.
    CnnRnn,
    /// The vote of the CNN's slices.
    Voting,
    /// Voting, then reading A by renderings alone.
    Analysis,
    /// The same with what the CNN says of the slices themselves.
    AnalysisAll,
    /// Voting, then reading B by translations alone.
    Transfer,
    /// The same with what the CNN says of the slices themselves.
    TransferAll,
    /// Beside them, no GAN: voting, then the CNN+RNN's votes and the CNN's. What any second network gives.
    Network,
    /// Control: the CNN's own slices vote again, calibrated as the second looks are.
    Again,
    /// Control: a purifier trained without labels; the mean of what the CNN says before and after it.
    Purifier,
    /// Control: slices that start in between vote too, as many as a second look has renderings.
    Shifted,
    /// Control: reading B with the weights that it starts from.
    Random,
}

impl Method {
    /// All, in the order of the table.
    pub const ALL: [Self; 13] = [
        Self::Cnn,
        Self::Rnn,
        Self::CnnRnn,
        Self::Voting,
        Self::Analysis,
        Self::AnalysisAll,
        Self::Transfer,
        Self::TransferAll,
        Self::Network,
        Self::Again,
        Self::Purifier,
        Self::Shifted,
        Self::Random,
    ];

    /// What the table calls it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Cnn => "CNN",
            Self::Rnn => "RNN",
            Self::CnnRnn => "CNN+RNN",
            Self::Voting => "voting",
            Self::Analysis => "voting + GAN A",
            Self::AnalysisAll => "voting + GAN A and CNN",
            Self::Transfer => "voting + GAN B",
            Self::TransferAll => "voting + GAN B and CNN",
            Self::Network => "voting + CNN+RNN and CNN",
            Self::Again => "control: CNN calibrated",
            Self::Purifier => "control: purifier",
            Self::Shifted => "control: shifted slices",
            Self::Random => "control: random GAN B",
        }
    }

    /// Whether it is the GAN's second look.
    pub fn is_second_look(self) -> bool {
        matches!(self, Self::Analysis | Self::AnalysisAll | Self::Transfer | Self::TransferAll)
    }

    /// Whether second looks are compared with it: voting, the controls, and a second network.
    pub fn is_compared(self) -> bool {
        self.is_control() || self == Self::Network
    }

    /// Whether it stands beside the second looks to be beaten.
    pub fn is_control(self) -> bool {
        matches!(self, Self::Voting | Self::Again | Self::Purifier | Self::Shifted | Self::Random)
    }

    /// Evidence and terms of those whose terms are weighed against each other.
    fn evidence(self, look: &Look, labels: usize) -> Option<(Cow<'_, [Evidence]>, Terms)> {
        let (evidence, terms) = match self {
            Self::Analysis => (&look.analysis, Terms::RENDERINGS),
            Self::AnalysisAll => (&look.analysis, Terms::ALL),
            Self::Transfer => (&look.transfer, Terms::RENDERINGS),
            Self::TransferAll => (&look.transfer, Terms::ALL),
            Self::Random => (&look.random, Terms::RENDERINGS),
            Self::Again => (&look.analysis, Terms { distance: false, rendering: false, own: true }),
            Self::Network => {
                let logs = |row: &[f32]| row.iter().map(|&p| log_probability(p) as f32).collect();
                let rows = look.network.chunks_exact(labels);
                let evidence = rows.map(|row| Evidence { distances: Vec::new(), renderings: logs(row) }).collect();
                return Some((Cow::Owned(evidence), Terms { distance: false, rendering: true, own: true }));
            }
            _ => return None,
        };
        Some((Cow::Borrowed(evidence), terms))
    }
}

/// A method's answers under one seed: to the test songs, and whether songs from outside get a genre, each in the order given.
#[derive(Clone, Debug, Default)]
pub struct Answers {
    /// To the test songs.
    pub test: Vec<Answer>,
    /// Whether a song from outside is given a genre.
    pub outside: Vec<bool>,
}

/// What `method` answers to the songs of one seed, with factors and thresholds from its validation songs; `thresholds` are those of the
/// first vote.
///
/// # Errors
/// [`Error::Training`](crate::Error::Training) if there is no validation song.
pub fn answers(method: Method, songs: &[Judged], labels: &[String], thresholds: &Thresholds) -> Result<Answers> {
    let second = Second::new(method, songs, labels, thresholds)?;
    let mut answers = Answers::default();
    for song in songs {
        let first = vote(labels.len(), &song.slices, thresholds)?;
        let (answer, given) = match method {
            Method::Cnn => forced(middle(&song.slices, labels.len()), song.truth),
            Method::Rnn => forced(&song.rnn, song.truth),
            Method::CnnRnn => forced(&song.cnn_rnn, song.truth),
            _ => {
                let refined = match &song.look {
                    Some(look) if !first.classified() => second.verdict(&song.slices, look, labels)?,
                    _ => None,
                };
                let whole = TwoVotes::new(&first, refined.as_ref());
                (song.truth.map(|truth| whole.answer(truth)), whole.verdict.classified())
            }
        };
        match (song.side, answer) {
            (Side::Test, Some(answer)) => answers.test.push(answer),
            (Side::Outside, _) => answers.outside.push(given),
            _ => {}
        }
    }
    Ok(answers)
}

fn forced(row: &[f32], truth: Option<usize>) -> (Option<Answer>, bool) {
    (truth.map(|truth| Answer::forced(best(row.iter().copied()) != Some(truth))), true)
}

/// The probabilities of the slice in the middle.
fn middle(slices: &[f32], labels: usize) -> &[f32] {
    let count = slices.len() / labels;
    slices.chunks_exact(labels).nth(count / 2).unwrap_or(&[])
}

/// How a method votes again, tuned.
struct Second {
    method: Method,
    judgement: Option<crate::weights::Judgement>,
    thresholds: Thresholds,
}

impl Second {
    fn new(method: Method, songs: &[Judged], labels: &[String], thresholds: &Thresholds) -> Result<Self> {
        let mut second = Self { method, judgement: None, thresholds: *thresholds };
        if matches!(method, Method::Cnn | Method::Rnn | Method::CnnRnn | Method::Voting) {
            return Ok(second);
        }
        let mut known = Vec::new();
        for song in songs.iter().filter(|song| song.side == Side::Validation) {
            let Some(look) = &song.look else { continue };
            let record =
                Record::from_slices(song.path.as_str(), labels, song.slices.clone(), thresholds, None, "study")?;
            known.push((Song { record, truth: song.truth, artist: song.artist.clone() }, song, look));
        }
        let looked = |(song, _, look): &(Song, &Judged, &Look)| {
            let (evidence, terms) = method.evidence(look, labels.len())?;
            Some((Looked { song: song.clone(), evidence: evidence.to_vec() }, terms))
        };
        let evidence: Vec<_> = known.iter().filter_map(looked).collect();
        if let Some((_, terms)) = evidence.first() {
            let (terms, looked): (_, Vec<_>) = (*terms, evidence.into_iter().map(|(looked, _)| looked).collect());
            let judgement = fit(&looked, labels, *thresholds, terms)?;
            second.thresholds = judgement.thresholds;
            second.judgement = Some(judgement);
        } else {
            let rows = known.iter().map(|(song, judged, look)| (song, second.rows(&judged.slices, look, labels.len())));
            second.thresholds = second_thresholds(rows, labels, *thresholds)?;
        }
        Ok(second)
    }

    /// What votes again, (rows, labels).
    fn rows(&self, own: &[f32], look: &Look, labels: usize) -> Vec<f32> {
        match (self.method, &self.judgement, self.method.evidence(look, labels)) {
            (_, Some(judgement), Some((evidence, _))) => scores(judgement, &evidence, own.chunks_exact(labels)),
            (Method::Purifier, ..) => own.iter().zip(&look.purified).map(|(a, b)| 0.5 * (a + b)).collect(),
            (Method::Shifted, ..) => [own, &look.shifted].concat(),
            _ => own.to_vec(),
        }
    }

    fn verdict(&self, own: &[f32], look: &Look, labels: &[String]) -> Result<Option<Verdict>> {
        if self.method == Method::Voting {
            return Ok(None);
        }
        vote(labels.len(), &self.rows(own, look, labels.len()), &self.thresholds).map(Some)
    }
}
