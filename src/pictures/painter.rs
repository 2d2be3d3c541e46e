//! Chunks through the GPU, in order.

use super::canvas::{self, Chunk};
use super::source::{Samples, Source};
use crate::blocking;
use crate::error::Result;
use crate::gpu::{Engine, Readback, Submission};
use crate::plan::{Plan, PlanOptions, Variables};
use crate::signal::front_end::{DbReference, Decibels, FrontEnd, MelFrontEnd, Padding};
use crate::signal::sox::{SongLength, SoxGeometry};

/// Columns of the plans, in ascending order: a song runs through the largest one, ten seconds at a time, and what is left of it through
/// the smallest that holds it.
const COLUMNS: [usize; 4] = [128, 256, 384, 512];

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
            FrontEnd::Mel(_) | FrontEnd::Features(_) => None,
        };
        Ok(Self { front_end: front_end.clone(), plans, sox })
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
        let mut song = Song { painter: self, source: Source::new(next, self.padding()), painted: 0 };
        let FrontEnd::Mel(mel) = &self.front_end else { return song.paint(sink) };
        if !self.front_end.needs_whole_song() {
            return song.paint(sink);
        }
        let mut decibels = Vec::new();
        let columns = song.paint(&mut |part| {
            decibels.extend_from_slice(part);
            Ok(())
        })?;
        refer_to_song(mel, &mut decibels);
        sink(&decibels)?;
        Ok(columns)
    }

    fn padding(&self) -> Padding {
        match &self.front_end {
            FrontEnd::Mel(mel) => mel.pad,
            FrontEnd::Sox(_) | FrontEnd::Features(_) => Padding::Zero,
        }
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
            (FrontEnd::Mel(mel), _) => Ok(mel.first_sample(from)),
            (FrontEnd::Sox(_), Some(geometry)) => {
                let frames = geometry.plan(from..from + chunk.columns as u64, length)?;
                let mut windows = frames.windows;
                windows.resize(plan.input("windows")?.len(), 0.0);
                submission.write(plan.input("windows")?, &windows)?;
                let rows: Vec<_> = frames.frame_windows.iter().map(|&row| f32::from_bits(row)).collect();
                submission.write(plan.input("rows")?, &rows)?;
                Ok(frames.first_sample)
            }
            (FrontEnd::Sox(_) | FrontEnd::Features(_), _) => Ok(0),
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
            let left = front_end.columns(seen)?.saturating_sub(self.painted);
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
        Ok(Some(Painted { columns, picture }))
    }

    fn finish(&self, painted: Painted, sink: &mut dyn FnMut(&[f32]) -> Result<()>) -> Result<()> {
        let rows = self.painter.front_end.rows() as usize;
        let mut picture = blocking::take(painted.picture)?;
        picture.truncate(painted.columns * rows);
        if self.painter.sox.is_some() {
            // SoX's rows start at the Nyquist frequency, the transform's at 0 Hz.
            picture.chunks_exact_mut(rows).for_each(<[f32]>::reverse);
        }
        sink(&picture)
    }
}

/// Decibels below the song's largest value, cut off `top_db` below it, as network input.
fn refer_to_song(mel: &MelFrontEnd, decibels: &mut [f32]) {
    let Decibels { top_db, reference, amin, .. } = mel.to_db;
    let largest = decibels.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let zero = match reference {
        DbReference::Max => largest,
        DbReference::Value(value) => (20.0 / f64::from(mel.power) * value.max(amin).log10()) as f32,
    };
    let floor = top_db.map_or(f32::NEG_INFINITY, |range| largest - range as f32);
    let (subtract, divide) = (mel.normalisation.subtract as f32, mel.normalisation.divide as f32);
    for value in decibels {
        *value = (value.max(floor) - zero - subtract) / divide;
    }
}
