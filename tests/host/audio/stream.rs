//! Reading in pieces, mixing, and sources that misbehave.

use super::signal::{Wave, file, fixture};
use tunevote::audio::{Info, Source, Stream, decode_all};
use tunevote::{Error, Result};

/// Plays its blocks (channels, samples), then does what `then` says.
struct Blocks {
    info: Info,
    blocks: std::vec::IntoIter<(usize, Vec<f32>)>,
    then: fn() -> Result<Option<usize>>,
}

impl Blocks {
    fn stream(rate: u32, blocks: Vec<(usize, Vec<f32>)>, then: fn() -> Result<Option<usize>>) -> Stream {
        let info = Info { container: "test".into(), codec: "test".into(), rate: 8000, channels: 1, seconds: None };
        Stream::from_source("a song".as_ref(), Box::new(Self { info, blocks: blocks.into_iter(), then }), Some(rate))
            .unwrap()
    }
}

impl Source for Blocks {
    fn info(&self) -> &Info {
        &self.info
    }

    fn next_block(&mut self, interleaved: &mut Vec<f32>) -> Result<Option<usize>> {
        assert!(interleaved.is_empty());
        let Some((channels, mut block)) = self.blocks.next() else { return (self.then)() };
        interleaved.append(&mut block);
        Ok(Some(channels))
    }
}

#[test]
fn pieces_of_any_size_make_the_same_song() {
    for rate in [None, Some(16_000)] {
        let whole = decode_all(&fixture("tone.ogg"), rate).unwrap().0;
        for size in [1, 7, 1000, 4097, 1 << 20] {
            let mut song = Stream::open(&fixture("tone.ogg"), rate).unwrap();
            let mut x = vec![9.0];
            loop {
                let before = x.len();
                let n = song.read(&mut x, size).unwrap();
                assert_eq!(x.len(), before + n);
                if n < size {
                    assert_eq!(song.read(&mut x, size).unwrap(), 0);
                    break;
                }
            }
            assert!(x[1..] == whole, "{size} at {rate:?}");
        }
    }
}

#[test]
fn channels_are_averaged_block_by_block() {
    let blocks = vec![
        (1, vec![0.5, -0.5]),
        (2, vec![1.0, 0.0, -0.25, 0.75]),
        (0, vec![]),
        (3, vec![0.3, 0.3, 0.9]),
        (4, vec![]),
    ];
    let mut song = Blocks::stream(8000, blocks, || Ok(None));
    let mut x = Vec::new();
    assert_eq!(song.read(&mut x, 100).unwrap(), 5);
    assert_eq!(x, [0.5, -0.5, 0.5, 0.25, 0.5]);
}

#[test]
fn a_panic_becomes_the_songs_error() {
    for rate in [8000, 16_000] {
        let mut song = Blocks::stream(rate, vec![(1, vec![0.25; 3])], || panic!("out of {}", "range"));
        let mut x = Vec::new();
        if rate == 8000 {
            assert_eq!(song.read(&mut x, 3).unwrap(), 3);
        }
        for _ in 0..2 {
            match song.read(&mut x, 3) {
                Err(error @ Error::Audio { .. }) => {
                    let text = error.to_string();
                    assert!(
                        text.starts_with("a song: ") && text.contains("crashed on this file (out of range)"),
                        "{text}"
                    );
                }
                other => panic!("{other:?}"),
            }
        }
    }
}

#[test]
fn an_error_stays() {
    let mut song = Blocks::stream(8000, vec![(1, vec![0.25; 3])], || {
        Err(Error::Io { path: "a song".into(), source: std::io::Error::other("the disk is gone") })
    });
    let mut x = Vec::new();
    assert!(matches!(song.read(&mut x, 10), Err(Error::Io { .. })));
    assert_eq!(x, [0.25; 3]);
    let error = song.read(&mut x, 10).unwrap_err();
    assert_eq!(error.to_string(), "a song: the disk is gone");
}

/// Up to 1 % of samples that are no numbers become silence and are counted; more of them are an error at the end.
#[test]
fn a_few_nans_are_silence_and_many_an_error() {
    let bad = [f32::NAN, f32::INFINITY, f32::NEG_INFINITY, 2e10, -f32::MAX, -f32::NAN];
    for (count, fine) in [(0, true), (6, true), (20, true), (21, false), (1000, false)] {
        let mut samples: Vec<f32> = (0..2000).map(|i| (i % 100) as f32 / 100.0).collect();
        for k in 0..count {
            samples[k * 2] = bad[k % bad.len()];
        }
        let data: Vec<u8> = samples.iter().flat_map(|x| x.to_le_bytes()).collect();
        let wav = file(".wav", &Wave { tag: 3, ..Wave::pcm(2, 44100, 32) }.bytes(&data));
        for rate in [44100, 22050] {
            let mut song = Stream::open(wav.path(), Some(rate)).unwrap();
            let mut x = Vec::new();
            let result = song.read(&mut x, usize::MAX);
            assert_eq!(song.not_finite(), count as u64);
            assert!(x.iter().all(|x| x.is_finite() && x.abs() < 2.0));
            match result {
                Ok(n) => assert!(fine && n == 1000 * rate as usize / 44100, "{count} bad ones passed"),
                Err(error) => {
                    assert!(
                        !fine && error.to_string().contains(&format!("{count} of 2000 samples are not numbers")),
                        "{error}"
                    );
                }
            }
            if fine && rate == 44100 {
                let kept = |i: usize| if i.is_multiple_of(2) && i / 2 < count { 0.0 } else { samples[i] };
                let want: Vec<f32> =
                    (0..1000).map(|i| ((f64::from(kept(2 * i)) + f64::from(kept(2 * i + 1))) / 2.0) as f32).collect();
                assert_eq!(x, want);
            }
        }
    }
}

#[test]
fn loud_is_not_damaged() {
    let mut song = Blocks::stream(8000, vec![(1, vec![1.5, -4.0, 9e9, -9e9])], || Ok(None));
    let mut x = Vec::new();
    assert_eq!(song.read(&mut x, 9).unwrap(), 4);
    assert_eq!((x, song.not_finite()), (vec![1.5, -4.0, 9e9, -9e9], 0));
}

#[test]
fn streams_may_move_to_another_thread() {
    let mut song = Stream::open(&fixture("tone.mp3"), Some(22050)).unwrap();
    let count = std::thread::spawn(move || song.read(&mut Vec::new(), usize::MAX).unwrap()).join().unwrap();
    assert_eq!(count, 11025);
}
