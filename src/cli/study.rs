//! `tunevote study`: the paper's table, asked again.

use std::io::Write;
use std::path::PathBuf;
use std::sync::atomic::Ordering;

use anyhow::{Context as _, bail, ensure};
use base64::Engine as _;
use clap::{Args, Subcommand};
use indicatif::ProgressBar;

use super::device::DeviceArgs;
use super::gan::BinaryArg;
use super::image::sheet_png;
use super::songs::{CacheArgs, bar, dataset, pictures as gather, warn};
use super::training::on_interrupt;
use crate::data::Dataset;
use crate::metrics::Options;
use crate::models::System;
use crate::report::{StudyPicture, study_csv, study_page, study_text};
use crate::study::{Event, Gan, Outcome, Shown, StudyPlan, Table, pictures, run as study, splits};
use crate::train::{Gathered, Songs};
use crate::weights::write_whole;

/// Measure whether a second look helps
#[derive(Args, Clone, Debug)]
pub struct StudyArgs {
    #[command(subcommand)]
    command: Command,
}

#[derive(Clone, Debug, Subcommand)]
enum Command {
    Table1(Table1Args),
}

/// The table of Bae 2020: CNN, RNN, CNN+RNN, voting, voting and GAN
///
/// Trains every network of the table and its controls on your songs, seed by seed, split by song and artist, and says with intervals
/// whether the second look lowers the risk at equal coverage. OUT gets table1.html, table1.json, table1.csv and everything that was
/// trained; Ctrl-C or a kill loses at most minutes, and the same command goes on.
#[derive(Args, Clone, Debug)]
#[command(
    after_help = "Examples:\n  tunevote synth songs --songs 96 --artists 8 --blend 0.3 --out-of-set 12 --seed 5\n  \
                        tunevote study table1 songs/truth.csv --outside drone,march,reggae --quick --out study\n\n\
                        Exit code: 0 if every song was read, 1 if some were not, 2 for wrong use or a training that failed, 130 after \
                        Ctrl-C."
)]
struct Table1Args {
    /// DIR/genre/song, or a CSV with path, genre, artist
    #[arg(value_name = "DIR|LIST.csv")]
    songs: PathBuf,
    /// The folder for everything that is made
    #[arg(long, value_name = "OUT")]
    out: PathBuf,
    /// Seeds of split and training
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u64).range(1..=100), conflicts_with = "quick")]
    seeds: u64,
    /// Genres of the list that are taken as unknown: their songs should stay unclassified
    #[arg(long, value_delimiter = ',', value_name = "GENRES")]
    outside: Vec<String>,
    /// What comes behind the GANs' refiners; with binary neurons the CNN learns slices in black and white too, as in the paper
    #[arg(long, value_enum, default_value = "off")]
    binary: BinaryArg,
    /// One seed and short trainings, to see that everything runs; says little
    #[arg(long)]
    quick: bool,
    /// Print the table as JSON
    #[arg(long, help_heading = "Output")]
    json: bool,
    #[command(flatten)]
    cache: CacheArgs,
    #[command(flatten)]
    device: DeviceArgs,
}

pub(super) fn run(args: &StudyArgs, out: &mut dyn Write) -> anyhow::Result<u8> {
    let Command::Table1(args) = &args.command;
    table1(args, out)
}

