//! Vertical shifts and zooms, against SciPy (tools/fixtures/schedules.py) and by hand.

use std::collections::BTreeSet;

use serde_json::Value;
use tunevote::data::{Augment, Balance, zoom};

use crate::data_songs::{HEIGHT, WIDTH, all, batches, front_end};

#[test]
fn a_zoom_is_scipys() {
    let cases: Value = serde_json::from_str(include_str!("../fixtures/training/zoom.json")).unwrap();
    let numbers =
        |value: &Value| -> Vec<f64> { value.as_array().unwrap().iter().map(|x| x.as_f64().unwrap()).collect() };
    for case in cases.as_array().unwrap() {
        let (width, factors) = (case["width"].as_u64().unwrap() as usize, numbers(&case["factors"]));
        let mut picture: Vec<f32> = numbers(&case["picture"]).iter().map(|&x| x as f32).collect();
        zoom(&mut picture, width, [factors[0], factors[1]]);
        for (at, (ours, theirs)) in picture.iter().zip(numbers(&case["zoomed"])).enumerate() {
            assert!((f64::from(*ours) - theirs).abs() < 2e-6, "{factors:?} at {at}: {ours} and {theirs}");
        }
    }
}

#[test]
fn a_zoom_by_hand() {
    // Half as far from the middle of five: 1, 1.5, 2, 2.5, 3. Rows: the middle of two, a quarter from each.
    let mut picture = [0.0, 1.0, 2.0, 3.0, 4.0, 10.0, 11.0, 12.0, 13.0, 14.0];
    zoom(&mut picture, 5, [0.5, 0.5]);
    assert_eq!(picture, [3.5, 4.0, 4.5, 5.0, 5.5, 8.5, 9.0, 9.5, 10.0, 10.5]);
    // Twice as far: outside is the outermost.
    let mut row = [1.0, 2.0, 3.0, 4.0];
    zoom(&mut row, 4, [1.0, 2.0]);
    assert_eq!(row, [1.0, 1.5, 3.5, 4.0]);
    let mut same = [1.0, 2.0, 3.0, 4.0];
    zoom(&mut same, 2, [1.0, 1.0]);
    assert_eq!(same, [1.0, 2.0, 3.0, 4.0]);
}

/// Slices of the usual songs as they are and as they become.
fn changed(augment: Augment) -> Vec<(Vec<f32>, Vec<f32>)> {
    let ((_a, plain), (_b, other)) =
        (batches(23, Balance::None, Augment::default(), 7), batches(23, Balance::None, augment, 7));
    let cut = |slices: &[f32]| slices.chunks(WIDTH * HEIGHT).map(<[f32]>::to_vec).collect::<Vec<_>>();
    (0..30)
        .flat_map(|epoch| {
            let (before, after) = (all(&plain, epoch), all(&other, epoch));
            cut(&before[0].slices).into_iter().zip(cut(&after[0].slices)).collect::<Vec<_>>()
        })
        .collect()
}

#[test]
fn rows_shift_by_a_share_of_the_height() {
    let mut seen = BTreeSet::new();
    // Row 0 and 1 of these pictures differ, so that every move of two shows, and of one too.
    for (old, new) in changed(Augment { vertical: 0.25, ..Augment::default() }) {
        let row = |slice: &[f32], row: i64| slice[row as usize * WIDTH..][..WIDTH].to_vec();
        let last = HEIGHT as i64 - 1;
        let moved = |steps: i64| (0..=last).all(|at| row(&new, at) == row(&old, (at - steps).clamp(0, last)));
        seen.insert((-2..=2).find(|&steps| moved(steps)).expect("no move of at most a quarter of ten rows"));
    }
    assert_eq!(seen, (-2..=2).collect());
}

#[test]
fn zooms_are_drawn_for_each_axis() {
    // Columns rise by 2 each: how steep they are says the factor.
    let mut factors = Vec::new();
    for (old, new) in changed(Augment { zoom: 0.1, ..Augment::default() }) {
        let middle = HEIGHT / 2 * WIDTH;
        let (row, before) = (&new[middle..][..WIDTH], &old[middle..][..WIDTH]);
        let steep = |row: &[f32]| (row[WIDTH / 2] - row[WIDTH / 2 - 1]) / 2.0;
        assert_eq!(steep(before), 1.0);
        factors.push(steep(row));
    }
    let (low, high) = factors.iter().fold((9f32, 0f32), |(low, high), &x| (low.min(x), high.max(x)));
    let mean = factors.iter().sum::<f32>() / factors.len() as f32;
    assert!(
        (0.899..0.91).contains(&low) && (1.09..1.101).contains(&high) && (mean - 1.0).abs() < 0.01,
        "{low} {mean} {high}"
    );
}

#[test]
fn what_does_not_fit_is_refused_and_what_is_off_is_not_written() {
    let check = |augment: Augment| augment.check(front_end().slices());
    assert!(check(Augment::paper()).is_ok());
    for (augment, says) in [
        (Augment { vertical: 1.5, ..Augment::default() }, "vertical is 1.5"),
        (Augment { zoom: f32::NAN, ..Augment::default() }, "zoom is NaN"),
        (Augment { zoom: 0.9, ..Augment::default() }, "zoom is 0.9"),
    ] {
        let error = check(augment).unwrap_err().to_string();
        assert!(error.contains(says), "{error}");
    }
    assert_eq!(Augment::paper(), Augment { vertical: 0.1, zoom: 0.1, ..Augment::default() });
    // Checkpoints of a time before these options have the same words.
    let mild = serde_json::to_string(&Augment::mild()).unwrap();
    assert!(!mild.contains("zoom") && !mild.contains("vertical"), "{mild}");
    assert_eq!(serde_json::from_str::<Augment>(&mild).unwrap(), Augment::mild());
}
