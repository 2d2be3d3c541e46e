//! Sums, means, maxima and minima along axes.

use tunevote::Error;
use tunevote::doctor::cases::reduce as cases;
use tunevote::gpu::{Engine, Recorder};
use tunevote::kernels::reduce::{reduce, reduce_scratch};
use tunevote::shape::Reduction;

use crate::harness::{assert_folded, check_case, close, engines, guarded, noise, unguard, wide};

/// Shape and axes: everything, inner, outer, a channel's, several runs, odd, past one chunk of 1,024, past one chunk and odd, three
/// passes.
const ROWS: &[(&[usize], &[usize])] = &[
    (&[1], &[0]),
    (&[7], &[0]),
    (&[5, 8], &[1]),
    (&[5, 8], &[0]),
    (&[3, 4, 5], &[1]),
    (&[2, 3, 4, 8], &[0, 2, 3]),
    (&[2, 3, 5, 7], &[0, 2, 3]),
    (&[2, 3, 2, 3, 2, 4], &[1, 3, 5]),
    (&[2, 3, 2, 3, 2, 4], &[0, 2, 4]),
    (&[3, 4096], &[1]),
    (&[2, 3, 41, 43], &[0, 2, 3]),
    (&[2, 2, 64, 64], &[0, 2, 3]),
    (&[70_000, 2], &[1]),
    (&[(1 << 20) + 1], &[0]),
];

fn run(engine: &Engine, kind: Reduction, x: &[f32], shape: &[usize], axes: &[usize]) -> Vec<f32> {
    let out: Vec<usize> = (0..shape.len()).filter(|axis| !axes.contains(axis)).map(|axis| shape[axis]).collect();
    let x = engine.upload(shape, x).unwrap();
    let y = guarded(engine, &out);
    let scratch: Vec<_> = reduce_scratch(&shape.into(), axes)
        .unwrap()
        .into_iter()
        .map(|scratch| engine.tensor([scratch.len]).unwrap())
        .collect();
    let mut rec = Recorder::new(engine);
    reduce(&mut rec, &x, &y, kind, axes, &scratch).unwrap();
    crate::harness::run(&rec.finish().unwrap());
    unguard(engine, &y)
}

#[test]
pub fn reductions_match_their_definition() {
    for &(shape, axes) in ROWS {
        for kind in [Reduction::Sum, Reduction::Mean, Reduction::Max, Reduction::Min] {
            check_case(&cases::reduce(kind, shape, axes));
        }
    }
}

#[test]
fn reduce_folds_past_the_longest_line() {
    // 65,535 groups of 64 threads hold 4,194,240 sums.
    for (n, kernel) in [(2, "reduce"), (4, "reduce_vec4")] {
        let shape = [4_194_250, n];
        let x: Vec<f32> = (0..shape[0] * n).map(|i| (i % 1021) as f32).collect();
        let got = run(&engines()[1], Reduction::Sum, &x, &shape, &[1]);
        let wrong = got.iter().zip(x.chunks(n)).find(|(y, row)| **y != row.iter().sum::<f32>());
        assert_eq!(wrong, None, "{kernel}");
        assert_folded(&[kernel]);
    }
}

#[test]
fn no_invocation_walks_more_than_a_chunk() {
    // 33.5 million numbers: 32,768 chunks, whose sums make 32 chunks, whose sums make one.
    let lengths = |shape: &[usize], axis| -> Vec<_> {
        reduce_scratch(&shape.into(), &[axis]).unwrap().iter().map(|scratch| scratch.len).collect()
    };
    assert_eq!(lengths(&[1 << 25], 0), [32_768, 32]);
    assert_eq!(lengths(&[3, 1024], 1), [0; 0]);
    assert_eq!(lengths(&[3, 1 << 20], 1), [3 * 1024]);
}

