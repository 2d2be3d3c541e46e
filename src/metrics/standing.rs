//! How one method stands on a sample of songs.

use super::summary::{AURC, BRIER, EAURC, Measured, Summary};
use super::{Answer, Calibration, Estimate, Options, Readings, Sample};
use crate::Result;
use serde::{Deserialize, Serialize};

/// One method on the songs of a study whose genre is among the labels. Rates are over the observations of all seeds; areas are means over
/// the seeds of each one's own ranking. Wilson's intervals are given where no song is judged twice.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Standing {
    /// Distinct songs.
    pub songs: usize,
    /// Distinct known artists.
    pub artists: usize,
    /// Training seeds.
    pub seeds: usize,
    /// U, U + W, and the error when every song has to be answered.
    pub readings: Readings,
    /// Area under the risk-coverage curve (Geifman et al. 2019).
    pub aurc: Estimate,
    /// The part of that area that a better ranking could save.
    pub eaurc: Estimate,
    /// Mean Brier score of the answers that have one.
    pub brier: Estimate,
    /// Calibration of the answers that have a confidence, all seeds together.
    pub calibration: Calibration,
}

impl Standing {
    /// Measures a method's `answers`, which are in the order of the sample.
    ///
    /// # Errors
    /// [`Error::Argument`](crate::Error::Argument) if there is not one answer an observation, or none at all.
    pub fn new(sample: &Sample, answers: &[Answer], options: &Options) -> Result<Self> {
        sample.check("standing", answers.len())?;
        let measured: Vec<_> = answers.iter().map(|&answer| Measured::without_slices(answer)).collect();
        let summary = Summary::new(&measured, sample, options);
        let sure = answers.iter().filter_map(|answer| Some((answer.confidence?, !answer.wrong)));
        Ok(Self {
            songs: sample.songs(),
            artists: sample.artists(),
            seeds: sample.seeds(),
            readings: summary.readings(),
            aurc: summary.estimate(AURC),
            eaurc: summary.estimate(EAURC),
            brier: summary.estimate(BRIER),
            calibration: Calibration::new(options.bins, sure),
        })
    }
}
