//! From a volume to how real it is, and to the latent vector that would make it.

use super::Table;
use crate::error::Result;
use crate::graph::Id;
use crate::nn::{Init, Net};
use crate::shape::{Conv3d, Padding3d, Unary};

/// Slope of leaky ReLU below 0.
const SLOPE: f32 = 0.2;

/// What an encoder's dropout keeps.
const KEEP: f32 = 0.5;

/// `x` (N,genres,slices,H,W) of a phase -> (N,1), larger for what looks real: the generator's layers backwards, leaky ReLU, no norm (a
/// gradient penalty is one sample's), then dense.
///
/// # Errors
/// [`Error::Argument`](crate::Error::Argument) if there is no such phase, [`Error::Shape`](crate::Error::Shape) if `x` is none of it.
pub fn discriminator(net: &mut Net, table: &Table, x: Id, phase: usize) -> Result<Id> {
    let mirror = Mirror { name: "discriminator", channels: table.genres, overlapping: false, init: table.init };
    let x = mirror.of(net, table, x, phase)?;
    net.dense("discriminator.dense", x, 1, table.init)
}

/// A slice (N,1,slices,H,W) of a phase, of whatever genre -> the latent vector (N,latent) that is to give it: the same layers with weights
/// of their own, but overlapping windows and batch norm. Windows that do not overlap cannot tell an edge between two of them, and what a
/// genre sounds like is in edges: onsets and held notes. Dropout before the dense layer keeps few songs from being learnt by heart. Batch norm
/// at the end lets the vectors lie where noise does.
///
/// # Errors
/// As [`discriminator`].
pub fn encoder(net: &mut Net, table: &Table, x: Id, phase: usize) -> Result<Id> {
    let mirror = Mirror { name: "encoder", channels: 1, overlapping: true, init: Init::HeNormal };
    let x = mirror.of(net, table, x, phase)?;
    let x = net.dropout(x, KEEP)?;
    let x = net.dense("encoder.dense", x, table.latent, Init::HeNormal)?;
    net.batch_norm("encoder.norm", x)
}

/// The generator's layers backwards.
struct Mirror {
    /// Before the names of its variables.
    name: &'static str,
    /// Channels of what comes in.
    channels: usize,
    /// Whether windows reach into their neighbours, with batch norm behind; else they lie side by side.
    overlapping: bool,
    init: Init,
}

impl Mirror {
    /// A volume of a phase -> what the dense layer takes.
    fn of(&self, net: &mut Net, table: &Table, x: Id, phase: usize) -> Result<Id> {
        let Self { name, channels, overlapping, init } = *self;
        let [n, ..] = net.graph.shape(x).array::<5>("discriminator", "x")?;
        let [d, h, w] = table.volume(phase)?;
        net.graph.shape(x).expect("discriminator", "x", [n, channels, d, h, w])?;
        let mut x = x;
        let leaky = |net: &mut Net, x: Id| net.graph.unary(Unary::LeakyRelu(SLOPE), x);
        if table.width(phase)? != channels {
            let name = format!("{name}.genres{phase}");
            x = net.conv3d(&name, x, table.width(phase)?, [1; 3], Conv3d::default(), init)?;
            x = net.bias(&name, x)?;
            x = leaky(net, x)?;
        }
        for (at, layer) in table.grown(phase)?.iter().enumerate().rev() {
            let name = format!("{name}.grow{}", at + 1);
            let filters = table.width(at)?;
            let stride = layer.critic;
            x = if overlapping {
                let conv = Conv3d { stride, padding: Padding3d::Same, ..Conv3d::default() };
                let x = net.conv3d(&name, x, filters, stride.map(|step| 2 * step - 1), conv, init)?;
                net.batch_norm(&format!("{name}.norm"), x)?
            } else {
                let x = net.conv3d(&name, x, filters, stride, Conv3d { stride, ..Conv3d::default() }, init)?;
                net.bias(&name, x)?
            };
            x = leaky(net, x)?;
        }
        net.flatten(x)
    }
}
