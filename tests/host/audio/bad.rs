//! Files that are damaged, are no songs, or cannot be opened: each has one defined outcome.

use super::signal::{Wave, file, fixture};
use tunevote::Error;
use tunevote::audio::{Stream, decode_all};

/// Opens and reads to the end: samples, skipped packets, truncated.
fn play(path: &std::path::Path) -> tunevote::Result<(Vec<f32>, u64, bool)> {
    let mut song = Stream::open(path, None)?;
    let mut x = Vec::new();
    while song.read(&mut x, 4096)? > 0 {}
    Ok((x, song.skipped_packets(), song.truncated()))
}

fn refused(bytes: &[u8], word: &str) {
    let wrong = file(".mp3", bytes);
    match Stream::open(wrong.path(), None).err() {
        Some(error @ Error::Audio { .. }) => {
            let text = error.to_string();
            let name = wrong.path().file_name().unwrap().to_str().unwrap();
            assert!(text.contains(word) && text.contains(name), "{word}: {text}");
        }
        other => panic!("{word}: {other:?}"),
    }
}

#[test]
fn what_is_not_audio_is_said_to_be_so() {
    refused(b"", "0 bytes");
    refused("Dear diary,\nmy song is called \u{fc}ber OggS and RIFF.\n".as_bytes(), "a text file");
    refused(&"\u{e9}".repeat(3000).as_bytes()[..4097], "a text file");
    refused(b"<html><body>404 ID3 fLaC</body></html>", "a text file");
    refused(&[b"\xff\xfe".as_slice(), &b"a\0b\0c\0\n\0".repeat(20)].concat(), "a text file");
    refused(b"\xff\xd8\xff\xe0\0\x10JFIF", "a jpeg picture");
    refused(b"PK\x03\x04\x14\0\0\0", "a zip archive");
    refused(&[0; 5000], "no audio was found");
    refused(&[7], "no audio was found");
}

#[test]
fn paths_that_are_no_files() {
    let missing = fixture("no such song.mp3");
    match Stream::open(&missing, None).err() {
        Some(Error::Io { path, source }) => {
            assert_eq!((path, source.kind()), (missing, std::io::ErrorKind::NotFound));
        }
        other => panic!("{other:?}"),
    }
    let folder = tempfile::tempdir().unwrap();
    let error = Stream::open(folder.path(), None).err().unwrap();
    assert!(matches!(error, Error::Audio { .. }) && error.to_string().contains("folder"), "{error}");
}

#[cfg(unix)]
#[test]
fn sockets_and_unreadable_files() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let socket = folder.path().join("socket.mp3");
    let _listener = std::os::unix::net::UnixListener::bind(&socket).unwrap();
    let error = Stream::open(&socket, None).err().unwrap();
    assert!(matches!(error, Error::Audio { .. }) && error.to_string().contains("not a regular file"), "{error}");

    let locked = folder.path().join("locked.mp3");
    std::fs::copy(fixture("tone.mp3"), &locked).unwrap();
    std::fs::set_permissions(&locked, std::fs::Permissions::from_mode(0o0)).unwrap();
    // Nothing is locked for root, who then gets the song.
    match (std::fs::File::open(&locked), play(&locked)) {
        (Err(_), Err(Error::Io { path, source })) => {
            assert_eq!((path, source.kind()), (locked, std::io::ErrorKind::PermissionDenied));
        }
        (Ok(_), Ok((x, ..))) => assert_eq!(x.len(), 22050),
        (opened, played) => panic!("{opened:?}, but {:?}", played.map(|(x, ..)| x.len())),
    }
}

