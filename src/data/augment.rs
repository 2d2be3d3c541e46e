//! Slices made a little different each time they are seen. Every function is pure in its stream of random numbers.

use serde::{Deserialize, Serialize};

use super::draw::Draw;
use super::wear::{Wear, move_rows};
use crate::error::{Error, Result};
use crate::models::PAPER;
use crate::signal::front_end::{Bands, Floor, FrontEnd, Normalisation, SliceGeometry};

/// What is done to training slices. [`Augment::default`] does nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Augment {
    /// A slice starts at any column from its own start up to the next slice's, inside the song.
    pub shift: bool,
    /// The song is made louder or softer by up to so many dB, uniformly.
    pub gain_db: f32,
    /// Runs of columns replaced by the slice's mean (SpecAugment, Park et al. 2019).
    pub time: Masks,
    /// Runs of rows replaced by the slice's mean.
    pub frequency: Masks,
    /// `a` of mixup (Zhang et al. 2018): slices and targets become `l x + (1 - l) x'` with another of the batch, `l` from
    /// Beta(a, a) for each slice; up to 1, and 0 for none.
    pub mixup: f32,
    /// Rows move up or down by up to this share of a slice's, uniformly; the outermost are repeated (Keras' `height_shift_range`).
    #[serde(skip_serializing_if = "is_nothing")]
    pub vertical: f32,
    /// Rows and columns are stretched or squeezed around the middle, each by a factor of their own from `1 - zoom` to `1 + zoom`, uniformly; see
    /// [`zoom`] (Keras' `zoom_range`).
    #[serde(skip_serializing_if = "is_nothing")]
    pub zoom: f32,
    /// What players, rooms and codecs do.
    pub wear: Wear,
}

/// What an option that is off is not written down as: a checkpoint of a time before it goes on.
fn is_nothing(share: &f32) -> bool {
    *share == 0.0
}

/// SpecAugment's masks in one direction.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Masks {
    /// How many; they may overlap.
    pub count: u32,
    /// Each covers 0 to this many columns or rows, uniformly.
    pub longest: u32,
}

impl Augment {
    /// Shifts, loudness and masks.
    pub fn mild() -> Self {
        Self {
            shift: true,
            gain_db: 6.0,
            time: Masks { count: 1, longest: 16 },
            frequency: Masks { count: 1, longest: 12 },
            ..Self::default()
        }
    }

    /// What was done to pictures of GTZAN and trot: rows shifted by up to a tenth, and zoomed by up to a tenth in both directions.
    pub fn paper() -> Self {
        Self { vertical: 0.1, zoom: 0.1, ..Self::default() }
    }

    /// So much that neither loudness nor sound nor codec tells a song's genre: for a model that is to be used on music of other sources.
    pub fn strong() -> Self {
        Self {
            gain_db: 12.0,
            time: Masks { count: 2, longest: 16 },
            frequency: Masks { count: 2, longest: 12 },
            mixup: 0.3,
            wear: Wear { tempo: 0.15, rows: 4, eq_db: 8.0, band: 0.25, coded: 0.3, noise_db: 15.0 },
            ..Self::mild()
        }
    }

    /// What a system is trained with unless told otherwise: with [`mild`](Self::mild), but as its source has it with what that says, which for
    /// pictures of GTZAN is [`paper`](Self::paper) and for the others nothing.
    pub fn of_system(name: &str) -> Self {
        match name {
            "gtzan-cnn-paper" | "vgg16-paper" => Self::paper(),
            "slice-cnn" | "musicnn-head" => Self::default(),
            name if name.ends_with(PAPER) => Self::default(),
            _ => Self::mild(),
        }
    }

