//! Transforms of frames.

use crate::doctor::{Case, Output};
use crate::gpu::Tensor;
use crate::kernels::stft::{self as kernels, Order, Windows, stft_grad_input_scratch};
use crate::kernels::stft_table::stft_table;
use crate::reference::compare::{bits, magnitudes, noise, wide};
use crate::reference::spectral as reference;
use crate::shape::{Stft, StftPadding};

/// Signals and their frames.
#[derive(Clone, Copy, Debug)]
pub struct Frames {
    /// Signals.
    pub batch: usize,
    /// Samples of each.
    pub samples: usize,
    /// How frames lie.
    pub stft: Stft,
    /// How many.
    pub frames: usize,
}

/// Windows to choose from; the second one is nothing like the others.
pub const KINDS: usize = 3;

/// What the kernels get.
#[derive(Clone, Debug)]
pub struct Given {
    /// (batch,samples)
    pub x: Vec<f32>,
    /// (kinds,n_fft)
    pub windows: Vec<f32>,
    /// Each frame's window.
    pub rows: Vec<usize>,
    /// Roots of unity.
    pub table: Vec<f32>,
}

impl Frames {
    /// Noise.
    pub fn given(&self, kinds: usize) -> Given {
        let n_fft = self.stft.n_fft;
        let mut windows = noise(kinds * n_fft, 5);
        windows[..n_fft].iter_mut().for_each(|w| *w = w.abs());
        Given {
            x: noise(self.batch * self.samples, 3),
            windows,
            rows: (0..self.frames).map(|t| (t * 7 + t / 3) % kinds).collect(),
            // None for a size that the kernels refuse, and say so.
            table: stft_table(n_fft).unwrap_or_default(),
        }
    }

    /// Bins of a frame.
    pub fn bins(&self) -> usize {
        self.stft.n_fft / 2 + 1
    }

    /// The spectrum (B,F,T,2), and for each number the norm of its frame, times the root of the number of passes.
    fn spectrum(&self, given: &Given) -> (Vec<f64>, Vec<f64>) {
        let windows = wide(&given.windows);
        let (mut want, mut scale) = (Vec::new(), Vec::new());
        for row in wide(&given.x).chunks(self.samples) {
            want.extend(reference::stft(row, &windows, &given.rows, &self.stft));
            let norms = reference::frame_norms(row, &windows, &given.rows, &self.stft);
            let root = (self.stft.n_fft as f64).log2().sqrt();
            scale.extend((0..self.bins() * self.frames * 2).map(|i| root * norms[i / 2 % self.frames]));
        }
        (want, scale)
    }

