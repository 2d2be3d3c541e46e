//! `tunevote train`: a model from labelled songs.

mod genres;
pub mod kfold;
mod learn;
mod usable;
mod view;

use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;

use anyhow::{anyhow, bail, ensure};
use clap::{Args, ValueEnum};

use self::genres::{Genres, taught};
pub(super) use self::learn::LearnArgs;
use self::usable::{coded, usable};
use self::view::View;
use super::again::{again, quote};
use super::device::DeviceArgs;
use super::evaluate::summary;
use super::files::check_target;
use super::model::model;
use super::songs::{CacheArgs, dataset_on_sides, divided, painter, pictures_by, warn};
use super::training::{checkpoint, note_replaced, of_another, on_interrupt};
use crate::data::{Dataset, Fractions, SliceRef, SliceSplit, songs_of};
use crate::import::{Base, Start};
use crate::models::{PAPER, System};
use crate::nn::Mode;
use crate::train::{
    Checkpoint, Finished, Outcome, RunData, RunPlan, Songs, TaughtBy, checkpoint_path, heard, run as train,
};
use crate::weights::{Card, ModelFile, Precision, Training};

/// Train a model on labelled songs
///
/// Songs come from DIR/genre/song (artists from the files' tags), from FMA's or GTZAN's folder, or from a CSV with path, genre and artist. They
/// are split by song and artist into training, validation and test, unless the list says their sides: FMA's table, lists that come with
/// GTZAN, or a column `split`. Ctrl-C saves; --resume goes on as if nothing had happened. The model file
/// is written when the training is over; until then M.safetensors.checkpoint holds its state.
#[derive(Args, Clone, Debug)]
#[command(after_help = "Examples:\n  tunevote train Music --out mine.safetensors\n  \
                        tunevote train list.csv --out mine.safetensors --epochs 30 --seed 7\n  \
                        tunevote train list.csv --out mine.safetensors --epochs 30 --seed 7 --resume\n\n\
                        Exit code: 0 if every song was read, 1 if some were not (the model is written all the same), 2 for wrong \
                        use or a training that failed, 130 after Ctrl-C.")]
pub struct TrainArgs {
    /// DIR/genre/song, the folder of FMA or GTZAN, or a CSV with path, genre, artist. A column `split` (training, validation, test) divides the
    /// songs. A column `coded` may name another file of the same song, such as an mp3 of a low
    /// bit rate: with --augment strong some training slices are taken from it
    #[arg(value_name = "DIR|LIST.csv")]
    songs: PathBuf,
    /// The model file to write
    #[arg(long, value_name = "M.safetensors")]
    out: PathBuf,
    #[command(flatten)]
    learn: LearnArgs,
    /// Train a head alone, on what the networks in this folder make of the songs: `import musicnn` writes one. It takes few songs, and the file
    /// is a whole model
    #[arg(long, value_name = "DIR", conflicts_with_all = ["system", "augment"])]
    base: Option<PathBuf>,
    /// Write the head alone too, a small file that goes without the networks: `import musicnn --head` joins them again
    #[arg(long, value_name = "HEAD.safetensors", requires = "base")]
    head: Option<PathBuf>,
    /// Genres of the model, in this order; without it, the teacher's or those of the songs. Some may have no songs where a --base or a --teacher
    /// knows them
    #[arg(long, value_name = "GENRES", value_delimiter = ',')]
    labels: Vec<String>,
    /// Genres of the list that are no answers: from their songs the model learns to be unsure, so that they stay unclassified
    #[arg(long, value_name = "GENRES", value_delimiter = ',')]
    unknown: Vec<String>,
    /// What the list's genre column says of songs whose genre is not known. They teach what a --teacher says of them, and without one
    /// nothing; they judge nothing
    #[arg(long, value_name = "GENRE")]
    unlabelled: Option<String>,
    /// A model of the same genres, a larger one: its probabilities are what slices should be answered with, beside the songs' genres
    #[arg(long, value_name = "T.safetensors", conflicts_with = "base")]
    teacher: Option<PathBuf>,
    /// The teacher's share of what is learnt; the rest is the songs' own genres
    #[arg(long, value_name = "SHARE", default_value_t = 0.7, requires = "teacher")]
    teacher_share: f32,
    /// What the tags that a teacher hears count beside its answers, where it is a head on a --base: a network that learns them too, in a layer that
    /// is left out of the model, knows more of what songs sound like
    #[arg(long, value_name = "WEIGHT", default_value_t = 0.0, requires = "teacher")]
    teacher_tags: f32,
    /// Weights to start from: a model of the same network, also one of other genres or other slices, or a safetensors file with the names of torchvision or timm. What is
    /// taken and what is not is told; the convolutions of vgg16 then stay as they are
    #[arg(long, value_name = "W.safetensors", conflicts_with = "base")]
    start: Option<PathBuf>,
    /// How the model file stores its weights; those of a --base stay as they are
    #[arg(long, value_enum, default_value = "f32", conflicts_with = "base")]
    precision: PrecisionArg,
    /// Go on with a run that was interrupted; give the same songs and options (--lr, --schedule, --clip and --precision may be
    /// others)
    #[arg(long)]
    resume: bool,
    /// Split shuffled slices instead of artists, as the papers did: slices of one song teach and judge. For showing the
    /// difference only
    #[arg(long)]
    leak: bool,
    /// A sentence for the model's card: what the songs are
    #[arg(long, value_name = "TEXT", default_value = "")]
    note: String,
    /// Print epochs and the result as JSON lines
    #[arg(long, help_heading = "Output")]
    json: bool,
    #[command(flatten)]
    cache: CacheArgs,
    #[command(flatten)]
    device: DeviceArgs,
}

