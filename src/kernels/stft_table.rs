//! The roots of unity of `shaders/lib/fft.wgsl` and `shaders/lib/fft_lanes.wgsl`, in the order in which their lanes read them.

use std::f64::consts::PI;

use crate::error::Result;
use crate::shape::limits::check_fft;

/// Complex points of the transform of `n_fft` samples. Frames of fewer than 256 samples are filled up with zeros.
pub(super) fn points(operation: &'static str, n_fft: usize) -> Result<usize> {
    check_fft(operation, n_fft)?;
    Ok(n_fft.max(256) / 2)
}

/// Numbers in the table of a transform.
///
/// # Errors
/// [`Error::Argument`](crate::Error::Argument) if `n_fft` is not a power of two in [`FFT_SIZES`](crate::shape::limits::FFT_SIZES).
pub fn stft_table_len(n_fft: usize) -> Result<usize> {
    Ok((41 * points("stft_table", n_fft)? / 32 + 17 * 8) * 4)
}

/// The table that [`stft`](super::stft::stft) and its siblings take, rounded from f64.
///
/// # Errors
/// As [`stft_table_len`].
pub fn stft_table(n_fft: usize) -> Result<Vec<f32>> {
    let points = points("stft_table", n_fft)?;
    let lanes = points / 32;
    let middle = (points + 128) / 256;
    let mut table = Vec::with_capacity(164 * lanes);
    // exp(-2 pi i at / of), with the angle reduced in integers.
    let mut push = |at: usize, of: usize| {
        let (sin, cos) = (-2.0 * PI * (at % of) as f64 / of as f64).sin_cos();
        table.extend([cos as f32, sin as f32]);
    };
    for slot in 0..16 {
        for lane in 0..lanes {
            // 128 points: two butterflies of radix 8 a lane. Else one of radix 16, its even results first.
            let (column, result) = match points {
                128 => (2 * (lane + slot / 8 * lanes), slot % 8),
                _ => (2 * lane, 2 * (slot % 8) + slot / 8),
            };
            push(column * result, points);
            push((column + 1) * result, points);
        }
    }
    for pair in 0..8 {
        for lane in 0..lanes {
            for slot in [2 * pair, 2 * pair + 1] {
                let p = lane / 8 + middle * (slot / middle);
                push(p * (slot % middle), 16 * middle);
            }
        }
    }
    for lane in 0..lanes {
        push(lane, 2 * points);
        push(if lane == 0 { lanes } else { 2 * lanes - lane }, 2 * points);
    }
    for point in 0..points {
        push(point, 2 * points);
    }
    for row in 0..17 {
        for lane in 0..8 {
            let reversed = [0, 4, 2, 6, 1, 5, 3, 7][lane];
            let factors = |step: usize| [step * 2 * lane, step * (2 * lane + 1)];
            match row {
                0..7 => factors(row + 1).map(|at| push(at, points)),
                7..14 => factors(8 * (row - 6)).map(|at| push(at, points)),
                14 => [push(if lane < 4 { 0 } else { lane % 4 }, 8), push(if lane % 4 < 2 { 0 } else { lane % 2 }, 4)],
                15 => [push(reversed, 16), push(0, 1)],
                _ => [push(reversed + 8, 32), push(reversed + 16, 32)],
            };
        }
    }
    Ok(table)
}