    /// Whether the numbers fit slices of this geometry.
    ///
    /// # Errors
    /// [`Error::Argument`] naming the one that does not.
    pub fn check(&self, geometry: SliceGeometry) -> Result<()> {
        let problem = if !(0.0..=60.0).contains(&self.gain_db) {
            format!("gain_db is {}, and should be from 0 to 60", self.gain_db)
        } else if !(self.mixup == 0.0 || (0.01..=1.0).contains(&self.mixup)) {
            format!("mixup is {}, and should be 0 or from 0.01 to 1", self.mixup)
        } else if !(0.0..=1.0).contains(&self.vertical) {
            format!("vertical is {}, and should be a share from 0 to 1", self.vertical)
        } else if !(0.0..=0.5).contains(&self.zoom) {
            format!("zoom is {}, and should be from 0 to 0.5", self.zoom)
        } else if self.time.longest > geometry.width {
            format!("time masks of {} columns do not fit a slice of {}", self.time.longest, geometry.width)
        } else if self.frequency.longest > geometry.height {
            format!("frequency masks of {} rows do not fit a slice of {}", self.frequency.longest, geometry.height)
        } else if let Some(problem) = self.wear.problem(geometry) {
            problem
        } else {
            return Ok(());
        };
        Err(Error::Argument { operation: "augment", problem })
    }

    /// The first column of slice `slice` of a song of so many columns.
    pub(super) fn first_column(&self, slice: u64, columns: u64, geometry: SliceGeometry, draw: &mut Draw) -> u64 {
        let first = slice * u64::from(geometry.hop);
        let last = columns.saturating_sub(u64::from(geometry.width));
        let room = last.saturating_sub(first).min(u64::from(geometry.hop) - 1);
        if self.shift { first + draw.below(room + 1) } else { first }
    }

    /// Shift and zoom, wear, gain and masks on one slice (height, width), whose rows have these levels.
    pub(super) fn apply(&self, slice: &mut [f32], width: usize, parts: &[(usize, Levels)], draw: &mut Draw) {
        // To all parts the same happens: each reads the numbers that the first one reads.
        let (start, mut first) = (draw.clone(), 0);
        for &(rows, levels) in parts {
            let part = &mut slice[first * width..(first + rows) * width];
            first += rows;
            *draw = start.clone();
            if self.vertical > 0.0 {
                let most = (self.vertical * rows as f32) as u64;
                move_rows(part, width, draw.below(2 * most + 1) as i64 - most as i64);
            }
            if self.zoom > 0.0 {
                let factors = [(); 2].map(|()| 1.0 + f64::from(self.zoom) * (2.0 * draw.unit() - 1.0));
                zoom(part, width, factors);
            }
            self.wear.apply(part, width, levels, draw);
            if self.gain_db > 0.0 {
                let db = f64::from(self.gain_db) * (2.0 * draw.unit() - 1.0);
                levels.gain(part, db as f32);
            }
        }
        if self.time.count == 0 && self.frequency.count == 0 {
            return;
        }
        let height = slice.len() / width;
        let mean = (slice.iter().map(|&value| f64::from(value)).sum::<f64>() / slice.len() as f64) as f32;
        for _ in 0..self.time.count {
            let (from, to) = run(self.time.longest, width, draw);
            slice.chunks_exact_mut(width).for_each(|row| row[from..to].fill(mean));
        }
        for _ in 0..self.frequency.count {
            let (from, to) = run(self.frequency.longest, height, draw);
            slice[from * width..to * width].fill(mean);
        }
    }
}

