//! Tagging networks: `musicnn` from a wheel against its formula, and `tags` as a person or a script meets it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use tempfile::TempDir;
use tunevote::audio::Stream;
use tunevote::blocking::wait;
use tunevote::import::Base;
use tunevote::import::musicnn::{SETS, read};
use tunevote::listen::Song as Sounding;
use tunevote::models::{System, musicnn};
use tunevote::nn::{Mode, Net};
use tunevote::pictures::{Paint, Painter};
use tunevote::plan::{Plan, PlanOptions, Variables};
use tunevote::predict::Predictor;
use tunevote::signal::front_end::{FrontEnd, MelFrontEnd};
use tunevote::tags::Tagger;
use tunevote::weights::{Card, ModelFile, Precision};

use super::cli::{rows, text, tunevote};
use super::cli_classify::{noise as sound, wav};
use crate::harness::{engines, noise};
use crate::reference::parity;
use crate::reference::wheel::{checkpoint, wheel};

fn written(folder: &Path) -> PathBuf {
    let path = folder.join("musicnn-0.1.0-py3-none-any.whl");
    std::fs::write(&path, wheel()).unwrap();
    path
}

#[test]
fn musicnn_is_its_formula() {
    assert_eq!(
        System::named("musicnn").unwrap().network(Mode::Inference, 1, [96, 187], 50).unwrap().0.parameters(),
        787_159
    );
    const FRAMES: usize = 21;
    const BANDS: usize = 96;
    let folder = TempDir::new().unwrap();
    let model = read(&written(folder.path()), SETS[1], &folder.path().join("m.safetensors")).unwrap();
    // Slices of fewer frames, whose reference takes less time; two at once.
    let slices: Vec<f32> = noise(2 * BANDS * FRAMES, 3).iter().map(|v| 1.0 + v).collect();
    let mut front_end = model.card.front_end.clone();
    if let FrontEnd::Mel(mel) = &mut front_end {
        mel.slices.width = FRAMES as u32;
    }
    let card = Card { front_end, ..model.card.clone() };
    for engine in engines() {
        let mut variables = Variables::new(engine);
        model.load(&mut variables).unwrap();
        let predictor = Predictor::shared(&card, &variables, 2, PlanOptions::default()).unwrap();
        let scores = predictor.probabilities(&slices).unwrap();
        let mut net = Net::new(Mode::Inference).unwrap();
        let x = net.graph.input("slices", [2, 1, BANDS, FRAMES]).unwrap();
        let embedding = musicnn::embed(&mut net, "", x).unwrap();
        net.graph.output("embedding", embedding).unwrap();
        let plan = Plan::new(&net.graph, &variables, PlanOptions::default()).unwrap();
        plan.write("slices", &slices).unwrap();
        plan.run();
        let embeddings = wait(engine, engine.read(plan.output("embedding").unwrap())).unwrap();
        for slice in 0..2 {
            let at = |frame: usize, band: usize| f64::from(slices[(slice * BANDS + band) * FRAMES + frame]);
            let picture = (0..FRAMES).map(|frame| (0..BANDS).map(|band| at(frame, band)).collect()).collect();
            let (embedding, want) = crate::reference::wheel::musicnn(&checkpoint(200), &picture);
            let spread = want.iter().copied().fold(0.0, f64::max) - want.iter().copied().fold(1.0, f64::min);
            assert!(spread > 0.3, "scores that are all alike show nothing: {want:?}");
            for (i, (&got, want)) in scores[50 * slice..].iter().zip(&want).enumerate() {
                assert!((f64::from(got) - want).abs() < 1e-5, "tag {i}: {got}, and should be {want}");
            }
            for (i, (&got, want)) in embeddings[200 * slice..].iter().zip(&embedding).enumerate() {
                assert!((f64::from(got) - want).abs() < 5e-5 * (1.0 + want.abs()), "{i}: {got}, want {want}");
            }
        }
    }
}

#[derive(Deserialize)]
struct Fixture {
    /// Frames and bands from one value of a picture that is kept to the next.
    every: [usize; 2],
    songs: Vec<Song>,
}

#[derive(Deserialize)]
struct Song {
    name: String,
    frames: usize,
    patches: usize,
    picture: Vec<Vec<f64>>,
    scores: BTreeMap<String, Vec<f64>>,
}

