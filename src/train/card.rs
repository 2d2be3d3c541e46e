//! What a run writes on its model's card.

use super::run::{RunData, RunPlan};
use crate::data::{Dataset, SliceRef, songs_of};
use crate::gpu::Engine;
use crate::metrics::{Estimate, Evaluation, artist_key};
use crate::weights::{Accuracy, Card, Drawn, Intervals, Outside, Training};

pub(crate) fn accuracy(split: &str, evaluation: &Evaluation) -> Accuracy {
    let readings = &evaluation.readings;
    let value = |rate: &crate::metrics::Rate| rate.estimate.value.unwrap_or(0.0);
    let interval = |estimate: &Estimate| estimate.interval().map(|interval| [interval.low, interval.high]);
    Accuracy {
        split: split.to_owned(),
        songs: evaluation.songs,
        artists: (evaluation.artists > 0).then_some(evaluation.artists),
        unreadable: evaluation.unreadable,
        slice_accuracy: value(&evaluation.slice_accuracy),
        forced_accuracy: 1.0 - value(&readings.t3),
        unclassified: value(&readings.t1),
        wrong: value(&readings.wrong),
        majority: 1.0 - evaluation.majority.error,
        kept: evaluation.kept_slices.estimate.value,
        outside: (evaluation.outside.of > 0).then_some(Outside {
            songs: evaluation.outside.of as usize,
            classified: evaluation.outside.count as usize,
        }),
        intervals: Some(Intervals {
            drawn: if evaluation.draws_artists() { Drawn::Artists } else { Drawn::Songs },
            slice_accuracy: interval(&evaluation.slice_accuracy.estimate),
            forced_accuracy: interval(&readings.t3.estimate).map(|[low, high]| [1.0 - high, 1.0 - low]),
            unclassified: interval(&readings.t1.estimate),
            wrong: interval(&readings.wrong.estimate),
        }),
    }
}

/// What `evaluate` knows the songs of these slices again by. One whose file is gone since its picture was painted is left out.
pub(crate) fn heard(dataset: &Dataset, slices: &[SliceRef]) -> Vec<String> {
    let songs = songs_of(slices).into_iter();
    let mut prints: Vec<_> = songs.filter_map(|song| dataset.songs[song].fingerprint().ok()).collect();
    prints.sort_unstable();
    prints
}

/// The same of the coded files that slices are taken from.
fn coded(data: RunData<'_>) -> Vec<String> {
    let songs = data.songs.gathered.coded.keys().filter_map(|&song| data.songs.dataset.songs.get(song));
    songs.filter_map(|song| song.coded_fingerprint().ok().flatten()).collect()
}

/// Sorted, each once.
fn joined(mut prints: Vec<String>, more: &[String]) -> Vec<String> {
    prints.extend_from_slice(more);
    prints.sort_unstable();
    prints.dedup();
    prints
}

pub(super) fn describe(card: &Card, plan: &RunPlan, data: RunData<'_>, engine: &Engine) -> Training {
    let songs = songs_of(data.train);
    let artist = |&song: &usize| data.songs.dataset.songs[song].artist.as_deref().and_then(artist_key);
    let mut artists: Vec<_> = songs.iter().map(artist).collect();
    artists.sort_unstable();
    artists.dedup();
    Training {
        songs: songs.len(),
        artists: (!artists.contains(&None)).then_some(artists.len()),
        slices: data.train.len(),
        epochs: plan.epochs,
        batch: plan.batch,
        learning_rate: plan.learning_rate,
        seed: plan.seed,
        device: engine.describe(),
        heard: joined([heard(data.songs.dataset, data.train), coded(data)].concat(), &card.training.heard),
        tuned_on: heard(data.songs.dataset, data.validation),
        ..card.training.clone()
    }
}
