//! A convolution as the list of its terms: which x meets which weight in which y. Forward and both gradients are sums over it.

use crate::shape::{Conv2d, Padding};

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
    /// Height and width of y, rows and columns of zeros before the image: from the definitions of the paddings.
    pub fn sides(&self) -> ([usize; 2], [usize; 2]) {
        let mut out = [0; 2];
        let mut before = [0; 2];
        for axis in 0..2 {
            let size = self.x[2 + axis];
            let reach = (self.weight[2 + axis] - 1) * self.conv.dilation[axis] + 1;
            let stride = self.conv.stride[axis];
            let total;
            (before[axis], total) = match self.conv.padding {
                Padding::Valid => (0, 0),
                Padding::Explicit(sides) => (sides[2 * axis], sides[2 * axis] + sides[2 * axis + 1]),
                Padding::Same => {
                    let total = ((size.div_ceil(stride) - 1) * stride + reach).saturating_sub(size);
                    (total / 2, total)
                }
            };
            // Every start from which the window still fits.
            out[axis] = (0..=size + total - reach).step_by(stride).count();
        }
        (out, before)
    }

    /// (N,O,OH,OW)
    pub fn y(&self) -> [usize; 4] {
        let ([oh, ow], _) = self.sides();
        [self.x[0], self.weight[0], oh, ow]
    }

    /// Calls `term(index in x, index in weight, index in y)` for every product of the convolution.
    fn terms(&self, mut term: impl FnMut(usize, usize, usize)) {
        let [n, c, h, w] = self.x;
        let [o, of_group, kh, kw] = self.weight;
        let ([oh, ow], [top, left]) = self.sides();
        let [stride_h, stride_w] = self.conv.stride;
        let [dilation_h, dilation_w] = self.conv.dilation;
        let outputs = o / self.conv.groups;
        for image in 0..n {
            for out in 0..o {
                for a in 0..oh {
                    for b in 0..ow {
                        for channel in 0..of_group {
                            for i in 0..kh {
                                for j in 0..kw {
                                    let row = a * stride_h + i * dilation_h;
                                    let column = b * stride_w + j * dilation_w;
                                    if row < top || column < left || row - top >= h || column - left >= w {
                                        continue;
                                    }
                                    let from = out / outputs * of_group + channel;
                                    term(
                                        ((image * c + from) * h + row - top) * w + column - left,
                                        ((out * of_group + channel) * kh + i) * kw + j,
                                        ((image * o + out) * oh + a) * ow + b,
                                    );
                                }
                            }
                        }
                    }
                }
            }
        }
    }

    /// y of `x` and `weight`.
    pub fn forward(&self, x: &[f64], weight: &[f64]) -> Vec<f64> {
        let mut y = vec![0.0; self.y().iter().product()];
        self.terms(|xi, wi, yi| y[yi] += x[xi] * weight[wi]);
        y
    }

    /// dx of `dy` and `weight`.
    pub fn grad_input(&self, dy: &[f64], weight: &[f64]) -> Vec<f64> {
        let mut dx = vec![0.0; self.x.iter().product()];
        self.terms(|xi, wi, yi| dx[xi] += dy[yi] * weight[wi]);
        dx
    }

    /// dw of `x` and `dy`.
    pub fn grad_weight(&self, x: &[f64], dy: &[f64]) -> Vec<f64> {
        let mut dw = vec![0.0; self.weight.iter().product()];
        self.terms(|xi, wi, yi| dw[wi] += x[xi] * dy[yi]);
        dw
    }
}
