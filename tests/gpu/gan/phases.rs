//! A phase's steps, and what is carried from one to the next.

use std::collections::BTreeMap;

use tunevote::gan::{Adversaries, CriticReport, GanPlan, GeneratorReport, Task, steps};
use tunevote::gpu::Engine;
use tunevote::graph::{Id, Op, Update};
use tunevote::models::gan::{Binary, Grey, Profile, Reading};
use tunevote::nn::{Net, StepTensor};

use crate::harness::{engines, noise};
use crate::reference::graph::{Values, evaluate, word};
use crate::steps::{counts, fresh, steady};

const GENRES: usize = 2;
const GREY: Grey = Grey { low: -1.0, high: 1.0 };

pub fn plan(reading: Reading) -> GanPlan {
    GanPlan { rows: 2, seed: 7, ..GanPlan::new(Profile::Paper, reading) }
}

fn task(side: usize) -> Task {
    Task { genres: GENRES, grey: GREY, picture: [side, side] }
}

/// A phase whose largest pictures are 16 x 16.
fn phase(engine: &Engine, plan: &GanPlan, phase: usize, carried: Option<tunevote::plan::Variables>) -> Adversaries {
    Adversaries::new(engine, plan, task(16), phase, carried).unwrap()
}

fn step(step: u64) -> StepTensor {
    StepTensor { learning_rate: 2e-3, step }
}

fn slices(rows: usize, seed: u32) -> Vec<f32> {
    noise(rows * GENRES * 256, seed)
}

type Bits = BTreeMap<String, Vec<u32>>;

fn bits(values: tunevote::weights::Values) -> Bits {
    values.into_iter().map(|(name, (_, values))| (name, values.iter().map(|v| v.to_bits()).collect())).collect()
}

/// What a step's graph gives in f64 from a learner's own values: the report, and every variable behind it.
fn expected(net: &Net, networks: &Adversaries, given: &Values) -> (Vec<f64>, BTreeMap<String, Vec<f64>>) {
    let mut values = given.clone();
    let all = networks.kept().unwrap().into_iter().chain(networks.slots().unwrap());
    values.extend(all.map(|(name, (_, values))| (name, values.iter().map(|&v| f64::from(v)).collect())));
    let all = evaluate(&net.graph, &values);
    let of = |id: Id| all[id.index()].clone();
    let name = |id: Id| match &net.graph.node(id).op {
        Op::Variable(name) => name.clone(),
        op => panic!("{}", op.name()),
    };
    let mut after = BTreeMap::new();
    for update in net.graph.updates() {
        match update {
            Update::Assign { variable, value } => drop(after.insert(name(*variable), of(*value))),
            // From slots of zeros, Adam's first mean is (1 - beta1) g.
            Update::Optimise { variable, slots, gradient, .. } => {
                let weight = name(*variable);
                assert_eq!(name(slots[0]), format!("optimiser.m.{weight}"));
                after.insert(name(slots[0]), of(*gradient).iter().map(|g| 0.5 * g).collect());
            }
        }
    }
    let report = net.graph.outputs().iter().find(|(name, _)| name == "report").unwrap().1;
    (of(report), after)
}

fn norm(values: impl Iterator<Item = f64>) -> f64 {
    values.map(|v| v * v).sum::<f64>().sqrt()
}

/// Where batch norm takes a shift away again, a bias has no gradient but for rounding: `most` is what is large.
fn close(what: &str, got: &[f64], want: &[f64], most: f64) {
    let (size, off) = (norm(want.iter().copied()), norm(got.iter().zip(want).map(|(a, b)| a - b)));
    assert!(
        got.len() == want.len() && off <= 2e-4 * size + 2e-5 * most,
        "{what}: {off} off of {size}, with {most} at most"
    );
}

