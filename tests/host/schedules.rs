//! Learning rates and the end of a run, against PyTorch (tools/fixtures/schedules.py) and by hand.

use serde_json::Value;
use tunevote::nn::{EarlyStop, Moment, Plateau, Schedule, Steps};

fn fixture() -> Value {
    serde_json::from_str(include_str!("../fixtures/training/schedules.json")).unwrap()
}

fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(|number| number.as_f64().unwrap()).collect()
}

fn near(ours: f32, theirs: f64, what: &str) {
    // Products of up to fifty factors in f32.
    assert!((f64::from(ours) - theirs).abs() <= 4e-6 * theirs, "{what}: {ours} and {theirs}");
}

#[test]
fn a_plateau_is_pytorchs() {
    let mut falls = 0;
    for case in fixture()["plateau"].as_array().unwrap() {
        let plateau: Plateau = serde_json::from_value(case["plateau"].clone()).unwrap();
        let (start, losses, rates) =
            (case["start"].as_f64().unwrap(), numbers(&case["losses"]), numbers(&case["rates"]));
        for (epoch, &rate) in rates.iter().enumerate() {
            near(plateau.rate(start as f32, &losses[..epoch]), rate, &format!("{plateau:?}, epoch {epoch}"));
            // A run of 3 steps an epoch, told of more losses than its epoch may know.
            for step in 0..3 {
                let at = Moment { step: 3 * epoch as u64 + step, each: 3, total: 150, losses: &losses };
                near(Schedule::Plateau(plateau).rate(start as f32, at), rate, "schedule");
            }
        }
        falls += rates.windows(2).filter(|pair| pair[1] < pair[0]).count();
    }
    assert!(falls > 10, "{falls}");
}

#[test]
fn steps_are_pytorchs() {
    for case in fixture()["steps"].as_array().unwrap() {
        let steps = Steps { factor: case["factor"].as_f64().unwrap() as f32, every: case["every"].as_u64().unwrap() };
        let start = case["start"].as_f64().unwrap() as f32;
        for (epoch, rate) in numbers(&case["rates"]).into_iter().enumerate() {
            for step in [0, 6] {
                let at = Moment { step: 7 * epoch as u64 + step, each: 7, total: 245, losses: &[] };
                near(Schedule::Steps(steps).rate(start, at), rate, &format!("{steps:?}, epoch {epoch}"));
            }
        }
    }
}

#[test]
fn a_rate_below_the_smallest_stays() {
    let plateau = Plateau { patience: 1, ..Plateau::default() };
    assert_eq!(plateau.rate(1e-7, &[1.0, 1.0, 1.0]), 1e-7);
    assert_eq!(plateau.rate(2e-6, &[1.0, 1.0, 1.0]), 1e-6);
    // Losses that were not measured are none better.
    assert_eq!(Plateau::default().rate(1e-3, &[f64::INFINITY; 4]), 1e-3);
    assert!((Plateau::default().rate(1e-3, &[f64::INFINITY; 5]) - 1e-4).abs() < 1e-9);
}

#[test]
fn a_run_ends_when_the_loss_has_not_fallen_for_long_enough() {
    let stop = EarlyStop { patience: 3, min_delta: 0.0 };
    let losses = [0.9, 0.5, 0.6, 0.5, 0.4, 0.4, 0.41, 0.5, 0.3];
    let ends: Vec<bool> = (0..=losses.len()).map(|epochs| stop.ends(&losses[..epochs])).collect();
    // Behind 0.4, 0.41 and 0.5; the last one would have been better.
    assert_eq!(ends, [false, false, false, false, false, false, false, false, true, false]);
    let sure = EarlyStop { min_delta: 0.2, ..stop };
    assert!(sure.ends(&losses[..5]) && !sure.ends(&losses[..4]));
    assert!(!EarlyStop::default().ends(&[1.0; 10]) && EarlyStop::default().ends(&[1.0; 11]));
}

#[test]
fn the_defaults_are_the_papers() {
    let Plateau { factor, patience, min_rate, min_delta } = Plateau::default();
    assert_eq!((factor, patience, min_rate, min_delta), (0.1, 5, 1e-6, 1e-4));
    assert_eq!(Steps::default(), Steps { factor: 0.3, every: 10 });
    assert_eq!(EarlyStop::default().patience, 10);
    // Written as ever where nothing is to be said.
    assert_eq!(serde_json::to_string(&Schedule::Cosine).unwrap(), "\"cosine\"");
    let plateau = Schedule::Plateau(Plateau::default());
    let text = serde_json::to_string(&plateau).unwrap();
    assert_eq!(serde_json::from_str::<Schedule>(&text).unwrap(), plateau);
}
