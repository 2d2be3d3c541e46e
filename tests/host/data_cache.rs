//! Pictures on disk: what is read is what was written, and what is not whole or not current is made again.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use half::f16;
use tempfile::TempDir;
use tunevote::data::{Cache, PictureFile, PictureWriter};
use tunevote::signal::front_end::{FrontEnd, MelFrontEnd, SoxFrontEnd};
use tunevote::{Error, Result};

fn mel() -> FrontEnd {
    FrontEnd::Mel(MelFrontEnd::compact())
}

/// Exact in 16 bits, and another number for every column and row near by.
fn value(column: usize, row: usize) -> f32 {
    ((column * 131 + row * 7) % 2048) as f32 / 64.0 - 16.0
}

fn columns(from: usize, to: usize, rows: usize) -> Vec<f32> {
    (from..to).flat_map(|column| (0..rows).map(move |row| value(column, row))).collect()
}

struct House {
    root: TempDir,
    cache: Cache,
}

impl House {
    fn new() -> Self {
        let root = tempfile::tempdir().unwrap();
        let cache = Cache::new(root.path().join("a/cache")).unwrap();
        Self { root, cache }
    }

    fn song(&self, name: &str) -> PathBuf {
        let path = self.root.path().join(name);
        fs::write(&path, name).unwrap();
        path
    }

    fn make(&self, song: &Path, count: usize) -> PictureFile {
        self.cache.ensure(song, &mel(), |writer| writer.push(&columns(0, count, 128))).unwrap()
    }

    fn files(&self) -> usize {
        fs::read_dir(self.cache.folder()).unwrap().count()
    }
}

fn never(_: &mut PictureWriter) -> Result<()> {
    panic!("the picture is there and should not be made again")
}

#[test]
fn windows_are_what_was_pushed() {
    for (front_end, rows) in [(mel(), 128), (FrontEnd::Sox(SoxFrontEnd::at(44_100)), 129)] {
        let house = House::new();
        let song = house.song("song.wav");
        let mut writer = house.cache.writer(&song, &front_end).unwrap();
        for (from, to) in [(0, 1), (1, 1), (1, 300), (300, 1031)] {
            writer.push(&columns(from, to, rows)).unwrap();
        }
        let picture = writer.finish().unwrap();
        assert_eq!((picture.columns(), picture.rows() as usize), (1031, rows));
        assert_eq!(fs::metadata(picture.path()).unwrap().len(), picture.bytes());
        assert_eq!(house.cache.find(&song, &front_end).unwrap().as_ref(), Some(&picture));
        for (first, count, range) in
            [(0, 128, 0..128), (903, 128, 0..rows), (517, 1, 3..4), (1030, 1, 1..128), (7, 0, 0..5)]
        {
            let mut out = vec![f32::NAN; range.len() * count];
            picture.window(first as u64, count, range.start as u32..range.end as u32, &mut out).unwrap();
            let expected: Vec<f32> =
                range.flat_map(|row| (first..first + count).map(move |column| value(column, row))).collect();
            assert_eq!(out, expected, "{rows} rows, from {first}, {count}");
        }
        // A slice is the window that the geometry says.
        let mut slice = vec![0.0; 128 * 128];
        picture.slice(2, front_end.slices(), &mut slice).unwrap();
        let first_row = front_end.slices().first_row as usize;
        assert_eq!(
            [slice[0], slice[127], slice[127 * 128]],
            [value(256, first_row), value(383, first_row), value(256, first_row + 127)]
        );
    }
}

#[test]
fn windows_outside_are_refused() {
    let house = House::new();
    let picture = house.make(&house.song("song.wav"), 200);
    let mut out = vec![0.0; 128 * 128];
    for (first, count, rows) in [(73, 128, 0..128), (u64::MAX, 128, 0..128), (0, 128, 1..129), (0, 127, 0..128)] {
        let error = picture.window(first, count, rows, &mut out).unwrap_err();
        assert!(matches!(error, Error::Shape { operation: "picture", .. }), "{error}");
    }
    picture.window(72, 128, 0..128, &mut out).unwrap();
}

