//! Functions of one and two numbers, and NumPy's broadcasting.

use crate::shape::{Binary, Shape, Unary};

/// `function(x)`
pub fn unary(function: Unary, x: f64) -> f64 {
    match function {
        Unary::Neg => -x,
        Unary::Exp => x.exp(),
        Unary::Log => x.ln(),
        Unary::Sqrt => x.sqrt(),
        Unary::Rsqrt => 1.0 / x.sqrt(),
        Unary::Reciprocal => 1.0 / x,
        Unary::Abs => x.abs(),
        Unary::Sign => {
            if x == 0.0 || x.is_nan() {
                x
            } else {
                x.signum()
            }
        }
        Unary::Square => x * x,
        Unary::Floor => x.floor(),
        Unary::Relu => larger(x, 0.0),
        Unary::Elu(alpha) => {
            if x > 0.0 {
                x
            } else {
                f64::from(alpha) * x.exp_m1()
            }
        }
        Unary::LeakyRelu(slope) => {
            if x > 0.0 {
                x
            } else {
                f64::from(slope) * x
            }
        }
        Unary::Sigmoid => 1.0 / (1.0 + (-x).exp()),
        Unary::Tanh => x.tanh(),
        Unary::Gelu => x * normal_share(x),
        Unary::Affine(scale, offset) => f64::from(scale) * x + f64::from(offset),
        Unary::Clamp(low, high) => x.clamp(f64::from(low), f64::from(high)),
        Unary::Positive => f64::from(u8::from(x > 0.0)),
        Unary::Inside(low, high) => f64::from(u8::from(x >= f64::from(low) && x <= f64::from(high))),
        Unary::Decibel(amin) => 10.0 * larger(x, f64::from(amin)).log10(),
    }
}

/// The share of a normal distribution below `x`: its density times a series around 0 (Marsaglia 2004), and Laplace's continued fraction where
/// that would lose digits.
fn normal_share(x: f64) -> f64 {
    if x < -3.0 {
        let fraction = (1..=200).rev().fold(-x, |below, k| -x + f64::from(k) / below);
        return normal_density(x) / fraction;
    }
    if x > 3.0 {
        return 1.0 - normal_share(-x);
    }
    let (mut term, mut sum, mut odd) = (x, x, 1.0);
    while term.abs() > 1e-18 * sum.abs() {
        odd += 2.0;
        term *= x * x / odd;
        sum += term;
    }
    0.5 + normal_density(x) * sum
}

fn normal_density(x: f64) -> f64 {
    (-0.5 * x * x).exp() / (2.0 * std::f64::consts::PI).sqrt()
}

/// The larger of two; NaN if one is, as in PyTorch.
pub fn larger(a: f64, b: f64) -> f64 {
    if a.is_nan() || b.is_nan() { f64::NAN } else { a.max(b) }
}

/// The smaller of two; NaN if one is, as in PyTorch.
pub fn smaller(a: f64, b: f64) -> f64 {
    if a.is_nan() || b.is_nan() { f64::NAN } else { a.min(b) }
}

/// A function, or none.
pub fn activated(function: Option<Unary>, x: f64) -> f64 {
    function.map_or(x, |function| unary(function, x))
}

/// `function(a, b)`
pub fn binary(function: Binary, a: f64, b: f64) -> f64 {
    match function {
        Binary::Add => a + b,
        Binary::Sub => a - b,
        Binary::Mul => a * b,
        Binary::Div => a / b,
        Binary::Maximum => larger(a, b),
        Binary::Minimum => smaller(a, b),
        Binary::Greater => f64::from(u8::from(a > b)),
        Binary::Equal => f64::from(u8::from(a == b)),
        Binary::ReluGrad => {
            if a > 0.0 {
                b
            } else {
                0.0
            }
        }
        Binary::EluGrad(alpha) => {
            if a > 0.0 {
                b
            } else {
                b * (a + f64::from(alpha))
            }
        }
        Binary::LeakyReluGrad(slope) => {
            if a > 0.0 {
                b
            } else {
                b * f64::from(slope)
            }
        }
        Binary::SigmoidGrad => b * a * (1.0 - a),
        Binary::TanhGrad => b * (1.0 - a * a),
        Binary::GeluGrad => b * (normal_share(a) + a * normal_density(a)),
        Binary::Neuron if a.is_nan() => a,
        Binary::Neuron => f64::from(u8::from(a > b)),
    }
}

/// Every index of a shape in row-major order.
pub fn indices(shape: &[usize]) -> Vec<Vec<usize>> {
    let mut all = vec![Vec::new()];
    for &extent in shape {
        all = all.iter().flat_map(|head| (0..extent).map(|i| [head.as_slice(), &[i]].concat())).collect();
    }
    all
}

/// `x` repeated to `shape`: an axis of one, or one that is missing in front, gives its only element.
pub fn expand(x: &[f64], from: &[usize], shape: &[usize]) -> Vec<f64> {
    let missing = shape.len() - from.len();
    let strides = Shape::from(from).strides();
    let at = |index: &Vec<usize>| -> usize {
        (0..from.len()).map(|k| if from[k] == 1 { 0 } else { index[missing + k] * strides[k] }).sum()
    };
    indices(shape).iter().map(|index| x[at(index)]).collect()
}
