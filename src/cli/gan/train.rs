//! `tunevote gan train`: networks that render slices in every genre of a model.

use std::io::Write;
use std::path::PathBuf;
use std::sync::atomic::Ordering;

use anyhow::bail;
use clap::{Args, ValueEnum};
use indicatif::ProgressBar;

use crate::cli::again::{again, quote};
use crate::cli::device::DeviceArgs;
use crate::cli::image::sheet_png;
use crate::cli::model::model;
use crate::cli::songs::{CacheArgs, bar, dataset, pictures, warn};
use crate::cli::training::{checkpoint, note_replaced, of_another, on_interrupt, rate};
use crate::data::SliceSplit;
use crate::gan::{Event, GanData, GanPlan, Outcome, PhaseReport, Progress, Sheet, run as train, sides};
use crate::models::gan::{Binary, Profile, Reading};
use crate::train::{RunData, Songs, checkpoint_path};
use crate::weights::write_whole;

/// Train the networks of the second look
///
/// A generator, a refiner for each of the model's genres and a discriminator grow together from 1x1 to 128x128, phase by phase; an
/// encoder finds the latent vector of a slice. They learn from the songs that taught the model, and what they say is weighed by the
/// songs that tuned it. Ctrl-C saves; --resume goes on. A sheet of pictures is written after every phase.
#[derive(Args, Clone, Debug)]
#[command(after_help = "Examples:\n  tunevote gan train Music --model mine.safetensors --out look.safetensors\n  \
                        tunevote classify Downloads --model mine.safetensors --refine look.safetensors\n\n\
                        Exit code: 0 if every song was read, 1 if some were not, 2 for wrong use or a training that failed, 130 after \
                        Ctrl-C.")]
pub(super) struct TrainArgs {
    /// DIR/genre/song, or a CSV with path, genre, artist: the songs that the model was trained on
    #[arg(value_name = "DIR|LIST.csv")]
    songs: PathBuf,
    /// The model whose second look it is
    #[arg(long, value_name = "M.safetensors")]
    model: PathBuf,
    /// The file to write
    #[arg(long, value_name = "G.safetensors")]
    out: PathBuf,
    /// Widths of the networks
    #[arg(long, value_enum, default_value = "practical")]
    profile: ProfileArg,
    /// What comes behind the refiners: grey values, or binary neurons as in the paper
    #[arg(long, value_enum, default_value = "off")]
    binary: BinaryArg,
    /// How a slice comes into the generator
    #[arg(long, value_enum, default_value = "analysis")]
    reading: ReadingArg,
    /// Slices in a row
    #[arg(long, default_value = "1", value_parser = ["1", "4"])]
    slices: String,
    /// Rows of one slice a genre in a step
    #[arg(long, default_value_t = 8, value_parser = clap::value_parser!(u32).range(2..=256))]
    rows: u32,
    /// Passes over the training slices in each phase
    #[arg(long, default_value_t = 2, value_parser = clap::value_parser!(u32).range(1..))]
    epochs: u32,
    /// Steps of the discriminator to one of the generator [default: 5 with the paper's widths, else 1]
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..=100))]
    critic_steps: Option<u32>,
    /// Learning rate
    #[arg(long, default_value_t = 2e-3, value_parser = rate)]
    lr: f32,
    /// Seed of the initial weights, the order and the noise; of the split too, where the model has not met the songs
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// Go on with a run that was interrupted; give the same songs and options
    #[arg(long)]
    resume: bool,
    /// Folder for the sheets of pictures [default: G.sheets beside G.safetensors]
    #[arg(long, value_name = "DIR", help_heading = "Output")]
    sheets: Option<PathBuf>,
    /// Print phases and the result as JSON lines
    #[arg(long, help_heading = "Output")]
    json: bool,
    #[command(flatten)]
    cache: CacheArgs,
    #[command(flatten)]
    device: DeviceArgs,
}

/// [`Profile`] on the command line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum ProfileArg {
    /// As many filters as genres
    Paper,
    /// Widths for pictures
    Practical,
}

/// [`Binary`] on the command line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum BinaryArg {
    /// Grey values
    Off,
    /// Black or white, by the more likely one
    Deterministic,
    /// Black or white, by chance
    Stochastic,
}

impl BinaryArg {
    /// What it stands for.
    pub fn of(self) -> Binary {
        match self {
            Self::Off => Binary::Off,
            Self::Deterministic => Binary::Deterministic,
            Self::Stochastic => Binary::Stochastic,
        }
    }
}

/// [`Reading`] on the command line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum ReadingArg {
    /// A genre is likely if it renders the slice well
    Analysis,
    /// A genre is likely if the slice, translated into it, sounds like it and has changed little
    Transfer,
}

