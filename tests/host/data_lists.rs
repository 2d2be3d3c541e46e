//! Songs from folders and tables.

use std::cell::RefCell;
use std::path::{Path, PathBuf};

use tempfile::TempDir;
use tunevote::Error;
use tunevote::data::{Dataset, SliceRef, Song};
use tunevote::weights::Work;

fn is_song(path: &Path) -> bool {
    path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("wav"))
}

fn folder(files: &[&str]) -> TempDir {
    let root = tempfile::tempdir().unwrap();
    for file in files {
        let path = root.path().join(file);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, file).unwrap();
    }
    root
}

fn names(dataset: &Dataset, root: &Path) -> Vec<(String, String)> {
    let name = |song: &Song| song.path.strip_prefix(root).unwrap().to_str().unwrap().to_owned();
    dataset.songs.iter().map(|song| (name(song), dataset.labels[song.label].clone())).collect()
}

fn pairs(expected: &[(&str, &str)]) -> Vec<(String, String)> {
    expected.iter().map(|(a, b)| (a.to_string(), b.to_string())).collect()
}

#[test]
fn folders_are_labels_at_any_depth() {
    let root = folder(&[
        "rock/z.wav",
        "rock/a/deep/er/b.WAV",
        "rock/cover.jpg",
        "jazz/c.wav",
        "jazz/.hidden.wav",
        "jazz/.git/d.wav",
        ".trash/e.wav",
        "loose.wav",
        "notes/readme.txt",
    ]);
    let dataset = Dataset::from_folder(root.path(), &is_song, None).unwrap();
    assert_eq!(dataset.labels, ["jazz", "rock"]);
    let expected = pairs(&[("jazz/c.wav", "jazz"), ("rock/a/deep/er/b.WAV", "rock"), ("rock/z.wav", "rock")]);
    assert_eq!(names(&dataset, root.path()), expected);
    assert!(dataset.songs.iter().all(|song| song.artist.is_none()));
    assert_eq!(dataset.warnings.len(), 2, "{:?}", dataset.warnings);
    assert!(dataset.warnings[0].contains("notes holds no songs"), "{:?}", dataset.warnings);
    assert!(dataset.warnings[1].starts_with("1 songs lie in "), "{:?}", dataset.warnings);
    assert_eq!(dataset.counts(), [1, 2]);
}

#[test]
fn artists_are_read_where_asked() {
    let root = folder(&["rock/a.wav", "rock/b.wav", "rock/c.wav"]);
    let asked = RefCell::new(Vec::new());
    let artist = |path: &Path| {
        asked.borrow_mut().push(path.to_path_buf());
        match path.file_stem().unwrap().to_str().unwrap() {
            "a" => Ok(Some("Ada".to_owned())),
            "b" => Ok(Some("  ".to_owned())),
            _ => Err(Error::Audio { path: path.to_path_buf(), problem: "torn tags".into() }),
        }
    };
    let dataset = Dataset::from_folder(root.path(), &is_song, Some(&artist)).unwrap();
    let artists: Vec<_> = dataset.songs.iter().map(|song| song.artist.as_deref()).collect();
    assert_eq!(artists, [Some("Ada"), None, None]);
    assert_eq!(asked.borrow().len(), 3);
    assert_eq!(dataset.warnings.len(), 1);
    assert!(
        dataset.warnings[0].contains("c.wav") && dataset.warnings[0].contains("torn tags"),
        "{:?}",
        dataset.warnings
    );
}

#[cfg(unix)]
#[test]
fn links_to_folders_are_not_followed_and_one_file_is_one_song() {
    use std::os::unix::fs::symlink;
    let root = folder(&["rock/a.wav", "rock/sub/b.wav", "jazz/c.wav"]);
    let at = |name: &str| root.path().join(name);
    symlink(at("rock"), at("rock/sub/up")).unwrap();
    symlink(root.path(), at("jazz/root")).unwrap();
    symlink(at("rock/a.wav"), at("rock/again.wav")).unwrap();
    symlink(at("nowhere.wav"), at("jazz/gone.wav")).unwrap();
    symlink(at("jazz/self.wav"), at("jazz/self.wav")).unwrap();
    let dataset = Dataset::from_folder(root.path(), &is_song, None).unwrap();
    let expected = pairs(&[("jazz/c.wav", "jazz"), ("rock/a.wav", "rock"), ("rock/sub/b.wav", "rock")]);
    assert_eq!(names(&dataset, root.path()), expected);
    assert_eq!(dataset.warnings.len(), 5, "{:#?}", dataset.warnings);
    let told = |what: &str| dataset.warnings.iter().filter(|text| text.contains(what)).count();
    assert_eq!([told("is a link to a folder"), told("is left out: "), told("is the same file as")], [2, 2, 1]);

    // A label of its own is none by a link.
    symlink(at("jazz"), at("blues")).unwrap();
    assert_eq!(Dataset::from_folder(root.path(), &is_song, None).unwrap().labels, ["jazz", "rock"]);
    // A song with two labels.
    symlink(at("rock/a.wav"), at("jazz/a.wav")).unwrap();
    let error = Dataset::from_folder(root.path(), &is_song, None).unwrap_err();
    assert!(matches!(&error, Error::Training(text) if text.contains("one file with two labels")), "{error}");
}

