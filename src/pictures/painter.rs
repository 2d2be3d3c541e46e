//! Chunks through the GPU, in order.

use std::ops::Range;

use super::canvas::{self, Chunk};
use super::source::{Samples, Source};
use crate::blocking;
use crate::error::Result;
use crate::gpu::{Engine, Readback, Submission};
use crate::plan::{Plan, PlanOptions, Variables};
use crate::signal::front_end::{Bands, FrontEnd};
use crate::signal::sox::{SongLength, SoxGeometry};

/// Columns of the plans, in ascending order: a song runs through the largest one, ten seconds at a time, and what is left of it through
/// the smallest that holds it.
const COLUMNS: [usize; 4] = [128, 256, 384, 512];
/// Columns of decibels that become coefficients at a time.
const FINISHED: usize = 512;

/// What makes a song's columns.
pub trait Paint {
    /// `next` gives the song's samples at the front end's rate, `sink` takes its columns in order, many at a time, each of the picture's rows
    /// from row 0 on. Gives the number of columns.
    ///
    /// # Errors
    /// What `next` and `sink` return, and [`Error::Gpu`](crate::Error::Gpu) if the device fails.
    fn paint(&self, next: &mut Samples<'_>, sink: &mut dyn FnMut(&[f32]) -> Result<()>) -> Result<u64>;
}

impl Paint for Painter {
    fn paint(&self, next: &mut Samples<'_>, sink: &mut dyn FnMut(&[f32]) -> Result<()>) -> Result<u64> {
        Self::paint(self, next, sink)
    }
}

/// Paints songs with one front end on one engine.
#[derive(Debug)]
pub struct Painter {
    front_end: FrontEnd,
    plans: Vec<(Chunk, Plan)>,
    /// Decibels to coefficients, where the decibels have to be known first.
    finish: Option<Plan>,
    sox: Option<SoxGeometry>,
}

impl Painter {
    /// Plans a front end.
    ///
    /// # Errors
    /// [`Error::Argument`](crate::Error::Argument) for a front end that this build does not honour,
    /// [`Error::Gpu`](crate::Error::Gpu) if the device's memory or limits do not suffice.
    pub fn new(engine: &Engine, front_end: &FrontEnd) -> Result<Self> {
        front_end.check()?;
        let variables = Variables::new(engine);
        let plan = |columns| -> Result<_> {
            let (graph, chunk) = canvas::graph(front_end, columns)?;
            Ok((chunk, Plan::new(&graph, &variables, PlanOptions::default())?))
        };
        let plans = COLUMNS.into_iter().map(plan).collect::<Result<_>>()?;
        let sox = match front_end {
            FrontEnd::Sox(sox) => Some(sox.geometry()?),
            _ => None,
        };
        let finish = match front_end {
            FrontEnd::Mfcc(mfcc) if front_end.needs_whole_song() || mfcc.mel.short.is_some() => {
                Some(Plan::new(&canvas::finish(mfcc, FINISHED)?, &variables, PlanOptions::default())?)
            }
            _ => None,
        };
        Ok(Self { front_end: front_end.clone(), plans, finish, sox })
    }

    /// What it paints.
    pub fn front_end(&self) -> &FrontEnd {
        &self.front_end
    }

    /// The plan of a chunk, and the columns that a run of it paints.
    pub fn plan(&self) -> (&Plan, usize) {
        let (chunk, plan) = self.smallest(usize::MAX);
        (plan, chunk.columns)
    }

    /// The smallest plan of so many columns, or the largest of all.
    fn smallest(&self, columns: usize) -> &(Chunk, Plan) {
        let last = self.plans.len() - 1;
        &self.plans[self.plans[..last].partition_point(|(chunk, _)| chunk.columns < columns)]
    }

