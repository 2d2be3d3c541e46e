//! Layer 5. Waiting for futures on a thread of one's own: for programs, not for the rooms below.

use std::num::NonZero;
use std::pin::pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, Waker};
use std::thread;

use crate::error::{Error, Result};
use crate::gpu::{Engine, Work};

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
        engine
            .device()
            .poll(wgpu::PollType::wait_indefinitely())
            .map_err(|error| Error::Gpu(format!("waiting for the GPU failed: {error}")))?;
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
