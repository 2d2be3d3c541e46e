//! `tunevote grid`: every combination of some numbers, trained on the same songs.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::{Context as _, ensure};
use clap::Args;
use indicatif::ProgressBar;
use serde_json::json;

use super::device::DeviceArgs;
use super::songs::{CacheArgs, bar, dataset_on_sides, divided, pictures, warn};
use super::train::{LearnArgs, about};
use super::training::on_interrupt;
use crate::data::{Cache, Dataset, SliceSplit, Split};
use crate::gpu::Engine;
use crate::metrics::{Evaluation, Options};
use crate::models::System;
use crate::predict::Predictor;
use crate::report::{grid_csv, grid_svg, grid_text};
use crate::signal::front_end::FrontEnd;
use crate::train::{
    Axis, Cell, Event, Gathered, GridRow, GridTable, Halt, RunData, Songs, accuracy, cells, checkpoint_path, claim,
    ensure as trained, judge, read, songs_of,
};
use crate::weights::{Accuracy, Card, ModelFile, Precision, Training, write_whole};

/// Try all combinations of some numbers
///
/// Trains a network for every combination on one division of the songs and chooses the one with the most right validation slices; its test
/// songs are judged once, at the end. Slices keep their length in seconds when the hop changes, and have the rows of the picture. OUT_DIR gets
/// grid.json, grid.csv, grid.svg, best.safetensors and every model; Ctrl-C or a kill loses at most an epoch, and the same command goes on.
#[derive(Args, Clone, Debug)]
#[command(
    after_help = "Examples:\n  tunevote grid Music --over n_fft=1024,2048 --over hop=256,512 --over n_mels=128,256 -o grid\n  \
                        tunevote grid list.csv --system wide --over lr=1e-3,2e-3 --over to_db.amin=1e-8,1e-10 --epochs 10 -o grid\n\n\
                        Exit code: 0 if every song was read, 1 if some were not, 2 for wrong use or if nothing could be trained, 130 after \
                        Ctrl-C."
)]
pub struct GridArgs {
    /// DIR/genre/song, the folder of FMA or GTZAN, or a CSV with path, genre, artist
    #[arg(value_name = "DIR|LIST.csv")]
    songs: PathBuf,
    /// A number and the values to try: lr, batch or epochs, or a number of the front end as model files name it (n_fft, hop, n_mels, fmin,
    /// to_db.amin). Give it once for each number
    #[arg(long, value_name = "NAME=VALUES", required = true, value_parser = clap::builder::ValueParser::new(axis))]
    over: Vec<Axis>,
    /// The folder for everything that is made
    #[arg(short, long, value_name = "OUT_DIR")]
    out: PathBuf,
    #[command(flatten)]
    learn: LearnArgs,
    /// Print the result as JSON
    #[arg(long, help_heading = "Output")]
    json: bool,
    #[command(flatten)]
    cache: CacheArgs,
    #[command(flatten)]
    device: DeviceArgs,
}

fn axis(text: &str) -> Result<Axis, String> {
    text.parse()
}

/// What trained cells have in common.
struct Work<'a> {
    engine: &'a Engine,
    cache: &'a Cache,
    stop: &'a AtomicBool,
    all: &'a Dataset,
    split: &'a Split,
    folder: PathBuf,
}

