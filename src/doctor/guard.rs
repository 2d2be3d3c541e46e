//! Outputs in the middle of memory that no kernel may touch.

use crate::blocking;
use crate::error::{Error, Result};
use crate::gpu::{Engine, Tensor};
use crate::shape::Shape;

/// A marker that no kernel computes: a NaN with a payload.
const GUARD: u32 = 0x7fc0_dead;
const GUARDS: usize = 64;

/// A tensor in the middle of a buffer that is NaN all over.
///
/// # Errors
/// As [`Engine::tensor`].
pub fn guarded(engine: &Engine, shape: impl Into<Shape>) -> Result<Tensor> {
    let shape = shape.into();
    let count = shape.count() + 2 * GUARDS;
    let all = engine.upload([count], &vec![f32::from_bits(GUARD); count])?;
    Tensor::from_buffer(all.buffer().clone(), 4 * GUARDS as u64, shape)
}

/// The values of a guarded tensor, once nothing outside was touched and everything inside was written.
///
/// # Errors
/// [`Error::Gpu`] if it is not so, or the device fails.
pub fn unguarded(engine: &Engine, tensor: &Tensor) -> Result<Vec<f32>> {
    let whole = Tensor::from_buffer(tensor.buffer().clone(), 0, [tensor.len() + 2 * GUARDS])?;
    let values = blocking::wait(engine, engine.read(&whole))?;
    let (before, rest) = values.split_at(GUARDS);
    let (inside, after) = rest.split_at(tensor.len());
    if before.iter().chain(after).any(|v| v.to_bits() != GUARD) {
        return Err(Error::Gpu("wrote outside its output".into()));
    }
    if let Some(i) = inside.iter().position(|v| v.to_bits() == GUARD) {
        return Err(Error::Gpu(format!("element {i} of {} was not written", tensor.shape())));
    }
    Ok(inside.to_vec())
}
