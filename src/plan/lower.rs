//! Each step's kernels.
use super::{Tensors, fuse::Step};
use crate::error::Result;
use crate::gpu::{Engine, Recorder, Tensor};
use crate::graph::{Graph, Update};
pub(super) fn scratch(_: &Engine, _: &Graph, _: &Step) -> Result<Vec<usize>> {
    Ok(vec![])
}
pub(super) fn record(_: &mut Recorder, _: &Tensors<'_>, _: &Step, _: &[Tensor]) -> Result<()> {
    Ok(())
}
pub(super) fn update(_: &mut Recorder, _: &Tensors<'_>, _: &Update) -> Result<()> {
    Ok(())
}
