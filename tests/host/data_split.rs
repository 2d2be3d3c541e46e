//! No artist on two sides, and what else a split promises.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use tunevote::data::{Dataset, Fractions, SliceRef, SliceSplit, Song, Split};

const USUAL: Fractions = Fractions { validation: 0.15, test: 0.2 };

/// (label, artist) of each song; artist 0 is unknown.
pub fn dataset(songs: &[(usize, u32)]) -> Dataset {
    let labels = songs.iter().map(|song| song.0).max().unwrap_or(0) + 1;
    // Spellings differ from song to song.
    let spell = |index: usize, artist: u32| match (artist, index % 3) {
        (0, _) => None,
        (_, 0) => Some(format!("The Artist {artist}")),
        (_, 1) => Some(format!(" the ARTIST\t{artist} ")),
        _ => Some(format!("THE  artist {artist}")),
    };
    let songs = songs.iter().enumerate().map(|(index, &(label, artist))| Song {
        path: format!("songs/{:04}.wav", (index * 7919) % 10_007).into(),
        label,
        artist: spell(index, artist),
        ..Song::default()
    });
    Dataset {
        labels: (0..labels).map(|label| format!("label{label}")).collect(),
        songs: songs.collect(),
        warnings: vec![],
    }
}

fn sides(split: &Split) -> [&Vec<usize>; 3] {
    [&split.train, &split.validation, &split.test]
}

/// Paths of some songs.
pub fn paths_of(dataset: &Dataset, songs: &[usize]) -> BTreeSet<String> {
    songs.iter().map(|&song| dataset.songs[song].path.display().to_string()).collect()
}

/// Paths of each side.
fn paths(dataset: &Dataset, split: &Split) -> [BTreeSet<String>; 3] {
    sides(split).map(|side| paths_of(dataset, side))
}

/// Songs of a label: [side] -> artist -> songs. Artist 0 becomes one for each song.
fn artists(songs: &[(usize, u32)], split: &Split, label: usize) -> [BTreeMap<(u32, usize), usize>; 3] {
    sides(split).map(|side| {
        let mut artists = BTreeMap::new();
        for &song in side.iter().filter(|&&song| songs[song].0 == label) {
            let (_, artist) = songs[song];
            *artists.entry((artist, if artist == 0 { song } else { 0 })).or_insert(0) += 1;
        }
        artists
    })
}

fn songs_of_labels(labels: usize, artists: u32) -> impl Strategy<Value = Vec<(usize, u32)>> {
    prop::collection::vec((0..labels, 0..=artists), 1..150)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn every_song_is_once_and_no_artist_twice(
        songs in songs_of_labels(4, 30), seed: u64, validation in 0.0..0.45, test in 0.0..0.45,
    ) {
        let split = Split::by_artist(&dataset(&songs), Fractions { validation, test }, seed).unwrap();
        let mut all: Vec<usize> = sides(&split).into_iter().flatten().copied().collect();
        all.sort_unstable();
        prop_assert_eq!(all, (0..songs.len()).collect::<Vec<_>>());
        let mut side_of = BTreeMap::new();
        for (number, side) in sides(&split).into_iter().enumerate() {
            prop_assert!(side.is_sorted());
            for &song in side {
                let artist = songs[song].1;
                prop_assert!(artist == 0 || *side_of.entry(artist).or_insert(number) == number, "artist {}", artist);
            }
        }
    }

    #[test]
    fn order_of_the_list_does_not_matter(songs in songs_of_labels(3, 20), seed: u64, turn in 0usize..100) {
        let one = dataset(&songs);
        let mut two = one.clone();
        two.songs.rotate_left(turn % songs.len());
        two.songs.reverse();
        // Nor does the folder.
        two.songs.iter_mut().for_each(|song| song.path = std::path::Path::new("/elsewhere").join(&song.path));
        let first = Split::by_artist(&one, USUAL, seed).unwrap();
        let second = Split::by_artist(&two, USUAL, seed).unwrap();
        let moved = paths(&two, &second).map(|side| side.iter().map(|path| path.replace("/elsewhere/", "")).collect());
        prop_assert_eq!(paths(&one, &first), moved);
    }

    /// Every artist has one label. The bounds are those that the documentation derives.
    #[test]
    fn shares_are_near_and_no_side_is_left_out(
        artists_of in prop::collection::vec(prop::collection::vec(1usize..12, 1..25), 2..5),
        seed: u64, validation in 0.05..0.3, test in 0.05..0.3,
    ) {
        let (mut songs, mut artist) = (Vec::new(), 0);
        for (label, sizes) in artists_of.iter().enumerate() {
            for &size in sizes {
                artist += 1;
                songs.extend(std::iter::repeat_n((label, artist), size));
            }
        }
        let split = Split::by_artist(&dataset(&songs), Fractions { validation, test }, seed).unwrap();
        for (label, sizes) in artists_of.iter().enumerate() {
            let sides = artists(&songs, &split, label);
            let on: Vec<bool> = sides.iter().map(|side| !side.is_empty()).collect();
            match sizes.len() {
                1 => prop_assert_eq!(&on, &[true, false, false]),
                2 => prop_assert_eq!(&on, &[true, false, true]),
                _ => prop_assert_eq!(&on, &[true, true, true]),
            }
            prop_assert_eq!(split.warnings.iter().any(|text| text.contains(&format!("label{label} "))), sizes.len() < 3);
            let (all, largest) = (sizes.iter().sum::<usize>() as f64, *sizes.iter().max().unwrap() as f64);
            let bound = if sides.iter().all(|side| side.len() >= 2) { 2.0 / 3.0 * largest } else { 2.0 * largest };
            for (side, share) in sides.iter().zip([1.0 - validation - test, validation, test]) {
                let off = side.values().sum::<usize>() as f64 - share * all;
                prop_assert!(off.abs() <= bound + 1e-6, "label {label}: {off} of {all}, largest {largest}");
            }
        }
    }
}

