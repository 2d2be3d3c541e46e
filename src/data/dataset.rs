//! Labelled songs.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use super::fma;
use super::folder::{self, ArtistOf};
use super::listed;
use super::side::Side;
use super::split::{SliceRef, artist_key, songs_of};
use super::table;
use crate::error::{Error, Result};
use crate::weights::{Work, hexadecimal};

/// A song and what is said of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Song {
    /// The file.
    pub path: PathBuf,
    /// Index into [`Dataset::labels`].
    pub label: usize,
    /// Who made it, if that is known.
    pub artist: Option<String>,
    /// Its title, if the table has one.
    pub title: Option<String>,
    /// Its licence, if the table has one.
    pub licence: Option<String>,
    /// Its true genre, if the table has a column `true_genre` beside the label, which may be wrong on purpose.
    pub true_genre: Option<String>,
    /// Another file of the same song, as a codec leaves it, if the table has a column `coded`.
    pub coded: Option<PathBuf>,
    /// On which side of a split it is, if whoever made the list has said so.
    pub side: Option<Side>,
}

impl Song {
    /// What the song is known by wherever its file lies and whatever it is called: 16 hexadecimal digits of the SHA-256 of the
    /// file's length and of the 64 KiB in its middle. Other tags, or another format, make another song of it.
    ///
    /// # Errors
    /// [`Error::Io`] if the file cannot be read.
    pub fn fingerprint(&self) -> Result<String> {
        fingerprint(&self.path)
    }

    /// The same of its coded file, which is another one; none if the song has none.
    ///
    /// # Errors
    /// [`Error::Io`] if the file cannot be read.
    pub fn coded_fingerprint(&self) -> Result<Option<String>> {
        self.coded.as_deref().map(fingerprint).transpose()
    }
}

fn fingerprint(path: &Path) -> Result<String> {
    const PART: u64 = 1 << 16;
    let read = || {
        let mut file = File::open(path)?;
        let length = file.metadata()?.len();
        file.seek(SeekFrom::Start(length.saturating_sub(PART) / 2))?;
        let mut part = Vec::new();
        file.take(PART).read_to_end(&mut part)?;
        Ok((length, part))
    };
    let (length, part) = read().map_err(Error::io(path))?;
    let digest = Sha256::new().chain_update(length.to_le_bytes()).chain_update(part).finalize();
    Ok(hexadecimal(&digest[..8]))
}

/// Songs with labels, in the order of their paths.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Dataset {
    /// The labels' names, sorted.
    pub labels: Vec<String>,
    /// The songs, sorted by path.
    pub songs: Vec<Song>,
    /// What a person should know about the list.
    pub warnings: Vec<String>,
}

impl Dataset {
    /// Reads a folder `root/genre/…/song.ext`: labels are the names of the first level's folders, songs are found below
    /// them at any depth.
    ///
    /// `is_song` judges by name. Hidden files and folders (`.name`) are skipped. Links to files are followed, links to
    /// folders are not. `artist_of` reads a song's artist, such as from its tags; `None` leaves artists unknown.
    ///
    /// # Errors
    /// [`Error::Io`] if the folder or one below cannot be read, [`Error::Training`] if there are no songs, or one file has
    /// two labels.
    pub fn from_folder(root: &Path, is_song: &dyn Fn(&Path) -> bool, artist_of: Option<ArtistOf<'_>>) -> Result<Self> {
        folder::read(root, is_song, artist_of)
    }

    /// Reads a CSV table with the columns `path`, `genre` and `artist`, and if they are there `title`, `licence`, `true_genre`,
    /// `coded` and `split`; others are ignored. Paths are relative to the table's folder. An empty artist is an unknown one. `split` holds
    /// the [`Side`] of every song, or is empty throughout.
    ///
    /// # Errors
    /// [`Error::Io`] if it cannot be read, [`Error::Table`] with the line of what is wrong, [`Error::Training`] if there are
    /// no songs.
    pub fn from_table(path: &Path) -> Result<Self> {
        table::read(path)
    }

    /// Reads FMA in a folder: its table `tracks.csv` (or a `track_metadata.csv` with one heading), in `fma_metadata` or beside the audio, and
    /// the tracks at `ddd/dddddd.mp3` in the folder or in its `fma_small`. Labels are top genres, sides the official ones, and an artist
    /// without a name is known by the number. Tracks that are not there or have no top genre are left out. None if it is no such folder.
    ///
    /// # Errors
    /// [`Error::Io`] and [`Error::Table`] if the table cannot be read, [`Error::Training`] if there is no audio for it, or of several sets.
    pub fn from_fma(root: &Path) -> Result<Option<Self>> {
        fma::read(root)
    }

    /// The songs below `root` that the three lists in `folder` name, on the sides that these say: `train_filtered.txt`, `valid_filtered.txt`
    /// and `test_filtered.txt`. The others are left out, with a warning.
    ///
    /// # Errors
    /// [`Error::Io`] if a list cannot be read, [`Error::Table`] for a song on two sides, [`Error::Training`] if no song is listed.
    pub fn listed(self, root: &Path, folder: &Path) -> Result<Self> {
        listed::listed(self, root, folder)
    }

