//! Transforms of frames against their definition.

use tunevote::Error;
use tunevote::doctor::cases::stft::Frames;
use tunevote::gpu::{Recorder, Tensor};
use tunevote::kernels::stft::{Order, Windows, stft, stft_power};
use tunevote::kernels::stft_table::stft_table;
use tunevote::shape::{Stft, StftPadding};

use StftPadding::{Reflect, Zero};

use crate::harness::{check_case, engines, wide};

const fn case(b: usize, l: usize, n_fft: usize, hop: usize, start: isize, padding: StftPadding, t: usize) -> Frames {
    Frames { batch: b, samples: l, stft: Stft { n_fft, hop, start, padding }, frames: t }
}

const CASES: &[Frames] = &[
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
    // frames that share an eighth, a quarter, a half less than themselves; more of them than eight lanes take
    case(1, 3000, 256, 32, -64, Zero, 61),
    case(1, 5002, 512, 128, -256, Zero, 40),
    case(1, 9005, 1024, 512, 1, Reflect, 17),
    case(1, 12_000, 2048, 512, -1024, Zero, 21),
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

#[test]
pub fn stft_matches_its_definition() {
    CASES.iter().for_each(|case| check_case(&case.stft()));
}

#[test]
pub fn stft_power_is_the_mean_of_squares_over_blocks() {
    for case in CASES {
        let smallest = (2..=case.frames).find(|blocks| case.frames % blocks == 0).unwrap_or(1);
        [1, smallest, case.frames].iter().for_each(|&blocks| check_case(&case.power(blocks, Order::Rows)));
        check_case(&case.power(smallest, Order::Frames));
        check_case(&case.power_alike());
    }
}

#[test]
pub fn stft_grad_input_is_the_transpose() {
    for case in CASES {
        let (forward, backward) = (case.stft(), case.grad_input());
        check_case(&backward);
        // <stft(x), dy> = <x, transpose(dy)>, both from the GPU.
        for engine in engines() {
            let [y, dx] = [&forward, &backward].map(|case| case.run(engine).unwrap().values.remove(0));
            let (x, dy) = (&forward.inputs[0].1, &backward.inputs[0].1);
            let dot = |a: &[f32], b: &[f32]| wide(a).iter().zip(wide(b)).map(|(a, b)| a * b).sum::<f64>();
            let norm = |a: &[f32]| dot(a, a).sqrt();
            let (left, right) = (dot(&y, dy), dot(x, &dx));
            assert!((left - right).abs() <= 1e-6 * norm(&y) * norm(dy), "{case:?}: {left} and {right}");
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
    assert_eq!(argument(stft_power(&mut Recorder::new(engine), &x, inputs, &power, Order::Rows, &geometry)), "rows");
    let refused = |result: tunevote::Result<()>| matches!(result, Err(Error::Argument { .. }));
    assert!(refused(run(&x, inputs, &y, &Stft { hop: 0, ..geometry })));
    assert!(refused(run(&x, inputs, &tensor(&[2, 151, 6, 2]), &Stft { n_fft: 300, ..geometry })));
    assert!(refused(run(&tensor(&[2, 1]), inputs, &y, &geometry)));
}

/// One sample that is not a number spoils the frames that read it and no others.
#[test]
fn stft_hands_on_what_is_not_a_number() {
    for (bad, kind) in [(f32::NAN, "nan"), (f32::INFINITY, "inf")] {
        let mut case = case(1, 2000, 256, 256, 0, Zero, 7).power(1, Order::Rows);
        case.inputs[0].1[300] = bad;
        case.inputs[1].1.fill(0.5);
        for engine in engines() {
            let got = case.run(engine).unwrap().values;
            for (i, value) in got[0].iter().enumerate() {
                assert_eq!(value.is_finite(), i % 7 != 1, "{kind}: bin {} frame {}", i / 7, i % 7);
            }
        }
    }
}
