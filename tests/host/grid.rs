//! Combinations of a grid, and how their results are told.

use serde_json::{Map, Value, json};
use tunevote::data::{Augment, Balance};
use tunevote::models::System;
use tunevote::report::{grid_csv, grid_svg, grid_text};
use tunevote::signal::front_end::FrontEnd;
use tunevote::train::{Axis, Cell, GridRow, GridTable, RunPlan, cells};
use tunevote::weights::{Accuracy, Drawn, Intervals, Precision, Values};

fn plan(name: &str) -> RunPlan {
    let system = System::named(name).unwrap();
    RunPlan {
        system: name.to_owned(),
        epochs: 2,
        batch: 2,
        learning_rate: 1e-3,
        schedule: system.schedule,
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

fn axes(texts: &[&str]) -> Vec<Axis> {
    texts.iter().map(|text| text.parse().unwrap()).collect()
}

fn made(name: &str, over: &[&str]) -> Vec<Cell> {
    cells(&plan(name), &axes(over), 3).unwrap()
}

fn refused(name: &str, over: &[&str]) -> String {
    cells(&plan(name), &axes(over), 3).unwrap_err().to_string()
}

#[test]
fn every_combination_is_there_and_the_last_changes_fastest() {
    let all = made("compact", &["n_fft=1024,2048", "lr=1e-3,0.002", "batch=4"]);
    let names: Vec<_> = all.iter().map(Cell::name).collect();
    let expected = ["1024, lr=0.001", "1024, lr=0.002", "2048, lr=0.001", "2048, lr=0.002"];
    assert_eq!(names, expected.map(|rest| format!("n_fft={rest}, batch=4")));
    assert_eq!(all[3].file(), "n_fft=2048,lr=0.002,batch=4.safetensors");
    let FrontEnd::Mel(mel) = &all[3].plan.front_end else { panic!() };
    assert_eq!((mel.n_fft, mel.hop, all[3].plan.learning_rate, all[3].plan.batch), (2048, 441, 0.002, 4));
    // Nothing else has changed.
    assert_eq!(all[0].plan, RunPlan { batch: 4, ..plan("compact") });
    assert_eq!(made("compact", &["epochs=7"])[0].plan.epochs, 7);
    let FrontEnd::Mel(mel) = &made("compact", &["to_db.amin=1e-10"])[0].plan.front_end else { panic!() };
    assert_eq!(mel.to_db.amin, 1e-10);
}

#[test]
fn slices_keep_their_seconds_and_follow_the_rows() {
    let slices = |over: &[&str]| {
        let all = made("compact", over);
        let front = &all[0].plan.front_end;
        let slices = front.slices();
        (slices.width, slices.hop, slices.height)
    };
    assert_eq!(slices(&["hop=882"]), (64, 64, 128));
    // 128 columns of 441 samples are 110.25 of 512.
    assert_eq!(slices(&["hop=512"]), (110, 110, 128));
    assert_eq!(slices(&["hop=256", "n_mels=64"]), (221, 221, 64));
    assert_eq!(slices(&["n_mels=256"]), (128, 128, 256));
    // Half the rate: half as many columns of the same samples.
    assert_eq!(slices(&["rate=11025", "fmax=5512.5"]), (64, 64, 128));
    // What is varied itself is taken as it is.
    assert_eq!(slices(&["hop=882", "slices.width=100"]), (100, 64, 128));
    assert_eq!(slices(&["n_mels=256", "slices.height=100"]), (128, 128, 100));
}

#[test]
fn what_cannot_be_trained_is_named_before_anything_is() {
    let said = refused("compact", &["n_fft=1024,1000", "hop=256,512"]);
    assert!(said.contains("n_fft=1000, hop=256: mel: n_fft is 1000"), "{said}");
    let said = refused("compact", &["n_ftt=1024"]);
    assert!(
        said.contains("there is no number n_ftt; there are lr, batch, epochs, ") && said.contains("to_db.amin"),
        "{said}"
    );
    let said = refused("compact", &["scale=1"]);
    assert!(said.contains("there is no number scale"), "{said}");
    let said = refused("compact", &["n_fft=1024.5"]);
    assert!(said.contains("n_fft=1024.5: the front end cannot be so"), "{said}");
    let said = refused("slice-cnn", &["n_fft=256,512"]);
    assert!(said.contains("n_fft=512: sox: n_fft is 512"), "{said}");
    // The network has no room for such slices.
    let said = refused("slice-cnn", &["slices.width=8"]);
    assert!(said.contains("slices.width=8: "), "{said}");
    for (over, says) in [("lr=0", "above 0"), ("batch=0", "from 1 to 4096"), ("epochs=1.5", "epochs is 1.5")] {
        let said = refused("compact", &[over]);
        assert!(said.contains(says), "{said}");
    }
    let said = refused("compact", &["hop=256", "hop=512"]);
    assert!(said.contains("hop is varied twice"), "{said}");
    let many: Vec<_> = (0..40).map(|i| (i + 1).to_string()).collect();
    let [a, b] = ["batch", "epochs"].map(|name| format!("{name}={}", many.join(",")));
    let said = refused("compact", &[&a, &b]);
    assert!(said.contains("more than 1000 combinations"), "{said}");
    // Masks that are longer than a slice.
    let mild = RunPlan { augment: Augment::mild(), ..plan("compact") };
    let said = cells(&mild, &axes(&["n_mels=8"]), 3).unwrap_err().to_string();
    assert!(said.contains("n_mels=8: frequency masks of 12 rows"), "{said}");
}

#[test]
fn axes_are_read() {
    let axis: Axis = "to_db.amin=1e-8, 1".parse().unwrap();
    assert_eq!(
        (axis.name.as_str(), axis.values.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")),
        ("to_db.amin", "1e-8 1".into())
    );
    for (text, says) in [
        ("hop", "such as n_fft"),
        ("=1", "such as n_fft"),
        ("hop=", "no number"),
        ("hop=a", "no number"),
        ("hop=1,1.0", "twice"),
    ] {
        let error = text.parse::<Axis>().unwrap_err();
        assert!(error.contains(says), "{text}: {error}");
    }
}

fn accuracy(slices: f64, songs: f64, interval: [f64; 2]) -> Accuracy {
    Accuracy {
        split: "validation, by hand".into(),
        songs: 20,
        artists: None,
        unreadable: 0,
        slice_accuracy: slices,
        forced_accuracy: songs,
        unclassified: 0.0,
        wrong: 0.0,
        majority: 0.25,
        kept: None,
        outside: None,
        intervals: Some(Intervals {
            drawn: Drawn::Songs,
            slice_accuracy: Some(interval),
            forced_accuracy: None,
            unclassified: None,
            wrong: None,
        }),
    }
}

fn table() -> GridTable {
    let row = |hop: u32, validation: Option<Accuracy>| GridRow {
        name: format!("hop={hop}"),
        settings: Map::from_iter([("hop".to_owned(), Value::from(hop))]),
        file: format!("cells/hop={hop}.safetensors"),
        slice: [128, 64],
        seconds: 2.56,
        epochs: 3,
        problem: validation.is_none().then(|| "the loss is NaN".into()),
        validation,
    };
    let cells = vec![
        row(1, Some(accuracy(0.5, 0.9, [0.4, 0.6]))),
        row(2, None),
        row(3, Some(accuracy(0.7, 0.5, [0.6, 0.8]))),
        row(4, Some(accuracy(0.7, 0.6, [0.6, 0.8]))),
        row(5, Some(accuracy(0.7, 0.6, [0.6, 0.8]))),
    ];
    GridTable {
        system: "compact".into(),
        axes: axes(&["hop=1,2,3,4,5"]),
        songs: [60, 20, 20],
        split: "by hand".into(),
        seed: 1,
        best: GridTable::best_of(&cells),
        cells,
        test: Some(accuracy(0.55, 0.5, [0.45, 0.65])),
    }
}

#[test]
fn slices_choose_and_songs_break_ties() {
    let table = table();
    assert_eq!((table.best, table.ranked()), (Some(3), vec![3, 4, 2, 0, 1]));
    assert_eq!(GridTable::best_of(&table.cells[1..2]), None);
    let text = grid_text(&table);
    let lines: Vec<_> = text.lines().collect();
    assert!(lines[3].starts_with("hop=4") && lines[3].contains("70.0 % [60.0, 80.0]"), "{text}");
    assert!(lines[7].starts_with("hop=2") && lines[7].ends_with("the loss is NaN"), "{text}");
    assert!(text.contains("2 others hold this number in their interval"), "{text}");
    assert!(text.contains("judged once: slices right 55.0 % [45.0, 65.0], songs right 50.0 %"), "{text}");
    let without = grid_text(&GridTable { test: None, ..table });
    assert!(without.contains("too good: it was chosen for it"), "{without}");
}

#[test]
fn a_grid_goes_through_json_and_csv() {
    let table = table();
    let text = serde_json::to_string(&table).unwrap();
    assert_eq!(serde_json::from_str::<GridTable>(&text).unwrap(), table);
    assert_eq!(serde_json::from_str::<Value>(&text).unwrap()["cells"][0]["settings"], json!({"hop": 1}));
    let csv = grid_csv(&table).unwrap();
    let lines: Vec<_> = csv.lines().collect();
    assert!(lines[0].starts_with("hop,slices_right,slices_right_low,slices_right_high,songs_right,"), "{csv}");
    assert!(lines[1].starts_with("1,0.5,0.4,0.6,0.9,,,128,64,2.56,3,cells/hop=1.safetensors,"), "{csv}");
    assert!(lines[2].starts_with("2,,,,,,,128,64,") && lines[2].ends_with("the loss is NaN"), "{csv}");
}

#[test]
fn a_picture_stands_alone() {
    let svg = grid_svg(&table());
    assert!(svg.starts_with("<svg xmlns=\"http://www.w3.org/2000/svg\" width=\""), "{svg}");
    assert!(!svg.contains("var(") && svg.contains(".point { fill: #"), "{svg}");
    // Four dots that were measured, one of the test songs, one row without.
    assert_eq!(svg.matches("class=\"point\"").count(), 4);
    assert_eq!(svg.matches("class=\"wrong\"").count(), 1);
    assert!(svg.contains("no numbers any more") && svg.contains("20 test songs of the best"));
    assert!(svg.contains("always the most frequent genre: 25.0 %"));
    // The best is on top, and the scale holds every interval and what always one answer reaches.
    let place = |what: &str| svg.find(what).unwrap_or_else(|| panic!("no {what}"));
    assert!(place(">4</text>") < place(">5</text>") && place(">5</text>") < place(">3</text>"));
    let ticks: Vec<f64> =
        svg.split("class=\"tick\">").skip(1).filter_map(|rest| rest.split_once(" %</text>")?.0.parse().ok()).collect();
    assert!(
        ticks[0] <= 25.0 && ticks.last() >= Some(&80.0) && ticks.windows(2).all(|pair| pair[0] < pair[1]),
        "{ticks:?}"
    );
    // Nothing measured at all.
    let mut none = table();
    none.cells.iter_mut().for_each(|row| row.validation = None);
    (none.best, none.test) = (None, None);
    assert!(!grid_svg(&none).contains("NaN") && grid_text(&none).contains("No combination could be trained"));
}
