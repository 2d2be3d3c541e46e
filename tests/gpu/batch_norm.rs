//! Batch norm on the GPU against its f64 reference.

use tunevote::Error;
use tunevote::doctor::cases::batch_norm as cases;
use tunevote::gpu::Recorder;
use tunevote::kernels::batch_norm::{
    batch_norm_apply, batch_norm_grad_input, batch_norm_grad_sums, batch_norm_scratch, batch_norm_stats,
};
use tunevote::reference::batch_norm as reference;
use tunevote::shape::Shape;

use crate::harness::{assert_folded, check_case, engines, magnitudes, noise, run_once, wide};

const EPS: f32 = 1e-3;

/// (N,C,S): one element; no third axis; in fours and not; chunks of 1,024 full and begun; a last chunk of one; more channels, each
/// a group, than a line of the grid holds.
const ROWS: &[[usize; 3]] = &[
    [1, 1, 1],
    [7, 3, 1],
    [2, 5, 4],
    [3, 2, 35],
    [4, 1, 1024],
    [1, 3, 4097],
    [5, 3, 2731],
    [3, 2, 5_000],
    [1, 2, 12_289],
    [2, 65_541, 2],
];

#[test]
pub fn batch_norm_stats_matches_its_formula() {
    ROWS.iter().for_each(|&dims| check_case(&cases::stats(dims)));
    assert_folded(&["batch_norm_stats"]);
}

#[test]
fn a_mean_far_from_zero_costs_no_digits() {
    for dims in [[3, 2, 5_000], [3, 2, 5_001]] {
        let x: Vec<f32> = noise(dims.iter().product(), 5).iter().map(|v| 1e4 + 1.7 * v).collect();
        let want = reference::stats(&wide(&x), dims);
        // Of the mean a few units in the last place of 1e4. Of the variance, which is about 1, those of itself; the formula mean of
        // squares - square of mean would be off by several.
        let scale = vec![1e4, 1e4, want[2], want[3]];
        check_case(&cases::stats_of(&x, dims, scale));
    }
}

#[test]
fn an_outlier_in_front_costs_no_digits() {
    // Measured from the channel's first number alone, 15,000 squares of 1e4 would stand against a single one.
    for dims in [[3, 2, 5_000], [3, 2, 5_001], [20_000, 2, 1], [1, 2, 100]] {
        let mut x = noise(dims.iter().product(), 6);
        (x[0], x[dims[2]]) = (1e4, -1e4);
        let want = reference::stats(&wide(&x), dims);
        let mean = |c: usize| reference::stats(&magnitudes(&x), dims)[c];
        let scale = vec![mean(0), mean(1), want[2], want[3]];
        check_case(&cases::stats_of(&x, dims, scale));
    }
}

#[test]
pub fn batch_norm_apply_matches_its_formula() {
    ROWS.iter().for_each(|&dims| check_case(&cases::apply(dims)));
}

#[test]
pub fn batch_norm_grad_sums_matches_its_formula() {
    ROWS.iter().for_each(|&dims| check_case(&cases::grad_sums(dims)));
    assert_folded(&["batch_norm_grad_sums"]);
}

#[test]
pub fn batch_norm_grad_input_matches_its_formula() {
    ROWS.iter().for_each(|&dims| check_case(&cases::grad_input(dims)));
}

#[test]
fn batch_norm_apply_folds_past_the_longest_line() {
    // 65,535 groups of 64 threads hold 4,194,240 numbers, in fours 16,776,960. Whole numbers, so that f32 is exact.
    for (s, kernel) in [(1_398_101, "batch_norm_apply"), (5_592_400, "batch_norm_apply_vec4")] {
        let dims = [1, 3, s];
        let x: Vec<f32> = (0..3 * s).map(|i| (i % 1021) as f32).collect();
        let (stats, gamma, beta) = ([1.0, 2.0, 3.0, 1.0, 1.0, 1.0], [1.0, 2.0, 4.0], [5.0, 6.0, 7.0]);
        let inputs: [(&[usize], &[f32]); 4] = [(&dims, &x), (&[2, 3], &stats), (&[3], &gamma), (&[3], &beta)];
        let got = run_once(&engines()[1], &inputs, &[&dims], |rec, x, y| {
            batch_norm_apply(rec, [&x[0], &x[1], &x[2], &x[3]], &y[0], 0.0)
        });
        let want = |i: usize| (x[i] - stats[i / s]) * gamma[i / s] + beta[i / s];
        assert_eq!(got[0].iter().enumerate().find(|&(i, &y)| y != want(i)), None, "{kernel}");
        assert_folded(&[kernel]);
    }
}

#[test]
fn not_a_number_stays_in_its_channel() {
    for s in [4, 5] {
        let dims = [2, 3, s];
        let mut x = noise(6 * s, 6);
        x[s + 1] = f32::NAN;
        let want = reference::stats(&wide(&x), dims);
        assert!(want[1].is_nan() && want[4].is_nan());
        check_case(&cases::stats_of(&x, dims, vec![1.0; 6]));
    }
}

#[test]
fn batch_norm_refuses_shapes_that_do_not_fit() {
    let engine = &engines()[0];
    let tensor = |shape: &[usize]| engine.tensor(shape).unwrap();
    let (x, stats, c) = (tensor(&[2, 3, 4, 4]), tensor(&[2, 3]), tensor(&[3]));
    let (scratch, wrong) = ([tensor(&[9])], tensor(&[2, 4]));
    assert_eq!(batch_norm_scratch(&Shape::from([2, 3, 4, 4])).unwrap()[0].len, 9);
    let mut rec = Recorder::new(engine);
    for (argument, result) in [
        ("x", batch_norm_scratch(&Shape::from([4])).map(drop)),
        ("x", batch_norm_scratch(&Shape::from([4, 0])).map(drop)),
        ("stats", batch_norm_stats(&mut rec, &x, &wrong, &scratch)),
        ("scratch", batch_norm_stats(&mut rec, &x, &stats, &[])),
        ("scratch", batch_norm_stats(&mut rec, &x, &stats, &[tensor(&[7])])),
        ("gamma", batch_norm_apply(&mut rec, [&x, &stats, &wrong, &c], &x, EPS)),
        ("beta", batch_norm_apply(&mut rec, [&x, &stats, &c, &wrong], &x, EPS)),
        ("y", batch_norm_apply(&mut rec, [&x, &stats, &c, &c], &wrong, EPS)),
        ("dy", batch_norm_grad_sums(&mut rec, [&x, &stats, &wrong], &stats, EPS, &scratch)),
        ("sums", batch_norm_grad_sums(&mut rec, [&x, &stats, &x], &wrong, EPS, &scratch)),
        ("sums", batch_norm_grad_input(&mut rec, [&x, &stats, &c, &wrong, &x], &x, EPS)),
        ("dx", batch_norm_grad_input(&mut rec, [&x, &stats, &c, &stats, &x], &wrong, EPS)),
    ] {
        assert!(matches!(result, Err(Error::Shape { argument: a, .. }) if a == argument), "{argument}: {result:?}");
    }
}
