//! Samples to pictures through the kernels: against SoX's PNGs and against librosa.

use safetensors::SafeTensors;
use serde::Deserialize;
use tunevote::blocking;
use tunevote::gpu::{Engine, Recorder};
use tunevote::kernels::banded::{banded_matmul, ranges};
use tunevote::kernels::stft::{Windows, stft_power};
use tunevote::kernels::stft_table::stft_table;
use tunevote::shape::{Stft, StftPadding};
use tunevote::signal::mel::{MelBank, MelNorm, MelScale, MelShape};
use tunevote::signal::sox::{FFT, ROWS, SongLength, SoxGeometry};
use tunevote::signal::window::hann_periodic;

use crate::harness::engines;
use crate::reference::pieces::{Piece, samples};
use crate::reference::sox::{self, Parity};

const FIXTURES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/front");

/// |X|^2 of a song, averaged over blocks, (F,T), and with a matrix in place of it the product with that.
struct Spectrum<'a> {
    song: &'a [f64],
    windows: &'a [f32],
    rows: &'a [u32],
    blocks: usize,
    stft: Stft,
    bank: Option<(&'a [f32], usize)>,
}

impl Spectrum<'_> {
    fn run(&self, engine: &Engine) -> Vec<f32> {
        let upload = |shape: &[usize], values: &[f32]| engine.upload(shape, values).unwrap();
        let n_fft = self.stft.n_fft;
        let (bins, frames) = (n_fft / 2 + 1, self.rows.len() / self.blocks);
        let song: Vec<f32> = self.song.iter().map(|&v| v as f32).collect();
        let words: Vec<f32> = self.rows.iter().map(|&row| f32::from_bits(row)).collect();
        let table = stft_table(n_fft).unwrap();
        let x = upload(&[1, song.len()], &song);
        let windows = upload(&[self.windows.len() / n_fft, n_fft], self.windows);
        let (rows, table) = (upload(&[words.len()], &words), upload(&[table.len()], &table));
        let power = engine.tensor([1, bins, frames]).unwrap();
        let mut rec = Recorder::new(engine);
        let inputs = Windows { windows: &windows, rows: &rows, table: &table };
        stft_power(&mut rec, &x, inputs, &power, &self.stft).unwrap();
        let result = match self.bank {
            None => power,
            Some((values, bands)) => {
                let w = upload(&[bands, bins], values);
                let ranges = upload(&[bands, 2], &ranges(values, [bands, bins]));
                let y = engine.tensor([1, bands, frames]).unwrap();
                banded_matmul(&mut rec, &w, &ranges, &power, &y).unwrap();
                y
            }
        };
        rec.finish().unwrap().run();
        blocking::wait(engine, engine.read(&result)).unwrap()
    }
}

