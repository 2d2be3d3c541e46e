//! What the device says against a call, caught as an error of that call.

use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use super::engine::Engine;
use crate::error::{Error, Result};

/// Runs `make` and gives what it made, with the first thing that is wrong with it or the memory that it lacks. Scopes are a
/// thread's own: `make` starts no other, and several threads may be in here at once.
///
/// In a browser the answer comes later than this returns; there the device's own handler reports it.
pub(super) fn watched<T>(device: &wgpu::Device, make: impl FnOnce() -> T) -> (T, Option<wgpu::Error>) {
    let memory = device.push_error_scope(wgpu::ErrorFilter::OutOfMemory);
    let validation = device.push_error_scope(wgpu::ErrorFilter::Validation);
    let made = make();
    let invalid = ready(validation.pop()).flatten();
    let full = ready(memory.pop()).flatten();
    (made, invalid.or(full))
}

/// What `make` makes, or [`Error::Gpu`] with the device's complaint.
pub(super) fn checked<T>(engine: &Engine, make: impl FnOnce() -> T) -> Result<T> {
    match watched(engine.device(), make) {
        (made, None) => Ok(made),
        (_, Some(error)) => Err(Error::Gpu(format!("{}: {error}", engine.info().name))),
    }
}

/// The value of a future that is ready at once, as wgpu's are on native backends; `None` in a browser.
pub(super) fn ready<F: Future>(future: F) -> Option<F::Output> {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => Some(value),
        Poll::Pending => None,
    }
}
