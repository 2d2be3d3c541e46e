//! A whole run, stopped anywhere: also while a step is under way.

use std::path::Path;

use tunevote::data::{Augment, Balance, Cache, Dataset, SliceSplit, Song, Split};
use tunevote::metrics::{Evaluation, Options};
use tunevote::models::System;
use tunevote::nn::{EarlyStop, Plateau, Schedule};
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
        frozen: false,
        tempered: true,
        teacher: None,
    }
}

/// Runs until the `last`-th report of a kind, from 1; then, if it was stopped there, to its end. Gives whether it was, and the
/// reports until then.
fn stopped_at(
    plan: &RunPlan,
    kind: fn(&Event) -> bool,
    last: usize,
    data: RunData<'_>,
    out: &Path,
) -> (bool, usize, Box<Finished>) {
    let mut told = 0;
    let card = Card::new(&plan.system, data.songs.dataset.labels.clone(), plan.front_end.clone());
    let mut observe = |event: Event| {
        let counts = kind(&event);
        told += usize::from(counts);
        !(counts && told == last)
    };
    let engine = &engines()[0];
    match run(engine, plan, data, card.clone(), out, None, &mut observe).unwrap() {
        Outcome::Finished(finished) => (false, told, finished),
        Outcome::Interrupted { steps: (done, total) } => {
            assert!(done > 0 && done <= total && !out.exists(), "{done} of {total} steps");
            let checkpoint = Checkpoint::read(&checkpoint_path(out)).unwrap();
            match run(engine, plan, data, card, out, Some(checkpoint), &mut |_| true).unwrap() {
                Outcome::Finished(finished) => (true, told, finished),
                other => panic!("{other:?}"),
            }
        }
        other @ Outcome::Diverged { .. } => panic!("{other:?}"),
    }
}

/// Six songs of two labels and an artist each, the first two of some steps an epoch, and their pictures.
fn songs(folder: &Path) -> (Dataset, Gathered) {
    let names = ["a", "b", "c", "d", "e", "f"];
    let songs = names.iter().enumerate().map(|(index, name)| {
        // The first two teach: some steps an epoch.
        let made = song(folder, &format!("{name}.wav"), 4 + index as u32 + if index < 2 { 8 } else { 0 });
        Song { label: index % 2, artist: Some((*name).into()), ..made }
    });
    let all = dataset(songs.collect());
    let cache = Cache::new(folder.join("cache")).unwrap();
    let gathered = gather(&engines()[0], &all, &plan().front_end, &cache, &|_| {}, &|| false).unwrap().unwrap();
    (all, gathered)
}

/// Two songs on each side.
fn sides(all: &Dataset, gathered: &Gathered) -> SliceSplit {
    let split = Split { train: vec![0, 1], validation: vec![2, 3], test: vec![4, 5], warnings: Vec::new() };
    SliceSplit::of_songs(&split, &gathered.slices(all, &plan().front_end))
}

fn data<'a>(all: &'a Dataset, gathered: &'a Gathered, slices: &'a SliceSplit) -> RunData<'a> {
    RunData {
        songs: Songs { dataset: all, gathered },
        train: &slices.train,
        validation: &slices.validation,
        test: &slices.test,
        split: "by hand",
        targets: None,
        base: None,
        head: None,
    }
}

fn timeless(report: &EpochReport) -> EpochReport {
    EpochReport { slices_per_second: 0.0, seconds: 0.0, ..report.clone() }
}

fn judged(event: &Event) -> bool {
    matches!(event, Event::Judged { .. })
}

fn stepped(event: &Event) -> bool {
    matches!(event, Event::Step { .. })
}

