//! What training is fed with.

use std::collections::{BTreeMap, BTreeSet};

use tunevote::Error;
use tunevote::data::{Augment, Balance, Batch, Batches, Levels, Masks, Sampler, SliceRef};
use tunevote::signal::front_end::{
    CqtFrontEnd, DbReference, Decibels, FrontEnd, MelFrontEnd, MfccFrontEnd, Normalisation, SliceGeometry, SoxFrontEnd,
    StackFrontEnd,
};

use crate::data_songs::*;

fn count<T: Ord>(items: impl Iterator<Item = T>) -> BTreeMap<T, usize> {
    let mut counts = BTreeMap::new();
    items.for_each(|item| *counts.entry(item).or_insert(0) += 1);
    counts
}

#[test]
fn an_epoch_holds_every_slice_once_or_every_label_as_often() {
    let plain = sampler(4, Balance::None, 1);
    assert_eq!((plain.counts(), plain.slices(), plain.steps()), (vec![17, 5, 1], 23, 6));
    let order = plain.order(0);
    assert_eq!(order.iter().map(|(slice, _)| *slice).collect::<BTreeSet<_>>().len(), 23);
    assert!(order.len() == 23 && order.iter().all(|(slice, label)| LABELS[slice.song] == *label));

    let even = sampler(4, Balance::Labels, 1);
    assert_eq!((even.slices(), even.steps()), (51, 13));
    let order = even.order(0);
    assert_eq!(count(order.iter().map(|(_, label)| *label)), BTreeMap::from([(0, 17), (1, 17), (2, 17)]));
    let often = count(order.iter().map(|(slice, _)| *slice));
    assert_eq!(often.len(), 23);
    for (slice, often) in often {
        let allowed = [1..=1, 3..=4, 17..=17][LABELS[slice.song]].clone();
        assert!(allowed.contains(&often), "{slice:?} {often}");
    }
    // A label without slices is left out, and the others stay even.
    let three = Sampler::new(&slices(&LENGTHS[..3]), &LABELS, 3, 4, Balance::Labels, 1).unwrap();
    assert_eq!((three.slices(), three.order(0).len()), (34, 34));
}

#[test]
fn orders_are_functions_of_seed_and_epoch() {
    for balance in [Balance::None, Balance::Labels] {
        let order = |seed, epoch| sampler(4, balance, seed).order(epoch);
        assert_eq!(order(3, 5), order(3, 5));
        let orders: Vec<_> = [(3, 5), (3, 6), (4, 5), (5, 3)].map(|(seed, epoch)| order(seed, epoch)).into();
        for (place, one) in orders.iter().enumerate() {
            assert!(orders[..place].iter().all(|other| other != one));
        }
    }
    // All labels mix: the first batch of most epochs has more than one.
    let sampler = sampler(6, Balance::Labels, 0);
    let mixed = (0..50).filter(|&epoch| count(sampler.order(epoch)[..6].iter().map(|(_, label)| *label)).len() > 1);
    assert!(mixed.count() > 45);
}

#[test]
fn samplers_refuse_nonsense() {
    let new = |slices: &[SliceRef], labels: &[usize], batch| Sampler::new(slices, labels, 3, batch, Balance::None, 0);
    assert!(matches!(new(&slices(&LENGTHS), &LABELS, 0), Err(Error::Argument { .. })));
    assert!(matches!(new(&[], &LABELS, 4), Err(Error::Training(_))));
    assert!(matches!(new(&slices(&LENGTHS), &LABELS[..3], 4), Err(Error::Shape { .. })));
    assert!(matches!(new(&slices(&LENGTHS), &[0, 0, 1, 3], 4), Err(Error::Shape { .. })));
    let (_root, mut some) = pictures(&LENGTHS);
    some.remove(&2);
    let new = Batches::new(sampler(4, Balance::None, 0), some, &front_end(), Augment::default(), 0);
    assert!(matches!(new, Err(Error::Shape { .. })));
    let (_root, short) = pictures(&[120, 30, 43, 12]);
    let new = Batches::new(sampler(4, Balance::None, 0), short, &front_end(), Augment::default(), 0);
    assert!(matches!(new, Err(Error::Shape { .. })));
}