/// A slice (height, width) of which `factors` times the rows and the columns are seen: what is at `x` from the middle comes from `factor x`,
/// linearly between its neighbours, and what would come from outside is the outermost value. A factor above 1 makes things smaller, as in
/// Keras' `random_zoom` (`scipy.ndimage.affine_transform`, order 1, mode `nearest`).
pub fn zoom(slice: &mut [f32], width: usize, factors: [f64; 2]) {
    if slice.is_empty() || width == 0 {
        return;
    }
    let size = [slice.len() / width, width];
    // For each place: the neighbour before, the one behind, and the share of the latter.
    let places = [0, 1].map(|axis| -> Vec<(usize, usize, f32)> {
        let last = size[axis] - 1;
        let middle = last as f64 / 2.0;
        let from = |at: usize| (middle + factors[axis] * (at as f64 - middle)).clamp(0.0, last as f64);
        (0..=last).map(from).map(|at| (at as usize, (at as usize + 1).min(last), at.fract() as f32)).collect()
    });
    let old = slice.to_vec();
    let [rows, columns] = &places;
    for (out, &(above, below, down)) in slice.chunks_exact_mut(width).zip(rows) {
        let [above, below] = [above, below].map(|row| &old[row * width..][..width]);
        for (out, &(left, right, share)) in out.iter_mut().zip(columns) {
            let [above, below] = [above, below].map(|row| (1.0 - share) * row[left] + share * row[right]);
            *out = (1.0 - down) * above + down * below;
        }
    }
}

/// A run of 0 to `longest` of `all`, anywhere.
fn run(longest: u32, all: usize, draw: &mut Draw) -> (usize, usize) {
    let length = draw.below(u64::from(longest) + 1) as usize;
    let from = draw.below((all - length.min(all) + 1) as u64) as usize;
    (from, (from + length).min(all))
}

/// How a front end's picture stands to decibels: what a gain means in its values.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Levels {
    /// Picture values a dB.
    pub per_db: f32,
    /// The value of everything that is too soft.
    pub lowest: f32,
    /// The value of everything that is too loud; infinite if nothing is.
    pub highest: f32,
    /// `c` in `dB = c log10(S)`: 10 for bands of powers, 20 for bands of amplitudes.
    pub factor: f32,
    /// Whether dB are `c log10(1 + S / amin)` above the lowest ([`Floor::Add`]), so that a gain makes less of what is soft.
    pub compressed: bool,
}

impl Levels {
    /// Of rows that are no decibels: a gain leaves them as they are.
    const NONE: Self =
        Self { per_db: 0.0, lowest: f32::NEG_INFINITY, highest: f32::INFINITY, factor: 10.0, compressed: false };

    /// The levels of a front end.
    ///
    /// Bands: (dB - subtract) / divide, from the dB of `amin`. `sox`: grey 0 to the brightest, with brightest - 1 steps over
    /// the range. Where decibels refer to the song's own largest value there is no lowest level that all songs share; then
    /// `lowest` is -infinity. Features and coefficients are no decibels. A stack has the range of all its parts, but no step a dB in common.
    pub fn of(front_end: &FrontEnd) -> Self {
        let bands = front_end.bands();
        match front_end {
            FrontEnd::Sox(sox) => {
                let brightest = f64::from(sox.brightest);
                let per_db = (brightest - 1.0) / sox.range_db;
                Self::between(sox.normalisation, per_db, 0.0, brightest)
            }
            FrontEnd::Mel(_) | FrontEnd::Cqt(_) => bands.first().map_or(Self::NONE, Self::of_bands),
            FrontEnd::Stack(_) => {
                let none = Self { lowest: f32::INFINITY, highest: f32::NEG_INFINITY, ..Self::NONE };
                bands.iter().map(Self::of_bands).fold(none, |all, part| Self {
                    lowest: all.lowest.min(part.lowest),
                    highest: all.highest.max(part.highest),
                    ..all
                })
            }
            FrontEnd::Features(_) | FrontEnd::Mfcc(_) => Self::NONE,
        }
    }

