//! The most that an adapter does: multiply-adds from registers, and bytes through a shader.

use std::fmt;

use serde::{Serialize, Serializer};

use super::timing::time_recording;
use crate::error::Result;
use crate::gpu::{Cost, Engine, Recorder};
use crate::kernels::ceilings::{copy_vec4, multiply_add};

/// Bytes of the tensor that is copied: more than caches hold.
const COPIED: usize = 64 << 20;

/// What an adapter does at the most; written in 10^9, as rows have it.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Ceilings {
    /// Floating-point operations a second, a multiply-add counting two: independent chains in registers.
    #[serde(rename = "multiply_add_gflops", serialize_with = "giga")]
    pub multiply_add: f64,
    /// Bytes a second, read and written: a copy by vec4 from one buffer to another. What mostly reads, or changes memory in place, can exceed
    /// it, as writing elsewhere costs a processor a read besides.
    #[serde(rename = "copy_gbps", serialize_with = "giga")]
    pub copy: f64,
}

fn giga<S: Serializer>(one: &f64, serializer: S) -> std::result::Result<S::Ok, S::Error> {
    serializer.serialize_f64(one / 1e9)
}

impl Ceilings {
    /// The least time in which `cost` could be done, over `seconds`.
    pub fn share(&self, cost: Cost, seconds: f64) -> f64 {
        (cost.flops / self.multiply_add).max(cost.bytes / self.copy) / seconds
    }
}

/// Both in words.
impl fmt::Display for Ceilings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { multiply_add, copy } = self;
        write!(f, "{:.1} GFLOP/s of multiply-adds, {:.2} GB/s copied", multiply_add / 1e9, copy / 1e9)
    }
}

/// Measures an adapter; a second or two. A ceiling is the best of its runs: what else the machine does can only hide it.
///
/// # Errors
/// [`Error::Gpu`](crate::Error::Gpu) if the device fails.
pub fn ceilings(engine: &Engine) -> Result<Ceilings> {
    Ok(Ceilings { multiply_add: multiply_adds(engine)?, copy: copies(engine)? })
}

/// Rounds grow until a run is long enough to be told from its submission, as a machine may be 1,000 times faster than another.
fn multiply_adds(engine: &Engine) -> Result<f64> {
    let count = 4 << 16;
    let x = engine.upload([count], &vec![0.5; count])?;
    let y = engine.tensor([count])?;
    let mut rounds = 128;
    loop {
        let mut recorder = Recorder::new(engine);
        multiply_add(&mut recorder, &x, &y, rounds, [0.5, 1.0])?;
        let recording = recorder.finish()?;
        let seconds = time_recording(&recording)?.best;
        if seconds > 0.005 || rounds >= 1 << 16 {
            return Ok(recording.cost().flops / seconds);
        }
        rounds *= 4;
    }
}

fn copies(engine: &Engine) -> Result<f64> {
    let count = COPIED.min(engine.largest_binding() as usize / 2) / 16 * 4;
    let (x, y) = (engine.tensor([count])?, engine.tensor([count])?);
    let mut recorder = Recorder::new(engine);
    copy_vec4(&mut recorder, &x, &y)?;
    let recording = recorder.finish()?;
    Ok(recording.cost().bytes / time_recording(&recording)?.best)
}
