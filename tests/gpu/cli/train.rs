//! `tunevote train`: what stops it, what it leaves then, and how it goes on.

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use serde_json::{Value, json};
use tempfile::TempDir;
use tunevote::data::{Dataset, Fractions, Split};
use tunevote::weights::Tensors;

use super::{rows, songs, text, tunevote};

/// A folder with a space in its name: songs, their pictures, and the model that is made of them.
pub(super) struct Room {
    _folder: TempDir,
    root: PathBuf,
}

impl Room {
    pub fn new() -> Self {
        let folder = TempDir::new().unwrap();
        let root = folder.path().join("a room");
        std::fs::create_dir(&root).unwrap();
        songs(&root);
        Self { _folder: folder, root }
    }

    pub fn at(&self, name: &str) -> PathBuf {
        self.root.join(name)
    }

    /// Arguments of a small run, unless `more` has others.
    fn args(&self, list: &str, out: &str, more: &[&str]) -> Vec<String> {
        let path = |name: &str| self.at(name).to_str().unwrap().to_owned();
        let mut args = vec!["train".to_owned(), path(list), "--out".into(), path(out), "--json".into()];
        let cache = path("cache");
        let usual = [("--batch", "1"), ("--seed", "5"), ("--val", "0.3"), ("--test", "0.3"), ("--cache", &cache)];
        for (name, value) in usual.into_iter().filter(|(name, _)| !more.contains(name)) {
            args.extend([name.to_owned(), value.to_owned()]);
        }
        args.extend(more.iter().map(|&word| word.to_owned()));
        args
    }

    pub fn train(&self, out: &str, more: &[&str]) -> Output {
        self.train_on("songs/truth.csv", out, more)
    }

    pub fn train_on(&self, list: &str, out: &str, more: &[&str]) -> Output {
        let args = self.args(list, out, more);
        tunevote(&args.iter().map(String::as_str).collect::<Vec<_>>())
    }

    fn start(&self, list: &str, out: &str, more: &[&str]) -> Child {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tunevote"));
        command.args(self.args(list, out, more)).env("NODEVICE_SELECT", "1");
        command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
    }

    /// Presses Ctrl-C as soon as an epoch has ended: the next one has begun then.
    pub fn interrupt(&self, list: &str, out: &str, more: &[&str]) -> Output {
        let mut child = self.start(list, out, more);
        let mut lines = BufReader::new(child.stdout.take().unwrap());
        let mut said = String::new();
        lines.read_line(&mut said).unwrap();
        let pressed = Command::new("sh").args(["-c", &format!("kill -INT {}", child.id())]).status().unwrap();
        assert!(pressed.success());
        while lines.read_line(&mut said).unwrap() > 0 {}
        Output { stdout: said.into_bytes(), ..child.wait_with_output().unwrap() }
    }

    /// Kills a run after its first epoch, where a model lies already. On a busy machine a run may be farther before that is seen.
    fn kill(&self, out: &str, more: &[&str]) {
        let checkpoint = self.at(&format!("{out}.checkpoint"));
        let killed = (0..5).any(|_| {
            std::fs::write(self.at(out), "a model").unwrap();
            let mut child = self.start("songs/truth.csv", out, more);
            while !checkpoint.exists() && child.try_wait().unwrap().is_none() {
                std::thread::sleep(std::time::Duration::from_millis(5));
            }
            child.kill().unwrap();
            let told = child.wait_with_output().unwrap().stdout;
            let first = checkpoint.exists() && text(&told).lines().count() <= 1;
            if !first {
                drop(std::fs::remove_file(&checkpoint));
            }
            first
        });
        assert!(killed, "five runs were past their first epoch before they could be killed");
    }

    /// What lies beside the songs and the cache.
    fn left(&self) -> Vec<String> {
        let names =
            std::fs::read_dir(&self.root).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
        let mut names: Vec<_> = names.filter(|name| name != "songs" && name != "cache").collect();
        names.sort();
        names
    }
}

/// Whether it failed as wrong use, and said this.
pub(super) fn refused(output: &Output, says: &str) {
    assert_eq!(output.status.code(), Some(2), "{}", text(&output.stderr));
    assert!(text(&output.stderr).contains(says), "{}", text(&output.stderr));
    assert!(output.stdout.is_empty());
}

pub(super) fn succeeded(output: &Output) -> Value {
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    rows(output).pop().unwrap()
}

/// An epoch's row without its times.
fn timeless(mut row: Value) -> Value {
    for name in ["slices_per_second", "seconds"] {
        let time = row.as_object_mut().unwrap().remove(name).unwrap();
        assert!(time.as_f64().unwrap() > 0.0, "{name} is {time}");
    }
    row
}

