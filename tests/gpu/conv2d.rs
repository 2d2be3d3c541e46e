use tunevote::Error;
use tunevote::doctor::cases::conv2d::{self as cases, Row, convolution};
use tunevote::gpu::Recorder;
use tunevote::kernels::conv2d::{Epilogue, conv2d, conv2d_pools};
use tunevote::reference::conv2d::Convolution;
use tunevote::shape::{Conv2d, Padding, Shape, Unary};

use crate::harness::{assert_folded, check_kinds, engines, noise, wide};

/// As PyTorch's networks pad windows of 3x3.
const PADDED: Padding = Padding::Explicit([1; 4]);
const EXPLICIT: Padding = Padding::Explicit([1, 2, 0, 3]);

const ROWS: &[Row] = &[
    ([1, 1, 1, 1], [1, 1, 1], [1, 1], [1, 1], Padding::Valid, 1),
    ([2, 3, 5, 8], [4, 1, 1], [1, 1], [1, 1], Padding::Valid, 1),
    ([1, 5, 7, 9], [33, 1, 1], [1, 1], [1, 1], Padding::Valid, 1),
    ([1, 1, 16, 16], [64, 2, 2], [1, 1], [1, 1], Padding::Same, 1),
    ([3, 6, 9, 7], [17, 2, 2], [1, 1], [1, 1], Padding::Same, 1),
    ([2, 33, 8, 12], [65, 2, 2], [1, 1], [1, 1], Padding::Valid, 1),
    ([2, 17, 11, 18], [40, 3, 3], [1, 1], [1, 1], Padding::Same, 1),
    ([1, 4, 6, 5], [3, 3, 3], [1, 1], [1, 1], Padding::Valid, 1),
    ([70, 2, 3, 3], [20, 3, 3], [1, 1], [1, 1], Padding::Same, 1),
    // Widths that 4 divides: nothing is padded.
    ([3, 12, 6, 8], [40, 2, 2], [1, 1], [1, 1], Padding::Same, 1),
    ([2, 9, 7, 16], [31, 3, 4], [2, 1], [1, 1], Padding::Same, 1),
    ([1, 24, 9, 20], [70, 2, 2], [1, 1], [1, 1], Padding::Same, 2),
    ([2, 9, 5, 36], [33, 3, 3], [1, 1], [1, 1], Padding::Explicit([2, 1, 2, 2]), 1),
    ([5, 17, 7, 12], [45, 2, 2], [1, 1], [1, 1], Padding::Explicit([2, 3, 0, 1]), 1),
    ([9, 34, 33, 4], [26, 2, 2], [1, 1], [1, 1], Padding::Same, 2),
    ([2, 4, 3, 8], [9, 2, 2], [1, 1], [1, 1], Padding::Explicit([0, 0, 0, 1]), 1),
    ([1, 5, 6, 24], [20, 3, 3], [1, 1], [1, 1], Padding::Explicit([0, 2, 3, 1]), 1),
    ([1, 5, 9, 12], [20, 2, 2], [1, 1], [1, 1], Padding::Explicit([5, 1, 6, 2]), 1),
    ([1, 9, 12, 13], [31, 3, 3], [1, 1], [1, 1], EXPLICIT, 1),
    // 3x3 windows with few channels on either side: around tiles of 4 x 16, with rows of whole strips of 16 and others.
    ([2, 5, 9, 36], [1, 3, 3], [1, 1], [1, 1], Padding::Same, 1),
    ([5, 1, 7, 16], [6, 3, 3], [1, 1], [1, 1], Padding::Same, 1),
    ([2, 9, 5, 32], [1, 3, 3], [1, 1], [1, 1], Padding::Same, 1),
    ([1, 3, 1, 48], [7, 3, 3], [1, 1], [1, 1], Padding::Same, 1),
    ([3, 7, 6, 16], [4, 3, 3], [1, 1], [1, 1], Padding::Explicit([4, 0, 1, 1]), 1),
    ([3, 2, 6, 16], [5, 3, 3], [1, 1], [1, 1], Padding::Explicit([0, 3, 1, 1]), 1),
    ([3, 7, 6, 16], [2, 3, 3], [1, 1], [1, 1], Padding::Explicit([2, 1, 2, 2]), 1),
    ([1, 5, 11, 23], [3, 3, 3], [1, 1], [1, 1], Padding::Valid, 1),
    ([3, 3, 7, 16], [15, 3, 3], [1, 1], [1, 1], Padding::Same, 3),
    ([2, 10, 6, 32], [2, 3, 3], [1, 1], [1, 1], Padding::Same, 2),
    ([2, 6, 5, 16], [9, 3, 3], [1, 1], [1, 1], Padding::Explicit([2, 1, 1, 1]), 3),
    ([2, 6, 10, 20], [15, 3, 3], [1, 1], [1, 1], Padding::Same, 3),
    ([2, 1, 20, 24], [16, 5, 5], [2, 2], [1, 1], Padding::Same, 1),
    ([1, 3, 23, 19], [36, 5, 3], [3, 2], [1, 1], EXPLICIT, 1),
    ([1, 7, 17, 21], [33, 3, 3], [1, 1], [2, 3], Padding::Same, 1),
    ([2, 5, 19, 22], [18, 3, 2], [2, 3], [3, 2], Padding::Valid, 1),
    ([1, 2, 9, 40], [5, 1, 7], [1, 1], [1, 1], Padding::Same, 1),
    ([1, 2, 40, 9], [5, 9, 1], [1, 4], [1, 1], Padding::Same, 1),
    ([2, 12, 10, 9], [18, 3, 3], [1, 1], [1, 1], Padding::Same, 3),
    ([1, 34, 7, 8], [70, 2, 2], [2, 1], [1, 1], Padding::Same, 2),
    ([2, 10, 9, 11], [10, 3, 3], [1, 1], [1, 1], Padding::Same, 10),
    ([1, 6, 8, 8], [12, 3, 3], [2, 2], [1, 1], Padding::Same, 6),
    // A window larger than the image, strides that leave a rest, padding wider than the window reaches.
    ([1, 2, 2, 3], [4, 5, 5], [1, 1], [1, 1], Padding::Same, 1),
    ([1, 3, 10, 10], [4, 2, 2], [3, 3], [1, 1], Padding::Valid, 1),
    ([1, 2, 5, 6], [3, 2, 2], [1, 1], [1, 1], Padding::Explicit([3, 2, 4, 1]), 1),
    ([1, 16, 6, 6], [48, 6, 6], [1, 1], [1, 1], Padding::Valid, 1),
    // Channels that do not see each other: rows of whole vec4s, wider and narrower than a strip, that begin anywhere, in more than a block;
    // paddings of none, one and two; steps of two; two and three channels out of one.
    ([2, 8, 12, 12], [8, 3, 3], [1, 1], [1, 1], PADDED, 8),
    ([2, 4, 40, 20], [4, 3, 3], [1, 1], [1, 1], PADDED, 4),
    ([1, 4, 5, 48], [4, 3, 3], [1, 1], [1, 1], Padding::Same, 4),
    ([2, 8, 8, 8], [8, 3, 3], [1, 1], [1, 1], PADDED, 8),
    ([2, 8, 7, 7], [8, 3, 3], [1, 1], [1, 1], PADDED, 8),
    ([3, 4, 14, 14], [4, 3, 3], [1, 1], [1, 1], PADDED, 4),
    ([1, 4, 21, 37], [4, 3, 3], [1, 1], [1, 1], PADDED, 4),
    ([2, 8, 35, 6], [8, 3, 3], [1, 1], [1, 1], PADDED, 8),
    ([1, 8, 1, 1], [8, 3, 3], [1, 1], [1, 1], PADDED, 8),
    ([3, 8, 2, 2], [8, 3, 3], [1, 1], [1, 1], PADDED, 8),
    ([1, 8, 9, 18], [8, 3, 3], [1, 1], [1, 1], Padding::Valid, 8),
    ([2, 4, 6, 17], [4, 3, 3], [1, 1], [1, 1], Padding::Explicit([2, 0, 2, 1]), 4),
    ([2, 4, 6, 16], [4, 3, 3], [1, 1], [1, 1], Padding::Explicit([0, 2, 0, 2]), 4),
    ([2, 4, 6, 16], [4, 3, 3], [1, 1], [1, 1], Padding::Explicit([3, 1, 4, 0]), 4),
    ([2, 8, 14, 14], [8, 3, 3], [2, 2], [1, 1], PADDED, 8),
    ([2, 8, 7, 7], [8, 3, 3], [2, 2], [1, 1], PADDED, 8),
    ([1, 8, 29, 29], [8, 3, 3], [2, 2], [1, 1], PADDED, 8),
    ([1, 8, 28, 28], [8, 3, 3], [2, 2], [1, 1], Padding::Same, 8),
    ([1, 4, 33, 40], [4, 3, 3], [2, 2], [1, 1], PADDED, 4),
    ([2, 8, 70, 9], [8, 3, 3], [2, 2], [1, 1], PADDED, 8),
    ([1, 4, 13, 64], [4, 3, 3], [2, 2], [1, 1], Padding::Explicit([0, 1, 1, 1]), 4),
    ([1, 4, 12, 20], [4, 3, 3], [2, 2], [1, 1], Padding::Explicit([2, 2, 2, 0]), 4),
    ([2, 4, 9, 12], [8, 3, 3], [1, 1], [1, 1], PADDED, 4),
    ([2, 4, 10, 7], [12, 3, 3], [2, 2], [1, 1], PADDED, 4),
    ([2, 3, 9, 11], [3, 3, 3], [1, 1], [1, 1], PADDED, 3),
    ([2, 6, 9, 11], [6, 5, 5], [1, 1], [1, 1], Padding::Same, 6),
    ([2, 3, 9, 11], [6, 5, 3], [3, 2], [1, 1], EXPLICIT, 3),
    ([1, 8, 11, 9], [8, 3, 3], [1, 1], [2, 3], Padding::Same, 8),
    ([1, 4, 11, 9], [4, 3, 3], [2, 1], [1, 1], Padding::Same, 4),
    // Windows that do not overlap, of whole vec4s and not.
    ([3, 6, 12, 16], [20, 2, 2], [2, 2], [1, 1], Padding::Valid, 1),
    ([2, 6, 12, 12], [20, 2, 2], [2, 2], [1, 1], Padding::Valid, 1),
    // Around the tile that a workgroup shares: 64 channels x 64 pixels or taps, 16 steps, tiles that reach into the next image.
    ([1, 64, 8, 8], [64, 1, 1], [1, 1], [1, 1], Padding::Valid, 1),
    ([3, 33, 5, 13], [65, 2, 2], [1, 1], [1, 1], Padding::Same, 1),
    ([2, 63, 9, 7], [63, 3, 3], [1, 1], [1, 1], EXPLICIT, 1),
    ([1, 35, 21, 13], [129, 3, 2], [2, 1], [1, 2], Padding::Same, 1),
    ([5, 99, 7, 6], [105, 3, 3], [2, 2], [1, 1], Padding::Same, 3),
    ([9, 33, 17, 19], [34, 2, 3], [1, 3], [2, 1], EXPLICIT, 1),
];

