//! Layer 4. Front ends: from samples to the picture that a network reads.
//!
//! [`front_end`] says in data which picture a model wants; [`sox`], [`mel`] and [`window`] hold the numbers that the kernels
//! need, computed on the host in f64.

pub mod axis;
pub mod cqt;
pub mod dct;
pub mod front_end;
pub mod mel;
pub mod sox;
pub mod window;
