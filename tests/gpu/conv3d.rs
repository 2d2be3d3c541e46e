//! Convolutions over volumes on the GPU against their f64 reference.

use tunevote::Error;
use tunevote::doctor::cases::conv3d::{self as cases, Row, convolution};
use tunevote::gpu::Recorder;
use tunevote::kernels::conv3d::{conv3d, conv3d_scratch};
use tunevote::reference::conv3d::Convolution3d;
use tunevote::shape::{Conv3d, Padding3d, Unary};

use crate::harness::{check_kinds, engines};

const ONE: [usize; 3] = [1; 3];
const EXPLICIT: Padding3d = Padding3d::Explicit([[2, 1], [1, 2], [0, 3]]);

const ROWS: &[Row] = &[
    ([1, 1, 1, 1, 1], [1, 1, 1, 1], ONE, ONE, Padding3d::Valid, 1),
    ([2, 3, 4, 5, 8], [5, 1, 1, 1], ONE, ONE, Padding3d::Valid, 1),
    // Windows in slices alone, as they are and prepared; strides along depth; one slice, several, more images than a line of tiles.
    ([2, 3, 4, 6, 8], [7, 1, 2, 2], ONE, ONE, Padding3d::Same, 1),
    ([2, 5, 3, 7, 12], [37, 1, 2, 2], ONE, ONE, Padding3d::Same, 1),
    ([1, 5, 5, 6, 8], [20, 1, 3, 3], [2, 1, 1], ONE, Padding3d::Same, 1),
    ([1, 6, 7, 5, 9], [34, 1, 3, 3], [3, 1, 1], [2, 1, 1], Padding3d::Same, 2),
    ([3, 2, 1, 6, 8], [33, 1, 3, 3], ONE, ONE, Padding3d::Explicit([[1, 1], [1, 1], [1, 1]]), 1),
    ([9, 2, 8, 4, 4], [18, 1, 2, 2], ONE, ONE, Padding3d::Same, 1),
    // With few channels on either side.
    ([3, 1, 1, 9, 32], [10, 1, 3, 3], ONE, ONE, Padding3d::Same, 1),
    ([3, 10, 1, 9, 32], [1, 1, 3, 3], ONE, ONE, Padding3d::Same, 1),
    ([2, 7, 3, 5, 20], [2, 1, 3, 3], ONE, ONE, Padding3d::Same, 1),
    // The refiners of three genres.
    ([2, 3, 1, 8, 32], [24, 1, 3, 3], ONE, ONE, Padding3d::Same, 3),
    ([2, 24, 1, 8, 32], [3, 1, 3, 3], ONE, ONE, Padding3d::Same, 3),
    // Channels that do not see each other, nor slices.
    ([2, 4, 3, 9, 12], [4, 1, 3, 3], ONE, ONE, Padding3d::Same, 4),
    ([1, 4, 2, 9, 7], [8, 1, 3, 3], [1, 2, 2], ONE, Padding3d::Explicit([[0, 0], [1, 1], [1, 1]]), 4),
    ([1, 4, 2, 9, 7], [4, 1, 3, 3], [1, 2, 2], ONE, Padding3d::Explicit([[0, 0], [1, 1], [1, 1]]), 4),
    ([2, 3, 2, 6, 7], [3, 1, 5, 3], ONE, ONE, Padding3d::Same, 3),
    ([2, 4, 3, 6, 8], [4, 2, 3, 3], ONE, ONE, Padding3d::Same, 4),
    // Windows through slices.
    ([1, 1, 3, 3, 3], [1, 2, 2, 2], ONE, ONE, Padding3d::Valid, 1),
    ([2, 3, 5, 7, 9], [5, 3, 3, 3], ONE, ONE, Padding3d::Same, 1),
    ([1, 9, 4, 6, 8], [40, 3, 2, 3], ONE, ONE, EXPLICIT, 1),
    ([1, 4, 6, 9, 8], [17, 2, 1, 3], [1, 2, 1], [3, 1, 2], Padding3d::Same, 1),
    ([2, 6, 5, 8, 7], [10, 3, 3, 2], [2, 3, 2], ONE, EXPLICIT, 2),
    ([1, 8, 9, 5, 6], [12, 4, 1, 1], [3, 1, 1], [2, 1, 1], Padding3d::Same, 4),
    // Kernels as large as their steps: the growing generator's, forwards and backwards.
    ([2, 8, 4, 2, 14], [8, 1, 1, 7], [1, 1, 7], ONE, Padding3d::Valid, 1),
    ([2, 8, 2, 12, 3], [8, 1, 3, 1], [1, 3, 1], ONE, Padding3d::Valid, 1),
    ([2, 16, 3, 8, 8], [33, 1, 2, 2], [1, 2, 2], ONE, Padding3d::Valid, 1),
    ([1, 3, 6, 7, 9], [4, 2, 2, 2], [2, 2, 2], ONE, Padding3d::Valid, 1),
    // Windows of 2x2 side by side: around tiles of 8 and 32 channels, of 32 and 64 pixels; several slices; rows of one vec4.
    ([1, 1, 1, 2, 8], [1, 1, 2, 2], [1, 2, 2], ONE, Padding3d::Valid, 1),
    ([2, 5, 3, 4, 8], [9, 1, 2, 2], [1, 2, 2], ONE, Padding3d::Valid, 1),
    ([1, 8, 2, 10, 24], [33, 1, 2, 2], [1, 2, 2], ONE, Padding3d::Same, 1),
    ([3, 17, 1, 8, 40], [31, 1, 2, 2], [1, 2, 2], ONE, Padding3d::Valid, 1),
    ([2, 9, 4, 16, 16], [70, 1, 2, 2], [1, 2, 2], ONE, Padding3d::Valid, 1),
    // Around the tile that a workgroup shares.
    ([3, 33, 2, 5, 7], [65, 2, 2, 2], ONE, ONE, Padding3d::Same, 1),
];

