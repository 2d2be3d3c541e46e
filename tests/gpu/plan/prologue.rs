//! What depends on variables alone is made once, and again when they change.

use tunevote::blocking::wait;
use tunevote::gpu::{AdapterKind, Engine, Recording};
use tunevote::graph::{Graph, Optimiser, Update};
use tunevote::models::System;
use tunevote::nn::Mode;
use tunevote::plan::{Plan, PlanOptions, Variables};
use tunevote::shape::{Conv2d, Padding};
use tunevote::wgpu::CommandEncoderDescriptor;

use super::{Trial, graphs, read};
use crate::harness::{engines, noise};

const SAME: Conv2d = Conv2d { stride: [1, 1], dilation: [1, 1], padding: Padding::Same, groups: 1 };

/// How often operands are packed.
fn packs(recording: &Recording) -> usize {
    times(recording, "gemm_pack") + times(recording, "gemm_pack_vec4")
}

/// How often a recording has this kernel.
fn times(recording: &Recording, kernel: &str) -> usize {
    recording.to_string().lines().filter(|line| line.split_whitespace().next() == Some(kernel)).count()
}

fn bits(values: &[f32]) -> Vec<u32> {
    values.iter().map(|v| v.to_bits()).collect()
}

/// `compact` at inference on two slices, with random weights.
fn compact(engine: &Engine, prologue: bool) -> (Variables, Plan) {
    let system = System::named("compact").unwrap();
    let (mut net, logits) = system.network(Mode::Inference, 2, [128, 128], 4).unwrap();
    net.graph.output("logits", logits).unwrap();
    let mut variables = Variables::new(engine);
    net.initialise(&mut variables, 3).unwrap();
    let plan = Plan::new(&net.graph, &variables, PlanOptions { prologue, ..PlanOptions::default() }).unwrap();
    (variables, plan)
}

#[test]
fn compact_packs_its_weights_once() {
    for engine in engines() {
        let (_, plan) = compact(engine, true);
        let (_, anew) = compact(engine, false);
        // Five convolutions, and a dense layer's operand that comes from the slices.
        assert_eq!(packs(anew.recording()), 6);
        assert_eq!(packs(plan.prologue()), 5);
        assert_eq!(packs(plan.recording()), 1);
        // Of the 5x5 layer, where processors unroll the others' taps.
        assert_eq!(times(plan.prologue(), "conv2d_offsets"), if engine.kind() == AdapterKind::Cpu { 1 } else { 4 });
        assert_eq!(times(plan.recording(), "conv2d_offsets"), 0);
        let [summary, all] = [&plan, &anew].map(Plan::summary);
        assert_eq!((all.prologue, all.kept), (0, 0));
        assert_eq!(summary.dispatches + summary.prologue, all.dispatches);
        assert!(3 * summary.dispatches < all.dispatches, "{summary}");
        assert!(summary.kept > 0 && summary.values < all.values, "{summary}");
        // Other slices in between: nothing that a run does may reach what the prologue has left.
        let mut earlier = Vec::new();
        for seed in [1, 2, 1, 2] {
            let slices = noise(2 * 128 * 128, seed);
            let logits = [&plan, &anew].map(|plan| {
                plan.write("slices", &slices).unwrap();
                plan.run();
                bits(&read(engine, plan, "logits"))
            });
            assert_eq!(logits[0], logits[1]);
            assert_ne!(logits[0], earlier);
            earlier = logits[0].clone();
        }
    }
}

/// `x` through a convolution with `frozen`, then one with `w`, whose sum of squares `w` descends.
fn half_frozen() -> Trial {
    let mut t = Trial::default();
    let x = t.input("x", &[1, 2, 8, 8], noise(128, 1));
    let step = t.input("step", &[8], vec![0.01, 1.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0]);
    let frozen = t.noisy("frozen", &[4, 2, 3, 3], 0.5, 0.0);
    let w = t.noisy("w", &[3, 4, 5, 5], 0.3, 0.0);
    let slot = t.variable("slot", &[3, 4, 5, 5], vec![0.0; 300]);
    let y = t.graph.conv2d(x, frozen, SAME).unwrap();
    let y = t.graph.conv2d(y, w, SAME).unwrap();
    let squares = t.graph.square(y).unwrap();
    let loss = t.graph.mean_all(squares).unwrap();
    let gradient = t.graph.gradients(loss, &[w]).unwrap()[0];
    let optimiser = Optimiser::Sgd { momentum: 0.5, nesterov: false, weight_decay: 0.0 };
    t.graph.update(Update::Optimise { optimiser, variable: w, slots: vec![slot], gradient, step }).unwrap();
    t.graph.output("loss", loss).unwrap();
    t.graph.output("y", y).unwrap();
    t
}

