//! Sums along diagonals.

use crate::doctor::{Case, Output};
use crate::error::Result;
use crate::kernels::diagonal::{self as kernels, rows, sums};
use crate::reference::compare::{magnitudes, noise, wide};
use crate::reference::spectral::{diagonal_sum, diagonal_sum_grad_input};
use crate::shape::{Diagonal, Diagonals};

/// Matrices, sums of up to so many rows, results of each.
pub type Row = [usize; 4];

/// Sums of every number of rows from 1 to `longest`, in no order, each as far to the right as it may and left of that.
///
/// # Errors
/// If there is nothing to add.
pub fn diagonals([_, count, longest, results]: Row) -> Result<Diagonals> {
    let sum = |m: usize| Diagonal { rows: 1 + m * 5 % longest, from: m * 3 % (longest + 2 - (1 + m * 5 % longest)) };
    Diagonals::new((0..count).map(sum).collect(), longest + results, results)
}

/// The sums.
///
/// # Errors
/// As [`diagonals`].
pub fn forward(row: Row) -> Result<Case> {
    let (batch, diagonals) = (row[0], diagonals(row)?);
    let ([r, n], [m, t]) = (diagonals.size(), diagonals.given());
    let x = noise(batch * r * n, 37);
    let all = |x: &[f64]| -> Vec<f64> { x.chunks(r * n).flat_map(|x| diagonal_sum(x, &diagonals)).collect() };
    let output = Output::new(&[batch, m, t], all(&wide(&x)), all(&magnitudes(&x)), 1.0 + row[2] as f64 / 2.0);
    let table = sums(&diagonals);
    Ok(Case::new("diagonal_sum", &[(&[batch, r, n], &x), (&[m, 4], &table)], output, move |rec, tensors, y| {
        kernels::diagonal_sum(rec, &tensors[0], &tensors[1], y, &diagonals)
    }))
}

/// Their transpose.
///
/// # Errors
/// As [`diagonals`].
pub fn grad_input(row: Row) -> Result<Case> {
    let (batch, diagonals) = (row[0], diagonals(row)?);
    let ([r, n], [m, t]) = (diagonals.size(), diagonals.given());
    let dy = noise(batch * m * t, 41);
    let want: Vec<_> = wide(&dy).chunks(m * t).flat_map(|dy| diagonal_sum_grad_input(dy, &diagonals)).collect();
    // Nothing is rounded.
    let scale = vec![0.0; want.len()];
    let output = Output::new(&[batch, r, n], want, scale, 0.0);
    let table = rows(&diagonals);
    let inputs: [(&[usize], &[f32]); 2] = [(&[batch, m, t], &dy), (&[r, 2], &table)];
    Ok(Case::new("diagonal_sum_grad_input", &inputs, output, move |rec, tensors, dx| {
        kernels::diagonal_sum_grad_input(rec, &tensors[0], &tensors[1], dx, &diagonals)
    }))
}

pub(super) fn small() -> Vec<Case> {
    let rows: [Row; 3] = [[1, 1, 1, 1], [2, 7, 5, 31], [1, 5, 24, 65]];
    rows.into_iter().flat_map(|row| [forward(row), grad_input(row)]).flatten().collect()
}
