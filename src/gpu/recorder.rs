//! Dispatches are collected and checked; then their pipelines are made, and everything is bound.

use std::collections::HashSet;

use super::engine::Engine;
use super::grid::Grid;
use super::kernel::{Access, Kernel};
use super::pipelines::{Pipeline, Recipe};
use super::recording::{Cost, Dispatch, Recording, Step};
use super::scope::checked;
use super::tensor::Tensor;
use crate::error::{Error, Result};
use crate::shape::Shape;

/// Collects dispatches; [`finish`](Self::finish) makes them a [`Recording`].
#[derive(Debug)]
pub struct Recorder {
    engine: Engine,
    /// With whether it belongs to the prologue.
    steps: Vec<(Draft, bool)>,
    params: Vec<u8>,
    /// What no run changes.
    kept: HashSet<wgpu::Buffer>,
}

#[derive(Debug)]
enum Draft {
    Dispatch { recipe: Recipe, params: u64, tensors: Vec<Tensor>, groups: [u32; 3], cost: Cost },
    Copy { from: Tensor, to: Tensor },
}

impl Recorder {
    /// An empty list for this engine.
    pub fn new(engine: &Engine) -> Self {
        Self { engine: engine.clone(), steps: Vec::new(), params: Vec::new(), kept: HashSet::new() }
    }

    /// The engine that will run it.
    pub fn engine(&self) -> &Engine {
        &self.engine
    }

    /// Says that no run changes the buffer of `tensor`: constants, and what follows from them. Dispatches and copies that write
    /// such memory may read nothing else, and make up the prologue of [`split`](Self::split).
    pub fn keep(&mut self, tensor: &Tensor) {
        self.kept.insert(tensor.buffer().clone());
    }

    /// A tensor with these values, which no run changes.
    ///
    /// # Errors
    /// As [`Engine::upload`].
    pub fn constant(&mut self, shape: impl Into<Shape>, values: &[f32]) -> Result<Tensor> {
        let tensor = self.engine.upload(shape, values)?;
        self.keep(&tensor);
        Ok(tensor)
    }

    /// Whether what reads and writes this belongs to the prologue.
    fn is_prologue(&self, operation: &'static str, reads: &[&Tensor], writes: &[&Tensor]) -> Result<bool> {
        let kept = |tensor: &&Tensor| self.kept.contains(tensor.buffer());
        if !writes.iter().any(kept) {
            return Ok(false);
        }
        if reads.iter().chain(writes).all(kept) {
            return Ok(true);
        }
        let problem = "memory that no run changes would be written from memory that a run changes".into();
        Err(Error::Argument { operation, problem })
    }

