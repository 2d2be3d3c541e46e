//! `tunevote bench`: how fast this machine runs kernels, networks and front ends.

use std::collections::BTreeSet;
use std::io::Write;
use std::time::SystemTime;

use anyhow::ensure;
use clap::{Args, ValueEnum};
use serde_json::json;

use super::device::{DeviceArgs, description};
use super::model::model;
use super::songs::bar;
use crate::gpu::Features;
use crate::measure::{self, Row, Suite};

/// Measure how fast this machine runs kernels, networks and front ends
///
/// Every row stands beside the adapter's own ceilings, measured first: the rate of multiply-adds and of copies. A share of the ceiling
/// can be compared between machines; seconds cannot.
#[derive(Args, Clone, Debug)]
#[command(after_help = "Examples:\n  tunevote bench\n  tunevote bench --suite networks --json > mine.json\n  \
                  tunevote bench --suite kernels --only conv2d --portable")]
pub struct BenchArgs {
    /// What to measure; may be given several times. All of it unless told
    #[arg(long, value_name = "SUITE")]
    suite: Vec<Suites>,
    /// Only rows of this name
    #[arg(long, value_name = "NAME")]
    only: Option<String>,
    /// Use no feature of the device beyond what every WebGPU device has: the kernels' portable variants
    #[arg(long)]
    portable: bool,
    /// Print everything as one JSON object
    #[arg(long, help_heading = "Output")]
    json: bool,
    #[command(flatten)]
    device: DeviceArgs,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Suites {
    /// Each operation by itself
    Kernels,
    /// Networks: inference and training
    Networks,
    /// Pictures of sound, and songs to verdicts
    Audio,
}

impl Suites {
    fn suite(self) -> Suite {
        match self {
            Self::Kernels => Suite::Kernels,
            Self::Networks => Suite::Networks,
            Self::Audio => Suite::Audio,
        }
    }
}

pub(super) fn run(args: &BenchArgs, out: &mut dyn Write) -> anyhow::Result<u8> {
    let features = if args.portable { Features::Portable } else { Features::All };
    let engine = args.device.open_with(features)?;
    let model = model(None)?;
    let all = if args.suite.is_empty() { Suites::value_variants() } else { &args.suite };
    let mut benchmarks = Vec::new();
    for suite in all {
        benchmarks.extend(suite.suite().benchmarks(&model)?);
    }
    let names: BTreeSet<_> = benchmarks.iter().map(|benchmark| benchmark.name.clone()).collect();
    let names = Vec::from_iter(names).join(", ");
    benchmarks.retain(|benchmark| args.only.as_deref().is_none_or(|only| only == benchmark.name));
    ensure!(!benchmarks.is_empty(), "no row has this name; there are: {names}");
    let progress = bar(benchmarks.len() as u64 + 1, "{bar:24} {pos}/{len} {wide_msg}");
    let most = measure::ceilings(&engine)?;
    progress.inc(1);
    if !args.json {
        writeln!(out, "{}", heading(&engine, &most))?;
        out.flush()?;
    }
    let mut rows = Vec::new();
    for benchmark in benchmarks {
        progress.set_message(format!("{} {}", benchmark.name, benchmark.shape));
        let row = benchmark.measure(&engine, &most)?;
        progress.inc(1);
        if !args.json {
            progress.suspend(|| writeln!(out, "{}", line(&row)).and_then(|()| out.flush()))?;
        }
        rows.push(row);
    }
    progress.finish_and_clear();
    if args.json {
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).map_or(0, |since| since.as_secs());
        let all = json!({
            "version": env!("CARGO_PKG_VERSION"), "unix_time": now, "device": description(&engine),
            "portable": args.portable, "clock": "wall", "ceilings": most, "rows": rows,
        });
        writeln!(out, "{all}")?;
    }
    Ok(0)
}

fn heading(engine: &crate::gpu::Engine, most: &measure::Ceilings) -> String {
    format!(
        "{}\nceilings: {most}\n\n{:<28} {:<44} {:>10} {:>7} {:>9} {:>8} {:>8}",
        description(engine).line(),
        "name",
        "shape",
        "ms",
        "spread",
        "GFLOP/s",
        "GB/s",
        "ceiling",
    )
}

fn line(row: &Row) -> String {
    let Row { name, shape, seconds, spread, gflops, gbps, share_of_ceiling } = row;
    let (ms, spread) = (1e3 * seconds, 100.0 * spread);
    let number =
        |value: &Option<f64>, digits| value.map_or_else(|| "-".to_owned(), |value| format!("{value:.digits$}"));
    let (gflops, gbps, share) =
        (number(gflops, 2), number(gbps, 3), number(&share_of_ceiling.map(|share| 100.0 * share), 1));
    format!("{name:<28} {shape:<44} {ms:>10.3} {spread:>5.1} % {gflops:>9} {gbps:>8} {share:>6} %")
}
