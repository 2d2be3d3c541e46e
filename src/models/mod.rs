//! Layer 5. Networks, one file each, and one table of them.

mod cnn_rnn;
pub mod compact;
pub mod gan;
pub mod musicnn;
mod rnn;
mod slice_cnn;
mod wide;

use crate::error::{Error, Result};
use crate::graph::Id;
use crate::nn::{Mode, Net, Schedule};
use crate::shape::Optimiser;
use crate::signal::front_end::{FrontEnd, MelFrontEnd, SoxFrontEnd};

/// A network and how it is trained unless told otherwise. Model files and commands know those of [`SYSTEMS`]; a program can train one
/// of its own.
#[derive(Clone, Copy, Debug)]
pub struct System {
    /// Its name in commands and model files.
    pub name: &'static str,
    /// One line for people.
    pub about: &'static str,
    /// Slices (N,1,H,W) -> logits (N,classes).
    pub build: fn(&mut Net, Id, usize) -> Result<Id>,
    /// The pictures that it reads.
    pub front_end: fn() -> FrontEnd,
    /// Its optimiser.
    pub optimiser: Optimiser,
    /// Its learning rate.
    pub learning_rate: f32,
    /// How that goes over a run.
    pub schedule: Schedule,
    /// Slices a step.
    pub batch: usize,
    /// Passes over the training songs.
    pub epochs: usize,
}

const COMPACT: System = System {
    name: "compact",
    about: "3x3 convolutions with batch norm on mel slices; small and fast",
    build: compact::build,
    front_end: || FrontEnd::Mel(MelFrontEnd::compact()),
    optimiser: Optimiser::AdamW { beta1: 0.9, beta2: 0.999, eps: 1e-8, weight_decay: 1e-2 },
    learning_rate: 2e-3,
    schedule: Schedule::Cosine,
    batch: 32,
    epochs: 20,
};

/// Every system, the default first. The recurrent baselines read the pictures of `compact` and are trained as it is, so that only the
/// networks differ.
pub const SYSTEMS: &[System] = &[
    COMPACT,
    System {
        name: "slice-cnn",
        about: "the network of Bae & Kim 2019 on SoX slices; 34 million parameters",
        build: slice_cnn::build,
        front_end: || FrontEnd::Sox(SoxFrontEnd::at(44_100)),
        optimiser: Optimiser::RmsProp { decay: 0.9, momentum: 0.0, eps: 1e-10 },
        learning_rate: 1e-3,
        schedule: Schedule::Constant,
        batch: 128,
        epochs: 20,
    },
    System {
        name: "wide",
        about: "compact with two to three times the filters and a layer more, and no notion of a song's level above the picture's floor: for a --teacher",
        build: wide::build,
        epochs: 24,
        ..COMPACT
    },
    System {
        name: "rnn",
        about: "two GRU layers over the columns of mel slices; a baseline",
        build: rnn::build,
        ..COMPACT
    },
    System {
        name: "cnn-rnn",
        about: "convolutions, then a GRU over time, on mel slices; a baseline",
        build: cnn_rnn::build,
        ..COMPACT
    },
    System {
        name: "compact-binary",
        about: "compact on slices of black and white, as the paper's binary neurons leave them; a baseline",
        build: compact::build_binary,
        ..COMPACT
    },
    System {
        name: "musicnn",
        about: "windows for timbre and rhythm, after Pons & Serra 2019, on mel slices of 3 s; `import musicnn` brings trained ones",
        build: musicnn::build,
        front_end: || FrontEnd::Mel(MelFrontEnd::musicnn()),
        learning_rate: 1e-3,
        ..COMPACT
    },
];

/// Networks that are made from others and not offered for training from nothing: [`System::named`] knows them.
const MADE: &[System] = &[
    System {
        name: "musicnn-genres",
        about: "both published sets of musicnn, and a head that tells genres from their tags and embeddings",
        build: musicnn::build_genres,
        front_end: || FrontEnd::Mel(MelFrontEnd::musicnn_genres()),
        ..COMPACT
    },
    System {
        name: "musicnn-head",
        about: "that head alone, on features",
        build: musicnn::head,
        front_end: || FrontEnd::Mel(MelFrontEnd::musicnn_genres()),
        learning_rate: 1e-3,
        epochs: 30,
        ..COMPACT
    },
];

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

    /// The network on a batch of slices: input `slices` (N,1,H,W), and the logits (N,classes).
    ///
    /// # Errors
    /// [`Error::Argument`] if the slices are too small for it.
    pub fn network(&self, mode: Mode, batch: usize, slice: [usize; 2], classes: usize) -> Result<(Net, Id)> {
        let mut net = Net::new(mode)?;
        let x = net.graph.input("slices", [batch, 1, slice[0], slice[1]])?;
        let logits = (self.build)(&mut net, x, classes)?;
        Ok((net, logits))
    }
}
