//! One step of the slice CNN, an epoch of each network that the program ships, and the loss curves of a small one, as PyTorch gives
//! them. The fixture is made by tools/fixtures/training.py; weights, slices and dropout's masks come from formulas that both sides
//! know.

use serde_json::Value;
use tunevote::blocking;
use tunevote::gpu::Engine;
use tunevote::graph::{Graph, Id, Op, Update};
use tunevote::models::System;
use tunevote::nn::{Mode, StepTensor, mean_cross_entropy, minimise};
use tunevote::plan::{Plan, PlanOptions, Variables};
use tunevote::shape::{Conv2d, Optimiser, Padding, Pool2d, Reduction};

use crate::harness::{engines, noise_of_name as noise};

fn fixture() -> Value {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/training/torch.json");
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(|v| v.as_f64().unwrap()).collect()
}

fn read(engine: &Engine, tensor: &tunevote::gpu::Tensor) -> Vec<f32> {
    blocking::wait(engine, engine.read(tensor)).unwrap()
}

/// Fails where `got` is further than `share` of the largest of `want` away.
fn near(what: &str, got: &[f32], want: &[f64], share: f64) {
    assert_eq!(got.len(), want.len(), "{what}");
    let top = want.iter().fold(0.0_f64, |top, v| top.max(v.abs()));
    for (i, (&got, want)) in got.iter().zip(want).enumerate() {
        assert!((f64::from(got) - want).abs() <= share * top, "{what}[{i}]: got {got}, PyTorch has {want}");
    }
}

#[test]
fn a_step_of_the_slice_cnn() {
    engines().iter().for_each(a_step_on);
}

fn a_step_on(engine: &Engine) {
    let fixture = &fixture()["slice_cnn"];
    let system = System::named("slice-cnn").unwrap();
    let (mut net, logits) = system.network(Mode::Inference, 2, [128, 128], 6).unwrap();
    let targets = net.graph.input("targets", [2, 6]).unwrap();
    let loss = mean_cross_entropy(&mut net.graph, logits, targets).unwrap();
    net.graph.output("logits", logits).unwrap();
    net.graph.output("loss", loss).unwrap();
    minimise(&mut net, loss, system.optimiser, None).unwrap();
    let mut variables = Variables::new(engine);
    let mut before = Vec::new();
    for (name, shape) in net.kept() {
        let scale = match (name, shape.dims()) {
            ("dense1.weight", _) => 0.02,
            (_, [o, i, _, _]) => (6.0 / (4 * (o + i)) as f64).sqrt(),
            _ => 0.1,
        };
        let values = noise(name, shape.count(), scale);
        variables.set(name, shape, &values).unwrap();
        before.push((name.to_owned(), values));
    }
    net.initialise(&mut variables, 0).unwrap();
    let plan = Plan::new(&net.graph, &variables, PlanOptions::default()).unwrap();
    plan.write("slices", &noise("slices", 2 * 128 * 128, 1.0)).unwrap();
    plan.write("targets", &[0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0]).unwrap();
    plan.write("step", &StepTensor { learning_rate: 1e-3, step: 1 }.words()).unwrap();
    plan.run();
    near("loss", &read(engine, plan.output("loss").unwrap()), &[fixture["loss"].as_f64().unwrap()], 1e-5);
    near("logits", &read(engine, plan.output("logits").unwrap()), &numbers(&fixture["logits"]), 2e-5);
    assert_eq!(before.len(), 12);
    for (name, before) in &before {
        let want = &fixture["updates"][name];
        let stride = want["stride"].as_u64().unwrap() as usize;
        let some = |values: &[f32]| values.iter().step_by(stride).take(12).copied().collect::<Vec<_>>();
        let after = read(engine, variables.get(name).unwrap());
        let moved: Vec<_> = before.iter().zip(&after).map(|(b, a)| b - a).collect();
        let norm = moved.iter().map(|&v| f64::from(v).powi(2)).sum::<f64>().sqrt();
        let wanted = want["moved"].as_f64().unwrap();
        // A weight of size w keeps steps to half an ulp of w: the norm over all loses far less.
        assert!((norm / wanted - 1.0).abs() < 5e-3, "{name} moved {norm}, with PyTorch {wanted}");
        let slot = read(engine, variables.get(&format!("optimiser.ms.{name}")).unwrap());
        near(&format!("mean square of {name}"), &some(&slot), &numbers(&want["mean_squares"]), 1e-6);
        // What the weight moved by, as the gradient that it follows from.
        let followed: Vec<_> = some(&moved).iter().zip(some(&slot)).map(|(m, ms)| m * 1e3 * ms.sqrt()).collect();
        let gradients = numbers(&want["gradients"]);
        let ulp = some(before).iter().fold(0.0_f32, |top, v| top.max(v.abs())) * f32::EPSILON;
        for (i, (&got, want)) in followed.iter().zip(&gradients).enumerate() {
            let slack = f64::from(ulp) * 1e3 + 1e-4 * gradients.iter().fold(0.0_f64, |top, v| top.max(v.abs()));
            assert!((f64::from(got) - want).abs() <= slack, "gradient {i} of {name}: {got}, with PyTorch {want}");
        }
    }
    engine.check().unwrap();
}

