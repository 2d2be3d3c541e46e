//! What makes a genre's channel a picture of that genre.

use serde::{Deserialize, Serialize};

use super::Table;
use super::generator::rectified;
use crate::error::Result;
use crate::graph::Id;
use crate::nn::Net;
use crate::shape::{Conv3d, Distribution, Padding3d, Random};

/// What comes behind the refiners, by name.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Binary {
    /// Grey values.
    #[default]
    Off,
    /// Black or white, by the more likely one.
    Deterministic,
    /// Black or white, by chance.
    Stochastic,
}

impl Binary {
    /// The neurons; stochastic ones need a seed, and without one are deterministic.
    pub fn neurons(self, seed: Option<Id>, salt: u32) -> Neurons {
        match (self, seed) {
            (Self::Off, _) => Neurons::Off,
            (Self::Stochastic, Some(seed)) => Neurons::Stochastic { seed, salt },
            _ => Neurons::Deterministic,
        }
    }
}

/// What comes behind the refiners in a graph.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Neurons {
    /// Grey values between 0 and 1: a sigmoid.
    Off,
    /// 1 where the sigmoid is above a half.
    Deterministic,
    /// 1 with the sigmoid's probability.
    Stochastic {
        /// The input of 8 words from which they are drawn.
        seed: Id,
        /// Tells these from others of the same seed.
        salt: u32,
    },
}

/// Every genre's channel of `x` (N,genres,slices,H,W) through the residual units of that genre,
/// `x + conv(relu(norm(conv(relu(norm(x))))))` each, behind binary neurons of this slope (one number), if any.
///
/// The refiners are groups of one convolution: group `i` of each variable is genre `i`'s.
///
/// # Errors
/// [`Error::Shape`](crate::Error::Shape) if `x` has not a channel a genre.
pub fn refined(net: &mut Net, table: &Table, x: Id, neurons: Neurons, slope: Id) -> Result<Id> {
    let [n, _, d, h, w] = net.graph.shape(x).array("refined", "x")?;
    net.graph.shape(x).expect("refined", "x", [n, table.genres, d, h, w])?;
    let same = Conv3d { padding: Padding3d::Same, groups: table.genres, ..Conv3d::default() };
    let mut all = x;
    for unit in 1..=table.refiner.units {
        let mut y = all;
        for (half, filters) in [("first", table.refiner.filters), ("second", 1)] {
            let name = format!("refiners.unit{unit}.{half}");
            y = rectified(net, &name, y)?;
            y = net.conv3d(&name, y, table.genres * filters, table.refiner.kernel, same, table.init)?;
            y = net.bias(&name, y)?;
        }
        all = net.graph.plus(all, y)?;
    }
    let threshold = match neurons {
        Neurons::Off => return net.graph.sigmoid(all),
        Neurons::Deterministic => net.graph.constant(0.5, [1])?,
        Neurons::Stochastic { seed, salt } => {
            let shape = net.graph.shape(all).clone();
            net.graph.random(seed, Random { shape, distribution: Distribution::Uniform, salt })?
        }
    };
    let steep = net.graph.times(all, slope)?;
    let p = net.graph.sigmoid(steep)?;
    net.graph.neuron(p, threshold)
}
