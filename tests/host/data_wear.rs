//! Pictures worn as by players, rooms and codecs.

use std::collections::{BTreeMap, BTreeSet};

use tunevote::Error;
use tunevote::data::{Augment, Balance, Batches, PictureFile, Sampler, SliceRef, Wear};
use tunevote::signal::front_end::{Decibels, Floor, FrontEnd, MelFrontEnd};

use crate::data_songs::{HEIGHT, WIDTH, front_end, pictures_of, slices};

/// Slices of one song as they are and as they were worn, over and over.
fn worn(front_end: &FrontEnd, wear: Wear, value: fn(usize, usize, usize) -> f32) -> Vec<(Vec<f32>, Vec<f32>)> {
    let lengths = [120];
    let batches = |wear| {
        let (root, pictures) = pictures_of(&lengths, front_end, value);
        let sampler = Sampler::new(&slices(&lengths), &[0], 1, 14, Balance::None, 3).unwrap();
        (root, Batches::new(sampler, pictures, front_end, Augment { wear, ..Augment::default() }, 3).unwrap())
    };
    let ((_a, plain), (_b, worn)) = (batches(Wear::default()), batches(wear));
    let all = |batches: &Batches, epoch| batches.epoch(epoch).batch(0).unwrap().slices;
    let cut = |slices: Vec<f32>| slices.chunks(WIDTH * HEIGHT).map(<[f32]>::to_vec).collect::<Vec<_>>();
    (0..40).flat_map(|epoch| cut(all(&plain, epoch)).into_iter().zip(cut(all(&worn, epoch)))).collect()
}

/// dB between -50 and 0 that no two neighbours share.
fn uneven(_: usize, column: usize, row: usize) -> f32 {
    -(((column * 7 + row * 13) % 51) as f32)
}

#[test]
fn pitch_moves_rows() {
    let mut seen = BTreeSet::new();
    for (old, new) in worn(&front_end(), Wear { rows: 3, ..Wear::default() }, uneven) {
        let row = |slice: &[f32], row: i64| slice[row as usize * WIDTH..][..WIDTH].to_vec();
        let last = HEIGHT as i64 - 1;
        let steps = (-3..=3).find(|steps| (0..=last).all(|at| row(&new, at) == row(&old, (at - steps).clamp(0, last))));
        seen.insert(steps.expect("no move of at most three rows"));
    }
    assert_eq!(seen, (-3..=3).collect());
}

#[test]
fn tempo_squeezes_and_stretches_columns() {
    // A ramp: how steep it is afterwards says how many columns went into the slice.
    let ramp = |_: usize, column: usize, row: usize| column as f32 - 60.0 - (row % 2) as f32;
    let mut seen = BTreeSet::new();
    for (old, new) in worn(&front_end(), Wear { tempo: 0.25, ..Wear::default() }, ramp) {
        for (old, new) in old.chunks(WIDTH).zip(new.chunks(WIDTH)) {
            let columns = new[WIDTH - 1] - new[0] + 1.0;
            assert!((columns - columns.round()).abs() < 1e-4 && new[0] == old[0], "{old:?} {new:?}");
            let step = (columns - 1.0) / (WIDTH - 1) as f32;
            assert!(new.iter().enumerate().all(|(at, value)| (value - new[0] - step * at as f32).abs() < 1e-4));
            seen.insert(columns.round() as usize);
        }
    }
    assert_eq!(seen, (9..=15).collect());
}

#[test]
fn an_equaliser_is_straight_between_five_points() {
    let mut largest = 0f32;
    for (old, new) in worn(&front_end(), Wear { eq_db: 8.0, ..Wear::default() }, uneven) {
        let gains: Vec<f32> = (0..HEIGHT).map(|row| new[row * WIDTH] - old[row * WIDTH]).collect();
        for (at, (old, new)) in old.iter().zip(&new).enumerate() {
            assert!((new - old - gains[at / WIDTH]).abs() < 1e-4);
        }
        // Ten rows: points at 0, 2.25, 4.5, 6.75 and 9, so rows 0 to 2, 3 and 4, 5 and 6, 7 to 9 lie on a line each.
        for line in [[0, 1, 2], [7, 8, 9]] {
            let [a, b, c] = line.map(|row| gains[row]);
            assert!((a - 2.0 * b + c).abs() < 1e-4, "{gains:?}");
        }
        largest = gains.iter().fold(largest, |most, gain| most.max(gain.abs()));
    }
    assert!((7.0..=8.001).contains(&largest), "{largest}");
}

