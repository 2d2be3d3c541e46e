use tunevote::doctor::cases::gemm as cases;
use tunevote::gpu::{Engine, Recorder, Tensor};
use tunevote::kernels::gemm::{Gemm, Second, gemm, gemm_scratch};
use tunevote::reference::gemm::Product;
use tunevote::shape::{Shape, Unary};
use tunevote::{Error, Result};

use crate::harness::{assert_folded, check_kinds, engines, kinds, noise, run_on, run_once};

fn scratch(engine: &Engine, a: &Shape, b: &Shape, options: &Gemm) -> Vec<Tensor> {
    let scratch = gemm_scratch(engine, a, b, options).unwrap();
    // Not zero: what a kernel does not write itself must not be read.
    scratch.iter().map(|scratch| engine.upload([scratch.len], &vec![f32::NAN; scratch.len]).unwrap()).collect()
}

fn run(rec: &mut Recorder, tensors: &[Tensor], y: &Tensor, options: &Gemm) -> Result<()> {
    let scratch = scratch(rec.engine(), tensors[0].shape(), tensors[1].shape(), options);
    gemm(rec, &tensors[0], &tensors[1], tensors.get(2), y, options, &scratch)
}

fn compare(product: Product, bias: bool, activation: Option<Unary>) {
    check_kinds(&cases::gemm(product, bias, activation));
}

#[test]
fn the_reference_multiplies() {
    let product = Product { a_batch: 1, b_batch: 1, m: 2, n: 2, k: 3, transpose_a: false, transpose_b: false };
    let (a, b) = ([1.0, 2.0, 3.0, 4.0, 5.0, 6.0], [7.0, 8.0, 9.0, 10.0, 11.0, 12.0]);
    let want = [58.0, 64.0, 139.0, 154.0];
    assert_eq!(product.of(&a, &b), want);
    let (a_turned, b_turned) = ([1.0, 4.0, 2.0, 5.0, 3.0, 6.0], [7.0, 9.0, 11.0, 8.0, 10.0, 12.0]);
    assert_eq!(Product { transpose_a: true, transpose_b: true, ..product }.of(&a_turned, &b_turned), want);
    let twice = [a, a].concat();
    assert_eq!(Product { a_batch: 2, ..product }.of(&twice, &b), [want, want].concat());
}

#[test]
pub fn sizes() {
    // Around each tile's height and width, the thin kernel's limit, steps of 4 and splits of 512.
    let rows = [
        (1, 1, 1),
        (1, 7, 5),
        (1, 1030, 64),
        (4, 65, 2051),
        (5, 63, 17),
        (15, 64, 4),
        (16, 65, 8),
        (17, 8, 3),
        (31, 12, 513),
        (32, 128, 1024),
        (33, 127, 65),
        (65, 4, 1025),
        (97, 101, 103),
        (128, 192, 64),
        (130, 66, 133),
        // Around a tile of 24 x 128, b packed and as it is.
        (49, 65, 2),
        (65, 132, 44),
        (72, 128, 515),
        (73, 260, 39),
        // Around the tile that a workgroup shares, and 16 steps of it.
        (32, 32, 16),
        (63, 65, 31),
        (64, 64, 48),
        (65, 63, 17),
        (129, 130, 1040),
        // Around 256 columns of few rows, whole and split.
        (4, 256, 33),
        (2, 259, 7),
        (3, 510, 1030),
        // Few rows by columns that eight lanes share, whole and split, with a rest.
        (1, 9, 64),
        (4, 16, 132),
        (3, 8, 2052),
        // Four panels of 64 rows.
        (200, 132, 130),
        (2, 4, 16_387),
    ];
    for (m, n, k) in rows {
        for (transpose_a, transpose_b) in [(false, false), (true, false), (false, true), (true, true)] {
            let product = Product { a_batch: 1, b_batch: 1, m, n, k, transpose_a, transpose_b };
            compare(product, false, None);
            // Enough rows for b to be packed where it stays.
            if m > 48 && n > 64 {
                check_kinds(&cases::gemm_of(Second::Stays, product, false, None));
            }
        }
    }
}

#[test]
pub fn halves() {
    // Around a block of 64 columns, sums in one piece and split; more rows than the kernel of halves takes.
    for (m, n, k) in [(1, 1, 1), (2, 63, 5), (4, 64, 33), (3, 65, 2051), (1, 1030, 64), (5, 20, 9)] {
        for (transpose_a, transpose_b) in [(false, false), (true, true), (false, true)] {
            let product = Product { a_batch: 1, b_batch: 1, m, n, k, transpose_a, transpose_b };
            let activation = (k == 33).then_some(Unary::Elu(0.7));
            check_kinds(&cases::gemm_of(Second::Halves, product, n == 65, activation));
        }
    }
    let batches = Product { a_batch: 3, b_batch: 3, m: 2, n: 70, k: 12, transpose_a: false, transpose_b: false };
    check_kinds(&cases::gemm_of(Second::Halves, batches, true, None));
    check_kinds(&cases::gemm_of(Second::Halves, Product { b_batch: 1, ..batches }, false, None));
}

