//! A step of training, a batch of slices and a chunk of a song are one submission each, and make no buffer and no bind group:
//! counted by the engine, and by wgpu itself, whose own hidden buffers it counts too.

use std::cell::RefCell;

use tunevote::blocking::wait;
use tunevote::gpu::{AdapterChoice, Engine, Features, Made};
use tunevote::models::System;
use tunevote::pictures::Painter;
use tunevote::plan::PlanOptions;
use tunevote::predict::Predictor;
use tunevote::signal::front_end::{FrontEnd, MelFrontEnd, SoxFrontEnd};
use tunevote::train::{Learner, Settings};
use tunevote::weights::Card;

use crate::harness::{engines, limited, noise};

/// What the engine has made, and the buffers and bind groups that live on its device.
pub fn counts(engine: &Engine) -> (Made, isize, isize) {
    let hal = engine.device().get_internal_counters().hal;
    let (buffers, bind_groups) = (hal.buffers.read(), hal.bind_groups.read());
    assert!(buffers > 0 && bind_groups > 0, "wgpu does not count");
    (engine.made(), buffers, bind_groups)
}

/// Fails unless each count after the first few, taken right behind a submission, is the one before and one submission more, and
/// as much lives then as does now, when nothing is under way: nothing was made for a submission and goes with it.
pub fn steady(engine: &Engine, row: &[(Made, isize, isize)]) {
    assert!(row.len() >= 8, "{} counts", row.len());
    let (_, buffers, bind_groups) = counts(engine);
    for pair in row[3..].windows(2) {
        let (before, now) = (pair[0].0, pair[1].0);
        assert_eq!(now, Made { submits: before.submits + 1, ..before }, "{row:#?}");
        assert_eq!((pair[1].1, pair[1].2), (buffers, bind_groups), "wgpu has made more than it has now: {row:#?}");
    }
}

/// An engine whose counters are this test's alone.
pub fn fresh() -> Engine {
    let choice = AdapterChoice::Name(engines()[1].info().name.clone());
    pollster::block_on(Engine::headless(&choice, Features::Portable)).unwrap()
}

fn learner_steps(engine: &Engine, part: usize) {
    let system = System::named("compact").unwrap();
    let settings = Settings { system, slice: [32, 32], classes: 4, batch: 32, clip: Some(1.0), seed: 1 };
    let learner = Learner::new(engine, settings).unwrap();
    assert_eq!(learner.part(), part);
    let (slices, targets) = (noise(32 * 1024, 1), vec![0.25; 32 * 4]);
    // One at a time, then one behind the other: a step is submitted before the report of the one before is asked for.
    let mut alone = Vec::new();
    for k in 1..=10 {
        let pending = learner.step(&slices, &targets, 1e-3, k).unwrap();
        alone.push(counts(engine));
        pending.wait().unwrap();
    }
    steady(engine, &alone);
    let mut row = Vec::new();
    let mut before = None;
    for k in 11..=20 {
        let pending = learner.step(&slices, &targets, 1e-3, k).unwrap();
        row.push(counts(engine));
        if let Some(before) = before.replace(pending) {
            before.wait().unwrap();
        }
    }
    assert!(before.unwrap().wait().unwrap().loss().is_finite());
    steady(engine, &row);
}

#[test]
fn a_training_step_is_one_submission_and_makes_nothing() {
    learner_steps(&fresh(), 32);
}

#[test]
fn a_training_step_in_parts_is_one_submission_and_makes_nothing() {
    learner_steps(&limited(160 << 10), 16);
}

#[test]
fn a_batch_of_slices_is_one_submission_and_makes_nothing() {
    let engine = &fresh();
    let system = System::named("compact").unwrap();
    let front_end = FrontEnd::Mel(MelFrontEnd::compact());
    let settings = Settings { system, slice: [128, 128], classes: 2, batch: 2, clip: None, seed: 1 };
    let learner = Learner::new(engine, settings).unwrap();
    let card = Card::new("compact", vec!["a".into(), "b".into()], front_end);
    let predictor = Predictor::shared(&card, learner.variables(), 2, PlanOptions::default()).unwrap();
    let slices = noise(9 * predictor.slice(), 3);
    let mut all = Vec::new();
    let mut row = Vec::new();
    let mut before = None;
    for _ in 0..3 {
        for batch in slices.chunks(2 * predictor.slice()) {
            let pending = predictor.start(batch).unwrap();
            row.push(counts(engine));
            if let Some(before) = before.replace(pending) {
                all.extend(wait(engine, before).unwrap());
            }
        }
    }
    all.extend(before.unwrap().wait().unwrap());
    steady(engine, &row);
    let made = engine.made();
    let once = predictor.probabilities(&slices).unwrap();
    assert_eq!(engine.made(), Made { submits: made.submits + 5, ..made });
    assert!(once.len() == 9 * 2 && all == once.repeat(3));
    let refused = predictor.start(&slices).unwrap_err().to_string();
    assert_eq!(refused, "predict: slices should be up to 2 slices of 16384 values, but is 147456");
}

#[test]
fn a_chunk_of_a_song_is_one_submission_and_makes_nothing() {
    for front_end in [FrontEnd::Mel(MelFrontEnd::compact()), FrontEnd::Sox(SoxFrontEnd::at(16_000))] {
        let engine = &fresh();
        let painter = Painter::new(engine, &front_end).unwrap();
        let samples = noise(120 * front_end.rate() as usize, 4);
        let row = RefCell::new(Vec::new());
        // The first song's last chunk is a smaller one's first.
        for _ in 0..2 {
            row.borrow_mut().clear();
            let (mut at, mut read) = (0, 0);
            let mut next = |out: &mut Vec<f32>, wanted: usize| {
                let count = wanted.min(samples.len() - at);
                out.extend_from_slice(&samples[at..at + count]);
                at += count;
                Ok(count)
            };
            let columns = painter.paint(&mut next, &mut |part| {
                // The chunk behind this one is under way.
                row.borrow_mut().push(counts(engine));
                read += part.len();
                Ok(())
            });
            assert_eq!(columns.unwrap() as usize * front_end.rows() as usize, read);
        }
        let mut row = row.into_inner();
        // Behind the last chunk there is none.
        row.pop();
        steady(engine, &row);
    }
}
