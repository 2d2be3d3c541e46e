//! Sums along diagonals against their definition.

use tunevote::Error;
use tunevote::doctor::cases::diagonal::{Row, diagonals, forward, grad_input};
use tunevote::gpu::{Recorder, Tensor};
use tunevote::kernels::diagonal as kernels;
use tunevote::shape::{Diagonal, Diagonals};

use crate::harness::{assert_folded, check_case, engines, run_once};

/// matrices, sums, their most rows, results
const ROWS: &[Row] = &[
    [1, 1, 1, 1],
    [1, 1, 9, 1],
    [3, 2, 1, 5],
    [1, 7, 2, 63],
    [2, 5, 7, 64],
    [1, 13, 24, 65],
    [3, 24, 47, 31],
    [1, 168, 23, 130],
    [1, 1, 365, 7],
];

#[test]
pub fn diagonal_sum_adds_what_its_definition_says() {
    ROWS.iter().for_each(|&row| check_case(&forward(row).unwrap()));
}

#[test]
pub fn diagonal_sum_grad_input_is_the_transpose() {
    ROWS.iter().for_each(|&row| check_case(&grad_input(row).unwrap()));
}

/// More than 65,535 workgroups.
#[test]
fn many_results_fold() {
    let results = 4_200_000;
    let pair = Diagonals::new(vec![Diagonal { rows: 2, from: 1 }], results + 2, results).unwrap();
    let x: Vec<f32> = (0..2 * (results + 2)).map(|i| (i % 1021) as f32).collect();
    let inputs: [(&[usize], &[f32]); 2] = [(&[1, 2, results + 2], &x), (&[1, 4], &kernels::sums(&pair))];
    let got = run_once(&engines()[1], &inputs, &[&[1, 1, results]], |rec, t, y| {
        kernels::diagonal_sum(rec, &t[0], &t[1], &y[0], &pair)
    });
    let want = |t: usize| x[1 + t] + x[results + 4 + t];
    assert_eq!(got[0].iter().enumerate().find(|&(t, &y)| y != want(t)), None);
    let inputs: [(&[usize], &[f32]); 2] = [(&[1, 1, results], &x[..results]), (&[2, 2], &kernels::rows(&pair))];
    let got = run_once(&engines()[1], &inputs, &[&[1, 2, results + 2]], |rec, t, dx| {
        kernels::diagonal_sum_grad_input(rec, &t[0], &t[1], &dx[0], &pair)
    });
    let want = |r: usize, n: usize| n.checked_sub(1 + r).filter(|&t| t < results).map_or(0.0, |t| x[t]);
    let wrong = got[0].iter().enumerate().find(|&(i, &dx)| dx != want(i / (results + 2), i % (results + 2)));
    assert_eq!(wrong, None);
    assert_folded(&["diagonal_sum", "diagonal_sum_grad_input"]);
}

/// One number that is none spoils the results that add it and no others.
#[test]
fn what_is_not_a_number_is_handed_on() {
    let mut case = forward([1, 1, 3, 9]).unwrap();
    let sums = diagonals([1, 1, 3, 9]).unwrap();
    assert_eq!((sums.size(), sums.sums()[0]), ([1, 12], Diagonal { rows: 1, from: 0 }));
    case.inputs[0].1[4] = f32::NAN;
    for engine in engines() {
        let got = case.run(engine).unwrap().values;
        assert!(got[0].iter().enumerate().all(|(t, y)| y.is_nan() == (t == 4)), "{got:?}");
    }
}

#[test]
fn diagonal_sum_names_the_wrong_argument() {
    let engine = &engines()[0];
    let tensor = |shape: &[usize]| engine.tensor(shape).unwrap();
    let sums = Diagonals::new(vec![Diagonal { rows: 2, from: 0 }, Diagonal { rows: 1, from: 3 }], 6, 3).unwrap();
    let (x, table, y, rows) = (tensor(&[2, 3, 6]), tensor(&[2, 4]), tensor(&[2, 2, 3]), tensor(&[3, 2]));
    let argument = |result| match result {
        Err(Error::Shape { argument, .. }) => argument,
        other => panic!("{other:?}"),
    };
    let there =
        |x: &Tensor, table: &Tensor, y: &Tensor| kernels::diagonal_sum(&mut Recorder::new(engine), x, table, y, &sums);
    let back = |dy: &Tensor, table: &Tensor, dx: &Tensor| {
        kernels::diagonal_sum_grad_input(&mut Recorder::new(engine), dy, table, dx, &sums)
    };
    there(&x, &table, &y).unwrap();
    back(&y, &rows, &x).unwrap();
    assert_eq!(argument(there(&y, &table, &y)), "x");
    assert_eq!(argument(there(&x, &rows, &y)), "sums");
    assert_eq!(argument(there(&x, &table, &x)), "y");
    assert_eq!(argument(back(&x, &rows, &x)), "dy");
    assert_eq!(argument(back(&y, &table, &x)), "rows");
    assert_eq!(argument(back(&y, &rows, &y)), "dx");
}
