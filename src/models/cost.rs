//! What a network costs, told from its graph.

use crate::graph::{Graph, Id, Node, Op};

/// What a network is and does, for one slice unless said otherwise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cost {
    /// Numbers that are kept to use it: weights, and running statistics.
    pub parameters: usize,
    /// Floating-point operations of its products: convolutions, matrix products and recurrent layers, a multiplication and an addition being two.
    pub flops: u64,
}

/// Operations of the products that `output` needs. Functions of single numbers, norms and pools are not counted: they are a small share.
pub(super) fn flops(graph: &Graph, output: Id) -> u64 {
    let mut seen = vec![false; graph.nodes().len()];
    let mut open = vec![output];
    let mut sum = 0;
    while let Some(id) = open.pop() {
        if !std::mem::replace(&mut seen[id.index()], true) {
            sum += of_node(graph, graph.node(id));
            open.extend(&graph.node(id).inputs);
        }
    }
    sum
}

fn of_node(graph: &Graph, node: &Node) -> u64 {
    let dims = |at: usize| graph.shape(node.inputs[at]).dims();
    let each: usize = match &node.op {
        Op::Conv2d(_) | Op::Conv3d(_) => dims(1)[1..].iter().product(),
        Op::Matmul { transpose_a, .. } => {
            let a = dims(0);
            a[a.len() - if *transpose_a { 2 } else { 1 }]
        }
        // The gates of a step are a product of the state and (gates H,H).
        Op::Recurrent(cell) => cell.gates() * dims(2)[1] / cell.state(),
        _ => 0,
    };
    2 * (each as u64) * node.shape.count() as u64
}
