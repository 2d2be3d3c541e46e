//! Fourier transforms and the short-time one, in f64 from the definition.

use std::f64::consts::TAU;

/// Real and imaginary part.
pub type Complex = (f64, f64);

/// `X[k] = sum over i of x[i] exp(-2 pi j i k / n)`, term by term.
pub fn dft(x: &[Complex]) -> Vec<Complex> {
    let n = x.len();
    (0..n)
        .map(|k| {
            x.iter().enumerate().fold((0.0, 0.0), |(re, im), (i, &(a, b))| {
                // The angle is reduced in integers, so that long transforms stay exact.
                let (s, c) = (-TAU * ((i * k) % n) as f64 / n as f64).sin_cos();
                (re + a * c - b * s, im + a * s + b * c)
            })
        })
        .collect()
}

/// The same sum by halving: even and odd samples first. Odd lengths fall back to [`dft`].
pub fn fft(x: &[Complex]) -> Vec<Complex> {
    let n = x.len();
    if n < 2 || n % 2 == 1 {
        return dft(x);
    }
    let even = fft(&x.iter().copied().step_by(2).collect::<Vec<_>>());
    let odd = fft(&x.iter().copied().skip(1).step_by(2).collect::<Vec<_>>());
    let mut out = vec![(0.0, 0.0); n];
    for k in 0..n / 2 {
        let (s, c) = (-TAU * k as f64 / n as f64).sin_cos();
        let twisted = (odd[k].0 * c - odd[k].1 * s, odd[k].0 * s + odd[k].1 * c);
        out[k] = (even[k].0 + twisted.0, even[k].1 + twisted.1);
        out[k + n / 2] = (even[k].0 - twisted.0, even[k].1 - twisted.1);
    }
    out
}

/// Bins `0..=n/2` of a real signal.
pub fn rfft(x: &[f64]) -> Vec<Complex> {
    let mut out = fft(&x.iter().map(|&value| (value, 0.0)).collect::<Vec<_>>());
    out.truncate(x.len() / 2 + 1);
    out
}

/// What stands where a centred frame reaches past the signal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pad {
    /// Zeros.
    Zero,
    /// The signal mirrored at its first and last sample, which are not repeated.
    Reflect,
    /// Frames start at sample 0 and stay inside.
    None,
}

/// Periodic Hann.
pub fn hann(n: usize) -> Vec<f64> {
    (0..n).map(|i| 0.5 - 0.5 * (TAU * i as f64 / n as f64).cos()).collect()
}

/// The sample at `i`, which may lie outside.
pub fn at(signal: &[f64], i: i64, pad: Pad) -> f64 {
    let n = signal.len() as i64;
    let inside = match pad {
        // A single sample is its own mirror image, as NumPy has it.
        Pad::Reflect if n > 0 => {
            let period = (2 * (n - 1)).max(1);
            let j = i.rem_euclid(period);
            if j < n { j } else { period - j }
        }
        _ => i,
    };
    if (0..n).contains(&inside) { signal[inside as usize] } else { 0.0 }
}

/// Frames of `window.len()` samples every `hop`, windowed and transformed: (frames, 1 + n/2).
///
/// Centred (zero and reflect): frame `f` is centred on sample `f * hop`, `1 + samples / hop` frames. Not centred:
/// `1 + (samples - n) / hop` frames, none if the signal is shorter.
pub fn stft(signal: &[f64], window: &[f64], hop: usize, pad: Pad) -> Vec<Vec<Complex>> {
    let n = window.len();
    let (frames, shift) = match pad {
        Pad::None if signal.len() < n => (0, 0),
        Pad::None => (1 + (signal.len() - n) / hop, 0),
        _ => (1 + signal.len() / hop, n as i64 / 2),
    };
    (0..frames)
        .map(|f| {
            let start = (f * hop) as i64 - shift;
            let frame: Vec<f64> = (0..n).map(|i| at(signal, start + i as i64, pad) * window[i]).collect();
            rfft(&frame)
        })
        .collect()
}

/// `|X|^power` of each bin.
pub fn magnitudes(stft: &[Vec<Complex>], power: f64) -> Vec<Vec<f64>> {
    stft.iter().map(|row| row.iter().map(|&(re, im)| re.hypot(im).powf(power)).collect()).collect()
}
