//! The `sox` picture: what SoX 14.4.2 paints with `spectrogram -Y 200 -X 50 -m -r`, for a song of any length.
//!
//! A hop moves a buffer of 256 samples on by `step`; each hop is windowed, transformed and squared; a column is the mean over
//! `blocks` hops in dB, painted in 251 levels of grey. All that is particular to SoX sits in the windows: while part of the
//! buffer lies before the song's start or after its end, the window is a shorter Hann with its own scale, and a last column
//! of fewer hops is a mean over those that it has. So a GPU only needs one window row per frame, which [`SoxGeometry::plan`]
//! gives; every scale factor is folded into the rows.
//!
//! SoX cuts its own picture at the nominal width, `round(50 x seconds)` columns; at rates whose columns are a little shorter than
//! 20 ms (22,050 and 11,025 Hz) it so loses the end of a song. This module does not cut.

use std::collections::HashMap;
use std::ops::Range;

use super::window::hann_symmetric;
use crate::error::{Error, Result};

/// Samples in a transform.
pub const FFT: usize = 256;
/// Rows of the picture: row 0 is the Nyquist frequency, row 128 is DC.
pub const ROWS: usize = FFT / 2 + 1;
/// Columns a second that the geometry aims at.
pub const COLUMNS_PER_SECOND: u32 = 50;
/// Decibels below full scale at which the picture is black.
pub const RANGE_DB: f64 = 120.0;
/// The brightest grey level, for 0 dB and above.
pub const BRIGHTEST: u8 = 250;
/// The most window rows that a [`SoxPlan`] ever holds, at any allowed sample rate.
pub const MAX_WINDOWS: usize = 16;
/// The sample rates in Hz that have a geometry.
pub const RATES: std::ops::RangeInclusive<u32> = 1_000..=384_000;

const NAME: &str = "sox front end";

/// How samples at one rate fall into hops and columns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SoxGeometry {
    rate: u32,
    step: usize,
    blocks: usize,
}

/// What is known of a song's length while it streams, in samples.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SongLength {
    /// So many samples were read, and there may be more.
    AtLeast(u64),
    /// The song has ended after so many samples.
    Exactly(u64),
}

/// What a chunk of columns needs: which samples, and which window for each frame.
///
/// Frame `f` is the 256 samples from `first_sample + f * step`; samples before 0 and past the song's end are zero. With `X` the
/// 256-point transform of frame times window, column `c` of the chunk is
/// `10 log10((sum over f in [c * blocks, (c + 1) * blocks) of |X_f|^2) / blocks)`.
#[derive(Debug, Clone, PartialEq)]
pub struct SoxPlan {
    /// The columns of the song that this plan paints.
    pub columns: Range<u64>,
    /// The first sample needed, counted from the song's start; negative where zero history is needed.
    pub first_sample: i64,
    /// How many samples are needed from there: `(frames - 1) * step + 256`, or 0 without frames.
    pub samples: usize,
    /// Samples from frame to frame.
    pub step: usize,
    /// Frames in a column.
    pub blocks: usize,
    /// The window row of each frame; as many as there are frames (columns x blocks).
    pub frame_windows: Vec<u32>,
    /// The window table, rows of 256 points, at most [`MAX_WINDOWS`] rows. Row 0 is the window of a song's interior.
    pub windows: Vec<f32>,
}

/// Which window a frame has, and how many frames its column is a mean of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Row {
    Window { outside: i32, frames: usize },
    Silence,
}