#[test]
fn a_song_is_known_again_by_its_contents() {
    let root = folder(&["rock/a.wav"]);
    let song = |path: &Path| Song { path: path.to_path_buf(), ..Song::default() };
    let place = |name: &str| root.path().join(name);
    let bytes: Vec<u8> = (0..200_000_u32).map(|i| (u64::from(i).pow(2) / 7) as u8).collect();
    std::fs::write(place("rock/a.wav"), &bytes).unwrap();
    let print = song(&place("rock/a.wav")).fingerprint().unwrap();
    assert!(print.len() == 16 && print.bytes().all(|byte| byte.is_ascii_hexdigit()), "{print}");
    std::fs::create_dir(place("other")).unwrap();
    std::fs::rename(place("rock/a.wav"), place("other/b.mp3")).unwrap();
    assert_eq!(song(&place("other/b.mp3")).fingerprint().unwrap(), print, "moved and renamed");
    let mut changed = bytes.clone();
    changed[100_000] ^= 1;
    for other in [&changed, &bytes[..199_999], &bytes[1..], &[]] {
        std::fs::write(place("c.wav"), other).unwrap();
        assert_ne!(song(&place("c.wav")).fingerprint().unwrap(), print);
    }
    assert!(matches!(song(&place("gone.wav")).fingerprint(), Err(Error::Io { .. })));
}

#[test]
fn folders_without_songs_are_errors() {
    let gone = Dataset::from_folder(Path::new("no/such/folder"), &is_song, None).unwrap_err();
    assert!(matches!(&gone, Error::Io { path, .. } if path == Path::new("no/such/folder")), "{gone}");
    let root = folder(&["rock/readme.txt"]);
    let none = Dataset::from_folder(root.path(), &is_song, None).unwrap_err();
    assert!(
        matches!(&none, Error::Training(text) if text.contains("no songs found") && text.contains("GENRE")),
        "{none}"
    );
    let file = Dataset::from_folder(&root.path().join("rock/readme.txt"), &is_song, None).unwrap_err();
    assert!(matches!(file, Error::Io { .. }), "{file}");
}

fn table(text: impl AsRef<[u8]>) -> (TempDir, PathBuf) {
    let root = folder(&["a.wav", "b.wav", "sub/c, d.wav"]);
    let path = root.path().join("list.csv");
    std::fs::write(&path, text).unwrap();
    (root, path)
}

fn refused(text: impl AsRef<[u8]>) -> (u64, String) {
    let (_root, path) = table(text);
    match Dataset::from_table(&path).unwrap_err() {
        Error::Table { path: named, line, problem } if named == path => (line, problem),
        other => panic!("{other}"),
    }
}

#[test]
fn tables_name_songs_artists_and_works() {
    let text = "\u{feff}Title,path,genre,ARTIST,note,licence\r\n\
                \"Tea \"\"for\"\" Two\",\"sub/c, d.wav\", jazz ,  Ada ,\"two\r\nlines\",CC0\r\n\
                A,a.wav,rock,,x,\r\n\
                B,b.wav,jazz,Bo,,CC BY\r\n";
    let (root, path) = table(text);
    let dataset = Dataset::from_table(&path).unwrap();
    assert_eq!(dataset.labels, ["jazz", "rock"]);
    let song = |name: &str, label, artist: Option<&str>, title: Option<&str>, licence: Option<&str>| Song {
        path: root.path().join(name),
        label,
        artist: artist.map(str::to_owned),
        title: title.map(str::to_owned),
        licence: licence.map(str::to_owned),
        ..Song::default()
    };
    let expected = [
        song("a.wav", 1, None, Some("A"), None),
        song("b.wav", 0, Some("Bo"), Some("B"), Some("CC BY")),
        song("sub/c, d.wav", 0, Some("Ada"), Some("Tea \"for\" Two"), Some("CC0")),
    ];
    assert_eq!(dataset.songs, expected);
    assert!(dataset.warnings.is_empty(), "{:?}", dataset.warnings);
    // A card names what has both, once.
    let slices = [(2, 0), (0, 0), (2, 1), (1, 0)].map(|(song, slice)| SliceRef { song, slice });
    let named = dataset.works(&slices);
    let title = |work: &Work| [work.title.clone(), work.artist.clone(), work.licence.clone()];
    assert_eq!(named.iter().map(title).collect::<Vec<_>>(), [["B", "Bo", "CC BY"], ["Tea \"for\" Two", "Ada", "CC0"]]);
    assert!(dataset.works(&slices[1..2]).is_empty());
}