#[test]
fn bands_are_cut_off_in_their_share_of_slices() {
    let silence = -80.0;
    let (mut cut, mut all, mut highest, mut lowest) = (0, 0, 0, 0);
    for (old, new) in worn(&front_end(), Wear { band: 0.5, ..Wear::default() }, uneven) {
        let silent = |row: usize| new[row * WIDTH..][..WIDTH].iter().all(|&value| value == silence);
        let below = (0..HEIGHT).take_while(|&row| silent(row)).count();
        let above = (0..HEIGHT).rev().take_while(|&row| silent(row)).count();
        let kept = below * WIDTH..(HEIGHT - above) * WIDTH;
        assert_eq!(new[kept.clone()], old[kept]);
        (cut, all) = (cut + i32::from(below + above > 0), all + 1);
        (lowest, highest) = (lowest.max(below), highest.max(above));
    }
    // .15 and .6 of ten rows, of which less than a row is none: 1 - (1/1.5) (1/6) of a half.
    assert_eq!((lowest, highest), (1, 5));
    let share = f64::from(cut) / f64::from(all);
    assert!((share - 0.5 * 8.0 / 9.0).abs() < 4.0 * 0.5 / f64::from(all).sqrt(), "{share}");
}

#[test]
fn noise_adds_its_power() {
    let power = |db: f32| 10f64.powf(f64::from(db) / 10.0);
    let mean = |slice: &[f32]| slice.iter().map(|&db| power(db)).sum::<f64>() / slice.len() as f64;
    let mut levels = Vec::new();
    for (old, new) in worn(&front_end(), Wear { noise_db: 20.0, ..Wear::default() }, uneven) {
        // f32 holds a dB within 4e-6, so that what is added to loud cells is known within a millionth of them.
        assert!(old.iter().zip(&new).all(|(old, new)| *new >= old - 1e-4));
        levels.push(10.0 * ((mean(&new) - mean(&old)) / mean(&old)).max(1e-9).log10());
    }
    // From 20 to 60 dB below, tilted by up to 10 dB either way, and with the spread of 120 exponential numbers.
    let largest = levels.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let middle = levels.iter().sum::<f64>() / levels.len() as f64;
    assert!((-25.0..-12.0).contains(&largest) && (-44.0..-34.0).contains(&middle), "{largest} {middle}");
    // Silence has no power to be noisy below.
    for (_, new) in worn(&front_end(), Wear { noise_db: 20.0, ..Wear::default() }, |_, _, _| -80.0) {
        assert!(new.iter().all(|db| (-80.0..-77.0).contains(db)), "{new:?}");
    }
}

#[test]
fn noise_keeps_to_compressed_levels_too() {
    let FrontEnd::Mel(mel) = front_end() else { unreachable!() };
    let to_db = Decibels { floor: Floor::Add, ..mel.to_db };
    let front_end = FrontEnd::Mel(MelFrontEnd { to_db, ..mel });
    // amin is 1e-8 and 0 dB is 1: values are 10 log10(S + 1e-8).
    let value = |_: usize, column: usize, row: usize| -(((column * 7 + row * 13) % 51) as f32);
    let band = |db: f32| 10f64.powf(f64::from(db) / 10.0) - 1e-8;
    let mut shares = Vec::new();
    for (old, new) in worn(&front_end, Wear { noise_db: 20.0, ..Wear::default() }, value) {
        let added = old.iter().zip(&new).map(|(old, new)| band(*new) - band(*old)).sum::<f64>();
        let all = old.iter().map(|old| band(*old)).sum::<f64>();
        assert!(added > -1e-5 * all && added < 0.1 * all, "{added} of {all}");
        shares.push(added / all);
    }
    // From 20 to 60 dB below: of any two dozen slices one is nearer than 40.
    let largest = shares.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    assert!(largest > 1e-4, "{largest}");
}

