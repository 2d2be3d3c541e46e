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
        let (out, pad) = resolve(operation, input, self.kernel, self.stride, [1, 1], self.padding)?;
        if pad[0].max(pad[1]) >= self.kernel[0] || pad[2].max(pad[3]) >= self.kernel[1] {
            return Err(Error::Argument { operation, problem: "padding should be smaller than the window".into() });
        }
        Ok((out, pad))
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
        resolve(operation, input, kernel, self.stride, self.dilation, self.padding)
    }
}

fn resolve(
    operation: &'static str,
    input: [usize; 2],
    kernel: [usize; 2],
    stride: [usize; 2],
    dilation: [usize; 2],
    padding: Padding,
) -> Result<([usize; 2], [usize; 4])> {
    let mut out = [0; 2];
    let mut pad = [0; 4];
    let mut all = [0; 2];
    for axis in 0..2 {
        if [kernel[axis], stride[axis], dilation[axis], input[axis]].contains(&0) {
            return Err(Error::Argument {
                operation,
                problem: "sizes, strides and dilations should be at least 1".into(),
            });
        }
        // What saturates is refused below: no shader can index so much.
        let reach = (kernel[axis] - 1).saturating_mul(dilation[axis]).saturating_add(1);
        let (before, after) = match padding {
            Padding::Valid => (0, 0),
            Padding::Same => {
                let steps = input[axis].div_ceil(stride[axis]) - 1;
                let total = (steps * stride[axis]).saturating_add(reach).saturating_sub(input[axis]);
                (total / 2, total - total / 2)
            }
            Padding::Explicit(sides) => (sides[2 * axis], sides[2 * axis + 1]),
        };
        let padded = input[axis].saturating_add(before).saturating_add(after);
        if padded < reach {
            let problem = format!("a window of {reach} does not fit a padded side of {padded}");
            return Err(Error::Argument { operation, problem });
        }
        all[axis] = padded;
        out[axis] = (padded - reach) / stride[axis] + 1;
        [pad[2 * axis], pad[2 * axis + 1]] = [before, after];
    }
    Shape::from(all).check(operation, "the padded image")?;
    Ok((out, pad))
}