fn count(shape: &[usize]) -> usize {
    shape.iter().product()
}

#[test]
fn the_reference_convolves() {
    let conv = Conv2d::default();
    let case = Convolution { x: [1, 1, 3, 3], weight: [1, 1, 2, 2], conv };
    let x: Vec<f64> = (1..=9).map(f64::from).collect();
    let weight = [1.0, 10.0, 100.0, 1000.0];
    assert_eq!(case.forward(&x, &weight), [5421.0, 6532.0, 8754.0, 9865.0]);
    // SAME with 2x2 pads right and bottom.
    let same = Convolution { conv: Conv2d { padding: Padding::Same, ..conv }, ..case };
    assert_eq!(same.forward(&x, &weight), [5421.0, 6532.0, 603.0, 8754.0, 9865.0, 906.0, 87.0, 98.0, 9.0]);
    // Windows of a constant image count their pixels.
    let ones = Convolution {
        x: [1, 4, 5, 5],
        weight: [2, 2, 3, 3],
        conv: Conv2d { stride: [2, 2], dilation: [1, 1], padding: Padding::Explicit([1; 4]), groups: 2 },
    };
    let y = ones.forward(&[1.0; 100], &[1.0; 36]);
    assert_eq!(y[..9], [8.0, 12.0, 8.0, 12.0, 18.0, 12.0, 8.0, 12.0, 8.0]);
    // Dilation skips pixels: taps at 0 and 2 of each axis.
    let holes = Convolution { conv: Conv2d { dilation: [2, 2], ..conv }, ..case };
    assert_eq!(holes.forward(&x, &weight), [1.0 + 30.0 + 700.0 + 9000.0]);
}