/// Both steps give what their graphs mean in f64: losses, penalty, running statistics, and the gradient of every weight.
#[test]
fn steps_are_as_their_graphs_say() {
    for reading in [Reading::Analysis, Reading::Transfer] {
        let plan = plan(reading);
        let nets = steps(&plan, task(16), 2).unwrap();
        for engine in engines() {
            let networks = phase(engine, &plan, 2, None);
            let x = slices(2, 3);
            let select = match reading {
                Reading::Analysis => vec![1.0, 0.0, 0.0, 1.0],
                Reading::Transfer => vec![0.0, 1.0, 1.0, 0.0],
            };
            for (who, net) in nets.iter().enumerate() {
                let seed = [7, 0, 1, 0, 2, who as u32, 0, 0].map(word);
                let given = Values::from([
                    ("slices".to_owned(), x.iter().map(|&v| f64::from(v)).collect()),
                    ("slope".to_owned(), vec![1.0]),
                    ("select".to_owned(), select.clone()),
                    ("wrong".to_owned(), vec![0.0, 1.0, 1.0, 0.0]),
                    ("seed".to_owned(), seed.to_vec()),
                    ("step".to_owned(), vec![0.0; 8]),
                ]);
                let (report, after) = expected(net, &networks, &given);
                let got: Vec<f32> = if who == 0 {
                    let got = CriticReport::wait(networks.start_critic(&x, 0, step(1)).unwrap()).unwrap();
                    vec![got.distance, got.penalty, got.confusion]
                } else {
                    let got = GeneratorReport::wait(networks.start_generator(&x, 0, step(1)).unwrap()).unwrap();
                    vec![got.adversarial, got.own, got.cycle, got.content, got.confusion, got.latent, got.contrast]
                };
                close("report", &got.iter().map(|&v| f64::from(v)).collect::<Vec<_>>(), &report, 0.1);
                let now: BTreeMap<_, _> =
                    networks.kept().unwrap().into_iter().chain(networks.slots().unwrap()).collect();
                assert!(after.len() > 8);
                let most = after.values().map(|values| norm(values.iter().copied())).fold(0.0, f64::max);
                for (name, want) in after {
                    let got: Vec<_> = now[&name].1.iter().map(|&v| f64::from(v)).collect();
                    close(&name, &got, &want, most);
                }
            }
        }
    }
}

#[test]
fn what_has_grown_is_carried_over_to_the_bit() {
    let engine = &engines()[0];
    let plan = plan(Reading::Analysis);
    let small = phase(engine, &plan, 1, None);
    for k in 1..=3 {
        CriticReport::wait(small.start_critic(&slices(2, k as u32), 0, step(k)).unwrap()).unwrap();
        GeneratorReport::wait(small.start_generator(&slices(2, k as u32), 0, step(k)).unwrap()).unwrap();
    }
    let before = bits(small.kept().unwrap());
    assert!(bits(small.slots().unwrap()).values().any(|slot| slot.iter().any(|&bits| bits != 0)));
    let large = phase(engine, &plan, 2, Some(small.into_variables()));
    let after = bits(large.kept().unwrap());
    let mut new = Vec::new();
    for (name, values) in &after {
        match before.get(name) {
            Some(old) => assert!(old == values, "{name} has changed"),
            None => new.push(name.as_str()),
        }
    }
    assert!(new.contains(&"generator.grow2.weight") && new.contains(&"discriminator.grow2.weight"), "{new:?}");
    assert!(new.iter().filter(|name| name.ends_with("weight")).all(|name| after[*name].iter().any(|&bits| bits != 0)));
    // The optimisers start anew.
    assert!(bits(large.slots().unwrap()).values().flatten().all(|&bits| bits == 0));
    // What is new is what another run of this seed draws.
    let alone = bits(phase(engine, &plan, 2, None).kept().unwrap());
    assert!(new.iter().all(|name| alone[*name] == after[*name]));
}

#[test]
fn a_step_makes_nothing_on_the_device() {
    let engine = fresh();
    let networks = phase(&engine, &plan(Reading::Analysis), 3, None);
    let x = slices(2, 1);
    let mut row = Vec::new();
    for k in 1..=10 {
        let report = networks.start_generator(&x, 0, step(k)).unwrap();
        row.push(counts(&engine));
        GeneratorReport::wait(report).unwrap();
    }
    steady(&engine, &row);
    let mut row = Vec::new();
    for k in 1..=10 {
        let report = networks.start_critic(&x, 0, step(k)).unwrap();
        row.push(counts(&engine));
        CriticReport::wait(report).unwrap();
    }
    steady(&engine, &row);
}

