//! Corpora as they come: FMA with its table, GTZAN with its lists, and a list with sides.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::train::{Room, refused};
use super::{rows, text, tunevote};

/// Path and genre of the room's songs, electro and classical taking turns, and the side that each is put on: both genres are on each.
fn songs(room: &Room) -> Vec<(PathBuf, String, &'static str)> {
    let table = std::fs::read_to_string(room.at("songs/truth.csv")).unwrap();
    let sides = ["training", "training", "validation", "test", "training", "training"];
    let song = |(index, line): (usize, &str)| {
        let mut fields = line.split(',');
        let (path, genre) = (fields.next().unwrap(), fields.next().unwrap());
        (room.at("songs").join(path), genre.to_owned(), sides[index / 2])
    };
    table.lines().skip(1).enumerate().map(song).collect()
}

fn put(from: &Path, to: &Path) {
    std::fs::create_dir_all(to.parent().unwrap()).unwrap();
    std::fs::copy(from, to).unwrap();
}

/// What a training said of a side, by its sentence on the card.
fn side<'a>(card: &'a Value, name: &str) -> &'a Value {
    let about = format!("{name}, sides given by the list");
    let all = card["accuracy"].as_array().unwrap();
    all.iter().find(|side| side["split"] == about.as_str()).unwrap_or_else(|| panic!("no {about}: {card}"))
}

fn evaluate(room: &Room, songs: &str, model: &str, more: &[&str]) -> std::process::Output {
    let [songs, model, cache] = [songs, model, "cache"].map(|name| room.at(name).to_str().unwrap().to_owned());
    tunevote(&[&["evaluate", &songs, "--model", &model, "--cache", &cache, "--json"], more].concat())
}

#[test]
fn fma_is_trained_and_measured_on_its_own_sides() {
    let room = Room::new();
    let mut table =
        String::from(",artist,set,set,track,track,track\n,name,split,subset,genre_top,license,title\ntrack_id,,,,,,\n");
    for (index, (path, genre, side)) in songs(&room).into_iter().enumerate() {
        let track = 137 * index + 2;
        put(&path, &room.at(&format!("fma/fma_small/{:03}/{track:06}.mp3", track / 1000)));
        table += &format!("{track},artist {index},{side},small,{genre},CC0,\"A, {index}\"\n");
    }
    // One that is broken, and one that is not there.
    table += "99134,Nobody,training,small,electro,,\n99135,Nobody,test,small,electro,,\n";
    std::fs::create_dir_all(room.at("fma/fma_small/099")).unwrap();
    std::fs::write(room.at("fma/fma_small/099/099134.mp3"), "").unwrap();
    std::fs::create_dir_all(room.at("fma/fma_metadata")).unwrap();
    std::fs::write(room.at("fma/fma_metadata/tracks.csv"), table).unwrap();

    let trained = room.train_on("fma", "m.safetensors", &["--epochs", "1"]);
    let said = text(&trained.stderr);
    assert_eq!(trained.status.code(), Some(1), "{said}");
    assert!(
        said.contains("099134.mp3: the file is empty")
            && said.contains("1 of the 14 tracks of FMA's small set are not there"),
        "{said}"
    );
    assert!(
        said.contains(
            "the list says which songs train (8), validate (2) and test (2); --val, --test and --seed do not"
        ),
        "{said}"
    );
    let card = &rows(&trained).pop().unwrap()["card"];
    assert_eq!((&card["labels"], &card["training"]["songs"]), (&json!(["classical", "electro"]), &json!(8)));
    assert_eq!((&side(card, "validation")["songs"], &side(card, "test")["songs"]), (&json!(2), &json!(2)));
    assert_eq!(card["training"]["works"][0]["licence"], "CC0");

    // The songs for the test alone, which the model has not met; the broken one is another side's.
    let measured = evaluate(&room, "fma", "m.safetensors", &[]);
    assert_eq!(measured.status.code(), Some(0), "{}", text(&measured.stderr));
    assert!(text(&measured.stderr).contains("the 2 of 13 songs for test are measured"), "{}", text(&measured.stderr));
    let numbers = &rows(&measured)[0];
    assert_eq!((&numbers["songs"], &numbers["seen"]), (&json!(2), &json!({"training": 0, "validation": 0})));
    assert_eq!(numbers["readings"]["t3"]["of"], json!(2));
    let all = evaluate(&room, "fma/fma_small", "m.safetensors", &["--side", "all"]);
    assert_eq!((all.status.code(), &rows(&all)[0]["songs"]), (Some(1), &json!(12)), "{}", text(&all.stderr));
    refused(&room.train_on("fma", "n.safetensors", &["--splits", "."]), "FMA, whose table has the sides");
    refused(&room.train_on("fma", "n.safetensors", &["--leak"]), "--leak divides slices");
}

