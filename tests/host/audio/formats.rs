//! Every format that is read: what comes out is what went in.

use super::signal::{TONE, file, fit, fixture, saw_mix, saw24, shift};
use std::f64::consts::TAU;
use tunevote::Error;
use tunevote::audio::{EXTENSIONS, Stream, decode_all, is_song};

/// A lossy fixture: its name, container, codec and rate, and of the sound its length, the encoder's delay (both in
/// samples), and how far amplitudes and the RMS of everything else may be off. The encoder of the aac files is a rough one.
type Lossy = (&'static str, &'static str, &'static str, u32, usize, usize, f64, f64);

const LOSSY: [Lossy; 11] = [
    ("tone.mp3", "mp3", "mp3", 44100, 22050, 0, 3e-4, 2e-4),
    ("tone-vbr.mp3", "mp3", "mp3", 44100, 22050, 0, 1e-3, 2e-3),
    ("tagged-tone.mp3", "mp3", "mp3", 44100, 22050, 0, 3e-4, 2e-4),
    // No header that notes the delay, so it stays: 576 of the encoder and 529 of any decoder.
    ("frames-44k.mp3", "mp3", "mp3", 44100, 24192, 1105, 3e-4, 2e-4),
    ("tone.ogg", "ogg", "vorbis", 44100, 22050, 0, 3e-3, 2e-3),
    ("tone.m4a", "isomp4", "aac", 44100, 23552, 1024, 8e-3, 1e-2),
    ("tone.aac", "aac", "aac", 44100, 23552, 1024, 8e-3, 1e-2),
    ("tone.mp2", "mp2", "mp2", 44100, 23040, 481, 2e-3, 4e-3),
    ("tone-alaw.wav", "wave", "pcm_alaw", 44100, 4410, 0, 1e-3, 5e-3),
    ("tone-ms-adpcm.wav", "wave", "adpcm_ms", 44100, 9108, 0, 1e-3, 4e-3),
    ("tone-ima-adpcm.wav", "wave", "adpcm_ima_wav", 44100, 9153, 0, 1e-3, 4e-3),
];

#[test]
fn lossy_formats_hold_the_tone_in_place() {
    for (name, container, codec, rate, length, delay, amplitude_off, rest_limit) in LOSSY {
        let mut song = Stream::open(&fixture(name), None).unwrap();
        let info = song.info().clone();
        assert_eq!(
            (info.container.as_str(), info.codec.as_str(), info.rate, info.channels),
            (container, codec, rate, 2)
        );
        let mut x = Vec::new();
        while song.read(&mut x, 1000).unwrap() > 0 {}
        assert_eq!(x.len(), length, "{name}");
        assert_eq!((song.skipped_packets(), song.not_finite(), song.truncated()), (0, 0, false), "{name}");
        let seconds = info.seconds.unwrap();
        // ADTS has no length; its reader guesses from the first frames.
        assert!(
            (seconds - length as f64 / f64::from(rate)).abs() < if name == "tone.aac" { 0.03 } else { 0.06 },
            "{name}: {seconds} s"
        );

        let from = delay + length.min(9000) / 9;
        let frequencies = TONE.map(|t| t.0 / f64::from(rate));
        let (found, rest) = fit(&x[from..length - length / 9], &frequencies);
        assert!(rest < rest_limit, "{name}: {rest} left over");
        for (((amplitude, phase), (_, want, start)), f) in found.into_iter().zip(TONE).zip(frequencies) {
            assert!((amplitude - want).abs() < amplitude_off, "{name}: amplitude {amplitude}, not {want}");
            let late = shift(start + TAU * f * (from - delay) as f64, phase, f);
            assert!(late.abs() < 0.05, "{name}: {late} samples late at {f}");
        }
    }
}

#[test]
fn lossless_formats_are_exact() {
    for name in ["saw16.flac", "saw16.aiff", "saw16-alac.m4a", "saw16.mka", "tagged-saw16.flac"] {
        let (x, rate) = decode_all(&fixture(name), None).unwrap();
        assert_eq!(rate, 44100, "{name}");
        assert!(x == saw_mix(2205, 2), "{name}");
    }
    let (x, rate) = decode_all(&fixture("saw24.flac"), Some(48000)).unwrap();
    assert_eq!(rate, 48000);
    assert_eq!(x, (0..2400).map(|i| saw24(i) as f32 / 8_388_608.0).collect::<Vec<_>>());
}

#[test]
fn eight_channels_are_averaged() {
    let mut song = Stream::open(&fixture("saw-8-channels.flac"), None).unwrap();
    assert_eq!((song.info().channels, song.info().rate, song.info().seconds), (8, 22050, Some(600.0 / 22050.0)));
    let mut x = Vec::new();
    assert_eq!(song.read(&mut x, 10_000).unwrap(), 600);
    assert_eq!(x, saw_mix(600, 8));
}

#[test]
fn another_rate_on_request() {
    for (name, wanted) in [("tone.mp3", 16_000), ("tone.ogg", 22_050), ("tone.mp3", 48_000)] {
        let (x, rate) = decode_all(&fixture(name), Some(wanted)).unwrap();
        assert_eq!((x.len(), rate), (wanted as usize / 2, wanted), "{name}");
        let frequencies = TONE.map(|t| t.0 / f64::from(wanted));
        let from = x.len() / 5;
        let (found, rest) = fit(&x[from..4 * from], &frequencies);
        assert!(rest < 2e-3, "{name} at {wanted}: {rest} left over");
        for (((amplitude, phase), (_, want, start)), f) in found.into_iter().zip(TONE).zip(frequencies) {
            assert!((amplitude - want).abs() < 3e-3, "{name} at {wanted}: amplitude {amplitude}");
            let late = shift(start + TAU * f * from as f64, phase, f);
            assert!(late.abs() < 0.05, "{name} at {wanted}: {late} samples late");
        }
    }
}

#[test]
fn content_decides_not_the_name() {
    for (name, ending) in [
        ("tone.mp3", ".wav"),
        ("saw16.flac", ".mp3"),
        ("tone.ogg", ".m4a"),
        ("tone-alaw.wav", ".ogg"),
        ("saw16.aiff", ""),
    ] {
        let disguised = file(ending, &std::fs::read(fixture(name)).unwrap());
        let (got, want) = (decode_all(disguised.path(), None).unwrap(), decode_all(&fixture(name), None).unwrap());
        assert!(got == want && !got.0.is_empty(), "{name} as {ending}");
    }
}

#[test]
fn codecs_that_cannot_be_read_are_named() {
    let table = [
        ("tone.opus", "opus"),
        ("opus.webm", "opus"),
        ("opus.mp4", "opus"),
        ("speex.ogg", "speex"),
        ("tone.wma", "wma (Windows Media)"),
        ("ac3.mp4", "AC-3"),
        ("mp3-inside.wav", "mp3 inside wav"),
        ("gsm.wav", "GSM 6.10 inside wav"),
        ("tta.tta", "TTA"),
        ("wavpack.wv", "WavPack"),
    ];
    for (name, want) in table {
        let error = Stream::open(&fixture(name), None).err().expect(name);
        let text = error.to_string();
        let Error::Codec { path, codec } = error else { panic!("{name}: {text}") };
        assert_eq!((codec.as_str(), path), (want, fixture(name)));
        assert!(text.contains(name) && text.contains("convert it to flac"), "{text}");
    }
    let mut module = vec![0u8; 2000];
    module[1080..1084].copy_from_slice(b"M.K.");
    let marks: [(&[u8], &str); 3] = [
        (b"MThd\0\0\0\x06\0\x01\0\x01\0\x60", "MIDI"),
        (&module, "tracker music (mod)"),
        (b"MAC \x96\x0f\0\0", "Monkey's Audio"),
    ];
    for (bytes, want) in marks {
        let named = file(".mp3", bytes);
        match Stream::open(named.path(), None).err() {
            Some(Error::Codec { codec, .. }) => assert!(codec.starts_with(want), "{codec}"),
            other => panic!("{want}: {other:?}"),
        }
    }
}

/// The tag in front may be longer than what is searched for a container's mark, and hold what looks like mp3 frames.
#[test]
fn a_long_tag_in_front_is_stepped_over() {
    let song = std::fs::read(fixture("frames-44k.mp3")).unwrap();
    let size = 1_500_000usize;
    let mut bytes = b"ID3\x04\0\0".to_vec();
    bytes.extend([21, 14, 7, 0].map(|shift| (size >> shift & 0x7f) as u8));
    bytes.extend(b"PRIV");
    bytes.extend([21, 14, 7, 0].map(|shift| ((size - 10) >> shift & 0x7f) as u8));
    bytes.extend([0, 0]);
    bytes.extend(song.iter().cycle().skip(4).take(size - 10));
    bytes.extend(&song);
    let tagged = file(".mp3", &bytes);
    assert!(decode_all(tagged.path(), None).unwrap() == decode_all(&fixture("frames-44k.mp3"), None).unwrap());
}

/// The length in an mp3's header, or the guess where there is none, must not cut the song.
#[test]
fn mp3s_play_past_a_wrong_length() {
    let whole = decode_all(&fixture("tone.mp3"), None).unwrap().0;
    let bytes = std::fs::read(fixture("tone.mp3")).unwrap();
    let joined = file(".mp3", &[bytes.clone(), bytes].concat());
    let x = decode_all(joined.path(), None).unwrap().0;
    assert!(x.len() >= 2 * whole.len(), "{} samples of two songs of {}", x.len(), whole.len());
    assert!(x[..whole.len() - 2000] == whole[..whole.len() - 2000]);

    // A loud beginning at 320 kbit/s, then 32 kbit/s: the guess from the first frames is eight times too short.
    let loud = frame(0xe0);
    let quiet = frame(0x10);
    let changing = file(".mp3", &[loud.repeat(30), quiet.repeat(400)].concat());
    let mut song = Stream::open(changing.path(), None).unwrap();
    assert!(song.info().seconds.unwrap() < 5.0);
    let mut x = Vec::new();
    while song.read(&mut x, 1 << 16).unwrap() > 0 {}
    assert_eq!(x.len(), 430 * 1152);
}

/// An mp3 frame of silence, 44.1 kHz, stereo; `rate` is the byte with the bit rate.
fn frame(rate: u8) -> Vec<u8> {
    let kilobits = [0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320][usize::from(rate >> 4)];
    let mut frame = vec![0u8; 144 * kilobits * 1000 / 44100];
    frame[..4].copy_from_slice(&[0xff, 0xfb, rate, 0x00]);
    frame
}

#[test]
fn ogg_songs_joined_end_to_end_all_play() {
    let bytes = std::fs::read(fixture("tone.ogg")).unwrap();
    let joined = file(".ogg", &bytes.repeat(3));
    let (one, three) = (decode_all(&fixture("tone.ogg"), None).unwrap().0, decode_all(joined.path(), None).unwrap().0);
    assert!(three == one.repeat(3), "{} samples, not {}", three.len(), 3 * one.len());
}

#[test]
fn songs_are_known_by_their_ending() {
    for name in ["a.mp3", "b.FLAC", "c d.Ogg", "x/y.m4a", ".hidden.wav", "e.aiff", "f.opus"] {
        assert!(is_song(name.as_ref()), "{name}");
    }
    for name in ["mp3", ".mp3", "a.txt", "b.mp3.part", "c.", "", "x.wav/cover.jpg"] {
        assert!(!is_song(name.as_ref()), "{name}");
    }
    assert!(
        EXTENSIONS.is_sorted()
            && EXTENSIONS.iter().all(|e| e.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit()))
    );
}
