//! au, as GTZAN's songs first came.

use super::signal::file;
use tunevote::Error;
use tunevote::audio::{Stream, decode_all};

/// A header of 28 bytes, with a comment, before the samples.
fn au(encoding: u32, rate: u32, channels: u32, length: u32, data: &[u8]) -> Vec<u8> {
    let words = [28, length, encoding, rate, channels];
    let header = b".snd".iter().copied().chain(words.into_iter().flat_map(u32::to_be_bytes));
    header.chain(*b"song").chain(data.iter().copied()).collect()
}

#[test]
fn every_width_is_exact() {
    let deep: Vec<i32> = (0..500).map(|i: i32| i.wrapping_mul(1_234_567_891)).collect();
    let top = |bytes: usize| deep.iter().flat_map(move |x| x.to_be_bytes()[..bytes].to_vec()).collect::<Vec<u8>>();
    let want = |bits: u32| {
        deep.iter().map(|x| (f64::from(x >> (32 - bits)) / 2f64.powi(bits as i32 - 1)) as f32).collect::<Vec<f32>>()
    };
    let floats: Vec<f32> = deep.iter().map(|&x| x as f32 * 1e-9).collect();
    let cases = [
        (2, "pcm_s8", top(1), want(8)),
        (3, "pcm_s16be", top(2), want(16)),
        (4, "pcm_s24be", top(3), want(24)),
        (5, "pcm_s32be", top(4), want(32)),
        (6, "pcm_f32be", floats.iter().flat_map(|x| x.to_be_bytes()).collect(), floats.clone()),
    ];
    for (encoding, codec, data, want) in cases {
        for length in [data.len() as u32, u32::MAX] {
            let song = file(".au", &au(encoding, 22_050, 1, length, &data));
            let info = Stream::open(song.path(), None).unwrap().info().clone();
            assert_eq!(
                (info.container.as_str(), info.codec.as_str(), info.rate, info.channels),
                ("au", codec, 22_050, 1)
            );
            assert_eq!(info.seconds, Some(500.0 / 22_050.0), "{codec}");
            assert!(decode_all(song.path(), None).unwrap() == (want.clone(), 22_050), "{codec}");
        }
    }
}

#[test]
fn channels_are_mixed_and_lies_are_told() {
    // Two frames and a half, of which the header says there are more.
    let data: Vec<u8> = [100i16, 300, -200, 400, 7].iter().flat_map(|x| x.to_be_bytes()).collect();
    let song = file(".au", &au(3, 8000, 2, 1000, &data));
    let mut stream = Stream::open(song.path(), None).unwrap();
    let mut samples = Vec::new();
    while stream.read(&mut samples, 100).unwrap() > 0 {}
    assert_eq!(samples, [200.0 / 32_768.0, 100.0 / 32_768.0]);
    assert!(stream.truncated());
    // What stands behind the samples is none.
    let song = file(".au", &au(3, 8000, 2, 4, &data));
    assert_eq!(decode_all(song.path(), None).unwrap().0, [200.0 / 32_768.0]);

    let refused = |bytes: &[u8], says: &str| {
        let error = Stream::open(file(".au", bytes).path(), None).map(drop).unwrap_err();
        assert!(error.to_string().contains(says), "{error}");
        error
    };
    refused(&au(3, 8000, 0, 10, &data), "0 channels");
    refused(&au(3, 7, 1, 10, &data), "7 Hz");
    refused(&au(3, 8000, 1, 0, &data), "no sound after it");
    refused(&au(3, 8000, 1, 10, &[]), "no sound after it");
    let mut early = au(3, 8000, 1, 10, &data);
    early[7] = 4;
    refused(&early, "samples from byte 4");
    assert!(matches!(refused(&au(27, 8000, 1, 10, &data), "this encoding of au"), Error::Codec { .. }));
}
