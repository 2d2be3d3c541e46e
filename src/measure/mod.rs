//! Layer 6. What a machine can do, what kernels and networks make of it, and where a run's time goes.
//!
//! Every time stands beside the machine's own ceilings, measured in the same process: a share of a ceiling can be compared between
//! machines and between days, seconds cannot.

mod audio;
mod ceilings;
mod gan;
mod kernels;
mod networks;
pub mod profile;
mod timing;

use std::fmt;

use serde::Serialize;

pub use ceilings::{Ceilings, ceilings};
pub use networks::{Bench, Subject, Work};
pub use timing::{Timing, time, time_recording};

use crate::error::Result;
use crate::gpu::{Cost, Engine};
use crate::shape::Shape;
use crate::weights::ModelFile;

/// A table of benchmarks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Suite {
    /// Each operation by itself.
    Kernels,
    /// Networks: inference and training.
    Networks,
    /// Pictures of sound, and songs to verdicts.
    Audio,
}

impl Suite {
    /// Its rows, not yet measured. `model` is what songs are classified with.
    ///
    /// # Errors
    /// [`Error::Argument`](crate::Error::Argument) if the model's network is not one of this build.
    pub fn benchmarks(self, model: &ModelFile) -> Result<Vec<Benchmark<'_>>> {
        match self {
            Self::Kernels => kernels::benchmarks(),
            Self::Networks => Ok(networks::benchmarks()?.into_iter().chain(gan::benchmarks()).collect()),
            Self::Audio => Ok(audio::benchmarks(model)),
        }
    }
}

/// How long it took, and what it costs at least where that was counted.
type Measured = Result<(Timing, Option<Cost>)>;
type Measure<'a> = dyn FnOnce(&Engine) -> Measured + 'a;

/// A row that is still to be measured.
pub struct Benchmark<'a> {
    /// The kernel's, network's or front end's name.
    pub name: String,
    /// Shapes of what it works on.
    pub shape: String,
    run: Box<Measure<'a>>,
}

impl fmt::Debug for Benchmark<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Benchmark").field("name", &self.name).field("shape", &self.shape).finish_non_exhaustive()
    }
}

impl<'a> Benchmark<'a> {
    fn new(name: impl Into<String>, shape: impl Into<String>, run: impl FnOnce(&Engine) -> Measured + 'a) -> Self {
        Self { name: name.into(), shape: shape.into(), run: Box::new(run) }
    }

    /// Runs it.
    ///
    /// # Errors
    /// [`Error::Gpu`](crate::Error::Gpu) if the device fails or cannot hold it.
    pub fn measure(self, engine: &Engine, most: &Ceilings) -> Result<Row> {
        let Self { name, shape, run } = self;
        let (Timing { seconds, spread, .. }, cost) = run(engine)?;
        let giga = |of: fn(Cost) -> f64| cost.map(|cost| of(cost) / seconds / 1e9);
        let (gflops, gbps) = (giga(|cost| cost.flops), giga(|cost| cost.bytes));
        let share_of_ceiling = cost.map(|cost| most.share(cost, seconds));
        Ok(Row { name, shape, seconds, spread, gflops, gbps, share_of_ceiling })
    }
}

/// A measured row.
#[derive(Clone, Debug, Serialize)]
pub struct Row {
    /// The kernel's, network's or front end's name.
    pub name: String,
    /// Shapes of what it works on.
    pub shape: String,
    /// Seconds, the median of several runs.
    pub seconds: f64,
    /// The distance of the quartiles over the median.
    pub spread: f64,
    /// 10^9 floating-point operations a second; a multiply-add counts two. `None`, as the next ones, where they were not counted.
    pub gflops: Option<f64>,
    /// 10^9 bytes a second: what goes in and what comes out, once.
    pub gbps: Option<f64>,
    /// The least time that the ceilings allow over the time it took.
    pub share_of_ceiling: Option<f64>,
}

/// `32x64x64x64`
fn label(shape: &Shape) -> String {
    shape.dims().iter().map(usize::to_string).collect::<Vec<_>>().join("x")
}
