//! Functions of one and two numbers, and strided copies.

use tunevote::Error;
use tunevote::gpu::Tensor;
use tunevote::kernels::movement::{Walk, strided_copy};
use tunevote::kernels::pointwise::{binary, fill, unary};
use tunevote::shape::{Binary, Shape, Unary};

use crate::harness::{check, engines, noise, run_on, wide};
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

#[test]
fn unary_matches_its_formula() {
    for &(function, scale, offset) in UNARY {
        // 1, below and above a group, a prime, whole and not whole in fours
        for count in [1, 4, 63, 64, 65, 257, 1024] {
            let x: Vec<f32> = noise(count, 7).iter().map(|v| v * scale + offset).collect();
            let want: Vec<_> = wide(&x).iter().map(|&v| reference::unary(function, v)).collect();
            // The rounding of what goes in counts as well: exp(8) doubles an error in x eight times.
            let size: Vec<_> = want.iter().zip(&x).map(|(w, x)| w.abs() * (1.0 + f64::from(x.abs())) + 1.0).collect();
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
    let x = [f32::NAN, f32::INFINITY, f32::NEG_INFINITY, -0.0];
    for function in [Unary::Relu, Unary::Elu(1.0), Unary::LeakyRelu(0.1), Unary::Tanh, Unary::Clamp(-1.0, 1.0)] {
        let want: Vec<_> =
            wide(&x).iter().map(|&v| if v.is_nan() { v } else { reference::unary(function, v) }).collect();
        check(&[(&[4], &x)], &[4], &want, &[1.0; 4], 4.0, |rec, x, y| unary(rec, &x[0], y, &[function]));
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

#[test]
fn binary_broadcasts_as_numpy_does() {
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
            let scale: Vec<_> = want.iter().map(|w| w.abs() + 2.0).collect();
            check(&[(a_shape, &a), (b_shape, &b)], shape.dims(), &want, &scale, 2.0, |rec, x, y| {
                binary(rec, &x[0], &x[1], y, function)
            });
        }
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
fn strided_copy_walks_both_sides() {
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
