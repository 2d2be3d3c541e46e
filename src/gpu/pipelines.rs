//! Pipelines with explicit layouts, each made once an engine.

use std::collections::{HashMap, HashSet};
use std::sync::{Mutex, OnceLock, PoisonError};

use super::compose::{Composed, compose};
use super::engine::Engine;
use super::kernel::{Access, Kernel};
use super::scope::{checked, ready, watched};
use crate::error::{Error, Result};

/// What a pipeline is made of: a kernel, and values of its `override` constants.
#[derive(Clone, Debug)]
pub(super) struct Recipe {
    pub kernel: &'static Kernel,
    pub constants: Vec<(&'static str, f64)>,
}

impl Recipe {
    fn key(&self) -> Key {
        (self.kernel.path, self.constants.iter().map(|(name, value)| (*name, value.to_bits())).collect())
    }
}

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
    /// Makes what is missing of `wanted`, the engine's workers sharing it, and gives the number. Nothing is locked meanwhile: who
    /// makes the same at the same time has made it in vain.
    pub fn make<'a>(&self, engine: &Engine, wanted: impl Iterator<Item = &'a Recipe>) -> Result<usize> {
        let mut missing: Vec<&Recipe> = Vec::new();
        let mut keys = HashSet::new();
        {
            let made = self.pipelines.lock().unwrap_or_else(PoisonError::into_inner);
            missing.extend(wanted.filter(|recipe| !made.contains_key(&recipe.key()) && keys.insert(recipe.key())));
        }
        let results: Vec<_> = missing.iter().map(|_| OnceLock::new()).collect();
        engine.share(missing.len(), &|index| {
            results[index].get_or_init(|| self.build(engine, missing[index]));
        });
        // Workers that leave something out leave it to this thread.
        let results = missing.iter().zip(results);
        let results: Vec<_> = results
            .map(|(recipe, result)| (recipe.key(), result.into_inner().unwrap_or_else(|| self.build(engine, recipe))))
            .collect();
        let mut made = self.pipelines.lock().unwrap_or_else(PoisonError::into_inner);
        let mut problem = Ok(());
        for (key, result) in results {
            match result {
                Ok(pipeline) => drop(made.entry(key).or_insert(pipeline)),
                Err(error) => problem = problem.and(Err(error)),
            }
        }
        problem.map(|()| missing.len())
    }

    /// One that [`make`](Self::make) has made; made now if not.
    pub fn get(&self, engine: &Engine, recipe: &Recipe) -> Result<Pipeline> {
        if let Some(made) = self.pipelines.lock().unwrap_or_else(PoisonError::into_inner).get(&recipe.key()) {
            return Ok(made.clone());
        }
        self.build(engine, recipe)
    }

    fn build(&self, engine: &Engine, recipe: &Recipe) -> Result<Pipeline> {
        let kernel = recipe.kernel;
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
                    constants: &recipe.constants,
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
