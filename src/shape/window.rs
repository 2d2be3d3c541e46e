//! Windows that slide over images: convolution and pooling, in PyTorch's words.

use super::Shape;
use crate::error::{Error, Result};

/// How an image is extended before a window slides over it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Padding {
    /// No extension.
    Valid,
    /// TensorFlow's SAME: `ceil(in / stride)` outputs, what is odd goes to the right and the bottom.
    Same,
    /// `[top, bottom, left, right]` zeros.
    Explicit([usize; 4]),
}

/// Geometry of a 2-D convolution; pairs are (height, width).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Conv2d {
    /// Steps between windows.
    pub stride: [usize; 2],
    /// Distance between the taps of a window.
    pub dilation: [usize; 2],
    /// Extension of the input.
    pub padding: Padding,
    /// Channels are split into this many groups that do not see each other.
    pub groups: usize,
}

impl Default for Conv2d {
    fn default() -> Self {
        Self { stride: [1, 1], dilation: [1, 1], padding: Padding::Valid, groups: 1 }
    }
}

/// How a volume is extended before a window slides through it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Padding3d {
    /// No extension.
    Valid,
    /// TensorFlow's SAME along each axis, as [`Padding::Same`].
    Same,
    /// Zeros `[before, behind]` along depth, height and width.
    Explicit([[usize; 2]; 3]),
}

/// Geometry of a 3-D convolution; triples are (depth, height, width).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Conv3d {
    /// Steps between windows.
    pub stride: [usize; 3],
    /// Distance between the taps of a window.
    pub dilation: [usize; 3],
    /// Extension of the input.
    pub padding: Padding3d,
    /// Channels are split into this many groups that do not see each other.
    pub groups: usize,
}

impl Default for Conv3d {
    fn default() -> Self {
        Self { stride: [1; 3], dilation: [1; 3], padding: Padding3d::Valid, groups: 1 }
    }
}

/// Geometry of a 2-D pooling window; pairs are (height, width). Padding never wins a maximum and does not count in a mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Pool2d {
    /// Size of the window.
    pub kernel: [usize; 2],
    /// Steps between windows.
    pub stride: [usize; 2],
    /// Extension of the input.
    pub padding: Padding,
}

impl Pool2d {
    /// A square window that steps by its own size, without padding.
    pub fn square(kernel: usize) -> Self {
        Self { kernel: [kernel; 2], stride: [kernel; 2], padding: Padding::Valid }
    }

    /// `([out height, out width], [top, bottom, left, right])` for an input of `(height, width)`.
    ///
    /// # Errors
    /// [`Error::Argument`] if the window is larger than the padded input, or a padding not smaller than the window.
    pub fn resolve(&self, operation: &'static str, input: [usize; 2]) -> Result<([usize; 2], [usize; 4])> {
        let (out, [rows, columns]) = resolve(operation, input, self.kernel, self.stride, [1, 1], self.padding)?;
        if rows[0].max(rows[1]) >= self.kernel[0] || columns[0].max(columns[1]) >= self.kernel[1] {
            return Err(Error::Argument { operation, problem: "padding should be smaller than the window".into() });
        }
        Ok((out, [rows[0], rows[1], columns[0], columns[1]]))
    }
}

/// How an image is enlarged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Upsample2d {
    /// How many times it becomes as high and as wide.
    pub factor: [usize; 2],
    /// Straight between the middles of pixels; else each becomes a block.
    pub linear: bool,
}

impl Upsample2d {
    /// Height and width of the large image.
    ///
    /// # Errors
    /// [`Error::Argument`] for a factor or size of 0, [`Error::Shape`] if the image is more than a shader can index.
    pub fn resolve(&self, operation: &'static str, image: [usize; 2]) -> Result<[usize; 2]> {
        if image.iter().chain(&self.factor).any(|&size| size == 0) {
            return Err(Error::Argument { operation, problem: "sizes and factors should be at least 1".into() });
        }
        let large = [0, 1].map(|axis| image[axis].saturating_mul(self.factor[axis]));
        Shape::from(large).check(operation, "the large image")?;
        Ok(large)
    }
}

