//! A study, seed by seed. What is there already is not made again.

use std::path::Path;

use super::folder::{Gan, SeedFolder, claim};
use super::judged::Seed;
use super::plan::StudyPlan;
use super::work::Work;
use crate::data::{Dataset, Fractions, Split};
use crate::error::{Error, Result};
use crate::gan;
use crate::gpu::Engine;
use crate::train::{self, Halt, Songs};

/// Shares of the songs for thresholds and for the numbers that are told: more than a model that is to be used would give up.
const SIDES: Fractions = Fractions { validation: 0.2, test: 0.3 };

/// What happens while a study goes on.
#[derive(Clone, Debug)]
pub enum Event {
    /// A network that classifies learns.
    Network {
        /// The seed.
        seed: u64,
        /// The network's name, as [`System`](crate::models::System) has it.
        name: &'static str,
        /// What happened.
        event: train::Event,
    },
    /// A GAN learns.
    Gan {
        /// The seed.
        seed: u64,
        /// Which.
        which: Gan,
        /// What happened.
        event: Box<gan::Event>,
    },
    /// Songs were asked about.
    Judged {
        /// The seed.
        seed: u64,
        /// Songs done and to do.
        songs: (usize, usize),
    },
}

/// How a study ended.
#[derive(Debug)]
pub enum Outcome {
    /// Every seed is judged.
    Finished(Vec<Seed>),
    /// It was told to stop; the same call goes on.
    Interrupted,
    /// A network learnt nothing any more: losses that are no numbers.
    Diverged(String),
}

/// The sides of every seed of a study, and what a person should know about them.
///
/// # Errors
/// [`Error::Training`] if a seed leaves a genre without training songs, or none for the thresholds or the numbers: known before hours of
/// training.
pub fn splits(plan: &StudyPlan, known: &Dataset) -> Result<(Vec<Split>, Vec<String>)> {
    let splits = (1..=plan.seeds).map(|seed| Split::of(known, SIDES, seed)).collect::<Result<Vec<_>>>()?;
    let mut warnings: Vec<String> = Vec::new();
    for (seed, split) in (1..).zip(&splits) {
        let taught = |label: usize| split.train.iter().any(|&song| known.songs[song].label == label);
        let untaught: Vec<_> =
            (0..known.labels.len()).filter(|&label| !taught(label)).map(|label| known.labels[label].as_str()).collect();
        let mut missing = Vec::new();
        if !untaught.is_empty() {
            missing.push(format!("{} for training", untaught.join(", ")));
        }
        for (songs, what) in [(&split.validation, "thresholds"), (&split.test, "the numbers that are told")] {
            missing.extend(songs.is_empty().then(|| format!("any genre for {what}")));
        }
        if !missing.is_empty() {
            let problem = format!(
                "seed {seed} leaves no songs of {}: give songs of at least three artists a genre",
                missing.join(", nor of ")
            );
            return Err(Error::Training(problem));
        }
        for warning in &split.warnings {
            let known = warnings.iter().any(|said| said.ends_with(warning.as_str()));
            warnings.extend((!known).then(|| format!("seed {seed}: {warning}")));
        }
    }
    Ok((splits, warnings))
}

/// Runs a study in the folder `out`, or goes on with it. `known` are the songs of the labels, `outside` those of no label; `observe` stops
/// by returning `false`.
///
/// # Errors
/// [`Error::Training`] if the songs do not suffice, [`Error::Gpu`] if the device fails, [`Error::Io`] if the disk does not take a file,
/// [`Error::Argument`] if the folder is another study's.
pub fn run(
    engine: &Engine,
    plan: &StudyPlan,
    known: Songs<'_>,
    outside: Songs<'_>,
    out: &Path,
    observe: &mut dyn FnMut(Event) -> bool,
) -> Result<Outcome> {
    let (splits, _) = splits(plan, known.dataset)?;
    let study = claim(out, plan, [known.dataset, outside.dataset])?;
    let mut seeds = Vec::new();
    for (seed, split) in (1..).zip(splits) {
        let folder = SeedFolder::new(out, seed);
        folder.create()?;
        let judged = match folder.judged(&study, known.dataset.labels.len())? {
            Some(judged) => judged,
            None => match (Work { engine, plan, known, outside, folder: &folder, study: &study, seed })
                .judged(split, observe)
            {
                Ok(judged) => {
                    folder.save(&judged)?;
                    judged
                }
                Err(Halt::Told) => return Ok(Outcome::Interrupted),
                Err(Halt::Diverged(problem)) => return Ok(Outcome::Diverged(format!("seed {seed}: {problem}"))),
                Err(Halt::Failed(error)) => return Err(error),
            },
        };
        seeds.push(judged);
    }
    Ok(Outcome::Finished(seeds))
}
