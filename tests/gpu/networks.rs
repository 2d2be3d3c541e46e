//! Networks as torchvision, timm and PyTorch have them: logits and gradients of small ones of each kind. The fixture is made by tools/fixtures/networks.py; weights and
//! pictures come from a formula that both sides know. The weights go through the names of those libraries, so these are tested too.

use std::collections::BTreeMap;

use serde_json::Value;
use tunevote::Result;
use tunevote::blocking;
use tunevote::gpu::{Engine, Tensor};
use tunevote::graph::{Id, Op};
use tunevote::import::Start;
use tunevote::models::mobilenet::MobileNet;
use tunevote::models::picture::of_mel;
use tunevote::models::resnet::ResNet;
use tunevote::models::vit::Vit;
use tunevote::models::xception::Xception;
use tunevote::models::{System, gtzan, vgg};
use tunevote::nn::{Mode, Net, mean_cross_entropy};
use tunevote::plan::{Plan, PlanOptions, Variables};
use tunevote::predict::Predictor;
use tunevote::weights::Card;

use crate::harness::{engines, noise_of_name};

const BATCH: usize = 2;
const CLASSES: usize = 3;

type Build<'a> = &'a dyn Fn(&mut Net, Id) -> Result<Id>;

fn fixture() -> Value {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/networks/torch.json");
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

fn numbers(value: &Value) -> Vec<f64> {
    match value {
        Value::Array(values) => values.iter().flat_map(numbers).collect(),
        value => vec![value.as_f64().unwrap()],
    }
}

fn read(engine: &Engine, tensor: &Tensor) -> Vec<f32> {
    blocking::wait(engine, engine.read(tensor)).unwrap()
}

/// The library's tensors, by its names.
fn state(case: &Value) -> BTreeMap<String, (Vec<usize>, Vec<f32>)> {
    let tensor = |(name, of): (&String, &Value)| {
        let shape: Vec<usize> = numbers(&of["shape"]).iter().map(|&v| v as usize).collect();
        let (scale, offset) = (of["scale"].as_f64().unwrap(), of["offset"].as_f64().unwrap());
        let values = noise_of_name(name, shape.iter().product(), scale);
        (name.clone(), (shape, values.into_iter().map(|v| v + offset as f32).collect()))
    };
    case["state"].as_object().unwrap().iter().map(tensor).collect()
}

/// The library's name of a variable, where its last part is another one.
fn theirs(name: &str) -> String {
    match name.rsplit_once('.') {
        Some((layer, "gamma")) => format!("{layer}.weight"),
        Some((layer, "beta")) => format!("{layer}.bias"),
        _ => name.to_owned(),
    }
}

/// A network's logits and gradients are the library's, to so many of their largest.
fn same(name: &str, mode: Mode, build: Build<'_>, tolerance: f64) {
    let all = fixture();
    let case = &all[name];
    let picture: Vec<usize> = numbers(&case["picture"]).iter().map(|&v| v as usize).collect();
    let want = &case[if mode == Mode::Training { "training" } else { "inference" }];
    for engine in engines() {
        let mut net = Net::new(mode).unwrap();
        let x = net.graph.input("slices", [BATCH, picture[0], picture[1], picture[2]]).unwrap();
        let logits = build(&mut net, x).unwrap();
        assert!(mode == Mode::Inference || !net.graph.nodes().iter().any(|node| matches!(node.op, Op::Dropout { .. })));
        let targets = net.graph.input("targets", [BATCH, CLASSES]).unwrap();
        let loss = mean_cross_entropy(&mut net.graph, logits, targets).unwrap();
        net.graph.output("logits", logits).unwrap();
        let weights = net.weights();
        let gradients = net.graph.gradients(loss, &weights).unwrap();
        let named =
            net.graph.variables().into_iter().map(|(name, id)| (id, name.to_owned())).collect::<BTreeMap<_, _>>();
        for (weight, gradient) in weights.iter().zip(&gradients) {
            net.graph.output(named[weight].clone(), *gradient).unwrap();
        }
        let start = Start::from_foreign(state(case), &net, [picture[1], picture[2]]).unwrap();
        let Start { values, missing, unlike, surplus, .. } = start;
        assert_eq!((missing, unlike, surplus), Default::default(), "{name}");
        let mut variables = Variables::new(engine);
        for (name, (shape, values)) in &values {
            variables.set(name, shape.clone(), values).unwrap();
        }
        let plan = Plan::new(&net.graph, &variables, PlanOptions::default()).unwrap();
        plan.write("slices", &noise_of_name("slices", BATCH * picture.iter().product::<usize>(), 1.0)).unwrap();
        plan.write("targets", &[1.0, 0.0, 0.0, 0.0, 1.0, 0.0]).unwrap();
        plan.run();
        near(name, &read(engine, plan.output("logits").unwrap()), &numbers(&want["logits"]), tolerance);
        let there = want["gradients"].as_object().unwrap();
        assert_eq!(weights.len(), there.len(), "{name}");
        for weight in &weights {
            let variable = &named[weight];
            let shape = net.graph.shape(*weight).dims().to_vec();
            let got = read(engine, plan.output(variable).unwrap());
            let got = match shape.as_slice() {
                // A dense layer's matrix lies transposed in the library.
                &[from, to] if variable.ends_with(".weight") => {
                    (0..from * to).map(|i| got[i % from * to + i / from]).collect()
                }
                _ => got,
            };
            let Some(want) = there.get(&theirs(variable)) else {
                // Under another name: the logits tell that it is in its place.
                assert_eq!(name, "torchvision_vit", "{variable}");
                continue;
            };
            let norm = got.iter().map(|&v| f64::from(v).powi(2)).sum::<f64>().sqrt();
            let wanted = want["norm"].as_f64().unwrap();
            // What a batch norm behind it takes away has a gradient of 0, and ours is rounding.
            let least = 1e-6;
            assert!(
                (norm - wanted).abs() <= 10.0 * tolerance * wanted + least,
                "{name}: {variable}: {norm}, not {wanted}"
            );
            let stride = want["stride"].as_u64().unwrap() as usize;
            let slack = 10.0 * tolerance * want["largest"].as_f64().unwrap() + least;
            for (i, want) in numbers(&want["some"]).into_iter().enumerate() {
                let got = f64::from(got[i * stride]);
                assert!((got - want).abs() <= slack, "{name}: {variable}[{}]: {got}, not {want}", i * stride);
            }
        }
        engine.check().unwrap();
    }
}

fn near(what: &str, got: &[f32], want: &[f64], share: f64) {
    assert_eq!(got.len(), want.len(), "{what}");
    let top = want.iter().fold(0.0_f64, |top, v| top.max(v.abs()));
    for (i, (&got, want)) in got.iter().zip(want).enumerate() {
        assert!((f64::from(got) - want).abs() <= share * top, "{what}[{i}]: got {got}, the library has {want}");
    }
}

#[test]
fn a_small_resnet() {
    let small = ResNet { width: 64, units: &[2, 1, 1, 2], biases: false };
    same("resnet", Mode::Inference, &|net, x| small.build(net, x, CLASSES), 1e-4);
    same("resnet", Mode::Training, &|net, x| small.build(net, x, CLASSES), 1e-3);
}

#[test]
fn a_small_xception() {
    let small = Xception { stem: [8, 12], entry: &[16, 20], middle: 1, exit: [24, 28, 32] };
    same("xception", Mode::Inference, &|net, x| small.build(net, x, CLASSES), 1e-4);
    same("xception", Mode::Training, &|net, x| small.build(net, x, CLASSES), 1e-3);
}

#[test]
fn a_narrow_mobilenet() {
    let narrow = MobileNet { stem: 8, stages: &[(8, 1), (16, 2), (32, 2), (64, 6), (128, 2)] };
    same("mobilenet", Mode::Inference, &|net, x| narrow.build(net, x, CLASSES), 1e-4);
}

#[test]
fn a_small_vision_transformer() {
    let small = Vit { patch: 16, dim: 24, depth: 2, heads: 3 };
    same("vit", Mode::Inference, &|net, x| small.build(net, x, CLASSES), 1e-4);
    same("vit", Mode::Training, &|net, x| small.build(net, x, CLASSES), 1e-4);
}

#[test]
fn the_same_by_torchvisions_names() {
    let small = Vit { patch: 16, dim: 24, depth: 2, heads: 3 };
    same("torchvision_vit", Mode::Inference, &|net, x| small.build(net, x, CLASSES), 1e-4);
}

#[test]
fn a_small_vgg() {
    let filters: &[&[usize]] = &[&[8, 8], &[12], &[16, 16]];
    same("vgg", Mode::Inference, &|net, x| vgg::stack(net, x, CLASSES, filters), 1e-4);
}

#[test]
fn a_small_gtzan_cnn() {
    same("gtzan", Mode::Inference, &|net, x| gtzan::stack(net, x, CLASSES, [6, 4, 10]), 1e-4);
}

#[test]
fn three_branches() {
    let system = System::named("three-branch").unwrap();
    same("three_branch", Mode::Inference, &|net, x| (system.build)(net, x, CLASSES), 1e-4);
}

#[test]
fn recurrent_networks() {
    for name in ["rnn", "gru", "lstm"] {
        let system = System::named(name).unwrap();
        for mode in [Mode::Inference, Mode::Training] {
            same(name, mode, &|net, x| (system.build)(net, x, CLASSES), 1e-4);
        }
    }
}

/// matplotlib's colours are Moreland's to 0.0016, which is less than half a step of 8 bits.
#[test]
fn the_picture_of_the_gtzan_paper() {
    let all = fixture();
    let case = &all["picture"];
    let sizes: Vec<usize> = numbers(&case["size"]).iter().map(|&v| v as usize).collect();
    let &[bands, columns, height, width] = sizes.as_slice() else { panic!("{sizes:?}") };
    let one: Vec<f32> = noise_of_name("decibels", bands * columns, 1.0).iter().map(|v| 45.0 * v - 40.0).collect();
    // The second slice is another one: each picture goes by its own extremes.
    let two: Vec<f32> = one.iter().rev().map(|v| 0.5 * v).collect();
    for engine in engines() {
        let mut net = Net::new(Mode::Inference).unwrap();
        let x = net.graph.input("slices", [2, 1, bands, columns]).unwrap();
        let y = of_mel(&mut net, x, [height, width]).unwrap();
        assert_eq!(net.graph.shape(y).dims(), [2, 3, height, width]);
        net.graph.output("picture", y).unwrap();
        let plan = Plan::new(&net.graph, &Variables::new(engine), PlanOptions::default()).unwrap();
        plan.write("slices", &[one.clone(), two.clone()].concat()).unwrap();
        plan.run();
        let got = read(engine, plan.output("picture").unwrap());
        let want = numbers(&case["pixels"]);
        assert_eq!(got.len(), 2 * want.len());
        for (at, (got, want)) in got.iter().zip(&want).enumerate() {
            assert!((f64::from(*got) - want).abs() < 2.5e-3, "{at}: {got}, matplotlib has {want}");
        }
        assert!(got.iter().all(|v| (0.0..=1.0).contains(v)));
        // Silence is one colour, not a division by nothing.
        plan.write("slices", &vec![-80.0; 2 * bands * columns]).unwrap();
        plan.run();
        let silent = read(engine, plan.output("picture").unwrap());
        assert!(silent.iter().all(|v| v.is_finite()), "{silent:?}");
    }
}

/// A device whose buffers are of a megabyte at most.
#[test]
fn a_batch_that_does_not_fit_says_which_would() {
    let instance = wgpu::Instance::default();
    let adapter = pollster::block_on(instance.request_adapter(&wgpu::RequestAdapterOptions::default())).unwrap();
    let limits =
        wgpu::Limits { max_buffer_size: 1 << 20, max_storage_buffer_binding_size: 1 << 20, ..wgpu::Limits::default() };
    let wanted = wgpu::DeviceDescriptor { required_limits: limits, ..Default::default() };
    let (device, queue) = pollster::block_on(adapter.request_device(&wanted)).unwrap();
    let engine = Engine::from_device(device, queue);
    let system = System::named("compact").unwrap();
    let card = Card::new("compact", vec!["a".into(), "b".into()], system.front_end());
    let mut variables = Variables::new(&engine);
    let (net, _) = card.network(Mode::Inference, 1).unwrap();
    net.initialise(&mut variables, 1).unwrap();
    let predictor = |batch| Predictor::shared(&card, &variables, batch, PlanOptions::default());
    let problem = predictor(64).unwrap_err().to_string();
    let said = problem.split("with a batch of ").nth(1).unwrap_or_else(|| panic!("{problem}"));
    let fits: usize = said.parse().unwrap_or_else(|_| panic!("{problem}"));
    assert!(fits > 1 && predictor(fits).is_ok() && predictor(2 * fits).is_err(), "{problem}");
}
