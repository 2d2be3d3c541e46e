//! What a learner promises: steps that repeat to the bit, checkpoints, parts of a batch, losses that show what is no number.

use std::collections::BTreeMap;
use std::path::Path;

use tunevote::Error;
use tunevote::blocking;
use tunevote::gpu::Engine;
use tunevote::models::System;
use tunevote::nn::{Mode, Schedule};
use tunevote::plan::PlanOptions;
use tunevote::predict::Predictor;
use tunevote::signal::front_end::{FrontEnd, MelFrontEnd};
use tunevote::train::{Checkpoint, Hints, Learner, Pace, Progress, Settings, StepReport, Sums};
use tunevote::weights::{Card, ModelFile, Values};

use crate::harness::{close, engines, limited, noise, wide};
use crate::reference::graph::{Values as Given, evaluate};

fn settings(batch: usize, seed: u64) -> Settings {
    Settings { system: System::named("compact").unwrap(), slice: [32, 32], classes: 4, batch, clip: None, seed }
}

fn step(learner: &Learner, step: u64) -> StepReport {
    let batch = learner.settings().batch;
    let slices = noise(batch * 32 * 32, 100 + step as u32);
    learner.step(&slices, &targets(batch), 1e-3, step).unwrap().wait().unwrap()
}

fn targets(batch: usize) -> Vec<f32> {
    (0..4 * batch).map(|i| if i % 4 == i / 4 % 4 { 1.0 } else { 0.0 }).collect()
}

type Bits = BTreeMap<String, Vec<u32>>;

fn state(learner: &Learner) -> Bits {
    let all = learner.kept().unwrap().into_iter().chain(learner.slots().unwrap());
    all.map(|(name, (_, values))| (name, values.iter().map(|v| v.to_bits()).collect())).collect()
}

fn after(engine: &Engine, seed: u64, steps: u64) -> (Learner, Bits) {
    let learner = Learner::new(engine, settings(4, seed)).unwrap();
    (1..=steps).for_each(|k| drop(step(&learner, k)));
    let bits = state(&learner);
    (learner, bits)
}

#[test]
fn a_seed_repeats_to_the_bit() {
    for engine in engines() {
        let (_, one) = after(engine, 7, 5);
        assert!(one == after(engine, 7, 5).1, "the same seed gives other weights");
        let other = after(engine, 8, 5).1;
        let alike = one.iter().filter(|(name, bits)| other[*name] == **bits).count();
        assert_eq!(alike, 0, "another seed gives the same {alike} tensors");
        assert!(one != after(engine, 7, 4).1, "a step more changes nothing");
    }
}

#[test]
fn hints_teach_the_network_and_stay_beside_it() {
    let engine = &engines()[1];
    let hints = Hints { count: 3, weight: 2.0 };
    let plain = Learner::new(engine, settings(4, 7)).unwrap();
    let [hinted, deaf] = [hints, Hints { weight: 0.0, ..hints }]
        .map(|hints| Learner::hinted(engine, settings(4, 7), Some(hints)).unwrap());
    let slices = noise(4 * 32 * 32, 101);
    let shares = [0.9, 0.1, 0.5, 0.2, 0.8, 0.3, 1.0, 0.0, 0.6, 0.4, 0.7, 0.05];
    let both: Vec<f32> = targets(4).chunks(4).zip(shares.chunks(3)).flat_map(|(a, b)| [a, b].concat()).collect();
    let first = |learner: &Learner, targets: &[f32]| learner.step(&slices, targets, 1e-2, 1).unwrap().wait().unwrap();
    let reports = [first(&plain, &targets(4)), first(&hinted, &both), first(&deaf, &both)];
    // What a step reports is of the answers alone, and the same before anything was learnt.
    let near = |a: &[f32], b: &[f32]| a.iter().zip(b).all(|(a, b)| (a - b).abs() < 1e-5);
    assert!(reports.iter().all(|report| near(&report.losses, &reports[0].losses)), "{reports:?}");
    assert!(plain.step(&slices, &both, 1e-2, 2).is_err() && hinted.step(&slices, &targets(4), 1e-2, 2).is_err());
    let kept = |learner: &Learner| learner.kept().unwrap();
    let (plain, with, without) = (kept(&plain), kept(&hinted), kept(&deaf));
    assert_eq!(with["hints.weight"].0, [128, 3]);
    assert_eq!(with.len(), plain.len() + 2);
    // Hints that count nothing change nothing of the network; the others reach its first layer.
    let first = "block1.weight";
    assert!(near(&without[first].1, &plain[first].1));
    assert!(!near(&with[first].1, &plain[first].1));
    let musicnn = Settings { system: System::named("musicnn").unwrap(), slice: [96, 187], ..settings(1, 7) };
    assert!(Learner::hinted(engine, musicnn, Some(hints)).is_ok(), "any network that ends in a dense layer");
}

