//! The learning rate over a training run.

use serde::{Deserialize, Serialize};

/// How the learning rate goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Schedule {
    /// The same throughout.
    Constant,
    /// Rises over the first twentieth of the steps, then falls along half a cosine to 1 % (Loshchilov & Hutter 2017).
    Cosine,
}

impl Schedule {
    /// What step `step` (from 0) of `total` multiplies the learning rate with.
    pub fn factor(self, step: u64, total: u64) -> f32 {
        match self {
            Self::Constant => 1.0,
            Self::Cosine => {
                let rise = (total / 20).max(1);
                if step < rise {
                    return (step + 1) as f32 / rise as f32;
                }
                let done = (step - rise) as f32 / (total - rise).max(1) as f32;
                0.01 + 0.99 * 0.5 * (1.0 + (std::f32::consts::PI * done.min(1.0)).cos())
            }
        }
    }
}
