//! Times burn at the slice CNN of src/models/slice_cnn.rs and at a layer of gated recurrent units, and prints a line of JSON for each row.
//!
//! `peer-burn [--flex] [--limit SECONDS] [ROW …]` with rows such as `inference:32`, `training:4` and `gru:32`, on burn's wgpu backend or, with
//! `--flex`, on its backend for processors. Every row has a process of its own, which is ended at the limit: the first calls of the wgpu
//! backend compile and tune for minutes, and some never return.

use std::env;
use std::error::Error;
use std::io::{BufRead, BufReader, Write};
use std::process::{Command, ExitCode, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use burn::module::Module;
use burn::nn::conv::{Conv2d, Conv2dConfig};
use burn::nn::loss::CrossEntropyLossConfig;
use burn::nn::pool::{MaxPool2d, MaxPool2dConfig};
use burn::nn::{Dropout, DropoutConfig, GruConfig, Linear, LinearConfig, PaddingConfig2d};
use burn::optim::{AdamConfig, GradientsParams};
use burn::tensor::activation::elu;
use burn::tensor::{Device, Distribution, Int, Tensor};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

const ROWS: [&str; 7] =
    ["inference:32", "inference:4", "inference:1", "training:4", "training:32", "gru:32", "gru-gradients:32"];
const LIMIT: u64 = 1200;
/// The first calls compile and tune; the third is like all later ones.
const WARM_UP: usize = 3;
const SAMPLES: usize = 5;
const CLASSES: usize = 6;
/// Steps, features and units of the recurrent layer.
const STEPS: usize = 128;
const UNITS: usize = 128;
/// Small: the same batch learned by heart has gradients of zeros. Too large a rate and ELU's gradient is 0 times infinity.
const LEARNING_RATE: f64 = 1e-6;
/// Given to the processes of single rows.
const CHILD: &str = "--this-row";
const FLEX: &str = "--flex";
/// How they say what went wrong.
const FAILED: &str = "failed: ";

#[derive(Module, Debug)]
struct SliceCnn {
    convs: Vec<Conv2d>,
    pool: MaxPool2d,
    dense1: Linear,
    dropout: Dropout,
    dense2: Linear,
}

impl SliceCnn {
    fn new(device: &Device) -> Self {
        let conv = |[from, to]: [usize; 2]| {
            // An odd row or column of padding goes last, as TensorFlow has it.
            Conv2dConfig::new([from, to], [2, 2]).with_padding(PaddingConfig2d::Same).init(device)
        };
        Self {
            convs: [[1, 64], [64, 128], [128, 256], [256, 512]].map(conv).into(),
            pool: MaxPool2dConfig::new([2, 2]).init(),
            dense1: LinearConfig::new(512 * 8 * 8, 1024).init(device),
            dropout: DropoutConfig::new(0.5).init(),
            dense2: LinearConfig::new(1024, CLASSES).init(device),
        }
    }

    fn forward(&self, mut x: Tensor<4>) -> Tensor<2> {
        for conv in &self.convs {
            x = self.pool.forward(elu(conv.forward(x), 1.0));
        }
        let x = elu(self.dense1.forward(x.flatten(1, 3)), 1.0);
        self.dense2.forward(self.dropout.forward(x))
    }
}

/// Whether the values are finite. Before they are read, the work may not be done.
fn finite<const D: usize>(tensor: Tensor<D>) -> Result<bool> {
    Ok(tensor.into_data().try_to_vec::<f32>()?.iter().all(|v| v.is_finite()))
}

fn slices(batch: usize, device: &Device) -> Tensor<4> {
    Tensor::random([batch, 1, 128, 128], Distribution::Uniform(-1.0, 1.0), device)
}

fn sequences(batch: usize, device: &Device) -> Tensor<3> {
    Tensor::random([batch, STEPS, UNITS], Distribution::Uniform(-1.0, 1.0), device)
}

/// The device, and the words for it in a row.
fn device(flex: bool) -> Result<(Device, String)> {
    if flex {
        return Ok((Device::flex(), "flex on the processor".to_owned()));
    }
    let (device, setup) = Device::wgpu_options().init_with_setup()?;
    Ok((device, format!("wgpu on {}", setup.adapter.get_info().name)))
}

/// Prints the seconds of every call, and whether what it gave is finite. The first line says the device.
fn child(row: &str, flex: bool) -> Result<()> {
    let (device, words) = device(flex)?;
    say(&words)?;
    match parse(row)? {
        ("inference", batch) => {
            let network = SliceCnn::new(&device);
            let x = slices(batch, &device);
            repeat(&device, || finite(network.forward(x.clone())))
        }
        ("gru", batch) => {
            let layer = GruConfig::new(UNITS, UNITS, true).init(&device);
            let x = sequences(batch, &device);
            repeat(&device, || finite(layer.forward(x.clone(), None)))
        }
        ("gru-gradients", batch) => {
            let device = device.autodiff();
            let layer = GruConfig::new(UNITS, UNITS, true).init(&device);
            let x = sequences(batch, &device);
            repeat(&device.clone(), || {
                let y = layer.forward(x.clone(), None);
                let gradients = GradientsParams::from_grads(y.clone().sum().backward(), &layer);
                let y_too = finite(y.inner())?;
                // All are waited for, and one is read.
                device.sync()?;
                let weight = &layer.new_gate.hidden_transform.weight;
                let gradient = gradients.get::<2>(weight.id).ok_or("a weight has no gradient")?;
                Ok(finite(gradient)? && y_too)
            })
        }
        (_, batch) => {
            let device = device.autodiff();
            let mut network = SliceCnn::new(&device);
            let mut adam = AdamConfig::new().with_epsilon(1e-8).init();
            let loss = CrossEntropyLossConfig::new().init(&device);
            let x = slices(batch, &device);
            let targets: Vec<i32> = (0..batch).map(|i| (i % CLASSES) as i32).collect();
            let targets = Tensor::<1, Int>::from_ints(targets.as_slice(), &device);
            repeat(&device.clone(), || {
                let loss = loss.forward(network.forward(x.clone()), targets.clone());
                let gradients = GradientsParams::from_grads(loss.backward(), &network);
                network = adam.step(LEARNING_RATE, network.clone(), gradients);
                let loss_too = finite(loss.inner())?;
                // Every update is waited for, and one is read.
                device.sync()?;
                let bias = network.dense2.bias.as_ref().ok_or("the dense layer has no bias")?;
                Ok(finite(bias.val().inner())? && loss_too)
            })
        }
    }
}

fn repeat(device: &Device, mut call: impl FnMut() -> Result<bool>) -> Result<()> {
    device.sync()?;
    for _ in 0..WARM_UP + SAMPLES {
        let start = Instant::now();
        let finite = call()?;
        say(&format!("{} {finite}", start.elapsed().as_secs_f64()))?;
    }
    Ok(())
}

fn say(line: &str) -> Result<()> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{line}")?;
    Ok(out.flush()?)
}

