//! `tunevote kfold`: a model a fold, and how good they are apart and together.

use std::io::Write;
use std::path::Path;
use std::sync::atomic::Ordering;

use anyhow::{Context as _, anyhow, bail, ensure};
use clap::{Args, ValueEnum};

use super::view::View;
use super::{Genres, TrainArgs, coded, start, started_from, usable};
use crate::Error;
use crate::cli::again::again;
use crate::cli::songs::{dataset, pictures, warn};
use crate::cli::training::on_interrupt;
use crate::data::{Dataset, Folds, Fractions};
use crate::metrics::Options;
use crate::models::System;
use crate::report::svg::standalone;
use crate::report::{kfold_confusion, kfold_page, kfold_text, roc_plot};
use crate::study::kfold::{Combine, Event, Outcome, Plan, Report, read_identity, run as folds};
use crate::train::Songs;
use crate::weights::{Card, Training, write_whole};

/// Measure a network over folds: a model a fold, and all of them together on songs held out
///
/// Some songs are held out by artist; the others are put into folds, stratified by label and grouped by artist. A fold's model learns from the
/// other folds, and its own chooses its epoch and its thresholds. What the models say together of the songs held out is told with intervals:
/// accuracy, recall, areas under the curve, and sensitivity and specificity where Youden's J of the out-of-fold answers is greatest. OUT_DIR gets
/// the models, kfold.json, report.html, roc.svg and confusion.svg. Ctrl-C saves; --resume goes on as if nothing had happened.
#[derive(Args, Clone, Debug)]
#[command(
    mut_arg("out", |arg| arg.short('o').value_name("OUT_DIR").help("The folder for the models and the report")),
    mut_arg("test", |arg| arg.help("Share of the songs held out from all folds")),
    mut_arg("labels", |arg| arg.help("Genres of the models, in this order; without it, those of the songs")),
    mut_arg("seed", |arg| arg.help("Seed of the folds, the initial weights, the order and the dropout")),
    mut_arg("resume", |arg| arg.help("Go on with a run that was interrupted; give the same songs and options (--combine may be another)")),
    mut_arg("json", |arg| arg.help("Print folds, epochs and the result as JSON lines")),
    // A fold validates, and what else a fold's model could learn from has met the songs of other folds.
    mut_arg("val", |arg| arg.hide(true).default_value("0")),
    mut_arg("base", |arg| arg.hide(true)),
    mut_arg("head", |arg| arg.hide(true)),
    mut_arg("unlabelled", |arg| arg.hide(true)),
    mut_arg("teacher", |arg| arg.hide(true)),
    mut_arg("teacher_share", |arg| arg.hide(true)),
    mut_arg("teacher_tags", |arg| arg.hide(true)),
    mut_arg("leak", |arg| arg.hide(true)),
    mut_arg("splits", |arg| arg.hide(true)),
    after_help = "Examples:\n  tunevote kfold Music --folds 5 --system compact -o folds\n  \
                  tunevote kfold list.csv --test 0.2 --combine mode --epochs 30 -o folds --resume\n\n\
                  Exit code: 0 if every song was read, 1 if some were not (everything is written all the same), 2 for wrong use or a \
                  training that failed, 130 after Ctrl-C."
)]
pub struct KfoldArgs {
    /// How many folds
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(2..=50))]
    folds: u32,
    /// How the models' answers to a song become one
    #[arg(long, value_enum, default_value = "mean")]
    combine: CombineArg,
    #[command(flatten)]
    train: TrainArgs,
}

/// [`Combine`] on the command line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum CombineArg {
    /// The genre of the highest mean probability
    Mean,
    /// The genre that most models answer; of several, that of the highest mean probability
    Mode,
}

