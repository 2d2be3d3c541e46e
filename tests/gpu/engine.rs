//! Engines, recordings and profiles: what an embedding program relies on.

mod adapters;
mod errors;
mod pipelines;
mod submission;

use std::cell::Cell;
use std::time::Instant;

use tunevote::blocking::wait;
use tunevote::gpu::{Engine, Features, Profile, Recorder, Recording};
use tunevote::graph::{Graph, Optimiser, Update};
use tunevote::kernels::pointwise;
use tunevote::plan::{Plan, PlanOptions, Variables};
use tunevote::shape::{Conv2d, Padding, Pool2d, Unary};
use tunevote::wgpu;

use crate::harness::{engines, noise};

/// One training step of a small network: convolution, pool, product, loss, descent, and a variable that takes the loss.
fn network(engine: &Engine) -> (Variables, Plan) {
    let mut g = Graph::new();
    let mut variables = Variables::new(engine);
    let x = g.input("x", [2, 1, 8, 8]).unwrap();
    let targets = g.input("targets", [2, 3]).unwrap();
    let step = g.input("step", [8]).unwrap();
    let [w1, b1, w2] = [("w1", vec![4, 1, 3, 3]), ("b1", vec![1, 4, 1, 1]), ("w2", vec![64, 3])].map(|(name, dims)| {
        variables.set(name, dims.clone(), &noise(dims.iter().product(), 5)).unwrap();
        g.variable(name, dims).unwrap()
    });
    let y = g.conv2d(x, w1, Conv2d { padding: Padding::Same, ..Conv2d::default() }).unwrap();
    let y = g.plus(y, b1).unwrap();
    let y = g.relu(y).unwrap();
    let y = g.max_pool2d(y, Pool2d::square(2)).unwrap();
    let y = g.reshape(y, [2, 64]).unwrap();
    let logits = g.matmul(y, w2).unwrap();
    let losses = g.cross_entropy(logits, targets).unwrap();
    let loss = g.mean_all(losses).unwrap();
    let gradients = g.gradients(loss, &[w1, b1, w2]).unwrap();
    for (variable, gradient) in [w1, b1, w2].into_iter().zip(gradients) {
        let name = format!("velocity {}", variable.index());
        let shape = g.shape(variable).clone();
        variables.set(&name, shape.clone(), &vec![0.0; shape.count()]).unwrap();
        let slots = vec![g.variable(&name, shape).unwrap()];
        let optimiser = Optimiser::Sgd { momentum: 0.9, nesterov: false, weight_decay: 0.0 };
        g.update(Update::Optimise { optimiser, variable, slots, gradient, step }).unwrap();
    }
    variables.set("last loss", [], &[f32::NAN]).unwrap();
    let last = g.variable("last loss", []).unwrap();
    g.update(Update::Assign { variable: last, value: loss }).unwrap();
    g.output("logits", logits).unwrap();
    g.output("loss", loss).unwrap();
    let plan = Plan::new(&g, &variables, PlanOptions::default()).unwrap();
    plan.write("x", &noise(128, 9)).unwrap();
    plan.write("targets", &[1.0, 0.0, 0.0, 0.0, 0.0, 1.0]).unwrap();
    plan.write("step", &[0.1, 1.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0]).unwrap();
    (variables, plan)
}

/// The bits of all outputs and variables.
fn results(variables: &Variables, plan: &Plan) -> Vec<(String, Vec<u32>)> {
    let engine = plan.engine();
    let bits = |tensor| wait(engine, engine.read(tensor)).unwrap().iter().map(|v| v.to_bits()).collect();
    let outputs = ["logits", "loss"].map(|name| (name.to_owned(), bits(plan.output(name).unwrap())));
    outputs.into_iter().chain(variables.iter().map(|(name, tensor)| (name.to_owned(), bits(tensor)))).collect()
}

/// What two steps on the portable engine give.
fn expected() -> Vec<(String, Vec<u32>)> {
    let (variables, plan) = network(&engines()[1]);
    let before = results(&variables, &plan);
    plan.run();
    let between = results(&variables, &plan);
    plan.run();
    let after = results(&variables, &plan);
    assert!(before != between && between != after, "the steps do nothing");
    after
}

#[test]
fn what_is_encoded_is_what_is_run_and_is_not_submitted() {
    for engine in engines() {
        let (variables, plan) = network(engine);
        let before = results(&variables, &plan);
        let mut encoder = engine.device().create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
        plan.encode(&mut encoder);
        plan.encode(&mut encoder);
        assert!(results(&variables, &plan) == before, "encoding has submitted something");
        engine.queue().submit([encoder.finish()]);
        let encoded = results(&variables, &plan);
        let (variables, plan) = network(engine);
        plan.run();
        plan.run();
        assert!(results(&variables, &plan) == encoded, "encoded and run differ");
        assert!(encoded != before);
    }
}

