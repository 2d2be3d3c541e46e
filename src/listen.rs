//! Layer 6. Songs in, answers of a network out: pictures, slices in batches across songs, a row a slice.

use std::collections::VecDeque;

use half::f16;

use crate::error::Result;
use crate::gpu::Engine;
use crate::pictures::{Painter, Slicer};
use crate::predict::{Pending, Predictor};
use crate::signal::front_end::FrontEnd;

/// A song to listen to.
pub struct Song<'a> {
    /// What it is called in its record.
    pub path: String,
    /// Its samples at the model's rate.
    pub samples: Box<dyn Sound + 'a>,
}

/// Where a song's samples come from: a closure, or something that also knows about damage.
pub trait Sound {
    /// Appends up to so many samples and says how many; 0 is the end.
    ///
    /// # Errors
    /// Whatever ends this song.
    fn read(&mut self, out: &mut Vec<f32>, wanted: usize) -> Result<usize>;

    /// What the song's record should say about damage that did not end it; asked at the end.
    fn warnings(&self) -> Vec<String> {
        Vec::new()
    }
}

impl<F: FnMut(&mut Vec<f32>, usize) -> Result<usize>> Sound for F {
    fn read(&mut self, out: &mut Vec<f32>, wanted: usize) -> Result<usize> {
        self(out, wanted)
    }
}

#[cfg(feature = "decode")]
impl Sound for crate::audio::Stream {
    fn read(&mut self, out: &mut Vec<f32>, wanted: usize) -> Result<usize> {
        Self::read(self, out, wanted)
    }

    fn warnings(&self) -> Vec<String> {
        Self::warnings(self)
    }
}

#[cfg(feature = "decode")]
impl Sound for crate::audio::Ahead {
    fn read(&mut self, out: &mut Vec<f32>, _: usize) -> Result<usize> {
        Self::read(self, out)
    }

    fn warnings(&self) -> Vec<String> {
        Self::warnings(self).to_vec()
    }
}

impl std::fmt::Debug for Song<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Song").field("path", &self.path).finish_non_exhaustive()
    }
}

/// What a network said of a song.
#[derive(Clone, Debug, Default)]
pub struct Heard {
    /// What the song is called.
    pub path: String,
    /// Its length in seconds.
    pub seconds: f64,
    /// Slices x outputs.
    pub rows: Vec<f32>,
    /// Slices x H x W, where they are kept.
    pub slices: Vec<f16>,
    /// Damage that did not end it.
    pub warnings: Vec<String>,
    /// Why it could not be read; then the rest says nothing.
    pub error: Option<String>,
}

/// Pictures and a network, ready to hear songs.
#[derive(Debug)]
pub struct Listener {
    rate: u32,
    painter: Painter,
    predictor: Predictor,
    keep: bool,
}

impl Listener {
    /// The predictor's slices are those of the front end.
    ///
    /// # Errors
    /// [`Error::Gpu`](crate::Error::Gpu) if the device's memory or limits do not suffice.
    pub fn new(engine: &Engine, front_end: &FrontEnd, predictor: Predictor) -> Result<Self> {
        Ok(Self { rate: front_end.rate(), painter: Painter::new(engine, front_end)?, predictor, keep: false })
    }

    /// The same, and what is [heard](Heard) has the slices, at two bytes a pixel.
    #[must_use]
    pub fn keeping_slices(self) -> Self {
        Self { keep: true, ..self }
    }

    /// The sample rate in Hz at which it wants songs.
    pub fn rate(&self) -> u32 {
        self.rate
    }

    /// Listens to songs and gives what was heard to `emit` in order. A song that cannot be read says so, and the others go on.
    ///
    /// # Errors
    /// [`Error::Gpu`](crate::Error::Gpu) if the device fails, and what `emit` returns.
    pub fn run<'a>(
        &self,
        songs: impl Iterator<Item = Song<'a>>,
        mut emit: impl FnMut(Heard) -> Result<()>,
    ) -> Result<()> {
        let mut desk = Desk {
            listener: self,
            open: VecDeque::new(),
            first: 0,
            slices: Vec::new(),
            owners: Vec::new(),
            under_way: None,
        };
        for song in songs {
            desk.read(song)?;
            desk.hand_out(&mut emit)?;
        }
        desk.predict()?;
        desk.finish()?;
        desk.hand_out(&mut emit)
    }
}

