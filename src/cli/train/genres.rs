//! What songs are answered with: the genres of the model, and a teacher's answers.

use std::collections::BTreeMap;

use anyhow::{bail, ensure};

use super::TrainArgs;
use crate::cli::songs::{painter, pictures_by};
use crate::data::{Cache, Dataset, Targets, Teacher};
use crate::features::{self, FeaturePainter};
use crate::gpu::Engine;
use crate::import::Base;
use crate::pictures::Paint;
use crate::predict::Predictor;
use crate::train::{RunPlan, Songs};
use crate::weights::ModelFile;

/// The genres of the songs, those that are answers first.
pub(super) struct Genres {
    /// The genres of the model.
    pub labels: Vec<String>,
    /// Those of `--unknown`, and then the one of `--unlabelled`.
    pub others: Vec<String>,
    /// The place of the latter among all.
    pub unlabelled: Option<usize>,
}

impl Genres {
    pub fn new(
        args: &TrainArgs,
        all: &Dataset,
        teacher: Option<&ModelFile>,
        base: Option<&Base>,
    ) -> anyhow::Result<Self> {
        let others: Vec<_> = args.unknown.iter().chain(&args.unlabelled).cloned().collect();
        let theirs = teacher.map(|teacher| &teacher.card.labels);
        let labels = match (args.labels.as_slice(), theirs) {
            ([], Some(theirs)) => theirs.clone(),
            ([], None) => all.others(&others),
            (given, _) => given.to_vec(),
        };
        if let Some(theirs) = theirs {
            ensure!(labels == *theirs, "the teacher's genres are {}, not {}", theirs.join(", "), labels.join(", "));
        }
        let twice = labels.iter().enumerate().find(|(place, label)| labels[..*place].contains(label));
        if let Some((_, twice)) = twice {
            bail!("--labels {twice}: it is said twice");
        }
        ensure!(labels.len() > 1, "a model tells two genres or more apart; there is only {}", labels.join(", "));
        let theirs = all.labels.join(", ");
        for (place, name) in others.iter().enumerate() {
            let option = if place < args.unknown.len() { "--unknown" } else { "--unlabelled" };
            ensure!(all.labels.contains(name), "{option} {name}: the songs have the genres {theirs}");
            ensure!(!labels.contains(name), "{option} {name}: it cannot be a genre of the model too");
            ensure!(!others[..place].contains(name), "{option} {name}: it is said twice");
        }
        // A label that has no songs has to be one that a teacher or the base's tags know.
        let known = base.map_or(Vec::new(), |base| base.known(&labels));
        let missing = |label: &&String| !all.labels.contains(label) && !known.contains(&label.as_str());
        if let (Some(missing), None) = (labels.iter().find(missing), teacher) {
            bail!("--labels {missing}: there are no songs of it; the songs have the genres {theirs}");
        }
        let unlabelled = args.unlabelled.as_ref().map(|_| labels.len() + others.len() - 1);
        Ok(Self { labels, others, unlabelled })
    }

    /// The songs under these genres.
    ///
    /// # Errors
    /// If a song has another one.
    pub fn of(&self, all: &Dataset) -> crate::Result<Dataset> {
        all.relabelled(&self.labels, &self.others)
    }

    /// What training slices are answered with.
    ///
    /// # Errors
    /// If the teacher's share is none.
    pub fn targets(&self, teacher: Teacher, share: f32) -> crate::Result<Targets> {
        let targets = Targets::new(self.labels.len()).taught(teacher, share)?;
        Ok(match self.unlabelled {
            Some(label) => targets.unlabelled(label),
            None => targets,
        })
    }
}

/// What a teacher says of the songs, with the tags that it hears if the plan wants them; it is kept in the cache. Nothing if it was told to stop.
pub(super) fn taught(
    engine: &Engine,
    teacher: &ModelFile,
    base: Option<&Base>,
    songs: Songs<'_>,
    plan: &RunPlan,
    cache: &Cache,
    stop: &dyn Fn() -> bool,
) -> anyhow::Result<Option<Teacher>> {
    let picture = &teacher.card.front_end;
    // What a base makes of songs is kept for every head on it.
    if let Some(base) = base {
        let tags = plan.teacher.as_ref().is_some_and(|teacher| teacher.tags > 0.0);
        let front_end = base.front_end();
        let painter = || painter(engine, Some(base), &front_end);
        let Some(features) = pictures_by(&painter, songs.dataset, &front_end, cache, stop)? else { return Ok(None) };
        let head = base.head_predictor(engine, teacher, 64)?;
        let (mut rows, mut heard) = (BTreeMap::new(), BTreeMap::new());
        for song in 0..songs.dataset.songs.len() {
            let features = features.values(song, front_end.slices())?;
            rows.insert(song, head.probabilities(&features)?);
            if tags {
                heard.insert(song, Base::tags(&features));
            }
        }
        let told = Teacher::new(rows, picture, &plan.front_end)?;
        return Ok(Some(if tags { told.with_tags(heard, Base::TAGS) } else { told }));
    }
    let front_end = features::front_end(teacher.sha256.clone(), picture.clone(), teacher.card.labels.len());
    let painter = || -> crate::Result<Box<dyn Paint>> {
        let predictor = Predictor::new(engine, teacher, 8)?;
        Ok(Box::new(FeaturePainter::new(engine, picture, predictor)?))
    };
    let Some(said) = pictures_by(&painter, songs.dataset, &front_end, cache, stop)? else { return Ok(None) };
    let rows = (0..songs.dataset.songs.len()).map(|song| Ok((song, said.values(song, front_end.slices())?)));
    let rows = rows.collect::<crate::Result<_>>()?;
    Ok(Some(Teacher::new(rows, picture, &plan.front_end)?))
}