/// [`Precision`] on the command line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum PrecisionArg {
    /// 32 bits a weight
    F32,
    /// 16 bits a weight: half the size
    F16,
}

impl PrecisionArg {
    fn of(self) -> Precision {
        match self {
            Self::F32 => Precision::F32,
            Self::F16 => Precision::F16,
        }
    }
}

pub(super) fn run(args: &TrainArgs, out: &mut dyn Write) -> anyhow::Result<u8> {
    let base = args.base.as_deref().map(Base::read).transpose()?;
    let system = System::named(if base.is_some() { "musicnn-head" } else { &args.learn.system })?;
    let mut plan = args.plan(&system);
    let fractions = args.learn.fractions()?;
    let share = args.teacher_share;
    ensure!((0.0..=1.0).contains(&share), "--teacher-share {share}: this should be a share from 0 to 1");
    let tags = args.teacher_tags;
    ensure!((0.0..=1e3).contains(&tags), "--teacher-tags {tags}: this should be a number from 0 to 1000");
    let checkpoint = there(args)?;
    let all = dataset_on_sides(&args.songs, args.learn.splits.as_deref())?;
    ensure!(
        !(args.leak && all.has_sides()),
        "--leak divides slices, and the list says the sides of its songs; give one without"
    );
    let teacher = args.teacher.as_deref().map(|path| model(Some(path))).transpose()?;
    let genres = Genres::new(args, &all, teacher.as_ref(), base.as_ref())?;
    let teachers_base = teacher.as_ref().and_then(Base::of);
    if let Some(teacher) = teacher.as_ref().filter(|_| tags > 0.0 && teachers_base.is_none()) {
        bail!(
            "--teacher-tags: {} hears no tags; only a model that was trained with --base does",
            teacher.path.display()
        );
    }
    let named = genres.of(&all)?.labels;
    if let Some(base) = &base {
        plan.front_end = base.front_end();
        plan.start = base.start(&genres.labels);
    }
    let before = match &args.start {
        Some(path) => start(path, &mut plan, genres.labels.len())?,
        None => None,
    };
    plan.teacher = teacher.as_ref().map(|teacher| TaughtBy {
        model: teacher.name(),
        share: args.teacher_share,
        unlabelled: args.unlabelled.clone(),
        tags,
    });
    let warnings = all.check_for_training()?;
    warnings.iter().for_each(|warning| warn(warning));
    if let Some(checkpoint) = &checkpoint {
        let another = |error| of_another(error, &checkpoint_path(&args.out));
        plan.check_resume(checkpoint, &named).map_err(another)?;
    }
    let stop = on_interrupt()?;
    let cache = args.cache.open()?;
    let engine = args.device.open()?;
    let painter = || painter(&engine, base.as_ref(), &plan.front_end);
    let steps = checkpoint.as_ref().map_or((0, None), |there| (there.progress.steps, Some(there.progress.total)));
    let read =
        |songs: &Dataset| pictures_by(&painter, songs, &plan.front_end, &cache, &|| stop.load(Ordering::Relaxed));
    let stopped_reading = |out| {
        eprintln!("stopped; what was read is kept");
        stopped(args, out, steps)
    };
    let Some(gathered) = read(&all)? else { return stopped_reading(out) };
    let (all, mut gathered) = usable(gathered, &all, &plan.front_end, &warnings)?;
    let all = genres.of(&all)?;
    let (slices, split) = sides(args, fractions, &genres, Songs { dataset: &all, gathered: &gathered }, &plan)?;
    if !coded(&mut gathered, &all, &songs_of(&slices.train), &plan, &read)? {
        return stopped_reading(out);
    }
    let songs = Songs { dataset: &all, gathered: &gathered };
    let teachers: Vec<_> =
        [("the teacher", teacher.as_ref().map(|teacher| &teacher.card)), ("the model to start from", before.as_ref())]
            .into_iter()
            .filter_map(|(who, card)| Some((who, card?)))
            .collect();
    teachers.iter().for_each(|(who, card)| warn_of_taught(who, card, &all, &slices));
    let targets = match &teacher {
        Some(teacher) => {
            match taught(&engine, teacher, teachers_base.as_ref(), songs, &plan, &cache, &|| {
                stop.load(Ordering::Relaxed)
            })? {
                Some(teacher) => Some(genres.targets(teacher, share)?),
                None => {
                    eprintln!("stopped; what the teacher said is kept");
                    return stopped(args, out, steps);
                }
            }
        }
        None => None,
    };
    let data = RunData {
        songs,
        train: &slices.train,
        validation: &slices.validation,
        test: &slices.test,
        split,
        targets: targets.as_ref(),
        base: base.as_ref(),
        head: args.head.as_deref(),
    };
    let card = Card {
        training: Training {
            data: match (&base, &args.start) {
                (Some(_), _) => Base::data(&args.note),
                (None, Some(start)) => started_from(start, &args.note),
                (None, None) => args.note.clone(),
            },
            works: all.works(&slices.train),
            teacher: teacher.as_ref().map(ModelFile::name),
            heard: teachers.iter().flat_map(|(_, card)| card.training.heard.clone()).collect(),
            ..Training::default()
        },
        ..Card::new(system.name, genres.labels, plan.front_end.clone())
    };
    note_replaced(&args.out);
    args.head.as_deref().into_iter().for_each(note_replaced);
    let mut view = View { bar: None, json: args.json, epochs: plan.epochs, out };
    let outcome = train(&engine, &plan, data, card, &args.out, checkpoint, &mut |event| {
        view.show(&event);
        !stop.load(Ordering::Relaxed)
    });
    view.close();
    match outcome.map_err(|error| of_another(error, &checkpoint_path(&args.out)))? {
        Outcome::Interrupted { steps: (done, total) } => {
            eprintln!("stopped after {done} of {total} steps; go on with: {}", again(true, None));
            stopped(args, out, (done, Some(total)))
        }
        Outcome::Diverged { problem, steps: (_, total), saved } => {
            // No larger than the one that the network is known to learn with.
            Err(diverged(&args.out, &problem, total, saved, (plan.learning_rate / 4.0).min(system.learning_rate)))
        }
        Outcome::Finished(finished) => {
            early(&finished, plan.epochs).iter().for_each(|line| eprintln!("{line}"));
            tell(args, &finished, out)?;
            Ok(u8::from(!gathered.failed.is_empty()))
        }
    }
}

