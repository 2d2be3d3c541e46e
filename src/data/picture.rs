//! A song's whole picture on disk, from which any window of columns can be read.
//!
//! | bytes | what |
//! |---|---|
//! | 8 | `tunevpic` |
//! | 4, 4, 8 | version, rows, columns |
//! | 8, 8, 4 | the song's size; its time of change: seconds and nanoseconds since 1970 |
//! | 4 | length of the song's path |
//! | 32 | SHA-256 of the front end's JSON |
//! | .. | the song's path |
//! | 32 | SHA-256 of the columns, then of all of the above |
//! | .. | the columns, one after the other, each its rows from 0, as 16-bit floats |
//!
//! Numbers are little-endian. What does not fit the song, the front end or its own checksum is not used.

use std::fs::File;
use std::io::{BufWriter, Read, Seek, SeekFrom, Write};
use std::ops::Range;
use std::path::{Path, PathBuf};

use half::f16;
use half::slice::HalfFloatSliceExt;
use sha2::{Digest, Sha256};
use tempfile::NamedTempFile;

use crate::error::{Error, Result};
use crate::signal::front_end::{FrontEnd, SliceGeometry};
use crate::weights::hexadecimal;

const MAGIC: &[u8; 8] = b"tunevpic";
/// Of the file, and of what is in it: to be raised when the same front end paints other pictures, so that old ones are made anew.
const VERSION: u32 = 2;
/// Bytes before the song's path.
const FIXED: usize = 80;
const DIGEST: usize = 32;
/// Values at a time where a whole file is gone through.
const BLOCK: usize = 1 << 16;
/// Columns that are transposed at a time.
const TRANSPOSED: usize = 16;
/// The ending of a picture's name.
pub(super) const ENDING: &str = "picture";
/// The ending while it is in the making.
pub(super) const MAKING: &str = "picture-part";

/// What a picture is of: the song's file as it was, and the front end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Source {
    /// Without links, so that a song has one picture whatever it is called.
    pub(super) song: PathBuf,
    size: u64,
    changed: (u64, u32),
    front_end: [u8; 32],
    rows: u32,
}

impl Source {
    pub(super) fn new(song: &Path, front_end: &FrontEnd) -> Result<Self> {
        let facts = std::fs::metadata(song).map_err(Error::io(song))?;
        Ok(Self {
            song: std::fs::canonicalize(song).map_err(Error::io(song))?,
            size: facts.len(),
            changed: changed(&facts),
            front_end: Sha256::digest(front_end.to_json()).into(),
            rows: front_end.rows(),
        })
    }

    /// The name of the picture's file.
    pub(super) fn file_name(&self) -> String {
        let key = Sha256::new().chain_update(self.front_end).chain_update(self.song.as_os_str().as_encoded_bytes());
        let hex = hexadecimal(&key.finalize()[..16]);
        format!("{hex}.{ENDING}")
    }

    fn header(&self, columns: u64) -> Vec<u8> {
        let path = self.song.as_os_str().as_encoded_bytes();
        let mut header = MAGIC.to_vec();
        header.extend(VERSION.to_le_bytes());
        header.extend(self.rows.to_le_bytes());
        header.extend(columns.to_le_bytes());
        header.extend(self.size.to_le_bytes());
        header.extend(self.changed.0.to_le_bytes());
        header.extend(self.changed.1.to_le_bytes());
        header.extend((path.len() as u32).to_le_bytes());
        header.extend(self.front_end);
        header.extend(path);
        header
    }
}

/// When a file was changed, since 1970.
fn changed(facts: &std::fs::Metadata) -> (u64, u32) {
    let age = facts.modified().ok().and_then(|time| time.duration_since(std::time::UNIX_EPOCH).ok());
    age.map_or((0, 0), |age| (age.as_secs(), age.subsec_nanos()))
}

/// Writes a song's picture. Nothing is seen under the file's name before [`finish`](Self::finish); dropped before that, it
/// leaves nothing.
#[derive(Debug)]
pub struct PictureWriter {
    source: Source,
    path: PathBuf,
    file: BufWriter<NamedTempFile>,
    digest: Sha256,
    columns: u64,
    bytes: Vec<u8>,
}

