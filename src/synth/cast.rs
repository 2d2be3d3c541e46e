//! Who plays what: from a recipe to the list of songs with everything that is known about them.

use serde::{Deserialize, Serialize};

use super::{
    artist::{self, Artist, MOST_ARTISTS},
    dice::{Dice, Purpose},
    exact,
    style::Style,
    styles::Genre,
    truth::Truth,
};
use crate::error::{Error, Result};

/// What to compose.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Recipe {
    /// Songs of the chosen genres, dealt out evenly.
    pub songs: usize,
    /// Everything random comes from here.
    pub seed: u64,
    /// Mean length in seconds, 1..=600; a song is up to 15 % shorter or longer.
    pub seconds: f64,
    /// Samples a second, 8000..=96000.
    pub rate: u32,
    /// Two channels instead of their mean.
    pub stereo: bool,
    /// Which of the six genres; each once.
    pub genres: Vec<Genre>,
    /// Artists a genre, 1..=[`MOST_ARTISTS`].
    pub artists: usize,
    /// Share of the songs that are blends of two genres, 0..=1.
    pub blend: f64,
    /// Share of the songs whose label is wrong, 0..=1.
    pub label_noise: f64,
    /// Songs outside the label set, on top of `songs`.
    pub out_of_set: usize,
}

impl Default for Recipe {
    fn default() -> Self {
        Self {
            songs: 60,
            seed: 0,
            seconds: 30.0,
            rate: 44_100,
            stereo: false,
            genres: Genre::SIX.to_vec(),
            artists: 5,
            blend: 0.0,
            label_noise: 0.0,
            out_of_set: 0,
        }
    }
}

/// The second genre of a blend.
#[derive(Debug, Clone, Copy)]
pub struct Blend {
    /// The genre.
    pub genre: Genre,
    /// Its share of the energy before mastering, 0.2..=0.5.
    pub weight: f64,
    /// How it is played.
    pub style: &'static Style,
    /// Its tempo: the song's, or half or double that.
    pub bpm: f32,
}

/// A song before it is composed.
#[derive(Debug, Clone)]
pub struct Song {
    /// Its number, from 0.
    pub index: u64,
    /// What it is.
    pub genre: Genre,
    /// What its label says.
    pub label: Genre,
    /// Who plays.
    pub artist: Artist,
    /// Its title.
    pub title: String,
    /// How the genre is played.
    pub style: &'static Style,
    /// Beats a minute.
    pub bpm: f32,
    /// Pitch class of the key, 0 = C.
    pub tonic: i32,
    /// Samples a channel.
    pub frames: usize,
    /// The second genre, if it is a blend.
    pub blend: Option<Blend>,
    /// Label and file name without extension: `rock/amber-signal-01`.
    pub stem: String,
    /// The recipe's seed.
    pub seed: u64,
    /// Samples a second.
    pub rate: u32,
    /// Channels, 1 or 2.
    pub channels: usize,
}

impl Song {
    /// The song's line in the table of truth, its file having `extension`.
    pub fn truth(&self, extension: &str) -> Truth {
        let seconds = self.frames as f64 / f64::from(self.rate);
        Truth {
            path: format!("{}.{extension}", self.stem),
            genre: self.label.name().into(),
            artist: self.artist.name.clone(),
            title: self.title.clone(),
            seconds: (seconds * 1e6).round() / 1e6,
            true_genre: self.genre.name().into(),
            blend_genre: self.blend.map(|b| b.genre.name().into()),
            blend_weight: self.blend.map(|b| b.weight),
            out_of_set: self.genre.outside(),
        }
    }
}

impl Recipe {
    /// Looks whether every number is in its range.
    ///
    /// # Errors
    /// [`Error::Argument`] with the range.
    pub fn check(&self) -> Result<()> {
        let wrong = |problem: String| Err(Error::Argument { operation: "synth", problem });
        if self.songs == 0 && self.out_of_set == 0 {
            return wrong("there should be at least one song".into());
        }
        if !(1.0..=600.0).contains(&self.seconds) {
            return wrong(format!("songs should last 1 to 600 seconds, not {}", self.seconds));
        }
        if !(8000..=96_000).contains(&self.rate) {
            return wrong(format!("the sample rate should be 8000 to 96000, not {}", self.rate));
        }
        if !(1..=MOST_ARTISTS).contains(&self.artists) {
            return wrong(format!("a genre should have 1 to {MOST_ARTISTS} artists, not {}", self.artists));
        }
        for (name, share) in [("blends", self.blend), ("wrong labels", self.label_noise)] {
            if !(0.0..=1.0).contains(&share) {
                return wrong(format!("the share of {name} should be 0 to 1, not {share}"));
            }
            if share > 0.0 && self.genres.len() < 2 {
                return wrong(format!("{name} need at least two genres"));
            }
        }
        let mut once = self.genres.clone();
        once.sort_unstable();
        once.dedup();
        if once.is_empty() || once.len() != self.genres.len() || once.iter().any(|g| g.outside()) {
            return wrong("each genre should be named once, and at least one".into());
        }
        Ok(())
    }

