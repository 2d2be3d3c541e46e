//! The program, as a person or a script meets it.

mod train;

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;
use tempfile::TempDir;

fn tunevote(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_tunevote")).args(args).env("NODEVICE_SELECT", "1").output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

fn rows(output: &Output) -> Vec<Value> {
    text(&output.stdout).lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// Twelve composed songs of two genres and three artists each, a few seconds long, with a table `truth.csv` of them.
fn songs(folder: &Path) -> PathBuf {
    let songs = folder.join("songs");
    let made = tunevote(&[
        "synth",
        songs.to_str().unwrap(),
        "--songs",
        "12",
        "--seconds",
        "7",
        "--genres",
        "electro,classical",
        "--artists",
        "3",
        "--rate",
        "22050",
        "--seed",
        "3",
    ]);
    assert!(made.status.success(), "{}", text(&made.stderr));
    songs
}

#[test]
fn classify_gives_a_row_a_file_whatever_the_file_is() {
    let folder = TempDir::new().unwrap();
    let songs = songs(folder.path());
    let song = std::fs::read_dir(songs.join("electro")).unwrap().next().unwrap().unwrap().path();
    let liar = folder.path().join("liar.mp3");
    std::fs::write(&liar, "this is a letter, not a song\n".repeat(50)).unwrap();
    let empty = folder.path().join("empty.ogg");
    std::fs::write(&empty, "").unwrap();
    let short = folder.path().join("short.wav");
    let spec = wav_header(22_050);
    std::fs::write(&short, spec).unwrap();
    let missing = folder.path().join("missing.flac");
    let paths = [&song, &liar, &empty, &short, &missing].map(|path| path.to_str().unwrap().to_owned());
    let args: Vec<&str> = std::iter::once("classify").chain(paths.iter().map(String::as_str)).collect();
    let output = tunevote(&args);
    assert_eq!(output.status.code(), Some(1), "{}", text(&output.stderr));
    let rows = rows(&output);
    let status: Vec<_> = rows.iter().map(|row| row["status"].as_str().unwrap().to_owned()).collect();
    assert_eq!(rows.iter().map(|row| row["path"].as_str().unwrap()).collect::<Vec<_>>(), paths);
    assert!(status[0] == "classified" || status[0] == "unclassified");
    assert_eq!(status[1..], ["error", "error", "unclassified", "error"]);
    let keys = |value: &Value| value.as_object().unwrap().keys().cloned().collect::<std::collections::BTreeSet<_>>();
    let wanted = [
        "path",
        "status",
        "genre",
        "reason",
        "share",
        "margin",
        "probabilities",
        "votes",
        "slices",
        "seconds",
        "model",
        "error",
    ];
    for row in &rows {
        assert_eq!(keys(row), wanted.map(str::to_owned).into());
        assert_eq!(row["status"] == "error", row["error"].is_string());
    }
    for (row, path) in rows.iter().zip(&paths).filter(|(row, _)| row["status"] == "error") {
        assert!(row["error"].as_str().unwrap().contains(path.as_str()), "the error should name the file: {row}");
    }
    assert!(rows[3]["reason"].as_str().unwrap().contains("shorter than one slice"), "{}", rows[3]);
    assert_eq!(
        rows[0]["slices"]["total"].as_u64().unwrap(),
        rows[0]["slices"]["probabilities"].as_array().unwrap().len() as u64
    );
}

/// One second of silence, 16 bits, mono.
fn wav_header(rate: u32) -> Vec<u8> {
    let data = vec![0_u8; 2 * rate as usize];
    let mut bytes = b"RIFF".to_vec();
    bytes.extend((36 + data.len() as u32).to_le_bytes());
    bytes.extend(b"WAVEfmt ");
    bytes.extend(16_u32.to_le_bytes());
    bytes.extend([1, 0, 1, 0]);
    bytes.extend(rate.to_le_bytes());
    bytes.extend((2 * rate).to_le_bytes());
    bytes.extend([2, 0, 16, 0]);
    bytes.extend(b"data");
    bytes.extend((data.len() as u32).to_le_bytes());
    bytes.extend(data);
    bytes
}

#[test]
fn saved_results_vote_again_and_are_gone_on_with() {
    let folder = TempDir::new().unwrap();
    let songs = songs(folder.path());
    let saved = folder.path().join("results.jsonl");
    let saved = saved.to_str().unwrap();
    let first = tunevote(&["classify", songs.join("electro").to_str().unwrap(), "--json", "--resume", saved]);
    assert_eq!(first.status.code(), Some(0), "{}", text(&first.stderr));
    assert_eq!(text(&first.stdout), std::fs::read_to_string(saved).unwrap());
    let again = tunevote(&["classify", songs.to_str().unwrap(), "--json", "--resume", saved]);
    assert_eq!(rows(&again).len(), 12 - rows(&first).len(), "songs that are done should be left out");
    let easy = tunevote(&[
        "vote",
        saved,
        "--min-confidence",
        "0",
        "--min-share",
        "0",
        "--min-kept",
        "0",
        "--min-kept-fraction",
        "0",
        "--json",
    ]);
    let votes = rows(&easy);
    assert_eq!(votes.len(), 12);
    let decided = votes
        .iter()
        .filter(|row| row["status"] == "classified" || row["reason"].as_str().unwrap().contains("tie"))
        .count();
    assert_eq!(decided, 12, "with no threshold at all, only a tie is undecided");
    let hard = tunevote(&["vote", saved, "--min-confidence", "1", "--json"]);
    assert!(rows(&hard).iter().all(|row| row["status"] == "unclassified"));
}

#[test]
fn wrong_use_is_told_and_gives_two() {
    let folder = TempDir::new().unwrap();
    let nothing = folder.path().to_str().unwrap();
    let cases: &[(&[&str], &str)] = &[
        (&["classify"], "PATH"),
        (&["classify", nothing], "no songs"),
        (&["classify", "x.mp3", "--min-share", "70"], "did you mean 0.7"),
        (&["classify", "x.mp3", "--adapter", "no such adapter"], "no adapter"),
        (&["classify", "x.mp3", "--model", "no/such/file.safetensors"], "no/such/file.safetensors"),
        (&["train", nothing, "--out", "x.safetensors"], "no songs"),
        (&["train", nothing, "--out", "no/such/folder/x.safetensors"], "folder does not exist"),
        (&["vote", "no/such.jsonl"], "no/such.jsonl"),
        (&["nonsense"], "nonsense"),
    ];
    for (args, says) in cases {
        let output = tunevote(args);
        assert_eq!(output.status.code(), Some(2), "{args:?}");
        assert!(text(&output.stderr).contains(says), "{args:?}: {}", text(&output.stderr));
        assert!(output.stdout.is_empty(), "{args:?}");
    }
}

#[test]
fn every_command_shows_an_example_and_the_pages_come_from_one_table() {
    let help = text(&tunevote(&["--help"]).stdout);
    for command in ["classify", "train", "evaluate", "vote", "spectrogram", "synth", "completions", "man"] {
        assert!(help.contains(command));
        let page = text(&tunevote(&[command, "--help"]).stdout);
        assert!(page.contains("Example") && page.contains(&format!("tunevote {command}")), "{command}");
        assert!(text(&tunevote(&["man", command]).stdout).contains(".TH"), "{command}");
    }
    assert!(text(&tunevote(&["completions", "bash"]).stdout).contains("--min-share"));
}

#[test]
fn spectrogram_is_a_picture_of_the_song() {
    let folder = TempDir::new().unwrap();
    let songs = songs(folder.path());
    let song = std::fs::read_dir(songs.join("classical")).unwrap().next().unwrap().unwrap().path();
    for (profile, height) in [("mel", 128), ("sox", 129)] {
        let picture = folder.path().join(format!("{profile}.png"));
        let output = tunevote(&[
            "spectrogram",
            song.to_str().unwrap(),
            "-o",
            picture.to_str().unwrap(),
            "--profile",
            profile,
            "--json",
        ]);
        assert!(output.status.success(), "{}", text(&output.stderr));
        let facts = &rows(&output)[0];
        let decoder = png::Decoder::new(std::io::BufReader::new(std::fs::File::open(&picture).unwrap()));
        let reader = decoder.read_info().unwrap();
        assert_eq!(reader.info().height, height);
        assert_eq!(u64::from(reader.info().width), facts["width"].as_u64().unwrap());
        assert!((250..500).contains(&reader.info().width), "50 columns a second");
    }
}

#[test]
fn evaluate_writes_a_page_and_numbers() {
    let folder = TempDir::new().unwrap();
    let songs = songs(folder.path());
    std::fs::rename(songs.join("electro"), songs.join("electronic")).unwrap();
    let page = folder.path().join("report.html");
    let cache = folder.path().join("cache");
    let output = tunevote(&[
        "evaluate",
        songs.to_str().unwrap(),
        "--json",
        "--report",
        page.to_str().unwrap(),
        "--cache",
        cache.to_str().unwrap(),
    ]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    let evaluation = &rows(&output)[0];
    assert_eq!(evaluation["songs"].as_u64(), Some(12));
    assert!(std::fs::read_to_string(page).unwrap().contains("<svg"));
}
