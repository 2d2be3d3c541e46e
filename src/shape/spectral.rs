//! Frames of a signal, matrices whose rows are bands, and sums along diagonals.

use super::Shape;
use crate::error::{Error, Result};

/// How samples outside the signal are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum StftPadding {
    /// As zeros.
    Zero,
    /// Mirrored at the first and last sample, which are not repeated.
    Reflect,
}

/// Geometry of a short-time Fourier transform: frame `t` starts at sample `start + t hop`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Stft {
    /// Samples a frame, a power of two from 16 to 4096.
    pub n_fft: usize,
    /// Samples from frame to frame.
    pub hop: usize,
    /// Where frame 0 starts; `-n_fft/2` centres it on sample 0.
    pub start: isize,
    /// What is read outside the signal.
    pub padding: StftPadding,
}

/// A constant matrix whose rows are zero outside one band each, such as a mel filter bank.
#[derive(Debug, PartialEq)]
pub struct Banded {
    rows: usize,
    columns: usize,
    values: Vec<f32>,
}

impl Banded {
    /// From a dense row-major (rows, columns) matrix.
    ///
    /// # Errors
    /// [`Error::Shape`] if there are no rows or columns, or not rows x columns values.
    pub fn new(rows: usize, columns: usize, values: Vec<f32>) -> Result<Self> {
        Shape::from([rows, columns]).check("banded", "matrix")?;
        if values.len() != rows * columns {
            return Err(Error::shape("banded", "values", rows * columns, values.len()));
        }
        Ok(Self { rows, columns, values })
    }

    /// (rows, columns)
    pub fn size(&self) -> [usize; 2] {
        [self.rows, self.columns]
    }

    /// The dense matrix.
    pub fn values(&self) -> &[f32] {
        &self.values
    }

    /// The dense transpose.
    pub fn transposed(&self) -> Vec<f32> {
        let at = |i: usize| self.values[i % self.rows * self.columns + i / self.rows];
        (0..self.values.len()).map(at).collect()
    }
}

/// One sum along diagonals.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Diagonal {
    /// Rows that it reads, at least 1.
    pub rows: usize,
    /// The column that it reads in its first row for result 0.
    pub from: usize,
}

/// Sums along the diagonals of a matrix (R,N): the rows of one sum lie behind those of the one before, and result `t` of a sum is its
/// first row's column `from + t`, its second row's column `from + 1 + t`, and so on, added up.
///
/// A filter of so many blocks of a signal is such a sum of the products of its parts with all blocks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagonals {
    sums: Vec<Diagonal>,
    columns: usize,
    results: usize,
}

impl Diagonals {
    /// `sums` of a matrix of so many columns, `results` of each.
    ///
    /// # Errors
    /// [`Error::Shape`] if there are none, or one reads no row or a column that is not there.
    pub fn new(sums: Vec<Diagonal>, columns: usize, results: usize) -> Result<Self> {
        let name = "diagonal_sum";
        Shape::from([sums.len(), results]).check(name, "sums")?;
        for &Diagonal { rows, from } in &sums {
            // The last row's last column.
            let end = from.saturating_add(rows).saturating_add(results - 1);
            if rows == 0 || end > columns {
                let got = format!("{rows} from column {from} on, {results} of each");
                return Err(Error::shape(
                    name,
                    "rows of a sum",
                    format_args!("1 or more inside {columns} columns"),
                    got,
                ));
            }
        }
        let all = Self { sums, columns, results };
        Shape::from(all.size()).check(name, "x")?;
        Ok(all)
    }

    /// (R,N), what is read.
    pub fn size(&self) -> [usize; 2] {
        [self.sums.iter().map(|sum| sum.rows).sum(), self.columns]
    }

    /// (M,T), what is given.
    pub fn given(&self) -> [usize; 2] {
        [self.sums.len(), self.results]
    }

    /// Each sum.
    pub fn sums(&self) -> &[Diagonal] {
        &self.sums
    }
}
