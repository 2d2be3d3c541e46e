//! Which adapter a command runs on.

use anyhow::Context as _;
use clap::Args;

use crate::blocking::in_parallel;
use crate::gpu::{AdapterChoice, Engine, Features};

/// `--adapter`
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Device")]
pub struct DeviceArgs {
    /// The adapter: best, discrete, integrated, virtual, cpu, a number, or a part of its name
    #[arg(long, value_name = "ADAPTER", default_value = "best", env = "TUNEVOTE_ADAPTER")]
    adapter: String,
}

impl DeviceArgs {
    /// Opens the adapter, and says so if it is none that people would call a GPU.
    pub fn open(&self) -> anyhow::Result<Engine> {
        let choice: AdapterChoice = self.adapter.parse()?;
        let engine = pollster::block_on(Engine::headless(&choice, Features::All)).context("opening the GPU")?;
        let engine = engine.with_workers(in_parallel);
        let info = engine.info();
        if info.device_type == wgpu::DeviceType::Cpu && choice == AdapterChoice::Best {
            eprintln!("note: no GPU found; running on the processor through {} ({:?})", info.name, info.backend);
        }
        Ok(engine)
    }
}
