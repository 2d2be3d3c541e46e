//! Which of the machine's adapters to use.

use crate::error::{Error, Result};

/// How to choose an adapter.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum AdapterChoice {
    /// Discrete before integrated before virtual before software.
    #[default]
    Best,
    /// The first of this kind.
    Kind(wgpu::DeviceType),
    /// The position in [`adapters`].
    Index(usize),
    /// The first whose name contains this text, whatever its case.
    Name(String),
}

impl std::str::FromStr for AdapterChoice {
    type Err = Error;

    /// `best`, `discrete`, `integrated`, `virtual`, `cpu`, a number, or a part of a name.
    fn from_str(text: &str) -> Result<Self> {
        Ok(match text.trim().to_lowercase().as_str() {
            "" | "best" => Self::Best,
            "discrete" => Self::Kind(wgpu::DeviceType::DiscreteGpu),
            "integrated" => Self::Kind(wgpu::DeviceType::IntegratedGpu),
            "virtual" => Self::Kind(wgpu::DeviceType::VirtualGpu),
            "cpu" => Self::Kind(wgpu::DeviceType::Cpu),
            name => name.parse().map_or_else(|_| Self::Name(name.to_owned()), Self::Index),
        })
    }
}

fn rank(kind: wgpu::DeviceType) -> u8 {
    match kind {
        wgpu::DeviceType::DiscreteGpu => 0,
        wgpu::DeviceType::IntegratedGpu => 1,
        wgpu::DeviceType::VirtualGpu => 2,
        wgpu::DeviceType::Other => 3,
        wgpu::DeviceType::Cpu => 4,
    }
}

/// Every adapter that can run compute shaders, best first. Backends follow `WGPU_BACKEND` where it is set; else OpenGL is only
/// asked where there is no Vulkan, Metal or DX12: opening it can make its libraries print.
pub async fn adapters() -> Vec<wgpu::Adapter> {
    let chosen = wgpu::Backends::from_env();
    let mut found = adapters_of(chosen.unwrap_or(wgpu::Backends::PRIMARY)).await;
    if found.is_empty() && chosen.is_none() {
        found = adapters_of(wgpu::Backends::SECONDARY).await;
    }
    // The sort is stable: within a kind wgpu's order stays.
    found.sort_by_key(|adapter| rank(adapter.get_info().device_type));
    found
}

async fn adapters_of(backends: wgpu::Backends) -> Vec<wgpu::Adapter> {
    let desc = wgpu::InstanceDescriptor { backends, ..wgpu::InstanceDescriptor::new_without_display_handle_from_env() };
    let mut found = wgpu::Instance::new(desc).enumerate_adapters(backends).await;
    found.retain(|adapter| adapter.get_downlevel_capabilities().flags.contains(wgpu::DownlevelFlags::COMPUTE_SHADERS));
    found
}

/// The adapter that `choice` means.
pub(super) async fn choose(choice: &AdapterChoice) -> Result<wgpu::Adapter> {
    let mut found = adapters().await;
    let position = match choice {
        AdapterChoice::Best => (!found.is_empty()).then_some(0),
        AdapterChoice::Index(index) => (*index < found.len()).then_some(*index),
        AdapterChoice::Kind(kind) => found.iter().position(|adapter| adapter.get_info().device_type == *kind),
        AdapterChoice::Name(name) => {
            let name = name.to_lowercase();
            found.iter().position(|adapter| adapter.get_info().name.to_lowercase().contains(&name))
        }
    };
    match position {
        Some(position) => Ok(found.swap_remove(position)),
        None if found.is_empty() => Err(Error::Gpu(
            "no GPU adapter found; install a Vulkan driver (on Debian and Ubuntu the software driver is \
             `apt install mesa-vulkan-drivers libvulkan1`)"
                .into(),
        )),
        None => {
            let names: Vec<_> = found.iter().map(|adapter| adapter.get_info().name).collect();
            Err(Error::Gpu(format!("no adapter is {choice:?}; there are: {}", names.join(", "))))
        }
    }
}
