//! Mel filterbanks and the DCT of MFCC, as librosa 0.11 defines them, in f64.

use std::f64::consts::PI;
use std::ops::Range;

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};

const NAME: &str = "mel filterbank";

/// How Hz become mel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum MelScale {
    /// Slaney's Auditory Toolbox: `3 f / 200` below 1 kHz, `15 + 27 ln(f / 1000) / ln 6.4` above.
    Slaney,
    /// The HTK book: `2595 log10(1 + f / 700)`.
    Htk,
}

/// How high the triangles are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum MelNorm {
    /// `2 / (f[i + 2] - f[i])` in Hz: about the same area for each band.
    Slaney,
    /// Every triangle peaks at 1.
    None,
}

impl MelScale {
    /// Mel of a frequency in Hz.
    pub fn mel(self, hz: f64) -> f64 {
        match self {
            Self::Slaney if hz < 1000.0 => hz * 3.0 / 200.0,
            Self::Slaney => 15.0 + (hz / 1000.0).ln() * 27.0 / 6.4f64.ln(),
            Self::Htk => 2595.0 * (hz / 700.0 + 1.0).log10(),
        }
    }

    /// Frequency in Hz of a mel.
    pub fn hz(self, mel: f64) -> f64 {
        match self {
            Self::Slaney if mel < 15.0 => mel * 200.0 / 3.0,
            Self::Slaney => 1000.0 * ((mel - 15.0) * 6.4f64.ln() / 27.0).exp(),
            Self::Htk => 700.0 * (10f64.powf(mel / 2595.0) - 1.0),
        }
    }
}

/// What a filterbank is made from.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MelShape {
    /// Sample rate in Hz.
    pub rate: f64,
    /// Points of the Fourier transform.
    pub n_fft: usize,
    /// Bands.
    pub n_mels: usize,
    /// Left end of the first triangle in Hz.
    pub fmin: f64,
    /// Right end of the last triangle in Hz, at most half the rate.
    pub fmax: f64,
    /// The bands' spacing.
    pub scale: MelScale,
    /// The bands' height.
    pub norm: MelNorm,
}

/// A filterbank: for each band a weight for each bin `0..=n_fft / 2`.
#[derive(Debug, Clone, PartialEq)]
pub struct MelBank {
    bands: usize,
    bins: usize,
    weights: Vec<f64>,
}

impl MelBank {
    /// Triangles whose corners lie evenly in mel: corner `i` of `n_mels + 2` is `hz(mel(fmin) + i (mel(fmax) - mel(fmin)) /
    /// (n_mels + 1))`; band `b` rises from corner `b` to `b + 1` and falls to `b + 2`, straight in Hz.
    ///
    /// # Errors
    /// If a count is zero, or not `0 <= fmin < fmax <= rate / 2`.
    pub fn new(shape: &MelShape) -> Result<Self> {
        let &MelShape { rate, n_fft, n_mels, fmin, fmax, scale, norm } = shape;
        let refuse = |problem: String| Err(Error::Argument { operation: NAME, problem });
        if n_fft == 0 || n_mels == 0 {
            return refuse(format!("n_fft ({n_fft}) and n_mels ({n_mels}) have to be at least 1"));
        }
        if !(rate.is_finite() && 0.0 <= fmin && fmin < fmax && fmax <= rate / 2.0) {
            return refuse(format!("bands from {fmin} to {fmax} Hz do not fit between 0 and half of {rate} Hz"));
        }
        let (low, high) = (scale.mel(fmin), scale.mel(fmax));
        let corners: Vec<f64> =
            (0..n_mels + 2).map(|i| scale.hz(low + i as f64 * (high - low) / (n_mels + 1) as f64)).collect();
        let bins = n_fft / 2 + 1;
        let mut weights = Vec::with_capacity(n_mels * bins);
        for corner in corners.windows(3) {
            let height = match norm {
                MelNorm::Slaney => 2.0 / (corner[2] - corner[0]),
                MelNorm::None => 1.0,
            };
            weights.extend((0..bins).map(|bin| {
                let hz = bin as f64 * rate / n_fft as f64;
                let rising = (hz - corner[0]) / (corner[1] - corner[0]);
                let falling = (corner[2] - hz) / (corner[2] - corner[1]);
                height * rising.min(falling).max(0.0)
            }));
        }
        Ok(Self { bands: n_mels, bins, weights })
    }

    /// Bands.
    pub fn bands(&self) -> usize {
        self.bands
    }

    /// Bins of the spectrum, `1 + n_fft / 2`.
    pub fn bins(&self) -> usize {
        self.bins
    }

    /// The weights of one band, one for each bin.
    ///
    /// # Panics
    /// If there is no such band.
    pub fn band(&self, band: usize) -> &[f64] {
        &self.weights[band * self.bins..][..self.bins]
    }

    /// The bins from the first to the last weight of a band that is not zero; empty (`0..0`) if no bin falls into the band,
    /// as happens where triangles are narrower than bins.
    ///
    /// # Panics
    /// If there is no such band.
    pub fn support(&self, band: usize) -> Range<usize> {
        let weights = self.band(band);
        match weights.iter().position(|&weight| weight > 0.0) {
            Some(first) => first..weights.iter().rposition(|&weight| weight > 0.0).unwrap_or(first) + 1,
            None => 0..0,
        }
    }

    /// The matrix (bands, bins), row-major, for a kernel.
    pub fn to_f32(&self) -> Vec<f32> {
        self.weights.iter().map(|&weight| weight as f32).collect()
    }
}

/// The first `rows` rows of the orthonormal DCT-II of `columns` values, row-major:
/// `D[k][i] = s_k cos(pi k (2 i + 1) / (2 columns))`, `s_0 = sqrt(1 / columns)`, else `sqrt(2 / columns)`.
///
/// MFCC are this matrix times mel bands in dB (librosa: `dct_type=2, norm="ortho"`). `rows` is at most `columns`; more would
/// repeat.
///
/// # Errors
/// If there are more rows than columns.
pub fn dct_ii_ortho(rows: usize, columns: usize) -> Result<Vec<f64>> {
    if rows > columns {
        let problem = format!("{rows} coefficients of {columns} values; there are at most as many as values");
        return Err(Error::Argument { operation: "DCT-II", problem });
    }
    let cell = |k: usize, i: usize| {
        let scale = if k == 0 { 1.0 } else { 2.0 } / columns as f64;
        scale.sqrt() * (PI * k as f64 * (2 * i + 1) as f64 / (2 * columns) as f64).cos()
    };
    Ok((0..rows).flat_map(|k| (0..columns).map(move |i| cell(k, i))).collect())
}
