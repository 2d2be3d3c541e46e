//! `cnn-rnn`: the convolutions of [`compact`](super::compact) and a recurrent layer over time. A baseline (Bae 2020 names a CNN + RNN
//! without its sizes; these are ours, in the manner of Choi et al. 2017, "Convolutional recurrent neural networks for music
//! classification"). It reads the pictures of `compact`.
//!
//! | layer | out, for slices of 128 x 128 |
//! |---|---|
//! | conv 5x5 stride 2, batch norm, ReLU, max-pool 2 | 8 x 32 x 32 |
//! | conv 3x3, batch norm, ReLU, max-pool 2x1 | 16 x 16 x 32 |
//! | conv 3x3, batch norm, ReLU | 32 x 16 x 32 |
//! | conv 3x3, batch norm, ReLU, max-pool 2x1 | 32 x 8 x 32 |
//! | conv 3x3, batch norm, ReLU, max-pool 2x1 | 64 x 4 x 32 |
//! | columns as steps, rows and channels as features | 32 steps of 256 |
//! | GRU of 128 units | 32 steps of 128 |
//! | last state | 128 |
//! | dense | classes |
//!
//! Behind the first pool the rows are pooled and the columns kept: 32 steps of 80 ms. The filters are those of `compact`, so that the two
//! differ in how they read the columns; the first two layers of `slice-cnn` alone, on 128 x 128 and 64 x 64 places, would cost seven times
//! this network.
//!
//! 182,910 parameters for 128 rows and six classes.

use super::compact::{Block, convolve};
use super::rnn::{UNITS, columns, last_state};
use crate::error::Result;
use crate::graph::Id;
use crate::nn::Net;
use crate::shape::RecurrentCell;

const BLOCKS: [Block; 5] = [
    Block::new(8, 5, 2, true),
    Block::new(16, 3, 1, false).pooled([2, 1]),
    Block::new(32, 3, 1, false),
    Block::new(32, 3, 1, false).pooled([2, 1]),
    Block::new(64, 3, 1, false).pooled([2, 1]),
];

pub(super) fn build(net: &mut Net, x: Id, classes: usize) -> Result<Id> {
    let x = convolve(net, x, &BLOCKS)?;
    let x = columns(net, x)?;
    let x = net.recurrent("gru", RecurrentCell::Gru, x, UNITS)?;
    last_state(net, x, classes)
}
