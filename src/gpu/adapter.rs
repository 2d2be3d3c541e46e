//! Which of the machine's adapters to use.

use crate::error::{Error, Result};

/// What an adapter is made for: kernels that come in several forms are chosen by it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AdapterKind {
    /// A processor that runs shaders: loads cost, registers are plenty, lanes are few.
    Cpu,
    /// Everything else: lanes that load side by side, and memory that a workgroup shares.
    Gpu,
}

impl From<wgpu::DeviceType> for AdapterKind {
    /// An adapter that does not say what it is counts as a GPU.
    fn from(device: wgpu::DeviceType) -> Self {
        if device == wgpu::DeviceType::Cpu { Self::Cpu } else { Self::Gpu }
    }
}

/// How to choose an adapter.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum AdapterChoice {
    /// Discrete before integrated before virtual before software.
    #[default]
    Best,
    /// The first of this kind.
    Kind(wgpu::DeviceType),
    /// The position in [`adapters`]; where there are not so many, the first whose name contains the number.
    Index(usize),
    /// The first whose name contains this text, whatever its case.
    Name(String),
}

impl std::str::FromStr for AdapterChoice {
    type Err = Error;

    /// `best`, `discrete`, `integrated`, `virtual`, `cpu`, a number, or a part of a name. A number is a position if there are
    /// more adapters than that, else a part of a name: `1` is the second adapter, `4090` one with that in its name.
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
    let infos: Vec<_> = found.iter().map(wgpu::Adapter::get_info).collect();
    let position = choice.among(&infos)?;
    Ok(found.swap_remove(position))
}

impl AdapterChoice {
    /// The position of the adapter that is meant, in a list with the best first.
    ///
    /// # Errors
    /// [`Error::Gpu`] with the names of those that there are.
    pub fn among(&self, adapters: &[wgpu::AdapterInfo]) -> Result<usize> {
        if adapters.is_empty() {
            return Err(Error::Gpu(
                "no GPU adapter found; install a Vulkan driver (on Debian and Ubuntu the software driver is \
                 `apt install mesa-vulkan-drivers libvulkan1`)"
                    .into(),
            ));
        }
        let named = |part: &str| {
            let part = part.to_lowercase();
            adapters.iter().position(|info| info.name.to_lowercase().contains(&part))
        };
        let (position, what) = match self {
            Self::Best => (Some(0), String::new()),
            Self::Kind(kind) => {
                (adapters.iter().position(|info| info.device_type == *kind), format!("is of the kind {kind:?}"))
            }
            Self::Index(index) if *index < adapters.len() => (Some(*index), String::new()),
            Self::Index(index) => {
                let number = index.to_string();
                (named(&number), format!("has the number {number} or a name that contains it"))
            }
            Self::Name(name) => (named(name), format!("has a name that contains {name}")),
        };
        position.ok_or_else(|| {
            let list =
                adapters.iter().enumerate().map(|(i, info)| format!("{i} {} ({:?})", info.name, info.device_type));
            Error::Gpu(format!("no adapter {what}; there are: {}", list.collect::<Vec<_>>().join(", ")))
        })
    }
}
