//! A whole run, stopped and gone on with, and a second look with what it wrote.

use std::path::Path;

use tunevote::classify::{Classifier, Song as Sung};
use tunevote::data::{Cache, Dataset, SliceSplit, Song, Split};
use tunevote::gan::{Event, GanData, GanPlan, Outcome, Progress, imagined_sheet, run, song_sheet};
use tunevote::models::System;
use tunevote::models::gan::{Profile, Reading};
use tunevote::refine::SecondLook;
use tunevote::train::{Gathered, Learner, RunData, Settings, Songs, checkpoint_path, gather};
use tunevote::vote::{Record, Status, Thresholds};
use tunevote::weights::{Card, GanFile, ModelFile, Precision};

use crate::harness::{engines, noise};
use crate::training::gather::{dataset, song};

fn plan() -> GanPlan {
    GanPlan { rows: 2, epochs: 1, critic_steps: 2, ..GanPlan::new(Profile::Practical, Reading::Analysis) }
}

/// A classifier with the weights that it starts from.
pub fn model(path: &Path, labels: &[&str]) -> ModelFile {
    let system = System::named("compact").unwrap();
    let settings = Settings { system, slice: [128, 128], classes: 2, batch: 1, clip: None, seed: 3 };
    let learner = Learner::new(&engines()[0], settings).unwrap();
    let card = Card::new(system.name, labels.iter().map(|&label| label.into()).collect(), system.front_end());
    ModelFile::new(path, card, learner.kept().unwrap()).unwrap().write(Precision::F32).unwrap();
    ModelFile::read(path).unwrap()
}

type Stop = fn(&Event) -> bool;

/// Runs until `stop` says so, if it does; gives whether it did.
fn go(data: GanData<'_>, out: &Path, resume: bool, stop: Stop) -> bool {
    let saved = resume.then(|| Progress::read(&checkpoint_path(out)).unwrap());
    match run(&engines()[0], &plan(), data, out, saved, &mut |event| !stop(&event)).unwrap() {
        Outcome::Finished(finished) => {
            assert_eq!(finished.history.len(), 8);
            false
        }
        Outcome::Interrupted { .. } => true,
        other @ Outcome::Diverged { .. } => panic!("{other:?}"),
    }
}

/// Songs, their pictures, and a classifier of them.
struct Room {
    folder: tempfile::TempDir,
    all: Dataset,
    gathered: Gathered,
    slices: SliceSplit,
    model: ModelFile,
}

impl Room {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let songs = ["a", "b", "c", "d"].iter().enumerate().map(|(index, name)| {
            let made = song(folder.path(), &format!("{name}.wav"), 12 + index as u32);
            Song { label: index % 2, artist: Some((*name).into()), ..made }
        });
        let all = dataset(songs.collect());
        let model = model(&folder.path().join("m.safetensors"), &["a", "b"]);
        let front_end = &model.card.front_end;
        let cache = Cache::new(folder.path().join("cache")).unwrap();
        let gathered: Gathered = gather(&engines()[0], &all, front_end, &cache, &|_| {}, &|| false).unwrap().unwrap();
        let split = Split { train: vec![0, 1], validation: vec![2, 3], test: Vec::new(), warnings: Vec::new() };
        let slices = SliceSplit::of_songs(&split, &gathered.slices(&all, front_end));
        Self { folder, all, gathered, slices, model }
    }

    fn data(&self) -> GanData<'_> {
        let (train, validation) = (&self.slices.train, &self.slices.validation);
        let (dataset, gathered) = (&self.all, &self.gathered);
        let songs = Songs { dataset, gathered };
        let run =
            RunData { songs, train, validation, test: &[], split: "by hand", targets: None, base: None, head: None };
        GanData { run, model: &self.model }
    }
}

/// A rate at which no number survives ends a run and keeps the checkpoint; one at which nothing is learnt leaves pictures that are all alike,
/// and that is said; a generator that would never learn is refused.
#[test]
fn divergence_collapse_and_idleness_are_said() {
    let room = Room::new();
    let out = room.folder.path().join("g.safetensors");
    let go = |plan: &GanPlan, observe: &mut dyn FnMut(Event) -> bool| {
        run(&engines()[0], plan, room.data(), &out, None, observe)
    };
    let usual = GanPlan { rows: 2, epochs: 2, critic_steps: 1, ..GanPlan::new(Profile::Paper, Reading::Analysis) };
    match go(&GanPlan { learning_rate: 1e30, ..usual }, &mut |_| true).unwrap() {
        Outcome::Diverged { problem, phase: 0 } => assert!(problem.contains("phase 1"), "{problem}"),
        other => panic!("{other:?}"),
    }
    assert!(!out.exists());
    let mut said = Vec::new();
    let ended = go(&GanPlan { learning_rate: 1e-9, ..usual }, &mut |event| match event {
        Event::Phase(report, _) => {
            said.push((report.volume[1], report.warnings));
            said.len() < 4
        }
        _ => true,
    });
    assert!(matches!(ended, Ok(Outcome::Interrupted { .. })));
    assert!(said[..3].iter().all(|(_, warnings)| warnings.is_empty()), "{said:?}");
    assert!(said[3].0 == 8 && said[3].1[0].contains("the generator has collapsed"), "{said:?}");
    let refused = go(&GanPlan { critic_steps: 100, ..usual }, &mut |_| true).unwrap_err().to_string();
    assert!(refused.contains("the generator learns in one of 100"), "{refused}");
}

