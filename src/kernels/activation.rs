//! Activations that a kernel can apply to what it is about to write.

/// An elementwise function behind a convolution or a matrix product. None of them ever falls, so that a maximum may be
/// taken before them.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum Activation {
    /// `x`
    #[default]
    None,
    /// `max(x, 0)`
    Relu,
    /// `x` above 0, else `alpha * (exp(x) - 1)`
    Elu(f32),
    /// `x` above 0, else `slope * x`
    LeakyRelu(f32),
    /// `1 / (1 + exp(-x))`
    Sigmoid,
    /// `tanh(x)`
    Tanh,
}

impl Activation {
    /// The code that `shaders/lib/activation.wgsl` knows it by.
    pub fn code(self) -> u32 {
        match self {
            Self::None => 0,
            Self::Relu => 1,
            Self::Elu(_) => 2,
            Self::LeakyRelu(_) => 3,
            Self::Sigmoid => 4,
            Self::Tanh => 5,
        }
    }

    /// Its number: alpha or slope, else 0.
    pub fn slope(self) -> f32 {
        match self {
            Self::Elu(slope) | Self::LeakyRelu(slope) => slope,
            _ => 0.0,
        }
    }
}
