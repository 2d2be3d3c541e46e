//! Tags of every kind of file.

use super::signal::{file, fixture};
use tunevote::Error;
use tunevote::audio::tags::{Tags, read};

fn tags(artist: &str, title: &str, album: Option<&str>, genre: &str) -> Tags {
    Tags {
        artist: Some(artist.into()),
        title: Some(title.into()),
        album: album.map(String::from),
        genre: Some(genre.into()),
    }
}

#[test]
fn tags_are_read_from_every_kind() {
    for name in ["tagged-tone.mp3", "tagged-saw16.flac", "tagged-tone.ogg", "tagged-tone.m4a"] {
        assert_eq!(
            read(&fixture(name)).unwrap(),
            tags("The Testers", "Tone", Some("Fixtures"), "Electronic"),
            "{name}"
        );
    }
    // ID3v1 stands at the end and has its genre as a number.
    assert_eq!(read(&fixture("tagged-id3v1.mp3")).unwrap(), tags("Old Testers", "Old", None, "Jazz"));
}

#[test]
fn content_decides_here_too() {
    let disguised = file(".wav", &std::fs::read(fixture("tagged-tone.ogg")).unwrap());
    assert_eq!(read(disguised.path()).unwrap().artist.as_deref(), Some("The Testers"));
}

#[test]
fn no_tags_are_no_error() {
    for name in ["tone.mp3", "saw16.flac", "saw16.mka", "tone-alaw.wav", "saw16.aiff"] {
        assert_eq!(read(&fixture(name)).unwrap(), Tags::default(), "{name}");
    }
    let text = file(".mp3", b"no song at all");
    assert_eq!(read(text.path()).unwrap(), Tags::default());
    let empty = file(".flac", b"");
    assert_eq!(read(empty.path()).unwrap(), Tags::default());
}

#[test]
fn files_that_cannot_be_opened_are_errors() {
    assert!(matches!(read(&fixture("no such song.mp3")), Err(Error::Io { .. })));
    let folder = tempfile::tempdir().unwrap();
    assert!(matches!(read(folder.path()), Err(Error::Audio { .. })));
    let damaged = file(".flac", b"fLaC\x04\0\0\x20\xff\xff\xff\xff");
    let error = read(damaged.path()).unwrap_err();
    assert!(matches!(error, Error::Audio { .. }) && error.to_string().contains("tags"), "{error}");
}
