//! The networks' tables.

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::nn::Init;

/// A layer by which the networks grow: a transposed convolution in the generator, a convolution in the discriminator, each with steps as
/// long as its kernel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Growth {
    /// How many times slices, height and width grow.
    pub kernel: [usize; 3],
    /// Channels that the generator's layer gives, and the discriminator's takes.
    pub filters: usize,
    /// The kernel of the discriminator's layer, where that is another one.
    pub critic: [usize; 3],
}

impl Growth {
    const fn new(kernel: [usize; 3], filters: usize) -> Self {
        Self { kernel, filters, critic: kernel }
    }
}

/// A genre's refiner: residual units of two convolutions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refiner {
    /// Units.
    pub units: usize,
    /// Filters of a unit's first convolution; the second has one.
    pub filters: usize,
    /// Their window.
    pub kernel: [usize; 3],
}

/// Widths of the networks for slices of 128 x 128.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Profile {
    /// As many filters in every layer as there are genres: the paper's.
    Paper,
    /// Widths for pictures.
    #[default]
    Practical,
}

impl Profile {
    /// Its table.
    pub fn table(self, genres: usize, slices: usize) -> Table {
        match self {
            Self::Paper => Table::paper(genres, slices),
            Self::Practical => Table::practical(genres, slices),
        }
    }
}

/// What generator, refiners and discriminator are made of.
#[derive(Clone, Debug, PartialEq)]
pub struct Table {
    /// Numbers of a latent vector.
    pub latent: usize,
    /// Genres: channels of what comes out.
    pub genres: usize,
    /// Slices in a row, from the first layer on.
    pub slices: usize,
    /// Channels behind the dense layer.
    pub first: usize,
    /// What joins after it, in order.
    pub growth: Vec<Growth>,
    /// Each genre's.
    pub refiner: Refiner,
    /// What weights start from; an encoder's always so that a signal keeps its size.
    pub init: Init,
}

/// What BMuseGAN's networks start from.
const AUTHORS: Init = Init::TruncatedNormal(0.02);

impl Table {
    /// The authors' own: eight tracks of four bars of 96 times and 84 pitches.
    pub fn of_scores() -> Self {
        let time = |kernel, critic| Growth { kernel: [1, kernel, 1], filters: 8, critic: [1, critic, 1] };
        let pitch = |kernel| Growth::new([1, 1, kernel], 8);
        let mut growth = vec![time(3, 2)];
        growth.extend([time(2, 2); 5]);
        growth.extend([2, 2, 3, 7].map(pitch));
        let refiner = Refiner { units: 2, filters: 64, kernel: [1, 3, 12] };
        Self { latent: 128, genres: 8, slices: 4, first: 8, growth, refiner, init: AUTHORS }
    }

    /// Slices of 128 x 128, both sides doubled at once, as many filters in every layer as there are genres: the authors' widths.
    pub fn paper(genres: usize, slices: usize) -> Self {
        Self::doubling(genres, slices, genres, [genres; 7], 64)
    }

    /// The same with widths for pictures, and an eighth of the authors' filters in the refiners, which are most of a step's work; all start
    /// so that a signal keeps its size (He et al. 2015).
    pub fn practical(genres: usize, slices: usize) -> Self {
        Self { init: Init::HeNormal, ..Self::doubling(genres, slices, 128, [128, 64, 64, 32, 32, 16, genres], 8) }
    }

    fn doubling(genres: usize, slices: usize, first: usize, filters: [usize; 7], refiner: usize) -> Self {
        let growth = filters.map(|filters| Growth::new([1, 2, 2], filters)).to_vec();
        let refiner = Refiner { units: 2, filters: refiner, kernel: [1, 3, 3] };
        Self { latent: 128, genres, slices, first, growth, refiner, init: AUTHORS }
    }

    /// Phases of growth: the dense layer alone, then one layer more each.
    pub fn phases(&self) -> usize {
        self.growth.len() + 1
    }

    /// Slices, height and width of what comes out in a phase, counted from 0.
    ///
    /// # Errors
    /// [`Error::Argument`] if there is no such phase.
    pub fn volume(&self, phase: usize) -> Result<[usize; 3]> {
        let all = self.grown(phase)?;
        let grow = |size: [usize; 3], layer: &Growth| [0, 1, 2].map(|axis| size[axis] * layer.kernel[axis]);
        Ok(all.iter().fold([self.slices, 1, 1], grow))
    }

    /// The layers that a phase has.
    pub(super) fn grown(&self, phase: usize) -> Result<&[Growth]> {
        self.growth.get(..phase).ok_or_else(|| {
            let problem = format!("phases go from 0 to {}, and {phase} is none", self.growth.len());
            Error::Argument { operation: "gan", problem }
        })
    }

    /// Channels of the generator's last layer in a phase.
    pub(super) fn width(&self, phase: usize) -> Result<usize> {
        Ok(self.grown(phase)?.last().map_or(self.first, |layer| layer.filters))
    }
}
