//! Derivatives of functions of one and two numbers.

use tunevote::graph::Op;
use tunevote::shape::{Binary, Unary};

use super::harness::{Given, above_zero, any, holds};

#[test]
fn functions_of_one_number() {
    type Values = fn(&'static [usize]) -> Given;
    let rows: &[(Unary, Values)] = &[
        (Unary::Neg, any),
        (Unary::Exp, any),
        (Unary::Log, above_zero),
        (Unary::Sqrt, above_zero),
        (Unary::Rsqrt, above_zero),
        (Unary::Reciprocal, above_zero),
        (Unary::Abs, any),
        (Unary::Sign, any),
        (Unary::Square, any),
        (Unary::Floor, any),
        (Unary::Relu, any),
        (Unary::Elu(0.7), any),
        (Unary::LeakyRelu(0.2), any),
        (Unary::Sigmoid, any),
        (Unary::Tanh, any),
        (Unary::Affine(1.5, -0.25), any),
        (Unary::Clamp(-0.3, 0.4), any),
        (Unary::Positive, any),
        (Unary::Inside(-0.3, 0.4), any),
        (Unary::Decibel(1.2), above_zero),
    ];
    for &(function, given) in rows {
        holds(&format!("{function:?}"), &[given(&[3, 5])], |g, v| g.unary(function, v[0]));
    }
}

#[test]
fn functions_of_two_numbers() {
    let rows: &[(Binary, Given, Given)] = &[
        (Binary::Add, any(&[3, 5]), any(&[3, 5])),
        (Binary::Sub, any(&[3, 5]), any(&[3, 5])),
        (Binary::Mul, any(&[3, 5]), any(&[3, 5])),
        (Binary::Div, any(&[3, 5]), above_zero(&[3, 5])),
        (Binary::Maximum, any(&[3, 5]), any(&[3, 5])),
        (Binary::Minimum, any(&[3, 5]), any(&[3, 5])),
        (Binary::Greater, any(&[3, 5]), any(&[3, 5])),
        (Binary::Equal, any(&[3, 5]), any(&[3, 5])),
        (Binary::ReluGrad, any(&[3, 5]), any(&[3, 5])),
        (Binary::EluGrad(0.7), any(&[3, 5]), any(&[3, 5])),
        (Binary::LeakyReluGrad(0.2), any(&[3, 5]), any(&[3, 5])),
        (Binary::SigmoidGrad, any(&[3, 5]), any(&[3, 5])),
        (Binary::TanhGrad, any(&[3, 5]), any(&[3, 5])),
    ];
    for &(function, a, b) in rows {
        holds(&format!("{function:?}"), &[a, b], |g, v| g.add(Op::Binary(function), &[v[0], v[1]]));
    }
}

#[test]
fn broadcasting_is_summed_back() {
    let shapes: &[(&'static [usize], &'static [usize])] = &[
        (&[2, 3, 5], &[5]),
        (&[5], &[2, 3, 5]),
        (&[2, 1, 5], &[3, 1]),
        (&[2, 3, 1], &[1, 3, 5]),
        (&[], &[2, 3]),
        (&[1, 1], &[2, 3]),
        (&[1, 4, 1, 1], &[2, 4, 3, 1]),
    ];
    for &(a, b) in shapes {
        for function in [Binary::Add, Binary::Sub, Binary::Mul, Binary::Div, Binary::Maximum, Binary::SigmoidGrad] {
            let what = format!("{function:?} of {a:?} and {b:?}");
            holds(&what, &[any(a), above_zero(b)], |g, v| g.add(Op::Binary(function), &[v[0], v[1]]));
        }
    }
}
