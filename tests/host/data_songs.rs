//! Synthetic songs whose pictures say where every value is from.

use std::collections::BTreeMap;

use tempfile::TempDir;
use tunevote::data::{Augment, Balance, Batch, Batches, Cache, PictureFile, Sampler, SliceRef};
use tunevote::signal::front_end::{FrontEnd, MelFrontEnd, Normalisation, SliceGeometry};

pub const ROWS: usize = 16;
pub const WIDTH: usize = 12;
pub const HEIGHT: usize = 10;
pub const FIRST_ROW: usize = 3;
pub const HOP: usize = 8;

pub fn front_end() -> FrontEnd {
    let slices =
        SliceGeometry { width: WIDTH as u32, height: HEIGHT as u32, first_row: FIRST_ROW as u32, hop: HOP as u32 };
    let normalisation = Normalisation { subtract: 0.0, divide: 1.0 };
    let front_end = FrontEnd::Mel(MelFrontEnd { n_mels: ROWS as u32, slices, normalisation, ..MelFrontEnd::compact() });
    front_end.check().unwrap();
    front_end
}

/// Exact in 16 bits, and says where it is from: song below 8, column below 128.
pub fn value(song: usize, column: usize, row: usize) -> f32 {
    (song * 256 + column * 2) as f32 + (row % 2) as f32
}

/// Songs of so many columns.
pub fn pictures(lengths: &[usize]) -> (TempDir, BTreeMap<usize, PictureFile>) {
    pictures_of(lengths, &front_end(), value)
}

/// The same with another value for song, column and row.
pub fn pictures_of(
    lengths: &[usize],
    front_end: &FrontEnd,
    value: fn(usize, usize, usize) -> f32,
) -> (TempDir, BTreeMap<usize, PictureFile>) {
    let root = tempfile::tempdir().unwrap();
    let cache = Cache::new(root.path().join("cache")).unwrap();
    let mut pictures = BTreeMap::new();
    for (song, &length) in lengths.iter().enumerate() {
        let path = root.path().join(format!("{song}.wav"));
        std::fs::write(&path, "song").unwrap();
        let columns: Vec<f32> =
            (0..length).flat_map(|column| (0..ROWS).map(move |row| value(song, column, row))).collect();
        pictures.insert(song, cache.ensure(&path, front_end, |writer| writer.push(&columns)).unwrap());
    }
    (root, pictures)
}

pub fn slices(lengths: &[usize]) -> Vec<SliceRef> {
    let count = |length: usize| front_end().slices().count(length as u64);
    lengths.iter().enumerate().flat_map(|(song, &l)| (0..count(l)).map(move |slice| SliceRef { song, slice })).collect()
}

/// Two songs of label 0, one each of labels 1 and 2; 14 + 3, 5, and 1 slices.
pub const LENGTHS: [usize; 4] = [120, 30, 50, 12];
pub const LABELS: [usize; 4] = [0, 0, 1, 2];

pub fn sampler(batch: usize, balance: Balance, seed: u64) -> Sampler {
    Sampler::new(&slices(&LENGTHS), &LABELS, 3, batch, balance, seed).unwrap()
}

pub fn batches(batch: usize, balance: Balance, augment: Augment, seed: u64) -> (TempDir, Batches) {
    let (root, pictures) = pictures(&LENGTHS);
    let batches = Batches::new(sampler(batch, balance, seed), pictures, &front_end(), augment, seed).unwrap();
    (root, batches)
}

pub fn all(batches: &Batches, epoch: u64) -> Vec<Batch> {
    let epoch = batches.epoch(epoch);
    (0..batches.steps()).map(|step| epoch.batch(step).unwrap()).collect()
}
