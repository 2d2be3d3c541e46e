//! Pipelines with explicit layouts, each made once an engine.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use super::compose::{Composed, compose};
use super::engine::Engine;
use super::kernel::{Access, Kernel};
use super::scope::{checked, ready, watched};
use crate::error::{Error, Result};

/// Values of a kernel's `override` constants.
pub(super) type Constants<'a> = &'a [(&'static str, f64)];

#[derive(Debug, Default)]
pub(super) struct Pipelines {
    layouts: Mutex<HashMap<(usize, Vec<Access>), Layout>>,
    pipelines: Mutex<HashMap<Key, Pipeline>>,
}

type Key = (&'static str, Vec<(&'static str, u64)>);

#[derive(Clone, Debug)]
struct Layout {
    bindings: wgpu::BindGroupLayout,
    pipeline: wgpu::PipelineLayout,
}

#[derive(Clone, Debug)]
pub(super) struct Pipeline {
    pub compute: wgpu::ComputePipeline,
    pub bindings: wgpu::BindGroupLayout,
}

impl Pipelines {
    /// The pipeline of `kernel` with `constants`, made now if it is the first use.
    pub fn get(&self, engine: &Engine, kernel: &'static Kernel, constants: Constants<'_>) -> Result<Pipeline> {
        let key = (kernel.path, constants.iter().map(|(name, value)| (*name, value.to_bits())).collect());
        if let Some(made) = self.pipelines.lock().unwrap_or_else(PoisonError::into_inner).get(&key) {
            return Ok(made.clone());
        }
        let pipeline = self.make(engine, kernel, constants)?;
        self.pipelines.lock().unwrap_or_else(PoisonError::into_inner).insert(key, pipeline.clone());
        Ok(pipeline)
    }

    fn make(&self, engine: &Engine, kernel: &'static Kernel, constants: Constants<'_>) -> Result<Pipeline> {
        if !engine.has(kernel.features) {
            return Err(Error::Gpu(format!("{} needs {:?}, which the device lacks", kernel.path, kernel.features)));
        }
        let device = engine.device();
        let composed = compose(kernel.path, kernel.source)?;
        let layout = self.layout(engine, kernel)?;
        let (compute, error) = watched(device, || {
            let module = device.create_shader_module(wgpu::ShaderModuleDescriptor {
                label: Some(kernel.name()),
                source: wgpu::ShaderSource::Wgsl(composed.source.as_str().into()),
            });
            let complaint = ready(module.get_compilation_info()).and_then(|info| {
                info.messages.into_iter().find(|message| message.message_type == wgpu::CompilationMessageType::Error)
            });
            if let Some(message) = complaint {
                return Err(shader_error(&composed, &message));
            }
            Ok(device.create_compute_pipeline(&wgpu::ComputePipelineDescriptor {
                label: Some(kernel.name()),
                layout: Some(&layout.pipeline),
                module: &module,
                entry_point: Some(kernel.name()),
                compilation_options: wgpu::PipelineCompilationOptions {
                    constants,
                    // Every kernel writes its workgroup memory before it reads it.
                    zero_initialize_workgroup_memory: false,
                },
                cache: None,
            }))
        });
        let compute = compute?;
        if let Some(error) = error {
            return Err(Error::Shader {
                file: format!("shaders/{}.wgsl", kernel.path),
                line: 1,
                problem: error.to_string(),
            });
        }
        Ok(Pipeline { compute, bindings: layout.bindings })
    }

    fn layout(&self, engine: &Engine, kernel: &Kernel) -> Result<Layout> {
        let device = engine.device();
        let key = (kernel.params, kernel.bindings.to_vec());
        let mut layouts = self.layouts.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(made) = layouts.get(&key) {
            return Ok(made.clone());
        }
        let make = || {
            let entry = |binding: u32, ty, size| wgpu::BindGroupLayoutEntry {
                binding,
                visibility: wgpu::ShaderStages::COMPUTE,
                ty: wgpu::BindingType::Buffer { ty, has_dynamic_offset: false, min_binding_size: size },
                count: None,
            };
            let uniform = entry(0, wgpu::BufferBindingType::Uniform, wgpu::BufferSize::new(kernel.params as u64));
            let storage = kernel.bindings.iter().zip(1..).map(|(access, binding)| {
                let read_only = *access == Access::Read;
                entry(binding, wgpu::BufferBindingType::Storage { read_only }, None)
            });
            let entries: Vec<_> = std::iter::once(uniform).chain(storage).collect();
            let bindings =
                device.create_bind_group_layout(&wgpu::BindGroupLayoutDescriptor { label: None, entries: &entries });
            let pipeline = device.create_pipeline_layout(&wgpu::PipelineLayoutDescriptor {
                label: None,
                bind_group_layouts: &[Some(&bindings)],
                immediate_size: 0,
            });
            Layout { bindings, pipeline }
        };
        let made = checked(engine, make)?;
        Ok(layouts.entry(key).or_insert(made).clone())
    }
}

fn shader_error(composed: &Composed, message: &wgpu::CompilationMessage) -> Error {
    let line = message.location.map_or(1, |location| location.line_number);
    let (file, line) = composed.origin(line);
    Error::Shader { file: file.to_owned(), line, problem: message.message.clone() }
}
