//! Layer 5. The vote: confident slices elect the genre of a song, or the song stays unclassified.
//!
//! Bae & Kim 2019 and Bae 2020 (section 3.1). A slice is kept iff its greatest softmax probability reaches
//! `min_confidence`. Each kept slice votes for its best class. A song is classified iff the winner's share of the votes
//! reaches `min_share`, enough slices were kept, and nobody else has as many votes.
//!
//! Everything here is a pure function of numbers: no GPU, no files, no clock. The order of the slices cannot change a
//! verdict, not even in the last bit, because probabilities are summed as integers.

mod map;
mod record;
mod resume;
mod thresholds;
mod verdict;

pub use map::ByLabel;
pub use record::{Record, Records, Refined, Rows, Slices, Status, replay};
pub use resume::Finished;
pub use thresholds::{Denominator, Mode, Thresholds};
pub use verdict::{Reason, Verdict, slice_winner, vote};
