//! `tunevote train` with a teacher, with genres that are no answers, and with genres that have no songs.

use serde_json::{Value, json};
use tunevote::weights::ModelFile;

use super::train::{Room, refused, succeeded, timeless_history};
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
fn genres_that_are_no_answers_teach_and_are_counted_outside() {
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
    // Those that would judge teach as well.
    let slices = |result: &Value| result["card"]["training"]["slices"].as_u64().unwrap();
    assert!(slices(&taught) > slices(&unknown), "{} {}", slices(&taught), slices(&unknown));
    assert_ne!(timeless_history(&taught), timeless_history(&unknown), "a teacher's answers are others than doubt");
    let sides = |result: &Value| result["card"]["accuracy"].as_array().unwrap().clone();
    let [known, both] = [sides(&taught), sides(&unknown)];
    assert!(!known.is_empty() && known.len() == both.len(), "{known:?} {both:?}");
    for (taught, unknown) in known.iter().zip(both) {
        assert_eq!(taught["songs"], unknown["songs"]);
        assert!(taught["outside"].is_null() && unknown["outside"]["songs"].as_u64() > Some(0), "{taught} {unknown}");
    }
    // Nobody says what they teach.
    let without = succeeded(&run("songs/three.csv", "without.safetensors", &["--unlabelled", "other"]));
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

#[test]
fn what_a_teacher_was_taught_by_is_known() {
    let room = Room::new();
    let usual = ["--epochs", "1", "--batch", "4"];
    let train = |out: &str, more: &[&str]| room.train(out, &[&usual[..], more].concat());
    let teacher = succeeded(&train("teacher.safetensors", &[]));
    let path = room.at("teacher.safetensors");
    let path = path.to_str().unwrap();
    let alike = train("alike.safetensors", &["--teacher", path]);
    let pupil = succeeded(&alike);
    assert!(!text(&alike.stderr).contains("taught by"), "{}", text(&alike.stderr));
    let of = |result: &Value, field: &str| result["card"]["training"][field].clone();
    assert_eq!(of(&pupil, "heard"), of(&teacher, "heard"));
    assert!(of(&pupil, "teacher").as_str().unwrap().starts_with("teacher@") && of(&teacher, "teacher").is_null());
    // Split otherwise, its songs judge the pupil.
    let other = train("other.safetensors", &["--teacher", path, "--seed", "6"]);
    let pupil = succeeded(&other);
    assert!(text(&other.stderr).contains("the teacher was taught by"), "{}", text(&other.stderr));
    let heard = |result: &Value| of(result, "heard").as_array().unwrap().clone();
    assert!(heard(&teacher).iter().all(|song| heard(&pupil).contains(song)));
    assert!(heard(&pupil).len() > heard(&teacher).len());
    // What is read is not written over.
    refused(&train("teacher.safetensors", &["--teacher", path]), "this file is read");
}

#[test]
fn a_run_with_all_kinds_of_songs_goes_on() {
    let room = Room::new();
    with_others(&room);
    let table = std::fs::read_to_string(room.at("songs/three.csv")).unwrap();
    // The first of the genre `other` is of a fourth.
    std::fs::write(room.at("songs/four.csv"), table.replacen(",other,", ",fourth,", 2)).unwrap();
    succeeded(&room.train("teacher.safetensors", &["--epochs", "1", "--batch", "4"]));
    let teacher = room.at("teacher.safetensors");
    let teacher = teacher.to_str().unwrap();
    let all = ["--epochs", "3", "--teacher", teacher, "--unknown", "other", "--unlabelled", "fourth"];
    let whole = succeeded(&room.train_on("songs/four.csv", "whole.v1", &all));
    let interrupted = room.interrupt("songs/four.csv", "whole.v2", &all);
    assert_eq!(interrupted.status.code(), Some(130), "{}", text(&interrupted.stderr));
    let resume = [&all[..], &["--resume"]].concat();
    // Not as if the songs were others than they were.
    let other = ["--epochs", "3", "--teacher", teacher, "--unknown", "other,fourth", "--resume"];
    refused(&room.train_on("songs/four.csv", "whole.v2", &other), "another teacher");
    let resumed = succeeded(&room.train_on("songs/four.csv", "whole.v2", &resume));
    assert_eq!(timeless_history(&resumed), timeless_history(&whole));
    let bytes = |name: &str| std::fs::read(room.at(name)).unwrap();
    assert!(bytes("whole.v1") == bytes("whole.v2"), "a resumed run should give the same bytes");
}

#[test]
fn coded_files_teach_where_wear_is_strong() {
    let room = Room::new();
    let table = std::fs::read_to_string(room.at("songs/truth.csv")).unwrap();
    // Every song has another song's file as its coded one, but that of the first one, which teaches, cannot be read.
    let songs: Vec<_> = table.lines().skip(1).map(|line| line.split(',').next().unwrap()).collect();
    std::fs::create_dir(room.at("songs/coded")).unwrap();
    let mut lines = vec![format!("{},coded", table.lines().next().unwrap())];
    for (number, line) in table.lines().skip(1).enumerate() {
        let name = format!("coded/{number}.wav");
        match number {
            0 => drop(std::fs::write(room.at("songs").join(&name), "no sound")),
            _ => drop(std::fs::copy(room.at("songs").join(songs[number - 1]), room.at("songs").join(&name)).unwrap()),
        }
        lines.push(format!("{line},{name}"));
    }
    std::fs::write(room.at("songs/coded.csv"), lines.join("\n")).unwrap();
    let usual = ["--epochs", "2", "--batch", "4"];
    let train = |list: &str, out: &str, more: &[&str]| room.train_on(list, out, &[&usual[..], more].concat());
    let kept = || std::fs::read_dir(room.at("cache")).unwrap().count();
    let losses = |result: &Value| timeless_history(result).iter().map(|row| row["loss"].clone()).collect::<Vec<_>>();

    let plain = succeeded(&train("songs/coded.csv", "plain.safetensors", &[]));
    assert_eq!(kept(), songs.len(), "coded files are read where something is taken from them");
    let same = succeeded(&train("songs/truth.csv", "same.safetensors", &[]));
    assert_eq!(losses(&plain), losses(&same));
    let strong = ["--augment", "strong"];
    let worn = train("songs/coded.csv", "worn.safetensors", &strong);
    assert!(text(&worn.stderr).contains("coded/0.wav"), "{}", text(&worn.stderr));
    let judged: u64 =
        plain["card"]["accuracy"].as_array().unwrap().iter().map(|side| side["songs"].as_u64().unwrap()).sum();
    assert_eq!(kept(), 2 * songs.len() - judged as usize - 1, "only songs that teach have theirs read");
    let alone = succeeded(&train("songs/truth.csv", "alone.safetensors", &strong));
    // The file that cannot be read is told of in the exit code too; the model is there all the same.
    assert_eq!(worn.status.code(), Some(1));
    let worn = rows(&worn).pop().unwrap();
    assert_ne!(losses(&worn), losses(&alone));
    // A coded file here is another song: of those that only judge some were heard now, and --held-out would leave them out.
    let heard = |result: &Value| result["card"]["training"]["heard"].as_array().unwrap().clone();
    let (with, without) = (heard(&worn), heard(&alone));
    assert!(with.len() > without.len() && without.iter().all(|print| with.contains(print)), "{with:?} {without:?}");
}