#[test]
fn values_are_rounded_to_16_bits() {
    let house = House::new();
    let song = house.song("song.wav");
    let given: Vec<f32> = (0..128).map(|row| (row as f32 * 0.37).sin() * 3.0).collect();
    let picture = house.cache.ensure(&song, &mel(), |writer| writer.push(&given)).unwrap();
    let mut out = vec![0.0; 128];
    picture.window(0, 1, 0..128, &mut out).unwrap();
    assert_eq!(out, given.iter().map(|&value| f16::from_f32(value).to_f32()).collect::<Vec<_>>());
    assert!(given.iter().zip(&out).all(|(a, b)| (a - b).abs() <= a.abs() * 2f32.powi(-11)));
}

#[test]
fn what_was_made_is_found_and_songs_may_be_too_short() {
    let house = House::new();
    let (one, two) = (house.song("one.wav"), house.song("two.wav"));
    let first = house.make(&one, 0);
    assert_eq!(first.columns(), 0);
    assert_eq!(house.cache.ensure(&one, &mel(), never).unwrap(), first);
    // By another name of the same file too.
    let roundabout = house.root.path().join("a/../one.wav");
    assert_eq!(house.cache.ensure(&roundabout, &mel(), never).unwrap(), first);
    assert_eq!(house.cache.find(&two, &mel()).unwrap(), None);
    let missing = house.cache.ensure(Path::new("no/song.wav"), &mel(), never).unwrap_err();
    assert!(matches!(&missing, Error::Io { path, .. } if path == Path::new("no/song.wav")), "{missing}");
}

#[test]
fn another_front_end_is_another_picture() {
    let house = House::new();
    let song = house.song("song.wav");
    house.make(&song, 130);
    let other = FrontEnd::Mel(MelFrontEnd { fmin: 31.0, ..MelFrontEnd::compact() });
    assert_eq!(house.cache.find(&song, &other).unwrap(), None);
    house.cache.ensure(&song, &other, |writer| writer.push(&columns(0, 2, 128))).unwrap();
    assert_eq!(house.make(&song, 0).columns(), 130);
    assert_eq!(house.files(), 2);
}

#[test]
fn a_changed_song_is_made_again() {
    let house = House::new();
    let song = house.song("song.wav");
    house.make(&song, 5);
    fs::write(&song, "longer than before").unwrap();
    assert_eq!(house.cache.find(&song, &mel()).unwrap(), None);
    assert_eq!(house.make(&song, 6).columns(), 6);
    // As long as before, but changed.
    let file = fs::File::options().append(true).open(&song).unwrap();
    file.set_modified(SystemTime::now() + Duration::from_secs(10)).unwrap();
    assert_eq!(house.cache.find(&song, &mel()).unwrap(), None);
    assert_eq!(house.make(&song, 7).columns(), 7);
    assert_eq!(house.files(), 1);
}

#[test]
fn no_damaged_file_is_trusted() {
    let house = House::new();
    let song = house.song("song.wav");
    let picture = house.make(&song, 9);
    let whole = fs::read(picture.path()).unwrap();
    let find = || house.cache.find(&song, &mel()).unwrap();
    // One bit, anywhere: the whole header, then here and there.
    let header = whole.len() - 9 * 128 * 2;
    for place in (0..header).chain((header..whole.len()).step_by(211)).chain([whole.len() - 1]) {
        let mut damaged = whole.clone();
        damaged[place] ^= 1 << (place % 8);
        fs::write(picture.path(), damaged).unwrap();
        assert_eq!(find(), None, "byte {place} of {}", whole.len());
    }
    for length in [0, 1, 79, 80, header, whole.len() - 256, whole.len() - 1] {
        fs::write(picture.path(), &whole[..length]).unwrap();
        assert_eq!(find(), None, "{length} bytes");
    }
    fs::write(picture.path(), [&whole[..], &[0]].concat()).unwrap();
    assert_eq!(find(), None);
    assert_eq!(house.make(&song, 9), picture);
    assert_eq!(fs::read(picture.path()).unwrap(), whole);
    assert_eq!(house.files(), 1);
}

#[test]
fn a_file_that_is_replaced_while_in_use_is_seen() {
    let house = House::new();
    let song = house.song("song.wav");
    let picture = house.make(&song, 9);
    let mut writer = house.cache.writer(&song, &mel()).unwrap();
    writer.push(&vec![1.0; 9 * 128]).unwrap();
    let newer = writer.finish().unwrap();
    let mut out = vec![0.0; 128];
    let error = picture.window(0, 1, 0..128, &mut out).unwrap_err();
    assert!(error.to_string().contains("replaced"), "{error}");
    newer.window(0, 1, 0..128, &mut out).unwrap();
    assert_eq!(out, [1.0; 128]);
}

