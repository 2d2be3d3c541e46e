//! `musicnn`: Pons & Serra 2019, "musicnn: pre-trained convolutional neural networks for music audio tagging". Windows whose shapes are
//! musical: tall ones for timbre, long ones for rhythm.
//!
//! | layer | out, for slices of 96 bands x 187 frames |
//! |---|---|
//! | batch norm | 1 x 96 x 187 |
//! | `timbre1`, `timbre2`: 204 windows of .4 and .7 of the bands by 7 frames, ReLU, batch norm, largest along the bands | 204 x 187 each |
//! | `rhythm1` to `rhythm3`: 51 windows of one band by 128, 64 and 32 frames, the same | 51 x 187 each |
//! | all five together | 561 x 187 |
//! | `middle1` to `middle3`: 64 windows of all rows by 7 frames, ReLU, batch norm; from the second on added to the one before | 64 x 187 each |
//! | all eight together: largest and mean over time, in turn | 1,506 |
//! | batch norm, dropout (keep .5), `dense1`, ReLU, batch norm | 200 |
//! | dropout (keep .5), `dense2` | classes |
//!
//! Batch norm adds 1e-3 to the variance, as TensorFlow does. 787,159 weights for 50 classes.

use crate::error::{Error, Result};
use crate::graph::Id;
use crate::nn::{Init, Mode, Net};
use crate::shape::{Conv2d, Padding, Pool2d, Reduction};

/// Shares of the bands that the windows of timbre see.
const TIMBRE: [(&str, f64); 2] = [("timbre1", 0.4), ("timbre2", 0.7)];
/// Frames that the windows of rhythm see.
const RHYTHM: [(&str, usize); 3] = [("rhythm1", 128), ("rhythm2", 64), ("rhythm3", 32)];
const MIDDLE: [&str; 3] = ["middle1", "middle2", "middle3"];
/// Frames of the windows of timbre and of the middle.
const FRAMES: usize = 7;
const TIMBRE_FILTERS: usize = 204;
const RHYTHM_FILTERS: usize = 51;
const MIDDLE_FILTERS: usize = 64;
/// Values of the [embedding](embed).
pub const EMBEDDING: usize = 200;
const EPS: f32 = 1e-3;

pub(super) fn build(net: &mut Net, x: Id, classes: usize) -> Result<Id> {
    let embedding = embed(net, "", x)?;
    answer(net, "", embedding, classes)
}

/// The two published sets, in the order of their features, by the names that stand before those of their variables.
pub const SETS: [&str; 2] = ["msd.", "mtt."];
/// Tags of each.
pub const TAGS: usize = 50;
/// Features of a slice that both give: each set's tags as logits, then each set's embedding.
pub const FEATURES: usize = 2 * (TAGS + EMBEDDING);

/// `x` (N,1,H,W) -> (N,[`FEATURES`]), of both sets.
///
/// # Errors
/// As [`embed`].
pub fn features(net: &mut Net, x: Id) -> Result<Id> {
    let (mut tags, mut embeddings) = (Vec::new(), Vec::new());
    for set in SETS {
        let embedding = embed(net, set, x)?;
        tags.push(answer(net, set, embedding, TAGS)?);
        embeddings.push(embedding);
    }
    net.graph.concat(&[tags, embeddings].concat(), 1)
}

/// Features (N,[`FEATURES`]) in any shape -> logits (N,classes).
pub(super) fn head(net: &mut Net, features: Id, classes: usize) -> Result<Id> {
    let features = net.flatten(features)?;
    net.dense("head", features, classes, Init::GlorotUniform)
}

/// Both sets and a head that tells genres.
pub(super) fn build_genres(net: &mut Net, x: Id, classes: usize) -> Result<Id> {
    let features = features(net, x)?;
    head(net, features, classes)
}