    /// Paints a song: `next` gives its samples at the front end's rate, `sink` takes columns of network input in order,
    /// many at a time, each of the picture's rows from the top down. Gives the number of columns.
    ///
    /// A chunk is read and submitted while the columns of the one before are on their way; those that are under way when `next`
    /// fails are not given. Memory does not grow with the song, unless its decibels refer to its largest value.
    ///
    /// # Errors
    /// What `next` and `sink` return, and [`Error::Gpu`](crate::Error::Gpu) if the device fails.
    pub fn paint(&self, next: &mut Samples<'_>, sink: &mut dyn FnMut(&[f32]) -> Result<()>) -> Result<u64> {
        let source = Source::new(next, self.front_end.padding());
        let mut song = Song { painter: self, source, painted: 0 };
        let bands = self.front_end.bands();
        if !self.front_end.needs_whole_song() {
            let painted = song.paint(sink)?;
            let columns = self.front_end.columns(song.source.seen())?;
            if columns > painted {
                let filled = fill(&bands, f64::NEG_INFINITY).repeat((columns - painted) as usize);
                sink(&self.finish(&bands, filled)?)?;
            }
            return Ok(columns);
        }
        let mut decibels = Vec::new();
        let painted = song.paint(&mut |part| {
            decibels.extend_from_slice(part);
            Ok(())
        })?;
        let columns = self.front_end.columns(song.source.seen())?;
        let filled = refer_to_song(&bands, &mut decibels);
        decibels.extend(filled.repeat((columns - painted) as usize));
        sink(&self.finish(&bands, decibels)?)?;
        Ok(columns)
    }

    /// Decibels as network input.
    fn finish(&self, bands: &[Bands], mut decibels: Vec<f32>) -> Result<Vec<f32>> {
        let Some(plan) = &self.finish else {
            for (Bands { normalisation, .. }, rows) in rows_of(bands) {
                let (subtract, divide) = (normalisation.subtract as f32, normalisation.divide as f32);
                own(&mut decibels, bands, rows).for_each(|value| *value = (*value - subtract) / divide);
            }
            return Ok(decibels);
        };
        let [taken, given] = [plan.input("decibels")?.len(), plan.output("columns")?.len()];
        let mut all = Vec::new();
        for part in decibels.chunks(taken) {
            let mut whole = part.to_vec();
            whole.resize(taken, 0.0);
            let mut submission = plan.engine().submission();
            submission.write(plan.input("decibels")?, &whole)?;
            plan.add_to(&mut submission);
            let done = submission.read(plan.output("columns")?);
            submission.submit()?;
            let mut done = blocking::take(done)?;
            done.truncate(part.len() / (taken / FINISHED) * (given / FINISHED));
            all.extend(done);
        }
        Ok(all)
    }

    /// The first sample of a chunk from column `from` on; writes what else its plan needs to know.
    fn prepare(
        &self,
        (chunk, plan): &(Chunk, Plan),
        from: u64,
        length: SongLength,
        submission: &mut Submission,
    ) -> Result<i64> {
        match (&self.front_end, &self.sox) {
            (FrontEnd::Sox(_), Some(geometry)) => {
                let frames = geometry.plan(from..from + chunk.columns as u64, length)?;
                let mut windows = frames.windows;
                windows.resize(plan.input("windows")?.len(), 0.0);
                submission.write(plan.input("windows")?, &windows)?;
                let rows: Vec<_> = frames.frame_windows.iter().map(|&row| f32::from_bits(row)).collect();
                submission.write(plan.input("rows")?, &rows)?;
                Ok(frames.first_sample)
            }
            _ => Ok(chunk.first + (from * self.front_end.samples_per_column()?) as i64),
        }
    }
}

struct Song<'a> {
    painter: &'a Painter,
    source: Source<'a>,
    /// Columns that were submitted.
    painted: u64,
}

/// Columns on their way.
struct Painted {
    columns: usize,
    /// Numbers of each.
    rows: usize,
    picture: Readback,
}

