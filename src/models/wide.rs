//! `wide`: [`compact`](super::compact) with two to three times its filters and a layer more, and each slice's mean taken away, for a model that learns from a
//! larger one what many songs sound like. Ours.
//!
//! | layer | out, for slices of 128 x 128 |
//! |---|---|
//! | minus the slice's mean | 1 x 128 x 128 |
//! | conv 5x5 stride 2, batch norm, ReLU, max-pool 2 | 16 x 32 x 32 |
//! | conv 3x3, batch norm, ReLU, max-pool 2 | 32 x 16 x 16 |
//! | conv 3x3, batch norm, ReLU | 64 x 16 x 16 |
//! | conv 3x3, batch norm, ReLU, max-pool 2 | 96 x 8 x 8 |
//! | conv 3x3, batch norm, ReLU | 160 x 8 x 8 |
//! | conv 3x3, batch norm, ReLU | 192 x 8 x 8 |
//! | mean and largest of each filter | 384 |
//! | dropout (keep .7), dense | classes |
//!
//! In a picture of decibels the level of a recording is a number that is added everywhere, so without its mean a slice says nothing of how
//! loud the song was mastered, but for what lies at the picture's floor.

use super::compact::{Block, stack};
use crate::error::Result;
use crate::graph::Id;
use crate::nn::Net;
use crate::shape::Reduction;

const BLOCKS: [Block; 6] = [
    Block::new(16, 5, 2, true),
    Block::new(32, 3, 1, true),
    Block::new(64, 3, 1, false),
    Block::new(96, 3, 1, true),
    Block::new(160, 3, 1, false),
    Block::new(192, 3, 1, false),
];

pub(super) fn build(net: &mut Net, x: Id, classes: usize) -> Result<Id> {
    let [n, ..] = net.graph.shape(x).array::<4>("wide", "slices")?;
    let mean = net.graph.reduce(Reduction::Mean, x, &[1, 2, 3])?;
    let mean = net.graph.reshape(mean, [n, 1, 1, 1])?;
    let x = net.graph.minus(x, mean)?;
    stack(net, x, classes, &BLOCKS)
}
