//! Sums, means, maxima and minima along axes.

use super::{count, dirty};
use crate::doctor::{Case, Output};
use crate::kernels::reduce::{self as kernels, reduce_scratch};
use crate::reference::compare::{magnitudes, noise, wide};
use crate::reference::reduce as reference;
use crate::shape::Reduction;

/// Noise of `shape`, joined along `axes`.
pub fn reduce(kind: Reduction, shape: &[usize], axes: &[usize]) -> Case {
    let x = noise(count(shape), 21);
    let want = reference::reduce(kind, &wide(&x), shape, axes);
    let scale = match kind {
        Reduction::Sum | Reduction::Mean => reference::reduce(kind, &magnitudes(&x), shape, axes),
        Reduction::Max | Reduction::Min => vec![0.0; want.len()],
    };
    let kept: Vec<usize> = (0..shape.len()).filter(|axis| !axes.contains(axis)).map(|axis| shape[axis]).collect();
    let (what, axes) = (format!("reduce {kind:?} along {axes:?}"), axes.to_vec());
    Case::new(what, &[(shape, &x)], Output::new(&kept, want, scale, 16.0), move |rec, x, y| {
        let scratch = dirty(rec, reduce_scratch(x[0].shape(), &axes)?)?;
        kernels::reduce(rec, &x[0], y, kind, &axes, &scratch)
    })
}

/// In fours and not, in one pass and in two.
pub(super) fn small() -> Vec<Case> {
    vec![
        reduce(Reduction::Sum, &[2, 3, 5, 7], &[0, 2, 3]),
        reduce(Reduction::Mean, &[2, 3, 41, 43], &[0, 2, 3]),
        reduce(Reduction::Max, &[3, 4096], &[1]),
        reduce(Reduction::Min, &[2, 3, 2, 3, 2, 4], &[0, 2, 4]),
    ]
}
