//! The program, as a person or a script meets it.

mod corpora;
mod doctor;
mod grid;
mod kfold;
mod measure;
mod start;
mod taught;
mod train;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;
use tempfile::TempDir;

pub fn tunevote(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_tunevote")).args(args).env("NODEVICE_SELECT", "1").output().unwrap()
}

pub fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

pub fn rows(output: &Output) -> Vec<Value> {
    text(&output.stdout).lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// Twelve composed songs of two genres and three artists each, a few seconds long, with a table `truth.csv` of them.
pub fn songs(folder: &Path) -> PathBuf {
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
    for command in [
        "classify",
        "train",
        "kfold",
        "evaluate",
        "grid",
        "vote",
        "spectrogram",
        "synth",
        "doctor",
        "completions",
        "man",
    ] {
        assert!(help.contains(command));
        let page = text(&tunevote(&[command, "--help"]).stdout);
        assert!(page.contains("Example") && page.contains(&format!("tunevote {command}")), "{command}");
        assert!(text(&tunevote(&["man", command]).stdout).contains(".TH"), "{command}");
    }
    assert!(text(&tunevote(&["completions", "bash"]).stdout).contains("--min-share"));
}

#[test]
fn evaluate_knows_the_songs_of_the_training_again() {
    let folder = TempDir::new().unwrap();
    let songs = songs(folder.path());
    let table = songs.join("truth.csv");
    // Songs too short for a slice take no part in training, and `evaluate` leaves them unclassified.
    let mut listed = std::fs::read_to_string(&table).unwrap();
    let columns = listed.lines().next().unwrap().split(',').count();
    let electro = listed.lines().map(|line| line.split(',').collect::<Vec<_>>()).filter(|row| row[1] == "electro");
    let artists: BTreeSet<String> = electro.map(|row| row[2].to_owned()).collect();
    assert_eq!(artists.len(), 3);
    for (number, artist) in artists.iter().enumerate() {
        std::fs::write(
            songs.join(format!("electro/short {number}.wav")),
            super::cli_classify::wav(1, 22_050, 22_050, |_| 0.0),
        )
        .unwrap();
        listed += &format!("electro/short {number}.wav,electro,{artist}{}\n", ",".repeat(columns - 3));
    }
    std::fs::write(&table, listed).unwrap();
    let model = folder.path().join("m.safetensors");
    let cache = folder.path().join("cache");
    let (model, cache) = (model.to_str().unwrap(), cache.to_str().unwrap());
    let trained = tunevote(&[
        "train",
        table.to_str().unwrap(),
        "--epochs",
        "1",
        "--batch",
        "4",
        "--val",
        "0.3",
        "--test",
        "0.3",
        "--json",
        "--cache",
        cache,
        "--out",
        model,
    ]);
    assert_eq!(trained.status.code(), Some(0), "{}", text(&trained.stderr));
    let trained = rows(&trained).pop().unwrap();
    let card = &trained["card"];
    let count = |what: &str| card["training"][what].as_array().unwrap().len();
    let (heard, tuned_on) = (count("heard"), count("tuned_on"));
    assert_eq!(heard as u64, card["training"]["songs"].as_u64().unwrap());
    let sides: Vec<u64> =
        card["accuracy"].as_array().unwrap().iter().map(|side| side["songs"].as_u64().unwrap()).collect();
    assert_eq!(heard as u64 + sides[0] + sides[1], 12, "{card}");
    assert_eq!(tuned_on as u64, sides[0]);
    let test = &card["accuracy"][1];
    assert!(test["artists"].as_u64().unwrap() > 0 && test["kept"].is_number(), "{test}");
    assert!(test["intervals"]["wrong"][1].as_f64().unwrap() > 0.0, "{test}");

    // Moved, renamed, and one more that cannot be read.
    let moved = folder.path().join("moved");
    std::fs::rename(&songs, &moved).unwrap();
    std::fs::remove_file(moved.join("truth.csv")).unwrap();
    let song = std::fs::read_dir(moved.join("electro")).unwrap().next().unwrap().unwrap().path();
    std::fs::rename(&song, moved.join("electro/another name.wav")).unwrap();
    std::fs::write(moved.join("electro/letter.mp3"), "this is a letter, not a song\n".repeat(50)).unwrap();
    let evaluate = |more: &[&str]| {
        let arguments = ["evaluate", moved.to_str().unwrap(), "--model", model, "--cache", cache];
        tunevote(&[arguments.as_slice(), more].concat())
    };
    let all = evaluate(&["--json"]);
    assert_eq!(all.status.code(), Some(1), "one file cannot be read");
    let warning = format!("{heard} of 16 songs were in this model's training, {tuned_on} chose its thresholds");
    assert!(text(&all.stderr).contains(&warning), "{warning}: {}", text(&all.stderr));
    let all = &rows(&all)[0];
    assert_eq!(all["seen"], serde_json::json!({"training": heard, "validation": tuned_on}));
    assert_eq!((all["songs"].as_u64(), all["unreadable"].as_u64()), (Some(15), Some(1)));
    let outcomes = all["outcomes"].as_array().unwrap();
    let reason = |name: &str| {
        let named = |outcome: &&Value| outcome["path"].as_str().unwrap().ends_with(name);
        outcomes.iter().find(named).unwrap()["reason"].as_str().unwrap().to_owned()
    };
    assert!(reason("letter.mp3").contains("this is a text file"), "{}", reason("letter.mp3"));
    assert!(reason("short 1.wav").contains("shorter than one slice"));

    let held_out = evaluate(&["--held-out"]);
    assert!(!text(&held_out.stderr).contains("in this model's training"), "{}", text(&held_out.stderr));
    let rest = 15 - heard - tuned_on;
    assert!(text(&held_out.stdout).starts_with(&format!("{rest} songs, ")), "{}", text(&held_out.stdout));
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

/// `evaluate` reads pictures that are kept in f16, `classify` paints its own: what they say may differ by that rounding alone.
#[test]
fn evaluate_judges_what_classify_says() {
    let folder = TempDir::new().unwrap();
    let songs = songs(folder.path());
    std::fs::rename(songs.join("electro"), songs.join("electronic")).unwrap();
    std::fs::remove_file(songs.join("truth.csv")).unwrap();
    let (songs, cache) = (songs.to_str().unwrap(), folder.path().join("cache"));
    // Mean probabilities, which follow every slice smoothly.
    let vote = ["--json", "--mode", "mean-softmax", "--min-confidence", "0", "--denominator", "all"];
    let classified = rows(&tunevote(&[["classify", songs].as_slice(), &vote].concat()));
    let evaluate = ["evaluate", songs, "--cache", cache.to_str().unwrap()];
    let evaluated = rows(&tunevote(&[evaluate.as_slice(), &vote].concat()));
    let outcomes = evaluated[0]["outcomes"].as_array().unwrap();
    assert_eq!((classified.len(), outcomes.len()), (12, 12));
    for outcome in outcomes {
        let record = classified.iter().find(|record| record["path"] == outcome["path"]).unwrap();
        let [ours, theirs] = [record, outcome].map(|row| row["share"].as_f64().unwrap());
        assert!((ours - theirs).abs() < 2e-3, "{}: {ours} and {theirs}", record["path"]);
    }
}
