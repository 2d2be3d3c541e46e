//! A whole run, stopped anywhere: also while a step is under way.

use std::path::Path;

use tunevote::data::{Augment, Balance, Cache, SliceSplit, Song, Split};
use tunevote::metrics::{Evaluation, Options};
use tunevote::models::System;
use tunevote::nn::Schedule;
use tunevote::predict::Predictor;
use tunevote::train::{
    Checkpoint, EpochReport, Event, Finished, Gathered, Outcome, RunData, RunPlan, Songs, checkpoint_path, gather,
    judge, run, tune,
};
use tunevote::vote::Thresholds;
use tunevote::weights::{Card, ModelFile, Precision, Values};

use super::gather::{dataset, song};
use crate::harness::engines;

fn plan() -> RunPlan {
    let system = System::named("compact").unwrap();
    RunPlan {
        system: system.name.to_owned(),
        epochs: 2,
        batch: 2,
        learning_rate: 1e-3,
        schedule: Schedule::Cosine,
        early_stop: None,
        clip: None,
        seed: 1,
        augment: Augment::default(),
        balance: Balance::Labels,
        front_end: system.front_end(),
        precision: Precision::F32,
        start: Values::new(),
        tempered: true,
        teacher: None,
    }
}

/// Runs until the `last`-th report of a kind, from 1; then, if it was stopped there, to its end. Gives whether it was, and the
/// reports until then.
fn stopped_at(kind: fn(&Event) -> bool, last: usize, data: RunData<'_>, out: &Path) -> (bool, usize, Box<Finished>) {
    let (plan, mut told) = (plan(), 0);
    let card = Card::new(&plan.system, data.songs.dataset.labels.clone(), plan.front_end.clone());
    let mut observe = |event: Event| {
        let counts = kind(&event);
        told += usize::from(counts);
        !(counts && told == last)
    };
    let engine = &engines()[0];
    match run(engine, &plan, data, card.clone(), out, None, &mut observe).unwrap() {
        Outcome::Finished(finished) => (false, told, finished),
        Outcome::Interrupted { steps: (done, total) } => {
            assert!(done > 0 && done <= total && !out.exists(), "{done} of {total} steps");
            let checkpoint = Checkpoint::read(&checkpoint_path(out)).unwrap();
            match run(engine, &plan, data, card, out, Some(checkpoint), &mut |_| true).unwrap() {
                Outcome::Finished(finished) => (true, told, finished),
                other => panic!("{other:?}"),
            }
        }
        other @ Outcome::Diverged { .. } => panic!("{other:?}"),
    }
}

#[test]
fn a_run_stops_while_it_judges_and_ends_as_if_it_had_not() {
    let folder = tempfile::tempdir().unwrap();
    let names = ["a", "b", "c", "d", "e", "f"];
    let songs = names.iter().enumerate().map(|(index, name)| {
        // The first two teach: some steps an epoch.
        let made = song(folder.path(), &format!("{name}.wav"), 4 + index as u32 + if index < 2 { 8 } else { 0 });
        Song { label: index % 2, artist: Some((*name).into()), ..made }
    });
    let all = dataset(songs.collect());
    let cache = Cache::new(folder.path().join("cache")).unwrap();
    let front_end = plan().front_end;
    let gathered: Gathered = gather(&engines()[0], &all, &front_end, &cache, &|_| {}, &|| false).unwrap().unwrap();
    let split = Split { train: vec![0, 1], validation: vec![2, 3], test: vec![4, 5], warnings: Vec::new() };
    let slices = SliceSplit::of_songs(&split, &gathered.slices(&all, &front_end));
    let data = RunData {
        songs: Songs { dataset: &all, gathered: &gathered },
        train: &slices.train,
        validation: &slices.validation,
        test: &slices.test,
        split: "by hand",
        targets: None,
        base: None,
        head: None,
    };
    let timeless = |report: &EpochReport| EpochReport { slices_per_second: 0.0, seconds: 0.0, ..report.clone() };
    let out = folder.path().join("m.safetensors");
    let judged = |event: &Event| matches!(event, Event::Judged { .. });
    let stepped = |event: &Event| matches!(event, Event::Step { .. });
    let (stopped, steps, whole) = stopped_at(stepped, usize::MAX, data, &out);
    assert!(!stopped && (6..20).contains(&steps) && steps.is_multiple_of(2), "{steps} steps");
    let bytes = std::fs::read(&out).unwrap();
    // The file answers at the temperature that validation chose.
    let temperature = whole.card.temperature;
    assert!((0.05..20.0).contains(&temperature) && temperature != 1.0, "{temperature}");
    let file = ModelFile::read(&out).unwrap();
    let predictor = Predictor::new(&engines()[0], &file, 32).unwrap();
    let judged_again = judge(&predictor, data.songs, &front_end, data.validation, &file.card.thresholds, &mut |_| true)
        .unwrap()
        .unwrap();
    let again = Evaluation::new(&judged_again, &file.card.labels, &file.card.thresholds, &Options::default()).unwrap();
    assert_eq!(file.card.accuracy[0].kept, again.kept_slices.estimate.value);
    assert_eq!(file.card.thresholds, tune(&judged_again, &file.card.labels, Thresholds::default()).unwrap());
    // Validation of both epochs, then at the end once more before and behind the temperature, and the test side: one batch each. And every
    // step, most with the next one under way.
    let kinds = [(judged as fn(&Event) -> bool, 5), (stepped, steps)];
    let stops = kinds.into_iter().flat_map(|(kind, most)| (1..=most + 1).map(move |last| (kind, last, last <= most)));
    for (kind, last, within) in stops {
        std::fs::remove_file(&out).unwrap();
        let (stopped, _, finished) = stopped_at(kind, last, data, &out);
        assert_eq!(stopped, within, "report {last}");
        assert!(std::fs::read(&out).unwrap() == bytes, "report {last}");
        assert!(finished.history.iter().map(timeless).eq(whole.history.iter().map(timeless)), "report {last}");
        assert!(!checkpoint_path(&out).exists());
    }
}
