//! Plain wav: every width, and headers that lie.

use super::signal::{Wave, bytes16, file, saw_mix, saw16};
use tunevote::Error;
use tunevote::audio::{Stream, decode_all};

fn stereo_saw(frames: usize) -> Vec<u8> {
    bytes16((0..frames).flat_map(|i| [saw16(i, 0), saw16(i, 1)]))
}

/// All lossless widths of one mono signal, as header and data, with the codec's name and the exact samples.
#[test]
fn every_width_is_exact() {
    let deep: Vec<i32> = (0..500).map(|i: i32| i.wrapping_mul(1_234_567_891)).collect();
    let shifted = |bits: u32| deep.iter().map(move |x| x >> (32 - bits));
    let cases: Vec<(&str, Wave, Vec<u8>, Vec<f32>)> = vec![
        (
            "pcm_u8",
            Wave::pcm(1, 8000, 8),
            shifted(8).map(|x| (x + 128) as u8).collect(),
            shifted(8).map(|x| x as f32 / 128.0).collect(),
        ),
        ("pcm_s16le", Wave::pcm(1, 44100, 16), bytes16(shifted(16)), shifted(16).map(|x| x as f32 / 32768.0).collect()),
        (
            "pcm_s24le",
            Wave::pcm(1, 96000, 24),
            shifted(24).flat_map(|x| x.to_le_bytes()[..3].to_vec()).collect(),
            shifted(24).map(|x| x as f32 / 8_388_608.0).collect(),
        ),
        (
            "pcm_s32le",
            Wave::pcm(1, 192_000, 32),
            deep.iter().flat_map(|x| x.to_le_bytes()).collect(),
            deep.iter().map(|&x| (f64::from(x) / 2_147_483_648.0) as f32).collect(),
        ),
        (
            "pcm_f32le",
            Wave { tag: 3, ..Wave::pcm(1, 48000, 32) },
            deep.iter().flat_map(|&x| (x as f32 * 1e-9).to_le_bytes()).collect(),
            deep.iter().map(|&x| x as f32 * 1e-9).collect(),
        ),
        (
            "pcm_f64le",
            Wave { tag: 3, ..Wave::pcm(1, 48000, 64) },
            deep.iter().flat_map(|&x| (f64::from(x) * 1e-9).to_le_bytes()).collect(),
            deep.iter().map(|&x| (f64::from(x) * 1e-9) as f32).collect(),
        ),
    ];
    for (codec, header, data, want) in cases {
        // The same sound under the short, the extended and the extensible header.
        for kind in 0..3 {
            let mut header = header.clone();
            if kind == 1 {
                header.extra = vec![0, 0];
            }
            if kind == 2 {
                header.extra = extensible(header.bits, 4, header.tag);
                header.tag = 0xfffe;
            }
            let wav = file(".wav", &header.bytes(&data));
            let mut song = Stream::open(wav.path(), None).unwrap();
            let info = song.info().clone();
            assert_eq!(
                (info.container.as_str(), info.codec.as_str(), info.rate, info.channels),
                ("wave", codec, header.rate, 1)
            );
            assert_eq!(info.seconds, Some(500.0 / f64::from(header.rate)), "{codec} {kind}");
            let mut x = Vec::new();
            assert_eq!(song.read(&mut x, usize::MAX).unwrap(), 500, "{codec} {kind}");
            assert!(x == want, "{codec} {kind}");
        }
    }
}

/// The 24 bytes after the 16 of an extensible header: `valid` bits in use, a speaker mask, the inner format's GUID.
fn extensible(valid: u16, mask: u32, tag: u16) -> Vec<u8> {
    let mut out = vec![22, 0];
    out.extend(valid.to_le_bytes());
    out.extend(mask.to_le_bytes());
    out.extend(tag.to_le_bytes());
    out.extend([0, 0, 0, 0, 0x10, 0, 0x80, 0, 0, 0xaa, 0, 0x38, 0x9b, 0x71]);
    out
}

/// 20 bits in 24, and 24 bits in 32, stand at the top of their bytes.
#[test]
fn fewer_valid_bits_are_at_the_top() {
    for (bits, valid) in [(24u16, 20u16), (32, 24), (16, 12)] {
        let values: Vec<i32> = (0..100).map(|i: i32| i.wrapping_mul(40_503_001) >> (32 - valid)).collect();
        let place = |x: &i32| (x << (bits - valid)).to_le_bytes()[..usize::from(bits / 8)].to_vec();
        let header = Wave { tag: 0xfffe, extra: extensible(valid, 4, 1), ..Wave::pcm(1, 44100, bits) };
        let wav = file(".wav", &header.bytes(&values.iter().flat_map(place).collect::<Vec<_>>()));
        let want: Vec<f32> = values.iter().map(|&x| x as f32 / 2f32.powi(i32::from(valid) - 1)).collect();
        assert_eq!(decode_all(wav.path(), None).unwrap().0, want, "{valid} in {bits}");
    }
}

