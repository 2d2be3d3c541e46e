//! The filters of the constant-Q transform (Brown 1991), as librosa 0.11 defines them, in f64; and the graph of their magnitudes.
//!
//! librosa halves the rate from octave to octave and drops the smallest hundredth of each filter's spectrum. Here every filter stands at the
//! song's own rate, whole. That differs from `librosa.cqt` by about 1 %, nearly all of it librosa's resampling and dropping.

use std::f64::consts::TAU;
use std::sync::Arc;

use super::window::hann_periodic;
use crate::error::{Error, Result};
use crate::graph::{Diagonal, Diagonals, Graph, Id};
use crate::shape::Reduction;

const NAME: &str = "constant-Q filters";
/// The equivalent noise bandwidth of a Hann window, in bins.
const HANN_BANDWIDTH: f64 = 1.5;
/// Samples that a filter may be long.
pub const LONGEST: usize = 1 << 17;

/// What filters are made from.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CqtShape {
    /// Sample rate in Hz.
    pub rate: f64,
    /// The lowest filter's frequency in Hz.
    pub fmin: f64,
    /// Filters.
    pub bins: usize,
    /// Filters from a frequency to its double.
    pub bins_per_octave: usize,
}

/// A filter: what sample `first + i` from a frame's middle on is multiplied by.
#[derive(Debug, Clone, PartialEq)]
pub struct Filter {
    /// The first sample, from the frame's middle.
    pub first: i64,
    /// The real parts.
    pub re: Vec<f64>,
    /// The imaginary parts.
    pub im: Vec<f64>,
}

/// Filters whose lengths are the same number of periods.
#[derive(Debug, Clone, PartialEq)]
pub struct CqtBank {
    filters: Vec<Filter>,
}

impl CqtShape {
    /// Frequency of a filter in Hz: `fmin 2^(k / bins_per_octave)`.
    pub fn hz(&self, bin: usize) -> f64 {
        self.fmin * (bin as f64 / self.bins_per_octave as f64).exp2()
    }

    /// `Q`, periods that a filter is long: `(r + 1) / (r - 1)` with `r = 2^(2 / bins_per_octave)`.
    pub fn periods(&self) -> f64 {
        let ratio = (2.0 / self.bins_per_octave as f64).exp2();
        (ratio + 1.0) / (ratio - 1.0)
    }

    /// Samples that a filter is long, a fraction: `L = Q rate / f`.
    pub fn length(&self, bin: usize) -> f64 {
        self.periods() * self.rate / self.hz(bin)
    }

    /// Half of a filter's length rounded down and up: it is `1 - down .. up` samples from its frame's middle.
    pub fn sides(&self, bin: usize) -> [i64; 2] {
        let half = self.length(bin) / 2.0;
        [half.floor() as i64, half.ceil() as i64]
    }

    /// Whether there are such filters.
    ///
    /// # Errors
    /// If a count is zero, a frequency not positive, the longest filter has more than [`LONGEST`] samples, or the upper edge of the
    /// highest one lies above half the rate, as in librosa.
    pub fn check(&self) -> Result<()> {
        let refuse = |problem: String| Err(Error::Argument { operation: NAME, problem });
        let &Self { rate, fmin, bins, bins_per_octave } = self;
        if bins == 0 || bins_per_octave == 0 {
            return refuse(format!("bins ({bins}) and bins_per_octave ({bins_per_octave}) have to be at least 1"));
        }
        if !(rate.is_finite() && rate > 0.0 && fmin.is_finite() && fmin > 0.0) {
            return refuse(format!("fmin ({fmin} Hz) and the rate ({rate} Hz) have to be above 0"));
        }
        let edge = self.hz(bins - 1) * (1.0 + HANN_BANDWIDTH / 2.0 / self.periods());
        if edge > rate / 2.0 {
            return refuse(format!("the highest filter reaches up to {edge:.1} Hz, above half of {rate} Hz"));
        }
        if self.length(0) > LONGEST as f64 {
            let length = self.length(0);
            return refuse(format!("the lowest filter would be {length:.0} samples long, and may be {LONGEST}"));
        }
        Ok(())
    }
}

impl CqtBank {
    /// With `a = floor(L / 2)`, `c = ceil(L / 2)` and `N = a + c`, filter `k` at sample `t` from the frame's middle is
    /// `sqrt(L) w[c - t] exp(-2 pi i f t / rate) / sum of w`, `w` the periodic Hann window of `N` points.
    ///
    /// That is `librosa.filters.wavelet` with its L1 norm, turned round in time as `librosa.cqt` does by multiplying spectra, times
    /// the length and divided by its root (`scale=True`). Where the window is 0 there is no sample.
    ///
    /// # Errors
    /// As [`CqtShape::check`].
    pub fn new(shape: &CqtShape) -> Result<Self> {
        shape.check()?;
        let filter = |bin: usize| {
            let (length, hz, [before, behind]) = (shape.length(bin), shape.hz(bin), shape.sides(bin));
            let window = hann_periodic((before + behind) as usize);
            let height = length.sqrt() / window.iter().sum::<f64>();
            let first = 1 - before;
            let part = |of: fn(f64) -> f64| {
                let at = |t: i64| height * window[(behind - t) as usize] * of(TAU * hz / shape.rate * t as f64);
                (first..behind).map(at).collect::<Vec<_>>()
            };
            Filter { first, re: part(f64::cos), im: part(|angle| -angle.sin()) }
        };
        Ok(Self { filters: (0..shape.bins).map(filter).collect() })
    }

