//! The temperature that makes probabilities true, against closed forms.

use tunevote::metrics::{Song, mean_cross_entropy, temperature};
use tunevote::vote::{Record, Thresholds};

/// A song of class `truth` with slices of these probabilities.
fn song(truth: Option<usize>, slices: &[&[f32]]) -> Song {
    let labels = ["a", "b", "c"];
    let labels = &labels[..slices[0].len()];
    let record = Record::from_slices("p", labels, slices.concat(), &Thresholds::default(), 9.0, "m").unwrap();
    Song { record, truth, artist: None }
}

const SURE: &[f32] = &[0.9, 0.1];

/// Songs of one slice each, so many right and so many wrong, of which the network is sure by 9 to 1.
fn songs(right: usize, wrong: usize) -> Vec<Song> {
    (0..right + wrong).map(|i| song(Some(usize::from(i >= right)), &[SURE])).collect()
}

/// What is said then becomes what is seen: of `songs` and of four that are as it says.
fn wanted(right: f64, songs: f64) -> f64 {
    let seen = (right + 4.0 * 0.9) / (songs + 4.0);
    let exact = 9f64.ln() / (seen / (1.0 - seen)).ln();
    (1e3 * exact).round() / 1e3
}

#[test]
fn of_two_classes_it_makes_what_is_said_what_is_seen() {
    for (right, wrong) in [(3, 1), (30, 10), (1, 0), (60, 0), (4, 3)] {
        let want = wanted(right as f64, (right + wrong) as f64);
        assert_eq!(temperature(&songs(right, wrong)), Some(want), "{right} right, {wrong} wrong");
    }
    // Sure by 9 to 1 and right in 3 of 4: ln 9 / ln 3, if there are many.
    assert_eq!(temperature(&songs(30_000, 10_000)), Some(2.0));
    // As often right as it says.
    assert_eq!(temperature(&songs(9, 1)), Some(1.0));
    // Wrong more often than right, it cannot be unsure enough.
    assert_eq!(temperature(&songs(4, 20)), Some(16.0));
    // Every song counts once, whatever its length.
    let long = [song(Some(0), &[SURE, SURE, SURE]), song(Some(0), &[&[0.1, 0.9]])];
    assert_eq!(temperature(&long), Some(wanted(1.0, 2.0)));
    // Inside one song as well.
    assert_eq!(temperature(&[song(Some(0), &[SURE, SURE, SURE, &[0.1, 0.9]])]), Some(wanted(0.75, 1.0)));
}

#[test]
fn of_more_classes_it_is_the_likeliest_one() {
    let rows: [&[f32]; 4] = [&[0.7, 0.2, 0.1], &[0.05, 0.9, 0.05], &[0.3, 0.3, 0.4], &[0.6, 0.1, 0.3]];
    let songs: Vec<_> = rows.iter().zip([0, 1, 1, 0]).map(|(row, truth)| song(Some(truth), &[row])).collect();
    let loss = |t: f64| -> f64 {
        let one = |row: &[f32], truth: usize| {
            let powers: Vec<f64> = row.iter().map(|p| f64::from(*p).powf(1.0 / t)).collect();
            let at = |class: usize| -(powers[class] / powers.iter().sum::<f64>()).ln();
            // Four songs are four such slices: one each.
            at(truth) + (0..3).map(|class| f64::from(row[class]) * at(class)).sum::<f64>()
        };
        rows.iter().zip([0, 1, 1, 0]).map(|(row, truth)| one(row, truth)).sum()
    };
    let best = temperature(&songs).unwrap();
    assert!((0.1..10.0).contains(&best) && best != 1.0, "{best}");
    for other in [best * 0.99, best * 1.01, 1.0] {
        assert!(loss(best) < loss(other), "{best} {other}");
    }
}

#[test]
fn what_cannot_be_told_takes_no_part() {
    let mut all = songs(3, 1);
    all.push(song(None, &[SURE, SURE]));
    all.push(song(Some(1), &[&[f32::NAN, 0.5]]));
    assert_eq!(temperature(&all), temperature(&songs(3, 1)));
    assert_eq!(temperature(&all[4..]), None);
    // A probability of 0 is a very small one: a mistake with it asks for doubt, but is no infinite loss.
    let certain: Vec<_> = [0, 0, 0, 1].map(|truth| song(Some(truth), &[&[1.0, 0.0]])).into();
    assert!(temperature(&certain).unwrap() > 4.0);
}

#[test]
fn the_loss_is_the_mean_over_slices_whose_truth_is_known() {
    let songs =
        [song(Some(0), &[&[0.5, 0.5], &[0.25, 0.75]]), song(Some(1), &[&[1.0, 0.0]]), song(None, &[&[0.1, 0.9]])];
    let least = f64::from(f32::MIN_POSITIVE);
    let wanted = -(0.5f64.ln() + 0.25f64.ln() + least.ln()) / 3.0;
    assert!((mean_cross_entropy(&songs).unwrap() - wanted).abs() < 1e-9);
    assert_eq!((mean_cross_entropy(&songs[2..]), mean_cross_entropy(&[])), (None, None));
}