/// The convolution is linear in x and in the weights, so a central difference is exact up to rounding.
#[test]
fn the_reference_gradients_are_differences() {
    for row in ROWS.iter().filter(|row| count(&row.0) < 600) {
        let case = convolution(row);
        let x = wide(&noise(count(&case.x), 1));
        let weight = wide(&noise(count(&case.weight), 2));
        let dy = wide(&noise(count(&case.y()), 3));
        let loss =
            |x: &[f64], weight: &[f64]| -> f64 { case.forward(x, weight).iter().zip(&dy).map(|(y, dy)| y * dy).sum() };
        let slope = |values: &[f64], i: usize, loss: &dyn Fn(&[f64]) -> f64| {
            let moved = |by: f64| {
                let mut moved = values.to_vec();
                moved[i] += by;
                loss(&moved)
            };
            (moved(0.5) - moved(-0.5)) / 1.0
        };
        let dx = case.grad_input(&dy, &weight);
        for i in (0..x.len()).step_by(x.len() / 12 + 1) {
            assert!((dx[i] - slope(&x, i, &|x| loss(x, &weight))).abs() < 1e-10, "{row:?}: dx[{i}]");
        }
        let dw = case.grad_weight(&x, &dy);
        for i in (0..weight.len()).step_by(weight.len() / 12 + 1) {
            assert!((dw[i] - slope(&weight, i, &|weight| loss(&x, weight))).abs() < 1e-10, "{row:?}: dw[{i}]");
        }
    }
}

