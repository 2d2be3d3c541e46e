//! The `sox` picture: the f64 reference against SoX's own PNGs, and the host's plan against the reference.

use tunevote::signal::sox::{self, FFT, MAX_WINDOWS, ROWS, SongLength, SoxGeometry, SoxPlan};

use crate::reference::fft::rfft;
use crate::reference::pieces::{Piece, samples};
use crate::reference::sox as reference;
use crate::reference::sox::Parity;

const FIXTURES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/front/sox");

/// Samples of a fixture's piece, as tools/fixtures/sox.py has it.
fn piece_length(rate: u32) -> usize {
    rate as usize * 3 / 2 + 617
}

/// Runs a plan in f64 the way a GPU would: columns in dB, row 0 the Nyquist frequency.
fn run(plan: &SoxPlan, song: &[f64]) -> Vec<Vec<f64>> {
    let at = |i: i64| usize::try_from(i).ok().and_then(|i| song.get(i)).copied().unwrap_or(0.0);
    let powers: Vec<Vec<f64>> = plan
        .frame_windows
        .iter()
        .enumerate()
        .map(|(f, &row)| {
            let window = &plan.windows[row as usize * FFT..][..FFT];
            let start = plan.first_sample + (f * plan.step) as i64;
            let frame: Vec<f64> =
                window.iter().enumerate().map(|(i, &w)| at(start + i as i64) * f64::from(w)).collect();
            rfft(&frame).into_iter().map(|(re, im)| re * re + im * im).collect()
        })
        .collect();
    powers
        .chunks(plan.blocks)
        .map(|frames| {
            let mean = |row: usize| frames.iter().map(|frame| frame[ROWS - 1 - row]).sum::<f64>() / plan.blocks as f64;
            (0..ROWS).map(|row| 10.0 * mean(row).log10()).collect()
        })
        .collect()
}

#[test]
fn geometry_is_the_one_of_the_source() {
    for (rate, step, blocks) in
        [(44100, 126, 7), (48000, 120, 8), (32000, 128, 5), (22050, 110, 4), (16000, 107, 3), (8000, 80, 2)]
    {
        let geometry = SoxGeometry::new(rate).unwrap();
        assert_eq!((geometry.step(), geometry.blocks()), (step, blocks), "{rate} Hz");
        assert_eq!(reference::geometry(rate), (step, blocks), "{rate} Hz");
    }
    for rate in (1000..400_000).step_by(331).filter(|rate| sox::RATES.contains(rate)) {
        let geometry = SoxGeometry::new(rate).unwrap();
        assert_eq!((geometry.step(), geometry.blocks()), reference::geometry(rate), "{rate} Hz");
    }
    assert!((SoxGeometry::new(22050).unwrap().columns_per_second() - 50.114).abs() < 1e-3);
    for rate in [0, 999, 384_001, u32::MAX] {
        assert!(SoxGeometry::new(rate).unwrap_err().to_string().contains(&rate.to_string()));
    }
}

#[test]
fn reference_paints_the_pictures_that_sox_paints() {
    let mut pictures = 0;
    for rate in [44100, 48000, 22050, 16000, 32000, 8000] {
        for kind in Piece::ALL {
            let path = format!("{FIXTURES}/{rate}-{}.png", kind.name());
            if matches!(rate, 32000 | 8000) && !matches!(kind, Piece::Noise | Piece::Chord) {
                continue;
            }
            let (width, image) = reference::read_png(&std::fs::read(&path).unwrap()).unwrap();
            let song = samples(kind, rate, piece_length(rate));
            let ours = reference::picture(song.iter().copied(), rate);
            assert_eq!(reference::sox_width(ours.len(), song.len(), rate), width, "{path}");
            let parity = Parity::of(&ours, &image, width);
            assert!(parity.percent() >= 99.99 && parity.worst <= 1, "{path}: {parity:?}");
            pictures += 1;
        }
    }
    assert_eq!(pictures, 28);
}

