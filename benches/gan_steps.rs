//! A GAN's steps, phase by phase, by `cargo bench --bench gan_steps [-- [--kernels] [--reading-b] [--rows N] [PHASE …]]`: a JSON line a phase
//! with milliseconds of the critic's and the generator's step; with `--kernels` a line a kernel of both behind it.
#![allow(clippy::print_stdout, clippy::unwrap_used)]

use std::collections::BTreeMap;
use std::time::Instant;

use tunevote::blocking;
use tunevote::gan::{Adversaries, CriticReport, GanPlan, GeneratorReport, Task};
use tunevote::gpu::{AdapterChoice, Engine, Features};
use tunevote::models::gan::{Grey, Profile, Reading};
use tunevote::nn::StepTensor;
use tunevote::reference::compare::noise;

/// The paper's six genres.
const GENRES: usize = 6;
const RUNS: u64 = 5;

fn main() {
    let args: Vec<String> = std::env::args().skip(1).filter(|arg| arg != "--bench").collect();
    let flag = |name: &str| args.iter().any(|arg| arg == name);
    let rows = args.iter().position(|arg| arg == "--rows").map_or(4, |at| args[at + 1].parse().unwrap());
    let reading = if flag("--reading-b") { Reading::Transfer } else { Reading::Analysis };
    let engine = pollster::block_on(Engine::headless(&AdapterChoice::Best, Features::All)).unwrap();
    let plan = GanPlan { rows, ..GanPlan::new(Profile::Practical, reading) };
    let slices = noise(rows * GENRES * 128 * 128, 1);
    let task = Task { genres: GENRES, grey: Grey { low: -1.0, high: 1.0 }, picture: [128, 128] };
    let phases = plan.table(GENRES).phases();
    let mut behind = args.iter().enumerate().filter(|(at, _)| *at == 0 || args[at - 1] != "--rows");
    let wanted: Vec<usize> = behind.by_ref().filter_map(|(_, arg)| arg.parse().ok()).collect();
    for phase in (0..phases).filter(|phase| wanted.is_empty() || wanted.contains(phase)) {
        let networks = Adversaries::new(&engine, &plan, task, phase, None).unwrap();
        let at = |step| StepTensor { learning_rate: plan.learning_rate, step };
        let critic = |k| CriticReport::wait(networks.start_critic(&slices, 0, at(k)).unwrap()).map(|_| ()).unwrap();
        let generator =
            |k| GeneratorReport::wait(networks.start_generator(&slices, 0, at(k)).unwrap()).map(|_| ()).unwrap();
        let [critic, generator] = [&critic as &dyn Fn(u64), &generator].map(|step| {
            step(1);
            let times = (2..2 + RUNS).map(|k| {
                let begun = Instant::now();
                step(k);
                begun.elapsed().as_secs_f64() * 1e3
            });
            times.fold(f64::INFINITY, f64::min)
        });
        let dispatches = networks.plans().map(|plan| plan.recording().len());
        println!(
            "{}",
            serde_json::json!({"phase": phase + 1, "rows": rows, "critic_ms": critic, "generator_ms": generator, "dispatches": dispatches})
        );
        if flag("--kernels") {
            for (who, plan) in ["critic", "generator"].into_iter().zip(networks.plans()) {
                let clock = Instant::now();
                let profile = plan.recording().profile(|| clock.elapsed().as_secs_f64());
                let profile = blocking::wait(&engine, profile).unwrap();
                let mut kernels: BTreeMap<String, (usize, f64)> = BTreeMap::new();
                for row in profile.rows {
                    let name = format!("{} {}", row.kernel, row.shapes);
                    let sum = kernels.entry(name).or_default();
                    *sum = (sum.0 + 1, sum.1 + row.seconds * 1e3);
                }
                let mut kernels: Vec<_> = kernels.into_iter().collect();
                kernels.sort_by(|a, b| b.1.1.total_cmp(&a.1.1));
                for (name, (times, ms)) in kernels.into_iter().take(30) {
                    println!("{}", serde_json::json!({"step": who, "kernel": name, "times": times, "ms": ms}));
                }
            }
        }
    }
}
