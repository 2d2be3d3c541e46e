//! Enlarged images on the GPU against their f64 reference.

use tunevote::Error;
use tunevote::doctor::cases::upsample::{Row, upsample2d, upsample2d_grad_input};
use tunevote::gpu::Recorder;
use tunevote::kernels::upsample::upsample2d as enlarge;
use tunevote::shape::Upsample2d;

use crate::harness::{assert_folded, check_case, engines, run_once};

const ROWS: &[Row] = &[
    ([1, 1, 1, 1], [1, 1], false),
    ([1, 1, 1, 1], [4, 3], true),
    ([2, 3, 5, 7], [2, 2], false),
    ([2, 3, 5, 7], [3, 1], false),
    ([2, 3, 5, 7], [2, 2], true),
    ([2, 1, 4, 3], [3, 4], true),
    ([1, 2, 2, 9], [5, 2], true),
    ([3, 2, 1, 8], [2, 7], true),
];

#[test]
pub fn upsample2d_matches_its_shares() {
    ROWS.iter().for_each(|row| check_case(&upsample2d(row)));
}

#[test]
pub fn upsample2d_grad_input_is_the_transpose() {
    ROWS.iter().for_each(|row| check_case(&upsample2d_grad_input(row)));
}

#[test]
fn many_pixels_fold() {
    let image = [1, 1, 2, 1_050_000];
    let x: Vec<f32> = (0..image[3] * 2).map(|i| (i % 1021) as f32).collect();
    let upsample = Upsample2d { factor: [1, 2], linear: false };
    let got = run_once(&engines()[1], &[(&image, &x)], &[&[1, 1, 2, 2_100_000]], |rec, t, y| {
        enlarge(rec, &t[0], &y[0], &upsample)
    });
    assert_eq!(got[0].iter().enumerate().find(|&(i, &y)| y != x[i / 2]), None);
    assert_folded(&["upsample2d"]);
}

#[test]
fn what_does_not_fit() {
    let engine = &engines()[0];
    let result = |factor: [usize; 2], y: [usize; 4]| {
        let mut rec = Recorder::new(engine);
        let [x, y] = [[1, 2, 3, 4], y].map(|shape| engine.tensor(shape).unwrap());
        enlarge(&mut rec, &x, &y, &Upsample2d { factor, linear: true })
    };
    assert!(matches!(result([2, 2], [1, 2, 6, 4]), Err(Error::Shape { operation: "upsample2d", .. })));
    assert!(matches!(result([0, 2], [1, 2, 6, 8]), Err(Error::Argument { operation: "upsample2d", .. })));
}
