//! Layer norm on the GPU against its f64 reference.

use tunevote::Error;
use tunevote::doctor::cases::layer_norm as cases;
use tunevote::gpu::Recorder;
use tunevote::kernels::layer_norm::{layer_norm, layer_norm_grad_input, layer_norm_grad_sums, layer_norm_stats};

use crate::harness::{check_case, engines, noise};

/// Rows and their length: one number; in fours and not; on both sides of where a GPU's group grows wider; chunks of 64 rows full and begun; long
/// rows; a grid that folds; rows for a lane each, of whole eights of vec4s and not.
const ROWS: &[[usize; 2]] = &[
    [1, 1],
    [3, 5],
    [7, 8],
    [64, 33],
    [65, 36],
    [130, 31],
    [2, 768],
    [3, 1025],
    [1, 30_011],
    [65_537, 4],
    [19, 140],
    [130, 256],
];

#[test]
pub fn layer_norm_matches_its_formula() {
    ROWS.iter().for_each(|&size| check_case(&cases::layer_norm(size)));
}

#[test]
pub fn layer_norm_stats_match_their_formula() {
    ROWS.iter().for_each(|&size| check_case(&cases::stats(size)));
}

#[test]
pub fn layer_norm_grad_input_matches_its_formula() {
    ROWS.iter().filter(|[_, n]| *n < 5_000).for_each(|&size| check_case(&cases::grad_input(size)));
}

#[test]
pub fn layer_norm_grad_sums_match_their_formula() {
    ROWS.iter().for_each(|&size| check_case(&cases::grad_sums(size)));
}

#[test]
fn a_mean_far_from_zero_costs_no_more_digits_than_it_has() {
    for size in [[3, 500], [3, 501], [17, 500]] {
        let x: Vec<f32> = noise(size[0] * size[1], 7).iter().map(|v| 1e4 + 1.7 * v).collect();
        // Off by the rounding of the mean over the standard deviation; the formula mean of squares - square of mean would be by all of it.
        check_case(&cases::of(&x, size));
    }
}

#[test]
fn layer_norm_refuses_what_does_not_fit() {
    let engine = &engines()[0];
    let tensor = |shape: &[usize]| engine.tensor(shape).unwrap();
    let (x, y, n, stats) = (tensor(&[2, 3]), tensor(&[3, 2]), tensor(&[3]), tensor(&[2, 2]));
    let mut rec = Recorder::new(engine);
    let rec = &mut rec;
    for (argument, result) in [
        ("x", layer_norm(rec, [&tensor(&[]), &n, &n], &x, 1e-5)),
        ("gamma", layer_norm(rec, [&x, &x, &n], &x, 1e-5)),
        ("beta", layer_norm(rec, [&x, &n, &x], &x, 1e-5)),
        ("y", layer_norm(rec, [&x, &n, &n], &y, 1e-5)),
        ("stats", layer_norm_stats(rec, &x, &x, 1e-5)),
        ("stats", layer_norm_grad_input(rec, [&x, &n, &n, &x], &x)),
        ("gamma", layer_norm_grad_input(rec, [&x, &stats, &x, &x], &x)),
        ("dy", layer_norm_grad_input(rec, [&x, &stats, &n, &y], &x)),
        ("dx", layer_norm_grad_input(rec, [&x, &stats, &n, &x], &y)),
        ("stats", layer_norm_grad_sums(rec, [&x, &n, &x], &x, &[])),
        ("dy", layer_norm_grad_sums(rec, [&x, &stats, &y], &x, &[])),
        ("sums", layer_norm_grad_sums(rec, [&x, &stats, &x], &y, &[])),
        ("scratch", layer_norm_grad_sums(rec, [&x, &stats, &x], &x, &[])),
    ] {
        assert!(matches!(result, Err(Error::Shape { argument: a, .. }) if a == argument), "{argument}: {result:?}");
    }
}
