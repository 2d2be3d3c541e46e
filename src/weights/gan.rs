//! GAN files: the networks of a second look, and what it was calibrated to.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::tensors::{Precision, Tensors, Values, write_whole};
use super::{Card, Work, hexadecimal, name};
use crate::error::{Error, Result};
use crate::graph::Id;
use crate::models::System;
use crate::models::gan::{Binary, Grey, MIXED, Profile, Reading, Rendered, Renderer, Table, entrance, latents};
use crate::nn::{Mode, Net};
use crate::plan::Variables;
use crate::signal::front_end::FrontEnd;
use crate::vote::Thresholds;

/// Key of the card in the file's metadata.
const CARD: &str = "tunevote.gan";
/// Whose tensors they are, for messages.
const OWNER: &str = "networks";

/// What a GAN file says of itself.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GanCard {
    /// Version of these fields.
    pub format: u32,
    /// Genres, in the order of the classifier's outputs.
    pub labels: Vec<String>,
    /// The classifier's pictures.
    pub front_end: FrontEnd,
    /// SHA-256 of the classifier's file.
    pub classifier: String,
    /// Widths of the networks.
    pub profile: Profile,
    /// What comes behind the refiners.
    pub binary: Binary,
    /// How a slice comes into the generator.
    pub reading: Reading,
    /// Slices in a row.
    pub slices: usize,
    /// What is black and what is white.
    pub grey: Grey,
    /// How evidence becomes a verdict.
    pub judgement: Judgement,
    /// How it came to be.
    pub training: GanTraining,
}

/// How the evidence of a slice becomes scores of genres, calibrated on validation songs:
/// `s_i = -|x - x_i|_1 / sigma_i + rendering log C_i(x_i) + own log C_i(x)`, then softmax over `i`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Judgement {
    /// What a rendering's distance from its slice (mean over pixels, grey) is divided by, for each genre; `null` where distance does not
    /// count.
    pub sigma: Option<Vec<f64>>,
    /// Factor of the classifier's log-probability of a rendering's genre.
    pub rendering: f64,
    /// Factor of the classifier's log-probability of the slice itself.
    pub own: f64,
    /// When the second vote counts.
    pub thresholds: Thresholds,
}

/// How a GAN came to be.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GanTraining {
    /// Training songs.
    pub songs: usize,
    /// Slices in the training songs.
    pub slices: usize,
    /// Rows of one slice a genre in a step.
    pub rows: usize,
    /// Passes over the data in each phase.
    pub epochs: usize,
    /// Learning rate.
    pub learning_rate: f32,
    /// Seed of initial values, order and noise.
    pub seed: u64,
    /// The adapter that it was trained on.
    pub device: String,
    /// Works that it was trained on, where they have to be named.
    pub works: Vec<Work>,
    /// Fingerprints of the songs that taught it, sorted.
    pub heard: Vec<String>,
    /// Fingerprints of the songs that it was calibrated on, sorted.
    pub tuned_on: Vec<String>,
    /// Why its second look should not be believed; mostly none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub doubts: Vec<String>,
}

impl Judgement {
    /// What stands in a file before it is calibrated: only the classifier's log-probability of a rendering counts.
    pub fn uncalibrated(thresholds: Thresholds) -> Self {
        Self { sigma: None, rendering: 1.0, own: 0.0, thresholds }
    }

    /// Whether no evidence counts: all genres are equally likely, whatever is seen.
    pub fn says_nothing(&self) -> bool {
        self.sigma.is_none() && self.rendering == 0.0 && self.own == 0.0
    }
}

impl GanCard {
    /// The version of the card's fields.
    pub const FORMAT: u32 = 1;

    /// The networks' table.
    pub fn table(&self) -> Table {
        self.profile.table(self.labels.len(), self.slices)
    }

    /// Height and width of what goes in: all slices in a row.
    pub fn picture(&self) -> [usize; 2] {
        let [height, width] = self.front_end.slices().size();
        [height, width * self.slices]
    }

