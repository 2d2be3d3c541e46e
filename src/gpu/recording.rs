//! Dispatches as a list that can be printed, encoded, run and profiled.

use std::fmt;

use super::engine::Engine;
use super::kernel::Kernel;
use super::tensor::Tensor;

/// What a dispatch has to do at least, for its share of the machine's ceilings.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Cost {
    /// Floating-point operations; a multiply-add counts two.
    pub flops: f64,
    /// Bytes read once and written once.
    pub bytes: f64,
}

/// A list of dispatches with everything bound. Running it makes no buffer and no bind group.
#[derive(Debug)]
pub struct Recording {
    pub(super) engine: Engine,
    pub(super) steps: Vec<Step>,
}

#[derive(Debug)]
pub(super) enum Step {
    Dispatch(Dispatch),
    Copy { from: Tensor, to: Tensor },
}

#[derive(Debug)]
pub(super) struct Dispatch {
    pub kernel: &'static Kernel,
    pub pipeline: wgpu::ComputePipeline,
    pub bind_group: wgpu::BindGroup,
    pub groups: [u32; 3],
    pub cost: Cost,
    pub shapes: String,
}

impl Dispatch {
    pub fn encode(&self, pass: &mut wgpu::ComputePass<'_>) {
        pass.set_pipeline(&self.pipeline);
        pass.set_bind_group(0, &self.bind_group, &[]);
        let [x, y, z] = self.groups;
        pass.dispatch_workgroups(x, y, z);
    }
}

impl Recording {
    /// The engine that it was recorded for.
    pub fn engine(&self) -> &Engine {
        &self.engine
    }

    /// Number of dispatches and copies.
    pub fn len(&self) -> usize {
        self.steps.len()
    }

    /// Whether there is nothing to do.
    pub fn is_empty(&self) -> bool {
        self.steps.is_empty()
    }

    /// The kernel of each dispatch, and its workgroups.
    pub fn kernels(&self) -> impl Iterator<Item = (&'static Kernel, u64)> {
        self.steps.iter().filter_map(|step| match step {
            Step::Dispatch(Dispatch { kernel, groups, .. }) => {
                Some((*kernel, groups.iter().copied().map(u64::from).product()))
            }
            Step::Copy { .. } => None,
        })
    }

    /// What all dispatches together cost at least.
    pub fn cost(&self) -> Cost {
        self.steps.iter().fold(Cost::default(), |sum, step| match step {
            Step::Dispatch(dispatch) => {
                Cost { flops: sum.flops + dispatch.cost.flops, bytes: sum.bytes + dispatch.cost.bytes }
            }
            Step::Copy { from, .. } => Cost { bytes: sum.bytes + 2.0 * from.bytes() as f64, ..sum },
        })
    }

    /// Encodes everything into the caller's encoder and submits nothing.
    pub fn encode(&self, encoder: &mut wgpu::CommandEncoder) {
        let mut steps = self.steps.iter().peekable();
        while let Some(step) = steps.next() {
            match step {
                Step::Copy { from, to } => {
                    encoder.copy_buffer_to_buffer(from.buffer(), from.offset(), to.buffer(), to.offset(), from.bytes());
                }
                Step::Dispatch(first) => {
                    let mut pass = encoder.begin_compute_pass(&wgpu::ComputePassDescriptor::default());
                    first.encode(&mut pass);
                    while let Some(Step::Dispatch(next)) = steps.next_if(|step| matches!(step, Step::Dispatch(_))) {
                        next.encode(&mut pass);
                    }
                }
            }
        }
    }

    /// Encodes and submits everything.
    pub fn run(&self) -> wgpu::SubmissionIndex {
        let mut encoder = self.engine.device().create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
        self.encode(&mut encoder);
        self.engine.submit(encoder)
    }
}

/// One line a step: kernel, workgroups, shapes.
impl fmt::Display for Recording {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for step in &self.steps {
            match step {
                Step::Dispatch(Dispatch { kernel, groups: [x, y, _], shapes, .. }) => {
                    writeln!(f, "{:<28} {:>8} groups  {shapes}", kernel.name(), u64::from(*x) * u64::from(*y))?;
                }
                Step::Copy { from, .. } => writeln!(f, "{:<28} {:>8}         {}", "copy", "", from.shape())?,
            }
        }
        Ok(())
    }
}
