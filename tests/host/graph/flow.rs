//! How gradients travel: many readers, none, paths that meet again, and gradients inside a loss.

use tunevote::graph::Graph;
use tunevote::shape::{Conv2d, Padding, Pool2d, Reduction};

use super::harness::{Trial, any, holds};
use crate::reference::graph::{evaluate, value};

#[test]
fn many_readers_and_paths_that_meet() {
    holds("x read four times", &[any(&[3, 4])], |g, v| {
        let (square, tanh, exp) = (g.square(v[0])?, g.tanh(v[0])?, g.exp(v[0])?);
        let sum = g.plus(square, tanh)?;
        let product = g.times(sum, exp)?;
        g.minus(product, v[0])
    });
    holds("a diamond of diamonds", &[any(&[2, 3])], |g, v| {
        let mut x = v[0];
        for _ in 0..4 {
            let (left, right) = (g.tanh(x)?, g.sigmoid(x)?);
            x = g.times(left, right)?;
            x = g.plus(x, left)?;
        }
        Ok(x)
    });
    holds("one weight in two layers", &[any(&[2, 3]), any(&[3, 3])], |g, v| {
        let hidden = g.matmul(v[0], v[1])?;
        let hidden = g.elu(hidden, 1.0)?;
        g.matmul(hidden, v[1])
    });
    holds("softmax of an input that its gradient reads too", &[any(&[2, 4])], |g, v| {
        let y = g.softmax(v[0])?;
        let dy = g.exp(v[0])?;
        g.add(tunevote::graph::Op::SoftmaxGrad, &[y, dy])
    });
}

#[test]
fn what_a_loss_does_not_read_has_zeros() {
    let mut trial = Trial::new(&[any(&[2, 3]), any(&[4]), any(&[2])]);
    let [x, unused, late] = trial.variables[..] else { unreachable!() };
    let y = trial.graph.tanh(x).unwrap();
    let loss = trial.weighted(y, 0);
    trial.graph.square(late).unwrap();
    let gradients = trial.graph.gradients(loss, &[unused, x, late]).unwrap();
    assert_eq!(value(&trial.graph, &trial.values, gradients[0]), [0.0; 4]);
    assert_eq!(value(&trial.graph, &trial.values, gradients[2]), [0.0; 2]);
    assert!(value(&trial.graph, &trial.values, gradients[1]).iter().all(|&v| v != 0.0));
    // Made behind the loss, so that it cannot be read by it.
    let behind = trial.graph.constant(3.0, [2]).unwrap();
    let gradient = trial.graph.gradients(loss, &[behind]).unwrap()[0];
    assert_eq!(value(&trial.graph, &trial.values, gradient), [0.0; 2]);
}

#[test]
fn gradients_of_what_is_in_between() {
    let mut g = Graph::new();
    let x = g.variable("x", []).unwrap();
    let square = g.square(x).unwrap();
    let loss = g.times(square, x).unwrap();
    let all = g.gradients(loss, &[loss, square, x]).unwrap();
    let values = [("x".to_owned(), vec![3.0])].into();
    let all: Vec<_> = all.iter().map(|&id| evaluate(&g, &values)[id.index()][0]).collect();
    // d/dloss, d/dsquare = x, d/dx = 3 x^2
    assert_eq!(all, [1.0, 3.0, 27.0]);
}

#[test]
fn third_derivative() {
    let mut g = Graph::new();
    let x = g.variable("x", []).unwrap();
    let mut y = g.sigmoid(x).unwrap();
    for _ in 0..3 {
        y = g.gradients(y, &[x]).unwrap()[0];
    }
    let s = 1.0 / (1.0 + (-0.3_f64).exp());
    let want = s * (1.0 - s) * (1.0 - 6.0 * s + 6.0 * s * s);
    let got = value(&g, &[("x".to_owned(), vec![0.3])].into(), y)[0];
    assert!((got - want).abs() < 1e-12, "{got} {want}");
}

#[test]
fn ties_share() {
    let mut g = Graph::new();
    let x = g.variable("x", [4]).unwrap();
    let most = g.reduce(Reduction::Max, x, &[0]).unwrap();
    let shares = g.gradients(most, &[x]).unwrap()[0];
    let half = g.constant(2.0, [4]).unwrap();
    let larger = g.maximum(x, half).unwrap();
    let sum = g.sum_all(larger).unwrap();
    let halves = g.gradients(sum, &[x]).unwrap()[0];
    let values = [("x".to_owned(), vec![2.0, 5.0, 1.0, 5.0])].into();
    assert_eq!(value(&g, &values, shares), [0.0, 0.5, 0.0, 0.5]);
    assert_eq!(value(&g, &values, halves), [0.5, 1.0, 0.0, 1.0]);
}

/// mean over samples of (sqrt(|d critic / d x|^2 + 1e-8) - 1)^2, as in WGAN-GP.
#[test]
fn gradient_penalty_of_a_small_critic() {
    let mut trial = Trial::new(&[any(&[2, 1, 6, 5]), any(&[3, 1, 3, 3]), any(&[1, 3, 1, 1]), any(&[2, 3, 2, 2])]);
    let [x, w1, bias, w2] = trial.variables[..] else { unreachable!() };
    let g = &mut trial.graph;
    let same = Conv2d { padding: Padding::Same, ..Conv2d::default() };
    let hidden = g.conv2d(x, w1, same).unwrap();
    let hidden = g.plus(hidden, bias).unwrap();
    let hidden = g.elu(hidden, 1.0).unwrap();
    let hidden = g.max_pool2d(hidden, Pool2d { kernel: [2, 2], stride: [2, 1], padding: Padding::Same }).unwrap();
    let out = g.conv2d(hidden, w2, Conv2d { stride: [2, 2], ..same }).unwrap();
    let out = g.tanh(out).unwrap();
    let critic = g.global_avg_pool(out).unwrap();
    let total = g.sum_all(critic).unwrap();
    let slope = g.gradients(total, &[x]).unwrap()[0];
    let square = g.square(slope).unwrap();
    let norm = g.reduce(Reduction::Sum, square, &[1, 2, 3]).unwrap();
    let norm = g.affine(norm, 1.0, 1e-8).unwrap();
    let norm = g.sqrt(norm).unwrap();
    let off = g.affine(norm, 1.0, -1.0).unwrap();
    let off = g.square(off).unwrap();
    let penalty = g.mean_all(off).unwrap();
    let gradients = g.gradients(penalty, &[x, w1, bias, w2]).unwrap();
    trial.check("gradient penalty", penalty, &gradients);
    assert!(value(&trial.graph, &trial.values, gradients[1]).iter().any(|v| v.abs() > 1e-3));
}