    /// The list of songs. Quick: nothing is composed yet.
    ///
    /// Song `i` has genre `i` modulo their number, and artists take turns. Exactly `round(share x songs)` songs are
    /// blends, and as many others or the same have a wrong label.
    ///
    /// # Errors
    /// Those of [`Recipe::check`].
    pub fn cast(&self) -> Result<Vec<Song>> {
        self.check()?;
        let mut dice = Dice::new(self.seed, Purpose::Cast, 0);
        let mut choose = |share: f64| {
            let mut order: Vec<usize> = (0..self.songs).collect();
            dice.shuffle(&mut order);
            let mut chosen = vec![false; self.songs];
            let count = (share * self.songs as f64).round() as usize;
            order.iter().take(count).for_each(|&i| chosen[i] = true);
            chosen
        };
        let (blended, mislabelled) = (choose(self.blend), choose(self.label_noise));
        let mut names: std::collections::BTreeMap<u64, usize> = std::collections::BTreeMap::new();
        let mut songs = Vec::with_capacity(self.songs + self.out_of_set);
        for index in 0..self.songs + self.out_of_set {
            let inside = index < self.songs;
            let (list, place): (&[Genre], usize) =
                if inside { (&self.genres, index) } else { (&Genre::OUTSIDE, index - self.songs) };
            let genre = list[place % list.len()];
            let mut song = self.song(index as u64, genre, (place / list.len()) % self.artists);
            // drawn for every song, so that one share does not move the other's songs
            let mut extra = Dice::new(self.seed, Purpose::Cast, 2 + index as u64);
            let others: Vec<Genre> = self.genres.iter().copied().filter(|&g| g != genre).collect();
            let partner = others.get(extra.below(others.len())).copied();
            let label = others.get(extra.below(others.len())).copied();
            let weight = f64::from((extra.range((0.2, 0.5)) * 100.0).round()) / 100.0;
            if inside && blended[index] {
                song.blend = partner.map(|partner| {
                    let style = song.artist.style(partner, &mut extra);
                    Blend { genre: partner, weight, style, bpm: fit(song.bpm, style) }
                });
            }
            if inside && mislabelled[index] {
                song.label = label.unwrap_or(genre);
            }
            let number = names.entry(song.artist.number).or_default();
            *number += 1;
            song.stem = format!("{}/{}-{number:02}", song.label, song.artist.name);
            songs.push(song);
        }
        Ok(songs)
    }

    fn song(&self, index: u64, genre: Genre, artist: usize) -> Song {
        let artist = Artist::new(self.seed, genre, artist);
        let mut dice = Dice::new(self.seed, Purpose::Song, index);
        let title = artist::title(&mut dice);
        let style = artist.style(genre, &mut dice);
        let bpm = artist.tempo(style, &mut dice);
        let tonic = dice.below(12) as i32;
        let seconds = self.seconds * f64::from(dice.range((0.85, 1.15)));
        Song {
            index,
            genre,
            label: genre,
            artist,
            title,
            style,
            bpm,
            tonic,
            frames: (seconds * f64::from(self.rate)) as usize,
            blend: None,
            stem: String::new(),
            seed: self.seed,
            rate: self.rate,
            channels: if self.stereo { 2 } else { 1 },
        }
    }
}

// Half, the same or double: whichever is nearest to the middle of the style's range.
fn fit(bpm: f32, style: &Style) -> f32 {
    let middle = exact::log2(f64::from(style.tempo.0 * style.tempo.1)) / 2.0;
    let far = |b: f32| (exact::log2(f64::from(b)) - middle).abs();
    let mut best = bpm;
    for other in [bpm * 0.5, bpm * 2.0] {
        if far(other) < far(best) {
            best = other;
        }
    }
    best
}
