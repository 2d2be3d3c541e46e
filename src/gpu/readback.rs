//! A tensor on its way back to the host.

use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Waker};

use super::engine::Engine;
use crate::error::{Error, Result};

/// The future of [`Engine::read`] and [`Submission::read`](super::Submission::read). Once the copy is submitted, somebody has to
/// poll the device for it to arrive. Its buffer is used again when it is read or dropped.
#[derive(Debug)]
pub struct Readback {
    engine: Engine,
    bytes: u64,
    arrival: Arc<Mutex<Arrival>>,
}

#[derive(Debug, Default)]
pub(super) struct Arrival {
    /// Known once it is submitted.
    pub submission: Option<wgpu::SubmissionIndex>,
    /// The mapped buffer, or why there is none.
    outcome: Option<Result<wgpu::Buffer>>,
    waker: Option<Waker>,
    /// Nobody waits any more.
    dropped: bool,
}

impl Arrival {
    /// Of what is not even submitted.
    pub fn refused(error: Error) -> Self {
        Self { outcome: Some(Err(error)), ..Self::default() }
    }
}

/// Tells whoever waits; gives the buffer back if nobody does.
pub(super) fn arrive(arrival: &Mutex<Arrival>, outcome: Result<wgpu::Buffer>) -> Option<wgpu::Buffer> {
    let waker = {
        let mut arrival = arrival.lock().unwrap_or_else(PoisonError::into_inner);
        if arrival.dropped {
            return outcome.ok();
        }
        arrival.outcome = Some(outcome);
        arrival.waker.take()
    };
    if let Some(waker) = waker {
        waker.wake();
    }
    None
}

impl Readback {
    pub(super) fn new(engine: &Engine, bytes: u64, arrival: Arrival) -> Self {
        Self { engine: engine.clone(), bytes, arrival: Arc::new(Mutex::new(arrival)) }
    }

    pub(super) fn arrival(&self) -> &Arc<Mutex<Arrival>> {
        &self.arrival
    }

    /// The engine whose device has to be polled.
    pub fn engine(&self) -> &Engine {
        &self.engine
    }

    /// The submission that copies it, once there is one: to wait for this and for nothing behind it.
    pub fn submission(&self) -> Option<wgpu::SubmissionIndex> {
        self.arrival.lock().unwrap_or_else(PoisonError::into_inner).submission.clone()
    }

    fn give_back(&self, buffer: wgpu::Buffer) {
        buffer.unmap();
        self.engine.readbacks().put(buffer);
    }
}

pub(super) fn failed(error: impl std::fmt::Display) -> Error {
    Error::Gpu(format!("reading a tensor back failed: {error}"))
}

impl Future for Readback {
    type Output = Result<Vec<f32>>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let outcome = {
            let mut arrival = self.arrival.lock().unwrap_or_else(PoisonError::into_inner);
            let Some(outcome) = arrival.outcome.take() else {
                arrival.waker = Some(context.waker().clone());
                return Poll::Pending;
            };
            outcome
        };
        Poll::Ready((|| {
            self.engine.check()?;
            let buffer = outcome?;
            let view = buffer.get_mapped_range(0..self.bytes).map_err(failed)?;
            let values = bytemuck::pod_collect_to_vec(&view[..]);
            drop(view);
            self.give_back(buffer);
            Ok(values)
        })())
    }
}

impl Drop for Readback {
    fn drop(&mut self) {
        let outcome = {
            let mut arrival = self.arrival.lock().unwrap_or_else(PoisonError::into_inner);
            arrival.dropped = true;
            arrival.outcome.take()
        };
        if let Some(Ok(buffer)) = outcome {
            self.give_back(buffer);
        }
    }
}