fn progress() -> Progress {
    let labels = ["a", "b", "c", "d"].map(str::to_owned).to_vec();
    let card = Card::new("compact", labels, FrontEnd::Mel(MelFrontEnd::compact()));
    Progress {
        card,
        options: serde_json::json!({"seed": 3}),
        songs: "digest".into(),
        steps: 3,
        total: 5,
        paces: vec![Pace { from: 0, learning_rate: 1e-3, schedule: Schedule::Cosine, clip: Some(0.1) }],
        sums: Sums { loss: 0.1 + 0.2, right: 2, judged: 11, slices: 12, seconds: 1.0 / 3.0 },
        history: Vec::new(),
        best: Some((0.5, 0)),
    }
}

#[test]
fn a_checkpoint_goes_on_as_if_nothing_had_happened() {
    let engine = &engines()[1];
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("run.checkpoint");
    let (_, want) = after(engine, 3, 5);
    let (learner, _) = after(engine, 3, 3);
    let progress = progress();
    let best = BTreeMap::from([("dense.weight".to_owned(), (vec![2], vec![0.5, -1.0]))]);
    Checkpoint::write(&path, &learner, &progress, Some(&best)).unwrap();
    drop(learner);
    let checkpoint = Checkpoint::read(&path).unwrap();
    assert_eq!(checkpoint.progress, progress);
    assert_eq!(checkpoint.best(), Some(best));
    // A learner that has gone elsewhere: nothing of that may stay.
    let mut again = Learner::new(engine, settings(4, 3)).unwrap();
    step(&again, 1);
    checkpoint.restore(&mut again).unwrap();
    (4..=5).for_each(|k| drop(step(&again, k)));
    assert!(state(&again) == want, "the restored run ends elsewhere");
    let mut other = Learner::new(engine, Settings { classes: 5, ..settings(4, 3) }).unwrap();
    let error = checkpoint.restore(&mut other).unwrap_err().to_string();
    assert!(error.contains("dense"), "{error}");
}

