//! FMA and GTZAN as they come, and lists that say the sides of their songs.

use std::path::Path;

use tempfile::TempDir;
use tunevote::Error;
use tunevote::data::{Dataset, Fractions, Side, Split, genres_in, has_lists};

const USUAL: Fractions = Fractions { validation: 0.15, test: 0.15 };

/// A folder with these files.
pub fn folder(files: &[(&str, &str)]) -> TempDir {
    let root = tempfile::tempdir().unwrap();
    for (file, text) in files {
        let path = root.path().join(file);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    root
}

/// (path below the root, label, artist, side)
fn told(dataset: &Dataset, root: &Path) -> Vec<(String, String, Option<String>, Option<&'static str>)> {
    let one = |song: &tunevote::data::Song| {
        let path = song.path.strip_prefix(root).unwrap().to_str().unwrap().to_owned();
        (path, dataset.labels[song.label].clone(), song.artist.clone(), song.side.map(Side::name))
    };
    dataset.songs.iter().map(one).collect()
}

/// FMA's heading of three rows, with a few of its columns.
const HEADING: &str = ",album,artist,artist,set,set,track,track,track\n,title,id,name,split,subset,genre_top,license,title\ntrack_id,,,,,,,,\n";
const ROWS: &str = "2,\"A, or\nB\",1,AWOL,training,small,Hip-Hop,CC BY-NC,Food\n\
                    1005,X,2,,validation,small,Folk,CC0,Wood\n\
                    10,X,3,Bo,test,small,Folk,,Sea\n\
                    20,X,3,Bo,training,large,,CC0,Lost genre\n\
                    30,X,4,Cy,training,small,Rock,CC0,Not there\n\
                    40,X,4,Cy,training,large,Rock,CC0,Not of the small set\n";

fn fma(more: &[(&str, &str)]) -> TempDir {
    let table = format!("{HEADING}{ROWS}");
    let songs = ["000/000002.mp3", "001/001005.mp3", "000/000010.mp3", "000/000020.mp3"]
        .map(|name| format!("fma_small/{name}"));
    let songs: Vec<_> = songs.iter().map(|name| (name.as_str(), "")).collect();
    folder(&[&[("fma_metadata/tracks.csv", table.as_str())], songs.as_slice(), more].concat())
}

#[test]
fn fma_has_its_official_sides() {
    let root = fma(&[("fma_small/README.txt", ""), ("fma_small/000/000077.mp3", "")]);
    let all = Dataset::from_fma(root.path()).unwrap().unwrap();
    let said = |path: &str, label: &str, artist: &str, side| {
        (format!("fma_small/{path}"), label.to_owned(), Some(artist.to_owned()), Some(side))
    };
    let expected = [
        said("000/000002.mp3", "Hip-Hop", "AWOL", "training"),
        said("000/000010.mp3", "Folk", "Bo", "test"),
        said("001/001005.mp3", "Folk", "artist 2", "validation"),
    ];
    assert_eq!(told(&all, root.path()), expected);
    let song = &all.songs[0];
    assert_eq!((song.title.as_deref(), song.licence.as_deref()), (Some("Food"), Some("CC BY-NC")));
    assert_eq!(all.songs[1].licence, None);
    // Four tracks of the small set are in the table, one has no file; one file has no top genre.
    assert_eq!(all.warnings.len(), 2, "{:?}", all.warnings);
    assert!(
        all.warnings[0].starts_with("1 of the 4 tracks of FMA's small set are not there, such as "),
        "{:?}",
        all.warnings
    );
    assert!(all.warnings[0].ends_with("000/000030.mp3") && all.warnings[1].starts_with("1 tracks have no top genre"));
    let split = Split::of(&all, USUAL, 7).unwrap();
    assert_eq!((split.train, split.validation, split.test), (vec![0], vec![2], vec![1]));
    // The folder of the audio alone finds the table beside it.
    let inside = Dataset::from_fma(&root.path().join("fma_small")).unwrap().unwrap();
    assert_eq!(inside.songs, all.songs);
}

#[test]
fn fma_may_have_one_heading() {
    let table = "track_id,set_split,track_genre_top,artist_name\n2,training,Rock,A\n3,test,Jazz,B\n";
    let root = folder(&[("track_metadata.csv", table), ("000/000002.mp3", ""), ("000/000003.mp3", "")]);
    let all = Dataset::from_fma(root.path()).unwrap().unwrap();
    let sides: Vec<_> = all.songs.iter().map(|song| song.side).collect();
    assert_eq!((all.labels.join(" "), sides), ("Jazz Rock".into(), vec![Some(Side::Training), Some(Side::Test)]));
    assert!(all.warnings.is_empty(), "{:?}", all.warnings);
}

#[test]
fn what_is_not_fma_is_left_to_others_and_what_is_broken_is_named() {
    let none = |files: &[(&str, &str)]| Dataset::from_fma(folder(files).path()).unwrap().is_none();
    assert!(none(&[("rock/a.wav", ""), ("jazz/b.wav", "")]));
    assert!(none(&[("tracks.csv", "path,genre,artist\na.wav,rock,A\n"), ("rock/a.wav", "")]));
    let wrong = |files: &[(&str, &str)], at: &str| {
        let root = folder(files);
        Dataset::from_fma(&root.path().join(at)).unwrap_err()
    };
    let error = wrong(&[("fma_metadata/tracks.csv", "a,b\nc,d\n")], "");
    assert!(matches!(&error, Error::Table { line: 1, problem, .. } if problem.contains("genre_top")), "{error}");
    let table = format!("{HEADING}{ROWS}");
    let error = wrong(&[("fma_metadata/tracks.csv", &table)], "");
    assert!(matches!(&error, Error::Training(text) if text.contains("no audio")), "{error}");
    let both = [
        ("fma_metadata/tracks.csv", table.as_str()),
        ("fma_small/000/000002.mp3", ""),
        ("fma_medium/000/000002.mp3", ""),
    ];
    let error = wrong(&both, "");
    assert!(matches!(&error, Error::Training(text) if text.contains("several sets")), "{error}");
    assert!(Dataset::from_fma(&folder(&both).path().join("fma_medium")).unwrap().is_some());
    let split = table.replace("validation", "dev");
    let error = wrong(&[("fma_metadata/tracks.csv", &split), ("001/001005.mp3", "")], "");
    assert!(matches!(&error, Error::Table { problem, .. } if problem.contains("\"dev\"")), "{error}");
    let number = table.replace("\n10,", "\nten,");
    let error = wrong(&[("fma_metadata/tracks.csv", &number), ("001/001005.mp3", "")], "");
    assert!(matches!(&error, Error::Table { problem, .. } if problem.contains("\"ten\"")), "{error}");
    let error = wrong(&[("fma_metadata/tracks.csv", &table), ("007/007000.mp3", "")], "");
    assert!(matches!(&error, Error::Training(text) if text.contains("none of its tracks")), "{error}");
}

fn is_song(path: &Path) -> bool {
    path.extension().is_some_and(|ending| ending == "wav" || ending == "au")
}

#[test]
fn gtzan_is_found_inside_its_folder_and_divided_by_its_lists() {
    let songs = ["blues/blues.00000.wav", "blues/blues.00001.wav", "rock/rock.00000.wav", "rock/rock.00001.wav"];
    let mut files: Vec<_> = songs.iter().map(|name| format!("genres_original/{name}")).collect();
    files.extend(["images_original/blues/blues00000.png".into(), "features_30_sec.csv".into()]);
    let mut files: Vec<_> = files.iter().map(|name| (name.as_str(), "x")).collect();
    files.extend([
        ("train_filtered.txt", "blues/blues.00000.wav\n\nrock\\rock.00001.au\r\n"),
        ("valid_filtered.txt", "rock/rock.00000.wav\n"),
        ("test_filtered.txt", "rock/rock.00077.wav\n"),
    ]);
    let root = folder(&files);
    let genres = genres_in(root.path());
    assert!(genres.ends_with("genres_original") && has_lists(root.path()) && !has_lists(&genres));
    let all = Dataset::from_folder(&genres, &is_song, None).unwrap().listed(&genres, root.path()).unwrap();
    let sides: Vec<_> = told(&all, &genres).into_iter().map(|(path, .., side)| (path, side.unwrap())).collect();
    let expected = [(songs[0], "training"), (songs[2], "validation"), (songs[3], "training")];
    assert_eq!(sides, expected.map(|(path, side)| (path.to_owned(), side)));
    assert!(all.warnings[0].starts_with("1 of 4 songs are in none of the lists"), "{:?}", all.warnings);
    assert_eq!(all.warnings[1], "1 of 4 listed songs are not there, such as rock/rock.00077");

    // A folder of genres that happens to be called so is a label.
    let plain = folder(&[("genres/a.wav", ""), ("rock/b.wav", "")]);
    assert_eq!(genres_in(plain.path()), plain.path());
    let read = |text: &str| {
        std::fs::write(root.path().join("test_filtered.txt"), text).unwrap();
        Dataset::from_folder(&genres, &is_song, None).unwrap().listed(&genres, root.path()).unwrap_err()
    };
    let twice = read("rock/rock.00077.wav\nblues/blues.00000.wav\n");
    let says = |problem: &str| problem.contains("blues.00000.wav is listed for training too");
    assert!(matches!(&twice, Error::Table { line: 2, problem, .. } if says(problem)), "{twice}");
    std::fs::write(root.path().join("valid_filtered.txt"), "").unwrap();
    std::fs::write(root.path().join("train_filtered.txt"), "").unwrap();
    let none = read("genres_original/rock/rock.00000.wav\n");
    assert!(matches!(&none, Error::Training(text) if text.contains("none of the songs")), "{none}");
    std::fs::remove_file(root.path().join("valid_filtered.txt")).unwrap();
    let gone = read("");
    assert!(matches!(&gone, Error::Io { path, .. } if path.ends_with("valid_filtered.txt")), "{gone}");
}

fn table(text: &str) -> (TempDir, tunevote::Result<Dataset>) {
    let root = folder(&[("a.wav", ""), ("b.wav", ""), ("c.wav", ""), ("list.csv", text)]);
    let read = Dataset::from_table(&root.path().join("list.csv"));
    (root, read)
}

#[test]
fn a_list_may_say_the_sides() {
    let (_root, all) =
        table("path,genre,artist,split\na.wav,rock,Ada,training\nb.wav,jazz,Bo,Test\nc.wav,jazz,ADA ,validation\n");
    let all = all.unwrap();
    let split = Split::given(&all).unwrap().unwrap();
    assert_eq!((&split.train, &split.validation, &split.test), (&vec![0], &vec![2], &vec![1]));
    // Ada is on two sides, and what each side lacks is said.
    assert!(
        split.warnings[0].starts_with(
            "1 of 2 artists are on several sides of the given split, such as Ada (training and validation)"
        )
    );
    let rest = [
        "jazz has no songs for training: the list gives it none there",
        "rock has no songs for validation and test: the list gives it none there",
    ];
    assert_eq!(split.warnings[1..], rest);
    // Another seed and other shares divide nothing.
    assert_eq!(Split::of(&all, Fractions { validation: 0.0, test: 0.5 }, 3).unwrap(), split);

    // Without the column, or with an empty one, songs are divided by artist.
    let (_root, all) = table("path,genre,artist,split\na.wav,rock,Ada,\nb.wav,jazz,Bo,\nc.wav,jazz,Cy,\n");
    let all = all.unwrap();
    assert!(!all.has_sides() && Split::given(&all).unwrap().is_none());
    assert_eq!(Split::of(&all, USUAL, 3).unwrap(), Split::by_artist(&all, USUAL, 3).unwrap());
}

#[test]
fn a_list_with_half_of_the_sides_is_refused() {
    let (_root, all) = table("path,genre,artist,split\na.wav,rock,Ada,\nb.wav,jazz,Bo,test\nc.wav,jazz,Cy,\n");
    let error = all.unwrap_err();
    let says = |problem: &str| problem.contains("the split is empty, and line 3 has one");
    assert!(matches!(&error, Error::Table { line: 2, problem, .. } if says(problem)), "{error}");
    let (_root, all) = table("path,genre,artist,split\na.wav,rock,Ada,train\n");
    let error = all.unwrap_err();
    let says = |problem: &str| problem.contains("\"train\", and should be one of training, validation, test");
    assert!(matches!(&error, Error::Table { line: 2, problem, .. } if says(problem)), "{error}");
    let (_root, all) = table("path,genre,artist,split\na.wav,rock,Ada,test\nb.wav,jazz,Bo,test\n");
    let error = Split::given(&all.unwrap()).unwrap_err();
    assert!(matches!(&error, Error::Training(text) if text.contains("no songs for training")), "{error}");
    // Put together by hand.
    let (_root, all) = table("path,genre,artist,split\na.wav,rock,Ada,training\nb.wav,jazz,Bo,test\n");
    let mut all = all.unwrap();
    all.songs[1].side = None;
    let error = Split::of(&all, USUAL, 0).unwrap_err();
    assert!(matches!(&error, Error::Training(text) if text.contains("b.wav is on no side")), "{error}");
}