/// Song and first column of a slice that was not changed, after checking all of it.
fn origin(slice: &[f32]) -> (usize, usize) {
    let start = slice.iter().copied().fold(f32::INFINITY, f32::min) as usize;
    let (song, first) = (start / 256, start % 256 / 2);
    for (at, &found) in slice.iter().enumerate() {
        assert_eq!(found, value(song, first + at % WIDTH, FIRST_ROW + at / WIDTH), "value {at}");
    }
    (song, first)
}

fn each(batches: &[Batch]) -> impl Iterator<Item = (&[f32], &[f32])> {
    batches.iter().flat_map(|batch| batch.slices.chunks(WIDTH * HEIGHT).zip(batch.targets.chunks(3)))
}

#[test]
fn batches_hold_the_slices_and_their_labels() {
    let (_root, batches) = batches(5, Balance::None, Augment::default(), 2);
    let taken = all(&batches, 1);
    assert_eq!(taken.len(), 5);
    let mut seen = BTreeMap::new();
    for (slice, target) in each(&taken) {
        let (song, first) = origin(slice);
        let mut expected = [0.0; 3];
        expected[LABELS[song]] = 1.0;
        assert_eq!(target, expected);
        assert_eq!(first % HOP, 0);
        *seen.entry(SliceRef { song, slice: (first / HOP) as u64 }).or_insert(0) += 1;
    }
    // 25 places for 23 slices: the first two of the order come again at the end.
    let order = batches.sampler().order(1);
    let again: BTreeSet<_> = order[..2].iter().map(|(slice, _)| *slice).collect();
    assert_eq!(seen.keys().copied().collect::<Vec<_>>(), slices(&LENGTHS));
    assert!(seen.iter().all(|(slice, &times)| times == 1 + usize::from(again.contains(slice))), "{seen:?}");
    assert!(matches!(batches.epoch(1).batch(5), Err(Error::Argument { .. })));
}

#[test]
fn a_batch_larger_than_the_epoch_goes_round() {
    let (_root, batches) = batches(60, Balance::None, Augment::default(), 2);
    assert_eq!(batches.steps(), 1);
    assert_eq!(count(each(&all(&batches, 0)).map(|(slice, _)| origin(slice))).len(), 23);
}

#[test]
fn shifts_reach_every_column_and_stay_inside() {
    let augment = Augment { shift: true, ..Augment::default() };
    let (_root, batches) = batches(23, Balance::None, augment, 2);
    let mut starts: BTreeMap<usize, BTreeSet<usize>> = BTreeMap::new();
    for epoch in 0..120 {
        let taken = all(&batches, epoch);
        let origins: Vec<_> = each(&taken).map(|(slice, _)| origin(slice)).collect();
        // Each slice starts between its own start and the next one's.
        let cells: BTreeSet<_> = origins.iter().map(|&(song, first)| (song, first / HOP)).collect();
        assert_eq!(cells.len(), 23);
        for (song, first) in origins {
            starts.entry(song).or_default().insert(first);
        }
    }
    for (song, starts) in starts {
        // The whole of the song, up to the last window that fits and no further than the last slice's own share.
        let last = LENGTHS[song] - WIDTH;
        assert_eq!(starts, (0..=last).collect(), "song {song}");
    }
}

