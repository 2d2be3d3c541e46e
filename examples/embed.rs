//! The engine inside another GPU application: the application's own device with WebGPU's default limits, its own encoder and its own
//! submission; slices come from its buffer, and probabilities stay in its buffer. Here two such applications run at once.
#![allow(clippy::print_stdout)]

use std::path::Path;

use tunevote::gpu::Engine;
use tunevote::plan::{Plan, PlanOptions, Variables};
use tunevote::weights::ModelFile;
use tunevote::{Result, wgpu};

/// Slices a run.
const BATCH: usize = 2;

/// What an application has anyway: a device, a queue and buffers.
struct Application {
    device: wgpu::Device,
    queue: wgpu::Queue,
    /// The pictures that it made on the GPU.
    pictures: wgpu::Buffer,
    /// Where it wants the answer.
    answer: wgpu::Buffer,
}

impl Application {
    fn open(slices: usize, answers: usize) -> Self {
        let instance = wgpu::Instance::new(wgpu::InstanceDescriptor::new_without_display_handle_from_env());
        let adapter = pollster::block_on(instance.request_adapter(&wgpu::RequestAdapterOptions::default()));
        let adapter = adapter.expect("a GPU, or a software driver such as lavapipe");
        // No features, and the limits that every WebGPU device has.
        let device = pollster::block_on(adapter.request_device(&wgpu::DeviceDescriptor::default()));
        let (device, queue) = device.expect("a device with default limits");
        let buffer = |values: usize, usage| {
            let size = 4 * values as u64;
            device.create_buffer(&wgpu::BufferDescriptor { label: None, size, usage, mapped_at_creation: false })
        };
        let pictures = buffer(slices, wgpu::BufferUsages::COPY_SRC | wgpu::BufferUsages::COPY_DST);
        let answer = buffer(answers, wgpu::BufferUsages::COPY_DST | wgpu::BufferUsages::MAP_READ);
        Self { device, queue, pictures, answer }
    }

    /// The application looks at its own buffer.
    fn look(&self) -> Vec<f32> {
        self.answer.map_async(wgpu::MapMode::Read, .., |mapped| mapped.expect("the buffer can be read"));
        self.device.poll(wgpu::PollType::wait_indefinitely()).expect("the device answers");
        let view = self.answer.get_mapped_range(..).expect("the buffer is mapped");
        view.chunks_exact(4).map(|four| f32::from_le_bytes([four[0], four[1], four[2], four[3]])).collect()
    }
}

/// The network of a model file as dispatches on the application's device.
fn plan(engine: &Engine, model: &ModelFile) -> Result<Plan> {
    let mut variables = Variables::new(engine);
    model.load(&mut variables)?;
    let (mut net, probabilities) = model.card.answering(BATCH)?;
    net.graph.output("probabilities", probabilities)?;
    Plan::new(&net.graph, &variables, PlanOptions::default())
}

fn main() -> Result<()> {
    let model = ModelFile::read(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/weights/default.safetensors")))?;
    let geometry = model.card.front_end.slices();
    let (slices, answers) = (BATCH * geometry.values(), BATCH * model.card.labels.len());
    let applications = [Application::open(slices, answers), Application::open(slices, answers)];
    let mut plans = Vec::new();
    for application in &applications {
        let engine = Engine::from_device(application.device.clone(), application.queue.clone());
        plans.push(plan(&engine, &model)?);
    }
    let submitted = plans.iter().map(|plan| plan.engine().made().submits).collect::<Vec<_>>();

    for (application, plan) in applications.iter().zip(&plans) {
        let ramp: Vec<u8> = (0..slices).flat_map(|i| ((i % 97) as f32 / 97.0 - 0.5).to_le_bytes()).collect();
        application.queue.write_buffer(&application.pictures, 0, &ramp);
        // One encoder for what the application does before, the network, and what it does with the answer.
        let mut encoder = application.device.create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
        let (input, output) = (plan.input("slices")?, plan.output("probabilities")?);
        encoder.copy_buffer_to_buffer(&application.pictures, 0, input.buffer(), input.offset(), input.bytes());
        plan.encode(&mut encoder);
        encoder.copy_buffer_to_buffer(output.buffer(), output.offset(), &application.answer, 0, output.bytes());
        application.queue.submit([encoder.finish()]);
    }

    let answers: Vec<_> = applications.iter().map(Application::look).collect();
    for row in answers[0].chunks_exact(model.card.labels.len()) {
        let named = model.card.labels.iter().zip(row).map(|(label, share)| format!("{label} {:.1} %", 100.0 * share));
        println!("{}", named.collect::<Vec<_>>().join(", "));
    }
    // Also what CI looks at: the engine submitted nothing, and two devices agree to the bit.
    let later = plans.iter().map(|plan| plan.engine().made().submits).collect::<Vec<_>>();
    let sums = answers[0].chunks_exact(model.card.labels.len()).map(|row| row.iter().sum::<f32>());
    let whole = sums.into_iter().all(|sum| (sum - 1.0).abs() < 1e-5);
    if submitted == later && answers[0] == answers[1] && whole {
        Ok(())
    } else {
        Err(tunevote::Error::Gpu(format!("the two applications got {answers:?}")))
    }
}
