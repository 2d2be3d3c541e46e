//! Layers over volumes.

use super::init::Init;
use super::layers::Net;
use crate::error::{Error, Result};
use crate::graph::{Id, Op};
use crate::shape::Conv3d;

impl Net {
    /// Convolution without bias: `x` (N,C,D,H,W), variable `name.weight` (out, C/groups, KD, KH, KW).
    ///
    /// # Errors
    /// [`Error::Shape`] or [`Error::Argument`] if they do not fit.
    pub fn conv3d(
        &mut self,
        name: &str,
        x: Id,
        out: usize,
        kernel: [usize; 3],
        conv: Conv3d,
        init: Init,
    ) -> Result<Id> {
        let [_, c, ..] = self.graph.shape(x).array::<5>("conv3d", "x")?;
        let [d, h, w] = kernel;
        let weight = self.weight(format!("{name}.weight"), [out, c / conv.groups.max(1), d, h, w], init)?;
        self.graph.conv3d(x, weight, conv)
    }

    /// Transposed convolution without bias whose steps are as long as its kernel, so that each element becomes a block of its own: `x`
    /// (N,C,D,H,W), variable `name.weight` (C, out, KD, KH, KW) -> (N, out, D KD, H KH, W KW).
    ///
    /// # Errors
    /// [`Error::Shape`] if `x` is no volume, [`Error::Argument`] for a kernel of 0.
    pub fn conv_transpose3d(&mut self, name: &str, x: Id, out: usize, kernel: [usize; 3], init: Init) -> Result<Id> {
        let [_, c, size @ ..] = self.graph.shape(x).array::<5>("conv_transpose3d", "x")?;
        let [d, h, w] = kernel;
        let weight = self.weight(format!("{name}.weight"), [c, out, d, h, w], init)?;
        let conv = Conv3d { stride: kernel, ..Conv3d::default() };
        let large = [0, 1, 2].map(|axis| size[axis].saturating_mul(kernel[axis]));
        if large.contains(&0) {
            let problem = "a kernel should be at least 1 along each axis".into();
            return Err(Error::Argument { operation: "conv_transpose3d", problem });
        }
        self.graph.add(Op::Conv3dGradInput(conv, large), &[x, weight])
    }
}
