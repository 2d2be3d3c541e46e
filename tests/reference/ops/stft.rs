//! The short-time Fourier transform, its transpose, and constant matrices along an axis.

use std::f64::consts::TAU;

use tunevote::graph::{Stft, StftPadding};

/// Which sample is read at place `at`, if any.
fn sample(at: isize, samples: usize, padding: StftPadding) -> Option<usize> {
    let last = samples as isize - 1;
    match padding {
        StftPadding::Zero => (0..=last).contains(&at).then_some(at as usize),
        StftPadding::Reflect => {
            let mut at = at;
            while at < 0 || at > last {
                at = if at < 0 { -at } else { 2 * last - at };
            }
            Some(at as usize)
        }
    }
}

/// Calls `each(position of the real part in y, position in x, window's value, angle)` for every term of the transform.
fn terms(
    stft: &Stft,
    [batch, samples]: [usize; 2],
    windows: &[f64],
    rows: &[u32],
    mut each: impl FnMut(usize, usize, f64, f64),
) {
    let (n, bins, frames) = (stft.n_fft, stft.n_fft / 2 + 1, rows.len());
    for b in 0..batch {
        for (t, &row) in rows.iter().enumerate() {
            for i in 0..n {
                let at = stft.start + (t * stft.hop + i) as isize;
                let Some(place) = sample(at, samples, stft.padding) else { continue };
                let window = windows[row as usize * n + i];
                for f in 0..bins {
                    let angle = -TAU * ((f * i) % n) as f64 / n as f64;
                    each(2 * ((b * bins + f) * frames + t), b * samples + place, window, angle);
                }
            }
        }
    }
}

pub fn stft(x: &[f64], size: [usize; 2], windows: &[f64], rows: &[u32], stft: &Stft) -> Vec<f64> {
    let mut y = vec![0.0; size[0] * (stft.n_fft / 2 + 1) * rows.len() * 2];
    terms(stft, size, windows, rows, |o, i, window, angle| {
        y[o] += x[i] * window * angle.cos();
        y[o + 1] += x[i] * window * angle.sin();
    });
    y
}

pub fn stft_grad(dy: &[f64], size: [usize; 2], windows: &[f64], rows: &[u32], stft: &Stft) -> Vec<f64> {
    let mut dx = vec![0.0; size[0] * size[1]];
    terms(stft, size, windows, rows, |o, i, window, angle| {
        dx[i] += window * (dy[o] * angle.cos() + dy[o + 1] * angle.sin());
    });
    dx
}

/// A dense (rows, columns) matrix times each (columns, T) of (B, columns, T); with `transposed`, its transpose.
pub fn banded(matrix: &[f32], [rows, columns]: [usize; 2], transposed: bool, x: &[f64], frames: usize) -> Vec<f64> {
    let (from, to) = if transposed { (rows, columns) } else { (columns, rows) };
    let cell =
        |m: usize, f: usize| f64::from(if transposed { matrix[f * columns + m] } else { matrix[m * columns + f] });
    let batch = x.len() / (from * frames);
    let mut y = Vec::new();
    for b in 0..batch {
        for m in 0..to {
            y.extend((0..frames).map(|t| (0..from).map(|f| cell(m, f) * x[(b * from + f) * frames + t]).sum::<f64>()));
        }
    }
    y
}
