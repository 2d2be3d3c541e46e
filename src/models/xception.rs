//! `xception`: separable convolutions with residuals (Chollet 2017, "Xception"). Names of variables are timm's (`legacy_xception`).
//!
//! | layer | out, for slices of 128 x 128 |
//! |---|---|
//! | `conv1` 3x3 stride 2, `conv2` 3x3, both without padding | 64 x 61 x 61 |
//! | `block1` to `block3`: 2 separable convolutions of 128, 256 and 728 filters, max-pool | 728 x 8 x 8 |
//! | `block4` to `block11`: 3 of 728 | 728 x 8 x 8 |
//! | `block12`: one of 728, one of 1,024, max-pool | 1,024 x 4 x 4 |
//! | `conv3` and `conv4`, separable, of 1,536 and 2,048 | 2,048 x 4 x 4 |
//! | mean of each map, `fc` | classes |
//!
//! A separable convolution is a depthwise one of 3x3 and a 1x1 one, nothing between them, batch norm behind them, ReLU before or behind. What goes into a
//! block is added to what it gives, where sizes differ through a 1x1 convolution and batch norm. Without `fc` 20,861,480 numbers, running statistics
//! among them, as published.

use super::backbone::{centred, conv_norm, depthwise, pool3, pooled, three_channels};
use crate::error::Result;
use crate::graph::Id;
use crate::nn::{Init, Net};
use crate::shape::Conv2d;

/// The sizes of a network of this kind.
#[derive(Clone, Copy, Debug)]
pub struct Xception {
    /// Filters of the two convolutions.
    pub stem: [usize; 2],
    /// Filters of the blocks that halve the picture; those of the last one go through the middle.
    pub entry: &'static [usize],
    /// Blocks in the middle.
    pub middle: usize,
    /// Filters of the last block, and of the two separable convolutions behind it.
    pub exit: [usize; 3],
}

/// Xception as published.
pub const XCEPTION: Xception =
    Xception { stem: [32, 64], entry: &[128, 256, 728], middle: 8, exit: [1024, 1536, 2048] };

pub(super) fn build(net: &mut Net, x: Id, classes: usize) -> Result<Id> {
    XCEPTION.build(net, x, classes)
}

impl Xception {
    /// `x` (N,1,H,W) or (N,3,H,W) -> logits (N,classes).
    ///
    /// # Errors
    /// [`Error::Argument`](crate::Error::Argument) if the slices are too small.
    pub fn build(&self, net: &mut Net, x: Id, classes: usize) -> Result<Id> {
        let x = three_channels(net, x)?;
        let x = conv_norm(net, ["conv1", "bn1"], x, self.stem[0], 3, Conv2d { stride: [2, 2], ..Conv2d::default() })?;
        let x = net.graph.relu(x)?;
        let x = conv_norm(net, ["conv2", "bn2"], x, self.stem[1], 3, Conv2d::default())?;
        let mut x = net.graph.relu(x)?;
        let mut from = self.stem[1];
        let mut number = 0;
        let mut name = || {
            number += 1;
            format!("block{number}")
        };
        for (at, &filters) in self.entry.iter().enumerate() {
            x = block(net, &name(), x, &[filters, filters], at > 0, true)?;
            from = filters;
        }
        for _ in 0..self.middle {
            x = block(net, &name(), x, &[from; 3], true, false)?;
        }
        x = block(net, &name(), x, &[from, self.exit[0]], true, true)?;
        for (number, &filters) in (3..).zip(&self.exit[1..]) {
            x = separable(net, [&format!("conv{number}"), &format!("bn{number}")], x, filters)?;
            x = net.graph.relu(x)?;
        }
        pooled(net, "fc", x, 1.0, classes)
    }
}

/// Separable convolutions, ReLU before each, but before the first only if so said; halved, they end in a max-pool.
fn block(net: &mut Net, name: &str, x: Id, filters: &[usize], relu_first: bool, halved: bool) -> Result<Id> {
    // timm counts the parts of a block, those without weights too.
    let mut part = 0;
    let mut y = x;
    for (at, &filters) in filters.iter().enumerate() {
        if at > 0 || relu_first {
            y = net.graph.relu(y)?;
            part += 1;
        }
        y = separable(net, [&format!("{name}.rep.{part}"), &format!("{name}.rep.{}", part + 1)], y, filters)?;
        part += 2;
    }
    if halved {
        y = pool3(net, y)?;
    }
    let [_, from, ..] = net.graph.shape(x).array::<4>("xception", "x")?;
    let [_, to, ..] = net.graph.shape(y).array::<4>("xception", "y")?;
    let beside = if halved || from != to {
        let stride = if halved { 2 } else { 1 };
        conv_norm(net, [&format!("{name}.skip"), &format!("{name}.skipbn")], x, to, 1, centred(1, stride))?
    } else {
        x
    };
    net.graph.plus(y, beside)
}

fn separable(net: &mut Net, [conv, norm]: [&str; 2], x: Id, filters: usize) -> Result<Id> {
    let x = depthwise(net, &format!("{conv}.conv1"), x, 1)?;
    let x = net.conv2d(&format!("{conv}.pointwise"), x, filters, [1, 1], centred(1, 1), Init::HeNormal)?;
    net.batch_norm(norm, x)
}
