//! Records: their keys, exact replay, reading, resuming.

use proptest::prelude::*;
use tunevote::vote::{Denominator, Finished, Mode, Record, Records, Rows, Status, Thresholds, replay};

const LABELS: [&str; 3] = ["rock", "jazz", "électro \"x\""];

fn song(path: &str) -> Record {
    let p = vec![0.9, 0.05, 0.05, 0.8, 0.1, 0.1, 0.7, 0.2, 0.1, 0.25, 0.5, 0.25];
    Record::from_slices(path, &LABELS, p, &Thresholds::default(), 11.5, "compact").unwrap()
}

#[test]
fn the_line_is_the_documented_one() {
    assert_eq!(
        song("a/b.mp3").to_line().unwrap(),
        concat!(
            r#"{"path":"a/b.mp3","status":"classified","genre":"rock","reason":null,"share":0.75,"margin":0.5,"#,
            r#""probabilities":{"rock":0.6624999940395355,"jazz":0.2125000013038516,"électro \"x\"":0.12500000093132257},"#,
            r#""votes":{"rock":3,"jazz":1,"électro \"x\"":0},"slices":{"total":4,"kept":4,"probabilities":"#,
            r#"[[0.9,0.05,0.05],[0.8,0.1,0.1],[0.7,0.2,0.1],[0.25,0.5,0.25]]},"seconds":11.5,"model":"compact","#,
            r#""thresholds":{"min_confidence":0.5,"min_share":0.7,"min_kept":3,"min_kept_fraction":0.3,"mode":"hard","#,
            r#""denominator":"kept"},"warnings":[],"error":null}"#,
            "\n"
        )
    );
    assert_eq!(
        Record::from_error("c.opus", "compact", "cannot read opus").to_line().unwrap(),
        concat!(
            r#"{"path":"c.opus","status":"error","genre":null,"reason":null,"share":null,"margin":null,"probabilities":{},"#,
            r#""votes":{},"slices":{"total":0,"kept":0,"probabilities":[]},"seconds":null,"model":"compact","#,
            r#""thresholds":null,"warnings":[],"error":"cannot read opus"}"#,
            "\n"
        )
    );
    let short = Record::from_slices("s.wav", &LABELS, vec![], &Thresholds::default(), 1.0, "compact").unwrap();
    let line = short.to_line().unwrap();
    assert!(line.contains(r#""status":"unclassified","genre":null,"reason":"the song is shorter than one slice""#));
    assert!(line.contains(r#""probabilities":{"rock":null,"jazz":null"#), "{line}");
}

#[test]
fn not_a_number_is_null() {
    let p = vec![f32::NAN, 0.5, 0.5, f32::INFINITY, 0.0, 0.0];
    let record = Record::from_slices("n.wav", &LABELS, p, &Thresholds::default(), None, "m").unwrap();
    let line = record.to_line().unwrap();
    assert!(!line.to_lowercase().contains("nan") && !line.contains("inf"), "{line}");
    assert!(line.contains("[[null,0.5,0.5],[null,0.0,0.0]]") && line.contains(r#""seconds":null"#), "{line}");
    let back = Records::new(line.as_bytes(), "n").next().unwrap().unwrap();
    assert_eq!(back, record);
    assert_eq!(replay(&back, &Thresholds::default()).unwrap(), record);
}

#[test]
fn bad_lines_name_file_and_line() {
    let good = song("a.mp3").to_line().unwrap();
    let edit = |from: &str, to: &str| {
        assert!(good.contains(from), "{from}");
        good.replacen(from, to, 1)
    };
    let cases = [
        ("not json\n".to_owned(), "expected"),
        ("{\"path\":\"x\"}\n".to_owned(), "missing field"),
        (edit(r#""classified""#, r#""unclassified""#), "has a genre, but is not classified"),
        (edit(r#""genre":"rock""#, r#""genre":null"#), "classified, but has no genre"),
        (edit(r#""genre":"rock""#, r#""genre":"polka""#), "`polka` is no label"),
        (edit(r#""total":4"#, r#""total":5"#), "4 x 3, but there are 5 slices"),
        (edit(r#""votes":{"rock""#, r#""votes":{"soul""#), "different labels"),
        (edit(r#""votes":{"rock":3,"jazz""#, r#""votes":{"rock":3,"rock""#), "comes twice"),
        (edit("[0.8,0.1,0.1]", "[0.8,0.1]"), "slice 1 has 2 probabilities, the first has 3"),
        (edit(r#""status":"classified","genre":"rock""#, r#""status":"error","genre":null"#), "there is none"),
        (edit(r#""min_share":0.7"#, r#""min_share":7.0"#), "min_share is 7, but"),
    ];
    for (bad, says) in cases {
        let text = format!("{good}\n{bad}{good}");
        let read: Vec<_> = Records::new(text.as_bytes(), "dir/results.jsonl").collect();
        assert_eq!(read.len(), 3, "the reader goes on after a bad line");
        let message = read[1].as_ref().unwrap_err().to_string();
        // Line 2 is empty and skipped, but counted.
        assert!(message.starts_with("dir/results.jsonl:3: ") && message.contains(says), "{message}");
        assert!(read[0].is_ok() && read[2].is_ok());
    }
    let not_text = [b"\xff\xfe\n".as_slice(), good.as_bytes()].concat();
    let read: Vec<_> = Records::new(not_text.as_slice(), "r").collect();
    assert!(read[0].as_ref().unwrap_err().to_string().starts_with("r:1: ") && read[1].is_ok());
}

#[test]
fn lines_without_slice_probabilities_are_read_but_not_replayed() {
    let line = song("a.mp3").to_line().unwrap();
    let start = line.find(r#","probabilities":[["#).unwrap();
    let end = line.find("]]").unwrap() + 2;
    let stripped = format!("{}{}", &line[..start], &line[end..]);
    let record = Records::new(stripped.as_bytes(), "r").next().unwrap().unwrap();
    assert_eq!((record.slices.total, record.slices.probabilities.len()), (4, 0));
    let message = replay(&record, &Thresholds::default()).unwrap_err().to_string();
    assert!(message.contains("a.mp3") && message.contains("classify the song again"), "{message}");
}

/// As earlier builds wrote them.
#[test]
fn lines_without_thresholds_and_warnings_are_read() {
    let line = song("a.mp3").to_line().unwrap();
    let start = line.find(r#","thresholds""#).unwrap();
    let old = format!("{}{}", &line[..start], &line[line.find(r#","error""#).unwrap()..]);
    let record = Records::new(old.as_bytes(), "r").next().unwrap().unwrap();
    assert_eq!(record, Record { thresholds: None, ..song("a.mp3") });
    assert_eq!(replay(&record, &Thresholds::default()).unwrap(), song("a.mp3"));
}

#[test]
fn a_replay_keeps_warnings_and_notes_its_thresholds() {
    let record = Record { warnings: vec!["the file was cut off".to_owned()], ..song("a.mp3") };
    let other = Thresholds { min_share: 0.9, ..Thresholds::default() };
    let again = replay(&record, &other).unwrap();
    assert_eq!((again.warnings, again.thresholds), (record.warnings, Some(other)));
}

#[test]
fn rows_are_whole() {
    assert!(Rows::new(3, vec![0.5; 4]).is_err());
    assert!(Rows::new(0, vec![0.5]).is_err());
    let rows = Rows::new(2, vec![0.5, 0.5, 1.0, 0.0]).unwrap();
    assert_eq!(rows.iter().collect::<Vec<_>>(), [[0.5, 0.5], [1.0, 0.0]]);
    assert_eq!((rows.len(), Rows::new(0, vec![]).unwrap().len()), (2, 0));
}

#[test]
fn errors_stay_errors() {
    let error = Record::from_error("x", "m", "broken");
    assert_eq!(replay(&error, &Thresholds::default()).unwrap(), error);
    assert_eq!(error.status, Status::Error);
    assert!(replay(&error, &Thresholds { min_share: 2.0, ..Thresholds::default() }).is_err());
}

#[test]
fn resume_keeps_whole_lines_wherever_the_file_was_cut() {
    let lines = [song("a.mp3").to_line().unwrap(), Record::from_error("b.mp3", "m", "broken").to_line().unwrap()];
    let text = format!("{}{}{}", lines[0], lines[1], song("c \n\"é\".mp3").to_line().unwrap());
    let ends = [lines[0].len(), lines[0].len() + lines[1].len(), text.len()];
    let names = ["a.mp3", "b.mp3", "c \n\"é\".mp3"];
    for cut in 0..=text.len() {
        let finished = Finished::read(&text.as_bytes()[..cut], "r.jsonl").unwrap();
        let whole = ends.iter().filter(|&&end| end <= cut).count();
        let (done, failed): (Vec<_>, Vec<_>) = names[..whole].iter().partition(|&&name| name != "b.mp3");
        assert_eq!(finished.paths.len(), done.len(), "cut at {cut}");
        assert!(done.iter().all(|&&n| finished.paths.contains(n)));
        let lines: Vec<_> = failed.iter().map(|&&n| (n.to_owned(), ends[0] as u64..ends[1] as u64)).collect();
        assert_eq!(finished.errors, lines, "cut at {cut}");
        let bytes = if whole == 0 { 0 } else { ends[whole - 1] };
        assert_eq!((finished.whole_bytes, finished.cut), (bytes as u64, cut > bytes), "cut at {cut}");
    }
}

#[test]
fn resume_refuses_other_models_and_thresholds() {
    let named = |model: &str| Record { model: model.to_owned(), ..song("a.mp3") }.to_line().unwrap();
    let read = |text: &str| Finished::read(text.as_bytes(), "r").unwrap();
    let usual = Thresholds::default();
    let one = read(&named("mine@0123456789ab"));
    assert_eq!(one.check("mine@0123456789ab", &usual), Ok(()));
    assert_eq!(one.check("renamed@0123456789ab", &usual), Ok(()));
    let other = one.check("mine@ba9876543210", &usual).unwrap_err();
    assert!(other.contains("mine@0123456789ab, not mine@ba9876543210"), "{other}");
    let strict = Thresholds { min_confidence: 0.6, ..usual };
    let thresholds = one.check("mine@0123456789ab", &strict).unwrap_err();
    assert!(thresholds.contains("other thresholds") && thresholds.contains("tunevote vote"), "{thresholds}");
    // Results of a build that did not write down which file it was.
    assert!(read(&named("mine")).check("mine@0123456789ab", &usual).is_err());
    // One line among many, and errors have a model too.
    let mixed = named("a@01") + &Record::from_error("b", "b@02", "broken").to_line().unwrap();
    assert!(read(&mixed).check("a@01", &usual).is_err());
    assert_eq!(read("").check("a@01", &usual), Ok(()));
}

#[test]
fn resume_refuses_what_it_did_not_write() {
    for foreign in ["ID3\x04 an mp3", "{\"name\":1}", "hello\n", "{\"path\":\"a\"}\n"] {
        let text = format!("{}{foreign}", song("a.mp3").to_line().unwrap());
        let message = Finished::read(text.as_bytes(), "song.mp3").unwrap_err().to_string();
        assert!(message.starts_with("song.mp3:2: "), "{message}");
        assert!(message.contains("new"), "it says what to do: {message}");
    }
    assert_eq!(Finished::read(&b""[..], "r").unwrap(), Finished::default());
}

fn probability() -> impl Strategy<Value = f32> {
    // Every exponent, not only friendly values.
    prop_oneof![0.0f32..=1.0, (0u32..=0x3f80_0000).prop_map(f32::from_bits), Just(f32::NAN)]
}

proptest! {
    #[test]
    fn written_and_read_is_the_same(
        values in proptest::collection::vec(probability(), 0..40), seconds in any::<f64>(), path in ".*",
    ) {
        let values = values[..values.len() / 2 * 2].to_vec();
        let record = Record::from_slices(path, &["a", "b"], values, &Thresholds::default(), seconds, "m").unwrap();
        let line = record.to_line().unwrap();
        prop_assert_eq!(line.matches('\n').count(), 1);
        let back = Records::new(line.as_bytes(), "r").next().unwrap().unwrap();
        prop_assert_eq!(back, record);
    }

    #[test]
    fn replay_is_what_the_first_vote_would_have_been(
        tops in proptest::collection::vec((0usize..3, 0.34f32..1.0), 0..30),
        a in 0.3f64..1.0, share in 0.0f64..1.0, kept in 0usize..6, mean: bool, all: bool,
    ) {
        let row = |&(class, p): &(usize, f32)| {
            let mut row = [(1.0 - p) / 2.0; 3];
            row[class] = p;
            row
        };
        let p: Vec<f32> = tops.iter().flat_map(row).collect();
        let other = Thresholds {
            min_confidence: a,
            min_share: share,
            min_kept: kept,
            min_kept_fraction: 0.2,
            mode: if mean { Mode::MeanSoftmax } else { Mode::Hard },
            denominator: if all { Denominator::All } else { Denominator::Kept },
        };
        let write = |t: &Thresholds| Record::from_slices("p", &LABELS, p.clone(), t, 3.25, "m").unwrap().to_line().unwrap();
        let saved = write(&Thresholds::default());
        let first = Records::new(saved.as_bytes(), "r").next().unwrap().unwrap();
        prop_assert_eq!(replay(&first, &other).unwrap().to_line().unwrap(), write(&other));
    }
}
