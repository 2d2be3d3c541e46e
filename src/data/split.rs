//! Which songs teach, which tune, which judge.

use std::collections::{BTreeMap, BTreeSet};

use super::dataset::{Dataset, Song};
use super::draw::{Draw, Purpose};
use super::side;
use super::strata::{self, Group, Side};
use crate::error::{Error, Result};
use crate::metrics;

/// Shares of the songs that are kept from training.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Fractions {
    /// For choosing thresholds and the best epoch; 0 for none.
    pub validation: f64,
    /// For the numbers that are told; 0 for none.
    pub test: f64,
}

impl Fractions {
    /// Shares of training, validation and test.
    ///
    /// # Errors
    /// [`Error::Argument`] if they are not shares, or nothing is left for training.
    pub fn sides(self) -> Result<[f64; 3]> {
        let Self { validation, test } = self;
        let training = 1.0 - validation - test;
        // Negated, so that what is not a number fails too.
        if !(validation >= 0.0 && test >= 0.0 && training > 0.0) {
            let problem =
                format!("validation {validation} and test {test} should be shares of 0 or more, below 1 together");
            return Err(Error::Argument { operation: "split", problem });
        }
        Ok([training, validation, test])
    }
}

/// What it costs if a label is missing on a side: one that cannot be trained is worse than one that cannot be tested, and that is worse than
/// one that cannot be tuned.
const MISSING: [f64; 3] = [1600.0, 400.0, 800.0];

/// Songs on three sides, as sorted indices into [`Dataset::songs`]. No artist is on two sides, unless whoever made the list put one there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Split {
    /// For the weights.
    pub train: Vec<usize>,
    /// For thresholds and the best epoch.
    pub validation: Vec<usize>,
    /// For the numbers that are told.
    pub test: Vec<usize>,
    /// What a person should know about it.
    pub warnings: Vec<String>,
}

impl Split {
    /// The sides that the list gives, or where it gives none a split [by artist](Self::by_artist).
    ///
    /// # Errors
    /// As [`given`](Self::given) and [`by_artist`](Self::by_artist).
    pub fn of(dataset: &Dataset, fractions: Fractions, seed: u64) -> Result<Self> {
        match Self::given(dataset)? {
            Some(given) => Ok(given),
            None => Self::by_artist(dataset, fractions, seed),
        }
    }

    /// The sides that the list gives, as they are; none where it gives none. Artists on several sides and labels that are missing on one are
    /// warnings.
    ///
    /// # Errors
    /// [`Error::Training`] if only some songs have a side, or none is for training.
    pub fn given(dataset: &Dataset) -> Result<Option<Self>> {
        if !dataset.has_sides() {
            return Ok(None);
        }
        let mut split = Self::default();
        for (index, song) in dataset.songs.iter().enumerate() {
            let side = song.side.ok_or_else(|| {
                let path = song.path.display();
                Error::Training(format!(
                    "{path} is on no side of the split, and other songs are; say the side of every song"
                ))
            })?;
            split.side_mut(side as usize).push(index);
        }
        if split.train.is_empty() {
            return Err(Error::Training("the list has no songs for training; it says so in its split".into()));
        }
        let used = [&split.train, &split.validation, &split.test].map(|side| f64::from(u8::from(!side.is_empty())));
        split.warnings = split.shared(dataset).into_iter().collect();
        split.warnings.extend(split.look(dataset, used, "the list gives it none there"));
        Ok(Some(split))
    }

    /// The artists who are on several sides, in words.
    fn shared(&self, dataset: &Dataset) -> Option<String> {
        let mut sides: BTreeMap<String, (&str, BTreeSet<side::Side>)> = BTreeMap::new();
        for song in &dataset.songs {
            if let (Some(key), Some(artist), Some(side)) = (known_artist(song), song.artist.as_deref(), song.side) {
                sides.entry(key).or_insert((artist, BTreeSet::new())).1.insert(side);
            }
        }
        let several: Vec<_> = sides.values().filter(|(_, sides)| sides.len() > 1).collect();
        let (artist, on) = several.first()?;
        let on: Vec<_> = on.iter().map(|side| side.name()).collect();
        Some(format!(
            "{} of {} artists are on several sides of the given split, such as {artist} ({}): accuracy may look too good",
            several.len(),
            sides.len(),
            on.join(" and ")
        ))
    }