impl Conv2d {
    /// `([out height, out width], [top, bottom, left, right])` for an input of `(height, width)` and a kernel size.
    ///
    /// # Errors
    /// [`Error::Argument`] if a stride, dilation or size is 0 or the window is larger than the padded input, [`Error::Shape`]
    /// if that is more than a shader can index.
    pub fn resolve(
        &self,
        operation: &'static str,
        input: [usize; 2],
        kernel: [usize; 2],
    ) -> Result<([usize; 2], [usize; 4])> {
        let (out, [[top, bottom], [left, right]]) =
            resolve(operation, input, kernel, self.stride, self.dilation, self.padding)?;
        Ok((out, [top, bottom, left, right]))
    }
}

impl Conv3d {
    /// The output's extents and what is added `[before, behind]` along each axis, for an input and a kernel of `(depth, height, width)`.
    ///
    /// # Errors
    /// As [`Conv2d::resolve`].
    pub fn resolve(
        &self,
        operation: &'static str,
        input: [usize; 3],
        kernel: [usize; 3],
    ) -> Result<([usize; 3], [[usize; 2]; 3])> {
        resolve(operation, input, kernel, self.stride, self.dilation, self.padding)
    }
}

/// The same over volumes one deep.
impl From<Conv2d> for Conv3d {
    fn from(Conv2d { stride: [down, across], dilation: [rows, columns], padding, groups }: Conv2d) -> Self {
        let padding = match padding {
            Padding::Valid => Padding3d::Valid,
            Padding::Same => Padding3d::Same,
            Padding::Explicit([top, bottom, left, right]) => {
                Padding3d::Explicit([[0, 0], [top, bottom], [left, right]])
            }
        };
        Self { stride: [1, down, across], dilation: [1, rows, columns], padding, groups }
    }
}

/// Extension of an axis, or of each.
#[derive(Clone, Copy)]
enum Sides<const N: usize> {
    Valid,
    Same,
    Explicit([[usize; 2]; N]),
}

impl From<Padding> for Sides<2> {
    fn from(padding: Padding) -> Self {
        match padding {
            Padding::Valid => Self::Valid,
            Padding::Same => Self::Same,
            Padding::Explicit([top, bottom, left, right]) => Self::Explicit([[top, bottom], [left, right]]),
        }
    }
}

impl From<Padding3d> for Sides<3> {
    fn from(padding: Padding3d) -> Self {
        match padding {
            Padding3d::Valid => Self::Valid,
            Padding3d::Same => Self::Same,
            Padding3d::Explicit(sides) => Self::Explicit(sides),
        }
    }
}

fn resolve<const N: usize>(
    operation: &'static str,
    input: [usize; N],
    kernel: [usize; N],
    stride: [usize; N],
    dilation: [usize; N],
    padding: impl Into<Sides<N>>,
) -> Result<([usize; N], [[usize; 2]; N])> {
    let padding = padding.into();
    let (mut out, mut pad, mut all) = ([0; N], [[0; 2]; N], [0; N]);
    for axis in 0..N {
        if [kernel[axis], stride[axis], dilation[axis], input[axis]].contains(&0) {
            return Err(Error::Argument {
                operation,
                problem: "sizes, strides and dilations should be at least 1".into(),
            });
        }
        // What saturates is refused below: no shader can index so much.
        let reach = (kernel[axis] - 1).saturating_mul(dilation[axis]).saturating_add(1);
        let [before, after] = match padding {
            Sides::Valid => [0, 0],
            Sides::Same => {
                let steps = input[axis].div_ceil(stride[axis]) - 1;
                let total = (steps * stride[axis]).saturating_add(reach).saturating_sub(input[axis]);
                [total / 2, total - total / 2]
            }
            Sides::Explicit(sides) => sides[axis],
        };
        let padded = input[axis].saturating_add(before).saturating_add(after);
        if padded < reach {
            let problem = format!("a window of {reach} does not fit a padded side of {padded}");
            return Err(Error::Argument { operation, problem });
        }
        all[axis] = padded;
        out[axis] = (padded - reach) / stride[axis] + 1;
        pad[axis] = [before, after];
    }
    Shape::from(all).check(operation, "the padded image")?;
    Ok((out, pad))
}