    /// The filters, the lowest one first.
    pub fn filters(&self) -> &[Filter] {
        &self.filters
    }
}

/// Filters cut into blocks of `hop` samples: block `b` is samples `b hop - hop / 2` to the next one, so that a filter no longer than a hop lies
/// in one block.
///
/// A filter's answer to frame `t` is a sum of products of its blocks with the signal's blocks around `t`. So all filters at all frames are one
/// matrix product of the filters' blocks and the signal's, which nobody had to gather, as frames are whole blocks apart; and
/// short sums along its diagonals ([`Graph::diagonal_sum`]). No filter pays for the length of another one.
#[derive(Debug, Clone)]
pub struct CqtBlocks {
    shape: CqtShape,
    hop: usize,
    /// The first and the last block of each filter, from its frame's own.
    spans: Vec<[i64; 2]>,
    lowest: i64,
    highest: i64,
}

impl CqtBlocks {
    /// The filters of a shape over blocks of `hop` samples.
    ///
    /// # Errors
    /// As [`CqtShape::check`], and [`Error::Argument`] for a hop of 0.
    pub fn new(shape: &CqtShape, hop: usize) -> Result<Self> {
        shape.check()?;
        if hop == 0 {
            return Err(Error::Argument { operation: NAME, problem: "hop should be at least 1".into() });
        }
        let block = |sample: i64| (sample + hop as i64 / 2).div_euclid(hop as i64);
        let span = |bin: usize| {
            let [before, behind] = shape.sides(bin);
            [block(1 - before), block(behind - 1)]
        };
        let spans: Vec<_> = (0..shape.bins).map(span).collect();
        // The longest filter is the first one.
        let [lowest, highest] = spans[0];
        Ok(Self { shape: *shape, hop, spans, lowest, highest })
    }

    /// The first sample that is to be given for a first frame in the middle of sample 0.
    pub fn first_sample(&self) -> i64 {
        self.first_of(self.lowest)
    }

    /// Samples that are to be given for so many frames: whole blocks, in fours, so that products are written as they will be read.
    pub fn samples(&self, frames: usize) -> usize {
        (frames + (self.highest - self.lowest) as usize).next_multiple_of(4) * self.hop
    }

    /// The sums that make answers of products: those of a filter's real parts, then of its imaginary ones, filter after filter.
    ///
    /// # Errors
    /// [`Error::Shape`] for no frames.
    pub fn diagonals(&self, frames: usize) -> Result<Diagonals> {
        let sum =
            |&[from, to]: &[i64; 2]| Diagonal { rows: (to - from + 1) as usize, from: (from - self.lowest) as usize };
        let sums = self.spans.iter().flat_map(|span| [sum(span); 2]).collect();
        Diagonals::new(sums, self.samples(frames) / self.hop, frames)
    }

    /// `x` (1, [`samples`](Self::samples)) -> magnitudes (bins, frames).
    ///
    /// # Errors
    /// [`Error::Shape`] if `x` does not hold so many samples.
    pub fn magnitudes(&self, g: &mut Graph, x: Id, frames: usize) -> Result<Id> {
        let diagonals = Arc::new(self.diagonals(frames)?);
        let [rows, columns] = diagonals.size();
        let signal = g.reshape(x, [columns, self.hop])?;
        let bank = CqtBank::new(&self.shape)?;
        let mut parts = Vec::with_capacity(rows * self.hop);
        for (filter, &[from, to]) in bank.filters.iter().zip(&self.spans) {
            let length = (to - from + 1) as usize * self.hop;
            let before = (filter.first - self.first_of(from)) as usize;
            for half in [&filter.re, &filter.im] {
                let start = parts.len();
                parts.resize(start + before, 0.0);
                parts.extend(half.iter().map(|&point| point as f32));
                parts.resize(start + length, 0.0);
            }
        }
        let parts = g.data(&parts, [rows, self.hop])?;
        let products = g.matmul_transposed(parts, signal, false, true)?;
        let products = g.reshape(products, [1, rows, columns])?;
        let answers = g.diagonal_sum(&diagonals, products)?;
        let answers = g.reshape(answers, [self.shape.bins, 2, frames])?;
        let squares = g.square(answers)?;
        let power = g.reduce(Reduction::Sum, squares, &[1])?;
        g.sqrt(power)
    }

    /// A block's first sample.
    fn first_of(&self, block: i64) -> i64 {
        block * self.hop as i64 - self.hop as i64 / 2
    }
}
