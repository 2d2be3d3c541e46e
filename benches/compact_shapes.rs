//! Which shape `compact` should have: each candidate is trained alike on a part of a corpus and judged on its validation songs.
//!
//!     cargo bench --bench compact_shapes -- CORPUS.csv [--epochs 6] [--seeds 2] [--cap 24] [--only NAME] > shapes.jsonl
//!     cargo bench --bench compact_shapes -- --time > times.jsonl
//!
//! One JSON line a candidate (and seed). The split is that of `train --seed 1`, whatever seed the weights start from, and its test
//! side is not looked at. `--cap` slices a song teach and judge. `--time` measures inference alone: milliseconds a slice in batches
//! of 32, the best of 12 runs.
#![allow(clippy::print_stdout, clippy::print_stderr, clippy::unwrap_used)]

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use serde_json::json;
use tunevote::blocking;
use tunevote::data::{
    Augment, Balance, Batches, Cache, Dataset, Fractions, Loader, PictureFile, Sampler, SliceRef, SliceSplit, Split,
};
use tunevote::gpu::{AdapterChoice, Engine, Features};
use tunevote::graph::Id;
use tunevote::models::compact::{Block, stack};
use tunevote::models::{SYSTEMS, System};
use tunevote::nn::{Mode, Moment, Net};
use tunevote::plan::{Plan, PlanOptions, Variables};
use tunevote::signal::front_end::FrontEnd;
use tunevote::train::{Learner, Settings, gather};

const BATCH: usize = 32;

macro_rules! candidates {
    ($($name:literal: $(($filters:literal, $window:literal, $stride:literal, $pool:literal)),*;)*) => {
        /// Name, and the network.
        fn candidates() -> Vec<(&'static str, System)> {
            vec![$({
                fn build(net: &mut Net, x: Id, classes: usize) -> tunevote::Result<Id> {
                    stack(net, x, classes, &[$(Block::new($filters, $window, $stride, $pool)),*])
                }
                ($name, System { build, ..SYSTEMS[0] })
            }),*]
        }
    };
}

// filters, window, stride, pool
candidates! {
    "stride 5x5, two deep": (16, 5, 2, true), (32, 3, 1, true), (64, 3, 1, false), (64, 3, 1, true), (128, 3, 1, false);
    "stride 5x5, early pools": (16, 5, 2, true), (32, 3, 1, true), (64, 3, 1, true), (128, 3, 1, true), (128, 3, 1, false);
    "stride 5x5, half as wide": (8, 5, 2, true), (16, 3, 1, true), (32, 3, 1, false), (32, 3, 1, true), (64, 3, 1, false);
    "3x3 throughout": (8, 3, 1, true), (16, 3, 1, true), (32, 3, 1, true), (64, 3, 1, true), (128, 3, 1, false);
}

struct Options {
    corpus: Option<String>,
    epochs: u64,
    seeds: u64,
    cap: u64,
    only: Option<String>,
}

fn options() -> Options {
    let mut options = Options { corpus: None, epochs: 6, seeds: 2, cap: 24, only: None };
    let mut args = std::env::args().skip(1).filter(|arg| arg != "--bench" && arg != "--time");
    while let Some(arg) = args.next() {
        let mut value = || args.next().expect("a value behind the option");
        match arg.as_str() {
            "--epochs" => options.epochs = value().parse().unwrap(),
            "--seeds" => options.seeds = value().parse().unwrap(),
            "--cap" => options.cap = value().parse().unwrap(),
            "--only" => options.only = Some(value()),
            _ => options.corpus = Some(arg),
        }
    }
    options
}

fn main() {
    let options = options();
    let engine = pollster::block_on(Engine::headless(&AdapterChoice::Best, Features::All)).unwrap();
    let wanted = |name: &str| options.only.as_deref().is_none_or(|only| name == only);
    let candidates: Vec<_> = candidates().into_iter().filter(|(name, _)| wanted(name)).collect();
    match &options.corpus {
        Some(corpus) => {
            let songs = Songs::read(&engine, Path::new(corpus), options.cap);
            for seed in 1..=options.seeds {
                for (name, system) in &candidates {
                    songs.train(&engine, name, system, seed, options.epochs);
                }
            }
        }
        None => candidates.iter().for_each(|(name, system)| time(&engine, name, system)),
    }
}

/// Parameters and multiply-adds, times two, of a slice.
fn size(system: &System) -> (usize, f64) {
    let front_end = system.front_end();
    let slices = front_end.slices();
    // At inference batch norm folds into a second convolution, and the first one is not run.
    let (net, _) = system.network(Mode::Training, 1, slices.size(), 4).unwrap();
    let mut flops = 0.0;
    for id in net.graph.ids() {
        let node = net.graph.node(id);
        if let tunevote::graph::Op::Conv2d(_) = node.op {
            let weight = net.graph.shape(node.inputs[1]).dims();
            flops += 2.0 * (node.shape.count() * weight[1..].iter().product::<usize>()) as f64;
        }
    }
    (net.parameters(), flops)
}

fn inference(system: &System, variables: &Variables, classes: usize) -> Plan {
    let slices = system.front_end().slices();
    let shape = slices.size();
    let (mut net, logits) = system.network(Mode::Inference, BATCH, shape, classes).unwrap();
    net.graph.output("logits", logits).unwrap();
    Plan::new(&net.graph, variables, PlanOptions::default()).unwrap()
}

