//! Hann windows, in f64.

use std::f64::consts::TAU;

/// The symmetric Hann window of `points` points: `w[i] = (1 - cos(2 pi i / (points - 1))) / 2`.
///
/// Both ends are zero and the sum is `(points - 1) / 2`. One point gives `[1]`, no points give nothing.
pub fn hann_symmetric(points: usize) -> Vec<f64> {
    if points == 1 {
        return vec![1.0];
    }
    (0..points).map(|i| 0.5 - 0.5 * (TAU * i as f64 / (points - 1) as f64).cos()).collect()
}

/// The periodic Hann window of `points` points: `w[i] = (1 - cos(2 pi i / points)) / 2`.
///
/// It is the symmetric window of one more point without its last zero: what librosa and `scipy.signal.get_window` use for
/// spectra. One point gives `[1]`, as there.
pub fn hann_periodic(points: usize) -> Vec<f64> {
    if points == 1 {
        return vec![1.0];
    }
    let mut window = hann_symmetric(points + 1);
    window.truncate(points);
    window
}
