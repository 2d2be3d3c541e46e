//! Songs become pictures in the cache: decoding runs ahead of the GPU, and what is there already is not made again.

use std::collections::BTreeMap;
use std::path::PathBuf;

use crate::audio::ahead;
use crate::data::{Cache, Dataset, PictureFile};
use crate::error::{Error, Result};
use crate::gpu::Engine;
use crate::pictures::Painter;
use crate::signal::front_end::FrontEnd;

/// What became of a dataset's songs.
#[derive(Debug, Default)]
pub struct Gathered {
    /// The picture of each song that could be read, by its index.
    pub pictures: BTreeMap<usize, PictureFile>,
    /// The songs that could not, with the reason.
    pub failed: Vec<(PathBuf, Error)>,
}

impl Gathered {
    /// Slices of each song; none for one that could not be read.
    pub fn slices(&self, dataset: &Dataset, front_end: &FrontEnd) -> Vec<u64> {
        let count =
            |song: usize| self.pictures.get(&song).map_or(0, |picture| front_end.slices().count(picture.columns()));
        (0..dataset.songs.len()).map(count).collect()
    }
}

/// Paints every song that the cache does not have. `done` is told how many of how many songs are there, and stops the work by
/// returning `false`; what was painted stays in the cache.
///
/// # Errors
/// [`Error::Gpu`] if the device fails, [`Error::Io`] if the cache cannot be written to. A song that cannot be read is no error
/// here.
pub fn gather(
    engine: &Engine,
    dataset: &Dataset,
    front_end: &FrontEnd,
    cache: &Cache,
    mut done: impl FnMut(usize, usize) -> bool,
) -> Result<Gathered> {
    let mut gathered = Gathered::default();
    let mut missing = Vec::new();
    for (index, song) in dataset.songs.iter().enumerate() {
        match cache.find(&song.path, front_end) {
            Ok(Some(picture)) => drop(gathered.pictures.insert(index, picture)),
            Ok(None) => missing.push(index),
            Err(error) => gathered.failed.push((song.path.clone(), error)),
        }
    }
    let total = dataset.songs.len();
    if missing.is_empty() || !done(total - missing.len(), total) {
        return Ok(gathered);
    }
    let painter = Painter::new(engine, front_end)?;
    let paths = missing.iter().map(|&index| dataset.songs[index].path.clone()).collect();
    for (&index, mut song) in missing.iter().zip(ahead(paths, front_end.rate())) {
        let path = song.path.clone();
        let mut unreadable = None;
        let picture = cache.ensure(&path, front_end, |writer| {
            let mut next = |out: &mut Vec<f32>, _: usize| {
                song.read(out).map_err(|error| {
                    let text = Error::Training(error.to_string());
                    unreadable = Some(error);
                    text
                })
            };
            painter.paint(&mut next, &mut |columns| writer.push(columns)).map(drop)
        });
        match (picture, unreadable) {
            (Ok(picture), _) => drop(gathered.pictures.insert(index, picture)),
            (Err(_), Some(error)) => gathered.failed.push((path, error)),
            (Err(error), None) => return Err(error),
        }
        if !done(gathered.pictures.len() + gathered.failed.len(), total) {
            break;
        }
    }
    Ok(gathered)
}
