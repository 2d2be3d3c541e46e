//! Functions of one and two numbers, and strided copies.

use tunevote::Error;
use tunevote::doctor::cases::movement::{ROWS, strided_copy as strided_copy_of};
use tunevote::doctor::cases::pointwise::{self as cases, UNARY};
use tunevote::gpu::Tensor;
use tunevote::kernels::movement::{Walk, strided_copy};
use tunevote::kernels::pointwise::{binary, unary};
use tunevote::reference::pointwise as reference;
use tunevote::shape::{Binary, Shape, Unary};

use crate::harness::{assert_folded, check, check_case, engines, noise, run_on, run_once, wide};

#[test]
pub fn unary_matches_its_formula() {
    for row in UNARY {
        // 1, below and above a group, a prime, whole and not whole in fours
        for count in [1, 4, 63, 64, 65, 257, 1024] {
            check_case(&cases::unary(row, count));
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
            let case = cases::unary_of(function, x);
            let kept = !matches!(function, Unary::Positive | Unary::Inside(..));
            assert_eq!(case.outputs[0].want[0].is_nan(), kept, "{function:?}");
            check_case(&case);
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
    Binary::GeluGrad,
    Binary::Neuron,
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

#[test]
pub fn binary_broadcasts_as_numpy_does() {
    for &function in BINARY {
        for &(a_shape, b_shape) in SHAPES {
            let shape = Shape::from(a_shape).broadcast(&b_shape.into()).unwrap();
            check_case(&cases::binary(function, a_shape, b_shape, &shape));
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

#[test]
pub fn strided_copy_walks_both_sides() {
    ROWS.iter().for_each(|row| check_case(&strided_copy_of(row)));
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
