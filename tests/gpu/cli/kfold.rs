//! `tunevote kfold`: what it leaves, what stops it, and how it goes on.

use std::collections::BTreeSet;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

use serde_json::{Value, json};

use super::train::{Room, exchanged, refused, remedy, shell, succeeded};
use super::{rows, text, tunevote};

/// Arguments of a small run, unless `more` has others.
fn args(room: &Room, list: &str, out: &str, more: &[&str]) -> Vec<String> {
    let path = |name: &str| room.at(name).to_str().unwrap().to_owned();
    let mut args = vec!["kfold".to_owned(), path(list), "-o".into(), path(out), "--json".into()];
    let cache = path("cache");
    let usual = [
        ("--folds", "2"),
        ("--epochs", "2"),
        ("--batch", "1"),
        ("--seed", "5"),
        ("--test", "0.3"),
        ("--cache", &cache),
    ];
    for (name, value) in usual.into_iter().filter(|(name, _)| !more.contains(name)) {
        args.extend([name.to_owned(), value.to_owned()]);
    }
    args.extend(more.iter().map(|&word| word.to_owned()));
    args
}

fn kfold(room: &Room, out: &str, more: &[&str]) -> Output {
    let args = args(room, "songs/truth.csv", out, more);
    tunevote(&args.iter().map(String::as_str).collect::<Vec<_>>())
}

