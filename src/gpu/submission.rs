//! Writes, runs and reads in one encoder, submitted at once.

use std::sync::{Arc, Mutex, PoisonError};

use super::engine::Engine;
use super::readback::{Arrival, Readback, arrive, failed};
use super::recorder::usage;
use super::scope::watched;
use super::tensor::Tensor;
use crate::error::{Error, Result};

/// What is to be done in one submission, in the order in which it is said. Made by [`Engine::submission`]; dropping it does
/// nothing of it.
///
/// Values go through buffers that the engine keeps mapped and uses again once the device has read them; so do those that come
/// back. Of each kind the engine keeps 128 MiB at the most beside what is under way, and lets go of what is not used for long.
#[derive(Debug)]
#[must_use = "nothing is done before it is submitted"]
pub struct Submission {
    engine: Engine,
    encoder: Option<wgpu::CommandEncoder>,
    uploads: Vec<Upload>,
    reads: Vec<Read>,
    undo: Vec<Undo>,
}

/// What has to be done if the submission is not.
struct Undo(Box<dyn FnOnce() + Send>);

impl std::fmt::Debug for Undo {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Undo")
    }
}

/// A mapped buffer and how much of it is written.
#[derive(Debug)]
struct Upload {
    buffer: wgpu::Buffer,
    used: u64,
}

#[derive(Debug)]
struct Read {
    buffer: wgpu::Buffer,
    bytes: u64,
    arrival: Arc<Mutex<Arrival>>,
}

impl Submission {
    pub(super) fn new(engine: &Engine) -> Self {
        Self { engine: engine.clone(), encoder: None, uploads: Vec::new(), reads: Vec::new(), undo: Vec::new() }
    }

    /// The encoder, for recordings, plans and commands of the caller's own.
    pub fn encoder(&mut self) -> &mut wgpu::CommandEncoder {
        let device = self.engine.device();
        self.encoder.get_or_insert_with(|| device.create_command_encoder(&wgpu::CommandEncoderDescriptor::default()))
    }

    /// Overwrites a tensor.
    ///
    /// # Errors
    /// [`Error::Shape`] if the count differs, [`Error::Argument`] if the buffer's usage forbids it, [`Error::Gpu`] if memory is
    /// full.
    pub fn write(&mut self, tensor: &Tensor, values: &[f32]) -> Result<()> {
        if values.len() != tensor.len() {
            return Err(Error::shape("write", "values", format_args!("{} values", tensor.len()), values.len()));
        }
        usage("write", tensor, wgpu::BufferUsages::COPY_DST)?;
        self.copy_in(tensor.buffer(), tensor.offset(), bytemuck::cast_slice(values))
    }

    /// Writes bytes, a multiple of 4, into a buffer.
    pub(super) fn copy_in(&mut self, to: &wgpu::Buffer, offset: u64, bytes: &[u8]) -> Result<()> {
        let count = bytes.len() as u64;
        let room = |upload: &Upload| upload.used + count <= upload.buffer.size();
        let at = match self.uploads.iter().position(room) {
            Some(at) => at,
            None => {
                let buffer = self.engine.uploads().take(&self.engine, count)?;
                self.uploads.push(Upload { buffer, used: 0 });
                self.uploads.len() - 1
            }
        };
        let Upload { buffer, used } = &mut self.uploads[at];
        let (buffer, from) = (buffer.clone(), *used);
        *used = (from + count).next_multiple_of(wgpu::MAP_ALIGNMENT);
        buffer
            .get_mapped_range_mut(from..from + count)
            .map_err(|error| Error::Gpu(format!("{}: {error}", self.engine.info().name)))?
            .copy_from_slice(bytes);
        self.encoder().copy_buffer_to_buffer(&buffer, from, to, offset, count);
        Ok(())
    }

    /// Copies a tensor back to the host, as it is at this point of the submission. What is wrong with it is what the future
    /// gives; it waits for ever if nobody submits, and fails if the submission is dropped.
    pub fn read(&mut self, tensor: &Tensor) -> Readback {
        let bytes = tensor.bytes();
        let taken = usage("read", tensor, wgpu::BufferUsages::COPY_SRC)
            .and_then(|()| self.engine.readbacks().take(&self.engine, bytes));
        let buffer = match taken {
            Ok(buffer) => buffer,
            Err(error) => return Readback::new(&self.engine, bytes, Arrival::refused(failed(error))),
        };
        self.encoder().copy_buffer_to_buffer(tensor.buffer(), tensor.offset(), &buffer, 0, bytes);
        let readback = Readback::new(&self.engine, bytes, Arrival::default());
        self.reads.push(Read { buffer, bytes, arrival: Arc::clone(readback.arrival()) });
        readback
    }

    /// Calls `undo` if the device refuses the submission, or it is dropped: for what counts on commands that it has encoded.
    pub fn otherwise(&mut self, undo: impl FnOnce() + Send + 'static) {
        self.undo.push(Undo(Box::new(undo)));
    }

    /// Submits everything at once. It waits for nothing.
    ///
    /// # Errors
    /// [`Error::Gpu`] with what the device has against a command; nothing was done then, and what was to be read fails too.
    pub fn submit(mut self) -> Result<wgpu::SubmissionIndex> {
        self.encoder();
        let (uploads, reads) = (std::mem::take(&mut self.uploads), std::mem::take(&mut self.reads));
        let encoder = self.encoder.take();
        let engine = &self.engine;
        let (index, error) = watched(engine.device(), || {
            uploads.iter().for_each(|upload| upload.buffer.unmap());
            encoder.map(|encoder| engine.submit(encoder))
        });
        let (Some(index), None) = (index, error.as_ref()) else {
            let problem = error.map_or_else(|| "nothing was encoded".to_owned(), |error| error.to_string());
            for read in reads {
                arrive(&read.arrival, Err(failed(&problem)));
            }
            return Err(Error::Gpu(format!("{}: {problem}", engine.info().name)));
        };
        self.undo.clear();
        for Upload { buffer, .. } in uploads {
            let (pool, mapped) = (Arc::clone(engine.uploads()), buffer.clone());
            buffer.map_async(wgpu::MapMode::Write, .., move |result| {
                if result.is_ok() {
                    pool.put(mapped);
                }
            });
        }
        for Read { buffer, bytes, arrival } in reads {
            arrival.lock().unwrap_or_else(PoisonError::into_inner).submission = Some(index.clone());
            let (pool, mapped) = (Arc::clone(engine.readbacks()), buffer.clone());
            buffer.map_async(wgpu::MapMode::Read, 0..bytes, move |result| {
                if let Some(unwanted) = arrive(&arrival, result.map(|()| mapped).map_err(failed)) {
                    unwanted.unmap();
                    pool.put(unwanted);
                }
            });
        }
        Ok(index)
    }
}

impl Drop for Submission {
    /// Gives back what was taken and not submitted.
    fn drop(&mut self) {
        self.undo.drain(..).for_each(|Undo(undo)| undo());
        // The commands name the buffers.
        self.encoder = None;
        for upload in self.uploads.drain(..) {
            self.engine.uploads().put(upload.buffer);
        }
        for read in self.reads.drain(..) {
            arrive(&read.arrival, Err(failed("it was not submitted")));
            self.engine.readbacks().put(read.buffer);
        }
    }
}
