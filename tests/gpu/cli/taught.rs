//! `tunevote train` with a teacher, with genres that are no answers, and with genres that have no songs.

use serde_json::{Value, json};
use tunevote::weights::ModelFile;

use super::train::{Room, refused, succeeded};
use super::{rows, text, tunevote};

/// The songs' table with the songs of each genre's first artist in a genre `other`.
fn with_others(room: &Room) {
    let table = std::fs::read_to_string(room.at("songs/truth.csv")).unwrap();
    let mut first: Vec<(String, String)> = Vec::new();
    let lines = table.lines().enumerate().map(|(number, line)| {
        let cells: Vec<_> = line.split(',').map(str::to_owned).collect();
        if number == 0 {
            assert_eq!(cells[..3], ["path", "genre", "artist"]);
            return line.to_owned();
        }
        let (genre, artist) = (cells[1].clone(), cells[2].clone());
        if !first.iter().any(|(known, _)| *known == genre) {
            first.push((genre.clone(), artist.clone()));
        }
        if !first.contains(&(genre, artist)) {
            return line.to_owned();
        }
        [&[cells[0].clone(), "other".into()], &cells[2..]].concat().join(",")
    });
    std::fs::write(room.at("songs/three.csv"), lines.collect::<Vec<_>>().join("\n")).unwrap();
}

fn labels(result: &Value) -> &Value {
    &result["card"]["labels"]
}

#[test]
fn genres_that_are_no_answers_teach_doubt_and_judge_nothing() {
    let room = Room::new();
    with_others(&room);
    let run = |out: &str, more: &[&str]| {
        room.train_on("songs/three.csv", out, &[&["--epochs", "2", "--batch", "4"], more].concat())
    };
    let three = succeeded(&run("three.safetensors", &[]));
    assert_eq!(labels(&three), &json!(["classical", "electro", "other"]));
    let two = succeeded(&run("two.safetensors", &["--unknown", "other"]));
    assert_eq!(labels(&two), &json!(["classical", "electro"]));
    assert_eq!(two["card"]["training"]["slices"], three["card"]["training"]["slices"], "their songs teach as well");
    let judged = |result: &Value| -> u64 {
        result["card"]["accuracy"].as_array().unwrap().iter().map(|side| side["songs"].as_u64().unwrap()).sum()
    };
    assert!((1..judged(&three)).contains(&judged(&two)), "songs of no genre have no right answer");
    let outside = |result: &Value| -> u64 {
        let sides = result["card"]["accuracy"].as_array().unwrap().iter();
        sides.map(|side| side["outside"]["songs"].as_u64().unwrap_or(0)).sum()
    };
    assert_eq!(outside(&three), 0);
    assert_eq!(
        judged(&two) + outside(&two),
        judged(&three),
        "they should stay unclassified, and it is counted whether they do"
    );
    refused(
        &run("x.safetensors", &["--unknown", "folk"]),
        "--unknown folk: the songs have the genres classical, electro, other",
    );
    refused(&run("x.safetensors", &["--labels", "electro,classical"]), "the genre other, which is not one of");
    let ordered = succeeded(&run("ordered.safetensors", &["--labels", "electro,classical", "--unknown", "other"]));
    assert_eq!(labels(&ordered), &json!(["electro", "classical"]));
    refused(
        &run("x.safetensors", &["--labels", "electro,classical,other,jazz"]),
        "--labels jazz: there are no songs of it",
    );
}

/// The mean of what a model says of every slice of a song, for its first genre.
fn says(room: &Room, model: &str) -> Vec<f64> {
    let (songs, model) = (room.at("songs"), room.at(model));
    let args = ["classify", songs.to_str().unwrap(), "--model", model.to_str().unwrap(), "--json"];
    let output = tunevote(&args);
    assert!(output.status.success(), "{}", text(&output.stderr));
    let mean = |row: &Value| {
        let slices = row["slices"]["probabilities"].as_array().unwrap();
        slices.iter().map(|slice| slice[0].as_f64().unwrap()).sum::<f64>() / slices.len() as f64
    };
    rows(&output).iter().map(mean).collect()
}

