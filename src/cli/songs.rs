//! Labelled songs on the command line: a folder or a table.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, ensure};
use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};

use crate::audio::{is_song, tags};
use crate::data::{Cache, Dataset, Fractions, Split, genres_in, has_lists};
use crate::gpu::Engine;
use crate::import::Base;
use crate::pictures::{Paint, Painter};
use crate::signal::front_end::FrontEnd;
use crate::train::{Gathered, gather_with as gather};

/// Bytes of pictures that stay when the cache is opened.
const CACHED: u64 = 20 << 30;

/// Where pictures of songs are kept.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Cache")]
pub struct CacheArgs {
    /// Folder for the songs' pictures [default: tunevote in the user's cache folder]. What a killed run or an earlier
    /// version left in it is removed at the start, and so are the pictures longest unused, until 20 GiB stay
    #[arg(long, value_name = "DIR")]
    cache: Option<PathBuf>,
}

impl CacheArgs {
    /// Opens the cache.
    pub fn open(&self) -> anyhow::Result<Cache> {
        let folder = match &self.cache {
            Some(folder) => folder.clone(),
            None => Cache::default_folder()?,
        };
        let cache = Cache::new(folder)?;
        // A cache that cannot be tidied may still be read.
        cache.prune(CACHED).unwrap_or_else(|error| warn(&error.to_string()));
        Ok(cache)
    }
}

/// DIR/genre/…/song, with artists from tags, or a CSV with path, genre and artist; or the folder of FMA or GTZAN as they come.
pub fn dataset(path: &Path) -> anyhow::Result<Dataset> {
    dataset_on_sides(path, None)
}

/// The same where `--splits` may name a folder with three lists of songs. Without it they count where they lie with the songs.
pub fn dataset_on_sides(path: &Path, splits: Option<&Path>) -> anyhow::Result<Dataset> {
    let dataset = read(path, splits).context("reading the list of songs")?;
    dataset.warnings.iter().for_each(|warning| warn(warning));
    Ok(dataset)
}

fn read(path: &Path, splits: Option<&Path>) -> anyhow::Result<Dataset> {
    let none = "--splits goes with a folder of songs in the folders of their genres";
    if path.is_file() {
        ensure!(splits.is_none(), "{none}; {} has a column `split` for that", path.display());
        return Ok(Dataset::from_table(path)?);
    }
    if let Some(fma) = Dataset::from_fma(path)? {
        ensure!(splits.is_none(), "{none}; {} is FMA, whose table has the sides", path.display());
        return Ok(fma);
    }
    let root = genres_in(path);
    let artist = |song: &Path| tags::read(song).map(|tags| tags.artist);
    let all = Dataset::from_folder(&root, &is_song, Some(&artist))?;
    let lists = splits.or_else(|| [path, &root].into_iter().find(|folder| has_lists(folder)));
    Ok(match lists {
        Some(lists) => all.listed(&root, lists)?,
        None => all,
    })
}

/// The sides of songs, and a word where the list has divided them. The split's warnings are left to the caller.
pub fn divided(all: &Dataset, fractions: Fractions, seed: u64) -> crate::Result<Split> {
    let split = Split::of(all, fractions, seed)?;
    if all.has_sides() {
        let [train, validation, test] = [&split.train, &split.validation, &split.test].map(Vec::len);
        eprintln!(
            "note: the list says which songs train ({train}), validate ({validation}) and test ({test}); --val, --test and --seed do not divide \
             them"
        );
    }
    Ok(split)
}

/// The pictures of all songs, with progress. `None` if it was told to stop.
pub fn pictures(
    engine: &Engine,
    dataset: &Dataset,
    front_end: &FrontEnd,
    cache: &Cache,
    stop: &dyn Fn() -> bool,
) -> anyhow::Result<Option<Gathered>> {
    pictures_by(&|| painter(engine, None, front_end), dataset, front_end, cache, stop)
}

/// The same, made by what `painter` gives.
pub fn pictures_by(
    painter: &dyn Fn() -> crate::Result<Box<dyn Paint>>,
    dataset: &Dataset,
    front_end: &FrontEnd,
    cache: &Cache,
    stop: &dyn Fn() -> bool,
) -> anyhow::Result<Option<Gathered>> {
    let bar = bar(dataset.songs.len() as u64, "{wide_bar} {pos}/{len} songs read, {eta} left");
    let gathered = gather(painter, dataset, front_end, cache, &|done| bar.set_position(done as u64), stop)?;
    bar.finish_and_clear();
    if let Some(gathered) = &gathered {
        gathered.failed.iter().for_each(|(_, error)| warn(&error.to_string()));
        gathered.warnings.iter().for_each(|(path, warning)| warn(&format!("{}: {warning}", path.display())));
    }
    Ok(gathered)
}

/// What paints songs for a network: their pictures, or what a base makes of them.
pub fn painter(engine: &Engine, base: Option<&Base>, front_end: &FrontEnd) -> crate::Result<Box<dyn Paint>> {
    Ok(match base {
        Some(base) => Box::new(base.painter(engine)?),
        None => Box::new(Painter::new(engine, front_end)?),
    })
}

/// Songs that are written one by one, counted on a bar.
pub struct HandedOn {
    progress: ProgressBar,
    /// An output that cannot be written ends the run, but is no error of a song: it is kept here as it is.
    broken: Option<anyhow::Error>,
}

impl HandedOn {
    /// For so many songs; a single one needs no bar.
    pub fn new(songs: usize) -> Self {
        let progress = match songs {
            0 | 1 => ProgressBar::hidden(),
            songs => bar(songs as u64, "{wide_bar} {pos}/{len} songs, {eta} left"),
        };
        Self { progress, broken: None }
    }

    /// The next one, which `write` writes.
    pub fn next(&mut self, write: impl FnOnce() -> anyhow::Result<()>) -> crate::Result<()> {
        self.progress.inc(1);
        self.progress.suspend(write).map_err(|error| {
            let text = error.to_string();
            self.broken = Some(error);
            crate::Error::Training(text)
        })
    }

    /// The end of a run, with what ended it.
    pub fn end(self, run: crate::Result<()>) -> anyhow::Result<()> {
        self.progress.finish_and_clear();
        match self.broken {
            Some(error) => Err(error),
            None => Ok(run?),
        }
    }
}

/// A line on the standard error.
pub fn warn(text: &str) {
    eprintln!("warning: {text}");
}

/// A progress bar on the standard error; invisible where nobody looks.
pub fn bar(length: u64, template: &str) -> ProgressBar {
    let style = ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
    ProgressBar::new(length).with_style(style)
}
