//! `tunevote vote` and what the commands share: options, forms of output, results files.

use clap::{Args, Command, FromArgMatches};
use std::collections::HashSet;
use std::io::Write;
use tunevote::cli::output::{Format, FormatArgs, Results, SongWriter};
use tunevote::cli::thresholds::ThresholdArgs;
use tunevote::cli::vote::{VoteArgs, run};
use tunevote::vote::{ByLabel, Denominator, Mode, Record, Records, Refined, Status, Thresholds};

fn parse(words: &[&str]) -> Result<VoteArgs, clap::Error> {
    let command = VoteArgs::augment_args(Command::new("vote"));
    VoteArgs::from_arg_matches(&command.try_get_matches_from([&["vote"], words].concat())?)
}

/// Ten slices, `first` of them rock, the rest jazz.
fn song(path: &str, first: usize) -> Record {
    let row = |class: usize| (0..2).map(move |k| if k == class { 0.8f32 } else { 0.2 });
    let p = (0..10).flat_map(|s| row(usize::from(s >= first))).collect();
    Record::from_slices(path, &["rock", "jazz"], p, &Thresholds::default(), 25.6, "m").unwrap()
}

fn results(records: &[Record]) -> tempfile::NamedTempFile {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    records.iter().for_each(|r| file.write_all(r.to_line().unwrap().as_bytes()).unwrap());
    file
}

fn replayed(file: &tempfile::NamedTempFile, words: &[&str]) -> (u8, String) {
    let mut out = Vec::new();
    let path = file.path().to_str().unwrap();
    let code = run(&parse(&[&[path], words].concat()).unwrap(), &mut out).unwrap();
    (code, String::from_utf8(out).unwrap())
}

#[test]
fn a_replay_changes_what_the_thresholds_change() {
    let file = results(&[song("a", 10), song("b", 6), song("c", 5)]);
    let status = |words: &[&str]| {
        let (code, text) = replayed(&file, &[words, &["--json"]].concat());
        assert_eq!(code, 0);
        Records::new(text.as_bytes(), "out").map(|r| r.unwrap().status).collect::<Vec<_>>()
    };
    use Status::{Classified as C, Unclassified as U};
    assert_eq!(status(&[]), [C, U, U]);
    assert_eq!(status(&["--min-share", "0.6"]), [C, C, U]);
    assert_eq!(status(&["--min-share=.6", "--min-kept=11"]), [U, U, U]);
    assert_eq!(status(&["--min-share=.6", "--min-confidence=.9"]), [U, U, U]);
    assert_eq!(status(&["--min-share=.6", "--mode=mean-softmax"]), [C, U, U], "(.8 * 6 + .2 * 4) / 10 = .56");
    // Without options they are decided as they were.
    let lines: String = [song("a", 10), song("b", 6), song("c", 5)].iter().map(|r| r.to_line().unwrap()).collect();
    assert_eq!(replayed(&file, &["--json"]).1, lines);
}

#[test]
fn each_song_keeps_the_thresholds_that_are_not_given() {
    // Slices of .8 that no default would stop, decided by a stricter and by a milder model.
    let row = |class: usize| (0..2).map(move |k| if k == class { 0.8f32 } else { 0.2 });
    let p: Vec<f32> = (0..10).flat_map(|s| row(usize::from(s >= 6))).collect();
    let decided = |path: &str, thresholds: Thresholds| {
        Record::from_slices(path, &["rock", "jazz"], p.clone(), &thresholds, 25.6, "m").unwrap()
    };
    let strict = decided("a", Thresholds { min_confidence: 0.9, ..Thresholds::default() });
    let mild = decided("b", Thresholds { min_share: 0.55, ..Thresholds::default() });
    let file = results(&[strict.clone(), mild.clone()]);
    assert_eq!(replayed(&file, &["--json"]).1, strict.to_line().unwrap() + &mild.to_line().unwrap());
    let (_, text) = replayed(&file, &["--min-share", "0.6", "--json"]);
    let again: Vec<_> = Records::new(text.as_bytes(), "out").map(Result::unwrap).collect();
    assert_eq!((again[0].slices.kept, again[1].slices.kept), (0, 10));
    assert_eq!(again[1].thresholds, Some(Thresholds { min_share: 0.6, ..Thresholds::default() }));
}