#[test]
fn gtzan_is_divided_by_the_lists_that_lie_with_it() {
    let room = Room::new();
    let mut lists =
        [("training", "train", String::new()), ("validation", "valid", String::new()), ("test", "test", String::new())];
    for (index, (path, genre, side)) in songs(&room).into_iter().enumerate() {
        let name = format!("{genre}/{genre}.{index:05}.wav");
        put(&path, &room.at(&format!("gtzan/genres_original/{name}")));
        // The last two are faults.
        let list = lists.iter_mut().find(|(list, ..)| *list == side && index < 10);
        list.into_iter().for_each(|(.., list)| *list += &format!("{name}\n"));
    }
    std::fs::write(room.at("gtzan/genres_original/electro/electro.00054.wav"), [0x1f, 0x8b, 8, 0]).unwrap();
    lists[0].2 += "electro/electro.00054.wav\n";
    std::fs::create_dir(room.at("gtzan/images_original")).unwrap();
    for (_, name, list) in &lists {
        std::fs::write(room.at(&format!("gtzan/{name}_filtered.txt")), list).unwrap();
    }
    let trained = room.train_on("gtzan", "m.safetensors", &["--epochs", "1", "--augment", "paper"]);
    let said = text(&trained.stderr);
    assert_eq!(trained.status.code(), Some(1), "{said}");
    for says in [
        "electro.00054.wav: this is a gzip archive",
        "2 of 13 songs are in none of the lists",
        "which songs train (6), validate (2) and test (2)",
        "artists unknown for 10 of 10 songs",
    ] {
        assert!(said.contains(says), "no {says:?}: {said}");
    }
    assert_eq!(rows(&trained).pop().unwrap()["card"]["training"]["songs"], json!(6));

    // Lists that lie elsewhere, without which the songs are divided by the seed.
    std::fs::create_dir(room.at("lists")).unwrap();
    for name in ["train", "valid", "test"].map(|name| format!("{name}_filtered.txt")) {
        std::fs::rename(room.at("gtzan").join(&name), room.at("lists").join(&name)).unwrap();
    }
    let lists = room.at("lists");
    let measured = evaluate(&room, "gtzan", "m.safetensors", &["--splits", lists.to_str().unwrap()]);
    assert_eq!(
        (measured.status.code(), &rows(&measured)[0]["songs"]),
        (Some(0), &json!(2)),
        "{}",
        text(&measured.stderr)
    );
    let without = evaluate(&room, "gtzan", "m.safetensors", &["--side", "test"]);
    refused(&without, "the list does not divide its songs");
}

#[test]
fn a_list_with_sides_divides_its_songs_whatever_the_seed() {
    let room = Room::new();
    let line = |(path, genre, side): (PathBuf, String, &str)| format!("{},{genre},,{side}\n", path.display());
    let table: String = songs(&room).into_iter().map(line).collect();
    std::fs::write(room.at("list.csv"), format!("path,genre,artist,split\n{table}")).unwrap();
    let heard = |seed: &str| {
        let trained = room.train_on(
            "list.csv",
            &format!("{seed}.safetensors"),
            &["--epochs", "1", "--seed", seed, "--test", "0"],
        );
        assert_eq!(trained.status.code(), Some(0), "{}", text(&trained.stderr));
        let result = rows(&trained).pop().unwrap();
        assert_eq!(side(&result["card"], "test")["songs"], json!(2));
        (result["card"]["training"]["heard"].clone(), result["history"][0]["loss"].clone())
    };
    let (one, other) = (heard("1"), heard("2"));
    assert_eq!(one.0, other.0);
    assert_ne!(one.1, other.1, "the seed still draws weights");
    std::fs::write(room.at("half.csv"), format!("path,genre,artist,split\n{}", table.replacen("validation", "", 1)))
        .unwrap();
    refused(&room.train_on("half.csv", "n.safetensors", &[]), "the split is empty, and line 2 has one");
}
