//! Functions of one and two numbers, and strided copies.

use tunevote::Error;
use tunevote::gpu::Tensor;
use tunevote::kernels::movement::{Walk, strided_copy};
use tunevote::kernels::pointwise::{binary, fill, unary};
use tunevote::shape::{Binary, Shape, Unary};

use crate::harness::{assert_folded, check, engines, noise, run_on, run_once, wide};
use crate::reference::pointwise as reference;

/// The function, and the numbers it is tried on: `noise * scale + offset`.
const UNARY: &[(Unary, f32, f32)] = &[
    (Unary::Neg, 3.0, 0.0),
    (Unary::Exp, 8.0, 0.0),
    (Unary::Log, 2.0, 2.5),
    (Unary::Sqrt, 2.0, 2.5),
    (Unary::Rsqrt, 2.0, 2.5),
    (Unary::Reciprocal, 2.0, 2.5),
    (Unary::Abs, 3.0, 0.0),
    (Unary::Sign, 3.0, 0.0),
    (Unary::Square, 3.0, 0.0),
    (Unary::Floor, 9.0, 0.0),
    (Unary::Relu, 3.0, 0.0),
    (Unary::Elu(0.7), 3.0, 0.0),
    (Unary::LeakyRelu(0.2), 3.0, 0.0),
    (Unary::Sigmoid, 9.0, 0.0),
    (Unary::Tanh, 4.0, 0.0),
    (Unary::Affine(1.5, -0.25), 3.0, 0.0),
    (Unary::Clamp(-0.5, 0.75), 3.0, 0.0),
    (Unary::Positive, 3.0, 0.0),
    (Unary::Inside(-0.5, 0.75), 3.0, 0.0),
    (Unary::Decibel(1e-3), 1.0, 0.5),
];

/// What the rounding of `w`, the function of `x`, is measured in. Nothing where nothing is rounded.
fn size(function: Unary, x: f64, w: f64) -> f64 {
    match function {
        Unary::Neg | Unary::Abs | Unary::Sign | Unary::Floor | Unary::Relu => 0.0,
        Unary::Clamp(..) | Unary::Positive | Unary::Inside(..) => 0.0,
        Unary::Sqrt | Unary::Rsqrt | Unary::Reciprocal | Unary::Square | Unary::LeakyRelu(_) => w.abs(),
        Unary::Affine(scale, offset) => (f64::from(scale) * x).abs() + f64::from(offset).abs(),
        Unary::Elu(_) if x > 0.0 => 0.0,
        // As Vulkan grants it: the argument's rounding counts |x| times in an exponential.
        Unary::Exp | Unary::Elu(_) | Unary::Sigmoid | Unary::Tanh => w.abs() * (1.0 + x.abs()),
        // As Vulkan grants it: an absolute error around x = 1.
        Unary::Log | Unary::Decibel(_) => w.abs() + 1.0,
    }
}

#[test]
pub fn unary_matches_its_formula() {
    for &(function, scale, offset) in UNARY {
        // 1, below and above a group, a prime, whole and not whole in fours
        for count in [1, 4, 63, 64, 65, 257, 1024] {
            // Around 0 down to a millionth, where a formula with a difference in it loses its digits.
            let shrink = |i: usize| if offset == 0.0 { [1.0, 0.1, 1e-2, 1e-3, 1e-4, 1e-6][i % 6] } else { 1.0 };
            let x: Vec<f32> = noise(count, 7).iter().enumerate().map(|(i, v)| v * scale * shrink(i) + offset).collect();
            let want: Vec<_> = wide(&x).iter().map(|&v| reference::unary(function, v)).collect();
            let size: Vec<_> = want.iter().zip(wide(&x)).map(|(&w, x)| size(function, x, w)).collect();
            check(&[(&[count], &x)], &[count], &want, &size, 4.0, |rec, x, y| unary(rec, &x[0], y, &[function]));
        }
    }
}

