//! Softmax and cross-entropy on the GPU against their f64 reference.

use tunevote::Error;
use tunevote::doctor::cases::softmax as cases;
use tunevote::gpu::Recorder;
use tunevote::kernels::softmax::{cross_entropy, cross_entropy_grad_logits, log_softmax, softmax, softmax_grad_input};
use tunevote::reference::softmax as reference;

use crate::harness::{check, check_case, engines, noise, wide};

/// Rows and their length, on both sides of where the width of a workgroup changes, and a grid that folds.
const ROWS: &[[usize; 2]] = &[
    [1, 1],
    [3, 6],
    [5, 8],
    [2, 31],
    [7, 32],
    [3, 33],
    [4, 64],
    [2, 65],
    [1, 4096],
    [3, 4097],
    [2, 30_011],
    [65_537, 3],
];

#[test]
pub fn softmax_matches_its_formula() {
    ROWS.iter().for_each(|&size| check_case(&cases::softmax(size)));
}

#[test]
pub fn log_softmax_matches_its_formula() {
    ROWS.iter().for_each(|&size| check_case(&cases::log_softmax(size)));
}

#[test]
pub fn softmax_grad_input_matches_its_formula() {
    ROWS.iter().filter(|[_, n]| *n < 5_000).for_each(|&size| check_case(&cases::softmax_grad_input(size)));
}

#[test]
pub fn cross_entropy_matches_its_formula() {
    ROWS.iter().for_each(|&size| check_case(&cases::cross_entropy(size)));
}

#[test]
pub fn cross_entropy_grad_logits_matches_its_formula() {
    ROWS.iter().for_each(|&size| check_case(&cases::cross_entropy_grad_logits(size)));
}

#[test]
fn not_a_number_stays_in_its_row() {
    let (nan, inf) = (f32::NAN, f32::INFINITY);
    let x = [1.0, nan, 2.0, 0.0, 0.0, 0.0, inf, 1.0, 2.0, -inf, 0.0, 0.0, -inf, -inf, -inf, 3e38, -3e38, 3e38];
    let third = 1.0 / 3.0;
    let gone = f64::NAN;
    let want =
        [gone, gone, gone, third, third, third, gone, gone, gone, 0.0, 0.5, 0.5, gone, gone, gone, 0.5, 0.0, 0.5];
    check(&[(&[6, 3], &x)], &[6, 3], &want, &[1.0; 18], 2.0, |rec, x, y| softmax(rec, &x[0], y));
    let (log3, log2) = (3f64.ln(), 2f64.ln());
    let low = f64::NEG_INFINITY;
    let want = [
        gone, gone, gone, -log3, -log3, -log3, gone, gone, gone, low, -log2, -log2, gone, gone, gone, -log2, low, -log2,
    ];
    check(&[(&[6, 3], &x)], &[6, 3], &want, &[1.0; 18], 2.0, |rec, x, y| log_softmax(rec, &x[0], y));
    let targets = [0.25; 18];
    let want = [gone, 0.75 * log3, gone, f64::INFINITY, gone, f64::INFINITY];
    check(&[(&[6, 3], &x), (&[6, 3], &targets)], &[6], &want, &[1.0; 6], 2.0, |rec, x, loss| {
        cross_entropy(rec, &x[0], &x[1], loss)
    });
}

#[test]
fn softmax_takes_any_rank_and_refuses_what_does_not_fit() {
    let x = noise(24, 10);
    let want = reference::softmax(&wide(&x), 4);
    check(&[(&[2, 3, 4], &x)], &[2, 3, 4], &want, &want, 8.0, |rec, x, y| softmax(rec, &x[0], y));
    let engine = &engines()[0];
    let tensor = |shape: &[usize]| engine.tensor(shape).unwrap();
    let (x, y, n) = (tensor(&[2, 3]), tensor(&[3, 2]), tensor(&[2]));
    let mut rec = Recorder::new(engine);
    for (argument, result) in [
        ("y", softmax(&mut rec, &x, &y)),
        ("x", softmax(&mut rec, &tensor(&[]), &tensor(&[]))),
        ("y", log_softmax(&mut rec, &x, &y)),
        ("dy", softmax_grad_input(&mut rec, &x, &y, &x)),
        ("dx", softmax_grad_input(&mut rec, &x, &x, &y)),
        ("logits", cross_entropy(&mut rec, &n, &n, &n)),
        ("targets", cross_entropy(&mut rec, &x, &y, &n)),
        ("loss", cross_entropy(&mut rec, &x, &x, &x)),
        ("dloss", cross_entropy_grad_logits(&mut rec, &x, &x, &x, &x)),
        ("dlogits", cross_entropy_grad_logits(&mut rec, &x, &x, &n, &y)),
    ] {
        assert!(matches!(result, Err(Error::Shape { argument: a, .. }) if a == argument), "{argument}: {result:?}");
    }
}
