//! What a method says of one song: the form in which methods of any kind are compared.

use super::brier;
use crate::vote::Verdict;

/// A method's answer to a song whose genre is among the labels.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Answer {
    /// What it is ranked by, the greatest first.
    pub score: f64,
    /// Whether it is given; if not, the song is unclassified.
    pub given: bool,
    /// Whether it is wrong, or would be if it had to be given. No answer is wrong.
    pub wrong: bool,
    /// How sure the method is of it, 0..=1, for the calibration; none if it does not say.
    pub confidence: Option<f64>,
    /// Brier's score of the probabilities of all classes; none if there are none.
    pub brier: Option<f64>,
}

impl Answer {
    /// The answer of a method that always answers and cannot rank: all its scores are 0, so its risk is the same at every coverage.
    pub fn forced(wrong: bool) -> Self {
        Self { score: 0.0, given: true, wrong, confidence: None, brier: None }
    }

    /// The answer of a vote to a song of class `truth`, ranked by `score`: sure of itself by the mean probability of its forced answer.
    pub fn voted(verdict: &Verdict, truth: usize, score: f64) -> Self {
        Self {
            score,
            given: verdict.classified(),
            wrong: verdict.forced != Some(truth),
            confidence: verdict.forced.and_then(|class| verdict.mean.get(class).copied()),
            brier: (!verdict.mean.is_empty()).then(|| brier(&verdict.mean, truth)),
        }
    }

    /// Its place in a [`Ranking`](super::Ranking): score and wrong.
    pub fn ranked(&self) -> (f64, bool) {
        (self.score, self.wrong)
    }
}

/// A vote, and a second look at the songs that it leaves unclassified.
///
/// A classified song keeps its verdict, whatever a second look would say. An unclassified one gets that of a second look that classifies it;
/// what neither classifies stays as the first vote left it. Without a second look it is the vote alone, ranked in the same way, so that the
/// two can be compared.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TwoVotes<'a> {
    /// The verdict that the song ends with.
    pub verdict: &'a Verdict,
    /// What it is ranked by: the winner's share, and 2 more for a song that the vote classified, 1 more for one that the second look did. Songs
    /// rank in the order in which they were decided.
    pub score: f64,
}

impl<'a> TwoVotes<'a> {
    /// Combines a vote with the second look at the same song, if there was one.
    pub fn new(vote: &'a Verdict, refined: Option<&'a Verdict>) -> Self {
        match refined.filter(|refined| refined.classified()) {
            _ if vote.classified() => Self { verdict: vote, score: 2.0 + vote.share },
            Some(refined) => Self { verdict: refined, score: 1.0 + refined.share },
            None => Self { verdict: vote, score: vote.share },
        }
    }

    /// The answer to a song of class `truth`.
    pub fn answer(&self, truth: usize) -> Answer {
        Answer::voted(self.verdict, truth, self.score)
    }
}
