//! One step of each optimiser.

use crate::doctor::{Case, Output};
use crate::kernels::optim;
use crate::reference::compare::{noise, wide};
use crate::reference::optim::{Rule, Step};
use crate::shape::Optimiser;

/// A step of `count` weights whose slots are not as at the start.
pub fn step(optimiser: Optimiser, count: usize) -> Case {
    let at = Step { rate: 0.125, t: 3, scale: 0.5 };
    let (w, gradient) = (noise(count, 1), noise(count, 2));
    let kept = optimiser.slots().len();
    // Squares and their means are not negative.
    let start: Vec<Vec<f32>> =
        (0..kept as u32).map(|k| noise(count, 3 + k).iter().map(|v| v.abs()).collect()).collect();
    let mut want = wide(&w);
    let mut slots = vec![Vec::new(); kept];
    for (i, w) in want.iter_mut().enumerate() {
        let mut own = [0.0; 2];
        own.iter_mut().zip(&start).for_each(|(slot, values)| *slot = f64::from(values[i]));
        Rule::of(optimiser).step(w, f64::from(gradient[i]), &mut own, at);
        slots.iter_mut().zip(own).for_each(|(slot, value)| slot.push(value));
    }
    let words = [at.rate as f32, at.t as f32, at.scale as f32, 0.0, 0.0, 0.0, 0.0, 0.0];
    // No number here is larger than about 1, but for what a small root divides.
    let output = |want: Vec<f64>, start: &[f32]| {
        let scale = want.iter().map(|v| v.abs() + 1.0).collect();
        Output { start: Some(start.to_vec()), ..Output::new(&[count], want, scale, 4.0) }
    };
    let others = slots.into_iter().zip(&start).map(|(want, start)| output(want, start));
    Case {
        what: format!("optimise {optimiser:?}"),
        inputs: vec![(vec![count], gradient), (vec![8], words.to_vec())],
        outputs: std::iter::once(output(want, &w)).chain(others).collect(),
        kind: None,
        call: Box::new(move |rec, x, y| optim::optimise(rec, optimiser, &y[0], &x[0], &y[1..], &x[1])),
    }
}

/// Every rule, in fours and not.
pub(super) fn small() -> Vec<Case> {
    let rules = [
        Optimiser::AdamW { beta1: 0.9, beta2: 0.999, eps: 1e-8, weight_decay: 0.05 },
        Optimiser::RmsProp { decay: 0.9, momentum: 0.0, eps: 1e-10 },
        Optimiser::RmsProp { decay: 0.9, momentum: 0.5, eps: 1e-10 },
        Optimiser::Sgd { momentum: 0.0, nesterov: false, weight_decay: 0.05 },
        Optimiser::Sgd { momentum: 0.9, nesterov: true, weight_decay: 0.05 },
    ];
    rules.into_iter().flat_map(|rule| [step(rule, 65), step(rule, 260)]).collect()
}
