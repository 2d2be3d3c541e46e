//! Trains what is compared and asks it about every song, seed by seed. What is there already is not made again.

use std::path::Path;

use serde::{Deserialize, Serialize};

use super::judged::{Judged, Look, Side};
use super::plan::StudyPlan;
use super::purifier::purifier;
use super::table::Seed;
use crate::data::{Augment, Balance, Dataset, Fractions, PictureFile, Sampler, SliceSplit, Split};
use crate::error::{Error, Result};
use crate::gan::{self, Adversaries, GanData, GanPlan};
use crate::gpu::Engine;
use crate::models::System;
use crate::models::gan::Reading;
use crate::predict::Predictor;
use crate::refine::{SecondLook, halves};
use crate::signal::front_end::{FrontEnd, SliceGeometry};
use crate::train::{self, Checkpoint, Gathered, Halt, RunData, RunPlan, checkpoint_path};
use crate::vote::{Thresholds, vote};
use crate::weights::{Card, GanFile, ModelFile, Precision, write_whole};

/// Shares of the songs for thresholds and for the numbers that are told: more than a model that is to be used would give up.
const SIDES: Fractions = Fractions { validation: 0.2, test: 0.3 };

/// What happens while a study goes on.
#[derive(Clone, Debug)]
pub enum Event {
    /// A network that classifies learns.
    Network(u64, &'static str, train::Event),
    /// A GAN learns.
    Gan(u64, &'static str, Box<gan::Event>),
    /// Songs were asked about, done and to do.
    Judged(u64, (usize, usize)),
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

/// Songs of a study with their pictures.
#[derive(Clone, Copy, Debug)]
pub struct Songs<'a> {
    /// The songs.
    pub dataset: &'a Dataset,
    /// Their pictures.
    pub gathered: &'a Gathered,
}

/// The sides of every seed of a study, and what a person should know about them.
///
/// # Errors
/// [`Error::Training`] if a seed leaves a genre without training songs, or none for the thresholds or the numbers: known before hours of
/// training.
pub fn splits(plan: &StudyPlan, known: &Dataset) -> Result<(Vec<Split>, Vec<String>)> {
    let splits = (1..=plan.seeds).map(|seed| Split::by_artist(known, SIDES, seed)).collect::<Result<Vec<_>>>()?;
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
/// [`Error::Argument`] if what is in the folder is of other songs.
pub fn run(
    engine: &Engine,
    plan: &StudyPlan,
    known: Songs<'_>,
    outside: Songs<'_>,
    out: &Path,
    observe: &mut dyn FnMut(Event) -> bool,
) -> Result<Outcome> {
    let (splits, _) = splits(plan, known.dataset)?;
    let mut seeds = Vec::new();
    for (seed, split) in (1..).zip(splits) {
        let folder = out.join(format!("seed{seed}"));
        std::fs::create_dir_all(&folder).map_err(Error::io(&folder))?;
        let path = folder.join("judged.json");
        let saved = match std::fs::read(&path) {
            Ok(bytes) => SavedSeed::parse(&path, &bytes)?,
            Err(_) => match (Work { engine, plan, known, outside, folder: &folder, seed }).judged(split, observe) {
                Ok(judged) => {
                    write_whole(&path, &judged.bytes(&path)?)?;
                    judged
                }
                Err(Halt::Told) => return Ok(Outcome::Interrupted),
                Err(Halt::Diverged(problem)) => return Ok(Outcome::Diverged(format!("seed {seed}: {problem}"))),
                Err(Halt::Failed(error)) => return Err(error),
            },
        };
        seeds.push((seed, saved.thresholds, saved.songs));
    }
    Ok(Outcome::Finished(seeds))
}

/// A seed's file.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct SavedSeed {
    thresholds: Thresholds,
    songs: Vec<Judged>,
}

impl SavedSeed {
    fn parse(path: &Path, bytes: &[u8]) -> Result<Self> {
        serde_json::from_slice(bytes).map_err(|error| Error::Weights {
            path: path.to_path_buf(),
            problem: format!("cannot be read ({error}); remove it, and it is made again"),
        })
    }

    fn bytes(&self, path: &Path) -> Result<Vec<u8>> {
        let problem =
            |error: serde_json::Error| Error::Weights { path: path.to_path_buf(), problem: error.to_string() };
        serde_json::to_vec(self).map_err(problem)
    }
}

/// What helps where a file that a study has made cannot be read.
fn made_again(error: Error) -> Error {
    match error {
        Error::Weights { path, problem } => {
            Error::Weights { path, problem: format!("{problem} (remove it, and the study makes it again)") }
        }
        error => error,
    }
}

/// One seed.
struct Work<'a> {
    engine: &'a Engine,
    plan: &'a StudyPlan,
    known: Songs<'a>,
    outside: Songs<'a>,
    folder: &'a Path,
    seed: u64,
}

type Observe<'a> = &'a mut dyn FnMut(Event) -> bool;

impl Work<'_> {
    fn judged(&self, split: Split, observe: Observe<'_>) -> Result<SavedSeed, Halt> {
        let system = System::named(self.plan.systems()[0])?;
        let front_end = system.front_end();
        let slices = SliceSplit::of_songs(&split, &self.known.gathered.slices(self.known.dataset, &front_end));
        let data = RunData {
            dataset: self.known.dataset,
            gathered: self.known.gathered,
            train: &slices.train,
            validation: &slices.validation,
            test: &[],
            split: "split by song and artist",
        };
        let mut models = Vec::new();
        for (name, epochs) in self.plan.systems().into_iter().zip(self.plan.epochs) {
            models.push(self.network(name, epochs, &front_end, data, observe)?);
        }
        let genres = self.known.dataset.labels.len();
        let labels: Vec<_> = self.known.dataset.songs.iter().map(|song| song.label).collect();
        let sampler = Sampler::new(data.train, &labels, genres, self.plan.rows * genres, Balance::Rows, self.seed)?;
        let gan = |name, reading, labelled, observe: Observe<'_>| {
            let epochs = self.plan.gan_epochs(reading, sampler.steps());
            let plan = GanPlan { epochs, ..self.plan.gan(reading, labelled, genres, self.seed) };
            self.gan(name, &plan, GanData { songs: data, model: &models[0] }, observe)
        };
        let analysis = gan("analysis", Reading::Analysis, true, observe)?;
        let transfer = gan("transfer", Reading::Transfer, true, observe)?;
        let unlabelled = gan("purifier", Reading::Analysis, false, observe)?;
        let random = self.untrained(&transfer)?;
        let look = |file: &GanFile| SecondLook::new(self.engine, file, &models[0], 8);
        let judge = Judges {
            looks: [look(&analysis)?, look(&transfer)?, look(&random)?],
            purifier: purifier(self.engine, &unlabelled, &models[0], 16)?,
            cnn: Predictor::new(self.engine, &models[0], 32)?,
            others: [Predictor::new(self.engine, &models[1], 16)?, Predictor::new(self.engine, &models[2], 16)?],
            card: &models[0].card,
        };
        let outside = (0..self.outside.dataset.songs.len()).collect();
        let sides = [
            (Side::Validation, self.known, split.validation),
            (Side::Test, self.known, split.test),
            (Side::Outside, self.outside, outside),
        ];
        let total = sides.iter().map(|(_, _, songs)| songs.len()).sum();
        let mut all = Vec::new();
        for (side, songs, indices) in &sides {
            for &index in indices {
                all.extend(judge.song(*side, *songs, index)?);
                if !observe(Event::Judged(self.seed, (all.len(), total))) {
                    return Err(Halt::Told);
                }
            }
        }
        Ok(SavedSeed { thresholds: models[0].card.thresholds, songs: all })
    }

    fn network(
        &self,
        name: &'static str,
        epochs: usize,
        front_end: &FrontEnd,
        data: RunData<'_>,
        observe: Observe<'_>,
    ) -> Result<ModelFile, Halt> {
        let path = self.folder.join(format!("{name}.safetensors"));
        if !path.exists() {
            let system = System::named(name)?;
            let plan = RunPlan {
                system: name.to_owned(),
                epochs,
                batch: system.batch,
                learning_rate: system.learning_rate,
                schedule: system.schedule,
                clip: None,
                seed: self.seed,
                augment: Augment::of_system(name),
                balance: Balance::Labels,
                front_end: front_end.clone(),
                precision: Precision::F32,
            };
            let card = Card::new(name, data.dataset.labels.clone(), front_end.clone());
            let saved = checkpoint_path(&path);
            let saved = if saved.exists() { Some(Checkpoint::read(&saved)?) } else { None };
            let mut told = |event| observe(Event::Network(self.seed, name, event));
            match train::run(self.engine, &plan, data, card, &path, saved, &mut told)? {
                train::Outcome::Finished(_) => {}
                train::Outcome::Interrupted { .. } => return Err(Halt::Told),
                train::Outcome::Diverged { problem, .. } => return Err(Halt::Diverged(format!("{name}: {problem}"))),
            }
        }
        Ok(ModelFile::read(&path).map_err(made_again)?)
    }

    fn gan(
        &self,
        name: &'static str,
        plan: &GanPlan,
        data: GanData<'_>,
        observe: Observe<'_>,
    ) -> Result<GanFile, Halt> {
        let path = self.folder.join(format!("{name}.safetensors"));
        if !path.exists() {
            let saved = checkpoint_path(&path);
            let saved = if saved.exists() { Some(gan::Progress::read(&saved)?) } else { None };
            let mut told = |event| observe(Event::Gan(self.seed, name, Box::new(event)));
            match gan::run(self.engine, plan, data, &path, saved, &mut told)? {
                gan::Outcome::Finished(_) => {}
                gan::Outcome::Interrupted { .. } => return Err(Halt::Told),
                gan::Outcome::Diverged { problem, .. } => return Err(Halt::Diverged(format!("{name}: {problem}"))),
            }
        }
        Ok(GanFile::read(&path).map_err(made_again)?)
    }

    /// The networks of a file with the weights that they start from.
    fn untrained(&self, file: &GanFile) -> Result<GanFile> {
        let card = &file.card;
        let plan = self.plan.gan(card.reading, true, card.labels.len(), self.seed);
        let phase = card.table().phases() - 1;
        let networks = Adversaries::new(self.engine, &plan, card.labels.len(), card.grey, card.picture(), phase, None)?;
        GanFile::new(Path::new("untrained"), card.clone(), networks.kept()?)
    }
}

