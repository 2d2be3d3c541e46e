//! Buffers between host and device, used again and again.

use std::sync::{Mutex, PoisonError};

use super::engine::Engine;
use crate::error::Result;

/// Bytes of free buffers that a pool keeps at the most.
const KEPT: u64 = 128 << 20;
/// A free buffer goes once so many others were taken and it was not.
const PATIENCE: u64 = 1024;
/// Sizes are powers of two from the least on, then multiples of the coarse one.
const LEAST: u64 = 16 << 10;
const COARSE: u64 = 16 << 20;

/// Free buffers of one usage. What is in use is not the pool's: whoever took a buffer gives it back or drops it.
#[derive(Debug)]
pub(super) struct Pool {
    label: &'static str,
    usage: wgpu::BufferUsages,
    shelf: Mutex<Shelf>,
}

#[derive(Debug, Default)]
struct Shelf {
    /// With the number of the take before which it came back; the oldest first.
    free: Vec<(wgpu::Buffer, u64)>,
    takes: u64,
}

impl Pool {
    /// Of buffers that are written on the host; the free ones are mapped.
    pub fn uploads() -> Self {
        let usage = wgpu::BufferUsages::MAP_WRITE | wgpu::BufferUsages::COPY_SRC;
        Self { label: "upload", usage, shelf: Mutex::default() }
    }

    /// Of buffers that are read on the host; the free ones are not mapped.
    pub fn readbacks() -> Self {
        let usage = wgpu::BufferUsages::MAP_READ | wgpu::BufferUsages::COPY_DST;
        Self { label: "readback", usage, shelf: Mutex::default() }
    }

    /// A free buffer for so many bytes, or a new one.
    ///
    /// # Errors
    /// [`Error::Gpu`](crate::Error::Gpu) if memory is full.
    pub fn take(&self, engine: &Engine, bytes: u64) -> Result<wgpu::Buffer> {
        let most = engine.device().limits().max_buffer_size;
        let size = if size(bytes) <= most { size(bytes) } else { bytes };
        let found = {
            let mut shelf = self.shelf.lock().unwrap_or_else(PoisonError::into_inner);
            shelf.takes += 1;
            // The one that came back last: what is not needed grows old.
            let at = shelf.free.iter().rposition(|(buffer, _)| buffer.size() == size);
            at.map(|at| shelf.free.remove(at).0)
        };
        match found {
            Some(buffer) => Ok(buffer),
            None => engine.make_buffer(&wgpu::BufferDescriptor {
                label: Some(self.label),
                size,
                usage: self.usage,
                mapped_at_creation: self.usage.contains(wgpu::BufferUsages::MAP_WRITE),
            }),
        }
    }

    /// Takes a buffer back.
    pub fn put(&self, buffer: wgpu::Buffer) {
        let mut shelf = self.shelf.lock().unwrap_or_else(PoisonError::into_inner);
        let Shelf { free, takes } = &mut *shelf;
        free.push((buffer, *takes));
        let mut bytes: u64 = free.iter().map(|(buffer, _)| buffer.size()).sum();
        let gone = free.iter().take_while(|(buffer, since)| {
            let goes = bytes > KEPT || *takes - since > PATIENCE;
            bytes -= buffer.size();
            goes
        });
        let gone = gone.count();
        free.drain(..gone);
    }

    /// Bytes of the free buffers.
    pub fn bytes(&self) -> u64 {
        let shelf = self.shelf.lock().unwrap_or_else(PoisonError::into_inner);
        shelf.free.iter().map(|(buffer, _)| buffer.size()).sum()
    }
}

fn size(bytes: u64) -> u64 {
    if bytes > COARSE { bytes.next_multiple_of(COARSE) } else { bytes.next_power_of_two().max(LEAST) }
}
