//! Several models' answers as one, the report of a run over folds, and whose folder it is.

use serde_json::{Value, json};
use tempfile::TempDir;
use tunevote::data::{Augment, Balance, Dataset, Folds, Song};
use tunevote::metrics::{Forced, Options, Scores};
use tunevote::models::System;
use tunevote::nn::Schedule;
use tunevote::report::{kfold_confusion, kfold_page, kfold_text};
use tunevote::study::kfold::{Combine, FoldAnswers, Plan, Report, claim, combine, read_identity};
use tunevote::train::{Gathered, RunPlan, Songs};
use tunevote::weights::{Precision, Values};

use super::report::check_nesting;

fn labels() -> Vec<String> {
    ["jazz", "pop", "<b>"].map(str::to_owned).to_vec()
}

fn plan() -> Plan {
    let system = System::named("compact").unwrap();
    let run = RunPlan {
        system: "compact".into(),
        epochs: 2,
        batch: 4,
        learning_rate: 0.25,
        schedule: Schedule::Constant,
        early_stop: None,
        clip: None,
        seed: 3,
        augment: Augment::default(),
        balance: Balance::Labels,
        front_end: system.front_end(),
        teacher: None,
        tempered: true,
        precision: Precision::F32,
        start: Values::new(),
        frozen: false,
    };
    Plan { run, folds: 2, held_out: 0.2 }
}

#[test]
fn answers_are_put_together() {
    let both = |said: &[(Option<usize>, &[f64])]| [Combine::Mean, Combine::Mode].map(|how| combine(how, said, 3).0);
    // Two of three models answer 1, and the third is surer of 0.
    let split: [(Option<usize>, &[f64]); 3] =
        [(Some(1), &[0.4, 0.5, 0.1]), (Some(1), &[0.4, 0.5, 0.1]), (Some(0), &[0.9, 0.1, 0.0])];
    assert_eq!(both(&split), [Some(0), Some(1)]);
    // A mode of one vote each is broken by the mean, whoever comes first.
    let tied: [(Option<usize>, &[f64]); 2] = [(Some(0), &[0.5, 0.4, 0.1]), (Some(2), &[0.1, 0.2, 0.7])];
    assert_eq!(both(&tied), [Some(2), Some(2)]);
    // Only the tied ones are asked about: 1 has the highest mean and no vote... but for those of no model.
    let among: [(Option<usize>, &[f64]); 2] = [(Some(0), &[0.45, 0.44, 0.11]), (Some(2), &[0.05, 0.44, 0.51])];
    assert_eq!(both(&among), [Some(1), Some(2)]);
    // What is still equal is the first.
    let equal: [(Option<usize>, &[f64]); 2] = [(Some(2), &[0.2, 0.3, 0.5]), (Some(1), &[0.2, 0.5, 0.3])];
    assert_eq!(both(&equal), [Some(1), Some(1)]);
    // A model that cannot answer takes no part, and without any there is no answer.
    let one: [(Option<usize>, &[f64]); 2] = [(None, &[]), (Some(2), &[0.2, 0.3, 0.5])];
    assert_eq!(both(&one), [Some(2), Some(2)]);
    for how in [Combine::Mean, Combine::Mode] {
        assert_eq!(combine(how, &one, 3).1, [0.2, 0.3, 0.5]);
        assert_eq!(combine(how, &[(None, &[])], 3), (None, vec![]));
        assert_eq!(combine(how, &[], 3), (None, vec![]));
    }
    let mean = combine(Combine::Mode, &split, 3).1;
    [1.7 / 3.0, 1.1 / 3.0, 0.2 / 3.0].iter().zip(&mean).for_each(|(want, got)| assert!((want - got).abs() < 1e-12));
}

/// A song of label `truth` of which a model is so sure that it is label 0.
fn said(song: &str, truth: usize, first: f64) -> Forced {
    let probabilities = vec![first, 0.9 - first, 0.1];
    let answer = Some(usize::from(first < 0.45));
    Forced { song: song.into(), artist: Some(format!("artist of {song}")), truth, answer, probabilities }
}

fn answers() -> Vec<FoldAnswers> {
    let held_out = |shift: f64| {
        [("x1", 0, 0.7), ("x2", 0, 0.3), ("y1", 1, 0.2), ("y2", 1, 0.4)]
            .map(|(song, truth, first)| said(song, truth, first + shift))
            .to_vec()
    };
    let fold = |model: &str, validation: Vec<Forced>, shift: f64| FoldAnswers {
        model: model.into(),
        taught: 4,
        validation,
        held_out: held_out(shift),
    };
    vec![
        fold("fold1", vec![said("c", 0, 0.8), said("d", 1, 0.6), said("g", 0, 0.5), said("h", 1, 0.1)], 0.0),
        fold("fold2", vec![said("a", 0, 0.7), said("b", 1, 0.3)], 0.1),
    ]
}

