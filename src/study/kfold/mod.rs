//! K folds: a model a fold, and what they say together of songs that none of them has met.
//!
//! Some songs are held out by artist; the others are put into folds ([`Folds`](crate::data::Folds)). A fold's model learns from the other
//! folds, and its own fold chooses its epoch, temperature and thresholds. What each model says of its own fold are the *out-of-fold* answers;
//! they choose the thresholds of Youden's J. What all models say of the songs held out is put together ([`Combine`]), and measured at those
//! thresholds. [`run`] trains and asks, [`Report::new`] measures from that alone.

mod combine;
mod folder;
mod report;
mod run;

pub use combine::{Combine, combine};
pub use folder::{claim, read_identity};
pub use report::{FoldReport, HeldOutSong, Report, Sides};
pub use run::{Event, FoldAnswers, Outcome, Plan, run};
