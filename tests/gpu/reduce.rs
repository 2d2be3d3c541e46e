//! Sums, means, maxima and minima along axes.

use tunevote::gpu::{Engine, Recorder};
use tunevote::kernels::reduce::{reduce, reduce_scratch};
use tunevote::shape::Reduction;

use crate::harness::{close, engines, guarded, magnitudes, noise, unguard, wide};
use crate::reference::reduce::reduce as reference;

/// Shape and axes: everything, inner, outer, a channel's, several runs, odd, past one chunk, past one chunk and odd.
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
    (&[1 << 20], &[0]),
];

fn run(engine: &Engine, kind: Reduction, x: &[f32], shape: &[usize], axes: &[usize]) -> Vec<f32> {
    let out: Vec<usize> = (0..shape.len()).filter(|axis| !axes.contains(axis)).map(|axis| shape[axis]).collect();
    let x = engine.upload(shape, x).unwrap();
    let y = guarded(engine, &out);
    let scratch: Vec<_> =
        reduce_scratch(&shape.into(), axes).unwrap().into_iter().map(|count| engine.tensor([count]).unwrap()).collect();
    let mut rec = Recorder::new(engine);
    reduce(&mut rec, &x, &y, kind, axes, &scratch).unwrap();
    rec.finish().unwrap().run();
    unguard(engine, &y)
}

#[test]
fn reductions_match_their_definition() {
    for &(shape, axes) in ROWS {
        let x = noise(shape.iter().product(), 21);
        for kind in [Reduction::Sum, Reduction::Mean, Reduction::Max, Reduction::Min] {
            let want = reference(kind, &wide(&x), shape, axes);
            let scale = match kind {
                Reduction::Sum | Reduction::Mean => reference(kind, &magnitudes(&x), shape, axes),
                Reduction::Max | Reduction::Min => vec![0.0; want.len()],
            };
            for engine in engines() {
                let got = run(engine, kind, &x, shape, axes);
                close(&got, &want, &scale, 16.0);
            }
        }
    }
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
