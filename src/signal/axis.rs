//! What a picture's rows are in Hz.

use super::front_end::FrontEnd;
use super::sox::ROWS;

/// The frequency in Hz at the middle of a row of a front end's picture, counted from row 0 of the picture; none where rows are no frequencies.
pub fn hertz(front_end: &FrontEnd, row: usize) -> Option<f64> {
    match front_end {
        // Row 0 is the Nyquist frequency.
        FrontEnd::Sox(sox) => {
            let share = 1.0 - row as f64 / (ROWS - 1) as f64;
            Some(share * f64::from(sox.rate) / 2.0)
        }
        FrontEnd::Mel(mel) => {
            let [low, high] = [mel.fmin, mel.fmax].map(|hz| mel.scale.mel(hz));
            let share = (row + 1) as f64 / f64::from(mel.n_mels + 1);
            Some(mel.scale.hz(low + share * (high - low)))
        }
        FrontEnd::Cqt(cqt) => Some(cqt.fmin * (row as f64 / f64::from(cqt.bins_per_octave)).exp2()),
        FrontEnd::Stack(stack) => {
            let mut row = row;
            for part in &stack.parts {
                let rows = part.rows() as usize;
                if row < rows {
                    return hertz(part, row);
                }
                row -= rows;
            }
            None
        }
        FrontEnd::Mfcc(_) | FrontEnd::Features(_) => None,
    }
}
