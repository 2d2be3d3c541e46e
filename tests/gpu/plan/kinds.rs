//! A network that is large enough for the kernels of each kind of adapter.

use std::collections::BTreeSet;

use tunevote::gpu::AdapterKind;
use tunevote::shape::{Conv2d, Padding, Pool2d, Unary};

use super::Trial;
use crate::harness::{kinds, noise};

/// Two convolutions, one with a pool, and a dense layer; with gradients of everything where they are asked for.
fn network(gradients: bool) -> Trial {
    let mut t = Trial::default();
    let same = Conv2d { padding: Padding::Same, ..Conv2d::default() };
    let x = t.input("x", &[33, 4, 4, 8], noise(33 * 4 * 4 * 8, 1));
    let w1 = t.noisy("w1", &[40, 4, 2, 2], 0.5, 0.0);
    let b1 = t.noisy("b1", &[1, 40, 1, 1], 0.5, 0.0);
    let w2 = t.noisy("w2", &[36, 40, 2, 3], 0.1, 0.0);
    let w3 = t.noisy("w3", &[288, 44], 0.1, 0.0);
    let b3 = t.noisy("b3", &[44], 0.5, 0.0);
    let g = &mut t.graph;
    let y = g.conv2d(x, w1, same).unwrap();
    let y = g.plus(y, b1).unwrap();
    let y = g.elu(y, 1.0).unwrap();
    let y = g.max_pool2d(y, Pool2d::square(2)).unwrap();
    let y = g.conv2d(y, w2, same).unwrap();
    let y = g.unary(Unary::LeakyRelu(0.1), y).unwrap();
    let y = g.reshape(y, [33, 288]).unwrap();
    let y = g.matmul(y, w3).unwrap();
    let y = g.plus(y, b3).unwrap();
    let y = g.tanh(y).unwrap();
    g.output("y", y).unwrap();
    if gradients {
        let loss = t.weighted(y, 5);
        t.gradients(loss, &[x, w1, b1, w2, w3, b3]);
    }
    t
}

#[test]
fn a_network_with_the_kernels_of_each_kind() {
    let mut used = BTreeSet::new();
    for trial in [network(false), network(true)] {
        trial.check_on(kinds(), 100.0);
        for engine in kinds().iter().filter(|engine| engine.kind() == AdapterKind::Gpu) {
            let (_, plan) = trial.plan(engine, true);
            used.extend(plan.recording().kernels().map(|(kernel, _)| kernel.name()));
        }
    }
    for name in ["gemm_gpu", "conv2d_gpu", "conv2d_grad_weight_gpu"] {
        assert!(used.contains(name), "{name} is not among {used:?}");
    }
}
