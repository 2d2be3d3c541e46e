//! Constant-Q pictures, cepstra, stacked pictures and short songs as the program paints them: against librosa and against f64.

use safetensors::SafeTensors;
use serde::Deserialize;
use tunevote::gpu::Engine;
use tunevote::pictures::{Painter, Slicer};
use tunevote::signal::front_end::{
    CqtFrontEnd, DbReference, Decibels, Fill, Floor, FrontEnd, MelFrontEnd, MfccFrontEnd, Normalisation, Padding,
    Short, SliceGeometry, StackFrontEnd,
};
use tunevote::signal::mel::{MelNorm, MelScale};

use crate::harness::{engines, noise, wide};
use crate::pictures::paint;
use crate::reference::cqt::Filters;
use crate::reference::fft::{Pad, hann, magnitudes, stft};
use crate::reference::mel::{self, Scale};
use crate::reference::pieces::{Piece, samples};

const FIXTURES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/front");
/// Not the identity, so that both numbers show.
const NORMALISATION: Normalisation = Normalisation { subtract: -30.0, divide: 16.0 };
const ONE: SliceGeometry = SliceGeometry { width: 1, height: 1, first_row: 0, hop: 1 };

fn song(kind: Piece, rate: u32, length: usize) -> Vec<f32> {
    samples(kind, rate, length).iter().map(|&v| v as f32).collect()
}

fn absolute(amin: f64) -> Decibels {
    Decibels { amin, top_db: None, reference: DbReference::Value(1.0), floor: Floor::Clamp, doubled: false }
}

/// A fixture's matrix with time last, as columns one behind the other.
fn columns(tensors: &SafeTensors, name: &str) -> Vec<f64> {
    let tensor = tensors.tensor(name).unwrap();
    let &[rows, columns] = tensor.shape() else { panic!("{name}: {:?}", tensor.shape()) };
    let value = |i: usize| f64::from(f32::from_le_bytes(tensor.data()[4 * i..][..4].try_into().unwrap()));
    (0..rows * columns).map(|i| value(i % rows * columns + i / rows)).collect()
}

/// What was painted before it was normalised.
fn bare(engine: &Engine, front_end: &FrontEnd, song: &[f32], normalisation: Normalisation) -> Vec<f64> {
    let picture = paint(&Painter::new(engine, front_end).unwrap(), song);
    picture.iter().map(|&v| f64::from(v) * normalisation.divide + normalisation.subtract).collect()
}

/// Fails where a value down to `range` below the largest is off by more than `most`, or anything is no number.
fn near(got: &[f64], want: &[f64], range: f64, most: f64, what: &str) {
    assert_eq!(got.len(), want.len(), "{what}");
    let least = want.iter().copied().fold(f64::NEG_INFINITY, f64::max) - range;
    for (i, (&got, &want)) in got.iter().zip(want).enumerate() {
        let off = (got - want).abs();
        assert!(off <= most || (want < least && got.is_finite()), "{what}: {got} at {i}, want {want}");
    }
}

/// The same of filters' magnitudes in dB: off by no more than 1e-4 of themselves (1e-3 dB) and by what rounding leaves of the terms, whose
/// magnitudes add up to the root of a filter's length for samples of 1.
fn near_magnitudes(got: &[f64], want: &[f64], song: &[f32], filters: Filters, what: &str) {
    assert_eq!(got.len(), want.len(), "{what}");
    let amplitude = |db: f64| 10f64.powf(db / 20.0);
    let largest = song.iter().fold(0.0_f32, |largest, sample| largest.max(sample.abs()));
    let terms = f64::from(largest) * filters.length(0).sqrt();
    for (i, (got, want)) in got.iter().zip(want).map(|(&got, &want)| (amplitude(got), amplitude(want))).enumerate() {
        assert!((got - want).abs() <= 1e-4 * want + 2e-7 * terms, "{what}: {got} at {i}, want {want} of {terms}");
    }
}

#[derive(Debug, Deserialize)]
struct CqtCase {
    rate: u32,
    piece: String,
    samples: usize,
    hop: u32,
    fmin: f64,
    bins: u32,
    bins_per_octave: u32,
    pad: String,
}

