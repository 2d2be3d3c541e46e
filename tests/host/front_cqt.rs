//! Constant-Q filters against librosa 0.11, and how they lie over blocks of samples.

use std::f64::consts::TAU;

use safetensors::SafeTensors;
use serde::Deserialize;
use tunevote::signal::cqt::{CqtBank, CqtBlocks, CqtShape, LONGEST};
use tunevote::signal::front_end::{CqtFrontEnd, Padding};

use crate::reference::cqt::Filters;
use crate::reference::fft::{Pad, at};
use crate::reference::pieces::{Piece, samples};

const FIXTURE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/front/cqt.safetensors");

#[derive(Debug, Deserialize)]
struct Case {
    rate: u32,
    piece: String,
    samples: usize,
    hop: usize,
    fmin: f64,
    bins: usize,
    bins_per_octave: usize,
    pad: String,
}

fn values(tensors: &SafeTensors, name: &str) -> (usize, Vec<f64>) {
    let tensor = tensors.tensor(name).unwrap();
    let number = |bytes: &[u8]| f64::from(f32::from_le_bytes(bytes.try_into().unwrap()));
    (tensor.shape()[1], tensor.data().chunks(4).map(number).collect())
}

/// The root of a sum of squares.
fn norm(values: impl Iterator<Item = f64>) -> f64 {
    values.map(|value| value * value).sum::<f64>().sqrt()
}

/// |a - b|
fn off(a: &[f64], b: &[f64]) -> f64 {
    norm(a.iter().zip(b).map(|(a, b)| a - b))
}

// Prints what it measured, for `--nocapture`.
#[allow(clippy::print_stdout)]
#[test]
fn the_reference_is_within_one_and_a_half_per_cent_of_librosa() {
    let bytes = std::fs::read(FIXTURE).unwrap();
    let tensors = SafeTensors::deserialize(&bytes).unwrap();
    let (_, metadata) = SafeTensors::read_metadata(&bytes).unwrap();
    let cases: Vec<Case> = serde_json::from_str(&metadata.metadata().as_ref().unwrap()["cases"]).unwrap();
    assert_eq!(cases.len(), 5);
    for (number, case) in cases.iter().enumerate() {
        let kind = Piece::ALL.into_iter().find(|kind| kind.name() == case.piece).unwrap();
        let Case { rate, bins, bins_per_octave: octave, fmin, .. } = *case;
        let filters = Filters { rate: f64::from(rate), fmin, bins, octave };
        let pad = if case.pad == "reflect" { Pad::Reflect } else { Pad::Zero };
        let ours = filters.magnitudes(&samples(kind, rate, case.samples), case.hop, pad);
        let (frames, theirs) = values(&tensors, &format!("{number}/cqt"));
        assert_eq!((ours.len(), ours[0].len() * frames), (frames, theirs.len()));
        let ours: Vec<_> = (0..theirs.len()).map(|i| ours[i % frames][i / frames]).collect();
        let whole = norm(theirs.iter().copied());
        let all = off(&ours, &theirs) / whole;
        // Of an octave in which there is little, a share of a quarter of all.
        let share = |(a, b): (&[f64], &[f64])| off(a, b) / norm(b.iter().copied()).max(0.25 * whole);
        let octaves = ours.chunks(octave * frames).zip(theirs.chunks(octave * frames));
        let worst = octaves.map(share).fold(0.0, f64::max);
        println!(
            "{} at {rate} Hz: {:.2} % in all, {:.2} % of the worst octave",
            case.piece,
            100.0 * all,
            100.0 * worst
        );
        assert!(all <= 0.015, "{case:?}: {all}");
        // A filter of another length or height would be off by more.
        assert!(worst <= 0.03, "{case:?}: {worst} of an octave");
    }
}

#[test]
fn wavelets_are_librosas() {
    let bytes = std::fs::read(FIXTURE).unwrap();
    let tensors = SafeTensors::deserialize(&bytes).unwrap();
    let [(width, re), (_, im)] = ["wavelet_re", "wavelet_im"].map(|name| values(&tensors, name));
    let filters = Filters { rate: 8000.0, fmin: 1000.0, bins: 12, octave: 12 };
    let bank = CqtBank::new(&CqtShape { rate: 8000.0, fmin: 1000.0, bins: 12, bins_per_octave: 12 }).unwrap();
    for bin in 0..12 {
        let (first, wavelet) = filters.wavelet(bin);
        let middle = width as i64 / 2;
        let mut there = vec![(0.0, 0.0); width];
        wavelet.iter().zip(first..).for_each(|(&z, t)| there[(middle + t) as usize] = z);
        let row = bin * width..(bin + 1) * width;
        for (i, ((&a, &b), (re, im))) in re[row.clone()].iter().zip(&im[row]).zip(&there).enumerate() {
            assert!((a - re).abs() < 1e-8 && (b - im).abs() < 1e-8, "filter {bin} at {i}");
        }
        // What multiplies a sample is the wavelet turned round, as in every convolution, times the root of its length.
        let ours = &bank.filters()[bin];
        let root = filters.length(bin).sqrt();
        let at = |t: i64| usize::try_from(t - first).ok().and_then(|i| wavelet.get(i)).copied().unwrap_or_default();
        let reach = middle + 1;
        for t in -reach..reach {
            let i = usize::try_from(t - ours.first).ok();
            let part = |half: &[f64]| i.and_then(|i| half.get(i)).copied().unwrap_or(0.0);
            let (re, im) = (root * at(-t).0, root * at(-t).1);
            assert!((part(&ours.re) - re).abs() < 1e-12 && (part(&ours.im) - im).abs() < 1e-12, "filter {bin} at {t}");
        }
    }
}

