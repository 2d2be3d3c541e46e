//! The second look in the suite of networks: steps of its critic and of its generator.

use super::{Benchmark, Measured, label, time};
use crate::error::Result;
use crate::gan::{Adversaries, CriticReport, GanPlan, GeneratorReport, Task};
use crate::gpu::{Cost, Engine};
use crate::models::CLASSES;
use crate::models::gan::{Grey, Profile, Reading};
use crate::nn::StepTensor;
use crate::reference::compare::noise;
use crate::shape::Shape;

/// Rows of one slice a genre in a step.
const ROWS: usize = 4;
/// Sides of the last phases' pictures.
const SIDES: [usize; 2] = [64, 128];

/// Steps of the last two phases, from host memory to the losses in host memory.
pub(super) fn benchmarks() -> Vec<Benchmark<'static>> {
    let step = |side: usize, generator: bool| {
        let name = if generator { "gan generator" } else { "gan critic" };
        let shape = label(&Shape::from([ROWS, CLASSES, 1, side, side]));
        Benchmark::new(name, shape, move |engine| measure(engine, side, generator))
    };
    SIDES.into_iter().flat_map(|side| [step(side, false), step(side, true)]).collect()
}

fn measure(engine: &Engine, side: usize, generator: bool) -> Measured {
    let plan = GanPlan { rows: ROWS, ..GanPlan::new(Profile::Practical, Reading::Analysis) };
    let task = Task { genres: CLASSES, grey: Grey { low: -1.0, high: 1.0 }, picture: [side, side] };
    let phase = side.ilog2() as usize;
    let networks = Adversaries::new(engine, &plan, task, phase, None)?;
    let slices = noise(ROWS * CLASSES * side * side, 1);
    let mut number = 0;
    let timing = time(|times| {
        (0..times).try_for_each(|_| -> Result<()> {
            number += 1;
            let at = StepTensor { learning_rate: 1e-6, step: number };
            if generator {
                GeneratorReport::wait(networks.start_generator(&slices, 0, at)?).map(drop)
            } else {
                CriticReport::wait(networks.start_critic(&slices, 0, at)?).map(drop)
            }
        })
    })?;
    let flops = networks.plans()[usize::from(generator)].recording().cost().flops;
    let weights: u64 = networks.variables().iter().map(|(_, tensor)| tensor.bytes()).sum();
    Ok((timing, Some(Cost { flops, bytes: weights as f64 + 4.0 * slices.len() as f64 })))
}
