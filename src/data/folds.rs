//! Folds: every song but those held out validates once, and teaches the other times.

use super::dataset::Dataset;
use super::draw::{Draw, Purpose};
use super::split::{Fractions, Split, artists, by_artist, unknown_artists};
use super::strata::Side;
use crate::error::{Error, Result};

/// What it costs if a label is missing in a fold: more than shares can ever cost.
const MISSING: f64 = 800.0;

/// Songs in folds, and those held out from all of them, as sorted indices into [`Dataset::songs`]. No artist is in two folds, nor in a fold
/// and held out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Folds {
    /// For the numbers that are told of all folds' models together; no fold meets them.
    pub held_out: Vec<usize>,
    /// The folds.
    pub folds: Vec<Vec<usize>>,
    /// What a person should know about them.
    pub warnings: Vec<String>,
}

impl Folds {
    /// Holds out the share `held_out` of the songs, and puts the others into so many `folds`, both by artist with each label's shares as equal as
    /// artists allow (stratified, grouped). The songs held out are those that [`Split::by_artist`] tests with the same share, no validation and
    /// the same seed: they do not depend on the number of folds.
    ///
    /// Artists are kept together by [`artist_key`](super::artist_key); a song without one counts as an artist of its own, with a warning.
    /// A fold without a song of some label, which only artists with songs of several labels can bring about, is told as a warning.
    ///
    /// The same songs and seed give the same folds, in whatever order they are listed and wherever their folder lies.
    ///
    /// # Errors
    /// [`Error::Argument`] for fewer than 2 folds or for a share that is none; [`Error::Training`] if a label has fewer artists than there are
    /// folds and a side held out, or could not be learnt by some fold's model.
    pub fn by_artist(dataset: &Dataset, folds: usize, held_out: f64, seed: u64) -> Result<Self> {
        if folds < 2 {
            let problem = format!("there should be 2 folds or more, not {folds}");
            return Err(Error::Argument { operation: "folds", problem });
        }
        let fractions = Fractions { validation: 0.0, test: held_out };
        fractions.sides()?;
        let Split { train, test, .. } = Split::by_artist(dataset, fractions, seed)?;
        enough(dataset, folds, &train, &test, held_out > 0.0)?;
        let sides = vec![Side { wanted: 1.0 / folds as f64, missing: MISSING }; folds];
        let placed = by_artist(dataset, &train, &sides, Draw::new(seed, Purpose::Split, [2, folds as u64]));
        let mut all = Self { held_out: test, folds: placed, warnings: Vec::new() };
        all.warnings = unknown_artists(dataset).into_iter().collect();
        all.look(dataset, held_out > 0.0)?;
        Ok(all)
    }

    /// The sides of one fold's model, counted from 0: the other folds teach, this one validates, and what is held out tests.
    pub fn split(&self, fold: usize) -> Split {
        let others = self.folds.iter().enumerate().filter(|(other, _)| *other != fold);
        let mut train: Vec<usize> = others.flat_map(|(_, songs)| songs).copied().collect();
        train.sort_unstable();
        let validation = self.folds.get(fold).cloned().unwrap_or_default();
        Split { train, validation, test: self.held_out.clone(), warnings: Vec::new() }
    }

    /// Adds a warning for each label that a fold or the side held out does without.
    fn look(&mut self, dataset: &Dataset, held_out: bool) -> Result<()> {
        let has = |songs: &[usize], label: usize| songs.iter().any(|&song| dataset.songs[song].label == label);
        for (label, name) in dataset.labels.iter().enumerate().filter(|(label, _)| dataset.counts()[*label] > 0) {
            let with: Vec<_> = (0..self.folds.len()).filter(|&fold| has(&self.folds[fold], label)).collect();
            if with.len() < 2 {
                let problem = format!(
                    "{name} has songs in {} of {} folds, so some fold's model could not learn it: its artists have songs of other labels too; \
                     give it more artists",
                    with.len(),
                    self.folds.len()
                );
                return Err(Error::Training(problem));
            }
            let missing = (0..self.folds.len()).filter(|fold| !with.contains(fold));
            let mut missing: Vec<String> = missing.map(|fold| format!("fold {}", fold + 1)).collect();
            missing.extend((held_out && !has(&self.held_out, label)).then(|| "the songs held out".into()));
            if !missing.is_empty() {
                let problem = "its artists have songs of other labels too";
                self.warnings.push(format!("{name} has no songs in {}: {problem}", missing.join(", ")));
            }
        }
        Ok(())
    }
}

/// Refuses labels that have too few artists to be in every fold and held out.
fn enough(dataset: &Dataset, folds: usize, rest: &[usize], held_out: &[usize], wanted: bool) -> Result<()> {
    let sides = [rest, held_out].map(|songs| artists(dataset, songs));
    let few = dataset.labels.iter().enumerate().filter_map(|(label, name)| {
        let theirs = |songs: &&Vec<usize>| songs.iter().any(|&song| dataset.songs[song].label == label);
        let [rest, out] = sides.each_ref().map(|artists| artists.values().filter(theirs).count());
        let songs = dataset.counts()[label];
        let plural = |n: usize| if n == 1 { "" } else { "s" };
        let few = songs > 0 && (rest < folds || wanted && out == 0);
        let all = rest + out;
        few.then(|| format!("{name} has {songs} song{} of {all} artist{}, {out} held out", plural(songs), plural(all)))
    });
    let few: Vec<_> = few.collect();
    if few.is_empty() {
        return Ok(());
    }
    let and = if wanted { ", and one held out" } else { "" };
    Err(Error::Training(format!(
        "{folds} folds need {folds} artists of every label{and}: {}; ask for fewer folds or a smaller share, or give songs of more artists",
        few.join("; ")
    )))
}
