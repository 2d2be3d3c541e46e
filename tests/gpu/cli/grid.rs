//! `tunevote grid`: what it trains, leaves and refuses, and how it goes on after a kill.

use std::process::{Command, Output, Stdio};

use serde_json::{Value, json};
use tunevote::weights::ModelFile;

use super::train::{Room, refused};
use super::{rows, text};

const OVER: [&str; 4] = ["--over", "hop=441,882", "--over", "lr=1e-3,4e-3"];

fn command(room: &Room, out: &str, more: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tunevote"));
    command
        .arg("grid")
        .arg(room.at("songs/truth.csv"))
        .arg("-o")
        .arg(room.at(out))
        .arg("--cache")
        .arg(room.at("cache"));
    let usual = [("--epochs", "2"), ("--batch", "4"), ("--seed", "5"), ("--val", "0.3"), ("--test", "0.3")];
    for (name, value) in usual.into_iter().filter(|(name, _)| !more.contains(name)) {
        command.args([name, value]);
    }
    command.args(more);
    command.env("NODEVICE_SELECT", "1").stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

fn grid(room: &Room, out: &str, more: &[&str]) -> Output {
    command(room, out, more).output().unwrap()
}

fn whole(room: &Room, out: &str) -> Value {
    let output = grid(room, out, &[&OVER[..], &["--json"]].concat());
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    rows(&output).pop().unwrap()
}

#[test]
fn a_killed_grid_goes_on_and_ends_as_a_whole_one() {
    let room = Room::new();
    let table = whole(&room, "whole");
    let read = |folder: &str, name: &str| std::fs::read(room.at(folder).join(name)).unwrap();
    assert_eq!(serde_json::from_slice::<Value>(&read("whole", "grid.json")).unwrap(), table);
    let names: Vec<_> = table["cells"].as_array().unwrap().iter().map(|cell| cell["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["hop=441, lr=0.001", "hop=441, lr=0.004", "hop=882, lr=0.001", "hop=882, lr=0.004"]);
    let cells = table["cells"].as_array().unwrap();
    assert!(cells.iter().all(|cell| cell["seconds"] == json!(2.56) && cell["epochs"] == json!(2)), "{table}");
    assert_eq!([&cells[0]["slice"], &cells[3]["slice"]], [&json!([128, 128]), &json!([128, 64])]);
    assert_eq!(table["songs"].as_array().unwrap().iter().map(|songs| songs.as_u64().unwrap()).sum::<u64>(), 12);

    // The best one has the most right slices, and it alone was judged on the test songs.
    let best = table["best"].as_u64().unwrap() as usize;
    let score = |cell: &Value| cell["validation"]["slice_accuracy"].as_f64().unwrap();
    assert!(cells.iter().all(|cell| score(cell) <= score(&cells[best])));
    let model = ModelFile::read(&room.at("whole/best.safetensors")).unwrap();
    let of = |model: &ModelFile| model.card.accuracy.iter().map(|on| on.split.clone()).collect::<Vec<_>>();
    assert_eq!(of(&model), ["validation, split by song and artist", "test, split by song and artist"]);
    assert_eq!(serde_json::to_value(&model.card.accuracy[1]).unwrap(), table["test"]);
    for cell in cells {
        let model = ModelFile::read(&room.at("whole").join(cell["file"].as_str().unwrap())).unwrap();
        assert_eq!(of(&model), ["validation, split by song and artist"]);
        assert_eq!(serde_json::to_value(&model.card.accuracy[0]).unwrap(), cell["validation"]);
    }
    let csv = String::from_utf8(read("whole", "grid.csv")).unwrap();
    assert!(csv.starts_with("hop,lr,slices_right,") && csv.lines().count() == 5, "{csv}");
    assert!(read("whole", "grid.svg").starts_with(b"<svg xmlns="));

    // Killed when the second combination is under way.
    let first = room.at("other/cells/hop=441,lr=0.001.safetensors");
    let mut child = command(&room, "other", &OVER).spawn().unwrap();
    while !first.exists() && child.try_wait().unwrap().is_none() {
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(!room.at("other/grid.json").exists());
    let made = std::fs::metadata(&first).unwrap().modified().unwrap();
    let again = grid(&room, "other", &OVER);
    assert_eq!(again.status.code(), Some(0), "{}", text(&again.stderr));
    assert_eq!(std::fs::metadata(&first).unwrap().modified().unwrap(), made, "it was trained again");
    assert!(
        !text(&again.stderr).contains("1/4") && text(&again.stderr).contains("4/4  hop=882, lr=0.004: slices right")
    );
    assert!(
        text(&again.stdout).contains("\nBest: ") && text(&again.stdout).contains("judged once"),
        "{}",
        text(&again.stdout)
    );
    for name in ["grid.json", "grid.csv", "grid.svg", "best.safetensors"] {
        assert!(read("other", name) == read("whole", name), "{name}");
    }

    // Through already, and another one's folder.
    let done = std::fs::metadata(room.at("other/best.safetensors")).unwrap().modified().unwrap();
    assert_eq!(whole(&room, "other"), table);
    assert_eq!(std::fs::metadata(room.at("other/best.safetensors")).unwrap().modified().unwrap(), done, "judged again");
    let says = "this folder holds a grid of other songs or options; give another one";
    refused(&grid(&room, "other", &["--over", "hop=441"]), says);
    refused(&grid(&room, "other", &[&OVER[..], &["--schedule", "constant"]].concat()), says);
}

#[test]
fn what_diverges_is_a_row_and_what_cannot_be_trained_is_refused_first() {
    let room = Room::new();
    let broken = grid(&room, "broken", &["--over", "n_fft=1024,1000"]);
    refused(&broken, "n_fft=1000: mel: n_fft is 1000");
    refused(&grid(&room, "broken", &["--over", "n_ftt=1024"]), "there is no number n_ftt");
    refused(
        &grid(&room, "broken", &["--over", "hop=441", "--val", "0"]),
        "--val 0: a grid chooses by validation songs",
    );
    assert!(!room.at("broken").exists() && !room.at("cache").exists());

    let steep = ["--over", "lr=1e30,1e-3", "--schedule", "constant", "--json"];
    for _ in 0..2 {
        let output = grid(&room, "steep", &steep);
        assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
        let table = rows(&output).pop().unwrap();
        assert_eq!((&table["best"], &table["cells"][0]["validation"]), (&json!(1), &Value::Null));
        let problem = table["cells"][0]["problem"].as_str().unwrap();
        assert!(problem.contains("the loss is") || problem.contains("not numbers"), "{problem}");
        assert!(!room.at("steep/cells/lr=1e30.safetensors.checkpoint").exists());
    }
}
