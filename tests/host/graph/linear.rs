//! Derivatives of operations that are linear in each input, and their transposes.

use std::sync::Arc;

use tunevote::Result;
use tunevote::graph::{Banded, Diagonal, Diagonals, Graph, Id, Op, Stft, StftPadding};
use tunevote::shape::{Conv2d, Padding, Pool2d, Reduction};

use super::harness::{Given, Trial, any, holds};
use crate::reference::difference::{dot, noise};
use crate::reference::graph::value;

/// What a row builds from its variables.
pub type Build = Box<dyn Fn(&mut Graph, &[Id]) -> Result<Id>>;

/// A name, the variables, the function, and in which of them it is linear.
pub type Row = (String, Vec<Given>, Build, Vec<usize>);

fn row(
    what: impl Into<String>,
    givens: &[Given],
    linear: &[usize],
    build: impl Fn(&mut Graph, &[Id]) -> Result<Id> + 'static,
) -> Row {
    (what.into(), givens.to_vec(), Box::new(build), linear.to_vec())
}

fn movement() -> Vec<Row> {
    let block = any(&[2, 3, 5]);
    let mut rows = vec![
        row("reshape", &[block], &[0], |g, v| g.reshape(v[0], [5, 6])),
        row("transpose, a cycle", &[block], &[0], |g, v| g.transpose(v[0], &[1, 2, 0])),
        row("transpose, another cycle", &[block], &[0], |g, v| g.transpose(v[0], &[2, 0, 1])),
        row("transpose of four axes", &[any(&[2, 3, 1, 4])], &[0], |g, v| g.transpose(v[0], &[3, 0, 2, 1])),
        row("slice", &[block], &[0], |g, v| g.slice(v[0], &[1, 0, 2], &[2, 2, 5])),
        row("pad", &[block], &[0], |g, v| g.pad(v[0], &[0, 2, 1], &[1, 0, 3])),
        row("concat", &[any(&[2, 3]), any(&[2, 1]), any(&[2, 4])], &[], |g, v| g.concat(v, 1)),
        row("concat along the first axis", &[any(&[2, 3]), any(&[1, 3])], &[], |g, v| g.concat(v, 0)),
        row("concat of the same twice", &[any(&[2, 3])], &[0], |g, v| g.concat(&[v[0], v[0]], 1)),
        row("expand", &[any(&[3, 1])], &[0], |g, v| g.expand(v[0], [2, 3, 5])),
        row("expand of a number", &[any(&[])], &[0], |g, v| g.expand(v[0], [2, 3])),
        row("sum to (3, 1)", &[block], &[0], |g, v| g.sum_to(v[0], &[3, 1].into())),
        row("mean of all", &[block], &[0], |g, v| g.mean_all(v[0])),
        row("global mean", &[any(&[2, 3, 4, 5])], &[0], |g, v| g.global_avg_pool(v[0])),
        row("power", &[any(&[3, 4, 2])], &[], |g, v| g.power(v[0])),
    ];
    for axes in [&[0][..], &[1], &[2], &[0, 2], &[0, 1, 2]] {
        for kind in [Reduction::Sum, Reduction::Mean] {
            let what = format!("{kind:?} over {axes:?}");
            rows.push(row(what, &[block], &[0], move |g, v| g.reduce(kind, v[0], axes)));
        }
    }
    rows
}