impl PictureWriter {
    pub(super) fn new(source: Source, folder: &Path) -> Result<Self> {
        let path = folder.join(source.file_name());
        let file =
            tempfile::Builder::new().suffix(&format!(".{MAKING}")).tempfile_in(folder).map_err(Error::io(folder))?;
        let mut writer =
            Self { file: BufWriter::new(file), digest: Sha256::new(), columns: 0, bytes: Vec::new(), source, path };
        let head = writer.source.header(0).len() + DIGEST;
        writer.file.write_all(&vec![0; head]).map_err(Error::io(&writer.path))?;
        Ok(writer)
    }

    /// Adds columns: (columns, rows), each column its rows from 0.
    ///
    /// # Errors
    /// [`Error::Shape`] for a part of a column, [`Error::Audio`] for the song if a value is not a number or too large for 16
    /// bits, [`Error::Io`] if the disk does not take it.
    pub fn push(&mut self, columns: &[f32]) -> Result<()> {
        let rows = self.source.rows as usize;
        if !columns.len().is_multiple_of(rows) {
            return Err(Error::shape("picture", "columns", format_args!("columns of {rows} rows"), columns.len()));
        }
        self.bytes.clear();
        for &value in columns {
            let half = f16::from_f32(value);
            if !half.is_finite() {
                let problem = format!("its picture holds {value}; decode it with another program and save it again");
                return Err(Error::Audio { path: self.source.song.clone(), problem });
            }
            self.bytes.extend(half.to_le_bytes());
        }
        self.digest.update(&self.bytes);
        self.columns += (columns.len() / rows) as u64;
        self.file.write_all(&self.bytes).map_err(Error::io(&self.path))
    }

    /// Puts the file in its place.
    ///
    /// It is not synced: what a power cut leaves is found out by its checksum, and made again.
    ///
    /// # Errors
    /// [`Error::Io`] if the disk does not take it.
    pub fn finish(self) -> Result<PictureFile> {
        let Self { source, path, file, digest, columns, .. } = self;
        let mut header = source.header(columns);
        let digest: [u8; DIGEST] = digest.chain_update(&header).finalize().into();
        header.extend(digest);
        let mut file = file.into_inner().map_err(|error| Error::io(&path)(error.into_error()))?;
        file.seek(SeekFrom::Start(0)).and_then(|_| file.write_all(&header)).map_err(Error::io(&path))?;
        file.persist(&path).map_err(|error| Error::io(&path)(error.error))?;
        Ok(PictureFile { path, digest, head: header.len() as u64, rows: source.rows, columns })
    }
}

/// A song's picture on disk, checked.
///
/// It holds no open file: every reading opens the file and closes it again, so any number of songs can be at hand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PictureFile {
    path: PathBuf,
    digest: [u8; DIGEST],
    /// Bytes before the columns.
    head: u64,
    rows: u32,
    columns: u64,
}

impl PictureFile {
    /// The file at `path`, if it is there, of this source and undamaged: all of it is read. `None` if not; that it could not
    /// be read is no error either, as it can be made again.
    pub(super) fn open(path: &Path, source: &Source) -> Option<Self> {
        let mut file = File::open(path).ok()?;
        let length = file.metadata().ok()?.len();
        let mut fixed = [0; FIXED];
        file.read_exact(&mut fixed).ok()?;
        let columns = u64::from_le_bytes(fixed[16..24].try_into().ok()?);
        let header = source.header(columns);
        let head = (header.len() + DIGEST) as u64;
        let data = columns.checked_mul(u64::from(source.rows))?.checked_mul(2)?;
        if head.checked_add(data)? != length {
            return None;
        }
        let mut found = vec![0; header.len() - FIXED];
        file.read_exact(&mut found).ok()?;
        let mut digest = [0; DIGEST];
        file.read_exact(&mut digest).ok()?;
        if header[..FIXED] != fixed || header[FIXED..] != found {
            return None;
        }
        let mut sum = Sha256::new();
        let mut block = vec![0; 2 * BLOCK];
        loop {
            match file.read(&mut block).ok()? {
                0 => break,
                read => sum.update(&block[..read]),
            }
        }
        let sum: [u8; DIGEST] = sum.chain_update(&header).finalize().into();
        (sum == digest).then(|| Self { path: path.to_path_buf(), digest, head, rows: source.rows, columns })
    }