/// The same up to `y`, without updates.
fn onlooker() -> Trial {
    let mut t = Trial::default();
    let x = t.input("x", &[1, 2, 8, 8], noise(128, 1));
    let frozen = t.noisy("frozen", &[4, 2, 3, 3], 0.5, 0.0);
    let w = t.noisy("w", &[3, 4, 5, 5], 0.3, 0.0);
    let y = t.graph.conv2d(x, frozen, SAME).unwrap();
    let y = t.graph.conv2d(y, w, SAME).unwrap();
    t.graph.output("y", y).unwrap();
    t
}

#[test]
fn a_frozen_weight_is_packed_once_and_a_learning_one_in_every_run() {
    for engine in engines() {
        let trial = half_frozen();
        let (variables, plan) = trial.plan(engine, true);
        assert_eq!((packs(plan.prologue()), packs(plan.recording())), (1, 1));
        assert_eq!((times(plan.prologue(), "conv2d_offsets"), times(plan.recording(), "conv2d_offsets")), (1, 0));
        let (_, anew) = trial.plan_with(engine, PlanOptions { prologue: false, ..PlanOptions::default() });
        let run = |plan: &Plan| {
            plan.run();
            bits(&read(engine, plan, "loss"))
        };
        let want: Vec<_> = (0..4).map(|_| run(&anew)).collect();
        assert!(want[0] != want[1] && want[1] != want[2]);
        assert_eq!((run(&plan), run(&plan)), (want[0].clone(), want[1].clone()));
        // Behind the plan's back: the packed weights are those of before, until somebody says so.
        let frozen = variables.get("frozen").unwrap();
        engine.write(frozen, &[0.0; 72]).unwrap();
        assert_eq!(run(&plan), want[2], "the frozen weight was packed again");
        variables.touch();
        plan.run();
        assert_eq!(read(engine, &plan, "loss"), [0.0]);
    }
}

#[test]
fn what_changes_between_runs_is_seen() {
    for engine in engines() {
        let (mut variables, learner) = half_frozen().plan(engine, true);
        let trial = onlooker();
        let plan = |prologue| {
            let plan = Plan::new(&trial.graph, &variables, PlanOptions { prologue, ..PlanOptions::default() }).unwrap();
            plan.write("x", &trial.values["x"]).unwrap();
            plan
        };
        let (plan, anew) = (plan(true), plan(false));
        assert_eq!(packs(plan.recording()), 0);
        let mut earlier = Vec::new();
        let mut look = || {
            let [got, want] = [&plan, &anew].map(|plan| {
                plan.run();
                bits(&read(engine, plan, "y"))
            });
            assert_eq!(got, want, "the plan answers with old weights");
            assert_ne!(got, std::mem::replace(&mut earlier, got.clone()), "nothing has changed");
        };
        look();
        learner.run();
        look();
        let mut encoder = engine.device().create_command_encoder(&CommandEncoderDescriptor::default());
        learner.encode(&mut encoder);
        learner.encode(&mut encoder);
        engine.queue().submit([encoder.finish()]);
        look();
        variables.set("frozen", [4, 2, 3, 3], &noise(72, 8)).unwrap();
        look();
        // Through a clone, and in a way that only a caller knows.
        variables.clone().set("w", [3, 4, 5, 5], &noise(300, 9)).unwrap();
        look();
        engine.write(variables.get("w").unwrap(), &noise(300, 10)).unwrap();
        variables.touch();
        look();
    }
}

#[test]
fn an_encoder_that_is_dropped() {
    let engine = &engines()[1];
    let (_, plan) = onlooker().plan(engine, true);
    let encoder = || engine.device().create_command_encoder(&CommandEncoderDescriptor::default());
    plan.encode(&mut encoder());
    plan.refresh();
    let mut kept = encoder();
    plan.encode(&mut kept);
    engine.queue().submit([kept.finish()]);
    let y = read(engine, &plan, "y");
    let (_, other) = onlooker().plan(engine, true);
    other.run();
    assert_eq!(bits(&y), bits(&read(engine, &other, "y")));
    assert!(y.iter().all(|v| *v != 0.0));
}

