//! Pooling on the GPU against its f64 reference.

use tunevote::Error;
use tunevote::doctor::cases::pool2d::{self as cases, Row};
use tunevote::gpu::Recorder;
use tunevote::kernels::pool2d::{
    avg_pool2d, avg_pool2d_grad_input, max_pool2d, max_pool2d_gather, max_pool2d_grad_input, max_pool2d_places,
};
use tunevote::reference::pool2d::{self as reference, Pooling};
use tunevote::shape::{Padding, Pool2d};

use crate::harness::{assert_folded, check, check_case, close, engines, noise, run_once, wide};

const ROWS: &[Row] = &[
    // one element; odd sides; overlaps; gaps; a window as large as the image
    ([1, 1, 1, 1], [1, 1], [1, 1], Padding::Valid, [0; 4]),
    ([2, 3, 7, 5], [3, 3], [2, 2], Padding::Explicit([1, 1, 1, 1]), [1; 4]),
    ([1, 2, 9, 9], [3, 3], [1, 1], Padding::Explicit([1, 1, 1, 1]), [1; 4]),
    ([1, 1, 10, 11], [2, 2], [3, 3], Padding::Valid, [0; 4]),
    ([3, 1, 5, 13], [5, 13], [5, 13], Padding::Valid, [0; 4]),
    // all sides different, windows that are mostly padding
    ([2, 2, 11, 6], [4, 3], [3, 2], Padding::Explicit([3, 1, 0, 2]), [3, 1, 0, 2]),
    ([1, 3, 4, 9], [1, 4], [1, 5], Padding::Explicit([0, 0, 2, 3]), [0, 0, 2, 3]),
    // TensorFlow's SAME: even, odd, with a remainder on the right
    ([1, 2, 6, 8], [2, 2], [2, 2], Padding::Same, [0; 4]),
    ([1, 2, 7, 5], [2, 2], [2, 2], Padding::Same, [0, 1, 0, 1]),
    ([2, 1, 7, 8], [3, 5], [2, 1], Padding::Same, [1, 1, 2, 2]),
    // the fast path: one group, several, a ragged last one; and what it has to leave alone
    ([1, 1, 2, 8], [2, 2], [2, 2], Padding::Valid, [0; 4]),
    ([2, 3, 6, 24], [2, 2], [2, 2], Padding::Valid, [0; 4]),
    ([1, 5, 26, 40], [2, 2], [2, 2], Padding::Valid, [0; 4]),
    ([1, 2, 5, 8], [2, 2], [2, 2], Padding::Valid, [0; 4]),
    ([1, 2, 4, 12], [2, 2], [2, 2], Padding::Valid, [0; 4]),
    ([1, 2, 4, 8], [2, 2], [1, 2], Padding::Valid, [0; 4]),
    ([1, 2, 4, 8], [2, 2], [2, 2], Padding::Explicit([1, 1, 1, 1]), [1; 4]),
];

#[test]
pub fn max_pool2d_matches_its_formula() {
    ROWS.iter().for_each(|row| check_case(&cases::max_pool2d(row)));
}

#[test]
pub fn max_pool2d_places_are_those_of_the_first_maxima() {
    ROWS.iter().for_each(|row| check_case(&cases::max_pool2d_places(row)));
}

#[test]
pub fn max_pool2d_grad_input_goes_to_the_places() {
    ROWS.iter().for_each(|row| check_case(&cases::max_pool2d_grad_input(row)));
}

#[test]
pub fn max_pool2d_gather_reads_at_the_places() {
    ROWS.iter().for_each(|row| check_case(&cases::max_pool2d_gather(row)));
}

#[test]
pub fn avg_pool2d_does_not_count_padding() {
    ROWS.iter().for_each(|row| check_case(&cases::avg_pool2d(row)));
}

#[test]
pub fn avg_pool2d_grad_input_matches_its_formula() {
    ROWS.iter().for_each(|row| check_case(&cases::avg_pool2d_grad_input(row)));
}

#[test]
fn not_a_number_and_infinity_follow_pytorch() {
    let (nan, inf) = (f32::NAN, f32::INFINITY);
    // Windows of 2x2: two NaN, one NaN in front, one NaN behind, infinity, nothing but -infinity; zeros of both signs tie.
    #[rustfmt::skip]
    let x = [
        nan, 1.0,  nan, 2.0,  3.0, 4.0,  1.0, inf,  -inf, -inf,  -0.0, 0.0,  1.0, 1.0,  nan, inf,
        5.0, nan,  3.0, 4.0,  5.0, nan,  2.0, inf,  -inf, -inf,   0.0, 0.0,  0.0, 0.0,  nan, nan,
    ];
    let v: Vec<f32> = (0..32).map(|i| i as f32).collect();
    let dy: Vec<f32> = (1..=8).map(|i| i as f32).collect();
    let pool = Pool2d::square(2);
    let pooling = Pooling { image: [2, 16], kernel: [2, 2], stride: [2, 2], pads: [0; 4] };
    // As 16 columns the fast path is taken, with two more it is not.
    for extra in [0, 2] {
        let widen = |rows: &[f32], fill: f32| -> Vec<f32> {
            rows.chunks(rows.len() / 2).flat_map(|row| row.iter().copied().chain(vec![fill; extra])).collect()
        };
        let (x, v) = (widen(&x, 0.0), widen(&v, 99.0));
        let dy: Vec<f32> = dy.iter().copied().chain(vec![9.0; extra / 2]).collect();
        let image = [1, 1, 2, 16 + extra];
        let pooled = [1, 1, 1, dy.len()];
        let pooling = Pooling { image: [2, 16 + extra], ..pooling };
        let y = reference::max_pool2d(&wide(&x), 1, pooling);
        check(&[(&image, &x)], &pooled, &y, &vec![1.0; y.len()], 0.0, |rec, x, y| max_pool2d(rec, &x[0], y, &pool));
        let places = reference::max_pool2d_places(&wide(&x), 1, pooling);
        let at = reference::max_pool2d_gather(&places, &wide(&v), 1, pooling);
        assert_eq!(at[..8], [17.0, 2.0, 21.0, 7.0, 8.0, 10.0, 12.0, 31.0]);
        let got = run_once(&engines()[1], &[(&image, &x)], &[&pooled[..]; 2], |rec, x, y| {
            max_pool2d_places(rec, &x[0], &y[0], &y[1], &pool)
        });
        close(&got[0], &y, &vec![1.0; y.len()], 0.0);
        close(&got[1], &places, &vec![1.0; places.len()], 0.0);
        // A gradient that is not a number goes where it should and nowhere else.
        let dy: Vec<f32> = dy.iter().map(|&dy| if dy == 3.0 { nan } else { dy }).collect();
        let places: Vec<f32> = places.iter().map(|&place| place as f32).collect();
        let dx = reference::max_pool2d_grad_input(&wide(&places), &wide(&dy), 1, pooling);
        check(&[(&pooled, &places), (&pooled, &dy)], &image, &dx, &vec![1.0; dx.len()], 0.0, |rec, x, dx| {
            max_pool2d_grad_input(rec, &x[0], &x[1], dx, &pool)
        });
    }
}

