//! Convolutions over volumes and their gradients.

use super::{count, dirty};
use crate::doctor::{Case, Output};
use crate::kernels::conv3d::{self as kernels, conv3d_grad_input_scratch, conv3d_grad_weight_scratch, conv3d_scratch};
use crate::reference::compare::{magnitudes, noise, wide};
use crate::reference::conv3d::Convolution3d;
use crate::reference::pointwise::activated;
use crate::shape::{Conv3d, Padding3d, Unary};

fn named(operation: &str, case: &Convolution3d) -> String {
    let Conv3d { stride, dilation, padding, groups } = case.conv;
    format!("{operation} stride {stride:?} dilation {dilation:?} padding {padding:?} groups {groups}")
}

/// The convolution, with a bias and an activation if there is one.
pub fn forward(case: &Convolution3d, activation: Option<Unary>) -> Case {
    let (x, weight) = (noise(count(&case.x), 1), noise(count(&case.weight), 2));
    let y = case.y();
    let bias = noise(y[1], 3);
    let spots: usize = y[2..].iter().product();
    let added = |i: usize| if activation.is_some() { f64::from(bias[i / spots % y[1]]) } else { 0.0 };
    let sums = case.forward(&wide(&x), &wide(&weight));
    let sizes = case.forward(&magnitudes(&x), &magnitudes(&weight));
    let want = sums.iter().enumerate().map(|(i, y)| activated(activation, y + added(i))).collect();
    let rest = if activation.is_some() { 1.0 } else { 0.0 };
    let scale = sizes.iter().enumerate().map(|(i, y)| y + added(i).abs() + rest).collect();
    let mut inputs: Vec<(&[usize], &[f32])> = vec![(&case.x, &x), (&case.weight, &weight)];
    let shape = [y[1]];
    if activation.is_some() {
        inputs.push((&shape, &bias));
    }
    let conv = case.conv;
    let what = format!("{} {activation:?}", named("conv3d", case));
    Case::new(what, &inputs, Output::new(&y, want, scale, 4.0), move |rec, t, y| {
        let scratch = dirty(rec, conv3d_scratch(rec.engine(), t[0].shape(), t[1].shape(), &conv)?)?;
        kernels::conv3d(rec, &t[0], &t[1], t.get(2), y, &conv, activation, &scratch)
    })
}

/// The gradient of x.
pub fn grad_input(case: &Convolution3d) -> Case {
    let (dy, weight) = (noise(count(&case.y()), 1), noise(count(&case.weight), 2));
    let want = case.grad_input(&wide(&dy), &wide(&weight));
    let scale = case.grad_input(&magnitudes(&dy), &magnitudes(&weight));
    let inputs: [(&[usize], &[f32]); 2] = [(&case.y(), &dy), (&case.weight, &weight)];
    let (conv, what) = (case.conv, named("conv3d_grad_input", case));
    Case::new(what, &inputs, Output::new(&case.x, want, scale, 4.0), move |rec, t, dx| {
        let scratch = dirty(rec, conv3d_grad_input_scratch(rec.engine(), dx.shape(), t[1].shape(), &conv)?)?;
        kernels::conv3d_grad_input(rec, &t[0], &t[1], dx, &conv, &scratch)
    })
}

/// The gradient of the weights.
pub fn grad_weight(case: &Convolution3d) -> Case {
    let (x, dy) = (noise(count(&case.x), 1), noise(count(&case.y()), 2));
    let want = case.grad_weight(&wide(&x), &wide(&dy));
    let scale = case.grad_weight(&magnitudes(&x), &magnitudes(&dy));
    let inputs: [(&[usize], &[f32]); 2] = [(&case.x, &x), (&case.y(), &dy)];
    let (conv, what) = (case.conv, named("conv3d_grad_weight", case));
    Case::new(what, &inputs, Output::new(&case.weight, want, scale, 4.0), move |rec, t, dw| {
        let scratch = dirty(rec, conv3d_grad_weight_scratch(rec.engine(), t[0].shape(), dw.shape(), &conv)?)?;
        kernels::conv3d_grad_weight(rec, &t[0], &t[1], dw, &conv, &scratch)
    })
}

/// (x, [O, KD, KH, KW], stride, dilation, padding, groups)
pub type Row = ([usize; 5], [usize; 4], [usize; 3], [usize; 3], Padding3d, usize);

/// The convolution of a row.
pub fn convolution(&(x, [o, kd, kh, kw], stride, dilation, padding, groups): &Row) -> Convolution3d {
    Convolution3d { x, weight: [o, x[1] / groups, kd, kh, kw], conv: Conv3d { stride, dilation, padding, groups } }
}

/// Windows in slices, side by side and through slices, with few outputs and with more.
const SMALL: &[Row] = &[
    ([2, 3, 3, 5, 7], [5, 2, 3, 2], [1; 3], [1; 3], Padding3d::Same, 1),
    ([1, 4, 4, 6, 8], [21, 1, 2, 2], [1; 3], [1; 3], Padding3d::Same, 1),
    ([2, 5, 2, 6, 8], [9, 1, 2, 2], [1, 2, 2], [1; 3], Padding3d::Valid, 1),
    ([1, 3, 1, 4, 8], [5, 1, 2, 2], [1, 2, 2], [1; 3], Padding3d::Valid, 1),
    ([1, 6, 5, 6, 9], [20, 3, 1, 2], [2, 1, 3], [1, 2, 1], Padding3d::Explicit([[1, 2], [0, 1], [2, 0]]), 2),
];

/// The convolutions and gradients of inputs, for the family of [`conv2d`](super::conv2d).
pub(super) fn small() -> Vec<Case> {
    let cases = SMALL.iter().map(convolution);
    cases.flat_map(|case| [forward(&case, Some(Unary::LeakyRelu(0.2))), grad_input(&case)]).collect()
}

pub(super) fn small_grad_weight() -> Vec<Case> {
    let tall: Row = ([1, 3, 2, 4, 8], [18, 1, 2, 2], [1, 2, 2], [1; 3], Padding3d::Valid, 1);
    SMALL.iter().chain([&tall]).map(|row| grad_weight(&convolution(row))).collect()
}
