//! What slices should be answered with: their song's label, a teacher's answer, or nothing.

use std::collections::BTreeMap;

use crate::error::{Error, Result};
use crate::signal::front_end::FrontEnd;

/// The answers of training slices, by their songs' labels.
#[derive(Clone, Debug)]
pub struct Targets {
    classes: usize,
    taught: Option<(Teacher, f32)>,
    unlabelled: Option<usize>,
}

/// What another network said of the training songs (Hinton, Vinyals & Dean 2015).
#[derive(Clone, Debug)]
pub struct Teacher {
    /// Its slices x classes of each song.
    rows: BTreeMap<usize, Vec<f32>>,
    /// Its slices x tags of each song, and how many tags there are.
    tags: (BTreeMap<usize, Vec<f32>>, usize),
    /// The pupil's columns from one of its slices to the next.
    hop: f64,
    /// The pupil's column in the middle of its first slice.
    first: f64,
}

impl Teacher {
    /// `rows` are the teacher's slices x classes of each song, cut from pictures as `theirs` says; `ours` is the pupil's picture.
    ///
    /// # Errors
    /// [`Error::Argument`] for a front end without geometry.
    pub fn new(rows: BTreeMap<usize, Vec<f32>>, theirs: &FrontEnd, ours: &FrontEnd) -> Result<Self> {
        let seconds = |front_end: &FrontEnd| -> Result<f64> {
            Ok(front_end.samples_per_column()? as f64 / f64::from(front_end.rate()))
        };
        let columns = seconds(theirs)? / seconds(ours)?;
        let slices = theirs.slices();
        Ok(Self {
            rows,
            tags: Default::default(),
            hop: f64::from(slices.hop) * columns,
            first: f64::from(slices.width) / 2.0 * columns,
        })
    }

    /// The same teacher, which also tells the shares of so many tags, slices x tags of each song: hints of what else is to be heard, which a
    /// pupil learns on the way to its answers (Romero et al. 2015).
    #[must_use]
    pub fn with_tags(self, tags: BTreeMap<usize, Vec<f32>>, count: usize) -> Self {
        Self { tags: (tags, count), ..self }
    }

    /// Writes what it answers around a column of the pupil's.
    fn say(&self, song: usize, column: f64, out: &mut [f32]) -> bool {
        self.between(&self.rows, song, column, out)
    }

    /// Writes what `rows` say around a column of the pupil's: between the two slices nearest to it in proportion.
    fn between(&self, rows: &BTreeMap<usize, Vec<f32>>, song: usize, column: f64, out: &mut [f32]) -> bool {
        let Some(rows) = rows.get(&song).filter(|rows| !out.is_empty() && rows.len() >= out.len()) else {
            return false;
        };
        let last = rows.len() / out.len() - 1;
        let at = ((column - self.first) / self.hop).clamp(0.0, last as f64);
        let (before, share) = (at as usize, at.fract() as f32);
        let after = (before + 1).min(last);
        let [before, after] = [before, after].map(|slice| &rows[slice * out.len()..][..out.len()]);
        for (out, (before, after)) in out.iter_mut().zip(before.iter().zip(after)) {
            *out = (1.0 - share) * before + share * after;
        }
        true
    }
}

impl Targets {
    /// Slices of a label below `classes` are answered with that label. Of further labels nothing is right: all classes are as likely, so
    /// that a network learns to be unsure (outlier exposure, Hendrycks, Mazeika & Dietterich 2019).
    pub fn new(classes: usize) -> Self {
        Self { classes, taught: None, unlabelled: None }
    }

    /// The same, and `share` of each answer is what a teacher says of the slice. Where it says nothing, and of slices of further labels, the
    /// answer is as without it.
    ///
    /// # Errors
    /// [`Error::Argument`] if that is no share.
    pub fn taught(self, teacher: Teacher, share: f32) -> Result<Self> {
        if !(0.0..=1.0).contains(&share) {
            let problem = format!("a teacher's share is {share}, and should be from 0 to 1");
            return Err(Error::Argument { operation: "targets", problem });
        }
        Ok(Self { taught: Some((teacher, share)), ..self })
    }

    /// The same, and what songs of this label are is not known: their slices' answers are the teacher's alone. Where it says nothing, all
    /// classes are as likely.
    pub fn unlabelled(self, label: usize) -> Self {
        Self { unlabelled: Some(label), ..self }
    }

    /// Classes of an answer.
    pub fn classes(&self) -> usize {
        self.classes
    }

    /// Tags that a teacher tells of each slice beside its answer.
    pub fn hints(&self) -> usize {
        self.taught.as_ref().map_or(0, |(teacher, _)| teacher.tags.1)
    }

    /// Numbers of an answer with its hints.
    pub fn width(&self) -> usize {
        self.classes + self.hints()
    }

    /// What a song of this label is drawn with: the labels below `classes` are groups of their own, the further ones are one, and so are songs
    /// whose label is not known.
    pub fn group(&self, label: usize) -> usize {
        if Some(label) == self.unlabelled { self.classes + 1 } else { label.min(self.classes) }
    }

    /// How many groups there are.
    pub fn groups(&self) -> usize {
        self.classes + 2
    }

    /// The answer of a slice around a column of a song of this group, and the hints behind it; where a teacher has none, each is as likely as
    /// not.
    pub(super) fn fill(&self, song: usize, column: f64, group: usize, out: &mut [f32]) {
        let (answer, hints) = out.split_at_mut(self.classes);
        self.answer(song, column, group, answer);
        let told =
            self.taught.as_ref().is_some_and(|(teacher, _)| teacher.between(&teacher.tags.0, song, column, hints));
        if !told {
            hints.fill(0.5);
        }
    }

    fn answer(&self, song: usize, column: f64, group: usize, out: &mut [f32]) {
        let taught = self.taught.as_ref().filter(|_| group > self.classes);
        if taught.is_some_and(|(teacher, _)| teacher.say(song, column, out)) {
            return;
        }
        if group >= self.classes {
            return out.fill(1.0 / self.classes as f32);
        }
        let share = match &self.taught {
            Some((teacher, share)) if teacher.say(song, column, out) => *share,
            _ => {
                out.fill(0.0);
                0.0
            }
        };
        out.iter_mut().for_each(|value| *value *= share);
        out[group] += 1.0 - share;
    }
}
