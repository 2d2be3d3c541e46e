//! Songs in: decoding, mixing, resampling, tags, and what happens to files that are not songs.

mod ahead;
mod au;
mod bad;
mod formats;
mod memory;
mod property;
mod resample;
mod signal;
mod stream;
mod tags;
mod wave;
