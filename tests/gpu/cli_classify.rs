//! `classify`, `vote` and `spectrogram`, as a person or a script meets them.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::Value;
use tempfile::TempDir;

use super::cli::{rows, songs, text};

/// A wav: `frames` frames of `channels` samples that `sample` makes from the frame's number.
pub fn wav(channels: u16, rate: u32, frames: u32, sample: impl Fn(u32) -> f32) -> Vec<u8> {
    let length = frames * u32::from(channels) * 4;
    let mut bytes = b"RIFF".to_vec();
    bytes.extend((36 + length).to_le_bytes());
    bytes.extend(b"WAVEfmt \x10\0\0\0\x03\0");
    bytes.extend(channels.to_le_bytes());
    bytes.extend(rate.to_le_bytes());
    bytes.extend((rate * 4 * u32::from(channels)).to_le_bytes());
    bytes.extend((4 * channels).to_le_bytes());
    bytes.extend(b"\x20\0data");
    bytes.extend(length.to_le_bytes());
    bytes.extend((0..frames).flat_map(|frame| sample(frame).to_le_bytes().repeat(usize::from(channels))));
    bytes
}

/// Noise, which no compression makes small.
pub fn noise(frame: u32) -> f32 {
    (frame.wrapping_mul(747_796_405).wrapping_add(2_891_336_453).wrapping_mul(277_803_737) >> 8) as f32 / 33_554_432.0
}

pub fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/audio").join(name)
}

/// The program on these paths, in a folder.
fn inside(folder: &Path, args: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tunevote"));
    command.current_dir(folder).env("NODEVICE_SELECT", "1").args(args).output().unwrap()
}

/// Path and status of each row.
fn outcomes(output: &Output) -> Vec<(String, String)> {
    let word = |row: &Value, key: &str| row[key].as_str().unwrap().to_owned();
    rows(output).iter().map(|row| (word(row, "path"), word(row, "status"))).collect()
}

fn pairs(expected: &[(&str, &str)]) -> Vec<(String, String)> {
    expected.iter().map(|(a, b)| (a.to_string(), b.to_string())).collect()
}

#[test]
fn classify_gives_a_row_a_file_whatever_the_file_is() {
    let folder = TempDir::new().unwrap();
    let at = |name: &str| folder.path().join(name);
    let write = |name: &str, bytes: &[u8]| std::fs::write(at(name), bytes).unwrap();
    let nan = |every: u32| move |frame: u32| if frame % every == 7 { f32::NAN } else { noise(frame) };
    write("few-nans.wav", &wav(1, 22_050, 100_000, nan(1000)));
    write("many-nans.wav", &wav(1, 22_050, 100_000, nan(10)));
    write("eight-channels.wav", &wav(8, 22_050, 70_000, noise));
    write("telephone.wav", &wav(1, 8_000, 30_000, noise));
    write("silence.wav", &wav(2, 44_100, 200_000, |_| 0.0));
    write("short.wav", &wav(1, 22_050, 22_050, noise));
    let mut liar = wav(1, 22_050, 70_000, noise);
    liar[40..44].copy_from_slice(&1_000_000_000_u32.to_le_bytes());
    write("liar.wav", &liar);
    let mp3 = std::fs::read(fixture("frames-44k.mp3")).unwrap().repeat(8);
    write("cut.mp3", &mp3[..mp3.len() - 100]);
    write("letter.mp3", "this is a letter, not a song\n".repeat(50).as_bytes());
    write("empty.ogg", b"");
    let names = [
        "few-nans.wav",
        "many-nans.wav",
        "eight-channels.wav",
        "telephone.wav",
        "silence.wav",
        "short.wav",
        "liar.wav",
        "cut.mp3",
        "letter.mp3",
        "empty.ogg",
        "missing.flac",
    ];
    let output = inside(folder.path(), &[&["classify"], names.as_slice()].concat());
    assert_eq!(output.status.code(), Some(1), "{}", text(&output.stderr));
    let rows = rows(&output);
    assert_eq!(rows.iter().map(|row| row["path"].as_str().unwrap()).collect::<Vec<_>>(), names);
    let keys = |value: &Value| value.as_object().unwrap().keys().cloned().collect::<BTreeSet<_>>();
    let wanted = [
        "path",
        "status",
        "genre",
        "reason",
        "share",
        "margin",
        "probabilities",
        "votes",
        "slices",
        "seconds",
        "model",
        "thresholds",
        "warnings",
        "error",
    ];
    let row = |name: &str| &rows[names.iter().position(|known| *known == name).unwrap()];
    for row in &rows {
        assert_eq!(keys(row), wanted.map(str::to_owned).into());
        assert_eq!(row["status"] == "error", row["error"].is_string());
        assert!(row["model"].as_str().unwrap().starts_with("default@"), "{row}");
    }
    for (name, says) in [
        ("many-nans.wav", "10000 of 100000 samples are not numbers"),
        ("letter.mp3", "a text file"),
        ("empty.ogg", "0 bytes"),
        ("missing.flac", "look how the name is spelt"),
    ] {
        let error = row(name)["error"].as_str().unwrap();
        assert!(error.contains(says) && error.contains(name), "{error}");
        assert!(row(name)["thresholds"].is_null());
    }
    for (name, seconds) in [
        ("few-nans.wav", 100_000.0 / 22_050.0),
        ("eight-channels.wav", 70_000.0 / 22_050.0),
        ("telephone.wav", 30_000.0 / 8000.0),
        ("silence.wav", 200_000.0 / 44_100.0),
        ("liar.wav", 70_000.0 / 22_050.0),
    ] {
        let row = row(name);
        assert!(row["status"] != "error" && (row["seconds"].as_f64().unwrap() - seconds).abs() < 1e-4, "{row}");
        let slices = row["slices"]["probabilities"].as_array().unwrap();
        assert_eq!((slices.len(), row["slices"]["total"].as_u64().unwrap()), (1, 1), "{row}");
        let sum: f64 = slices[0].as_array().unwrap().iter().map(|p| p.as_f64().unwrap()).sum();
        assert!((sum - 1.0).abs() < 1e-4, "{row}");
    }
    assert!(row("short.wav")["reason"].as_str().unwrap().contains("shorter than one slice"));
    assert!(row("cut.mp3")["seconds"].as_f64().unwrap() > 3.0);
    let warned =
        |name: &str| row(name)["warnings"].as_array().unwrap().iter().map(|w| w.as_str().unwrap()).collect::<Vec<_>>();
    assert_eq!(warned("few-nans.wav"), ["100 of 100000 samples are not numbers and were replaced by silence"]);
    assert_eq!(warned("liar.wav"), ["the file was cut off: it ends before its sound does"]);
    for name in ["eight-channels.wav", "telephone.wav", "silence.wav", "short.wav", "letter.mp3"] {
        assert!(warned(name).is_empty(), "{name}");
    }
}

