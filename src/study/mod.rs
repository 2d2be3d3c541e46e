//! Layer 6. The paper's Table 1, asked honestly: does a second look help songs that the vote leaves unclassified?
//!
//! [`run`] trains what is compared, seed by seed, and writes what every network says of every song; [`Table::new`] makes the rows, readings,
//! curves and paired comparisons from that alone, so that a report can be made again without a GPU.
//!
//! [`kfold`] is a study of another kind: how good a network is over folds of the same songs, and how good the folds' models are together.

mod alone;
mod folder;
mod judged;
mod judges;
pub mod kfold;
mod methods;
mod pictures;
mod plan;
mod purifier;
mod run;
mod table;
mod work;

pub use alone::{Alone, Rightness, Witness};
pub use folder::Gan;
pub use judged::{Judged, Look, Seed, Side};
pub use methods::{Answers, Method, answers};
pub use pictures::{Shown, pictures};
pub use plan::StudyPlan;
pub use run::{Event, Outcome, run, splits};
pub use table::{Comparison, Curve, Row, Table};
