//! `tunevote synth`: procedural songs with known genres.

use std::io::{IsTerminal, Write};
use std::path::PathBuf;
use std::sync::atomic::AtomicBool;

use indicatif::{ProgressBar, ProgressStyle};

use super::training::on_interrupt;
use crate::synth::{self, Format, Genre, Recipe, truth};

/// Compose procedural songs with known genres.
///
/// Writes DIR/LABEL/ARTIST-NUMBER.wav, and DIR/truth.csv with path, genre (the label), artist, title, seconds,
/// true_genre, blend_genre, blend_weight, out_of_set. The same options give the same bytes on every machine. If a run is
/// interrupted, the same command goes on where it stopped.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  tunevote synth songs --songs 60 --seed 7\n  \
    tunevote synth hard --songs 120 --blend 0.2 --label-noise 0.05 --out-of-set 12 --format flac")]
pub struct Args {
    /// Folder for the songs: new, empty, or left unfinished by the same command
    pub dir: PathBuf,
    /// How many songs, dealt out evenly over genres and artists
    #[arg(long, default_value_t = 60)]
    pub songs: usize,
    /// Other seeds give other artists and songs
    #[arg(long, default_value_t = 0)]
    pub seed: u64,
    /// File format, 16 bits
    #[arg(long, value_enum, default_value_t = FormatName::Wav)]
    pub format: FormatName,
    /// Mean length in seconds; songs are up to 15 % shorter or longer
    #[arg(long, default_value_t = 30.0)]
    pub seconds: f64,
    /// Samples a second, 8000 to 96000
    #[arg(long, default_value_t = 44_100)]
    pub rate: u32,
    /// Two channels instead of one
    #[arg(long)]
    pub stereo: bool,
    /// Only these genres, e.g. rock,jazz [default: hardcore,rock,electro,classical,jazz,hip-hop]
    #[arg(long, value_delimiter = ',')]
    pub genres: Vec<String>,
    /// Artists a genre, 1 to 64
    #[arg(long, default_value_t = 5)]
    pub artists: usize,
    /// Share of the songs that are two genres at once, 0 to 1
    #[arg(long, value_name = "FRACTION", default_value_t = 0.0)]
    pub blend: f64,
    /// Share of the songs whose label is wrong, 0 to 1
    #[arg(long, value_name = "FRACTION", default_value_t = 0.0)]
    pub label_noise: f64,
    /// So many songs more that belong to none of the genres (drone, march, reggae)
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub out_of_set: usize,
    /// Write into DIR whatever it holds: files of the same names are replaced, all others stay
    #[arg(long)]
    pub force: bool,
    /// Print the table of truth as JSON lines instead of a summary
    #[arg(long)]
    pub json: bool,
}

/// The formats' names on the command line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
#[allow(missing_docs)]
pub enum FormatName {
    Wav,
    Flac,
}

impl Args {
    /// The recipe that the options spell.
    ///
    /// # Errors
    /// An unknown genre.
    pub fn recipe(&self) -> crate::Result<Recipe> {
        let genres = if self.genres.is_empty() {
            Genre::SIX.to_vec()
        } else {
            self.genres.iter().map(|name| Genre::parse(name)).collect::<crate::Result<_>>()?
        };
        Ok(Recipe {
            songs: self.songs,
            seed: self.seed,
            seconds: self.seconds,
            rate: self.rate,
            stereo: self.stereo,
            genres,
            artists: self.artists,
            blend: self.blend,
            label_noise: self.label_noise,
            out_of_set: self.out_of_set,
        })
    }
}

/// Composes; writes the summary or the JSON lines to `out`. The exit code is 0, or 130 after Ctrl-C.
///
/// # Errors
/// [`crate::Error::Argument`] for wrong options and for a folder that holds something else, [`crate::Error::Io`] for a file that
/// cannot be written.
pub fn run(args: &Args, out: &mut dyn Write) -> anyhow::Result<u8> {
    // Songs that are being composed are finished. Where the program has a handler of its own already, that one stays.
    let stop = on_interrupt().unwrap_or_default();
    run_until(args, out, &stop)
}

/// As [`run`], with a flag that stops the work after the songs in progress.
///
/// # Errors
/// As [`run`].
pub fn run_until(args: &Args, out: &mut dyn Write, stop: &AtomicBool) -> anyhow::Result<u8> {
    let format = match args.format {
        FormatName::Wav => Format::Wav,
        FormatName::Flac => Format::Flac,
    };
    let recipe = args.recipe()?;
    let bar = if std::io::stderr().is_terminal() {
        ProgressBar::new((recipe.songs + recipe.out_of_set) as u64)
    } else {
        ProgressBar::hidden()
    };
    bar.set_style(ProgressStyle::with_template("{bar:30} {pos}/{len} songs, {eta} left  {msg}")?);
    let done = |row: &synth::Truth| {
        bar.set_message(row.path.clone());
        bar.inc(1);
    };
    let start = std::time::Instant::now();
    let outcome = synth::compose_folder(&args.dir, &recipe, format, args.force, stop, &done)?;
    bar.finish_and_clear();
    if outcome.stopped {
        if !args.json {
            let have = outcome.written + outcome.kept;
            writeln!(out, "stopped: {have} of {} songs are there; run it again to go on", outcome.truth.len())?;
        }
        return Ok(130);
    }
    if args.json {
        for row in &outcome.truth {
            writeln!(out, "{}", serde_json::to_string(row)?)?;
        }
        return Ok(0);
    }
    let minutes = outcome.truth.iter().map(|t| t.seconds).sum::<f64>() / 60.0;
    let labels: std::collections::BTreeSet<&str> = outcome.truth.iter().map(|t| t.genre.as_str()).collect();
    writeln!(
        out,
        "{} songs, {minutes:.1} minutes, in {} ({} written, {} kept, {:.1} s)",
        outcome.truth.len(),
        args.dir.display(),
        outcome.written,
        outcome.kept,
        start.elapsed().as_secs_f64()
    )?;
    writeln!(out, "labels: {}", labels.into_iter().collect::<Vec<_>>().join(", "))?;
    writeln!(out, "truth:  {}", args.dir.join(truth::FILE).display())?;
    Ok(0)
}
