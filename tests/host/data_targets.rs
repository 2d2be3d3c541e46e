//! What slices should be answered with.

use std::collections::BTreeMap;

use tunevote::Error;
use tunevote::data::{Augment, Balance, Batches, Dataset, Sampler, Song, Targets, Teacher};
use tunevote::signal::front_end::{FrontEnd, MelFrontEnd, SliceGeometry};

use crate::data_songs::{LABELS, LENGTHS, front_end, pictures, slices};

/// Song, slice and answer of everything that an epoch draws.
fn answers(targets: Targets) -> Vec<(usize, u64, Vec<f32>)> {
    let (_root, pictures) = pictures(&LENGTHS);
    let wide = targets.width();
    let groups = LABELS.map(|label| targets.group(label));
    let sampler = Sampler::new(&slices(&LENGTHS), &groups, targets.groups(), 23, Balance::None, 4).unwrap();
    let batches = Batches::new(sampler, pictures, &front_end(), Augment::default(), 4).unwrap();
    let batches = batches.with_targets(targets);
    let order = batches.sampler().order(0);
    let rows = batches.epoch(0).batch(0).unwrap().targets;
    let rows = rows.chunks(wide).map(<[f32]>::to_vec);
    order.into_iter().zip(rows).map(|((slice, _), row)| (slice.song, slice.slice, row)).collect()
}

#[test]
fn songs_are_drawn_by_what_they_are_answered_with() {
    let targets = Targets::new(2).unlabelled(3);
    assert_eq!([0, 1, 2, 3, 4].map(|label| targets.group(label)), [0, 1, 2, 3, 2]);
    let targets = Targets::new(2).unlabelled(2);
    assert_eq!([1, 2, 3].map(|label| targets.group(label)), [1, 3, 2]);
    assert_eq!(targets.groups(), 4);
}

#[test]
fn further_labels_are_answered_with_doubt() {
    for (song, _, row) in answers(Targets::new(2)) {
        let want = [[1.0, 0.0], [0.0, 1.0], [0.5, 0.5]][LABELS[song]];
        assert_eq!(row, want, "song {song}");
    }
}

/// A pupil's slice is .24 s, one every .16 s; the teacher's are .16 s, one every .08 s: their middles meet at 2 j + 1/2.
fn teacher(rows: BTreeMap<usize, Vec<f32>>) -> Teacher {
    let slices = SliceGeometry { width: 10, height: 96, first_row: 0, hop: 5 };
    let theirs = FrontEnd::Mel(MelFrontEnd { slices, ..MelFrontEnd::musicnn() });
    Teacher::new(rows, &theirs, &front_end()).unwrap()
}

/// Slice i is i in a hundred for the first class and the rest for the third.
fn said(slices: usize) -> Vec<f32> {
    (0..slices).flat_map(|i| [i as f32 / 100.0, 0.0, 1.0 - i as f32 / 100.0]).collect()
}

#[test]
fn a_teacher_is_heard_at_the_same_time() {
    // The first song has 14 slices, and the teacher's 20 end before them; of the second it knows one; the third it does not know.
    let known = BTreeMap::from([(0, said(20)), (1, said(1))]);
    for share in [1.0, 0.75] {
        for (song, slice, row) in answers(Targets::new(3).taught(teacher(known.clone()), share).unwrap()) {
            let mut want = [0.0; 3];
            let heard = match song {
                0 => Some((2.0 * slice as f32 + 0.5).min(19.0) / 100.0),
                1 => Some(0.0),
                _ => None,
            };
            if let Some(first) = heard {
                want = [share * first, 0.0, share * (1.0 - first)];
            }
            want[LABELS[song]] += if heard.is_some() { 1.0 - share } else { 1.0 };
            let near = row.iter().zip(want).all(|(got, want)| (got - want).abs() < 1e-5);
            assert!(near, "song {song}, slice {slice}: {row:?}, and should be {want:?}");
        }
    }
    // What has no answer has none of a teacher's either.
    let targets = Targets::new(1).taught(teacher(BTreeMap::from([(3, vec![0.2; 9])])), 1.0).unwrap();
    assert!(answers(targets).iter().all(|(_, _, row)| row == &[1.0]));
    for share in [-0.1, 1.1, f32::NAN] {
        let refused = Targets::new(3).taught(teacher(BTreeMap::new()), share);
        assert!(matches!(refused, Err(Error::Argument { operation: "targets", .. })));
    }
}

#[test]
fn a_teachers_tags_stand_behind_every_answer() {
    let tags = |slices: usize| (0..slices).flat_map(|i| [i as f32 / 100.0, 0.9]).collect::<Vec<_>>();
    let teacher = teacher(BTreeMap::from([(0, said(20))])).with_tags(BTreeMap::from([(0, tags(20)), (3, tags(1))]), 2);
    let plain = answers(Targets::new(3).taught(self::teacher(BTreeMap::from([(0, said(20))])), 0.75).unwrap());
    let targets = Targets::new(3).taught(teacher, 0.75).unwrap();
    assert_eq!((targets.classes(), targets.hints(), Targets::new(3).hints()), (3, 2, 0));
    for ((song, slice, row), plain) in answers(targets).into_iter().zip(plain) {
        assert_eq!((song, slice, &row[..3]), (plain.0, plain.1, &plain.2[..]), "the answers stay");
        let want = match song {
            0 => [(2.0 * slice as f32 + 0.5).min(19.0) / 100.0, 0.9],
            // A song of no class has hints too.
            3 => [0.0, 0.9],
            _ => [0.5, 0.5],
        };
        let near = row[3..].iter().zip(want).all(|(got, want)| (got - want).abs() < 1e-5);
        assert!(near, "song {song}, slice {slice}: {row:?}, and should end in {want:?}");
    }
}

#[test]
fn of_unlabelled_songs_a_teacher_alone_speaks() {
    let known = BTreeMap::from([(0, vec![0.2, 0.8]), (3, vec![0.4, 0.6])]);
    let taught = |known| Targets::new(2).taught(teacher(known), 0.5).unwrap().unlabelled(2);
    let near = |row: &[f32], want: [f32; 2]| row.iter().zip(want).all(|(got, want)| (got - want).abs() < 1e-6);
    for (song, _, row) in answers(taught(known)) {
        let want = [[0.6, 0.4], [1.0, 0.0], [0.0, 1.0], [0.4, 0.6]][song];
        assert!(near(&row, want), "song {song}: {row:?}, and should be {want:?}");
    }
    // Where it says nothing, nobody knows.
    for (song, _, row) in answers(taught(BTreeMap::new())).into_iter().filter(|(song, ..)| *song == 3) {
        assert!(near(&row, [0.5, 0.5]), "song {song}: {row:?}");
    }
}

#[test]
fn songs_are_relabelled_by_name() {
    let song = |label| Song { path: format!("{label}.wav").into(), label, ..Song::default() };
    let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
    let all = Dataset {
        labels: names(&["jazz", "noise", "rock"]),
        songs: (0..3).map(song).collect(),
        warnings: vec!["a warning".into()],
    };
    let new = all.relabelled(&names(&["rock", "hip-hop", "jazz"]), &names(&["noise"])).unwrap();
    assert_eq!(new.labels, ["rock", "hip-hop", "jazz", "noise"]);
    assert_eq!(new.songs.iter().map(|song| song.label).collect::<Vec<_>>(), [2, 3, 0]);
    assert_eq!(new.warnings, all.warnings);
    let problem = all.relabelled(&names(&["rock", "jazz"]), &[]).unwrap_err().to_string();
    assert!(problem.contains("noise") && problem.contains("rock, jazz"), "{problem}");
}
