//! Layer 5. Networks, one file each, and one table of them.

mod backbone;
mod cnn_rnn;
pub mod compact;
mod cost;
pub mod gan;
pub mod gtzan;
pub mod mobilenet;
pub mod musicnn;
pub mod picture;
pub mod resnet;
mod rnn;
mod slice_cnn;
mod table;
pub mod three_branch;
pub mod vgg;
pub mod vit;
mod wide;
pub mod xception;

pub use cost::Cost;
use table::MADE;
pub use table::SYSTEMS;

use crate::error::{Error, Result};
use crate::graph::Id;
use crate::nn::{EarlyStop, Mode, Net, Schedule, mean_cross_entropy, minimise};
use crate::plan::Footprint;
use crate::shape::Optimiser;
use crate::signal::front_end::FrontEnd;

/// Classes with which a network is told that was not published with others: the paper's genres.
pub const CLASSES: usize = 6;

/// What stands behind the name of a system as its source has it, mistakes included.
pub const PAPER: &str = "-paper";

/// A network and how it is trained unless told otherwise. Model files and commands know those of [`SYSTEMS`]; a program can train one
/// of its own.
#[derive(Clone, Copy, Debug)]
pub struct System {
    /// Its name in commands and model files.
    pub name: &'static str,
    /// One line for people.
    pub about: &'static str,
    /// Where it was published.
    pub source: &'static str,
    /// Slices (N,1,H,W) -> logits (N,classes).
    pub build: fn(&mut Net, Id, usize) -> Result<Id>,
    /// What [`published`](Self::published) gives; none for what it reads here and six classes.
    pub published: Option<([usize; 3], Option<usize>)>,
    /// Beginnings of the names of weights that training leaves as they are: those that are brought from elsewhere.
    pub frozen: &'static [&'static str],
    /// The pictures that it reads.
    pub front_end: fn() -> FrontEnd,
    /// Its optimiser.
    pub optimiser: Optimiser,
    /// Its learning rate.
    pub learning_rate: f32,
    /// How that goes over a run.
    pub schedule: Schedule,
    /// When a run ends before its last epoch.
    pub early_stop: Option<EarlyStop>,
    /// Slices a step.
    pub batch: usize,
    /// Passes over the training songs.
    pub epochs: usize,
}

impl System {
    /// The system of this name.
    ///
    /// # Errors
    /// [`Error::Argument`] that lists the known ones.
    pub fn named(name: &str) -> Result<Self> {
        SYSTEMS.iter().chain(MADE).copied().find(|system| system.name == name).ok_or_else(|| {
            let known: Vec<_> = SYSTEMS.iter().map(|system| system.name).collect();
            let problem = format!("this build has no network named {name}; it has {}", known.join(", "));
            Error::Argument { operation: "system", problem }
        })
    }

    /// The pictures that it reads unless a model file says otherwise.
    pub fn front_end(&self) -> FrontEnd {
        (self.front_end)()
    }

    /// The same with nothing [frozen](Self::frozen).
    #[must_use]
    pub fn thawed(self) -> Self {
        Self { frozen: &[], ..self }
    }

    /// The network on a batch of slices: input `slices` (N,1,H,W), and the logits (N,classes). In training what is [frozen](Self::frozen) takes no step.
    ///
    /// # Errors
    /// [`Error::Argument`] if the slices are too small for it.
    pub fn network(&self, mode: Mode, batch: usize, slice: [usize; 2], classes: usize) -> Result<(Net, Id)> {
        self.of_pictures(Net::new(mode)?, batch, [1, slice[0], slice[1]], classes)
    }

    /// The network on pictures of several channels (N,C,H,W).
    fn of_pictures(&self, mut net: Net, batch: usize, [c, h, w]: [usize; 3], classes: usize) -> Result<(Net, Id)> {
        net.freeze(self.frozen);
        let x = net.graph.input("slices", [batch, c, h, w])?;
        let logits = (self.build)(&mut net, x, classes)?;
        Ok((net, logits))
    }

    /// Channels, height and width of the pictures with which it was published, and the number of classes; none for the numbers without its last layer.
    pub fn published(&self) -> ([usize; 3], Option<usize>) {
        let [h, w] = self.front_end().slices().size();
        self.published.unwrap_or(([1, h, w], Some(CLASSES)))
    }

    /// The memory that a step of training takes, with nothing frozen and a batch of so many slices of this height and width.
    ///
    /// # Errors
    /// As [`network`](Self::network).
    pub fn training_footprint(&self, batch: usize, slice: [usize; 2], classes: usize) -> Result<Footprint> {
        let (mut net, logits) = self.thawed().network(Mode::Training, batch, slice, classes)?;
        let targets = net.graph.input("targets", [batch, classes])?;
        let loss = mean_cross_entropy(&mut net.graph, logits, targets)?;
        minimise(&mut net, loss, self.optimiser, None)?;
        Ok(Footprint::of(&net.graph))
    }

    /// What it costs on slices of this height and width.
    ///
    /// # Errors
    /// As [`network`](Self::network).
    pub fn cost(&self, slice: [usize; 2], classes: usize) -> Result<Cost> {
        let (net, logits) = self.network(Mode::Inference, 1, slice, classes)?;
        let parameters = net.kept().into_iter().map(|(_, shape)| shape.count()).sum();
        Ok(Cost { parameters, flops: cost::flops(&net.graph, logits) })
    }

    /// What it costs as it was [published](Self::published), built as its source built it where that is a system of its own.
    ///
    /// # Errors
    /// As [`network`](Self::network).
    pub fn published_cost(&self) -> Result<Cost> {
        let (picture, classes) = self.published();
        let source = SYSTEMS.iter().find(|system| system.name.strip_suffix(PAPER) == Some(self.name)).unwrap_or(self);
        let (net, logits) = source.of_pictures(Net::new(Mode::Inference)?, 1, picture, classes.unwrap_or(1))?;
        let all: usize = net.kept().into_iter().map(|(_, shape)| shape.count()).sum();
        let Some(embedding) = net.embedding().filter(|_| classes.is_none()) else {
            return Ok(Cost { parameters: all, flops: cost::flops(&net.graph, logits) });
        };
        let last = net.graph.shape(embedding).count() + 1;
        Ok(Cost { parameters: all - last, flops: cost::flops(&net.graph, embedding) })
    }
}