#[test]
fn a_run_stops_while_it_judges_and_ends_as_if_it_had_not() {
    let folder = tempfile::tempdir().unwrap();
    let (all, gathered) = songs(folder.path());
    let slices = sides(&all, &gathered);
    let (plan, data) = (plan(), data(&all, &gathered, &slices));
    let front_end = plan.front_end.clone();
    let out = folder.path().join("m.safetensors");
    let (stopped, steps, whole) = stopped_at(&plan, stepped, usize::MAX, data, &out);
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
    let kinds = [(judged as fn(&Event) -> bool, 5), (stepped as fn(&Event) -> bool, steps)];
    let stops = kinds.into_iter().flat_map(|(kind, most)| (1..=most + 1).map(move |last| (kind, last, last <= most)));
    for (kind, last, within) in stops {
        std::fs::remove_file(&out).unwrap();
        let (stopped, _, finished) = stopped_at(&plan, kind, last, data, &out);
        assert_eq!(stopped, within, "report {last}");
        assert!(std::fs::read(&out).unwrap() == bytes, "report {last}");
        assert!(finished.history.iter().map(timeless).eq(whole.history.iter().map(timeless)), "report {last}");
        assert!(!checkpoint_path(&out).exists());
    }
}

#[test]
fn a_run_that_slows_down_and_ends_early_goes_on_to_the_same_weights() {
    let folder = tempfile::tempdir().unwrap();
    let (all, gathered) = songs(folder.path());
    let slices = sides(&all, &gathered);
    let data = data(&all, &gathered, &slices);
    // Only the first epoch's loss is a better one: behind the second, the third and the fourth epoch the rate is halved, and there it ends.
    let plateau = Plateau { factor: 0.5, patience: 1, min_rate: 0.0, min_delta: 1e9 };
    let plan = RunPlan {
        epochs: 6,
        schedule: Schedule::Plateau(plateau),
        early_stop: Some(EarlyStop { patience: 3, min_delta: 1e9 }),
        ..plan()
    };
    let out = folder.path().join("m.safetensors");
    let (_, steps, whole) = stopped_at(&plan, stepped, usize::MAX, data, &out);
    let bytes = std::fs::read(&out).unwrap();
    let rates: Vec<f32> = whole.history.iter().map(|epoch| epoch.learning_rate).collect();
    assert_eq!(rates, [1e-3, 1e-3, 5e-4, 2.5e-4]);
    assert_eq!((whole.card.training.epochs, steps % 4), (4, 0));
    // The losses are the mean over the slices' own.
    assert!(whole.history.iter().all(|epoch| epoch.validation_loss.is_some_and(|loss| (0.01..10.0).contains(&loss))));
    let each = steps / 4;
    let at_steps =
        [each, each + 1, 2 * each, 3 * each, 3 * each + 1, steps].map(|last| (stepped as fn(&Event) -> bool, last));
    let at_judging = [2, 4, 5, 7].map(|last| (judged as fn(&Event) -> bool, last));
    for (kind, last) in at_steps.into_iter().chain(at_judging) {
        std::fs::remove_file(&out).unwrap();
        let (stopped, _, finished) = stopped_at(&plan, kind, last, data, &out);
        assert!(stopped && std::fs::read(&out).unwrap() == bytes, "report {last}");
        assert!(finished.history.iter().map(timeless).eq(whole.history.iter().map(timeless)), "report {last}");
    }
    // Another schedule gives other weights, so the bytes say something.
    std::fs::remove_file(&out).unwrap();
    stopped_at(&RunPlan { schedule: Schedule::Constant, ..plan.clone() }, stepped, usize::MAX, data, &out);
    assert!(std::fs::read(&out).unwrap() != bytes);
    // Without songs that validate there is nothing to go by.
    for plan in [RunPlan { early_stop: None, ..plan.clone() }, RunPlan { schedule: Schedule::Constant, ..plan }] {
        let card = Card::new(&plan.system, all.labels.clone(), plan.front_end.clone());
        let data = RunData { validation: &[], ..data };
        let error = run(&engines()[0], &plan, data, card, &out, None, &mut |_| true).unwrap_err();
        assert!(error.to_string().contains("no songs validate"), "{error}");
    }
}