#[test]
fn masks_are_runs_of_the_mean() {
    let masks = Masks { count: 1, longest: 4 };
    let time = Augment { time: masks, ..Augment::default() };
    let frequency = Augment { frequency: masks, ..Augment::default() };
    let (_root, plain) = batches(23, Balance::None, Augment::default(), 7);
    for (augment, columns) in [(time, true), (frequency, false)] {
        let (_root, masked) = batches(23, Balance::None, augment, 7);
        let (mut lengths, mut starts) = (BTreeSet::new(), BTreeSet::new());
        for epoch in 0..20 {
            let (before, after) = (all(&plain, epoch), all(&masked, epoch));
            assert_eq!(before[0].targets, after[0].targets);
            for ((old, _), (new, _)) in each(&before).zip(each(&after)) {
                let mean = old.iter().map(|&v| f64::from(v)).sum::<f64>() / old.len() as f64;
                let line = |at: usize| if columns { at % WIDTH } else { at / WIDTH };
                let lines = if columns { WIDTH } else { HEIGHT };
                let changed: BTreeSet<usize> = (0..old.len()).filter(|&at| old[at] != new[at]).map(line).collect();
                let masked = |at: &usize| changed.contains(&line(*at));
                assert!((0..old.len()).filter(masked).all(|at| (f64::from(new[at]) - mean).abs() < 1e-4 * mean.abs()));
                lengths.insert(changed.len());
                if let (Some(&first), Some(&last)) = (changed.first(), changed.last()) {
                    assert_eq!(last + 1 - first, changed.len(), "one run");
                    assert!(last < lines);
                    starts.insert(first);
                }
            }
        }
        assert_eq!(lengths, (0..=4).collect());
        assert_eq!(starts.len(), if columns { WIDTH } else { HEIGHT });
    }
}

#[test]
fn levels_are_the_front_ends() {
    // grey = 1 + (1 + dB / 120) 249, input (grey + 4) / 255.
    let sox = Levels::of(&FrontEnd::Sox(SoxFrontEnd::at(44_100)));
    assert!((sox.per_db - 249.0 / 120.0 / 255.0).abs() < 1e-7, "{sox:?}");
    assert!((sox.lowest - 4.0 / 255.0).abs() < 1e-7 && (sox.highest - 254.0 / 255.0).abs() < 1e-7, "{sox:?}");
    // (dB + 20) / 20 from -80 dB.
    let compact = MelFrontEnd::compact();
    let mel = Levels::of(&FrontEnd::Mel(compact.clone()));
    assert!(
        (mel.per_db - 0.05).abs() < 1e-7 && (mel.lowest + 3.0).abs() < 1e-6 && mel.highest == f32::INFINITY,
        "{mel:?}"
    );
    let amplitude = MelFrontEnd {
        power: 1,
        to_db: Decibels { amin: 1e-3, reference: DbReference::Value(10.0), ..compact.to_db },
        ..compact.clone()
    };
    assert!((Levels::of(&FrontEnd::Mel(amplitude)).lowest + 3.0).abs() < 1e-6);
    let to_db = Decibels { top_db: Some(80.0), ..compact.to_db };
    let relative = Levels::of(&FrontEnd::Mel(MelFrontEnd { to_db, ..compact }));
    assert_eq!((relative.lowest, relative.highest), (f32::NEG_INFINITY, f32::INFINITY));

    let mut slice = [-3.0, -2.9, 0.0, 1.0];
    mel.gain(&mut slice, 6.0);
    assert_eq!(slice, [-3.0, -2.9 + 6.0 * mel.per_db, 6.0 * mel.per_db, 1.0 + 6.0 * mel.per_db]);
    let mut slice = [-3.0, -2.9, 0.0];
    mel.gain(&mut slice, -6.0);
    assert_eq!(slice, [-3.0, -3.0, -6.0 * mel.per_db]);
    let mut slice = [4.0 / 255.0, 5.0 / 255.0, 250.0 / 255.0];
    sox.gain(&mut slice, 60.0);
    assert!(slice[0] == 4.0 / 255.0 && (slice[1] - 129.5 / 255.0).abs() < 1e-6 && slice[2] == sox.highest, "{slice:?}");
    let mut slice = [-5.0, 5.0];
    relative.gain(&mut slice, 20.0);
    assert_eq!(slice, [-4.0, 6.0]);

    // log10(1 + 10000 S): a gain of 20 dB makes S a hundred times larger.
    let compressed = Levels::of(&FrontEnd::Mel(MelFrontEnd::musicnn()));
    let level = |s: f64| (1.0 + 1e4 * s).log10() as f32;
    let bands = [0.0, 1e-6, 1e-4, 0.01, 3.0];
    for (db, factor) in [(20.0, 100.0), (-10.0, 0.1)] {
        let mut slice = bands.map(level);
        compressed.gain(&mut slice, db);
        for (got, band) in slice.into_iter().zip(bands) {
            let want = level(factor * band);
            assert!((got - want).abs() < 2e-5 * (1.0 + want), "{band} by {db} dB: {got}, and should be {want}");
        }
    }
}

