//! Functions of one and of two numbers, and filling.

use super::count;
use crate::doctor::{Case, Output};
use crate::kernels::pointwise as kernels;
use crate::reference::compare::{noise, wide};
use crate::reference::pointwise as reference;
use crate::shape::{Binary, Shape, Unary};

/// Every function of one number, and the numbers it is tried on: `noise * scale + offset`.
pub const UNARY: &[(Unary, f32, f32)] = &[
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
    (Unary::Gelu, 6.0, 0.0),
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
        // The same of an argument of x² / 2, and a fit of the tail.
        Unary::Gelu => w.abs() * (1.0 + x * x),
        // As Vulkan grants it: an absolute error around x = 1.
        Unary::Log | Unary::Decibel(_) => w.abs() + 1.0,
    }
}

/// A row of [`UNARY`] on `count` numbers.
pub fn unary(&(function, scale, offset): &(Unary, f32, f32), count: usize) -> Case {
    // Around 0 down to a millionth, where a formula with a difference in it loses its digits.
    let shrink = |i: usize| if offset == 0.0 { [1.0, 0.1, 1e-2, 1e-3, 1e-4, 1e-6][i % 6] } else { 1.0 };
    let x: Vec<f32> = noise(count, 7).iter().enumerate().map(|(i, v)| v * scale * shrink(i) + offset).collect();
    unary_of(function, &x)
}

/// A function of each of `x`.
pub fn unary_of(function: Unary, x: &[f32]) -> Case {
    let want: Vec<_> = wide(x).iter().map(|&v| reference::unary(function, v)).collect();
    let scale = want.iter().zip(wide(x)).map(|(&w, x)| size(function, x, w)).collect();
    let output = Output::new(&[x.len()], want, scale, 4.0);
    Case::new(format!("unary {function:?}"), &[(&[x.len()], x)], output, move |rec, x, y| {
        kernels::unary(rec, &x[0], y, &[function])
    })
}

/// What the rounding of `function(a, b)`, which is `w`, is measured in.
fn size_of_two(function: Binary, a: f64, b: f64, w: f64) -> f64 {
    match function {
        Binary::Maximum | Binary::Minimum | Binary::Greater | Binary::Equal | Binary::Neuron | Binary::ReluGrad => 0.0,
        Binary::Add | Binary::Sub | Binary::Mul | Binary::Div | Binary::LeakyReluGrad(_) => w.abs(),
        Binary::EluGrad(alpha) => b.abs() * (a.abs() + f64::from(alpha)),
        Binary::SigmoidGrad => (a * b).abs() * (1.0 + a.abs()),
        Binary::TanhGrad => b.abs() * (1.0 + a * a),
        Binary::GeluGrad => b.abs() * (1.0 + a.abs()),
    }
}

/// A function of two tensors of noise that broadcast to `shape`; their first numbers are equal.
pub fn binary(function: Binary, a_shape: &[usize], b_shape: &[usize], shape: &Shape) -> Case {
    let (a, mut b) = (noise(count(a_shape), 1), noise(count(b_shape), 2));
    b[0] = a[0];
    let wide_a = reference::expand(&wide(&a), a_shape, shape.dims());
    let wide_b = reference::expand(&wide(&b), b_shape, shape.dims());
    let want: Vec<_> = wide_a.iter().zip(&wide_b).map(|(&a, &b)| reference::binary(function, a, b)).collect();
    let pairs = wide_a.iter().zip(&wide_b);
    let scale = want.iter().zip(pairs).map(|(&w, (&a, &b))| size_of_two(function, a, b, w)).collect();
    // A division may be off by two and a half units in the last place.
    let output = Output::new(shape.dims(), want, scale, 3.0);
    Case::new(format!("binary {function:?}"), &[(a_shape, &a), (b_shape, &b)], output, move |rec, x, y| {
        kernels::binary(rec, &x[0], &x[1], y, function)
    })
}

/// The same number everywhere.
pub fn fill(count: usize) -> Case {
    let output = Output::new(&[count], vec![0.5; count], vec![0.0; count], 0.0);
    Case::new("fill", &[], output, |rec, _, y| kernels::fill(rec, y, 0.5))
}

/// What a driver computes in its own way: roots, exponentials, logarithms, quotients. The kernels that they go through run all
/// other functions too.
pub(super) fn small() -> Vec<Case> {
    let own = |function: &Unary| !matches!(size(*function, 1.0, 1.0).to_bits(), 0);
    let mut cases = vec![fill(257)];
    cases.extend(UNARY.iter().filter(|(function, ..)| own(function)).map(|row| unary(row, 257)));
    cases.push(unary(&UNARY[1], 1024));
    let both: [(&[usize], &[usize]); 4] =
        [(&[3, 8], &[8]), (&[2, 3, 4, 4], &[3, 1, 1]), (&[2, 1, 5], &[1, 3, 5]), (&[7], &[7])];
    for function in [Binary::Div, Binary::EluGrad(0.7), Binary::GeluGrad] {
        let shapes = both.iter().filter_map(|&(a, b)| Some((a, b, Shape::from(a).broadcast(&b.into())?)));
        cases.extend(shapes.map(|(a, b, shape)| binary(function, a, b, &shape)));
    }
    cases
}