fn parse(row: &str) -> Result<(&str, usize)> {
    let (what, batch) = row.split_once(':').ok_or("a row is WORK:BATCH")?;
    if !["inference", "training", "gru", "gru-gradients"].contains(&what) {
        return Err(format!("there is no row {what}: inference, training, gru or gru-gradients").into());
    }
    Ok((what, batch.parse()?))
}

/// What our own row of the same work is called, and its shape.
fn named(what: &str, batch: usize) -> (String, String) {
    match what {
        "gru" => ("gru layer".to_owned(), format!("{STEPS}x{batch}x{UNITS}")),
        "gru-gradients" => ("gru layer with gradients".to_owned(), format!("{STEPS}x{batch}x{UNITS}")),
        _ => (format!("slice-cnn {what}"), format!("{batch}x1x128x128")),
    }
}

/// A row: runs a process for it until it ends or the limit is over.
fn parent(row: &str, flex: bool, limit: u64) -> Result<()> {
    let (what, batch) = parse(row)?;
    let options = flex.then_some(FLEX).into_iter().chain([CHILD, row]);
    let mut process = Command::new(env::current_exe()?).args(options).stdout(Stdio::piped()).spawn()?;
    let out = process.stdout.take().ok_or("a process without output")?;
    let (sender, lines) = mpsc::channel();
    thread::spawn(move || {
        BufReader::new(out).lines().map_while(std::io::Result::ok).try_for_each(|line| sender.send(line))
    });
    let end = Instant::now() + Duration::from_secs(limit);
    let (mut device, mut calls, mut wrong, mut notes, mut late) = (None, Vec::new(), 0, Vec::new(), false);
    loop {
        match lines.recv_timeout(end.saturating_duration_since(Instant::now())) {
            Ok(line) if line.starts_with(FAILED) => notes.push(line.replace(['"', '\\'], " ")),
            Ok(line) if device.is_none() => device = Some(line),
            Ok(line) => {
                let (seconds, finite) = line.split_once(' ').ok_or("a call without its seconds")?;
                calls.push(seconds.parse::<f64>()?);
                wrong += usize::from(finite != "true");
            }
            Err(mpsc::RecvTimeoutError::Timeout) => {
                late = true;
                process.kill()?;
                break;
            }
            Err(mpsc::RecvTimeoutError::Disconnected) => break,
        }
    }
    if wrong > 0 {
        // The time is that of the work all the same.
        notes.push(format!("the values of {wrong} of {} calls are not finite", calls.len()));
    }
    let ended_well = process.wait()?.success();
    let mut samples = calls.split_off(WARM_UP.min(calls.len()));
    samples.sort_by(f64::total_cmp);
    if !calls.is_empty() {
        let first: Vec<_> = calls.iter().map(|s| format!("{s:.1}")).collect();
        notes.push(format!("first calls {} s", first.join(", ")));
    }
    if late && samples.is_empty() {
        notes.push(format!("no result within {limit} s"));
    } else if late {
        notes.push(format!("ended after {limit} s"));
    } else if !ended_well && notes.iter().all(|note| !note.starts_with(FAILED)) {
        notes.push("failed without a word".to_owned());
    }
    let (seconds, spread) = if samples.is_empty() {
        ("null".to_owned(), "null".to_owned())
    } else {
        let median = quantile(&samples, 0.5);
        let spread = (quantile(&samples, 0.75) - quantile(&samples, 0.25)) / median;
        (format!("{median:.6}"), format!("{spread:.4}"))
    };
    let threads = thread::available_parallelism()?;
    let (name, shape) = named(what, batch);
    say(&format!(
        r#"{{"peer": "{}", "version": "{}", "name": "{name}", "shape": "{shape}", "seconds": {seconds}, "spread": {spread}, "threads": {threads}, "device": "{}", "samples": {}, "note": "{}"}}"#,
        if flex { "burn flex" } else { "burn" },
        version(),
        device.as_deref().unwrap_or("no device").replace(['"', '\\'], " "),
        samples.len(),
        notes.join("; "),
    ))
}