fn start(room: &Room, out: &str, more: &[&str]) -> Child {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tunevote"));
    command.args(args(room, "songs/truth.csv", out, more)).env("NODEVICE_SELECT", "1");
    command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

fn names(folder: &Path) -> BTreeSet<String> {
    let entries = std::fs::read_dir(folder).unwrap();
    entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}

fn read(room: &Room, name: &str) -> Vec<u8> {
    std::fs::read(room.at(name)).unwrap()
}

const LEFT: [&str; 7] =
    ["confusion.svg", "fold1.safetensors", "fold2.safetensors", "kfold.json", "report.html", "roc.svg", "run.json"];

#[test]
fn a_run_that_was_stopped_and_killed_ends_with_the_numbers_of_a_whole_one() {
    let room = Room::new();
    let output = kfold(&room, "whole", &[]);
    let whole = succeeded(&output);
    let lines = rows(&output);
    assert_eq!(lines.len(), 2 * (1 + 2) + 1, "a line a fold, one an epoch, and the result");
    assert_eq!(lines[0], json!({"fold": 1, "of": 2, "taught": 4, "validation": 4, "held_out": 4, "trained": false}));
    assert_eq!(names(&room.at("whole")), LEFT.map(str::to_owned).into());
    holds_together(&room, &whole);

    // Stopped behind the first epoch of the first fold.
    let mut child = start(&room, "parts", &[]);
    let mut said = BufReader::new(child.stdout.take().unwrap());
    let mut line = String::new();
    (0..2).for_each(|_| assert!(said.read_line(&mut line).unwrap() > 0));
    assert!(Command::new("sh").args(["-c", &format!("kill -INT {}", child.id())]).status().unwrap().success());
    while said.read_line(&mut line).unwrap() > 0 {}
    let stopped = Output { stdout: line.into_bytes(), ..child.wait_with_output().unwrap() };
    assert_eq!(stopped.status.code(), Some(130), "{}", text(&stopped.stderr));
    let told = rows(&stopped).pop().unwrap();
    assert_eq!(told["stopped"]["fold"], 1, "{told}");
    assert!(text(&stopped.stderr).contains("stopped in fold 1 of 2, after "), "{}", text(&stopped.stderr));
    assert_eq!(names(&room.at("parts")), ["fold1.safetensors.checkpoint", "run.json"].map(str::to_owned).into());

    // Not by another run: options are told before songs are read, songs before anything is trained.
    refused(&kfold(&room, "parts", &[]), "a run is there; go on with --resume");
    let elsewhere = room.at("elsewhere");
    let more = ["--resume", "--batch", "5", "--lr", "0.25", "--cache", elsewhere.to_str().unwrap()];
    let output = kfold(&room, "parts", &more);
    refused(&output, "the interrupted run has batch 1, not 5, learning_rate ");
    assert!(text(&output.stderr).contains("or another folder with -o"), "{}", text(&output.stderr));
    assert!(!elsewhere.exists(), "songs were read first");
    refused(&kfold(&room, "parts", &["--resume", "--folds", "3"]), "folds 2, not 3");
    refused(&kfold(&room, "parts", &["--resume", "--test", "0.4"]), "held_out 0.3, not 0.4");
    let table = text(&read(&room, "songs/truth.csv"));
    std::fs::write(room.at("songs/other.csv"), exchanged(&table)).unwrap();
    let other = args(&room, "songs/other.csv", "parts", &["--resume"]);
    refused(&tunevote(&other.iter().map(String::as_str).collect::<Vec<_>>()), "other songs");
    refused(&kfold(&room, "never", &["--resume"]), "there is no interrupted run");
    assert!(!room.at("never").exists());

    // Killed in the second fold, once its first epoch is saved.
    let (checkpoint, last) = (room.at("parts/fold2.safetensors.checkpoint"), room.at("parts/fold2.safetensors"));
    let mut child = start(&room, "parts", &["--resume"]);
    while !checkpoint.exists() && child.try_wait().unwrap().is_none() {
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(room.at("parts/fold1.safetensors").exists() && !last.exists() && checkpoint.exists());
    let first = read(&room, "parts/fold1.safetensors");
    let resumed = kfold(&room, "parts", &["--resume"]);
    assert!(succeeded(&resumed) == whole, "a resumed run should give the same numbers");
    assert_eq!(rows(&resumed)[0]["trained"], true);
    assert!(read(&room, "parts/fold1.safetensors") == first, "a finished fold was made again");
    for name in LEFT {
        assert!(read(&room, &format!("parts/{name}")) == read(&room, &format!("whole/{name}")), "{name} differs");
    }
    assert_eq!(names(&room.at("parts")), LEFT.map(str::to_owned).into());

    // Put together in another way, without training anything; with the command that was told when it was stopped.
    let again = shell(&format!("{} --combine mode", remedy(&stopped)));
    let mode = succeeded(&again);
    assert_eq!(rows(&again).len(), 3, "nothing is left to train");
    assert_eq!((&mode["combine"], &whole["combine"]), (&json!("mode"), &json!("mean")));
    assert_eq!(mode["ensemble"]["roc"], whole["ensemble"]["roc"], "probabilities stay");

    // A model of another fold under this name, or of another day.
    std::fs::copy(room.at("parts/fold2.safetensors"), room.at("parts/fold1.safetensors")).unwrap();
    refused_later(&kfold(&room, "parts", &["--resume"]), "is not the model of this fold; remove it");
    std::fs::remove_file(room.at("parts/run.json")).unwrap();
    refused(&kfold(&room, "parts", &[]), "it holds models, and no run.json says of which songs and options");
}

/// Refused when something was told already.
fn refused_later(output: &Output, says: &str) {
    assert_eq!(output.status.code(), Some(2), "{}", text(&output.stderr));
    assert!(text(&output.stderr).contains(says), "{}", text(&output.stderr));
}

/// The report against the cards of the models, which `train` measured by itself, and against itself.
fn holds_together(room: &Room, report: &Value) {
    let of = |value: &Value| value["accuracy"]["value"].as_f64().unwrap();
    let folds = report["folds"].as_array().unwrap();
    let mut validated = 0;
    for (number, fold) in folds.iter().enumerate() {
        let bytes = read(room, &format!("whole/fold{}.safetensors", number + 1));
        let card = tunevote::weights::ModelFile::from_bytes(Path::new("m"), &bytes).unwrap().card;
        let [validation, test] = card.accuracy.as_slice() else { panic!("{:?}", card.accuracy) };
        assert_eq!((validation.songs, test.songs), (4, 4));
        assert_eq!(
            (of(&fold["validation"]), of(&fold["held_out"])),
            (validation.forced_accuracy, test.forced_accuracy)
        );
        assert_eq!(test.split, "test, folds by song and artist");
        assert_eq!((card.training.heard.len(), card.training.tuned_on.len()), (4, 4));
        validated += fold["validation"]["songs"].as_u64().unwrap();
    }
    let all = &report["out_of_fold"];
    assert_eq!((all["songs"].as_u64(), validated), (Some(8), 8));
    assert_eq!(of(all), folds.iter().map(|fold| of(&fold["validation"])).sum::<f64>() / 2.0);
    let out = &report["ensemble"];
    assert_eq!((out["songs"].as_u64(), out["artists"].as_u64()), (Some(4), Some(2)));
    for (own, theirs) in out["roc"]["classes"].as_array().unwrap().iter().zip(all["roc"]["classes"].as_array().unwrap())
    {
        assert_eq!(own["cut"]["threshold"], theirs["youden"], "cut where the out-of-fold answers say");
    }
    assert_eq!((&out["roc"]["cut_here"], &all["roc"]["cut_here"]), (&json!(false), &json!(true)));
    let songs = report["songs"].as_array().unwrap();
    let right = songs.iter().filter(|song| song["answer"] == song["truth"]).count();
    assert_eq!((songs.len(), right as f64 / 4.0), (4, of(out)));
    let sum: f64 = songs[0]["probabilities"].as_array().unwrap().iter().map(|p| p.as_f64().unwrap()).sum();
    assert!((sum - 1.0).abs() < 1e-6, "{sum}");
    let plot = text(&read(room, "whole/roc.svg"));
    assert!(plot.starts_with("<svg xmlns=") && plot.contains("electro") && !plot.contains("var("), "{plot}");
}

#[test]
fn what_folds_cannot_do_is_told_before_songs_are_read() {
    let room = Room::new();
    let elsewhere = room.at("elsewhere");
    let refused_early = |more: &[&str], says: &str| {
        let cache = ["--cache", elsewhere.to_str().unwrap()];
        refused(&kfold(&room, "out", &[more, &cache].concat()), says);
        assert!(!elsewhere.exists() && !room.at("out").exists(), "{more:?}");
    };
    refused_early(
        &["--folds", "3"],
        "3 folds need 3 artists of every label, and one held out: classical has 6 songs of 3 artists",
    );
    refused_early(&["--val", "0.2"], "--val: kfold does not take it");
    refused_early(&["--leak"], "--leak: kfold does not take it");
    refused_early(&["--test", "0"], "no songs would be held out");
    refused_early(&["--folds", "1"], "1 is not in 2..=50");
    refused(&kfold(&room, "songs/truth.csv", &[]), "this is a file");
}

#[test]
fn songs_that_cannot_be_read_take_no_side() {
    let room = Room::new();
    let broken = room.at("songs/electro/broken.wav");
    std::fs::write(&broken, "a letter").unwrap();
    let table = text(&read(&room, "songs/truth.csv"));
    let columns = table.lines().next().unwrap().split(',').count();
    std::fs::write(
        room.at("songs/truth.csv"),
        format!("{table}electro/broken.wav,electro,nobody{}\n", ",".repeat(columns - 3)),
    )
    .unwrap();
    let output = kfold(&room, "out", &["--epochs", "1", "--combine", "mode"]);
    assert_eq!(output.status.code(), Some(1), "{}", text(&output.stderr));
    let report = rows(&output).pop().unwrap();
    assert_eq!((report["out_of_fold"]["songs"].as_u64(), report["ensemble"]["songs"].as_u64()), (Some(8), Some(4)));
    // For people.
    let told = tunevote(
        &args(&room, "songs/truth.csv", "out", &["--epochs", "1", "--resume"])
            .iter()
            .map(String::as_str)
            .filter(|&word| word != "--json")
            .collect::<Vec<_>>(),
    );
    let told = text(&told.stdout);
    assert!(
        told.contains("2 folds of 8 songs; 4 songs of 2 known artists held out") && told.contains("together"),
        "{told}"
    );
    assert!(told.contains("Held out, mean of their probabilities:") && told.contains("report.html"), "{told}");
}
