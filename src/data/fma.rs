//! FMA's layout (Defferrard et al. 2017): one table of all tracks, and audio at `ddd/dddddd.mp3`.
//!
//! The table is FMA's own `tracks.csv`, whose first two rows together name a column (`track` over `genre_top`) and whose third row names the
//! index, or one of a single heading with both words joined (`track_genre_top`).

use std::fs::File;
use std::io::BufReader;
use std::path::{Path, PathBuf};

use csv::StringRecord;

use super::dataset::{Dataset, Song};
use super::side::Side;
use super::table::describe;
use crate::error::{Error, Result};

/// What the table may be called.
const TABLES: [&str; 2] = ["tracks.csv", "track_metadata.csv"];
/// The folder that it comes in.
const METADATA: &str = "fma_metadata";
/// The subsets, each of which holds the ones before it, and where their audio comes in.
const SUBSETS: [(&str, &str); 4] =
    [("small", "fma_small"), ("medium", "fma_medium"), ("large", "fma_large"), ("full", "fma_full")];

/// Which column holds what.
struct Columns {
    id: usize,
    genre: usize,
    split: usize,
    subset: Option<usize>,
    artist: Option<usize>,
    artist_id: Option<usize>,
    title: Option<usize>,
    licence: Option<usize>,
}

/// A table of FMA's and its reader, behind the heading.
struct Tracks {
    path: PathBuf,
    reader: csv::Reader<BufReader<File>>,
    columns: Columns,
}

/// As [`Dataset::from_fma`].
pub(super) fn read(root: &Path) -> Result<Option<Dataset>> {
    let Some(tracks) = find(root)? else { return Ok(None) };
    let audio = audio(root, &tracks.path)?;
    tracks.songs(&audio).map(Some)
}

/// The table: in the folder, in its `fma_metadata`, or in the one beside it where the folder is FMA's audio. One in `fma_metadata` has to be FMA's,
/// another one may be somebody's own.
fn find(root: &Path) -> Result<Option<Tracks>> {
    let beside = root.parent().filter(|_| is_audio_of(root).is_some()).map(|parent| parent.join(METADATA));
    for folder in [Some(root.join(METADATA)), beside].into_iter().flatten() {
        if let Some(path) = TABLES.iter().map(|name| folder.join(name)).find(|path| path.is_file()) {
            return match Tracks::open(&path)? {
                Some(tracks) => Ok(Some(tracks)),
                None => Err(Error::Table {
                    path,
                    line: 1,
                    problem: "there are no columns (track, genre_top) and (set, split), as FMA's tracks.csv has them; unpack \
                              fma_metadata.zip again"
                        .into(),
                }),
            };
        }
    }
    for path in TABLES.iter().map(|name| root.join(name)).filter(|path| path.is_file()) {
        if let Some(tracks) = Tracks::open(&path)? {
            return Ok(Some(tracks));
        }
    }
    Ok(None)
}

/// The folder that holds `ddd/dddddd.mp3`: this one, or the one of a subset in it.
fn audio(root: &Path, table: &Path) -> Result<PathBuf> {
    let numbered = |folder: &Path| {
        let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
        entries.map(|entry| entry.file_name()).any(|name| {
            name.len() == 3 && name.as_encoded_bytes().iter().all(u8::is_ascii_digit) && folder.join(name).is_dir()
        })
    };
    if numbered(root) {
        return Ok(root.to_path_buf());
    }
    let there: Vec<_> = SUBSETS.iter().map(|(_, name)| root.join(name)).filter(|path| path.is_dir()).collect();
    match there.as_slice() {
        [one] => Ok(one.clone()),
        [] => Err(Error::Training(format!(
            "{} is FMA's table, and {} has no audio at 000/000002.mp3 and so on, nor in fma_small or another of its folders; unpack \
             fma_small.zip there",
            table.display(),
            root.display()
        ))),
        several => {
            let names: Vec<_> = several.iter().map(|path| path.display().to_string()).collect();
            Err(Error::Training(format!(
                "{} holds several sets of FMA; give one of {}",
                root.display(),
                names.join(", ")
            )))
        }
    }
}

/// Which subset's audio a folder's name says it holds.
fn is_audio_of(folder: &Path) -> Option<usize> {
    let name = folder.file_name()?.to_str()?;
    SUBSETS.iter().position(|(_, audio)| *audio == name)
}

