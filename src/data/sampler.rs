//! Which slices a step gets.

use super::draw::{Draw, Purpose};
use super::split::SliceRef;
use crate::error::{Error, Result};

/// How often a slice is drawn in an epoch.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Balance {
    /// Every label as often as the most frequent one: its slices are gone through again and again, in a new order each time,
    /// until that many are drawn. The last round is a part of one.
    #[default]
    Labels,
    /// As `Labels`, and the labels take turns: a batch of whole rounds is rows of one slice a label, in the labels' order.
    Rows,
    /// Every slice once.
    None,
}

/// The order of slices, epoch by epoch: a function of the slices, the seed and the epoch.
///
/// An epoch has `ceil(slices / batch)` steps; the last batch is filled up from the beginning of the epoch's own order, so every
/// slice is seen and all batches have one size.
#[derive(Clone, Debug)]
pub struct Sampler {
    /// Slices of each label.
    labels: Vec<Vec<SliceRef>>,
    seed: u64,
    batch: usize,
    balance: Balance,
}

impl Sampler {
    /// A sampler of `slices`, where `label_of[song]` is the label of a song, below `classes`.
    ///
    /// # Errors
    /// [`Error::Argument`] for a batch of 0, [`Error::Training`] if there are no slices, [`Error::Shape`] for a song without a
    /// label or a label that is too large.
    pub fn new(
        slices: &[SliceRef],
        label_of: &[usize],
        classes: usize,
        batch: usize,
        balance: Balance,
        seed: u64,
    ) -> Result<Self> {
        if batch == 0 {
            return Err(Error::Argument {
                operation: "sampler",
                problem: "a batch should have at least 1 slice".into(),
            });
        }
        if slices.is_empty() {
            let problem = "the training songs have no slices; they cannot be read or are shorter than one slice";
            return Err(Error::Training(problem.into()));
        }
        let mut labels = vec![Vec::new(); classes];
        for &slice in slices {
            let label = label_of.get(slice.song).and_then(|&label| labels.get_mut(label)).ok_or_else(|| {
                Error::shape("sampler", "label_of", format_args!("a label below {classes} for each song"), slice.song)
            })?;
            label.push(slice);
        }
        Ok(Self { labels, seed, batch, balance })
    }

    /// Slices a step.
    pub fn batch(&self) -> usize {
        self.batch
    }

    /// Number of labels.
    pub fn classes(&self) -> usize {
        self.labels.len()
    }

    /// All slices, label by label.
    pub(super) fn all(&self) -> impl Iterator<Item = &SliceRef> {
        self.labels.iter().flatten()
    }

    /// Slices of each label, before balancing.
    pub fn counts(&self) -> Vec<usize> {
        self.labels.iter().map(Vec::len).collect()
    }

    /// Slices that an epoch draws.
    pub fn slices(&self) -> usize {
        let counts = self.labels.iter().map(Vec::len).filter(|&count| count > 0);
        match self.balance {
            Balance::None => counts.sum(),
            Balance::Labels | Balance::Rows => counts.clone().max().unwrap_or(0) * counts.count(),
        }
    }

    /// Steps of an epoch.
    pub fn steps(&self) -> u64 {
        self.slices().div_ceil(self.batch) as u64
    }

    /// The order of an epoch: (slice, label), [`slices`](Self::slices) of them.
    pub fn order(&self, epoch: u64) -> Vec<(SliceRef, usize)> {
        let most = self.labels.iter().map(Vec::len).max().unwrap_or(0);
        let mut order = Vec::with_capacity(self.slices());
        for (label, slices) in self.labels.iter().enumerate() {
            let mut draw = Draw::new(self.seed, Purpose::Order, [epoch, 1 + label as u64]);
            let mut left = match self.balance {
                _ if slices.is_empty() => 0,
                Balance::None => slices.len(),
                Balance::Labels | Balance::Rows => most,
            };
            while left > 0 {
                let mut round = slices.clone();
                draw.shuffle(&mut round);
                round.truncate(left);
                left -= round.len();
                order.extend(round.into_iter().map(|slice| (slice, label)));
            }
        }
        if self.balance == Balance::Rows {
            let labels = order.len() / most.max(1);
            return (0..order.len()).map(|at| order[at % labels * most + at / labels]).collect();
        }
        Draw::new(self.seed, Purpose::Order, [epoch, 0]).shuffle(&mut order);
        order
    }
}
