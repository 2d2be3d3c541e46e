//! How good a network is on songs whose pictures are there.

use std::collections::BTreeMap;
use std::path::Path;

use super::gather::Songs;
use crate::data::{Dataset, PictureFile, SliceRef};
use crate::error::{Error, Result};
use crate::metrics::{Evaluation, Options, Song};
use crate::predict::{Pending, Predictor};
use crate::signal::front_end::FrontEnd;
use crate::vote::{Record, Thresholds};

/// The records of the songs of `slices` (in order of song), made from those slices alone, with their truth: what [`Evaluation`]
/// takes. A song without slices, or without a picture, is not among them: see [`judge_songs`]. A song whose label is behind those that the
/// network tells ([`Dataset::relabelled`]) has no truth.
///
/// `go_on` is told after each batch how many slices are judged, and stops the work by returning `false`; there are no records
/// then.
///
/// # Errors
/// [`Error::Gpu`](crate::Error::Gpu) if the device fails, [`Error::Io`](crate::Error::Io) if a picture cannot be read.
pub fn judge(
    predictor: &Predictor,
    songs: Songs<'_>,
    front_end: &FrontEnd,
    slices: &[SliceRef],
    thresholds: &Thresholds,
    go_on: &mut dyn FnMut(usize) -> bool,
) -> Result<Option<Vec<Song>>> {
    let Songs { dataset, gathered } = songs;
    let geometry = front_end.slices();
    let (classes, labels) = (predictor.outputs(), known(dataset, predictor.outputs())?);
    let mut probabilities: BTreeMap<usize, Vec<f32>> = BTreeMap::new();
    let mut done = 0;
    let mut enter = |batch: &[SliceRef], pending: Pending| {
        for (slice, row) in batch.iter().zip(pending.wait()?.chunks_exact(classes)) {
            probabilities.entry(slice.song).or_default().extend_from_slice(row);
        }
        done += batch.len();
        Ok::<_, Error>(go_on(done))
    };
    let mut before = None;
    // Slices of several songs share a batch; a batch is read while the one before is under way.
    for batch in slices.chunks(predictor.batch()) {
        let mut input = vec![0.0; batch.len() * predictor.slice()];
        for (slice, out) in batch.iter().zip(input.chunks_exact_mut(predictor.slice())) {
            if let Some(picture) = gathered.pictures.get(&slice.song) {
                picture.slice(slice.slice, geometry, out)?;
            }
        }
        if let Some((batch, pending)) = before.replace((batch, predictor.start(&input)?))
            && !enter(batch, pending)?
        {
            return Ok(None);
        }
    }
    if let Some((batch, pending)) = before
        && !enter(batch, pending)?
    {
        return Ok(None);
    }
    let judged = probabilities.into_iter().map(|(index, rows)| {
        let song = &dataset.songs[index];
        let columns = gathered.pictures.get(&index).map_or(0, PictureFile::columns);
        let seconds = columns as f64 * front_end.samples_per_column()? as f64 / f64::from(front_end.rate());
        let path = song.path.display().to_string();
        let record = Record::from_slices(path, labels, rows, thresholds, seconds, MODEL)?;
        Ok(Song { record, truth: truth(song.label, classes), artist: song.artist.clone() })
    });
    judged.collect::<Result<_>>().map(Some)
}

