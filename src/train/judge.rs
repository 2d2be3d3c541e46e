//! How good a network is on songs whose pictures are there.

use super::gather::Gathered;
use crate::data::Dataset;
use crate::error::Result;
use crate::metrics::{Evaluation, Options, Rate, Song};
use crate::predict::Predictor;
use crate::signal::front_end::FrontEnd;
use crate::vote::{Record, Thresholds};

/// The records of `songs` (indices into the dataset), with their truth: what [`Evaluation`] takes.
///
/// # Errors
/// [`Error::Gpu`](crate::Error::Gpu) if the device fails, [`Error::Io`](crate::Error::Io) if a picture cannot be read.
pub fn judge(
    predictor: &Predictor,
    dataset: &Dataset,
    gathered: &Gathered,
    front_end: &FrontEnd,
    songs: &[usize],
    thresholds: &Thresholds,
) -> Result<Vec<Song>> {
    let geometry = front_end.slices();
    let mut judged = Vec::new();
    let per_batch = predictor.batch();
    // Slices of several songs share a batch; `owners` remembers whose they are.
    let mut probabilities: Vec<Vec<f32>> = vec![Vec::new(); songs.len()];
    let (mut slices, mut owners): (Vec<f32>, Vec<usize>) = (Vec::new(), Vec::new());
    let mut flush = |slices: &mut Vec<f32>, owners: &mut Vec<usize>| -> Result<()> {
        let rows = predictor.probabilities(slices)?;
        let classes = dataset.labels.len();
        owners.drain(..).zip(rows.chunks_exact(classes)).for_each(|(owner, row)| probabilities[owner].extend_from_slice(row));
        slices.clear();
        Ok(())
    };
    for (owner, song) in songs.iter().enumerate() {
        let Some(picture) = gathered.pictures.get(song) else { continue };
        for slice in 0..geometry.count(picture.columns()) {
            let start = slices.len();
            slices.resize(start + predictor.slice(), 0.0);
            picture.slice(slice, geometry, &mut slices[start..])?;
            owners.push(owner);
            if owners.len() == per_batch {
                flush(&mut slices, &mut owners)?;
            }
        }
    }
    if !owners.is_empty() {
        flush(&mut slices, &mut owners)?;
    }
    for (&index, rows) in songs.iter().zip(probabilities) {
        let song = &dataset.songs[index];
        let path = song.path.display().to_string();
        let record = match gathered.pictures.get(&index) {
            Some(picture) => {
                let seconds = picture.columns() as f64 * front_end.samples_per_column()? as f64 / f64::from(front_end.rate());
                Record::from_slices(path, &dataset.labels, rows, thresholds, seconds, "training")?
            }
            None => Record::from_error(path, "training", "could not be read"),
        };
        judged.push(Song { record, truth: Some(song.label), artist: song.artist.clone() });
    }
    Ok(judged)
}

/// The thresholds with the confidence that serves validation songs best: right classified songs minus wrong ones, the lowest of
/// those that are equally good. Share and counts stay as they are.
///
/// # Errors
/// [`Error::Argument`](crate::Error::Argument) if there are no songs.
pub fn tune(songs: &[Song], labels: &[String], thresholds: Thresholds) -> Result<Thresholds> {
    let mut best = (f64::NEG_INFINITY, thresholds);
    for step in 0..=11 {
        let tried = Thresholds { min_confidence: 0.35 + 0.05 * f64::from(step), ..thresholds };
        let evaluation = Evaluation::new(songs, labels, &tried, &Options::default())?;
        let reading = |rate: &Rate| rate.estimate.value.unwrap_or(1.0);
        let (unclassified, not_right) = (reading(&evaluation.readings.t1), reading(&evaluation.readings.t2));
        let score = (1.0 - not_right) - (not_right - unclassified);
        if score > best.0 + 1e-12 {
            best = (score, tried);
        }
    }
    Ok(best.1)
}
