//! Functions of one number, of two numbers, of many, and of none.

use super::Shape;

/// A function of one number. NaN gives NaN unless said otherwise.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Unary {
    /// `-x`
    Neg,
    /// `e^x`
    Exp,
    /// Natural logarithm.
    Log,
    /// Square root.
    Sqrt,
    /// `1 / sqrt(x)`
    Rsqrt,
    /// `1 / x`
    Reciprocal,
    /// Magnitude.
    Abs,
    /// -1, 0 or 1.
    Sign,
    /// `x^2`
    Square,
    /// The largest whole number that is not larger.
    Floor,
    /// `max(0, x)`
    Relu,
    /// `x` above 0, else `alpha (e^x - 1)` (Clevert et al. 2015).
    Elu(f32),
    /// `x` above 0, else `slope x`.
    LeakyRelu(f32),
    /// `1 / (1 + e^-x)`
    Sigmoid,
    /// Hyperbolic tangent.
    Tanh,
    /// `x` times the share of a normal distribution below it (Hendrycks & Gimpel 2016).
    Gelu,
    /// `scale x + offset`
    Affine(f32, f32),
    /// `x` held between the two.
    Clamp(f32, f32),
    /// 1 above 0, else 0, also for NaN.
    Positive,
    /// 1 from the first to the second inclusive, else 0, also for NaN.
    Inside(f32, f32),
    /// `10 log10 max(amin, x)`: a power in decibels.
    Decibel(f32),
}

impl Unary {
    /// Whether it is one of those that a convolution or a matrix product can apply to what it writes.
    pub fn is_activation(self) -> bool {
        match self {
            Self::Relu | Self::Elu(_) | Self::LeakyRelu(_) | Self::Sigmoid | Self::Tanh | Self::Gelu => true,
            // ReLU6 and its like.
            Self::Clamp(low, _) => low == 0.0,
            _ => false,
        }
    }

    /// Whether it is an activation that never falls, so that a maximum may be taken before it.
    pub fn never_falls(self) -> bool {
        match self {
            Self::Relu | Self::Sigmoid | Self::Tanh | Self::Clamp(..) => true,
            Self::Elu(slope) | Self::LeakyRelu(slope) => slope >= 0.0,
            _ => false,
        }
    }

    /// The code in `shaders/lib/pointwise.wgsl` and the function's two numbers.
    pub fn code(self) -> (u32, f32, f32) {
        match self {
            Self::Neg => (1, 0.0, 0.0),
            Self::Exp => (2, 0.0, 0.0),
            Self::Log => (3, 0.0, 0.0),
            Self::Sqrt => (4, 0.0, 0.0),
            Self::Rsqrt => (5, 0.0, 0.0),
            Self::Reciprocal => (6, 0.0, 0.0),
            Self::Abs => (7, 0.0, 0.0),
            Self::Sign => (8, 0.0, 0.0),
            Self::Square => (9, 0.0, 0.0),
            Self::Floor => (10, 0.0, 0.0),
            Self::Relu => (11, 0.0, 0.0),
            Self::Elu(alpha) => (12, alpha, 0.0),
            Self::LeakyRelu(slope) => (13, slope, 0.0),
            Self::Sigmoid => (14, 0.0, 0.0),
            Self::Tanh => (15, 0.0, 0.0),
            Self::Affine(scale, offset) => (16, scale, offset),
            Self::Clamp(low, high) => (17, low, high),
            Self::Positive => (18, 0.0, 0.0),
            Self::Inside(low, high) => (19, low, high),
            Self::Decibel(amin) => (20, amin, 0.0),
            Self::Gelu => (21, 0.0, 0.0),
        }
    }
}

/// A function of two numbers.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Binary {
    /// `a + b`
    Add,
    /// `a - b`
    Sub,
    /// `a b`
    Mul,
    /// `a / b`
    Div,
    /// The larger; NaN if one is.
    Maximum,
    /// The smaller; NaN if one is.
    Minimum,
    /// 1 where `a > b`, else 0.
    Greater,
    /// 1 where `a == b`, else 0.
    Equal,
    /// A binary neuron: 1 where the probability `a` is above `b`, else 0; NaN where `a` is. Its gradient is taken as if it gave `a`
    /// (straight-through, Bengio et al. 2013).
    Neuron,
    /// `b` where `a`, an output of ReLU, is above 0.
    ReluGrad,
    /// `b` times the slope of ELU where it gives `a`.
    EluGrad(f32),
    /// `b` times the slope of leaky ReLU where it gives `a`.
    LeakyReluGrad(f32),
    /// `b a (1 - a)`: `b` times the slope of the sigmoid where it gives `a`.
    SigmoidGrad,
    /// `b (1 - a^2)`: `b` times the slope of tanh where it gives `a`.
    TanhGrad,
    /// `b` times the slope of GELU at `a`, which is what GELU was given: it gives the same for two numbers below 0.
    GeluGrad,
}

impl Binary {
    /// The code in `shaders/lib/pointwise.wgsl` and the function's number.
    pub fn code(self) -> (u32, f32) {
        match self {
            Self::Add => (0, 0.0),
            Self::Sub => (1, 0.0),
            Self::Mul => (2, 0.0),
            Self::Div => (3, 0.0),
            Self::Maximum => (4, 0.0),
            Self::Minimum => (5, 0.0),
            Self::Greater => (6, 0.0),
            Self::Equal => (7, 0.0),
            Self::ReluGrad => (8, 0.0),
            Self::EluGrad(alpha) => (9, alpha),
            Self::LeakyReluGrad(slope) => (10, slope),
            Self::SigmoidGrad => (11, 0.0),
            Self::TanhGrad => (12, 0.0),
            Self::Neuron => (13, 0.0),
            Self::GeluGrad => (14, 0.0),
        }
    }
}

/// Random numbers.
#[derive(Clone, Debug, PartialEq)]
pub struct Random {
    /// How many, and how they lie.
    pub shape: Shape,
    /// From which distribution.
    pub distribution: Distribution,
    /// Tells those of one seed apart.
    pub salt: u32,
}

/// Where random numbers come from.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Distribution {
    /// Uniform in [0, 1).
    Uniform,
    /// Normal, of mean 0 and deviation 1.
    Normal,
}

/// How many numbers become one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Reduction {
    /// Their sum.
    Sum,
    /// Their mean.
    Mean,
    /// The largest.
    Max,
    /// The smallest.
    Min,
}