#[test]
fn lying_lengths_give_what_is_there() {
    let data = stereo_saw(1000);
    let header = Wave::pcm(2, 44100, 16);
    let lies = [
        ("honest", header.clone(), 1000, false),
        ("too long", Wave { length: Some(1_000_000), ..header.clone() }, 1000, true),
        (
            "unknown to a pipe's writer",
            Wave { length: Some(u32::MAX), riff: Some(u32::MAX), ..header.clone() },
            1000,
            false,
        ),
        (
            "unknown, the other way",
            Wave { length: Some(0x7fff_ffdc), riff: Some(0x8000_0000), ..header.clone() },
            1000,
            false,
        ),
        ("zero after a crash", Wave { length: Some(0), riff: Some(0), ..header.clone() }, 1000, false),
        (
            "zero in an extensible header",
            Wave { length: Some(0), tag: 0xfffe, extra: extensible(16, 3, 1), ..header.clone() },
            1000,
            false,
        ),
        ("half a frame", Wave { length: Some(2002), ..header.clone() }, 500, false),
        ("a wrong RIFF length", Wave { riff: Some(7), ..header.clone() }, 1000, false),
        ("a wrong byte rate", Wave { byte_rate: Some(1), ..header.clone() }, 1000, false),
        ("a longer format", Wave { extra: vec![4, 0, 1, 2, 3, 4], ..header.clone() }, 1000, false),
    ];
    for (what, header, frames, truncated) in lies {
        let wav = file(".wav", &header.bytes(&data));
        let mut song = Stream::open(wav.path(), None).unwrap();
        assert_eq!(song.info().seconds, Some(frames as f64 / 44100.0), "{what}");
        let mut x = Vec::new();
        while song.read(&mut x, 333).unwrap() > 0 {}
        assert!(x == saw_mix(frames, 2), "{what}: {} samples", x.len());
        assert_eq!(song.truncated(), truncated, "{what}");
    }
}

#[test]
fn other_chunks_are_stepped_over() {
    let honest = Wave::pcm(2, 44100, 16).bytes(&stereo_saw(100));
    // An odd chunk has a byte of padding; the one behind the samples is not sound.
    let mut bytes = honest[..12].to_vec();
    bytes.extend(b"bext\x03\0\0\0abc\0");
    bytes.extend(&honest[12..36]);
    bytes.extend(b"LIST\x04\0\0\0INFO");
    bytes.extend(&honest[36..]);
    bytes.extend(b"LIST\x08\0\0\0INFOabcd");
    let wav = file(".wav", &bytes);
    assert_eq!(decode_all(wav.path(), None).unwrap().0, saw_mix(100, 2));

    // RF64 keeps the length of the samples in a chunk of its own.
    let mut bytes = b"RF64\xff\xff\xff\xffWAVEds64\x1c\0\0\0".to_vec();
    bytes.extend(500u64.to_le_bytes());
    bytes.extend(200u64.to_le_bytes());
    bytes.extend([0; 12]);
    bytes.extend(&Wave { length: Some(u32::MAX), ..Wave::pcm(2, 44100, 16) }.bytes(&stereo_saw(100))[12..]);
    let wav = file(".wav", &bytes);
    assert_eq!(decode_all(wav.path(), None).unwrap().0, saw_mix(50, 2));
}

#[test]
fn headers_without_sense_are_refused() {
    let good = Wave::pcm(2, 44100, 16);
    let cases = [
        ("no channels", Wave { channels: 0, ..good.clone() }.bytes(&[0; 8]), "no channels"),
        ("no bits", Wave { bits: 0, ..good.clone() }.bytes(&[0; 8]), "no bits"),
        ("rate 0", Wave { rate: 0, ..good.clone() }.bytes(&[0; 8]), "0 Hz"),
        ("rate 4 GHz", Wave { rate: 4_000_000_000, ..good.clone() }.bytes(&[0; 8]), "4000000000 Hz"),
        ("no sound", good.bytes(&[]), "no sound"),
        ("less than a frame", good.bytes(&[1, 2, 3]), "no sound"),
        ("cut in the header", good.bytes(&[])[..30].to_vec(), "ends before its samples"),
        ("no format", [&good.bytes(&[])[..12], b"data\x04\0\0\0abcd"].concat(), "ends before its samples"),
        ("only RIFF", b"RIFF\x04\0\0\0WAVE".to_vec(), "ends before its samples"),
    ];
    for (what, bytes, word) in cases {
        let wav = file(".wav", &bytes);
        match Stream::open(wav.path(), None).err() {
            Some(error @ Error::Audio { .. }) => assert!(error.to_string().contains(word), "{what}: {error}"),
            other => panic!("{what}: {other:?}"),
        }
    }
}

#[test]
fn eight_kilohertz_in_one_channel() {
    let wav = file(".wav", &Wave::pcm(1, 8000, 16).bytes(&bytes16((0..8001).map(|i| saw16(i, 0)))));
    assert_eq!(decode_all(wav.path(), None).unwrap(), (saw_mix(8001, 1), 8000));
    let (x, rate) = decode_all(wav.path(), Some(44100)).unwrap();
    assert_eq!((x.len(), rate), (44106, 44100));
}
