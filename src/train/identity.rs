//! What a resumed run has to share with the one that it goes on with.

use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use super::checkpoint::{Checkpoint, Pace, Progress};
use super::learner::Learner;
use super::run::{RunData, RunPlan};
use crate::data::SliceRef;
use crate::error::{Error, Result};
use crate::weights::hexadecimal;

impl RunPlan {
    /// Whether a run with this plan and these labels can go on from a checkpoint. Learning rate, schedule and clipping may be
    /// others, and so may the file's precision. Whether the songs are the same shows only when their slices are known.
    ///
    /// # Errors
    /// [`Error::Argument`] naming the options that differ.
    pub fn check_resume(&self, checkpoint: &Checkpoint, labels: &[String]) -> Result<()> {
        differing(&checkpoint.progress.options, &options(self, labels))
    }

    /// All options, also those that may change when a single run goes on: what tells runs from each other.
    pub(crate) fn identity(&self, labels: &[String]) -> Map<String, Value> {
        let mut all = options(self, labels);
        let Pace { learning_rate, schedule, clip, from: _ } = self.pace(0);
        let precision = format!("{:?}", self.precision);
        all.extend([
            ("learning_rate".to_owned(), json!(learning_rate)),
            ("schedule".to_owned(), json!(schedule)),
            ("clip".to_owned(), json!(clip)),
            ("precision".to_owned(), json!(precision.to_lowercase())),
            ("tempered".to_owned(), json!(self.tempered)),
        ]);
        all
    }

    /// How it takes its steps after so many.
    pub(super) fn pace(&self, from: u64) -> Pace {
        Pace { from, learning_rate: self.learning_rate, schedule: self.schedule, clip: self.clip }
    }
}

/// Refuses options that are not those of an interrupted run.
///
/// # Errors
/// [`Error::Resume`] naming the options that differ.
pub(crate) fn differing(theirs: &Value, ours: &Map<String, Value>) -> Result<()> {
    let differ = |(name, value): (&String, &Value)| {
        let was = theirs.get(name).unwrap_or(&Value::Null);
        (was != value).then(|| match value {
            Value::Object(_) => format!("another {name}"),
            _ => format!("{name} {was}, not {value}"),
        })
    };
    let differing: Vec<_> = ours.iter().filter_map(differ).collect();
    match differing.as_slice() {
        [] => Ok(()),
        _ => Err(another(format!("the interrupted run has {}", differing.join(", ")))),
    }
}

fn another(problem: String) -> Error {
    Error::Resume(problem)
}

/// The options that stay the same from the first step to the last.
pub(super) fn options(plan: &RunPlan, labels: &[String]) -> Map<String, Value> {
    // Named one by one: whoever adds an option has to say whether it may change on the way.
    let RunPlan { system, epochs, early_stop, batch, seed, augment, balance, front_end, teacher, frozen, .. } = plan;
    // Where a run starts from is in its checkpoint.
    let RunPlan { learning_rate: _, schedule: _, clip: _, precision: _, start: _, tempered: _, .. } = plan;
    let all = [
        ("system", json!(system)),
        ("epochs", json!(epochs)),
        ("early_stop", json!(early_stop)),
        ("batch", json!(batch)),
        ("seed", json!(seed)),
        ("augment", json!(augment)),
        ("balance", json!(balance)),
        ("front_end", json!(front_end)),
        ("labels", json!(labels)),
        ("teacher", json!(teacher)),
        // As runs were written before there was a choice.
        ("frozen", json!(frozen.then_some(true))),
    ];
    all.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

impl RunData<'_> {
    /// A digest of songs, labels, sides and slices: another one is another run.
    pub(crate) fn digest(self) -> String {
        songs(self)
    }
}

