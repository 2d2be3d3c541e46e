//! Frames of a signal, and matrices whose rows are bands.

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
