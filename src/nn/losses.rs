//! What networks make small. All are means over a batch, one number each.

use crate::error::Result;
use crate::graph::{Graph, Id};
use crate::shape::{Reduction, Unary};

/// The mean cross-entropy of `logits` (N,K) from `targets` (N,K).
///
/// # Errors
/// [`Error::Shape`](crate::Error::Shape) if they differ.
pub fn mean_cross_entropy(g: &mut Graph, logits: Id, targets: Id) -> Result<Id> {
    let losses = g.cross_entropy(logits, targets)?;
    g.mean_all(losses)
}

/// The cross-entropy of each of `shares`, which are apart from each other, from the sigmoid of its logit, both (N,K) -> (N,K): that of two
/// classes, the logit's and one of 0.
///
/// # Errors
/// [`Error::Shape`](crate::Error::Shape) if they differ.
pub fn binary_cross_entropies(g: &mut Graph, logits: Id, shares: Id) -> Result<Id> {
    let [n, k] = g.shape(logits).array("binary_cross_entropies", "logits")?;
    let mut beside = |x: Id, scale: f32, offset: f32| {
        let own = g.reshape(x, [n * k, 1])?;
        let other = g.affine(own, scale, offset)?;
        g.concat(&[own, other], 1)
    };
    let logits = beside(logits, 0.0, 0.0)?;
    let shares = beside(shares, -1.0, 1.0)?;
    let each = g.cross_entropy(logits, shares)?;
    g.reshape(each, [n, k])
}

/// L1: the mean of `|a - b|`.
///
/// # Errors
/// [`Error::Shape`](crate::Error::Shape) if they do not broadcast.
pub fn mean_absolute_error(g: &mut Graph, a: Id, b: Id) -> Result<Id> {
    let difference = g.minus(a, b)?;
    let distance = g.abs(difference)?;
    g.mean_all(distance)
}

/// The mean of `|a - b|` over all axes behind the first `kept`.
///
/// # Errors
/// [`Error::Shape`](crate::Error::Shape) if they do not broadcast.
pub fn mean_distances(g: &mut Graph, a: Id, b: Id, kept: usize) -> Result<Id> {
    let difference = g.minus(a, b)?;
    let distance = g.abs(difference)?;
    let axes: Vec<_> = (kept..g.shape(distance).rank()).collect();
    g.reduce(Reduction::Mean, distance, &axes)
}

/// L2: the mean of `(a - b)^2`.
///
/// # Errors
/// [`Error::Shape`](crate::Error::Shape) if they do not broadcast.
pub fn mean_squared_error(g: &mut Graph, a: Id, b: Id) -> Result<Id> {
    let difference = g.minus(a, b)?;
    let square = g.square(difference)?;
    g.mean_all(square)
}

/// `mean max(0, near - share far)`: 0 where every near distance is at most `share` of the far one beside it. A triplet's hinge (Schroff et
/// al. 2015) with a margin that needs no unit.
///
/// # Errors
/// [`Error::Shape`](crate::Error::Shape) if they do not broadcast.
pub fn relative_hinge(g: &mut Graph, near: Id, far: Id, share: f32) -> Result<Id> {
    let bound = g.affine(far, -share, 0.0)?;
    let beyond = g.plus(near, bound)?;
    let beyond = g.relu(beyond)?;
    g.mean_all(beyond)
}

/// The hinge loss of a discriminator's scores: `mean max(0, 1 - real) + mean max(0, 1 + fake)` (Lim & Ye 2017).
///
/// # Errors
/// If one is of another graph.
pub fn hinge_discriminator(g: &mut Graph, real: Id, fake: Id) -> Result<Id> {
    let below = g.affine(real, -1.0, 1.0)?;
    let above = g.affine(fake, 1.0, 1.0)?;
    let [below, above] = [below, above].map(|margin| {
        let margin = g.relu(margin)?;
        g.mean_all(margin)
    });
    g.plus(below?, above?)
}

/// The loss of a Wasserstein critic's scores: `mean fake - mean real`, minus the distance that it sees (Arjovsky et al. 2017).
///
/// # Errors
/// If one is of another graph.
pub fn wasserstein_critic(g: &mut Graph, real: Id, fake: Id) -> Result<Id> {
    let real = g.mean_all(real)?;
    let fake = g.mean_all(fake)?;
    g.minus(fake, real)
}

/// What a generator makes small against either: `-mean fake`.
///
/// # Errors
/// If `fake` is of another graph.
pub fn adversarial_generator(g: &mut Graph, fake: Id) -> Result<Id> {
    let mean = g.mean_all(fake)?;
    g.neg(mean)
}

/// The gradient penalty of Gulrajani et al. 2017: the mean over samples of `(sqrt(1e-8 + |ds/dx|^2) - 1)^2`, where `scores` (N,…) are
/// a critic's of `x` (N,…), each sample's of itself alone.
///
/// # Errors
/// [`Error::Argument`](crate::Error::Argument) if one is of another graph, or an operation on the way has no second gradient.
pub fn gradient_penalty(g: &mut Graph, scores: Id, x: Id) -> Result<Id> {
    let sum = g.sum_all(scores)?;
    let slope = g.gradients(sum, &[x])?[0];
    let square = g.square(slope)?;
    let axes: Vec<_> = (1..g.shape(x).rank()).collect();
    let norm = g.reduce(Reduction::Sum, square, &axes)?;
    let safe = g.affine(norm, 1.0, 1e-8)?;
    let length = g.sqrt(safe)?;
    let off = g.affine(length, 1.0, -1.0)?;
    let off = g.unary(Unary::Square, off)?;
    g.mean_all(off)
}
