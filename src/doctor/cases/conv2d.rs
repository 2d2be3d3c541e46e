//! Convolutions and their gradients.

use super::{conv3d, count, dirty};
use crate::doctor::{Case, Output};
use crate::gpu::AdapterKind;
use crate::kernels::conv2d::{self as kernels, Epilogue, conv2d_grad_input_scratch, conv2d_scratch};
use crate::kernels::conv2d_grad_weight::{self, conv2d_grad_weight_scratch};
use crate::reference::compare::{magnitudes, noise, wide};
use crate::reference::conv2d::Convolution;
use crate::reference::pointwise::activated;
use crate::reference::pool2d::{Pooling, max_pool2d, max_pool2d_places};
use crate::shape::{Conv2d, Padding, Unary};

fn named(operation: &str, case: &Convolution) -> String {
    let Conv2d { stride, dilation, padding, groups } = case.conv;
    format!("{operation} stride {stride:?} dilation {dilation:?} padding {padding:?} groups {groups}")
}

/// The convolution alone.
pub fn forward(case: &Convolution) -> Case {
    let (x, weight) = (noise(count(&case.x), 1), noise(count(&case.weight), 2));
    let want = case.forward(&wide(&x), &wide(&weight));
    let scale = case.forward(&magnitudes(&x), &magnitudes(&weight));
    let inputs: [(&[usize], &[f32]); 2] = [(&case.x, &x), (&case.weight, &weight)];
    with(named("conv2d", case), case, &inputs, Output::new(&case.y(), want, scale, 4.0), Epilogue::default())
}

/// The convolution of `x` with a bias and what comes behind it; with `places` also where its maxima are.
pub fn with_epilogue(case: &Convolution, x: &[f32], epilogue: Epilogue, places: bool) -> Case {
    let [n, o, oh, ow] = case.y();
    let (weight, bias) = (noise(count(&case.weight), 2), noise(o, 3));
    let added = |i: usize| f64::from(bias[i / (oh * ow) % o]);
    let sums = case.forward(&wide(x), &wide(&weight));
    let sizes = case.forward(&magnitudes(x), &magnitudes(&weight));
    let mut want: Vec<_> = sums.iter().enumerate().map(|(i, y)| activated(epilogue.activation, y + added(i))).collect();
    let mut scale: Vec<_> = sizes.iter().enumerate().map(|(i, y)| y + added(i).abs() + 1.0).collect();
    let mut y = [n, o, oh, ow];
    let mut numbers = Vec::new();
    if epilogue.pool {
        y = [n, o, oh / 2, ow / 2];
        let pooling = Pooling { image: [oh, ow], kernel: [2, 2], stride: [2, 2], pads: [0; 4] };
        numbers = max_pool2d_places(&sums, n * o, pooling);
        (want, scale) = (max_pool2d(&want, n * o, pooling), max_pool2d(&scale, n * o, pooling));
    }
    let inputs: [(&[usize], &[f32]); 3] = [(&case.x, x), (&case.weight, &weight), (&[o], &bias)];
    let pooled = if epilogue.pool { " and 2x2 maxima" } else { "" };
    let placed = if places { " and their places" } else { "" };
    let what = format!("{} with bias, {:?}{pooled}{placed}", named("conv2d", case), epilogue.activation);
    let mut whole = with(what, case, &inputs, Output::new(&y, want, scale, 4.0), epilogue);
    whole.outputs.extend(places.then(|| Output::new(&y, numbers, vec![1.0; count(&y)], 0.0)));
    whole
}

fn with(what: String, case: &Convolution, inputs: &[(&[usize], &[f32])], output: Output, epilogue: Epilogue) -> Case {
    let conv = case.conv;
    Case::of_many(what, inputs, vec![output], move |rec, t, y| {
        let scratch = conv2d_scratch(rec.engine(), t[0].shape(), t[1].shape(), &conv, epilogue)?;
        let scratch = dirty(rec, scratch)?;
        kernels::conv2d(rec, &t[0], &t[1], t.get(2), &y[0], y.get(1), &conv, epilogue, &scratch)
    })
}

/// The gradient of x.
pub fn grad_input(case: &Convolution) -> Case {
    grad_input_of(case, &noise(count(&case.y()), 1))
}

/// The gradient of x for this `dy`.
pub fn grad_input_of(case: &Convolution, dy: &[f32]) -> Case {
    let weight = noise(count(&case.weight), 2);
    let want = case.grad_input(&wide(dy), &wide(&weight));
    let scale = case.grad_input(&magnitudes(dy), &magnitudes(&weight));
    let inputs: [(&[usize], &[f32]); 2] = [(&case.y(), dy), (&case.weight, &weight)];
    let (conv, what) = (case.conv, named("conv2d_grad_input", case));
    Case::new(what, &inputs, Output::new(&case.x, want, scale, 4.0), move |rec, t, dx| {
        let scratch = conv2d_grad_input_scratch(rec.engine(), dx.shape(), t[1].shape(), &conv)?;
        let scratch = dirty(rec, scratch)?;
        kernels::conv2d_grad_input(rec, &t[0], &t[1], dx, &conv, &scratch)
    })
}

