//! Layer 6. Measures of slices, songs and the right to abstain, with intervals.
//!
//! The three readings of "error rate" for a classifier that may say *unclassified* (n songs, U of them unclassified, W
//! classified wrongly): T1 = U / n, T2 = (U + W) / n, T3 = wrong answers / n when every song has to be answered. A network
//! that cannot abstain has T1 = 0 and T2 = T3, so only rows of the same reading may be compared.
//!
//! Slices of one song, and songs of one artist, resemble each other. Intervals are therefore made by drawing whole songs
//! or whole artists, not slices; an artist is one whatever the case and the spaces of the name ([`artist_key`]).

mod calibration;
mod confusion;
mod evaluation;
mod intervals;
mod selective;
mod summary;

pub use calibration::{Calibration, ReliabilityBin, brier};
pub use confusion::{ClassScores, Confusion};
pub use evaluation::{Baseline, Evaluation, Options, Outcome, Readings, Seen, Song};
pub use intervals::{Interval, bootstrap, wilson};
pub use selective::{Ranking, RiskCoverage, RiskPoint};
pub use summary::{Estimate, Rate, artist_key};
