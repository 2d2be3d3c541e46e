//! `gtzan-cnn`: two convolutions and two dense layers (a paper on GTZAN and trot; Keras' layers).
//!
//! | layer | out, for the paper's pictures of 3 x 250 x 420 |
//! |---|---|
//! | conv 3x3, 64 filters, padded, ReLU, max-pool 2 | 64 x 125 x 210 |
//! | conv 3x3, 32 filters, not padded, ReLU, max-pool 2, dropout (keep .75) | 32 x 61 x 104 |
//! | `dense1`, ReLU, dropout (keep .5) | 128 |
//! | `dense2` | classes |
//!
//! 26,006,827 parameters for those pictures and 11 classes. `gtzan-cnn` reads the decibels themselves, `gtzan-cnn-paper` a [`picture`] that the paper makes of
//! them.

use super::picture;
use crate::error::Result;
use crate::graph::Id;
use crate::nn::{Init, Net};
use crate::shape::{Conv2d, Padding, Pool2d};

pub(super) fn build(net: &mut Net, x: Id, classes: usize) -> Result<Id> {
    stack(net, x, classes, [64, 32, 128])
}

/// On the picture that the paper makes of a mel slice (N,1,H,W); one of three channels is taken as it is.
pub(super) fn build_paper(net: &mut Net, x: Id, classes: usize) -> Result<Id> {
    let x = picture::of_slices(net, x)?;
    let logits = build(net, x, classes)?;
    // Its places are those of the picture, which are not the slice's.
    net.without_maps();
    Ok(logits)
}

/// `x` (N,C,H,W) -> logits (N,classes), with so many filters of both convolutions and numbers of the first dense layer.
///
/// # Errors
/// [`Error::Argument`](crate::Error::Argument) if the slices are too small.
pub fn stack(net: &mut Net, x: Id, classes: usize, [first, second, dense]: [usize; 3]) -> Result<Id> {
    let mut x = x;
    for (name, filters, padding) in [("conv1", first, Padding::Same), ("conv2", second, Padding::Valid)] {
        let conv = Conv2d { padding, ..Conv2d::default() };
        x = net.conv2d(name, x, filters, [3, 3], conv, Init::GlorotUniform)?;
        x = net.bias(name, x)?;
        x = net.graph.relu(x)?;
        net.set_maps(x);
        x = net.graph.max_pool2d(x, Pool2d::square(2))?;
    }
    x = net.dropout(x, 0.75)?;
    x = net.flatten(x)?;
    x = net.dense("dense1", x, dense, Init::GlorotUniform)?;
    x = net.graph.relu(x)?;
    x = net.dropout(x, 0.5)?;
    net.dense("dense2", x, classes, Init::GlorotUniform)
}