#[test]
fn what_fails_leaves_nothing() {
    let house = House::new();
    let song = house.song("song.wav");
    let failed = house.cache.ensure(&song, &mel(), |writer| {
        writer.push(&columns(0, 300, 128))?;
        Err(Error::Training("no more".into()))
    });
    assert!(failed.is_err());
    for (bad, columns) in [(f32::NAN, 1), (f32::INFINITY, 1), (70_000.0, 1)] {
        let mut values = vec![0.5; columns * 128];
        values[77] = bad;
        let error = house.cache.ensure(&song, &mel(), |writer| writer.push(&values)).unwrap_err();
        assert!(matches!(&error, Error::Audio { path, .. } if path.ends_with("song.wav")), "{error}");
    }
    let error = house.cache.ensure(&song, &mel(), |writer| writer.push(&[0.0; 127])).unwrap_err();
    assert!(matches!(error, Error::Shape { .. }), "{error}");
    assert_eq!(house.files(), 0);
}

#[test]
fn pruning_takes_the_useless_then_the_oldest() {
    let house = House::new();
    let songs: Vec<_> = (0..5).map(|index| house.song(&format!("{index}.wav"))).collect();
    let pictures: Vec<_> = songs.iter().map(|song| house.make(song, 100)).collect();
    let left = || pictures.iter().map(|picture| picture.path().exists()).collect::<Vec<_>>();
    let one = pictures[0].bytes();
    let age = |path: &Path, seconds: u64| {
        let file = fs::File::options().append(true).open(path).unwrap();
        file.set_modified(SystemTime::now() - Duration::from_secs(seconds)).unwrap();
    };
    pictures.iter().zip([50, 40, 30, 20, 10]).for_each(|(picture, seconds)| age(picture.path(), seconds));
    let at = |name: &str| house.cache.folder().join(name);
    for name in ["holiday.picture", "notes", "left.picture-part", "fresh.picture-part"] {
        fs::write(at(name), "0123456789").unwrap();
    }
    age(&at("left.picture-part"), 7200);
    age(&at("holiday.picture"), 7200);

    // What a kill left, what is no picture, and a picture of another version go; songs that are gone may come back.
    fs::remove_file(&songs[3]).unwrap();
    let strange = at("0123456789abcdef0123456789abcdef.picture");
    fs::write(&strange, "0123456789").unwrap();
    let mut older = fs::read(pictures[4].path()).unwrap();
    older[8] -= 1;
    fs::write(pictures[4].path(), older).unwrap();
    house.cache.prune(u64::MAX).unwrap();
    assert_eq!(left(), [true, true, true, true, false]);
    assert!(at("holiday.picture").exists() && at("notes").exists() && at("fresh.picture-part").exists());
    assert!(!at("left.picture-part").exists() && !strange.exists());

    // The first one was made longest ago, but used since.
    assert!(house.cache.find(&songs[0], &mel()).unwrap().is_some());
    house.cache.prune(2 * one).unwrap();
    assert_eq!(left(), [true, false, false, true, false]);
    house.cache.prune(2 * one - 1).unwrap();
    assert_eq!(left(), [true, false, false, false, false]);
    house.cache.prune(0).unwrap();
    assert_eq!(house.files(), 3);
}

#[test]
fn the_folder_is_where_the_system_wants_it() {
    let from =
        |cache: Option<&str>, home: Option<&str>| Cache::folder_from(cache.map(Into::into), home.map(Into::into));
    assert_eq!(from(Some("/c"), Some("/h")).unwrap(), Path::new("/c/tunevote"));
    assert_eq!(from(None, Some("/h")).unwrap(), Path::new("/h/.cache/tunevote"));
    assert_eq!(from(Some(""), Some("/h")).unwrap(), Path::new("/h/.cache/tunevote"));
    assert_eq!(from(Some("relative"), Some("/h")).unwrap(), Path::new("/h/.cache/tunevote"));
    assert!(matches!(from(None, None), Err(Error::Argument { operation: "cache", .. })));
}
