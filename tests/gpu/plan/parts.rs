//! Plans over tensors that one binding cannot hold.

use tunevote::graph::Update;

use super::Trial;
use crate::harness::limited;

/// The weights of a dense layer, their gradient, and a step along it, on a device that binds 64 KiB at once.
#[test]
fn a_dense_layer_whose_weights_no_binding_holds() {
    let mut t = Trial::default();
    let x = t.noisy("x", &[9, 1000], 1.0, 0.0);
    let w = t.noisy("w", &[1000, 20], 0.1, 0.0);
    let bias = t.noisy("bias", &[20], 0.5, 0.0);
    let moved = t.noisy("moved", &[1000, 20], 1.0, 0.0);
    let g = &mut t.graph;
    let y = g.matmul(x, w).unwrap();
    let y = g.plus(y, bias).unwrap();
    let y = g.relu(y).unwrap();
    g.output("y", y).unwrap();
    let loss = t.weighted(y, 3);
    let gradients = t.gradients(loss, &[x, w, bias]);
    let step = t.graph.affine(gradients[1], -0.1, 0.0).unwrap();
    let value = t.graph.plus(w, step).unwrap();
    t.graph.update(Update::Assign { variable: moved, value }).unwrap();
    t.check_on(&[limited(64 << 10)], 60.0);
}
