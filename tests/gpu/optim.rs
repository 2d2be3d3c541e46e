//! Optimisers on the GPU against their formulas and against PyTorch's steps.

use std::collections::BTreeMap;

use serde::Deserialize;
use tunevote::Error;
use tunevote::gpu::{Engine, Recorder};
use tunevote::kernels::optim::optimise;
use tunevote::reference::optim::{Rule, Step};
use tunevote::shape::Optimiser;

use crate::harness::{assert_folded, close, engines, guarded, noise, unguard, wide};

const ADAM: Optimiser = Optimiser::Adam { beta1: 0.9, beta2: 0.999, eps: 1e-8 };
const DECAY: f32 = 0.05;

/// The fixture's name, the rule, and how many slots it gets.
const ALL: &[(&str, Optimiser, usize)] = &[
    ("adam", ADAM, 2),
    ("adamw", Optimiser::AdamW { beta1: 0.9, beta2: 0.999, eps: 1e-8, weight_decay: DECAY }, 2),
    ("tf1_rmsprop", Optimiser::RmsProp { decay: 0.9, momentum: 0.0, eps: 1e-10 }, 1),
    ("tf1_rmsprop_momentum", Optimiser::RmsProp { decay: 0.9, momentum: 0.5, eps: 1e-10 }, 2),
    ("sgd", Optimiser::Sgd { momentum: 0.0, nesterov: false, weight_decay: 0.0 }, 0),
    ("sgd_momentum", Optimiser::Sgd { momentum: 0.9, nesterov: false, weight_decay: DECAY }, 1),
    ("sgd_nesterov", Optimiser::Sgd { momentum: 0.9, nesterov: true, weight_decay: 0.0 }, 1),
];

/// A rule's memory at the start.
fn initial(optimiser: Optimiser) -> [f32; 2] {
    let mut slots = [0.0; 2];
    optimiser.slots().iter().zip(&mut slots).for_each(|((_, value), slot)| *slot = *value);
    slots
}

/// Replays one recording for every step; gives `[w, slots…]` after each, with their guards checked.
fn replay(
    engine: &Engine,
    (optimiser, slots): (Optimiser, usize),
    w: &[f32],
    grads: &[Vec<f32>],
    steps: &[Step],
) -> Vec<Vec<Vec<f32>>> {
    let filled = |values: &[f32]| {
        let tensor = guarded(engine, &[w.len()]);
        engine.write(&tensor, values).unwrap();
        tensor
    };
    let weight = filled(w);
    let slots: Vec<_> = initial(optimiser)[..slots].iter().map(|&value| filled(&vec![value; w.len()])).collect();
    let (gradient, words) = (engine.tensor([w.len()]).unwrap(), engine.tensor([8]).unwrap());
    let mut rec = Recorder::new(engine);
    optimise(&mut rec, optimiser, &weight, &gradient, &slots, &words).unwrap();
    let recording = rec.finish().unwrap();
    assert_eq!(recording.len(), 1, "one dispatch a tensor");
    let run = |(grad, s): (&Vec<f32>, &Step)| {
        engine.write(&gradient, grad).unwrap();
        engine.write(&words, &[s.rate as f32, s.t as f32, s.scale as f32, 0.0, 0.0, 0.0, 0.0, 0.0]).unwrap();
        crate::harness::run(&recording);
        [&weight].into_iter().chain(&slots).map(|tensor| unguard(engine, tensor)).collect()
    };
    grads.iter().zip(steps).map(run).collect()
}

#[test]
pub fn optimisers_match_their_formulas_over_many_steps() {
    // Steps from 1, and late ones, where beta^t is near 0; the rate and the scale change from step to step.
    let step = |i: usize, t: i32| Step {
        rate: f64::from(0.01f32 / (i + 1) as f32),
        t,
        scale: f64::from([1.0f32, 0.3, 2.5][i % 3]),
    };
    let steps: Vec<_> = (0..12).map(|i| step(i, if i < 9 { i as i32 + 1 } else { 1000 * i as i32 })).collect();
    // In fours and not, around a workgroup of 64 and one of 64 fours, a large prime.
    for count in [1, 4, 63, 65, 256, 260, 10_007] {
        let w = noise(count, 1);
        let grads: Vec<_> = (0..steps.len() as u32)
            .map(|i| noise(count, 2 + i).iter().map(|v| v * 10f32.powi(i as i32 % 3 - 1)).collect::<Vec<_>>())
            .collect();
        for &(name, optimiser, kept) in ALL {
            let mut want = wide(&w);
            let mut slots = vec![initial(optimiser).map(f64::from); count];
            let got = engines().each_ref().map(|engine| replay(engine, (optimiser, kept), &w, &grads, &steps));
            for (i, step) in steps.iter().enumerate() {
                for ((w, slots), dw) in want.iter_mut().zip(&mut slots).zip(&grads[i]) {
                    Rule::of(optimiser).step(w, f64::from(*dw), slots, *step);
                }
                // Each step rounds the weight and the slots once or a few times; nothing cancels.
                let ulps = 4.0 * (i + 1) as f64;
                for run in &got {
                    close(&run[i][0], &want, &vec![1.0; count], ulps);
                    for (k, got) in run[i][1..].iter().enumerate() {
                        let slot: Vec<_> = slots.iter().map(|s| s[k]).collect();
                        // Gradients are as large as 10 and 25, their squares 100 and 625.
                        let scale: Vec<_> = slot.iter().map(|v| v.abs() + 10.0).collect();
                        close(got, &slot, &scale, ulps);
                    }
                }
                assert!(want.iter().all(|v| v.is_finite()), "{name}");
            }
        }
    }
}