    /// Splits by artist, with each label's shares as near to the wanted ones as artists allow.
    ///
    /// Artists are kept together by [`artist_key`]; a song without one counts as an artist of its own, with a warning. A label
    /// of three artists or more gets at least one on every side that is wanted, a label of two gets training and test
    /// (validation where no test is wanted), a label of one gets training; only artists with songs of several labels can
    /// stand against that, and then a warning says so.
    ///
    /// Where artists have one label each, a side's songs of that label differ from the wanted number by at most two thirds of
    /// the label's largest artist, unless one of the sides has to make do with a single artist of it.
    ///
    /// The same songs and seed give the same split, in whatever order they are listed and wherever their folder lies.
    ///
    /// # Errors
    /// [`Error::Argument`] if the fractions are not shares.
    pub fn by_artist(dataset: &Dataset, fractions: Fractions, seed: u64) -> Result<Self> {
        let wanted = fractions.sides()?;
        let sides = [0, 1, 2].map(|side| Side { wanted: wanted[side], missing: MISSING[side] });
        let songs: Vec<usize> = (0..dataset.songs.len()).collect();
        let placed = by_artist(dataset, &songs, &sides, Draw::new(seed, Purpose::Split, [0, 0]));
        let mut split = Self::default();
        (0..).zip(placed).for_each(|(side, songs)| *split.side_mut(side) = songs);
        split.warnings = split.look(dataset, wanted, "it has too few artists");
        Ok(split)
    }

    /// The same where songs of this label are not labelled at all: they validate and test nothing, and teach unless their artist's labelled
    /// songs validate or test.
    #[must_use]
    pub fn unlabelled(mut self, dataset: &Dataset, label: usize) -> Self {
        let is = |song: &usize| dataset.songs[*song].label == label;
        let judges = self.validation.iter().chain(&self.test);
        let (without, labelled): (Vec<_>, Vec<_>) = judges.copied().partition(is);
        let artists: BTreeSet<_> = labelled.iter().filter_map(|&song| known_artist(&dataset.songs[song])).collect();
        let free = |song: &usize| known_artist(&dataset.songs[*song]).is_none_or(|artist| !artists.contains(&artist));
        self.train.extend(without.into_iter().filter(free));
        self.train.sort_unstable();
        self.validation.retain(|song| !is(song));
        self.test.retain(|song| !is(song));
        let name = &dataset.labels[label];
        self.warnings.retain(|warning| !warning.starts_with(&format!("{name} has no songs for")));
        self
    }

    fn side_mut(&mut self, side: usize) -> &mut Vec<usize> {
        match side {
            0 => &mut self.train,
            1 => &mut self.validation,
            _ => &mut self.test,
        }
    }

    fn look(&self, dataset: &Dataset, wanted: [f64; 3], why: &str) -> Vec<String> {
        let mut warnings: Vec<String> = unknown_artists(dataset).into_iter().collect();
        for (label, name) in dataset.labels.iter().enumerate() {
            let sides = side::Side::ALL.into_iter().zip([&self.train, &self.validation, &self.test]);
            let missing: Vec<_> = sides
                .zip(wanted)
                .filter(|((_, songs), share)| {
                    *share > 0.0 && !songs.iter().any(|&song| dataset.songs[song].label == label)
                })
                .map(|((side, _), _)| side.name())
                .collect();
            // A label without songs is a teacher's.
            let songs = dataset.songs.iter().any(|song| song.label == label);
            if songs && !missing.is_empty() {
                warnings.push(format!("{name} has no songs for {}: {why}", missing.join(" and ")));
            }
        }
        warnings
    }
}