    /// Adds one dispatch. `tensors` are in the order of the kernel's storage bindings; `flops` is what the formula costs.
    ///
    /// # Errors
    /// [`Error::Shape`] if tensors and bindings do not match or a tensor is read and written at once, [`Error::Argument`] if a
    /// tensor's buffer or offset cannot be bound, or what is kept would be written from what is not, [`Error::Gpu`] if
    /// the device cannot bind or dispatch as much.
    pub fn dispatch<P: bytemuck::NoUninit>(
        &mut self,
        kernel: &'static Kernel,
        params: &P,
        tensors: &[&Tensor],
        grid: Grid,
        constants: &[(&'static str, f64)],
        flops: f64,
    ) -> Result<()> {
        let name = kernel.name();
        if tensors.len() != kernel.bindings.len() || size_of::<P>() != kernel.params {
            let expected = format!("{} tensors and {} bytes", kernel.bindings.len(), kernel.params);
            let got = format!("{} tensors and {} bytes", tensors.len(), size_of::<P>());
            return Err(Error::shape(name, "bindings", expected, got));
        }
        self.check_bindings(kernel, tensors)?;
        let [reads, writes] = [Access::Read, Access::Write].map(|wanted| {
            let all = tensors.iter().zip(kernel.bindings).filter(|(_, access)| **access == wanted);
            all.map(|(tensor, _)| *tensor).collect::<Vec<_>>()
        });
        let once = self.is_prologue(name, &reads, &writes)?;
        let groups = grid.folded().ok_or_else(|| Error::Argument {
            operation: name,
            problem: "more than 65,535 x 65,535 workgroups are needed".into(),
        })?;
        let align = self.engine.device().limits().min_uniform_buffer_offset_alignment as usize;
        self.params.resize(self.params.len().next_multiple_of(align), 0);
        let offset = self.params.len() as u64;
        self.params.extend_from_slice(bytemuck::bytes_of(params));
        let bytes = tensors.iter().map(|tensor| tensor.bytes() as f64).sum();
        let draft = Draft::Dispatch {
            recipe: Recipe { kernel, constants: constants.to_vec() },
            params: offset,
            tensors: tensors.iter().map(|&tensor| tensor.clone()).collect(),
            groups,
            cost: Cost { flops, bytes },
        };
        self.steps.push((draft, once));
        Ok(())
    }

    /// Adds a copy of all of `from` to `to`, which lies in another buffer.
    ///
    /// # Errors
    /// [`Error::Shape`] if the counts differ or both lie in one buffer, [`Error::Argument`] if a buffer's usage forbids it
    /// or what is kept would be written from what is not.
    pub fn copy(&mut self, from: &Tensor, to: &Tensor) -> Result<()> {
        if from.len() != to.len() {
            return Err(Error::shape("copy", "to", from.shape(), to.shape()));
        }
        if from.buffer() == to.buffer() {
            return Err(Error::shape("copy", "to", "in a buffer of its own", "in the buffer that is copied from"));
        }
        usage("copy", from, wgpu::BufferUsages::COPY_SRC)?;
        usage("copy", to, wgpu::BufferUsages::COPY_DST)?;
        let once = self.is_prologue("copy", &[from], &[to])?;
        self.steps.push((Draft::Copy { from: from.clone(), to: to.clone() }, once));
        Ok(())
    }

    /// Every buffer that a dispatch binds or a copy touches, once.
    pub fn buffers(&self) -> Vec<wgpu::Buffer> {
        Self::touched(self.steps.iter())
    }

    /// The same without what only the prologue touches.
    pub fn buffers_of_runs(&self) -> Vec<wgpu::Buffer> {
        Self::touched(self.steps.iter().filter(|(_, once)| !once))
    }

    fn touched<'a>(steps: impl Iterator<Item = &'a (Draft, bool)>) -> Vec<wgpu::Buffer> {
        let tensors = steps.flat_map(|(step, _)| match step {
            Draft::Dispatch { tensors, .. } => tensors.iter().collect(),
            Draft::Copy { from, to } => vec![from, to],
        });
        let mut all: Vec<wgpu::Buffer> = Vec::new();
        for tensor in tensors {
            if !all.contains(tensor.buffer()) {
                all.push(tensor.buffer().clone());
            }
        }
        all
    }

    fn check_bindings(&self, kernel: &Kernel, tensors: &[&Tensor]) -> Result<()> {
        let most = self.engine.largest_binding();
        let align = u64::from(self.engine.device().limits().min_storage_buffer_offset_alignment);
        for (i, (tensor, access)) in tensors.iter().zip(kernel.bindings).enumerate() {
            if tensor.bytes() > most {
                return Err(Error::Gpu(format!(
                    "{}: a tensor of shape {} is larger than one binding; use a smaller batch",
                    kernel.name(),
                    tensor.shape()
                )));
            }
            usage(kernel.name(), tensor, wgpu::BufferUsages::STORAGE)?;
            if !tensor.offset().is_multiple_of(align) {
                let problem = format!(
                    "a tensor starts at byte {} of its buffer, and this device binds at multiples of {align}",
                    tensor.offset()
                );
                return Err(Error::Argument { operation: kernel.name(), problem });
            }
            let shared = |other: &Tensor| other.buffer() == tensor.buffer();
            let elsewhere = tensors.iter().enumerate().any(|(j, other)| j != i && shared(other));
            if *access == Access::Write && elsewhere {
                return Err(Error::shape(
                    kernel.name(),
                    "output",
                    "a buffer of its own",
                    "a buffer that is also bound elsewhere",
                ));
            }
        }
        Ok(())
    }

    /// Makes the pipelines that the dispatches need and the engine lacks, and gives their number; [`finish`](Self::finish) does it
    /// too.
    ///
    /// # Errors
    /// [`Error::Shader`] if a kernel does not compile, [`Error::Gpu`] if the device lacks what it needs.
    pub fn compile(&self) -> Result<usize> {
        self.engine.pipelines().make(&self.engine, self.recipes())
    }

    fn recipes(&self) -> impl Iterator<Item = &Recipe> {
        self.steps.iter().filter_map(|(step, _)| match step {
            Draft::Dispatch { recipe, .. } => Some(recipe),
            Draft::Copy { .. } => None,
        })
    }

    /// Makes the pipelines that are missing, the uniform buffer and the bind groups.
    ///
    /// # Errors
    /// As [`compile`](Self::compile), and [`Error::Gpu`] if the device reports an error.
    pub fn finish(self) -> Result<Recording> {
        let engine = self.engine.clone();
        let steps = self.bound()?.into_iter().map(|(step, _)| step).collect();
        Ok(Recording { engine, steps })
    }

    /// The same as two recordings: the prologue, which has to run again only when something that is [kept](Self::keep) has other
    /// values, and everything else.
    ///
    /// # Errors
    /// As [`finish`](Self::finish).
    pub fn split(self) -> Result<[Recording; 2]> {
        let engine = self.engine.clone();
        let (first, rest): (Vec<_>, Vec<_>) = self.bound()?.into_iter().partition(|(_, once)| *once);
        let recording = |steps: Vec<(Step, bool)>| {
            let steps = steps.into_iter().map(|(step, _)| step).collect();
            Recording { engine: engine.clone(), steps }
        };
        Ok([recording(first), recording(rest)])
    }

    fn bound(self) -> Result<Vec<(Step, bool)>> {
        self.compile()?;
        let Self { engine, steps, mut params, .. } = self;
        params.resize(params.len().next_multiple_of(16).max(16), 0);
        let uniforms = engine.make_buffer(&wgpu::BufferDescriptor {
            label: Some("params"),
            size: params.len() as u64,
            usage: wgpu::BufferUsages::UNIFORM | wgpu::BufferUsages::COPY_DST,
            mapped_at_creation: false,
        })?;
        let mut submission = engine.submission();
        submission.copy_in(&uniforms, 0, &params)?;
        submission.submit()?;
        let steps = checked(&engine, || {
            steps.into_iter().map(|(draft, once)| Ok((bind(&engine, &uniforms, draft)?, once))).collect::<Result<_>>()
        })??;
        engine.check()?;
        Ok(steps)
    }
}

/// Checks that the caller made a tensor's buffer for `wanted`.
pub(super) fn usage(operation: &'static str, tensor: &Tensor, wanted: wgpu::BufferUsages) -> Result<()> {
    if tensor.buffer().usage().contains(wanted) {
        return Ok(());
    }
    let problem = format!("the buffer of a tensor of shape {} was made without the usage {wanted:?}", tensor.shape());
    Err(Error::Argument { operation, problem })
}

fn bind(engine: &Engine, uniforms: &wgpu::Buffer, draft: Draft) -> Result<Step> {
    Ok(match draft {
        Draft::Copy { from, to } => Step::Copy { from, to },
        Draft::Dispatch { recipe, params, tensors, groups, cost } => {
            let kernel = recipe.kernel;
            let Pipeline { compute: pipeline, bindings } = engine.pipelines().get(engine, &recipe)?;
            let uniform = wgpu::BufferBinding {
                buffer: uniforms,
                offset: params,
                size: wgpu::BufferSize::new(kernel.params as u64),
            };
            let buffers = std::iter::once(uniform).chain(tensors.iter().map(Tensor::binding));
            let entries: Vec<_> = buffers
                .zip(0..)
                .map(|(buffer, binding)| wgpu::BindGroupEntry {
                    binding,
                    resource: wgpu::BindingResource::Buffer(buffer),
                })
                .collect();
            let bind_group = engine.make_bind_group(&wgpu::BindGroupDescriptor {
                label: Some(kernel.name()),
                layout: &bindings,
                entries: &entries,
            });
            let shapes = tensors.iter().map(|tensor| tensor.shape().to_string()).collect::<Vec<_>>().join(" ");
            Step::Dispatch(Dispatch { kernel, pipeline, bind_group, groups, cost, shapes })
        }
    })
}