/// What follows from variables alone is an output, is assigned, and is read by runs: each has memory that stays.
#[test]
fn what_the_prologue_leaves_is_read_by_outputs_and_updates() {
    let mut t = Trial::default();
    let x = t.input("x", &[5, 7], noise(35, 1));
    let w = t.noisy("w", &[5, 7], 1.0, 0.0);
    let last = t.variable("last", &[5, 7], vec![0.0; 35]);
    let g = &mut t.graph;
    let early = g.exp(w).unwrap();
    let square = g.square(w).unwrap();
    let late = g.plus(square, early).unwrap();
    let both = g.times(early, x).unwrap();
    let other = g.times(late, x).unwrap();
    // Behind the last reader of `early`: neither may take its place, as the prologue comes before all runs.
    let [tanh, relu] = [g.tanh(w).unwrap(), g.relu(w).unwrap()];
    for (name, id) in [("both", both), ("other", other), ("tanh", tanh), ("relu", relu)] {
        g.output(name, id).unwrap();
    }
    g.update(Update::Assign { variable: last, value: late }).unwrap();
    let (_, plan) = t.plan(&engines()[1], false);
    assert_eq!((plan.summary().prologue, plan.summary().dispatches), (5, 3));
    t.check(20.0);
}

#[test]
fn memory_that_stays_is_not_written_from_what_a_run_makes() {
    let engine = &engines()[1];
    let mut rec = tunevote::gpu::Recorder::new(engine);
    let [kept, x] = [(); 2].map(|()| engine.tensor([8]).unwrap());
    rec.keep(&kept);
    let refused = rec.copy(&x, &kept).unwrap_err().to_string();
    assert_eq!(refused, "copy: memory that no run changes would be written from memory that a run changes");
    let chain = [tunevote::shape::Unary::Neg];
    assert!(tunevote::kernels::pointwise::unary(&mut rec, &x, &kept, &chain).is_err());
    tunevote::kernels::pointwise::fill(&mut rec, &kept, 2.0).unwrap();
    tunevote::kernels::pointwise::unary(&mut rec, &kept, &x, &chain).unwrap();
    let [first, rest] = rec.split().unwrap();
    assert_eq!((first.len(), rest.len()), (1, 1));
    first.run();
    rest.run();
    assert_eq!(wait(engine, engine.read(&x)).unwrap(), [-2.0; 8]);
}

#[test]
fn a_submission_that_comes_to_nothing() {
    let engine = &engines()[1];
    let (_, other) = onlooker().plan(engine, true);
    other.run();
    let want = bits(&read(engine, &other, "y"));
    let (_, plan) = onlooker().plan(engine, true);
    let mut dropped = engine.submission();
    plan.add_to(&mut dropped);
    drop(dropped);
    plan.run();
    assert_eq!(bits(&read(engine, &plan, "y")), want);
}

/// Weights that stay are halves, in half the memory of the prologue; those that learn are not.
#[test]
fn weights_in_half_precision() {
    let (m, k, n) = (2, 96, 128);
    let weights: Vec<f32> = noise(k * n, 3).iter().map(|w| half::f16::from_f32(*w).to_f32()).collect();
    let [whole, halved] = [false, true].map(|half| {
        let mut g = Graph::new();
        let (x, w) = (g.input("x", [m, k]).unwrap(), g.variable("w", [k, n]).unwrap());
        let y = g.matmul(x, w).unwrap();
        g.output("y", y).unwrap();
        let mut variables = Variables::new(&engines()[0]);
        variables.set("w", [k, n], &weights).unwrap();
        let plan = Plan::new(&g, &variables, PlanOptions { half, ..PlanOptions::default() }).unwrap();
        plan.write("x", &noise(m * k, 4)).unwrap();
        plan.run();
        let y = read(plan.engine(), &plan, "y");
        (y, plan.prologue().to_string(), plan.recording().to_string(), plan.summary().lasting)
    });
    // What runs read of the weights.
    assert_eq!((whole.3, halved.3), (4 * (k * n) as u64, 2 * (k * n) as u64));
    assert!(halved.1.contains("gemm_pack_half") && halved.2.contains("gemm_thin_half"), "{halved:?}");
    assert!(!whole.1.contains("half") && !whole.2.contains("half"), "{whole:?}");
    let top = whole.0.iter().fold(0.0_f32, |top, y| top.max(y.abs()));
    assert!(
        top > 1.0 && whole.0.iter().zip(&halved.0).all(|(a, b)| (a - b).abs() < 1e-6 * top),
        "halves are exact here"
    );
    let learning = graphs::training();
    let variables = learning.variables(&engines()[0]);
    let plan = Plan::new(&learning.graph, &variables, PlanOptions { half: true, ..PlanOptions::default() }).unwrap();
    assert!(!plan.recording().to_string().contains("half"));
}