#[test]
fn neurons_of_all_kinds_train() {
    for binary in [Binary::Deterministic, Binary::Stochastic] {
        for engine in engines() {
            let networks = phase(engine, &GanPlan { binary, ..plan(Reading::Analysis) }, 3, None);
            let before = bits(networks.kept().unwrap());
            let report = GeneratorReport::wait(networks.start_generator(&slices(2, 1), 0, step(1)).unwrap()).unwrap();
            assert!(report.own > 0.0 && report.own < 1.0);
            let after = bits(networks.kept().unwrap());
            for part in ["encoder.dense.weight", "generator.dense.weight", "refiners.unit1.first.weight"] {
                assert!(before[part] != after[part], "{part} has not moved");
            }
        }
    }
}

/// The practical widths at 32 x 32: a generator's gradients are off from f64 as far as f64's own move when slices move by 1e-5, where some of
/// its ReLUs and distances turn at their kinks; what lies behind the last kink of many is near.
#[test]
fn large_steps_are_off_no_more_than_kinks_turn() {
    const GENRES: usize = 3;
    let plan = GanPlan { rows: 2, seed: 7, ..GanPlan::new(Profile::Practical, Reading::Analysis) };
    let task = Task { genres: GENRES, ..task(32) };
    let [_, net] = steps(&plan, task, 5).unwrap();
    let x = noise(2 * GENRES * 32 * 32, 3);
    let turned = |by: usize| -> Vec<f64> {
        (0..GENRES * GENRES).map(|i| if (i / GENRES + by) % GENRES == i % GENRES { 1.0 } else { 0.0 }).collect()
    };
    let given = |size: f64| {
        let moved = x.iter().zip(noise(x.len(), 9)).map(|(&v, way)| f64::from(v) * (1.0 + size * f64::from(way)));
        Values::from([
            ("slices".to_owned(), moved.collect()),
            ("slope".to_owned(), vec![1.0]),
            ("select".to_owned(), turned(0)),
            ("wrong".to_owned(), turned(2)),
            ("seed".to_owned(), [7, 0, 1, 0, 5, 1, 0, 0].map(word).to_vec()),
            ("step".to_owned(), vec![0.0; 8]),
        ])
    };
    let networks = |engine: &Engine| Adversaries::new(engine, &plan, task, 5, None).unwrap();
    let off = |a: &[f64], b: &[f64]| norm(a.iter().zip(b).map(|(a, b)| a - b)) / norm(b.iter().copied());
    let [(report, want), (_, moved)] = [0.0, 1e-5].map(|size| expected(&net, &networks(&engines()[0]), &given(size)));
    for engine in engines() {
        let networks = networks(engine);
        let got = GeneratorReport::wait(networks.start_generator(&x, 0, step(1)).unwrap()).unwrap();
        let got = [got.adversarial, got.own, got.cycle, got.content, got.confusion, got.latent, got.contrast];
        close("report", &got.map(f64::from), &report, 0.1);
        let now: BTreeMap<_, _> = networks.slots().unwrap();
        let mut seen = 0;
        for (name, want) in want.iter().filter(|(name, _)| name.starts_with("optimiser.m.") && name.ends_with("weight"))
        {
            let got: Vec<_> = now[name].1.iter().map(|&v| f64::from(v)).collect();
            let (got, turned) = (off(&got, want), off(&moved[name], want));
            let most = if name.contains("refiners.unit2.second") { 1e-4 } else { 2.0 * turned };
            assert!(got <= most, "{name}: {got:.1e} off, and kinks turn {turned:.1e}");
            assert!(turned < 0.01, "{name}: kinks turn {turned:.1e}");
            seen += 1;
        }
        assert!(seen > 15, "{seen} weights");
    }
}
