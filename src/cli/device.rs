//! Which adapter a command runs on.

use anyhow::Context as _;
use clap::Args;

use crate::gpu::{AdapterChoice, Engine, Features};

/// `--adapter`
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Device")]
pub struct DeviceArgs {
    /// The adapter: best, discrete, integrated, virtual, cpu, a number, or a part of its name
    #[arg(long, value_name = "ADAPTER", default_value = "best", env = VARIABLE)]
    adapter: String,
}

/// The variable that stands for `--adapter`.
const VARIABLE: &str = "TUNEVOTE_ADAPTER";

impl DeviceArgs {
    /// Which adapter is meant.
    pub fn choice(&self) -> crate::Result<AdapterChoice> {
        self.adapter.parse()
    }

    /// Who asked for it: the variable, or else the option.
    pub fn asked(&self) -> String {
        match std::env::var(VARIABLE) {
            Ok(value) if value == self.adapter => format!("{VARIABLE}={value}"),
            _ => format!("--adapter {}", self.adapter),
        }
    }

    /// Opens the adapter, and says so if it is none that people would call a GPU.
    pub fn open(&self) -> anyhow::Result<Engine> {
        let choice = self.choice()?;
        let engine = pollster::block_on(Engine::headless(&choice, Features::All)).context("opening the GPU")?;
        let info = engine.info();
        if info.device_type == wgpu::DeviceType::Cpu && choice == AdapterChoice::Best {
            eprintln!("note: no GPU found; running on the processor through {} ({:?})", info.name, info.backend);
        }
        Ok(engine)
    }
}
