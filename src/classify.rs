//! Layer 6. Songs in, records out: what a network says of a song's slices, and their vote.

use crate::error::{Error, Result};
use crate::gpu::Engine;
use crate::listen::{Heard, Listener};
use crate::predict::Predictor;
use crate::refine::SecondLook;
use crate::vote::{Record, Status, Thresholds};
use crate::weights::ModelFile;

pub use crate::listen::{Song, Sound};

/// A model ready to classify songs on an engine.
#[derive(Debug)]
pub struct Classifier {
    name: String,
    labels: Vec<String>,
    listener: Listener,
    thresholds: Thresholds,
    look: Option<SecondLook>,
}

impl Classifier {
    /// `name` is what records call the model; `batch` slices go through the network at once.
    ///
    /// # Errors
    /// [`Error::Gpu`] if the device's memory or limits do not suffice, [`Error::Argument`] for a network that tells no genres.
    pub fn new(engine: &Engine, model: &ModelFile, name: &str, thresholds: Thresholds, batch: usize) -> Result<Self> {
        thresholds.validate()?;
        model.card.tells_genres()?;
        let predictor = Predictor::new(engine, model, batch)?;
        Ok(Self {
            name: name.to_owned(),
            labels: model.card.labels.clone(),
            listener: Listener::new(engine, &model.card.front_end, predictor)?,
            thresholds,
            look: None,
        })
    }

    /// The same with a second look at songs that the vote leaves unclassified: their records gain [`Record::refined`], and nothing else
    /// changes. The slices of a song are kept until its vote, at two bytes a pixel.
    ///
    /// # Errors
    /// [`Error::Argument`] if it has other genres.
    pub fn with_second_look(self, look: SecondLook) -> Result<Self> {
        if look.card().labels != self.labels {
            let problem = "the second look has other genres than the model".into();
            return Err(Error::Argument { operation: "classify", problem });
        }
        Ok(Self { look: Some(look), listener: self.listener.keeping_slices(), ..self })
    }

    /// The sample rate in Hz at which it wants songs.
    pub fn rate(&self) -> u32 {
        self.listener.rate()
    }

    /// The genres that it knows.
    pub fn labels(&self) -> &[String] {
        &self.labels
    }

    /// Classifies songs and gives their records to `emit` in order. A song that cannot be read becomes an error record,
    /// and the others go on.
    ///
    /// # Errors
    /// [`Error::Gpu`] if the device fails, and what `emit` returns.
    pub fn run<'a>(
        &self,
        songs: impl Iterator<Item = Song<'a>>,
        mut emit: impl FnMut(Record) -> Result<()>,
    ) -> Result<()> {
        self.listener.run(songs, |heard| emit(self.record(heard)?))
    }

    fn record(&self, heard: Heard) -> Result<Record> {
        if let Some(error) = heard.error {
            return Ok(Record::from_error(heard.path, &self.name, error));
        }
        let Heard { path, seconds, rows, slices, warnings, .. } = heard;
        let record = Record::from_slices(path, &self.labels, rows, &self.thresholds, seconds, &self.name)?;
        let refined = match &self.look {
            Some(look) if record.status == Status::Unclassified => {
                Some(look.look(&slices, record.slices.probabilities.values())?)
            }
            _ => None,
        };
        Ok(Record { warnings, refined, ..record })
    }
}