#[test]
fn the_callers_device_trains_a_whole_network() {
    let (device, queue) = errors::callers_device();
    let (variables, plan) = network(&Engine::from_device(device, queue));
    plan.run();
    plan.run();
    assert!(results(&variables, &plan) == expected());
}

#[test]
fn two_devices_at_once() {
    let info = engines()[1].info();
    let choice = tunevote::gpu::AdapterChoice::Name(info.name.clone());
    let other = pollster::block_on(Engine::headless(&choice, Features::Portable)).unwrap();
    let want = expected();
    let train = |engine: &Engine| {
        let (variables, plan) = network(engine);
        plan.run();
        plan.run();
        results(&variables, &plan)
    };
    std::thread::scope(|scope| {
        let jobs =
            [&other, &engines()[1]].map(|engine| scope.spawn(|| (0..5).map(|_| train(engine)).collect::<Vec<_>>()));
        for job in jobs {
            assert!(job.join().unwrap().iter().all(|got| *got == want), "a device gives something else");
        }
    });
    other.check().unwrap();
}

/// Kernels of a recording, as it prints them.
fn kernels(recording: &Recording) -> Vec<String> {
    let lines = recording.to_string();
    lines.lines().map(|line| line.split_whitespace().next().unwrap().to_owned()).collect()
}

#[test]
fn a_profile_has_a_row_a_dispatch() {
    for engine in engines() {
        let (variables, plan) = network(engine);
        let ticks = Cell::new(0.0);
        let clock = || ticks.replace(ticks.get() + 1.0);
        plan.prologue().run();
        let start = Instant::now();
        let Profile { rows, timestamps } = wait(engine, plan.recording().profile(clock)).unwrap();
        let most = start.elapsed().as_secs_f64();
        let dispatches: Vec<_> = kernels(plan.recording()).into_iter().filter(|kernel| kernel != "copy").collect();
        assert_eq!(dispatches.len(), plan.recording().len() - 1, "the assignment is a copy");
        assert_eq!(rows.iter().map(|row| row.kernel).collect::<Vec<_>>(), dispatches);
        assert_eq!(timestamps, engine.has(wgpu::Features::TIMESTAMP_QUERY));
        if timestamps {
            assert_eq!(ticks.get(), 0.0, "the clock is asked though the device has one");
            let sum: f64 = rows.iter().map(|row| row.seconds).sum();
            assert!(rows.iter().all(|row| row.seconds >= 0.0) && sum > 0.0 && sum < most, "{sum} of {most} seconds");
            assert!(rows.windows(2).all(|two| two[0].start + two[0].seconds <= two[1].start), "dispatches overlap");
        } else {
            // A look at the clock at the start, and two a dispatch.
            let times: Vec<_> = rows.iter().map(|row| (row.start, row.seconds)).collect();
            let expected: Vec<_> = (0..rows.len()).map(|row| (1.0 + 2.0 * row as f64, 1.0)).collect();
            assert_eq!(times, expected);
            assert_eq!(ticks.get(), 1.0 + 2.0 * rows.len() as f64);
        }
        let flops: f64 = rows.iter().map(|row| row.cost.flops).sum();
        assert_eq!(flops, plan.recording().cost().flops);
        // Profiling is a run.
        let profiled = results(&variables, &plan);
        let (variables, plan) = network(engine);
        plan.run();
        assert!(results(&variables, &plan) == profiled);
    }
    assert!(!engines()[1].has(wgpu::Features::TIMESTAMP_QUERY), "nobody times by the clock");
}

#[test]
fn a_recording_is_printed_line_by_line() {
    let engine = &engines()[1];
    let (x, y) = (engine.tensor([2, 50]).unwrap(), engine.tensor([2, 50]).unwrap());
    let odd = engine.tensor([65]).unwrap();
    let mut rec = Recorder::new(engine);
    pointwise::unary(&mut rec, &x, &y, &[Unary::Exp, Unary::Neg]).unwrap();
    pointwise::fill(&mut rec, &odd, 1.0).unwrap();
    rec.copy(&y, &x).unwrap();
    let recording = rec.finish().unwrap();
    let want = "\
unary_vec4                          1 groups  (2, 50) (2, 50)
fill                                2 groups  (65)
copy                                          (2, 50)
";
    assert_eq!(recording.to_string(), want);
    assert_eq!(recording.len(), 3);
    let cost = recording.cost();
    assert_eq!((cost.flops, cost.bytes), (200.0, f64::from(2 * 400 + 4 * 65 + 2 * 400)));
    let empty = Recorder::new(engine).finish().unwrap();
    assert!(empty.is_empty() && empty.to_string().is_empty());
    empty.run();
    engine.check().unwrap();
}
