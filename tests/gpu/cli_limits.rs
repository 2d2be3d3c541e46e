//! The program where the disk is full, at a terminal, and with a song of two hours.

use std::fs::File;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::Duration;

use serde_json::Value;
use tempfile::TempDir;

use super::cli::{songs, text};
use super::cli_classify::{fixture, noise, wav};

const TUNEVOTE: &str = env!("CARGO_BIN_EXE_tunevote");

/// The program in a folder where no file can grow beyond `blocks` blocks (of 512 or 1024 bytes, as the shell has them). A
/// write beyond is an error, as on a full disk.
fn cramped(folder: &Path, blocks: u32, args: &[&str]) -> Output {
    let script = format!("trap '' XFSZ; ulimit -f {blocks}; exec \"$0\" \"$@\"");
    let mut command = Command::new("sh");
    command.args(["-c", &script, TUNEVOTE]).args(args).current_dir(folder);
    command.env("NODEVICE_SELECT", "1").env("MESA_SHADER_CACHE_DISABLE", "true").output().unwrap()
}

fn told(output: &Output, names: &str) {
    let error = text(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{error}");
    assert!(error.contains(names) && !error.contains("panicked"), "{error}");
}

fn names(folder: &Path) -> Vec<String> {
    let name = |entry: std::io::Result<std::fs::DirEntry>| entry.unwrap().file_name().into_string().unwrap();
    let mut names: Vec<_> = std::fs::read_dir(folder).unwrap().map(name).collect();
    names.sort();
    names
}

#[test]
fn an_output_that_takes_nothing_is_an_error() {
    let full = File::options().write(true).open("/dev/full").unwrap();
    let mut command = Command::new(TUNEVOTE);
    command.arg("classify").arg(fixture("tone.mp3")).arg(fixture("tone.ogg")).env("NODEVICE_SELECT", "1");
    let output = command.stdout(Stdio::from(full)).output().unwrap();
    told(&output, "writing the results: No space left on device");
}

#[test]
fn results_on_a_full_disk_are_gone_on_with() {
    let folder = TempDir::new().unwrap();
    for name in ["a.wav", "b.wav", "c.wav", "d.wav", "e.wav"] {
        std::fs::write(folder.path().join(name), wav(1, 22_050, 22_050 * 12, noise)).unwrap();
    }
    let args = ["classify", "--json", "--resume", "r.jsonl", "a.wav", "b.wav", "c.wav", "d.wav", "e.wav"];
    told(&cramped(folder.path(), 2, &args), "r.jsonl: File too large");
    let left = std::fs::read_to_string(folder.path().join("r.jsonl")).unwrap();
    assert!((1..5).contains(&left.lines().count()), "{left}");
    let output = cramped(folder.path(), 1 << 20, &args);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    let saved = std::fs::read_to_string(folder.path().join("r.jsonl")).unwrap();
    let rows: Vec<Value> = saved.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(rows.iter().map(|row| row["path"].as_str().unwrap()).collect::<Vec<_>>(), args[4..]);
}

#[test]
fn a_full_disk_leaves_the_old_picture_and_model() {
    let folder = TempDir::new().unwrap();
    let old = |name: &str| std::fs::read_to_string(folder.path().join(name)).unwrap();
    std::fs::write(folder.path().join("song.wav"), wav(1, 22_050, 22_050 * 5, noise)).unwrap();
    std::fs::write(folder.path().join("s.png"), "old").unwrap();
    told(&cramped(folder.path(), 4, &["spectrogram", "song.wav", "-o", "s.png"]), "s.png: File too large");
    assert_eq!(
        (old("s.png"), names(folder.path())),
        ("old".to_owned(), vec!["s.png".to_owned(), "song.wav".to_owned()])
    );

    let list = songs(folder.path()).join("truth.csv");
    std::fs::write(folder.path().join("m.safetensors"), "old").unwrap();
    let before = names(folder.path());
    // Enough for the songs' pictures.
    let options = ["--epochs", "1", "--batch", "8", "--val", "0.3", "--test", "0.3", "--cache", "songs/cache"];
    let args = [&["train", list.to_str().unwrap(), "--out", "m.safetensors"], options.as_slice()].concat();
    told(&cramped(folder.path(), 300, &args), "m.safetensors.checkpoint: File too large");
    assert_eq!((old("m.safetensors"), names(folder.path())), ("old".to_owned(), before));
}

/// `script` (of util-linux) gives the program a terminal to write to.
#[test]
fn people_get_a_table() {
    let folder = TempDir::new().unwrap();
    std::fs::write(folder.path().join("nan.wav"), wav(1, 22_050, 70_000, |i| if i == 5 { f32::NAN } else { noise(i) }))
        .unwrap();
    let mut command = Command::new("script");
    command.args(["-qec", &format!("{TUNEVOTE} classify nan.wav --top 2"), "/dev/null"]).current_dir(folder.path());
    let output = command.env("NODEVICE_SELECT", "1").stdin(Stdio::null()).output().unwrap();
    let shown = text(&output.stdout);
    assert_eq!(output.status.code(), Some(0), "{shown}");
    let heading = shown.lines().position(|line| line.starts_with("genre")).unwrap();
    let (heading, row) = (shown.lines().nth(heading).unwrap(), shown.lines().nth(heading + 1).unwrap());
    assert!(heading.contains("best ") && heading.trim_end().ends_with("path"), "{shown}");
    // Two genres with their percents between the slices and the path.
    let best = &row[row.find("/1  ").unwrap() + 4..row.find("nan.wav").unwrap()];
    assert_eq!(best.matches('%').count(), 2, "{shown}");
    assert!(row.contains("warning: 1 of 70000 samples are not numbers"), "{shown}");
}

/// The most memory, in MiB, that the program had at once, and the seconds of its song.
fn peak(args: &[&str]) -> u64 {
    let mut child =
        Command::new(TUNEVOTE).args(args).env("NODEVICE_SELECT", "1").stdout(Stdio::null()).spawn().unwrap();
    let status = format!("/proc/{}/status", child.id());
    let mut peak = 0;
    loop {
        let ended = child.try_wait().unwrap();
        let text = std::fs::read_to_string(&status).unwrap_or_default();
        let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        peak = line.map_or(peak, |line| line.trim().trim_end_matches(" kB").parse().unwrap());
        if let Some(code) = ended {
            assert!(code.success());
            return peak / 1024;
        }
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// An mp3's frames over and over, `seconds` long, at 32 kbit/s.
fn long_mp3(path: &Path, seconds: usize) {
    let frames = std::fs::read(fixture("frames-16k.mp3")).unwrap();
    let mut file = std::io::BufWriter::new(File::create(path).unwrap());
    (0..(seconds * 4000).div_ceil(frames.len())).for_each(|_| file.write_all(&frames).unwrap());
    file.flush().unwrap();
}

#[test]
fn two_hours_need_little_more_memory_than_five_minutes() {
    let folder = TempDir::new().unwrap();
    let [short, long] = [300, 7200].map(|seconds| {
        let path = folder.path().join(format!("{seconds}.mp3"));
        long_mp3(&path, seconds);
        let results = folder.path().join("r.jsonl");
        let peak = peak(&["classify", path.to_str().unwrap(), "--resume", results.to_str().unwrap()]);
        let row = std::fs::read_to_string(&results).unwrap();
        let row: Value = serde_json::from_str(row.lines().last().unwrap()).unwrap();
        assert!((row["seconds"].as_f64().unwrap() - seconds as f64).abs() < 1.0, "{}", row["seconds"]);
        peak
    });
    assert!(short > 50 && long <= 400 && 10 * long <= 13 * short, "{short} MiB for five minutes, {long} for two hours");
    let picture = folder.path().join("s.png");
    let long = folder.path().join("7200.mp3");
    let peak = peak(&["spectrogram", long.to_str().unwrap(), "-o", picture.to_str().unwrap()]);
    assert!(peak > 50 && peak <= 400, "{peak} MiB for the picture of two hours");
}