/// Songs that tools/parity/sox.sh has made, the wheel that tools/parity/musicnn.sh has fetched, and what the package says (tools/fixtures/tags.py).
#[test]
fn real_songs_have_the_packages_pictures_and_tags() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let fixture = std::fs::read(root.join("tests/fixtures/musicnn.json")).unwrap();
    let Fixture { every, songs } = serde_json::from_slice(&fixture).unwrap();
    assert_eq!(songs.len(), 3);
    let engine = &engines()[0];
    let open = |song: &Song| {
        let path = parity::songs().join(&song.name);
        Stream::open(&path, Some(16_000)).unwrap_or_else(|error| panic!("{error}: run tools/parity/sox.sh"))
    };
    let painter = Painter::new(engine, &FrontEnd::Mel(MelFrontEnd::musicnn())).unwrap();
    for song in &songs {
        let (mut stream, mut columns) = (open(song), Vec::new());
        let painted = painter.paint(&mut |out, wanted| stream.read(out, wanted), &mut |part| {
            columns.extend_from_slice(part);
            Ok(())
        });
        assert_eq!(painted.unwrap() as usize, song.frames, "{}", song.name);
        for (row, values) in song.picture.iter().enumerate() {
            for (value, want) in values.iter().enumerate() {
                let got = f64::from(columns[row * every[0] * 96 + value * every[1]]);
                assert!((got - want).abs() < 5e-4, "{}: {got}, and the package has {want}", song.name);
            }
        }
    }
    for set in SETS {
        let model = read(&parity::wheel(), set, Path::new("m.safetensors"))
            .unwrap_or_else(|error| panic!("{error}: run tools/parity/musicnn.sh (needs pip and, once, a network)"));
        let tagger = Tagger::new(engine, &model, 8).unwrap();
        let sounds = songs.iter().map(|song| Sounding { path: song.name.clone(), samples: Box::new(open(song)) });
        let mut known = songs.iter();
        let heard = tagger.run(sounds, |tagged| {
            let song = known.next().unwrap();
            assert_eq!((&tagged.path, tagged.slices, &tagged.error), (&song.name, song.patches, &None));
            for ((label, got), want) in tagger.labels().iter().zip(&tagged.scores).zip(&song.scores[set.name]) {
                let off = (f64::from(*got) - want).abs();
                assert!(off < 3e-5, "{}, {label}: {got}, and the package says {want}", song.name);
            }
            Ok(())
        });
        heard.unwrap();
        assert!(known.next().is_none());
    }
}

#[test]
fn the_head_that_comes_along_reads_the_published_networks() {
    let folder = TempDir::new().unwrap();
    let (wheel, out) = (parity::wheel(), folder.path().join("taggers"));
    let imported = tunevote(&["import", "musicnn", wheel.to_str().unwrap(), "-o", out.to_str().unwrap()]);
    assert!(imported.status.success(), "{}: run tools/parity/musicnn.sh", text(&imported.stderr));
    let whole = ModelFile::read(&out.join("genres.safetensors")).unwrap();
    let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("weights/default.safetensors");
    let own = ModelFile::read(&own).unwrap();
    assert_eq!(whole.card.labels, own.card.labels, "the teacher's genres are the pupil's");
    assert!(whole.card.tells_genres().is_ok() && whole.card.training.data.contains("ISC"));
    let Some(teacher) = &own.card.training.teacher else { panic!("the model that comes along has no teacher") };
    assert!(teacher.ends_with(&whole.sha256[..12]), "{teacher} taught it, and this is {}", whole.sha256);
}