    /// Pictures (n,1,H,slices W) as the networks see them, grey, (n,1,slices,H,W), and in all genres, (n,genres,slices,H,W).
    ///
    /// # Errors
    /// [`Error::Shape`] if the pictures are not as the card says.
    pub fn renderings(&self, net: &mut Net, x: Id) -> Result<(Id, Rendered)> {
        let table = self.table();
        let phase = table.phases() - 1;
        let x = entrance(net, &table, self.grey, self.binary, x, phase)?;
        Ok((x, self.renderer(net, &table)?.all(net, x)?))
    }

    /// What a classifier, whose variables are there too, takes renderings (n,genres,slices,H,W) for: logits (n genres slices, its labels) at its
    /// temperature.
    ///
    /// # Errors
    /// [`Error::Argument`] if this build has not its network.
    pub fn taken_for(&self, net: &mut Net, renderings: Id, classifier: &Card) -> Result<Id> {
        let pictures = self.grey.back(net, renderings)?;
        let [n, genres, slices, h, w] = net.graph.shape(pictures).array("second look", "renderings")?;
        let pictures = net.graph.reshape(pictures, [n * genres * slices, 1, h, w])?;
        let logits = (System::named(&classifier.system)?.build)(net, pictures, classifier.labels.len())?;
        classifier.tempered(net, logits)
    }

    /// Whether there is something to make without a slice: reading B translates one.
    pub fn imagines(&self) -> bool {
        self.reading == Reading::Analysis
    }

    /// What the generator and the refiners make of noise (n,[`MIXED`](crate::models::gan::MIXED)): (n,genres,slices,H,W).
    ///
    /// # Errors
    /// [`Error::Argument`] if it [imagines](Self::imagines) nothing, [`Error::Shape`] if the noise has another width.
    pub fn imagined(&self, net: &mut Net, noise: Id) -> Result<Id> {
        if !self.imagines() {
            let problem = "these networks translate slices, and make nothing of noise; give them a song".into();
            return Err(Error::Argument { operation: "gan", problem });
        }
        let table = self.table();
        let z = latents(net, &table, noise)?;
        self.renderer(net, &table)?.free(net, z)
    }

    /// Renderings are judged without chance: stochastic neurons are deterministic here.
    fn renderer<'a>(&self, net: &mut Net, table: &'a Table) -> Result<Renderer<'a>> {
        let slope = net.graph.constant(1.0, [1])?;
        let neurons = self.binary.neurons(None, 0);
        Ok(Renderer { table, reading: self.reading, phase: table.phases() - 1, neurons, slope })
    }

    fn check(&self) -> Result<(), String> {
        self.front_end.check().map_err(|error| format!("the card's front end: {error}"))?;
        self.judgement.thresholds.validate().map_err(|error| format!("the card's thresholds: {error}"))?;
        let Judgement { sigma, rendering, own, .. } = &self.judgement;
        let positive = |value: &f64| value.is_finite() && *value > 0.0;
        if !rendering.is_finite() || !own.is_finite() {
            return Err("the card's factors should be finite numbers".into());
        }
        if sigma.as_ref().is_some_and(|sigma| sigma.len() != self.labels.len() || !sigma.iter().all(positive)) {
            return Err("the card's sigma should be a number above 0 for each label".into());
        }
        if !matches!(self.slices, 1 | 4) {
            return Err(format!("the card has {} slices in a row; this build reads 1 and 4", self.slices));
        }
        if self.labels.is_empty() {
            return Err("the card has no labels".into());
        }
        if !(self.grey.low.is_finite() && self.grey.high.is_finite() && self.grey.low < self.grey.high) {
            return Err("the card's black should be below its white".into());
        }
        Ok(())
    }
}

/// A GAN file's contents, checked.
#[derive(Clone, Debug)]
pub struct GanFile {
    /// Where it came from, for messages.
    pub path: PathBuf,
    /// What it says of itself.
    pub card: GanCard,
    /// SHA-256 of the file in hexadecimal; empty for one that was never written.
    pub sha256: String,
    tensors: Tensors,
}

