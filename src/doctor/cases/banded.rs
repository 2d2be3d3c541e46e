//! Banded matrices.

use crate::doctor::{Case, Output};
use crate::kernels::banded::{self, ranges};
use crate::reference::compare::{magnitudes, noise, wide};
use crate::reference::spectral::matmul;

/// A dense matrix (M,F) whose rows are bands, times (batch,F,frames).
pub fn banded_matmul(w: &[f32], [m, f]: [usize; 2], [batch, frames]: [usize; 2]) -> Case {
    let ranges = ranges(w, [m, f]);
    let x = noise(batch * f * frames, 23);
    let product = |w: &[f64], x: &[f64]| -> Vec<f64> {
        x.chunks(f * frames).flat_map(|x| matmul(w, x, [m, f, frames])).collect()
    };
    let want = product(&wide(w), &wide(&x));
    let scale = product(&magnitudes(w), &magnitudes(&x));
    let output = Output::new(&[batch, m, frames], want, scale, 1.0 + f as f64 / 2.0);
    Case::new("banded_matmul", &[(&[m, f], w), (&[m, 2], &ranges), (&[batch, f, frames], &x)], output, |rec, t, y| {
        banded::banded_matmul(rec, &t[0], &t[1], &t[2], y)
    })
}

/// Bands of every width from none to all of the columns, with noise inside.
pub fn matrix(rows: usize, columns: usize) -> Vec<f32> {
    let mut values = noise(rows * columns, 17);
    for (m, row) in values.chunks_mut(columns).enumerate() {
        let width = (m * 5) % (columns + 1);
        let first = (m * 3) % (columns - width + 1);
        for (f, value) in row.iter_mut().enumerate() {
            if !(first..first + width).contains(&f) {
                *value = 0.0;
            }
        }
    }
    values
}

pub(super) fn small() -> Vec<Case> {
    [[1, 1, 1, 1], [2, 13, 129, 128], [3, 4, 9, 65]]
        .map(|[batch, m, f, frames]| banded_matmul(&matrix(m, f), [m, f], [batch, frames]))
        .into()
}
