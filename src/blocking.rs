//! Layer 5. Waiting for futures on a thread of one's own: for programs, not for the rooms below.

use std::pin::pin;
use std::task::{Context, Poll, Waker};

use crate::error::{Error, Result};
use crate::gpu::Engine;

/// Polls the engine's device until `future` is ready.
///
/// # Errors
/// What the future returns, and [`Error::Gpu`] if the device cannot be polled.
pub fn wait<T>(engine: &Engine, future: impl Future<Output = Result<T>>) -> Result<T> {
    let mut future = pin!(future);
    loop {
        if let Poll::Ready(value) = future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            return value;
        }
        poll(engine)?;
    }
}

/// Waits until everything that was submitted to the engine's queue has ended.
///
/// # Errors
/// [`Error::Gpu`] if the device cannot be polled, or has reported an error.
pub fn finish(engine: &Engine) -> Result<()> {
    poll(engine)?;
    engine.check()
}

fn poll(engine: &Engine) -> Result<()> {
    let waited = engine.device().poll(wgpu::PollType::wait_indefinitely());
    waited.map(drop).map_err(|error| Error::Gpu(format!("waiting for the GPU failed: {error}")))
}