impl Tracks {
    /// None if the heading is another table's.
    fn open(path: &Path) -> Result<Option<Self>> {
        let file = BufReader::with_capacity(1 << 20, File::open(path).map_err(Error::io(path))?);
        let mut reader = csv::ReaderBuilder::new().has_headers(false).trim(csv::Trim::All).from_reader(file);
        let mut next = || -> Result<StringRecord> {
            let mut row = StringRecord::new();
            reader.read_record(&mut row).map_err(|error| broken(path, error))?;
            Ok(row)
        };
        let flat = next()?;
        let columns = match Columns::find(flat.iter().map(str::to_owned)) {
            Some(columns) => Some(columns),
            None => {
                let below = next()?;
                Columns::find(flat.iter().zip(&below).map(|(group, name)| format!("{group}_{name}")))
            }
        };
        Ok(columns.map(|columns| Self { path: path.to_path_buf(), reader, columns }))
    }

    /// The tracks whose files are in the folder and that have a top genre.
    fn songs(mut self, audio: &Path) -> Result<Dataset> {
        let Columns { id, genre, split, subset, artist, artist_id, title, licence } = self.columns;
        let wanted = is_audio_of(audio);
        let (mut named, mut absent, mut without) = (Vec::new(), Vec::new(), 0);
        let mut belong = 0;
        let mut row = StringRecord::new();
        while self.reader.read_record(&mut row).map_err(|error| broken(&self.path, error))? {
            let line = row.position().map_or(0, csv::Position::line);
            let wrong = |problem: String| Error::Table { path: self.path.clone(), line, problem };
            let field = |column: usize| row.get(column).unwrap_or_default();
            let optional = |column: Option<usize>| column.map(field).filter(|text| !text.is_empty()).map(str::to_owned);
            let Ok(track) = field(id).parse::<u32>() else {
                // The third row of FMA's heading has nothing but the index' name.
                if row.iter().enumerate().all(|(column, text)| column == id || text.is_empty()) {
                    continue;
                }
                return Err(wrong(format!("the track's number is {:?}; unpack fma_metadata.zip again", field(id))));
            };
            let path = audio.join(format!("{:03}/{track:06}.mp3", track / 1000));
            let place = SUBSETS.iter().position(|(name, _)| optional(subset).as_deref() == Some(name));
            let belongs = wanted.zip(place).is_some_and(|(wanted, place)| place <= wanted);
            belong += usize::from(belongs);
            if !path.is_file() {
                absent.extend(belongs.then_some(path));
                continue;
            }
            let Some(genre) = optional(Some(genre)) else {
                without += 1;
                continue;
            };
            let side = match field(split) {
                "" => None,
                name => Some(Side::named(name).ok_or_else(|| {
                    wrong(format!(
                        "the split is {name:?}, and should be one of {}",
                        Side::ALL.map(Side::name).join(", ")
                    ))
                })?),
            };
            let artist = optional(artist).or_else(|| optional(artist_id).map(|number| format!("artist {number}")));
            let [title, licence] = [title, licence].map(optional);
            named.push((Song { path, artist, title, licence, side, ..Song::default() }, genre));
        }
        let table = self.path.display();
        if named.is_empty() {
            let problem = format!("{table}: none of its tracks with a top genre is in {}", audio.display());
            return Err(Error::Training(problem));
        }
        let mut warnings = Vec::new();
        if let (Some(first), Some(subset)) = (absent.first(), wanted) {
            let (lost, name) = (absent.len(), SUBSETS[subset].0);
            warnings.push(format!(
                "{lost} of the {belong} tracks of FMA's {name} set are not there, such as {}",
                first.display()
            ));
        }
        if without > 0 {
            warnings.push(format!("{without} tracks have no top genre in {table} and are left out"));
        }
        Ok(Dataset::assemble(named, warnings))
    }
}

impl Columns {
    /// By the joined names of the heading; none if the two that are needed are not there.
    fn find(names: impl Iterator<Item = String>) -> Option<Self> {
        let names: Vec<_> = names.collect();
        let find = |wanted: &str| names.iter().position(|name| name == wanted);
        Some(Self {
            // FMA's own table has it first, without a name in the upper two rows.
            id: find("track_id").unwrap_or(0),
            genre: find("track_genre_top")?,
            split: find("set_split")?,
            subset: find("set_subset"),
            artist: find("artist_name"),
            artist_id: find("artist_id"),
            title: find("track_title"),
            licence: find("track_license"),
        })
    }
}

fn broken(path: &Path, error: csv::Error) -> Error {
    let line = error.position().map_or(0, csv::Position::line);
    match describe(error) {
        Ok((_, problem)) => Error::Table { path: path.to_path_buf(), line, problem },
        Err(source) => Error::Io { path: path.to_path_buf(), source },
    }
}
