//! `compact`: small enough to be carried in the repository and to run on a CPU. Ours.
//!
//! | layer | out, for slices of 128 x 128 |
//! |---|---|
//! | conv 5x5 stride 2, batch norm, ReLU, max-pool 2 | 16 x 32 x 32 |
//! | conv 3x3, batch norm, ReLU, max-pool 2 | 32 x 16 x 16 |
//! | conv 3x3, batch norm, ReLU | 64 x 16 x 16 |
//! | conv 3x3, batch norm, ReLU, max-pool 2 | 64 x 8 x 8 |
//! | conv 3x3, batch norm, ReLU | 128 x 8 x 8 |
//! | mean and largest of each filter | 256 |
//! | dropout (keep .7), dense | classes |

use crate::error::Result;
use crate::graph::Id;
use crate::nn::{Init, Net};
use crate::shape::{Conv2d, Padding, Pool2d};

pub(super) fn build(net: &mut Net, x: Id, classes: usize) -> Result<Id> {
    let same = |stride| Conv2d { padding: Padding::Same, stride: [stride; 2], ..Conv2d::default() };
    let mut x = x;
    // filters, window, stride, pool
    let blocks = [(16, 5, 2, true), (32, 3, 1, true), (64, 3, 1, false), (64, 3, 1, true), (128, 3, 1, false)];
    for (layer, (filters, window, stride, pool)) in blocks.into_iter().enumerate() {
        let name = format!("block{}", layer + 1);
        x = net.conv2d(&name, x, filters, [window; 2], same(stride), Init::HeNormal)?;
        x = net.batch_norm(&name, x)?;
        x = net.graph.relu(x)?;
        if pool {
            x = net.graph.max_pool2d(x, Pool2d::square(2))?;
        }
    }
    let mean = net.graph.global_avg_pool(x)?;
    let most = net.graph.global_max_pool(x)?;
    x = net.graph.concat(&[mean, most], 1)?;
    x = net.dropout(x, 0.7)?;
    net.dense("dense", x, classes, Init::GlorotUniform)
}