pub(super) fn timeless_history(result: &Value) -> Vec<Value> {
    result["history"].as_array().unwrap().iter().cloned().map(timeless).collect()
}

/// The command that the last line of a message ends with.
pub(super) fn remedy(output: &Output) -> String {
    let said = text(&output.stderr);
    let program = env!("CARGO_BIN_EXE_tunevote");
    let line = said.lines().last().unwrap();
    let from = line.find(": rm ").map(|at| at + 2).or_else(|| line.find(program));
    line[from.unwrap_or_else(|| panic!("no command in: {said}"))..].to_owned()
}

pub(super) fn shell(command: &str) -> Output {
    Command::new("sh").args(["-c", command]).env("NODEVICE_SELECT", "1").output().unwrap()
}

#[test]
fn a_killed_and_an_interrupted_run_end_with_the_bits_of_a_whole_one() {
    let room = Room::new();
    let whole = succeeded(&room.train("one.v1", &["--epochs", "3"]));
    assert_eq!(whole["card"]["labels"], json!(["classical", "electro"]));
    assert!(whole["test"]["slice_accuracy"].is_object());
    assert_eq!(room.left(), ["one.v1"]);

    // Killed after its first epoch; the model of an earlier day stays.
    let other = room.at("one.v1.checkpoint");
    room.kill("one.v2", &["--epochs", "3"]);
    assert!(!other.exists());
    refused(&room.train("one.v2", &["--epochs", "3"]), "--resume");

    // Interrupted in the third.
    let interrupted = room.interrupt("songs/truth.csv", "one.v2", &["--epochs", "3", "--resume"]);
    assert_eq!(interrupted.status.code(), Some(130), "{}", text(&interrupted.stderr));
    let lines = rows(&interrupted);
    let stopped = &lines.last().unwrap()["stopped"];
    let (steps, of) = (stopped["steps"].as_u64().unwrap(), stopped["of"].as_u64().unwrap());
    // At the earliest between the second epoch and the first step of the third.
    assert!(steps >= of / 3 * 2 && steps < of, "stopped after {steps} of {of} steps");
    assert!(text(&interrupted.stderr).contains(&format!("stopped after {steps} of {of} steps; go on with: ")));
    assert_eq!(std::fs::read(room.at("one.v2")).unwrap(), b"a model");

    // Not with other options or songs, and the first is told without a look at the songs.
    let elsewhere = room.at("elsewhere");
    let more = ["--epochs", "3", "--resume", "--batch", "5", "--cache", elsewhere.to_str().unwrap()];
    refused(&room.train("one.v2", &more), "batch 1, not 5");
    assert!(!elsewhere.exists(), "songs were read first");
    let table = std::fs::read_to_string(room.at("songs/truth.csv")).unwrap();
    std::fs::write(room.at("songs/other.csv"), exchanged(&table)).unwrap();
    refused(&room.train_on("songs/other.csv", "one.v2", &["--epochs", "3", "--resume"]), "other songs");

    let resumed = succeeded(&shell(&remedy(&interrupted)));
    assert!(
        std::fs::read(room.at("one.v1")).unwrap() == std::fs::read(room.at("one.v2")).unwrap(),
        "a resumed run should give the same bytes"
    );
    assert_eq!(timeless_history(&resumed), timeless_history(&whole));
    assert_eq!(resumed["paces"].as_array().unwrap().len(), 1);
    assert_eq!(room.left(), ["one.v1", "one.v2"]);

    let model = room.at("one.v1");
    let output = tunevote(&["classify", "--model", model.to_str().unwrap(), room.at("songs").to_str().unwrap()]);
    assert_eq!(rows(&output).len(), 12);
}

#[test]
fn a_killed_run_ends_as_early_and_slows_down_as_a_whole_one() {
    let room = Room::new();
    let more = ["--epochs", "6", "--schedule", "plateau", "--early-stop", "1", "--lr", "4e-3"];
    let whole = succeeded(&room.train("one.v1", &more));
    let losses: Vec<f64> =
        timeless_history(&whole).iter().map(|row| row["validation_loss"].as_f64().unwrap()).collect();
    // The first that is no better than all before is the last.
    let best = |epoch: usize| losses[..epoch].iter().copied().fold(f64::INFINITY, f64::min);
    assert!((1..losses.len() - 1).all(|epoch| losses[epoch] < best(epoch)), "{losses:?}");
    assert!(losses.len() == 6 || losses[losses.len() - 1] >= best(losses.len() - 1), "{losses:?}");
    assert_eq!(whole["card"]["training"]["epochs"].as_u64(), Some(losses.len() as u64));

    room.kill("one.v2", &more);
    let other = ["--epochs", "6", "--schedule", "plateau", "--early-stop", "3", "--lr", "4e-3", "--resume"];
    refused(&room.train("one.v2", &other), "another early_stop");
    let resumed = succeeded(&room.train("one.v2", &[&more[..], &["--resume"]].concat()));
    assert!(std::fs::read(room.at("one.v1")).unwrap() == std::fs::read(room.at("one.v2")).unwrap());
    assert_eq!(timeless_history(&resumed), timeless_history(&whole));

    let none = room.train("one.v3", &["--epochs", "1", "--val", "0", "--schedule", "plateau"]);
    refused(&none, "no songs validate");
}

