//! Layer 5. Model files: safetensors with the model's card in the metadata.
//!
//! A file is refused, by the name of what is wrong, if a tensor is missing, is one too many, has another shape than this
//! build's network, holds a value that is not a number, or if the card asks for something that this build does not know.

mod card;
mod gan;
mod state;
mod tensors;

pub use card::{Accuracy, Card, Drawn, Intervals, Outputs, Outside, Training, Work};
pub use gan::{GanCard, GanFile, GanTraining, Judgement};
pub use state::{read_state, write_state};
pub use tensors::{Precision, Tensors, Values, write_whole};

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use crate::error::{Error, Result};
use crate::models::System;
use crate::nn::{Mode, Net};
use crate::plan::Variables;

/// Key of the card in the file's metadata.
pub(crate) const CARD: &str = "tunevote";

/// A model file's contents, checked.
#[derive(Clone, Debug)]
pub struct ModelFile {
    /// Where it came from, for messages.
    pub path: PathBuf,
    /// What it says of itself.
    pub card: Card,
    /// SHA-256 of the file in hexadecimal; empty for one that was never written.
    pub sha256: String,
    tensors: Tensors,
}

/// A file's name and the first digits of its digest.
fn name(path: &Path, sha256: &str) -> String {
    format!("{}@{sha256:.12}", path.file_stem().unwrap_or_default().display())
}

impl ModelFile {
    /// Its file's name and the first digits of its digest: what records call it.
    pub fn name(&self) -> String {
        name(&self.path, &self.sha256)
    }

    /// Reads and checks a file.
    ///
    /// # Errors
    /// [`Error::Io`] if it cannot be read, [`Error::Weights`] naming the tensor or the card's field that is wrong.
    pub fn read(path: &Path) -> Result<Self> {
        let bytes = std::fs::read(path).map_err(Error::io(path))?;
        Self::from_bytes(path, &bytes)
    }

    /// Checks a file's bytes; `path` is for messages.
    ///
    /// # Errors
    /// [`Error::Weights`] naming the tensor or the card's field that is wrong.
    pub fn from_bytes(path: &Path, bytes: &[u8]) -> Result<Self> {
        let wrong = |problem: String| Error::Weights { path: path.to_path_buf(), problem };
        let damaged = |problem| wrong(format!("{problem}; get it again"));
        let (tensors, metadata) = Tensors::parse(bytes).map_err(damaged)?;
        let card = metadata.get(CARD).ok_or_else(|| {
            wrong("has no tunevote card in its metadata; use a file that `tunevote train` wrote".into())
        })?;
        let card = Card::parse(card).map_err(wrong)?;
        let file = Self { path: path.to_path_buf(), card, sha256: hexadecimal(&Sha256::digest(bytes)), tensors };
        file.check().map_err(wrong)?;
        Ok(file)
    }

    /// A file from the variables of a trained network, to be written. `values` are its [`Net::kept`] tensors by name.
    ///
    /// # Errors
    /// [`Error::Weights`] as for a file that is read.
    pub fn new(path: &Path, card: Card, values: Values) -> Result<Self> {
        let file = Self { path: path.to_path_buf(), card, sha256: String::new(), tensors: Tensors::new(values) };
        file.check().map_err(|problem| Error::Weights { path: path.to_path_buf(), problem })?;
        Ok(file)
    }

    /// Writes it to its path: under a temporary name first, then renamed.
    ///
    /// # Errors
    /// [`Error::Io`] if the disk does not take it, [`Error::Weights`] as [`stored`](Self::stored).
    pub fn write(&self, precision: Precision) -> Result<()> {
        write_whole(&self.path, &self.bytes(precision)?)
    }

    /// The file as it is read after it was [written](Self::write): weights rounded to the precision.
    ///
    /// # Errors
    /// [`Error::Weights`] naming a tensor that the precision cannot hold.
    pub fn stored(&self, precision: Precision) -> Result<Self> {
        Self::from_bytes(&self.path, &self.bytes(precision)?)
    }

    fn bytes(&self, precision: Precision) -> Result<Vec<u8>> {
        let metadata = BTreeMap::from([(CARD.to_owned(), self.card.to_json())]);
        let wrong = |problem| Error::Weights { path: self.path.clone(), problem };
        self.tensors.serialise(precision, metadata).map_err(wrong)
    }

    /// Its tensors.
    pub fn tensors(&self) -> &Tensors {
        &self.tensors
    }

    /// Uploads all tensors.
    ///
    /// # Errors
    /// [`Error::Gpu`] if memory is full.
    pub fn load(&self, variables: &mut Variables) -> Result<()> {
        self.tensors.load(variables)
    }

    fn check(&self) -> Result<(), String> {
        self.card.check()?;
        let (net, _) = self.card.network(Mode::Inference, 1).map_err(|error| error.to_string())?;
        let kept = net.kept().into_iter().map(|(name, shape)| (name.to_owned(), shape.dims().to_vec())).collect();
        self.tensors.only(&kept, &format!("network {}", self.card.system))
    }
}

impl Card {
    /// The network that the card names, for a batch of its slices.
    ///
    /// # Errors
    /// As [`System::named`] and [`System::network`].
    pub fn network(&self, mode: Mode, batch: usize) -> Result<(Net, crate::graph::Id)> {
        let slice = self.front_end.slices().size();
        System::named(&self.system)?.network(mode, batch, slice, self.labels.len())
    }

    /// The network's outputs at the card's temperature.
    ///
    /// # Errors
    /// [`Error::Argument`] if they are of another graph.
    pub fn tempered(&self, net: &mut Net, logits: crate::graph::Id) -> Result<crate::graph::Id> {
        if self.temperature == 1.0 {
            return Ok(logits);
        }
        net.graph.affine(logits, (1.0 / self.temperature) as f32, 0.0)
    }

    /// The network with what makes probabilities of its outputs: slices (batch,1,H,W) -> (batch, labels), at the card's temperature.
    ///
    /// # Errors
    /// As [`network`](Self::network).
    pub fn answering(&self, batch: usize) -> Result<(Net, crate::graph::Id)> {
        let (mut net, logits) = self.network(Mode::Inference, batch)?;
        let logits = self.tempered(&mut net, logits)?;
        let probabilities = match self.outputs {
            Outputs::Genres => net.graph.softmax(logits)?,
            Outputs::Tags => net.graph.sigmoid(logits)?,
        };
        Ok((net, probabilities))
    }
}

/// What tells weights from others.
#[cfg(feature = "cli")]
pub(crate) fn digest(values: &Values) -> String {
    let mut digest = Sha256::new();
    for (name, (shape, values)) in values {
        digest.update(format!("{name} {shape:?}"));
        digest.update(bytemuck::cast_slice::<f32, u8>(values));
    }
    hexadecimal(&digest.finalize())
}

/// Bytes as pairs of hexadecimal digits.
pub(crate) fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}
