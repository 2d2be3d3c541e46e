//! `rnn`, `gru` and `lstm`: two recurrent layers over the columns of a slice. Baselines (Bae 2020 names an RNN without its sizes, which is `gru` here; sizes are ours). They
//! read the pictures of [`compact`](super::compact).
//!
//! | layer | out, for slices of 128 x 128 |
//! |---|---|
//! | columns as steps, rows as features | 128 steps of 128 |
//! | 2 x tanh (Elman 1990), GRU or LSTM of 128 units | 128 steps of 128 |
//! | last state | 128 |
//! | dense | classes |
//!
//! 66,822 parameters with tanh, 198,918 with GRU, 264,966 with LSTM, for 128 rows and six classes.

use crate::error::Result;
use crate::graph::Id;
use crate::nn::{Init, Net};
use crate::shape::RecurrentCell;

/// Units of every recurrent layer.
pub(super) const UNITS: usize = 128;

pub(super) fn build_rnn(net: &mut Net, x: Id, classes: usize) -> Result<Id> {
    build(net, x, classes, RecurrentCell::Rnn, ["rnn1", "rnn2"])
}

pub(super) fn build_gru(net: &mut Net, x: Id, classes: usize) -> Result<Id> {
    build(net, x, classes, RecurrentCell::Gru, ["gru1", "gru2"])
}

pub(super) fn build_lstm(net: &mut Net, x: Id, classes: usize) -> Result<Id> {
    build(net, x, classes, RecurrentCell::Lstm, ["lstm1", "lstm2"])
}

fn build(net: &mut Net, x: Id, classes: usize, cell: RecurrentCell, layers: [&str; 2]) -> Result<Id> {
    let mut x = columns(net, x)?;
    for layer in layers {
        x = net.recurrent(layer, cell, x, UNITS)?;
    }
    last_state(net, x, classes)
}

/// (N,C,H,W) -> (W,N,C H): a column is a step, its rows in all channels are the features.
pub(super) fn columns(net: &mut Net, x: Id) -> Result<Id> {
    let [n, c, h, w] = net.graph.shape(x).array("columns", "x")?;
    let x = net.graph.transpose(x, &[3, 0, 1, 2])?;
    net.graph.reshape(x, [w, n, c * h])
}

/// States (T,N,H) -> logits (N,classes): a dense layer on the last one.
pub(super) fn last_state(net: &mut Net, states: Id, classes: usize) -> Result<Id> {
    let [steps, n, units] = net.graph.shape(states).array("last_state", "states")?;
    let last = net.graph.slice(states, &[steps - 1, 0, 0], &[steps, n, units])?;
    let last = net.graph.reshape(last, [n, units])?;
    net.dense("dense", last, classes, Init::GlorotUniform)
}
