//! Copies along strides.

use crate::doctor::{Case, Output};
use crate::kernels::movement::{self, Walk};
use crate::kernels::pointwise::fill;
use crate::reference::compare::{noise, wide};
use crate::reference::movement as reference;

/// dims, (x offset, x strides), (y offset, y strides), y extent.
pub type Row = (&'static [usize], reference::Walk<'static>, reference::Walk<'static>, usize);

/// A block of 64 numbers is copied into ones that are all a half.
pub fn strided_copy(&(dims, from, to, extent): &Row) -> Case {
    let x = noise(64, 11);
    let want = reference::strided_copy(&wide(&x), from, vec![0.5; extent], to, dims);
    let walk = |(offset, strides): reference::Walk<'_>| Walk { offset, strides: strides.to_vec() };
    let output = Output::new(&[extent], want, vec![1.0; extent], 0.0);
    Case::new(format!("strided_copy {dims:?} {from:?} {to:?}"), &[(&[64], &x)], output, move |rec, x, y| {
        fill(rec, y, 0.5)?;
        movement::strided_copy(rec, &x[0], &walk(from), y, &walk(to), dims)
    })
}

/// A transpose, a slice, a padded row, in fours and not.
pub const ROWS: &[Row] = &[
    (&[5, 3], (0, &[1, 5]), (0, &[3, 1]), 15),
    (&[2, 8], (4, &[16, 1]), (0, &[8, 1]), 16),
    (&[2, 8], (3, &[16, 1]), (0, &[8, 1]), 16),
    (&[4, 4, 4], (0, &[1, 4, 16]), (0, &[16, 4, 1]), 64),
    (&[2, 1, 2, 1, 2, 2], (0, &[8, 0, 4, 0, 2, 1]), (0, &[1, 0, 2, 0, 4, 8]), 16),
];

pub(super) fn small() -> Vec<Case> {
    ROWS.iter().map(strided_copy).collect()
}