    /// Puts it together from (song, name of its label); [`Song::label`] is filled in here.
    pub(super) fn assemble(mut named: Vec<(Song, String)>, mut warnings: Vec<String>) -> Self {
        named.sort_by(|(a, _), (b, _)| a.path.cmp(&b.path));
        let labels: Vec<String> =
            named.iter().map(|(_, label)| label.clone()).collect::<BTreeSet<_>>().into_iter().collect();
        warnings.extend(look_alikes(&labels));
        let songs = named
            .into_iter()
            .map(|(song, name)| Song { label: labels.binary_search(&name).unwrap_or_default(), ..song })
            .collect();
        Self { labels, songs, warnings }
    }

    /// Those of the songs at `among` that have a coded file, as songs of that file, and their places here.
    pub fn coded(&self, among: &BTreeSet<usize>) -> (Self, Vec<usize>) {
        let of = |&place: &usize| {
            let song = self.songs.get(place)?;
            Some((Song { path: song.coded.clone()?, ..song.clone() }, place))
        };
        let (songs, places) = among.iter().filter_map(of).unzip();
        (Self { labels: self.labels.clone(), songs, warnings: Vec::new() }, places)
    }

    /// Its songs of the labels that are not in `outside`, and those of the labels that are, each part with labels of its own.
    pub fn parted(&self, outside: &[String]) -> [Self; 2] {
        [false, true].map(|out| {
            let named = self.songs.iter().map(|song| (song.clone(), self.labels[song.label].clone()));
            Self::assemble(named.filter(|(_, label)| outside.contains(label) == out).collect(), Vec::new())
        })
    }

    /// The labels that are not among these.
    pub fn others(&self, labels: &[String]) -> Vec<String> {
        self.labels.iter().filter(|label| !labels.contains(label)).cloned().collect()
    }

    /// The same songs under these labels, with labels behind them that are no answers: those of `unknown`.
    ///
    /// # Errors
    /// [`Error::Training`] for a label that is in neither.
    pub fn relabelled(&self, answers: &[String], unknown: &[String]) -> Result<Self> {
        let labels = [answers, unknown].concat();
        let place = |label: &String| {
            labels.iter().position(|name| name == label).ok_or_else(|| {
                let problem = format!("the songs have the genre {label}, which is not one of {}", answers.join(", "));
                Error::Training(problem)
            })
        };
        let places = self.labels.iter().map(place).collect::<Result<Vec<_>>>()?;
        let songs = self.songs.iter().map(|song| Song { label: places[song.label], ..song.clone() }).collect();
        Ok(Self { labels, songs, warnings: self.warnings.clone() })
    }

    /// The works to name in the card of a model that was trained on these slices: of the songs that come with a title and a licence, each
    /// once.
    pub fn works(&self, trained: &[SliceRef]) -> Vec<Work> {
        let work = |song: usize| {
            let song = &self.songs[song];
            let artist = song.artist.clone().unwrap_or_default();
            Some(Work { title: song.title.clone()?, artist, licence: song.licence.clone()? })
        };
        songs_of(trained).into_iter().filter_map(work).collect()
    }

    /// Whether the list says itself on which side of a split its songs are.
    pub fn has_sides(&self) -> bool {
        self.songs.iter().any(|song| song.side.is_some())
    }

    /// Songs of each label.
    pub fn counts(&self) -> Vec<usize> {
        let mut counts = vec![0; self.labels.len()];
        self.songs.iter().for_each(|song| counts[song.label] += 1);
        counts
    }

    /// Whether a network can be trained on it, and what a person should know then.
    ///
    /// # Errors
    /// [`Error::Training`] if there are fewer than two labels, or a label has a single song.
    pub fn check_for_training(&self) -> Result<Vec<String>> {
        match self.labels.as_slice() {
            [] => return Err(Error::Training("there are no songs to train on".into())),
            [only] => {
                let problem = format!("all songs have the label {only}; training needs songs of two labels or more");
                return Err(Error::Training(problem));
            }
            _ => {}
        }
        let mut artists: BTreeMap<usize, BTreeSet<String>> = BTreeMap::new();
        for (index, song) in self.songs.iter().enumerate() {
            artists.entry(song.label).or_default().insert(artist_key(song, index));
        }
        let mut warnings = Vec::new();
        for (label, (name, songs)) in self.labels.iter().zip(self.counts()).enumerate() {
            let artists = artists.get(&label).map_or(0, BTreeSet::len);
            if songs < 2 {
                let problem = format!("the label {name} has {songs} song; give it at least 3, or take it out");
                return Err(Error::Training(problem));
            }
            if self.has_sides() {
                continue;
            }
            if songs < 3 {
                warnings.push(format!("{name} has {songs} songs: too few for training, validation and test"));
            } else if artists < 2 {
                warnings.push(format!("{name} has one artist: it is trained on and cannot be tested"));
            } else if artists < 3 {
                warnings.push(format!("{name} has {artists} artists: too few for training, validation and test"));
            }
        }
        Ok(warnings)
    }
}

/// Labels that differ only in case or spaces are most likely meant to be one.
fn look_alikes(labels: &[String]) -> Vec<String> {
    let mut seen: BTreeMap<String, &String> = BTreeMap::new();
    let mut warnings = Vec::new();
    for label in labels {
        let plain: String = label.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect();
        if let Some(other) = seen.insert(plain, label) {
            warnings
                .push(format!("{other:?} and {label:?} are two labels; give them one spelling if they are the same"));
        }
    }
    warnings
}
