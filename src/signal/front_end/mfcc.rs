//! Cepstra of mel bands.

use serde::{Deserialize, Serialize};

use super::decibels::Bands;
use super::{MelFrontEnd, require};
use crate::error::Result;

/// The numbers of mel-frequency cepstral coefficients: the first numbers of an orthonormal DCT-II of a column of mel bands in dB.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MfccFrontEnd {
    /// The bands in dB. Its normalisation and its slices are those of the coefficients; what short songs are filled up with are bands.
    pub mel: MelFrontEnd,
    /// Coefficients, which are the picture's rows; the first one tells the loudness.
    pub n_mfcc: u32,
}

impl MfccFrontEnd {
    pub(super) fn bands(&self) -> Bands {
        self.mel.bands()
    }

    pub(super) fn check(&self) -> Result<()> {
        let most = self.mel.n_mels;
        require("mfcc", "n_mfcc", (1..=most).contains(&self.n_mfcc), self.n_mfcc, format!("1 to {most}, the bands"))?;
        self.mel.check()?;
        self.mel.slices.check("mfcc", self.n_mfcc)
    }
}