#[derive(Deserialize)]
struct Fixture {
    w: Vec<f32>,
    grads: Vec<Vec<f32>>,
    cases: BTreeMap<String, Vec<Vec<f64>>>,
}

#[test]
fn optimisers_fold_past_the_longest_line() {
    // 65,535 groups of 64 threads hold 4,194,240 weights.
    let count = 4_194_251;
    let step = Step { rate: 0.125, t: 1, scale: 1.0 };
    let (w, grad) = (noise(count, 1), noise(count, 2));
    let named = |name: &str| {
        ALL.iter().find(|(row, ..)| *row == name).map(|&(_, optimiser, slots)| (optimiser, slots)).unwrap()
    };
    for (row, kernel) in [
        ("adam", "adam"),
        ("tf1_rmsprop", "rmsprop"),
        ("tf1_rmsprop_momentum", "rmsprop_momentum"),
        ("sgd", "sgd"),
        ("sgd_momentum", "sgd_momentum"),
    ] {
        let (optimiser, slots) = named(row);
        let got = replay(&engines()[1], (optimiser, slots), &w, std::slice::from_ref(&grad), &[step]);
        let mut want = wide(&w);
        for (w, dw) in want.iter_mut().zip(&grad) {
            Rule::of(optimiser).step(w, f64::from(*dw), &mut initial(optimiser).map(f64::from), step);
        }
        close(&got[0][0], &want, &vec![1.0; count], 4.0);
        assert_folded(&[kernel]);
    }
}

#[test]
fn optimisers_take_the_steps_of_pytorch() {
    let fixture: Fixture = serde_json::from_str(include_str!("../fixtures/optim/pytorch.json")).unwrap();
    assert!(fixture.cases.keys().all(|name| ALL.iter().any(|(row, ..)| row == name)));
    let steps: Vec<_> =
        (1..=fixture.grads.len() as i32).map(|t| Step { rate: f64::from(0.01f32), t, scale: 1.0 }).collect();
    // Not in fours and in fours.
    for count in [11, 8] {
        let w = &fixture.w[..count];
        let grads: Vec<_> = fixture.grads.iter().map(|g| g[..count].to_vec()).collect();
        for &(name, optimiser, slots) in ALL {
            for engine in engines() {
                let got = replay(engine, (optimiser, slots), w, &grads, &steps);
                for (i, (got, want)) in got.iter().zip(&fixture.cases[name]).enumerate() {
                    close(&got[0], &want[..count], &vec![2.0; count], 4.0 * (i + 1) as f64);
                }
            }
        }
    }
}

#[test]
fn the_first_step_of_adam_is_as_long_as_the_rate() {
    // m / (1 - beta1) = g and v / (1 - beta2) = g^2: whatever the gradient, w moves by rate * sign(g).
    let grads = [vec![1e-3, -1e3, 1.0, -0.25, 7.0]];
    let step = Step { rate: 0.125, t: 1, scale: 1.0 };
    for engine in engines() {
        let got = replay(engine, (ADAM, 2), &[0.0; 5], &grads, &[step]);
        close(&got[0][0], &[-0.125, 0.125, -0.125, 0.125, -0.125], &[0.125; 5], 100.0);
    }
}

#[test]
fn a_gradient_that_is_no_number_shows_in_its_weight_alone() {
    let step = Step { rate: 0.1, t: 1, scale: 1.0 };
    for &(name, optimiser, slots) in ALL {
        for count in [5, 8] {
            let mut grad = vec![1.0; count];
            grad[2] = f32::NAN;
            let got = replay(&engines()[0], (optimiser, slots), &vec![1.0; count], &[grad], &[step]);
            let bad: Vec<_> = got[0][0].iter().map(|v| v.is_nan()).collect();
            assert_eq!(bad, (0..count).map(|i| i == 2).collect::<Vec<_>>(), "{name}");
        }
    }
}

#[test]
fn optimisers_refuse_what_does_not_fit() {
    let engine = &engines()[0];
    let tensor = |shape: &[usize]| engine.tensor(shape).unwrap();
    let [w, dw, a, b] = [0; 4].map(|_| tensor(&[3]));
    let (words, wrong) = (tensor(&[8]), tensor(&[4]));
    let mut rec = Recorder::new(engine);
    let both = [a.clone(), b.clone()];
    let momentum = Optimiser::RmsProp { decay: 0.9, momentum: 0.5, eps: 0.0 };
    for (argument, result) in [
        ("gradient", optimise(&mut rec, ADAM, &w, &wrong, &both, &words)),
        ("slot", optimise(&mut rec, ADAM, &w, &dw, &[a.clone(), wrong.clone()], &words)),
        ("slots", optimise(&mut rec, ADAM, &w, &dw, &both[..1], &words)),
        ("slots", optimise(&mut rec, momentum, &w, &dw, &both[..1], &words)),
        ("words", optimise(&mut rec, ADAM, &w, &dw, &both, &wrong)),
        ("output", optimise(&mut rec, ADAM, &w, &dw, &[w.clone(), a.clone()], &words)),
    ] {
        assert!(matches!(result, Err(Error::Shape { argument: a, .. }) if a == argument), "{argument}: {result:?}");
    }
    for optimiser in [
        Optimiser::Adam { beta1: 1.0, beta2: 0.9, eps: 0.0 },
        Optimiser::Adam { beta1: 0.9, beta2: -0.1, eps: 0.0 },
        Optimiser::RmsProp { decay: f32::NAN, momentum: 0.0, eps: 0.0 },
    ] {
        let result = optimise(&mut rec, optimiser, &w, &dw, &both[..optimiser.slots().len()], &words);
        assert!(matches!(result, Err(Error::Argument { .. })), "{result:?}");
    }
}
