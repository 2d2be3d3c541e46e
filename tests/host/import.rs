//! Checkpoints and wheels of others.

use std::path::Path;

use tempfile::TempDir;
use tunevote::Error;
use tunevote::import::Base;
use tunevote::import::bundle::floats;
use tunevote::import::musicnn::{SETS, read};
use tunevote::import::table::entries;
use tunevote::weights::{Outputs, Precision};

use crate::reference::wheel::{Checkpoint, bundle, checkpoint, table, wheel};

fn keys(count: usize) -> Vec<(Vec<u8>, Vec<u8>)> {
    let key = |i: usize| format!("layer_{:03}/{}", i / 3, ["bias", "kernel", "mean"][i % 3]);
    (0..count).map(|i| (key(i).into_bytes(), vec![i as u8; i % 200])).collect()
}

#[test]
fn tables_give_their_entries() {
    for count in [0, 1, 9, 10, 11, 250] {
        let want = keys(count);
        let bytes = table(&want);
        let got: Vec<_> = entries(&bytes).unwrap().into_iter().map(|(key, value)| (key, value.to_vec())).collect();
        assert_eq!(got, want);
    }
}

#[test]
fn damaged_tables_are_refused_and_never_panic() {
    let whole = table(&keys(25));
    assert!(entries(&whole[..40]).unwrap_err().contains("too short"));
    assert!(entries(&whole[..whole.len() - 1]).unwrap_err().contains("end as a table"));
    let mut packed = whole.clone();
    // The byte behind the first block; the block's size is what the index's first entry says.
    let first = entries(&whole).unwrap().into_iter().take(10).map(|(_, value)| value.len()).sum::<usize>();
    let at = (first..whole.len()).find(|&at| whole[at..].starts_with(&[3, 0, 0, 0, 0])).unwrap() + 4;
    packed[at] = 1;
    assert!(entries(&packed).unwrap_err().contains("compressed"));
    // Any byte may be wrong: an error or other entries, but no panic, and no more entries than bytes.
    for at in 0..whole.len() {
        for flip in [0x01, 0x80, 0xff] {
            let mut bytes = whole.clone();
            bytes[at] ^= flip;
            assert!(entries(&bytes).is_ok_and(|all| all.len() <= bytes.len()) || entries(&bytes).is_err());
        }
    }
}

fn small() -> Checkpoint {
    let tensor = |shape: &[usize], from: f32| {
        let count = shape.iter().product::<usize>();
        (shape.to_vec(), (0..count).map(|i| from + i as f32).collect())
    };
    [("a/kernel", tensor(&[2, 3], 1.0)), ("a/kernel/Adam", tensor(&[2, 3], 9.0)), ("power", tensor(&[], 0.5))]
        .map(|(name, tensor)| (name.to_owned(), tensor))
        .into()
}

#[test]
fn checkpoints_give_the_tensors_that_are_asked_for() {
    let all = small();
    let (index, data) = bundle(&all);
    assert_eq!(floats(&index, &data, &|_| true).unwrap(), all);
    let some = floats(&index, &data, &|name| !name.contains("Adam")).unwrap();
    assert_eq!(some.keys().map(String::as_str).collect::<Vec<_>>(), ["a/kernel", "power"]);
    let short = floats(&index, &data[..data.len() - 1], &|_| true).unwrap_err();
    assert_eq!(short, "the checkpoint's tensor power lies beyond the data's end");
    floats(&index, &data[..data.len() - 1], &|name| name == "a/kernel").unwrap();
    for at in 0..index.len() {
        let mut damaged = index.clone();
        damaged[at] ^= 0xff;
        // No panic; a tensor that still comes has as many values as its shape says.
        for (shape, values) in floats(&damaged, &data, &|_| true).unwrap_or_default().values() {
            assert_eq!(shape.iter().product::<usize>(), values.len());
        }
    }
}

fn problem(wheel: &Path) -> String {
    match read(wheel, SETS[0], Path::new("x.safetensors")).unwrap_err() {
        Error::Weights { path, problem } if path == wheel => problem,
        other => panic!("{other}"),
    }
}

#[test]
fn a_wheel_becomes_two_model_files() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("musicnn.whl");
    std::fs::write(&path, wheel()).unwrap();
    for (set, tag, seed) in [(SETS[0], "s 49", 100), (SETS[1], "m 49", 200)] {
        let model = read(&path, set, &folder.path().join("m.safetensors")).unwrap();
        assert_eq!((model.card.outputs, model.card.labels.len()), (Outputs::Tags, 50));
        assert_eq!(model.card.labels[49], tag);
        assert!(model.card.training.data.contains(set.name) && model.card.training.data.contains("ISC"));
        let again = model.stored(Precision::F32).unwrap();
        assert_eq!(again.card, model.card);
        let problem = again.card.tells_genres().unwrap_err().to_string();
        assert!(problem.contains("tunevote tags"), "{problem}");
        assert_eq!(checkpoint(seed).len(), 8 * 3 + 11 * 4 + 2 * 2 + 1);
    }
}

#[test]
fn what_is_no_wheel_is_refused_with_a_remedy() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("musicnn.whl");
    std::fs::write(&path, b"not a zip").unwrap();
    assert!(problem(&path).contains("pip download"), "{}", problem(&path));
    let whole = wheel();
    std::fs::write(&path, &whole[..whole.len() / 2]).unwrap();
    assert!(problem(&path).contains("pip download"), "{}", problem(&path));
    // A flipped bit of a tensor: the archive's checksum tells.
    let mut damaged = whole.clone();
    damaged[whole.len() / 4] ^= 4;
    std::fs::write(&path, damaged).unwrap();
    assert!(problem(&path).contains("MSD_musicnn"), "{}", problem(&path));
    assert!(matches!(read(&folder.path().join("none.whl"), SETS[0], &path), Err(Error::Io { .. })));
}

#[test]
fn a_head_starts_from_the_tags_that_its_labels_are() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("musicnn.whl");
    std::fs::write(&path, wheel()).unwrap();
    for set in SETS {
        read(&path, set, &Base::file(folder.path(), set.name)).unwrap().write(Precision::F32).unwrap();
    }
    let base = Base::read(folder.path()).unwrap();
    let labels = ["M-7", "polka", "s 3"].map(str::to_owned);
    assert_eq!(base.known(&labels), ["M-7", "s 3"]);
    let start = base.start(&labels);
    assert_eq!(start["head.bias"], (vec![3], vec![0.0; 3]));
    let (shape, weight) = &start["head.weight"];
    assert_eq!(shape, &[500, 3]);
    let set: Vec<_> = (0..1500).filter(|&i| weight[i] != 0.0).map(|i| (i / 3, i % 3, weight[i])).collect();
    // The first network's fifty tags stand before the second's.
    assert_eq!(set, [(3, 2, 1.0), (57, 0, 1.0)]);

    let other = TempDir::new().unwrap();
    assert!(matches!(Base::read(other.path()), Err(Error::Io { .. })));
    for file in Base::files(other.path()) {
        std::fs::copy("weights/default.safetensors", file).unwrap();
    }
    let problem = Base::read(other.path()).unwrap_err().to_string();
    assert!(problem.contains("import musicnn"), "{problem}");
}