impl SoxGeometry {
    /// The geometry for audio at `rate` Hz.
    ///
    /// Block length `B = floor(rate / 50)`, `step = floor(B / ceil(B / 128) + 1/2)`, `blocks = floor(B / step + 1/2)`.
    ///
    /// # Errors
    /// If the rate is outside [`RATES`].
    pub fn new(rate: u32) -> Result<Self> {
        if !RATES.contains(&rate) {
            let (low, high) = (RATES.start(), RATES.end());
            let problem = format!("a sample rate of {rate} Hz has no geometry; it goes from {low} to {high} Hz");
            return Err(Error::Argument { operation: NAME, problem });
        }
        let block = f64::from(rate / COLUMNS_PER_SECOND);
        let step = (block / (block / (FFT / 2) as f64).ceil() + 0.5).floor();
        let blocks = (block / step + 0.5).floor();
        Ok(Self { rate, step: step as usize, blocks: blocks as usize })
    }

    /// The sample rate in Hz.
    pub fn rate(&self) -> u32 {
        self.rate
    }

    /// Samples from frame to frame.
    pub fn step(&self) -> usize {
        self.step
    }

    /// Frames in a column.
    pub fn blocks(&self) -> usize {
        self.blocks
    }

    /// Samples from column to column.
    pub fn samples_per_column(&self) -> usize {
        self.step * self.blocks
    }

    /// Columns a second; 50 or a little beside it (22.05 kHz: 50.114).
    pub fn columns_per_second(&self) -> f64 {
        f64::from(self.rate) / self.samples_per_column() as f64
    }

    /// Where the first frame ends: its buffer is centred on half a step.
    fn first_end(&self) -> u64 {
        (self.step + (FFT - self.step) / 2) as u64
    }

    /// Where frame `k` ends, in samples from the song's start.
    fn frame_end(&self, k: u64) -> u64 {
        self.first_end() + k * self.step as u64
    }

    /// Frames that are complete once `samples` samples were pushed.
    fn frames_within(&self, samples: u64) -> u64 {
        match samples.checked_sub(self.first_end()) {
            Some(rest) => 1 + rest / self.step as u64,
            None => 0,
        }
    }

    /// Frames of a song of `total` samples, those of the flushed tail included: `total / step`, rounded, halves (of an odd step
    /// too) up.
    ///
    /// The tail is flushed with `floor((256 - step) / 2)` zeros, just as many as the history before the first sample, and on to
    /// the next frame if at least `floor(step / 2)` samples would be left over.
    pub fn frames(&self, total: u64) -> u64 {
        let step = self.step as u64;
        total / step + u64::from(total % step >= step / 2)
    }

    /// Columns of a song of `total` samples. The last one may hold fewer frames than the others.
    pub fn columns(&self, total: u64) -> u64 {
        self.frames(total).div_ceil(self.blocks as u64)
    }

    /// Columns that are settled once `seen` samples were read: what comes later does not change them.
    pub fn settled_columns(&self, seen: u64) -> u64 {
        self.frames_within(seen) / self.blocks as u64
    }

    /// What the columns `columns` of a song need.
    ///
    /// While the song streams ([`SongLength::AtLeast`]), columns up to [`Self::settled_columns`] may be asked for, and the plan
    /// is the one that the whole song's length would give. Once the length is known, columns past the song's end may be asked
    /// for as well, to fill a batch: they come out as silence (minus infinity dB, grey 0).
    ///
    /// # Errors
    /// If the range runs backwards, or reaches past the settled columns of a song whose end is not known.
    pub fn plan(&self, columns: Range<u64>, length: SongLength) -> Result<SoxPlan> {
        let refuse = |problem: String| Err(Error::Argument { operation: NAME, problem });
        if columns.start > columns.end {
            return refuse(format!("columns {}..{} run backwards", columns.start, columns.end));
        }
        if let SongLength::AtLeast(seen) = length {
            let settled = self.settled_columns(seen);
            if columns.end > settled {
                let end = columns.end;
                return refuse(format!(
                    "column {end} is not settled: after {seen} samples there are {settled} columns"
                ));
            }
        }
        let blocks = self.blocks as u64;
        let frames = columns.start * blocks..columns.end * blocks;
        let count = (frames.end - frames.start) as usize;
        let mut table = vec![Row::Window { outside: 0, frames: self.blocks }];
        let mut index: HashMap<Row, u32> = HashMap::from([(table[0], 0)]);
        let mut frame_windows = Vec::with_capacity(count);
        for frame in frames {
            let row = self.row(frame, length);
            frame_windows.push(*index.entry(row).or_insert_with(|| {
                table.push(row);
                table.len() as u32 - 1
            }));
        }
        let windows = table.iter().flat_map(|row| row.points(self.blocks)).map(|point| point as f32).collect();
        Ok(SoxPlan {
            first_sample: self.frame_end(columns.start * blocks) as i64 - FFT as i64,
            samples: if count == 0 { 0 } else { (count - 1) * self.step + FFT },
            step: self.step,
            blocks: self.blocks,
            columns,
            frame_windows,
            windows,
        })
    }