/// Artists of equal size can be divided exactly.
#[test]
fn shares_are_exact_where_they_can_be() {
    let songs: Vec<_> = (0..400).map(|song| (song / 200, 1 + song as u32 / 2)).collect();
    let split = Split::by_artist(&dataset(&songs), Fractions { validation: 0.1, test: 0.25 }, 3).unwrap();
    for label in 0..2 {
        let counts = artists(&songs, &split, label).map(|side| side.values().sum::<usize>());
        assert_eq!(counts, [130, 20, 50]);
    }
    assert!(split.warnings.is_empty(), "{:?}", split.warnings);
}

#[test]
fn seeds_differ_and_repeat() {
    let songs: Vec<_> = (0..120).map(|song| (song % 3, 1 + song as u32 / 2)).collect();
    let dataset = dataset(&songs);
    let split = |seed| Split::by_artist(&dataset, USUAL, seed).unwrap();
    let different: BTreeSet<Vec<usize>> = (0..8).map(|seed| split(seed).test).collect();
    assert_eq!(different.len(), 8);
    assert_eq!(split(5), split(5));
}

#[test]
fn an_artist_of_two_labels_stays_together() {
    // Artist 1 plays everything; two more for each label.
    let songs = [(0, 1), (1, 1), (0, 1), (0, 2), (0, 3), (1, 4), (1, 5)];
    for seed in 0..20 {
        let split = Split::by_artist(&dataset(&songs), USUAL, seed).unwrap();
        let with_one = sides(&split).into_iter().filter(|side| side.iter().any(|&song| songs[song].1 == 1)).count();
        assert_eq!(with_one, 1, "{split:?}");
        assert!(
            sides(&split).iter().all(|side| (0..2).all(|l| side.iter().any(|&song| songs[song].0 == l))),
            "{split:?}"
        );
    }
}

#[test]
fn unknown_artists_are_told() {
    let songs: Vec<_> = (0..30).map(|song| (song % 2, if song < 10 { 0 } else { song as u32 })).collect();
    let split = Split::by_artist(&dataset(&songs), USUAL, 1).unwrap();
    assert_eq!(split.warnings.len(), 1);
    assert!(split.warnings[0].starts_with("artists unknown for 10 of 30 songs"), "{:?}", split.warnings);
    // Each of them is an artist of its own: together they would be on one side.
    let unknown = sides(&split).map(|side| side.iter().filter(|&&song| song < 10).count());
    assert!(unknown.iter().filter(|&&count| count > 0).count() >= 2, "{unknown:?}");
}

