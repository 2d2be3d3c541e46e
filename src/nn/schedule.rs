//! The learning rate over a training run, and when a run ends early.

use serde::{Deserialize, Serialize};

/// How the learning rate goes.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Schedule {
    /// The same throughout.
    Constant,
    /// Rises over the first twentieth of the steps, then falls along half a cosine to 1 % (Loshchilov & Hutter 2017).
    Cosine,
    /// Falls every so many epochs.
    Steps(Steps),
    /// Falls when the validation loss does not.
    Plateau(Plateau),
}

/// `start factor^(epoch / every)`, epochs from 0, the quotient rounded down.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Steps {
    /// What the rate is multiplied with each time.
    pub factor: f32,
    /// Epochs from one time to the next.
    pub every: u64,
}

/// The rate is multiplied with `factor`, down to `min_rate`, whenever `patience` epochs in a row had no validation loss more than
/// `min_delta` below the best; then they are counted anew. This is Keras' `ReduceLROnPlateau`; PyTorch's waits for an epoch more, and its
/// threshold is a share unless its `threshold_mode` is `abs`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Plateau {
    /// What the rate is multiplied with each time.
    pub factor: f32,
    /// Epochs without a better loss.
    pub patience: usize,
    /// The smallest rate that it falls to.
    pub min_rate: f32,
    /// By how much a loss has to be below the best to be a better one.
    pub min_delta: f64,
}

/// A run ends when `patience` epochs in a row had no validation loss more than `min_delta` below the best (Keras' `EarlyStopping`).
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct EarlyStop {
    /// Epochs without a better loss.
    pub patience: usize,
    /// By how much a loss has to be below the best to be a better one.
    pub min_delta: f64,
}

impl Default for Steps {
    fn default() -> Self {
        Self { factor: 0.3, every: 10 }
    }
}

impl Default for Plateau {
    fn default() -> Self {
        Self { factor: 0.1, patience: 5, min_rate: 1e-6, min_delta: 1e-4 }
    }
}

impl Default for EarlyStop {
    fn default() -> Self {
        Self { patience: 10, min_delta: 0.0 }
    }
}

/// Where a run is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Moment<'a> {
    /// The step, from 0.
    pub step: u64,
    /// Steps of an epoch.
    pub each: u64,
    /// Steps in all.
    pub total: u64,
    /// Validation losses of the epochs before, in order.
    pub losses: &'a [f64],
}

impl Schedule {
    /// The learning rate of a step. `start` is that of the first one, or with [`Cosine`](Self::Cosine) the highest. It depends on nothing
    /// else, so a run that goes on takes the steps that it would have taken.
    pub fn rate(self, start: f32, at: Moment<'_>) -> f32 {
        let Moment { step, each, total, losses } = at;
        let epoch = step / each.max(1);
        match self {
            Self::Constant => start,
            Self::Cosine => {
                let rise = (total / 20).max(1);
                if step < rise {
                    return start * ((step + 1) as f32 / rise as f32);
                }
                let done = (step - rise) as f32 / (total - rise).max(1) as f32;
                start * (0.01 + 0.99 * 0.5 * (1.0 + (std::f32::consts::PI * done.min(1.0)).cos()))
            }
            Self::Steps(steps) => (0..epoch / steps.every.max(1)).fold(start, |rate, _| rate * steps.factor),
            Self::Plateau(plateau) => {
                let known = losses.len().min(usize::try_from(epoch).unwrap_or(usize::MAX));
                plateau.rate(start, &losses[..known])
            }
        }
    }

    /// Whether it goes by validation losses.
    pub fn needs_losses(self) -> bool {
        matches!(self, Self::Plateau(_))
    }
}

impl Plateau {
    /// The rate of the epoch behind those of the losses.
    pub fn rate(self, start: f32, losses: &[f64]) -> f32 {
        let (mut rate, mut waited) = (start, Waited::default());
        for &loss in losses {
            waited.look(loss, self.min_delta);
            if waited.epochs >= self.patience.max(1) {
                waited.epochs = 0;
                // One that starts lower stays where it is.
                rate = (rate * self.factor).max(self.min_rate.min(rate));
            }
        }
        rate
    }
}

impl EarlyStop {
    /// Whether the run ends behind the epochs of these losses.
    pub fn ends(self, losses: &[f64]) -> bool {
        let mut waited = Waited::default();
        losses.iter().for_each(|&loss| waited.look(loss, self.min_delta));
        waited.epochs >= self.patience.max(1)
    }
}

/// Epochs since the best loss.
struct Waited {
    best: f64,
    epochs: usize,
}

impl Default for Waited {
    fn default() -> Self {
        Self { best: f64::INFINITY, epochs: 0 }
    }
}

impl Waited {
    fn look(&mut self, loss: f64, min_delta: f64) {
        if loss < self.best - min_delta {
            *self = Self { best: loss, epochs: 0 };
        } else {
            self.epochs += 1;
        }
    }
}
