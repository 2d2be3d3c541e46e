//! How the confidence of the vote is chosen, one rule a test.

use tunevote::metrics::Song;
use tunevote::train::tune;
use tunevote::vote::{Record, Thresholds};

const LABELS: [&str; 4] = ["a", "b", "c", "d"];

/// A song of label `a` whose slices are (class, probability): the other classes share what is left.
fn song(slices: &[(usize, f32)]) -> Song {
    let row = |&(class, p): &(usize, f32)| (0..4).map(move |k| if k == class { p } else { (1.0 - p) / 3.0 });
    let rows = slices.iter().flat_map(row).collect();
    let record = Record::from_slices("p", &LABELS, rows, &Thresholds::default(), 9.0, "m").unwrap();
    Song { record, truth: Some(0), artist: None }
}

/// Ten slices of one class and confidence.
fn plain(class: usize, p: f32) -> Song {
    song(&[(class, p); 10])
}

/// Six slices that are right, and four that are wrong and vote up to `noise`: classified, and right, once those are out.
fn noisy(sure: f32, noise: f32) -> Song {
    song(&[[(0, sure); 6].as_slice(), &[(1, noise); 4]].concat())
}

#[track_caller]
fn chosen(songs: &[Song], want: f64) {
    let tuned = tune(songs, &LABELS.map(String::from), Thresholds::default()).unwrap();
    assert_eq!(tuned, Thresholds { min_confidence: want, ..Thresholds::default() });
}

#[test]
fn right_songs_count_for_it_and_wrong_ones_against() {
    // Classified from .65 on, up to .95: 7 confidences, of which .80 is the middle.
    chosen(&[noisy(0.96, 0.62)], 0.80);
    // Up to .40 two right and two wrong, from .45 to .95 one right: better to leave a right one out than to answer all.
    chosen(&[plain(0, 0.96), plain(0, 0.42), plain(1, 0.42), plain(1, 0.42)], 0.70);
}

#[test]
fn a_song_of_another_genre_is_wrong_wherever_it_is_classified() {
    let other = |song: Song| Song { truth: None, ..song };
    // Right up to .60, and the other song is classified up to .40 whatever it is taken for: .45 to .60.
    chosen(&[plain(0, 0.62), other(plain(0, 0.42))], 0.50);
    chosen(&[plain(0, 0.62), other(plain(2, 0.42))], 0.50);
    // Two of them, classified up to .55, outweigh the right one from .30 on: only .60 is left.
    chosen(&[plain(0, 0.62), other(plain(0, 0.57)), other(plain(1, 0.57))], 0.60);
    let error = tune(&[other(plain(0, 0.9))], &LABELS.map(String::from), Thresholds::default()).unwrap_err();
    assert!(error.to_string().contains("none of the 1 songs"), "{error}");
}

#[test]
fn of_equal_differences_the_one_with_fewer_wrong_songs_is_taken() {
    // Up to .40 two right and one wrong, from .45 to .95 one right and none wrong.
    chosen(&[plain(0, 0.96), plain(0, 0.42), plain(1, 0.42)], 0.70);
}

#[test]
fn the_middle_of_a_plateau_is_taken_and_not_its_edge() {
    // Right up to .60 (from .30 on: 7 confidences), unclassified above.
    chosen(&[plain(0, 0.62)], 0.45);
    // An even number, .30 to .65: .45 and .50, of which .50 is the default.
    chosen(&[plain(0, 0.67)], 0.50);
    // .30 to .35: the higher one is nearer to .5.
    chosen(&[plain(0, 0.37)], 0.35);
    // .60 to .95: .75 is nearer to .5 than .80.
    chosen(&[noisy(0.96, 0.57)], 0.75);
}

#[test]
fn of_two_plateaus_the_longer_one_is_taken_and_then_the_nearer_or_higher_one() {
    // One song is right up to .40 (3 confidences), the other from .70 on (6).
    chosen(&[plain(0, 0.42), noisy(0.96, 0.67)], 0.80);
    // .30 to .50 (5) against .75 to .95 (5).
    chosen(&[plain(0, 0.52), noisy(0.96, 0.72)], 0.40);
    // .35 to .45 (3) against .55 to .65 (3): both middles are .10 from the default.
    chosen(&[noisy(0.47, 0.32), noisy(0.67, 0.52)], 0.60);
}

#[test]
fn every_confidence_that_can_leave_a_slice_out_is_tried() {
    // With four labels, .25 keeps every slice: .30 is the lowest. With two, it is .55.
    chosen(&[plain(0, 0.32)], 0.30);
    chosen(&[noisy(0.96, 0.92)], 0.95);
    let p = [[0.57, 0.43]; 10].concat();
    let record = Record::from_slices("p", &["a", "b"], p, &Thresholds::default(), 9.0, "m").unwrap();
    let song = Song { record, truth: Some(0), artist: None };
    let two = tune(&[song], &["a", "b"].map(String::from), Thresholds::default()).unwrap();
    assert_eq!(two.min_confidence, 0.55);
}

#[test]
fn without_songs_there_is_nothing_to_choose_by() {
    let error = tune(&[], &LABELS.map(String::from), Thresholds::default()).unwrap_err();
    assert!(error.to_string().contains("none of the 0 songs"), "{error}");
}
