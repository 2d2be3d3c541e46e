//! `resnet50`: residual units of three convolutions (He et al. 2016, "Deep residual learning for image recognition", with the stride in the 3x3 convolution as
//! torchvision has it). Names of variables are torchvision's.
//!
//! | layer | out, for slices of 128 x 128 |
//! |---|---|
//! | `conv1` 7x7 stride 2, batch norm, ReLU, max-pool 3x3 stride 2 | 64 x 32 x 32 |
//! | `layer1`: 3 units of 64, 64, 256 filters | 256 x 32 x 32 |
//! | `layer2`: 4 units of 128, 128, 512 | 512 x 16 x 16 |
//! | `layer3`: 6 units of 256, 256, 1,024 | 1,024 x 8 x 8 |
//! | `layer4`: 3 units of 512, 512, 2,048 | 2,048 x 4 x 4 |
//! | mean of each map, `fc` | classes |
//!
//! A unit: 1x1, 3x3 and 1x1 convolutions, each with batch norm, ReLU between them and behind the sum with the unit's input. The first unit of a layer
//! brings its input to the new size by a 1x1 convolution and batch norm.
//!
//! Without `fc` 23,561,152 numbers, running statistics among them. The published 23,587,712 are those of Keras, whose convolutions have biases, which
//! the batch norm behind them takes away again: [`ResNet::biases`], for `resnet50-paper`.

use super::backbone::{centred, pool3, pooled, three_channels};
use crate::error::Result;
use crate::graph::Id;
use crate::nn::{Init, Net};
use crate::shape::Conv2d;

/// The sizes of a network of this kind.
#[derive(Clone, Copy, Debug)]
pub struct ResNet {
    /// Filters of the first layer's inner convolutions; each layer doubles them.
    pub width: usize,
    /// Units of each layer.
    pub units: &'static [usize],
    /// Whether convolutions have biases.
    pub biases: bool,
}

/// Maps that a unit gives for each filter of its inner convolutions.
const EXPANSION: usize = 4;

/// ResNet-50.
pub const RESNET50: ResNet = ResNet { width: 64, units: &[3, 4, 6, 3], biases: false };

pub(super) fn build(net: &mut Net, x: Id, classes: usize) -> Result<Id> {
    RESNET50.build(net, x, classes)
}

/// With the published number of parameters.
pub(super) fn build_paper(net: &mut Net, x: Id, classes: usize) -> Result<Id> {
    ResNet { biases: true, ..RESNET50 }.build(net, x, classes)
}

impl ResNet {
    /// `x` (N,1,H,W) or (N,3,H,W) -> logits (N,classes).
    ///
    /// # Errors
    /// [`Error::Argument`](crate::Error::Argument) if the slices are too small.
    pub fn build(&self, net: &mut Net, x: Id, classes: usize) -> Result<Id> {
        let x = three_channels(net, x)?;
        let x = self.conv(net, ["conv1", "bn1"], x, self.width, 7, 2)?;
        let x = net.graph.relu(x)?;
        let mut x = pool3(net, x)?;
        for (layer, &units) in self.units.iter().enumerate() {
            let width = self.width << layer;
            for unit in 0..units {
                let stride = if unit == 0 && layer > 0 { 2 } else { 1 };
                x = self.unit(net, &format!("layer{}.{unit}", layer + 1), x, width, stride, unit == 0)?;
            }
        }
        pooled(net, "fc", x, 1.0, classes)
    }

    fn unit(&self, net: &mut Net, name: &str, x: Id, width: usize, stride: usize, first: bool) -> Result<Id> {
        let part = |part: &str, number: usize| format!("{name}.{part}{number}");
        let inner = [(width, 1, 1), (width, 3, stride), (EXPANSION * width, 1, 1)];
        let mut y = x;
        for (number, (out, window, stride)) in (1..).zip(inner) {
            y = if number > 1 { net.graph.relu(y)? } else { y };
            y = self.conv(net, [&part("conv", number), &part("bn", number)], y, out, window, stride)?;
        }
        let beside = if first {
            let names = [0, 1].map(|number| part("downsample.", number));
            self.conv(net, [&names[0], &names[1]], x, EXPANSION * width, 1, stride)?
        } else {
            x
        };
        let sum = net.graph.plus(y, beside)?;
        net.graph.relu(sum)
    }

    fn conv(
        &self,
        net: &mut Net,
        [conv, norm]: [&str; 2],
        x: Id,
        out: usize,
        window: usize,
        stride: usize,
    ) -> Result<Id> {
        let geometry: Conv2d = centred(window, stride);
        let mut x = net.conv2d(conv, x, out, [window; 2], geometry, Init::HeNormal)?;
        if self.biases {
            x = net.bias(conv, x)?;
        }
        net.batch_norm(norm, x)
    }
}