/// `x` (N,1,H,W) -> (N,[`EMBEDDING`]): all but the last layer. `set` stands before the names of its variables.
///
/// # Errors
/// [`Error::Argument`] if the slices are too low.
pub fn embed(net: &mut Net, set: &str, x: Id) -> Result<Id> {
    let named = |layer: &str| format!("{set}{layer}");
    let [n, _, h, w] = net.graph.shape(x).array("musicnn", "slices")?;
    let mut x = net.batch_norm_with(&named("input"), x, EPS)?;
    if net.mode() == Mode::Inference {
        // Kernels take columns in fours. What the further ones become is cut off below.
        x = net.graph.pad(x, &[0; 4], &[0, 0, 0, w.next_multiple_of(4) - w])?;
    }
    let mut parts = Vec::new();
    for (name, share) in TIMBRE {
        let bands = (share * h as f64) as usize;
        if bands == 0 {
            let problem = format!("slices of {h} bands are too low for the windows of timbre; 3 at least");
            return Err(Error::Argument { operation: "musicnn", problem });
        }
        let padding = Padding::Explicit([0, 0, FRAMES / 2, FRAMES / 2]);
        parts.push(window(net, &named(name), x, TIMBRE_FILTERS, [bands, FRAMES], padding)?);
    }
    for (name, frames) in RHYTHM {
        parts.push(window(net, &named(name), x, RHYTHM_FILTERS, [1, frames], Padding::Same)?);
    }
    let mut last = net.graph.concat(&parts, 1)?;
    let rows = net.graph.shape(last).dims()[1];
    last = net.graph.slice(last, &[0; 4], &[n, rows, 1, w])?;
    let mut all = vec![last];
    for (layer, name) in MIDDLE.into_iter().enumerate() {
        let next = window(net, &named(name), last, MIDDLE_FILTERS, [1, FRAMES], Padding::Same)?;
        last = if layer == 0 { next } else { net.graph.plus(next, last)? };
        all.push(last);
    }
    let all = net.graph.concat(&all, 1)?;
    let rows = net.graph.shape(all).dims()[1];
    let along = net.graph.reshape(all, [n, rows, w])?;
    let pooled = [Reduction::Max, Reduction::Mean].map(|kind| {
        let over_time = net.graph.reduce(kind, along, &[2])?;
        net.graph.reshape(over_time, [n, rows, 1])
    });
    let [most, mean] = pooled;
    let in_turn = net.graph.concat(&[most?, mean?], 2)?;
    let flat = net.flatten(in_turn)?;
    let flat = net.batch_norm_with(&named("pooled"), flat, EPS)?;
    let flat = net.dropout(flat, 0.5)?;
    let dense = net.dense(&named("dense1"), flat, EMBEDDING, Init::GlorotUniform)?;
    let dense = net.graph.relu(dense)?;
    net.batch_norm_with(&named("dense1"), dense, EPS)
}

/// An embedding (N,[`EMBEDDING`]) -> logits (N,classes).
///
/// # Errors
/// [`Error::Shape`] if it is none.
pub fn answer(net: &mut Net, set: &str, embedding: Id, classes: usize) -> Result<Id> {
    let x = net.dropout(embedding, 0.5)?;
    net.dense(&format!("{set}dense2"), x, classes, Init::GlorotUniform)
}

/// Windows, bias, ReLU, batch norm, and of what is left of the bands the largest: (N,C,H,W) -> (N,filters,1,W).
fn window(net: &mut Net, name: &str, x: Id, filters: usize, kernel: [usize; 2], padding: Padding) -> Result<Id> {
    let conv = Conv2d { padding, ..Conv2d::default() };
    let x = net.conv2d(name, x, filters, kernel, conv, Init::GlorotUniform)?;
    let x = net.bias(name, x)?;
    let x = net.graph.relu(x)?;
    let [n, _, h, w] = net.graph.shape(x).array("musicnn", "windows")?;
    match (h, net.mode()) {
        (1, _) => net.batch_norm_with(name, x, EPS),
        (_, Mode::Training) => {
            let x = net.batch_norm_with(name, x, EPS)?;
            net.graph.max_pool2d(x, Pool2d { kernel: [h, 1], stride: [h, 1], padding: Padding::Valid })
        }
        // With statistics that stay, batch norm rises or falls with its input: its largest value is that of the largest or of the smallest
        // input, and two numbers a column are brought to it, not h.
        (_, Mode::Inference) => {
            let mut of = |kind| {
                let end = net.graph.reduce(kind, x, &[2])?;
                net.graph.reshape(end, [n, filters, 1, w])
            };
            let (largest, smallest) = (of(Reduction::Max)?, of(Reduction::Min)?);
            let largest = net.batch_norm_with(name, largest, EPS)?;
            let smallest = net.again(|net| net.batch_norm_with(name, smallest, EPS))?;
            net.graph.maximum(largest, smallest)
        }
    }
}
