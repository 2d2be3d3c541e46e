//! `tunevote classify`: songs in, genres out.

use std::io::{IsTerminal as _, Write};
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::Args;

use super::device::DeviceArgs;
use super::files::Files;
use super::model::model;
use super::output::{FormatArgs, Results, SongWriter};
use super::songs::{HandedOn, warn};
use super::thresholds::ThresholdArgs;
use crate::classify::Classifier;
use crate::refine::SecondLook;
use crate::vote::{Record, Status};
use crate::weights::GanFile;

/// Tell the genre of songs
///
/// Each song is cut into slices, each confident slice votes, and a song without a clear winner stays unclassified.
#[derive(Args, Clone, Debug)]
#[command(
    after_help = "Examples:\n  tunevote classify song.mp3\n  tunevote classify Music --json --resume results.jsonl\n  \
                  tunevote classify --model mine.safetensors --min-share 0.6 --csv Music > genres.csv\n\n\
                  Exit code: 0 if every file was read, 1 if some were not, 2 for wrong use."
)]
pub struct ClassifyArgs {
    /// Songs, and folders with songs; hidden files and links to folders are left out
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// A model file that `train` wrote; without it, the one that comes with the program
    #[arg(long, value_name = "M.safetensors")]
    model: Option<PathBuf>,
    /// Go on with the results in this file: songs in it are left out, new ones are appended as JSON lines, errors are tried
    /// again, and with --refine songs that are open and were not looked at by it. Songs are known by their paths, so name them as before;
    /// the model and the options of the vote have to be the same
    #[arg(long, value_name = "OUT.jsonl")]
    resume: Option<PathBuf>,
    /// Take a second look at songs that the vote leaves unclassified, with a file that `gan train` wrote for this model. Their records say
    /// what it finds; songs with a genre stay as they are. Options of the vote hold for both looks
    #[arg(long, value_name = "G.safetensors")]
    refine: Option<PathBuf>,
    /// Slices that go through the network at once
    #[arg(long, value_name = "N", default_value_t = 32, value_parser = clap::value_parser!(u16).range(1..=1024))]
    batch: u16,
    /// Show this many best genres in the table
    #[arg(long, value_name = "K", default_value_t = 0, help_heading = "Output")]
    top: usize,
    #[command(flatten)]
    thresholds: ThresholdArgs,
    #[command(flatten)]
    format: FormatArgs,
    #[command(flatten)]
    device: DeviceArgs,
}

/// Slices that a second look renders at once.
const LOOKED_AT: usize = 8;

pub(super) fn run(args: &ClassifyArgs, out: &mut dyn Write) -> anyhow::Result<u8> {
    let model = model(args.model.as_deref())?;
    let name = model.name();
    let thresholds = args.thresholds.over(model.card.thresholds);
    let Files { mut paths, broken } = Files::find(&args.paths)?;
    let mut failed = false;
    let mut results = None;
    let look = args.refine.as_ref().map(|path| second_look(path, &args.thresholds)).transpose()?;
    if let Some(path) = &args.resume {
        let look = look.as_ref().map(GanFile::name);
        let again = paths.iter().map(|path| path.display().to_string()).collect();
        let found = Results::open(path, &name, &thresholds, &again, look.as_deref())?;
        // A name that is not UTF-8 is not the one in the file, which may be another song's: it is done again.
        paths.retain(|path| path.to_str().is_none_or(|path| !found.finished.paths.contains(path)));
        failed = !found.finished.errors.is_empty();
        results = Some(found);
    }
    let engine = args.device.open()?;
    let mut classifier = Classifier::new(&engine, &model, &name, thresholds, usize::from(args.batch))?;
    if let Some(gan) = &look {
        classifier = classifier.with_second_look(SecondLook::new(&engine, gan, &model, LOOKED_AT)?)?;
    }
    let format = args.format.choose(std::io::stdout().is_terminal());
    let mut songs = SongWriter::new(format, classifier.labels(), args.top);
    let mut handed = HandedOn::new(paths.len());
    let rate = classifier.rate();
    let decoded = Files { paths, broken }.songs(rate);
    let classified = classifier.run(decoded, |record| {
        failed |= record.status == Status::Error;
        handed.next(|| write(&mut songs, out, results.as_mut(), &record))
    });
    handed.end(classified)?;
    songs.finish(out)?;
    Ok(u8::from(failed))
}

/// A GAN whose second vote follows the options of the first where they are given.
fn second_look(path: &Path, given: &ThresholdArgs) -> anyhow::Result<GanFile> {
    let mut gan = GanFile::read(path)?;
    for doubt in &gan.card.training.doubts {
        warn(&format!("{}: {doubt}", path.display()));
    }
    let judgement = &mut gan.card.judgement;
    judgement.thresholds = given.over(judgement.thresholds);
    Ok(gan)
}

fn write(
    songs: &mut SongWriter,
    out: &mut dyn Write,
    results: Option<&mut Results>,
    record: &Record,
) -> anyhow::Result<()> {
    if let Some(results) = results {
        results.write(record)?;
    }
    songs.write(out, record).and_then(|()| Ok(out.flush()?)).context("writing the results")
}