fn products() -> Vec<Row> {
    let mut rows = Vec::new();
    // (count, rows, columns) of A (3 x 4) and B (4 x 5), stored as said
    type Stored = [&'static [usize]; 2];
    let a: [Stored; 3] = [[&[3, 4], &[4, 3]], [&[2, 3, 4], &[2, 4, 3]], [&[1, 3, 4], &[1, 4, 3]]];
    let b: [Stored; 3] = [[&[4, 5], &[5, 4]], [&[2, 4, 5], &[2, 5, 4]], [&[1, 4, 5], &[1, 5, 4]]];
    for (a, b) in a.into_iter().flat_map(|a| b.into_iter().map(move |b| (a, b))) {
        for (ta, tb) in [(false, false), (true, false), (false, true), (true, true)] {
            let (a, b) = (a[usize::from(ta)], b[usize::from(tb)]);
            let what = format!("matmul of {a:?} {ta} and {b:?} {tb}");
            rows.push(row(what, &[any(a), any(b)], &[0, 1], move |g, v| g.matmul_transposed(v[0], v[1], ta, tb)));
        }
    }
    rows
}

/// Geometries, with the extents of input, weight and output.
type Geometry = (Conv2d, &'static [usize], &'static [usize], &'static [usize]);

fn geometries() -> Vec<Geometry> {
    let plain = Conv2d::default();
    let same = Conv2d { padding: Padding::Same, ..plain };
    vec![
        (plain, &[2, 2, 5, 4], &[3, 2, 3, 2], &[2, 3, 3, 3]),
        (same, &[1, 2, 4, 5], &[3, 2, 2, 2], &[1, 3, 4, 5]),
        (Conv2d { stride: [2, 3], ..same }, &[1, 1, 5, 7], &[2, 1, 3, 3], &[1, 2, 3, 3]),
        (Conv2d { stride: [2, 3], ..plain }, &[1, 2, 6, 8], &[2, 2, 3, 2], &[1, 2, 2, 3]),
        (
            Conv2d { dilation: [2, 3], padding: Padding::Explicit([1, 2, 3, 0]), ..plain },
            &[1, 1, 5, 6],
            &[2, 1, 2, 2],
            &[1, 2, 6, 6],
        ),
        (Conv2d { groups: 2, ..same }, &[1, 4, 3, 3], &[6, 2, 3, 1], &[1, 6, 3, 3]),
        (Conv2d { groups: 3, stride: [2, 1], ..plain }, &[2, 3, 5, 3], &[3, 1, 2, 3], &[2, 3, 2, 1]),
        // Depthwise: a channel out of each, and two.
        (Conv2d { groups: 3, ..same }, &[1, 3, 4, 5], &[3, 1, 3, 3], &[1, 3, 4, 5]),
        (
            Conv2d { groups: 2, stride: [2, 2], padding: Padding::Explicit([1; 4]), ..plain },
            &[1, 2, 5, 6],
            &[4, 1, 3, 3],
            &[1, 4, 3, 3],
        ),
    ]
}

fn convolutions() -> Vec<Row> {
    let mut rows = Vec::new();
    for (conv, x, w, y) in geometries() {
        let (image, kernel) = ([x[2], x[3]], [w[2], w[3]]);
        rows.push(row(format!("conv2d {conv:?}"), &[any(x), any(w)], &[0, 1], move |g, v| g.conv2d(v[0], v[1], conv)));
        rows.push(row(format!("conv2d_grad_input {conv:?}"), &[any(y), any(w)], &[0, 1], move |g, v| {
            g.add(Op::Conv2dGradInput(conv, image), v)
        }));
        rows.push(row(format!("conv2d_grad_weight {conv:?}"), &[any(x), any(y)], &[0, 1], move |g, v| {
            g.add(Op::Conv2dGradWeight(conv, kernel), v)
        }));
    }
    rows
}

/// Windows, with the extents of input and output.
fn windows() -> Vec<(Pool2d, &'static [usize], &'static [usize])> {
    let overlapping = Pool2d { kernel: [3, 2], stride: [2, 1], padding: Padding::Valid };
    vec![
        (Pool2d::square(2), &[2, 2, 4, 5], &[2, 2, 2, 2]),
        (overlapping, &[1, 2, 7, 4], &[1, 2, 3, 3]),
        (Pool2d { padding: Padding::Same, ..overlapping }, &[1, 2, 6, 4], &[1, 2, 3, 4]),
        (Pool2d { padding: Padding::Explicit([2, 1, 1, 0]), ..overlapping }, &[1, 1, 5, 3], &[1, 1, 3, 3]),
        (Pool2d { kernel: [2, 2], stride: [3, 3], padding: Padding::Same }, &[1, 1, 7, 5], &[1, 1, 3, 2]),
    ]
}

fn pools() -> Vec<Row> {
    let mut rows = Vec::new();
    for (pool, x, y) in windows() {
        let image = [x[2], x[3]];
        rows.push(row(format!("max_pool2d {pool:?}"), &[any(x)], &[], move |g, v| g.max_pool2d(v[0], pool)));
        // Slopes of maxima and sums over their windows: what the rules of the activation and of the bias make of the pool's.
        rows.push(row(format!("bias, elu and max_pool2d {pool:?}"), &[any(x), any(&x[1..2])], &[], move |g, v| {
            let bias = g.reshape(v[1], [1, x[1], 1, 1])?;
            let y = g.plus(v[0], bias)?;
            let y = g.elu(y, 0.7)?;
            g.max_pool2d(y, pool)
        }));
        rows.push(row(format!("max_pool2d_grad_input {pool:?}"), &[any(x), any(y)], &[1], move |g, v| {
            let places = g.add(Op::MaxPool2dPlaces(pool), &v[..1])?;
            g.add(Op::MaxPool2dGradInput(pool, image), &[places, v[1]])
        }));
        rows.push(row(format!("max_pool2d_gather {pool:?}"), &[any(x), any(x)], &[1], move |g, v| {
            let places = g.add(Op::MaxPool2dPlaces(pool), &v[..1])?;
            g.add(Op::MaxPool2dGather(pool), &[places, v[1]])
        }));
        rows.push(row(format!("avg_pool2d {pool:?}"), &[any(x)], &[0], move |g, v| g.avg_pool2d(v[0], pool)));
        rows.push(row(format!("avg_pool2d_grad_input {pool:?}"), &[any(y)], &[0], move |g, v| {
            g.add(Op::AvgPool2dGradInput(pool, image), v)
        }));
    }
    rows
}

fn transforms() -> Vec<Row> {
    let mut rows = Vec::new();
    for (start, padding) in [(0, StftPadding::Zero), (-4, StftPadding::Zero), (-4, StftPadding::Reflect)] {
        let stft = Stft { n_fft: 16, hop: 3, start, padding };
        let fixed = |g: &mut Graph| -> Result<[Id; 2]> {
            let windows: Vec<_> = noise(32, 5).iter().map(|&v| v as f32 + 1.5).collect();
            let rows: Vec<_> = [0, 1, 1, 0, 1].map(f32::from_bits).to_vec();
            Ok([g.data(&windows, [2, 16])?, g.data(&rows, [5])?])
        };
        rows.push(row(format!("stft {stft:?}"), &[any(&[2, 17])], &[0], move |g, v| {
            let [windows, rows] = fixed(g)?;
            g.stft(v[0], windows, rows, stft)
        }));
        rows.push(row(format!("stft_grad_input {stft:?}"), &[any(&[2, 9, 5, 2])], &[0], move |g, v| {
            let [windows, rows] = fixed(g)?;
            g.add(Op::StftGrad(stft, 17), &[v[0], windows, rows])
        }));
    }
    let values: Vec<_> =
        noise(15, 6).iter().enumerate().map(|(i, &v)| if i % 4 == 1 { 0.0 } else { v as f32 }).collect();
    let matrix = Arc::new(Banded::new(3, 5, values).unwrap());
    let transposed = Op::Banded(Arc::clone(&matrix), true);
    rows.push(row("banded", &[any(&[2, 5, 4])], &[0], move |g, v| g.banded(&matrix, v[0])));
    rows.push(row("banded, transposed", &[any(&[2, 3, 4])], &[0], move |g, v| g.add(transposed.clone(), v)));
    let sums = [(2, 0), (1, 3), (3, 1)].map(|(rows, from)| Diagonal { rows, from }).to_vec();
    let sums = Arc::new(Diagonals::new(sums, 7, 3).unwrap());
    let transposed = Op::DiagonalSum(Arc::clone(&sums), true);
    rows.push(row("diagonal_sum", &[any(&[2, 6, 7])], &[0], move |g, v| g.diagonal_sum(&sums, v[0])));
    rows.push(row("diagonal_sum, transposed", &[any(&[2, 3, 3])], &[0], move |g, v| g.add(transposed.clone(), v)));
    rows.push(row("dropout", &[any(&[5, 7])], &[0], |g, v| {
        let seed = g.data(&[1, 2, 3, 4, 5, 6, 7, 8].map(f32::from_bits), [8])?;
        g.dropout(v[0], seed, 0.7, 3)
    }));
    rows
}

fn check(rows: Vec<Row>) {
    for (what, givens, build, linear) in rows {
        holds(&what, &givens, &build);
        for side in linear {
            transposes(&what, &givens, &build, side);
        }
    }
}

/// <A x, v> = <x, A' v>
fn transposes(what: &str, givens: &[Given], build: &Build, side: usize) {
    let mut trial = Trial::new(givens);
    let x = trial.variables[side];
    let y = build(&mut trial.graph, &trial.variables).unwrap();
    let shape = trial.graph.shape(y).clone();
    let v: Vec<f32> = noise(shape.count(), 77).iter().map(|&v| v as f32).collect();
    let there = dot(&value(&trial.graph, &trial.values, y), &v.iter().map(|&v| f64::from(v)).collect::<Vec<_>>());
    let v = trial.graph.data(&v, shape).unwrap();
    let back = trial.graph.pull_back(y, v, &[x]).unwrap()[0];
    let back = dot(&trial.values[&format!("v{side}")], &value(&trial.graph, &trial.values, back));
    // Means and dropout divide by numbers of f32.
    assert!((there - back).abs() <= 2e-7 * (1.0 + there.abs()), "{what}, input {side}: {there} there, {back} back");
    assert!(there.abs() > 1e-4, "{what}, input {side}: nothing to compare");
}

#[test]
fn copies_and_sums() {
    check(movement());
}

#[test]
fn matrix_products() {
    check(products());
}

#[test]
fn convolutions_and_their_transposes() {
    check(convolutions());
}

#[test]
fn pooling_and_its_transposes() {
    check(pools());
}

#[test]
fn transforms_and_their_transposes() {
    check(transforms());
}

#[test]
fn maxima_over_axes() {
    for axes in [&[0][..], &[1], &[0, 2], &[0, 1, 2]] {
        for kind in [Reduction::Max, Reduction::Min] {
            holds(&format!("{kind:?} over {axes:?}"), &[any(&[2, 3, 5])], |g, v| g.reduce(kind, v[0], axes));
        }
    }
    holds("global max", &[any(&[2, 3, 4, 5])], |g, v| g.global_max_pool(v[0]));
}