#[test]
fn a_wheel_is_imported_and_songs_are_tagged() {
    let folder = TempDir::new().unwrap();
    let at = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    written(folder.path());
    let wheel = at("musicnn-0.1.0-py3-none-any.whl");
    let imported = tunevote(&["import", "musicnn", &wheel, "-o", &at("taggers")]);
    assert!(imported.status.success(), "{}", text(&imported.stderr));
    assert_eq!(text(&imported.stdout).lines().count(), 2);
    std::fs::write(at("long.wav"), wav(1, 16_000, 16_000 * 7, sound)).unwrap();
    std::fs::write(at("short.wav"), wav(1, 16_000, 16_000, sound)).unwrap();
    std::fs::write(at("broken.mp3"), b"no music").unwrap();
    let model = at("taggers/mtt_musicnn.safetensors");
    let songs = ["broken.mp3", "long.wav", "short.wav"].map(at);
    let tagged = tunevote(&["tags", &songs[0], &songs[1], &songs[2], "--model", &model, "--json"]);
    assert_eq!(tagged.status.code(), Some(1), "{}", text(&tagged.stderr));
    let rows = rows(&tagged);
    assert_eq!(rows.iter().map(|row| row["path"].as_str().unwrap()).collect::<Vec<_>>(), songs);
    assert!(rows[0]["error"].as_str().unwrap().contains("broken.mp3") && rows[0]["tags"].is_null());
    assert!(rows[2]["error"].as_str().unwrap().contains("shorter than one slice of 2.99 s"), "{}", rows[2]);
    assert_eq!((rows[1]["slices"].as_u64(), rows[1]["seconds"].as_f64()), (Some(2), Some(7.0)));
    let scores = rows[1]["tags"].as_object().unwrap();
    assert_eq!(scores.len(), 50);

    // The same from the library, as the mean of its slices.
    let file = ModelFile::read(Path::new(&model)).unwrap();
    let predictor = Predictor::new(&engines()[0], &file, 4).unwrap();
    let painter = Painter::new(&engines()[0], &file.card.front_end).unwrap();
    let samples: Vec<f32> = (0..16_000 * 7).map(sound).collect();
    let columns = crate::pictures::paint(&painter, &samples);
    let slice = |number: usize| {
        let columns = &columns;
        (0..96).flat_map(move |band| (0..187).map(move |frame| columns[(187 * number + frame) * 96 + band]))
    };
    let two = predictor.probabilities(&slice(0).chain(slice(1)).collect::<Vec<_>>()).unwrap();
    for (tag, label) in file.card.labels.iter().enumerate() {
        let mean = f64::from(two[tag] + two[50 + tag]) / 2.0;
        let got = scores[label].as_f64().unwrap();
        assert!((got - mean).abs() < 1e-6, "{label}: {got}, and the mean is {mean}");
    }

    let csv = tunevote(&["tags", &songs[1], "--model", &model, "--csv"]);
    assert!(csv.status.success() && text(&csv.stdout).starts_with("path,seconds,slices,warnings,error,m 0,m 1,"));
    // Tags are no genres, and genres no tags.
    let refused = tunevote(&["classify", &songs[1], "--model", &model]);
    assert_eq!(refused.status.code(), Some(2));
    assert!(text(&refused.stderr).contains("tunevote tags"), "{}", text(&refused.stderr));
    let default = Path::new(env!("CARGO_MANIFEST_DIR")).join("weights/default.safetensors");
    let refused = tunevote(&["tags", &songs[1], "--model", default.to_str().unwrap()]);
    assert_eq!(refused.status.code(), Some(2));
    assert!(text(&refused.stderr).contains("tunevote classify"), "{}", text(&refused.stderr));
    let none = tunevote(&["import", "musicnn", &songs[0], "-o", &at("others")]);
    assert_eq!(none.status.code(), Some(2));
    assert!(text(&none.stderr).contains("pip download"), "{}", text(&none.stderr));
}

/// Columns of a song, one behind the other.
fn painted(painter: &dyn Paint, samples: &[f32]) -> Vec<f32> {
    crate::pictures::paint_rows(painter, musicnn::FEATURES, samples)
}

/// Both sets of a wheel of noise, imported.
fn base(folder: &Path) -> Base {
    let path = written(folder);
    for set in SETS {
        read(&path, set, &Base::file(folder, set.name)).unwrap().write(Precision::F32).unwrap();
    }
    Base::read(folder).unwrap()
}