    /// The window of frame `k`.
    fn row(&self, k: u64, length: SongLength) -> Row {
        let end = self.frame_end(k);
        let missing_history = (FFT as u64).saturating_sub(end) as i32;
        let SongLength::Exactly(total) = length else {
            return Row::Window { outside: missing_history, frames: self.blocks };
        };
        let frames = self.frames(total);
        if k >= frames {
            return Row::Silence;
        }
        let column_start = k - k % self.blocks as u64;
        let in_column = (frames - column_start).min(self.blocks as u64) as usize;
        // A flushed frame counts only the zeros after the end, even where the song is so short that history is missing too.
        let outside = if end <= total { missing_history } else { -((end - total) as i32) };
        Row::Window { outside, frames: in_column }
    }
}

impl Row {
    /// The 256 points of this row; the power scale `blocks / frames` turns the mean over `blocks` into one over `frames`.
    fn points(self, blocks: usize) -> Vec<f64> {
        match self {
            Row::Silence => vec![0.0; FFT],
            Row::Window { outside, frames } => {
                let scale = (blocks as f64 / frames as f64).sqrt();
                window(outside).into_iter().map(|point| point * scale).collect()
            }
        }
    }
}

/// The window of a frame of which `outside` samples lie outside the song: before its start if positive, after its end if
/// negative.
///
/// A symmetric Hann of `257 - |outside|` points over the inside, so that its last point is zero or beyond the buffer, times
/// `2 / sum * ((256 - |outside|) / 256)^2`. A full-scale sine on a bin then has power 1 in the interior.
pub fn window(outside: i32) -> Vec<f64> {
    let outside = outside.clamp(-(FFT as i32), FFT as i32);
    let inside = FFT - outside.unsigned_abs() as usize;
    let hann = hann_symmetric(inside + 1);
    let sum: f64 = hann[..inside].iter().sum();
    // One inside sample leaves a Hann of two zeros, which has no scale; it stays zero.
    let scale = if sum > 0.0 { 2.0 / sum * (inside as f64 / FFT as f64).powi(2) } else { 0.0 };
    let mut points = vec![0.0; FFT];
    let start = if outside > 0 { FFT - inside } else { 0 };
    for (point, value) in points[start..].iter_mut().zip(&hann[..inside]) {
        *point = value * scale;
    }
    points
}

/// The grey level of a level in dB: 0 below -120 dB, 250 at 0 dB and above, else `1 + floor((1 + dB / 120) * 249)`.
///
/// Minus infinity (silence) gives 0. A NaN gives 0 too; a decoder must not let one through.
pub fn grey(db: f64) -> u8 {
    if db >= 0.0 {
        BRIGHTEST
    } else if db >= -RANGE_DB {
        1 + ((1.0 + db / RANGE_DB) * f64::from(BRIGHTEST - 1)) as u8
    } else {
        0
    }
}

/// What the network reads for a grey level: `(v + 4) / 255`, which is SoX's palette index over 255.
pub fn network_input(grey: u8) -> f32 {
    ((f64::from(grey) + 4.0) / 255.0) as f32
}
