//! Layer 5. Waiting for futures on a thread of one's own: for programs, not for the rooms below.

use std::pin::pin;
use std::task::{Context, Poll, Waker};

use crate::error::{Error, Result};
use crate::gpu::{Engine, Readback};

/// Polls the engine's device until `future` is ready, and everything that is submitted is done.
///
/// # Errors
/// What the future returns, and [`Error::Gpu`] if the device cannot be polled.
pub fn wait<T>(engine: &Engine, future: impl Future<Output = Result<T>>) -> Result<T> {
    let mut future = pin!(future);
    loop {
        if let Poll::Ready(value) = future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            return value;
        }
        poll(engine, None)?;
    }
}

/// Polls the device of what is read back until it is there. What was submitted behind it goes on.
///
/// # Errors
/// [`Error::Gpu`] if the device fails, or nobody has submitted the copy.
pub fn take(readback: Readback) -> Result<Vec<f32>> {
    let engine = readback.engine().clone();
    let mut readback = pin!(readback);
    loop {
        if let Poll::Ready(value) = readback.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            return value;
        }
        let submission = readback.submission();
        if submission.is_none() {
            return Err(Error::Gpu("what is waited for was not submitted".into()));
        }
        poll(&engine, submission)?;
    }
}

/// Waits until everything that was submitted to the engine's queue has ended.
///
/// # Errors
/// [`Error::Gpu`] if the device cannot be polled, or has reported an error.
pub fn finish(engine: &Engine) -> Result<()> {
    poll(engine, None)?;
    engine.check()
}

fn poll(engine: &Engine, submission_index: Option<wgpu::SubmissionIndex>) -> Result<()> {
    let wait = wgpu::PollType::Wait { submission_index, timeout: None };
    let polled = engine.device().poll(wait).map(drop);
    polled.map_err(|error| Error::Gpu(format!("waiting for the GPU failed: {error}")))
}