/// A slice (10,12) before and after a gain, of a picture of 16 rows.
fn gained(front_end: &FrontEnd) -> (Vec<f32>, Vec<f32>) {
    let read = |gain_db| {
        let (_root, pictures) = pictures_of(&[12], front_end, |_, column, row| -(((column * 7 + row * 3) % 40) as f32));
        let sampler = Sampler::new(&[SliceRef { song: 0, slice: 0 }], &[0], 1, 1, Balance::None, 3).unwrap();
        let augment = Augment { gain_db, ..Augment::default() };
        let batches = Batches::new(sampler, pictures, front_end, augment, 5).unwrap();
        batches.epoch(0).batch(0).unwrap().slices
    };
    (read(0.0), read(30.0))
}

/// Twelve columns and rows 3 to 12 of 16.
const INNER: SliceGeometry = SliceGeometry { width: 12, height: 10, first_row: 3, hop: 12 };

#[test]
fn a_gain_is_as_many_decibels_in_all_parts_of_a_stack() {
    let slices = SliceGeometry { height: 9, first_row: 0, ..INNER };
    let mel = MelFrontEnd { n_mels: 9, rate: 44_100, slices, ..MelFrontEnd::librosa(44_100) };
    let doubled = Decibels { doubled: true, ..mel.to_db };
    let mel = MelFrontEnd { to_db: doubled, ..mel };
    let normalisation = Normalisation { subtract: 0.0, divide: -4.0 };
    let slices = SliceGeometry { height: 7, ..slices };
    let cqt = CqtFrontEnd { bins: 7, normalisation, slices, ..CqtFrontEnd::seven_octaves(44_100) };
    let levels = [FrontEnd::Mel(mel.clone()), FrontEnd::Cqt(cqt.clone())].map(|part| Levels::of(&part));
    // From -160 doubled decibels; from -80 of amplitudes, turned over.
    assert_eq!(
        levels.map(|part| [part.per_db, part.lowest, part.factor]),
        [[2.0, -160.0, 10.0], [-0.25, f32::NEG_INFINITY, 20.0]]
    );
    assert_eq!(levels[1].highest, 20.0);
    let mut stack = StackFrontEnd::new(vec![FrontEnd::Mel(mel), FrontEnd::Cqt(cqt)]);
    stack.slices = INNER;
    let stack = FrontEnd::Stack(stack);
    stack.check().unwrap();
    let whole = Levels::of(&stack);
    assert_eq!([whole.lowest, whole.highest, whole.per_db], [f32::NEG_INFINITY, f32::INFINITY, 0.0]);
    let (old, new) = gained(&stack);
    let moved: Vec<_> = new.iter().zip(&old).map(|(new, old)| new - old).collect();
    // Rows 3 to 8 are mel bands.
    let db = moved[0] / 2.0;
    assert!(db.abs() > 1.0, "{db}");
    for (row, moved) in moved.chunks(12).enumerate() {
        let want = if row < 6 { 2.0 * db } else { -0.25 * db };
        assert!(moved.iter().all(|by| (by - want).abs() < 1e-4), "row {row}: {moved:?}, and should be {want}");
    }
}