impl GanFile {
    /// Reads and checks a file.
    ///
    /// # Errors
    /// [`Error::Io`] if it cannot be read, [`Error::Weights`] naming the tensor or the card's field that is wrong.
    pub fn read(path: &Path) -> Result<Self> {
        let bytes = std::fs::read(path).map_err(Error::io(path))?;
        let wrong = |problem: String| Error::Weights { path: path.to_path_buf(), problem };
        let (tensors, metadata) =
            Tensors::parse(&bytes).map_err(|problem| wrong(format!("{problem}; get it again")))?;
        let card = metadata.get(CARD).ok_or_else(|| {
            wrong("has no card of a GAN in its metadata; use a file that `tunevote gan train` wrote".into())
        })?;
        let card: GanCard = serde_json::from_str(card)
            .map_err(|error| wrong(format!("the card cannot be read: {error}; is this build as new as the file?")))?;
        if card.format != GanCard::FORMAT {
            return Err(wrong(format!("the card has format {}, this build reads {}", card.format, GanCard::FORMAT)));
        }
        tensors.only(&names(&card).map_err(wrong)?, OWNER).map_err(wrong)?;
        Ok(Self { path: path.to_path_buf(), card, sha256: hexadecimal(&Sha256::digest(&bytes)), tensors })
    }

    /// A file from the variables of trained networks, to be written; what a second look has no use for is left out.
    ///
    /// # Errors
    /// [`Error::Weights`] as for a file that is read.
    pub fn new(path: &Path, card: GanCard, values: Values) -> Result<Self> {
        let wrong = |problem: String| Error::Weights { path: path.to_path_buf(), problem };
        let names = names(&card).map_err(wrong)?;
        let used = values.into_iter().filter(|(name, _)| names.contains_key(name)).collect();
        let tensors = Tensors::new(used);
        tensors.only(&names, OWNER).map_err(wrong)?;
        Ok(Self { path: path.to_path_buf(), card, sha256: String::new(), tensors })
    }

    /// Its file's name and the first digits of its digest: what records call it.
    pub fn name(&self) -> String {
        name(&self.path, &self.sha256)
    }

    /// Writes it to its path: under a temporary name first, then renamed.
    ///
    /// # Errors
    /// [`Error::Io`] if the disk does not take it, [`Error::Weights`] naming a tensor that the precision cannot hold.
    pub fn write(&self, precision: Precision) -> Result<()> {
        let wrong = |problem| Error::Weights { path: self.path.clone(), problem };
        let card = serde_json::to_string(&self.card).map_err(|error| wrong(error.to_string()))?;
        let metadata = BTreeMap::from([(CARD.to_owned(), card)]);
        write_whole(&self.path, &self.tensors.serialise(precision, metadata).map_err(wrong)?)
    }

    /// Whether it was trained as the second look of this classifier.
    ///
    /// # Errors
    /// [`Error::Weights`] that says what differs.
    pub fn check_classifier(&self, card: &Card, sha256: &str) -> Result<()> {
        let wrong = |problem: &str| Error::Weights { path: self.path.clone(), problem: problem.into() };
        if self.card.labels != card.labels {
            return Err(wrong("has other genres than the model; give the model that it was trained for"));
        }
        if self.card.front_end != card.front_end {
            return Err(wrong("reads other pictures than the model; give the model that it was trained for"));
        }
        if self.card.classifier != sha256 {
            let problem = "was trained and calibrated for another model; give that one, or train a GAN for this one";
            return Err(wrong(problem));
        }
        Ok(())
    }

    /// Uploads all tensors.
    ///
    /// # Errors
    /// [`Error::Gpu`] if memory is full.
    pub fn load(&self, variables: &mut Variables) -> Result<()> {
        self.tensors.load(variables)
    }
}

/// Names and shapes of the tensors that the networks of a card have, which is checked.
fn names(card: &GanCard) -> Result<BTreeMap<String, Vec<usize>>, String> {
    card.check()?;
    let build = || {
        let mut net = Net::new(Mode::Inference)?;
        let [h, w] = card.picture();
        let x = net.graph.input("slices", [1, 1, h, w])?;
        card.renderings(&mut net, x)?;
        if card.imagines() {
            let noise = net.graph.input("noise", [1, MIXED])?;
            latents(&mut net, &card.table(), noise)?;
        }
        Ok(net.kept().into_iter().map(|(name, shape)| (name.to_owned(), shape.dims().to_vec())).collect())
    };
    build().map_err(|error: Error| error.to_string())
}
