//! Batch norm on the GPU against its f64 reference.

use tunevote::Error;
use tunevote::gpu::{Recorder, Tensor};
use tunevote::kernels::batch_norm::{
    batch_norm_apply, batch_norm_grad_input, batch_norm_grad_sums, batch_norm_scratch, batch_norm_stats,
};
use tunevote::shape::Shape;

use crate::harness::{assert_folded, check, engines, magnitudes, noise, run_once, wide};
use crate::reference::batch_norm as reference;

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

fn scratch(rec: &Recorder, x: &Tensor) -> Vec<Tensor> {
    batch_norm_scratch(x.shape()).unwrap().into_iter().map(|count| rec.engine().tensor([count]).unwrap()).collect()
}

/// What the kernels get in a row: x around a mean of its own in each channel, gamma, beta, dy.
struct Given {
    x: Vec<f32>,
    stats: Vec<f32>,
    gamma: Vec<f32>,
    beta: Vec<f32>,
    dy: Vec<f32>,
}

fn given(dims: [usize; 3]) -> Given {
    let [n, c, s] = dims;
    let channel = |i: usize| (i / s % c) as f32;
    let x: Vec<f32> = noise(n * c * s, 1).iter().enumerate().map(|(i, v)| 3.0 * v + channel(i).sin()).collect();
    let stats = reference::stats(&wide(&x), dims).iter().map(|&v| v as f32).collect();
    Given { x, stats, gamma: noise(c, 2), beta: noise(c, 3), dy: noise(n * c * s, 4) }
}

#[test]
pub fn batch_norm_stats_matches_its_formula() {
    for &dims in ROWS {
        let x = given(dims).x;
        let want = reference::stats(&wide(&x), dims);
        // |x| is at most 4: the scale of a mean. That of a variance is the variance.
        let scale: Vec<_> = (0..2 * dims[1]).map(|i| if i < dims[1] { 4.0 } else { want[i] }).collect();
        check(&[(&dims, &x)], &[2, dims[1]], &want, &scale, 16.0, |rec, x, stats| {
            let scratch = scratch(rec, &x[0]);
            batch_norm_stats(rec, &x[0], stats, &scratch)
        });
    }
    assert_folded(&["batch_norm_stats"]);
}

#[test]
fn a_mean_far_from_zero_costs_no_digits() {
    for dims in [[3, 2, 5_000], [3, 2, 5_001]] {
        let x: Vec<f32> = noise(dims.iter().product(), 5).iter().map(|v| 1e4 + 1.7 * v).collect();
        let want = reference::stats(&wide(&x), dims);
        // Of the mean a few units in the last place of 1e4. Of the variance, which is about 1, those of itself; the formula mean of
        // squares - square of mean would be off by several.
        let scale = [1e4, 1e4, want[2], want[3]];
        check(&[(&dims, &x)], &[2, 2], &want, &scale, 16.0, |rec, x, stats| {
            let scratch = scratch(rec, &x[0]);
            batch_norm_stats(rec, &x[0], stats, &scratch)
        });
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
        let scale = [mean(0), mean(1), want[2], want[3]];
        check(&[(&dims, &x)], &[2, 2], &want, &scale, 16.0, |rec, x, stats| {
            let scratch = scratch(rec, &x[0]);
            batch_norm_stats(rec, &x[0], stats, &scratch)
        });
    }
}

#[test]
pub fn batch_norm_apply_matches_its_formula() {
    for &dims in ROWS {
        let g = given(dims);
        let c = dims[1];
        let want =
            reference::apply(&wide(&g.x), &wide(&g.stats), &wide(&g.gamma), &wide(&g.beta), dims, f64::from(EPS));
        // The rounding of x - mean, of size 4, is divided by the standard deviation.
        let spread = |i: usize| f64::from(g.stats[c + i / dims[2] % c] + EPS).sqrt();
        let scale: Vec<_> = (0..want.len()).map(|i| 2.0 + 4.0 / spread(i)).collect();
        let inputs: &[(&[usize], &[f32])] = &[(&dims, &g.x), (&[2, c], &g.stats), (&[c], &g.gamma), (&[c], &g.beta)];
        check(inputs, &dims, &want, &scale, 4.0, |rec, x, y| {
            batch_norm_apply(rec, [&x[0], &x[1], &x[2], &x[3]], y, EPS)
        });
    }
}

