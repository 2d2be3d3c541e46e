//! What players, rooms and codecs do to songs, done to their pictures, so that none of it decides on a genre.

use serde::{Deserialize, Serialize};

use super::augment::Levels;
use super::draw::Draw;
use crate::error::{Error, Result};
use crate::signal::front_end::{FrontEnd, SliceGeometry};

/// How far a training slice is worn. [`Wear::default`] does nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Wear {
    /// Tempo: the columns of up to this share more or fewer are squeezed or stretched to a slice's, linearly.
    pub tempo: f32,
    /// Pitch: rows move up or down by up to so many; the outermost are repeated. (Above 1 kHz a step on the mel scale is a ratio.)
    pub rows: u32,
    /// An equaliser: up to so many dB up or down at five points along the rows, and straight lines between them.
    pub eq_db: f32,
    /// The share of slices that lose what lies below one row and above another, as by a telephone or a low bit rate.
    pub band: f32,
    /// The share of slices that are taken from a song's coded file, of songs that have one.
    pub coded: f32,
    /// Steady noise of any tilt, from so many dB below the slice's mean power down to 60 dB below; 0 for none.
    pub noise_db: f32,
}

/// The most that a band cuts off: shares of the rows from below and from above.
const BAND: [f64; 2] = [0.15, 0.6];
/// Noise further below is not heard.
const SOFTEST_DB: f64 = 60.0;
/// The steepest noise from the first row to the last.
const TILT_DB: f64 = 20.0;
/// Points of the equaliser.
const POINTS: usize = 5;

impl Wear {
    /// What is wrong with the numbers, if anything.
    pub(super) fn problem(&self, geometry: SliceGeometry) -> Option<String> {
        let Self { tempo, rows, eq_db, band, coded, noise_db } = *self;
        // Negated, so that what is not a number fails too.
        if !(0.0..=0.5).contains(&tempo) {
            Some(format!("tempo is {tempo}, and should be from 0 to 0.5"))
        } else if rows >= geometry.height {
            Some(format!("rows is {rows}, and a slice has {}", geometry.height))
        } else if !(0.0..=60.0).contains(&eq_db) {
            Some(format!("eq_db is {eq_db}, and should be from 0 to 60"))
        } else if !(0.0..=1.0).contains(&band) {
            Some(format!("band is {band}, and should be a share from 0 to 1"))
        } else if !(0.0..=1.0).contains(&coded) {
            Some(format!("coded is {coded}, and should be a share from 0 to 1"))
        } else if !(0.0..=SOFTEST_DB as f32).contains(&noise_db) {
            Some(format!("noise_db is {noise_db}, and should be from 0 to {SOFTEST_DB}"))
        } else {
            None
        }
    }

    /// Whether the front end's rows are what is worn: coefficients are no frequencies.
    pub(super) fn check_rows(&self, front_end: &FrontEnd) -> Result<()> {
        let Self { rows, eq_db, band, noise_db, .. } = *self;
        let worn = rows > 0 || eq_db > 0.0 || band > 0.0 || noise_db > 0.0;
        if worn && matches!(front_end, FrontEnd::Mfcc(_)) {
            let problem = "rows of mfcc pictures are no frequencies; set rows, eq_db, band and noise_db of wear to 0";
            return Err(Error::Argument { operation: "augment", problem: problem.into() });
        }
        Ok(())
    }

    /// Columns that become the `width` of a slice, of those that are there.
    pub(super) fn columns(&self, width: usize, there: u64, draw: &mut Draw) -> usize {
        if self.tempo == 0.0 {
            return width;
        }
        let share = 1.0 + f64::from(self.tempo) * (2.0 * draw.unit() - 1.0);
        let wanted = (width as f64 * share).round().max(1.0) as usize;
        // A song's last slice has no more columns than its own.
        wanted.min(usize::try_from(there).unwrap_or(usize::MAX)).max(1)
    }

    /// Pitch, equaliser, band and noise on one slice (height, width).
    pub(super) fn apply(&self, slice: &mut [f32], width: usize, levels: Levels, draw: &mut Draw) {
        let height = slice.len() / width;
        if self.rows > 0 {
            let steps = draw.below(2 * u64::from(self.rows) + 1) as i64 - i64::from(self.rows);
            move_rows(slice, width, steps);
        }
        if self.eq_db > 0.0 {
            let points: Vec<_> = (0..POINTS).map(|_| f64::from(self.eq_db) * (2.0 * draw.unit() - 1.0)).collect();
            for (row, values) in slice.chunks_exact_mut(width).enumerate() {
                levels.gain(values, along(&points, row, height) as f32);
            }
        }
        if self.band > 0.0 && draw.unit() <= f64::from(self.band) {
            let [below, above] = BAND.map(|most| (most * draw.unit() * height as f64) as usize);
            let silence = levels.silence();
            let silent =
                if silence.is_finite() { silence } else { slice.iter().copied().fold(f32::INFINITY, f32::min) };
            slice[..below * width].fill(silent);
            slice[(height - above) * width..].fill(silent);
        }
        if self.noise_db > 0.0 {
            self.noise(slice, width, levels, draw);
        }
    }

    /// Powers add; those of steady noise are spread exponentially around their mean.
    fn noise(&self, slice: &mut [f32], width: usize, levels: Levels, draw: &mut Draw) {
        let height = slice.len() / width;
        let loudest = f64::from(self.noise_db);
        let below = loudest + (SOFTEST_DB - loudest) * draw.unit();
        let tilt = TILT_DB * (draw.unit() - 0.5);
        let mean = slice.iter().map(|&value| levels.linear(value)).sum::<f64>() / slice.len() as f64;
        for (row, values) in slice.chunks_exact_mut(width).enumerate() {
            let db = along(&[-tilt, tilt], row, height) - below;
            let power = mean * levels.ratio(db);
            for value in values {
                let noise = -draw.unit().ln() * power;
                *value = levels.level(levels.linear(*value) + noise);
            }
        }
    }
}

/// Moves every row by so many places; the outermost are repeated.
pub(super) fn move_rows(slice: &mut [f32], width: usize, steps: i64) {
    let height = (slice.len() / width) as i64;
    let from = |row: i64| (row - steps).clamp(0, height - 1) as usize * width;
    // In the order in which no row is written before it is read.
    let mut copy = |row: i64| slice.copy_within(from(row)..from(row) + width, row as usize * width);
    if steps > 0 { (0..height).rev().for_each(&mut copy) } else { (0..height).for_each(&mut copy) }
}

/// The value at a row of straight lines between points that are spread over all rows.
fn along(points: &[f64], row: usize, height: usize) -> f64 {
    let last = points.len() - 1;
    let at = row as f64 / (height.max(2) - 1) as f64 * last as f64;
    let before = (at as usize).min(last.saturating_sub(1));
    let share = at - before as f64;
    points[before] * (1.0 - share) + points[(before + 1).min(last)] * share
}

/// Columns of `wide` (height, columns) linearly brought to those of `out` (height, width), the first on the first and the last on the last.
pub(super) fn stretch(wide: &[f32], columns: usize, out: &mut [f32], width: usize) {
    let step = if width > 1 { (columns - 1) as f64 / (width - 1) as f64 } else { 0.0 };
    for (row, out) in wide.chunks_exact(columns).zip(out.chunks_exact_mut(width)) {
        for (column, out) in out.iter_mut().enumerate() {
            let at = column as f64 * step;
            let before = (at as usize).min(columns - 1);
            let after = (before + 1).min(columns - 1);
            let share = (at - before as f64) as f32;
            *out = row[before] * (1.0 - share) + row[after] * share;
        }
    }
}