#[test]
fn a_long_sum_keeps_its_digits() {
    // In f32, counting up by ones stops at 16,777,216: chunks do not get there.
    let count = 1 << 22;
    let x: Vec<f32> = noise(count, 4).iter().map(|v| 1.0 + 0.5 * v).collect();
    let want: f64 = wide(&x).iter().sum();
    for engine in engines() {
        let got = run(engine, Reduction::Sum, &x, &[count], &[0]);
        assert!((f64::from(got[0]) - want).abs() / want < 2e-6, "{} {want}", got[0]);
    }
}

#[test]
fn what_is_no_number_shows() {
    for engine in engines() {
        for kind in [Reduction::Sum, Reduction::Max, Reduction::Min] {
            for count in [7, 8] {
                let mut x = noise(count, 1);
                x[3] = f32::NAN;
                assert!(run(engine, kind, &x, &[count], &[0])[0].is_nan(), "{kind:?}");
            }
        }
    }
}

/// A running sum in f32 would be off by hundreds of units here.
#[test]
fn the_error_of_a_sum_does_not_grow_with_its_length() {
    let ten_million: &[(&[usize], &[usize])] =
        &[(&[10_000_000], &[0]), (&[10_000_001], &[0]), (&[5_000_000, 2], &[0]), (&[2, 5_000_001], &[1])];
    for &(shape, axes) in ten_million {
        let x: Vec<f32> = noise(shape.iter().product(), 3).iter().map(|v| 1.0 + 0.1 * v).collect();
        let kept: usize = shape.iter().enumerate().filter(|(axis, _)| !axes.contains(axis)).map(|(_, d)| d).product();
        // The other axis has two elements: in front of the long one, or behind it.
        let owner = |i: usize| {
            if kept == 1 {
                0
            } else if axes == [0] {
                i % 2
            } else {
                i / shape[1]
            }
        };
        let mut want = vec![0.0; kept];
        x.iter().enumerate().for_each(|(i, &v)| want[owner(i)] += f64::from(v));
        for engine in engines() {
            close(&run(engine, Reduction::Sum, &x, shape, axes), &want, &want, 4.0);
        }
    }
}

#[test]
fn infinity_passes_through() {
    let inf = f32::INFINITY;
    // Rows by one number and in fours, short and past one chunk.
    for n in [5, 8, 4_100, 4_101] {
        let fill = |edge: f32, rest: f32| {
            let mut row = vec![rest; n];
            row[n - 2] = edge;
            row
        };
        let x = [fill(inf, 1.0), fill(-inf, -inf), fill(inf, inf), fill(inf, -inf)].concat();
        let (up, down, gone) = (f64::INFINITY, f64::NEG_INFINITY, f64::NAN);
        for (kind, want) in [
            (Reduction::Sum, [up, down, up, gone]),
            (Reduction::Mean, [up, down, up, gone]),
            (Reduction::Max, [up, down, up, up]),
            (Reduction::Min, [1.0, down, up, down]),
        ] {
            for engine in engines() {
                close(&run(engine, kind, &x, &[4, n], &[1]), &want, &[0.0; 4], 0.0);
            }
        }
    }
}

#[test]
fn reduce_refuses_what_does_not_fit() {
    let engine = &engines()[0];
    let tensor = |shape: &[usize]| engine.tensor(shape).unwrap();
    let (x, y) = (tensor(&[2, 4097]), tensor(&[2]));
    let scratch = [tensor(&[10])];
    let mut rec = Recorder::new(engine);
    let sum = Reduction::Sum;
    for (argument, result) in [
        ("y", reduce(&mut rec, &x, &tensor(&[3]), sum, &[1], &scratch)),
        ("scratch", reduce(&mut rec, &x, &y, sum, &[1], &[])),
        ("scratch", reduce(&mut rec, &x, &y, sum, &[1], &[tensor(&[5])])),
    ] {
        assert!(matches!(result, Err(Error::Shape { argument: a, .. }) if a == argument), "{argument}: {result:?}");
    }
    assert!(reduce(&mut rec, &x, &y, sum, &[1], &scratch).is_ok());
    let result = reduce(&mut rec, &tensor(&[2; 8]), &tensor(&[2; 4]), sum, &[0, 2, 4, 6], &[]);
    assert!(matches!(result, Err(Error::Shape { .. })), "{result:?}");
}
