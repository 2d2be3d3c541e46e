//! `tunevote gan` and `classify --refine`, as a person or a script meets them.

use std::path::{Path, PathBuf};
use std::process::Output;

use serde_json::Value;
use tempfile::TempDir;
use tunevote::models::gan::Reading;
use tunevote::weights::{GanFile, Precision, Tensors};

use crate::cli::{rows, songs, text, tunevote};
use crate::gan::run::model;

struct Room {
    _folder: TempDir,
    root: PathBuf,
}

impl Room {
    fn path(&self, name: &str) -> String {
        self.root.join(name).to_str().unwrap().to_owned()
    }

    fn run(&self, args: &[&str]) -> Output {
        let output = tunevote(args);
        assert!(!text(&output.stderr).contains("panicked"), "{}", text(&output.stderr));
        output
    }

    /// The shortest training that there is.
    fn train(&self, out: &str, more: &[&str]) -> Output {
        let [songs, model, out, cache] = ["songs/truth.csv", "m.safetensors", out, "cache"].map(|name| self.path(name));
        let mut args = vec!["gan", "train", &songs, "--model", &model, "--out", &out, "--cache", &cache, "--json"];
        args.extend(["--profile", "paper", "--rows", "2", "--epochs", "1", "--critic-steps", "1", "--seed", "5"]);
        args.extend(more);
        self.run(&args)
    }
}

fn room() -> Room {
    let folder = TempDir::new().unwrap();
    let root = folder.path().to_path_buf();
    songs(&root);
    model(&root.join("m.safetensors"), &["classical", "electro"]);
    Room { _folder: folder, root }
}

/// Width and height of a PNG of grey values, and how many different values it has.
fn picture(path: &str) -> (u32, u32, usize) {
    let mut reader =
        png::Decoder::new(std::io::BufReader::new(std::fs::File::open(path).unwrap())).read_info().unwrap();
    let mut bytes = vec![0; reader.output_buffer_size().unwrap()];
    let info = reader.next_frame(&mut bytes).unwrap();
    let greys: std::collections::BTreeSet<_> = bytes.iter().collect();
    (info.width, info.height, greys.len())
}

/// The same networks as a file of reading B says of itself.
fn translating(from: &Path, to: &Path) {
    let (tensors, _) = Tensors::parse(&std::fs::read(from).unwrap()).unwrap();
    let values = tensors.iter().map(|(name, shape, values)| (name.to_owned(), (shape.to_vec(), values.to_vec())));
    let mut card = GanFile::read(from).unwrap().card;
    card.reading = Reading::Transfer;
    GanFile::new(to, card, values.collect()).unwrap().write(Precision::F32).unwrap();
}

#[test]
fn networks_are_trained_painted_and_asked() {
    let room = room();
    let trained = room.train("g.safetensors", &[]);
    assert_eq!(trained.status.code(), Some(0), "{}", text(&trained.stderr));
    let told = rows(&trained);
    assert_eq!(told.len(), 9, "eight phases and the result");
    assert!(told[..8].iter().enumerate().all(|(k, phase)| phase["phase"] == k && phase["volume"][2] == 1 << k));
    let (width, height, greys) = picture(&room.path("g.sheets/phase8.png"));
    assert_eq!((width, height), (3 * 130 + 2, 2 * 130 + 2));
    assert!(greys > 50, "{greys}");

    let [gan, other, sheet, song, model] =
        ["g.safetensors", "b.safetensors", "s.png", "long.wav", "m.safetensors"].map(|name| room.path(name));
    let out = room.run(&["gan", "sample", &gan, "-o", &sheet, "--count", "3", "--json"]);
    assert_eq!(out.status.code(), Some(0), "{}", text(&out.stderr));
    assert_eq!(rows(&out)[0]["labels"], Value::from(vec!["classical", "electro"]));
    assert_eq!((picture(&sheet).0, picture(&sheet).1), (3 * 130 + 2, 2 * 130 + 2));
    std::fs::write(&song, crate::cli_classify::wav(1, 22_050, 22_050 * 12, crate::cli_classify::noise)).unwrap();
    let out = room.run(&["gan", "sample", &gan, &song, "-o", &sheet, "--count", "4"]);
    assert_eq!(out.status.code(), Some(0), "{}", text(&out.stderr));
    assert_eq!((picture(&sheet).0, picture(&sheet).1), (3 * 130 + 2, 4 * 130 + 2));

    // What translates has nothing to make of noise.
    translating(gan.as_ref(), other.as_ref());
    let refused = room.run(&["gan", "sample", &other, "-o", &sheet]);
    assert_eq!(refused.status.code(), Some(2));
    let error = text(&refused.stderr);
    assert!(error.contains("b.safetensors: ") && error.contains("give them a song"), "{error}");
    assert_eq!(room.run(&["gan", "sample", &other, &song, "-o", &sheet]).status.code(), Some(0));

    let short = room.path("short.wav");
    std::fs::write(&short, crate::cli_classify::wav(1, 22_050, 22_050, crate::cli_classify::noise)).unwrap();
    let refused = room.run(&["gan", "sample", &gan, &short, "-o", &sheet]);
    assert_eq!(refused.status.code(), Some(2));
    assert!(text(&refused.stderr).contains("short.wav: is shorter than one slice"), "{}", text(&refused.stderr));

    // A share that no song reaches: all are looked at again.
    let args = ["classify", &song, "--model", &model, "--json", "--min-share", "1", "--min-kept", "50"];
    let plain = room.run(&args);
    let looked = room.run(&[&args[..], &["--refine", &gan]].concat());
    assert_eq!(looked.status.code(), Some(0), "{}", text(&looked.stderr));
    let (mut plain, mut looked) = (rows(&plain).remove(0), rows(&looked).remove(0));
    assert_eq!(plain["status"], "unclassified");
    let refined = looked.as_object_mut().unwrap().remove("refined").unwrap();
    let scores = refined["scores"].as_object().unwrap();
    let sum: f64 = scores.values().map(|score| score.as_f64().unwrap()).sum();
    assert!(scores.len() == 2 && (sum - 1.0).abs() < 1e-3 && refined["accepted"].is_boolean(), "{refined}");
    for row in [&mut plain, &mut looked] {
        row.as_object_mut().unwrap().remove("seconds");
    }
    assert_eq!(plain, looked);
}