/// Some songs on sides, each side's sorted: artists are kept together, and every label's shares are as near to the wanted ones as they allow.
pub(super) fn by_artist(dataset: &Dataset, songs: &[usize], sides: &[Side], draw: Draw) -> Vec<Vec<usize>> {
    let artists: Vec<_> = artists(dataset, songs).into_values().collect();
    let groups: Vec<Group> =
        artists.iter().map(|songs| Group::new(songs.iter().map(|&song| dataset.songs[song].label))).collect();
    let mut placed = vec![Vec::new(); sides.len()];
    for (songs, side) in artists.iter().zip(strata::assign(&groups, dataset.labels.len(), sides, draw)) {
        placed[side].extend(songs);
    }
    placed.iter_mut().for_each(|side| side.sort_unstable());
    placed
}

/// Some songs by [`artist_key`], whatever the order in which they are listed.
pub(super) fn artists(dataset: &Dataset, songs: &[usize]) -> BTreeMap<String, Vec<usize>> {
    let mut order = songs.to_vec();
    order.sort_by(|&a, &b| dataset.songs[a].path.cmp(&dataset.songs[b].path));
    let mut artists: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for (place, &song) in order.iter().enumerate() {
        artists.entry(artist_key(&dataset.songs[song], place)).or_default().push(song);
    }
    artists
}

/// What a person should know where artists cannot be told apart.
pub(super) fn unknown_artists(dataset: &Dataset) -> Option<String> {
    let unknown = dataset.songs.iter().filter(|song| known_artist(song).is_none()).count();
    (unknown > 0).then(|| {
        format!(
            "artists unknown for {unknown} of {} songs: an artist may be on both sides, and accuracy may look too good",
            dataset.songs.len()
        )
    })
}

/// What an artist is told apart by ([`metrics::artist_key`]). A song without an artist gets a key of its own, made from
/// `index`.
pub fn artist_key(song: &Song, index: usize) -> String {
    // A name holds no line break after this, so the two kinds of keys cannot meet.
    known_artist(song).unwrap_or_else(|| format!("\n{index}"))
}

fn known_artist(song: &Song) -> Option<String> {
    metrics::artist_key(song.artist.as_deref()?)
}

/// One slice of one song.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SliceRef {
    /// Index into [`Dataset::songs`].
    pub song: usize,
    /// Which slice of the song, from 0.
    pub slice: u64,
}

/// Slices on three sides.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SliceSplit {
    /// For the weights.
    pub train: Vec<SliceRef>,
    /// For thresholds and the best epoch.
    pub validation: Vec<SliceRef>,
    /// For the numbers that are told.
    pub test: Vec<SliceRef>,
}

/// The songs of some slices, each once.
pub(crate) fn songs_of(slices: &[SliceRef]) -> BTreeSet<usize> {
    slices.iter().map(|slice| slice.song).collect()
}

impl SliceSplit {
    /// The slices of a split's songs; `slices` holds the number of slices of every song, 0 for one that cannot be read.
    pub fn of_songs(split: &Split, slices: &[u64]) -> Self {
        let all = |songs: &[usize]| songs.iter().flat_map(|&song| of_song(song, slices)).collect();
        Self { train: all(&split.train), validation: all(&split.validation), test: all(&split.test) }
    }

    /// The mistake of Bae & Kim 2019, only to show what it does: all slices of all songs are shuffled and cut in three, so
    /// that a network is tested on songs that it has learnt by heart.
    ///
    /// `slices` holds the number of slices of every song.
    ///
    /// # Errors
    /// [`Error::Argument`] if the fractions are not shares.
    pub fn by_slices_leaky(slices: &[u64], fractions: Fractions, seed: u64) -> Result<Self> {
        let [_, validation, test] = fractions.sides()?;
        let mut all: Vec<SliceRef> = (0..slices.len()).flat_map(|song| of_song(song, slices)).collect();
        Draw::new(seed, Purpose::Split, [1, 0]).shuffle(&mut all);
        let share = |fraction: f64| (fraction * all.len() as f64).round() as usize;
        let (validation, test) = (share(validation), share(test));
        let training = all.len().saturating_sub(validation + test);
        let test = all.split_off((training + validation).min(all.len()));
        let validation = all.split_off(training);
        Ok(Self { train: all, validation, test })
    }
}

fn of_song(song: usize, slices: &[u64]) -> impl Iterator<Item = SliceRef> {
    let count = slices.get(song).copied().unwrap_or(0);
    (0..count).map(move |slice| SliceRef { song, slice })
}
