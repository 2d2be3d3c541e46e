//! Optimisers from their papers' formulas, one number at a time.

use crate::shape::Optimiser;

/// What changes from step to step.
#[derive(Clone, Copy, Debug)]
pub struct Step {
    /// The learning rate.
    pub rate: f64,
    /// The number of the step, from 1.
    pub t: i32,
    /// Multiplies the gradient.
    pub scale: f64,
}

/// A rule with its constants, and what it remembers of each weight.
#[derive(Clone, Copy, Debug)]
pub enum Rule {
    /// beta1, beta2, eps, decoupled decay
    Adam([f64; 4]),
    /// decay, momentum, eps
    RmsProp([f64; 3]),
    /// momentum, decay, nesterov
    Sgd(f64, f64, bool),
}

impl Rule {
    /// The rule of an optimiser.
    pub fn of(optimiser: Optimiser) -> Self {
        match optimiser {
            Optimiser::Adam { beta1, beta2, eps } => Self::Adam([beta1, beta2, eps, 0.0].map(f64::from)),
            Optimiser::AdamW { beta1, beta2, eps, weight_decay } => {
                Self::Adam([beta1, beta2, eps, weight_decay].map(f64::from))
            }
            Optimiser::RmsProp { decay, momentum, eps } => Self::RmsProp([decay, momentum, eps].map(f64::from)),
            Optimiser::Sgd { momentum, nesterov, weight_decay } => {
                Self::Sgd(f64::from(momentum), f64::from(weight_decay), nesterov)
            }
        }
    }

    /// One step of one weight; `slots` are its memory.
    pub fn step(self, w: &mut f64, dw: f64, slots: &mut [f64; 2], step: Step) {
        let g = dw * step.scale;
        let [a, b] = slots;
        match self {
            Self::Adam([beta1, beta2, eps, decay]) => {
                *w -= step.rate * decay * *w;
                *a = beta1 * *a + (1.0 - beta1) * g;
                *b = beta2 * *b + (1.0 - beta2) * g * g;
                let (mean, square) = (*a / (1.0 - beta1.powi(step.t)), *b / (1.0 - beta2.powi(step.t)));
                *w -= step.rate * mean / (square.sqrt() + eps);
            }
            Self::RmsProp([decay, momentum, eps]) => {
                *a = decay * *a + (1.0 - decay) * g * g;
                *b = momentum * *b + step.rate * g / (*a + eps).sqrt();
                *w -= *b;
            }
            Self::Sgd(momentum, decay, nesterov) => {
                let g = g + decay * *w;
                *a = momentum * *a + g;
                *w -= step.rate * if nesterov { g + momentum * *a } else { *a };
            }
        }
    }
}