/// Songs that were not handed out yet, and the slices that wait for a full batch.
struct Desk<'a> {
    listener: &'a Listener,
    open: VecDeque<Open>,
    /// Number of the first open song.
    first: usize,
    slices: Vec<f32>,
    owners: Vec<usize>,
    /// A batch that was submitted, with its owners: songs are read and painted while the device works on it.
    under_way: Option<(Pending, Vec<usize>)>,
}

#[derive(Default)]
struct Open {
    heard: Heard,
    /// Slices whose rows are not there yet.
    waiting: usize,
}

impl Desk<'_> {
    fn read(&mut self, song: Song<'_>) -> Result<()> {
        let number = self.first + self.open.len();
        self.open.push_back(Open { heard: Heard { path: song.path, ..Heard::default() }, waiting: 0 });
        let listener = self.listener;
        let mut slicer = Slicer::new(listener.painter.front_end());
        let mut samples = song.samples;
        let (mut count, mut unreadable) = (0, None);
        let mut next = |out: &mut Vec<f32>, wanted: usize| match samples.read(out, wanted) {
            Ok(got) => {
                count += got as u64;
                Ok(got)
            }
            Err(error) => {
                unreadable = Some(error.to_string());
                Err(error)
            }
        };
        let painted = listener
            .painter
            .paint(&mut next, &mut |columns| slicer.push(columns, &mut |slice| self.take(number, slice)));
        // What the song's own reader said is the song's affair; anything else is the device's.
        if unreadable.is_none() {
            painted?;
        }
        let heard = &mut self.open[number - self.first].heard;
        heard.seconds = count as f64 / f64::from(listener.rate);
        heard.warnings = samples.warnings();
        heard.error = unreadable;
        Ok(())
    }

    fn take(&mut self, number: usize, slice: &[f32]) -> Result<()> {
        self.slices.extend_from_slice(slice);
        self.owners.push(number);
        let song = &mut self.open[number - self.first];
        song.waiting += 1;
        if self.listener.keep {
            song.heard.slices.extend(slice.iter().map(|&value| f16::from_f32(value)));
        }
        if self.owners.len() == self.listener.predictor.batch() { self.predict() } else { Ok(()) }
    }

    /// Submits the slices that are there and enters the batch before.
    fn predict(&mut self) -> Result<()> {
        if self.owners.is_empty() {
            return Ok(());
        }
        let pending = self.listener.predictor.start(&self.slices)?;
        self.slices.clear();
        let owners = std::mem::take(&mut self.owners);
        // The batch before is waited for while this one is under way.
        let before = self.under_way.replace((pending, owners));
        self.enter(before)
    }

    /// Waits for the batch under way.
    fn finish(&mut self) -> Result<()> {
        let last = self.under_way.take();
        self.enter(last)
    }

    /// Enters a batch's rows at its songs.
    fn enter(&mut self, batch: Option<(Pending, Vec<usize>)>) -> Result<()> {
        let Some((pending, owners)) = batch else { return Ok(()) };
        let rows = pending.wait()?;
        for (number, row) in owners.into_iter().zip(rows.chunks_exact(self.listener.predictor.outputs())) {
            let song = &mut self.open[number - self.first];
            song.heard.rows.extend_from_slice(row);
            song.waiting -= 1;
        }
        Ok(())
    }

    fn hand_out(&mut self, emit: &mut impl FnMut(Heard) -> Result<()>) -> Result<()> {
        while self.open.front().is_some_and(|song| song.waiting == 0) {
            if let Some(song) = self.open.pop_front() {
                self.first += 1;
                emit(song.heard)?;
            }
        }
        Ok(())
    }
}
