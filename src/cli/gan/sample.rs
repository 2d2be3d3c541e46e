//! `tunevote gan sample`: what the second look's networks make of noise, and of a song.

use std::io::Write;
use std::path::PathBuf;

use clap::Args;

use crate::cli::device::DeviceArgs;
use crate::cli::files::check_target;
use crate::cli::image::sheet_png;
use crate::gan::free_sheet;
use crate::weights::{GanFile, write_whole};

/// Paint a sheet of what the networks make
///
/// A row a genre, from latent vectors of noise that all rows share: time from left to right, frequency from the bottom up.
#[derive(Args, Clone, Debug)]
#[command(after_help = "Example:\n  tunevote gan sample look.safetensors -o sheet.png --count 12 --seed 3")]
pub(super) struct SampleArgs {
    /// The file that `gan train` wrote
    #[arg(value_name = "G.safetensors")]
    gan: PathBuf,
    /// The picture to write
    #[arg(short, long, value_name = "OUT.png")]
    out: PathBuf,
    /// Pictures of each genre
    #[arg(long, default_value_t = 8, value_parser = clap::value_parser!(u16).range(1..=64))]
    count: u16,
    /// Seed of the noise
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// Print size, genres and file as JSON
    #[arg(long, help_heading = "Output")]
    json: bool,
    #[command(flatten)]
    device: DeviceArgs,
}

pub(super) fn run(args: &SampleArgs, out: &mut dyn Write) -> anyhow::Result<u8> {
    check_target(&args.out)?;
    let gan = GanFile::read(&args.gan)?;
    let engine = args.device.open()?;
    let sheet = free_sheet(&engine, &gan, usize::from(args.count), args.seed)?;
    write_whole(&args.out, &sheet_png(&sheet)?)?;
    if args.json {
        let facts = serde_json::json!({
            "path": args.gan.display().to_string(), "out": args.out.display().to_string(),
            "width": sheet.width, "height": sheet.height, "labels": gan.card.labels,
        });
        writeln!(out, "{facts}")?;
    }
    Ok(0)
}