/// A tone of a filter's own frequency and height a gives `a sqrt(L) / 2`.
#[test]
fn a_tone_is_as_high_as_half_the_root_of_its_filter() {
    let filters = Filters { rate: 8000.0, fmin: 110.0, bins: 30, octave: 12 };
    for bin in [0, 7, 29] {
        let hz = 110.0 * (bin as f64 / 12.0).exp2();
        let tone: Vec<_> = (0..4000).map(|i| 0.3 * (TAU * hz * f64::from(i) / 8000.0 + 0.4).sin()).collect();
        let frames = filters.magnitudes(&tone, 500, Pad::Zero);
        let want = 0.15 * (filters.length(bin)).sqrt();
        assert!((frames[4][bin] / want - 1.0).abs() < 1e-3, "{} {want}", frames[4][bin]);
        assert!(frames[4].iter().all(|&other| other <= frames[4][bin]));
    }
}

/// Blocks times the signal's blocks, summed along diagonals, is what the filters say: on the host, by hand.
#[test]
fn filters_lie_in_blocks() {
    for (hop, rate) in [(64, 4000.0), (100, 4000.0), (333, 4000.0), (1024, 4000.0), (77, 5000.0)] {
        let shape = CqtShape { rate, fmin: 80.0, bins: 20, bins_per_octave: 8 };
        let blocks = CqtBlocks::new(&shape, hop).unwrap();
        let first = blocks.first_sample();
        for frames in [1, 5] {
            let samples = blocks.samples(frames);
            assert_eq!(samples % (4 * hop), 0);
            // Every filter's samples of the first and of the last frame are there.
            for filter in CqtBank::new(&shape).unwrap().filters() {
                let last = ((frames - 1) * hop) as i64;
                assert!(filter.first >= first, "{hop}");
                assert!(last + filter.first + filter.re.len() as i64 <= first + samples as i64, "{hop}");
            }
            // And not many more: two hops on each side at the most, and what makes fours of blocks.
            let longest = shape.length(0) as usize;
            assert!(samples <= (frames + 2 + 3) * hop + longest + hop, "{hop}: {samples} for {longest}");
        }
    }
}

#[test]
fn frames_settle_while_a_song_streams() {
    for pad in [Padding::Zero, Padding::Reflect] {
        let front_end =
            CqtFrontEnd { rate: 4000, hop: 100, fmin: 300.0, bins: 12, pad, ..CqtFrontEnd::seven_octaves(4000) };
        let filters = CqtBank::new(&front_end.shape()).unwrap();
        let naive = if pad == Padding::Zero { Pad::Zero } else { Pad::Reflect };
        let song: Vec<f64> = (0..900).map(|i| f64::from(i).sqrt().sin()).collect();
        let frames = |x: &[f64]| -> Vec<f64> {
            let filter = &filters.filters()[0];
            let frame = |f: i64| {
                filter.re.iter().zip(filter.first..).map(|(re, t)| re * at(x, 100 * f + t, naive)).sum::<f64>()
            };
            (0..9).map(frame).collect()
        };
        for seen in 1..700usize {
            let settled = front_end.settled_columns(seen as u64) as usize;
            let mut other = song.clone();
            other[seen..].iter_mut().for_each(|sample| *sample += 1.0);
            let (a, b) = (frames(&song), frames(&other));
            assert!((0..settled).all(|frame| a[frame] == b[frame]), "{pad:?} {seen}");
            assert_ne!(a[settled], b[settled], "{pad:?}: frame {settled} was settled at {seen}");
        }
    }
}

#[test]
fn filters_that_cannot_be_are_refused() {
    let good = CqtShape { rate: 22_050.0, fmin: 32.703, bins: 84, bins_per_octave: 12 };
    assert!(good.check().is_ok());
    let refused = |bad: CqtShape| CqtBank::new(&bad).unwrap_err().to_string();
    assert!(refused(CqtShape { bins: 0, ..good }).contains("bins (0)"));
    assert!(refused(CqtShape { bins_per_octave: 0, ..good }).contains("bins_per_octave (0)"));
    assert!(refused(CqtShape { fmin: 0.0, ..good }).contains("fmin (0 Hz)"));
    assert!(refused(CqtShape { rate: f64::NAN, ..good }).contains("NaN"));
    // librosa takes 101 filters at this rate and refuses 102, too.
    assert!(CqtShape { bins: 101, ..good }.check().is_ok());
    assert!(refused(CqtShape { bins: 102, ..good }).contains("above half of 22050 Hz"));
    assert!(refused(CqtShape { fmin: 2.0, ..good }).contains(&LONGEST.to_string()));
    assert!(CqtBlocks::new(&good, 0).unwrap_err().to_string().contains("hop"));
}
