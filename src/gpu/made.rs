//! The one place where buffers and bind groups are made and commands are submitted, so that they can be counted.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use super::engine::Engine;
use super::scope::checked;
use crate::error::Result;

/// What an engine has made since it was opened.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Made {
    /// Buffers.
    pub buffers: u64,
    /// Bind groups.
    pub bind_groups: u64,
    /// Submissions.
    pub submits: u64,
}

#[derive(Debug, Default)]
pub(super) struct Counters {
    buffers: AtomicU64,
    bind_groups: AtomicU64,
    submits: AtomicU64,
}

impl Engine {
    /// How much was made and submitted through this engine so far. A step, a batch or a chunk adds one submission and nothing
    /// else, once those before it have made what they need.
    pub fn made(&self) -> Made {
        let Counters { buffers, bind_groups, submits } = self.counters();
        Made { buffers: buffers.load(Relaxed), bind_groups: bind_groups.load(Relaxed), submits: submits.load(Relaxed) }
    }

    pub(super) fn make_buffer(&self, desc: &wgpu::BufferDescriptor<'_>) -> Result<wgpu::Buffer> {
        self.counters().buffers.fetch_add(1, Relaxed);
        checked(self, || self.device().create_buffer(desc))
    }

    /// To be called where somebody watches for errors.
    pub(super) fn make_bind_group(&self, desc: &wgpu::BindGroupDescriptor<'_>) -> wgpu::BindGroup {
        self.counters().bind_groups.fetch_add(1, Relaxed);
        self.device().create_bind_group(desc)
    }

    pub(crate) fn submit(&self, encoder: wgpu::CommandEncoder) -> wgpu::SubmissionIndex {
        self.counters().submits.fetch_add(1, Relaxed);
        self.queue().submit([encoder.finish()])
    }
}
