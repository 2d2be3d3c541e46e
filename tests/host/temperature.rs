//! The temperature that makes probabilities true, against closed forms.

use tunevote::metrics::{Song, temperature};
use tunevote::vote::{Record, Thresholds};

/// A song of class `truth` with slices of these probabilities.
fn song(truth: Option<usize>, slices: &[&[f32]]) -> Song {
    let labels = ["a", "b", "c"];
    let labels = &labels[..slices[0].len()];
    let record = Record::from_slices("p", labels, slices.concat(), &Thresholds::default(), 9.0, "m").unwrap();
    Song { record, truth, artist: None }
}

const SURE: &[f32] = &[0.9, 0.1];

#[test]
fn of_two_classes_it_makes_what_is_said_what_is_seen() {
    // Sure by 9 to 1 and right in 3 of 4: ln 9 / ln 3.
    let three_of_four = [song(Some(0), &[SURE, SURE, SURE]), song(Some(0), &[&[0.1, 0.9]])];
    // Every song counts once, so the song of three slices is one of two: right in half of the cases, and no temperature is high enough.
    assert_eq!(temperature(&three_of_four), Some(16.0));
    let songs: Vec<_> = [0, 0, 0, 1].map(|truth| song(Some(truth), &[SURE])).into();
    assert_eq!(temperature(&songs), Some(2.0));
    // Inside one song as well.
    assert_eq!(temperature(&[song(Some(0), &[SURE, SURE, SURE, &[0.1, 0.9]])]), Some(2.0));
    // As often right as it says.
    let ten: Vec<_> = (0..10).map(|i| song(Some(usize::from(i == 0)), &[SURE])).collect();
    assert_eq!(temperature(&ten), Some(1.0));
    // Always right, and never sure enough.
    assert_eq!(temperature(&[song(Some(0), &[SURE])]), Some(0.063));
}

#[test]
fn of_more_classes_it_is_the_likeliest_one() {
    let rows: [&[f32]; 4] = [&[0.7, 0.2, 0.1], &[0.05, 0.9, 0.05], &[0.3, 0.3, 0.4], &[0.6, 0.1, 0.3]];
    let songs: Vec<_> = rows.iter().zip([0, 1, 1, 0]).map(|(row, truth)| song(Some(truth), &[row])).collect();
    let loss = |t: f64| -> f64 {
        let one = |row: &&[f32], truth: usize| {
            let powers: Vec<f64> = row.iter().map(|p| f64::from(*p).powf(1.0 / t)).collect();
            -(powers[truth] / powers.iter().sum::<f64>()).ln()
        };
        rows.iter().zip([0, 1, 1, 0]).map(|(row, truth)| one(row, truth)).sum()
    };
    let best = temperature(&songs).unwrap();
    assert!((0.1..10.0).contains(&best), "{best}");
    for other in [best * 0.99, best * 1.01, 1.0] {
        assert!(loss(best) < loss(other), "{best} {other}");
    }
}

#[test]
fn what_cannot_be_told_takes_no_part() {
    let mut songs: Vec<_> = [0, 0, 0, 1].map(|truth| song(Some(truth), &[SURE])).into();
    songs.push(song(None, &[SURE, SURE]));
    songs.push(song(Some(1), &[&[f32::NAN, 0.5]]));
    assert_eq!(temperature(&songs), Some(2.0));
    assert_eq!(temperature(&songs[4..]), None);
    // A probability of 0 is a very small one: one such mistake in four asks for doubt, but is no infinite loss.
    let certain: Vec<_> = [0, 0, 0, 1].map(|truth| song(Some(truth), &[&[1.0, 0.0]])).into();
    assert_eq!(temperature(&certain), Some(16.0));
}
