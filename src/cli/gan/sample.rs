//! `tunevote gan sample`: what the second look's networks make of a song, or of nothing.

use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, ensure};
use clap::Args;
use half::f16;

use crate::audio::Stream;
use crate::cli::device::DeviceArgs;
use crate::cli::files::check_target;
use crate::cli::image::sheet_png;
use crate::gan::{imagined_sheet, song_sheet};
use crate::gpu::Engine;
use crate::pictures::{Painter, Slicer};
use crate::weights::{GanCard, GanFile, write_whole};

/// Paint a sheet of what the networks make
///
/// Of a song: a row a slice, from its beginning to its end, and behind it what each genre makes of it. Without one: a row a genre, from
/// latent vectors that all rows share, drawn as slices have them. Time goes from left to right, frequency from the bottom up.
#[derive(Args, Clone, Debug)]
#[command(after_help = "Examples:\n  tunevote gan sample look.safetensors -o sheet.png --count 12 --seed 3\n  \
                        tunevote gan sample look.safetensors song.mp3 -o sheet.png --count 4")]
pub(super) struct SampleArgs {
    /// The file that `gan train` wrote
    #[arg(value_name = "G.safetensors")]
    gan: PathBuf,
    /// A song to render; needed with `--reading transfer`, whose networks translate slices
    song: Option<PathBuf>,
    /// The picture to write
    #[arg(short, long, value_name = "OUT.png")]
    out: PathBuf,
    /// Pictures of each genre, or slices of the song
    #[arg(long, default_value_t = 8, value_parser = clap::value_parser!(u16).range(1..=64))]
    count: u16,
    /// Seed of what is drawn
    #[arg(long, default_value_t = 0, conflicts_with = "song")]
    seed: u64,
    /// Print size, genres and file as JSON
    #[arg(long, help_heading = "Output")]
    json: bool,
    #[command(flatten)]
    device: DeviceArgs,
}

pub(super) fn run(args: &SampleArgs, out: &mut dyn Write) -> anyhow::Result<u8> {
    check_target(&args.out, [&args.gan].into_iter().chain(&args.song))?;
    let gan = GanFile::read(&args.gan)?;
    let engine = args.device.open()?;
    let count = usize::from(args.count);
    let sheet = match &args.song {
        Some(song) => song_sheet(&engine, &gan, &slices(&engine, &gan.card, song, count)?)?,
        None => imagined_sheet(&engine, &gan, count, args.seed).with_context(|| args.gan.display().to_string())?,
    };
    write_whole(&args.out, &sheet_png(&sheet)?)?;
    if args.json {
        let facts = serde_json::json!({
            "path": args.gan.display().to_string(),
            "song": args.song.as_ref().map(|song| song.display().to_string()), "out": args.out.display().to_string(),
            "width": sheet.width, "height": sheet.height, "labels": gan.card.labels,
        });
        writeln!(out, "{facts}")?;
    }
    Ok(0)
}

/// At most `count` slices of a song, spread over it.
fn slices(engine: &Engine, card: &GanCard, song: &Path, count: usize) -> anyhow::Result<Vec<f32>> {
    let front_end = card.front_end.in_a_row(card.slices);
    let painter = Painter::new(engine, &front_end)?;
    let mut stream = Stream::open(song, Some(front_end.rate()))?;
    let mut slicer = Slicer::new(&front_end);
    // How many there are is known at the end: 16 bits of each value are what a picture in the cache has too.
    let mut all: Vec<Vec<f16>> = Vec::new();
    painter.paint(&mut |samples, wanted| stream.read(samples, wanted), &mut |columns| {
        slicer.push(columns, &mut |slice| {
            all.push(slice.iter().map(|&value| f16::from_f32(value)).collect());
            Ok(())
        })
    })?;
    let columns = f64::from(card.front_end.slices().width);
    let seconds = columns * front_end.samples_per_column()? as f64 / f64::from(front_end.rate());
    let least = match card.slices {
        1 => "one slice".to_owned(),
        slices => format!("the {slices} slices that these networks see at once, each"),
    };
    ensure!(!all.is_empty(), "{}: is shorter than {least} of {seconds:.2} s", song.display());
    let chosen = count.min(all.len());
    let at = |k: usize| &all[(2 * k + 1) * all.len() / (2 * chosen)];
    Ok((0..chosen).flat_map(|k| at(k).iter().map(|value| value.to_f32())).collect())
}