fn plan(args: &TrainArgs) -> GanPlan {
    let profile = match args.profile {
        ProfileArg::Paper => Profile::Paper,
        ProfileArg::Practical => Profile::Practical,
    };
    let reading = match args.reading {
        ReadingArg::Analysis => Reading::Analysis,
        ReadingArg::Transfer => Reading::Transfer,
    };
    let usual = GanPlan::new(profile, reading);
    GanPlan {
        binary: args.binary.of(),
        slices: args.slices.parse().unwrap_or(1),
        rows: args.rows as usize,
        epochs: args.epochs as usize,
        critic_steps: args.critic_steps.map_or(usual.critic_steps, u64::from),
        learning_rate: args.lr,
        seed: args.seed,
        ..usual
    }
}

pub(super) fn run(args: &TrainArgs, out: &mut dyn Write) -> anyhow::Result<u8> {
    let plan = plan(args);
    let model = model(Some(&args.model))?;
    let path = checkpoint_path(&args.out);
    let checkpoint = checkpoint(&args.out, &[&args.model, &args.songs], args.resume, Progress::read)?;
    if let Some((progress, _)) = &checkpoint {
        progress.check(&plan, &model.sha256).map_err(|error| of_another(error, &path))?;
    }
    let all = dataset(&args.songs)?;
    let genres = &model.card.labels;
    if let Some(missing) = genres.iter().find(|genre| !all.labels.contains(genre)) {
        let (list, theirs) = (args.songs.display(), all.labels.join(", "));
        bail!(
            "{list}: there are no songs of the model's genre {missing}, only of {theirs}; give the songs that it was trained on"
        );
    }
    let others = all.others(genres);
    if !others.is_empty() {
        warn(&format!("songs of {} take no part: the model does not tell these", others.join(", ")));
    }
    let [all, _] = all.parted(&others);
    let all = all.relabelled(genres, &[])?;
    let sheets = args.sheets.clone().unwrap_or_else(|| args.out.with_extension("sheets"));
    std::fs::create_dir_all(&sheets).map_err(crate::Error::io(&sheets))?;
    let stop = on_interrupt()?;
    let cache = args.cache.open()?;
    let engine = args.device.open()?;
    let front_end = &model.card.front_end;
    let Some(gathered) = pictures(&engine, &all, front_end, &cache, &|| stop.load(Ordering::Relaxed))? else {
        eprintln!("stopped; what was read is kept");
        return Ok(130);
    };
    let rows = front_end.in_a_row(plan.slices);
    let (all, gathered) = gathered.usable(&all, &rows);
    let songs = Songs { dataset: &all, gathered: &gathered };
    let split = sides(&all, &model.card, args.seed)?;
    split.warnings.iter().for_each(|warning| warn(warning));
    if !split.test.is_empty() {
        let (left, of) = (split.test.len(), all.songs.len());
        eprintln!("note: {left} of {of} songs take no part: the model has not met them (its test side, or new songs)");
    }
    let teaching = SliceSplit::of_songs(&split, &songs.slices(&rows));
    let single = SliceSplit::of_songs(&split, &songs.slices(front_end));
    if single.validation.is_empty() {
        warn(
            "no song is left to calibrate the second look on. More songs help, and a model that was trained with --val above 0",
        );
    }
    let data = RunData {
        songs,
        train: &teaching.train,
        validation: &single.validation,
        test: &single.test,
        split: "as the model",
        targets: None,
        base: None,
        head: None,
    };
    note_replaced(&args.out);
    let mut view = View { bar: None, json: args.json, sheets, problem: None, out };
    let data = GanData { run: data, model: &model };
    let outcome = train(&engine, &plan, data, &args.out, checkpoint, &mut |event| {
        view.show(&event);
        view.problem.is_none() && !stop.load(Ordering::Relaxed)
    });
    view.close();
    if let Some(problem) = view.problem.take() {
        return Err(problem);
    }
    match outcome.map_err(|error| of_another(error, &path))? {
        Outcome::Interrupted { phase, steps: (done, total) } => {
            let phase = phase + 1;
            let at = match done < total {
                true => format!("after {done} of {total} steps of phase {phase}"),
                false => format!("behind phase {phase}"),
            };
            eprintln!("stopped {at}; go on with: {}", again(true, None));
            if args.json {
                writeln!(out, "{}", serde_json::json!({"stopped": {"phase": phase, "steps": done, "of": total}}))?;
            }
            Ok(130)
        }
        Outcome::Diverged { problem, .. } => {
            let rate = plan.learning_rate / 4.0;
            let remove = match path.exists() {
                true => format!("rm {} && ", quote(path.as_os_str())),
                false => String::new(),
            };
            bail!("{problem}. Try a smaller learning rate: {remove}{}", again(false, Some(rate)))
        }
        Outcome::Finished(finished) => {
            // What the last phase has said is not said again.
            let said = finished.history.last().map_or(&[][..], |phase| &phase.warnings);
            let doubts = finished.card.training.doubts.iter().filter(|doubt| !said.contains(doubt));
            doubts.for_each(|doubt| warn(doubt));
            if args.json {
                writeln!(out, "{}", serde_json::to_string(&finished)?)?;
            } else {
                writeln!(out, "wrote {}", args.out.display())?;
            }
            Ok(u8::from(!gathered.failed.is_empty()))
        }
    }
}

