//! The references of transforms and banded products, on closed forms and against each other.

use std::f64::consts::TAU;

use tunevote::kernels::stft_table::{stft_table, stft_table_len};
use tunevote::reference::spectral as reference;
use tunevote::shape::{Banded, Stft, StftPadding};

use crate::reference::fft::{Pad, hann, stft as frames_of};

fn noise(count: usize, seed: u64) -> Vec<f64> {
    let mut state = seed;
    let mut next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 40) as f64 / 8_388_608.0 - 1.0
    };
    (0..count).map(|_| next()).collect()
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

#[test]
fn impulses_and_cosines_have_the_spectra_of_the_textbook() {
    let geometry = Stft { n_fft: 16, hop: 16, start: -3, padding: StftPadding::Zero };
    // Sample 2 is point 5 of frame 0.
    let mut x = vec![0.0; 40];
    x[2] = 1.5;
    let y = reference::stft(&x, &[1.0; 16], &[0, 0], &geometry);
    for k in 0..=8 {
        let angle = TAU * (5 * k) as f64 / 16.0;
        let at = 2 * (2 * k);
        assert!((y[at] - 1.5 * angle.cos()).abs() < 1e-13 && (y[at + 1] + 1.5 * angle.sin()).abs() < 1e-13, "bin {k}");
        assert_eq!(y[at + 2..at + 4], [0.0, 0.0], "the other frame, bin {k}");
    }
    let geometry = Stft { start: 0, ..geometry };
    let x: Vec<f64> = (0..16).map(|i| (TAU * (3 * i) as f64 / 16.0 + 0.3).cos()).collect();
    let y = reference::stft(&x, &[2.0; 16], &[0], &geometry);
    for k in 0..=8 {
        let want = if k == 3 { (16.0 * 0.3f64.cos(), 16.0 * 0.3f64.sin()) } else { (0.0, 0.0) };
        assert!((y[2 * k] - want.0).abs() < 1e-12 && (y[2 * k + 1] - want.1).abs() < 1e-12, "bin {k}");
    }
}

#[test]
fn centred_frames_are_those_of_the_front_ends_reference() {
    for (padding, pad) in [(StftPadding::Zero, Pad::Zero), (StftPadding::Reflect, Pad::Reflect)] {
        for (samples, n_fft, hop) in [(200, 32, 7), (21, 64, 16), (100, 16, 16), (1, 16, 4)] {
            let x = noise(samples, 5);
            let theirs = frames_of(&x, &hann(n_fft), hop, pad);
            let geometry = Stft { n_fft, hop, start: -(n_fft as isize / 2), padding };
            let ours = reference::stft(&x, &hann(n_fft), &vec![0; theirs.len()], &geometry);
            for (t, frame) in theirs.iter().enumerate() {
                for (k, &(re, im)) in frame.iter().enumerate() {
                    let at = 2 * (k * theirs.len() + t);
                    assert!((ours[at] - re).abs() < 1e-11 && (ours[at + 1] - im).abs() < 1e-11, "frame {t} bin {k}");
                }
            }
        }
    }
}

#[test]
fn the_gradient_is_the_transpose_and_the_slope() {
    for padding in [StftPadding::Zero, StftPadding::Reflect] {
        for (samples, n_fft, hop, start, frames) in [(50, 16, 5, -8, 11), (9, 16, 3, -20, 17), (40, 32, 40, 3, 2)] {
            let geometry = Stft { n_fft, hop, start, padding };
            let rows: Vec<usize> = (0..frames).map(|t| t % 2).collect();
            let (x, windows) = (noise(samples, 1), noise(2 * n_fft, 2));
            let forward = |x: &[f64]| reference::stft(x, &windows, &rows, &geometry);
            let v = noise((n_fft / 2 + 1) * frames * 2, 3);
            let transposed = reference::stft_grad_input(&v, &windows, &rows, samples, &geometry);
            let (left, right) = (dot(&forward(&x), &v), dot(&x, &transposed));
            assert!((left - right).abs() < 1e-11 * dot(&v, &v), "{geometry:?}: {left} {right}");
            // A loss that is not linear: half the sum of squares. Its slope is the transpose of the spectrum.
            let loss = |x: &[f64]| 0.5 * dot(&forward(x), &forward(x));
            let slope = reference::stft_grad_input(&forward(&x), &windows, &rows, samples, &geometry);
            for (i, slope) in slope.iter().enumerate() {
                let moved = |by: f64| {
                    loss(&x.iter().enumerate().map(|(j, v)| v + if i == j { by } else { 0.0 }).collect::<Vec<_>>())
                };
                let difference = (moved(1e-4) - moved(-1e-4)) / 2e-4;
                assert!((slope - difference).abs() < 1e-6 * (1.0 + slope.abs()), "{geometry:?} sample {i}");
            }
        }
    }
}

#[test]
fn banded_matrices_transpose() {
    let banded = Banded::new(2, 3, vec![1.0, 2.0, 3.0, 4.0, 5.0, 6.0]).unwrap();
    assert_eq!(banded.transposed(), [1.0, 4.0, 2.0, 5.0, 3.0, 6.0]);
    assert!(Banded::new(2, 3, vec![0.0; 5]).is_err());
    // y = w x by hand
    let y = reference::matmul(&[1.0, 2.0, 3.0, 4.0, 5.0, 6.0], &[1.0, 10.0, 2.0, 20.0, 3.0, 30.0], [2, 3, 2]);
    assert_eq!(y, [14.0, 140.0, 32.0, 320.0]);
}

#[test]
fn tables_are_roots_of_unity_for_the_sizes_that_fit() {
    for n_fft in [16, 32, 64, 128, 256, 512, 1024, 2048, 4096] {
        let table = stft_table(n_fft).unwrap();
        assert_eq!(table.len(), stft_table_len(n_fft).unwrap());
        for z in table.chunks(2) {
            let size = f64::from(z[0]).hypot(f64::from(z[1]));
            assert!((size - 1.0).abs() < 1e-7, "{n_fft}: {size}");
        }
    }
    for n_fft in [0, 1, 8, 48, 8192] {
        let message = stft_table(n_fft).unwrap_err().to_string();
        assert!(message.contains(&n_fft.to_string()) && message.contains("4096"), "{message}");
    }
}