fn time(engine: &Engine, name: &str, system: &System) {
    let slices = system.front_end().slices();
    let shape = slices.size();
    let (net, _) = system.network(Mode::Inference, 1, shape, 4).unwrap();
    let mut variables = Variables::new(engine);
    net.initialise(&mut variables, 1).unwrap();
    let plan = inference(system, &variables, 4);
    let run = || {
        let start = Instant::now();
        plan.run();
        blocking::wait(engine, engine.read(plan.output("logits").unwrap())).unwrap();
        start.elapsed().as_secs_f64()
    };
    run();
    let best = (0..12).map(|_| run()).fold(f64::INFINITY, f64::min);
    let (parameters, flops) = size(system);
    let info = engine.info();
    let line = json!({
        "name": name, "parameters": parameters, "mflop": flops / 1e6, "ms_per_slice": 1e3 * best / BATCH as f64,
        "device": format!("{} ({:?}, {} {})", info.name, info.backend, info.driver, info.driver_info),
    });
    println!("{line}");
}

struct Songs {
    dataset: Dataset,
    pictures: BTreeMap<usize, PictureFile>,
    front_end: FrontEnd,
    slices: SliceSplit,
}

/// At most `cap` slices of each song, evenly spread.
fn capped(slices: &[SliceRef], cap: u64) -> Vec<SliceRef> {
    let mut of_song: BTreeMap<usize, Vec<SliceRef>> = BTreeMap::new();
    slices.iter().for_each(|slice| of_song.entry(slice.song).or_default().push(*slice));
    let spread = |all: Vec<SliceRef>| {
        let count = (all.len() as u64).min(cap) as usize;
        (0..count).map(|k| all[k * all.len() / count]).collect::<Vec<_>>()
    };
    of_song.into_values().flat_map(spread).collect()
}

impl Songs {
    fn read(engine: &Engine, corpus: &Path, cap: u64) -> Self {
        let dataset = Dataset::from_table(corpus).unwrap();
        let front_end = SYSTEMS[0].front_end();
        let cache = Cache::new(Cache::default_folder().unwrap()).unwrap();
        let gathered = gather(engine, &dataset, &front_end, &cache, &|_| (), &|| false).unwrap().unwrap();
        let split = Split::by_artist(&dataset, Fractions { validation: 0.15, test: 0.15 }, 1).unwrap();
        let mut slices = SliceSplit::of_songs(&split, &gathered.slices(&dataset, &front_end));
        slices.train = capped(&slices.train, cap);
        slices.validation = capped(&slices.validation, cap);
        Self { dataset, pictures: gathered.pictures, front_end, slices }
    }

    fn train(&self, engine: &Engine, name: &str, system: &System, seed: u64, epochs: u64) {
        let start = Instant::now();
        let classes = self.dataset.labels.len();
        let geometry = self.front_end.slices();
        let slice = geometry.size();
        let settings = Settings { system: *system, slice, classes, batch: BATCH, clip: None, seed };
        let learner = Learner::new(engine, settings).unwrap();
        let labels: Vec<_> = self.dataset.songs.iter().map(|song| song.label).collect();
        let sampler = Sampler::new(&self.slices.train, &labels, classes, BATCH, Balance::Labels, seed).unwrap();
        let augment = Augment::of_system(system.name);
        let batches = Batches::new(sampler, self.pictures.clone(), &self.front_end, augment, seed).unwrap();
        let batches = Arc::new(batches);
        let total = batches.steps() * epochs;
        let mut accuracy = Vec::new();
        for (step, batch) in Loader::start(Arc::clone(&batches), (0, 0), epochs, 4).unwrap().enumerate() {
            let batch = batch.unwrap();
            let at = Moment { step: step as u64, each: batches.steps(), total, losses: &[] };
            let rate = system.schedule.rate(system.learning_rate, at);
            learner.step(&batch.slices, &batch.targets, rate, step as u64 + 1).unwrap().wait().unwrap();
            if (step as u64 + 1).is_multiple_of(batches.steps()) {
                accuracy.push(self.judge(system, &learner, &labels));
                eprintln!("{name}, seed {seed}, epoch {}: {:.4}", accuracy.len(), accuracy.last().unwrap());
            }
        }
        let (parameters, flops) = size(system);
        let line = json!({
            "name": name, "seed": seed, "parameters": parameters, "mflop": flops / 1e6,
            "slice_accuracy": accuracy.last(), "by_epoch": accuracy, "train_slices": self.slices.train.len(),
            "validation_slices": self.slices.validation.len(), "minutes": start.elapsed().as_secs_f64() / 60.0,
        });
        println!("{line}");
    }

    /// Mean over labels of the share of their validation slices that are right.
    fn judge(&self, system: &System, learner: &Learner, labels: &[usize]) -> f64 {
        let classes = self.dataset.labels.len();
        let geometry = self.front_end.slices();
        let plan = inference(system, learner.variables(), classes);
        let of_slice = geometry.values();
        let (mut right, mut all) = (vec![0.0; classes], vec![0.0; classes]);
        for chunk in self.slices.validation.chunks(BATCH) {
            let mut input = vec![0.0; BATCH * of_slice];
            for (slice, out) in chunk.iter().zip(input.chunks_exact_mut(of_slice)) {
                self.pictures[&slice.song].slice(slice.slice, geometry, out).unwrap();
            }
            plan.write("slices", &input).unwrap();
            plan.run();
            let logits = blocking::wait(plan.engine(), plan.engine().read(plan.output("logits").unwrap())).unwrap();
            for (slice, row) in chunk.iter().zip(logits.chunks_exact(classes)) {
                let best = (0..classes).max_by(|&a, &b| row[a].total_cmp(&row[b])).unwrap();
                let truth = labels[slice.song];
                all[truth] += 1.0;
                right[truth] += f64::from(u8::from(best == truth));
            }
        }
        let shares: Vec<_> = right.iter().zip(&all).filter(|(_, all)| **all > 0.0).map(|(r, a)| r / a).collect();
        shares.iter().sum::<f64>() / shares.len() as f64
    }
}
