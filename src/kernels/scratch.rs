//! Memory that an operation needs while its kernels run.

use crate::error::{Error, Result};
use crate::gpu::Tensor;

/// A scratch tensor that an operation needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Scratch {
    /// Elements; 1 where the tensor is not used.
    pub len: usize,
    /// What the tensor holds while the operation's kernels run.
    pub contents: Contents,
}

impl Scratch {
    /// One whose contents every run makes again.
    pub(crate) fn of_run(len: usize) -> Self {
        Self { len, contents: Contents::OfRun }
    }
}

/// What a scratch tensor holds while its kernels run: whether it is worth keeping.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Contents {
    /// What a run leaves behind.
    OfRun,
    /// The operand of this number, in the order of the operation's documentation, as a kernel reads it.
    OfOperand(usize),
    /// What follows from shapes.
    OfShapes,
}

/// As many elements of each scratch tensor as are wanted, from its first one on.
///
/// # Errors
/// [`Error::Shape`] if there are not so many tensors, or one is too short.
pub(super) fn take<const N: usize>(op: &'static str, scratch: &[Tensor], wanted: [Scratch; N]) -> Result<[Tensor; N]> {
    let counts = wanted.map(|wanted| wanted.len);
    if scratch.len() != N || scratch.iter().zip(counts).any(|(tensor, count)| tensor.len() < count) {
        let got: Vec<_> = scratch.iter().map(Tensor::len).collect();
        return Err(Error::shape(
            op,
            "scratch",
            format_args!("tensors of {counts:?} elements"),
            format_args!("{got:?}"),
        ));
    }
    let mut taken = scratch.to_vec();
    for (tensor, count) in taken.iter_mut().zip(counts) {
        *tensor = Tensor::from_buffer(tensor.buffer().clone(), tensor.offset(), [count])?;
    }
    taken.try_into().map_err(|_| Error::shape(op, "scratch", N, scratch.len()))
}
