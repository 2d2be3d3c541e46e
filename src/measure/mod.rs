//! Layer 6. What a machine can do, what kernels and networks make of it, and where a run's time goes.
//!
//! Every time stands beside the machine's own ceilings, measured in the same process: a share of a ceiling can be compared between
//! machines and between days, seconds cannot.

mod ceilings;
mod timing;

use serde::Serialize;

pub use ceilings::{Ceilings, ceilings};
pub use timing::{Timing, time, time_recording};

use crate::gpu::Cost;

/// One measured piece of work.
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
    /// 10^9 floating-point operations a second; a multiply-add counts two.
    pub gflops: f64,
    /// 10^9 bytes a second: everything read and written once.
    pub gbps: f64,
    /// The least time that the ceilings allow over the time it took.
    pub share_of_ceiling: f64,
}

impl Row {
    /// A row from work and time.
    pub fn new(name: impl Into<String>, shape: impl Into<String>, timing: Timing, cost: Cost, most: &Ceilings) -> Self {
        let Timing { seconds, spread, .. } = timing;
        Self {
            name: name.into(),
            shape: shape.into(),
            seconds,
            spread,
            gflops: cost.flops / seconds / 1e9,
            gbps: cost.bytes / seconds / 1e9,
            share_of_ceiling: most.share(cost, seconds),
        }
    }
}