/// Weights as the script starts them: uniform, of a width that the shape gives.
fn first_values(system: &System, name: &str, dims: &[usize]) -> Vec<f32> {
    let glorot = |fans: usize| (6.0 / fans as f64).sqrt();
    let scale = match (system.name, name, dims) {
        ("compact", _, [_, i, h, w]) => glorot(i * h * w),
        ("compact", _, [i, o]) if name.ends_with("weight") => glorot(i + o),
        ("slice-cnn", _, [o, i, _, _]) => glorot(4 * (o + i)),
        ("slice-cnn", "dense1.weight", _) => 0.02,
        ("slice-cnn", ..) => 0.1,
        _ => 0.0,
    };
    let offset = if name.ends_with("gamma") { 1.0 } else { 0.0 };
    noise(name, dims.iter().product(), scale).iter().map(|v| v + offset).collect()
}

/// The losses of 24 batches of 8 slices of 32 x 32, each seen once, with the network's dropout.
fn epoch(engine: &Engine, system: &System, optimiser: Optimiser, learning_rate: f32) -> Vec<f32> {
    const SEED: u32 = 11;
    let (mut net, logits) = system.network(Mode::Training, 8, [32, 32], 4).unwrap();
    let targets = net.graph.input("targets", [8, 4]).unwrap();
    let loss = mean_cross_entropy(&mut net.graph, logits, targets).unwrap();
    net.graph.output("loss", loss).unwrap();
    minimise(&mut net, loss, optimiser, None).unwrap();
    assert!(net.graph.nodes().iter().any(|node| matches!(node.op, Op::Dropout { .. })));
    let mut variables = Variables::new(engine);
    for (name, shape) in net.kept().into_iter().filter(|(name, _)| !name.ends_with("stats")) {
        variables.set(name, shape, &first_values(system, name, shape.dims())).unwrap();
    }
    net.initialise(&mut variables, 0).unwrap();
    let plan = Plan::new(&net.graph, &variables, PlanOptions::default()).unwrap();
    let labels: Vec<_> = (0..32).map(|i| if i % 4 == i / 4 % 4 { 1.0 } else { 0.0 }).collect();
    plan.write("targets", &labels).unwrap();
    let mut losses = Vec::new();
    for step in 1..=24 {
        let mut x = noise(&format!("epoch{step}"), 8 * 1024, 1.0);
        for (i, v) in x.iter_mut().enumerate() {
            let (slice, row) = (i / 1024, i % 1024 / 32);
            *v += if row / 8 == slice % 4 { 0.5 } else { 0.0 };
        }
        plan.write("slices", &x).unwrap();
        plan.write("seed", &[SEED, 0, step, 0, 0, 0, 0, 0].map(f32::from_bits)).unwrap();
        plan.write("step", &StepTensor { learning_rate, step: u64::from(step) }.words()).unwrap();
        plan.run();
        losses.push(read(engine, plan.output("loss").unwrap())[0]);
    }
    losses
}