#[test]
fn a_gain_moves_the_first_coefficient_alone() {
    let slices = SliceGeometry { first_row: 0, ..INNER };
    let normalisation = Normalisation { subtract: 3.0, divide: 4.0 };
    let mel = MelFrontEnd { n_mels: 25, slices, normalisation, ..MelFrontEnd::librosa(22_050) };
    let mfcc = FrontEnd::Mfcc(MfccFrontEnd { mel, n_mfcc: 16 });
    mfcc.check().unwrap();
    let (old, new) = gained(&mfcc);
    assert_eq!(old[12..], new[12..]);
    // The root of 25 bands, a quarter of it: a dB is 1.25.
    let db = (new[0] - old[0]) / 1.25;
    assert!((1.0..30.0).contains(&db.abs()), "{db}");
    assert!(new[..12].iter().zip(&old).all(|(new, old)| (new - old - 1.25 * db).abs() < 1e-4));
    // What wears frequencies has nothing to wear there.
    let (_root, pictures) = pictures_of(&[12], &mfcc, |_, _, _| 0.0);
    let sampler = Sampler::new(&[SliceRef { song: 0, slice: 0 }], &[0], 1, 1, Balance::None, 3).unwrap();
    let mut augment = Augment { time: Masks::default(), frequency: Masks::default(), ..Augment::strong() };
    augment.wear.rows = 1;
    let error = Batches::new(sampler, pictures, &mfcc, augment, 5).unwrap_err().to_string();
    assert!(error.contains("mfcc") && error.contains("eq_db"), "{error}");
}

#[test]
fn gains_fill_their_range() {
    let (_root, plain) = batches(23, Balance::None, Augment::default(), 7);
    let (_root, louder) = batches(23, Balance::None, Augment { gain_db: 6.0, ..Augment::default() }, 7);
    let mut gains = Vec::new();
    for epoch in 0..40 {
        for ((old, _), (new, _)) in each(&all(&plain, epoch)).zip(each(&all(&louder, epoch))) {
            let gain = new[0] - old[0];
            assert!(old.iter().zip(new).all(|(old, new)| (new - old - gain).abs() < 1e-3));
            gains.push(gain);
        }
    }
    // Uniform from -6 to 6: mean 0, variance 12, within four standard errors.
    let n = gains.len() as f32;
    let (mean, square) = (gains.iter().sum::<f32>() / n, gains.iter().map(|gain| gain * gain).sum::<f32>() / n);
    assert!(gains.iter().all(|gain| gain.abs() < 6.001));
    assert!(
        mean.abs() < 4.0 * (12.0 / n).sqrt() && (square - 12.0).abs() < 4.0 * (115.2 / n).sqrt(),
        "{mean} {square}"
    );
}

#[test]
fn mixup_mixes_slices_and_targets_alike() {
    let (_root, plain) = batches(24, Balance::Labels, Augment::default(), 7);
    for alpha in [0.05f32, 0.4, 1.0] {
        let (_root, mixed) = batches(24, Balance::Labels, Augment { mixup: alpha, ..Augment::default() }, 7);
        let mut shares = Vec::new();
        for epoch in 0..60 {
            for (before, after) in all(&plain, epoch).iter().zip(&all(&mixed, epoch)) {
                let rows = |batch: &Batch, at: usize| {
                    let slice = batch.slices[at * WIDTH * HEIGHT..(at + 1) * WIDTH * HEIGHT].to_vec();
                    (slice, batch.targets[at * 3..(at + 1) * 3].to_vec())
                };
                for at in 0..24 {
                    let ((old, own), (new, target)) = (rows(before, at), rows(after, at));
                    assert!((target.iter().sum::<f32>() - 1.0).abs() < 1e-6);
                    let label = own.iter().position(|&share| share == 1.0).unwrap();
                    let share = target[label];
                    if !(0.001..=0.999).contains(&share) {
                        continue;
                    }
                    shares.push(f64::from(share));
                    let mix = |other: &[f32], at: usize| share * old[at] + (1.0 - share) * other[at];
                    let partner = (0..24).map(|other| rows(before, other)).find(|(slice, label)| {
                        let same = |at: usize| (mix(slice, at) - new[at]).abs() < 0.05;
                        let label = own.iter().zip(label).map(|(own, other)| share * own + (1.0 - share) * other);
                        label.eq(target.iter().copied()) && (0..new.len()).all(same)
                    });
                    assert!(partner.is_some(), "slice {at} is no mixture, share {share}");
                }
            }
        }
        assert!(shares.len() > 300, "{alpha}: {}", shares.len());
    }
}

