//! Layers, initial values, clipping, and what the networks cost.

use std::collections::BTreeSet;

use tunevote::graph::{Graph, Id, Op, Optimiser, Update};
use tunevote::models::{SYSTEMS, System};
use tunevote::nn::{Init, Initialiser, Mode, Moment, Net, Schedule, clip_by_global_norm, mean_cross_entropy, minimise};
use tunevote::shape::{Conv2d, Shape};

use crate::reference::difference::noise;
use crate::reference::graph::{Values, value};

const ADAM: Optimiser = Optimiser::Adam { beta1: 0.9, beta2: 0.999, eps: 1e-8 };

/// Clips gradients of these values: what comes out, and the norm.
fn clipped(gradients: &[&[f64]], largest: f32) -> (Vec<Vec<f64>>, f64) {
    let mut g = Graph::new();
    let mut values = Values::new();
    let mut ids = Vec::new();
    for (k, gradient) in gradients.iter().enumerate() {
        ids.push(g.input(format!("g{k}"), [gradient.len()]).unwrap());
        values.insert(format!("g{k}"), gradient.to_vec());
    }
    let (out, norm) = clip_by_global_norm(&mut g, &ids, largest).unwrap();
    (out.iter().map(|&id| value(&g, &values, id)).collect(), value(&g, &values, norm)[0])
}

#[test]
fn clipping_by_the_joint_norm() {
    // |(2, 3, 6)| = 7
    let (all, norm) = clipped(&[&[2.0, 3.0], &[6.0]], 3.5);
    assert_eq!((all, norm), (vec![vec![1.0, 1.5], vec![3.0]], 7.0));
    for largest in [7.0, 100.0] {
        let (all, norm) = clipped(&[&[2.0, 3.0], &[-6.0]], largest);
        assert_eq!((all, norm), (vec![vec![2.0, 3.0], vec![-6.0]], 7.0));
    }
    let (all, norm) = clipped(&[&[0.0, 0.0], &[0.0]], 1.0);
    assert_eq!((all, norm), (vec![vec![0.0, 0.0], vec![0.0]], 0.0));
    let (all, _) = clipped(&[&[f64::NAN], &[1.0]], 1.0);
    assert!(all[0][0].is_nan());
}

#[test]
fn minimise_follows_every_weight_once() {
    let mut net = Net::new(Mode::Training).unwrap();
    let x = net.graph.input("x", [4, 1, 6, 5]).unwrap();
    let targets = net.graph.input("targets", [4, 3]).unwrap();
    let h = net.conv2d("c", x, 2, [3, 3], Conv2d::default(), Init::HeNormal).unwrap();
    let h = net.batch_norm("c", h).unwrap();
    let h = net.flatten(h).unwrap();
    let logits = net.dense("d", h, 3, Init::GlorotUniform).unwrap();
    let loss = mean_cross_entropy(&mut net.graph, logits, targets).unwrap();
    assert_eq!(net.parameters(), 2 * 9 + 2 * 2 + 24 * 3 + 3);
    let norm = minimise(&mut net, loss, ADAM, Some(0.5)).unwrap().unwrap();
    let name = |id| match &net.graph.node(id).op {
        Op::Variable(name) => name.clone(),
        op => panic!("{} is no variable", op.name()),
    };
    let mut followed = Vec::new();
    let mut assigned = Vec::new();
    let mut scales = Vec::new();
    for update in net.graph.updates() {
        match update {
            Update::Assign { variable, .. } => assigned.push(name(*variable)),
            Update::Optimise { optimiser, variable, slots, gradient, step } => {
                assert_eq!(*optimiser, ADAM);
                let weight = name(*variable);
                let wanted = ["m", "v"].map(|slot| format!("optimiser.{slot}.{weight}"));
                assert_eq!(slots.iter().map(|&id| name(id)).collect::<Vec<_>>(), wanted);
                assert!(matches!(&net.graph.node(*step).op, Op::Input(name) if name == "step"));
                scales.push(*gradient);
                followed.push(weight);
            }
        }
    }
    assert_eq!(followed, ["c.weight", "c.gamma", "c.beta", "d.weight", "d.bias"]);
    assert_eq!(assigned, ["c.stats"]);
    // The gradients are those of the loss, scaled to a joint norm of a half.
    let mut values = Values::new();
    for id in net.graph.ids() {
        if let Op::Input(name) | Op::Variable(name) = &net.graph.node(id).op {
            let shape = net.graph.shape(id);
            let drawn = noise(shape.count(), id.index() as u64);
            let words: Vec<_> = drawn.iter().map(|v| f64::from(*v as f32)).collect();
            values.insert(name.clone(), if name.starts_with("optimiser") { vec![0.0; shape.count()] } else { words });
        }
    }
    let before = value(&net.graph, &values, norm)[0];
    assert!(before > 0.5, "{before}");
    let joint: f64 = scales.iter().flat_map(|&id| value(&net.graph, &values, id)).map(|v| v * v).sum();
    assert!((joint.sqrt() - 0.5).abs() < 1e-9, "{joint}");
    let fresh = net.graph.gradients(loss, &net.weights()).unwrap();
    for (&scaled, &plain) in scales.iter().zip(&fresh) {
        let (scaled, plain) = (value(&net.graph, &values, scaled), value(&net.graph, &values, plain));
        for (scaled, plain) in scaled.iter().zip(&plain) {
            assert!((scaled - plain * 0.5 / before).abs() < 1e-12);
        }
    }
}

