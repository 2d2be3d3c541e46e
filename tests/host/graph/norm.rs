//! Derivatives of softmax, cross-entropy, batch norm and layer norm.

use tunevote::Result;
use tunevote::graph::{Graph, Id, Op};

use super::harness::{above_zero, any, holds};

const EPS: f32 = 1e-3;

#[test]
fn softmax_and_cross_entropy() {
    let two = any(&[3, 5]);
    holds("softmax", &[two], |g, v| g.softmax(v[0]));
    holds("softmax of three axes", &[any(&[2, 3, 4])], |g, v| g.softmax(v[0]));
    holds("softmax of one axis", &[any(&[4])], |g, v| g.softmax(v[0]));
    holds("softmax_grad_input", &[two, two], |g, v| g.add(Op::SoftmaxGrad, v));
    holds("log_softmax", &[two], |g, v| g.log_softmax(v[0]));
    holds("log_softmax of three axes", &[any(&[2, 3, 4])], |g, v| g.log_softmax(v[0]));
    holds("cross_entropy", &[two, above_zero(&[3, 5])], |g, v| g.cross_entropy(v[0], v[1]));
    holds("cross_entropy of probabilities", &[two, two], |g, v| {
        let targets = g.softmax(v[1])?;
        g.cross_entropy(v[0], targets)
    });
    holds("cross_entropy_grad_logits", &[two, two, any(&[3])], |g, v| g.add(Op::CrossEntropyGrad, v));
}

fn training(g: &mut Graph, v: &[Id]) -> Result<Id> {
    g.batch_norm_training(v[0], v[1], v[2], EPS).map(|(y, _)| y)
}

#[test]
fn batch_norm_in_training() {
    let channels = [above_zero(&[3]), any(&[3])];
    for x in [&[5, 3][..], &[2, 3, 4], &[2, 3, 2, 3]] {
        holds(&format!("batch norm of {x:?}"), &[any(x), channels[0], channels[1]], training);
    }
    holds("batch norm and its statistics", &[any(&[4, 3, 2]), channels[0], channels[1]], |g, v| {
        let (y, stats) = g.batch_norm_training(v[0], v[1], v[2], EPS)?;
        let total = g.sum_all(stats)?;
        let scaled = g.times(y, total)?;
        g.plus(scaled, v[0])
    });
    holds("batch_norm_stats", &[any(&[4, 3, 2])], |g, v| g.add(Op::BatchNormStats, v));
}

#[test]
fn batch_norm_gradients_as_functions() {
    let x = any(&[4, 3, 2]);
    holds("batch_norm_grad_sums", &[x, x], |g, v| {
        let stats = g.add(Op::BatchNormStats, &v[..1])?;
        g.add(Op::BatchNormGradSums(EPS), &[v[0], stats, v[1]])
    });
    holds("batch_norm_grad_input", &[x, above_zero(&[3]), x], |g, v| {
        let stats = g.add(Op::BatchNormStats, &v[..1])?;
        let sums = g.add(Op::BatchNormGradSums(EPS), &[v[0], stats, v[2]])?;
        g.add(Op::BatchNormGradInput(EPS), &[v[0], stats, v[1], sums, v[2]])
    });
}

#[test]
fn batch_norm_in_inference() {
    for x in [&[5, 3][..], &[2, 3, 4], &[2, 3, 2, 3]] {
        let givens = [any(x), above_zero(&[2, 3]), above_zero(&[3]), any(&[3])];
        holds(&format!("batch norm of {x:?}"), &givens, |g, v| g.batch_norm_inference(v[0], v[1], v[2], v[3], EPS));
    }
}

#[test]
fn layer_norm() {
    let weights = [above_zero(&[4]), any(&[4])];
    for x in [&[4][..], &[3, 4], &[2, 3, 4]] {
        holds(&format!("layer norm of {x:?}"), &[any(x), weights[0], weights[1]], |g, v| {
            g.layer_norm(v[0], v[1], v[2], EPS)
        });
        holds(&format!("layer_norm_stats of {x:?}"), &[any(x)], |g, v| g.add(Op::LayerNormStats(EPS), v));
        holds(&format!("layer_norm_grad_input of {x:?}"), &[any(x), above_zero(&[4]), any(x)], |g, v| {
            let stats = g.add(Op::LayerNormStats(EPS), &v[..1])?;
            g.add(Op::LayerNormGradInput, &[v[0], stats, v[1], v[2]])
        });
        holds(&format!("layer_norm_grad_sums of {x:?}"), &[any(x), any(x)], |g, v| {
            let stats = g.add(Op::LayerNormStats(EPS), &v[..1])?;
            g.add(Op::LayerNormGradSums, &[v[0], stats, v[1]])
        });
    }
    holds("layer norm, gamma as beta", &[any(&[3, 4]), any(&[4])], |g, v| g.layer_norm(v[0], v[1], v[1], EPS));
    holds("layer norm weighted by its own input", &[any(&[3, 4]), any(&[4]), any(&[4])], |g, v| {
        let y = g.layer_norm(v[0], v[1], v[2], EPS)?;
        g.times(y, v[0])
    });
}

/// An operation that reads a tensor twice has the sum of both gradients, once.
#[test]
fn the_same_tensor_twice() {
    let two = any(&[3, 5]);
    holds("softmax_grad_input", &[two], |g, v| g.add(Op::SoftmaxGrad, &[v[0], v[0]]));
    holds("cross_entropy", &[above_zero(&[3, 5])], |g, v| g.cross_entropy(v[0], v[0]));
    holds("cross_entropy_grad_logits", &[two, any(&[3])], |g, v| g.add(Op::CrossEntropyGrad, &[v[0], v[0], v[1]]));
    holds("batch norm, gamma as beta", &[any(&[4, 3]), any(&[3])], |g, v| training(g, &[v[0], v[1], v[1]]));
    holds("inference, gamma as beta", &[any(&[4, 3]), above_zero(&[2, 3]), any(&[3])], |g, v| {
        g.batch_norm_inference(v[0], v[1], v[2], v[2], EPS)
    });
    holds("batch_norm_grad_sums", &[any(&[4, 3])], |g, v| {
        let stats = g.add(Op::BatchNormStats, v)?;
        g.add(Op::BatchNormGradSums(EPS), &[v[0], stats, v[0]])
    });
    holds("batch_norm_grad_input", &[any(&[4, 3]), above_zero(&[3])], |g, v| {
        let stats = g.add(Op::BatchNormStats, &v[..1])?;
        let sums = g.add(Op::BatchNormGradSums(EPS), &[v[0], stats, v[0]])?;
        g.add(Op::BatchNormGradInput(EPS), &[v[0], stats, v[1], sums, v[0]])
    });
    holds("batch norm weighted by its own input", &[any(&[4, 3]), any(&[3]), any(&[3])], |g, v| {
        let y = training(g, v)?;
        g.times(y, v[0])
    });
    holds("a + a, a a, a / a", &[above_zero(&[3])], |g, v| {
        let (sum, product) = (g.plus(v[0], v[0])?, g.times(v[0], v[0])?);
        let ratio = g.divide(product, sum)?;
        let maximum = g.maximum(ratio, ratio)?;
        g.divide(maximum, product)
    });
    holds("a' a", &[any(&[3, 4])], |g, v| g.matmul_transposed(v[0], v[0], true, false));
    holds("conv2d of a with itself", &[any(&[2, 2, 3, 3])], |g, v| {
        let conv = tunevote::shape::Conv2d { padding: tunevote::shape::Padding::Same, ..Default::default() };
        g.conv2d(v[0], v[0], conv)
    });
}
