//! Songs decoded on threads: every path gives one song, whatever happens to the ones before it.

use super::signal::{Wave, file, fixture};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Mutex, mpsc};
use std::thread;
use std::time::{Duration, Instant};
use tunevote::audio::{Ahead, Info, Source, Stream, ahead, ahead_with, decode_all};
use tunevote::{Error, Result};

/// Samples, or the error, and the warnings.
fn play(mut song: Ahead) -> (Result<Vec<f32>>, Vec<String>) {
    let mut samples = Vec::new();
    loop {
        match song.read(&mut samples) {
            Ok(0) => {
                // The end stays.
                assert_eq!(song.read(&mut samples).unwrap(), 0);
                return (Ok(samples), song.warnings().to_vec());
            }
            Ok(_) => {}
            Err(error) => return (Err(error), song.warnings().to_vec()),
        }
    }
}

/// A second of sound, then a panic where no decoder runs.
struct Crash(Info, bool);

impl Source for Crash {
    fn info(&self) -> &Info {
        &self.0
    }

    fn next_block(&mut self, interleaved: &mut Vec<f32>) -> Result<Option<usize>> {
        interleaved.resize(8000, 0.25);
        self.1 = true;
        Ok(Some(1))
    }

    fn skipped_packets(&self) -> u64 {
        assert!(!self.1, "a counter crashed");
        0
    }
}

#[test]
fn a_panic_on_the_thread_is_one_songs_error() {
    let names = ["opened", "crash", "missing", "crash when opened", "last"];
    let open = |path: &Path| match path.to_str() {
        Some("crash") => Stream::from_source(path, Box::new(Crash(info(), false)), None),
        Some("crash when opened") => panic!("the door crashed"),
        Some("missing") => Stream::open(path, None),
        _ => Stream::open(&fixture("tone.mp3"), None),
    };
    let whole = decode_all(&fixture("tone.mp3"), None).unwrap().0;
    let songs: Vec<_> =
        ahead_with(names.map(PathBuf::from).into(), open).map(|song| (song.path.clone(), play(song))).collect();
    assert_eq!(songs.iter().map(|(path, _)| path.to_str().unwrap()).collect::<Vec<_>>(), names);
    for (path, (result, warnings)) in songs {
        assert!(warnings.is_empty());
        let says = match path.to_str().unwrap() {
            "crash" => "a counter crashed",
            "crash when opened" => "the door crashed",
            "missing" => "look how the name is spelt",
            _ => {
                assert_eq!(result.unwrap(), whole);
                continue;
            }
        };
        let text = result.unwrap_err().to_string();
        assert!(text.starts_with(path.to_str().unwrap()) && text.contains(says), "{text}");
    }
}

fn info() -> Info {
    Info { container: "test".into(), codec: "test".into(), rate: 8000, channels: 1, seconds: None }
}

/// Sound without an end, which counts its samples.
struct Endless(Info, Arc<AtomicUsize>);

impl Source for Endless {
    fn info(&self) -> &Info {
        &self.0
    }

    fn next_block(&mut self, interleaved: &mut Vec<f32>) -> Result<Option<usize>> {
        interleaved.resize(8000, 0.25);
        self.1.fetch_add(8000, SeqCst);
        Ok(Some(1))
    }
}

/// Waits until `done`, for ten seconds at the most.
fn soon(what: &str, done: impl Fn() -> bool) {
    let start = Instant::now();
    while !done() {
        assert!(start.elapsed() < Duration::from_secs(10), "{what}");
        thread::sleep(Duration::from_millis(2));
    }
}

fn cores() -> usize {
    thread::available_parallelism().unwrap().get()
}

#[test]
fn several_songs_are_decoded_at_once_and_come_in_their_order() {
    let names: Vec<_> = (0..7).map(|k| PathBuf::from(k.to_string())).collect();
    let (opened, seen) = mpsc::channel();
    let seen = Mutex::new(seen);
    let open = move |path: &Path| {
        opened.send(path.to_path_buf()).unwrap();
        // The first song is not there before all the others.
        if path == Path::new("0") && cores() > 1 {
            let seen = seen.lock().unwrap();
            for _ in 0..7.min(cores() + 1) {
                seen.recv_timeout(Duration::from_secs(10)).expect("the first song keeps the second waiting");
            }
        }
        Stream::open(&fixture("tone.mp3"), None)
    };
    let whole = decode_all(&fixture("tone.mp3"), None).unwrap().0;
    let songs: Vec<_> =
        ahead_with(names.clone(), open).map(|song| (song.path.clone(), play(song).0.unwrap())).collect();
    assert!(songs.iter().map(|(path, _)| path).eq(&names));
    assert!(songs.iter().all(|(_, samples)| *samples == whole));
}