#[test]
fn errors_are_carried_and_told_by_the_exit_code() {
    let file = results(&[song("a", 10), Record::from_error("broken", "m", "no audio")]);
    let (code, text) = replayed(&file, &["--csv"]);
    assert_eq!((code, text.lines().count()), (1, 3));
    assert!(text.lines().nth(2).unwrap().starts_with("broken,error,"));
    // The heading is the one of the songs behind it.
    let file = results(&[Record::from_error("broken", "m", "no audio"), song("a", 10)]);
    let (_, text) = replayed(&file, &["--csv"]);
    assert!(text.lines().next().unwrap().ends_with(",votes_rock,votes_jazz"), "{text}");
    assert_eq!(text.lines().count(), 3);
    assert_eq!(replayed(&results(&[]), &["--csv"]).1.lines().count(), 1, "no songs, but a heading");
}

#[test]
fn bad_results_are_named() {
    let mut file = results(&[song("a", 10)]);
    file.write_all(b"oops\n").unwrap();
    let path = file.path().to_str().unwrap().to_owned();
    let message = run(&parse(&[&path, "--json"]).unwrap(), &mut Vec::new()).unwrap_err().to_string();
    assert!(message.starts_with(&format!("{path}:2: ")), "{message}");
    let message = run(&parse(&["no/such/file"]).unwrap(), &mut Vec::new()).unwrap_err().to_string();
    assert!(message.starts_with("no/such/file: "), "{message}");
}

#[test]
fn options_are_checked_by_the_parser() {
    for (words, says) in [
        (vec!["r", "--min-share", "70"], "did you mean 0.7?"),
        (vec!["r", "--min-share", "NaN"], "from 0 to 1"),
        (vec!["r", "--min-confidence=-1"], "from 0 to 1"),
        (vec!["r", "--min-kept", "-1"], "unexpected argument"),
        (vec!["r", "--mode", "soft"], "mean-softmax"),
        (vec!["r", "--json", "--csv"], "cannot be used with"),
        (vec![], "RESULTS.jsonl"),
    ] {
        let message = parse(&words).unwrap_err().to_string();
        assert!(message.contains(says), "{words:?}: {message}");
    }
    let help = parse(&["--help"]).unwrap_err().to_string();
    assert!(help.contains("tunevote vote results.jsonl --min-share 0.6"), "{help}");
}

#[test]
fn options_go_over_the_base() {
    let base = Thresholds {
        min_confidence: 0.62,
        min_share: 0.8,
        min_kept: 5,
        min_kept_fraction: 0.4,
        mode: Mode::MeanSoftmax,
        denominator: Denominator::All,
    };
    assert_eq!(ThresholdArgs::default().over(base), base);
    let words = ["r", "--min-confidence=.1", "--min-share=.2", "--min-kept=3", "--min-kept-fraction=.4", "--mode=hard"];
    let args = parse(&[words.as_slice(), &["--denominator=kept"]].concat()).unwrap();
    let want = Thresholds {
        min_confidence: 0.1,
        min_share: 0.2,
        min_kept: 3,
        min_kept_fraction: 0.4,
        mode: Mode::Hard,
        denominator: Denominator::Kept,
    };
    assert_eq!(args.thresholds.over(base), want);
}

#[test]
fn people_get_a_table_and_programs_json() {
    let choose = |json, csv, terminal| FormatArgs { json, csv }.choose(terminal);
    assert_eq!(choose(false, false, true), Format::Table);
    assert_eq!(choose(false, false, false), Format::JsonLines);
    assert_eq!((choose(true, false, true), choose(false, true, true)), (Format::JsonLines, Format::Csv));
    let mut out = Vec::new();
    let mut writer = SongWriter::new(Format::Table, &["rock", "jazz"], 0);
    writer.write(&mut out, &song("a", 10)).unwrap();
    writer.finish(&mut out).unwrap();
    assert!(String::from_utf8(out).unwrap().contains("\nrock "));
}