#[test]
fn running_statistics_follow_the_batch() {
    let mut net = Net::new(Mode::Training).unwrap();
    let x = net.graph.input("x", [2, 1, 2]).unwrap();
    net.batch_norm("n", x).unwrap();
    let Update::Assign { value: new, .. } = net.graph.updates()[0] else { panic!("no update of the statistics") };
    // Mean 4; the variance is 5 of four numbers, 20 / 3 unbiased.
    let values = [("x".to_owned(), vec![1.0, 3.0, 5.0, 7.0]), ("n.stats".to_owned(), vec![10.0, 100.0])];
    let new = value(&net.graph, &values.into(), new);
    assert!((new[0] - (0.9 * 10.0 + 0.1 * 4.0)).abs() < 1e-6, "{new:?}");
    assert!((new[1] - (0.9 * 100.0 + 0.1 * 20.0 / 3.0)).abs() < 1e-5, "{new:?}");
    let mut net = Net::new(Mode::Inference).unwrap();
    let x = net.graph.input("x", [2, 1, 2]).unwrap();
    net.batch_norm("n", x).unwrap();
    assert!(net.graph.updates().is_empty());
}

#[test]
fn dropout_is_for_training_alone() {
    let salts = |mode| {
        let mut net = Net::new(mode).unwrap();
        let x = net.graph.input("x", [3]).unwrap();
        let y = net.dropout(x, 0.5).unwrap();
        let z = net.dropout(y, 0.5).unwrap();
        [y, z].map(|id| if let Op::Dropout { salt, .. } = net.graph.node(id).op { Some(salt) } else { None })
    };
    assert_eq!(salts(Mode::Inference), [None, None]);
    let [first, second] = salts(Mode::Training);
    assert!(first.is_some() && second.is_some() && first != second);
}

/// Mean, deviation and largest magnitude of what is drawn.
fn drawn(init: Init, dims: &[usize]) -> [f64; 3] {
    let values = Initialiser::new(5).draw(init, "w", &Shape::from(dims));
    let count = values.len() as f64;
    let wide = || values.iter().map(|&v| f64::from(v));
    let mean = wide().sum::<f64>() / count;
    let variance = wide().map(|v| (v - mean).powi(2)).sum::<f64>() / count;
    [mean, variance.sqrt(), wide().fold(0.0, |top, v| top.max(v.abs()))]
}