// Prints what it measured, for `--nocapture`.
#[allow(clippy::print_stdout)]
#[test]
fn constant_q_pictures_are_librosas() {
    let bytes = std::fs::read(format!("{FIXTURES}/cqt.safetensors")).unwrap();
    let tensors = SafeTensors::deserialize(&bytes).unwrap();
    let (_, metadata) = SafeTensors::read_metadata(&bytes).unwrap();
    let cases: Vec<CqtCase> = serde_json::from_str(&metadata.metadata().as_ref().unwrap()["cases"]).unwrap();
    assert_eq!(cases.len(), 5);
    for (number, case) in cases.iter().enumerate() {
        let kind = Piece::ALL.into_iter().find(|kind| kind.name() == case.piece).unwrap();
        let song = song(kind, case.rate, case.samples);
        let reflect = case.pad == "reflect";
        let front_end = FrontEnd::Cqt(CqtFrontEnd {
            rate: case.rate,
            hop: case.hop,
            fmin: case.fmin,
            bins: case.bins,
            bins_per_octave: case.bins_per_octave,
            pad: if reflect { Padding::Reflect } else { Padding::Zero },
            to_db: absolute(1e-9),
            normalisation: NORMALISATION,
            short: None,
            slices: ONE,
        });
        let filters = Filters {
            rate: f64::from(case.rate),
            fmin: case.fmin,
            bins: case.bins as usize,
            octave: case.bins_per_octave as usize,
        };
        let pad = if reflect { Pad::Reflect } else { Pad::Zero };
        let exact = filters.magnitudes(&wide(&song), case.hop as usize, pad).concat();
        let exact: Vec<_> = exact.iter().map(|a| 20.0 * a.max(1e-9).log10()).collect();
        let theirs = columns(&tensors, &format!("{number}/cqt"));
        for engine in engines() {
            let got = bare(engine, &front_end, &song, NORMALISATION);
            near_magnitudes(&got, &exact, &song, filters, &format!("{case:?}"));
            assert_eq!(got.len(), theirs.len());
            let pairs = got.iter().map(|db| 10f64.powf(db / 20.0)).zip(&theirs);
            let sums = pairs.fold((0.0, 0.0), |(off, all), (a, b)| (off + (a - b).powi(2), all + b * b));
            let off = (sums.0 / sums.1).sqrt();
            println!("{} at {} Hz: {:.2} % from librosa.cqt", case.piece, case.rate, 100.0 * off);
            assert!(off <= 0.015, "{case:?}: {off}");
        }
    }
}

/// Chunks of 512 columns, hops of every remainder by four, one as long as no filter, songs of one sample and shorter than their mirror image.
#[test]
fn constant_q_pictures_of_several_chunks_are_the_references() {
    for (hop, pad, reference) in [
        (64, Padding::Zero, DbReference::Max),
        (77, Padding::Reflect, DbReference::Value(0.5)),
        (702, Padding::Zero, DbReference::Value(2.0)),
    ] {
        let cqt = CqtFrontEnd {
            rate: 4000,
            hop,
            fmin: 80.0,
            bins: 20,
            bins_per_octave: 8,
            pad,
            to_db: Decibels { reference, ..absolute(1e-6) },
            normalisation: NORMALISATION,
            short: None,
            slices: ONE,
        };
        let filters = Filters { rate: 4000.0, fmin: 80.0, bins: 20, octave: 8 };
        let wanted = if pad == Padding::Reflect { Pad::Reflect } else { Pad::Zero };
        for engine in engines() {
            let painter = Painter::new(engine, &FrontEnd::Cqt(cqt.clone())).unwrap();
            for samples in [hop as usize * 700 + 13, 300, 1] {
                // Louder and louder, so that the largest value is in the last chunk.
                let song: Vec<_> =
                    noise(samples, 5).iter().enumerate().map(|(i, v)| v * (i + 1) as f32 / samples as f32).collect();
                let exact = filters.magnitudes(&wide(&song), hop as usize, wanted).concat();
                let largest = exact.iter().copied().fold(0.0, f64::max);
                let zero = match reference {
                    DbReference::Max => largest.max(1e-6),
                    DbReference::Value(value) => value,
                };
                let want: Vec<_> = exact.iter().map(|a| 20.0 * (a.max(1e-6) / zero).log10()).collect();
                let got: Vec<_> = paint(&painter, &song).iter().map(|&v| f64::from(v) * 16.0 - 30.0).collect();
                let [got, want] =
                    [got, want].map(|db| db.iter().map(|db| db + 20.0 * zero.log10()).collect::<Vec<_>>());
                near_magnitudes(&got, &want, &song, filters, &format!("hop {hop}, {samples} samples"));
            }
            assert!(paint(&painter, &[]).is_empty());
        }
    }
}

