//! Another rate for the same sound.

use crate::error::{Error, Result};
use rubato::audioadapter_buffers::direct::InterleavedSlice;
use rubato::{Fft, FixedSync, Resampler as _};

/// Frames that an FFT block has at least, on the side of the lower rate. Sets the width of the transition band.
const BLOCK: usize = 2048;

/// Changes the rate of a mono signal, block by block, with constant memory.
///
/// Output sample `m` is the band-limited signal at time `m / to`, so input and output are aligned: the filter's delay is
/// taken off the front and its tail is flushed by [`Resampler::finish`]. In all, `n` input samples give exactly
/// `round(n · to / from)` output samples.
///
/// The filter is linear-phase: a sinc of at least 2048 samples of the lower rate, under a squared Blackman-Harris window,
/// applied by FFT (`rubato`). With `F` = half the lower rate: flat to 0.975 F (within 0.001 dB), -6 dB at about 0.993 F, and
/// at least 100 dB down from F on, which is where aliases and images begin. Between rates that share no small ratio (11,025
/// and 44,101 Hz, say) the filter is longer and steeper; its blocks may last a few seconds.
pub struct Resampler {
    fft: Fft<f32>,
    from: u32,
    to: u32,
    /// Input that does not fill a block yet.
    pending: Vec<f32>,
    block: Vec<f32>,
    delay_left: usize,
    taken: u64,
    given: u64,
}

impl Resampler {
    /// A resampler from `from` to `to` samples per second, both inside [`RATES`](super::RATES).
    ///
    /// # Errors
    /// [`Error::Argument`] for another rate.
    pub fn new(from: u32, to: u32) -> Result<Self> {
        let wrong = |problem: String| Error::Argument { operation: "resample", problem };
        for rate in [from, to] {
            if !super::RATES.contains(&rate) {
                let (low, high) = (super::RATES.start(), super::RATES.end());
                return Err(wrong(format!("{rate} Hz is not a sample rate between {low} and {high} Hz")));
            }
        }
        // Both block lengths are multiples of the smallest exact ratio. The multiple is even, so that the filter's delay,
        // half a block, is a whole number of output samples.
        let step = from / gcd(from, to);
        let least = step.min(to / gcd(from, to)) as usize;
        let multiple = BLOCK.div_ceil(least).next_multiple_of(2);
        let fft = Fft::new(from as usize, to as usize, multiple * step as usize, 1, FixedSync::Both)
            .map_err(|error| wrong(format!("{from} Hz to {to} Hz: {error}")))?;
        let (delay_left, block) = (fft.output_delay(), vec![0.0; fft.output_frames_max()]);
        let pending = Vec::with_capacity(fft.input_frames_max());
        Ok(Self { fft, from, to, pending, block, delay_left, taken: 0, given: 0 })
    }

    /// Takes more input and appends the output that is ready to `out`.
    ///
    /// # Errors
    /// [`Error::Argument`] if the resampling library refuses the block, which is not known to happen.
    pub fn push(&mut self, mut input: &[f32], out: &mut Vec<f32>) -> Result<()> {
        self.taken += input.len() as u64;
        let size = self.fft.input_frames_next();
        while !input.is_empty() {
            let (now, later) = input.split_at(input.len().min(size - self.pending.len()));
            self.pending.extend_from_slice(now);
            input = later;
            if self.pending.len() == size {
                self.run(u64::MAX, out)?;
            }
        }
        Ok(())
    }

    /// Ends the signal: appends the rest of the output to `out`. The resampler is used up.
    ///
    /// # Errors
    /// As [`Resampler::push`].
    pub fn finish(mut self, out: &mut Vec<f32>) -> Result<()> {
        let (from, to) = (u128::from(self.from), u128::from(self.to));
        let total = ((u128::from(self.taken) * to + from / 2) / from) as u64;
        while self.given < total {
            self.pending.resize(self.fft.input_frames_next(), 0.0);
            self.run(total, out)?;
        }
        Ok(())
    }

    /// One block through the filter; appends at most as much as brings the output to `total` samples.
    fn run(&mut self, total: u64, out: &mut Vec<f32>) -> Result<()> {
        let wrong = |problem: String| Error::Argument { operation: "resample", problem };
        let size = self.block.len();
        let input = InterleavedSlice::new(&self.pending, 1, self.pending.len()).map_err(|e| wrong(e.to_string()))?;
        let mut output = InterleavedSlice::new_mut(&mut self.block, 1, size).map_err(|e| wrong(e.to_string()))?;
        let (_, made) =
            self.fft.process_into_buffer(&input, &mut output, None).map_err(|error| wrong(error.to_string()))?;
        self.pending.clear();
        let skip = self.delay_left.min(made);
        self.delay_left -= skip;
        let keep = ((made - skip) as u64).min(total - self.given) as usize;
        out.extend_from_slice(&self.block[skip..skip + keep]);
        self.given += keep as u64;
        Ok(())
    }
}

fn gcd(a: u32, b: u32) -> u32 {
    if b == 0 { a } else { gcd(b, a % b) }
}
