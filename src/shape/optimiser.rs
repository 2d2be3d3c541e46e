//! Rules of descent.

/// A rule by which a variable follows its gradient.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Optimiser {
    /// Kingma & Ba 2015.
    Adam {
        /// Decay of the mean.
        beta1: f32,
        /// Decay of the mean square.
        beta2: f32,
        /// Added to the root.
        eps: f32,
    },
    /// Adam with decoupled weight decay (Loshchilov & Hutter 2019).
    AdamW {
        /// Decay of the mean.
        beta1: f32,
        /// Decay of the mean square.
        beta2: f32,
        /// Added to the root.
        eps: f32,
        /// Times the learning rate and the weight.
        weight_decay: f32,
    },
    /// TensorFlow 1's form: epsilon inside the root, the mean square starting at one.
    RmsProp {
        /// Decay of the mean square.
        decay: f32,
        /// Of the step.
        momentum: f32,
        /// Inside the root.
        eps: f32,
    },
    /// PyTorch's form.
    Sgd {
        /// Of the gradient.
        momentum: f32,
        /// Looks ahead (Nesterov 1983).
        nesterov: bool,
        /// Added to the gradient, times the weight.
        weight_decay: f32,
    },
}

impl Optimiser {
    /// Names and initial values of the variables that the rule keeps beside each weight: without momentum there is none to keep.
    pub fn slots(self) -> &'static [(&'static str, f32)] {
        match self {
            Self::Adam { .. } | Self::AdamW { .. } => &[("m", 0.0), ("v", 0.0)],
            Self::RmsProp { momentum: 0.0, .. } => &[("ms", 1.0)],
            Self::RmsProp { .. } => &[("ms", 1.0), ("mom", 0.0)],
            Self::Sgd { momentum: 0.0, .. } => &[],
            Self::Sgd { .. } => &[("velocity", 0.0)],
        }
    }
}