pub(super) fn run(args: &GridArgs, out: &mut dyn Write) -> anyhow::Result<u8> {
    let system = System::named(&args.learn.system)?;
    let fractions = args.learn.fractions()?;
    let all = dataset_on_sides(&args.songs, args.learn.splits.as_deref())?;
    let warnings = all.check_for_training()?;
    warnings.iter().for_each(|warning| warn(warning));
    let plan = args.learn.plan(&system);
    let cells = cells(&plan, &args.over, all.labels.len())?;
    ensure!(
        all.has_sides() || fractions.validation > 0.0,
        "--val 0: a grid chooses by validation songs; give them a share"
    );
    let folder = args.out.join("cells");
    let start = json!({
        "system": plan.system, "epochs": plan.epochs, "batch": plan.batch, "learning_rate": plan.learning_rate, "schedule": plan.schedule,
        "early_stop": plan.early_stop, "clip": plan.clip, "seed": plan.seed, "augment": plan.augment, "front_end": plan.front_end,
        "sides": [fractions.validation, fractions.test],
    });
    let claimed = json!({"over": args.over, "plan": start, "songs": songs_of(&there(&all))?}).to_string();
    claim(&args.out, "plan.json", "grid", &claimed, &folder)?;
    std::fs::create_dir_all(&folder).map_err(crate::Error::io(&folder))?;
    let stop = on_interrupt()?;
    let cache = args.cache.open()?;
    let engine = args.device.open()?;
    let Some((all, failed)) = usable(&engine, &cache, &stop, all, &cells)? else { return Ok(stopped(&args.out)) };
    let later = all.check_for_training().context("without the songs that cannot be used")?;
    later.iter().filter(|warning| !warnings.contains(warning)).for_each(|warning| warn(warning));
    let split = divided(&all, fractions, args.learn.seed)?;
    split.warnings.iter().for_each(|warning| warn(warning));
    ensure!(!split.validation.is_empty(), "no songs are left for validation, by which a grid chooses; give more songs");
    let work = Work { engine: &engine, cache: &cache, stop: &stop, all: &all, split: &split, folder };
    let mut rows = Vec::new();
    for (place, cell) in cells.iter().enumerate() {
        let what = format!("{}/{}", place + 1, cells.len());
        let Some(row) = work.row(cell, &what)? else { return Ok(stopped(&args.out)) };
        rows.push(row);
    }
    let mut table = GridTable {
        system: plan.system.clone(),
        axes: args.over.clone(),
        songs: [&split.train, &split.validation, &split.test].map(Vec::len),
        split: about(&all).to_owned(),
        seed: args.learn.seed,
        best: GridTable::best_of(&rows),
        cells: rows,
        test: None,
    };
    if let Some(best) = table.best {
        let Some(test) = work.test(&args.out, &cells[best], &table)? else { return Ok(stopped(&args.out)) };
        table.test = test;
    }
    let text = serde_json::to_string(&table)?;
    write_whole(&args.out.join("grid.json"), text.as_bytes())?;
    write_whole(&args.out.join("grid.csv"), grid_csv(&table)?.as_bytes())?;
    write_whole(&args.out.join("grid.svg"), grid_svg(&table).as_bytes())?;
    if args.json {
        writeln!(out, "{text}")?;
    } else {
        writeln!(out, "{}wrote {}", grid_text(&table), args.out.join("grid.svg").display())?;
    }
    ensure!(table.best.is_some(), "no combination could be trained; try smaller learning rates");
    Ok(u8::from(failed))
}

/// The songs whose files are there: what is not cannot be told from another song.
fn there(all: &Dataset) -> Dataset {
    Dataset { songs: all.songs.iter().filter(|song| song.path.is_file()).cloned().collect(), ..all.clone() }
}

/// The songs that have a slice in every combination, and whether there are some that could not be read. None if it was told to stop.
fn usable(
    engine: &Engine,
    cache: &Cache,
    stop: &AtomicBool,
    mut all: Dataset,
    cells: &[Cell],
) -> anyhow::Result<Option<(Dataset, bool)>> {
    let mut fronts: Vec<&FrontEnd> = Vec::new();
    for cell in cells.iter().map(|cell| &cell.plan.front_end) {
        if !fronts.contains(&cell) {
            fronts.push(cell);
        }
    }
    let (before, mut failed) = (all.songs.len(), 0);
    for front_end in fronts {
        let Some(read) = pictures(engine, &all, front_end, cache, &|| stop.load(Ordering::Relaxed))? else {
            return Ok(None);
        };
        failed += read.failed.len();
        (all, _) = read.usable(&all, front_end);
    }
    let short = before - failed - all.songs.len();
    if short > 0 {
        warn(&format!("{short} of the songs are shorter than one slice and take no part"));
    }
    Ok(Some((all, failed > 0)))
}

/// The end of a run that Ctrl-C stopped.
fn stopped(out: &Path) -> u8 {
    eprintln!("stopped; what is done is kept in {}, and the same command goes on", out.display());
    130
}

