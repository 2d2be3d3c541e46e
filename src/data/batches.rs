//! Batches from the picture cache.

use std::collections::BTreeMap;

use rayon::prelude::*;

use super::augment::{Augment, Levels};
use super::draw::{Draw, Purpose};
use super::picture::PictureFile;
use super::sampler::Sampler;
use super::split::SliceRef;
use super::targets::Targets;
use super::wear::stretch;
use crate::error::{Error, Result};
use crate::signal::front_end::{FrontEnd, SliceGeometry};

/// What a training step takes.
#[derive(Clone, Debug, PartialEq)]
pub struct Batch {
    /// The epoch it belongs to, from 0.
    pub epoch: u64,
    /// The step in the epoch, from 0.
    pub step: u64,
    /// (batch, height, width)
    pub slices: Vec<f32>,
    /// (batch, classes + hints): probabilities of the classes, and the shares of the [hints](Targets::hints).
    pub targets: Vec<f32>,
}

/// All batches of a training run, each a pure function of seed, epoch and step.
#[derive(Debug)]
pub struct Batches {
    sampler: Sampler,
    pictures: BTreeMap<usize, PictureFile>,
    geometry: SliceGeometry,
    levels: Vec<(usize, Levels)>,
    augment: Augment,
    targets: Targets,
    /// The pictures of songs' coded files.
    coded: BTreeMap<usize, PictureFile>,
    seed: u64,
}

impl Batches {
    /// Batches of a sampler's slices, read from the pictures of their songs.
    ///
    /// # Errors
    /// [`Error::Argument`] if the augmentation does not fit the slices, [`Error::Shape`] if a slice's song has no picture or a
    /// shorter one.
    pub fn new(
        sampler: Sampler,
        pictures: BTreeMap<usize, PictureFile>,
        front_end: &FrontEnd,
        augment: Augment,
        seed: u64,
    ) -> Result<Self> {
        let geometry = front_end.slices();
        augment.check(geometry)?;
        augment.wear.check_rows(front_end)?;
        for slice in sampler.all() {
            let there = pictures.get(&slice.song).map_or(0, |picture| geometry.count(picture.columns()));
            if slice.slice >= there {
                let expected = format!("a picture of song {} with slice {}", slice.song, slice.slice);
                return Err(Error::shape("batches", "pictures", expected, format_args!("{there} slices")));
            }
        }
        let targets = Targets::new(sampler.classes());
        let coded = BTreeMap::new();
        Ok(Self { sampler, pictures, geometry, levels: Levels::of_rows(front_end), augment, targets, coded, seed })
    }

    /// The same with other answers than a slice's label.
    #[must_use]
    pub fn with_targets(self, targets: Targets) -> Self {
        Self { targets, ..self }
    }

    /// The same with pictures of coded files of some songs, from which the share [`Wear::coded`](super::Wear::coded) of their slices is taken.
    #[must_use]
    pub fn with_coded(self, coded: BTreeMap<usize, PictureFile>) -> Self {
        Self { coded, ..self }
    }

    /// The picture that a slice is taken from. A coded file may be a little shorter than its song.
    fn picture(&self, slice: SliceRef, draw: &mut Draw) -> Option<&PictureFile> {
        let share = f64::from(self.augment.wear.coded);
        let coded = self.coded.get(&slice.song).filter(|picture| slice.slice < self.geometry.count(picture.columns()));
        match coded {
            Some(picture) if share > 0.0 && draw.unit() <= share => Some(picture),
            _ => self.pictures.get(&slice.song),
        }
    }

    /// What decides which slices a step gets.
    pub fn sampler(&self) -> &Sampler {
        &self.sampler
    }

    /// Steps of an epoch.
    pub fn steps(&self) -> u64 {
        self.sampler.steps()
    }

