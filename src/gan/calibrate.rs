//! Factors of the evidence, from validation songs alone.

use half::f16;

use crate::error::{Error, Result};
use crate::gpu::Engine;
use crate::metrics::Song;
use crate::predict::Predictor;
use crate::refine::{Evidence, SecondLook, score, scores};
use crate::train::{MODEL, Songs, tune};
use crate::vote::{Record, Status, Thresholds};
use crate::weights::{Card, GanFile, Judgement, ModelFile};

/// A song as both looks see it.
#[derive(Clone, Debug)]
pub struct Looked {
    /// What the vote made of it, with its truth.
    pub song: Song,
    /// What renderings say of each of its slices.
    pub evidence: Vec<Evidence>,
}

/// What scores are made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Terms {
    /// The distance between a slice and its rendering.
    pub distance: bool,
    /// What the classifier takes a rendering for.
    pub rendering: bool,
    /// What the classifier takes the slice for.
    pub own: bool,
}

impl Terms {
    /// Section 3.4's: renderings alone.
    pub const RENDERINGS: Self = Self { distance: true, rendering: true, own: false };
    /// All evidence.
    pub const ALL: Self = Self { distance: true, rendering: true, own: true };
}

/// Looks at whole songs, by their indices, both ways. `go_on` is told songs done and to do, and stops the work by returning `false`.
///
/// # Errors
/// [`Error::Gpu`] if the device fails, [`Error::Io`] if a picture cannot be read.
pub fn look_at(
    look: &SecondLook,
    predictor: &Predictor,
    card: &Card,
    songs: Songs<'_>,
    chosen: &[usize],
    go_on: &mut dyn FnMut(usize, usize) -> bool,
) -> Result<Option<Vec<Looked>>> {
    let mut looked = Vec::new();
    for &index in chosen {
        let values = songs.gathered.values(index, card.front_end.slices())?;
        let rows = predictor.probabilities(&values)?;
        let song = &songs.dataset.songs[index];
        let path = song.path.display().to_string();
        let record = Record::from_slices(path, &card.labels, rows, &card.thresholds, None, MODEL)?;
        let song = Song { record, truth: Some(song.label), artist: song.artist.clone() };
        looked.push(Looked { song, evidence: look.evidence(&halves(&values))? });
        if !go_on(looked.len(), chosen.len()) {
            return Ok(None);
        }
    }
    Ok(Some(looked))
}

/// Slices as [`SecondLook::evidence`] takes them.
pub(crate) fn halves(values: &[f32]) -> Vec<f16> {
    values.iter().map(|&value| f16::from_f32(value)).collect()
}

/// The factors that make the validation songs' truth most likely, each song counting as much as every other; then the confidence at which
/// slices vote (see [`second_thresholds`]).
///
/// `sigma_i` is the mean distance of slices, of whatever genre, from their rendering in genre `i`, times a number that all genres share.
///
/// # Errors
/// [`Error::Training`] if there is no song with a truth.
pub fn fit(looked: &[Looked], labels: &[String], thresholds: Thresholds, terms: Terms) -> Result<Judgement> {
    let slices: Vec<_> = looked.iter().flat_map(slices_of).collect();
    if slices.is_empty() {
        return Err(Error::Training("there are no validation songs to calibrate the second look on".into()));
    }
    let near = usual_distances(slices.iter().map(|slice| (slice.truth, slice.weight, slice.evidence)), labels.len());
    let free = [terms.distance, terms.rendering, terms.own];
    let factors = minimise(free, |factors| loss(&slices, &judgement(&near, factors, thresholds)));
    let judgement = judgement(&near, factors, thresholds);
    let again = looked.iter().map(|one| {
        let own = one.song.record.slices.probabilities.iter();
        (&one.song, scores(&judgement, &one.evidence, own))
    });
    let thresholds = second_thresholds(again, labels, thresholds)?;
    Ok(Judgement { thresholds, ..judgement })
}

/// What factors of distance, of the rendering's probability and of the slice's own make.
fn judgement(near: &[f64], [distance, rendering, own]: [f64; 3], thresholds: Thresholds) -> Judgement {
    let sigma = (distance > 0.0).then(|| near.iter().map(|near| near / distance).collect());
    Judgement { sigma, rendering, own, thresholds }
}

/// The thresholds of a second vote: the confidence that [`tune`] finds on the songs that the vote left unclassified, or on all where those
/// are fewer than [`OPEN`]. Given are songs with their first vote, and what votes in the second, (rows, labels).
///
/// # Errors
/// As [`tune`].
pub fn second_thresholds<'a>(
    songs: impl Iterator<Item = (&'a Song, Vec<f32>)>,
    labels: &[String],
    thresholds: Thresholds,
) -> Result<Thresholds> {
    let (mut all, mut open) = (Vec::new(), Vec::new());
    for (song, rows) in songs {
        let record = &song.record;
        let (path, model) = (record.path.as_str(), record.model.as_str());
        let again = Record::from_slices(path, labels, rows, &thresholds, record.seconds, model)?;
        let again = Song { record: again, ..song.clone() };
        if record.status == Status::Unclassified {
            open.push(again.clone());
        }
        all.push(again);
    }
    tune(if open.len() < OPEN { &all } else { &open }, labels, thresholds)
}