#[test]
fn features_are_what_both_networks_make_of_a_song() {
    let folder = TempDir::new().unwrap();
    let base = base(folder.path());
    let engine = &engines()[0];
    let FrontEnd::Features(features) = base.front_end() else { panic!("no features") };
    let samples: Vec<f32> = (0..256 * 190).map(sound).collect();
    assert_eq!(base.front_end().columns(samples.len() as u64).unwrap(), 1);
    let got = painted(&base.painter(engine).unwrap(), &samples);
    let columns = crate::pictures::paint(&Painter::new(engine, &features.picture).unwrap(), &samples);
    let picture = columns.chunks_exact(96).take(187).map(|column| column.iter().map(|&v| f64::from(v)).collect());
    let picture = picture.collect();
    let mut want = [Vec::new(), Vec::new()];
    for seed in [100, 200] {
        let (embedding, scores) = crate::reference::wheel::musicnn(&checkpoint(seed), &picture);
        want[0].extend(scores.into_iter().map(|score| (score / (1.0 - score)).ln()));
        want[1].extend(embedding);
    }
    let want = want.concat();
    assert_eq!(got.len(), want.len());
    for (i, (&got, want)) in got.iter().zip(&want).enumerate() {
        assert!((f64::from(got) - want).abs() < 2e-4 * (1.0 + want.abs()), "feature {i}: {got}, and should be {want}");
    }
    // More slices than go through the networks at once come in order, each as it is alone.
    let long: Vec<f32> = (0..256 * (160 * 9 + 187)).map(sound).collect();
    let all = painted(&base.painter(engine).unwrap(), &long);
    assert_eq!(all.len(), 10 * musicnn::FEATURES);
    for slice in [0, 8, 9] {
        // Frames before the song's start are silent, others are not: a slice from the middle is cut with what stands before it.
        let from = 256 * 160 * slice;
        if slice == 0 {
            let alone = painted(&base.painter(engine).unwrap(), &long[from..from + 256 * 187]);
            let own = &all[..musicnn::FEATURES];
            assert!(own.iter().zip(&alone).all(|(a, b)| (a - b).abs() < 1e-4 * (1.0 + b.abs())));
        } else {
            let [own, first] = [slice, 0].map(|at| &all[at * musicnn::FEATURES..][..musicnn::FEATURES]);
            assert!(own != first, "slice {slice} is the first one again");
        }
    }
}