#[test]
fn the_reference_convolves_volumes() {
    let case = Convolution3d { x: [1, 1, 2, 2, 2], weight: [1, 1, 2, 2, 2], conv: Conv3d::default() };
    let x: Vec<f64> = (1..=8).map(f64::from).collect();
    let weight: Vec<f64> = (0..8).map(|i| 10f64.powi(i)).collect();
    assert_eq!(case.forward(&x, &weight), [87_654_321.0]);
    // One zero in front: the first output sees the first slice under the window's second.
    let front = Conv3d { padding: Padding3d::Explicit([[1, 0], [0, 0], [0, 0]]), ..case.conv };
    assert_eq!(Convolution3d { conv: front, ..case }.forward(&x, &weight), [43_210_000.0, 87_654_321.0]);
    // Every second slice, and taps two slices apart.
    let deep = Convolution3d { x: [1, 1, 5, 1, 1], weight: [1, 1, 2, 1, 1], ..case };
    let conv = Conv3d { stride: [2, 1, 1], dilation: [2, 1, 1], ..case.conv };
    assert_eq!(Convolution3d { conv, ..deep }.forward(&[1.0, 2.0, 3.0, 4.0, 5.0], &[1.0, 10.0]), [31.0, 53.0]);
}

#[test]
pub fn forward() {
    for (i, row) in ROWS.iter().enumerate() {
        let activation = [None, Some(Unary::LeakyRelu(0.2)), Some(Unary::Elu(0.7))][i % 3];
        check_kinds(&cases::forward(&convolution(row), activation));
    }
}

#[test]
pub fn grad_input() {
    ROWS.iter().for_each(|row| check_kinds(&cases::grad_input(&convolution(row))));
}

#[test]
pub fn grad_weight() {
    ROWS.iter().for_each(|row| check_kinds(&cases::grad_weight(&convolution(row))));
}

#[test]
fn what_does_not_fit() {
    let engine = &engines()[0];
    let result = |x: [usize; 5], weight: [usize; 5], y: [usize; 5], conv: Conv3d| {
        let mut rec = Recorder::new(engine);
        let [x, weight, y] = [x, weight, y].map(|shape| engine.tensor(shape).unwrap());
        let scratch = conv3d_scratch(engine, x.shape(), weight.shape(), &conv)?;
        let scratch: Vec<_> = scratch.into_iter().map(|scratch| engine.tensor([scratch.len]).unwrap()).collect();
        conv3d(&mut rec, &x, &weight, None, &y, &conv, None, &scratch)
    };
    let conv = Conv3d::default();
    assert!(result([1, 2, 3, 4, 5], [3, 2, 2, 2, 2], [1, 3, 2, 3, 4], conv).is_ok());
    let shape = |result| matches!(result, Err(Error::Shape { operation: "conv3d", .. }));
    assert!(shape(result([1, 2, 3, 4, 5], [3, 1, 2, 2, 2], [1, 3, 2, 3, 4], conv)));
    assert!(shape(result([1, 2, 3, 4, 5], [3, 2, 2, 2, 2], [1, 3, 3, 3, 4], conv)));
    let argument = |result| matches!(result, Err(Error::Argument { operation: "conv3d", .. }));
    assert!(argument(result([1, 2, 3, 4, 5], [3, 2, 4, 2, 2], [1, 3, 1, 3, 4], conv)));
    let three = Conv3d { groups: 3, ..conv };
    assert!(argument(result([1, 2, 3, 4, 5], [3, 2, 2, 2, 2], [1, 3, 2, 3, 4], three)));
}