fn open(path: &std::path::Path, again: &[&str]) -> tunevote::Result<Results> {
    let again: HashSet<String> = again.iter().map(|&path| path.to_owned()).collect();
    Results::open(path, "m", &Thresholds::default(), &again, None)
}

#[test]
fn a_cut_results_file_goes_on() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("results.jsonl");
    assert!(open(&path, &[]).unwrap().finished.paths.is_empty() && path.exists());

    let (a, b) = (song("a", 10).to_line().unwrap(), song("b", 6).to_line().unwrap());
    std::fs::write(&path, format!("{a}{}", &b[..b.len() / 2])).unwrap();
    let mut results = open(&path, &["a", "b"]).unwrap();
    let finished = &results.finished;
    assert!(finished.cut && finished.paths.contains("a") && !finished.paths.contains("b"));
    results.write(&song("b", 6)).unwrap();
    assert_eq!(std::fs::read_to_string(&path).unwrap(), format!("{a}{b}"));

    // A file that is something else is refused and left as it was.
    std::fs::write(&path, "ID3 music").unwrap();
    assert!(open(&path, &[]).unwrap_err().to_string().contains(":1: this is not a line of results"));
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "ID3 music");
    // So is one of another model.
    std::fs::write(&path, format!("{a}{}", &b[..b.len() / 2])).unwrap();
    let error = Results::open(&path, "other", &Thresholds::default(), &HashSet::new(), None).unwrap_err().to_string();
    assert!(error.contains("results.jsonl") && error.contains("by the model m, not other"), "{error}");
    assert_eq!(std::fs::read_to_string(&path).unwrap(), format!("{a}{}", &b[..b.len() / 2]));
}

/// With a second look, what is open and was not looked at by it is done again; what is not named stays.
#[test]
fn open_songs_are_done_again_for_a_second_look() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("results.jsonl");
    let looked = |path: &str, model: &str| {
        let scores = ByLabel::new(&["rock", "jazz"], [Some(0.5), Some(0.5)]);
        let refined = Refined { genre: None, share: 0.0, scores, accepted: false, model: model.into() };
        Record { refined: Some(refined), ..song(path, 6) }.to_line().unwrap()
    };
    let [sure, plain, ours, theirs, other] = [
        song("sure", 10).to_line().unwrap(),
        song("plain", 6).to_line().unwrap(),
        looked("ours", "g@1"),
        looked("theirs", "h@2"),
        song("not named", 6).to_line().unwrap(),
    ];
    std::fs::write(&path, [&*sure, &plain, &ours, &theirs, &other].concat()).unwrap();
    let again: HashSet<String> = ["sure", "plain", "ours", "theirs"].map(str::to_owned).into();
    let open = |look| Results::open(&path, "m", &Thresholds::default(), &again, look).unwrap().finished.paths;
    assert_eq!(open(None).len(), 5);
    let done = open(Some("g@1"));
    assert_eq!(done, ["sure", "ours", "not named"].map(str::to_owned).into());
    assert_eq!(std::fs::read_to_string(&path).unwrap(), [sure, ours, other].concat());
}

#[test]
fn errors_that_are_tried_again_leave_the_file() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("results.jsonl");
    let error = |path: &str| Record::from_error(path, "m", "broken").to_line().unwrap();
    let (a, b) = (song("a", 10).to_line().unwrap(), song("b", 6).to_line().unwrap());
    std::fs::write(&path, [&error("x"), &a, &error("y"), &error("z"), &b, "{\"path\":\"c"].concat()).unwrap();
    #[cfg(unix)]
    {
        use std::os::unix::fs::{PermissionsExt, symlink};
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o640)).unwrap();
        symlink(&path, dir.path().join("link")).unwrap();
    }
    let named = if cfg!(unix) { dir.path().join("link") } else { path.clone() };
    let mut results = open(&named, &["x", "z", "b"]).unwrap();
    assert_eq!(results.finished.errors.iter().map(|(song, _)| song.as_str()).collect::<Vec<_>>(), ["y"]);
    results.write(&song("x", 10)).unwrap();
    let want = [a, error("y"), b, song("x", 10).to_line().unwrap()].concat();
    assert_eq!(std::fs::read_to_string(&path).unwrap(), want);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        assert!(named.is_symlink());
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o640);
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 2);
    }
}
