//! What the networks that were made for photographs have in common: a grey picture as three channels, and convolutions with batch norm.

use crate::error::Result;
use crate::graph::Id;
use crate::nn::{Init, Net};
use crate::shape::{Conv2d, Padding, Pool2d, Unary};

/// A grey picture (N,1,H,W) of mean 0 and deviation 1 as three channels, alike; other pictures stay as they are. Weights that learnt from photographs
/// read pictures of this mean and deviation in each channel.
///
/// # Errors
/// [`Error::Shape`](crate::Error::Shape) if it is no picture.
pub(super) fn three_channels(net: &mut Net, x: Id) -> Result<Id> {
    let [n, c, h, w] = net.graph.shape(x).array("backbone", "slices")?;
    if c == 1 { net.graph.expand(x, [n, 3, h, w]) } else { Ok(x) }
}

/// A square window with as many zeros on all sides that a step of 1 keeps the size.
pub(super) fn centred(window: usize, stride: usize) -> Conv2d {
    Conv2d { stride: [stride; 2], padding: Padding::Explicit([window / 2; 4]), ..Conv2d::default() }
}

/// The largest of windows of 3x3 at every second place.
///
/// # Errors
/// [`Error::Argument`](crate::Error::Argument) if the picture is too small.
pub(super) fn pool3(net: &mut Net, x: Id) -> Result<Id> {
    net.graph.max_pool2d(x, Pool2d { kernel: [3, 3], stride: [2, 2], padding: Padding::Explicit([1; 4]) })
}

/// `max(0, min(6, x))`
///
/// # Errors
/// [`Error::Argument`](crate::Error::Argument) if `x` is of another graph.
pub(super) fn relu6(net: &mut Net, x: Id) -> Result<Id> {
    net.graph.unary(Unary::Clamp(0.0, 6.0), x)
}

/// A square convolution without bias and batch norm behind it, whose variables begin with `conv` and `norm`.
///
/// # Errors
/// Those of [`Net::conv2d`].
pub(super) fn conv_norm(
    net: &mut Net,
    [conv, norm]: [&str; 2],
    x: Id,
    out: usize,
    window: usize,
    geometry: Conv2d,
) -> Result<Id> {
    let x = net.conv2d(conv, x, out, [window; 2], geometry, Init::HeNormal)?;
    net.batch_norm(norm, x)
}

/// A convolution of each channel by itself: depthwise.
///
/// # Errors
/// Those of [`Net::conv2d`].
pub(super) fn depthwise(net: &mut Net, name: &str, x: Id, stride: usize) -> Result<Id> {
    let [_, channels, _, _] = net.graph.shape(x).array("depthwise", "x")?;
    let conv = Conv2d { groups: channels, ..centred(3, stride) };
    net.conv2d(name, x, channels, [3, 3], conv, Init::HeNormal)
}

/// The mean of each map (N,C,H,W), and a dense layer `name` on them, before which `keep` of them pass in training.
///
/// # Errors
/// Those of [`Net::dense`].
pub(super) fn pooled(net: &mut Net, name: &str, x: Id, keep: f32, classes: usize) -> Result<Id> {
    net.set_maps(x);
    let x = net.graph.global_avg_pool(x)?;
    let x = if keep < 1.0 { net.dropout(x, keep)? } else { x };
    net.dense(name, x, classes, Init::GlorotUniform)
}
