//! Layer 6. The second look at a song that the vote left unclassified: its slices are rendered in every genre, and how well each genre renders
//! them decides.

#[cfg(feature = "cli")]
mod calibrate;
mod look;
mod score;

#[cfg(feature = "cli")]
pub(crate) use calibrate::halves;
#[cfg(feature = "cli")]
pub use calibrate::{Looked, OPEN, Terms, calibrate, fit, look_at, second_thresholds};
pub use look::{Evidence, SecondLook};
#[cfg(feature = "cli")]
pub(crate) use score::log_probability;
pub use score::{refine, score};