/// All that is asked about a song.
struct Judges<'a> {
    /// Reading A, reading B, reading B untrained.
    looks: [SecondLook; 3],
    purifier: Predictor,
    cnn: Predictor,
    /// RNN and CNN+RNN.
    others: [Predictor; 2],
    card: &'a Card,
}

impl Judges<'_> {
    /// None for a song without a slice.
    fn song(&self, side: Side, songs: Songs<'_>, index: usize) -> Result<Option<Judged>> {
        let geometry = self.card.front_end.slices();
        let Some(picture) = songs.gathered.pictures.get(&index) else { return Ok(None) };
        let values = songs.gathered.values(index, geometry)?;
        if values.is_empty() {
            return Ok(None);
        }
        let rows = self.cnn.probabilities(&values)?;
        let labels = &self.card.labels;
        let open = !vote(labels.len(), &rows, &self.card.thresholds)?.classified();
        let size = self.cnn.slice();
        let middle = &values[values.len() / size / 2 * size..][..size];
        let [rnn, cnn_rnn] = self.others.each_ref().map(|network| network.probabilities(middle));
        let looked = side == Side::Validation || open;
        let look = looked.then(|| self.look(picture, geometry, &values)).transpose()?;
        let song = &songs.dataset.songs[index];
        let named = song.true_genre.as_ref().and_then(|name| labels.iter().position(|label| label == name));
        let truth = match side {
            Side::Validation => Some(song.label),
            // A wrong label may teach, but not judge.
            Side::Test => Some(named.unwrap_or(song.label)),
            Side::Outside => None,
        };
        Ok(Some(Judged {
            path: song.path.display().to_string(),
            artist: song.artist.clone(),
            truth,
            side,
            slices: rows,
            rnn: rnn?,
            cnn_rnn: cnn_rnn?,
            look,
        }))
    }

    fn look(&self, picture: &PictureFile, geometry: SliceGeometry, values: &[f32]) -> Result<Look> {
        let halves = halves(values);
        let [analysis, transfer, random] = self.looks.each_ref().map(|look| look.evidence(&halves));
        let labels = self.card.labels.len();
        let shifted = shifted(picture, geometry, labels as u64)?;
        Ok(Look {
            analysis: analysis?,
            transfer: transfer?,
            random: random?,
            network: self.others[1].probabilities(values)?,
            purified: self.purifier.probabilities(values)?,
            shifted: self.cnn.probabilities(&shifted)?,
        })
    }
}

/// To each slice of a song `count` more that start behind it, evenly up to the next one; at the song's end the last ones that fit.
fn shifted(picture: &PictureFile, geometry: SliceGeometry, count: u64) -> Result<Vec<f32>> {
    let SliceGeometry { width, height, first_row, hop } = geometry;
    let last = picture.columns().saturating_sub(u64::from(width));
    let one = (width * height) as usize;
    let slices = geometry.count(picture.columns());
    let mut all = vec![0.0; (slices * count) as usize * one];
    let starts = (0..slices).flat_map(|slice| (1..=count).map(move |k| (slice, k)));
    for ((slice, k), out) in starts.zip(all.chunks_exact_mut(one)) {
        let first = slice * u64::from(hop) + k * u64::from(hop) / (count + 1);
        picture.window(first.min(last), width as usize, first_row..first_row + height, out)?;
    }
    Ok(all)
}
