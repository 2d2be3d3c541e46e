//! Layer 5. Waiting for futures on a thread of one's own: for programs, not for the rooms below.

use std::num::NonZero;
use std::pin::pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, Waker};
use std::thread;

use crate::error::{Error, Result};
use crate::gpu::{Engine, Readback, Work};

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

/// Does pieces `0..count` of `work` on as many threads as there are cores: for [`Engine::with_workers`].
pub fn in_parallel(count: usize, work: &Work<'_>) {
    let threads = thread::available_parallelism().map_or(1, NonZero::get).min(count);
    let next = AtomicUsize::new(0);
    let take = || {
        while let Some(piece) = Some(next.fetch_add(1, Ordering::Relaxed)).filter(|piece| *piece < count) {
            work(piece);
        }
    };
    thread::scope(|scope| {
        (1..threads).for_each(|_| drop(scope.spawn(take)));
        take();
    });
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