impl TrainArgs {
    /// How a network is trained with these options.
    fn plan(&self, system: &System) -> RunPlan {
        RunPlan { precision: self.precision.of(), ..self.learn.plan(system) }
    }
}

/// Puts the weights of a file into a plan, and keeps those as they are that the system freezes, if the file has them all; says what is taken and what is not. Gives the
/// card of a model of this program.
fn start(path: &Path, plan: &mut RunPlan, classes: usize) -> anyhow::Result<Option<Card>> {
    let (system, slice) = (System::named(&plan.system)?, plan.front_end.slices().size());
    let (net, _) = system.network(Mode::Inference, 1, slice, classes)?;
    let start = Start::read(path, &net, slice)?;
    eprintln!("{}: {}", path.display(), start.summary());
    if let Some(card) = &start.card {
        let plain = |name: &str| name.trim_end_matches(PAPER).to_owned();
        ensure!(
            plain(&card.system) == plain(system.name),
            "{}: this is a model of {}; give --system {}, or another file",
            path.display(),
            card.system,
            card.system
        );
    }
    let is_frozen = |name: &&str| system.frozen.iter().any(|beginning| name.starts_with(beginning));
    let frozen: Vec<_> = net.kept().into_iter().map(|(name, _)| name).filter(is_frozen).collect();
    plan.frozen = !frozen.is_empty() && frozen.iter().all(|name| start.values.contains_key(*name));
    if plan.frozen {
        eprintln!("{} of them stay as they are", frozen.len());
    }
    plan.start = start.values;
    Ok(start.card)
}

/// What a card says of its data where a training started from a file's weights.
fn started_from(path: &Path, note: &str) -> String {
    let name = path.file_name().unwrap_or_default().display();
    format!("Started from the weights of {name}. {note}").trim_end().to_owned()
}