fn table1(args: &Table1Args, out: &mut dyn Write) -> anyhow::Result<u8> {
    let plan = match args.quick {
        true => StudyPlan::quick(args.outside.clone()),
        false => StudyPlan::whole(args.seeds, args.outside.clone()),
    };
    let plan = StudyPlan { binary: args.binary.of(), ..plan };
    let all = dataset(&args.songs)?;
    for name in &plan.outside {
        ensure!(all.labels.contains(name), "--outside {name}: the songs have the genres {}", all.labels.join(", "));
    }
    let [known, outside] = all.parted(&plan.outside);
    known.check_for_training()?.iter().for_each(|warning| warn(warning));
    std::fs::create_dir_all(&args.out).map_err(crate::Error::io(&args.out))?;
    let stop = on_interrupt()?;
    let cache = args.cache.open()?;
    let engine = args.device.open()?;
    let front_end = System::named(plan.systems()[0])?.front_end();
    let mut failed = false;
    let mut gathered = |songs: Dataset| -> anyhow::Result<Option<(Dataset, Gathered)>> {
        let read = gather(&engine, &songs, &front_end, &cache, &|| stop.load(Ordering::Relaxed))?;
        let Some(read) = read else { return Ok(None) };
        failed |= !read.failed.is_empty();
        Ok(Some(read.usable(&songs, &front_end)))
    };
    let (Some((known, known_pictures)), Some((outside, outside_pictures))) = (gathered(known)?, gathered(outside)?)
    else {
        eprintln!("stopped; what was read is kept, and the same command goes on");
        return Ok(130);
    };
    known.check_for_training().context("without the songs that cannot be used")?;
    let (_, warnings) = splits(&plan, &known).with_context(|| args.songs.display().to_string())?;
    warnings.iter().for_each(|warning| warn(warning));
    if known.songs.iter().any(|song| song.true_genre.is_some()) {
        eprintln!("note: test songs are judged by the table's column true_genre");
    }
    let mut view = View { bar: None, what: String::new() };
    let known = Songs { dataset: &known, gathered: &known_pictures };
    let outside = Songs { dataset: &outside, gathered: &outside_pictures };
    let outcome = study(&engine, &plan, known, outside, &args.out, &mut |event| {
        view.show(&event);
        !stop.load(Ordering::Relaxed)
    });
    view.close();
    let seeds = match outcome? {
        Outcome::Interrupted => {
            eprintln!("stopped; what is done is kept in {}, and the same command goes on", args.out.display());
            return Ok(130);
        }
        Outcome::Diverged(problem) => bail!(
            "{problem}. More songs may help; begin anew with another --out, or without the checkpoint of the network that diverged"
        ),
        Outcome::Finished(seeds) => seeds,
    };
    let table = Table::new(&plan, &known.dataset.labels, &seeds, Options::default())?;
    let json = serde_json::to_string(&table)?;
    write_whole(&args.out.join("table1.json"), json.as_bytes())?;
    write_whole(&args.out.join("table1.csv"), study_csv(&table)?.as_bytes())?;
    let shown = pictures(&engine, &args.out, known, &seeds)?;
    let shown = shown.iter().map(picture).collect::<anyhow::Result<Vec<_>>>()?;
    write_whole(&args.out.join("table1.html"), study_page(&table, &shown).as_bytes())?;
    if args.json {
        writeln!(out, "{json}")?;
    } else {
        writeln!(out, "{}wrote {}", study_text(&table), args.out.join("table1.html").display())?;
    }
    Ok(u8::from(failed))
}

fn picture(shown: &Shown) -> anyhow::Result<StudyPicture> {
    let reading = if shown.which == Gan::Transfer { "B" } else { "A" };
    let caption = format!("Reading {reading}, from the top: {}", shown.songs.join("; "));
    let base64 = base64::engine::general_purpose::STANDARD.encode(sheet_png(&shown.sheet)?);
    Ok(StudyPicture { caption, base64 })
}

/// Progress: a bar on the standard error for what is under way.
struct View {
    bar: Option<ProgressBar>,
    what: String,
}

impl View {
    fn show(&mut self, event: &Event) {
        match event {
            Event::Network { seed, name, event: crate::train::Event::Step { steps: (done, total), loss, .. } } => {
                self.at(&format!("seed {seed}: {name}"), *done, *total, &format!("loss {loss:.3}"));
            }
            Event::Gan { seed, which, event } => match (which.name(), event.as_ref()) {
                (name, crate::gan::Event::Step { phase: (phase, of), side, steps: (done, total), critic, .. }) => {
                    let what = format!("seed {seed}: {name}, phase {}/{of} {side}x{side}", phase + 1);
                    self.at(&what, *done, *total, &format!("distance {:.2}", critic.distance));
                }
                (name, crate::gan::Event::Phase(report, _)) => {
                    self.said(&format!(
                        "seed {seed}: {name}, phase {} {}x{}: distance {:.3}, L1 own {:.3}, diversity {:.3} of {:.3}, {:.0} s",
                        report.phase + 1,
                        report.volume[1],
                        report.volume[2],
                        report.distance,
                        report.own,
                        report.diversity_made,
                        report.diversity_real,
                        report.seconds
                    ));
                    for warning in &report.warnings {
                        warn(&format!("seed {seed}: {name}, phase {}: {warning}", report.phase + 1));
                    }
                }
                (_, crate::gan::Event::Judged { .. }) => {}
            },
            Event::Judged { seed, songs: (done, total) } => {
                self.at(&format!("seed {seed}: songs asked"), *done as u64, *total as u64, "");
            }
            Event::Network { seed, name, event: crate::train::Event::Epoch(report) } => {
                let right = report.validation_slices.map_or("-".into(), |share| format!("{:.1} %", 100.0 * share));
                self.said(&format!(
                    "seed {seed}: {name}, epoch {}: loss {:.3}, validation {right}",
                    report.epoch + 1,
                    report.loss
                ));
            }
            Event::Network { .. } => {}
        }
    }

    fn at(&mut self, what: &str, done: u64, total: u64, more: &str) {
        if self.what != what {
            self.close();
            what.clone_into(&mut self.what);
        }
        let bar = self.bar.get_or_insert_with(|| bar(total, "{wide_bar} {msg} {eta} left"));
        bar.set_position(done);
        bar.set_message(format!("{what}  {more} "));
    }

    /// A line that stays.
    fn said(&mut self, line: &str) {
        self.close();
        eprintln!("{line}");
    }

    fn close(&mut self) {
        if let Some(bar) = self.bar.take() {
            bar.finish_and_clear();
        }
    }
}