/// Linear between the sorted samples, as numpy has it.
fn quantile(sorted: &[f64], q: f64) -> f64 {
    let at = q * (sorted.len() - 1) as f64;
    let (low, high) = (at.floor() as usize, at.ceil() as usize);
    sorted[low] + (sorted[high] - sorted[low]) * at.fract()
}

/// burn's, as this program's manifest pins it.
fn version() -> &'static str {
    let manifest = include_str!("../Cargo.toml");
    manifest
        .split_once("version = \"=")
        .and_then(|(_, rest)| rest.split_once('"'))
        .map_or("unknown", |(version, _)| version)
}

fn run() -> Result<()> {
    let mut words = env::args().skip(1);
    let (mut flex, mut limit, mut rows) = (false, LIMIT, Vec::new());
    while let Some(word) = words.next() {
        match word.as_str() {
            CHILD => {
                let row = words.next().ok_or("which row?")?;
                return child(&row, flex).or_else(|error| {
                    say(&format!("{FAILED}{error}"))?;
                    Err(error)
                });
            }
            FLEX => flex = true,
            "--limit" => limit = words.next().ok_or("how many seconds?")?.parse()?,
            row => {
                parse(row)?;
                rows.push(row.to_owned());
            }
        }
    }
    if rows.is_empty() {
        rows = ROWS.map(str::to_owned).into();
    }
    rows.iter().try_for_each(|row| parent(row, flex, limit))
}

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("peer-burn: {error}");
            ExitCode::FAILURE
        }
    }
}
