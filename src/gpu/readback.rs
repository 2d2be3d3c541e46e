//! A tensor on its way back to the host.

use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Waker};

use super::engine::Engine;
use super::scope::watched;
use super::tensor::Tensor;
use crate::error::{Error, Result};

/// The future of [`Engine::read`]. The copy is already submitted; somebody has to poll the device for it to arrive.
#[derive(Debug)]
pub struct Readback {
    engine: Engine,
    staging: wgpu::Buffer,
    values: usize,
    arrival: Arc<Mutex<Arrival>>,
    /// Why nothing was submitted.
    refused: Option<Error>,
}

#[derive(Debug, Default)]
struct Arrival {
    mapped: Option<Result<(), wgpu::BufferAsyncError>>,
    waker: Option<Waker>,
}

impl Readback {
    pub(super) fn start(engine: &Engine, tensor: &Tensor) -> Self {
        let device = engine.device();
        let (staging, error) = watched(device, || {
            let staging = device.create_buffer(&wgpu::BufferDescriptor {
                label: Some("readback"),
                size: tensor.bytes(),
                usage: wgpu::BufferUsages::COPY_DST | wgpu::BufferUsages::MAP_READ,
                mapped_at_creation: false,
            });
            let mut encoder = device.create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
            encoder.copy_buffer_to_buffer(tensor.buffer(), tensor.offset(), &staging, 0, tensor.bytes());
            engine.queue().submit([encoder.finish()]);
            staging
        });
        let arrival: Arc<Mutex<Arrival>> = Arc::default();
        if let Some(error) = error {
            let refused = Some(failed(error));
            return Self { engine: engine.clone(), staging, values: tensor.len(), arrival, refused };
        }
        let theirs = Arc::clone(&arrival);
        staging.map_async(wgpu::MapMode::Read, .., move |result| {
            let mut arrival = theirs.lock().unwrap_or_else(PoisonError::into_inner);
            arrival.mapped = Some(result);
            if let Some(waker) = arrival.waker.take() {
                waker.wake();
            }
        });
        Self { engine: engine.clone(), staging, values: tensor.len(), arrival, refused: None }
    }
}

fn failed(error: impl std::fmt::Display) -> Error {
    Error::Gpu(format!("reading a tensor back failed: {error}"))
}

impl Future for Readback {
    type Output = Result<Vec<f32>>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        if let Some(error) = self.refused.take() {
            return Poll::Ready(Err(error));
        }
        let mut arrival = self.arrival.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(mapped) = arrival.mapped.take() else {
            arrival.waker = Some(context.waker().clone());
            return Poll::Pending;
        };
        Poll::Ready((|| {
            self.engine.check()?;
            mapped.map_err(failed)?;
            let view = self.staging.get_mapped_range(..).map_err(failed)?;
            let mut values: Vec<f32> = bytemuck::pod_collect_to_vec(&view[..]);
            values.truncate(self.values);
            Ok(values)
        })())
    }
}
