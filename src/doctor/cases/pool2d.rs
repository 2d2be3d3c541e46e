//! Pooling.

use super::count;
use crate::doctor::{Case, Output};
use crate::kernels::pool2d as kernels;
use crate::reference::compare::{magnitudes, noise, wide};
use crate::reference::pool2d::{self as reference, Pooling};
use crate::shape::{Padding, Pool2d};

/// (N,C,H,W), window, step, padding, and the `[top, bottom, left, right]` that the padding means.
pub type Row = ([usize; 4], [usize; 2], [usize; 2], Padding, [usize; 4]);

/// A row as the kernels and as the references take it.
struct Size {
    image: [usize; 4],
    pooled: [usize; 4],
    planes: usize,
    pool: Pool2d,
    pooling: Pooling,
}

impl Size {
    fn of(&([n, c, h, w], kernel, stride, padding, pads): &Row) -> Self {
        let pooling = Pooling { image: [h, w], kernel, stride, pads };
        let [oh, ow] = pooling.pooled();
        let pool = Pool2d { kernel, stride, padding };
        Self { image: [n, c, h, w], pooled: [n, c, oh, ow], planes: n * c, pool, pooling }
    }

    /// Places of the maxima of noise.
    fn places(&self) -> Vec<f32> {
        let x = with_ties(count(&self.image), 2);
        reference::max_pool2d_places(&wide(&x), self.planes, self.pooling).iter().map(|&place| place as f32).collect()
    }

    fn named(&self, operation: &str) -> String {
        let Pool2d { kernel, stride, padding } = self.pool;
        format!("{operation} window {kernel:?} stride {stride:?} padding {padding:?}")
    }
}

/// Noise on a grid of 1/4: many windows hold ties.
fn with_ties(count: usize, seed: u32) -> Vec<f32> {
    noise(count, seed).iter().map(|v| (v * 4.0).floor() / 4.0).collect()
}

/// Maxima.
pub fn max_pool2d(row: &Row) -> Case {
    let size = Size::of(row);
    let x = noise(count(&size.image), 1);
    let want = reference::max_pool2d(&wide(&x), size.planes, size.pooling);
    let output = Output::new(&size.pooled, want, vec![1.0; count(&size.pooled)], 0.0);
    Case::new(size.named("max_pool2d"), &[(&size.image, &x)], output, move |rec, x, y| {
        kernels::max_pool2d(rec, &x[0], y, &size.pool)
    })
}

/// Maxima and their places.
pub fn max_pool2d_places(row: &Row) -> Case {
    let size = Size::of(row);
    let x = with_ties(count(&size.image), 2);
    let of = |want| Output::new(&size.pooled, want, vec![1.0; count(&size.pooled)], 0.0);
    let outputs = vec![
        of(reference::max_pool2d(&wide(&x), size.planes, size.pooling)),
        of(reference::max_pool2d_places(&wide(&x), size.planes, size.pooling)),
    ];
    Case::of_many(size.named("max_pool2d_places"), &[(&size.image, &x)], outputs, move |rec, x, y| {
        kernels::max_pool2d_places(rec, &x[0], &y[0], &y[1], &size.pool)
    })
}

/// The gradient of maxima.
pub fn max_pool2d_grad_input(row: &Row) -> Case {
    let size = Size::of(row);
    let (places, dy) = (size.places(), noise(count(&size.pooled), 3));
    let want = reference::max_pool2d_grad_input(&wide(&places), &wide(&dy), size.planes, size.pooling);
    let scale = reference::max_pool2d_grad_input(&wide(&places), &magnitudes(&dy), size.planes, size.pooling);
    let inputs: [(&[usize], &[f32]); 2] = [(&size.pooled, &places), (&size.pooled, &dy)];
    let output = Output::new(&size.image, want, scale, 8.0);
    Case::new(size.named("max_pool2d_grad_input"), &inputs, output, move |rec, x, dx| {
        kernels::max_pool2d_grad_input(rec, &x[0], &x[1], dx, &size.pool)
    })
}

/// What stands where the maxima are.
pub fn max_pool2d_gather(row: &Row) -> Case {
    let size = Size::of(row);
    let (places, v) = (size.places(), noise(count(&size.image), 5));
    let want = reference::max_pool2d_gather(&wide(&places), &wide(&v), size.planes, size.pooling);
    let inputs: [(&[usize], &[f32]); 2] = [(&size.pooled, &places), (&size.image, &v)];
    let output = Output::new(&size.pooled, want, vec![1.0; count(&size.pooled)], 0.0);
    Case::new(size.named("max_pool2d_gather"), &inputs, output, move |rec, x, dy| {
        kernels::max_pool2d_gather(rec, &x[0], &x[1], dy, &size.pool)
    })
}

/// Means.
pub fn avg_pool2d(row: &Row) -> Case {
    let size = Size::of(row);
    let x = noise(count(&size.image), 6);
    let want = reference::avg_pool2d(&wide(&x), size.planes, size.pooling);
    let scale = reference::avg_pool2d(&magnitudes(&x), size.planes, size.pooling);
    let output = Output::new(&size.pooled, want, scale, 8.0);
    Case::new(size.named("avg_pool2d"), &[(&size.image, &x)], output, move |rec, x, y| {
        kernels::avg_pool2d(rec, &x[0], y, &size.pool)
    })
}

/// The gradient of means.
pub fn avg_pool2d_grad_input(row: &Row) -> Case {
    let size = Size::of(row);
    let dy = noise(count(&size.pooled), 7);
    let want = reference::avg_pool2d_grad_input(&wide(&dy), size.planes, size.pooling);
    let scale = reference::avg_pool2d_grad_input(&magnitudes(&dy), size.planes, size.pooling);
    let output = Output::new(&size.image, want, scale, 8.0);
    Case::new(size.named("avg_pool2d_grad_input"), &[(&size.pooled, &dy)], output, move |rec, x, dx| {
        kernels::avg_pool2d_grad_input(rec, &x[0], dx, &size.pool)
    })
}

/// Windows that overlap and reach into a padding, and 2x2 windows side by side.
pub(super) fn small() -> Vec<Case> {
    let rows: [Row; 2] = [
        ([2, 2, 11, 6], [4, 3], [3, 2], Padding::Explicit([3, 1, 0, 2]), [3, 1, 0, 2]),
        ([2, 3, 6, 24], [2, 2], [2, 2], Padding::Valid, [0; 4]),
    ];
    let all = |row: &Row| {
        [
            max_pool2d(row),
            max_pool2d_places(row),
            max_pool2d_grad_input(row),
            max_pool2d_gather(row),
            avg_pool2d(row),
            avg_pool2d_grad_input(row),
        ]
    };
    rows.iter().flat_map(all).collect()
}
