//! Whatever the bytes are: an answer, never a panic, never a sample that is no number.

use super::signal::{Wave, file, fixture};
use proptest::prelude::*;
use tunevote::audio::{Stream, decode_all, tags};

/// Plays the bytes at some rate. The number of samples, or the error's text.
fn play(bytes: &[u8], rate: Option<u32>) -> Result<usize, String> {
    let song = file(".wav", bytes);
    let mut stream = Stream::open(song.path(), rate).map_err(|error| error.to_string())?;
    let mut x = Vec::new();
    while stream.read(&mut x, 5000).map_err(|error| error.to_string())? > 0 {}
    assert!(x.iter().all(|x| x.is_finite()));
    Ok(x.len())
}

fn field<T: Clone + std::fmt::Debug + 'static>(
    usual: Vec<T>,
    any: impl Strategy<Value = T> + 'static,
) -> BoxedStrategy<T> {
    prop_oneof![4 => proptest::sample::select(usual), 1 => any].boxed()
}

prop_compose! {
    fn header()(
        tag in field(vec![1u16, 1, 3, 0xfffe, 2, 6, 7, 0x11, 0x55], any::<u16>()),
        channels in field(vec![1u16, 2, 6, 8], any::<u16>()),
        rate in field(vec![8000u32, 44100, 48000], any::<u32>()),
        bits in field(vec![8u16, 16, 24, 32, 64, 4], any::<u16>()),
        riff in proptest::option::of(any::<u32>()),
        length in proptest::option::of(field(vec![0, 1, u32::MAX], any::<u32>())),
        byte_rate in proptest::option::of(any::<u32>()),
        extra in field(vec![vec![], vec![0, 0]], proptest::collection::vec(any::<u8>(), 0..40)),
    ) -> Wave {
        Wave { tag, channels, rate, bits, riff, length, byte_rate, extra }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1000, failure_persistence: None, ..ProptestConfig::default() })]

    /// Any header over any data. Where the header is plain PCM or float, not even a caught panic is allowed.
    #[test]
    fn wav_headers(header in header(), data in proptest::collection::vec(any::<u8>(), 0..3000), to in field(vec![None], Just(Some(16_000)))) {
        let result = play(&header.bytes(&data), to);
        if let Ok(samples) = &result && to.is_none() {
            // An extensible header keeps the format's extra bytes, and packed formats have two samples in a byte.
            prop_assert!(*samples <= 2 * data.len() + 64);
        }
        if matches!(header.tag, 1 | 3) && header.bits <= 32 && let Err(text) = &result {
            prop_assert!(!text.contains("crashed"), "{}", text);
        }
    }

    /// Any bytes at all behind the mark of a wav.
    #[test]
    fn bytes_behind_a_mark(rest in proptest::collection::vec(any::<u8>(), 0..400), mark in field(vec![&b"RIFF\xff\0\0\0WAVEfmt \x10\0\0\0"[..]], Just(&b"RF64\xff\xff\xff\xffWAVE"[..]))) {
        let _ = play(&[mark, &rest].concat(), None);
    }

    /// Songs with a few wrong bytes, and their tags.
    #[test]
    fn songs_with_wrong_bytes(
        name in proptest::sample::select(vec!["tone-vbr.mp3", "tone.ogg", "tone.m4a", "saw16.flac", "saw16.aiff", "saw16-alac.m4a", "saw16.mka", "tone.aac", "tone-ms-adpcm.wav", "tagged-tone.mp3"]),
        changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
        cut in proptest::option::of(any::<prop::sample::Index>()),
    ) {
        let mut bytes = std::fs::read(fixture(name)).unwrap();
        for (at, value) in changes {
            let at = at.index(bytes.len());
            bytes[at] = value;
        }
        if let Some(cut) = cut {
            bytes.truncate(cut.index(bytes.len()));
        }
        let song = file(".song", &bytes);
        if let Ok((x, _)) = decode_all(song.path(), None) {
            prop_assert!(x.iter().all(|x| x.is_finite()));
        }
        let _ = tags::read(song.path());
    }
}
