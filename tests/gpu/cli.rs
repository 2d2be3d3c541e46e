//! The program, as a person or a script meets it.

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

/// Six composed songs of two genres and three artists each, a few seconds long.
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

/// DIR/genre/song.wav without the tables that `synth` writes beside them.
fn songs_with_table(folder: &Path) -> (PathBuf, PathBuf) {
    let songs = songs(folder);
    let table = songs.join("truth.csv");
    (songs, table)
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
fn training_stops_resumes_and_repeats_to_the_bit() {
    let folder = TempDir::new().unwrap();
    let (_, table) = songs_with_table(folder.path());
    let cache = folder.path().join("cache");
    let train = |name: &str, more: &[&str]| {
        let out = folder.path().join(name);
        let mut args = vec![
            "train",
            table.to_str().unwrap(),
            "--epochs",
            "2",
            "--batch",
            "4",
            "--seed",
            "5",
            "--val",
            "0.3",
            "--test",
            "0.3",
            "--json",
            "--cache",
            cache.to_str().unwrap(),
            "--out",
        ];
        let path = out.to_str().unwrap().to_owned();
        args.push(&path);
        args.extend(more);
        (tunevote(&args), out)
    };
    let (whole, one) = train("one.safetensors", &[]);
    assert_eq!(whole.status.code(), Some(0), "{}", text(&whole.stderr));
    let last = rows(&whole).pop().unwrap();
    assert_eq!(last["card"]["labels"], serde_json::json!(["classical", "electro"]));
    assert!(last["test"]["slice_accuracy"].is_object());

    // Killed at a checkpoint: the second run finds what the first epoch left.
    let two = folder.path().join("two.safetensors");
    let checkpoint = folder.path().join("two.checkpoint.safetensors");
    let mut child = Command::new(env!("CARGO_BIN_EXE_tunevote"))
        .args([
            "train",
            table.to_str().unwrap(),
            "--epochs",
            "2",
            "--batch",
            "4",
            "--seed",
            "5",
            "--val",
            "0.3",
            "--test",
            "0.3",
        ])
        .args(["--json", "--cache", cache.to_str().unwrap(), "--out", two.to_str().unwrap()])
        .stdout(std::process::Stdio::null())
        .spawn()
        .unwrap();
    while !checkpoint.exists() && child.try_wait().unwrap().is_none() {
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    let (refused, _) = train("two.safetensors", &[]);
    assert_eq!(refused.status.code(), Some(2));
    assert!(text(&refused.stderr).contains("--resume"));
    let (other, _) = train("two.safetensors", &["--resume", "--lr", "0.1"]);
    assert!(text(&other.stderr).contains("other songs or options"), "{}", text(&other.stderr));
    let (resumed, _) = train("two.safetensors", &["--resume"]);
    assert_eq!(resumed.status.code(), Some(0), "{}", text(&resumed.stderr));
    assert!(std::fs::read(&one).unwrap() == std::fs::read(&two).unwrap(), "a resumed run should give the same bytes");
    assert!(!checkpoint.exists());

    let output =
        tunevote(&["classify", "--model", one.to_str().unwrap(), folder.path().join("songs").to_str().unwrap()]);
    assert_eq!(rows(&output).len(), 12);
}

#[test]
fn a_loss_that_is_no_number_stops_with_a_remedy() {
    let folder = TempDir::new().unwrap();
    let (_, table) = songs_with_table(folder.path());
    let out = folder.path().join("m.safetensors");
    let cache = folder.path().join("cache");
    let output = tunevote(&[
        "train",
        table.to_str().unwrap(),
        "--epochs",
        "3",
        "--batch",
        "4",
        "--lr",
        "1e30",
        "--schedule",
        "constant",
        "--val",
        "0.3",
        "--test",
        "0.3",
        "--cache",
        cache.to_str().unwrap(),
        "--out",
        out.to_str().unwrap(),
    ]);
    assert_eq!(output.status.code(), Some(2), "{}", text(&output.stdout));
    assert!(
        text(&output.stderr).contains("the loss is") && text(&output.stderr).contains("--lr"),
        "{}",
        text(&output.stderr)
    );
}

#[test]
fn evaluate_knows_the_songs_of_the_training_again() {
    let folder = TempDir::new().unwrap();
    let (songs, table) = songs_with_table(folder.path());
    // One of each of electro's artists is too short for a slice, so there is one on each side: in no slice, and judged all the
    // same.
    let mut listed = std::fs::read_to_string(&table).unwrap();
    let columns = listed.lines().next().unwrap().split(',').count();
    let electro = listed.lines().map(|line| line.split(',').collect::<Vec<_>>()).filter(|row| row[1] == "electro");
    let artists: BTreeSet<String> = electro.map(|row| row[2].to_owned()).collect();
    assert_eq!(artists.len(), 3);
    for (number, artist) in artists.iter().enumerate() {
        std::fs::write(songs.join(format!("electro/short {number}.wav")), super::cli_classify::wav(1, 22_050, 22_050, |_| 0.0)).unwrap();
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
    assert_eq!(sides, [5, 5], "{card}");
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