#[test]
fn unary_chains_apply_in_order() {
    let chain = [Unary::Square, Unary::Affine(2.0, 1.0), Unary::Sqrt, Unary::Neg, Unary::Exp, Unary::Clamp(0.1, 0.3)];
    for count in [5, 640] {
        let x = noise(count, 3);
        let want: Vec<_> = wide(&x).iter().map(|&v| chain.iter().fold(v, |v, f| reference::unary(*f, v))).collect();
        let scale = vec![1.0; count];
        check(&[(&[count], &x)], &[count], &want, &scale, 8.0, |rec, x, y| unary(rec, &x[0], y, &chain));
    }
}

#[test]
fn unary_passes_on_what_is_no_number() {
    // Whole in fours and not.
    for count in [4, 5] {
        let x = &[f32::NAN, f32::INFINITY, f32::NEG_INFINITY, 0.25, -f32::NAN][..count];
        for &(function, ..) in UNARY {
            let want: Vec<_> = wide(x).iter().map(|&v| reference::unary(function, v)).collect();
            let kept = !matches!(function, Unary::Positive | Unary::Inside(..));
            assert_eq!(want[0].is_nan(), kept, "{function:?}");
            let size: Vec<_> = want.iter().zip(wide(x)).map(|(&w, x)| size(function, x, w)).collect();
            check(&[(&[count], x)], &[count], &want, &size, 4.0, |rec, x, y| unary(rec, &x[0], y, &[function]));
        }
    }
}

const BINARY: &[Binary] = &[
    Binary::Add,
    Binary::Sub,
    Binary::Mul,
    Binary::Div,
    Binary::Maximum,
    Binary::Minimum,
    Binary::Greater,
    Binary::Equal,
    Binary::ReluGrad,
    Binary::EluGrad(0.7),
    Binary::LeakyReluGrad(0.2),
    Binary::SigmoidGrad,
    Binary::TanhGrad,
];

/// Shapes of a and b: alike, a row, a channel, a scalar, either side, both sides broadcast, six axes, odd counts.
const SHAPES: &[(&[usize], &[usize])] = &[
    (&[64], &[64]),
    (&[7], &[7]),
    (&[3, 8], &[8]),
    (&[3, 8], &[3, 1]),
    (&[2, 3, 4, 4], &[3, 1, 1]),
    (&[2, 3, 5, 7], &[1, 3, 1, 1]),
    (&[3, 1, 1], &[2, 3, 4, 4]),
    (&[2, 1, 4], &[1, 3, 4]),
    (&[8], &[]),
    (&[], &[5]),
    (&[1, 2, 1, 3, 1, 2], &[2, 1, 3, 1, 2, 1]),
    (&[2, 3, 1], &[3, 1]),
];

/// What the rounding of `function(a, b)`, which is `w`, is measured in.
fn size_of_two(function: Binary, a: f64, b: f64, w: f64) -> f64 {
    match function {
        Binary::Maximum | Binary::Minimum | Binary::Greater | Binary::Equal | Binary::ReluGrad => 0.0,
        Binary::Add | Binary::Sub | Binary::Mul | Binary::Div | Binary::LeakyReluGrad(_) => w.abs(),
        Binary::EluGrad(alpha) => b.abs() * (a.abs() + f64::from(alpha)),
        Binary::SigmoidGrad => (a * b).abs() * (1.0 + a.abs()),
        Binary::TanhGrad => b.abs() * (1.0 + a * a),
    }
}

#[test]
pub fn binary_broadcasts_as_numpy_does() {
    for &function in BINARY {
        for &(a_shape, b_shape) in SHAPES {
            let shape = Shape::from(a_shape).broadcast(&b_shape.into()).unwrap();
            let values = |shape: &[usize], seed| noise(shape.iter().product(), seed);
            let (a, mut b) = (values(a_shape, 1), values(b_shape, 2));
            b[0] = a[0];
            let (wide_a, wide_b) = (
                reference::expand(&wide(&a), a_shape, shape.dims()),
                reference::expand(&wide(&b), b_shape, shape.dims()),
            );
            let want: Vec<_> = wide_a.iter().zip(&wide_b).map(|(&a, &b)| reference::binary(function, a, b)).collect();
            let pairs = wide_a.iter().zip(&wide_b);
            let scale: Vec<_> = want.iter().zip(pairs).map(|(&w, (&a, &b))| size_of_two(function, a, b, w)).collect();
            // A division may be off by two and a half units in the last place.
            check(&[(a_shape, &a), (b_shape, &b)], shape.dims(), &want, &scale, 3.0, |rec, x, y| {
                binary(rec, &x[0], &x[1], y, function)
            });
        }
    }
}