/// Of 120,000 draws a deviation is good to 0.3 %, a mean to 0.3 % of a deviation.
#[test]
fn initial_values_have_their_limits_and_deviations() {
    let holds = |init, dims: &[usize], deviation: f64, largest: f64| {
        let [mean, got, top] = drawn(init, dims);
        assert!(mean.abs() < 0.012 * deviation, "{init:?} {dims:?}: mean {mean}");
        assert!((got / deviation - 1.0).abs() < 0.012, "{init:?} {dims:?}: deviation {got}, should be {deviation}");
        assert!(top <= largest * 1.000_001, "{init:?} {dims:?}: {top} beyond {largest}");
        top
    };
    // Convolutions (out, in, window): fans count the window. Dense (in, out).
    for (dims, fan_in, fan_out) in
        [(&[100, 300, 2, 2][..], 1200.0, 400.0), (&[300, 400][..], 300.0, 400.0), (&[400, 300], 400.0, 300.0)]
    {
        let limit = (6.0_f64 / (fan_in + fan_out)).sqrt();
        let top = holds(Init::GlorotUniform, dims, limit / 3.0_f64.sqrt(), limit);
        assert!(top > 0.999 * limit);
        let deviation = (2.0_f64 / fan_in).sqrt();
        let top = holds(Init::HeNormal, dims, deviation, f64::INFINITY);
        assert!(top > 4.0 * deviation);
    }
    // A normal cut at two deviations: variance 1 - 4 phi(2) / (2 Phi(2) - 1).
    let phi = (-2.0_f64).exp() / (2.0 * std::f64::consts::PI).sqrt();
    let inside: f64 = 0.954_499_736_103_641_6;
    let narrower = (1.0 - 4.0 * phi / inside).sqrt();
    let top = holds(Init::TruncatedNormal(0.02), &[300, 400], 0.02 * narrower, 0.04);
    assert!(top > 0.039_9);
    assert_eq!(drawn(Init::Constant(0.25), &[7]), [0.25, 0.0, 0.25]);
    let stats = Initialiser::new(5).draw(Init::RunningStats, "w", &[2, 3].into());
    assert_eq!(stats, [0.0, 0.0, 0.0, 1.0, 1.0, 1.0]);
}

#[test]
fn initial_values_follow_from_seed_and_name_alone() {
    let draw = |seed, name: &str| Initialiser::new(seed).draw(Init::HeNormal, name, &[5, 7].into());
    let later = {
        let initialiser = Initialiser::new(1);
        initialiser.draw(Init::GlorotUniform, "b", &[3, 3].into());
        initialiser.draw(Init::HeNormal, "a", &[5, 7].into())
    };
    assert_eq!(draw(1, "a"), later);
    assert_ne!(draw(1, "a"), draw(2, "a"));
    assert_ne!(draw(1, "a"), draw(1, "b"));
}

#[test]
fn learning_rates() {
    let at = |step| Moment { step, each: 10, total: 100, losses: &[] };
    assert_eq!(Schedule::Constant.rate(1.0, at(17)), 1.0);
    let cosine = |step| Schedule::Cosine.rate(1.0, at(step));
    assert_eq!([0, 1, 4].map(cosine), [0.2, 0.4, 1.0]);
    assert_eq!(cosine(5), 1.0);
    // Half-way from 5 to 100 would be step 52.5.
    assert!((cosine(52) + cosine(53) - 1.01).abs() < 1e-5);
    assert!((cosine(100) - 0.01).abs() < 1e-6 && cosine(99) < 0.0105);
    assert!((5..99).all(|step| cosine(step + 1) < cosine(step)));
}

/// Two for each product that is summed, in convolutions, matrix products and the states of recurrent layers.
fn multiply_adds(graph: &Graph, end: Id) -> usize {
    let cost = |id| {
        let node = graph.node(id);
        let inputs = || node.inputs.iter().map(|&input| graph.shape(input).dims());
        match &node.op {
            Op::Conv2d(_) => {
                let per_output: usize = inputs().nth(1).unwrap()[1..].iter().product();
                2 * node.shape.count() * per_output
            }
            Op::Matmul { transpose_a, .. } => {
                let a = inputs().next().unwrap();
                2 * node.shape.count() * a[a.len() - if *transpose_a { 2 } else { 1 }]
            }
            Op::Recurrent(_) => {
                let steps_and_rows: usize = node.shape.dims()[..2].iter().product();
                2 * steps_and_rows * inputs().nth(2).unwrap().iter().product::<usize>()
            }
            _ => 0,
        }
    };
    // What nobody needs is not run.
    let mut needed = BTreeSet::new();
    let mut open = vec![end];
    while let Some(id) = open.pop() {
        if needed.insert(id) {
            open.extend(&graph.node(id).inputs);
        }
    }
    needed.into_iter().map(cost).sum()
}

