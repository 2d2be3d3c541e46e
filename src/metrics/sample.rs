//! Which songs, artists and training seeds a list of answers belongs to, and what is drawn together when it is resampled.

use super::intervals::resample_all;
use super::{Estimate, Interval, Options, Rate, Replicates, artist_key, resample, wilson};
use crate::{Error, Result};
use std::collections::BTreeMap;

/// One judging of one song.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Observation<'a> {
    /// What the song is told apart by, under all seeds: its path or number.
    pub song: &'a str,
    /// Who made it, if that is known; told apart by [`artist_key`].
    pub artist: Option<&'a str>,
    /// The seed of the training that the judge comes from.
    pub seed: u64,
}

/// The songs of a study, each judged under one or more training seeds. Answers of all its methods are lists in this order.
///
/// What is drawn is a song with its observations under all seeds, or an artist with all songs: observations of one song resemble
/// each other, and five seeds do not make five songs of one (clusters: Field & Welsh 2007).
#[derive(Clone, Debug)]
pub struct Sample {
    /// Indices of the observations of each seed.
    pub(super) seeds: Vec<Vec<usize>>,
    len: usize,
    songs: Vec<Vec<usize>>,
    /// The artists in the order of their keys, then the songs without one; empty if no artist is known.
    artists: Vec<Vec<usize>>,
    known: usize,
}

/// The replicates of statistics when songs and when artists are drawn.
pub(super) struct Drawn<const S: usize> {
    pub(super) by_song: [Replicates; S],
    /// Empty if no artist is known.
    pub(super) by_artist: [Replicates; S],
}

/// The same of so many statistics as are known only at run time.
pub(super) struct DrawnAll {
    by_song: Vec<Replicates>,
    by_artist: Vec<Replicates>,
}

impl DrawnAll {
    /// The replicates of a statistic when songs and when artists are drawn.
    pub(super) fn of(&self, statistic: usize) -> [&Replicates; 2] {
        [&self.by_song[statistic], &self.by_artist[statistic]]
    }
}

/// A number from 0 to 1 with its intervals when songs and when artists are drawn. Where it is 0 or 1, every resampling gives the same, and
/// Wilson's interval of so many `trials` stands in.
pub(super) fn bounded(value: Option<f64>, drawn: [&Replicates; 2], trials: [u64; 2]) -> Estimate {
    let interval = |(replicates, trials): (&Replicates, u64)| -> Option<Interval> {
        let drawn = replicates.interval();
        match value {
            Some(0.0) => drawn.and(wilson(0, trials)),
            Some(1.0) => drawn.and(wilson(trials, trials)),
            _ => drawn,
        }
    };
    let [by_song, by_artist] = drawn;
    Estimate { value, by_song: interval((by_song, trials[0])), by_artist: interval((by_artist, trials[1])) }
}