#[test]
pub fn batch_norm_grad_sums_matches_its_formula() {
    for &dims in ROWS {
        let g = given(dims);
        let c = dims[1];
        let (x, stats) = (wide(&g.x), wide(&g.stats));
        let want = reference::grad_sums(&x, &stats, &wide(&g.dy), dims, f64::from(EPS));
        let each = (dims[0] * dims[2]) as f64;
        let scale: Vec<_> =
            (0..2 * c).map(|i| if i < c { each } else { each * 4.0 / (stats[i] + f64::from(EPS)).sqrt() }).collect();
        let inputs: &[(&[usize], &[f32])] = &[(&dims, &g.x), (&[2, c], &g.stats), (&dims, &g.dy)];
        check(inputs, &[2, c], &want, &scale, 4.0, |rec, x, sums| {
            let scratch = scratch(rec, &x[0]);
            batch_norm_grad_sums(rec, [&x[0], &x[1], &x[2]], sums, EPS, &scratch)
        });
    }
    assert_folded(&["batch_norm_grad_sums"]);
}

#[test]
pub fn batch_norm_grad_input_matches_its_formula() {
    for &dims in ROWS {
        let g = given(dims);
        let c = dims[1];
        let (x, stats, dy, eps) = (wide(&g.x), wide(&g.stats), wide(&g.dy), f64::from(EPS));
        let want = reference::grad_input(&x, &stats, &wide(&g.gamma), &dy, dims, eps);
        let sums: Vec<f32> = reference::grad_sums(&x, &stats, &dy, dims, eps).iter().map(|&v| v as f32).collect();
        let hat =
            magnitudes(&reference::normalised(&x, &stats, dims, eps).iter().map(|&v| v as f32).collect::<Vec<_>>());
        let scale: Vec<_> = (0..x.len())
            .map(|i| {
                let k = i / dims[2] % c;
                let slope = 1.0 / (stats[c + k] + eps).sqrt();
                f64::from(g.gamma[k]).abs() * slope * (2.0 + (hat[i] + 4.0 * slope) * (1.0 + hat[i]))
            })
            .collect();
        let inputs: &[(&[usize], &[f32])] =
            &[(&dims, &g.x), (&[2, c], &g.stats), (&[c], &g.gamma), (&[2, c], &sums), (&dims, &g.dy)];
        check(inputs, &dims, &want, &scale, 4.0, |rec, x, dx| {
            batch_norm_grad_input(rec, [&x[0], &x[1], &x[2], &x[3], &x[4]], dx, EPS)
        });
    }
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
        let mut want = reference::stats(&wide(&x), dims);
        assert!(want[1].is_nan() && want[4].is_nan());
        want.iter_mut().filter(|v| v.is_nan()).for_each(|v| *v = f64::NAN);
        check(&[(&dims, &x)], &[2, 3], &want, &[1.0; 6], 4.0, |rec, x, stats| {
            let scratch = scratch(rec, &x[0]);
            batch_norm_stats(rec, &x[0], stats, &scratch)
        });
    }
}

#[test]
fn batch_norm_refuses_shapes_that_do_not_fit() {
    let engine = &engines()[0];
    let tensor = |shape: &[usize]| engine.tensor(shape).unwrap();
    let (x, stats, c) = (tensor(&[2, 3, 4, 4]), tensor(&[2, 3]), tensor(&[3]));
    let (scratch, wrong) = ([tensor(&[9])], tensor(&[2, 4]));
    assert_eq!(batch_norm_scratch(&Shape::from([2, 3, 4, 4])).unwrap(), [9]);
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