#[test]
fn binary_passes_on_what_is_no_number_from_either_side() {
    let some = [f32::NAN, f32::INFINITY, f32::NEG_INFINITY, 1.0, -1.0, 0.0, 0.5, f32::NAN];
    let every = |of: &dyn Fn(usize) -> usize| (0..64).map(|i| some[of(i)]).collect::<Vec<_>>();
    // Alike, a row, a number for each row, the same with the sides changed, and both broadcast.
    let (first, second) = (every(&|i| i / 8), every(&|i| i % 8));
    let rows: [[(&[usize], &[f32]); 2]; 7] = [
        [(&[8, 8], &first), (&[8, 8], &second)],
        [(&[8, 8], &first), (&[8], &some)],
        [(&[8], &some), (&[8, 8], &first)],
        [(&[8, 8], &second), (&[8, 1], &some)],
        [(&[8, 1], &some), (&[8, 8], &second)],
        [(&[7, 1], &some[..7]), (&[7], &some[1..])],
        [(&[7], &some[1..]), (&[7, 1], &some[..7])],
    ];
    for &function in BINARY {
        for [(a_shape, a), (b_shape, b)] in rows {
            let shape = Shape::from(a_shape).broadcast(&b_shape.into()).unwrap();
            let [wide_a, wide_b] =
                [(a, a_shape), (b, b_shape)].map(|(values, from)| reference::expand(&wide(values), from, shape.dims()));
            let pairs = wide_a.iter().zip(&wide_b);
            let want: Vec<_> = pairs.map(|(&a, &b)| reference::binary(function, a, b)).collect();
            check(&[(a_shape, a), (b_shape, b)], shape.dims(), &want, &vec![1.0; want.len()], 2.0, |rec, x, y| {
                binary(rec, &x[0], &x[1], y, function)
            });
        }
    }
    for (a, b) in [(f64::NAN, 1.0), (1.0, f64::NAN)] {
        let largest = [Binary::Maximum, Binary::Minimum].map(|function| reference::binary(function, a, b));
        assert!(largest.iter().all(|v| v.is_nan()), "NaN wins on either side");
    }
}

#[test]
fn binary_refuses_shapes_that_do_not_fit() {
    let engine = &engines()[0];
    let tensor = |shape: &[usize]| engine.tensor(shape).unwrap();
    let mut rec = tunevote::gpu::Recorder::new(engine);
    let result = binary(&mut rec, &tensor(&[3]), &tensor(&[4]), &tensor(&[4]), Binary::Add);
    assert!(matches!(result, Err(Error::Shape { argument: "b", .. })), "{result:?}");
    let result = binary(&mut rec, &tensor(&[4]), &tensor(&[4]), &tensor(&[2, 2]), Binary::Add);
    assert!(matches!(result, Err(Error::Shape { argument: "y", .. })), "{result:?}");
}

#[test]
fn the_grid_folds_past_its_longest_line() {
    // 65,535 groups of 64 threads hold 4,194,240 numbers.
    let count = 4_194_240 + 129;
    let x = noise(count, 5);
    let want: Vec<_> = wide(&x).iter().map(|v| -v).collect();
    check(&[(&[count], &x)], &[count], &want, &vec![1.0; count], 0.0, |rec, x, y| unary(rec, &x[0], y, &[Unary::Neg]));
    assert_folded(&["unary"]);
}

/// Runs one function of two tensors whose elements number more than a line of the grid holds. A small whole number for each
/// element, so that f32 is exact.
fn folded(a_shape: &[usize], b_shape: &[usize], kernel: &str, b_of: impl Fn(usize) -> usize) {
    let whole = |count: usize| (0..count).map(|i| (i % 1021) as f32).collect::<Vec<_>>();
    let [a, b] = [a_shape, b_shape].map(|shape| whole(shape.iter().product()));
    let got = run_once(&engines()[1], &[(a_shape, &a), (b_shape, &b)], &[a_shape], |rec, x, y| {
        binary(rec, &x[0], &x[1], &y[0], Binary::Sub)
    });
    let wrong = got[0].iter().enumerate().find(|&(i, &y)| y != a[i] - b[b_of(i)]);
    assert_eq!(wrong, None, "{kernel}");
    assert_folded(&[kernel]);
}

