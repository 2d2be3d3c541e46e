//! `vgg16`: the convolutions of VGG-16 (Simonyan & Zisserman 2015) under a small head, as the GTZAN paper transfers it. Names of variables are torchvision's.
//!
//! | layer | out, for slices of 128 x 128 |
//! |---|---|
//! | 2 x conv 3x3, 64 filters, ReLU; max-pool 2 | 64 x 64 x 64 |
//! | 2 x 128, likewise | 128 x 32 x 32 |
//! | 3 x 256 | 256 x 16 x 16 |
//! | 3 x 512 | 512 x 8 x 8 |
//! | 3 x 512 | 512 x 4 x 4 |
//! | `dense1`, ReLU, dropout (keep .75) | 64 |
//! | `dense2` | classes |
//!
//! 14,714,688 weights in the convolutions, as published.

use super::backbone::{centred, three_channels};
use super::picture;
use crate::error::Result;
use crate::graph::Id;
use crate::nn::{Init, Net};
use crate::shape::Pool2d;

/// What stands before the names of all convolutions.
pub(super) const CONVOLUTIONS: &[&str] = &["features."];

/// Filters of the convolutions between pools.
pub const VGG16: [&[usize]; 5] = [&[64; 2], &[128; 2], &[256; 3], &[512; 3], &[512; 3]];

pub(super) fn build(net: &mut Net, x: Id, classes: usize) -> Result<Id> {
    let x = three_channels(net, x)?;
    stack(net, x, classes, &VGG16)
}

/// On the picture that the GTZAN paper makes of a mel slice (N,1,H,W); one of three channels is taken as it is.
pub(super) fn build_paper(net: &mut Net, x: Id, classes: usize) -> Result<Id> {
    let x = picture::of_slices(net, x)?;
    let logits = stack(net, x, classes, &VGG16)?;
    // Its places are those of the picture, which are not the slice's.
    net.without_maps();
    Ok(logits)
}

/// `x` (N,3,H,W) -> logits (N,classes), with convolutions of these filters between pools.
///
/// # Errors
/// [`Error::Argument`](crate::Error::Argument) if the slices are too small.
pub fn stack(net: &mut Net, x: Id, classes: usize, filters: &[&[usize]]) -> Result<Id> {
    // torchvision counts ReLUs and pools too.
    let mut part = 0;
    let mut x = x;
    for filters in filters {
        for &filters in *filters {
            let name = format!("features.{part}");
            x = net.conv2d(&name, x, filters, [3, 3], centred(3, 1), Init::HeNormal)?;
            x = net.bias(&name, x)?;
            x = net.graph.relu(x)?;
            net.set_maps(x);
            part += 2;
        }
        x = net.graph.max_pool2d(x, Pool2d::square(2))?;
        part += 1;
    }
    let x = net.flatten(x)?;
    let x = net.dense("dense1", x, 64, Init::GlorotUniform)?;
    let x = net.graph.relu(x)?;
    let x = net.dropout(x, 0.75)?;
    net.dense("dense2", x, classes, Init::GlorotUniform)
}
