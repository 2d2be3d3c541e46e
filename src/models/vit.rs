//! `vit-b16` and `vit-l32`: a transformer over patches of the picture (Dosovitskiy et al. 2021, "An image is worth 16x16 words"). Names of variables are
//! timm's.
//!
//! | layer | out of `vit-b16`, for slices of 128 x 128 |
//! |---|---|
//! | `patch_embed`: a convolution whose windows of 16x16 do not overlap | 64 tokens of 768 |
//! | `cls_token` in front, plus `pos_embed` | 65 x 768 |
//! | 12 `blocks`: x + attention(layer norm x), then x + MLP(layer norm x) | 65 x 768 |
//! | layer norm `norm`, the first token, `head` | classes |
//!
//! Attention of `h` heads of `d` numbers: `softmax(q k^T / sqrt d) v` for each head, with `q`, `k` and `v` from one product `attn.qkv`, and a product `attn.proj` of
//! all heads. The MLP is four times as wide inside, with GELU. `vit-l32`: windows of 32x32, 24 blocks, 16 heads, 1,024 numbers a token.
//!
//! For pictures of 3 x 224 x 224, as published, 85,798,656 and 305,510,400 weights without `head`; the positions of smaller pictures are fewer.

use super::backbone::three_channels;
use crate::error::{Error, Result};
use crate::graph::Id;
use crate::nn::{Init, Net};
use crate::shape::Conv2d;

/// The sizes of a network of this kind.
#[derive(Clone, Copy, Debug)]
pub struct Vit {
    /// Side of a patch.
    pub patch: usize,
    /// Numbers of a token.
    pub dim: usize,
    /// Blocks.
    pub depth: usize,
    /// Heads of attention, which divide `dim`.
    pub heads: usize,
}

/// ViT-B/16.
pub const VIT_B16: Vit = Vit { patch: 16, dim: 768, depth: 12, heads: 12 };
/// ViT-L/32.
pub const VIT_L32: Vit = Vit { patch: 32, dim: 1024, depth: 24, heads: 16 };

/// How many times as wide the MLP of a block is inside.
const MLP: usize = 4;
/// What layer norm adds to the variance.
const EPS: f32 = 1e-6;
/// Deviation of initial weights.
const INIT: Init = Init::TruncatedNormal(0.02);

pub(super) fn build_b16(net: &mut Net, x: Id, classes: usize) -> Result<Id> {
    VIT_B16.build(net, x, classes)
}

pub(super) fn build_l32(net: &mut Net, x: Id, classes: usize) -> Result<Id> {
    VIT_L32.build(net, x, classes)
}

/// The name of the positions' variable (1, 1 + tokens, numbers of a token): one for the first token, then those of patches row by row.
pub const POSITIONS: &str = "pos_embed";

/// The name of the windows' variable (numbers of a token, 3, side, side).
pub const PATCHES: &str = "patch_embed.proj.weight";

impl Vit {
    /// `x` (N,1,H,W) or (N,3,H,W) -> logits (N,classes). What the last patches do not fill is not seen.
    ///
    /// # Errors
    /// [`Error::Argument`] if the slices are smaller than a patch.
    pub fn build(&self, net: &mut Net, x: Id, classes: usize) -> Result<Id> {
        let x = three_channels(net, x)?;
        let [n, _, h, w] = net.graph.shape(x).array("vit", "slices")?;
        let Self { patch, dim, depth, .. } = *self;
        if h < patch || w < patch {
            let problem = format!("slices of {h} x {w} are smaller than a patch of {patch} x {patch}");
            return Err(Error::Argument { operation: "vit", problem });
        }
        let conv = Conv2d { stride: [patch; 2], ..Conv2d::default() };
        let x = net.conv2d("patch_embed.proj", x, dim, [patch; 2], conv, INIT)?;
        let x = net.bias("patch_embed.proj", x)?;
        let patches = (h / patch) * (w / patch);
        let x = net.graph.reshape(x, [n, dim, patches])?;
        let x = net.graph.transpose(x, &[0, 2, 1])?;
        let first = net.weight("cls_token", [1, 1, dim], INIT)?;
        let first = net.graph.expand(first, [n, 1, dim])?;
        let x = net.graph.concat(&[first, x], 1)?;
        let tokens = patches + 1;
        let positions = net.weight(POSITIONS, [1, tokens, dim], INIT)?;
        let mut x = net.graph.plus(x, positions)?;
        for block in 0..depth {
            if block + 1 == depth {
                // Behind the last block only the first token is read.
                net.set_maps(x);
            }
            x = self.block(net, &format!("blocks.{block}"), x)?;
        }
        let first = net.graph.slice(x, &[0, 0, 0], &[n, 1, dim])?;
        let first = net.graph.reshape(first, [n, dim])?;
        let first = net.layer_norm("norm", first, EPS)?;
        net.dense("head", first, classes, INIT)
    }

    /// (N,T,D) -> (N,T,D)
    fn block(&self, net: &mut Net, name: &str, x: Id) -> Result<Id> {
        let named = |part: &str| format!("{name}.{part}");
        let [n, tokens, dim] = net.graph.shape(x).array("vit", "tokens")?;
        let rows = |net: &mut Net, x| net.graph.reshape(x, [n * tokens, dim]);
        let whole = |net: &mut Net, x| net.graph.reshape(x, [n, tokens, dim]);
        let y = net.layer_norm(&named("norm1"), x, EPS)?;
        let y = rows(net, y)?;
        let y = net.dense(&named("attn.qkv"), y, 3 * dim, INIT)?;
        let y = self.attention(net, y, [n, tokens])?;
        let y = net.dense(&named("attn.proj"), y, dim, INIT)?;
        let y = whole(net, y)?;
        let x = net.graph.plus(x, y)?;
        let y = net.layer_norm(&named("norm2"), x, EPS)?;
        let y = rows(net, y)?;
        let y = net.dense(&named("mlp.fc1"), y, MLP * dim, INIT)?;
        let y = net.graph.gelu(y)?;
        let y = net.dense(&named("mlp.fc2"), y, dim, INIT)?;
        let y = whole(net, y)?;
        net.graph.plus(x, y)
    }

    /// Queries, keys and values (N T, 3 D) -> (N T, D) (Vaswani et al. 2017, 3.2).
    fn attention(&self, net: &mut Net, x: Id, [n, tokens]: [usize; 2]) -> Result<Id> {
        let Self { dim, heads, .. } = *self;
        let each = dim / heads;
        let g = &mut net.graph;
        let x = g.reshape(x, [n, tokens, 3, heads, each])?;
        let x = g.transpose(x, &[2, 0, 3, 1, 4])?;
        let mut part = |at: usize| {
            let part = g.slice(x, &[at, 0, 0, 0, 0], &[at + 1, n, heads, tokens, each])?;
            g.reshape(part, [n * heads, tokens, each])
        };
        let [q, k, v] = [part(0)?, part(1)?, part(2)?];
        let q = g.affine(q, 1.0 / (each as f32).sqrt(), 0.0)?;
        let scores = g.matmul_transposed(q, k, false, true)?;
        let shares = g.softmax(scores)?;
        let y = g.matmul(shares, v)?;
        let y = g.reshape(y, [n, heads, tokens, each])?;
        let y = g.transpose(y, &[0, 2, 1, 3])?;
        g.reshape(y, [n * tokens, dim])
    }
}