/// SHA-256 over every slice of every side: its song's path and label, and its place in the song.
pub(super) fn songs(data: RunData<'_>) -> String {
    let mut digest = Sha256::new();
    let mut text = |text: &str| {
        digest.update((text.len() as u64).to_le_bytes());
        digest.update(text);
    };
    for (side, slices) in [("training", data.train), ("validation", data.validation), ("test", data.test)] {
        text(side);
        for &SliceRef { song, slice } in slices {
            let song = &data.songs.dataset.songs[song];
            text(&song.path.to_string_lossy());
            text(&data.songs.dataset.labels[song.label]);
            text(&slice.to_string());
            song.coded.iter().for_each(|path| text(&path.to_string_lossy()));
        }
    }
    hexadecimal(&digest.finalize())
}

/// The progress to go on with, and the learner put into its state. `labels` are those of all songs, `fresh` is how the run would start anew.
///
/// # Errors
/// [`Error::Argument`] if the checkpoint is of another run.
pub(super) fn take_up(
    checkpoint: &Checkpoint,
    plan: &RunPlan,
    labels: &[String],
    fresh: &Progress,
    learner: &mut Learner,
) -> Result<Progress> {
    plan.check_resume(checkpoint, labels)?;
    let mut progress = checkpoint.progress.clone();
    let (theirs, ours) = (&progress.card.labels, &fresh.card.labels);
    if theirs != ours {
        return Err(another(format!("the interrupted run answers {}, not {}", theirs.join(", "), ours.join(", "))));
    }
    if progress.songs != fresh.songs || progress.total != fresh.total {
        return Err(another(
            "the interrupted run has other songs, or the same with other labels or on other sides".into(),
        ));
    }
    checkpoint.restore(learner)?;
    let pace = plan.pace(progress.steps);
    if progress.paces.last().is_none_or(|last| Pace { from: last.from, ..pace } != *last) {
        progress.paces.retain(|earlier| earlier.from < pace.from);
        progress.paces.push(pace);
    }
    Ok(progress)
}

#[cfg(test)]
mod tests {
    use crate::data::{Dataset, SliceRef, Song};
    use crate::train::{Gathered, RunData, Songs};

    /// Songs as (path or "path|coded file", label); slices of the training and the test side as (song, slice).
    fn digest(songs: &[(&str, usize)], train: &[(usize, u64)], test: &[(usize, u64)]) -> String {
        let song = |&(files, label): &(&str, usize)| {
            let (path, coded) = files.split_once('|').map_or((files, None), |(path, coded)| (path, Some(coded.into())));
            Song { path: path.into(), label, coded, ..Song::default() }
        };
        let dataset = Dataset {
            labels: vec!["a".into(), "b".into()],
            songs: songs.iter().map(song).collect(),
            warnings: Vec::new(),
        };
        let slices = |side: &[(usize, u64)]| side.iter().map(|&(song, slice)| SliceRef { song, slice }).collect();
        let (train, test): (Vec<_>, Vec<_>) = (slices(train), slices(test));
        let (gathered, split) = (Gathered::default(), "by hand");
        let data = RunData {
            songs: Songs { dataset: &dataset, gathered: &gathered },
            train: &train,
            validation: &[],
            test: &test,
            split,
            targets: None,
            base: None,
            head: None,
        };
        super::songs(data)
    }

    #[test]
    fn another_path_label_side_or_slice_is_another_run() {
        let given = digest(&[("x", 0), ("y", 1)], &[(0, 0), (1, 0)], &[(1, 1)]);
        assert_eq!(given, digest(&[("x", 0), ("y", 1)], &[(0, 0), (1, 0)], &[(1, 1)]));
        assert_ne!(given, digest(&[("w", 0), ("y", 1)], &[(0, 0), (1, 0)], &[(1, 1)]), "path");
        assert_ne!(given, digest(&[("x|x.mp3", 0), ("y", 1)], &[(0, 0), (1, 0)], &[(1, 1)]), "coded file");
        assert_ne!(given, digest(&[("x", 0), ("y", 0)], &[(0, 0), (1, 0)], &[(1, 1)]), "label");
        assert_ne!(given, digest(&[("x", 0), ("y", 1)], &[(0, 0), (1, 1)], &[(1, 0)]), "slice");
        assert_ne!(given, digest(&[("x", 0), ("y", 1)], &[(0, 0)], &[(1, 0), (1, 1)]), "side");
    }
}
