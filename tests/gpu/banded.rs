//! Banded matrices against dense ones.

use tunevote::Error;
use tunevote::doctor::cases::banded::{banded_matmul, banded_matmul_rows, matrix};
use tunevote::gpu::Recorder;
use tunevote::kernels::banded::{self as kernels, pack, ranges};
use tunevote::kernels::stft::Order;
use tunevote::shape::Banded;

use crate::harness::{check_case, engines};

/// batch, rows, columns, frames
const CASES: &[[usize; 4]] = &[
    [1, 1, 1, 1],
    [1, 3, 5, 4],
    [2, 7, 33, 31],
    [1, 5, 17, 64],
    [3, 4, 9, 65],
    [1, 40, 257, 127],
    [2, 13, 129, 128],
    [1, 128, 1025, 260],
    [1, 2, 3, 1031],
    // more than 65,535 workgroups
    [1, 70_000, 2, 3],
];

#[test]
pub fn banded_matmul_matches_the_dense_product() {
    for &[batch, rows, columns, frames] in CASES {
        let banded = Banded::new(rows, columns, matrix(rows, columns)).unwrap();
        for (w, size) in [(banded.values().to_vec(), [rows, columns]), (banded.transposed(), [columns, rows])] {
            check_case(&banded_matmul(&w, size, [batch, frames]));
        }
    }
}

#[test]
pub fn banded_matmul_of_frames_side_by_side_matches_it_too() {
    for &[batch, rows, columns, frames] in CASES {
        for order in [Order::Rows, Order::Frames] {
            check_case(&banded_matmul_rows(&matrix(rows, columns), [rows, columns], [batch, frames], order));
        }
    }
    check_case(&banded_matmul_rows(&[0.0; 6], [2, 3], [1, 5], Order::Rows));
}

/// What stands behind a frame's numbers must not be read as one.
#[test]
fn bands_are_packed_in_whole_vec4s() {
    let packed = pack(&[0.0, 2.0, 0.0, 0.0, 3.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 5.0], [3, 5]);
    let words: Vec<_> = packed.bands.iter().map(|word| word.to_bits()).collect();
    assert_eq!(words, [0, 2, 0, 0, 0, 0, 2, 0, 1, 1, 2, 0]);
    assert_eq!(packed.weights, [0.0, 2.0, 0.0, 0.0, 3.0, 0.0, 0.0, 0.0, 5.0, 0.0, 0.0, 0.0]);
}

#[test]
fn ranges_are_the_rows_supports() {
    let words = |values: &[f32], columns| {
        ranges(values, [values.len() / columns, columns]).iter().map(|v| v.to_bits()).collect::<Vec<_>>()
    };
    assert_eq!(words(&[0.0, 2.0, 0.0, 3.0, 0.0, 0.0, 0.0, 0.0], 4), [1, 4, 0, 0]);
    assert_eq!(words(&[1.0, 0.0, 0.0, -1.0], 2), [0, 1, 1, 2]);
}

#[test]
fn banded_matmul_names_the_wrong_argument() {
    let engine = &engines()[0];
    let tensor = |shape: &[usize]| engine.tensor(shape).unwrap();
    let (w, ranges, x, y) = (tensor(&[3, 5]), tensor(&[3, 2]), tensor(&[2, 5, 7]), tensor(&[2, 3, 7]));
    let argument = |w, ranges, x, y| match kernels::banded_matmul(&mut Recorder::new(engine), w, ranges, x, y) {
        Err(Error::Shape { argument, .. }) => argument,
        other => panic!("{other:?}"),
    };
    assert_eq!(argument(&x, &ranges, &x, &y), "w");
    assert_eq!(argument(&w, &w, &x, &y), "ranges");
    assert_eq!(argument(&w, &ranges, &y, &y), "x");
    assert_eq!(argument(&w, &ranges, &x, &x), "y");
}
