//! What the kernels can do at most: the limits that a graph refuses to cross.

use super::{Shape, Stft, StftPadding};
use crate::error::{Error, Result};

/// Axes of a tensor that is broadcast, transposed, sliced, padded, joined or expanded.
pub const MOST_AXES: usize = 6;

/// Runs of neighbouring axes that a reduction keeps, and runs that it takes away.
pub const MOST_RUNS: usize = 3;

/// Units of a recurrent layer: four rows of the batch of them fit into 16 KiB of workgroup memory.
pub const MOST_UNITS: usize = 1024;

/// Samples of the shortest and of the longest frame that is transformed; its length is a power of two. The longest is what
/// fits into 16 KiB of workgroup memory.
pub const FFT_SIZES: std::ops::RangeInclusive<usize> = 16..=4096;

/// Checks that `n_fft` is a power of two in [`FFT_SIZES`].
///
/// # Errors
/// [`Error::Argument`] naming `operation`.
pub fn check_fft(operation: &'static str, n_fft: usize) -> Result<()> {
    if n_fft.is_power_of_two() && FFT_SIZES.contains(&n_fft) {
        return Ok(());
    }
    let (least, most) = FFT_SIZES.into_inner();
    let problem = format!("n_fft should be a power of two from {least} to {most}, not {n_fft}");
    Err(Error::Argument { operation, problem })
}

impl Shape {
    /// Checks that there are at most [`MOST_AXES`] axes.
    ///
    /// # Errors
    /// [`Error::Shape`] naming `operation` and `argument`.
    pub fn check_axes(&self, operation: &'static str, argument: &'static str) -> Result<()> {
        if self.rank() > MOST_AXES {
            return Err(Error::shape(operation, argument, format_args!("of at most {MOST_AXES} axes"), self));
        }
        Ok(())
    }

    /// Checks that a reduction along `axes` keeps and takes away at most [`MOST_RUNS`] runs of neighbouring axes.
    ///
    /// # Errors
    /// [`Error::Shape`] naming `operation`.
    pub fn check_runs(&self, operation: &'static str, axes: &[usize]) -> Result<()> {
        let gone: Vec<_> = (0..self.rank()).map(|axis| axes.contains(&axis)).collect();
        for kind in [true, false] {
            let runs = gone.chunk_by(|a, b| a == b).filter(|run| run[0] == kind).count();
            if runs > MOST_RUNS {
                let got = format!("{axes:?} of {self}");
                let expected = format!("at most {MOST_RUNS} runs of neighbours, and as many between them");
                return Err(Error::shape(operation, "axes", expected, got));
            }
        }
        Ok(())
    }
}

impl Stft {
    /// Checks the sizes of a transform of signals of `samples` samples.
    ///
    /// # Errors
    /// [`Error::Argument`] naming `operation` if `n_fft` is not a power of two in [`FFT_SIZES`], the hop is 0, or a single
    /// sample is mirrored.
    pub fn check(&self, operation: &'static str, samples: usize) -> Result<()> {
        let refuse = |problem: String| Err(Error::Argument { operation, problem });
        check_fft(operation, self.n_fft)?;
        if self.hop == 0 {
            return refuse("hop should be at least 1".into());
        }
        if samples < 2 && self.padding == StftPadding::Reflect {
            return refuse("a signal of one sample cannot be mirrored".into());
        }
        Ok(())
    }
}
