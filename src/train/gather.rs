//! Songs become pictures in the cache: decoding runs ahead of the GPU, and what is there already is not made again.

use std::collections::BTreeMap;
use std::path::PathBuf;

use crate::audio::ahead;
use crate::data::{Cache, Dataset, PictureFile};
use crate::error::{Error, Result};
use crate::gpu::Engine;
use crate::pictures::{Paint, Painter};
use crate::signal::front_end::{FrontEnd, SliceGeometry};

/// What became of a dataset's songs.
#[derive(Debug, Default)]
pub struct Gathered {
    /// The picture of each song that could be read, by its index.
    pub pictures: BTreeMap<usize, PictureFile>,
    /// The pictures of songs' coded files, by the songs' indices.
    pub coded: BTreeMap<usize, PictureFile>,
    /// The songs that could not, with the reason.
    pub failed: Vec<(PathBuf, Error)>,
    /// What a person should know about songs that were painted now; pictures from the cache have none.
    pub warnings: Vec<(PathBuf, String)>,
}

/// Songs with their pictures.
#[derive(Clone, Copy, Debug)]
pub struct Songs<'a> {
    /// The songs.
    pub dataset: &'a Dataset,
    /// Their pictures, by the same indices.
    pub gathered: &'a Gathered,
}

impl Songs<'_> {
    /// Slices of each song; none for one that could not be read.
    pub fn slices(&self, front_end: &FrontEnd) -> Vec<u64> {
        self.gathered.slices(self.dataset, front_end)
    }
}

impl Gathered {
    /// Slices of each song; none for one that could not be read.
    pub fn slices(&self, dataset: &Dataset, front_end: &FrontEnd) -> Vec<u64> {
        let count =
            |song: usize| self.pictures.get(&song).map_or(0, |picture| front_end.slices().count(picture.columns()));
        (0..dataset.songs.len()).map(count).collect()
    }

    /// The slices (count,H,W) of a song, in order; none for one that could not be read.
    ///
    /// # Errors
    /// [`Error::Io`] if its picture cannot be read.
    pub fn values(&self, song: usize, geometry: SliceGeometry) -> Result<Vec<f32>> {
        let Some(picture) = self.pictures.get(&song) else { return Ok(Vec::new()) };
        let one = geometry.values();
        let mut values = vec![0.0; geometry.count(picture.columns()) as usize * one];
        for (slice, out) in (0..).zip(values.chunks_exact_mut(one)) {
            picture.slice(slice, geometry, out)?;
        }
        Ok(values)
    }

    /// The songs that have a slice, under the same labels, and their pictures by the songs' new indices.
    pub fn usable(mut self, dataset: &Dataset, front_end: &FrontEnd) -> (Dataset, Self) {
        let counts = self.slices(dataset, front_end);
        let (mut songs, mut pictures) = (Vec::new(), BTreeMap::new());
        for (index, song) in dataset.songs.iter().enumerate().filter(|(index, _)| counts[*index] > 0) {
            pictures.extend(self.pictures.remove(&index).map(|picture| (songs.len(), picture)));
            songs.push(song.clone());
        }
        (Dataset { songs, ..dataset.clone() }, Self { pictures, ..self })
    }
}

/// Paints every song that the cache does not have, as [`gather_with`] does.
///
/// # Errors
/// As [`gather_with`].
pub fn gather(
    engine: &Engine,
    dataset: &Dataset,
    front_end: &FrontEnd,
    cache: &Cache,
    done: &dyn Fn(usize),
    stop: &dyn Fn() -> bool,
) -> Result<Option<Gathered>> {
    let painter = || Ok(Box::new(Painter::new(engine, front_end)?) as Box<dyn Paint>);
    gather_with(&painter, dataset, front_end, cache, done, stop)
}

/// Makes the picture of every song that the cache does not have, with what `painter` gives if there are any. `done` is told how many songs are there or cannot be; `stop` is asked before
/// and inside each song, and ends the work without a result by answering `true`. What was painted stays in the cache.
///
/// # Errors
/// [`Error::Gpu`] if the device fails, [`Error::Io`] if the cache cannot be written to. A song that cannot be read is no error
/// here.
pub fn gather_with(
    painter: &dyn Fn() -> Result<Box<dyn Paint>>,
    dataset: &Dataset,
    front_end: &FrontEnd,
    cache: &Cache,
    done: &dyn Fn(usize),
    stop: &dyn Fn() -> bool,
) -> Result<Option<Gathered>> {
    let mut gathered = Gathered::default();
    let mut missing = Vec::new();
    for (index, song) in dataset.songs.iter().enumerate() {
        if stop() {
            return Ok(None);
        }
        match cache.find(&song.path, front_end) {
            Ok(Some(picture)) => drop(gathered.pictures.insert(index, picture)),
            Ok(None) => missing.push(index),
            Err(error) => gathered.failed.push((song.path.clone(), error)),
        }
        done(index + 1 - missing.len());
    }
    if missing.is_empty() {
        return Ok(Some(gathered));
    }
    let painter = painter()?;
    let paths = missing.iter().map(|&index| dataset.songs[index].path.clone()).collect();
    for (&index, mut song) in missing.iter().zip(ahead(paths, front_end.rate())) {
        let path = song.path.clone();
        let (mut unreadable, mut stopped) = (None, false);
        let picture = cache.ensure(&path, front_end, |writer| {
            let mut next = |out: &mut Vec<f32>, _: usize| {
                stopped = stop();
                if stopped {
                    return Err(Error::Training("stopped".into()));
                }
                song.read(out).map_err(|error| {
                    let text = Error::Training(error.to_string());
                    unreadable = Some(error);
                    text
                })
            };
            painter.paint(&mut next, &mut |columns| writer.push(columns)).map(drop)
        });
        match (picture, unreadable) {
            _ if stopped => return Ok(None),
            (Ok(picture), _) => {
                gathered.pictures.insert(index, picture);
                gathered.warnings.extend(song.warnings().iter().map(|warning| (path.clone(), warning.clone())));
            }
            (Err(_), Some(error)) => gathered.failed.push((path, error)),
            // The song itself is gone since the list was read.
            (Err(Error::Io { path: lost, source }), None) if lost == path => {
                gathered.failed.push((path, Error::Io { path: lost, source }));
            }
            (Err(error), None) => return Err(error),
        }
        done(gathered.pictures.len() + gathered.failed.len());
    }
    Ok(Some(gathered))
}