#[test]
pub fn forward() {
    ROWS.iter().for_each(|row| check_kinds(&cases::forward(&convolution(row))));
}

#[test]
pub fn grad_input() {
    ROWS.iter().for_each(|row| check_kinds(&cases::grad_input(&convolution(row))));
}

#[test]
pub fn grad_weight() {
    ROWS.iter().for_each(|row| check_kinds(&cases::grad_weight(&convolution(row))));
}

/// More than a part of the scratch holds; images whose length is no multiple of what an offset has to be.
#[test]
fn many_large_images() {
    let case = convolution(&([19, 1, 1001, 1003], [1, 2, 1], [1, 1], [1, 1], Padding::Same, 1));
    check_kinds(&cases::forward(&case));
    check_kinds(&cases::grad_weight(&case));
    assert_folded(&["conv2d_crop"]);
}

/// Runs with a bias, an activation and perhaps a pool.
fn epilogue(row: &Row, activation: Option<Unary>, pool: bool) {
    epilogue_of(row, &noise(count(&row.0), 1), activation, pool);
}

fn epilogue_of(row: &Row, x: &[f32], activation: Option<Unary>, pool: bool) {
    for places in [false, true].into_iter().filter(|places| pool || !places) {
        check_kinds(&cases::with_epilogue(&convolution(row), x, Epilogue { activation, pool }, places));
    }
}