/// What there is to go on with, after a look at where the files shall be.
fn there(args: &TrainArgs) -> anyhow::Result<Option<Checkpoint>> {
    let bases = args.base.iter().flat_map(|folder| Base::files(folder));
    let files = args.teacher.iter().chain(&args.start).cloned();
    let inputs: Vec<_> = [args.songs.clone()].into_iter().chain(files).chain(bases).collect();
    if let Some(head) = &args.head {
        ensure!(*head != args.out, "{}: the whole model and its head cannot be one file", head.display());
        check_target(head, &inputs)?;
    }
    let inputs: Vec<_> = inputs.iter().map(PathBuf::as_path).collect();
    checkpoint(&args.out, &inputs, args.resume, Checkpoint::read)
}

/// The slices of each side, and how they were divided, for the card.
fn sides(
    args: &TrainArgs,
    fractions: Fractions,
    genres: &Genres,
    songs: Songs<'_>,
    plan: &RunPlan,
) -> anyhow::Result<(SliceSplit, &'static str)> {
    let all = songs.dataset;
    let mut split = divided(all, fractions, args.learn.seed)?;
    if let Some(label) = genres.unlabelled {
        split = split.unlabelled(all, label);
    }
    split.warnings.iter().for_each(|warning| warn(warning));
    let counts = songs.slices(&plan.front_end);
    let (slices, divided) = if args.leak {
        (SliceSplit::by_slices_leaky(&counts, fractions, args.learn.seed)?, "slices shuffled: songs are on both sides")
    } else {
        (SliceSplit::of_songs(&split, &counts), about(all))
    };
    // Of songs without a label nobody but a teacher says what they teach.
    let says = |slice: &SliceRef| args.teacher.is_some() || Some(all.songs[slice.song].label) != genres.unlabelled;
    Ok((SliceSplit { train: slices.train.into_iter().filter(says).collect(), ..slices }, divided))
}

/// Says so if songs judge that a model learnt from which teaches or is started from.
fn warn_of_taught(who: &str, card: &Card, all: &Dataset, slices: &SliceSplit) {
    let judges = [&slices.validation, &slices.test].map(|side| heard(all, side)).concat();
    let met = judges.iter().filter(|print| card.training.heard.contains(print)).count();
    if met > 0 {
        warn(&format!(
            "{who} was taught by {met} of the {} songs that validate or test: the accuracy will look too good; train both on one list \
             with one seed",
            judges.len()
        ));
    }
}

/// What to say of a run whose numbers are none any more, and the command that may help.
fn diverged(out: &Path, problem: &str, total: u64, saved: Option<u64>, rate: f32) -> anyhow::Error {
    let path = checkpoint_path(out);
    let (kept, command) = match saved {
        Some(steps) => (format!("; {} has the state after {steps}", path.display()), again(true, Some(rate))),
        None if path.exists() => {
            let command = format!("rm {} && {}", quote(path.as_os_str()), again(false, Some(rate)));
            (format!("; {} has nothing better", path.display()), command)
        }
        None => (String::new(), again(false, Some(rate))),
    };
    anyhow!("{problem} ({total} steps were to be done{kept}). Try a smaller learning rate: {command}")
}

/// How songs are divided, for the card.
pub(super) fn about(all: &Dataset) -> &'static str {
    if all.has_sides() { "sides given by the list" } else { "split by song and artist" }
}

/// What to say of a run that has ended before its last epoch.
fn early(finished: &Finished, epochs: usize) -> Option<String> {
    let losses: Vec<_> = finished.history.iter().filter_map(|epoch| epoch.validation_loss).collect();
    let best = (0..losses.len()).min_by(|&a, &b| losses[a].total_cmp(&losses[b]))?;
    let made = finished.history.len();
    (made < epochs).then(|| {
        let best = best + 1;
        format!("ended after epoch {made} of {epochs}: the validation loss has not fallen since epoch {best}")
    })
}

/// The result, for people or programs.
fn tell(args: &TrainArgs, finished: &Finished, out: &mut dyn Write) -> anyhow::Result<()> {
    if args.json {
        writeln!(out, "{}", serde_json::to_string(finished)?)?;
        return Ok(());
    }
    if let Some(test) = &finished.test {
        write!(out, "{}", summary(test))?;
    }
    for path in [Some(&args.out), args.head.as_ref()].into_iter().flatten() {
        writeln!(out, "wrote {}", path.display())?;
    }
    Ok(())
}

/// The end of a run that Ctrl-C stopped.
fn stopped(args: &TrainArgs, out: &mut dyn Write, (steps, of): (u64, Option<u64>)) -> anyhow::Result<u8> {
    if args.json {
        writeln!(out, "{}", serde_json::json!({"stopped": {"steps": steps, "of": of}}))?;
    }
    Ok(130)
}