#[test]
fn little_is_decoded_ahead_and_dropping_ends_the_threads() {
    let count = 2 * cores() + 3;
    let decoded: Vec<_> = (0..count).map(|_| Arc::new(AtomicUsize::new(0))).collect();
    let alive = Arc::new(());
    let (theirs, token) = (decoded.clone(), Arc::clone(&alive));
    let open = move |path: &Path| {
        let _here = &token;
        let number: usize = path.to_str().unwrap().parse().unwrap();
        Stream::from_source(path, Box::new(Endless(info(), Arc::clone(&theirs[number]))), None)
    };
    let mut songs = ahead_with((0..count).map(|k| PathBuf::from(k.to_string())).collect(), open);
    let mut first = songs.next().unwrap();
    let ahead = || decoded.iter().map(|samples| samples.load(SeqCst)).collect::<Vec<_>>();
    // A song's blocks that wait, the one that is sent, and what the stream itself holds.
    let bound = 66 << 16;
    soon("the threads do not get far", || ahead().iter().filter(|&&samples| samples >= 64 << 16).count() == cores());
    thread::sleep(Duration::from_millis(50));
    let settled = ahead();
    assert!(settled.iter().all(|&samples| samples <= bound), "{settled:?}");
    assert!(settled[cores()..].iter().all(|&samples| samples == 0), "{settled:?}");
    // Whoever reads goes on, and only that song does.
    let mut samples = Vec::new();
    while samples.len() < 20 << 16 {
        assert!(first.read(&mut samples).unwrap() > 0);
    }
    soon("the first song does not go on", || ahead()[0] > settled[0]);
    assert!(ahead()[1..] == settled[1..]);
    drop(songs);
    // One that is still read stays.
    let before = samples.len();
    while samples.len() < before + (70 << 16) {
        assert!(first.read(&mut samples).unwrap() > 0);
    }
    drop(first);
    soon("threads are left over", || Arc::strong_count(&alive) == 1);
}

#[test]
fn whole_songs_bring_no_warnings() {
    let mut count = 0;
    for entry in std::fs::read_dir(fixture("")).unwrap() {
        let path = entry.unwrap().path();
        let song = ahead(vec![path.clone()], 8000).next().unwrap();
        if let (Ok(_), warnings) = play(song) {
            assert!(warnings.is_empty(), "{}: {warnings:?}", path.display());
            count += 1;
        }
    }
    assert!(count > 15, "{count} fixtures");
}

/// An m4a of 23 packets with the given ones made meaningless.
fn damaged_m4a(packets: std::ops::Range<usize>) -> Vec<u8> {
    let mut bytes = std::fs::read(fixture("tone.m4a")).unwrap();
    let start = bytes.windows(4).position(|four| four == b"mdat").unwrap() + 4;
    let table = bytes.windows(4).position(|four| four == b"stsz").unwrap() + 16;
    let sizes: Vec<usize> =
        (0..23).map(|i| u32::from_be_bytes(bytes[table + 4 * i..][..4].try_into().unwrap()) as usize).collect();
    for packet in packets {
        let at = start + sizes[..packet].iter().sum::<usize>();
        bytes[at..at + sizes[packet]].fill(0xa0);
    }
    bytes
}

#[test]
fn damage_that_leaves_most_of_a_song_is_a_warning() {
    let one = |bytes: &[u8]| {
        let file = file(".song", bytes);
        let (result, warnings) = play(ahead(vec![file.path().to_path_buf()], 8000).next().unwrap());
        (result.map(|samples| samples.len()).map_err(|error| error.to_string()), warnings)
    };
    let (result, warnings) = one(&damaged_m4a(10..21));
    assert!(result.is_ok(), "{result:?}");
    assert_eq!(warnings, ["11 of 23 packets are damaged and were left out"]);
    let (result, _) = one(&damaged_m4a(10..22));
    assert!(result.unwrap_err().contains("12 of 23 packets are damaged; copy"));

    let mut samples = vec![0.5f32; 8000];
    samples[77..80].fill(f32::NAN);
    let data: Vec<u8> = samples.iter().flat_map(|x| x.to_le_bytes()).collect();
    let wave = Wave { tag: 3, length: Some(40_000), ..Wave::pcm(1, 8000, 32) };
    let (result, warnings) = one(&wave.bytes(&data));
    assert_eq!(result, Ok(8000));
    let told = ["3 of 8000 samples are not numbers", "the file was cut off"];
    assert_eq!(warnings.len(), 2);
    assert!(warnings.iter().zip(told).all(|(warning, told)| warning.starts_with(told)), "{warnings:?}");
}

/// An m4a whose configuration says, in one bit after AAC-LC's own, that an upper half is hidden in the stream.
#[test]
fn he_aac_that_says_so_is_refused_by_name() {
    let mut bytes = std::fs::read(fixture("tone.m4a")).unwrap();
    // Sync word 0x2b7, object type 5, and the bit.
    let at = bytes.windows(3).position(|three| three == [0x56, 0xe5, 0x00]).unwrap();
    bytes[at + 2] = 0x80;
    match Stream::open(file(".m4a", &bytes).path(), None).err() {
        Some(Error::Codec { codec, .. }) => assert!(codec.contains("HE-AAC"), "{codec}"),
        other => panic!("{other:?}"),
    }
}
