//! Layer 6. The second look at a song that the vote left unclassified: its slices are rendered in every genre, and how well each genre renders
//! them decides.

mod look;
mod score;

pub use look::{Evidence, SecondLook};
#[cfg(feature = "cli")]
pub(crate) use score::log_probability;
pub use score::{refine, score, scores};