#[test]
fn reference_flushes_short_songs_as_sox_does() {
    let bytes = std::fs::read(format!("{FIXTURES}/tails.safetensors")).unwrap();
    let tails = safetensors::SafeTensors::deserialize(&bytes).unwrap();
    let mut total = Parity { equal: 0, total: 0, worst: 0 };
    for (name, tail) in tails.tensors() {
        let (rate, length) = name.split_once('/').unwrap();
        let (rate, length) = (rate.parse().unwrap(), length.parse().unwrap());
        let ours = reference::picture(samples(Piece::Chord, rate, length), rate);
        assert_eq!(tail.shape(), [ROWS, ours.len()], "{name}");
        let parity = Parity::of(&ours, tail.data(), ours.len());
        assert!(parity.worst <= 1, "{name}: {parity:?}");
        total.equal += parity.equal;
        total.total += parity.total;
        total.worst = total.worst.max(parity.worst);
    }
    assert_eq!(tails.len(), 120);
    assert!(total.percent() >= 99.99, "{total:?}");
}

#[test]
fn plan_of_a_whole_song_paints_what_the_reference_paints() {
    for rate in [44100, 48000, 32000, 22050, 16000, 8000, 11025, 1000, 96000] {
        let geometry = SoxGeometry::new(rate).unwrap();
        for length in [0, 1, 50, 64, 100, 126, 191, 255, 257, 400, 881, 882, 1111, 3000, 5003, 9973] {
            let song = samples(Piece::Chord, rate, length);
            let truth = reference::picture_db(song.iter().copied(), rate);
            let total = length as u64;
            assert_eq!(geometry.columns(total), truth.len() as u64, "{rate} Hz, {length} samples");
            // Two columns more than there are: silence.
            let plan = geometry.plan(0..truth.len() as u64 + 2, SongLength::Exactly(total)).unwrap();
            assert_eq!(plan.samples, (plan.frame_windows.len() - 1) * plan.step + FFT);
            let ours = run(&plan, &song);
            for (c, column) in ours.iter().enumerate() {
                for (row, &db) in column.iter().enumerate() {
                    let Some(truth) = truth.get(c).map(|column| column[row]) else {
                        assert_eq!(db, f64::NEG_INFINITY, "{rate} Hz, {length} samples, column {c}");
                        continue;
                    };
                    // The plan's windows are f32: at most sum |x w| 2^-25 of amplitude, and sum w = 2.
                    let error = (10f64.powf(db / 20.0) - 10f64.powf(truth / 20.0)).abs();
                    assert!(error < 2e-8, "{rate} Hz, {length} samples, column {c} row {row}: {db} {truth}");
                }
            }
        }
    }
}

#[test]
fn chunks_of_a_stream_are_the_whole_song() {
    for rate in [44100, 22050, 16000, 8000, 1000] {
        let geometry = SoxGeometry::new(rate).unwrap();
        for length in [200u64, 2000, 4099, 12_345] {
            let whole = geometry.plan(0..geometry.columns(length), SongLength::Exactly(length)).unwrap();
            let row = |plan: &SoxPlan, f: usize| plan.windows[plan.frame_windows[f] as usize * FFT..][..FFT].to_vec();
            let mut done = 0;
            // Pieces of odd sizes; what is settled is planned at once, the rest at the end.
            for seen in (0..length).step_by(347).chain([length]) {
                let settled = geometry.settled_columns(seen);
                assert!(geometry.plan(done..settled + 1, SongLength::AtLeast(seen)).is_err());
                for end in [SongLength::AtLeast(seen), SongLength::Exactly(length)] {
                    let chunk = geometry.plan(done..settled, end).unwrap();
                    let first = done as usize * geometry.blocks();
                    assert_eq!(chunk.first_sample, whole.first_sample + (first * geometry.step()) as i64);
                    assert!(chunk.samples == 0 || chunk.first_sample + chunk.samples as i64 <= seen as i64);
                    for f in 0..chunk.frame_windows.len() {
                        assert_eq!(row(&chunk, f), row(&whole, first + f), "{rate} Hz, column {done}, frame {f}");
                    }
                }
                done = settled;
            }
            let last = geometry.plan(done..geometry.columns(length), SongLength::Exactly(length)).unwrap();
            let first = done as usize * geometry.blocks();
            for f in 0..last.frame_windows.len() {
                assert_eq!(row(&last, f), row(&whole, first + f));
            }
            assert_eq!(first + last.frame_windows.len(), whole.frame_windows.len());
        }
    }
    let backwards = std::ops::Range { start: 3, end: 2 };
    assert!(SoxGeometry::new(44100).unwrap().plan(backwards, SongLength::Exactly(1_000_000)).is_err());
}

