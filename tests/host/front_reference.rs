//! The f64 references of the front ends, proven on closed forms.

use std::f64::consts::{PI, TAU};

use crate::reference::fft::{Complex, Pad, dft, fft, hann, magnitudes, rfft, stft};
use crate::reference::mel::{
    Scale, amplitude_to_db, dct_ii_ortho, filterbank, hz_to_mel, mel, mel_to_hz, mfcc, power_to_db,
};
use crate::reference::sox;

fn close(a: Complex, b: Complex, tolerance: f64) -> bool {
    (a.0 - b.0).hypot(a.1 - b.1) <= tolerance
}

/// Numbers without a pattern, in -1..1.
fn scatter(n: usize) -> Vec<f64> {
    (0..n).map(|i| ((i * i) as f64 * 0.618 + i as f64 * 1.7).sin()).collect()
}

#[test]
fn dft_of_impulse_constant_and_sine() {
    for n in [1usize, 2, 5, 8, 13, 36] {
        for at in [0, n / 3, n - 1] {
            let mut impulse = vec![(0.0, 0.0); n];
            impulse[at] = (1.0, 0.0);
            for (k, &x) in dft(&impulse).iter().enumerate() {
                let angle = -TAU * (k * at) as f64 / n as f64;
                assert!(close(x, (angle.cos(), angle.sin()), 1e-12), "n {n} at {at} bin {k}: {x:?}");
            }
        }
        let constant = dft(&vec![(0.5, -2.0); n]);
        assert!(close(constant[0], (0.5 * n as f64, -2.0 * n as f64), 1e-12));
        assert!(constant[1..].iter().all(|&x| close(x, (0.0, 0.0), 1e-12)));
    }
    // sin at bin 5 with phase p: n/2 (sin p, -cos p) there, its conjugate at n - 5, nothing elsewhere.
    let (n, phase) = (36, 0.4f64);
    let sine: Vec<Complex> = (0..n).map(|i| ((TAU * (5 * i) as f64 / n as f64 + phase).sin(), 0.0)).collect();
    for (k, &x) in dft(&sine).iter().enumerate() {
        let half = n as f64 / 2.0;
        let expected = match k {
            5 => (half * phase.sin(), -half * phase.cos()),
            31 => (half * phase.sin(), half * phase.cos()),
            _ => (0.0, 0.0),
        };
        assert!(close(x, expected, 1e-12), "bin {k}: {x:?}");
    }
}

#[test]
fn fft_is_the_dft_and_keeps_the_energy() {
    for n in [1usize, 2, 3, 4, 6, 7, 8, 12, 20, 64, 100, 256, 1024] {
        let x: Vec<Complex> = scatter(2 * n).chunks(2).map(|pair| (pair[0], pair[1])).collect();
        let (slow, fast) = (dft(&x), fft(&x));
        assert_eq!((slow.len(), fast.len()), (n, n));
        assert!(slow.iter().zip(&fast).all(|(&a, &b)| close(a, b, 1e-11)), "n {n}");
        // Parseval.
        let energy = |z: &[Complex]| z.iter().map(|&(re, im)| re * re + im * im).sum::<f64>();
        assert!((energy(&fast) / n as f64 - energy(&x)).abs() < 1e-11 * n as f64);
    }
    let real = rfft(&scatter(10));
    assert_eq!(real.len(), 6);
    assert!(real[0].1.abs() < 1e-12 && real[5].1.abs() < 1e-12);
}

