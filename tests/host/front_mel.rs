//! Mel bands, decibels and MFCC against librosa 0.11.

use safetensors::SafeTensors;
use serde::Deserialize;
use tunevote::graph::Graph;
use tunevote::signal::dct::dct;
use tunevote::signal::mel::{MelBank, MelNorm, MelScale, MelShape, dct_ii_ortho};
use tunevote::signal::window::{hann_periodic, hann_symmetric};

use crate::reference::fft::{Pad, hann, magnitudes, stft};
use crate::reference::graph::{Values, value};
use crate::reference::mel as reference;
use crate::reference::pieces::{Piece, samples};

const FIXTURE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/front/librosa.safetensors");

/// One line of the fixture's table.
#[derive(Debug, Deserialize)]
struct Case {
    rate: u32,
    piece: String,
    samples: usize,
    n_fft: usize,
    hop: usize,
    n_mels: usize,
    fmin: f64,
    fmax: f64,
    htk: bool,
    norm: MelNorm,
    pad: String,
    power: f64,
}

impl Case {
    fn shape(&self) -> MelShape {
        MelShape {
            rate: f64::from(self.rate),
            n_fft: self.n_fft,
            n_mels: self.n_mels,
            fmin: self.fmin,
            fmax: self.fmax,
            scale: if self.htk { MelScale::Htk } else { MelScale::Slaney },
            norm: self.norm,
        }
    }

    fn reference_bank(&self) -> Vec<Vec<f64>> {
        let scale = if self.htk { reference::Scale::Htk } else { reference::Scale::Slaney };
        let slaney = self.norm == MelNorm::Slaney;
        reference::filterbank(f64::from(self.rate), self.n_fft, self.n_mels, self.fmin, self.fmax, scale, slaney)
    }
}

fn cases(bytes: &[u8]) -> Vec<Case> {
    let (_, metadata) = SafeTensors::read_metadata(bytes).unwrap();
    serde_json::from_str(&metadata.metadata().as_ref().unwrap()["cases"]).unwrap()
}

/// A tensor with time as its last axis, as frames.
fn frames(tensors: &SafeTensors, name: &str) -> Option<Vec<Vec<f64>>> {
    let tensor = tensors.tensor(name).ok()?;
    let &[rows, columns] = tensor.shape() else { panic!("{name}: {:?}", tensor.shape()) };
    let value = |i: usize| f64::from(f32::from_le_bytes(tensor.data()[4 * i..][..4].try_into().unwrap()));
    Some((0..columns).map(|c| (0..rows).map(|r| value(r * columns + c)).collect()).collect())
}

/// The largest `|a - b| / (absolute + relative |b|)`, after the shapes were compared.
fn worst(a: &[Vec<f64>], b: &[Vec<f64>], absolute: f64, relative: f64) -> f64 {
    assert_eq!((a.len(), a[0].len()), (b.len(), b[0].len()));
    let pairs = a.iter().flatten().zip(b.iter().flatten());
    let ratios = pairs.map(|(a, b)| (a - b).abs() / (absolute + relative * b.abs()));
    ratios.fold(0.0, |worst, ratio| if ratio.is_nan() { f64::INFINITY } else { worst.max(ratio) })
}