#[test]
fn pooling_folds_the_grid() {
    // 2,100 x 2,100 elements need more than 65,535 groups of 64.
    let image = [1, 1, 2_100, 2_100];
    let pooling = Pooling { image: [2_100, 2_100], kernel: [2, 2], stride: [2, 2], pads: [0; 4] };
    let (places, dy) = ((0..1_102_500).map(|i| (i % 4) as f32).collect::<Vec<_>>(), noise(1_102_500, 9));
    let want = reference::max_pool2d_grad_input(&wide(&places), &wide(&dy), 1, pooling);
    let scale = vec![1.0; want.len()];
    let pooled = [1, 1, 1_050, 1_050];
    check(&[(&pooled, &places), (&pooled, &dy)], &image, &want, &scale, 0.0, |rec, x, dx| {
        max_pool2d_grad_input(rec, &x[0], &x[1], dx, &Pool2d::square(2))
    });
    assert_folded(&["max_pool2d_grad_input"]);
    // Windows that overlap: as many outputs. The kernels of 2x2 windows side by side take sixteen numbers a thread: what would
    // fold them does not fit into one binding of 128 MiB.
    let pool = Pool2d { kernel: [2, 2], stride: [1, 1], padding: Padding::Valid };
    let (image, pooled) = ([1, 1, 2_050, 2_049], [1, 1, 2_049, 2_048]);
    let pooling = Pooling { image: [2_050, 2_049], kernel: [2, 2], stride: [1, 1], pads: [0; 4] };
    let x = noise(2_050 * 2_049, 8);
    let wide_x = wide(&x);
    let (most, mean) = (reference::max_pool2d(&wide_x, 1, pooling), reference::avg_pool2d(&wide_x, 1, pooling));
    let places = reference::max_pool2d_places(&wide_x, 1, pooling);
    let got = run_once(&engines()[1], &[(&image, &x)], &[&pooled[..]; 5], |rec, x, y| {
        max_pool2d(rec, &x[0], &y[0], &pool)?;
        max_pool2d_places(rec, &x[0], &y[1], &y[2], &pool)?;
        max_pool2d_gather(rec, &y[2], &x[0], &y[3], &pool)?;
        avg_pool2d(rec, &x[0], &y[4], &pool)
    });
    let scale = vec![1.0; mean.len()];
    [0, 1, 3].into_iter().for_each(|at| close(&got[at], &most, &scale, 0.0));
    close(&got[2], &places, &scale, 0.0);
    close(&got[4], &mean, &scale, 8.0);
    assert_folded(&["max_pool2d", "max_pool2d_places", "max_pool2d_gather", "avg_pool2d"]);
}

#[test]
fn pooling_refuses_shapes_that_do_not_fit() {
    let engine = &engines()[0];
    let tensor = |shape: &[usize]| engine.tensor(shape).unwrap();
    let (x, y) = (tensor(&[1, 1, 4, 4]), tensor(&[1, 1, 2, 2]));
    let pool = Pool2d::square(2);
    let mut rec = Recorder::new(engine);
    for (argument, result) in [
        ("x", max_pool2d(&mut rec, &tensor(&[4, 4]), &y, &pool)),
        ("y", max_pool2d(&mut rec, &x, &x, &pool)),
        ("places", max_pool2d_places(&mut rec, &x, &y, &x, &pool)),
        ("dy", max_pool2d_grad_input(&mut rec, &y, &x, &x, &pool)),
        ("places", max_pool2d_grad_input(&mut rec, &x, &y, &x, &pool)),
        ("dy", max_pool2d_gather(&mut rec, &y, &x, &x, &pool)),
        ("dy", avg_pool2d_grad_input(&mut rec, &x, &x, &pool)),
    ] {
        assert!(matches!(result, Err(Error::Shape { argument: a, .. }) if a == argument), "{argument}: {result:?}");
    }
    let wide_pad = Pool2d { kernel: [2, 2], stride: [2, 2], padding: Padding::Explicit([2, 0, 0, 0]) };
    for pool in [Pool2d::square(5), Pool2d::square(0), wide_pad] {
        assert!(matches!(max_pool2d(&mut rec, &x, &y, &pool), Err(Error::Argument { .. })));
    }
}
