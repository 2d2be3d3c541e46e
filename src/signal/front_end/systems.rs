//! The front ends of the systems that this project builds, with their papers' numbers.

use super::decibels::{DbReference, Decibels, Fill, Floor, Short};
use super::{CqtFrontEnd, FrontEnd, MelFrontEnd, MfccFrontEnd, Normalisation, Padding, SliceGeometry, StackFrontEnd};

/// Short songs end in silence.
const SILENCE: Option<Short> = Some(Short { fill: Fill::Floor });
/// Over twelve real songs of five styles bands at 44.1 kHz had a mean of -23 dB and a standard deviation of 26, over twelve composed ones -25
/// and 24; filters -20 and 18, and -22 and 18; bands at 22.05 kHz -16 and 20, and -19 and 19.
const THREE_BRANCH_MEL: Normalisation = Normalisation { subtract: -24.0, divide: 25.0 };
const THREE_BRANCH_CQT: Normalisation = Normalisation { subtract: -21.0, divide: 18.0 };
const GTZAN: Normalisation = Normalisation { subtract: -17.0, divide: 20.0 };
/// dB themselves.
const BARE: Normalisation = Normalisation { subtract: 0.0, divide: 1.0 };

/// Decibels with a floor of their own, so that songs can be streamed.
fn absolute(amin: f64) -> Decibels {
    Decibels { amin, top_db: None, reference: DbReference::Value(1.0), floor: Floor::Clamp, doubled: false }
}

/// Slices side by side.
fn side_by_side(width: u32, height: u32) -> SliceGeometry {
    SliceGeometry { width, height, first_row: 0, hop: width }
}

impl MelFrontEnd {
    /// What librosa's `melspectrogram` makes with its own defaults: 128 Slaney bands up to half the rate, transforms of 2048 points, 512 samples
    /// from frame to frame; decibels absolute with a floor of -80 dB, in slices of 128 frames side by side.
    pub fn librosa(rate: u32) -> Self {
        Self {
            rate,
            n_fft: 2048,
            hop: 512,
            fmin: 0.0,
            fmax: f64::from(rate) / 2.0,
            to_db: absolute(1e-8),
            normalisation: BARE,
            ..Self::compact()
        }
    }
}

impl CqtFrontEnd {
    /// 84 filters from C1 (32.703 Hz), 12 an octave, 512 samples from frame to frame; decibels absolute with a floor of -80 dB, in slices of
    /// 128 frames side by side.
    pub fn seven_octaves(rate: u32) -> Self {
        Self {
            rate,
            hop: 512,
            fmin: 32.703,
            bins: 84,
            bins_per_octave: 12,
            pad: Padding::Zero,
            to_db: absolute(1e-4),
            normalisation: BARE,
            short: None,
            slices: side_by_side(128, 84),
        }
    }
}

impl MfccFrontEnd {
    /// 20 coefficients of [`MelFrontEnd::librosa`], as librosa's `mfcc` has by default, but for the floor.
    pub fn librosa(rate: u32) -> Self {
        Self { mel: MelFrontEnd { slices: side_by_side(128, 20), ..MelFrontEnd::librosa(rate) }, n_mfcc: 20 }
    }
}

impl FrontEnd {
    /// The front end of the `three-branch` network: at 44.1 kHz 128 mel bands and above them 84 constant-Q filters, both in dB, in slices of
    /// 2,498 columns (29.0 s).
    ///
    /// The paper is silent about the decibels: they are absolute here.
    pub fn three_branch() -> Self {
        let (rate, width) = (44_100, 2498);
        let mel = MelFrontEnd {
            normalisation: THREE_BRANCH_MEL,
            short: SILENCE,
            slices: side_by_side(width, 128),
            ..MelFrontEnd::librosa(rate)
        };
        let cqt = CqtFrontEnd {
            normalisation: THREE_BRANCH_CQT,
            short: SILENCE,
            slices: side_by_side(width, 84),
            ..CqtFrontEnd::seven_octaves(rate)
        };
        Self::Stack(StackFrontEnd::new(vec![Self::Mel(mel), Self::Cqt(cqt)]))
    }

    /// The front end of the `gtzan` networks done right: 128 mel bands at 22.05 kHz in dB with one logarithm, in slices of 1,290 columns (30 s);
    /// shorter songs end in silence.
    pub fn gtzan() -> Self {
        Self::Mel(MelFrontEnd {
            normalisation: GTZAN,
            short: SILENCE,
            slices: side_by_side(1290, 128),
            ..MelFrontEnd::librosa(22_050)
        })
    }

    /// The same as its paper has it: librosa's `power_to_db` with its defaults, shorter songs filled up with 0 dB, which is louder than
    /// most of a song. Its network takes a second logarithm.
    pub fn gtzan_paper() -> Self {
        Self::Mel(MelFrontEnd {
            to_db: Decibels { top_db: Some(80.0), ..absolute(1e-10) },
            short: Some(Short { fill: Fill::Db(0.0) }),
            slices: side_by_side(1290, 128),
            ..MelFrontEnd::librosa(22_050)
        })
    }

    /// The front end of the KUBIG paper: 128 mel bands at 22.05 kHz in slices of 128 columns (3 s). `amplitude_to_db` of powers doubled their
    /// decibels; 0 dB is the song's largest value, and what is 80 of the doubled ones softer is black (0; white is 1).
    pub fn kubig_paper() -> Self {
        let to_db = Decibels {
            // librosa's for amplitudes.
            amin: 1e-5,
            top_db: Some(80.0),
            reference: DbReference::Max,
            floor: Floor::Clamp,
            doubled: true,
        };
        let normalisation = Normalisation { subtract: -80.0, divide: 80.0 };
        Self::Mel(MelFrontEnd { to_db, normalisation, ..MelFrontEnd::librosa(22_050) })
    }
}
