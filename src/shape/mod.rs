//! Layer 0. The words that graph and kernels share: sizes of tensors, windows that slide over them, functions of numbers.

mod function;
pub mod limits;
mod optimiser;
mod recurrent;
mod spectral;
mod window;

use std::fmt;

pub use function::{Binary, Distribution, Random, Reduction, Unary};
pub use optimiser::Optimiser;
pub use recurrent::RecurrentCell;
pub use spectral::{Banded, Diagonal, Diagonals, Stft, StftPadding};
pub use window::{Conv2d, Conv3d, Padding, Padding3d, Pool2d, Upsample2d};

use crate::error::{Error, Result};

/// The extents of a contiguous, row-major tensor: the last axis is the fastest. `[]` is a scalar.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Default)]
pub struct Shape(Vec<usize>);

impl Shape {
    /// The extents, slowest axis first.
    pub fn dims(&self) -> &[usize] {
        &self.0
    }

    /// Number of axes.
    pub fn rank(&self) -> usize {
        self.0.len()
    }

    /// Number of elements; 1 for a scalar. `usize::MAX` if there are more.
    pub fn count(&self) -> usize {
        self.0.iter().fold(1, |count, &dim| count.saturating_mul(dim))
    }

    /// Checks that there is something along each axis, and in all no more than a shader can index.
    ///
    /// # Errors
    /// [`Error::Shape`] naming `operation` and `argument`.
    pub fn check(&self, operation: &'static str, argument: &'static str) -> Result<()> {
        if self.0.contains(&0) {
            return Err(Error::shape(operation, argument, "at least 1 along each axis", self));
        }
        let count = self.0.iter().try_fold(1, |count: u32, &dim| count.checked_mul(u32::try_from(dim).ok()?));
        if count.is_none() {
            return Err(Error::shape(operation, argument, format_args!("at most {} elements", u32::MAX), self));
        }
        Ok(())
    }

    /// Row-major strides in elements.
    pub fn strides(&self) -> Vec<usize> {
        let mut strides = vec![1; self.rank()];
        for axis in (1..self.rank()).rev() {
            strides[axis - 1] = self.0[axis].saturating_mul(strides[axis]);
        }
        strides
    }

    /// The shape that both broadcast to, by NumPy's rule; `None` if they do not fit.
    pub fn broadcast(&self, other: &Shape) -> Option<Shape> {
        let rank = self.rank().max(other.rank());
        let at = |shape: &Shape, axis: usize| {
            let missing = rank - shape.rank();
            if axis < missing { 1 } else { shape.0[axis - missing] }
        };
        (0..rank)
            .map(|axis| match (at(self, axis), at(other, axis)) {
                (a, b) if a == b || b == 1 => Some(a),
                (1, b) => Some(b),
                _ => None,
            })
            .collect::<Option<Vec<_>>>()
            .map(Shape)
    }

    /// The extents as an array of `R`.
    ///
    /// # Errors
    /// [`Error::Shape`] naming `operation` and `argument` if there are not `R` axes.
    pub fn array<const R: usize>(&self, operation: &'static str, argument: &'static str) -> Result<[usize; R]> {
        <[usize; R]>::try_from(self.0.as_slice())
            .map_err(|_| Error::shape(operation, argument, format_args!("a tensor of {R} axes"), self))
    }

    /// Checks that this is `expected`.
    ///
    /// # Errors
    /// [`Error::Shape`] naming `operation` and `argument`.
    pub fn expect(&self, operation: &'static str, argument: &'static str, expected: impl Into<Shape>) -> Result<()> {
        let expected = expected.into();
        if *self == expected { Ok(()) } else { Err(Error::shape(operation, argument, expected, self)) }
    }
}

impl fmt::Display for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let dims: Vec<_> = self.0.iter().map(ToString::to_string).collect();
        write!(f, "({})", dims.join(", "))
    }
}

impl From<&[usize]> for Shape {
    fn from(dims: &[usize]) -> Self {
        Self(dims.to_vec())
    }
}

impl From<Vec<usize>> for Shape {
    fn from(dims: Vec<usize>) -> Self {
        Self(dims)
    }
}

impl<const R: usize> From<[usize; R]> for Shape {
    fn from(dims: [usize; R]) -> Self {
        Self(dims.to_vec())
    }
}

impl From<&Shape> for Shape {
    fn from(shape: &Shape) -> Self {
        shape.clone()
    }
}

/// `value` as the u32 that a shader's parameters hold.
///
/// # Errors
/// [`Error::Argument`] if it does not fit.
pub fn to_u32(operation: &'static str, value: usize) -> Result<u32> {
    u32::try_from(value).map_err(|_| Error::Argument {
        operation,
        problem: format!("{value} elements are more than a shader can index"),
    })
}

/// Which of `from` pixels in a row lie around the middle of pixel `at` of `to` that cover the same length, with their shares; beyond the outermost middles, those.
#[cfg(feature = "cli")]
pub(crate) fn between(from: usize, to: usize, at: usize) -> [(usize, f64); 2] {
    let last = from.saturating_sub(1);
    let place = ((at as f64 + 0.5) * from as f64 / to as f64 - 0.5).clamp(0.0, last as f64);
    let low = place as usize;
    [(low, 1.0 - place.fract()), ((low + 1).min(last), place.fract())]
}