#[test]
fn reference_is_librosa() {
    let bytes = std::fs::read(FIXTURE).unwrap();
    let tensors = SafeTensors::deserialize(&bytes).unwrap();
    let cases = cases(&bytes);
    assert_eq!(cases.len(), 8);
    let mut spectra = 0;
    for (number, case) in cases.iter().enumerate() {
        let kind = Piece::ALL.into_iter().find(|kind| kind.name() == case.piece).unwrap();
        let signal = samples(kind, case.rate, case.samples);
        let pad = match case.pad.as_str() {
            "constant" => Pad::Zero,
            "reflect" => Pad::Reflect,
            other => {
                assert_eq!(other, "none");
                Pad::None
            }
        };
        let fixture = |what: &str| frames(&tensors, &format!("{number}/{what}"));
        let spectrum = stft(&signal, &hann(case.n_fft), case.hop, pad);
        if let (Some(re), Some(im)) = (fixture("stft_re"), fixture("stft_im")) {
            let part = |imaginary: bool| -> Vec<Vec<f64>> {
                let pick = |&(re, im): &(f64, f64)| if imaginary { im } else { re };
                spectrum.iter().map(|frame| frame.iter().map(pick).collect()).collect()
            };
            assert!(worst(&part(false), &re, 1e-9, 1e-7) <= 1.0, "{case:?}: stft, real");
            assert!(worst(&part(true), &im, 1e-9, 1e-7) <= 1.0, "{case:?}: stft, imaginary");
            spectra += 1;
        }
        let mel = reference::mel(&magnitudes(&spectrum, case.power), &case.reference_bank());
        assert!(worst(&mel, &fixture("mel").unwrap(), 1e-12, 1e-6) <= 1.0, "{case:?}: mel");

        let to_db = if case.power == 2.0 { reference::power_to_db } else { reference::amplitude_to_db };
        // librosa's amin of amplitudes is 1e-5, that of powers 1e-10.
        let amin = if case.power == 2.0 { 1e-10 } else { 1e-5 };
        let db = to_db(&mel, 1.0, amin, Some(80.0));
        let loudest = to_db(&mel, reference::largest(&mel), amin, Some(80.0));
        let open = to_db(&mel, 0.5, 1e-7, None);
        assert!(worst(&db, &fixture("db").unwrap(), 1e-5, 0.0) <= 1.0, "{case:?}: db");
        assert!(worst(&loudest, &fixture("db_max").unwrap(), 1e-5, 0.0) <= 1.0, "{case:?}: db, ref max");
        assert!(worst(&open, &fixture("db_no_floor").unwrap(), 1e-5, 0.0) <= 1.0, "{case:?}: db, no floor");
        let mfcc = reference::mfcc(&db, case.n_mels.min(20));
        assert!(worst(&mfcc, &fixture("mfcc").unwrap(), 1e-4, 0.0) <= 1.0, "{case:?}: mfcc");
    }
    assert!(spectra >= 3, "{spectra} spectra were compared");
}

#[test]
fn banks_are_librosas_and_the_references() {
    let bytes = std::fs::read(FIXTURE).unwrap();
    let tensors = SafeTensors::deserialize(&bytes).unwrap();
    let mut banks = 0;
    for (number, case) in cases(&bytes).iter().enumerate() {
        let bank = MelBank::new(&case.shape()).unwrap();
        assert_eq!((bank.bands(), bank.bins()), (case.n_mels, case.n_fft / 2 + 1));
        let ours: Vec<Vec<f64>> = (0..bank.bands()).map(|band| bank.band(band).to_vec()).collect();
        assert!(worst(&ours, &case.reference_bank(), 1e-14, 1e-10) <= 1.0, "{case:?}");
        for (band, weights) in ours.iter().enumerate() {
            let support = bank.support(band);
            let outside = weights.iter().enumerate().filter(|(bin, _)| !support.contains(bin));
            assert!(outside.into_iter().all(|(_, &weight)| weight == 0.0));
            assert!(support.is_empty() || (weights[support.start] > 0.0 && weights[support.end - 1] > 0.0));
        }
        assert_eq!(bank.to_f32().len(), bank.bands() * bank.bins());
        if let Some(columns) = frames(&tensors, &format!("{number}/bank")) {
            let theirs: Vec<Vec<f64>> =
                (0..case.n_mels).map(|band| columns.iter().map(|column| column[band]).collect()).collect();
            assert!(worst(&ours, &theirs, 1e-9, 2e-7) <= 1.0, "{case:?}");
            banks += 1;
        }
    }
    assert!(banks >= 3, "{banks} banks were compared");
}

