//! Model files: what is written is read back, and what is wrong is refused by its name.

use std::collections::BTreeMap;
use std::path::Path;

use proptest::prelude::*;
use tempfile::TempDir;
use tunevote::models::System;
use tunevote::nn::Mode;
use tunevote::weights::{Accuracy, Card, Drawn, Intervals, ModelFile, Outside, Precision, Tensors};

#[path = "../../fuzz/model_file.rs"]
mod model_file;
use model_file::model_file;

type Values = BTreeMap<String, (Vec<usize>, Vec<f32>)>;

/// A `compact` network of two labels with values that follow from their places.
fn values() -> Values {
    let (net, _) = System::named("compact").unwrap().network(Mode::Inference, 1, [128, 128], 2).unwrap();
    let value = |i: usize| (i % 97) as f32 / 64.0 - 0.5;
    net.kept()
        .into_iter()
        .map(|(name, shape)| (name.to_owned(), (shape.dims().to_vec(), (0..shape.count()).map(value).collect())))
        .collect()
}

fn card() -> Card {
    let system = System::named("compact").unwrap();
    Card::new("compact", vec!["a".into(), "b".into()], system.front_end())
}

/// The bytes of a file with this card and these tensors, whether they are right or not.
fn bytes(card: &str, values: Values, precision: Precision) -> Vec<u8> {
    let metadata = BTreeMap::from([("tunevote".to_owned(), card.to_owned())]);
    Tensors::new(values).serialise(precision, metadata).unwrap()
}

fn problem(bytes: &[u8]) -> String {
    ModelFile::from_bytes(Path::new("m.safetensors"), bytes).unwrap_err().to_string()
}

#[test]
fn a_file_is_read_back_as_it_was_written() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("m.safetensors");
    for precision in [Precision::F32, Precision::F16] {
        ModelFile::new(&path, card(), values()).unwrap().write(precision).unwrap();
        let file = ModelFile::read(&path).unwrap();
        assert_eq!(file.card, card());
        assert_eq!(file.sha256.len(), 64);
        let (tensors, _) = Tensors::parse(&std::fs::read(&path).unwrap()).unwrap();
        // Multiples of 1/64 below 2 are whole in f16 too.
        let read: Values = tensors.iter().map(|(n, s, v)| (n.to_owned(), (s.to_vec(), v.to_vec()))).collect();
        assert_eq!(read, values());
        // The same contents give the same bytes, and nothing but the file is left.
        assert_eq!(std::fs::read(&path).unwrap(), bytes(&card().to_json(), values(), precision));
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}

/// A card with every field filled.
fn measured() -> Card {
    let mut card = card();
    card.temperature = 1.25;
    card.training.heard = vec!["00ff00ff00ff00ff".into()];
    card.training.tuned_on = vec!["123456789abcdef0".into()];
    card.accuracy = vec![Accuracy {
        split: "test, split by song and artist".into(),
        songs: 43,
        artists: Some(15),
        unreadable: 1,
        slice_accuracy: 0.7466390899689762,
        forced_accuracy: 0.86,
        unclassified: 0.2,
        wrong: 0.0,
        majority: 0.4,
        kept: Some(0.9),
        outside: Some(Outside { songs: 12, classified: 1 }),
        intervals: Some(Intervals {
            drawn: Drawn::Artists,
            slice_accuracy: Some([0.63, 0.89]),
            forced_accuracy: Some([0.1 + 0.2, 1.0]),
            unclassified: Some([0.0, 0.36]),
            wrong: None,
        }),
    }];
    card
}

#[test]
fn cards_of_older_formats_are_read() {
    let now = measured();
    assert_eq!(Card::parse(&now.to_json()).unwrap(), now);
    let mut json: serde_json::Value = serde_json::from_str(&now.to_json()).unwrap();
    json["format"] = 1.into();
    for (place, field) in [
        ("", "temperature"),
        ("/training", "heard"),
        ("/training", "tuned_on"),
        ("/accuracy/0", "artists"),
        ("/accuracy/0", "unreadable"),
        ("/accuracy/0", "kept"),
        ("/accuracy/0", "outside"),
        ("/accuracy/0", "intervals"),
    ] {
        let fields = json.pointer_mut(place).unwrap().as_object_mut().unwrap();
        assert!(fields.remove(field).is_some(), "{field}");
    }
    let old = Card::parse(&json.to_string()).unwrap();
    let mut wanted = Card { temperature: 1.0, ..now };
    (wanted.training.heard, wanted.training.tuned_on) = (vec![], vec![]);
    let accuracy = &mut wanted.accuracy[0];
    (accuracy.artists, accuracy.unreadable, accuracy.kept, accuracy.intervals) = (None, 0, None, None);
    accuracy.outside = None;
    assert_eq!(old, wanted, "what it does not have is unknown, and written again it is of this format");
}