#[test]
fn multiply_adds_are_counted_by_hand() {
    let mut g = Graph::new();
    let x = g.input("x", [2, 4, 5, 7]).unwrap();
    let w = g.input("w", [6, 2, 3, 3]).unwrap();
    // 2 x 6 x 3 x 5 outputs of 2 x 3 x 3 products
    let y = g.conv2d(x, w, Conv2d { groups: 2, ..Conv2d::default() }).unwrap();
    assert_eq!(multiply_adds(&g, y), 2 * 180 * 18);
    let flat = g.reshape(y, [12, 15]).unwrap();
    let other = g.input("o", [12, 11]).unwrap();
    let product = g.matmul_transposed(flat, other, true, false).unwrap();
    assert_eq!(multiply_adds(&g, product), 2 * 180 * 18 + 2 * 15 * 11 * 12);
}

#[test]
fn networks_are_as_large_as_they_say() {
    for mode in [Mode::Training, Mode::Inference] {
        let (net, logits) = System::named("slice-cnn").unwrap().network(mode, 3, [128, 128], 6).unwrap();
        assert_eq!(net.parameters(), 34_250_950);
        assert_eq!(net.graph.shape(logits).dims(), [3, 6]);
    }
    // Taps 1x64, 64x128, 128x256, 256x512 of 2x2 on 128^2, 64^2, 32^2, 16^2 places, then the dense layers.
    let (net, logits) = System::named("slice-cnn").unwrap().network(Mode::Inference, 1, [128, 128], 6).unwrap();
    let convolutions = 4 * (64 * 16_384 + 64 * 128 * 4096 + 128 * 256 * 1024 + 256 * 512 * 256);
    assert_eq!(multiply_adds(&net.graph, logits), 2 * (convolutions + 32_768 * 1024 + 1024 * 6));
    let (net, logits) = System::named("compact").unwrap().network(Mode::Inference, 1, [128, 128], 6).unwrap();
    assert_eq!(net.graph.shape(logits).dims(), [1, 6]);
    assert!(net.parameters() <= 1_500_000, "{} parameters", net.parameters());
    let cost = multiply_adds(&net.graph, logits);
    assert!(cost <= 60_000_000, "{cost} floating-point operations a slice");
    assert!(cost > 10_000_000, "{cost}");
    let (net, logits) = System::named("wide").unwrap().network(Mode::Inference, 1, [128, 128], 6).unwrap();
    assert_eq!(net.graph.shape(logits).dims(), [1, 6]);
    let filters = [(1, 16, 25), (16, 32, 9), (32, 64, 9), (64, 96, 9), (96, 160, 9), (160, 192, 9)];
    let weights: usize = filters.iter().map(|(from, to, taps)| from * to * taps + 2 * to).sum();
    assert_eq!(net.parameters(), weights + 384 * 6 + 6);
    let places = [4096, 1024, 256, 256, 64, 64];
    let products: usize = filters.iter().zip(places).map(|((from, to, taps), places)| from * to * taps * places).sum();
    assert_eq!(multiply_adds(&net.graph, logits), 2 * (products + 384 * 6));
    for mode in [Mode::Training, Mode::Inference] {
        let build = |name| System::named(name).unwrap().network(mode, 3, [128, 128], 6).unwrap();
        // A GRU of 128 units has 3 x 128 rows of weights for the features and for the state, and two biases.
        let gru = |features: usize| 384 * features + 384 * 128 + 2 * 384;
        let (rnn, logits) = build("gru");
        assert_eq!(
            (rnn.parameters(), rnn.graph.shape(logits).dims()),
            (gru(128) + gru(128) + 128 * 6 + 6, &[3, 6][..])
        );
        assert_eq!(rnn.parameters(), 198_918);
        // Filters of 5x5 and 3x3, two numbers of batch norm a filter, and 64 filters of four rows for the GRU.
        let filters = 8 * 25 + 9 * (16 * 8 + 32 * 16 + 32 * 32 + 64 * 32) + 2 * (8 + 16 + 32 + 32 + 64);
        let (both, logits) = build("cnn-rnn");
        assert_eq!((both.parameters(), both.graph.shape(logits).dims()), (filters + gru(256) + 774, &[3, 6][..]));
        assert_eq!(both.parameters(), 182_910);
    }
    // Every column once: 128 steps of both layers, or 32 behind convolutions on 64^2, 32^2, 16x32 twice and 8x32 places.
    let cost = |name: &str| {
        let (net, logits) = System::named(name).unwrap().network(Mode::Inference, 1, [128, 128], 6).unwrap();
        multiply_adds(&net.graph, logits)
    };
    assert_eq!(cost("gru"), 2 * (2 * 128 * (384 * 128 + 384 * 128) + 128 * 6));
    let convolutions = 200 * 4096 + 1152 * 1024 + (4608 + 9216) * 512 + 18_432 * 256;
    assert_eq!(cost("cnn-rnn"), 2 * (convolutions + 32 * (384 * 256 + 384 * 128) + 128 * 6));
    // Columns are steps and rows are features: of half the rows the first layer has half the weights.
    let halved = |name, less| {
        let [half, whole] =
            [64, 128].map(|rows| System::named(name).unwrap().network(Mode::Inference, 1, [rows, 96], 6).unwrap().0);
        assert_eq!(whole.parameters() - half.parameters(), less, "{name}");
    };
    halved("gru", 384 * 64);
    halved("cnn-rnn", 384 * 128);
    let problem = System::named("none").unwrap_err().to_string();
    assert!(SYSTEMS.iter().all(|system| problem.contains(system.name)), "{problem}");
}

