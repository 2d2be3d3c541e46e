//! The resampler against the formula: a sine at another rate is the same sine.

use super::signal::{fit, shift};
use std::f64::consts::TAU;
use tunevote::Error;
use tunevote::audio::Resampler;

/// Up, down, small and large ratios, and rates without a common divisor.
const PAIRS: [(u32, u32); 9] = [
    (44100, 22050),
    (48000, 44100),
    (8000, 44100),
    (44100, 16000),
    (44100, 48000),
    (192_000, 8000),
    (11025, 44101),
    (22050, 22051),
    (96000, 16000),
];

fn run(from: u32, to: u32, input: &[f32], piece: usize) -> Vec<f32> {
    let mut resampler = Resampler::new(from, to).unwrap();
    let mut out = Vec::new();
    input.chunks(piece.max(1)).for_each(|chunk| resampler.push(chunk, &mut out).unwrap());
    resampler.finish(&mut out).unwrap();
    out
}

fn sine(rate: u32, hertz: f64, seconds: f64) -> Vec<f32> {
    let count = (f64::from(rate) * seconds) as usize;
    (0..count).map(|i| (0.5 * (TAU * hertz * i as f64 / f64::from(rate) + 0.7).sin()) as f32).collect()
}

fn decibel(ratio: f64) -> f64 {
    20.0 * ratio.log10()
}

/// Seconds of sound that let the filter of this pair, whose length depends on the rates, settle at both ends.
fn enough(from: u32, to: u32) -> f64 {
    let common = (1..=from.min(to)).rev().find(|d| from.is_multiple_of(*d) && to.is_multiple_of(*d)).unwrap();
    0.5 + 6.0 * (1.0 / f64::from(common)).max(2048.0 / f64::from(from.min(to)))
}

#[test]
fn the_pass_band_is_flat_and_in_place() {
    for (from, to) in PAIRS {
        let half = f64::from(from.min(to)) / 2.0;
        let seconds = enough(from, to);
        for part in [0.003, 0.05, 0.25, 0.5, 0.8, 0.9, 0.95, 0.975] {
            let out = run(from, to, &sine(from, part * half, seconds), 5000);
            let (quarter, f) = (out.len() / 4, part * half / f64::from(to));
            let (found, rest) = fit(&out[quarter..3 * quarter], &[f]);
            let (amplitude, phase) = found[0];
            let ripple = decibel(amplitude / 0.5);
            assert!(ripple.abs() < 0.001, "{from} to {to} at {part}: {ripple} dB");
            let late = shift(0.7 + TAU * f * quarter as f64, phase, f);
            assert!(late.abs() < 2e-4, "{from} to {to} at {part}: {late} samples late");
            // Noise, images and aliases together, against the sine.
            let rest = decibel(rest / 0.5);
            assert!(rest < -100.0, "{from} to {to} at {part}: {rest} dB beside the sine");
        }
    }
}

#[test]
fn what_the_new_rate_cannot_hold_is_gone() {
    for (from, to) in PAIRS.into_iter().filter(|(from, to)| f64::from(*from) > 1.01 * f64::from(*to)) {
        let half = f64::from(to) / 2.0;
        let top = f64::from(from) / f64::from(to);
        for part in [1.0 + 1e-9, 1.02, 1.05, 1.3, 1.7, 0.98 * top] {
            if part >= top {
                continue;
            }
            let out = run(from, to, &sine(from, part * half, enough(from, to)), 4096);
            let middle = &out[out.len() / 4..3 * out.len() / 4];
            let power = middle.iter().map(|&x| f64::from(x).powi(2)).sum::<f64>() / middle.len() as f64;
            let left = decibel((2.0 * power).sqrt() / 0.5);
            assert!(left < -100.0, "{from} to {to}: {left} dB of {part} half rates are left");
        }
    }
}

#[test]
fn the_cutoff_is_where_the_documentation_says() {
    for (from, to) in [(44100, 22050), (48000, 44100), (8000, 44100)] {
        let half = f64::from(from.min(to)) / 2.0;
        let out = run(from, to, &sine(from, 0.993 * half, enough(from, to)), 4096);
        let quarter = out.len() / 4;
        let (found, _) = fit(&out[quarter..3 * quarter], &[0.993 * half / f64::from(to)]);
        let level = decibel(found[0].0 / 0.5);
        assert!((-8.0..-3.0).contains(&level), "{from} to {to}: {level} dB");
    }
}

/// `round(n * to / from)` samples, whatever the pieces.
#[test]
fn the_length_is_exact() {
    for (from, to) in PAIRS {
        for n in [0usize, 1, 2, 3, 100, 1023, 4410, 44_100, 50_021] {
            let (numerator, from64) = (2 * n as u64 * u64::from(to) + u64::from(from), u64::from(from));
            let want = numerator / (2 * from64);
            assert_eq!(run(from, to, &vec![0.25; n], 4097).len() as u64, want, "{n} from {from} to {to}");
        }
    }
}

#[test]
fn pieces_do_not_matter() {
    let input: Vec<f32> =
        (0..30_011u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 8) as f32 / 16_777_216.0 - 0.5).collect();
    let whole = run(44100, 16000, &input, input.len());
    for piece in [1, 2, 441, 5000, 5645] {
        assert!(run(44100, 16000, &input, piece) == whole, "{piece}");
    }
}

/// An impulse comes out as the filter's own shape, its top where the impulse was.
#[test]
fn an_impulse_stays_where_it_was() {
    for (from, to, at) in [(44100, 22050, 20_000), (8000, 44100, 8000), (48000, 44100, 16_000), (44100, 16000, 22_050)]
    {
        let mut input = vec![0.0; 2 * at];
        input[at] = 1.0;
        let out = run(from, to, &input, 1000);
        let top = out.iter().enumerate().max_by(|a, b| a.1.total_cmp(b.1)).unwrap().0;
        assert_eq!(top as u64, at as u64 * u64::from(to) / u64::from(from), "{from} to {to}");
        let sum: f64 = out.iter().map(|&x| f64::from(x)).sum();
        assert!((sum - f64::from(to) / f64::from(from)).abs() < 1e-5, "{from} to {to}: the constant became {sum}");
        // Linear phase: the same on both sides of the top.
        for k in 1..500 {
            assert!((out[top - k] - out[top + k]).abs() < 1e-6, "{from} to {to}: {k} from the top");
        }
    }
}

#[test]
fn rates_out_of_range_are_refused() {
    for (from, to) in [(0, 44100), (44100, 0), (999, 8000), (44100, 768_001)] {
        assert!(matches!(Resampler::new(from, to), Err(Error::Argument { .. })), "{from} to {to}");
    }
}
