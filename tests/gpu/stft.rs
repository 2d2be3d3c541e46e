//! Transforms of frames against their definition.

use tunevote::Error;
use tunevote::gpu::{Recorder, Tensor};
use tunevote::kernels::stft::{Windows, stft, stft_power};
use tunevote::kernels::stft_table::{stft_table, stft_table_len};
use tunevote::shape::{Stft, StftPadding};

use StftPadding::{Reflect, Zero};

use crate::harness::{check, engines, noise, wide};
use crate::reference::spectral as reference;

/// One geometry.
#[derive(Clone, Copy, Debug)]
pub struct Case {
    batch: usize,
    samples: usize,
    n_fft: usize,
    hop: usize,
    start: isize,
    padding: StftPadding,
    frames: usize,
}

const fn case(b: usize, l: usize, n_fft: usize, hop: usize, start: isize, padding: StftPadding, t: usize) -> Case {
    Case { batch: b, samples: l, n_fft, hop, start, padding, frames: t }
}

pub const CASES: &[Case] = &[
    // every size; starts and hops of every remainder by four; signals that end inside and outside the frames
    case(1, 64, 16, 4, 0, Zero, 13),
    case(2, 101, 16, 3, -7, Zero, 40),
    case(1, 100, 32, 8, -16, Reflect, 13),
    case(1, 300, 64, 16, -32, Zero, 19),
    case(3, 333, 128, 37, -64, Reflect, 9),
    case(1, 1000, 256, 126, -129, Zero, 9),
    case(2, 999, 256, 107, -75, Zero, 11),
    case(1, 4096, 256, 80, 0, Zero, 49),
    case(2, 2048, 512, 128, -256, Reflect, 17),
    case(1, 2000, 512, 111, 5, Zero, 14),
    case(2, 4100, 1024, 256, -512, Zero, 17),
    case(1, 3001, 1024, 301, -512, Reflect, 10),
    case(1, 8192, 2048, 512, -1024, Zero, 17),
    case(2, 5001, 2048, 511, -1024, Reflect, 10),
    case(1, 9000, 4096, 1024, -2048, Zero, 9),
    case(1, 9001, 4096, 1023, -2047, Reflect, 8),
    // one sample, one frame
    case(1, 1, 16, 1, 0, Zero, 1),
    case(1, 1, 256, 5, -128, Zero, 3),
    case(1, 3, 256, 5, -128, Reflect, 3),
    case(1, 256, 256, 256, 0, Zero, 1),
    // frames that do not touch the signal
    case(1, 500, 256, 300, -1000, Zero, 12),
    // gaps between the frames
    case(2, 5000, 256, 700, 3, Zero, 7),
];

/// Three windows; row 1 is nothing like the others.
const KINDS: usize = 3;

pub struct Inputs {
    pub x: Vec<f32>,
    pub windows: Vec<f32>,
    pub rows: Vec<usize>,
    pub words: Vec<f32>,
    pub table: Vec<f32>,
}

impl Case {
    pub fn stft(&self) -> Stft {
        Stft { n_fft: self.n_fft, hop: self.hop, start: self.start, padding: self.padding }
    }

    pub fn inputs(&self) -> Inputs {
        let rows: Vec<usize> = (0..self.frames).map(|t| (t * 7 + t / 3) % KINDS).collect();
        let mut windows = noise(KINDS * self.n_fft, 5);
        windows[..self.n_fft].iter_mut().for_each(|w| *w = w.abs());
        Inputs {
            x: noise(self.batch * self.samples, 3),
            windows,
            words: rows.iter().map(|&row| f32::from_bits(row as u32)).collect(),
            rows,
            table: stft_table(self.n_fft).unwrap(),
        }
    }

    fn bins(&self) -> usize {
        self.n_fft / 2 + 1
    }

    /// The spectrum (B,F,T,2), and for each number the norm of its frame, times the root of the number of passes.
    pub fn want(&self, inputs: &Inputs) -> (Vec<f64>, Vec<f64>) {
        let windows = wide(&inputs.windows);
        let (mut want, mut scale) = (Vec::new(), Vec::new());
        for row in wide(&inputs.x).chunks(self.samples) {
            want.extend(reference::stft(row, &windows, &inputs.rows, &self.stft()));
            let norms = reference::frame_norms(row, &windows, &inputs.rows, &self.stft());
            let root = (self.n_fft as f64).log2().sqrt();
            scale.extend((0..self.bins() * self.frames * 2).map(|i| root * norms[i / 2 % self.frames]));
        }
        (want, scale)
    }
}

fn windows<'a>([_, windows, rows, table]: [&'a Tensor; 4]) -> Windows<'a> {
    Windows { windows, rows, table }
}

#[test]
fn stft_matches_its_definition() {
    for case in CASES {
        let inputs = case.inputs();
        let (want, scale) = case.want(&inputs);
        let tensors: [(&[usize], &[f32]); 4] = [
            (&[case.batch, case.samples], &inputs.x),
            (&[KINDS, case.n_fft], &inputs.windows),
            (&[case.frames], &inputs.words),
            (&[inputs.table.len()], &inputs.table),
        ];
        let shape = [case.batch, case.bins(), case.frames, 2];
        check(&tensors, &shape, &want, &scale, 4.0, |rec, t, y| {
            stft(rec, &t[0], windows([&t[0], &t[1], &t[2], &t[3]]), y, &case.stft())
        });
    }
}

#[test]
fn stft_power_is_the_mean_of_squares_over_blocks() {
    for case in CASES {
        let inputs = case.inputs();
        let (spectrum, norms) = case.want(&inputs);
        let power: Vec<f64> = spectrum.chunks(2).map(|z| z[0] * z[0] + z[1] * z[1]).collect();
        // An error e of X is one of 2 |X| e + e^2 of its square.
        let terms = spectrum.chunks(2).zip(norms.chunks(2)).map(|(z, n)| 2.0 * (z[0].hypot(z[1]) * n[0] + n[0] * n[0]));
        let terms: Vec<f64> = terms.collect();
        for blocks in (1..=case.frames).filter(|blocks| case.frames % blocks == 0) {
            let mean = |values: &[f64]| values.chunks(blocks).map(|c| c.iter().sum::<f64>() / blocks as f64).collect();
            let (want, scale): (Vec<f64>, Vec<f64>) = (mean(&power), mean(&terms));
            let tensors: [(&[usize], &[f32]); 4] = [
                (&[case.batch, case.samples], &inputs.x),
                (&[KINDS, case.n_fft], &inputs.windows),
                (&[case.frames], &inputs.words),
                (&[inputs.table.len()], &inputs.table),
            ];
            let shape = [case.batch, case.bins(), case.frames / blocks];
            check(&tensors, &shape, &want, &scale, 4.0, |rec, t, y| {
                stft_power(rec, &t[0], windows([&t[0], &t[1], &t[2], &t[3]]), y, &case.stft())
            });
        }
    }
}
