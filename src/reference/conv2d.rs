//! A convolution over images: one over volumes that are one deep.

use super::conv3d::Convolution3d;
use crate::shape::{Conv2d, Conv3d, Padding, Padding3d};

/// The extents of a convolution.
#[derive(Clone, Copy, Debug)]
pub struct Convolution {
    /// (N,C,H,W)
    pub x: [usize; 4],
    /// (O, C/groups, KH, KW)
    pub weight: [usize; 4],
    /// Stride, dilation, padding, groups.
    pub conv: Conv2d,
}

impl Convolution {
    fn deep(&self) -> Convolution3d {
        let Conv2d { stride: [down, across], dilation: [rows, columns], padding, groups } = self.conv;
        let padding = match padding {
            Padding::Valid => Padding3d::Valid,
            Padding::Same => Padding3d::Same,
            Padding::Explicit([top, bottom, left, right]) => {
                Padding3d::Explicit([[0, 0], [top, bottom], [left, right]])
            }
        };
        let [x, weight] = [self.x, self.weight].map(|[a, b, h, w]| [a, b, 1, h, w]);
        let conv = Conv3d { stride: [1, down, across], dilation: [1, rows, columns], padding, groups };
        Convolution3d { x, weight, conv }
    }

    /// (N,O,OH,OW)
    pub fn y(&self) -> [usize; 4] {
        let [n, o, _, oh, ow] = self.deep().y();
        [n, o, oh, ow]
    }

    /// y of `x` and `weight`.
    pub fn forward(&self, x: &[f64], weight: &[f64]) -> Vec<f64> {
        self.deep().forward(x, weight)
    }

    /// dx of `dy` and `weight`.
    pub fn grad_input(&self, dy: &[f64], weight: &[f64]) -> Vec<f64> {
        self.deep().grad_input(dy, weight)
    }

    /// dw of `x` and `dy`.
    pub fn grad_weight(&self, x: &[f64], dy: &[f64]) -> Vec<f64> {
        self.deep().grad_weight(x, dy)
    }
}
