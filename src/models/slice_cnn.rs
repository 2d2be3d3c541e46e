//! The slice CNN of Bae & Kim 2019 (TensorFlow 1's layers and initial values).
//!
//! | layer | out |
//! |---|---|
//! | 4 x (conv 2x2 SAME, ELU, max-pool 2) with 64, 128, 256, 512 filters | 512 x 8 x 8 |
//! | dense, ELU, dropout (keep .5) | 1,024 |
//! | dense | classes |
//!
//! 34,250,950 parameters for slices of 128 x 128 and six classes.

use crate::error::Result;
use crate::graph::Id;
use crate::nn::{Init, Net};
use crate::shape::{Conv2d, Padding, Pool2d};

pub(super) fn build(net: &mut Net, x: Id, classes: usize) -> Result<Id> {
    let same = Conv2d { padding: Padding::Same, ..Conv2d::default() };
    let mut x = x;
    for (layer, filters) in [64, 128, 256, 512].into_iter().enumerate() {
        let name = format!("conv{}", layer + 1);
        x = net.conv2d(&name, x, filters, [2, 2], same, Init::GlorotUniform)?;
        x = net.bias(&name, x)?;
        x = net.graph.elu(x, 1.0)?;
        net.set_maps(x);
        x = net.graph.max_pool2d(x, Pool2d::square(2))?;
    }
    x = net.flatten(x)?;
    x = net.dense("dense1", x, 1024, Init::TruncatedNormal(0.02))?;
    x = net.graph.elu(x, 1.0)?;
    x = net.dropout(x, 0.5)?;
    net.dense("dense2", x, classes, Init::TruncatedNormal(0.02))
}
