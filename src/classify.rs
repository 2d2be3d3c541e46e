//! Layer 6. Songs in, records out: pictures, slices in batches across songs, probabilities, votes.

use std::collections::VecDeque;

use half::f16;

use crate::error::{Error, Result};
use crate::gpu::Engine;
use crate::pictures::{Painter, Slicer};
use crate::predict::{Pending, Predictor};
use crate::refine::SecondLook;
use crate::vote::{Record, Status, Thresholds};
use crate::weights::ModelFile;

/// A song to classify.
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

/// A model ready to classify songs on an engine.
#[derive(Debug)]
pub struct Classifier {
    name: String,
    labels: Vec<String>,
    rate: u32,
    painter: Painter,
    predictor: Predictor,
    thresholds: Thresholds,
    look: Option<SecondLook>,
}

impl Classifier {
    /// `name` is what records call the model; `batch` slices go through the network at once.
    ///
    /// # Errors
    /// [`Error::Gpu`] if the device's memory or limits do not suffice.
    pub fn new(engine: &Engine, model: &ModelFile, name: &str, thresholds: Thresholds, batch: usize) -> Result<Self> {
        thresholds.validate()?;
        Ok(Self {
            name: name.to_owned(),
            labels: model.card.labels.clone(),
            rate: model.card.front_end.rate(),
            painter: Painter::new(engine, &model.card.front_end)?,
            predictor: Predictor::new(engine, model, batch)?,
            thresholds,
            look: None,
        })
    }

    /// The same with a second look at songs that the vote leaves unclassified: their records gain [`Record::refined`], and nothing else
    /// changes. The slices of a song are kept until its vote, at two bytes a pixel.
    ///
    /// # Errors
    /// [`Error::Argument`] if it has other genres.
    pub fn with_second_look(self, look: SecondLook) -> Result<Self> {
        if look.card().labels != self.labels {
            let problem = "the second look has other genres than the model".into();
            return Err(Error::Argument { operation: "classify", problem });
        }
        Ok(Self { look: Some(look), ..self })
    }

    /// The sample rate in Hz at which it wants songs.
    pub fn rate(&self) -> u32 {
        self.rate
    }

    /// The genres that it knows.
    pub fn labels(&self) -> &[String] {
        &self.labels
    }

    /// Classifies songs and gives their records to `emit` in order. A song that cannot be read becomes an error record,
    /// and the others go on.
    ///
    /// # Errors
    /// [`Error::Gpu`] if the device fails, and what `emit` returns.
    pub fn run<'a>(
        &self,
        songs: impl Iterator<Item = Song<'a>>,
        mut emit: impl FnMut(Record) -> Result<()>,
    ) -> Result<()> {
        let mut desk = Desk {
            classifier: self,
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

    fn record(&self, song: Open) -> Result<Record> {
        match song.error {
            Some(error) => Ok(Record::from_error(song.path, &self.name, error)),
            None => {
                let seconds = song.samples as f64 / f64::from(self.rate);
                let (labels, thresholds) = (&self.labels, &self.thresholds);
                let record =
                    Record::from_slices(song.path, labels, song.probabilities, thresholds, seconds, &self.name)?;
                let refined = match &self.look {
                    Some(look) if record.status == Status::Unclassified => {
                        Some(look.look(&song.slices, record.slices.probabilities.values())?)
                    }
                    _ => None,
                };
                Ok(Record { warnings: song.warnings, refined, ..record })
            }
        }
    }
}

/// Songs whose record was not handed out yet, and the slices that wait for a full batch.
struct Desk<'a> {
    classifier: &'a Classifier,
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
    path: String,
    samples: u64,
    waiting: usize,
    probabilities: Vec<f32>,
    /// Only for a second look.
    slices: Vec<f16>,
    warnings: Vec<String>,
    error: Option<String>,
}

impl Desk<'_> {
    fn read(&mut self, song: Song<'_>) -> Result<()> {
        let number = self.first + self.open.len();
        self.open.push_back(Open { path: song.path, ..Open::default() });
        let classifier = self.classifier;
        let mut slicer = Slicer::new(classifier.painter.front_end());
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
        let painted = classifier
            .painter
            .paint(&mut next, &mut |columns| slicer.push(columns, &mut |slice| self.take(number, slice)));
        // What the song's own reader said is the song's affair; anything else is the device's.
        if unreadable.is_none() {
            painted?;
        }
        let open = &mut self.open[number - self.first];
        open.samples = count;
        open.warnings = samples.warnings();
        open.error = unreadable;
        Ok(())
    }

    fn take(&mut self, number: usize, slice: &[f32]) -> Result<()> {
        self.slices.extend_from_slice(slice);
        self.owners.push(number);
        let song = &mut self.open[number - self.first];
        song.waiting += 1;
        if self.classifier.look.is_some() {
            song.slices.extend(slice.iter().map(|&value| f16::from_f32(value)));
        }
        if self.owners.len() == self.classifier.predictor.batch() { self.predict() } else { Ok(()) }
    }

    /// Submits the slices that are there and enters the batch before.
    fn predict(&mut self) -> Result<()> {
        if self.owners.is_empty() {
            return Ok(());
        }
        let pending = self.classifier.predictor.start(&self.slices)?;
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

    /// Enters a batch's probabilities at its songs.
    fn enter(&mut self, batch: Option<(Pending, Vec<usize>)>) -> Result<()> {
        let Some((pending, owners)) = batch else { return Ok(()) };
        let rows = pending.wait()?;
        for (number, row) in owners.into_iter().zip(rows.chunks_exact(self.classifier.labels.len())) {
            let song = &mut self.open[number - self.first];
            song.probabilities.extend_from_slice(row);
            song.waiting -= 1;
        }
        Ok(())
    }

    fn hand_out(&mut self, emit: &mut impl FnMut(Record) -> Result<()>) -> Result<()> {
        while self.open.front().is_some_and(|song| song.waiting == 0) {
            if let Some(song) = self.open.pop_front() {
                self.first += 1;
                emit(self.classifier.record(song)?)?;
            }
        }
        Ok(())
    }
}