/// Fewer unclassified songs say nothing about a threshold.
pub const OPEN: usize = 10;

/// Looks at songs and [fits](fit) all evidence; `None` if `go_on` stops it. Without songs nothing is calibrated.
///
/// # Errors
/// As [`look_at`] and [`fit`].
pub fn calibrate(
    engine: &Engine,
    gan: &GanFile,
    model: &ModelFile,
    songs: Songs<'_>,
    chosen: &[usize],
    go_on: &mut dyn FnMut(usize, usize) -> bool,
) -> Result<Option<Judgement>> {
    if chosen.is_empty() {
        return Ok(Some(gan.card.judgement.clone()));
    }
    let geometry = model.card.front_end.slices();
    let count = |song: &usize| songs.gathered.pictures.get(song).map_or(0, |picture| geometry.count(picture.columns()));
    let most = chosen.iter().map(count).max().unwrap_or(0) as usize;
    let look = SecondLook::new(engine, gan, model, most.div_ceil(gan.card.slices).clamp(1, 16))?;
    let predictor = Predictor::new(engine, model, 32)?;
    let looked = look_at(&look, &predictor, &model.card, songs, chosen, go_on)?;
    looked.map(|looked| fit(&looked, &model.card.labels, model.card.thresholds, Terms::ALL)).transpose()
}

/// A slice of a song whose genre is known.
struct Slice<'a> {
    truth: usize,
    /// One over the song's slices.
    weight: f64,
    evidence: &'a Evidence,
    own: &'a [f32],
}

fn slices_of(looked: &Looked) -> Vec<Slice<'_>> {
    let Some(truth) = looked.song.truth else { return Vec::new() };
    let weight = 1.0 / looked.evidence.len().max(1) as f64;
    let own = looked.song.record.slices.probabilities.iter();
    looked.evidence.iter().zip(own).map(|(evidence, own)| Slice { truth, weight, evidence, own }).collect()
}

/// For each genre, the mean distance of slices of all genres from their rendering in it; genres count alike, and in a genre its songs.
/// Distances are divided by it, so that a genre whose renderings are near everything has no advantage. Slices are (truth, one over the song's
/// slices, evidence).
pub(crate) fn usual_distances<'a>(
    slices: impl Iterator<Item = (usize, f64, &'a Evidence)> + Clone,
    genres: usize,
) -> Vec<f64> {
    let mut songs = vec![0.0; genres];
    slices.clone().for_each(|(truth, weight, _)| songs[truth] += weight);
    let (mut sums, mut whole) = (vec![0.0; genres], 0.0);
    for (truth, weight, evidence) in slices {
        let part = weight / songs[truth];
        whole += part;
        sums.iter_mut().zip(&evidence.distances).for_each(|(sum, &d)| *sum += part * f64::from(d));
    }
    sums.into_iter().map(|sum| (sum / whole).max(1e-6)).collect()
}

/// The weighted mean of -log of the truth's score.
fn loss(slices: &[Slice<'_>], judgement: &Judgement) -> f64 {
    let (mut sum, mut weight) = (0.0, 0.0);
    for slice in slices {
        let p = f64::from(score(judgement, slice.evidence, slice.own)[slice.truth]);
        sum -= slice.weight * p.max(1e-12).ln();
        weight += slice.weight;
    }
    sum / weight
}

/// The largest factor that is tried.
const LARGEST: f64 = 64.0;

/// The factors, 0 or more, of the least loss, which is convex in them: one after the other along a line, until none gets better.
fn minimise(free: [bool; 3], loss: impl Fn([f64; 3]) -> f64) -> [f64; 3] {
    let mut factors = [0.0; 3];
    let mut best = loss(factors);
    for _ in 0..40 {
        let before = best;
        for axis in (0..3).filter(|&axis| free[axis]) {
            let along = |value: f64| {
                let mut moved = factors;
                moved[axis] = value;
                loss(moved)
            };
            let (value, least) = golden_section(0.0, LARGEST, along);
            if least < best {
                factors[axis] = value;
                best = least;
            }
        }
        if before - best < 1e-7 {
            break;
        }
    }
    factors
}

/// The least of a convex function on a line (Kiefer 1953), and where it is; the line's start is tried too.
fn golden_section(start: f64, end: f64, f: impl Fn(f64) -> f64) -> (f64, f64) {
    let part = (5.0_f64.sqrt() - 1.0) / 2.0;
    let (mut a, mut b) = (start, end);
    let (mut c, mut d) = (b - part * (b - a), a + part * (b - a));
    let (mut fc, mut fd) = (f(c), f(d));
    while b - a > 1e-3 {
        if fc < fd {
            (b, d, fd) = (d, c, fc);
            c = b - part * (b - a);
            fc = f(c);
        } else {
            (a, c, fc) = (c, d, fd);
            d = a + part * (b - a);
            fd = f(d);
        }
    }
    let middle = (a + b) / 2.0;
    let (at_start, inside) = (f(start), f(middle));
    if at_start <= inside { (start, at_start) } else { (middle, inside) }
}