impl Sample {
    /// Sorts observations by seed, song and artist. A song belongs to the artist whom its first observation with one names; a
    /// song without any counts as an artist of its own.
    pub fn new<'a>(observations: impl IntoIterator<Item = Observation<'a>>) -> Self {
        let mut seeds: BTreeMap<u64, Vec<usize>> = BTreeMap::new();
        let mut numbers: BTreeMap<&str, usize> = BTreeMap::new();
        let mut songs: Vec<(Vec<usize>, Option<String>)> = Vec::new();
        let mut len = 0;
        for (i, observation) in observations.into_iter().enumerate() {
            seeds.entry(observation.seed).or_default().push(i);
            let number = *numbers.entry(observation.song).or_insert(songs.len());
            if number == songs.len() {
                songs.push((Vec::new(), None));
            }
            let (judged, artist) = &mut songs[number];
            judged.push(i);
            if artist.is_none() {
                *artist = observation.artist.and_then(artist_key);
            }
            len = i + 1;
        }
        let mut named: BTreeMap<&String, Vec<usize>> = BTreeMap::new();
        let mut alone = Vec::new();
        for (judged, artist) in &songs {
            match artist {
                Some(name) => named.entry(name).or_default().extend(judged),
                None => alone.push(judged.clone()),
            }
        }
        let known = named.len();
        let artists = if known == 0 { Vec::new() } else { named.into_values().chain(alone).collect() };
        Self {
            seeds: seeds.into_values().collect(),
            len,
            songs: songs.into_iter().map(|(judged, _)| judged).collect(),
            artists,
            known,
        }
    }

    /// Distinct songs.
    pub fn songs(&self) -> usize {
        self.songs.len()
    }

    /// Distinct known artists.
    pub fn artists(&self) -> usize {
        self.known
    }

    /// Distinct training seeds.
    pub fn seeds(&self) -> usize {
        self.seeds.len()
    }

    /// Refuses a list that has not one entry an observation, or nothing to judge.
    pub(super) fn check(&self, operation: &'static str, entries: usize) -> Result<()> {
        let problem = if entries != self.len {
            format!("there are {entries} answers, but {} observations", self.len)
        } else if entries == 0 {
            "there is no song".to_owned()
        } else {
            return Ok(());
        };
        Err(Error::Argument { operation, problem })
    }

    pub(super) fn draw<const S: usize>(
        &self,
        options: &Options,
        mut statistics: impl FnMut(&[u32]) -> [f64; S],
    ) -> Drawn<S> {
        let mut draw = |clusters| resample(clusters, options.replicates, options.seed, &mut statistics);
        Drawn { by_song: draw(&self.songs), by_artist: draw(&self.artists) }
    }

    /// The same of so many `statistics` as are known only when it runs, which `fill` writes.
    pub(super) fn draw_all(
        &self,
        options: &Options,
        statistics: usize,
        mut fill: impl FnMut(&[u32], &mut [f64]),
    ) -> DrawnAll {
        let mut draw = |clusters| resample_all(clusters, options.replicates, options.seed, statistics, &mut fill);
        DrawnAll { by_song: draw(&self.songs), by_artist: draw(&self.artists) }
    }

    /// Songs and artists to draw among the observations for which `has` says yes.
    pub(super) fn clusters(&self, has: impl Fn(usize) -> bool) -> [u64; 2] {
        let with = |clusters: &[Vec<usize>]| clusters.iter().filter(|all| all.iter().any(|&i| has(i))).count() as u64;
        [with(&self.songs), with(&self.artists)]
    }

    /// A share of observations, `count` of `of`, with intervals from its replicates. Where a share is 0 or 1, every resampling gives
    /// the same, and an interval without width would claim certainty: Wilson's stands in, with as many trials as there are clusters
    /// to draw.
    pub(super) fn share(&self, count: u64, of: u64, by_song: &Replicates, by_artist: &Replicates) -> Rate {
        let clusters = [self.songs.len(), self.artists.len()].map(|clusters| clusters as u64);
        self.share_of(count, of, [by_song, by_artist], clusters)
    }

    /// The same where only so many songs and artists have an observation that counts.
    pub(super) fn share_of(&self, count: u64, of: u64, drawn: [&Replicates; 2], clusters: [u64; 2]) -> Rate {
        let value = (of > 0).then(|| count as f64 / of as f64);
        let estimate = bounded(value, drawn, clusters.map(|clusters| of.min(clusters)));
        Rate { count, of, estimate, wilson: if self.songs.len() == self.len { wilson(count, of) } else { None } }
    }

    /// The share of observations for which `flags` says yes: of songs from outside the label set, whether they were given a genre
    /// all the same (the false-accept rate).
    ///
    /// # Errors
    /// [`Error::Argument`] if there is not one flag an observation, or none at all.
    pub fn rate(&self, flags: &[bool], options: &Options) -> Result<Rate> {
        self.check("rate", flags.len())?;
        let count = |weights: &[u32]| {
            let each = flags.iter().zip(weights).map(|(&flag, &w)| (u64::from(flag) * u64::from(w), u64::from(w)));
            each.fold((0, 0), |(count, of), (yes, weight)| (count + yes, of + weight))
        };
        let Drawn { by_song: [by_song], by_artist: [by_artist] } = self.draw(options, |weights| {
            let (count, of) = count(weights);
            [count as f64 / of as f64]
        });
        let (count, of) = count(&vec![1; self.len]);
        Ok(self.share(count, of, &by_song, &by_artist))
    }
}
