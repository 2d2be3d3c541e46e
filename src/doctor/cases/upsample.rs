//! Enlarged images. A row is the small image (N,C,H,W), the factors, and whether it is drawn straight between pixels.

use crate::doctor::{Case, Output};
use crate::kernels::upsample as kernels;
use crate::reference::compare::{magnitudes, noise, wide};
use crate::reference::upsample::Enlarged;
use crate::shape::Upsample2d;

/// (image, factors, linear)
pub type Row = ([usize; 4], [usize; 2], bool);

fn parts(&([n, c, h, w], factor, linear): &Row) -> (Enlarged, Upsample2d, usize, [usize; 4]) {
    let large = [n, c, h * factor[0], w * factor[1]];
    (Enlarged { image: [h, w], factor, linear }, Upsample2d { factor, linear }, n * c, large)
}

/// The image enlarged.
pub fn upsample2d(row: &Row) -> Case {
    let (enlarged, upsample, planes, large) = parts(row);
    let x = noise(row.0.iter().product(), 1);
    let want = enlarged.upsample2d(&wide(&x), planes);
    let scale = enlarged.upsample2d(&magnitudes(&x), planes);
    let what = format!("upsample2d {:?} linear {}", row.1, row.2);
    Case::new(what, &[(&row.0, &x)], Output::new(&large, want, scale, 6.0), move |rec, t, y| {
        kernels::upsample2d(rec, &t[0], y, &upsample)
    })
}

/// The gradient of the image.
pub fn upsample2d_grad_input(row: &Row) -> Case {
    let (enlarged, upsample, planes, large) = parts(row);
    let dy = noise(large.iter().product(), 2);
    let want = enlarged.upsample2d_grad_input(&wide(&dy), planes);
    let scale = enlarged.upsample2d_grad_input(&magnitudes(&dy), planes);
    let what = format!("upsample2d_grad_input {:?} linear {}", row.1, row.2);
    Case::new(what, &[(&large, &dy)], Output::new(&row.0, want, scale, 8.0), move |rec, t, dx| {
        kernels::upsample2d_grad_input(rec, &t[0], dx, &upsample)
    })
}

pub(super) fn small() -> Vec<Case> {
    let rows: [Row; 3] = [([2, 3, 5, 7], [2, 2], false), ([2, 3, 5, 7], [2, 3], true), ([1, 2, 1, 4], [3, 1], true)];
    rows.iter().flat_map(|row| [upsample2d(row), upsample2d_grad_input(row)]).collect()
}
