//! Derivatives of functions of one and two numbers.

use tunevote::graph::{Graph, Op};
use tunevote::shape::{Binary, Unary};

use super::harness::{Given, above_zero, any, holds};
use crate::reference::graph::evaluate;

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
        (Unary::Gelu, any),
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
        (Binary::GeluGrad, any(&[3, 5]), any(&[3, 5])),
    ];
    for &(function, a, b) in rows {
        holds(&format!("{function:?}"), &[a, b], |g, v| g.add(Op::Binary(function), &[v[0], v[1]]));
    }
}

/// Deterministic and stochastic binary neurons: what comes back is slope p (1 - p) times what comes in, whatever fired.
#[test]
fn binary_neurons_are_straight_through() {
    let (n, slope) = (7, 1.3);
    let mut g = Graph::new();
    let x = g.variable("x", [n]).unwrap();
    let half = g.constant(0.5, [1]).unwrap();
    let u = g.variable("u", [n]).unwrap();
    let s = g.affine(x, slope, 0.0).unwrap();
    let p = g.sigmoid(s).unwrap();
    let fixed = g.neuron(p, half).unwrap();
    let drawn = g.neuron(p, u).unwrap();
    let weights = g.data(&[1.0, -2.0, 3.0, 0.5, 4.0, -1.0, 2.0], [n]).unwrap();
    let [a, b] = [fixed, drawn].map(|y| {
        let y = g.times(y, weights).unwrap();
        g.sum_all(y).unwrap()
    });
    let gradients = [a, b].map(|loss| g.gradients(loss, &[x]).unwrap()[0]);
    let values = [-2.0, -0.4, 0.0, 0.1, 0.9, 1.5, 3.0];
    let draws = [0.05, 0.3, 0.6, 0.4, 0.9, 0.8, 0.99];
    let given = [("x".to_owned(), values.to_vec()), ("u".to_owned(), draws.to_vec())].into();
    let all = evaluate(&g, &given);
    let logistic = |x: f64| 1.0 / (1.0 + (-f64::from(slope) * x).exp());
    assert_eq!(all[fixed.index()], [0.0, 0.0, 0.0, 1.0, 1.0, 1.0, 1.0]);
    let want: Vec<_> = values.iter().zip(draws).map(|(&x, u)| f64::from(u8::from(logistic(x) > u))).collect();
    assert_eq!(all[drawn.index()], want);
    assert!(want != all[fixed.index()], "the draws make a difference");
    let weights = [1.0, -2.0, 3.0, 0.5, 4.0, -1.0, 2.0];
    for gradient in gradients {
        for ((got, x), w) in all[gradient.index()].iter().zip(values).zip(weights) {
            let p = logistic(x);
            assert!((got - w * f64::from(slope) * p * (1.0 - p)).abs() < 1e-12, "at {x}: {got}");
        }
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