/// A download that broke off, one that was filled up with zeros, and one that ends in noise.
#[test]
fn a_damaged_mp3_plays_up_to_the_damage() {
    let whole = decode_all(&fixture("tone.mp3"), None).unwrap().0;
    let bytes = std::fs::read(fixture("tone.mp3")).unwrap();
    let cut = bytes.len() * 6 / 10;
    let noise: Vec<u8> = (0..6000u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
    for (what, tail) in [("cut", vec![]), ("zeros", vec![0; 6000]), ("noise", noise)] {
        let damaged = file(".mp3", &[&bytes[..cut], &tail].concat());
        let (x, _, truncated) = play(damaged.path()).unwrap();
        assert!(truncated || what != "cut", "the encoder counted more than is there");
        // The last whole frame may lack bits that stood in the next one.
        let sure = whole.len() * 55 / 100;
        assert!(x.len() >= sure && x.len() <= whole.len(), "{what}: {} of {}", x.len(), whole.len());
        assert!(x[..sure] == whole[..sure], "{what}");
    }
}

#[test]
fn other_formats_play_up_to_the_cut() {
    for name in ["saw16.flac", "tone.ogg", "saw16.aiff", "tone.aac", "saw16.mka", "tone-ima-adpcm.wav", "tone.mp2"] {
        let whole = decode_all(&fixture(name), None).unwrap().0;
        let bytes = std::fs::read(fixture(name)).unwrap();
        let damaged = file(".song", &bytes[..bytes.len() * 9 / 10]);
        match play(damaged.path()) {
            Ok((x, ..)) => {
                assert!(!x.is_empty() && x.len() < whole.len(), "{name}: {} of {}", x.len(), whole.len());
                assert!(x[..] == whole[..x.len()], "{name}");
            }
            // The saw fits into one block of these, and the cut is in it.
            Err(error) => assert!(["saw16.flac", "saw16.mka"].contains(&name), "{name}: {error}"),
        }
    }
}

/// An m4a whose index stood at its end is lost without it.
#[test]
fn an_m4a_without_its_index_is_an_error() {
    let bytes = std::fs::read(fixture("tone.m4a")).unwrap();
    let damaged = file(".m4a", &bytes[..bytes.len() * 9 / 10]);
    let error = play(damaged.path()).err().unwrap();
    assert!(matches!(error, Error::Audio { .. }), "{error}");
}

/// Beginning and end stay as they were; what lies between is lost or wrong.
#[test]
fn damage_in_the_middle_is_skipped() {
    // Where the damage begins, in percent of the file, and its bytes. Half of the ogg is its headers.
    for (name, at, count) in [
        ("frames-44k.mp3", 50, 700),
        ("tone.ogg", 80, 100),
        ("tone.m4a", 50, 700),
        ("tone.aac", 50, 700),
        ("tone.mp2", 50, 700),
    ] {
        let codec_is_aac = Stream::open(&fixture(name), None).unwrap().info().codec == "aac";
        let whole = decode_all(&fixture(name), None).unwrap().0;
        let mut bytes = std::fs::read(fixture(name)).unwrap();
        let at = bytes.len() * at / 100;
        bytes[at..at + count].iter_mut().for_each(|byte| *byte = !*byte);
        let damaged = file(".song", &bytes);
        let (x, skipped, _) = play(damaged.path()).unwrap();
        let quarter = whole.len() / 4;
        assert!(skipped < 5, "{name}: {skipped} skipped");
        assert!(
            x.len() > 2 * quarter && x.len() <= whole.len() && x != whole,
            "{name}: {} of {}",
            x.len(),
            whole.len()
        );
        assert!(x[..quarter] == whole[..quarter], "{name}: the beginning");
        let off = x[x.len() - quarter..].iter().zip(&whole[whole.len() - quarter..]).map(|(a, b)| (a - b).abs());
        let off = off.fold(0f32, f32::max);
        // An aac decoder makes up noise, whose random numbers depend on what came before.
        assert!(off <= if codec_is_aac { 0.02 } else { 0.0 }, "{name}: the end is off by {off}");
    }
}

/// The reader of ogg files looks at the last page for the length, and refuses the file if that is damaged.
#[test]
fn damage_at_the_end_of_an_ogg_costs_only_the_end() {
    let whole = decode_all(&fixture("tone.ogg"), None).unwrap().0;
    let mut bytes = std::fs::read(fixture("tone.ogg")).unwrap();
    let end = bytes.len() - 20;
    bytes[end] ^= 1;
    let (x, ..) = play(file(".ogg", &bytes).path()).unwrap();
    assert!(x.len() > whole.len() / 2 && x[..] == whole[..x.len()], "{} of {}", x.len(), whole.len());
}

/// Packets whose place is known but whose contents make no sense are counted: here four of an m4a's 23.
#[test]
fn skipped_packets_are_counted() {
    let whole = decode_all(&fixture("tone.m4a"), None).unwrap().0;
    let mut bytes = std::fs::read(fixture("tone.m4a")).unwrap();
    let start = bytes.windows(4).position(|four| four == b"mdat").unwrap() + 4;
    let sizes = bytes.windows(4).position(|four| four == b"stsz").unwrap() + 16;
    let sizes: Vec<usize> =
        (0..23).map(|i| u32::from_be_bytes(bytes[sizes + 4 * i..][..4].try_into().unwrap()) as usize).collect();
    for damaged in 10..14 {
        let at = start + sizes[..damaged].iter().sum::<usize>();
        bytes[at..at + sizes[damaged]].fill(0xa0);
    }
    let damaged = file(".m4a", &bytes);
    let (x, skipped, truncated) = play(damaged.path()).unwrap();
    assert_eq!((x.len(), skipped, truncated), (whole.len() - 4 * 1024, 4, false));
}

/// Replaces the contents of the atom at the end of `path` in an mp4 and corrects the sizes around it.
fn replace_atom(bytes: &mut Vec<u8>, path: &[&[u8]], contents: &[u8]) {
    let size = |bytes: &[u8], at: usize| u32::from_be_bytes(bytes[at..at + 4].try_into().unwrap()) as usize;
    let (mut starts, mut at) = (Vec::new(), 0);
    for name in path {
        while &bytes[at + 4..at + 8] != *name {
            at += size(bytes, at);
        }
        starts.push(at);
        at += 8;
    }
    let old = size(bytes, at - 8) - 8;
    bytes.splice(at..at + old, contents.iter().copied());
    for start in starts {
        let new = (size(bytes, start) + contents.len() - old) as u32;
        bytes[start..start + 4].copy_from_slice(&new.to_be_bytes());
    }
}

/// Packets without end and without sound: reading gives up after 65,536 of them.
#[test]
fn endless_nothing_ends() {
    let count = 70_000u32;
    let mut bytes = std::fs::read(fixture("tone.m4a")).unwrap();
    let table: [&[u8]; 5] = [b"moov", b"trak", b"mdia", b"minf", b"stbl"];
    let words = |words: &[u32]| words.iter().flat_map(|word| word.to_be_bytes()).collect::<Vec<u8>>();
    // All in one run, in one chunk, one byte each, which is the beginning of something that the decoder does not know.
    let contents: [(&[u8], Vec<u8>); 3] = [
        (b"stts", words(&[0, 1, count, 1024])),
        (b"stsc", words(&[0, 1, 1, count, 1])),
        (b"stsz", words(&[0, 1, count])),
    ];
    replace_atom(&mut bytes, &[b"mdat"], &vec![0xa0; count as usize]);
    for (name, contents) in &contents {
        replace_atom(&mut bytes, &[&table[..], &[name]].concat(), contents);
    }
    let endless = file(".m4a", &bytes);
    let error = play(endless.path()).map(|(x, ..)| x.len()).unwrap_err();
    assert!(error.to_string().contains("none of its 65536 packets could be decoded"), "{error}");
}

#[test]
fn silence_is_a_song() {
    let wav = file(".wav", &Wave::pcm(2, 44100, 16).bytes(&vec![0; 44100 * 4]));
    let (x, rate) = decode_all(wav.path(), Some(22050)).unwrap();
    assert_eq!((x.len(), rate), (22050, 22050));
    assert!(x.iter().all(|&x| x == 0.0));
}

#[test]
fn wanted_rates_have_limits() {
    for rate in [0, 999, 768_001, u32::MAX] {
        let error = Stream::open(&fixture("tone.mp3"), Some(rate)).err().unwrap();
        assert!(matches!(error, Error::Argument { .. }), "{rate}: {error}");
    }
}