pub(in crate::cli) fn run(args: &KfoldArgs, out: &mut dyn Write) -> anyhow::Result<u8> {
    let KfoldArgs { folds: count, combine, train: args } = args;
    check(args)?;
    let system = System::named(&args.learn.system)?;
    let mut plan = Plan { run: args.plan(&system), folds: *count as usize, held_out: args.learn.test };
    let there = there(&args.out, args.resume)?;
    let all = dataset(&args.songs)?;
    ensure!(
        !all.has_sides(),
        "{}: the list says the sides of its songs, and kfold makes its own; give a list without",
        args.songs.display()
    );
    let genres = Genres::new(args, &all, None, None)?;
    if let Some(path) = &args.start {
        let own = start(path, &mut plan.run, genres.labels.len())?;
        ensure!(
            own.is_none(),
            "{}: a model of this program may have learnt from the songs of any fold; kfold starts from others' weights alone",
            path.display()
        );
    }
    let warnings = all.check_for_training()?;
    warnings.iter().for_each(|warning| warn(warning));
    let of_another = |error| of_another(error, &args.out);
    let named = genres.of(&all)?;
    if let Some(there) = &there {
        plan.check_resume(there, &named.labels).map_err(of_another)?;
    }
    let put = |songs: &Dataset| Folds::by_artist(songs, plan.folds, plan.held_out, args.learn.seed);
    put(&named)?;
    let stop = on_interrupt()?;
    let stopped = || stop.load(Ordering::Relaxed);
    let cache = args.cache.open()?;
    let engine = args.device.open()?;
    let front_end = &plan.run.front_end;
    let read = |songs: &Dataset| pictures(&engine, songs, front_end, &cache, &stopped);
    let Some(gathered) = read(&all)? else { return stopped_reading(args, out) };
    let (all, mut gathered) = usable(gathered, &all, front_end, &warnings)?;
    let all = genres.of(&all)?;
    let divided = put(&all).context("without the songs that cannot be used")?;
    divided.warnings.iter().for_each(|warning| warn(warning));
    let teach = divided.folds.iter().flatten().copied().collect();
    if !coded(&mut gathered, &all, &teach, &plan.run, &read)? {
        return stopped_reading(args, out);
    }
    let card = Card {
        training: Training {
            data: args.start.as_ref().map_or_else(|| args.note.clone(), |path| started_from(path, &args.note)),
            ..Training::default()
        },
        ..Card::new(system.name, genres.labels, front_end.clone())
    };
    let labels = card.labels.clone();
    let mut shown = Shown { bar: None, json: args.json, epochs: plan.run.epochs, folds: plan.folds, out };
    let songs = Songs { dataset: &all, gathered: &gathered };
    let outcome = folds(&engine, &plan, songs, &divided, &card, &args.out, &mut |event| {
        shown.show(&event);
        !stopped()
    });
    shown.close();
    let answers = match outcome.map_err(of_another)? {
        Outcome::Finished(answers) => answers,
        Outcome::Interrupted { fold, steps } => {
            let at = steps.map_or_else(String::new, |(done, of)| format!(", after {done} of {of} steps"));
            eprintln!("stopped in fold {} of {}{at}; go on with: {}", fold + 1, plan.folds, again(true, None));
            return stopped_at(args, out, Some(fold + 1), steps);
        }
        Outcome::Diverged { fold, problem } => bail!(
            "fold {}: {problem}. A smaller learning rate may help (--lr, here {}); it is another run: give another folder with -o, or remove {}",
            fold + 1,
            plan.run.learning_rate,
            args.out.display()
        ),
    };
    let how = match combine {
        CombineArg::Mean => Combine::Mean,
        CombineArg::Mode => Combine::Mode,
    };
    let report = Report::new(&plan, &labels, &answers, how, Options::default())?;
    tell(args, &report, out)?;
    Ok(u8::from(!gathered.failed.is_empty()))
}

/// Refuses what `train` takes and folds cannot.
fn check(args: &TrainArgs) -> anyhow::Result<()> {
    for (given, name) in [
        (args.learn.val != 0.0, "--val"),
        (args.base.is_some(), "--base"),
        (args.unlabelled.is_some(), "--unlabelled"),
        (args.teacher.is_some(), "--teacher"),
        (args.leak, "--leak"),
        (args.learn.splits.is_some(), "--splits"),
    ] {
        ensure!(!given, "{name}: kfold does not take it; a fold validates, and every network learns from songs alone");
    }
    Fractions { validation: 0.0, test: args.learn.test }.sides().context("--test")?;
    ensure!(
        args.learn.test > 0.0,
        "--test 0: no songs would be held out, and nothing says what the folds' models are worth together"
    );
    let out = &args.out;
    ensure!(!out.is_file(), "{}: this is a file; give the name of a folder", out.display());
    Ok(())
}