#[test]
pub fn epilogues() {
    use Unary::{Clamp, Elu, LeakyRelu, Relu, Sigmoid, Tanh};
    for activation in
        [None, Some(Relu), Some(Elu(1.0)), Some(LeakyRelu(0.1)), Some(Sigmoid), Some(Tanh), Some(Clamp(0.0, 0.7))]
    {
        epilogue(&([2, 3, 6, 8], [37, 2, 2], [1, 1], [1, 1], Padding::Same, 1), activation, true);
    }
    for pool in [false, true] {
        epilogue(&([1, 1, 32, 32], [64, 2, 2], [1, 1], [1, 1], Padding::Same, 1), Some(Elu(1.0)), pool);
        epilogue(&([3, 5, 10, 12], [24, 3, 3], [1, 1], [1, 1], Padding::Same, 1), Some(Relu), pool);
        epilogue(&([2, 4, 6, 10], [50, 3, 3], [1, 1], [1, 1], Padding::Valid, 2), Some(Tanh), pool);
    }
    epilogue(&([3, 9, 10, 12], [65, 2, 2], [1, 1], [1, 1], Padding::Same, 1), Some(Elu(0.5)), true);
    epilogue(&([3, 10, 6, 20], [134, 3, 3], [1, 1], [1, 1], Padding::Same, 2), Some(LeakyRelu(0.1)), true);
    epilogue(&([3, 10, 7, 9], [134, 5, 3], [1, 1], [1, 1], Padding::Same, 2), Some(LeakyRelu(0.1)), false);
    epilogue(&([2, 3, 11, 13], [35, 3, 3], [1, 1], [1, 1], Padding::Same, 1), Some(Elu(0.5)), false);
    epilogue(&([2, 3, 10, 20], [3, 3, 3], [1, 1], [1, 1], Padding::Same, 1), Some(Elu(0.5)), true);
    epilogue(&([2, 10, 7, 18], [6, 3, 3], [1, 1], [1, 1], Padding::Same, 2), Some(LeakyRelu(0.1)), false);
    epilogue(&([2, 3, 11, 13], [35, 5, 5], [2, 2], [1, 1], Padding::Same, 1), Some(Sigmoid), false);
    epilogue(&([2, 3, 12, 13], [14, 5, 5], [2, 1], [1, 1], Padding::Same, 1), Some(Elu(0.5)), false);
    epilogue(&([2, 8, 10, 12], [8, 3, 3], [1, 1], [1, 1], PADDED, 8), Some(Clamp(0.0, 0.7)), false);
    epilogue(&([2, 8, 10, 12], [8, 3, 3], [1, 1], [1, 1], PADDED, 8), Some(Relu), true);
    epilogue(&([2, 4, 11, 13], [4, 3, 3], [2, 2], [1, 1], PADDED, 4), Some(Elu(0.5)), false);
    epilogue(&([2, 5, 11, 13], [5, 5, 5], [1, 1], [1, 1], Padding::Same, 5), Some(LeakyRelu(0.1)), false);
}

#[test]
fn not_a_number_wins_the_pool() {
    use Unary::{Elu, LeakyRelu, Relu, Sigmoid, Tanh};
    for kernel in [2, 3] {
        for activation in [None, Some(Relu), Some(Elu(1.0)), Some(LeakyRelu(0.1)), Some(Sigmoid), Some(Tanh)] {
            let row = ([2, 3, 6, 8], [37, kernel, kernel], [1, 1], [1, 1], Padding::Same, 1);
            // Each corner of a window of the pool in turn, as the only NaN of its image.
            for (row_at, column_at) in [(2, 4), (2, 5), (3, 4), (3, 5)] {
                let mut x = noise(count(&row.0), 1);
                x[row_at * 8 + column_at] = f32::NAN;
                epilogue_of(&row, &x, activation, true);
            }
        }
    }
}

#[test]
fn not_a_number_reaches_its_windows_alone() {
    // The last pixel of an image, next to what a tile reads beyond it.
    for (width, outputs, kernel, stride) in [(8, 35, 2, 1), (8, 35, 3, 1), (8, 35, 3, 2), (16, 2, 3, 1)] {
        let case = convolution(&([2, 3, 7, width], [outputs, kernel, kernel], [stride; 2], [1, 1], Padding::Same, 1));
        let mut x = noise(count(&case.x), 1);
        x[3 * 7 * width - 1] = f32::NAN;
        let dy = noise(count(&case.y()), 2);
        for case in [cases::with_epilogue(&case, &x, Epilogue::default(), false), cases::grad_weight_of(&case, &x, &dy)]
        {
            let want = &case.outputs[0].want;
            assert!(want.iter().any(|v| v.is_nan()) && want.iter().any(|v| !v.is_nan()), "{case}");
            check_kinds(&case);
        }
    }
}