/// Halves end at 65,504 and are 2^-24 apart near zero; nothing but what is infinite becomes infinite.
#[test]
fn what_halves_cannot_hold() {
    let b = [1e6, -1e6, 65_504.0, f32::INFINITY, f32::NAN, 1.0 / 3.0, 3e-8, 1e-9];
    for engine in kinds() {
        let options = Gemm { b: Second::Halves, ..Gemm::default() };
        let got =
            run_on(engine, &[(&[1, 1], &[1.0]), (&[1, 8], &b)], &[&[1, 8]], |rec, x, y| run(rec, x, &y[0], &options));
        let want = [65_504.0, -65_504.0, 65_504.0, f32::INFINITY, f32::NAN, 0.33325195, 5.9604645e-8, 0.0];
        assert!(got[0].iter().zip(want).all(|(a, b)| *a == b || a.is_nan() && b.is_nan()), "{got:?}");
    }
}

/// Large tiles take long to compile, and few columns leave most of one without work.
#[test]
fn a_few_rows_or_columns_go_to_the_thin_kernel() {
    for engine in engines() {
        for (m, n, thin) in [(4, 100, true), (5, 100, false), (100, 8, true), (100, 9, false)] {
            let mut rec = Recorder::new(engine);
            let [a, b, y] = [[m, 16], [16, n], [m, n]].map(|shape| engine.tensor(shape).unwrap());
            run(&mut rec, &[a, b], &y, &Gemm::default()).unwrap();
            assert_eq!(rec.finish().unwrap().to_string().contains("gemm_thin"), thin, "{m} x {n}");
        }
    }
}

#[test]
fn batches_and_broadcasts() {
    for (a_batch, b_batch) in [(3, 3), (1, 3), (3, 1)] {
        for (m, n, k) in [(3, 5, 7), (37, 20, 12), (20, 68, 9), (67, 65, 20)] {
            for transpose_b in [false, true] {
                let product = Product { a_batch, b_batch, m, n, k, transpose_a: false, transpose_b };
                compare(product, true, None);
            }
        }
    }
}

#[test]
fn products_fold_past_the_longest_line() {
    // A tile each: eight batches a group, 65,535 of them hold 524,280.
    let batch = 524_300;
    for (m, n, kernel) in [(1, 1, "gemm_thin"), (5, 12, "gemm")] {
        let a: Vec<f32> = (0..batch * m).map(|i| (i % 1021) as f32).collect();
        let b: Vec<f32> = (0..batch * n).map(|i| (i % 509) as f32).collect();
        let got =
            run_once(&engines()[1], &[(&[batch, m, 1], &a), (&[batch, 1, n], &b)], &[&[batch, m, n]], |rec, x, y| {
                run(rec, x, &y[0], &Gemm::default())
            });
        let wrong = got[0].iter().enumerate().find(|&(i, &y)| y != a[i / n] * b[i / (m * n) * n + i % n]);
        assert_eq!(wrong, None);
        assert_folded(&[kernel]);
    }
}

#[test]
pub fn activations_with_and_without_splits() {
    use Unary::{Elu, LeakyRelu, Relu, Sigmoid, Tanh};
    for activation in [None, Some(Relu), Some(Elu(0.7)), Some(LeakyRelu(0.2)), Some(Sigmoid), Some(Tanh)] {
        for (m, n, k) in [(40, 36, 20), (3, 9, 6), (8, 12, 1100), (70, 36, 1100)] {
            let product = Product { a_batch: 1, b_batch: 1, m, n, k, transpose_a: false, transpose_b: false };
            compare(product, true, activation);
        }
    }
}

#[test]
fn not_a_number_stays_in_its_row_and_column() {
    let (m, n, k) = (35, 37, 21);
    let mut a = noise(m * k, 4);
    let mut b = noise(k * n, 5);
    (a[3 * k + 20], b[20 * n + 36]) = (f32::NAN, f32::INFINITY);
    for engine in kinds() {
        let got = run_on(engine, &[(&[m, k], &a), (&[k, n], &b)], &[&[m, n]], |rec, x, y| {
            run(rec, x, &y[0], &Gemm::default())
        });
        for (i, value) in got[0].iter().enumerate() {
            let (row, column) = (i / n, i % n);
            assert_eq!(value.is_nan(), row == 3, "row {row}, column {column}");
            assert_eq!(value.is_infinite(), row != 3 && column == 36, "row {row}, column {column}");
        }
    }
}

#[test]
fn shapes_that_do_not_fit() {
    let engine = &engines()[0];
    let tensor = |shape: &[usize]| engine.tensor(shape).unwrap();
    let fails = |a: &[usize], b: &[usize], y: &[usize], bias: Option<&[usize]>, scratch: usize| {
        let scratch: Vec<_> = (0..3).map(|_| tensor(&[scratch])).collect();
        let bias = bias.map(tensor);
        let mut rec = Recorder::new(engine);
        let result = gemm(&mut rec, &tensor(a), &tensor(b), bias.as_ref(), &tensor(y), &Gemm::default(), &scratch);
        assert!(matches!(result, Err(Error::Shape { operation: "gemm", .. })), "{a:?} {b:?} {y:?}: {result:?}");
    };
    fails(&[2, 3], &[4, 5], &[2, 5], None, 999);
    fails(&[2, 3], &[3, 5], &[5, 2], None, 999);
    fails(&[2, 2, 3], &[3, 3, 5], &[3, 2, 5], None, 999);
    fails(&[2, 3], &[3, 5], &[2, 5], Some(&[2]), 999);
    fails(&[6], &[6], &[1, 1], None, 999);
    fails(&[2, 3], &[3, 5], &[2, 5], None, 1);
}