#[test]
fn a_bad_folder_is_its_own_row() {
    let folder = TempDir::new().unwrap();
    let at = |name: &str| folder.path().join(name);
    std::fs::create_dir_all(at("music/deep")).unwrap();
    std::fs::create_dir(at("empty")).unwrap();
    std::fs::copy(fixture("tone.mp3"), at("music/b.mp3")).unwrap();
    std::fs::copy(fixture("tone.mp3"), at("music/deep/c.mp3")).unwrap();
    std::fs::copy(fixture("tone.mp3"), at("music/.hidden.mp3")).unwrap();
    let mut expected = vec![("empty", "error")];
    #[cfg(unix)]
    {
        use std::os::unix::fs::{PermissionsExt, symlink};
        // Not even root can read it.
        symlink("a-circle.mp3", at("music/a-circle.mp3")).unwrap();
        symlink("deep", at("music/link")).unwrap();
        symlink("b.mp3", at("music/z-link.mp3")).unwrap();
        expected.push(("music/a-circle.mp3", "error"));
        std::fs::create_dir(at("music/closed")).unwrap();
        std::fs::set_permissions(at("music/closed"), PermissionsExt::from_mode(0o0)).unwrap();
        std::fs::copy(fixture("tone.mp3"), at("music/locked.mp3")).unwrap();
        std::fs::set_permissions(at("music/locked.mp3"), PermissionsExt::from_mode(0o0)).unwrap();
    }
    expected.push(("music/b.mp3", "unclassified"));
    #[cfg(unix)]
    {
        // Nothing is locked for root.
        if std::fs::read_dir(at("music/closed")).is_err() {
            expected.push(("music/closed", "error"));
        }
        expected.push(("music/deep/c.mp3", "unclassified"));
        let locked = std::fs::File::open(at("music/locked.mp3")).is_err();
        expected.push(("music/locked.mp3", if locked { "error" } else { "unclassified" }));
        expected.push(("music/z-link.mp3", "unclassified"));
    }
    #[cfg(not(unix))]
    expected.push(("music/deep/c.mp3", "unclassified"));
    let output = inside(folder.path(), &["classify", "empty", "music"]);
    assert_eq!(output.status.code(), Some(1), "{}", text(&output.stderr));
    assert_eq!(outcomes(&output), pairs(&expected));
    for row in rows(&output).iter().filter(|row| row["status"] == "error") {
        assert!(row["error"].as_str().unwrap().starts_with(row["path"].as_str().unwrap()), "{row}");
    }
    // No song at all is wrong use.
    let output = inside(folder.path(), &["classify", "empty", "empty"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(output.stdout.is_empty() && text(&output.stderr).contains("empty: there are no songs in this folder"));
}

#[test]
fn vote_repeats_what_classify_decided() {
    let folder = TempDir::new().unwrap();
    std::fs::write(folder.path().join("bad.mp3"), "a letter").unwrap();
    let songs = songs(folder.path());
    let paths = ["bad.mp3", songs.to_str().unwrap()];
    let saved = inside(folder.path(), &[&["classify", "--json"], paths.as_slice()].concat());
    assert_eq!(rows(&saved).len(), 13);
    std::fs::write(folder.path().join("results.jsonl"), &saved.stdout).unwrap();
    let vote = |words: &[&str]| {
        let results = std::fs::File::open(folder.path().join("results.jsonl")).unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_tunevote"));
        command.arg("vote").arg("-").args(words).stdin(results).output().unwrap()
    };
    let again = vote(&["--json"]);
    assert_eq!(again.status.code(), Some(1), "a song could not be read");
    assert_eq!(text(&again.stdout), text(&saved.stdout));
    // The model's own confidence is not the program's default, and stays where only the share is given.
    let confidence = |row: &Value| row["thresholds"]["min_confidence"].as_f64();
    assert_ne!(confidence(&rows(&saved)[1]), Some(tunevote::vote::Thresholds::default().min_confidence));
    let shared = rows(&vote(&["--json", "--min-share", "0.6"]));
    assert_eq!(confidence(&shared[1]), confidence(&rows(&saved)[1]));
    assert_eq!(shared[1]["thresholds"]["min_share"].as_f64(), Some(0.6));
    let none = ["--min-confidence", "0", "--min-share", "0", "--min-kept", "0", "--min-kept-fraction", "0", "--json"];
    let decided =
        |row: &&Value| row["status"] == "classified" || row["reason"].as_str().is_some_and(|text| text.contains("tie"));
    assert_eq!(rows(&vote(&none)).iter().filter(decided).count(), 12, "without thresholds only a tie is undecided");
    let hard = rows(&vote(&["--min-confidence", "1", "--json"]));
    assert!(hard[1..].iter().all(|row| row["status"] == "unclassified"));
}

#[test]
fn resume_goes_on_with_the_same_model_and_tries_errors_again() {
    let folder = TempDir::new().unwrap();
    let at = |name: &str| folder.path().join(name);
    for name in ["a.mp3", "b.mp3"] {
        std::fs::copy(fixture("tone.mp3"), at(name)).unwrap();
    }
    for name in ["bad.mp3", "worse.mp3"] {
        std::fs::write(at(name), "a letter").unwrap();
    }
    let classify =
        |more: &[&str]| inside(folder.path(), &[&["classify", "--resume", "r.jsonl", "--json"], more].concat());
    let saved = || std::fs::read_to_string(at("r.jsonl")).unwrap();
    let first = classify(&["worse.mp3", "a.mp3", "bad.mp3"]);
    assert_eq!(first.status.code(), Some(1), "{}", text(&first.stderr));
    assert_eq!(text(&first.stdout), saved());

    // A kill in the middle of a line; one song is mended, one stays broken and is not named.
    let half = saved();
    std::fs::write(at("r.jsonl"), format!("{half}{{\"path\":\"b.mp3\",\"sta")).unwrap();
    std::fs::copy(fixture("tone.mp3"), at("bad.mp3")).unwrap();
    let second = classify(&["a.mp3", "b.mp3", "bad.mp3"]);
    assert_eq!(second.status.code(), Some(1), "the file still holds an error: {}", text(&second.stderr));
    assert_eq!(outcomes(&second), pairs(&[("b.mp3", "unclassified"), ("bad.mp3", "unclassified")]));
    let lines: Vec<Value> = saved().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(
        lines.iter().map(|row| row["path"].as_str().unwrap()).collect::<Vec<_>>(),
        ["worse.mp3", "a.mp3", "b.mp3", "bad.mp3"]
    );
    std::fs::copy(fixture("tone.mp3"), at("worse.mp3")).unwrap();
    let third = classify(&["worse.mp3"]);
    assert_eq!((third.status.code(), saved().lines().count()), (Some(0), 4), "{}", text(&third.stderr));

    // Another model by one bit; other thresholds.
    let mut weights = std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("weights/default.safetensors")).unwrap();
    let last = weights.len() - 2;
    weights[last] ^= 1;
    std::fs::write(at("default.safetensors"), weights).unwrap();
    let before = saved();
    for (more, says) in
        [(["--model", "default.safetensors"], "by the model default@"), (["--min-share", "0.1"], "other thresholds")]
    {
        let refused = classify(&[&more, ["a.mp3"].as_slice()].concat());
        assert_eq!(refused.status.code(), Some(2));
        let told = text(&refused.stderr);
        assert!(told.contains(says) && told.contains("r.jsonl"), "{told}");
    }
    assert_eq!(saved(), before);
}

#[test]
fn csv_has_its_heading_before_the_first_error() {
    let folder = TempDir::new().unwrap();
    std::fs::write(folder.path().join("bad.mp3"), "a letter, with a comma").unwrap();
    std::fs::write(folder.path().join("nan.wav"), wav(1, 22_050, 70_000, |i| if i == 5 { f32::NAN } else { noise(i) }))
        .unwrap();
    let output = inside(folder.path(), &["classify", "--csv", "bad.mp3", "nan.wav"]);
    assert_eq!(output.status.code(), Some(1));
    let csv = text(&output.stdout);
    let lines: Vec<&str> = csv.lines().collect();
    assert_eq!(lines.len(), 3, "{csv}");
    assert!(
        lines[0].starts_with("path,status,genre,")
            && lines[0].contains(",warnings,error,refined,refined_share,refined_accepted,probability_classical,")
    );
    assert!(lines[1].starts_with("bad.mp3,error,") && lines[2].starts_with("nan.wav,"));
    assert!(lines[2].contains(",1 of 70000 samples are not numbers and were replaced by silence,"), "{csv}");
}

#[test]
fn spectrogram_is_a_picture_of_the_song() {
    let folder = TempDir::new().unwrap();
    // A sweep: its energy goes up, so rows of the picture from the bottom up light up one after the other.
    let sweep = |frame: u32| {
        let t = f64::from(frame) / 22_050.0;
        (0.5 * (std::f64::consts::TAU * (200.0 * t + 450.0 * t * t)).sin()) as f32
    };
    std::fs::write(folder.path().join("sweep.wav"), wav(1, 22_050, 22_050 * 8, sweep)).unwrap();
    let grey_of = |name: &str| {
        let file = std::fs::File::open(folder.path().join(name)).unwrap();
        let mut decoder = png::Decoder::new(std::io::BufReader::new(file));
        decoder.set_transformations(png::Transformations::EXPAND);
        let mut reader = decoder.read_info().unwrap();
        let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
        let info = reader.next_frame(&mut pixels).unwrap();
        let channels = info.color_type.samples();
        (info.width as usize, pixels.iter().step_by(channels).copied().collect::<Vec<u8>>())
    };
    let sox = ["sweep.wav", "-n", "spectrogram", "-Y", "200", "-X", "50", "-m", "-r", "-o", "sox.png"];
    assert!(Command::new("sox").args(sox).current_dir(folder.path()).status().unwrap().success());
    for (profile, height) in [("mel", 128), ("sox", 129)] {
        let output =
            inside(folder.path(), &["spectrogram", "sweep.wav", "-o", "s.png", "--profile", profile, "--json"]);
        assert!(output.status.success(), "{}", text(&output.stderr));
        let facts = &rows(&output)[0];
        assert_eq!([&facts["path"], &facts["out"]], ["sweep.wav", "s.png"]);
        let file = std::fs::File::open(folder.path().join("s.png")).unwrap();
        let mut reader = png::Decoder::new(std::io::BufReader::new(file)).read_info().unwrap();
        let mut grey = vec![0; reader.output_buffer_size().unwrap()];
        let info = reader.next_frame(&mut grey).unwrap();
        assert_eq!((info.height, u64::from(info.width)), (height, facts["width"].as_u64().unwrap()));
        let width = info.width as usize;
        assert!((395..=402).contains(&width), "50 columns a second: {width}");
        let brightest = |x: usize| (0..height as usize).max_by_key(|y| grey[y * width + x]).unwrap();
        let rows: Vec<usize> = (20..width - 20).step_by(40).map(brightest).collect();
        assert!(rows.windows(2).all(|pair| pair[1] < pair[0]), "{profile}: {rows:?}");
        if profile == "sox" {
            // As a viewer shows both; SoX cuts its picture a little earlier.
            let (theirs_width, theirs) = grey_of("sox.png");
            let (ours_width, ours) = grey_of("s.png");
            assert!(ours_width >= theirs_width);
            let pairs = (0..129 * theirs_width).map(|i| {
                let (y, x) = (i / theirs_width, i % theirs_width);
                (ours[y * ours_width + x], theirs[i])
            });
            let off = pairs.map(|(ours, theirs)| ours.abs_diff(theirs)).collect::<Vec<_>>();
            let equal = off.iter().filter(|&&off| off == 0).count() as f64 / off.len() as f64;
            assert!(equal >= 0.995 && off.iter().all(|&off| off <= 2), "{equal} of the pixels are equal");
        }
    }
}

#[test]
fn spectrogram_paints_every_kind() {
    let folder = TempDir::new().unwrap();
    // From A3 on two octaves up, a semitone every 1/8 second.
    let steps = |frame: u32| {
        let t = f64::from(frame) / 22_050.0;
        let hz = 220.0 * ((t * 8.0).floor() / 12.0).exp2();
        (0.5 * (std::f64::consts::TAU * hz * t).sin()) as f32
    };
    std::fs::write(folder.path().join("steps.wav"), wav(1, 22_050, 22_050 * 3, steps)).unwrap();
    // Three seconds are 130 columns of 512 samples, and shorter than a slice of 30 seconds.
    let kinds = [
        ("cqt", "cqt", 130, 84),
        ("mfcc", "mfcc", 130, 20),
        ("three-branch", "stack", 2498, 212),
        ("gtzan", "mel", 1290, 128),
        ("gtzan-paper", "mel", 1290, 128),
        ("kubig-paper", "mel", 130, 128),
    ];
    for (profile, kind, width, height) in kinds {
        let output =
            inside(folder.path(), &["spectrogram", "steps.wav", "-o", "s.png", "--profile", profile, "--json"]);
        assert!(output.status.success(), "{}", text(&output.stderr));
        let facts = &rows(&output)[0];
        assert_eq!([&facts["width"], &facts["height"]], [width, height], "{profile}");
        assert_eq!(facts["front_end"]["kind"], kind);
        let file = std::fs::File::open(folder.path().join("s.png")).unwrap();
        let mut reader = png::Decoder::new(std::io::BufReader::new(file)).read_info().unwrap();
        let mut grey = vec![0; reader.output_buffer_size().unwrap()];
        let info = reader.next_frame(&mut grey).unwrap();
        assert_eq!((info.width as usize, info.height as usize), (width, height), "{profile}");
        if profile == "cqt" {
            // A3 is the 33rd semitone above C1; the middle of a step is 1/16 second behind its start.
            let brightest = |step: usize| {
                let x = ((step as f64 + 0.5) / 8.0 * 22_050.0 / 512.0).round() as usize;
                83 - (0..84).max_by_key(|y| grey[y * width + x]).unwrap()
            };
            let rows: Vec<usize> = (2..22).map(brightest).collect();
            assert_eq!(rows, (35..55).collect::<Vec<_>>());
        }
    }
}

#[cfg(unix)]
#[test]
fn names_that_are_no_text_are_shown_and_not_fatal() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt as _;
    let folder = TempDir::new().unwrap();
    let names: [&OsStr; 2] = [OsStr::from_bytes(b"a\xff.mp3"), OsStr::from_bytes(b"a\xfe.mp3")];
    for name in names {
        std::fs::copy(fixture("frames-44k.mp3"), folder.path().join(name)).unwrap();
    }
    let run = |args: &[&OsStr]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tunevote"));
        command.current_dir(folder.path()).env("NODEVICE_SELECT", "1").args(args).stdin(Stdio::null()).output().unwrap()
    };
    let picture = run(&["spectrogram", "--json", "-o", "s.png"]
        .map(OsStr::new)
        .into_iter()
        .chain([names[0]])
        .collect::<Vec<_>>());
    assert_eq!(picture.status.code(), Some(0), "{}", text(&picture.stderr));
    assert_eq!(rows(&picture)[0]["path"], "a\u{fffd}.mp3");
    // Both look alike in the results: neither counts as the other.
    let classify = ["classify", "--json", "--resume", "r.jsonl"].map(OsStr::new);
    assert_eq!(rows(&run(&[&classify[..], &names[..1]].concat())).len(), 1);
    assert_eq!(rows(&run(&[&classify[..], &names[1..]].concat())).len(), 1);
}