/// The table with the genres of the first song and of the first of another genre exchanged: the counts stay.
pub(super) fn exchanged(table: &str) -> String {
    let mut lines: Vec<_> = table.lines().map(str::to_owned).collect();
    let first = if lines[1].contains("electro") { ("electro", "classical") } else { ("classical", "electro") };
    let second = lines.iter().position(|line| line.contains(&format!("{}/", first.1))).unwrap();
    // The path holds the genre too: only what stands behind it changes.
    for (line, (from, to)) in [(1, first), (second, (first.1, first.0))] {
        let (path, rest) = lines[line].split_once(',').unwrap();
        lines[line] = format!("{path},{}", rest.replacen(from, to, 1));
    }
    lines.join("\n")
}

#[test]
fn a_loss_that_is_no_number_stops_with_a_remedy_that_works() {
    let room = Room::new();
    let steep = ["--lr", "1e30", "--schedule", "constant", "--epochs", "2"];

    // In the first epoch: there is nothing to go on with.
    let output = room.train("new.safetensors", &steep);
    refused(&output, "the loss is");
    let command = remedy(&output);
    assert!(!text(&output.stderr).contains("checkpoint") && !command.contains("--resume"), "{command}");
    assert!(room.left().is_empty());
    let finished = succeeded(&shell(&command));
    assert!(finished["card"]["training"]["learning_rate"].as_f64().unwrap() < 0.01);
    assert_eq!(room.left(), ["new.safetensors"]);

    // Later: the checkpoint stays, and another learning rate goes on from it.
    let interrupted = room.interrupt("songs/truth.csv", "later.safetensors", &["--epochs", "2", "--lr", "1e-3"]);
    let steps = rows(&interrupted).last().unwrap()["stopped"]["steps"].as_u64().unwrap();
    let path = room.at("later.safetensors.checkpoint");
    let before = std::fs::read(&path).unwrap();
    let output = room.train("later.safetensors", &["--resume", "--epochs", "2", "--lr", "1e30"]);
    refused(&output, &format!("later.safetensors.checkpoint has the state after {steps}"));
    assert!(std::fs::read(&path).unwrap() == before, "the good state is gone");
    let finished = succeeded(&shell(&remedy(&output)));
    let paces = finished["paces"].as_array().unwrap();
    assert_eq!((paces.len(), &paces[1]["from"]), (2, &json!(steps)), "{paces:?}");
    assert_eq!(paces[0]["learning_rate"], finished["card"]["training"]["learning_rate"]);
    assert_eq!(room.left(), ["later.safetensors", "new.safetensors"]);
}

#[test]
fn a_checkpoint_that_is_lost_already_is_not_gone_on_with() {
    // Without validation, a step of an epoch whose loss is a number yet hides weights that are of no use.
    let room = Room::new();
    let steep = ["--lr", "1e30", "--schedule", "constant", "--epochs", "2"];
    let output = room.train("m.safetensors", &[&steep[..], &["--val", "0", "--batch", "32"]].concat());
    assert_eq!(output.status.code(), Some(2), "{}", text(&output.stderr));
    assert_eq!(room.left(), ["m.safetensors.checkpoint"]);
    let command = remedy(&output);
    assert!(command.starts_with("rm ") && !command.contains("--resume"), "{command}");
    succeeded(&shell(&command));
    assert_eq!(room.left(), ["m.safetensors"]);
}