#[test]
fn what_does_not_fit_is_told_before_the_work() {
    let room = room();
    let cases = [
        (&["--slices", "3"][..], "possible values: 1, 4"),
        (&["--lr=-1"], "--lr"),
        (&["--resume"], "there is no interrupted run to go on with"),
    ];
    for (more, says) in cases {
        let output = room.train("x.safetensors", more);
        let error = text(&output.stderr);
        assert!(output.status.code() == Some(2) && error.contains(says), "{more:?}: {error}");
    }
    // Neither what is read nor a song is written over.
    let [model, song] = [room.path("m.safetensors"), room.path("song.wav")];
    std::fs::write(&song, crate::cli_classify::wav(1, 22_050, 100, crate::cli_classify::noise)).unwrap();
    let before = [&model, &song].map(|path| std::fs::read(path).unwrap());
    let list = room.path("songs/truth.csv");
    let cases: [(&[&str], &str); 4] = [
        (&["gan", "sample", &model, "-o", &model], "m.safetensors: this file is read"),
        (&["gan", "sample", &model, &song, "-o", &song], "song.wav: this file is read"),
        (&["gan", "sample", &model, "-o", &song], "song.wav: this is a song"),
        (&["gan", "train", &list, "--model", &model, "--out", &model], "m.safetensors: this file is read"),
    ];
    for (args, says) in cases {
        let output = room.run(args);
        let error = text(&output.stderr);
        assert!(output.status.code() == Some(2) && error.contains(says), "{args:?}: {error}");
    }
    assert!(before == [&model, &song].map(|path| std::fs::read(path).unwrap()));
    // Songs of the model's genres, and of all of them.
    let polka = room.path("songs/polka.csv");
    std::fs::write(&polka, std::fs::read_to_string(&list).unwrap().replace(",electro,", ",polka,")).unwrap();
    let output = room.run(&["gan", "train", &polka, "--model", &model, "--out", &room.path("x.safetensors")]);
    let error = text(&output.stderr);
    assert!(output.status.code() == Some(2), "{error}");
    assert!(error.contains("there are no songs of the model's genre electro, only of classical, polka"), "{error}");
    let output = room.run(&["gan", "sample", &model, "-o", &room.path("s.png")]);
    assert!(text(&output.stderr).contains("no card of a GAN"), "{}", text(&output.stderr));
}

/// One artist a genre: no seed has songs for thresholds, and that is told at once.
#[test]
fn a_study_of_too_few_artists_is_told_before_the_training() {
    let room = room();
    let [list, few, out, cache] = ["songs/truth.csv", "songs/few.csv", "study", "cache"].map(|name| room.path(name));
    let mut reader = csv::Reader::from_path(&list).unwrap();
    let head = reader.headers().unwrap().clone();
    let at = |name: &str| head.iter().position(|column| column == name).unwrap();
    let mut text_of_few = "path,genre,artist\n".to_owned();
    for row in reader.records().map(Result::unwrap) {
        text_of_few += &format!("{},{1},one of {1}\n", &row[at("path")], &row[at("genre")]);
    }
    std::fs::write(&few, text_of_few).unwrap();
    let output = room.run(&["study", "table1", &few, "--quick", "--out", &out, "--cache", &cache]);
    let error = text(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{error}");
    assert!(error.contains("few.csv") && error.contains("at least three artists a genre"), "{error}");
    let output = room.run(&["study", "table1", &list, "--quick", "--out", &out, "--outside", "polka"]);
    assert!(text(&output.stderr).contains("--outside polka: the songs have the genres"), "{}", text(&output.stderr));
}
