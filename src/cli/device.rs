//! Which adapter a command runs on.

use anyhow::Context as _;
use clap::Args;
use serde::Serialize;

use super::adapters::kind;
use crate::blocking::in_parallel;
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
        self.open_with(Features::All)
    }

    /// The same with so many of the device's features.
    pub fn open_with(&self, features: Features) -> anyhow::Result<Engine> {
        let choice = self.choice()?;
        let engine = pollster::block_on(Engine::headless(&choice, features)).context("opening the GPU")?;
        let engine = engine.with_workers(in_parallel);
        let info = engine.info();
        if info.device_type == wgpu::DeviceType::Cpu && choice == AdapterChoice::Best {
            eprintln!("note: no GPU found; running on the processor through {} ({:?})", info.name, info.backend);
        }
        Ok(engine)
    }
}

/// The device that a measurement was made on.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Description {
    name: String,
    kind: &'static str,
    backend: String,
    driver: String,
    driver_info: String,
    /// Lanes of a subgroup, where kernels can count on them.
    subgroup: Option<u32>,
}

/// Describes the engine's device.
pub(super) fn description(engine: &Engine) -> Description {
    let info = engine.info();
    Description {
        name: info.name.clone(),
        kind: kind(info.device_type),
        backend: format!("{:?}", info.backend),
        driver: info.driver.clone(),
        driver_info: info.driver_info.clone(),
        subgroup: engine.subgroup_size(),
    }
}

impl Description {
    /// All of it in a line.
    pub fn line(&self) -> String {
        let Self { name, kind, backend, driver, driver_info, subgroup } = self;
        let lanes = subgroup.map_or("no subgroups in use".to_owned(), |lanes| format!("subgroups of {lanes}"));
        format!("{name} ({kind}, {backend}, {driver} {driver_info}), {lanes}")
    }
}
