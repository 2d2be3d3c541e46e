//! `compact`: small enough to be carried in the repository and to run on a CPU. Ours.
//!
//! | layer | out, for slices of 128 x 128 |
//! |---|---|
//! | conv 5x5 stride 2, batch norm, ReLU, max-pool 2 | 8 x 32 x 32 |
//! | conv 3x3, batch norm, ReLU, max-pool 2 | 16 x 16 x 16 |
//! | conv 3x3, batch norm, ReLU | 32 x 16 x 16 |
//! | conv 3x3, batch norm, ReLU, max-pool 2 | 32 x 8 x 8 |
//! | conv 3x3, batch norm, ReLU | 64 x 8 x 8 |
//! | mean and largest of each filter | 128 |
//! | dropout (keep .7), dense | classes |
//!
//! `benches/compact_shapes.rs` compared it with others of its kind: on the corpus of the default weights, networks of up to seven
//! times its parameters and four times its work were not more accurate than another seed made them (`weights/shapes.json`).

use crate::error::Result;
use crate::graph::Id;
use crate::nn::{Init, Net};
use crate::shape::{Conv2d, Padding, Pool2d};

/// A convolution with batch norm and ReLU, and perhaps a max-pool.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Block {
    /// Output channels.
    pub filters: usize,
    /// Side of the window.
    pub window: usize,
    /// Step in both directions.
    pub stride: usize,
    /// Height and width of the max-pool that follows; of 1 x 1 there is none.
    pub pool: [usize; 2],
}

impl Block {
    /// Filters, window, stride, and whether a pool of 2 x 2 follows.
    pub const fn new(filters: usize, window: usize, stride: usize, pool: bool) -> Self {
        Self { filters, window, stride, pool: if pool { [2, 2] } else { [1, 1] } }
    }

    /// The same block with a pool of this height and width.
    pub const fn pooled(self, pool: [usize; 2]) -> Self {
        Self { pool, ..self }
    }
}

const BLOCKS: [Block; 5] = [
    Block::new(8, 5, 2, true),
    Block::new(16, 3, 1, true),
    Block::new(32, 3, 1, false),
    Block::new(32, 3, 1, true),
    Block::new(64, 3, 1, false),
];

pub(super) fn build(net: &mut Net, x: Id, classes: usize) -> Result<Id> {
    stack(net, x, classes, &BLOCKS)
}

/// Where black ends and white begins in a picture around 0, as this network's are.
pub(super) const MIDDLE: f32 = 0.0;

/// The same behind a threshold: what is louder than the middle of the scale is 1, the rest 0.
pub(super) fn build_binary(net: &mut Net, x: Id, classes: usize) -> Result<Id> {
    let middle = net.graph.constant(MIDDLE, [1])?;
    let x = net.graph.neuron(x, middle)?;
    stack(net, x, classes, &BLOCKS)
}

/// `x` (N,1,H,W) -> logits (N,classes): the blocks, the mean and the largest of each filter, dropout, dense.
///
/// # Errors
/// [`Error::Argument`](crate::Error::Argument) if the slices are too small for the blocks.
pub fn stack(net: &mut Net, x: Id, classes: usize, blocks: &[Block]) -> Result<Id> {
    let x = convolve(net, x, blocks)?;
    let mean = net.graph.global_avg_pool(x)?;
    let most = net.graph.global_max_pool(x)?;
    let x = net.graph.concat(&[mean, most], 1)?;
    let x = net.dropout(x, 0.7)?;
    net.dense("dense", x, classes, Init::GlorotUniform)
}

/// `x` (N,1,H,W) -> (N, filters of the last block, …): the blocks, named `block1` and so on.
pub(super) fn convolve(net: &mut Net, x: Id, blocks: &[Block]) -> Result<Id> {
    let mut x = x;
    for (layer, block) in blocks.iter().enumerate() {
        let name = format!("block{}", layer + 1);
        let conv = Conv2d { padding: Padding::Same, stride: [block.stride; 2], ..Conv2d::default() };
        x = net.conv2d(&name, x, block.filters, [block.window; 2], conv, Init::HeNormal)?;
        x = net.batch_norm(&name, x)?;
        x = net.graph.relu(x)?;
        net.set_maps(x);
        if block.pool != [1, 1] {
            let pool = Pool2d { kernel: block.pool, stride: block.pool, padding: Padding::Valid };
            x = net.graph.max_pool2d(x, pool)?;
        }
    }
    Ok(x)
}