#[test]
fn a_report_by_hand() {
    let options = Options { replicates: 200, ..Options::default() };
    let report = Report::new(&plan(), &labels(), &answers(), Combine::Mean, options).unwrap();
    // Out of fold: every song of the folds once. Its jazz: .8, .7, .5 against .6, .3, .1.
    let all = &report.out_of_fold;
    assert_eq!((all.songs, all.accuracy.count, all.accuracy.of), (6, 5, 6));
    assert_eq!(all.roc.classes[0].auc.value, Some(8.0 / 9.0));
    assert_eq!(all.roc.thresholds()[..2], [Some(0.7), Some(0.9 - 0.3)]);
    // Held out: the means of both models, .75, .35 against .25, .45, cut at .7, which these songs would not choose.
    let out = &report.ensemble;
    let means = report.songs.iter().map(|song| song.probabilities[0]);
    assert!(means.zip([0.75, 0.35, 0.25, 0.45]).all(|(got, want)| (got - want).abs() < 1e-12), "{:?}", report.songs);
    let cut = out.roc.classes[0].cut.unwrap();
    assert_eq!((cut.threshold, cut.sensitivity.count, cut.specificity.count), (0.7, 1, 2));
    assert!(!out.roc.cut_here && all.roc.cut_here);
    assert_eq!((out.accuracy.count, out.roc.classes[0].auc.value), (2, Some(0.75)));
    let told: Vec<_> = report.songs.iter().map(|song| song.answer.clone().unwrap()).collect();
    assert_eq!(told, ["jazz", "pop", "pop", "jazz"]);
    assert_eq!(report.songs[3].answers, [Some("pop".to_owned()), Some("jazz".to_owned())]);
    // Each fold is cut where its own songs say, the first at the higher of two equal ones.
    let cuts: Vec<_> = report.folds.iter().map(|fold| fold.held_out.roc.classes[0].cut.unwrap().threshold).collect();
    assert_eq!(cuts, [0.8, 0.7]);
    let alone = Scores::new(&labels(), &answers()[1].validation, None, &options).unwrap();
    assert_eq!(report.folds[1].validation, alone);
    assert_eq!((report.folds[0].songs.validation, report.folds[1].songs.held_out), (4, 4));
    // A label without songs has no curve anywhere, and says so.
    assert_eq!(out.roc.classes[2].missing.as_deref(), Some("there are no songs of <b>"));

    let json = serde_json::to_string(&report).unwrap();
    assert_eq!(serde_json::from_str::<Report>(&json).unwrap(), report);
    let mode = Report::new(&plan(), &labels(), &answers(), Combine::Mode, options).unwrap();
    assert_eq!(mode.ensemble.roc, out.roc, "curves are of the probabilities");

    let mut other = answers();
    other[1].held_out.swap(0, 1);
    let refused = Report::new(&plan(), &labels(), &other, Combine::Mean, options).unwrap_err().to_string();
    assert!(refused.contains("fold1 and fold2 were asked about other songs"), "{refused}");
    assert!(Report::new(&plan(), &labels(), &[], Combine::Mean, options).is_err());
}

#[test]
fn a_report_is_told() {
    let options = Options { replicates: 200, ..Options::default() };
    let report = Report::new(&plan(), &labels(), &answers(), Combine::Mean, options).unwrap();
    let text = kfold_text(&report);
    for line in [
        "2 folds of 6 songs; 4 songs of 4 known artists held out; intervals of 95 % draw artists\n",
        "\n                 songs of the fold                             |  songs held out\n",
        "\n          songs  accuracy  macro recall  AUC macro  AUC micro  |  accuracy  macro recall  AUC macro  AUC micro\n",
        "\nfold 1        4    75.0 %        75.0 %      0.750      ",
        "\ntogether      6    83.3 %        83.3 %      0.889      ",
        "Held out, mean of their probabilities:\n  accuracy        50.0 %  [",
        "jazz       2  0.750  [",
        "<b>        0  -                       ",
        "no curve: there are no songs of <b>\n",
    ] {
        assert!(text.contains(line), "{line}\n{text}");
    }
    let page = kfold_page(&report);
    assert!(check_nesting(&page) > 150);
    for foreign in ["http:", "https:", "<script", "<b>", "url(", "NaN", "inf "] {
        assert!(!page.contains(foreign), "{foreign}");
    }
    let ids: Vec<&str> = page.split(" id=\"").skip(1).map(|s| s.split('"').next().unwrap()).collect();
    let unique: std::collections::HashSet<_> = ids.iter().collect();
    assert_eq!((ids.len(), unique.len()), (6, 6), "{ids:?}");
    // No song is without an answer, so there is no column for that.
    assert!(!kfold_confusion(&report).contains("no slice"));
    let mut none = answers();
    for fold in &mut none {
        (fold.held_out[0].answer, fold.held_out[0].probabilities) = (None, vec![]);
    }
    let none = Report::new(&plan(), &labels(), &none, Combine::Mean, options).unwrap();
    assert!(kfold_confusion(&none).contains("no slice"));
    assert_eq!((none.ensemble.roc.without, none.ensemble.accuracy.count), (1, 1));
    assert!(kfold_page(&none).contains("Without a usable slice, and in no curve: 1 of the songs"));
}