#[test]
fn wear_is_checked_and_kept() {
    let check = |wear: Wear| Augment { wear, ..Augment::default() }.check(front_end().slices());
    let none = Wear::default();
    for (bad, name) in [
        (Wear { tempo: 0.6, ..none }, "tempo"),
        (Wear { tempo: f32::NAN, ..none }, "tempo"),
        (Wear { rows: 10, ..none }, "rows"),
        (Wear { eq_db: -1.0, ..none }, "eq_db"),
        (Wear { band: 1.1, ..none }, "band"),
        (Wear { noise_db: 61.0, ..none }, "noise_db"),
    ] {
        match check(bad) {
            Err(Error::Argument { operation: "augment", problem }) => assert!(problem.starts_with(name), "{problem}"),
            other => panic!("{name}: {other:?}"),
        }
    }
    let strong = Augment::strong();
    strong.check(FrontEnd::Mel(MelFrontEnd::compact()).slices()).unwrap();
    let text = serde_json::to_string(&strong).unwrap();
    assert_eq!(serde_json::from_str::<Augment>(&text).unwrap(), strong);
}

/// A slice is the same function of seed, epoch and step, whatever else is asked for.
#[test]
fn wear_repeats() {
    let lengths = [120, 60];
    let (_root, pictures) = pictures_of(&lengths, &front_end(), uneven);
    let all: Vec<SliceRef> = slices(&lengths);
    let strong = Augment { time: Default::default(), frequency: Default::default(), ..Augment::strong() };
    let augment = Augment { wear: Wear { rows: 3, ..strong.wear }, ..strong };
    let sampler = Sampler::new(&all, &[0, 1], 2, 8, Balance::Labels, 3).unwrap();
    let batches = Batches::new(sampler, pictures, &front_end(), augment, 3).unwrap();
    let first = batches.epoch(2).batch(1).unwrap();
    batches.epoch(0).batch(0).unwrap();
    assert_eq!(batches.epoch(2).batch(1).unwrap(), first);
    assert_ne!(batches.epoch(1).batch(1).unwrap().slices, first.slices);
}

#[test]
fn a_share_of_slices_is_of_the_coded_file() {
    let lengths = [120, 60];
    let (_a, plain) = pictures_of(&lengths, &front_end(), |song, _, _| song as f32 - 2.0);
    // The first song's coded file ends early: its last slices are the song's own.
    let (_b, mut coded) = pictures_of(&[70], &front_end(), |_, _, _| -9.0);
    let last = front_end().slices().count(70);
    let drawn = |share: f32, coded: &BTreeMap<usize, PictureFile>| {
        let all = slices(&lengths);
        let sampler = Sampler::new(&all, &[0, 1], 2, 8, Balance::None, 3).unwrap();
        let augment = Augment { wear: Wear { coded: share, ..Wear::default() }, ..Augment::default() };
        let batches = Batches::new(sampler, plain.clone(), &front_end(), augment, 3).unwrap().with_coded(coded.clone());
        let (mut of, mut from_coded) = (0, 0);
        for epoch in 0..40 {
            let epoch = batches.epoch(epoch);
            for slice in (0..batches.steps()).flat_map(|step| epoch.batch(step).unwrap().slices) {
                of += 1;
                from_coded += usize::from(slice == -9.0);
            }
        }
        from_coded as f64 / of as f64
    };
    let possible = last as f64 / slices(&lengths).len() as f64;
    let all = drawn(1.0, &coded);
    assert!((all - possible).abs() < 0.02, "{all} of {possible}");
    let some = drawn(0.3, &coded);
    assert!((some - 0.3 * possible).abs() < 0.04, "{some} of {possible}");
    assert_eq!(drawn(0.0, &coded), 0.0);
    coded.clear();
    assert_eq!(drawn(1.0, &coded), 0.0);
}
