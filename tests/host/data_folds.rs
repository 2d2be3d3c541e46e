//! No artist in two folds, every song in one, and each label's songs as evenly as artists allow.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use tunevote::data::{Folds, Fractions, Split};

use super::data_split::{dataset, paths_of};

/// The folds, and behind them the songs held out.
fn sides(folds: &Folds) -> Vec<&Vec<usize>> {
    folds.folds.iter().chain([&folds.held_out]).collect()
}

/// Songs of (label, artist), each artist with one label: `artists` artists a label with the sizes that follow.
fn one_label_each(artists_of: &[Vec<usize>]) -> Vec<(usize, u32)> {
    let mut artist = 0;
    let mut songs = Vec::new();
    for (label, sizes) in artists_of.iter().enumerate() {
        for &size in sizes {
            artist += 1;
            songs.extend(std::iter::repeat_n((label, artist), size));
        }
    }
    songs
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn every_song_is_once_and_no_artist_twice(
        artists_of in prop::collection::vec(prop::collection::vec(1usize..7, 9..14), 2..4),
        folds in 2usize..5, held_out in 0.0..0.2, seed: u64,
    ) {
        let songs = one_label_each(&artists_of);
        let made = Folds::by_artist(&dataset(&songs), folds, held_out, seed).unwrap();
        prop_assert_eq!(made.folds.len(), folds);
        let mut all: Vec<usize> = sides(&made).into_iter().flatten().copied().collect();
        all.sort_unstable();
        prop_assert_eq!(all, (0..songs.len()).collect::<Vec<_>>());
        let mut side_of = BTreeMap::new();
        for (number, side) in sides(&made).into_iter().enumerate() {
            prop_assert!(side.is_sorted());
            for &song in side {
                prop_assert_eq!(*side_of.entry(songs[song].1).or_insert(number), number, "artist {}", songs[song].1);
            }
        }
        for label in 0..artists_of.len() {
            prop_assert!(made.folds.iter().all(|fold| fold.iter().any(|&song| songs[song].0 == label)));
        }
        prop_assert!(made.warnings.is_empty(), "{:?}", made.warnings);
        // What is held out does not depend on the folds, and is what `train` would test with.
        let fractions = Fractions { validation: 0.0, test: held_out };
        prop_assert_eq!(&made.held_out, &Split::by_artist(&dataset(&songs), fractions, seed).unwrap().test);
    }

    #[test]
    fn order_of_the_list_does_not_matter(
        artists_of in prop::collection::vec(prop::collection::vec(1usize..5, 9..12), 2..4), seed: u64, turn in 0usize..100,
    ) {
        let songs = one_label_each(&artists_of);
        let one = dataset(&songs);
        let mut two = one.clone();
        two.songs.rotate_left(turn % songs.len());
        two.songs.reverse();
        two.songs.iter_mut().for_each(|song| song.path = std::path::Path::new("/elsewhere").join(&song.path));
        let of = |all, made: Folds| -> Vec<BTreeSet<String>> {
            sides(&made).into_iter().map(|side| paths_of(all, side)).collect()
        };
        let first = of(&one, Folds::by_artist(&one, 4, 0.15, seed).unwrap());
        let second = of(&two, Folds::by_artist(&two, 4, 0.15, seed).unwrap());
        let moved: Vec<BTreeSet<String>> =
            second.into_iter().map(|side| side.into_iter().map(|path| path.replace("/elsewhere/", "")).collect()).collect();
        prop_assert_eq!(first, moved);
    }
}

/// Artists of equal size can be divided exactly.
#[test]
fn labels_are_spread_evenly_where_they_can_be() {
    // 60 songs of 30 artists of one label, 36 of 12 of the other; a sixth is held out.
    let songs = one_label_each(&[vec![2; 30], vec![3; 12]]);
    for seed in 0..5 {
        let made = Folds::by_artist(&dataset(&songs), 5, 1.0 / 6.0, seed).unwrap();
        let counts = |side: &[usize]| [0, 1].map(|label| side.iter().filter(|&&song| songs[song].0 == label).count());
        assert_eq!(counts(&made.held_out), [10, 6], "seed {seed}");
        for fold in &made.folds {
            assert_eq!(counts(fold), [10, 6], "seed {seed}");
        }
    }
}

#[test]
fn one_fold_validates_and_the_others_teach() {
    let songs = one_label_each(&[vec![1; 12], vec![2; 12]]);
    let made = Folds::by_artist(&dataset(&songs), 3, 0.2, 4).unwrap();
    let mut validated = Vec::new();
    for fold in 0..3 {
        let split = made.split(fold);
        assert_eq!((&split.validation, &split.test), (&made.folds[fold], &made.held_out));
        let mut rest = [split.train.clone(), split.validation.clone(), split.test].concat();
        rest.sort_unstable();
        assert_eq!(rest, (0..songs.len()).collect::<Vec<_>>());
        assert!(split.train.is_sorted());
        validated.extend(split.validation);
    }
    validated.extend(&made.held_out);
    validated.sort_unstable();
    assert_eq!(validated, (0..songs.len()).collect::<Vec<_>>());
}

#[test]
fn seeds_differ_and_repeat() {
    let songs = one_label_each(&[vec![2; 20], vec![1; 20]]);
    let made = |seed| Folds::by_artist(&dataset(&songs), 4, 0.2, seed).unwrap();
    let different: BTreeSet<_> = (0..6).map(|seed| made(seed).folds).collect();
    assert_eq!(different.len(), 6);
    assert_eq!(made(3), made(3));
}

#[test]
fn too_few_artists_are_counted() {
    let few = dataset(&one_label_each(&[vec![2; 9], vec![4, 1, 1, 1]]));
    let problem = |folds, held_out| Folds::by_artist(&few, folds, held_out, 1).unwrap_err().to_string();
    let said = problem(5, 0.2);
    assert!(said.contains("5 folds need 5 artists of every label, and one held out"), "{said}");
    assert!(said.contains("label1 has 7 songs of 4 artists, 1 held out") && !said.contains("label0"), "{said}");
    assert!(problem(5, 0.0).contains("label1 has 7 songs of 4 artists, 0 held out"));
    assert!(Folds::by_artist(&few, 4, 0.0, 1).is_ok());
    assert!(Folds::by_artist(&few, 3, 0.2, 1).is_ok());
    for (folds, held_out) in [(1, 0.2), (0, 0.0), (3, 1.0), (3, f64::NAN), (3, -0.1)] {
        assert!(Folds::by_artist(&few, folds, held_out, 1).is_err(), "{folds} {held_out}");
    }
}

#[test]
fn what_stands_against_it_is_told() {
    // Artist 0 is none.
    let mut songs = one_label_each(&[vec![1; 8], vec![1; 8]]);
    songs[0].1 = 0;
    let made = Folds::by_artist(&dataset(&songs), 3, 0.2, 1).unwrap();
    assert_eq!(made.warnings.len(), 1);
    assert!(made.warnings[0].starts_with("artists unknown for 1 of 16 songs"), "{:?}", made.warnings);
    // No label is in two folds where each has one artist, however many songs.
    let single = dataset(&[vec![(0, 1); 8], vec![(1, 2); 8]].concat());
    let said = Folds::by_artist(&single, 2, 0.0, 1).unwrap_err().to_string();
    assert!(said.contains("label0 has 8 songs of 1 artist, 0 held out; label1"), "{said}");
}