#[test]
fn stft_frames_and_padding() {
    let window = hann(16);
    assert!((window.iter().sum::<f64>() - 8.0).abs() < 1e-12);
    assert_eq!((window[0], window[8]), (0.0, 1.0));
    // A constant inside: n/2 at DC, -n/4 at bin 1, nothing else.
    let frames = stft(&[1.0; 50], &window, 6, Pad::Zero);
    assert_eq!((frames.len(), frames[0].len()), (1 + 50 / 6, 9));
    for (k, &x) in frames[4].iter().enumerate() {
        let expected = [8.0, -4.0, 0.0][k.min(2)];
        assert!(close(x, (expected, 0.0), 1e-12), "bin {k}: {x:?}");
    }
    // Frame 0 sees the window's second half only; mirrored, a constant is constant everywhere.
    assert!(close(frames[0][0], (window[8..].iter().sum(), 0.0), 1e-12));
    let mirrored = stft(&[1.0; 50], &window, 6, Pad::Reflect);
    assert!(mirrored.iter().all(|frame| close(frame[0], (8.0, 0.0), 1e-12) && close(frame[1], (-4.0, 0.0), 1e-12)));
    // An impulse at sample 3 in frame 1 (centre 6, start -2) sits at 5; mirrored it is also at -3, outside; frame 0 (start -8)
    // has it at 11 and its image at 5.
    let mut impulse = vec![0.0; 40];
    impulse[3] = 1.0;
    let zero = magnitudes(&stft(&impulse, &window, 6, Pad::Zero), 1.0);
    assert!(zero[1].iter().all(|&m| (m - window[5]).abs() < 1e-12));
    assert!(zero[0].iter().all(|&m| (m - window[11]).abs() < 1e-12));
    let image = stft(&impulse, &window, 6, Pad::Reflect);
    assert!(close(image[0][0], (window[11] + window[5], 0.0), 1e-12));
    assert!(close(image[1][0], (window[5], 0.0), 1e-12));
    // The last sample is mirrored without being repeated.
    let mut end = vec![0.0; 40];
    end[38] = 1.0;
    let image = stft(&end, &window, 6, Pad::Reflect);
    assert!(close(image[6][0], (window[10] + window[12], 0.0), 1e-12));
    // Not centred.
    let inside = magnitudes(&stft(&impulse, &window, 6, Pad::None), 2.0);
    assert_eq!(inside.len(), 1 + (40 - 16) / 6);
    assert!(inside[0].iter().all(|&m| (m - window[3].powi(2)).abs() < 1e-12));
    assert!(stft(&[1.0; 15], &window, 6, Pad::None).is_empty());
    assert_eq!(stft(&[], &window, 6, Pad::Zero).len(), 1);
}

#[test]
fn mel_scales() {
    let points = [
        (Scale::Slaney, 0.0, 0.0),
        (Scale::Slaney, 500.0, 7.5),
        (Scale::Slaney, 1000.0, 15.0),
        (Scale::Slaney, 6400.0, 42.0),
        (Scale::Htk, 0.0, 0.0),
        (Scale::Htk, 700.0, 2595.0 * 2f64.log10()),
        (Scale::Htk, 6300.0, 2595.0),
    ];
    for (scale, hz, value) in points {
        assert!((hz_to_mel(hz, scale) - value).abs() < 1e-10, "{scale:?} {hz}");
        assert!((mel_to_hz(value, scale) - hz).abs() < 1e-9, "{scale:?} {value}");
    }
}

#[test]
fn mel_triangles_share_each_frequency() {
    for scale in [Scale::Slaney, Scale::Htk] {
        let bank = filterbank(16000.0, 512, 30, 100.0, 7000.0, scale, false);
        let corner = |i: usize| {
            let (low, high) = (hz_to_mel(100.0, scale), hz_to_mel(7000.0, scale));
            mel_to_hz(low + (high - low) * i as f64 / 31.0, scale)
        };
        for bin in 0..=256 {
            let hz = bin as f64 * 31.25;
            let sum: f64 = bank.iter().map(|band| band[bin]).sum();
            // Neighbours cross at heights that add up to one, between the first and the last peak.
            let expected = match hz {
                _ if hz <= 100.0 || hz >= 7000.0 => 0.0,
                _ if hz < corner(1) => (hz - 100.0) / (corner(1) - 100.0),
                _ if hz > corner(30) => (7000.0 - hz) / (7000.0 - corner(30)),
                _ => 1.0,
            };
            assert!((sum - expected).abs() < 1e-9, "{scale:?} bin {bin}: {sum} {expected}");
        }
        // Slaney's norm: every triangle has area 1 in Hz.
        let fine = filterbank(16000.0, 1 << 16, 30, 100.0, 7000.0, scale, true);
        for (band, weights) in fine.iter().enumerate() {
            let area = weights.iter().sum::<f64>() * 16000.0 / 65536.0;
            assert!((area - 1.0).abs() < 1e-3, "{scale:?} band {band}: {area}");
        }
    }
    let power = [vec![1.0, 2.0, 4.0], vec![0.0, 1.0, 0.0]];
    assert_eq!(mel(&power, &[vec![1.0, 0.0, 0.5], vec![0.0, 3.0, 0.0]]), [[3.0, 6.0], [0.0, 3.0]]);
}

