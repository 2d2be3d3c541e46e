//! From a latent vector to what the refiners start from.

use super::Table;
use crate::error::Result;
use crate::graph::Id;
use crate::nn::Net;
use crate::shape::Conv3d;

/// `z` (N,latent) -> (N,genres,slices,H,W) of a phase: dense, batch norm, ReLU; then transposed convolutions with the same behind them.
/// A layer that has not as many channels as there are genres is read through a convolution of 1x1x1 of its own.
///
/// # Errors
/// [`Error::Argument`](crate::Error::Argument) if there is no such phase, [`Error::Shape`](crate::Error::Shape) if `z` has other numbers.
pub fn generator(net: &mut Net, table: &Table, z: Id, phase: usize) -> Result<Id> {
    let [n, _] = net.graph.shape(z).array("generator", "z")?;
    net.graph.shape(z).expect("generator", "z", [n, table.latent])?;
    let x = net.dense("generator.dense", z, table.slices * table.first, table.init)?;
    let x = rectified(net, "generator.dense", x)?;
    // Slices by channels, as the dense layer's numbers of a slice lie together.
    let x = net.graph.reshape(x, [n, table.slices, table.first])?;
    let x = net.graph.transpose(x, &[0, 2, 1])?;
    let mut x = net.graph.reshape(x, [n, table.first, table.slices, 1, 1])?;
    for (at, layer) in table.grown(phase)?.iter().enumerate() {
        let name = format!("generator.grow{}", at + 1);
        x = net.conv_transpose3d(&name, x, layer.filters, layer.kernel, table.init)?;
        x = net.bias(&name, x)?;
        x = rectified(net, &name, x)?;
    }
    if table.width(phase)? == table.genres {
        return Ok(x);
    }
    let name = format!("generator.genres{phase}");
    let x = net.conv3d(&name, x, table.genres, [1; 3], Conv3d::default(), table.init)?;
    net.bias(&name, x)
}

/// Batch norm, then ReLU.
pub(super) fn rectified(net: &mut Net, name: &str, x: Id) -> Result<Id> {
    let x = net.batch_norm(&format!("{name}.norm"), x)?;
    net.graph.relu(x)
}