    fn case(
        &self,
        operation: &str,
        given: &Given,
        (shape, values): (&[usize], &[f32]),
        output: Output,
        call: impl Fn(&mut crate::gpu::Recorder, &Tensor, Windows<'_>, &Tensor) -> crate::Result<()> + 'static,
    ) -> Case {
        let Stft { hop, start, padding, .. } = self.stft;
        let words: Vec<u32> = given.rows.iter().map(|&row| row as u32).collect();
        let inputs: [(&[usize], &[f32]); 4] = [
            (shape, values),
            (&[given.windows.len() / self.stft.n_fft, self.stft.n_fft], &given.windows),
            (&[self.frames], &bits(&words)),
            (&[given.table.len()], &given.table),
        ];
        Case::new(format!("{operation} hop {hop} start {start} {padding:?}"), &inputs, output, move |rec, t, y| {
            call(rec, &t[0], Windows { windows: &t[1], rows: &t[2], table: &t[3] }, y)
        })
    }

    /// The transform.
    pub fn stft(&self) -> Case {
        let given = self.given(KINDS);
        let (want, scale) = self.spectrum(&given);
        let output = Output::new(&[self.batch, self.bins(), self.frames, 2], want, scale, 4.0);
        let stft = self.stft;
        self.case("stft", &given, (&[self.batch, self.samples], &given.x), output, move |rec, x, windows, y| {
            kernels::stft(rec, x, windows, y, &stft)
        })
    }

    /// Its power, the mean of `blocks` neighbouring frames.
    pub fn power(&self, blocks: usize, order: Order) -> Case {
        self.power_of(blocks, order, self.given(KINDS))
    }

    /// Its power, all frames with the same window and their bins side by side.
    pub fn power_alike(&self) -> Case {
        self.power_of(1, Order::Frames, self.given(1))
    }

    fn power_of(&self, blocks: usize, order: Order, given: Given) -> Case {
        let (spectrum, norms) = self.spectrum(&given);
        // An error e of X is one of 2 |X| e + e^2 of its square.
        let terms = spectrum.chunks(2).zip(norms.chunks(2)).map(|(z, n)| 2.0 * (z[0].hypot(z[1]) * n[0] + n[0] * n[0]));
        let terms: Vec<f64> = terms.collect();
        let scale: Vec<f64> = terms.chunks(blocks).map(|block| block.iter().sum::<f64>() / blocks as f64).collect();
        let want = reference::power(&spectrum, blocks);
        let stft = self.stft;
        let [batch, bins, frames] = [self.batch, self.bins(), self.frames / blocks];
        let (shape, want, scale) = match order {
            Order::Rows => ([batch, bins, frames], want, scale),
            Order::Frames => {
                let held = bins.next_multiple_of(4);
                (
                    [batch, frames, held],
                    frames_first(&want, [bins, frames], held),
                    frames_first(&scale, [bins, frames], held),
                )
            }
        };
        let output = Output::new(&shape, want, scale, 4.0);
        self.case("stft_power", &given, (&[self.batch, self.samples], &given.x), output, move |rec, x, windows, y| {
            kernels::stft_power(rec, x, windows, y, order, &stft)
        })
    }

    /// The transpose.
    pub fn grad_input(&self) -> Case {
        let given = self.given(KINDS);
        let n_fft = self.stft.n_fft;
        let dy_shape = [self.batch, self.bins(), self.frames, 2];
        let dy = noise(dy_shape.iter().product(), 11);
        let windows = wide(&given.windows);
        let of = |dy: &[f64]| reference::stft_grad_input(dy, &windows, &given.rows, self.samples, &self.stft);
        let want: Vec<_> = wide(&dy).chunks(dy.len() / self.batch).flat_map(of).collect();
        // Rounding grows with the root of the number of terms: dy is noise, each frame's terms lie below |window| |dy|.
        let over = n_fft.div_ceil(self.stft.hop).min(self.frames).max(1) as f64;
        let size = (n_fft as f64).sqrt() * (n_fft as f64).log2().sqrt() * over;
        let scale = vec![size * magnitudes(&given.windows).into_iter().fold(0.0, f64::max); want.len()];
        let dx = Output::new(&[self.batch, self.samples], want, scale, 4.0);
        let (stft, [batch, frames]) = (self.stft, [self.batch, self.frames]);
        self.case("stft_grad_input", &given, (&dy_shape, &dy), dx, move |rec, dy, windows, dx| {
            let scratch = super::dirty(rec, stft_grad_input_scratch(batch, frames, n_fft))?;
            kernels::stft_grad_input(rec, dy, windows, dx, &stft, &scratch)
        })
    }
}

/// (B,bins,frames) as (B,frames,held), with zeros behind each frame's bins.
fn frames_first(values: &[f64], [bins, frames]: [usize; 2], held: usize) -> Vec<f64> {
    let frame = |signal: &[f64], t: usize| -> Vec<f64> {
        (0..held).map(|k| if k < bins { signal[k * frames + t] } else { 0.0 }).collect()
    };
    values
        .chunks(bins * frames)
        .flat_map(|signal| (0..frames).flat_map(|t| frame(signal, t)).collect::<Vec<_>>())
        .collect()
}

/// Frames inside the signal and over its ends, at steps that are whole in fours and not; frames that are filled up. Few of each:
/// a software driver takes half a second for each pipeline of a transform.
pub(super) fn small() -> Vec<Case> {
    let frames = |batch, samples, n_fft, hop, start, padding, frames| Frames {
        batch,
        samples,
        stft: Stft { n_fft, hop, start, padding },
        frames,
    };
    let mirrored = frames(2, 2048, 512, 128, -256, StftPadding::Reflect, 16);
    vec![
        mirrored.stft(),
        mirrored.grad_input(),
        frames(2, 999, 256, 107, -75, StftPadding::Zero, 10).power(2, Order::Rows),
        frames(2, 1024, 256, 64, 0, StftPadding::Zero, 9).power(1, Order::Frames),
        frames(1, 1100, 256, 64, -64, StftPadding::Zero, 15).power_alike(),
        frames(1, 64, 16, 4, 0, StftPadding::Zero, 13).stft(),
    ]
}
