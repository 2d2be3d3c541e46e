//! `tunevote profile`: where the time of a network's run goes, kernel by kernel.

use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::bail;
use clap::Args;
use serde_json::json;

use super::device::{DeviceArgs, description};
use super::files::check_target;
use super::model::any_model;
use crate::measure::profile::{Breakdown, KernelRow, profile};
use crate::measure::{Ceilings, Subject, Work, ceilings};
use crate::models::SYSTEMS;
use crate::weights::write_whole;

/// Show where the time of a network's run goes, kernel by kernel
///
/// Dispatches are timed by the device's own timestamps where it has them, else by the clock, and the output says which.
#[derive(Args, Clone, Debug)]
#[command(after_help = "Examples:\n  tunevote profile\n  tunevote profile --model slice-cnn --train --batch 8\n  \
                  tunevote profile --trace run.json    # open it on https://ui.perfetto.dev")]
pub struct ProfileArgs {
    /// A network's name, or a model file; without it, the model that comes with the program
    #[arg(long, value_name = "NAME|M.safetensors")]
    model: Option<PathBuf>,
    /// A step of training rather than inference
    #[arg(long)]
    train: bool,
    /// Slices of a run
    #[arg(long, value_name = "N", default_value_t = 32, value_parser = clap::value_parser!(u16).range(1..=1024))]
    batch: u16,
    /// Write the run as trace events, for Perfetto
    #[arg(long, value_name = "OUT.json", help_heading = "Output")]
    trace: Option<PathBuf>,
    /// Print everything as one JSON object
    #[arg(long, help_heading = "Output")]
    json: bool,
    #[command(flatten)]
    device: DeviceArgs,
}

pub(super) fn run(args: &ProfileArgs, out: &mut dyn Write) -> anyhow::Result<u8> {
    if let Some(trace) = &args.trace {
        check_target(trace, &args.model)?;
    }
    let subject = subject(args.model.as_deref())?;
    let work = if args.train { Work::Training } else { Work::Inference };
    let engine = args.device.open()?;
    let most = ceilings(&engine)?;
    let found = profile(&engine, subject, work, usize::from(args.batch), &most)?;
    if let Some(path) = &args.trace {
        write_whole(path, found.trace().to_string().as_bytes())?;
        eprintln!("wrote {}: open it on https://ui.perfetto.dev", path.display());
    }
    let name = format!("{} {}, batch {}", subject.system.name, work.name(), args.batch);
    if args.json {
        let all = json!({
            "device": description(&engine), "ceilings": most, "network": subject.system.name, "work": work.name(),
            "batch": args.batch, "profile": found,
        });
        writeln!(out, "{all}")?;
    } else {
        writeln!(out, "{}\n{}", description(&engine).line(), text(&name, &found, &most))?;
    }
    Ok(0)
}

/// A network by its name, or that of a model file.
fn subject(model_or_name: Option<&Path>) -> anyhow::Result<Subject> {
    let named = model_or_name.and_then(Path::to_str).filter(|name| SYSTEMS.iter().any(|system| system.name == *name));
    if let Some(name) = named {
        return Ok(Subject::named(name)?);
    }
    if let Some(path) = model_or_name.filter(|path| !path.exists()) {
        let known: Vec<_> = SYSTEMS.iter().map(|system| system.name).collect();
        bail!("{}: this is neither a model file nor a network's name ({})", path.display(), known.join(", "));
    }
    Ok(Subject::of(&any_model(model_or_name)?.card)?)
}

fn text(name: &str, found: &Breakdown, most: &Ceilings) -> String {
    let ms = |seconds: f64| format!("{:.2} ms", 1e3 * seconds);
    let start = &found.start;
    let parts = if found.parts > 1 { format!(" in {} parts", found.parts) } else { String::new() };
    let mut text = format!(
        "ceilings: {most}\n{name}{parts}: planned in {} ({} pipelines), first run {}, a run {}\n\
         all dispatches: {}, measured by {}\n\n{:<28} {:>6} {:>10} {:>7} {:>9} {:>8} {:>8}\n",
        ms(start.plan),
        start.pipelines,
        ms(start.first_run),
        ms(start.run),
        ms(found.seconds),
        found.measured_by,
        "kernel",
        "calls",
        "ms",
        "time",
        "GFLOP/s",
        "GB/s",
        "ceiling",
    );
    text += &rows(&found.kernels);
    if !found.prologue.is_empty() {
        text += &format!("\nbefore the first run, and whenever weights were changed:\n{}", rows(&found.prologue));
    }
    text.truncate(text.trim_end().len());
    text
}

fn rows(kernels: &[KernelRow]) -> String {
    let line = |row: &KernelRow| {
        let KernelRow { name, calls, seconds, share_of_time, gflops, gbps, share_of_ceiling } = row;
        let (ms, time, share) = (1e3 * seconds, 100.0 * share_of_time, 100.0 * share_of_ceiling);
        format!("{name:<28} {calls:>6} {ms:>10.3} {time:>5.1} % {gflops:>9.2} {gbps:>8.3} {share:>6.1} %\n")
    };
    kernels.iter().map(line).collect()
}