/// What tells the run whose folder this is from others, if there is one to go on with.
fn there(out: &Path, resume: bool) -> anyhow::Result<Option<serde_json::Value>> {
    let there = read_identity(out)?;
    match (resume, there.is_some()) {
        (true, false) => bail!("{}: there is no interrupted run to go on with; leave out --resume", out.display()),
        (false, true) => bail!("{}: a run is there; go on with --resume, or give another folder", out.display()),
        _ => Ok(there),
    }
}

/// What helps if the folder is another run's; other errors say it themselves.
fn of_another(error: Error, out: &Path) -> anyhow::Error {
    match error {
        Error::Resume(problem) => {
            anyhow!("{}: {problem}; give the same songs and options, or another folder with -o", out.display())
        }
        error => anyhow::Error::new(error).context("training"),
    }
}

fn stopped_reading(args: &TrainArgs, out: &mut dyn Write) -> anyhow::Result<u8> {
    eprintln!("stopped; what was read is kept, and the same command goes on");
    stopped_at(args, out, None, None)
}

/// The end of a run that Ctrl-C stopped.
fn stopped_at(
    args: &TrainArgs,
    out: &mut dyn Write,
    fold: Option<usize>,
    steps: Option<(u64, u64)>,
) -> anyhow::Result<u8> {
    if args.json {
        let (done, of) = steps.unzip();
        writeln!(out, "{}", serde_json::json!({"stopped": {"fold": fold, "steps": done, "of": of}}))?;
    }
    Ok(130)
}

/// Writes the report beside the models, and says it.
fn tell(args: &TrainArgs, report: &Report, out: &mut dyn Write) -> anyhow::Result<()> {
    let json = serde_json::to_string(report)?;
    for (name, text) in [
        ("kfold.json", json.clone()),
        ("report.html", kfold_page(report)),
        ("roc.svg", standalone(&roc_plot("roc", &report.ensemble.roc))),
        ("confusion.svg", standalone(&kfold_confusion(report))),
    ] {
        write_whole(&args.out.join(name), text.as_bytes())?;
    }
    match args.json {
        true => writeln!(out, "{json}")?,
        false => writeln!(out, "{}\nwrote {}", kfold_text(report), args.out.join("report.html").display())?,
    }
    Ok(())
}

/// Progress: folds as lines, and inside each what `train` shows.
struct Shown<'a> {
    bar: Option<indicatif::ProgressBar>,
    json: bool,
    epochs: usize,
    folds: usize,
    out: &'a mut dyn Write,
}

impl Shown<'_> {
    fn show(&mut self, event: &Event) {
        match event {
            Event::Fold { fold, songs: [taught, validation, held_out], trained } => {
                self.close();
                if self.json {
                    let fold = serde_json::json!({
                        "fold": fold + 1, "of": self.folds, "taught": taught, "validation": validation, "held_out": held_out,
                        "trained": trained,
                    });
                    // A line that cannot be written does not end hours of training; the result's line does.
                    drop(writeln!(self.out, "{fold}").and_then(|()| self.out.flush()));
                } else {
                    let state = if *trained { "; its model is there" } else { "" };
                    eprintln!(
                        "fold {} of {}: {taught} songs teach, {validation} validate{state}",
                        fold + 1,
                        self.folds
                    );
                }
            }
            Event::Train { event, .. } => {
                let mut view = View { bar: self.bar.take(), json: self.json, epochs: self.epochs, out: self.out };
                view.show(event);
                self.bar = view.bar.take();
            }
            Event::Judged { slices: (done, of), .. } => {
                if let Some(bar) = &self.bar {
                    bar.set_message(format!("judging {done} of {of} slices "));
                }
            }
        }
    }

    fn close(&mut self) {
        if let Some(bar) = self.bar.take() {
            bar.finish_and_clear();
        }
    }
}
