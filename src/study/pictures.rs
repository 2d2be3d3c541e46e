//! Pictures for a report: unclassified slices beside their renderings.

use std::path::Path;

use super::folder::{Gan, SeedFolder};
use super::judged::{Seed, Side};
use crate::error::Result;
use crate::gan::{Sheet, song_sheet};
use crate::gpu::Engine;
use crate::train::Songs;
use crate::weights::GanFile;

/// Songs shown.
const SHOWN: usize = 3;

/// A sheet of a seed's unclassified test songs.
#[derive(Clone, Debug)]
pub struct Shown {
    /// What rendered them.
    pub which: Gan,
    /// The songs from the top: file name, and genre in brackets.
    pub songs: Vec<String>,
    /// The slice in the middle of each, and its renderings in all genres.
    pub sheet: Sheet,
}

/// Unclassified test songs of the first seed of the study in `out` whose GANs are there, rendered by both readings; nothing where there are
/// no such songs, or only what seeds have said was kept.
///
/// # Errors
/// [`Error::Io`](crate::Error::Io) or [`Error::Weights`](crate::Error::Weights) if a GAN's file cannot be read, [`Error::Gpu`](crate::Error::Gpu) if the device fails.
pub fn pictures(engine: &Engine, out: &Path, known: Songs<'_>, seeds: &[Seed]) -> Result<Vec<Shown>> {
    const READINGS: [Gan; 2] = [Gan::Analysis, Gan::Transfer];
    let there = |seed: &&Seed| READINGS.iter().all(|&which| SeedFolder::new(out, seed.seed).gan(which).exists());
    let Some(seed) = seeds.iter().find(there) else { return Ok(Vec::new()) };
    let index_of = |path: &str| known.dataset.songs.iter().position(|song| song.path.display().to_string() == path);
    let open = seed.songs.iter().filter(|song| song.side == Side::Test && song.look.is_some()).take(SHOWN);
    let open: Vec<_> = open
        .filter_map(|song| {
            let index = index_of(&song.path)?;
            let file = known.dataset.songs[index].path.file_name().unwrap_or_default().display().to_string();
            let genre = song.truth.map_or("", |truth| known.dataset.labels[truth].as_str());
            Some((known.gathered.pictures.get(&index)?, format!("{file} ({genre})")))
        })
        .collect();
    if open.is_empty() {
        return Ok(Vec::new());
    }
    let folder = SeedFolder::new(out, seed.seed);
    let shown = READINGS.map(|which| {
        let gan = GanFile::read(&folder.gan(which))?;
        let geometry = gan.card.front_end.slices();
        let size = geometry.values();
        let mut slices = vec![0.0; open.len() * size];
        for ((picture, _), slice) in open.iter().zip(slices.chunks_exact_mut(size)) {
            picture.slice(geometry.count(picture.columns()) / 2, geometry, slice)?;
        }
        let songs = open.iter().map(|(_, name)| name.clone()).collect();
        Ok(Shown { which, songs, sheet: song_sheet(engine, &gan, &slices)? })
    });
    shown.into_iter().collect()
}