/// The gradient of the weights.
pub fn grad_weight(case: &Convolution) -> Case {
    grad_weight_of(case, &noise(count(&case.x), 1), &noise(count(&case.y()), 2))
}

/// The gradient of the weights for this `x` and `dy`.
pub fn grad_weight_of(case: &Convolution, x: &[f32], dy: &[f32]) -> Case {
    let want = case.grad_weight(&wide(x), &wide(dy));
    let scale = case.grad_weight(&magnitudes(x), &magnitudes(dy));
    let inputs: [(&[usize], &[f32]); 2] = [(&case.x, x), (&case.y(), dy)];
    let (conv, what) = (case.conv, named("conv2d_grad_weight", case));
    Case::new(what, &inputs, Output::new(&case.weight, want, scale, 4.0), move |rec, t, dw| {
        let scratch = conv2d_grad_weight_scratch(rec.engine(), t[0].shape(), dw.shape(), &conv)?;
        let scratch = dirty(rec, scratch)?;
        conv2d_grad_weight::conv2d_grad_weight(rec, &t[0], &t[1], dw, &conv, &scratch)
    })
}

/// (x, [O, KH, KW], stride, dilation, padding, groups)
pub type Row = ([usize; 4], [usize; 3], [usize; 2], [usize; 2], Padding, usize);

/// The convolution of a row.
pub fn convolution(&(x, [o, kh, kw], stride, dilation, padding, groups): &Row) -> Convolution {
    Convolution { x, weight: [o, x[1] / groups, kh, kw], conv: Conv2d { stride, dilation, padding, groups } }
}

/// Windows of 2x2, of 3x3, and others, each with few outputs (16 at most) and with more; one side of few channels; channels that do not see
/// each other.
const SMALL: &[Row] = &[
    ([2, 3, 7, 9], [5, 2, 2], [1, 1], [1, 1], Padding::Same, 1),
    ([2, 3, 7, 9], [37, 2, 2], [1, 1], [1, 1], Padding::Same, 1),
    ([1, 9, 5, 8], [29, 2, 2], [1, 1], [1, 1], Padding::Same, 1),
    ([2, 5, 6, 8], [13, 2, 2], [1, 1], [1, 1], Padding::Same, 1),
    ([1, 4, 6, 5], [3, 3, 3], [1, 1], [1, 1], Padding::Valid, 1),
    ([1, 9, 12, 13], [31, 3, 3], [1, 1], [1, 1], Padding::Explicit([1, 2, 0, 3]), 1),
    ([2, 6, 11, 9], [10, 5, 3], [3, 2], [1, 1], Padding::Same, 2),
    ([1, 9, 17, 11], [33, 3, 3], [1, 1], [2, 3], Padding::Same, 1),
    ([2, 5, 6, 32], [1, 3, 3], [1, 1], [1, 1], Padding::Same, 1),
    ([2, 1, 6, 16], [9, 3, 3], [1, 1], [1, 1], Padding::Same, 1),
    ([2, 4, 7, 9], [4, 3, 3], [1, 1], [1, 1], Padding::Explicit([1; 4]), 4),
    ([1, 4, 9, 11], [4, 3, 3], [2, 2], [1, 1], Padding::Explicit([1; 4]), 4),
    ([2, 3, 7, 9], [6, 5, 3], [1, 2], [1, 1], Padding::Same, 3),
];

/// More than one tile that a workgroup shares, with a rest each way.
const SHARED: Row = ([3, 66, 7, 9], [66, 3, 2], [1, 2], [1, 1], Padding::Same, 2);

pub(super) fn small() -> Vec<Case> {
    let plain = SMALL.iter().map(convolution).flat_map(|case| [forward(&case), grad_input(&case)]);
    let pooled = [(2, 37), (3, 5)].into_iter().map(|(side, outputs)| {
        let case = convolution(&([2, 3, 6, 8], [outputs, side, side], [1, 1], [1, 1], Padding::Same, 1));
        let epilogue = Epilogue { activation: Some(Unary::Elu(1.0)), pool: true };
        with_epilogue(&case, &noise(count(&case.x), 1), epilogue, true)
    });
    let shared = convolution(&SHARED);
    let pool = Epilogue { activation: Some(Unary::Elu(1.0)), pool: true };
    let shared_pool = convolution(&([2, 5, 6, 16], [35, 2, 2], [1, 1], [1, 1], Padding::Same, 1));
    let shared_pool = with_epilogue(&shared_pool, &noise(count(&shared_pool.x), 1), pool, true);
    let apart = convolution(&([2, 4, 7, 9], [4, 3, 3], [1, 1], [1, 1], Padding::Explicit([1; 4]), 4));
    let shared = [forward(&shared), grad_input(&shared), shared_pool, forward(&apart)]
        .map(|case| case.for_kind(AdapterKind::Gpu));
    plain.chain(pooled).chain(shared).chain(conv3d::small()).collect()
}

pub(super) fn small_grad_weight() -> Vec<Case> {
    let shared = grad_weight(&convolution(&SHARED)).for_kind(AdapterKind::Gpu);
    let plain = SMALL.iter().map(|row| grad_weight(&convolution(row)));
    plain.chain([shared]).chain(conv3d::small_grad_weight()).collect()
}