#[test]
fn decibels() {
    let db = power_to_db(&[vec![1.0, 10.0, 0.001, 0.0, 1e-12]], 1.0, 1e-10, None);
    for (ours, expected) in db[0].iter().zip([0.0, 10.0, -30.0, -100.0, -100.0]) {
        assert!((ours - expected).abs() < 1e-9);
    }
    let db = power_to_db(&[vec![1.0, 100.0], vec![0.001, 0.0]], 100.0, 1e-10, Some(45.0));
    for (ours, expected) in db.iter().flatten().zip([-20.0, 0.0, -45.0, -45.0]) {
        assert!((ours - expected).abs() < 1e-9);
    }
    let db = amplitude_to_db(&[vec![1.0, 0.1, 0.0]], 10.0, 1e-5, None);
    for (ours, expected) in db[0].iter().zip([-20.0, -40.0, -120.0]) {
        assert!((ours - expected).abs() < 1e-9);
    }
}

#[test]
fn dct_is_orthonormal() {
    for n in [1usize, 2, 7, 40] {
        let rows: Vec<Vec<f64>> = (0..n)
            .map(|i| {
                let mut unit = vec![0.0; n];
                unit[i] = 1.0;
                dct_ii_ortho(&unit)
            })
            .collect();
        for a in 0..n {
            for b in 0..n {
                let dot: f64 = (0..n).map(|k| rows[a][k] * rows[b][k]).sum();
                assert!((dot - f64::from(u8::from(a == b))).abs() < 1e-12, "n {n}");
            }
        }
    }
    let flat = mfcc(&[vec![-30.0; 16]], 5);
    assert!((flat[0][0] + 120.0).abs() < 1e-12 && flat[0][1..].iter().all(|c| c.abs() < 1e-12));
    assert_eq!(flat[0].len(), 5);
    // The third basis vector: only coefficient 3 answers, with sqrt(n / 2).
    let wave: Vec<f64> = (0..32).map(|i| (PI * 3.0 * (2 * i + 1) as f64 / 64.0).cos()).collect();
    for (k, c) in dct_ii_ortho(&wave).iter().enumerate() {
        assert!((c - if k == 3 { 4.0 } else { 0.0 }).abs() < 1e-12, "{k}: {c}");
    }
}

#[test]
fn sox_picture_of_silence_sine_constant_and_click() {
    // 44.1 kHz: hops of 126, seven a column. Silence is black.
    assert!(sox::picture(vec![0.0; 5000], 44100).iter().flatten().all(|&v| v == 0));
    // Half of full scale on bin 32: -6.02 dB there (row 96), a quarter of the power beside it, Hann's zeros elsewhere.
    let sine = (0..10_000).map(|i| 0.5 * (TAU * 32.0 * f64::from(i) / 256.0).sin());
    let columns = sox::picture_db(sine, 44100);
    for column in &columns[1..columns.len() - 1] {
        for (row, db) in column.iter().enumerate() {
            let expected = match row {
                96 => 10.0 * 0.25f64.log10(),
                95 | 97 => 10.0 * 0.0625f64.log10(),
                _ => {
                    assert!(*db < -250.0, "row {row}: {db}");
                    continue;
                }
            };
            assert!((db - expected).abs() < 1e-6, "row {row}: {db} {expected}");
        }
    }
    assert_eq!(columns[5].iter().map(|&db| sox::grey(db)).max(), Some(237));
    // A constant half: amplitude 1 at DC (row 128), half of that beside it.
    let columns = sox::picture_db(vec![0.5; 10_000], 44100);
    assert!(columns[5][128].abs() < 1e-6 && (columns[5][127] + 10.0 * 4f64.log10()).abs() < 1e-6);
    // A click is white: at every frequency the mean of the squared window at its places in the buffer.
    let mut click = vec![0.0; 10_000];
    click[4000] = 1.0;
    // Hop k ends at 191 + 126 k.
    let columns = sox::picture_db(click, 44100);
    let weight =
        |i: i64| if (0..256).contains(&i) { (1.0 - (TAU * i as f64 / 256.0).cos()) / 128.0 / 2.0 * 2.0 } else { 0.0 };
    for column in 3..6 {
        let power: f64 = (0..7).map(|hop| weight(4000 - (191 + 126 * (7 * column + hop) - 256)).powi(2)).sum();
        let expected = 10.0 * (power / 7.0).log10();
        let rows = &columns[column as usize];
        assert!(rows.iter().all(|db| (db - expected).abs() < 1e-5 || (*db == expected)), "column {column}: {rows:?}");
    }
}