/// The records of whole songs, by their indices: those too short for a slice are unclassified, those without a picture are errors.
///
/// # Errors
/// As [`judge`].
pub fn judge_songs(
    predictor: &Predictor,
    songs: Songs<'_>,
    front_end: &FrontEnd,
    chosen: &[usize],
    thresholds: &Thresholds,
) -> Result<Vec<Song>> {
    let Songs { dataset, gathered } = songs;
    let counts = songs.slices(front_end);
    let (classes, labels) = (predictor.outputs(), known(dataset, predictor.outputs())?);
    let slices: Vec<_> =
        chosen.iter().flat_map(|&song| (0..counts[song]).map(move |slice| SliceRef { song, slice })).collect();
    let judged = judge(predictor, songs, front_end, &slices, thresholds, &mut |_| true)?;
    let mut with_slices = judged.into_iter().flatten();
    // `judge` gives songs in ascending order, each that has slices once.
    let failed: BTreeMap<&Path, &Error> = gathered.failed.iter().map(|(path, error)| (path.as_path(), error)).collect();
    let mut ordered = chosen.to_vec();
    ordered.sort_unstable();
    let judged = ordered.into_iter().map(|index| {
        if counts[index] > 0 {
            return Ok(with_slices.next());
        }
        let song = &dataset.songs[index];
        let path = song.path.display().to_string();
        let record = match gathered.pictures.contains_key(&index) {
            true => Record::from_slices(path, labels, Vec::new(), thresholds, 0.0, MODEL)?,
            false => {
                let error = failed.get(song.path.as_path()).map(ToString::to_string);
                Record::from_error(path, MODEL, error.unwrap_or_else(|| "was not read".into()))
            }
        };
        Ok(Some(Song { record, truth: truth(song.label, classes), artist: song.artist.clone() }))
    });
    Ok(judged.collect::<Result<Vec<_>>>()?.into_iter().flatten().collect())
}

/// The labels that the network tells: the first ones.
fn known(dataset: &Dataset, classes: usize) -> Result<&[String]> {
    let wrong = || Error::shape("judge", "labels", format_args!("{classes} at least"), dataset.labels.len());
    dataset.labels.get(..classes).ok_or_else(wrong)
}

/// A label that is one of them.
fn truth(label: usize, classes: usize) -> Option<usize> {
    (label < classes).then_some(label)
}

/// What records of a model in training call it.
pub(crate) const MODEL: &str = "in training";

/// The thresholds with the confidence that serves validation songs best; share and counts stay as they are.
///
/// Tried are the multiples of .05 above 1 / labels, below which every slice votes, up to .95. The best has
///
/// 1. the most right songs minus wrong ones, an unclassified song counting as neither; whatever a song without a truth is classified as is
///    wrong;
/// 2. of those, the fewest wrong songs;
/// 3. of those, the middle of the longest run of neighbours, since few songs cannot tell such neighbours apart and its ends are
///    where the next song may tip it. Of the two middles of an even run, and of runs of one length, it is the one nearer to the
///    default confidence, and at equal distance the higher one.
///
/// # Errors
/// [`Error::Argument`] if there are no songs with a truth.
pub fn tune(songs: &[Song], labels: &[String], thresholds: Thresholds) -> Result<Thresholds> {
    let options = Options { replicates: 0, ..Options::default() };
    let mut tried = Vec::new();
    for percent in (5..=95).step_by(5).filter(|percent| percent * labels.len() > 100) {
        let tuned = Thresholds { min_confidence: percent as f64 / 100.0, ..thresholds };
        let Evaluation { readings, outside, .. } = Evaluation::new(songs, labels, &tuned, &options)?;
        let right = (readings.t2.of - readings.t2.count) as i64;
        let wrong = (readings.wrong.count + outside.count) as i64;
        // The more of the first the better, then of the second.
        tried.push((percent, (right - wrong, -wrong)));
    }
    let Some(best) = tried.iter().map(|&(_, score)| score).max() else { return Ok(thresholds) };
    let runs = tried.split(|&(_, score)| score != best);
    let longest = runs.clone().map(<[_]>::len).max().unwrap_or(1);
    let middles =
        runs.filter(|run| run.len() == longest).flat_map(|run| run[..=longest / 2].iter().skip((longest - 1) / 2));
    let usual = (100.0 * Thresholds::default().min_confidence) as usize;
    let chosen = middles.map(|&(percent, _)| percent).min_by_key(|&percent| (percent.abs_diff(usual), 100 - percent));
    let min_confidence = chosen.map_or(thresholds.min_confidence, |percent| percent as f64 / 100.0);
    Ok(Thresholds { min_confidence, ..thresholds })
}