/// Progress: a bar on the standard error, phases as lines, sheets as files.
struct View<'a> {
    bar: Option<ProgressBar>,
    json: bool,
    sheets: PathBuf,
    /// A sheet that could not be written: it ends the run.
    problem: Option<anyhow::Error>,
    out: &'a mut dyn Write,
}

impl View<'_> {
    fn show(&mut self, event: &Event) {
        match event {
            Event::Step { phase: (phase, of), side, steps: (done, total), critic, generator } => {
                if *done == 1 {
                    self.close();
                }
                let bar = self.bar.get_or_insert_with(|| bar(*total, "{wide_bar} {msg} {eta} left"));
                bar.set_position(*done);
                let own = generator.map_or(String::new(), |generator| {
                    format!("  L1 {:.3}  contrast {:.3}", generator.own + generator.cycle, generator.contrast)
                });
                if !own.is_empty() || *done == 1 {
                    bar.set_message(format!(
                        "phase {}/{of} {side}x{side}  distance {:.2}  penalty {:.2}{own} ",
                        phase + 1,
                        critic.distance,
                        critic.penalty
                    ));
                }
            }
            Event::Judged { songs: (done, of) } => {
                let bar = self.bar.get_or_insert_with(|| bar(*of as u64, "{wide_bar} {msg} {eta} left"));
                bar.set_position(*done as u64);
                bar.set_message("songs looked at ");
            }
            Event::Phase(report, sheet) => {
                self.close();
                self.phase(report);
                if let Err(problem) = self.sheet(report, sheet) {
                    self.problem = Some(problem);
                }
            }
        }
    }

    fn sheet(&self, report: &PhaseReport, sheet: &Sheet) -> anyhow::Result<()> {
        let path = self.sheets.join(format!("phase{}.png", report.phase + 1));
        Ok(write_whole(&path, &sheet_png(sheet)?)?)
    }

    fn phase(&mut self, report: &PhaseReport) {
        let line = match self.json {
            true => serde_json::to_string(report).unwrap_or_default(),
            false => format!(
                "phase {}  {}x{}  distance {:.3}  penalty {:.3}  generator {:.3}  L1 own {:.3}  contrast {:.3}  diversity {:.3} of {:.3}  {} steps in \
                 {:.0} s",
                report.phase + 1,
                report.volume[1],
                report.volume[2],
                report.distance,
                report.penalty,
                report.adversarial,
                report.own,
                report.contrast,
                report.diversity_made,
                report.diversity_real,
                report.steps,
                report.seconds
            ),
        };
        // A line that cannot be written does not end hours of training; the result's line does.
        let written = match self.json {
            true => writeln!(self.out, "{line}").and_then(|()| self.out.flush()),
            false => writeln!(std::io::stderr(), "{line}"),
        };
        drop(written);
        report.warnings.iter().for_each(|warning| warn(&format!("phase {}: {warning}", report.phase + 1)));
    }

    fn close(&mut self) {
        if let Some(bar) = self.bar.take() {
            bar.finish_and_clear();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::sides;
    use crate::data::{Dataset, Song};
    use crate::signal::front_end::{FrontEnd, MelFrontEnd};
    use crate::weights::Card;

    #[test]
    fn songs_stay_on_the_models_sides() {
        let folder = tempfile::tempdir().unwrap_or_else(|error| panic!("{error}"));
        let song = |(label, name): (usize, &str)| {
            let path = folder.path().join(name);
            std::fs::write(&path, name).unwrap_or_else(|error| panic!("{error}"));
            Song { path, label, artist: Some(name.into()), ..Song::default() }
        };
        let songs: Vec<_> = [(0, "a"), (1, "b"), (0, "c"), (1, "d")].into_iter().map(song).collect();
        let print = |index: usize| songs[index].fingerprint().unwrap_or_default();
        let labels = vec!["x".to_owned(), "y".to_owned()];
        let mut card = Card::new("compact", labels.clone(), FrontEnd::Mel(MelFrontEnd::compact()));
        card.training.heard = vec![print(0), print(3)];
        card.training.heard.sort();
        card.training.tuned_on = vec![print(1)];
        let all = Dataset { labels, songs: songs.clone(), warnings: Vec::new() };
        let split = sides(&all, &card, 0).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!((split.train, split.validation, split.test), (vec![0, 3], vec![1], vec![2]));
        assert!(split.warnings.is_empty());
        card.training.heard.clear();
        let split = sides(&all, &card, 0).unwrap_or_else(|error| panic!("{error}"));
        assert!(!split.train.is_empty() && split.warnings.iter().any(|warning| warning.contains("split anew")));
    }
}