    /// The levels of a slice's rows from the first one on: how many rows have the same, and what they are.
    ///
    /// Of coefficients a gain moves the first alone, as a DCT takes the mean apart: by the root of the bands for each dB.
    pub(super) fn of_rows(front_end: &FrontEnd) -> Vec<(usize, Self)> {
        let bands = front_end.bands();
        let parts = match (front_end, bands.first()) {
            (FrontEnd::Stack(_), _) => bands.iter().map(|part| (part.rows as usize, Self::of_bands(part))).collect(),
            (FrontEnd::Mfcc(mfcc), Some(part)) => {
                let per_db = part.per_db() * f64::from(part.rows).sqrt() / part.normalisation.divide;
                let first = Self { per_db: per_db as f32, factor: (20.0 / f64::from(part.power)) as f32, ..Self::NONE };
                vec![(1, first), (mfcc.n_mfcc as usize - 1, Self::NONE)]
            }
            _ => vec![(front_end.rows() as usize, Self::of(front_end))],
        };
        let SliceGeometry { first_row, height, .. } = front_end.slices();
        let used = first_row as usize..(first_row + height) as usize;
        let mut end = 0;
        let inside = parts.into_iter().map(|(rows, levels)| {
            let start = end;
            end += rows;
            (end.min(used.end).saturating_sub(start.max(used.start)), levels)
        });
        inside.filter(|(rows, _)| *rows > 0).collect()
    }

    fn of_bands(bands: &Bands) -> Self {
        let lowest = match bands.refer_to_song() {
            true => f64::NEG_INFINITY,
            false => bands.lowest(0.0) - bands.zero(0.0),
        };
        let levels = Self::between(bands.normalisation, bands.per_db(), lowest, f64::INFINITY);
        let factor = (20.0 / f64::from(bands.power)) as f32;
        Self { factor, compressed: bands.to_db.floor == Floor::Add, ..levels }
    }

    fn between(normalisation: Normalisation, per_db: f64, lowest: f64, highest: f64) -> Self {
        // A negative divisor turns the picture over.
        let Normalisation { subtract, divide } = normalisation;
        let [a, b] = [lowest, highest].map(|value| ((value - subtract) / divide) as f32);
        let (lowest, highest, per_db) = (a.min(b), a.max(b), (per_db / divide) as f32);
        Self { per_db, lowest, highest, ..Self::NONE }
    }

    /// Makes a slice louder by so many dB. What was too soft to be seen stays so, and nothing leaves the picture's range.
    pub fn gain(self, slice: &mut [f32], db: f32) {
        if self.compressed {
            let ratio = self.ratio(f64::from(db));
            return slice.iter_mut().for_each(|value| *value = self.level(ratio * self.linear(*value)));
        }
        let shift = db * self.per_db;
        // Stored values are rounded to 16 bits; the lowest one is known within that.
        let silent = if self.lowest.is_finite() { self.lowest + 1e-3 * self.lowest.abs() } else { self.lowest };
        for value in slice.iter_mut().filter(|value| **value > silent) {
            *value = (*value + shift).clamp(self.lowest, self.highest);
        }
    }

    /// The value of silence: the lowest, or where a negative divisor turns the picture over, the highest; infinite where songs share none.
    pub(super) fn silence(self) -> f32 {
        if self.per_db < 0.0 { self.highest } else { self.lowest }
    }

    /// By what a gain in dB multiplies a [band](Self::linear).
    pub(super) fn ratio(self, db: f64) -> f64 {
        10f64.powf(db / f64::from(self.factor))
    }

    /// A band of this value, in some unit; of a front end without decibels the value itself.
    pub(super) fn linear(self, value: f32) -> f64 {
        if self.per_db == 0.0 {
            return value.into();
        }
        if self.compressed {
            return (self.ratio(f64::from((value - self.silence()) / self.per_db)) - 1.0).max(0.0);
        }
        self.ratio(f64::from(value / self.per_db))
    }

    /// The value of a [band](Self::linear), inside the picture's range.
    pub(super) fn level(self, band: f64) -> f32 {
        if self.per_db == 0.0 {
            return band as f32;
        }
        let per_db = f64::from(self.per_db) * f64::from(self.factor);
        let value = match self.compressed {
            true => f64::from(self.silence()) + per_db * (1.0 + band).log10(),
            false => per_db * band.log10(),
        };
        (value as f32).clamp(self.lowest, self.highest)
    }
}