    /// Whether a file is a picture of this version; by its first bytes only.
    pub(super) fn is_current(path: &Path) -> bool {
        let mut start = [0; 12];
        let read = File::open(path).and_then(|mut file| file.read_exact(&mut start));
        read.is_ok() && start[..8] == *MAGIC && start[8..] == VERSION.to_le_bytes()
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Rows of the picture, those that slices drop included.
    pub fn rows(&self) -> u32 {
        self.rows
    }

    /// Columns of the song.
    pub fn columns(&self) -> u64 {
        self.columns
    }

    /// Its size on disk.
    pub fn bytes(&self) -> u64 {
        self.head + self.columns * u64::from(self.rows) * 2
    }

    /// Reads columns `first .. first + count` of `rows` into `out`: (rows, count), row after row.
    ///
    /// # Errors
    /// [`Error::Shape`] if the window is not inside the picture or `out` is of another size, [`Error::Io`] if the file cannot
    /// be read or is no longer the one that was checked.
    pub fn window(&self, first: u64, count: usize, rows: Range<u32>, out: &mut [f32]) -> Result<()> {
        let (all, height) = (self.rows as usize, rows.len());
        let inside = first.checked_add(count as u64).is_some_and(|end| end <= self.columns) && rows.end <= self.rows;
        if count == 0 && out.is_empty() && inside {
            return Ok(());
        }
        if !inside || out.len() != height * count {
            let got = format!("columns {first}+{count}, rows {rows:?} into {} values", out.len());
            let expected = format!("inside {} columns of {all} rows, and as large as the window", self.columns);
            return Err(Error::shape("picture", "window", expected, got));
        }
        let mut halves = vec![f16::ZERO; count * all];
        self.read(first, &mut halves).map_err(Error::io(&self.path))?;
        let mut columns = vec![0.0; count * all];
        halves.convert_to_f32_slice(&mut columns);
        // A few columns at a time, so that both sides of the transposition stay in the processor's cache.
        for (block, columns) in columns.chunks(TRANSPOSED * all).enumerate() {
            let from = block * TRANSPOSED;
            let to = from + columns.len() / all;
            for (out, row) in out.chunks_exact_mut(count).zip(rows.clone()) {
                let values = columns[row as usize..].iter().step_by(all);
                out[from..to].iter_mut().zip(values).for_each(|(out, &value)| *out = value);
            }
        }
        Ok(())
    }

    /// Reads slice `index` of a geometry into `out`: (height, width).
    ///
    /// # Errors
    /// As [`window`](Self::window).
    pub fn slice(&self, index: u64, geometry: SliceGeometry, out: &mut [f32]) -> Result<()> {
        let first = index.saturating_mul(u64::from(geometry.hop));
        self.window(first, geometry.width as usize, geometry.first_row..geometry.first_row + geometry.height, out)
    }

    fn read(&self, first: u64, halves: &mut [f16]) -> std::io::Result<()> {
        let mut file = File::open(&self.path)?;
        file.seek(SeekFrom::Start(self.head - DIGEST as u64))?;
        let mut digest = [0; DIGEST];
        file.read_exact(&mut digest)?;
        if digest != self.digest {
            return Err(std::io::Error::other("was replaced by another program; start again"));
        }
        file.seek(SeekFrom::Start(self.head + first * u64::from(self.rows) * 2))?;
        file.read_exact(bytemuck::cast_slice_mut(halves))?;
        // The file is little-endian on every machine.
        halves.iter_mut().for_each(|half| *half = f16::from_bits(u16::from_le(half.to_bits())));
        Ok(())
    }
}
