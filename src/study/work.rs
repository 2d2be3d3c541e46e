//! What a seed takes: networks that classify, GANs, and what all of them say of every song.

use std::path::Path;

use super::folder::{Gan, SeedFolder, made_again};
use super::judged::{Seed, Side};
use super::judges::Judges;
use super::plan::StudyPlan;
use super::purifier::purifier;
use super::run::Event;
use crate::data::{Augment, Balance, Sampler, SliceSplit, Split};
use crate::error::Result;
use crate::gan::{self, Adversaries, GanData, GanPlan, Task};
use crate::gpu::Engine;
use crate::models::System;
use crate::predict::Predictor;
use crate::refine::SecondLook;
use crate::signal::front_end::FrontEnd;
use crate::train::{self, Halt, RunData, RunPlan, Songs, checkpoint_path};
use crate::weights::{Card, GanFile, ModelFile, Precision, Values};

/// One seed.
pub(super) struct Work<'a> {
    pub engine: &'a Engine,
    pub plan: &'a StudyPlan,
    pub known: Songs<'a>,
    pub outside: Songs<'a>,
    pub folder: &'a SeedFolder,
    pub study: &'a str,
    pub seed: u64,
}

type Observe<'a> = &'a mut dyn FnMut(Event) -> bool;

impl Work<'_> {
    /// Trains what is not there yet, and asks everything about every song.
    pub fn judged(&self, split: Split, observe: Observe<'_>) -> Result<Seed, Halt> {
        let system = System::named(self.plan.systems()[0])?;
        let front_end = system.front_end();
        let slices = SliceSplit::of_songs(&split, &self.known.slices(&front_end));
        let data = RunData {
            songs: self.known,
            train: &slices.train,
            validation: &slices.validation,
            test: &[],
            split: "split by song and artist",
            targets: None,
            base: None,
            head: None,
        };
        let mut models = Vec::new();
        for (name, epochs) in self.plan.systems().into_iter().zip(self.plan.epochs) {
            models.push(self.network(name, epochs, &front_end, data, observe)?);
        }
        let genres = self.known.dataset.labels.len();
        let songs = &self.known.dataset.songs;
        let gan = |which: Gan, observe: Observe<'_>| {
            let (labels, told): (Vec<_>, _) = match which.labelled() {
                true => (songs.iter().map(|song| song.label).collect(), genres),
                false => (vec![0; songs.len()], 1),
            };
            let sampler = Sampler::new(data.train, &labels, told, self.plan.rows * genres, Balance::Rows, self.seed)?;
            let epochs = self.plan.gan_epochs(which.reading(), sampler.steps());
            let plan = GanPlan { epochs, ..self.plan.gan(which, genres, self.seed) };
            self.gan(which, &plan, GanData { run: data, model: &models[0] }, observe)
        };
        let analysis = gan(Gan::Analysis, observe)?;
        let transfer = gan(Gan::Transfer, observe)?;
        let unlabelled = gan(Gan::Purifier, observe)?;
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
                Halt::unless(observe, Event::Judged { seed: self.seed, songs: (all.len(), total) })?;
            }
        }
        let (study, device) = (self.study.to_owned(), self.engine.describe());
        Ok(Seed { seed: self.seed, study, device, thresholds: models[0].card.thresholds, songs: all })
    }

    fn network(
        &self,
        name: &'static str,
        epochs: usize,
        front_end: &FrontEnd,
        data: RunData<'_>,
        observe: Observe<'_>,
    ) -> Result<ModelFile, Halt> {
        let path = self.folder.model(name);
        let system = System::named(name)?;
        let plan = RunPlan {
            system: name.to_owned(),
            epochs,
            batch: system.batch,
            learning_rate: system.learning_rate,
            schedule: system.schedule,
            early_stop: None,
            clip: None,
            seed: self.seed,
            augment: Augment::of_system(name),
            balance: Balance::Labels,
            front_end: front_end.clone(),
            // What the study calibrates is said in its methods.
            tempered: false,
            precision: Precision::F32,
            start: Values::new(),
            frozen: false,
            teacher: None,
        };
        let card = Card::new(name, data.songs.dataset.labels.clone(), front_end.clone());
        let mut told = |event| observe(Event::Network { seed: self.seed, name, event });
        train::ensure(self.engine, &plan, data, card, &path, &mut told).map_err(|halt| match halt {
            Halt::Diverged(problem) => Halt::Diverged(format!("{name}: {problem}")),
            Halt::Failed(error) => Halt::Failed(made_again(error)),
            Halt::Told => Halt::Told,
        })
    }

    fn gan(&self, which: Gan, plan: &GanPlan, data: GanData<'_>, observe: Observe<'_>) -> Result<GanFile, Halt> {
        let path = self.folder.gan(which);
        if !path.exists() {
            let saved = checkpoint_path(&path);
            let saved = if saved.exists() { Some(gan::Progress::read(&saved)?) } else { None };
            let mut told = |event| observe(Event::Gan { seed: self.seed, which, event: Box::new(event) });
            match gan::run(self.engine, plan, data, &path, saved, &mut told)? {
                gan::Outcome::Finished(_) => {}
                gan::Outcome::Interrupted { .. } => return Err(Halt::Told),
                gan::Outcome::Diverged { problem, .. } => {
                    return Err(Halt::Diverged(format!("{}: {problem}", which.name())));
                }
            }
        }
        Ok(GanFile::read(&path).map_err(made_again)?)
    }

    /// Reading B's networks with the weights that they start from.
    fn untrained(&self, file: &GanFile) -> Result<GanFile> {
        let card = &file.card;
        let plan = self.plan.gan(Gan::Transfer, card.labels.len(), self.seed);
        let phase = card.table().phases() - 1;
        let task = Task { genres: card.labels.len(), grey: card.grey, picture: card.picture() };
        let networks = Adversaries::new(self.engine, &plan, task, phase, None)?;
        GanFile::new(Path::new("untrained"), card.clone(), networks.kept()?)
    }
}