/// A folder of files, as songs of two labels and one artist each.
fn songs(folder: &TempDir, count: usize) -> Dataset {
    let song = |i: usize| {
        let path = folder.path().join(format!("{i:02}.wav"));
        std::fs::write(&path, format!("sound {i}")).unwrap();
        let artist = Some(format!("artist {i}"));
        Song { path, label: i % 2, artist, title: None, licence: None, true_genre: None, coded: None, side: None }
    };
    Dataset { labels: vec!["a".into(), "b".into()], songs: (0..count).map(song).collect(), warnings: vec![] }
}

/// What makes another run of a plan, and what is said then.
type Change = (fn(&mut Plan), &'static str);

#[test]
fn a_folder_belongs_to_one_run() {
    let (sounds, folder) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    let out = folder.path().join("deep/out");
    let all = songs(&sounds, 16);
    let gathered = Gathered::default();
    let folds = Folds::by_artist(&all, 2, 0.2, 3).unwrap();
    let claimed = |plan: &Plan, all: &Dataset, folds: &Folds| {
        claim(&out, plan, Songs { dataset: all, gathered: &gathered }, folds)
    };
    assert_eq!(read_identity(&out).unwrap(), None);
    claimed(&plan(), &all, &folds).unwrap();
    claimed(&plan(), &all, &folds).unwrap();
    let identity = read_identity(&out).unwrap().unwrap();
    plan().check_resume(&identity, &all.labels).unwrap();

    let refused = |plan: &Plan, all: &Dataset, folds: &Folds| claimed(plan, all, folds).unwrap_err().to_string();
    let changed: [Change; 7] = [
        (|plan| plan.folds = 3, "the interrupted run has folds 2, not 3"),
        (|plan| plan.held_out = 0.25, "held_out 0.2, not 0.25"),
        (|plan| plan.run.seed = 4, "seed 3, not 4"),
        (|plan| plan.run.epochs = 3, "epochs 2, not 3"),
        (|plan| plan.run.learning_rate = 0.5, "learning_rate 0.25, not 0.5"),
        (|plan| plan.run.clip = Some(1.0), "clip null, not 1.0"),
        (|plan| plan.run.precision = Precision::F16, "precision \"f32\", not \"f16\""),
    ];
    for (change, says) in changed {
        let mut other = plan();
        change(&mut other);
        assert!(refused(&other, &all, &folds).contains(says), "{says}: {}", refused(&other, &all, &folds));
        assert!(other.check_resume(&identity, &all.labels).is_err());
    }
    let relabelled = ["a".to_owned(), "c".to_owned()];
    assert!(plan().check_resume(&identity, &relabelled).is_err(), "other labels");
    let others = "other songs, or the same with other labels or artists or in other folds";
    let mut other = all.clone();
    other.songs[2].artist = None;
    assert!(refused(&plan(), &other, &folds).contains(others), "artist");
    other = all.clone();
    (other.songs[0].label, other.songs[1].label) = (1, 0);
    assert!(refused(&plan(), &other, &folds).contains(others), "labels");
    let mut turned = folds.clone();
    turned.folds.reverse();
    assert!(refused(&plan(), &all, &turned).contains(others), "folds");
    std::fs::write(&all.songs[5].path, "another sound").unwrap();
    assert!(refused(&plan(), &all, &folds).contains(others), "the file under a name");

    // What does not say whose it is.
    std::fs::write(out.join("run.json"), "{").unwrap();
    assert!(read_identity(&out).unwrap_err().to_string().contains("cannot be read"));
    std::fs::write(out.join("fold1.safetensors"), "").unwrap();
    std::fs::remove_file(out.join("run.json")).unwrap();
    let said = read_identity(&out).unwrap_err().to_string();
    assert!(
        said.contains("it holds models, and no run.json says of which songs and options; give another folder"),
        "{said}"
    );
    assert_eq!(identity["songs"].as_str().map(str::len), Some(64), "{}", json!(identity));
    assert!(matches!(identity["options"]["front_end"], Value::Object(_)));
}