#[test]
fn a_pupil_learns_what_its_teacher_says_and_not_the_labels() {
    let room = Room::new();
    let usual = ["--epochs", "6", "--batch", "4", "--val", "0", "--augment", "none"];
    let train = |out: &str, more: &[&str]| room.train(out, &[&usual[..], more].concat());
    let teacher = succeeded(&train("teacher.safetensors", &[]));
    // A teacher that takes every genre for the other: its columns are turned round.
    let path = room.at("teacher.safetensors");
    let file = ModelFile::read(&path).unwrap();
    let turned = file.tensors().iter().map(|(name, shape, values)| {
        let mut values = values.to_vec();
        if name.starts_with("dense.") {
            values.chunks_exact_mut(2).for_each(|pair| pair.swap(0, 1));
        }
        (name.to_owned(), (shape.to_vec(), values))
    });
    let wrong = ModelFile::new(&room.at("wrong.safetensors"), file.card.clone(), turned.collect()).unwrap();
    wrong.write(tunevote::weights::Precision::F32).unwrap();
    let wrong = room.at("wrong.safetensors");
    let wrong = wrong.to_str().unwrap();
    let pupil = succeeded(&train("pupil.safetensors", &["--teacher", wrong, "--teacher-share", "1"]));
    assert_eq!(labels(&pupil), labels(&teacher));
    let [right, taught] = ["teacher.safetensors", "pupil.safetensors"].map(|model| says(&room, model));
    let against = right.iter().zip(&taught).filter(|(right, taught)| (**right > 0.5) != (**taught > 0.5)).count();
    assert!(against >= 10, "the pupil should say the opposite of most of 12 songs: {right:?} {taught:?}");

    refused(&train("x.safetensors", &["--teacher", wrong, "--labels", "electro,jazz"]), "the teacher's genres are");
    refused(
        &train("x.safetensors", &["--teacher", wrong, "--teacher-share", "1.5"]),
        "--teacher-share 1.5: this should be a share",
    );
    refused(&train("x.safetensors", &["--teacher-share", ".5"]), "--teacher");
}

#[test]
fn songs_without_a_genre_teach_by_their_teacher_and_are_not_judged() {
    let room = Room::new();
    with_others(&room);
    let run = |songs: &str, out: &str, more: &[&str]| {
        room.train_on(songs, out, &[&["--epochs", "1", "--batch", "4"], more].concat())
    };
    let teacher = room.at("teacher.safetensors");
    let teacher = teacher.to_str().unwrap();
    succeeded(&run("songs/truth.csv", "teacher.safetensors", &[]));
    let all = ["--teacher", teacher, "--unlabelled", "other"];
    let taught = succeeded(&run("songs/three.csv", "taught.safetensors", &all));
    let unknown =
        succeeded(&run("songs/three.csv", "unknown.safetensors", &["--teacher", teacher, "--unknown", "other"]));
    assert_eq!(labels(&taught), &json!(["classical", "electro"]));
    assert_eq!(taught["card"]["training"]["slices"], unknown["card"]["training"]["slices"]);
    assert_ne!(taught["history"], unknown["history"], "a teacher's answers are others than doubt");
    let sides = |result: &Value| result["card"]["accuracy"].as_array().unwrap().clone();
    for (taught, unknown) in sides(&taught).iter().zip(sides(&unknown)) {
        assert_eq!(taught["songs"], unknown["songs"]);
        assert!(taught["outside"].is_null() && unknown["outside"]["songs"].as_u64() > Some(0), "{taught} {unknown}");
    }
    // Nobody says what they teach.
    let without = succeeded(&run("songs/three.csv", "without.safetensors", &["--unlabelled", "other"]));
    let slices = |result: &Value| result["card"]["training"]["slices"].as_u64().unwrap();
    assert!((1..slices(&taught)).contains(&slices(&without)));
    refused(
        &run("songs/three.csv", "x.safetensors", &[&all[..], &["--unknown", "other"]].concat()),
        "other: it is said twice",
    );
    refused(
        &run(
            "songs/three.csv",
            "x.safetensors",
            &["--teacher", teacher, "--unlabelled", "electro", "--unknown", "other"],
        ),
        "--unlabelled electro: it cannot be a genre of the model too",
    );
}