impl Work<'_> {
    fn pictures(&self, cell: &Cell) -> anyhow::Result<Option<Gathered>> {
        pictures(self.engine, self.all, &cell.plan.front_end, self.cache, &|| self.stop.load(Ordering::Relaxed))
    }

    /// Trains a cell if that was not done before. None if it was told to stop.
    fn row(&self, cell: &Cell, what: &str) -> anyhow::Result<Option<GridRow>> {
        let path = self.folder.join(cell.file());
        let lost = self.folder.join(format!("{}.diverged", cell.file()));
        let problem = read(&lost)?.map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
        let done = problem.is_some() || path.exists();
        let told = match problem {
            Some(problem) => Err(Halt::Diverged(problem)),
            None if path.exists() => ModelFile::read(&path).map_err(Halt::Failed),
            None => {
                let Some(gathered) = self.pictures(cell)? else { return Ok(None) };
                self.train(cell, &path, &gathered, what)
            }
        };
        let (card, problem) = match told {
            Ok(model) => (Some(model.card), None),
            Err(Halt::Told) => return Ok(None),
            Err(Halt::Failed(error)) => {
                return Err(anyhow::Error::new(error).context(format!("training {}", cell.name())));
            }
            Err(Halt::Diverged(problem)) => {
                write_whole(&lost, problem.as_bytes())?;
                // Its state is of no more use.
                let saved = checkpoint_path(&path);
                if saved.exists() {
                    std::fs::remove_file(&saved).map_err(crate::Error::io(&saved))?;
                }
                (None, Some(problem))
            }
        };
        let front_end = &cell.plan.front_end;
        let slice = front_end.slices().size();
        let validation = card.as_ref().and_then(|card| card.accuracy.first().cloned());
        let row = GridRow {
            name: cell.name(),
            settings: cell.settings.iter().map(|(name, value)| (name.clone(), value.clone().into())).collect(),
            file: format!("cells/{}", cell.file()),
            slice,
            seconds: slice[1] as f64 * front_end.samples_per_column()? as f64 / f64::from(front_end.rate()),
            epochs: card.map_or(0, |card| card.training.epochs),
            validation,
            problem,
        };
        if !done {
            let said = match (&row.validation, &row.problem) {
                (Some(on), _) => format!("slices right {:.1} %, {} epochs", 100.0 * on.slice_accuracy, row.epochs),
                (None, problem) => problem.clone().unwrap_or_default(),
            };
            eprintln!("{what}  {}: {said}", row.name);
        }
        Ok(Some(row))
    }

    fn train(&self, cell: &Cell, path: &Path, gathered: &Gathered, what: &str) -> Result<ModelFile, Halt> {
        let front_end = &cell.plan.front_end;
        let songs = Songs { dataset: self.all, gathered };
        let slices = SliceSplit::of_songs(self.split, &songs.slices(front_end));
        // The test side is not looked at before everything is chosen.
        let data = RunData {
            songs,
            train: &slices.train,
            validation: &slices.validation,
            test: &[],
            split: about(self.all),
            targets: None,
            base: None,
            head: None,
        };
        let training = Training { works: self.all.works(&slices.train), ..Training::default() };
        let card = Card { training, ..Card::new(&cell.plan.system, self.all.labels.clone(), front_end.clone()) };
        let mut under_way: Option<ProgressBar> = None;
        let told = trained(self.engine, &cell.plan, data, card, path, &mut |event| {
            if let Event::Step { epoch, steps: (done, total), loss, .. } = event {
                let bar = under_way.get_or_insert_with(|| bar(total, "{wide_bar} {msg} {eta} left"));
                bar.set_position(done);
                bar.set_message(format!("{what}  {}  epoch {}  loss {loss:.3} ", cell.name(), epoch + 1));
            }
            !self.stop.load(Ordering::Relaxed)
        });
        under_way.iter().for_each(ProgressBar::finish_and_clear);
        told
    }

    /// What the best cell reaches on the test songs, judged when it is chosen, and written down in its copy. None if it was told to stop.
    fn test(&self, out: &Path, cell: &Cell, table: &GridTable) -> anyhow::Result<Option<Option<Accuracy>>> {
        let path = out.join("best.safetensors");
        // The same cells have been through before: their test songs were judged.
        let before = read(&out.join("grid.json"))?.and_then(|bytes| serde_json::from_slice::<GridTable>(&bytes).ok());
        if let Some(before) = before.filter(|_| path.exists())
            && (GridTable { test: None, ..before.clone() }) == *table
        {
            return Ok(Some(before.test));
        }
        let mut model = ModelFile::read(&self.folder.join(cell.file()))?;
        let mut test = None;
        if !self.split.test.is_empty() {
            let Some(gathered) = self.pictures(cell)? else { return Ok(None) };
            let songs = Songs { dataset: self.all, gathered: &gathered };
            let front_end = &cell.plan.front_end;
            let slices = SliceSplit::of_songs(self.split, &songs.slices(front_end)).test;
            let predictor = Predictor::new(self.engine, &model, 32)?;
            let thresholds = model.card.thresholds;
            let go_on = &mut |_| !self.stop.load(Ordering::Relaxed);
            let Some(judged) = judge(&predictor, songs, front_end, &slices, &thresholds, go_on)? else {
                return Ok(None);
            };
            let evaluation = Evaluation::new(&judged, &model.card.labels, &thresholds, &Options::default())?;
            test = Some(accuracy(&format!("test, {}", about(self.all)), &evaluation));
        }
        model.card.accuracy.extend(test.clone());
        model.path = path;
        model.write(Precision::F32)?;
        Ok(Some(test))
    }
}