#[test]
fn a_tensor_that_is_wrong_is_named() {
    let wrong = |change: &dyn Fn(&mut Values)| {
        let mut all = values();
        change(&mut all);
        problem(&bytes(&card().to_json(), all, Precision::F32))
    };
    let missing = wrong(&|all| drop(all.remove("block2.weight")));
    assert!(missing.contains("block2.weight is missing") && missing.contains("m.safetensors"), "{missing}");
    let shape = wrong(&|all| all.get_mut("dense.weight").unwrap().0.reverse());
    assert!(shape.contains("dense.weight should have shape [128, 2], but has [2, 128]"), "{shape}");
    let extra = wrong(&|all| drop(all.insert("block9.weight".into(), (vec![1], vec![0.0]))));
    assert!(extra.contains("block9.weight does not belong"), "{extra}");
    let nan = wrong(&|all| all.get_mut("block1.gamma").unwrap().1[3] = f32::NAN);
    assert!(nan.contains("block1.gamma holds NaN"), "{nan}");
    let large = Tensors::new(BTreeMap::from([("w".into(), (vec![1], vec![1e6_f32]))]));
    assert!(
        large.serialise(Precision::F16, BTreeMap::new()).unwrap_err().contains("the tensor w has values too large")
    );
}

#[test]
fn a_card_that_this_build_does_not_know_is_refused() {
    let json = card().to_json();
    let with = |from: &str, to: &str| {
        assert!(json.contains(from), "{from}");
        problem(&bytes(&json.replacen(from, to, 1), values(), Precision::F32))
    };
    for (from, to, says) in [
        ("\"format\":3", "\"format\":4", "format 4"),
        ("\"format\":3", "\"format\":0", "format 0"),
        ("\"temperature\":1.0", "\"temperature\":0.0", "temperature"),
        ("\"temperature\":1.0", "\"temperature\":-1.0", "temperature"),
        ("\"kind\":\"mel\"", "\"kind\":\"scattering\"", "scattering"),
        ("\"hop\":441", "\"hop\":0", "hop"),
        ("\"system\":\"compact\"", "\"system\":\"giant\"", "giant"),
        ("[\"a\",\"b\"]", "[\"a\",\"a\"]", "labels"),
        ("[\"a\",\"b\"]", "[\"a\",\"b\",\"c\"]", "dense"),
        ("\"min_share\":0.7", "\"min_share\":7.0", "min_share"),
        ("\"training\":", "\"trainink\":", "trainink"),
    ] {
        let problem = with(from, to);
        assert!(problem.contains(says), "{says}: {problem}");
    }
    let bare = Tensors::new(values()).serialise(Precision::F32, BTreeMap::new()).unwrap();
    assert!(problem(&bare).contains("no tunevote card"));
}

#[test]
fn a_file_cut_anywhere_is_refused() {
    let whole = bytes(&card().to_json(), values(), Precision::F16);
    for cut in [0, 1, 7, 8, 100, whole.len() / 2, whole.len() - 1] {
        assert!(problem(&whole[..cut]).contains("damaged"), "cut at {cut}");
    }
}

/// The builder of almost right files reaches every check.
#[test]
fn almost_right_files_are_refused_for_every_reason() {
    assert!(ModelFile::from_bytes(Path::new("x"), &model_file(&[])).is_ok());
    let mut state = 1_u64;
    let mut said = Vec::new();
    for _ in 0..600 {
        let choices = std::array::from_fn::<u8, 24, _>(|_| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 56) as u8
        });
        said.push(
            ModelFile::from_bytes(Path::new("x"), &model_file(&choices))
                .map_or_else(|e| e.to_string(), |_| "taken".into()),
        );
    }
    let reasons = [
        "taken",
        "is damaged or no safetensors file",
        "has no tunevote card",
        "the card cannot be read",
        "the card has format",
        "labels should be",
        "the card's front end",
        "the card's thresholds",
        "this build reads F32, F16 and BF16",
        "is missing",
        "should have shape",
        "holds",
        "does not belong",
    ];
    let unseen: Vec<_> = reasons.iter().filter(|reason| !said.iter().any(|text| text.contains(**reason))).collect();
    assert!(unseen.is_empty(), "no file meets {unseen:?}");
}

proptest! {
    #[test]
    fn no_choices_make_it_panic(choices in proptest::collection::vec(any::<u8>(), 0..40)) {
        if let Ok(model) = ModelFile::from_bytes(Path::new("x"), &model_file(&choices)) {
            prop_assert!(model.card.network(Mode::Inference, 3).is_ok());
        }
    }

    #[test]
    fn no_bytes_make_it_panic(data in proptest::collection::vec(any::<u8>(), 0..400), header in 0_u64..500) {
        let mut framed = header.to_le_bytes().to_vec();
        framed.extend(&data);
        prop_assert!(ModelFile::from_bytes(Path::new("x"), &data).is_err());
        prop_assert!(ModelFile::from_bytes(Path::new("x"), &framed).is_err());
    }
}