/// As published: Keras' counts for xception and mobilenet, timm's for transformers, and torchvision's for vgg16.
#[test]
fn published_networks_have_their_numbers_of_parameters() {
    for (name, parameters) in [
        ("slice-cnn", 34_250_950),
        ("three-branch", 2_567_720),
        ("gtzan-cnn", 26_006_827),
        ("vgg16", 14_714_688 + 64 * (512 * 7 * 7 + 1)),
        ("resnet50", 23_587_712),
        ("resnet50-paper", 23_587_712),
        ("xception", 20_861_480),
        ("mobilenet", 3_228_864),
        ("vit-b16", 85_798_656),
        ("vit-l32", 305_510_400),
        ("rnn", 66_822),
        ("gru", 198_918),
        ("lstm", 264_966),
    ] {
        assert_eq!(System::named(name).unwrap().published_cost().unwrap().parameters, parameters, "{name}");
    }
    // torchvision's has no biases that a batch norm takes away again.
    let here = System::named("resnet50").unwrap().cost([128, 128], 6).unwrap();
    assert_eq!(here.parameters, 23_561_152 + 6 * 2049);
    // He et al. 2016, table 1: 3.8 billion multiply-adds with the stride in the 1x1 convolution; 4.09 with it in the 3x3 one.
    let flops = |name: &str| System::named(name).unwrap().published_cost().unwrap().flops as f64 / 2e9;
    assert!((flops("resnet50") - 4.09).abs() < 0.01, "{}", flops("resnet50"));
    // Howard et al. 2017, table 4: 569 million.
    assert!((flops("mobilenet") - 0.568).abs() < 0.002, "{}", flops("mobilenet"));
}

#[test]
fn every_system_reads_its_own_slices() {
    for system in SYSTEMS {
        for mode in [Mode::Training, Mode::Inference] {
            let slice = system.front_end().slices().size();
            let (net, logits) = system.network(mode, 2, slice, 5).unwrap();
            assert_eq!(net.graph.shape(logits).dims(), [2, 5], "{}", system.name);
            // The places of a paper's picture are not the slice's.
            let none = ["rnn", "gru", "lstm", "rnn-paper", "gru-paper", "lstm-paper", "gtzan-cnn-paper", "vgg16-paper"];
            assert_eq!(net.maps().is_some(), !none.contains(&system.name), "{}", system.name);
            assert_eq!(net.maps_rows(), system.name.starts_with("three-branch").then_some(128), "{}", system.name);
        }
    }
}

#[test]
fn frozen_weights_are_kept_and_take_no_step() {
    let system = System::named("vgg16").unwrap();
    let slice = system.front_end().slices().size();
    let (net, _) = system.network(Mode::Training, 1, slice, 5).unwrap();
    let (thawed, _) = system.thawed().network(Mode::Training, 1, slice, 5).unwrap();
    let names = |net: &Net| net.kept().iter().map(|(name, _)| (*name).to_owned()).collect::<BTreeSet<_>>();
    assert_eq!(names(&net), names(&thawed));
    assert_eq!((net.weights().len(), thawed.weights().len()), (4, 30));
    // Frozen batch norm has no statistics of the batch and none to update.
    let mut net = Net::new(Mode::Training).unwrap();
    net.freeze(&["b"]);
    let x = net.graph.input("x", [2, 3, 4, 4]).unwrap();
    let y = net.batch_norm("b", x).unwrap();
    net.batch_norm("c", y).unwrap();
    assert_eq!((net.weights().len(), net.graph.updates().len()), (2, 1));
}

