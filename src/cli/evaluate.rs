//! `tunevote evaluate`: how good a model is on labelled songs.

use std::io::Write;
use std::path::PathBuf;

use anyhow::{bail, ensure};
use clap::{Args, ValueEnum};

use super::device::DeviceArgs;
use super::files::check_target;
use super::model::model;
use super::songs::{CacheArgs, dataset_on_sides, painter, pictures_by, warn};
use super::thresholds::ThresholdArgs;
use crate::data::{Dataset, Side};
use crate::import::Base;
use crate::metrics::{Evaluation, Options, Seen, Song};
use crate::predict::Predictor;
use crate::report::evaluation_page;
pub(super) use crate::report::evaluation_text as summary;
use crate::train::{Songs, judge_songs};
use crate::weights::{Training, write_whole};

/// Measure a model on labelled songs
///
/// Songs of genres that the model does not know count as outside: they should stay unclassified. Songs that the model was
/// trained on are known again by their files' contents; --held-out leaves them out.
#[derive(Args, Clone, Debug)]
#[command(
    after_help = "Examples:\n  tunevote evaluate Music\n  tunevote evaluate --model mine.safetensors test.csv --report report.html\n  tunevote evaluate --model mine.safetensors Music --held-out\n\nExit code: 0 if every song was read, 1 if some were not, 2 for wrong use."
)]
pub struct EvaluateArgs {
    /// DIR/genre/song, the folder of FMA or GTZAN, or a CSV with path, genre, artist
    #[arg(value_name = "DIR|LIST.csv")]
    songs: PathBuf,
    /// A model file that `train` wrote; without it, the one that comes with the program
    #[arg(long, value_name = "M.safetensors")]
    model: Option<PathBuf>,
    /// A folder with train_filtered.txt, valid_filtered.txt and test_filtered.txt, which say the side of each song
    #[arg(long, value_name = "DIR")]
    splits: Option<PathBuf>,
    /// The side to measure where the list divides its songs [default: test]
    #[arg(long, value_enum)]
    side: Option<SideArg>,
    /// Leave out the songs that the model was trained on, and those that chose its thresholds
    #[arg(long)]
    held_out: bool,
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

/// Which songs of a list that divides them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum SideArg {
    /// Those for training
    Training,
    /// Those for validation
    Validation,
    /// Those for the numbers that are told
    Test,
    /// All songs
    All,
}

impl SideArg {
    /// Leaves the songs of this side, and says so; of a list without sides all.
    fn of(side: Option<Self>, all: &mut Dataset) -> anyhow::Result<()> {
        let side = match side {
            Some(Self::All) => return Ok(()),
            _ if all.has_sides() => match side {
                Some(Self::Training) => Side::Training,
                Some(Self::Validation) => Side::Validation,
                _ => Side::Test,
            },
            None => return Ok(()),
            Some(_) => bail!("--side: the list does not divide its songs; a column `split` or --splits does"),
        };
        let (songs, name) = (all.songs.len(), side.name());
        all.songs.retain(|song| song.side == Some(side));
        ensure!(!all.songs.is_empty(), "the list has no songs for {name}; --side all takes all");
        eprintln!("note: the {} of {songs} songs for {name} are measured; --side all takes all", all.songs.len());
        Ok(())
    }
}

pub(super) fn run(args: &EvaluateArgs, out: &mut dyn Write) -> anyhow::Result<u8> {
    if let Some(report) = &args.report {
        check_target(report, [&args.songs].into_iter().chain(&args.model))?;
    }
    let model = model(args.model.as_deref())?;
    let name = model.name();
    let card = &model.card;
    let thresholds = args.thresholds.over(card.thresholds);
    let mut all = dataset_on_sides(&args.songs, args.splits.as_deref())?;
    SideArg::of(args.side, &mut all)?;
    let met = Met::new(&all, &card.training);
    if args.held_out {
        let songs = all.songs.len();
        all.songs = met.strangers(&all)?;
        eprintln!("{} of {songs} songs are left out: the model has met them", songs - all.songs.len());
    } else {
        met.warning().iter().for_each(|warning| warn(warning));
    }
    let cache = args.cache.open()?;
    let engine = args.device.open()?;
    // What a base makes of songs is kept for every head on it.
    let base = Base::of(&model);
    let (front_end, predictor) = match &base {
        Some(base) => (base.front_end(), base.head_predictor(&engine, &model, 64)?),
        None => (card.front_end.clone(), Predictor::new(&engine, &model, 32)?),
    };
    let painter = || painter(&engine, base.as_ref(), &front_end);
    let Some(gathered) = pictures_by(&painter, &all, &front_end, &cache, &|| false)? else { return Ok(1) };
    // The network's labels in the network's order, and behind them those that it does not know.
    let unknown = all.others(&card.labels);
    for name in &unknown {
        warn(&format!("the model does not know {name}: its songs should stay unclassified"));
    }
    let all = all.relabelled(&card.labels, &unknown)?;
    let songs: Vec<_> = (0..all.songs.len()).collect();
    let mut judged =
        judge_songs(&predictor, Songs { dataset: &all, gathered: &gathered }, &front_end, &songs, &thresholds)?;
    judged.iter_mut().for_each(|song| song.record.model.clone_from(&name));
    if judged.iter().all(|song: &Song| song.truth.is_none()) {
        bail!("none of the folders is a genre of the model: {}", card.labels.join(", "));
    }
    let mut evaluation = Evaluation::new(&judged, &card.labels, &thresholds, &Options::default())?;
    evaluation.seen = if args.held_out { Some(Seen::default()) } else { met.seen };
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

/// Which songs the model has met before.
struct Met {
    /// One a song.
    songs: Vec<bool>,
    /// How many, and for what; none if the model's card does not say.
    seen: Option<Seen>,
}

impl Met {
    fn new(all: &Dataset, training: &Training) -> Self {
        if training.heard.is_empty() {
            return Self { songs: vec![false; all.songs.len()], seen: None };
        }
        let mut seen = Seen::default();
        let mut met = |print: String| {
            let (heard, tuned_on) = (training.heard.contains(&print), training.tuned_on.contains(&print));
            seen.training += usize::from(heard);
            seen.validation += usize::from(tuned_on && !heard);
            heard || tuned_on
        };
        // A file that cannot be read is an error of its own row later on.
        let songs = all.songs.iter().map(|song| song.fingerprint().is_ok_and(&mut met)).collect();
        Self { songs, seen: Some(seen) }
    }

    fn warning(&self) -> Option<String> {
        match self.seen {
            None => Some("the model's card does not list its training songs; some of these may be among them".into()),
            Some(Seen { training: 0, validation: 0 }) => None,
            Some(Seen { training, validation }) => Some(format!(
                "{training} of {} songs were in this model's training, {validation} chose its thresholds; the numbers are too \
                 good for those, and --held-out leaves them out",
                self.songs.len()
            )),
        }
    }

    /// The songs that it has not met.
    fn strangers(&self, all: &Dataset) -> anyhow::Result<Vec<crate::data::Song>> {
        ensure!(
            self.seen.is_some(),
            "the model's card does not list its training songs; train it anew, or leave out --held-out"
        );
        let strangers: Vec<_> =
            all.songs.iter().zip(&self.songs).filter(|(_, met)| !**met).map(|(song, _)| song.clone()).collect();
        ensure!(
            !strangers.is_empty(),
            "all {} songs were in this model's training or chose its thresholds",
            all.songs.len()
        );
        Ok(strangers)
    }
}
