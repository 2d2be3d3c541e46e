//! Convolution as the sum over all pairs of a tap and a place; its two transposes run over the same pairs.

use tunevote::shape::{Conv2d, Padding};

/// Zeros above and left of an image: TensorFlow's rule for SAME.
pub fn corner(padding: Padding, image: [usize; 2], reach: [usize; 2], stride: [usize; 2]) -> [usize; 2] {
    match padding {
        Padding::Valid => [0, 0],
        Padding::Explicit([top, _, left, _]) => [top, left],
        Padding::Same => [0, 1].map(|a| {
            let out = image[a].div_ceil(stride[a]);
            ((out - 1) * stride[a] + reach[a]).saturating_sub(image[a]) / 2
        }),
    }
}

/// Sizes of the three tensors.
#[derive(Clone, Copy, Debug)]
pub struct Sizes {
    pub x: [usize; 4],
    pub weight: [usize; 4],
    pub y: [usize; 4],
}

/// Calls `each(position in y, in x, in weight)` for every product of the convolution.
fn products(conv: &Conv2d, sizes: Sizes, mut each: impl FnMut(usize, usize, usize)) {
    let ([n, c, h, w], [o, i, kh, kw], [_, _, oh, ow]) = (sizes.x, sizes.weight, sizes.y);
    let reach = [0, 1].map(|a| (sizes.weight[2 + a] - 1) * conv.dilation[a] + 1);
    let [top, left] = corner(conv.padding, [h, w], reach, conv.stride);
    let filters = o / conv.groups;
    for (image, filter) in (0..n).flat_map(|image| (0..o).map(move |filter| (image, filter))) {
        for (row, column) in (0..oh).flat_map(|row| (0..ow).map(move |column| (row, column))) {
            for (channel, tap) in (0..i).flat_map(|channel| (0..kh * kw).map(move |tap| (channel, tap))) {
                let [down, across] = [tap / kw, tap % kw];
                let at_row = (row * conv.stride[0] + down * conv.dilation[0]).wrapping_sub(top);
                let at_column = (column * conv.stride[1] + across * conv.dilation[1]).wrapping_sub(left);
                if at_row < h && at_column < w {
                    let from = filter / filters * i + channel;
                    each(
                        ((image * o + filter) * oh + row) * ow + column,
                        ((image * c + from) * h + at_row) * w + at_column,
                        (filter * i + channel) * kh * kw + tap,
                    );
                }
            }
        }
    }
}

pub fn conv2d(conv: &Conv2d, sizes: Sizes, x: &[f64], weight: &[f64]) -> Vec<f64> {
    let mut y = vec![0.0; sizes.y.iter().product()];
    products(conv, sizes, |o, i, k| y[o] += x[i] * weight[k]);
    y
}

pub fn grad_input(conv: &Conv2d, sizes: Sizes, dy: &[f64], weight: &[f64]) -> Vec<f64> {
    let mut dx = vec![0.0; sizes.x.iter().product()];
    products(conv, sizes, |o, i, k| dx[i] += dy[o] * weight[k]);
    dx
}

pub fn grad_weight(conv: &Conv2d, sizes: Sizes, x: &[f64], dy: &[f64]) -> Vec<f64> {
    let mut dw = vec![0.0; sizes.weight.iter().product()];
    products(conv, sizes, |o, i, k| dw[k] += x[i] * dy[o]);
    dw
}