/// The first and the last pixel of a channel that no other sees, of either side.
#[test]
fn not_a_number_stays_in_its_channel() {
    for (width, stride, kernel) in [(7, 1, 3), (12, 1, 3), (18, 1, 3), (21, 2, 3), (12, 2, 3), (7, 1, 5)] {
        let padding = Padding::Explicit([kernel / 2; 4]);
        let case = convolution(&([2, 4, 6, width], [4, kernel, kernel], [stride; 2], [1, 1], padding, 4));
        let [_, _, oh, ow] = case.y();
        for first in [true, false] {
            let (mut x, mut dy) = (noise(count(&case.x), 1), noise(count(&case.y()), 2));
            let ordinary = dy.clone();
            x[if first { 6 * width } else { 2 * 6 * width - 1 }] = f32::NAN;
            dy[if first { oh * ow } else { 2 * oh * ow - 1 }] = f32::NAN;
            let all = [
                cases::with_epilogue(&case, &x, Epilogue::default(), false),
                cases::grad_input_of(&case, &dy),
                cases::grad_weight_of(&case, &x, &ordinary),
                cases::grad_weight_of(&case, &noise(count(&case.x), 1), &dy),
            ];
            for case in all {
                let want = &case.outputs[0].want;
                assert!(want.iter().any(|v| v.is_nan()) && want.iter().any(|v| !v.is_nan()), "{case}");
                check_kinds(&case);
            }
        }
    }
}

#[test]
fn what_does_not_fit() {
    let engine = &engines()[0];
    let fails = |x: [usize; 4], weight: [usize; 4], y: [usize; 4], conv: Conv2d, pool: bool| -> Error {
        let mut rec = Recorder::new(engine);
        let [x, weight, y] = [x, weight, y].map(|shape| engine.tensor(shape).unwrap());
        let epilogue = Epilogue { pool, ..Epilogue::default() };
        conv2d(&mut rec, &x, &weight, None, &y, None, &conv, epilogue, &[]).unwrap_err()
    };
    let conv = Conv2d::default();
    let shape = |error: &Error| matches!(error, Error::Shape { operation: "conv2d", .. });
    let argument = |error: &Error| matches!(error, Error::Argument { operation: "conv2d", .. });
    assert!(shape(&fails([1, 2, 5, 5], [3, 1, 2, 2], [1, 3, 4, 4], conv, false)));
    assert!(shape(&fails([1, 2, 5, 5], [3, 2, 2, 2], [1, 3, 5, 5], conv, false)));
    assert!(shape(&fails([1, 2, 5, 5], [3, 2, 2, 2], [1, 3, 4, 4], conv, false)), "no scratch");
    assert!(argument(&fails([1, 3, 5, 5], [4, 1, 2, 2], [1, 4, 4, 4], Conv2d { groups: 2, ..conv }, false)));
    assert!(argument(&fails([1, 2, 3, 3], [3, 2, 4, 4], [1, 3, 1, 1], conv, false)));
    assert!(argument(&fails([1, 2, 6, 6], [3, 2, 2, 2], [1, 3, 2, 2], conv, true)), "a pool of 5 x 5");
    let mut rec = Recorder::new(engine);
    let [x, weight, y] = [[1, 2, 6, 8], [3, 2, 2, 2], [1, 3, 5, 7]].map(|shape| engine.tensor(shape).unwrap());
    let places = conv2d(&mut rec, &x, &weight, None, &y, Some(&y), &conv, Epilogue::default(), &[]);
    assert!(argument(&places.unwrap_err()), "places of no maxima");
    // A maximum cannot be taken before a function that falls, and a function that is no activation is not applied at all.
    let with = |activation: Unary, pool: bool| {
        let case = convolution(&([1, 2, 6, 8], [3, 2, 2], [1, 1], [1, 1], Padding::Same, 1));
        let epilogue = Epilogue { activation: Some(activation), pool };
        cases::with_epilogue(&case, &noise(count(&case.x), 1), epilogue, false).run(engine)
    };
    with(Unary::LeakyRelu(-0.1), false).unwrap();
    assert!(argument(&with(Unary::LeakyRelu(-0.1), true).unwrap_err()));
    assert!(argument(&with(Unary::Elu(-1.0), true).unwrap_err()));
    assert!(argument(&with(Unary::Exp, false).unwrap_err()));
    let pools = |x: [usize; 4], weight: [usize; 4], conv: &Conv2d| {
        conv2d_pools(&Shape::from(x), &Shape::from(weight), conv).unwrap()
    };
    assert!(!pools([1, 2, 6, 6], [3, 2, 2, 2], &conv));
    assert!(pools([1, 2, 6, 8], [3, 2, 2, 2], &Conv2d { padding: Padding::Same, ..conv }));
}
