//! Transforms of frames against their definition.

use tunevote::Error;
use tunevote::gpu::{Recorder, Tensor};
use tunevote::kernels::stft::{Windows, stft, stft_grad_input, stft_grad_input_scratch, stft_power};
use tunevote::kernels::stft_table::stft_table;
use tunevote::shape::{Stft, StftPadding};

use StftPadding::{Reflect, Zero};

use crate::harness::{check, engines, magnitudes, noise, run_on, wide};
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
pub fn stft_matches_its_definition() {
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
pub fn stft_power_is_the_mean_of_squares_over_blocks() {
    for case in CASES {
        let inputs = case.inputs();
        let (spectrum, norms) = case.want(&inputs);
        let power: Vec<f64> = spectrum.chunks(2).map(|z| z[0] * z[0] + z[1] * z[1]).collect();
        // An error e of X is one of 2 |X| e + e^2 of its square.
        let terms = spectrum.chunks(2).zip(norms.chunks(2)).map(|(z, n)| 2.0 * (z[0].hypot(z[1]) * n[0] + n[0] * n[0]));
        let terms: Vec<f64> = terms.collect();
        let smallest = (2..=case.frames).find(|blocks| case.frames % blocks == 0).unwrap_or(1);
        for blocks in [1, smallest, case.frames] {
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

#[test]
pub fn stft_grad_input_is_the_transpose() {
    for case in CASES {
        let inputs = case.inputs();
        let dy_shape = [case.batch, case.bins(), case.frames, 2];
        let dy = noise(dy_shape.iter().product(), 11);
        let windows_wide = wide(&inputs.windows);
        let each = dy.len() / case.batch;
        let transpose = |dy: &[f64], windows: &[f64]| -> Vec<f64> {
            let of = |dy: &[f64]| reference::stft_grad_input(dy, windows, &inputs.rows, case.samples, &case.stft());
            dy.chunks(each).flat_map(of).collect()
        };
        let want = transpose(&wide(&dy), &windows_wide);
        // Rounding grows with the root of the number of terms: dy is noise, each frame's terms lie below |window| |dy|.
        let frames = case.n_fft.div_ceil(case.hop).min(case.frames).max(1) as f64;
        let size = (case.n_fft as f64).sqrt() * (case.n_fft as f64).log2().sqrt() * frames;
        let scale = vec![size * magnitudes(&inputs.windows).into_iter().fold(0.0, f64::max); want.len()];
        let tensors: [(&[usize], &[f32]); 5] = [
            (&dy_shape, &dy),
            (&[KINDS, case.n_fft], &inputs.windows),
            (&[case.frames], &inputs.words),
            (&[inputs.table.len()], &inputs.table),
            (&[case.batch, case.samples], &inputs.x),
        ];
        let scratch = stft_grad_input_scratch(case.batch, case.frames, case.n_fft);
        for engine in engines() {
            let got = run_on(engine, &tensors, &[&[case.batch, case.samples], &scratch], |rec, t, y| {
                stft_grad_input(rec, &t[0], windows([&t[0], &t[1], &t[2], &t[3]]), &y[1], &y[0], &case.stft())
            });
            crate::harness::close(&got[0], &want, &scale, 4.0);

            // <stft(x), dy> = <x, transpose(dy)>, both from the GPU.
            let forward = run_on(engine, &tensors, &[&dy_shape], |rec, t, y| {
                stft(rec, &t[4], windows([&t[0], &t[1], &t[2], &t[3]]), &y[0], &case.stft())
            });
            let dot = |a: &[f32], b: &[f32]| wide(a).iter().zip(wide(b)).map(|(a, b)| a * b).sum::<f64>();
            let norm = |a: &[f32]| dot(a, a).sqrt();
            let (left, right) = (dot(&forward[0], &dy), dot(&inputs.x, &got[0]));
            let size = norm(&forward[0]) * norm(&dy);
            assert!((left - right).abs() <= 1e-6 * size, "{case:?}: {left} and {right}");
        }
    }
}

#[test]
fn stft_names_the_wrong_argument() {
    let engine = &engines()[0];
    let tensor = |shape: &[usize]| engine.tensor(shape).unwrap();
    let (x, w, rows, y) = (tensor(&[2, 500]), tensor(&[1, 256]), tensor(&[6]), tensor(&[2, 129, 6, 2]));
    let (table, power) = (tensor(&[stft_table(256).unwrap().len()]), tensor(&[2, 129, 4]));
    let geometry = Stft { n_fft: 256, hop: 50, start: 0, padding: Reflect };
    let inputs = Windows { windows: &w, rows: &rows, table: &table };
    let run = |x: &Tensor, inputs: Windows<'_>, y: &Tensor, geometry: &Stft| {
        stft(&mut Recorder::new(engine), x, inputs, y, geometry)
    };
    run(&x, inputs, &y, &geometry).unwrap();
    let argument = |result| match result {
        Err(Error::Shape { argument, .. }) => argument,
        other => panic!("{other:?}"),
    };
    assert_eq!(argument(run(&rows, inputs, &y, &geometry)), "x");
    assert_eq!(argument(run(&x, inputs, &power, &geometry)), "y");
    assert_eq!(argument(run(&x, Windows { windows: &x, ..inputs }, &y, &geometry)), "windows");
    assert_eq!(argument(run(&x, Windows { table: &rows, ..inputs }, &y, &geometry)), "table");
    assert_eq!(argument(stft_power(&mut Recorder::new(engine), &x, inputs, &power, &geometry)), "rows");
    let refused = |result: tunevote::Result<()>| matches!(result, Err(Error::Argument { .. }));
    assert!(refused(run(&x, inputs, &y, &Stft { hop: 0, ..geometry })));
    assert!(refused(run(&x, inputs, &tensor(&[2, 151, 6, 2]), &Stft { n_fft: 300, ..geometry })));
    assert!(refused(run(&tensor(&[2, 1]), inputs, &y, &geometry)));
}

/// One sample that is not a number spoils the frames that read it and no others.
#[test]
fn stft_hands_on_what_is_not_a_number() {
    for (bad, kind) in [(f32::NAN, "nan"), (f32::INFINITY, "inf")] {
        let case = case(1, 2000, 256, 256, 0, Zero, 7);
        let mut inputs = case.inputs();
        inputs.windows.iter_mut().for_each(|w| *w = 0.5);
        inputs.x[300] = bad;
        for engine in engines() {
            let tensors: [(&[usize], &[f32]); 4] = [
                (&[1, case.samples], &inputs.x),
                (&[KINDS, case.n_fft], &inputs.windows),
                (&[case.frames], &inputs.words),
                (&[inputs.table.len()], &inputs.table),
            ];
            let got = run_on(engine, &tensors, &[&[1, 129, 7]], |rec, t, y| {
                stft_power(rec, &t[0], windows([&t[0], &t[1], &t[2], &t[3]]), &y[0], &case.stft())
            });
            for (i, value) in got[0].iter().enumerate() {
                assert_eq!(value.is_finite(), i % 7 != 1, "{kind}: bin {} frame {}", i / 7, i % 7);
            }
        }
    }
}