#[test]
fn a_list_is_parted_by_labels() {
    let root = folder(&["rock/a.wav", "noise/b.wav", "jazz/c.wav", "speech/d.wav", "rock/e.wav"]);
    let all = Dataset::from_folder(root.path(), &is_song, None).unwrap();
    let [known, outside] = all.parted(&["speech".into(), "noise".into(), "folk".into()]);
    assert_eq!((known.labels.join(" "), outside.labels.join(" ")), ("jazz rock".into(), "noise speech".into()));
    let expected = pairs(&[("jazz/c.wav", "jazz"), ("rock/a.wav", "rock"), ("rock/e.wav", "rock")]);
    assert_eq!(names(&known, root.path()), expected);
    assert_eq!(names(&outside, root.path()), pairs(&[("noise/b.wav", "noise"), ("speech/d.wav", "speech")]));
    let [whole, none] = all.parted(&[]);
    assert_eq!((whole.songs, none.songs.len()), (all.songs, 0));
}

#[test]
fn true_genres_are_read_where_a_table_has_them() {
    let (_root, path) = table("path,genre,artist,true_genre\na.wav,jazz,A,rock\nb.wav,rock,B,\n");
    let dataset = Dataset::from_table(&path).unwrap();
    let known: Vec<_> = dataset.songs.iter().map(|song| song.true_genre.as_deref()).collect();
    assert_eq!((known, dataset.songs[0].label), (vec![Some("rock"), None], 0));
}

#[test]
fn paths_of_a_table_are_relative_to_it() {
    let (root, path) = table("path,genre,artist\na.wav,rock,A\n");
    let absolute = root.path().join("b.wav");
    std::fs::write(&path, format!("path,genre,artist\na.wav,rock,A\n{},rock,A\n", absolute.display())).unwrap();
    let dataset = Dataset::from_table(&path).unwrap();
    assert_eq!(
        dataset.songs.iter().map(|song| song.path.clone()).collect::<Vec<_>>(),
        [root.path().join("a.wav"), absolute]
    );
}

#[test]
fn bad_lines_are_named() {
    let (line, problem) = refused("path,genre\na.wav,rock\n");
    assert!(line == 1 && problem.contains("no column artist"), "{line} {problem}");
    let (line, problem) = refused("path;genre;artist\na.wav;rock;A\n");
    assert!(
        line == 1 && problem.contains("no column path") && problem.contains("path;genre;artist"),
        "{line} {problem}"
    );
    let (line, problem) = refused("path,genre,artist,Path\na.wav,rock,A,b.wav\n");
    assert!(line == 1 && problem.contains("path is there twice"), "{line} {problem}");
    let (line, problem) = refused("path,genre,artist\na.wav,rock,A\nb.wav,rock\n");
    assert!(line == 3 && problem.contains("2 fields"), "{line} {problem}");
    let (line, problem) = refused("path,genre,artist\r\na.wav,rock,A\r\nb.wav, ,B\r\n");
    assert!(line == 3 && problem.contains("genre is empty"), "{line} {problem}");
    let (line, problem) = refused("\u{feff}path,genre,artist\n\n\na.wav,\"ro\nck\",A\n\n,rock,A\n");
    assert!(line == 7 && problem.contains("path is empty"), "{line} {problem}");
    let (line, problem) = refused("path,genre,artist\na.wav,rock,A\nb.wav,rock,A\nsub/../a.wav,jazz,A\n");
    assert!(line == 4 && problem.contains("already in line 2"), "{line} {problem}");
    let (line, problem) = refused("path,genre,artist\ngone.wav,rock,A\na.wav,rock,A\n./gone.wav,rock,A\n");
    assert!(line == 4 && problem.contains("already in line 2"), "{line} {problem}");
    let (line, problem) = refused(b"path,genre,artist\na.wav,rock,\xff\xfe\n");
    assert!(line == 2 && problem.contains("UTF-8"), "{line} {problem}");
    let (line, problem) = refused("");
    assert!(line == 1 && problem.contains("no column path"), "{line} {problem}");
}

