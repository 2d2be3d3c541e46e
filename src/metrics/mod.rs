//! Layer 6. Measures of slices, songs and the right to abstain, with intervals.
//!
//! The three readings of "error rate" for a classifier that may say *unclassified* (n songs, U of them unclassified, W
//! classified wrongly): T1 = U / n, T2 = (U + W) / n, T3 = wrong answers / n when every song has to be answered. A network
//! that cannot abstain has T1 = 0 and T2 = T3, so only rows of the same reading may be compared.
//!
//! Slices of one song, and songs of one artist, resemble each other. Intervals are therefore made by drawing whole songs
//! or whole artists, not slices; an artist is one whatever the case and the spaces of the name ([`artist_key`]).
//!
//! A study compares methods on the same songs. A [`Sample`] says which songs, artists and training seeds there are, and each method is a
//! list of [`Answer`]s in its order: a vote, two votes ([`TwoVotes`]), or a network that always answers. [`Standing`] measures one
//! method; [`Difference`] holds one against another, at equal coverage or over all coverages, and says whether it is a gain.
//!
//! - El-Yaniv & Wiener 2010, On the foundations of noise-free selective classification: risk, coverage, and their curve.
//! - Geifman, Uziel & El-Yaniv 2019, Bias-reduced uncertainty estimation for deep neural classifiers: AURC and E-AURC.
//! - Fawcett 2006, An introduction to ROC analysis; Youden 1950, Index for rating diagnostic tests.
//! - Efron & Tibshirani 1993, An introduction to the bootstrap; Field & Welsh 2007, Bootstrapping clustered data.

mod answer;
mod calibration;
mod confusion;
mod evaluation;
mod intervals;
mod paired;
mod ranked;
mod roc;
mod sample;
mod scores;
mod selective;
mod standing;
mod summary;
mod temperature;

pub use answer::{Answer, TwoVotes};
pub use calibration::{Calibration, ReliabilityBin, brier};
pub use confusion::{ClassScores, Confusion};
pub use evaluation::{Baseline, Evaluation, Options, Outcome, Readings, Seen, Song};
pub use intervals::{Interval, Replicates, bootstrap, resample, wilson};
pub use paired::{Bounds, Difference, Measure};
pub use roc::{ClassRoc, Cut, Roc, RocAverage, RocPoint};
pub use sample::{Observation, Sample};
pub use scores::{Forced, Scores};
pub use selective::{Ranking, RiskCoverage, RiskPoint};
pub use standing::Standing;
pub use summary::{Estimate, Rate, artist_key};
pub use temperature::{mean_cross_entropy, temperature};
