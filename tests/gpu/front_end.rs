//! Samples to pictures as the program paints them, through a `Painter`: against SoX's PNGs and against librosa.

use safetensors::SafeTensors;
use serde::Deserialize;
use tunevote::gpu::Engine;
use tunevote::pictures::Painter;
use tunevote::signal::front_end::{
    DbReference, Decibels, Floor, FrontEnd, MelFrontEnd, Normalisation, Padding, SliceGeometry, SoxFrontEnd,
};
use tunevote::signal::mel::{MelNorm, MelScale};
use tunevote::signal::sox::ROWS;

use crate::harness::engines;
use crate::pictures::paint;
use crate::reference::pieces::{Piece, samples};
use crate::reference::sox::{self, Parity};

const FIXTURES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/front");

fn song(kind: Piece, rate: u32, length: usize) -> Vec<f32> {
    samples(kind, rate, length).iter().map(|&v| v as f32).collect()
}

/// Columns of grey, Nyquist first.
pub fn grey(painter: &Painter, song: &[f32]) -> Vec<Vec<u8>> {
    let level = |v: &f32| (v * 255.0 - 4.0).round() as u8;
    paint(painter, song).chunks_exact(ROWS).map(|column| column.iter().map(level).collect()).collect()
}

fn add(total: &mut Parity, parity: Parity) {
    total.equal += parity.equal;
    total.total += parity.total;
    total.worst = total.worst.max(parity.worst);
}

// Prints what it measured, for `--nocapture`.
#[allow(clippy::print_stdout)]
#[test]
fn pictures_are_those_of_sox() {
    const NONE: Parity = Parity { equal: 0, total: 0, worst: 0 };
    let tails = std::fs::read(format!("{FIXTURES}/sox/tails.safetensors")).unwrap();
    let tails = SafeTensors::deserialize(&tails).unwrap();
    assert_eq!(tails.len(), 120);
    for engine in engines() {
        let (mut total, mut short, mut lowest) = (NONE, NONE, 100.0_f64);
        for rate in [44100, 48000, 22050, 16000, 32000, 8000] {
            let painter = Painter::new(engine, &FrontEnd::Sox(SoxFrontEnd::at(rate))).unwrap();
            for kind in Piece::ALL {
                let path = format!("{FIXTURES}/sox/{rate}-{}.png", kind.name());
                if matches!(rate, 32000 | 8000) && !matches!(kind, Piece::Noise | Piece::Chord) {
                    continue;
                }
                let (width, image) = sox::read_png(&std::fs::read(&path).unwrap()).unwrap();
                let ours = grey(&painter, &song(kind, rate, rate as usize * 3 / 2 + 617));
                assert!(ours.len() >= width, "{path}: {} columns of {width}", ours.len());
                let parity = Parity::of(&ours, &image, width);
                assert!(parity.percent() >= 99.5 && parity.worst <= 1, "{path}: {parity:?}");
                lowest = lowest.min(parity.percent());
                add(&mut total, parity);
            }
            for (name, tail) in tails.tensors() {
                let Some(length) = name.strip_prefix(&format!("{rate}/")) else { continue };
                let ours = grey(&painter, &song(Piece::Chord, rate, length.parse().unwrap()));
                assert_eq!(tail.shape(), [ROWS, ours.len()], "{name}");
                add(&mut short, Parity::of(&ours, tail.data(), ours.len()));
            }
        }
        println!("28 pictures: {:.4} % equal, lowest {lowest:.4} %, worst {}", total.percent(), total.worst);
        println!("120 short songs: {:.4} % equal, worst {}", short.percent(), short.worst);
        assert!(short.percent() >= 99.5 && short.worst <= 1, "{short:?}");
    }
}

#[derive(Debug, Deserialize)]
struct Case {
    rate: u32,
    piece: String,
    samples: usize,
    n_fft: u32,
    hop: u32,
    n_mels: u32,
    fmin: f64,
    fmax: f64,
    htk: bool,
    norm: MelNorm,
    pad: String,
    power: u32,
}

/// Not the default one, and not the identity, so that both numbers show.
const NORMALISATION: Normalisation = Normalisation { subtract: -30.0, divide: 16.0 };

