//! Sums along the diagonals of a matrix: how products of blocks of a signal become what filters longer than a block give.

use bytemuck::{Pod, Zeroable};

use super::{WG, words};
use crate::error::Result;
use crate::gpu::{Grid, Kernel, Recorder, Tensor};
use crate::kernel;
use crate::shape::Diagonals;

#[repr(C)]
#[derive(Clone, Copy, Pod, Zeroable)]
struct Params {
    rows: u32,
    columns: u32,
    sums: u32,
    results: u32,
    batch: u32,
}

fn params(name: &'static str, batch: usize, diagonals: &Diagonals) -> Result<Params> {
    let ([rows, columns], [sums, results]) = (diagonals.size(), diagonals.given());
    let [rows, columns, sums, results, batch] = words(name, [rows, columns, sums, results, batch])?;
    Ok(Params { rows, columns, sums, results, batch })
}

/// What [`diagonal_sum`] takes as `sums`, (M,4) u32 words: each sum's first row, how many they are, its first column, 0.
pub fn sums(diagonals: &Diagonals) -> Vec<f32> {
    let mut first = 0;
    let mut table = Vec::new();
    for sum in diagonals.sums() {
        table.extend([first, sum.rows, sum.from, 0].map(|word| f32::from_bits(word as u32)));
        first += sum.rows;
    }
    table
}

/// What [`diagonal_sum_grad_input`] takes as `rows`, (R,2) u32 words: which sum reads a row, and the column that it reads there for result 0.
pub fn rows(diagonals: &Diagonals) -> Vec<f32> {
    let of = |(m, sum): (usize, &crate::shape::Diagonal)| {
        let from = sum.from;
        (0..sum.rows).flat_map(move |j| [m, from + j]).map(|word| f32::from_bits(word as u32)).collect::<Vec<_>>()
    };
    diagonals.sums().iter().enumerate().flat_map(of).collect()
}

/// `y[b,m,t] = sum over j < rows of x[b, first + j, from + j + t]`, the rows of one sum behind those of the one before.
///
/// `x` (B,R,N), `table` of [`sums`] (M,4) -> `y` (B,M,T).
///
/// # Errors
/// [`Error::Shape`](crate::Error::Shape) if the shapes are not those of `diagonals`.
pub fn diagonal_sum(rec: &mut Recorder, x: &Tensor, table: &Tensor, y: &Tensor, diagonals: &Diagonals) -> Result<()> {
    let name = "diagonal_sum";
    let [batch, _, _] = x.shape().array(name, "x")?;
    let ([rows, columns], [sums, results]) = (diagonals.size(), diagonals.given());
    x.shape().expect(name, "x", [batch, rows, columns])?;
    table.shape().expect(name, "sums", [sums, 4])?;
    y.shape().expect(name, "y", [batch, sums, results])?;
    let params = params(name, batch, diagonals)?;
    let flops = (batch * rows * results) as f64;
    rec.dispatch(&DIAGONAL_SUM, &params, &[x, table, y], Grid::flat(y.len(), WG), &[], flops)
}

/// Gradient of [`diagonal_sum`] with respect to its input, the transpose of that linear map; its own gradient is [`diagonal_sum`].
///
/// `dy` (B,M,T), `table` of [`rows`] (R,2) -> `dx` (B,R,N), overwritten.
///
/// # Errors
/// As [`diagonal_sum`].
pub fn diagonal_sum_grad_input(
    rec: &mut Recorder,
    dy: &Tensor,
    table: &Tensor,
    dx: &Tensor,
    diagonals: &Diagonals,
) -> Result<()> {
    let name = "diagonal_sum_grad_input";
    let [batch, _, _] = dy.shape().array(name, "dy")?;
    let ([rows, columns], [sums, results]) = (diagonals.size(), diagonals.given());
    dy.shape().expect(name, "dy", [batch, sums, results])?;
    table.shape().expect(name, "rows", [rows, 2])?;
    dx.shape().expect(name, "dx", [batch, rows, columns])?;
    let params = params(name, batch, diagonals)?;
    rec.dispatch(&DIAGONAL_SUM_GRAD_INPUT, &params, &[dy, table, dx], Grid::flat(dx.len(), WG), &[], 0.0)
}

static DIAGONAL_SUM: Kernel = kernel!("signal/diagonal_sum", Params, [Read, Read, Write]);
static DIAGONAL_SUM_GRAD_INPUT: Kernel = kernel!("signal/diagonal_sum_grad_input", Params, [Read, Read, Write]);

/// The kernels of this file.
pub const KERNELS: &[&Kernel] = &[&DIAGONAL_SUM, &DIAGONAL_SUM_GRAD_INPUT];