/// Beta(a, a) has mean 1/2 and variance 1 / (4 (2 a + 1)); of n slices that are shuffled, one meets itself on average.
#[test]
fn mixup_draws_from_beta() {
    const N: usize = 8;
    let lengths = [WIDTH; N];
    let labels: Vec<usize> = (0..N).collect();
    for alpha in [0.05, 0.3, 1.0] {
        let (_root, pictures) = pictures(&lengths);
        let sampler = Sampler::new(&slices(&lengths), &labels, N, N, Balance::None, 5).unwrap();
        let augment = Augment { mixup: alpha as f32, ..Augment::default() };
        let batches = Batches::new(sampler, pictures, &front_end(), augment, 5).unwrap();
        let (mut sum, mut squares, mut n) = (0.0, 0.0, 0.0);
        for epoch in 0..600 {
            let order = batches.sampler().order(epoch);
            for batch in all(&batches, epoch) {
                for (target, (_, label)) in batch.targets.chunks(N).zip(&order) {
                    let share = f64::from(target[*label]);
                    (sum, squares, n) = (sum + share, squares + (share - 0.5).powi(2), n + 1.0);
                }
            }
        }
        let met = 1.0 / N as f64;
        let variance = 1.0 / (4.0 * (2.0 * alpha + 1.0));
        let (mean, square) = (0.5 + 0.5 * met, (1.0 - met) * variance + met * 0.25);
        // Four standard errors; squares lie between 0 and 1/4, so their deviation is below 1/8.
        assert!((sum / n - mean).abs() < 4.0 * 0.5 / f64::sqrt(n), "{alpha}: {} and {mean}", sum / n);
        assert!((squares / n - square).abs() < 4.0 * 0.125 / f64::sqrt(n), "{alpha}: {} and {square}", squares / n);
    }
}

#[test]
fn options_are_checked_and_kept() {
    let check = |augment: Augment| augment.check(front_end().slices());
    let base = Augment::default();
    for (bad, name) in [
        (Augment { gain_db: -1.0, ..base }, "gain_db"),
        (Augment { gain_db: f32::NAN, ..base }, "gain_db"),
        (Augment { mixup: 1.5, ..base }, "mixup"),
        (Augment { mixup: 0.001, ..base }, "mixup"),
        (Augment { mixup: f32::NAN, ..base }, "mixup"),
        (Augment { time: Masks { count: 1, longest: 13 }, ..base }, "time masks"),
        (Augment { frequency: Masks { count: 1, longest: 11 }, ..base }, "frequency masks"),
    ] {
        let error = check(bad).unwrap_err().to_string();
        assert!(error.starts_with("augment: ") && error.contains(name), "{error}");
    }
    check(Augment { time: Masks { count: 9, longest: 12 }, mixup: 1.0, gain_db: 60.0, ..base }).unwrap();
    let compact = FrontEnd::Mel(MelFrontEnd::compact());
    Augment::mild().check(compact.slices()).unwrap();
    assert_eq!(Augment::of_system("slice-cnn"), Augment::default());
    assert_eq!(Augment::of_system("compact"), Augment::mild());
    let text = serde_json::to_string(&Augment::mild()).unwrap();
    assert_eq!(serde_json::from_str::<Augment>(&text).unwrap(), Augment::mild());
    assert_eq!(serde_json::from_str::<Augment>(r#"{"shift": true}"#).unwrap(), Augment { shift: true, ..base });
    assert!(serde_json::from_str::<Augment>(r#"{"shfit": true}"#).is_err());
}
