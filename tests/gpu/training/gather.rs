//! Songs into pictures: where it stops, and what it leaves out.

use std::cell::Cell;
use std::path::Path;

use tunevote::data::{Cache, Dataset, Song};
use tunevote::signal::front_end::{FrontEnd, MelFrontEnd};
use tunevote::train::gather;

use crate::harness::engines;

/// A song of some seconds of a rising tone, under the first label.
pub fn song(folder: &Path, name: &str, seconds: u32) -> Song {
    let path = folder.join(name);
    let format = hound::WavSpec {
        channels: 1,
        sample_rate: 22_050,
        bits_per_sample: 16,
        sample_format: hound::SampleFormat::Int,
    };
    let mut file = hound::WavWriter::create(&path, format).unwrap();
    for i in 0..seconds * 22_050 {
        file.write_sample((8e3 * (f64::from(i) * f64::from(i) * 1e-7).sin()) as i16).unwrap();
    }
    file.finalize().unwrap();
    Song { path, ..Song::default() }
}

pub fn dataset(songs: Vec<Song>) -> Dataset {
    Dataset { labels: vec!["a".into(), "b".into()], songs, warnings: Vec::new() }
}

#[test]
fn it_stops_inside_a_song_and_leaves_no_part_of_it() {
    let folder = tempfile::tempdir().unwrap();
    let songs = dataset(vec![song(folder.path(), "long.wav", 60)]);
    let cache = Cache::new(folder.path().join("cache")).unwrap();
    let front_end = FrontEnd::Mel(MelFrontEnd::compact());
    let asked = Cell::new(0);
    let stop_at = |last: u32| {
        asked.set(0);
        let stop = || asked.replace(asked.get() + 1) >= last;
        gather(&engines()[0], &songs, &front_end, &cache, &|_| {}, &stop).unwrap()
    };
    assert!(stop_at(0).is_none());
    assert!(stop_at(5).is_none());
    assert_eq!(asked.get(), 6, "it went on");
    assert_eq!(std::fs::read_dir(cache.folder()).unwrap().count(), 0);
    let whole = stop_at(u32::MAX).unwrap();
    assert!(asked.get() > 6 && whole.pictures.len() == 1);
}

#[test]
fn songs_without_a_slice_are_left_out_and_pictures_stay_with_their_songs() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("letter.wav"), "a letter").unwrap();
    let letter = Song { path: folder.path().join("letter.wav"), ..song(folder.path(), "d.wav", 1) };
    let given = [("a.wav", 3), ("b.wav", 1), ("c.wav", 6)].map(|(name, seconds)| song(folder.path(), name, seconds));
    let [a, b, c] = given;
    let all = dataset(vec![letter, a.clone(), b, c.clone()]);
    let cache = Cache::new(folder.path().join("cache")).unwrap();
    let front_end = FrontEnd::Mel(MelFrontEnd::compact());
    let done = Cell::new(0);
    let gathered =
        gather(&engines()[0], &all, &front_end, &cache, &|songs| done.set(songs), &|| false).unwrap().unwrap();
    assert_eq!(done.get(), 4);
    assert_eq!(gathered.slices(&all, &front_end), [0, 1, 0, 2]);
    let (usable, gathered) = gathered.usable(&all, &front_end);
    assert_eq!(usable, dataset(vec![a, c]));
    assert_eq!(gathered.slices(&usable, &front_end), [1, 2]);
    assert_eq!(gathered.failed.len(), 1);
}