#[test]
fn a_head_is_trained_on_a_base_and_makes_a_whole_model() {
    let folder = TempDir::new().unwrap();
    let base = base(folder.path());
    let songs = super::cli::songs(folder.path());
    let at = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let (list, out, cache) = (songs.join("truth.csv"), at("mine.safetensors"), at("cache"));
    let train = |more: &[&str]| {
        let (list, base) = (list.to_str().unwrap(), folder.path().to_str().unwrap());
        let usual = ["train", list, "--base", base, "--out", &out, "--cache", &cache, "--epochs", "3", "--json"];
        tunevote(&[&usual[..], more].concat())
    };
    let refused = train(&["--labels", "classical,electro,polka"]);
    assert_eq!(refused.status.code(), Some(2));
    assert!(text(&refused.stderr).contains("--labels polka: there are no songs of it"), "{}", text(&refused.stderr));
    let head = at("head.safetensors");
    let same = train(&["--head", &out]);
    assert!(text(&same.stderr).contains("cannot be one file"), "{}", text(&same.stderr));
    let trained = train(&["--head", &head]);
    assert!(trained.status.success(), "{}", text(&trained.stderr));
    let result = rows(&trained).pop().unwrap();
    assert_eq!(result["card"]["system"], "musicnn-genres");
    assert!(!Path::new(&format!("{out}.checkpoint")).exists());
    let model = ModelFile::read(Path::new(&out)).unwrap();
    assert!(model.card.training.data.contains("ISC") && model.card.tells_genres().is_ok());
    // The head that goes without the networks and a wheel are the same model again.
    assert!(std::fs::metadata(&head).unwrap().len() < 20_000, "a head is small");
    let (wheel, again) = (written(folder.path()), at("again"));
    let import = |head: &str| tunevote(&["import", "musicnn", wheel.to_str().unwrap(), "-o", &again, "--head", head]);
    let no_head = import(Base::file(folder.path(), SETS[0].name).to_str().unwrap());
    assert!(text(&no_head.stderr).contains("no head that was trained on these networks"), "{}", text(&no_head.stderr));
    assert!(!Path::new(&again).exists(), "nothing is written where something is wrong");
    let joined = import(&head);
    assert!(joined.status.success(), "{}", text(&joined.stderr));
    let joined = std::fs::read(Path::new(&again).join("genres.safetensors")).unwrap();
    assert!(joined == std::fs::read(&out).unwrap(), "another model");

    assert_ne!(model.card.temperature, 1.0, "its answers are tempered");

    // It is judged by the features that are kept: nothing is painted again.
    let kept = || std::fs::read_dir(&cache).unwrap().count();
    let before = kept();
    let judged = tunevote(&["evaluate", list.to_str().unwrap(), "--model", &out, "--cache", &cache, "--json"]);
    assert!(judged.status.success(), "{}", text(&judged.stderr));
    assert_eq!((before, kept()), (rows_of(&list), before));
    let judged = rows(&judged).pop().unwrap();

    // The whole model says of a song what its head says of the base's features.
    let song = first_song(&songs.join("electro"));
    let classified = tunevote(&["classify", song.to_str().unwrap(), "--model", &out, "--json"]);
    assert!(classified.status.success(), "{}", text(&classified.stderr));
    let row = rows(&classified).pop().unwrap();
    let outcomes = judged["outcomes"].as_array().unwrap();
    let same =
        outcomes.iter().find(|one| one["path"].as_str().unwrap().ends_with(row["path"].as_str().unwrap())).unwrap();
    assert_eq!((&same["genre"], &same["share"]), (&row["genre"], &row["share"]));
    let mut stream = Stream::open(&song, Some(16_000)).unwrap();
    let mut samples = Vec::new();
    while stream.read(&mut samples, 1 << 16).unwrap() > 0 {}
    let features = painted(&base.painter(&engines()[0]).unwrap(), &samples);
    let head: BTreeMap<_, _> =
        model.tensors().iter().filter(|(name, ..)| name.starts_with("head.")).map(|(n, _, v)| (n, v)).collect();
    let (weight, bias) = (head["head.weight"], head["head.bias"]);
    let said = row["slices"]["probabilities"].as_array().unwrap();
    assert_eq!((said.len(), features.len()), (2, 2 * musicnn::FEATURES));
    for (said, features) in said.iter().zip(features.chunks_exact(musicnn::FEATURES)) {
        let logit = |label: usize| {
            let products =
                features.iter().zip(weight[label..].iter().step_by(2)).map(|(f, w)| f64::from(*f) * f64::from(*w));
            (f64::from(bias[label]) + products.sum::<f64>()) / model.card.temperature
        };
        let want = 1.0 / (1.0 + (logit(1) - logit(0)).exp());
        let got = said[0].as_f64().unwrap();
        assert!((got - want).abs() < 1e-4, "{got}, and the head says {want}");
        assert!((0.001..0.999).contains(&want), "a head that is sure whatever it hears shows nothing: {want}");
    }

    // As a teacher it tells its tags too, which leave no trace in the pupil's file but that it is another one.
    let pupil = |name: &str, more: &[&str]| {
        let (list, out) = (list.to_str().unwrap(), at(name));
        let usual = ["train", list, "--out", &out, "--cache", &cache, "--epochs", "2", "--batch", "4", "--json"];
        let trained = tunevote(&[&usual[..], &["--teacher", &at("mine.safetensors")], more].concat());
        assert!(trained.status.success(), "{}", text(&trained.stderr));
        ModelFile::read(Path::new(&out)).unwrap()
    };
    let (alone, hinted) = (pupil("alone.safetensors", &[]), pupil("hinted.safetensors", &["--teacher-tags", "10"]));
    let names = |model: &ModelFile| model.tensors().iter().map(|(name, ..)| name.to_owned()).collect::<Vec<_>>();
    assert_eq!(names(&alone), names(&hinted));
    assert!(alone.sha256 != hinted.sha256, "the tags taught nothing");
    let deaf = at("alone.safetensors");
    let refused =
        ["train", list.to_str().unwrap(), "--out", &at("x.safetensors"), "--teacher", &deaf, "--teacher-tags", "1"];
    let refused = tunevote(&refused);
    assert!(
        refused.status.code() == Some(2) && text(&refused.stderr).contains("hears no tags"),
        "{}",
        text(&refused.stderr)
    );

    // Its base and its head can be had apart: what they are cached by is what the folder's are cached by.
    let part = Base::of(&model).unwrap();
    assert_eq!(part.front_end(), base.front_end());
    let head = Predictor::new(&engines()[0], &part.head(&model, &model.path).unwrap(), 4).unwrap();
    let answers = head.probabilities(&features).unwrap();
    assert_eq!(answers.len(), 2 * 2);
    for (answer, said) in answers.iter().zip(said.iter().flat_map(|slice| slice.as_array().unwrap())) {
        assert!((f64::from(*answer) - said.as_f64().unwrap()).abs() < 1e-4);
    }
    let default = ModelFile::read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("weights/default.safetensors")).unwrap();
    assert!(Base::of(&default).is_none());
}

/// Songs of a list.
fn rows_of(list: &Path) -> usize {
    std::fs::read_to_string(list).unwrap().lines().count() - 1
}

fn first_song(folder: &Path) -> PathBuf {
    let mut songs: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    songs.sort();
    songs.swap_remove(0)
}