#[test]
fn binary_folds_past_the_longest_line() {
    // 65,535 groups of 64 threads with four numbers each hold 16,776,960.
    folded(&[4_194_250, 4], &[4], "binary_vec4", |i| i % 4);
    folded(&[4_194_250, 4], &[4_194_250, 1], "binary_splat", |i| i / 4);
    folded(&[1_398_101, 3], &[3], "binary_broadcast", |i| i % 3);
}

#[test]
fn strided_copy_folds_past_the_longest_line() {
    let values = |count: usize| (0..count).map(|i| (i % 65_521) as f32).collect::<Vec<_>>();
    let walk = |strides: [usize; 2]| Walk { offset: 0, strides: strides.to_vec() };
    // A transpose by single numbers; then rows of four.
    for (dims, from, kernel) in
        [([2_099, 2_001], [1, 2_099], "strided_copy"), ([4_194_250, 4], [4, 1], "strided_copy_vec4")]
    {
        let x = values(dims[0] * dims[1]);
        let got = run_once(&engines()[1], &[(&[x.len()], &x)], &[&[x.len()]], |rec, x, y| {
            strided_copy(rec, &x[0], &walk(from), &y[0], &walk([dims[1], 1]), &dims)
        });
        let place = |i: usize| i / dims[1] * from[0] + i % dims[1] * from[1];
        assert_eq!(got[0].iter().enumerate().find(|&(i, &y)| y != x[place(i)]), None, "{kernel}");
        assert_folded(&[kernel]);
    }
}

/// dims, (x offset, x strides), (y offset, y strides), y extent: a transpose, a slice, a padded row, vec4 and not.
type CopyRow = (&'static [usize], (usize, &'static [usize]), (usize, &'static [usize]), usize);
const COPIES: &[CopyRow] = &[
    (&[5, 3], (0, &[1, 5]), (0, &[3, 1]), 15),
    (&[2, 8], (4, &[16, 1]), (0, &[8, 1]), 16),
    (&[2, 8], (3, &[16, 1]), (0, &[8, 1]), 16),
    (&[4, 4, 4], (0, &[1, 4, 16]), (0, &[16, 4, 1]), 64),
    (&[2, 1, 2, 1, 2, 2], (0, &[8, 0, 4, 0, 2, 1]), (0, &[1, 0, 2, 0, 4, 8]), 16),
];

#[test]
pub fn strided_copy_walks_both_sides() {
    for &(dims, from, to, extent) in COPIES {
        let x = noise(64, 11);
        let mut want = vec![0.5; extent];
        for index in reference::indices(dims) {
            let at = |(offset, strides): (usize, &[usize])| {
                offset + index.iter().zip(strides).map(|(i, s)| i * s).sum::<usize>()
            };
            want[at(to)] = f64::from(x[at(from)]);
        }
        let walk = |(offset, strides): (usize, &[usize])| Walk { offset, strides: strides.to_vec() };
        check(&[(&[64], &x)], &[extent], &want, &vec![1.0; extent], 0.0, |rec, x, y| {
            fill(rec, y, 0.5)?;
            strided_copy(rec, &x[0], &walk(from), y, &walk(to), dims)
        });
    }
}

#[test]
fn a_tensor_is_not_read_and_written_at_once() {
    for engine in engines() {
        let x = engine.tensor([8]).unwrap();
        let mut rec = tunevote::gpu::Recorder::new(engine);
        assert!(matches!(unary(&mut rec, &x, &x, &[Unary::Neg]), Err(Error::Shape { .. })));
    }
}

#[test]
fn rows_of_a_tensor_share_its_memory() {
    let engine = &engines()[1];
    let x: Vec<f32> = (0..192).map(|i| i as f32).collect();
    let got = run_on(engine, &[(&[3, 64], &x)], &[&[64]], |rec, x: &[Tensor], y| {
        unary(rec, &x[0].rows(1, 2)?, &y[0], &[Unary::Neg])
    });
    assert_eq!(got[0], x[64..128].iter().map(|v| -v).collect::<Vec<_>>());
}
