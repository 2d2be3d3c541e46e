//! `tunevote train --start`: weights from elsewhere.

use std::collections::BTreeMap;

use tunevote::weights::{ModelFile, Precision, Tensors, Values};

use super::train::{Room, refused, succeeded};
use super::{text, tunevote};

/// A file without a card, as torchvision and timm write them.
fn written(room: &Room, name: &str, values: Values) -> String {
    let path = room.at(name);
    std::fs::write(&path, Tensors::new(values).serialise(Precision::F32, BTreeMap::new()).unwrap()).unwrap();
    path.to_str().unwrap().to_owned()
}

#[test]
fn a_model_of_short_slices_goes_on_with_longer_ones() {
    let room = Room::new();
    let short = ["--epochs", "1", "--batch", "4", "--columns", "64"];
    succeeded(&room.train("short.safetensors", &short));
    let start = room.at("short.safetensors");
    let start = start.to_str().unwrap();
    // A learning rate that moves nothing shows what is taken.
    let output = room.train("long.safetensors", &["--epochs", "1", "--batch", "4", "--lr", "1e-30", "--start", start]);
    assert!(text(&output.stderr).contains("tensors are taken\n"), "{}", text(&output.stderr));
    let told = succeeded(&output);
    assert!(
        told["card"]["training"]["data"].as_str().unwrap().starts_with("Started from the weights of short.safetensors")
    );
    assert_eq!(told["card"]["front_end"]["slices"]["width"], 128);
    let [short, long] =
        ["short", "long"].map(|name| ModelFile::read(&room.at(&format!("{name}.safetensors"))).unwrap());
    assert_eq!(short.card.front_end.slices().width, 64);
    let weights = |model: &ModelFile| -> Vec<(String, Vec<f32>)> {
        let all = model.tensors().iter().filter(|(name, ..)| !name.ends_with("stats"));
        all.map(|(name, _, values)| (name.to_owned(), values.to_vec())).collect()
    };
    for ((name, before), (_, after)) in weights(&short).into_iter().zip(weights(&long)) {
        // AdamW's decay is a share of the rate, and so nothing too.
        assert!(before == after, "{name} has moved");
    }
}

#[test]
fn what_a_model_has_met_and_what_it_is_are_looked_at() {
    let room = Room::new();
    let few = ["--epochs", "1", "--batch", "4"];
    let heard = |told: &serde_json::Value| told["card"]["training"]["heard"].as_array().unwrap().len();
    let first = heard(&succeeded(&room.train("first.safetensors", &few)));
    let start = room.at("first.safetensors");
    let from = ["--start", start.to_str().unwrap()];
    let other = room.train("other.safetensors", &[&few[..], &from, &["--seed", "6"]].concat());
    let said = text(&other.stderr);
    assert!(said.contains("the model to start from was taught by"), "{said}");
    // It has met its own songs and those of the model before.
    assert!(heard(&succeeded(&other)) > first);
    refused(
        &room.train("x.safetensors", &[&few[..], &from, &["--system", "wide"]].concat()),
        "this is a model of compact; give --system compact",
    );
    let songs = room.at("songs/truth.csv");
    let folds = room.at("folds");
    let kfold = ["kfold", songs.to_str().unwrap(), "-o", folds.to_str().unwrap(), "--folds", "2", "--test", "0.3"];
    refused(&tunevote(&[&kfold[..], &from].concat()), "kfold starts from others' weights alone");
    assert!(!folds.exists());
}

#[test]
fn weights_by_the_names_of_others_are_taken_and_the_rest_is_told() {
    let room = Room::new();
    let filters: Vec<f32> = (0..8 * 25).map(|i| i as f32 / 100.0 - 1.005).collect();
    let tensor = |shape: &[usize]| (shape.to_vec(), vec![0.5; shape.iter().product()]);
    let values = Values::from([
        ("module.block1.weight".to_owned(), (vec![8, 1, 5, 5], filters.clone())),
        ("module.block2.weight".to_owned(), tensor(&[16, 8, 1, 1])),
        ("module.something.else".to_owned(), tensor(&[3])),
    ]);
    let start = written(&room, "theirs.safetensors", values);
    let output = room.train("ours.safetensors", &["--epochs", "1", "--batch", "4", "--lr", "1e-30", "--start", &start]);
    let said = text(&output.stderr);
    assert!(said.contains("1 tensors are taken; missing: "), "{said}");
    assert!(said.contains("of another shape: block2.weight is (16, 8, 1, 1) there and (16, 8, 3, 3) here"), "{said}");
    assert!(said.contains("not used: something.else"), "{said}");
    succeeded(&output);
    let model = ModelFile::read(&room.at("ours.safetensors")).unwrap();
    let (_, _, own) = model.tensors().iter().find(|(name, ..)| *name == "block1.weight").unwrap();
    assert!(own == filters);
    let other = written(&room, "nothing.safetensors", Values::from([("x.weight".to_owned(), tensor(&[2]))]));
    refused(&room.train("x.safetensors", &["--start", &other]), "has nothing for this network");
    let nan = Values::from([("block1.weight".to_owned(), (vec![8, 1, 5, 5], vec![f32::NAN; 200]))]);
    let nan = written(&room, "nan.safetensors", nan);
    refused(&room.train("x.safetensors", &["--start", &nan]), "the tensor for block1.weight holds NaN");
    refused(
        &room.train("x.safetensors", &["--start", room.at("songs/truth.csv").to_str().unwrap()]),
        "no safetensors file",
    );
}
