//! Banded matrices.

use crate::doctor::{Case, Output};
use crate::kernels::banded::{self, Packed, pack, ranges};
use crate::kernels::stft::Order;
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

/// The same product for frames that lie side by side, (batch,frames,f) with F filled up to whole vec4s.
pub fn banded_matmul_rows(w: &[f32], [m, f]: [usize; 2], [batch, frames]: [usize; 2], order: Order) -> Case {
    let held = f.next_multiple_of(4);
    let x = noise(batch * frames * held, 29);
    let Packed { weights, bands } = pack(w, [m, f]);
    // What stands behind a frame's F numbers meets no weight but zero.
    let product = |w: &[f64], x: &[f64]| -> Vec<f64> {
        let of = |x: &[f64], m: usize| (0..f).map(|k| w[m * f + k] * x[k]).sum::<f64>();
        let signal = |x: &[f64]| -> Vec<f64> {
            match order {
                Order::Rows => (0..m).flat_map(|m| x.chunks(held).map(move |x| of(x, m)).collect::<Vec<_>>()).collect(),
                Order::Frames => {
                    x.chunks(held).flat_map(|x| (0..m).map(move |m| of(x, m)).collect::<Vec<_>>()).collect()
                }
            }
        };
        x.chunks(held * frames).flat_map(signal).collect()
    };
    let want = product(&wide(w), &wide(&x));
    let scale = product(&magnitudes(w), &magnitudes(&x));
    let shape = order.dims(batch, m, frames);
    let output = Output::new(&shape, want, scale, 1.0 + f as f64 / 2.0);
    let inputs: [(&[usize], &[f32]); 3] =
        [(&[weights.len()], &weights), (&[m, 4], &bands), (&[batch, frames, held], &x)];
    Case::new("banded_matmul_rows", &inputs, output, move |rec, t, y| {
        banded::banded_matmul_rows(rec, [&t[0], &t[1]], &t[2], y, order)
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
    let side_by_side = [[2, 13, 129, 19, 0], [1, 5, 9, 8, 1]].map(|[batch, m, f, frames, order]| {
        banded_matmul_rows(&matrix(m, f), [m, f], [batch, frames], [Order::Rows, Order::Frames][order])
    });
    [[1, 1, 1, 1], [2, 13, 129, 128], [3, 4, 9, 65]]
        .map(|[batch, m, f, frames]| banded_matmul(&matrix(m, f), [m, f], [batch, frames]))
        .into_iter()
        .chain(side_by_side)
        .collect()
}