impl Case {
    fn front_end(&self, to_db: Decibels) -> FrontEnd {
        FrontEnd::Mel(MelFrontEnd {
            rate: self.rate,
            n_fft: self.n_fft,
            hop: self.hop,
            n_mels: self.n_mels,
            fmin: self.fmin,
            fmax: self.fmax,
            scale: if self.htk { MelScale::Htk } else { MelScale::Slaney },
            norm: self.norm,
            power: self.power,
            pad: match self.pad.as_str() {
                "constant" => Padding::Zero,
                "reflect" => Padding::Reflect,
                _ => Padding::None,
            },
            to_db,
            normalisation: NORMALISATION,
            short: None,
            slices: SliceGeometry { width: 1, height: 1, first_row: 0, hop: 1 },
        })
    }

    /// The picture in dB, (bands, frames) as librosa has it.
    fn decibels(&self, engine: &Engine, to_db: Decibels) -> Vec<f64> {
        let kind = Piece::ALL.into_iter().find(|kind| kind.name() == self.piece).unwrap();
        let painter = Painter::new(engine, &self.front_end(to_db)).unwrap();
        let columns = paint(&painter, &song(kind, self.rate, self.samples));
        let (bands, frames) = (self.n_mels as usize, columns.len() / self.n_mels as usize);
        let value = |i: usize| f64::from(columns[i % frames * bands + i / frames]);
        (0..columns.len()).map(|i| value(i) * NORMALISATION.divide + NORMALISATION.subtract).collect()
    }
}

fn values(tensors: &SafeTensors, name: &str) -> Vec<f64> {
    let bytes = tensors.tensor(name).unwrap().data().to_vec();
    bytes.chunks(4).map(|bytes| f64::from(f32::from_le_bytes(bytes.try_into().unwrap()))).collect()
}

/// The largest difference in dB down to 60 below the loudest, and the largest relative one of powers. 70 dB below the loudest the
/// rounding of louder bins takes over: an error of X stays one.
fn differences(got: &[f64], want: &[f64]) -> (f64, f64) {
    assert_eq!(got.len(), want.len());
    let loudest = want.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let (mut decibels, mut relative) = (0.0_f64, 0.0_f64);
    for (&got, &want) in got.iter().zip(want) {
        assert!(got.is_finite() && want.is_finite(), "{got}, librosa has {want}");
        let power = |db: f64| 10f64.powf(db / 10.0);
        relative = relative.max((power(got) - power(want)).abs() / power(want.max(loudest - 70.0)));
        if want >= loudest - 60.0 {
            decibels = decibels.max((got - want).abs());
        }
    }
    (decibels, relative)
}

// Prints what it measured, for `--nocapture`.
#[allow(clippy::print_stdout)]
#[test]
fn mel_pictures_are_librosas() {
    let bytes = std::fs::read(format!("{FIXTURES}/librosa.safetensors")).unwrap();
    let tensors = SafeTensors::deserialize(&bytes).unwrap();
    let (_, metadata) = SafeTensors::read_metadata(&bytes).unwrap();
    let cases: Vec<Case> = serde_json::from_str(&metadata.metadata().as_ref().unwrap()["cases"]).unwrap();
    assert_eq!(cases.len(), 8);
    for (number, case) in cases.iter().enumerate() {
        // librosa's amin of amplitudes is 1e-5, that of powers 1e-10.
        let amin = if case.power == 2 { 1e-10 } else { 1e-5 };
        let (one, max) = (DbReference::Value(1.0), DbReference::Max);
        let (floor, doubled) = (Floor::Clamp, false);
        let pictures = [
            ("db", Decibels { amin, top_db: Some(80.0), reference: one, floor, doubled }),
            ("db_max", Decibels { amin, top_db: Some(80.0), reference: max, floor, doubled }),
            ("db_no_floor", Decibels { amin: 1e-7, top_db: None, reference: DbReference::Value(0.5), floor, doubled }),
            ("mel", Decibels { amin: 1e-30, top_db: None, reference: one, floor, doubled }),
        ];
        for (name, to_db) in pictures {
            let mut want = values(&tensors, &format!("{number}/{name}"));
            if name == "mel" {
                want.iter_mut().for_each(|s| *s = 20.0 / f64::from(case.power) * s.max(1e-30).log10());
            }
            for engine in engines() {
                let (decibels, relative) = differences(&case.decibels(engine, to_db), &want);
                println!("{number} {} {name}: {decibels:.1e} dB, relative {relative:.1e}", case.piece);
                // A power is the square of an amplitude: twice its relative error.
                let most = 1e-4 * f64::from(3 - case.power);
                assert!(decibels <= 1e-3 && relative <= most, "{name} of {case:?}: {decibels} dB, {relative}");
            }
        }
    }
}
