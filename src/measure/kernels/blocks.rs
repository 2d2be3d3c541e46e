//! What newer networks are made of: depthwise convolutions, layer norm, attention.

use super::Case;
use crate::error::Result;
use crate::graph::{Graph, Id, Op};
use crate::shape::{Conv2d, Padding, Unary};

/// Depthwise layers of MobileNet at 224 x 224 and 128 x 128, and of Xception: channels, the picture's side, and the stride.
const DEPTHWISE: [[usize; 3]; 8] =
    [[64, 112, 1], [128, 56, 1], [128, 56, 2], [512, 14, 1], [728, 14, 1], [1024, 7, 1], [128, 109, 1], [512, 8, 1]];
const BATCH: usize = 8;
/// Of a vision transformer of the base size: heads, numbers of a head, and tokens of a picture of 128 x 128 and of 224 x 224.
const HEADS: usize = 12;
const HEAD: usize = 64;
const TOKENS: [usize; 2] = [65, 197];

pub(super) fn cases() -> Result<Vec<Case>> {
    let mut all = Vec::new();
    for [channels, side, stride] in DEPTHWISE {
        all.extend(depthwise(channels, side, stride)?);
    }
    all.extend(layer_norm([BATCH * 197, HEADS * HEAD])?);
    for tokens in TOKENS {
        all.extend(attention(tokens)?);
    }
    Ok(all)
}

/// Windows of 3x3, a channel each, padded as PyTorch's networks do; once more with what stands behind it at inference.
fn depthwise(channels: usize, side: usize, stride: usize) -> Result<Vec<Case>> {
    let conv =
        Conv2d { stride: [stride; 2], padding: Padding::Explicit([1; 4]), groups: channels, ..Conv2d::default() };
    let x = [BATCH, channels, side, side];
    let dy = [BATCH, channels, side.div_ceil(stride), side.div_ceil(stride)];
    let weight = [channels, 1, 3, 3];
    Ok(vec![
        Case::value("depthwise", |graph| {
            let (x, weight) = (graph.input("x", x)?, graph.variable("weight", weight)?);
            graph.conv2d(x, weight, conv)
        })?,
        Case::value("depthwise_bias_relu6", |graph| {
            let (x, weight) = (graph.input("x", x)?, graph.variable("weight", weight)?);
            let bias = graph.variable("bias", [1, channels, 1, 1])?;
            let y = graph.conv2d(x, weight, conv)?;
            let y = graph.plus(y, bias)?;
            graph.unary(Unary::Clamp(0.0, 6.0), y)
        })?,
        Case::value("depthwise_grad_input", |graph| {
            let (dy, weight) = (graph.input("dy", dy)?, graph.variable("weight", weight)?);
            graph.add(Op::Conv2dGradInput(conv, [side; 2]), &[dy, weight])
        })?,
        Case::value("depthwise_grad_weight", |graph| {
            let (x, dy) = (graph.input("x", x)?, graph.input("dy", dy)?);
            graph.add(Op::Conv2dGradWeight(conv, [3, 3]), &[x, dy])
        })?,
    ])
}

fn layer_norm([rows, n]: [usize; 2]) -> Result<Vec<Case>> {
    let eps = 1e-6;
    let of_rows = |graph: &mut Graph, name| graph.input(name, [rows, n]);
    Ok(vec![
        Case::value("layer_norm", |graph| {
            let x = of_rows(graph, "x")?;
            let (gamma, beta) = (graph.variable("gamma", [n])?, graph.variable("beta", [n])?);
            graph.layer_norm(x, gamma, beta, eps)
        })?,
        Case::value("layer_norm_stats", |graph| {
            let x = of_rows(graph, "x")?;
            graph.add(Op::LayerNormStats(eps), &[x])
        })?,
        Case::value("layer_norm_grad_input", |graph| {
            let (x, dy) = (of_rows(graph, "x")?, of_rows(graph, "dy")?);
            let (stats, gamma) = (graph.input("stats", [rows, 2])?, graph.variable("gamma", [n])?);
            graph.add(Op::LayerNormGradInput, &[x, stats, gamma, dy])
        })?,
        Case::value("layer_norm_grad_sums", |graph| {
            let (x, dy) = (of_rows(graph, "x")?, of_rows(graph, "dy")?);
            let stats = graph.input("stats", [rows, 2])?;
            graph.add(Op::LayerNormGradSums, &[x, stats, dy])
        })?,
    ])
}

/// `softmax(q k^T / sqrt(numbers of a head)) v` of all heads, in steps and as a whole.
fn attention(tokens: usize) -> Result<Vec<Case>> {
    let side = [BATCH * HEADS, tokens, HEAD];
    let square = [BATCH * HEADS, tokens, tokens];
    let scores = |graph: &mut Graph| -> Result<Id> {
        let (q, k) = (graph.input("q", side)?, graph.input("k", side)?);
        graph.matmul_transposed(q, k, false, true)
    };
    Ok(vec![
        Case::value("attention_scores", scores)?,
        Case::value("attention_softmax", |graph| {
            let x = graph.input("scores", square)?;
            graph.softmax(x)
        })?,
        Case::value("attention_values", |graph| {
            let (p, v) = (graph.input("p", square)?, graph.input("v", side)?);
            graph.matmul(p, v)
        })?,
        Case::value("attention", |graph| {
            let s = scores(graph)?;
            let s = graph.affine(s, (HEAD as f32).sqrt().recip(), 0.0)?;
            let p = graph.softmax(s)?;
            let v = graph.input("v", side)?;
            graph.matmul(p, v)
        })?,
    ])
}
