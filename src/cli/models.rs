//! `tunevote models`: the networks and what they cost.

use std::io::Write;

use clap::Args;
use serde::Serialize;

use super::adapters::bytes;
use crate::models::{CLASSES, SYSTEMS, System};
use crate::report::aligned;
use crate::signal::front_end::FrontEnd;

/// List the networks: parameters, operations, memory, pictures, sources
///
/// Parameters and operations (two for a multiplication and an addition) are those of a network as it was published: with its source's pictures and
/// genres, or without its last layer where it was published for photographs. Memory is what a step of training takes here, with the network's own batch
/// of slices, six genres and its optimiser, beside what a device's kernels need.
#[derive(Args, Clone, Debug)]
#[command(
    after_help = "Examples:\n  tunevote models\n  tunevote models --json\n  tunevote train Music --system resnet50 --out mine.safetensors"
)]
pub struct ModelsArgs {
    /// Print a JSON array
    #[arg(long, help_heading = "Output")]
    json: bool,
}

/// A network in words and numbers.
#[derive(Clone, Debug, Serialize)]
struct Row {
    name: &'static str,
    about: &'static str,
    source: &'static str,
    /// As published: see `published`.
    parameters: usize,
    /// Of one picture, as published.
    flops: u64,
    published: Published,
    /// What it reads here, unless told otherwise.
    reads: String,
    slice: Slice,
    batch: usize,
    /// Of a step of training.
    memory: Memory,
    front_end: FrontEnd,
}

/// For what parameters and operations are told.
#[derive(Clone, Copy, Debug, Serialize)]
struct Published {
    /// Channels, height and width.
    picture: [usize; 3],
    /// None: without the last layer.
    classes: Option<usize>,
}

#[derive(Clone, Copy, Debug, Serialize)]
struct Slice {
    height: usize,
    width: usize,
    seconds: f64,
    /// With six genres.
    parameters: usize,
    flops: u64,
}

/// Bytes.
#[derive(Clone, Copy, Debug, Serialize)]
struct Memory {
    /// Weights, running statistics and the optimiser's slots.
    weights: u64,
    /// What a batch needs beside them.
    batch: u64,
}

pub(super) fn run(args: &ModelsArgs, out: &mut dyn Write) -> anyhow::Result<u8> {
    let rows = SYSTEMS.iter().map(row).collect::<crate::Result<Vec<_>>>()?;
    if args.json {
        writeln!(out, "{}", serde_json::to_string_pretty(&rows)?)?;
        return Ok(0);
    }
    let heading =
        ["name", "as published", "source", "reads", "parameters", "GFLOP", "batch", "memory"].map(str::to_owned);
    let line = |row: &Row| {
        let [c, h, w] = row.published.picture;
        let classes = row.published.classes.map_or("no top".into(), |classes| format!("{classes} genres"));
        vec![
            row.name.to_owned(),
            format!("{c}x{h}x{w}, {classes}"),
            row.source.to_owned(),
            format!("{} of {:.2} s", row.reads, row.slice.seconds),
            grouped(row.parameters),
            format!("{:.2}", row.flops as f64 / 1e9),
            row.batch.to_string(),
            bytes(row.memory.weights + row.memory.batch),
        ]
    };
    let lines: Vec<_> = [heading.to_vec()].into_iter().chain(rows.iter().map(line)).collect();
    out.write_all(aligned(&lines, &[0, 1, 2, 3]).as_bytes())?;
    Ok(0)
}

fn row(system: &System) -> crate::Result<Row> {
    let front_end = system.front_end();
    let [height, width] = front_end.slices().size();
    let (cost, here) = (system.published_cost()?, system.cost([height, width], CLASSES)?);
    let (picture, classes) = system.published();
    let footprint = system.training_footprint(system.batch, [height, width], CLASSES)?;
    let samples = front_end.samples_per_column()? * width as u64;
    Ok(Row {
        name: system.name,
        about: system.about,
        source: system.source,
        parameters: cost.parameters,
        flops: cost.flops,
        published: Published { picture, classes },
        reads: kind(&front_end),
        slice: Slice {
            height,
            width,
            seconds: samples as f64 / f64::from(front_end.rate()),
            parameters: here.parameters,
            flops: here.flops,
        },
        batch: system.batch,
        memory: Memory { weights: footprint.variables, batch: footprint.values },
        front_end,
    })
}

/// A front end in a word or two.
fn kind(front_end: &FrontEnd) -> String {
    match front_end {
        FrontEnd::Sox(_) => "SoX".into(),
        FrontEnd::Mel(_) => "mel".into(),
        FrontEnd::Cqt(_) => "CQT".into(),
        FrontEnd::Mfcc(_) => "MFCC".into(),
        FrontEnd::Stack(stack) => stack.parts.iter().map(kind).collect::<Vec<_>>().join(" and "),
        FrontEnd::Features(_) => "features".into(),
    }
}

/// A number with a comma after every three digits from the right.
fn grouped(number: usize) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    #[test]
    fn digits_stand_in_threes() {
        assert_eq!([0, 999, 1000, 34_250_950].map(super::grouped), ["0", "999", "1,000", "34,250,950"]);
    }
}
