//! How long something takes.

use std::time::Instant;

use crate::blocking;
use crate::error::Result;
use crate::gpu::Recording;

/// Samples of a measurement, if they do not take too long.
const SAMPLES: usize = 9;
/// Seconds that a sample should last, and that all samples may take.
const SAMPLE: f64 = 0.05;
const BUDGET: f64 = 4.0;

/// The median of several runs, and how far they lie apart.
#[derive(Clone, Copy, Debug)]
pub struct Timing {
    /// The median.
    pub seconds: f64,
    /// The distance of the quartiles over the median.
    pub spread: f64,
    /// The shortest.
    pub best: f64,
}

impl Timing {
    fn of(mut samples: Vec<f64>) -> Self {
        samples.sort_by(f64::total_cmp);
        let at = |share: f64| {
            let place = share * (samples.len() - 1) as f64;
            let (low, high) = (samples[place.floor() as usize], samples[place.ceil() as usize]);
            low + (high - low) * place.fract()
        };
        Self { seconds: at(0.5), spread: (at(0.75) - at(0.25)) / at(0.5), best: samples[0] }
    }
}

/// Times `run`, which does its work so many times and ends when it is done. The first run, in which drivers compile, does not count.
///
/// # Errors
/// What `run` returns.
pub fn time(mut run: impl FnMut(usize) -> Result<()>) -> Result<Timing> {
    let mut seconds = |times: usize| -> Result<f64> {
        let start = Instant::now();
        run(times)?;
        Ok(start.elapsed().as_secs_f64() / times as f64)
    };
    seconds(1)?;
    let once = seconds(1)?;
    let times = (SAMPLE / once).clamp(1.0, 256.0) as usize;
    let wanted = (BUDGET / (once * times as f64)).clamp(3.0, SAMPLES as f64) as usize;
    Ok(Timing::of((0..wanted).map(|_| seconds(times)).collect::<Result<_>>()?))
}

/// Times a recording, several runs a submission, by the caller's clock.
///
/// # Errors
/// [`Error::Gpu`](crate::Error::Gpu) if the device fails.
pub fn time_recording(recording: &Recording) -> Result<Timing> {
    let engine = recording.engine();
    time(|times| {
        let mut submission = engine.submission();
        (0..times).for_each(|_| recording.encode(submission.encoder()));
        submission.submit()?;
        blocking::finish(engine)
    })
}

#[cfg(test)]
mod tests {
    use super::Timing;

    #[test]
    fn a_timing_is_the_median_and_the_quartiles() {
        let Timing { seconds, spread, best } = Timing::of(vec![4.0, 1.0, 2.0, 8.0, 3.0]);
        assert_eq!((seconds, spread, best), (3.0, (4.0 - 2.0) / 3.0, 1.0));
    }
}
