//! Layer 6. Why a network answered so: where in a slice it looked, and whether that means anything.
//!
//! Two kinds of maps tell how much each place of a slice speaks for a class: [`Cam`] weighs what the last convolution makes by the gradient of the class (Grad-CAM), and
//! [`occlude`] covers one place after the other and looks what becomes of the answer. [`Trust`] asks the network itself whether such a map is better than others that are as
//! rough: it covers a slice in the map's order.

mod cam;
mod cells;
mod song;
mod trust;

pub use cam::Cam;
pub use cells::{Cells, Map, occlude};
pub use song::{Asked, Explained, Explainer, Options};
pub use trust::{Order, Trust, Verdict};