#[test]
fn songs_that_are_not_there_are_told() {
    let (_root, path) = table("path,genre,artist\na.wav,rock,A\nlost.wav,rock,A\n");
    let dataset = Dataset::from_table(&path).unwrap();
    assert_eq!(dataset.songs.len(), 2);
    assert!(
        dataset.warnings.len() == 1 && dataset.warnings[0].starts_with("1 of 2 songs are not there"),
        "{dataset:?}"
    );
    let (_root, path) = table("path,genre,artist\nx/a.wav,rock,A\nx/b.wav,rock,A\n");
    let error = Dataset::from_table(&path).unwrap_err();
    assert!(matches!(&error, Error::Training(text) if text.contains("none of its 2 songs")), "{error}");
    let (_root, path) = table("path,genre,artist\n");
    let error = Dataset::from_table(&path).unwrap_err();
    assert!(matches!(&error, Error::Training(text) if text.contains("has no songs")), "{error}");
    let error = Dataset::from_table(Path::new("no/list.csv")).unwrap_err();
    assert!(matches!(&error, Error::Io { path, .. } if path == Path::new("no/list.csv")), "{error}");
}

#[test]
fn training_needs_two_labels_and_artists() {
    let check = |files: &[&str], artists: bool| {
        let root = folder(files);
        // The artist is the song's folder.
        let artist =
            |path: &Path| Ok(path.parent().and_then(|p| p.file_name()).map(|p| p.to_string_lossy().into_owned()));
        let dataset = Dataset::from_folder(root.path(), &is_song, if artists { Some(&artist) } else { None }).unwrap();
        dataset.check_for_training()
    };
    let error = check(&["rock/a.wav", "rock/b.wav"], false).unwrap_err().to_string();
    assert!(error.contains("all songs have the label rock"), "{error}");
    let error = check(&["rock/a.wav", "rock/b.wav", "jazz/c.wav"], false).unwrap_err().to_string();
    assert!(error.contains("jazz has 1 song"), "{error}");
    let rock = ["rock/1/a.wav", "rock/2/b.wav", "rock/3/c.wav"];
    let with = |jazz: &[&'static str]| check(&[&rock[..], jazz].concat(), true).unwrap();
    assert!(with(&["jazz/4/a.wav", "jazz/5/b.wav", "jazz/6/c.wav"]).is_empty());
    assert!(with(&["jazz/4/a.wav", "jazz/4/b.wav", "jazz/4/c.wav"])[0].contains("jazz has one artist"));
    assert!(with(&["jazz/4/a.wav", "jazz/4/b.wav", "jazz/5/c.wav"])[0].contains("jazz has 2 artists"));
    assert!(with(&["jazz/4/a.wav", "jazz/5/b.wav"])[0].contains("jazz has 2 songs"));
    let (_root, path) = table("path,genre,artist\na.wav,Hip-Hop,A\nb.wav,hip hop,B\n");
    assert!(Dataset::from_table(&path).unwrap().warnings[0].contains("two labels"));
}

#[test]
fn a_song_may_have_a_coded_file() {
    let (root, path) = table("path,genre,artist,coded\na.wav,rock,Ada,\nb.wav,jazz,,\"sub/c, d.wav\"\n");
    let dataset = Dataset::from_table(&path).unwrap();
    assert!(dataset.coded(&[0].into()).1.is_empty());
    let (coded, places) = dataset.coded(&[0, 1].into());
    assert_eq!((places, coded.songs.len()), (vec![1], 1));
    assert_eq!(coded.songs[0].path, root.path().join("sub/c, d.wav"));
    assert_eq!((coded.songs[0].label, &coded.labels), (dataset.songs[1].label, &dataset.labels));
    let (line, problem) = refused("path,genre,artist,coded\na.wav,rock,Ada,\nb.wav,jazz,,b.mp3\n");
    assert!(line == 3 && problem.contains("b.mp3 is not there"), "{line}: {problem}");
}
