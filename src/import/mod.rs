//! Layer 6. Networks that others have trained, from their own files: read directly, without the frameworks that wrote them.
//!
//! [`Base`] is what a head is trained on, [`Start`] what a training starts from. [`musicnn`] reads a wheel of the package of that name: a zip archive with TensorFlow checkpoints ([`bundle`]), whose index is a LevelDB
//! table ([`table`]).

mod base;
pub mod bundle;
pub mod musicnn;
mod start;
pub mod table;

pub use base::Base;
pub use start::Start;
