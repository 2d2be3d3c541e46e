//! Layer 6. From labelled songs to batches: lists of songs, splits that do not leak, the picture cache, what is drawn from it.
//!
//! [`Dataset`] -> [`Split`] -> [`Cache`] (one [`PictureFile`] a song) -> [`Sampler`] -> [`Batches`] -> [`Loader`].
//!
//! Everything random is a pure function of a seed and of what it is drawn for, so a run can start in the middle and give
//! what it would have given.

mod augment;
mod batches;
mod cache;
mod dataset;
mod draw;
mod fma;
mod folder;
mod folds;
mod listed;
mod loader;
mod picture;
mod sampler;
mod side;
mod split;
mod strata;
mod table;
mod targets;
mod wear;

pub use augment::{Augment, Levels, Masks, zoom};
pub use batches::{Batch, Batches, Epoch};
pub use cache::Cache;
pub use dataset::{Dataset, Song};
pub use folder::{ArtistOf, Below};
pub use folds::Folds;
pub use listed::{genres_in, has_lists};
pub use loader::Loader;
pub use picture::{PictureFile, PictureWriter};
pub use sampler::{Balance, Sampler};
pub use side::Side;
pub(crate) use split::songs_of;
pub use split::{Fractions, SliceRef, SliceSplit, Split, artist_key};
pub use targets::{Targets, Teacher};
pub use wear::Wear;
