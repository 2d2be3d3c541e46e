//! Mel bands, decibels and cepstra, in f64 from the formulas (librosa 0.11 gives them the names used here).

use std::f64::consts::PI;

/// Hz to mel and back, the bands' spacing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scale {
    /// Straight to 1 kHz (15 mel), then 27 mel for each factor of 6.4.
    Slaney,
    /// `2595 log10(1 + f / 700)`.
    Htk,
}

pub fn hz_to_mel(hz: f64, scale: Scale) -> f64 {
    match scale {
        Scale::Slaney if hz < 1000.0 => 3.0 * hz / 200.0,
        Scale::Slaney => 15.0 + 27.0 * (hz / 1000.0).ln() / 6.4f64.ln(),
        Scale::Htk => 2595.0 * (1.0 + hz / 700.0).log10(),
    }
}

pub fn mel_to_hz(mel: f64, scale: Scale) -> f64 {
    match scale {
        Scale::Slaney if mel < 15.0 => 200.0 * mel / 3.0,
        Scale::Slaney => 1000.0 * 6.4f64.powf((mel - 15.0) / 27.0),
        Scale::Htk => 700.0 * (10f64.powf(mel / 2595.0) - 1.0),
    }
}

/// Triangles over the bins of an `n_fft`-point transform: (bands, 1 + n_fft/2). `slaney_norm` divides by half a band's width
/// in Hz.
#[allow(clippy::too_many_arguments)]
pub fn filterbank(
    rate: f64,
    n_fft: usize,
    bands: usize,
    fmin: f64,
    fmax: f64,
    scale: Scale,
    slaney_norm: bool,
) -> Vec<Vec<f64>> {
    let (low, high) = (hz_to_mel(fmin, scale), hz_to_mel(fmax, scale));
    let corner = |i: usize| mel_to_hz(low + (high - low) * i as f64 / (bands + 1) as f64, scale);
    (0..bands)
        .map(|band| {
            let (left, peak, right) = (corner(band), corner(band + 1), corner(band + 2));
            let height = if slaney_norm { 2.0 / (right - left) } else { 1.0 };
            (0..=n_fft / 2)
                .map(|bin| {
                    let hz = bin as f64 * rate / n_fft as f64;
                    let up = (hz - left) / (peak - left);
                    let down = (right - hz) / (right - peak);
                    height * up.min(down).max(0.0)
                })
                .collect()
        })
        .collect()
}

/// Every frame's bands: (frames, bins) by (bands, bins) to (frames, bands).
pub fn mel(power: &[Vec<f64>], bank: &[Vec<f64>]) -> Vec<Vec<f64>> {
    let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(x, y)| x * y).sum();
    power.iter().map(|frame| bank.iter().map(|band| dot(frame, band)).collect()).collect()
}

/// The largest value of a matrix.
pub fn largest(matrix: &[Vec<f64>]) -> f64 {
    matrix.iter().flatten().copied().fold(f64::NEG_INFINITY, f64::max)
}

/// `10 log10 max(amin, S) - 10 log10 max(amin, reference)`, then not below the largest value minus `top_db`.
pub fn power_to_db(power: &[Vec<f64>], reference: f64, amin: f64, top_db: Option<f64>) -> Vec<Vec<f64>> {
    let zero = 10.0 * reference.max(amin).log10();
    let mut db: Vec<Vec<f64>> =
        power.iter().map(|row| row.iter().map(|s| 10.0 * s.max(amin).log10() - zero).collect()).collect();
    if let Some(top_db) = top_db {
        let floor = largest(&db) - top_db;
        db.iter_mut().flatten().for_each(|value| *value = value.max(floor));
    }
    db
}

/// [`power_to_db`] of the squares.
pub fn amplitude_to_db(amplitude: &[Vec<f64>], reference: f64, amin: f64, top_db: Option<f64>) -> Vec<Vec<f64>> {
    let squares: Vec<Vec<f64>> = amplitude.iter().map(|row| row.iter().map(|a| a * a).collect()).collect();
    power_to_db(&squares, reference * reference, amin * amin, top_db)
}

/// The orthonormal DCT-II of one row: `y[k] = s_k sum over i of x[i] cos(pi k (2 i + 1) / 2 n)`, s_0 = sqrt(1/n), else
/// sqrt(2/n).
pub fn dct_ii_ortho(x: &[f64]) -> Vec<f64> {
    let n = x.len();
    (0..n)
        .map(|k| {
            let sum: f64 =
                x.iter().enumerate().map(|(i, v)| v * (PI * (k * (2 * i + 1)) as f64 / (2 * n) as f64).cos()).sum();
            sum * (if k == 0 { 1.0 } else { 2.0f64 } / n as f64).sqrt()
        })
        .collect()
}

/// The first `count` cepstral coefficients of mel bands in dB: (frames, bands) to (frames, count).
pub fn mfcc(mel_db: &[Vec<f64>], count: usize) -> Vec<Vec<f64>> {
    mel_db
        .iter()
        .map(|frame| {
            let mut coefficients = dct_ii_ortho(frame);
            coefficients.truncate(count);
            coefficients
        })
        .collect()
}
