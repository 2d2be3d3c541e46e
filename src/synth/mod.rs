//! Layer 6. Procedural songs: labelled audio without a download.
//!
//! ```text
//! Recipe -> cast -> Song -> stage -> score -> mix -> master -> Take -> file
//!           who, which        form,    notes   parts,   the
//!           genre, label      harmony          room     artist's chain
//! ```
//!
//! A genre is a handful of *styles* (tables in [`styles`]): tempo, swing, drum patterns, progressions, parts and form. An
//! *artist* owns the patches of all voices and a master chain, drawn from distributions that no genre knows of. A song takes a
//! style, a tempo and a key. The same recipe gives the same bytes on any machine and any number of threads: every song has its
//! own streams of random numbers, and the arithmetic uses no function of the platform (see [`exact`]).

use std::{
    fs,
    path::Path,
    sync::atomic::{AtomicBool, Ordering},
};

use rayon::prelude::*;
use serde::Serialize;

use crate::error::{Error, Result};
use crate::weights::write_whole;

pub mod artist;
pub mod cast;
pub mod dice;
pub mod drums;
pub mod effects;
pub mod exact;
pub mod harmony;
pub mod master;
pub mod melody;
pub mod mix;
pub mod patches;
pub mod rhythm;
pub mod score;
pub mod struck;
pub mod style;
pub mod styles;
pub mod texture;
pub mod truth;
pub mod wave;
pub mod write;

pub use cast::{Recipe, Song};
pub use styles::Genre;
pub use truth::Truth;
pub use wave::Studio;
pub use write::{Format, Take};

use dice::{Dice, Purpose};
use score::{Score, Stage};

/// Raised whenever the same recipe gives other songs than before.
pub const EDITION: u32 = 1;
/// The name of the file that says how a folder was made.
pub const RECIPE_FILE: &str = "recipe.json";

/// The notes of a song, and of the second band if it is a blend.
pub fn scores(song: &Song) -> (Score, Option<Score>) {
    let mut dice = Dice::new(song.seed, Purpose::Score, song.index);
    let seconds = song.frames as f64 / f64::from(song.rate);
    let stage = Stage::new(song.style, song.bpm, song.tonic, seconds, &mut dice);
    let second = song.blend.map(|b| {
        let stage = stage.join(b.style, b.bpm, &mut dice);
        Score::new(stage, &mut dice)
    });
    (Score::new(stage, &mut dice), second)
}

/// Composes a song. `studio` must have the song's rate.
pub fn compose(song: &Song, studio: &Studio) -> Take {
    Take::new(song.rate, &channels(song, studio))
}

/// A song before it is rounded to 16 bits: one or two channels within [`master::CEILING`].
pub fn channels(song: &Song, studio: &Studio) -> Vec<Vec<f32>> {
    let mut dice = Dice::new(song.seed, Purpose::Sound, song.index);
    let (score, second) = scores(song);
    let mut mixed = mix::render(&score, &song.artist, studio, song.frames, &mut dice);
    if let (Some(blend), Some(second)) = (song.blend, second) {
        let other = mix::render(&second, &song.artist, studio, song.frames, &mut dice);
        mixed = mix::blend(mixed, &other, blend.weight);
    }
    let mix::Stereo { mut left, right } = mixed;
    let mut channels = if song.channels == 2 {
        vec![left, right]
    } else {
        left.iter_mut().zip(&right).for_each(|(l, r)| *l = 0.5 * (*l + r));
        vec![left]
    };
    let spread = 1.5 * dice.bell();
    let fade = if dice.chance(0.5) { (0.06 * song.frames as f32 / studio.rate).min(2.0) } else { 0.03 };
    master::master(&mut channels, studio.rate, &song.artist.chain, spread, fade, &mut dice.noise());
    channels
}

/// What became of a folder.
#[derive(Debug, Clone)]
pub struct Outcome {
    /// All songs of the recipe, in its order.
    pub truth: Vec<Truth>,
    /// Songs written now.
    pub written: usize,
    /// Songs that were there already.
    pub kept: usize,
    /// Whether `stop` was raised before the end; then there is no table yet.
    pub stopped: bool,
}

#[derive(Serialize)]
struct Made<'a> {
    edition: u32,
    format: Format,
    recipe: &'a Recipe,
}

/// Composes a recipe's songs into `folder/<label>/<artist>-<number>.<ext>` and writes `recipe.json` before and `truth.csv`
/// after them. Songs are composed in parallel on rayon's current pool; `done` is called after each, from any thread.
///
/// A folder that holds the same recipe is completed: files that are there are kept. Any other folder must be empty or
/// absent, unless `force` is set: then files of the same names are replaced and everything else stays.
///
/// # Errors
/// [`Error::Argument`] if the recipe is wrong or the folder holds something else, [`Error::Io`] if a file cannot be
/// written. What was written stays and the same call goes on from there; no file is half-written.
pub fn compose_folder(
    folder: &Path,
    recipe: &Recipe,
    format: Format,
    force: bool,
    stop: &AtomicBool,
    done: &(dyn Fn(&Truth) + Sync),
) -> Result<Outcome> {
    let songs = recipe.cast()?;
    let truth: Vec<Truth> = songs.iter().map(|s| s.truth(format.extension())).collect();
    let made = Made { edition: EDITION, format, recipe };
    let ours = claim(folder, &made, force)?;
    let keep = ours && !force;
    for row in &truth {
        if let Some(parent) = folder.join(&row.path).parent() {
            fs::create_dir_all(parent).map_err(Error::io(parent))?;
        }
    }
    let studio = Studio::new(recipe.rate);
    let each: Vec<Option<bool>> = songs
        .par_iter()
        .zip(&truth)
        .map(|(song, row)| {
            if stop.load(Ordering::Relaxed) {
                return Ok(None);
            }
            let path = folder.join(&row.path);
            let there = keep && path.is_file();
            if !there {
                compose(song, &studio).save(&path, format)?;
            }
            done(row);
            Ok(Some(!there))
        })
        .collect::<Result<_>>()?;
    let count = |what: Option<bool>| each.iter().filter(|&&e| e == what).count();
    let stopped = count(None) > 0;
    if !stopped {
        let path = folder.join(truth::FILE);
        let mut table = Vec::new();
        truth::write(&truth, &path, &mut table)?;
        write_whole(&path, &table)?;
    }
    Ok(Outcome { truth, written: count(Some(true)), kept: count(Some(false)), stopped })
}

// Makes the folder ours, or says why not. True if it was already.
fn claim(folder: &Path, made: &Made, force: bool) -> Result<bool> {
    let path = folder.join(RECIPE_FILE);
    fs::create_dir_all(folder).map_err(Error::io(folder))?;
    let text = serde_json::to_vec_pretty(made).map_err(|e| Error::io(&path)(e.into()))?;
    let same = fs::read(&path).is_ok_and(|found| found == text);
    let empty = fs::read_dir(folder).map_err(Error::io(folder))?.next().is_none();
    if !(same || empty || force) {
        let problem = format!(
            "{} is not empty and was not made by this recipe; choose another folder, or --force to write into it",
            folder.display()
        );
        return Err(Error::Argument { operation: "synth", problem });
    }
    if !same {
        write_whole(&path, &text)?;
    }
    Ok(same)
}