/// Compares an epoch with the fixture's, which is in f64; PyTorch's own f32 strays from that by `f32_strays`. The step back through
/// a kink of ReLU or a pool may go another way in each f32, so we may stray a few times as far.
fn an_epoch(name: &str, fixture: &str, learning_rate: f32, tolerance: f64) {
    let all = self::fixture();
    let (want, strays) =
        (numbers(&all["epoch"][fixture]["losses"]), all["epoch"][fixture]["f32_strays"].as_f64().unwrap());
    assert!(strays < tolerance / 5.0, "PyTorch itself strays by {strays}");
    assert!(want[23] < 0.9 * want[0], "the curve should fall");
    let system = System::named(name).unwrap();
    for engine in engines() {
        let losses = epoch(engine, &system, system.optimiser, learning_rate);
        assert_eq!(losses.len(), want.len());
        for (step, (&got, want)) in losses.iter().zip(&want).enumerate() {
            let off = (f64::from(got) / want - 1.0).abs();
            assert!(off < tolerance, "{fixture}, step {step}: the loss is {got}, with PyTorch {want}");
        }
    }
}

#[test]
fn an_epoch_of_compact_with_adamw() {
    an_epoch("compact", "compact_adamw", 2e-3, 1e-4);
}

/// TensorFlow's form of RMSProp, which PyTorch has not: the script takes the step by its formula on PyTorch's gradients.
#[test]
fn an_epoch_of_the_slice_cnn_with_tf1_rmsprop() {
    an_epoch("slice-cnn", "slice_cnn_tf1_rmsprop", 1e-2, 2e-5);
}

const SAME: Conv2d = Conv2d { stride: [1, 1], dilation: [1, 1], padding: Padding::Same, groups: 1 };
const SIZES: [(&str, &[usize], f64, f32); 7] = [
    ("c1.weight", &[8, 1, 3, 3], 0.5, 0.0),
    ("b1.gamma", &[8], 0.0, 1.0),
    ("b1.beta", &[8], 0.0, 0.0),
    ("c2.weight", &[16, 8, 3, 3], 0.2, 0.0),
    ("c2.bias", &[16], 0.1, 0.0),
    ("d.weight", &[16, 4], 0.5, 0.0),
    ("d.bias", &[4], 0.1, 0.0),
];

/// The network of `small` in the script.
fn small(g: &mut Graph, optimiser: Optimiser) -> Id {
    let weights = SIZES.map(|(name, shape, _, _)| g.variable(name, shape).unwrap());
    let [c1, gamma, beta, c2, c2_bias, d, d_bias] = weights;
    let running = g.variable("b1.stats", [2, 8]).unwrap();
    let x = g.input("x", [8, 1, 12, 10]).unwrap();
    let y = g.conv2d(x, c1, SAME).unwrap();
    let (y, stats) = g.batch_norm_training(y, gamma, beta, 1e-5).unwrap();
    let unbiased = 0.1 * 960.0 / 959.0;
    let scale = g.data(&[[0.1; 8], [unbiased; 8]].concat(), [2, 8]).unwrap();
    let new = g.times(stats, scale).unwrap();
    let old = g.affine(running, 0.9, 0.0).unwrap();
    let value = g.plus(old, new).unwrap();
    g.update(Update::Assign { variable: running, value }).unwrap();
    let y = g.relu(y).unwrap();
    let y = g.max_pool2d(y, Pool2d::square(2)).unwrap();
    let y = g.conv2d(y, c2, SAME).unwrap();
    let bias = g.reshape(c2_bias, [1, 16, 1, 1]).unwrap();
    let y = g.plus(y, bias).unwrap();
    let y = g.elu(y, 1.0).unwrap();
    let place = g.data(&[0.0, 0.2, 0.4, 0.6, 0.8, 1.0], [6, 1]).unwrap();
    let y = g.times(y, place).unwrap();
    let y = g.reduce(Reduction::Mean, y, &[2, 3]).unwrap();
    let y = g.matmul(y, d).unwrap();
    let logits = g.plus(y, d_bias).unwrap();
    let labels: Vec<_> = (0..32).map(|i| if i % 4 == i / 4 % 4 { 1.0 } else { 0.0 }).collect();
    let targets = g.data(&labels, [8, 4]).unwrap();
    let loss = mean_cross_entropy(g, logits, targets).unwrap();
    g.output("loss", loss).unwrap();
    let gradients = g.gradients(loss, &weights).unwrap();
    let step = g.input("step", [8]).unwrap();
    for ((name, shape, _, _), (variable, gradient)) in SIZES.into_iter().zip(weights.into_iter().zip(gradients)) {
        let slots = optimiser.slots().iter();
        let slots = slots.map(|(slot, _)| g.variable(format!("{slot}.{name}"), shape).unwrap()).collect();
        g.update(Update::Optimise { optimiser, variable, slots, gradient, step }).unwrap();
    }
    running
}

