//! A convolution as the list of its terms: which x meets which weight in which y. Forward and both gradients are sums over it.

use crate::shape::{Conv3d, Padding3d};

/// The extents of a convolution over volumes.
#[derive(Clone, Copy, Debug)]
pub struct Convolution3d {
    /// (N,C,D,H,W)
    pub x: [usize; 5],
    /// (O, C/groups, KD, KH, KW)
    pub weight: [usize; 5],
    /// Stride, dilation, padding, groups.
    pub conv: Conv3d,
}

impl Convolution3d {
    /// Extents of y, and zeros before x along each axis: from the definitions of the paddings.
    pub fn sides(&self) -> ([usize; 3], [usize; 3]) {
        let mut out = [0; 3];
        let mut before = [0; 3];
        for axis in 0..3 {
            let size = self.x[2 + axis];
            let reach = (self.weight[2 + axis] - 1) * self.conv.dilation[axis] + 1;
            let stride = self.conv.stride[axis];
            let total;
            (before[axis], total) = match self.conv.padding {
                Padding3d::Valid => (0, 0),
                Padding3d::Explicit(sides) => (sides[axis][0], sides[axis][0] + sides[axis][1]),
                Padding3d::Same => {
                    let total = ((size.div_ceil(stride) - 1) * stride + reach).saturating_sub(size);
                    (total / 2, total)
                }
            };
            // Every start from which the window still fits.
            out[axis] = (0..=size + total - reach).step_by(stride).count();
        }
        (out, before)
    }

    /// (N,O,OD,OH,OW)
    pub fn y(&self) -> [usize; 5] {
        let ([od, oh, ow], _) = self.sides();
        [self.x[0], self.weight[0], od, oh, ow]
    }

    /// Calls `term(index in x, index in weight, index in y)` for every product of the convolution.
    fn terms(&self, mut term: impl FnMut(usize, usize, usize)) {
        let [n, c, size @ ..] = self.x;
        let [o, of_group, kernel @ ..] = self.weight;
        let (out, before) = self.sides();
        let outputs = o / self.conv.groups;
        for (image, output) in grid([n, o]) {
            for at in spots(out) {
                for channel in 0..of_group {
                    for tap in spots(kernel) {
                        let place = |axis: usize| {
                            let padded = at[axis] * self.conv.stride[axis] + tap[axis] * self.conv.dilation[axis];
                            padded.checked_sub(before[axis]).filter(|place| *place < size[axis])
                        };
                        let [Some(d), Some(h), Some(w)] = [0, 1, 2].map(place) else { continue };
                        let from = output / outputs * of_group + channel;
                        term(
                            index(image * c + from, size, [d, h, w]),
                            index(output * of_group + channel, kernel, tap),
                            index(image * o + output, out, at),
                        );
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

fn grid([rows, columns]: [usize; 2]) -> impl Iterator<Item = (usize, usize)> {
    (0..rows).flat_map(move |row| (0..columns).map(move |column| (row, column)))
}

/// Every place of a volume, in order.
fn spots([d, h, w]: [usize; 3]) -> impl Iterator<Item = [usize; 3]> {
    (0..d).flat_map(move |a| grid([h, w]).map(move |(b, c)| [a, b, c]))
}

fn index(volume: usize, [d, h, w]: [usize; 3], at: [usize; 3]) -> usize {
    ((volume * d + at[0]) * h + at[1]) * w + at[2]
}