#[test]
fn a_run_goes_on_as_if_it_had_not_stopped_and_its_file_takes_a_second_look() {
    let room = Room::new();
    let (data, model, folder) = (room.data(), &room.model, &room.folder);

    let out = folder.path().join("g.safetensors");
    assert!(!go(data, &out, false, |_| false));
    let whole = std::fs::read(&out).unwrap();
    assert!(!checkpoint_path(&out).exists());
    // In the middle of a phase, between two, and while it judges.
    let stops: [Stop; 3] = [
        |event| matches!(event, Event::Step { phase: (2, _), steps: (1, _), .. }),
        |event| matches!(event, Event::Phase(report, _) if report.phase == 4),
        |event| matches!(event, Event::Judged { .. }),
    ];
    std::fs::remove_file(&out).unwrap();
    for (k, stop) in stops.into_iter().enumerate() {
        assert!(go(data, &out, k > 0, stop), "stop {k}");
        assert!(!out.exists() && checkpoint_path(&out).exists());
    }
    let (progress, _) = Progress::read(&checkpoint_path(&out)).unwrap();
    let other = GanPlan { rows: 3, ..plan() };
    let error = progress.check(&other, &model.sha256).unwrap_err().to_string();
    assert!(error.contains("rows 2, not 3"), "{error}");
    assert!(progress.check(&plan(), "another").is_err());
    assert!(!go(data, &out, true, |_| false));
    assert!(std::fs::read(&out).unwrap() == whole, "the run that was stopped ends elsewhere");

    second_look(&GanFile::read(&out).unwrap(), model);
}

fn second_look(gan: &GanFile, model: &ModelFile) {
    let engine = &engines()[0];
    let mut renamed = model.clone();
    renamed.sha256 = "another".into();
    let refused = SecondLook::new(engine, gan, &renamed, 2).unwrap_err().to_string();
    assert!(refused.contains("another model"), "{refused}");
    // Every slice has its evidence, whatever goes through at once.
    let halves: Vec<_> = noise(5 * 128 * 128, 1).iter().map(|&v| half::f16::from_f32(v)).collect();
    let [two, five] =
        [2, 5].map(|batch| SecondLook::new(engine, gan, model, batch).unwrap().evidence(&halves).unwrap());
    assert_eq!(two.len(), 5);
    for (a, b) in two.iter().zip(&five) {
        let near = |a: &[f32], b: &[f32]| a.len() == 2 && a.iter().zip(b).all(|(a, b)| (a - b).abs() < 1e-4);
        assert!(near(&a.distances, &b.distances) && near(&a.renderings, &b.renderings), "{a:?} {b:?}");
        assert!(a.distances.iter().all(|d| (0.0..1.0).contains(d)) && a.renderings.iter().all(|log| *log <= 0.0));
    }
    // Songs with a genre stay as they are; the others say what was seen.
    for (min_kept, unclassified) in [(1, false), (100, true)] {
        let thresholds = Thresholds { min_confidence: 0.0, min_share: 0.0, min_kept, ..Thresholds::default() };
        let records = |look: bool| {
            let mut classifier = Classifier::new(engine, model, "m", thresholds, 4).unwrap();
            if look {
                classifier = classifier.with_second_look(SecondLook::new(engine, gan, model, 2).unwrap()).unwrap();
            }
            let mut left = 22_050 * 9;
            let samples = move |out: &mut Vec<f32>, wanted: usize| {
                let now = wanted.min(left);
                out.extend((0..now).map(|i| (((left - i) as f32).powi(2) * 1e-6).sin() * 0.3));
                left -= now;
                Ok(now)
            };
            let mut records: Vec<Record> = Vec::new();
            let songs = [Sung { path: "s".into(), samples: Box::new(samples) }];
            let emit = |record| {
                records.push(record);
                Ok(())
            };
            classifier.run(songs.into_iter(), emit).unwrap();
            records.remove(0)
        };
        let (plain, looked) = (records(false), records(true));
        assert_eq!(plain.status == Status::Unclassified, unclassified, "{plain:?}");
        assert_eq!(looked.refined.is_some(), unclassified);
        assert_eq!(Record { refined: None, ..looked }, plain);
    }
    let sheet = imagined_sheet(engine, gan, 3, 1).unwrap();
    assert_eq!((sheet.width, sheet.height), (3 * 130 + 2, 2 * 130 + 2));
    assert!(sheet != imagined_sheet(engine, gan, 3, 2).unwrap(), "another seed paints the same");
    let sheet = song_sheet(engine, gan, &noise(2 * 128 * 128, 4)).unwrap();
    assert_eq!((sheet.width, sheet.height), (3 * 130 + 2, 2 * 130 + 2));
    assert!(song_sheet(engine, gan, &[0.0; 100]).is_err());
}
