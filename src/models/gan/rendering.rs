//! From slices to how each genre would sound them.

use super::{Binary, Neurons, Table, encoder, generator, refined};
use crate::error::{Error, Result};
use crate::graph::Id;
use crate::models::compact::MIDDLE;
use crate::nn::Net;
use crate::shape::{Pool2d, Reduction, Unary};

use serde::{Deserialize, Serialize};

/// How a slice comes into the generator: the paper, whose generator starts from noise, does not say.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reading {
    /// A. Analysis by synthesis: an encoder finds the latent vector, and a genre renders it well if the slice is of that genre.
    #[default]
    Analysis,
    /// B. Domain transfer: what the generator makes of the latent vector is added to the slice itself (to its logits) before a genre's
    /// refiner, so that a rendering is the slice, translated.
    Transfer,
}

/// What is black and what is white: a network's picture values where the GAN's are 0 and 1.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Grey {
    /// The value of black.
    pub low: f32,
    /// The value of white.
    pub high: f32,
}

impl Grey {
    /// The grey at which a binary picture turns from black to white: where `compact-binary` does, if that is between the two, else halfway.
    fn black_ends(self) -> f32 {
        let middle = (MIDDLE - self.low) / (self.high - self.low);
        if middle > 0.0 && middle < 1.0 { middle } else { 0.5 }
    }

    /// Picture values -> 0 to 1.
    ///
    /// # Errors
    /// If `x` is of another graph.
    pub fn of(self, net: &mut Net, x: Id) -> Result<Id> {
        let scale = 1.0 / (self.high - self.low);
        let grey = net.graph.affine(x, scale, -self.low * scale)?;
        net.graph.unary(Unary::Clamp(0.0, 1.0), grey)
    }

    /// 0 to 1 -> picture values.
    ///
    /// # Errors
    /// If `x` is of another graph.
    pub fn back(self, net: &mut Net, x: Id) -> Result<Id> {
        net.graph.affine(x, self.high - self.low, self.low)
    }
}

/// A classifier's pictures `x` (N,1,H,slices W) as the networks of a phase see them, (N,1,slices,h,w): grey, averaged over boxes, and black
/// or white with binary neurons.
///
/// # Errors
/// [`Error::Shape`] if boxes of the phase do not fill the slices.
pub fn entrance(net: &mut Net, table: &Table, grey: Grey, binary: Binary, x: Id, phase: usize) -> Result<Id> {
    let x = grey.of(net, x)?;
    let x = boxes(net, table, x, phase)?;
    if binary == Binary::Off {
        return Ok(x);
    }
    let threshold = net.graph.constant(grey.black_ends(), [1])?;
    net.graph.neuron(x, threshold)
}

/// Grey images `x` (N,1,H,slices W) of slices in a row -> volumes (N,1,slices,h,w) of a phase, each number the mean of a box.
///
/// # Errors
/// [`Error::Shape`] if boxes of the phase do not fill the slices.
fn boxes(net: &mut Net, table: &Table, x: Id, phase: usize) -> Result<Id> {
    let [n, _, height, width] = net.graph.shape(x).array("gan", "slices")?;
    let [slices, h, w] = table.volume(phase)?;
    let kernel = [height / h, width / (slices * w)];
    if kernel[0] == 0 || kernel[0] * h != height || kernel[1] * slices * w != width {
        let expected = format!("(N,1,{h} boxes,{} boxes)", slices * w);
        return Err(Error::shape("gan", "slices", expected, net.graph.shape(x)));
    }
    let pool = Pool2d { kernel, stride: kernel, ..Pool2d::square(1) };
    let x = if kernel == [1, 1] { x } else { net.graph.avg_pool2d(x, pool)? };
    let x = net.graph.reshape(x, [n, h, slices, w])?;
    let x = if slices == 1 { x } else { net.graph.transpose(x, &[0, 2, 1, 3])? };
    net.graph.reshape(x, [n, 1, slices, h, w])
}

/// What a network of this reading makes of slices.
#[derive(Clone, Copy, Debug)]
pub struct Rendered {
    /// Latent vectors (N,latent).
    pub codes: Id,
    /// What comes out of the refiners, grey.
    pub volumes: Id,
}

/// Slices rendered in chosen genres.
#[derive(Clone, Debug)]
pub struct Selected {
    /// Latent vectors (N,latent).
    pub codes: Id,
    /// What comes out of the refiners, grey: volumes a choice.
    pub volumes: Vec<Id>,
}