#[test]
fn window_table_stays_small_at_every_rate() {
    let mut most = 0;
    for rate in (1000..60_000).step_by(7).chain((60_000..384_000).step_by(501)) {
        let geometry = SoxGeometry::new(rate).unwrap();
        let per_column = geometry.samples_per_column() as u64;
        let lengths = (200..300).step_by(9).chain((5 * per_column..6 * per_column).step_by(geometry.step() / 2 + 1));
        for length in lengths {
            let plan = geometry.plan(0..geometry.columns(length) + 1, SongLength::Exactly(length)).unwrap();
            most = most.max(plan.windows.len() / FFT);
            assert_eq!(plan.windows.len() % FFT, 0);
            assert!(plan.frame_windows.iter().all(|&row| (row as usize) < plan.windows.len() / FFT));
        }
    }
    assert!((MAX_WINDOWS - 2..=MAX_WINDOWS).contains(&most), "{most} rows");
}

#[test]
fn a_full_scale_sine_on_a_bin_is_zero_db() {
    let window = sox::window(0);
    for bin in [2usize, 17, 64, 126] {
        let frame: Vec<f64> =
            (0..FFT).map(|i| (std::f64::consts::TAU * (bin * i) as f64 / FFT as f64).sin() * window[i]).collect();
        let power: Vec<f64> = rfft(&frame).into_iter().map(|(re, im)| re * re + im * im).collect();
        assert!((power[bin] - 1.0).abs() < 1e-12, "bin {bin}: {}", power[bin]);
        // Hann: half the amplitude in each neighbour, nothing elsewhere.
        assert!((power[bin + 1] - 0.25).abs() < 1e-12 && (power[bin - 1] - 0.25).abs() < 1e-12);
        assert!(power.iter().enumerate().all(|(k, &p)| k.abs_diff(bin) <= 1 || p < 1e-24));
    }
}

#[test]
fn windows_shrink_towards_the_outside() {
    for outside in [-200, -128, -65, -1, 0, 1, 65, 88, 200] {
        let points = sox::window(outside);
        let inside = FFT - outside.unsigned_abs() as usize;
        // sum of Hann = inside / 2, so the scaled sum is twice the square of the share.
        let share = inside as f64 / FFT as f64;
        assert!((points.iter().sum::<f64>() - 2.0 * share * share).abs() < 1e-12, "{outside}");
        for (i, point) in points.iter().enumerate() {
            let within = if outside > 0 { i > outside as usize } else { i > 0 && i < inside };
            assert_eq!(*point > 0.0, within, "outside {outside}, point {i}: {point}");
        }
    }
    assert!(sox::window(256).iter().chain(&sox::window(-300)).chain(&sox::window(255)).all(|&point| point == 0.0));
}

#[test]
fn grey_levels() {
    let cases = [
        (f64::NEG_INFINITY, 0),
        (-120.001, 0),
        (-120.0, 1),
        (-119.6, 1),
        (-119.5, 2),
        (-60.0, 125),
        (-0.001, 249),
        (0.0, 250),
        (17.0, 250),
        (f64::INFINITY, 250),
    ];
    for (db, level) in cases {
        assert_eq!(sox::grey(db), level, "{db} dB");
        assert_eq!(reference::grey(db), level, "{db} dB");
    }
    for i in 0..=120_000 {
        let db = f64::from(i) * -0.001;
        assert_eq!(sox::grey(db), reference::grey(db), "{db} dB");
    }
    assert_eq!(sox::network_input(0), 4.0 / 255.0);
    assert_eq!(sox::network_input(250), 254.0 / 255.0);
}
