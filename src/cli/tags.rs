//! `tunevote tags`: what songs sound like.

use std::io::{IsTerminal as _, Write};
use std::path::PathBuf;

use anyhow::Context as _;
use clap::Args;

use super::device::DeviceArgs;
use super::files::Files;
use super::output::{Format, FormatArgs};
use super::songs::{HandedOn, warn};
use crate::report::{TagCsv, tags_text};
use crate::tags::{Tagged, Tagger};
use crate::weights::ModelFile;

/// Tell what songs sound like: the tags of a tagging network
///
/// A score from 0 to 1 for each tag of the network, the mean over the song's slices. Tags do not exclude each other: a song may have many high
/// scores, or none.
#[derive(Args, Clone, Debug)]
#[command(after_help = "Examples:\n  tunevote import musicnn musicnn-0.1.0-py3-none-any.whl -o taggers\n  \
                        tunevote tags song.mp3 --model taggers/msd_musicnn.safetensors\n  \
                        tunevote tags Music --model taggers/mtt_musicnn.safetensors --csv > tags.csv\n\n\
                        Exit code: 0 if every file was read, 1 if some were not, 2 for wrong use.")]
pub struct TagsArgs {
    /// Songs, and folders with songs; hidden files and links to folders are left out
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// A tagging network, such as `import musicnn` writes
    #[arg(long, value_name = "T.safetensors")]
    model: PathBuf,
    /// Slices that go through the network at once
    #[arg(long, value_name = "N", default_value_t = 8, value_parser = clap::value_parser!(u16).range(1..=1024))]
    batch: u16,
    /// Show this many best tags of a song; JSON and CSV always hold all
    #[arg(long, value_name = "K", default_value_t = 10, help_heading = "Output")]
    top: usize,
    #[command(flatten)]
    format: FormatArgs,
    #[command(flatten)]
    device: DeviceArgs,
}

pub(super) fn run(args: &TagsArgs, out: &mut dyn Write) -> anyhow::Result<u8> {
    let model = ModelFile::read(&args.model)?;
    let files = Files::find(&args.paths)?;
    let engine = args.device.open()?;
    let tagger = Tagger::new(&engine, &model, usize::from(args.batch))?;
    let format = args.format.choose(std::io::stdout().is_terminal());
    let csv = TagCsv::new(tagger.labels());
    if format == Format::Csv {
        out.write_all(csv.heading()?.as_bytes())?;
    }
    let mut handed = HandedOn::new(files.paths.len());
    let mut failed = false;
    let name = model.name();
    let mut write = |song: &Tagged| -> anyhow::Result<()> {
        let text = match format {
            Format::JsonLines => song.to_line(tagger.labels(), &name)?,
            Format::Csv => csv.row(song)?,
            Format::Table => tags_text(song, tagger.labels(), args.top),
        };
        out.write_all(text.as_bytes())?;
        Ok(out.flush()?)
    };
    let tagged = tagger.run(files.songs(tagger.rate()), |song| {
        failed |= song.error.is_some();
        handed.next(|| {
            if let Some(error) = &song.error {
                warn(error);
            }
            write(&song).context("writing the tags")
        })
    });
    handed.end(tagged)?;
    Ok(u8::from(failed))
}