    /// An epoch, from which any step can be taken.
    pub fn epoch(&self, epoch: u64) -> Epoch<'_> {
        Epoch { batches: self, epoch, order: self.sampler.order(epoch) }
    }

    /// Reads one slice of a group, does to it what the stream says, and finds its answer.
    fn fill(&self, (slice, group): (SliceRef, usize), mut draw: Draw, (out, target): Places<'_>) -> Result<()> {
        let Some(picture) = self.picture(slice, &mut draw) else {
            return Err(Error::shape(
                "batches",
                "pictures",
                "one for each song",
                format_args!("none for {}", slice.song),
            ));
        };
        let SliceGeometry { width, height, first_row, .. } = self.geometry;
        let first = self.augment.first_column(slice.slice, picture.columns(), self.geometry, &mut draw);
        let (width, rows) = (width as usize, first_row..first_row + height);
        let columns = self.augment.wear.columns(width, picture.columns() - first, &mut draw);
        if columns == width {
            picture.window(first, width, rows, out)?;
        } else {
            let mut wide = vec![0.0; columns * height as usize];
            picture.window(first, columns, rows, &mut wide)?;
            stretch(&wide, columns, out, width);
        }
        self.augment.apply(out, width, &self.levels, &mut draw);
        self.targets.fill(slice.song, first as f64 + columns as f64 / 2.0, group, target);
        Ok(())
    }
}

/// Where a slice and its answer go.
type Places<'a> = (&'a mut [f32], &'a mut [f32]);

/// One epoch's order.
#[derive(Debug)]
pub struct Epoch<'a> {
    batches: &'a Batches,
    epoch: u64,
    order: Vec<(SliceRef, usize)>,
}

impl Epoch<'_> {
    /// The batch of a step, counted from 0. Its slices are read side by side on rayon's threads.
    ///
    /// # Errors
    /// [`Error::Argument`] for a step that the epoch does not have, [`Error::Io`] if a picture cannot be read.
    pub fn batch(&self, step: u64) -> Result<Batch> {
        let (sampler, augment) = (&self.batches.sampler, &self.batches.augment);
        let steps = sampler.steps();
        if step >= steps {
            let problem = format!("an epoch has {steps} steps, and step {step} was asked for");
            return Err(Error::Argument { operation: "batch", problem });
        }
        let (size, wide) = (sampler.batch(), self.batches.targets.width());
        let start = step as usize * size;
        let chosen: Vec<_> = (0..size).map(|index| self.order[(start + index) % self.order.len()]).collect();

        let SliceGeometry { width, height, .. } = self.batches.geometry;
        let values = (width * height) as usize;
        let mut slices = vec![0.0; size * values];
        let mut targets = vec![0.0; size * wide];
        let read = |((index, places), &chosen): ((usize, Places<'_>), &(SliceRef, usize))| {
            let place = [self.epoch, step << 32 | index as u64];
            self.batches.fill(chosen, Draw::new(self.batches.seed, Purpose::Augment, place), places)
        };
        let places = slices.par_chunks_exact_mut(values).zip(targets.par_chunks_exact_mut(wide));
        places.enumerate().zip(&chosen).try_for_each(read)?;

        if augment.mixup > 0.0 {
            let mut draw = Draw::new(self.batches.seed, Purpose::Mixup, [self.epoch, step]);
            let mut partners: Vec<usize> = (0..size).collect();
            draw.shuffle(&mut partners);
            let shares: Vec<f32> = (0..size).map(|_| draw.beta(f64::from(augment.mixup)) as f32).collect();
            slices = mix(&slices, &partners, &shares);
            targets = mix(&targets, &partners, &shares);
        }
        Ok(Batch { epoch: self.epoch, step, slices, targets })
    }
}

/// Row i becomes `share[i] row[i] + (1 - share[i]) row[partner[i]]`.
fn mix(rows: &[f32], partners: &[usize], shares: &[f32]) -> Vec<f32> {
    let length = rows.len() / partners.len();
    let mut mixed = rows.to_vec();
    mixed.par_chunks_exact_mut(length).zip(partners).zip(shares).for_each(|((row, &partner), &share)| {
        let other = &rows[partner * length..(partner + 1) * length];
        row.iter_mut().zip(other).for_each(|(own, &other)| *own = share * *own + (1.0 - share) * other);
    });
    mixed
}
