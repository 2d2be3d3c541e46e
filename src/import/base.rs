//! The imported networks as a base: a head on their features learns in minutes what a network would need many more songs for.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::musicnn::SETS;
use crate::error::{Error, Result};
use crate::features::{self, FeaturePainter};
use crate::gpu::Engine;
use crate::models::{System, musicnn};
use crate::nn::{Mode, Net};
use crate::plan::{Plan, PlanOptions, Variables};
use crate::predict::Predictor;
use crate::signal::front_end::FrontEnd;
use crate::weights::{Card, ModelFile, Values, digest};

/// Slices that go through both networks at once.
const BATCH: usize = 8;

/// Both sets of musicnn.
#[derive(Clone, Debug)]
pub struct Base {
    values: Values,
    /// The tags of both, in the order of their features.
    tags: Vec<String>,
    digest: String,
    picture: FrontEnd,
}

impl Base {
    /// Tags of both sets.
    pub const TAGS: usize = SETS.len() * musicnn::TAGS;

    /// The shares of the tags of both sets in features (n,[`FEATURES`](musicnn::FEATURES)), slice by slice: (n,[`TAGS`](Self::TAGS)).
    pub fn tags(features: &[f32]) -> Vec<f32> {
        let share = |logit: &f32| 1.0 / (1.0 + (-logit).exp());
        features.chunks_exact(musicnn::FEATURES).flat_map(|slice| slice[..Self::TAGS].iter().map(share)).collect()
    }

    /// Where the file of a set lies in a folder that `import musicnn` has written.
    pub fn file(folder: &Path, set: &str) -> PathBuf {
        folder.join(format!("{}.safetensors", set.to_lowercase()))
    }

    /// The files of both sets in such a folder.
    pub fn files(folder: &Path) -> [PathBuf; 2] {
        SETS.map(|set| Self::file(folder, set.name))
    }

    /// Reads both sets from such a folder.
    ///
    /// # Errors
    /// [`Error::Io`] or [`Error::Weights`] for a file that is missing or wrong.
    pub fn read(folder: &Path) -> Result<Self> {
        let models = Self::files(folder).iter().map(|path| ModelFile::read(path)).collect::<Result<Vec<_>>>()?;
        Self::new(&models)
    }

    /// A base of both sets, in the order of [`musicnn::SETS`].
    ///
    /// # Errors
    /// [`Error::Weights`] for a model that is none of them, [`Error::Argument`] if they are not two.
    pub fn new(models: &[ModelFile]) -> Result<Self> {
        if models.len() != SETS.len() {
            let problem = format!("a base is {} networks, not {}", SETS.len(), models.len());
            return Err(Error::Argument { operation: "base", problem });
        }
        let (mut values, mut tags) = (Values::new(), Vec::new());
        for (model, prefix) in models.iter().zip(musicnn::SETS) {
            if model.card.system != "musicnn" || model.card.labels.len() != musicnn::TAGS {
                let problem = "is none of the networks that `tunevote import musicnn` writes".into();
                return Err(Error::Weights { path: model.path.clone(), problem });
            }
            let own = model.tensors().iter();
            values.extend(own.map(|(name, shape, of)| (format!("{prefix}{name}"), (shape.to_vec(), of.to_vec()))));
            tags.extend(model.card.labels.iter().cloned());
        }
        let picture = System::named("musicnn-genres")?.front_end();
        Ok(Self { digest: digest(&values), values, tags, picture })
    }

    /// The base of a [`whole`](Self::whole) model, without the names of its tags; none of another model.
    pub fn of(model: &ModelFile) -> Option<Self> {
        let own = model.tensors().iter().filter(|(name, ..)| !name.starts_with(HEAD));
        let values: Values = own.map(|(name, shape, of)| (name.to_owned(), (shape.to_vec(), of.to_vec()))).collect();
        let picture = model.card.front_end.clone();
        (model.card.system == "musicnn-genres").then(|| Self {
            digest: digest(&values),
            values,
            tags: Vec::new(),
            picture,
        })
    }

    /// The head of a [`whole`](Self::whole) model alone, for `out`: it reads features as this base [paints](Self::painter) them.
    ///
    /// # Errors
    /// [`Error::Weights`] if it has no such head.
    pub fn head(&self, model: &ModelFile, out: &Path) -> Result<ModelFile> {
        let own = model.tensors().iter().filter(|(name, ..)| name.starts_with(HEAD));
        let values = own.map(|(name, shape, of)| (name.to_owned(), (shape.to_vec(), of.to_vec()))).collect();
        let card = Card { system: "musicnn-head".into(), front_end: self.front_end(), ..model.card.clone() };
        ModelFile::new(out, card, values)
    }

