//! `three-branch`: windows along frequency, windows along time, and windows on a constant-Q transform (a team project of IAML on FMA-small; sizes where the source gives
//! none are ours).
//!
//! | branch | reads | layers |
//! |---|---|---|
//! | `v` | mel, 128 rows | 64 @ 90x7, pool 39x4; 128 @ 1x7, pool 1x8; 128 @ 1x7, pool 1x8; 256 @ 1x9 |
//! | `h` | mel, 128 rows | 32 @ 1x64, pool 2x4; 64 @ 3x9, pool 2x4, twice; 128 @ 3x3, pool 2x2, twice; 256 @ 3x3, pool 2x2; 256 @ 2x4 |
//! | `c` | CQT, 84 rows | 32, 64, 64 @ 3x3, pool 2x4 each; 128, 128, 256 @ 3x3, pool 2x2 each; 256 @ 1x4 |
//!
//! Every convolution has a bias, then ReLU, then batch norm, then its max-pool. The last windows of each branch, and the rows of the first ones of `v`, fit without
//! padding; the others are padded to the picture's size. What is left of a branch is its mean over time; dropout (keep .5) and a dense layer read the 768 numbers of all
//! three. For 2,498 columns and 8 genres 2,567,720 numbers, running statistics among them.

use crate::error::{Error, Result};
use crate::graph::Id;
use crate::nn::{Init, Net};
use crate::shape::{Conv2d, Padding, Pool2d};

/// Rows of the mel picture, and of the CQT behind them.
pub const ROWS: [usize; 2] = [128, 84];

/// Where zeros stand around a picture.
#[derive(Clone, Copy, Debug)]
enum Fit {
    /// On all sides, so that the size stays.
    Same,
    /// Before and behind the columns.
    Columns,
    /// Nowhere.
    Inside,
}

/// Filters, window, padding, and the pool behind them.
struct Layer(usize, [usize; 2], Fit, [usize; 2]);

const V: [Layer; 4] = [
    Layer(64, [90, 7], Fit::Columns, [39, 4]),
    Layer(128, [1, 7], Fit::Same, [1, 8]),
    Layer(128, [1, 7], Fit::Same, [1, 8]),
    Layer(256, [1, 9], Fit::Inside, [1, 1]),
];
const H: [Layer; 7] = [
    Layer(32, [1, 64], Fit::Same, [2, 4]),
    Layer(64, [3, 9], Fit::Same, [2, 4]),
    Layer(64, [3, 9], Fit::Same, [2, 4]),
    Layer(128, [3, 3], Fit::Same, [2, 2]),
    Layer(128, [3, 3], Fit::Same, [2, 2]),
    Layer(256, [3, 3], Fit::Same, [2, 2]),
    Layer(256, [2, 4], Fit::Inside, [1, 1]),
];
const C: [Layer; 7] = [
    Layer(32, [3, 3], Fit::Same, [2, 4]),
    Layer(64, [3, 3], Fit::Same, [2, 4]),
    Layer(64, [3, 3], Fit::Same, [2, 4]),
    Layer(128, [3, 3], Fit::Same, [2, 2]),
    Layer(128, [3, 3], Fit::Same, [2, 2]),
    Layer(256, [3, 3], Fit::Same, [2, 2]),
    Layer(256, [1, 4], Fit::Inside, [1, 1]),
];

/// The layer of `h` whose maps say where the network looks: behind the pools after it nothing is left of the place.
const LOOKED_AT: (&str, usize) = ("h", 3);

pub(super) fn build(net: &mut Net, x: Id, classes: usize) -> Result<Id> {
    let [n, _, h, w] = net.graph.shape(x).array("three-branch", "slices")?;
    let [mel, cqt] = ROWS;
    if h != mel + cqt {
        let problem =
            format!("slices of {h} rows; it reads {mel} mel bands above {cqt} bins of a constant-Q transform");
        return Err(Error::Argument { operation: "three-branch", problem });
    }
    let above = net.graph.slice(x, &[0; 4], &[n, 1, mel, w])?;
    let below = net.graph.slice(x, &[0, 0, mel, 0], &[n, 1, h, w])?;
    let parts = [branch(net, "v", above, &V)?, branch(net, "h", above, &H)?, branch(net, "c", below, &C)?];
    let [(v, _), (h, maps), (c, _)] = parts;
    maps.into_iter().for_each(|maps| net.set_maps_of_rows(maps, mel));
    let x = net.graph.concat(&[v, h, c], 1)?;
    let x = net.dropout(x, 0.5)?;
    net.dense("dense", x, classes, Init::GlorotUniform)
}

/// (N,1,H,W) -> (N, filters of the last layer), and the maps that are looked at, if they are its.
fn branch(net: &mut Net, branch: &str, x: Id, layers: &[Layer]) -> Result<(Id, Option<Id>)> {
    let mut x = x;
    let mut maps = None;
    for (number, &Layer(filters, window, fit, pool)) in layers.iter().enumerate() {
        let name = format!("{branch}{}", number + 1);
        let columns = (window[1] - 1) / 2;
        let padding = match fit {
            Fit::Same => Padding::Same,
            Fit::Columns => Padding::Explicit([0, 0, columns, window[1] - 1 - columns]),
            Fit::Inside => Padding::Valid,
        };
        x = net.conv2d(&name, x, filters, window, Conv2d { padding, ..Conv2d::default() }, Init::HeNormal)?;
        x = net.bias(&name, x)?;
        x = net.graph.relu(x)?;
        x = net.batch_norm(&format!("{name}norm"), x)?;
        if (branch, number) == LOOKED_AT {
            maps = Some(x);
        }
        if pool != [1, 1] {
            x = net.graph.max_pool2d(x, Pool2d { kernel: pool, stride: pool, padding: Padding::Valid })?;
        }
    }
    Ok((net.graph.global_avg_pool(x)?, maps))
}
