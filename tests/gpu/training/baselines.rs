//! The small networks learn: what they start from, and that eight slices can be learnt by heart.

use tunevote::models::System;
use tunevote::train::{Learner, Settings};

use crate::harness::{engines, noise};

const CLASSES: usize = 4;
const BATCH: usize = 8;
const SIDE: usize = 64;

/// Losses before each of some steps on the same slices of noise, which tell nothing of their class.
fn losses(name: &str, steps: u64) -> Vec<f32> {
    let system = System::named(name).unwrap();
    let settings = Settings { system, slice: [SIDE; 2], classes: CLASSES, batch: BATCH, clip: None, seed: 5 };
    let learner = Learner::new(&engines()[0], settings).unwrap();
    let slices = noise(BATCH * SIDE * SIDE, 17);
    let targets: Vec<f32> = (0..BATCH * CLASSES).map(|i| f32::from(u8::from(i % 4 == i / 4 % 4))).collect();
    let step = |k| learner.step(&slices, &targets, system.learning_rate, k).unwrap().wait().unwrap().loss();
    (1..=steps).map(step).collect()
}

#[test]
fn recurrent_networks_learn_eight_slices_by_heart() {
    for name in ["gru", "cnn-rnn"] {
        let losses = losses(name, 30);
        let (first, last) = (losses[0], losses[29]);
        assert!((first - (CLASSES as f32).ln()).abs() < 0.25, "{name} starts with a loss of {first}");
        assert!(last < 0.05, "{name} ends with a loss of {last}: {losses:?}");
    }
}