#[test]
fn sides_that_are_not_wanted_stay_empty() {
    let songs: Vec<_> = (0..40).map(|song| (song % 2, 1 + song as u32)).collect();
    let split = |validation, test| Split::by_artist(&dataset(&songs), Fractions { validation, test }, 9);
    assert!(split(0.0, 0.2).unwrap().validation.is_empty());
    assert!(split(0.2, 0.0).unwrap().test.is_empty());
    assert_eq!(split(0.0, 0.0).unwrap().train.len(), 40);
    for (validation, test) in [(-0.1, 0.2), (0.5, 0.5), (f64::NAN, 0.1), (0.1, f64::INFINITY)] {
        assert!(split(validation, test).is_err(), "{validation} {test}");
    }
    // Two artists and no test: the second one validates.
    let two = [(0, 1), (0, 2), (1, 3), (1, 4)];
    let split = Split::by_artist(&dataset(&two), Fractions { validation: 0.3, test: 0.0 }, 9).unwrap();
    assert_eq!((split.train.len(), split.validation.len()), (2, 2));
}

#[test]
fn the_leak_leaks_and_the_split_does_not() {
    let songs: Vec<_> = (0..40).map(|song| (song % 2, 1 + song as u32)).collect();
    let slices: Vec<u64> = (0..40).map(|song| song % 5 * 10).collect();
    let all: BTreeSet<SliceRef> =
        (0..40).flat_map(|song| (0..slices[song]).map(move |slice| SliceRef { song, slice })).collect();
    let on = |side: &[SliceRef]| side.iter().map(|slice| slice.song).collect::<BTreeSet<_>>();

    let leaky = SliceSplit::by_slices_leaky(&slices, USUAL, 4).unwrap();
    assert_eq!((leaky.train.len(), leaky.validation.len(), leaky.test.len()), (520, 120, 160));
    assert!(on(&leaky.test).intersection(&on(&leaky.train)).count() > 25);
    assert_ne!(leaky, SliceSplit::by_slices_leaky(&slices, USUAL, 5).unwrap());
    assert_eq!(leaky, SliceSplit::by_slices_leaky(&slices, USUAL, 4).unwrap());

    let split = Split::by_artist(&dataset(&songs), USUAL, 4).unwrap();
    let honest = SliceSplit::of_songs(&split, &slices);
    assert!(on(&honest.test).is_disjoint(&on(&honest.train)));
    for sides in [leaky, honest] {
        let together: Vec<SliceRef> = [sides.train, sides.validation, sides.test].concat();
        assert_eq!(together.len(), all.len());
        assert_eq!(together.into_iter().collect::<BTreeSet<_>>(), all);
    }
}

#[test]
fn songs_without_a_label_teach_unless_their_artist_judges() {
    // Label 2 is none: artist 1 has songs of it and of label 0, artists 11 to 14 have nothing else.
    let mut songs: Vec<_> = (1..=8).flat_map(|artist| [(artist as usize % 2, artist); 3]).collect();
    songs.extend((1..=8).map(|artist| (2, artist)));
    songs.extend((11..=14).flat_map(|artist| [(2, artist); 2]));
    songs.push((2, 0));
    let data = dataset(&songs);
    let whole = Split::by_artist(&data, Fractions { validation: 0.25, test: 0.25 }, 3).unwrap();
    let split = whole.clone().unlabelled(&data, 2);
    let of = |side: &[usize], label: usize| -> Vec<usize> {
        side.iter().copied().filter(|&song| songs[song].0 == label).collect()
    };
    for label in [0, 1] {
        for (before, after) in sides(&whole).iter().zip(sides(&split)) {
            assert_eq!(of(before, label), of(after, label), "labelled songs stay where they are");
        }
    }
    assert!(of(&split.validation, 2).is_empty() && of(&split.test, 2).is_empty());
    let judges: BTreeSet<_> = split.validation.iter().chain(&split.test).map(|&song| songs[song].1).collect();
    assert!(judges.len() >= 4, "{judges:?}");
    let wanted: Vec<_> = (0..songs.len()).filter(|&s| songs[s].0 == 2 && !judges.contains(&songs[s].1)).collect();
    assert_eq!(of(&split.train, 2), wanted);
    assert!(split.train.is_sorted() && wanted.len() > 9, "{wanted:?}");
}
