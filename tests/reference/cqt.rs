//! Magnitudes of constant-Q filters, in f64 from the formulas of librosa 0.11, as a convolution at the full rate.

use std::f64::consts::TAU;

use super::fft::{Complex, Pad, at, hann};

/// Filters, from the lowest one.
#[derive(Debug, Clone, Copy)]
pub struct Filters {
    pub rate: f64,
    pub fmin: f64,
    pub bins: usize,
    pub octave: usize,
}

impl Filters {
    fn hz(&self, bin: usize) -> f64 {
        self.fmin * 2f64.powf(bin as f64 / self.octave as f64)
    }

    /// Samples, a fraction: with alpha = (2^(2/b) - 1) / (2^(2/b) + 1) it is rate / (alpha f).
    pub fn length(&self, bin: usize) -> f64 {
        let square = 2f64.powf(2.0 / self.octave as f64);
        self.rate * (square + 1.0) / (square - 1.0) / self.hz(bin)
    }

    /// `librosa.filters.wavelet`: a windowed turn for each of `floor(-L / 2) .. floor(L / 2)`, divided by the sum of their magnitudes; and
    /// the first of these positions.
    pub fn wavelet(&self, bin: usize) -> (i64, Vec<Complex>) {
        let length = self.length(bin);
        let (first, end) = ((-length / 2.0).floor() as i64, (length / 2.0).floor() as i64);
        let window = hann((end - first) as usize);
        let sum: f64 = window.iter().sum();
        let turn = |t: i64| TAU * self.hz(bin) * t as f64 / self.rate;
        let filter = window.iter().zip(first..).map(|(w, t)| (w / sum * turn(t).cos(), w / sum * turn(t).sin()));
        (first, filter.collect())
    }

    /// sqrt(L) | sum over t of wavelet[t] x[hop f - t] | of each frame and filter: (frames, bins).
    pub fn magnitudes(&self, x: &[f64], hop: usize, pad: Pad) -> Vec<Vec<f64>> {
        let wavelets: Vec<_> = (0..self.bins).map(|bin| self.wavelet(bin)).collect();
        let magnitude = |frame: usize, bin: usize| {
            let (first, wavelet) = &wavelets[bin];
            let sample = |i: usize| at(x, (frame * hop) as i64 - first - i as i64, pad);
            let sum = wavelet.iter().enumerate().map(|(i, &(re, im))| (re * sample(i), im * sample(i)));
            let (re, im) = sum.fold((0.0, 0.0), |(a, b), (re, im)| (a + re, b + im));
            self.length(bin).sqrt() * f64::hypot(re, im)
        };
        (0..1 + x.len() / hop).map(|frame| (0..self.bins).map(|bin| magnitude(frame, bin)).collect()).collect()
    }
}
