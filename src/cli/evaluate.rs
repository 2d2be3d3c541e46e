//! `tunevote evaluate`: how good a model is on labelled songs.

use std::io::Write;
use std::path::PathBuf;

use anyhow::bail;
use clap::Args;

use super::classify::model;
use super::device::DeviceArgs;
use super::songs::{CacheArgs, dataset, pictures, warn};
use super::thresholds::ThresholdArgs;
use crate::data::Dataset;
use crate::metrics::{Evaluation, Options, Rate, Song};
use crate::predict::Predictor;
use crate::report::evaluation_page;
use crate::train::judge_songs;
use crate::weights::write_whole;

/// Measure a model on labelled songs
///
/// Songs of genres that the model does not know count as outside: they should stay unclassified.
#[derive(Args, Clone, Debug)]
#[command(
    after_help = "Examples:\n  tunevote evaluate Music\n  tunevote evaluate --model mine.safetensors test.csv --report report.html"
)]
pub struct EvaluateArgs {
    /// DIR/genre/song, or a CSV with path, genre, artist
    #[arg(value_name = "DIR|LIST.csv")]
    songs: PathBuf,
    /// A model file that `train` wrote; without it, the one that comes with the program
    #[arg(long, value_name = "M.safetensors")]
    model: Option<PathBuf>,
    /// Write a page with all plots
    #[arg(long, value_name = "OUT.html", help_heading = "Output")]
    report: Option<PathBuf>,
    /// Print everything as one JSON object
    #[arg(long, help_heading = "Output")]
    json: bool,
    #[command(flatten)]
    thresholds: ThresholdArgs,
    #[command(flatten)]
    cache: CacheArgs,
    #[command(flatten)]
    device: DeviceArgs,
}

pub(super) fn run(args: &EvaluateArgs, out: &mut dyn Write) -> anyhow::Result<u8> {
    let (model, name) = model(args.model.as_deref())?;
    let card = &model.card;
    let thresholds = args.thresholds.over(card.thresholds);
    let all = dataset(&args.songs)?;
    let cache = args.cache.open()?;
    let engine = args.device.open()?;
    let Some(gathered) = pictures(&engine, &all, &card.front_end, &cache, &|| false)? else { return Ok(1) };
    let predictor = Predictor::new(&engine, &model, 32)?;
    // The network's labels in the network's order; the folder's may be others.
    let (ours, truths) = translate(&all, &card.labels);
    let songs: Vec<_> = (0..all.songs.len()).collect();
    let mut judged = judge_songs(&predictor, &ours, &gathered, &card.front_end, &songs, &thresholds)?;
    for (song, truth) in judged.iter_mut().zip(truths) {
        song.truth = truth;
        song.record.model.clone_from(&name);
    }
    if judged.iter().all(|song: &Song| song.truth.is_none()) {
        bail!("none of the folders is a genre of the model: {}", card.labels.join(", "));
    }
    let evaluation = Evaluation::new(&judged, &card.labels, &thresholds, &Options::default())?;
    if let Some(path) = &args.report {
        write_whole(path, evaluation_page(&evaluation).as_bytes())?;
    }
    if args.json {
        writeln!(out, "{}", serde_json::to_string(&evaluation)?)?;
    } else {
        write!(out, "{}", summary(&evaluation))?;
    }
    Ok(u8::from(!gathered.failed.is_empty()))
}

/// The dataset with the model's labels, and each song's label among them.
fn translate(all: &Dataset, labels: &[String]) -> (Dataset, Vec<Option<usize>>) {
    let known = |label: usize| labels.iter().position(|name| *name == all.labels[label]);
    let truths: Vec<_> = all.songs.iter().map(|song| known(song.label)).collect();
    for (index, name) in all.labels.iter().enumerate() {
        if known(index).is_none() {
            warn(&format!("the model does not know {name}: its songs should stay unclassified"));
        }
    }
    let mut ours = all.clone();
    ours.labels = labels.to_vec();
    ours.songs.iter_mut().zip(&truths).for_each(|(song, truth)| song.label = truth.unwrap_or(0));
    (ours, truths)
}

/// The main numbers in a few lines.
pub(super) fn summary(evaluation: &Evaluation) -> String {
    let line = |what: &str, rate: &Rate| {
        let value = rate.estimate.value.map_or("-".into(), |value| format!("{:5.1} %", 100.0 * value));
        let range =
            rate.wilson.as_ref().map_or(String::new(), |w| format!("  [{:.1}, {:.1}]", 100.0 * w.low, 100.0 * w.high));
        format!("{what:<44} {value}{range}  ({} of {})\n", rate.count, rate.of)
    };
    let majority = format!("always answering {}", evaluation.majority.label);
    let songs = format!("{} songs, {} artists", evaluation.songs, evaluation.artists);
    [
        format!("{songs:<44}    95 % interval\n"),
        line("slices right", &evaluation.slice_accuracy),
        line("T1  songs unclassified", &evaluation.readings.t1),
        line("T2  songs unclassified or wrong", &evaluation.readings.t2),
        line("T3  songs wrong when an answer is forced", &evaluation.readings.t3),
        line("wrong among the classified", &evaluation.readings.wrong_of_classified),
        format!("{majority:<44} {:5.1} % wrong\n", 100.0 * evaluation.majority.error),
    ]
    .concat()
}