impl Song<'_> {
    fn paint(&mut self, sink: &mut dyn FnMut(&[f32]) -> Result<()>) -> Result<u64> {
        let mut before: Option<Painted> = None;
        let mut samples = Vec::new();
        while let Some(next) = self.start(&mut samples)? {
            if let Some(painted) = before.replace(next) {
                self.finish(painted, sink)?;
            }
        }
        if let Some(painted) = before {
            self.finish(painted, sink)?;
        }
        Ok(self.painted)
    }

    /// Reads what the next columns need and submits it; nothing at the song's end.
    fn start(&mut self, samples: &mut Vec<f32>) -> Result<Option<Painted>> {
        let Painter { front_end, .. } = self.painter;
        let most = self.painter.plan().1;
        let wanted = self.painted + most as u64;
        while !self.source.ended() && front_end.settled_columns(self.source.seen())? < wanted {
            self.source.read_to(self.source.seen() + 1)?;
        }
        let seen = self.source.seen();
        let (columns, length) = if front_end.settled_columns(seen)? >= wanted {
            (most, SongLength::AtLeast(seen))
        } else {
            let left = front_end.painted_columns(seen)?.saturating_sub(self.painted);
            (left.min(most as u64) as usize, SongLength::Exactly(seen))
        };
        if columns == 0 {
            return Ok(None);
        }
        let planned @ (chunk, plan) = self.painter.smallest(columns);
        let mut submission = plan.engine().submission();
        let first = self.painter.prepare(planned, self.painted, length, &mut submission)?;
        self.source.copy(first, chunk.samples, samples);
        submission.write(plan.input("samples")?, samples)?;
        plan.add_to(&mut submission);
        let picture = submission.read(plan.output("columns")?);
        submission.submit()?;
        self.painted += columns as u64;
        let next_first = first + (columns as u64 * front_end.samples_per_column()?) as i64;
        self.source.forget_before(next_first, chunk.samples);
        let rows = plan.output("columns")?.len() / chunk.columns;
        Ok(Some(Painted { columns, rows, picture }))
    }

    fn finish(&self, painted: Painted, sink: &mut dyn FnMut(&[f32]) -> Result<()>) -> Result<()> {
        let rows = painted.rows;
        let mut picture = blocking::take(painted.picture)?;
        picture.truncate(painted.columns * rows);
        if self.painter.sox.is_some() {
            // SoX's rows start at the Nyquist frequency, the transform's at 0 Hz.
            picture.chunks_exact_mut(rows).for_each(<[f32]>::reverse);
        }
        sink(&picture)
    }
}

/// Each kind of bands, and its rows of a column.
fn rows_of(bands: &[Bands]) -> impl Iterator<Item = (&Bands, Range<usize>)> {
    bands.iter().scan(0, |first, kind| {
        let rows = *first..*first + kind.rows as usize;
        *first = rows.end;
        Some((kind, rows))
    })
}

/// These rows of all columns.
fn own<'a>(values: &'a mut [f32], bands: &[Bands], rows: Range<usize>) -> impl Iterator<Item = &'a mut f32> {
    let all: usize = bands.iter().map(|kind| kind.rows as usize).sum();
    values.chunks_exact_mut(all).flat_map(move |column| &mut column[rows.clone()])
}

/// A column of the decibels with which a song is filled up.
fn fill(bands: &[Bands], largest: f64) -> Vec<f32> {
    let column = |kind: &Bands| vec![kind.fill(largest).unwrap_or_default() as f32; kind.rows as usize];
    bands.iter().flat_map(column).collect()
}

/// Decibels of bare bands, counted from what is 0 dB and cut off `top_db` below the song's largest. Gives a column of what the song is filled up
/// with.
fn refer_to_song(bands: &[Bands], decibels: &mut [f32]) -> Vec<f32> {
    let mut filled = Vec::new();
    for (kind, rows) in rows_of(bands) {
        let largest = own(decibels, bands, rows.clone()).fold(f32::NEG_INFINITY, |largest, value| largest.max(*value));
        let zero = kind.zero(largest.into()) as f32;
        let floor = kind.to_db.top_db.map_or(f32::NEG_INFINITY, |range| largest - range as f32);
        own(decibels, bands, rows).for_each(|value| *value = value.max(floor) - zero);
        filled.extend(fill(&[*kind], largest.into()));
    }
    filled
}