fn curve(engine: &Engine, optimiser: Optimiser, learning_rate: f32) -> (Vec<f32>, Vec<f32>) {
    let mut graph = Graph::new();
    small(&mut graph, optimiser);
    let mut variables = Variables::new(engine);
    for (name, id) in graph.variables() {
        let shape = graph.shape(id).clone();
        let values = match SIZES.iter().find(|(known, ..)| *known == name) {
            Some((_, _, scale, offset)) => noise(name, shape.count(), *scale).iter().map(|v| v + offset).collect(),
            None if name == "b1.stats" => [[0.0; 8], [1.0; 8]].concat(),
            None => vec![0.0; shape.count()],
        };
        variables.set(name, shape, &values).unwrap();
    }
    let plan = Plan::new(&graph, &variables, PlanOptions::default()).unwrap();
    let mut losses = Vec::new();
    for step in 0..20 {
        let mut x = noise(&format!("batch{}", step % 5), 8 * 120, 1.0);
        for (i, v) in x.iter_mut().enumerate() {
            let (slice, row) = (i / 120, i % 120 / 10);
            *v += if row / 3 == slice % 4 { 1.0 } else { 0.0 };
        }
        plan.write("x", &x).unwrap();
        plan.write("step", &StepTensor { learning_rate, step: step + 1 }.words()).unwrap();
        plan.run();
        losses.push(read(engine, plan.output("loss").unwrap())[0]);
    }
    assert!(graph.nodes().iter().any(|node| matches!(node.op, Op::BatchNormGradInput(_))));
    (losses, read(engine, variables.get("b1.stats").unwrap()))
}

#[test]
fn twenty_steps_of_a_small_network() {
    let adam = Optimiser::Adam { beta1: 0.9, beta2: 0.999, eps: 1e-8 };
    let adamw = Optimiser::AdamW { beta1: 0.9, beta2: 0.999, eps: 1e-8, weight_decay: 1e-2 };
    let sgd = Optimiser::Sgd { momentum: 0.9, nesterov: true, weight_decay: 1e-3 };
    let fixture = &fixture()["small"];
    for engine in engines() {
        for (name, optimiser, rate) in [("adam", adam, 1e-2), ("adamw", adamw, 1e-2), ("sgd", sgd, 5e-2)] {
            let want = &fixture[name];
            let (losses, stats) = curve(engine, optimiser, rate);
            let wanted = numbers(&want["losses"]);
            assert!(wanted[19] < 0.5 * wanted[0], "the curve should fall");
            assert_eq!(losses.len(), wanted.len());
            for (step, (&got, want)) in losses.iter().zip(&wanted).enumerate() {
                let off = (f64::from(got) / want - 1.0).abs();
                assert!(off < 1e-3, "{name}, step {step}: the loss is {got}, with PyTorch {want}");
            }
            near(&format!("{name}, means"), &stats[..8], &numbers(&want["mean"]), 1e-3);
            near(&format!("{name}, variances"), &stats[8..], &numbers(&want["variance"]), 1e-3);
        }
    }
}