/// What a network with drawn weights says of a slice of 32 x 32.
fn said(name: &str, x: Vec<f64>) -> Vec<f64> {
    let (net, logits) = System::named(name).unwrap().network(Mode::Inference, 1, [32, 32], 3).unwrap();
    let mut values = Values::from([("slices".to_owned(), x)]);
    for (name, id) in net.graph.variables() {
        let drawn = noise(net.graph.shape(id).count(), id.index() as u64 % 7);
        let stats = name.ends_with("stats");
        values.insert(name.to_owned(), drawn.iter().map(|v| if stats { 1.0 + 0.5 * v } else { *v }).collect());
    }
    value(&net.graph, &values, logits)
}

/// In decibels a gain is a number that is added everywhere.
#[test]
fn a_gain_is_nothing_to_the_wide_network() {
    let x = noise(32 * 32, 3);
    let louder: Vec<_> = x.iter().map(|v| v + 1.5).collect();
    let far = |name: &str| {
        let [soft, loud] = [x.clone(), louder.clone()].map(|x| said(name, x));
        soft.iter().zip(&loud).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max)
    };
    assert!(far("wide") < 1e-9, "{}", far("wide"));
    assert!(far("compact") > 1e-3, "{}", far("compact"));
}

/// What `compact-binary` says of a slice is what it says of the slice in black and white, and not what `compact` says.
#[test]
fn a_binary_classifier_sees_black_and_white() {
    let x = noise(32 * 32, 3);
    let black_and_white: Vec<_> = x.iter().map(|&v| if v > 0.0 { 2.6 } else { -3.0 }).collect();
    let (grey, binary) = (said("compact-binary", x.clone()), said("compact-binary", black_and_white.clone()));
    assert_eq!(grey, binary);
    assert_ne!(said("compact", x), said("compact", black_and_white));
}

#[test]
fn every_pixel_reaches_the_last_state() {
    let (net, logits) = System::named("gru").unwrap().network(Mode::Inference, 1, [3, 4], 2).unwrap();
    let mut values: Values = net
        .kept()
        .into_iter()
        .map(|(name, shape)| {
            let values = Initialiser::new(1).draw(Init::Uniform(0.3), name, shape);
            (name.to_owned(), values.into_iter().map(f64::from).collect())
        })
        .collect();
    values.insert("slices".into(), vec![0.0; 12]);
    let silent = value(&net.graph, &values, logits);
    for pixel in 0..12 {
        let mut slices = vec![0.0; 12];
        slices[pixel] = 1.0;
        values.insert("slices".into(), slices);
        let got = value(&net.graph, &values, logits);
        assert!(got.iter().zip(&silent).all(|(a, b)| (a - b).abs() > 1e-6), "pixel {pixel}: {got:?} {silent:?}");
    }
}

#[test]
fn batch_norm_folds_into_the_convolution_before_it() {
    let mut net = Net::new(Mode::Inference).unwrap();
    let x = net.graph.input("x", [2, 3, 5, 4]).unwrap();
    let conv = net.conv2d("b", x, 4, [3, 2], Conv2d::default(), Init::HeNormal).unwrap();
    let folded = net.batch_norm("b", conv).unwrap();
    let id = |net: &Net, name: &str| net.graph.variables().into_iter().find(|(known, _)| *known == name).unwrap().1;
    let [stats, gamma, beta] = ["b.stats", "b.gamma", "b.beta"].map(|name| id(&net, name));
    let plain = net.graph.batch_norm_inference(conv, stats, gamma, beta, 1e-5).unwrap();
    let mut values = Values::new();
    values.insert("x".into(), noise(120, 1));
    values.insert("b.weight".into(), noise(72, 2));
    values.insert("b.gamma".into(), noise(4, 3));
    values.insert("b.beta".into(), noise(4, 4));
    values.insert("b.stats".into(), vec![0.3, -0.2, 0.1, 0.9, 0.5, 1.5, 2.5, 0.01]);
    let (got, want) = (value(&net.graph, &values, folded), value(&net.graph, &values, plain));
    assert!(got.iter().zip(&want).all(|(a, b)| (a - b).abs() < 1e-6 * (1.0 + b.abs())), "{got:?} {want:?}");
    assert!(matches!(net.graph.node(folded).op, Op::Binary(_)), "the last step should be the bias");
}