/// Columns of grey, Nyquist first.
fn picture(engine: &Engine, song: &[f64], rate: u32) -> Vec<Vec<u8>> {
    let geometry = SoxGeometry::new(rate).unwrap();
    let total = song.len() as u64;
    let columns = geometry.columns(total);
    if columns == 0 {
        return Vec::new();
    }
    let plan = geometry.plan(0..columns, SongLength::Exactly(total)).unwrap();
    let start = plan.first_sample as isize;
    let stft = Stft { n_fft: FFT, hop: plan.step, start, padding: StftPadding::Zero };
    let spectrum =
        Spectrum { song, windows: &plan.windows, rows: &plan.frame_windows, blocks: plan.blocks, stft, bank: None };
    let power = spectrum.run(engine);
    let columns = columns as usize;
    let grey = |c: usize, row: usize| sox::grey(10.0 * f64::from(power[(ROWS - 1 - row) * columns + c]).log10());
    (0..columns).map(|c| (0..ROWS).map(|row| grey(c, row)).collect()).collect()
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
    for engine in engines() {
        let mut total = Parity { equal: 0, total: 0, worst: 0 };
        let mut lowest = 100.0_f64;
        for rate in [44100, 48000, 22050, 16000, 32000, 8000] {
            for kind in Piece::ALL {
                let path = format!("{FIXTURES}/sox/{rate}-{}.png", kind.name());
                if matches!(rate, 32000 | 8000) && !matches!(kind, Piece::Noise | Piece::Chord) {
                    continue;
                }
                let (width, image) = sox::read_png(&std::fs::read(&path).unwrap()).unwrap();
                let song = samples(kind, rate, rate as usize * 3 / 2 + 617);
                let parity = Parity::of(&picture(engine, &song, rate), &image, width);
                assert!(parity.percent() >= 99.5 && parity.worst <= 1, "{path}: {parity:?}");
                lowest = lowest.min(parity.percent());
                add(&mut total, parity);
            }
        }
        let tails = std::fs::read(format!("{FIXTURES}/sox/tails.safetensors")).unwrap();
        let tails = SafeTensors::deserialize(&tails).unwrap();
        assert_eq!(tails.len(), 120);
        let mut short = Parity { equal: 0, total: 0, worst: 0 };
        for (name, tail) in tails.tensors() {
            let (rate, length) = name.split_once('/').unwrap();
            let (rate, length) = (rate.parse().unwrap(), length.parse().unwrap());
            let ours = picture(engine, &samples(Piece::Chord, rate, length), rate);
            assert_eq!(tail.shape(), [ROWS, ours.len()], "{name}");
            add(&mut short, Parity::of(&ours, tail.data(), ours.len()));
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

// Prints what it measured, for `--nocapture`.
#[allow(clippy::print_stdout)]
#[test]
fn mel_bands_are_librosas() {
    let bytes = std::fs::read(format!("{FIXTURES}/librosa.safetensors")).unwrap();
    let tensors = SafeTensors::deserialize(&bytes).unwrap();
    let (_, metadata) = SafeTensors::read_metadata(&bytes).unwrap();
    let cases: Vec<Case> = serde_json::from_str(&metadata.metadata().as_ref().unwrap()["cases"]).unwrap();
    let mut compared = 0;
    for (number, case) in cases.iter().enumerate() {
        // Bands of |X| take a root between the two kernels.
        if case.power != 2.0 || !case.n_fft.is_power_of_two() {
            continue;
        }
        let kind = Piece::ALL.into_iter().find(|kind| kind.name() == case.piece).unwrap();
        let song = samples(kind, case.rate, case.samples);
        let (start, padding, frames) = match case.pad.as_str() {
            "none" => (0, StftPadding::Zero, 1 + (song.len() - case.n_fft) / case.hop),
            pad => {
                let padding = if pad == "reflect" { StftPadding::Reflect } else { StftPadding::Zero };
                (-(case.n_fft as isize / 2), padding, 1 + song.len() / case.hop)
            }
        };
        let bank = MelBank::new(&MelShape {
            rate: f64::from(case.rate),
            n_fft: case.n_fft,
            n_mels: case.n_mels,
            fmin: case.fmin,
            fmax: case.fmax,
            scale: if case.htk { MelScale::Htk } else { MelScale::Slaney },
            norm: case.norm,
        })
        .unwrap();
        let weights = bank.to_f32();
        let window: Vec<f32> = hann_periodic(case.n_fft).into_iter().map(|point| point as f32).collect();
        let spectrum = Spectrum {
            song: &song,
            windows: &window,
            rows: &vec![0; frames],
            blocks: 1,
            stft: Stft { n_fft: case.n_fft, hop: case.hop, start, padding },
            bank: Some((&weights, case.n_mels)),
        };
        let tensor = tensors.tensor(&format!("{number}/mel")).unwrap();
        assert_eq!(tensor.shape(), [case.n_mels, frames], "{case:?}");
        let want: Vec<f32> =
            tensor.data().chunks(4).map(|bytes| f32::from_le_bytes(bytes.try_into().unwrap())).collect();
        let loudest = want.iter().copied().fold(0.0, f32::max);
        for engine in engines() {
            let got = spectrum.run(engine);
            assert_eq!(got.len(), want.len());
            let (mut worst, mut worst_db) = (0.0_f64, 0.0_f64);
            for (&got, &want) in got.iter().zip(&want) {
                let (got, want) = (f64::from(got), f64::from(want));
                // 70 dB below the clip's maximum the rounding of louder bins takes over: an error of X stays one.
                let relative = (got - want).abs() / want.max(1e-7 * f64::from(loudest)).max(1e-30);
                let decibels = 10.0 * (got.max(1e-10).log10() - want.max(1e-10).log10()).abs();
                assert!(relative.is_finite() && decibels.is_finite());
                worst = worst.max(relative);
                if want >= 1e-6 * f64::from(loudest) {
                    worst_db = worst_db.max(decibels);
                }
            }
            println!("{number} {} {}/{}: relative {worst:.1e}, {worst_db:.1e} dB", case.piece, case.n_fft, case.hop);
            assert!(worst <= 1e-4 && worst_db <= 1e-3, "{case:?}: {worst} relative, {worst_db} dB");
        }
        compared += 1;
    }
    assert!(compared >= 5, "{compared} cases of {} were compared", cases.len());
}