#[test]
fn wrong_use_is_told_before_songs_are_read() {
    let folder = TempDir::new().unwrap();
    let (out, cache) = (folder.path().join("m.safetensors"), folder.path().join("cache"));
    // A folder of songs that are none: reading them would be another error.
    for song in ["a/1.wav", "a/2.wav", "a/3.wav", "b/1.wav", "b/2.wav", "b/3.wav"] {
        std::fs::create_dir_all(folder.path().join(song).parent().unwrap()).unwrap();
        std::fs::write(folder.path().join(song), "").unwrap();
    }
    let train = |out: &Path, more: &[&str]| {
        let mut args = vec!["train", folder.path().to_str().unwrap(), "--out", out.to_str().unwrap()];
        args.extend(["--cache", cache.to_str().unwrap()]);
        args.extend(more);
        tunevote(&args)
    };
    refused(&train(&out, &["--val", ".6", "--test", ".6"]), "below 1 together");
    refused(&train(&out, &["--resume"]), "m.safetensors.checkpoint: there is no interrupted run");
    refused(&train(&folder.path().join("a"), &[]), "this is a folder");
    assert!(!cache.exists());
    refused(&train(&out, &[]), "the label a has 0 song");
}

#[test]
fn songs_that_cannot_be_read_take_no_side() {
    let room = Room::new();
    let all = Dataset::from_table(&room.at("songs/truth.csv")).unwrap();
    let electro = all.labels.iter().position(|label| label == "electro").unwrap();
    let fractions = Fractions { validation: 0.3, test: 0.3 };
    let split = Split::by_artist(&all, fractions, 5).unwrap();
    assert!(split.warnings.is_empty());
    // Of the side that tests, every song of one label.
    let gone: Vec<_> = split.test.iter().filter(|&&song| all.songs[song].label == electro).collect();
    gone.iter().for_each(|&&song| std::fs::write(&all.songs[song].path, "a letter").unwrap());
    let output = room.train("m.safetensors", &["--epochs", "1"]);
    assert_eq!(output.status.code(), Some(1), "{}", text(&output.stderr));
    // Two artists of it are left: for training and test.
    assert!(text(&output.stderr).contains("electro has no songs for validation: "), "{}", text(&output.stderr));
}

#[test]
fn a_file_of_16_bits_is_half_as_large_and_measured_as_it_is() {
    let room = Room::new();
    let result = succeeded(&room.train("half.safetensors", &["--epochs", "1", "--precision", "f16"]));
    let bytes = std::fs::read(room.at("half.safetensors")).unwrap();
    let (tensors, _) = Tensors::parse(&bytes).unwrap();
    let count: usize = tensors.iter().map(|(_, _, values)| values.len()).sum();
    assert!((2 * count..2 * count + 20_000).contains(&bytes.len()), "{} bytes for {count} values", bytes.len());
    let model = room.at("half.safetensors");
    let classified = tunevote(&["classify", "--model", model.to_str().unwrap(), room.at("songs").to_str().unwrap()]);
    assert_eq!(rows(&classified).len(), 12, "{}", text(&classified.stderr));

    // The test songs, measured from the file.
    let all = Dataset::from_table(&room.at("songs/truth.csv")).unwrap();
    let split = Split::by_artist(&all, Fractions { validation: 0.3, test: 0.3 }, 5).unwrap();
    let lines = split.test.iter().map(|&song| {
        let song = &all.songs[song];
        let artist = song.artist.as_deref().unwrap();
        format!("{},{},{artist}\n", song.path.display(), all.labels[song.label])
    });
    std::fs::write(room.at("test.csv"), format!("path,genre,artist\n{}", lines.collect::<String>())).unwrap();
    let (list, cache) = (room.at("test.csv"), room.at("cache"));
    let model = ["--model", model.to_str().unwrap(), "--cache", cache.to_str().unwrap(), "--json"];
    let evaluated = succeeded(&tunevote(&[&["evaluate", list.to_str().unwrap()], &model[..]].concat()));
    // The Brier score tells weights apart that are only rounded.
    for number in ["slice_accuracy", "readings", "brier"] {
        assert_eq!(evaluated[number], result["test"][number], "{number}");
    }
}

#[test]
fn a_leaky_run_names_the_works_that_it_was_trained_on() {
    let room = Room::new();
    let all = Dataset::from_table(&room.at("songs/truth.csv")).unwrap();
    let lines = all.songs.iter().enumerate().map(|(index, song)| {
        let (path, genre) = (song.path.display(), &all.labels[song.label]);
        format!("{path},{genre},{},title {index},CC0\n", song.artist.as_deref().unwrap())
    });
    std::fs::write(room.at("list.csv"), format!("path,genre,artist,title,licence\n{}", lines.collect::<String>()))
        .unwrap();
    let result = succeeded(&room.train_on("list.csv", "m.safetensors", &["--epochs", "1", "--leak"]));
    let training = &result["card"]["training"];
    assert_eq!(training["works"].as_array().unwrap().len() as u64, training["songs"].as_u64().unwrap());
}
