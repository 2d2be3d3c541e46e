//! `mobilenet`: depthwise separable convolutions (Howard et al. 2017, "MobileNets"; version 1 of full width). Names of variables are timm's
//! (`mobilenetv1_100`).
//!
//! | layer | out, for slices of 128 x 128 |
//! |---|---|
//! | `conv_stem` 3x3 stride 2 | 32 x 64 x 64 |
//! | `blocks.0`: 1 block of 64 filters | 64 x 64 x 64 |
//! | `blocks.1`: 2 of 128, the first with stride 2 | 128 x 32 x 32 |
//! | `blocks.2`: 2 of 256, likewise | 256 x 16 x 16 |
//! | `blocks.3`: 6 of 512, likewise | 512 x 8 x 8 |
//! | `blocks.4`: 2 of 1,024, likewise | 1,024 x 4 x 4 |
//! | mean of each map, dropout (keep .8), `classifier` | classes |
//!
//! A block: a depthwise 3x3 convolution, then a 1x1 convolution; batch norm and ReLU6 behind every convolution. Without `classifier` 3,228,864 numbers,
//! running statistics among them, as published.

use super::backbone::{centred, conv_norm, depthwise, pooled, relu6, three_channels};
use crate::error::Result;
use crate::graph::Id;
use crate::nn::Net;

/// The sizes of a network of this kind.
#[derive(Clone, Copy, Debug)]
pub struct MobileNet {
    /// Filters of the first convolution.
    pub stem: usize,
    /// Filters and blocks of each stage; but for the first stage, the first block has a stride of 2.
    pub stages: &'static [(usize, usize)],
}

/// MobileNet version 1.
pub const MOBILENET: MobileNet = MobileNet { stem: 32, stages: &[(64, 1), (128, 2), (256, 2), (512, 6), (1024, 2)] };

pub(super) fn build(net: &mut Net, x: Id, classes: usize) -> Result<Id> {
    MOBILENET.build(net, x, classes)
}

impl MobileNet {
    /// `x` (N,1,H,W) or (N,3,H,W) -> logits (N,classes).
    ///
    /// # Errors
    /// [`Error::Argument`](crate::Error::Argument) if the slices are too small.
    pub fn build(&self, net: &mut Net, x: Id, classes: usize) -> Result<Id> {
        let x = three_channels(net, x)?;
        let x = conv_norm(net, ["conv_stem", "bn1"], x, self.stem, 3, centred(3, 2))?;
        let mut x = relu6(net, x)?;
        for (stage, &(filters, blocks)) in self.stages.iter().enumerate() {
            for block in 0..blocks {
                let named = |part: &str| format!("blocks.{stage}.{block}.{part}");
                let stride = if stage > 0 && block == 0 { 2 } else { 1 };
                x = depthwise(net, &named("conv_dw"), x, stride)?;
                x = net.batch_norm(&named("bn1"), x)?;
                x = relu6(net, x)?;
                x = conv_norm(net, [&named("conv_pw"), &named("bn2")], x, filters, 1, centred(1, 1))?;
                x = relu6(net, x)?;
            }
        }
        pooled(net, "classifier", x, 0.8, classes)
    }
}
