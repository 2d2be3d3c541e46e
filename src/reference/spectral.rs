//! Frames, their transforms, the transpose of that, banded matrices, and sums along diagonals.

use std::f64::consts::TAU;

use crate::shape::{Diagonals, Stft, StftPadding};

/// Where position `i` of a signal of `samples` samples (at least one) is read; `None` is a zero.
pub fn source(i: i64, samples: usize, padding: StftPadding) -> Option<usize> {
    let last = samples as i64 - 1;
    match padding {
        StftPadding::Zero => (0..=last).contains(&i).then_some(i as usize),
        StftPadding::Reflect => {
            // Back and forth between the ends; a single sample is its own mirror image.
            let period = (2 * last).max(1);
            let at = i.rem_euclid(period);
            Some(at.min(period - at).min(last) as usize)
        }
    }
}

/// (cos, -sin) of i/n_fft of a turn; bin `k` at point `n` takes number `k n` modulo n_fft.
fn roots(n_fft: usize) -> Vec<(f64, f64)> {
    let angle = |i: usize| TAU * i as f64 / n_fft as f64;
    (0..n_fft).map(|i| (angle(i).cos(), -angle(i).sin())).collect()
}

/// One signal: `x` (L), a window row of `n_fft` for each frame -> (F,T,2) row-major, term by term.
pub fn stft(x: &[f64], windows: &[f64], rows: &[usize], stft: &Stft) -> Vec<f64> {
    let n_fft = stft.n_fft;
    let roots = roots(n_fft);
    let mut y = vec![0.0; (n_fft / 2 + 1) * rows.len() * 2];
    for (t, &row) in rows.iter().enumerate() {
        let frame = frame(x, &windows[row * n_fft..][..n_fft], t, stft);
        for k in 0..=n_fft / 2 {
            let at = 2 * (k * rows.len() + t);
            for (n, value) in frame.iter().enumerate() {
                let (cos, sin) = roots[k * n % n_fft];
                y[at] += value * cos;
                y[at + 1] += value * sin;
            }
        }
    }
    y
}

/// Frame `t`, windowed.
pub fn frame(x: &[f64], window: &[f64], t: usize, stft: &Stft) -> Vec<f64> {
    let first = stft.start as i64 + (t * stft.hop) as i64;
    let read = |i: i64| source(i, x.len(), stft.padding).map_or(0.0, |at| x[at]);
    window.iter().zip(0..).map(|(w, n)| w * read(first + n)).collect()
}

/// The transpose: scatters each bin of each frame back to the samples that made it. `dy` (F,T,2) -> (L).
pub fn stft_grad_input(dy: &[f64], windows: &[f64], rows: &[usize], samples: usize, stft: &Stft) -> Vec<f64> {
    let n_fft = stft.n_fft;
    let roots = roots(n_fft);
    let mut dx = vec![0.0; samples];
    for (t, &row) in rows.iter().enumerate() {
        for n in 0..n_fft {
            let Some(at) = source(stft.start as i64 + (t * stft.hop + n) as i64, samples, stft.padding) else {
                continue;
            };
            for k in 0..=n_fft / 2 {
                let (cos, sin) = roots[k * n % n_fft];
                let bin = 2 * (k * rows.len() + t);
                dx[at] += windows[row * n_fft + n] * (dy[bin] * cos + dy[bin + 1] * sin);
            }
        }
    }
    dx
}

/// The root of the sum of squares of each frame's windowed samples: what rounding in a transform is measured against.
pub fn frame_norms(x: &[f64], windows: &[f64], rows: &[usize], stft: &Stft) -> Vec<f64> {
    let norm = |t: usize, row: usize| frame(x, &windows[row * stft.n_fft..][..stft.n_fft], t, stft);
    rows.iter().enumerate().map(|(t, &row)| norm(t, row).iter().map(|v| v * v).sum::<f64>().sqrt()).collect()
}

/// The mean of `|X|^2` over `blocks` neighbouring frames: (F,T,2) -> (F,T / blocks).
pub fn power(spectrum: &[f64], blocks: usize) -> Vec<f64> {
    let squares: Vec<f64> = spectrum.chunks(2).map(|z| z[0] * z[0] + z[1] * z[1]).collect();
    squares.chunks(blocks).map(|block| block.iter().sum::<f64>() / blocks as f64).collect()
}

/// `w` (M,F) times `x` (F,T) -> (M,T).
pub fn matmul(w: &[f64], x: &[f64], [m, f, t]: [usize; 3]) -> Vec<f64> {
    let cell = |i: usize, j: usize| (0..f).map(|k| w[i * f + k] * x[k * t + j]).sum();
    (0..m * t).map(|at| cell(at / t, at % t)).collect()
}

/// Sums along the diagonals of one matrix: `x` (R,N) -> (M,T).
pub fn diagonal_sum(x: &[f64], diagonals: &Diagonals) -> Vec<f64> {
    let ([_, columns], [_, results]) = (diagonals.size(), diagonals.given());
    let mut rows = x.chunks(columns);
    let mut y = Vec::new();
    for sum in diagonals.sums() {
        let own: Vec<_> = rows.by_ref().take(sum.rows).collect();
        y.extend((0..results).map(|t| own.iter().enumerate().map(|(j, row)| row[sum.from + j + t]).sum::<f64>()));
    }
    y
}

/// The transpose: scatters each result to what was added up. `dy` (M,T) -> (R,N).
pub fn diagonal_sum_grad_input(dy: &[f64], diagonals: &Diagonals) -> Vec<f64> {
    let ([rows, columns], [_, results]) = (diagonals.size(), diagonals.given());
    let mut dx = vec![0.0; rows * columns];
    let mut first = 0;
    for (sum, dy) in diagonals.sums().iter().zip(dy.chunks(results)) {
        for j in 0..sum.rows {
            for (t, dy) in dy.iter().enumerate() {
                dx[(first + j) * columns + sum.from + j + t] += dy;
            }
        }
        first += sum.rows;
    }
    dx
}