    /// The head of a [`whole`](Self::whole) model, ready to answer on features, so many at once.
    ///
    /// # Errors
    /// As [`head`](Self::head), and [`Error::Gpu`] if the device's memory or limits do not suffice.
    pub fn head_predictor(&self, engine: &Engine, model: &ModelFile, batch: usize) -> Result<Predictor> {
        Predictor::new(engine, &self.head(model, &model.path)?, batch)
    }

    /// The features as a picture, for the cache and for the head's training.
    pub fn front_end(&self) -> FrontEnd {
        features::front_end(self.digest.clone(), self.picture.clone(), musicnn::FEATURES)
    }

    /// What makes a song's features.
    ///
    /// # Errors
    /// [`Error::Gpu`] if the device's memory or limits do not suffice.
    pub fn painter(&self, engine: &Engine) -> Result<FeaturePainter> {
        let mut variables = Variables::new(engine);
        for (name, (shape, values)) in &self.values {
            variables.set(name, shape.clone(), values)?;
        }
        let [height, width] = self.picture.slices().size();
        let mut net = Net::new(Mode::Inference)?;
        let x = net.graph.input("slices", [BATCH, 1, height, width])?;
        let features = musicnn::features(&mut net, x)?;
        // A predictor's rows have this name, whatever they are.
        net.graph.output("probabilities", features)?;
        let predictor = Predictor::of(Plan::new(&net.graph, &variables, PlanOptions::default())?)?;
        FeaturePainter::new(engine, &self.picture, predictor)
    }

    /// What the head starts from: what the tags know. A label that is a tag of a set takes that tag's logit, the mean of those of both sets; of
    /// other labels nothing is known.
    pub fn start(&self, labels: &[String]) -> Values {
        let mut weight = vec![0.0; musicnn::FEATURES * labels.len()];
        for (place, label) in labels.iter().enumerate() {
            let known: Vec<_> = (0..self.tags.len()).filter(|&tag| plain(&self.tags[tag]) == plain(label)).collect();
            for &tag in &known {
                weight[tag * labels.len() + place] = 1.0 / known.len() as f32;
            }
        }
        let head = [("head.weight", vec![musicnn::FEATURES, labels.len()], weight)];
        let bias = ("head.bias".to_owned(), (vec![labels.len()], vec![0.0; labels.len()]));
        head.into_iter().map(|(name, shape, values)| (name.to_owned(), (shape, values))).chain([bias]).collect()
    }

    /// The labels that are a tag of a set.
    pub fn known<'a>(&self, labels: &'a [String]) -> Vec<&'a str> {
        let tag = |label: &&String| self.tags.iter().any(|tag| plain(tag) == plain(label));
        labels.iter().filter(tag).map(String::as_str).collect()
    }

    /// Whether a head was trained on the features of these very networks.
    pub fn takes(&self, head: &ModelFile) -> bool {
        head.card.front_end == self.front_end()
    }

    /// The base and a head that was trained on its features, as one model for `out`.
    ///
    /// # Errors
    /// [`Error::Weights`] if that is no such head, or one that was trained on other networks.
    pub fn whole(&self, head: &ModelFile, out: &Path) -> Result<ModelFile> {
        if !self.takes(head) {
            let problem =
                "is no head that was trained on these networks; `tunevote train --base --head` writes one".into();
            return Err(Error::Weights { path: head.path.clone(), problem });
        }
        let own =
            head.tensors().iter().map(|(name, shape, values)| (name.to_owned(), (shape.to_vec(), values.to_vec())));
        let values: BTreeMap<_, _> = self.values.clone().into_iter().chain(own).collect();
        let card = Card { system: "musicnn-genres".into(), front_end: self.picture.clone(), ..head.card.clone() };
        ModelFile::new(out, card, values)
    }

    /// What a card says of its data where a head was trained: whose networks it is on, and the note.
    pub fn data(note: &str) -> String {
        let base = "A head on both networks of the Python package musicnn (J. Pons and X. Serra, ISC licence), which are as published.";
        format!("{base} {note}").trim_end().to_owned()
    }
}

/// What stands before the names of the head's variables.
const HEAD: &str = "head.";

/// A name without what is spelt in several ways: hip-hop, Hip Hop, hiphop.
fn plain(name: &str) -> String {
    name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}