#[test]
fn bad_banks_are_refused() {
    let good = MelShape {
        rate: 16000.0,
        n_fft: 512,
        n_mels: 40,
        fmin: 0.0,
        fmax: 8000.0,
        scale: MelScale::Slaney,
        norm: MelNorm::Slaney,
    };
    assert!(MelBank::new(&good).is_ok());
    for bad in [
        MelShape { n_mels: 0, ..good },
        MelShape { n_fft: 0, ..good },
        MelShape { fmax: 8000.1, ..good },
        MelShape { fmin: -1.0, ..good },
        MelShape { fmin: 8000.0, ..good },
        MelShape { fmin: f64::NAN, ..good },
        MelShape { rate: f64::INFINITY, ..good },
    ] {
        let error = MelBank::new(&bad).unwrap_err().to_string();
        assert!(error.starts_with("mel filterbank: "), "{error}");
    }
    // 200 bands over 9 bins: most stay empty, and say so.
    let narrow = MelBank::new(&MelShape { n_fft: 16, n_mels: 200, ..good }).unwrap();
    assert!((0..200).filter(|&band| narrow.support(band).is_empty()).count() > 150);
}

#[test]
fn dct_matrix_is_the_references() {
    for (rows, columns) in [(1, 1), (13, 23), (20, 128), (40, 40)] {
        let matrix = dct_ii_ortho(rows, columns).unwrap();
        assert_eq!(matrix.len(), rows * columns);
        for i in 0..columns {
            let mut unit = vec![0.0; columns];
            unit[i] = 1.0;
            let truth = reference::dct_ii_ortho(&unit);
            for (k, truth) in truth.iter().take(rows).enumerate() {
                assert!((matrix[k * columns + i] - truth).abs() < 1e-12, "row {k} column {i}");
            }
        }
    }
    assert!(dct_ii_ortho(21, 20).unwrap_err().to_string().contains("21"));
}

/// Along every axis of a tensor, and what cannot be.
#[test]
fn a_graphs_dct_is_the_references() {
    let dims = [2, 5, 3, 7];
    let x: Vec<f64> = (0..210).map(|i| f64::from(i * i % 97) / 10.0).collect();
    for axis in 0..4 {
        let (inner, n): (usize, usize) = (dims[axis + 1..].iter().product(), dims[axis]);
        for count in [1, n] {
            let mut g = Graph::new();
            let input = g.input("x", dims).unwrap();
            let y = dct(&mut g, input, axis, count).unwrap();
            let mut wanted = dims;
            wanted[axis] = count;
            assert_eq!(g.shape(y).dims(), wanted);
            let got = value(&g, &Values::from([("x".to_owned(), x.clone())]), y);
            for (i, got) in got.iter().enumerate() {
                let (outer, k, at) = (i / inner / count, i / inner % count, i % inner);
                let line: Vec<_> = (0..n).map(|j| x[(outer * n + j) * inner + at]).collect();
                let want = reference::dct_ii_ortho(&line)[k];
                assert!((got - want).abs() < 1e-5, "axis {axis}, {count}: {got} at {i}, want {want}");
            }
        }
    }
    let mut g = Graph::new();
    let x = g.input("x", [3, 4]).unwrap();
    assert!(dct(&mut g, x, 2, 1).unwrap_err().to_string().starts_with("dct: axis should be one of the 2"));
    assert!(dct(&mut g, x, 1, 5).unwrap_err().to_string().contains("5 coefficients of 4 values"));
}

#[test]
fn windows_are_hann() {
    let five = [0.0, 0.5, 1.0, 0.5, 0.0];
    assert!(hann_symmetric(5).iter().zip(five).all(|(ours, w)| (ours - w).abs() < 1e-15));
    assert_eq!(hann_symmetric(5).len(), 5);
    for n in [2usize, 3, 64, 255, 2048] {
        let periodic = hann_periodic(n);
        assert_eq!(periodic.len(), n);
        assert!(periodic.iter().zip(hann(n)).all(|(a, b)| (a - b).abs() < 1e-15));
        assert!((periodic.iter().sum::<f64>() - n as f64 / 2.0).abs() < 1e-10);
        let symmetric = hann_symmetric(n);
        assert!(symmetric.iter().zip(symmetric.iter().rev()).all(|(a, b)| (a - b).abs() < 1e-14));
    }
    assert_eq!((hann_symmetric(0), hann_symmetric(1)), (vec![], vec![1.0]));
    assert_eq!((hann_periodic(0), hann_periodic(1)), (vec![], vec![1.0]));
}