/// A phase's networks from slice to rendering.
#[derive(Clone, Copy, Debug)]
pub struct Renderer<'a> {
    /// What they are made of.
    pub table: &'a Table,
    /// How a slice comes in.
    pub reading: Reading,
    /// How far they have grown.
    pub phase: usize,
    /// What comes behind the refiners.
    pub neurons: Neurons,
    /// The neurons' slope (1).
    pub slope: Id,
}

impl Renderer<'_> {
    /// Volumes `x` (N,1,slices,h,w) of the phase in all genres: (N,genres,slices,h,w).
    ///
    /// # Errors
    /// [`Error::Shape`] if `x` is none of the phase.
    pub fn all(self, net: &mut Net, x: Id) -> Result<Rendered> {
        let codes = encoder(net, self.table, x, self.phase)?;
        let mut y = generator(net, self.table, codes, self.phase)?;
        if self.reading == Reading::Transfer {
            let own = logits(net, x)?;
            y = net.graph.plus(y, own)?;
        }
        Ok(Rendered { codes, volumes: self.refined(net, y)? })
    }

    /// What comes of latent vectors `z` (N,latent) alone: (N,genres,slices,h,w).
    ///
    /// # Errors
    /// [`Error::Shape`] if `z` has other numbers.
    pub fn free(self, net: &mut Net, z: Id) -> Result<Id> {
        let y = generator(net, self.table, z, self.phase)?;
        self.refined(net, y)
    }

    /// Rows of volumes, one of each genre, each in the genre that a choice (genres,genres) says: `x` (B,genres,slices,h,w) -> the same
    /// shape a choice, where channel `j` is what genre `j` makes of channel `i` with `choice[i][j]` 1; the other entries of a row and a
    /// column are 0. The generator and the refiners see all of it in one batch.
    ///
    /// # Errors
    /// [`Error::Shape`] if `x` is none of the phase.
    pub fn selected(self, net: &mut Net, x: Id, choices: &[Id]) -> Result<Selected> {
        let [b, genres, d, h, w] = net.graph.shape(x).array("gan", "x")?;
        let volume = d * h * w;
        let alone = net.graph.reshape(x, [b * genres, 1, d, h, w])?;
        let codes = encoder(net, self.table, alone, self.phase)?;
        let y = generator(net, self.table, codes, self.phase)?;
        let y = net.graph.reshape(y, [b, genres, genres, volume])?;
        let own = (self.reading == Reading::Transfer).then(|| logits(net, x)).transpose()?;
        let mut parts = Vec::new();
        for &choice in choices {
            let chosen = choose(net, y, choice)?;
            let chosen = net.graph.reshape(chosen, [b, genres, d, h, w])?;
            parts.push(match own {
                Some(own) => {
                    let own = chosen_slices(net, own, choice)?;
                    net.graph.plus(chosen, own)?
                }
                None => chosen,
            });
        }
        let together = net.graph.concat(&parts, 0)?;
        let refined = self.refined(net, together)?;
        let part = |k: usize| net.graph.slice(refined, &[k * b, 0, 0, 0, 0], &[(k + 1) * b, genres, d, h, w]);
        Ok(Selected { codes, volumes: (0..choices.len()).map(part).collect::<Result<_>>()? })
    }

    fn refined(self, net: &mut Net, x: Id) -> Result<Id> {
        refined(net, self.table, x, self.neurons, self.slope)
    }
}

/// Rows of slices `x` (B,genres,slices,h,w) in the order of a choice (genres,genres): channel `j` is channel `i` with `choice[i][j]` 1.
///
/// # Errors
/// [`Error::Shape`] if `x` has other channels.
pub fn chosen_slices(net: &mut Net, x: Id, choice: Id) -> Result<Id> {
    let shape = net.graph.shape(x).clone();
    let [b, genres, d, h, w] = shape.array("gan", "x")?;
    let x = net.graph.reshape(x, [b, genres, 1, d * h * w])?;
    let x = choose(net, x, choice)?;
    net.graph.reshape(x, shape)
}

/// `x` (B,from,to or 1,V) -> (B,to,V): to each `to` the `from` that `select` (from,to) gives it.
fn choose(net: &mut Net, x: Id, select: Id) -> Result<Id> {
    let [from, to] = net.graph.shape(select).array("gan", "select")?;
    let select = net.graph.reshape(select, [1, from, to, 1])?;
    let weighted = net.graph.times(x, select)?;
    net.graph.reduce(Reduction::Sum, weighted, &[1])
}

/// What the sigmoid makes `x` of, with black and white held to two per cent.
fn logits(net: &mut Net, x: Id) -> Result<Id> {
    let p = net.graph.unary(Unary::Clamp(0.02, 0.98), x)?;
    let rest = net.graph.affine(p, -1.0, 1.0)?;
    let odds = net.graph.divide(p, rest)?;
    net.graph.log(odds)
}