#[test]
fn a_checkpoint_is_not_overwritten_with_what_is_no_number() {
    let engine = &engines()[1];
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("run.checkpoint");
    let (learner, _) = after(engine, 3, 1);
    Checkpoint::write(&path, &learner, &progress(), None).unwrap();
    let good = std::fs::read(&path).unwrap();
    assert_eq!(Checkpoint::read(&path).unwrap().best(), None);
    // The loss of this step is a number still; what it does to the weights is not.
    let report = learner.step(&noise(4 * 32 * 32, 1), &targets(4), f32::NAN, 2).unwrap().wait().unwrap();
    assert!(report.loss().is_finite());
    let error = Checkpoint::write(&path, &learner, &progress(), None).unwrap_err();
    assert!(matches!(&error, Error::NotFinite(problem) if problem.contains("holds NaN")), "{error}");
    assert!(std::fs::read(&path).unwrap() == good);
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn a_predictor_on_a_learners_variables_answers_as_a_file_of_them_does() {
    for engine in engines() {
        let learner = Learner::new(engine, Settings { slice: [128, 128], ..settings(2, 3) }).unwrap();
        let card = progress().card;
        let shared = Predictor::shared(&card, learner.variables(), 2, PlanOptions::default()).unwrap();
        let slices = noise(3 * 128 * 128, 1);
        let mut earlier = Vec::new();
        // After each step anew: weights and statistics are those of now.
        for k in 1..=2 {
            let targets = [1.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0];
            learner.step(&slices[..2 * 128 * 128], &targets, 1e-3, k).unwrap().wait().unwrap();
            let file = ModelFile::new(Path::new("m"), card.clone(), learner.kept().unwrap()).unwrap();
            let want = Predictor::new(engine, &file, 2).unwrap().probabilities(&slices).unwrap();
            let got = shared.probabilities(&slices).unwrap();
            assert_eq!(got, want);
            assert_ne!(got, earlier);
            earlier = got;
        }
    }
}

/// An engine whose largest binding is so small that a batch of 32 comes in two parts.
fn narrow() -> Engine {
    limited(160 << 10)
}

fn given(values: &Values) -> Given {
    values.iter().map(|(name, (_, values))| (name.clone(), wide(values))).collect()
}

/// One step against the interpreter: losses and logits of each part, the sum of the parts' gradients (AdamW's mean after its first
/// step is a tenth of it), running statistics part by part.
#[allow(clippy::print_stdout)] // The name of what is compared, shown where it fails.
fn first_step(engine: &Engine, name: &str, batch: usize, part: usize) {
    let settings = Settings { system: System::named(name).unwrap(), ..settings(batch, 11) };
    let learner = Learner::new(engine, settings).unwrap();
    assert_eq!(learner.part(), part);
    let (mut net, logits) = settings.system.network(Mode::Training, part, [32, 32], 4).unwrap();
    let labels = net.graph.input("targets", [part, 4]).unwrap();
    let losses = net.graph.cross_entropy(logits, labels).unwrap();
    let sum = net.graph.sum_all(losses).unwrap();
    let weights = net.weights();
    let gradients = net.graph.gradients(sum, &weights).unwrap();
    let names: Vec<_> = net.kept().iter().map(|(name, _)| (*name).to_owned()).collect();

    let mut values = given(&learner.kept().unwrap());
    let slices = noise(batch * 32 * 32, 101);
    let mut want: Vec<Vec<f64>> = weights.iter().map(|&id| vec![0.0; net.graph.shape(id).count()]).collect();
    let mut wanted = (Vec::new(), Vec::new());
    for k in 0..batch / part {
        values.insert("slices".into(), wide(&slices[k * part * 1024..(k + 1) * part * 1024]));
        values.insert("targets".into(), wide(&targets(batch)[k * part * 4..(k + 1) * part * 4]));
        let words = [11, 0, 1, 0, 0, 0, 0, k as u32];
        values.insert("seed".into(), words.map(|word| f64::from(f32::from_bits(word))).to_vec());
        let all = evaluate(&net.graph, &values);
        for (sum, id) in want.iter_mut().zip(&gradients) {
            sum.iter_mut().zip(&all[id.index()]).for_each(|(sum, g)| *sum += g / batch as f64);
        }
        wanted.0.extend(&all[losses.index()]);
        wanted.1.extend(&all[logits.index()]);
        for update in net.graph.updates() {
            let tunevote::graph::Update::Assign { variable, value } = update else { continue };
            let variables = net.graph.variables();
            let (name, _) = variables.iter().find(|(_, id)| id == variable).unwrap();
            values.insert((*name).to_owned(), all[value.index()].clone());
        }
    }

    let report = step(&learner, 1);
    let near = |what: &str, got: &[f32], want: &[f64], share: f64| {
        let top = want.iter().fold(0.0_f64, |top, v| top.max(v.abs()));
        assert!(top > 0.0, "{what} shows nothing");
        println!("{what}");
        close(got, want, &vec![top; want.len()], share);
    };
    near("losses", &report.losses, &wanted.0, 100.0);
    near("logits", &report.logits, &wanted.1, 100.0);
    let (kept, slots) = (learner.kept().unwrap(), learner.slots().unwrap());
    for (name, want) in names.iter().zip(&want) {
        let mean: Vec<_> = want.iter().map(|g| 0.1 * g).collect();
        near(name, &slots[&format!("optimiser.m.{name}")].1, &mean, 400.0);
    }
    let mut statistics = 0;
    for name in names.iter().filter(|name| name.ends_with(".stats")) {
        near(name, &kept[name].1, &values[name], 100.0);
        statistics += 1;
    }
    assert_eq!(statistics, if name == "gru" { 0 } else { 5 });
    let sums = learner.variables().iter().filter(|(name, _)| name.starts_with("optimiser.gradient."));
    let sums: Vec<_> = sums.map(|(_, sum)| blocking::wait(engine, engine.read(sum)).unwrap()).collect();
    assert_eq!(sums.len(), if part == batch { 0 } else { weights.len() });
    assert!(sums.concat().iter().all(|&v| v == 0.0), "sums of gradients are left over");
    engine.check().unwrap();
}

#[test]
fn a_whole_batch_takes_the_step_of_its_formula() {
    for engine in engines() {
        ["compact", "gru", "cnn-rnn"].iter().for_each(|name| first_step(engine, name, 6, 6));
    }
}

#[test]
fn parts_of_a_batch_take_one_step_together() {
    first_step(&narrow(), "compact", 32, 16);
}

/// Three steps of slice-cnn at 64 slices, whole and in two parts; dense1.weight alone fills the narrow device's binding.
#[test]
fn slice_cnn_in_parts_takes_the_steps_of_the_whole() {
    let settings = Settings { system: System::named("slice-cnn").unwrap(), batch: 64, ..settings(64, 5) };
    let slices: Vec<_> = noise(64 * 1024, 9).iter().map(|v| 0.5 + 0.5 * v).collect();
    let run = |engine: &Engine, part: usize| {
        let learner = Learner::new(engine, settings).unwrap();
        assert_eq!(learner.part(), part);
        let losses = (1..=3).flat_map(|k| learner.step(&slices, &targets(64), 0.1, k).unwrap().wait().unwrap().losses);
        let losses: Vec<_> = losses.collect();
        engine.check().unwrap();
        (learner, losses)
    };
    let (mut one, whole) = run(&engines()[1], 64);
    let (mut two, parts) = run(&limited(8 << 20), 32);
    // A step's plans do the same work, but for sums that are added and cleared.
    let flops = |learner: &Learner| learner.plans().iter().map(|plan| plan.recording().cost().flops).sum::<f64>();
    assert_eq!((one.plans().len(), one.parts(), two.plans().len(), two.parts()), (1, 1, 3, 2));
    assert!((flops(&two) / flops(&one) - 1.0).abs() < 0.01, "{} against {}", flops(&two), flops(&one));
    close(&parts, &wide(&whole), &vec![1.0; 192], 200.0);
    let fresh = Learner::new(&engines()[1], settings).unwrap().kept().unwrap();
    for (name, (_, values)) in two.kept().unwrap() {
        let (_, want) = &one.kept().unwrap()[&name];
        let moved = want.iter().zip(&fresh[&name].1).fold(0.0_f32, |most, (a, b)| most.max((a - b).abs()));
        assert!(moved > 0.0, "{name} should have moved");
        // A part's sum is rounded once more than the whole's: no more than that of what a weight moved.
        let off = want.iter().zip(&values).fold(0.0_f32, |most, (a, b)| most.max((a - b).abs()));
        assert!(off < 1e-2 * moved, "{name} is off by {off}, having moved by {moved}");
    }
    // Either one's checkpoint is the other's.
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("run.checkpoint");
    Checkpoint::write(&path, &one, &progress(), None).unwrap();
    Checkpoint::read(&path).unwrap().restore(&mut two).unwrap();
    assert!(state(&one) == state(&two));
    two.step(&slices, &targets(64), 0.1, 4).unwrap().wait().unwrap();
    Checkpoint::write(&path, &two, &progress(), None).unwrap();
    Checkpoint::read(&path).unwrap().restore(&mut one).unwrap();
    assert!(state(&one) == state(&two));
}

#[test]
fn a_device_too_narrow_for_one_slice_is_named() {
    let settings = Settings { slice: [512, 512], ..settings(2, 0) };
    let error = Learner::new(&narrow(), settings).unwrap_err().to_string();
    assert!(error.contains("compact"), "{error}");
}

#[test]
fn what_is_no_number_shows_in_the_loss() {
    for engine in engines() {
        let learner = Learner::new(engine, settings(4, 0)).unwrap();
        let mut slices = noise(4 * 32 * 32, 1);
        slices[1024 + 77] = f32::NAN;
        let report = learner.step(&slices, &targets(4), 1e-3, 1).unwrap().wait().unwrap();
        assert!(report.loss().is_nan(), "the loss is {}", report.loss());
        let error = learner.step(&slices[1..], &targets(4), 1e-3, 2).unwrap_err().to_string();
        assert!(error.contains("4 slices"), "{error}");
    }
}