#[derive(Debug, Deserialize)]
struct MelCase {
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

/// Decibels of these refer to the song's largest value: coefficients are made of them behind that.
#[test]
fn cepstra_are_librosas() {
    let bytes = std::fs::read(format!("{FIXTURES}/librosa.safetensors")).unwrap();
    let tensors = SafeTensors::deserialize(&bytes).unwrap();
    let (_, metadata) = SafeTensors::read_metadata(&bytes).unwrap();
    let cases: Vec<MelCase> = serde_json::from_str(&metadata.metadata().as_ref().unwrap()["cases"]).unwrap();
    for (number, case) in cases.iter().enumerate() {
        let kind = Piece::ALL.into_iter().find(|kind| kind.name() == case.piece).unwrap();
        let front_end = FrontEnd::Mfcc(MfccFrontEnd {
            mel: MelFrontEnd {
                rate: case.rate,
                n_fft: case.n_fft,
                hop: case.hop,
                n_mels: case.n_mels,
                fmin: case.fmin,
                fmax: case.fmax,
                scale: if case.htk { MelScale::Htk } else { MelScale::Slaney },
                norm: case.norm,
                power: case.power,
                pad: match case.pad.as_str() {
                    "constant" => Padding::Zero,
                    "reflect" => Padding::Reflect,
                    _ => Padding::None,
                },
                to_db: Decibels { top_db: Some(80.0), ..absolute(if case.power == 2 { 1e-10 } else { 1e-5 }) },
                normalisation: NORMALISATION,
                short: None,
                slices: ONE,
            },
            n_mfcc: case.n_mels.min(20),
        });
        let want = columns(&tensors, &format!("{number}/mfcc"));
        for engine in engines() {
            let got = bare(engine, &front_end, &song(kind, case.rate, case.samples), NORMALISATION);
            near(&got, &want, f64::INFINITY, 1e-2, &format!("{case:?}"));
        }
    }
    // librosa's own defaults, and 40 coefficients.
    let bytes = std::fs::read(format!("{FIXTURES}/cqt.safetensors")).unwrap();
    let want = columns(&SafeTensors::deserialize(&bytes).unwrap(), "mfcc");
    let usual = MelFrontEnd::librosa(22_050);
    let to_db = Decibels { top_db: Some(80.0), ..absolute(1e-10) };
    let mel = MelFrontEnd { to_db, normalisation: NORMALISATION, slices: ONE, ..usual };
    let front_end = FrontEnd::Mfcc(MfccFrontEnd { mel, n_mfcc: 40 });
    for engine in engines() {
        let got = bare(engine, &front_end, &song(Piece::Chord, 22_050, 22_050), NORMALISATION);
        near(&got, &want, f64::INFINITY, 1e-2, "40 coefficients");
    }
}

/// Absolute decibels: coefficients come out of the same graph, chunk by chunk.
#[test]
fn cepstra_of_several_chunks_are_the_references() {
    let mel = MelFrontEnd { n_fft: 256, hop: 97, n_mels: 20, normalisation: NORMALISATION, ..MelFrontEnd::compact() };
    let front_end = FrontEnd::Mfcc(MfccFrontEnd { mel: MelFrontEnd { slices: ONE, ..mel }, n_mfcc: 13 });
    let bank = mel::filterbank(22_050.0, 256, 20, 30.0, 11_025.0, Scale::Slaney, true);
    for samples in [97 * 1_100 + 13, 1] {
        let song = noise(samples, 5);
        let bands = mel::mel(&magnitudes(&stft(&wide(&song), &hann(256), 97, Pad::Zero), 2.0), &bank);
        let want = mel::mfcc(&mel::power_to_db(&bands, 1.0, 1e-8, None), 13).concat();
        for engine in engines() {
            let got = bare(engine, &front_end, &song, NORMALISATION);
            near(&got, &want, f64::INFINITY, 1e-2, &format!("{samples} samples"));
        }
    }
}

/// Decibels that `amplitude_to_db` made of powers, and what a paper filled short songs up with.
#[test]
fn pictures_of_the_papers_are_librosas() {
    let bytes = std::fs::read(format!("{FIXTURES}/cqt.safetensors")).unwrap();
    let tensors = SafeTensors::deserialize(&bytes).unwrap();
    let song = song(Piece::Chord, 22_050, 22_050);
    let [doubled, mut filled] = ["doubled", "power_db"].map(|name| columns(&tensors, name));
    filled.resize(1290 * 128, 0.0);
    for engine in engines() {
        let got = bare(engine, &FrontEnd::kubig_paper(), &song, Normalisation { subtract: -80.0, divide: 80.0 });
        near(&got, &doubled, 80.0, 2e-3, "doubled");
        assert_eq!(got.iter().copied().fold(f64::NEG_INFINITY, f64::max), 0.0);
        assert!((got.iter().copied().fold(f64::INFINITY, f64::min) + 80.0).abs() < 1e-4);
        let got = bare(engine, &FrontEnd::gtzan_paper(), &song, Normalisation { subtract: 0.0, divide: 1.0 });
        near(&got, &filled, f64::INFINITY, 1e-2, "filled up with 0 dB");
    }
}

/// Small front ends of one rate and hop, with slices of ten columns.
fn parts(top_db: Option<f64>, pad: Padding, short: Option<Short>) -> [FrontEnd; 2] {
    let slices = SliceGeometry { width: 10, height: 20, first_row: 0, hop: 10 };
    let mel = MelFrontEnd {
        rate: 4000,
        n_fft: 256,
        hop: 100,
        n_mels: 20,
        fmax: 2000.0,
        pad,
        to_db: Decibels { top_db, reference: DbReference::Value(0.5), ..absolute(1e-8) },
        short,
        slices,
        ..MelFrontEnd::compact()
    };
    let cqt = CqtFrontEnd {
        rate: 4000,
        hop: 100,
        fmin: 80.0,
        bins: 13,
        bins_per_octave: 6,
        pad,
        to_db: absolute(1e-4),
        normalisation: NORMALISATION,
        short,
        slices: SliceGeometry { height: 13, ..slices },
    };
    [FrontEnd::Mel(mel), FrontEnd::Cqt(cqt)]
}

#[test]
fn a_stack_is_its_parts_above_one_another() {
    for (top_db, pad) in [(None, Padding::Reflect), (Some(30.0), Padding::Zero)] {
        let [mel, cqt] = parts(top_db, pad, None);
        let stack = FrontEnd::Stack(StackFrontEnd::new(vec![cqt.clone(), mel.clone(), mel.clone()]));
        stack.check().unwrap();
        assert_eq!((stack.rows(), stack.slices().height), (53, 53));
        for engine in engines() {
            let [stack, mel, cqt] = [&stack, &mel, &cqt].map(|kind| Painter::new(engine, kind).unwrap());
            for samples in [100 * 1_100 + 57, 90, 1, 0] {
                let song: Vec<_> =
                    noise(samples, 3).iter().enumerate().map(|(i, v)| v * (i % 4000) as f32 / 4e3).collect();
                let [got, mel, cqt] = [&stack, &mel, &cqt].map(|painter| wide(&paint(painter, &song)));
                assert_eq!(got.len() / 53, mel.len() / 20);
                let rows = mel.chunks(20).zip(cqt.chunks(13));
                let want: Vec<_> = rows.flat_map(|(mel, cqt)| [cqt, mel, mel].concat()).collect();
                near(&got, &want, f64::INFINITY, 1e-4, &format!("{samples} samples"));
            }
        }
    }
}

/// All slices of a song.
fn slices(painter: &Painter, song: &[f32]) -> Vec<Vec<f32>> {
    let (mut slicer, mut slices) = (Slicer::new(painter.front_end()), Vec::new());
    slicer
        .push(&paint(painter, song), &mut |slice| {
            slices.push(slice.to_vec());
            Ok(())
        })
        .unwrap();
    slices
}

#[test]
fn short_songs_are_filled_up() {
    for (fill, top_db) in
        [(Fill::Floor, None), (Fill::Db(-3.5), None), (Fill::Floor, Some(30.0)), (Fill::Db(0.0), Some(30.0))]
    {
        let short = Some(Short { fill });
        let kinds = |short| {
            let [mel, cqt] = parts(top_db, Padding::Zero, short);
            let FrontEnd::Mel(bands) = mel.clone() else { unreachable!() };
            let slices = SliceGeometry { height: 7, ..bands.slices };
            let mfcc = FrontEnd::Mfcc(MfccFrontEnd { mel: MelFrontEnd { slices, ..bands }, n_mfcc: 7 });
            [FrontEnd::Stack(StackFrontEnd::new(vec![mel.clone(), cqt.clone()])), mel, cqt, mfcc]
        };
        for (filled, usual) in kinds(short).into_iter().zip(kinds(None)) {
            filled.check().unwrap();
            for engine in engines() {
                let [painter, plain] = [&filled, &usual].map(|kind| Painter::new(engine, kind).unwrap());
                // A song of a slice and more is as it was.
                for samples in [900, 2_345] {
                    let song = noise(samples, 4);
                    assert_eq!(paint(&painter, &song), paint(&plain, &song));
                }
                assert!(slices(&painter, &[]).is_empty());
                let song = noise(450, 4);
                assert!(slices(&plain, &song).is_empty() && slices(&painter, &song).len() == 1);
                let (own, all) = (wide(&paint(&plain, &song)), wide(&paint(&painter, &song)));
                let rows = filled.rows() as usize;
                assert_eq!((own.len(), all.len()), (5 * rows, 10 * rows));
                assert_eq!(all[..own.len()], own);
                // dB of the columns behind them: mel bands and constant-Q filters have floors of their own.
                let largest = {
                    let FrontEnd::Mel(mel) = &kinds(None)[1] else { unreachable!() };
                    let open = MelFrontEnd { to_db: Decibels { top_db: None, ..mel.to_db }, ..mel.clone() };
                    let db = bare(engine, &FrontEnd::Mel(open), &song, Normalisation { subtract: -20.0, divide: 20.0 });
                    db.into_iter().fold(f64::NEG_INFINITY, f64::max)
                };
                let [mel, cqt] = match (fill, top_db) {
                    (Fill::Db(db), _) => [db, db],
                    (Fill::Floor, None) => [-80.0 - 10.0 * 0.5_f64.log10(), -80.0],
                    (Fill::Floor, Some(range)) => [largest - range, -80.0],
                };
                let (bands, filters) = (vec![(mel + 20.0) / 20.0; 20], vec![(cqt + 30.0) / 16.0; 13]);
                let want = match &filled {
                    FrontEnd::Mfcc(_) => mel::mfcc(&[vec![mel; 20]], 7)[0].iter().map(|c| (c + 20.0) / 20.0).collect(),
                    FrontEnd::Stack(_) => [bands, filters].concat(),
                    FrontEnd::Mel(_) => bands,
                    _ => filters,
                };
                for column in all[own.len()..].chunks(rows) {
                    near(column, &want, f64::INFINITY, 1e-3, &format!("{fill:?} {top_db:?} {}", filled.kind()));
                }
            }
        }
    }
}
