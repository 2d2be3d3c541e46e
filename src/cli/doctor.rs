//! `tunevote doctor`: the adapters, the one that is used, whether its kernels compute what they should, and how fast it is.

use std::io::Write;

use anyhow::Context as _;
use clap::Args;
use serde::Serialize;
use serde_json::json;

use super::adapters::{Adapter, reason, warning};
use super::device::DeviceArgs;
use crate::doctor::{FAMILIES, Row, Status};
use crate::gpu::{Engine, Features, adapters};
use crate::measure::{self, Ceilings};
use crate::report::family_text;

/// Show the adapters and which one is used, check every kernel on it, measure its ceilings
///
/// Every kernel runs on small shapes and is compared with its formula in f64.
#[derive(Args, Clone, Debug)]
#[command(after_help = "Examples:\n  tunevote doctor\n  tunevote doctor --adapter 1 --json > doctor.json\n\n\
                  Exit code: 0 if all is well, 1 if a kernel fails, 2 if there is no adapter or none opens.")]
pub struct DoctorArgs {
    /// Print one JSON object: adapters, chosen, kernels, ceilings, warnings
    #[arg(long, help_heading = "Output")]
    json: bool,
    #[command(flatten)]
    device: DeviceArgs,
}

/// The adapter that is used.
#[derive(Debug, Serialize)]
struct Chosen {
    index: usize,
    reason: String,
    cpu: bool,
}

pub(super) fn run(args: &DoctorArgs, out: &mut dyn Write) -> anyhow::Result<u8> {
    let choice = args.device.choice()?;
    let found = pollster::block_on(adapters());
    let infos: Vec<_> = found.iter().map(wgpu::Adapter::get_info).collect();
    let kinds: Vec<_> = infos.iter().map(|info| info.device_type).collect();
    // What is left out can be what is missing.
    let hidden = std::env::var("WGPU_BACKEND").ok().filter(|backends| !backends.is_empty());
    let hidden =
        hidden.map(|backends| format!("WGPU_BACKEND is {backends}: adapters of other backends are not looked at"));
    let index = choice.among(&infos).map_err(|error| match &hidden {
        Some(hidden) => anyhow::anyhow!("{error}; {hidden}"),
        None => error.into(),
    })?;
    let reason = reason(&choice, &args.device.asked(), infos.len());
    let chosen = Chosen { index, reason, cpu: kinds[index] == wgpu::DeviceType::Cpu };
    let found: Vec<_> = found.iter().enumerate().map(|(index, adapter)| Adapter::of(index, adapter)).collect();
    let mut warnings: Vec<_> = warning(&kinds, index).into_iter().chain(hidden).collect();
    if !args.json {
        heading(out, &found, &chosen, &warnings)?;
    }
    let engine = pollster::block_on(Engine::headless(&choice, Features::All)).context("opening the adapter")?;
    let mut rows = Vec::new();
    for family in FAMILIES {
        let more = family.examine(&engine);
        if !args.json {
            write!(out, "{}", family_text(family, &more))?;
            out.flush()?;
        }
        rows.extend(more);
    }
    let measured = measure::ceilings(&engine);
    if let Err(error) = &measured {
        warnings.push(format!("the ceilings could not be measured: {error}"));
    }
    let well = measured.is_ok() && rows.iter().all(|row| row.status != Status::Failed);
    if args.json {
        let all = json!({
            "adapters": found, "chosen": chosen, "kernels": rows, "ceilings": measured.as_ref().ok(), "warnings": warnings,
        });
        writeln!(out, "{all}")?;
    } else {
        footing(out, &rows, measured)?;
    }
    Ok(u8::from(!well))
}

fn heading(out: &mut dyn Write, found: &[Adapter], chosen: &Chosen, warnings: &[String]) -> anyhow::Result<()> {
    writeln!(out, "adapters, best first")?;
    found.iter().try_for_each(|adapter| write!(out, "{adapter}"))?;
    writeln!(out, "\nused: {}  {}: {}", chosen.index, found[chosen.index].name, chosen.reason)?;
    warnings.iter().try_for_each(|warning| writeln!(out, "warning: {warning}"))?;
    writeln!(out, "\nkernels against their formulas in f64; how far the worst number is off, of what it may be")?;
    Ok(out.flush()?)
}

fn footing(out: &mut dyn Write, rows: &[Row], measured: crate::Result<Ceilings>) -> anyhow::Result<()> {
    let failed = rows.iter().filter(|row| row.status == Status::Failed).count();
    match failed {
        0 => writeln!(out, "all is well")?,
        1 => writeln!(out, "1 case FAILED: results of this adapter and driver cannot be trusted")?,
        _ => writeln!(out, "{failed} cases FAILED: results of this adapter and driver cannot be trusted")?,
    }
    match measured {
        Ok(most) => writeln!(
            out,
            "\nceilings, measured\nmultiply and add   {:>8.1} GFLOP/s\ncopy               {:>8.1} GB/s (read and written)",
            most.multiply_add / 1e9,
            most.copy / 1e9,
        )?,
        Err(error) => writeln!(out, "\nwarning: the ceilings could not be measured: {error}")?,
    }
    Ok(())
}
