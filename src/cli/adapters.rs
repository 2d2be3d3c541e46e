//! The machine's adapters in words, and why one of them is used.

use std::fmt;

use serde::Serialize;

use crate::gpu::AdapterChoice;

/// What `doctor` says of an adapter.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Adapter {
    index: usize,
    pub name: String,
    kind: &'static str,
    backend: String,
    driver: String,
    driver_info: String,
    limits: Limits,
    features: Features,
}

/// The limits that bear on kernels. Sizes in bytes.
#[derive(Clone, Debug, Serialize)]
struct Limits {
    buffer: u64,
    binding: u64,
    workgroup_invocations: u32,
    workgroup_memory: u32,
    storage_buffers: u32,
    offset_alignment: u32,
}

#[derive(Clone, Debug, Serialize)]
struct Features {
    timestamps: bool,
    /// The least and the most lanes; none without subgroups.
    subgroups: Option<[u32; 2]>,
    f16: bool,
}

impl Adapter {
    pub fn of(index: usize, adapter: &wgpu::Adapter) -> Self {
        let (info, limits, features) = (adapter.get_info(), adapter.limits(), adapter.features());
        let subgroups = features.contains(wgpu::Features::SUBGROUP);
        Self {
            index,
            kind: kind(info.device_type),
            backend: format!("{:?}", info.backend),
            limits: Limits {
                buffer: limits.max_buffer_size,
                binding: limits.max_storage_buffer_binding_size,
                workgroup_invocations: limits.max_compute_invocations_per_workgroup,
                workgroup_memory: limits.max_compute_workgroup_storage_size,
                storage_buffers: limits.max_storage_buffers_per_shader_stage,
                offset_alignment: limits.min_storage_buffer_offset_alignment,
            },
            features: Features {
                timestamps: features.contains(wgpu::Features::TIMESTAMP_QUERY),
                subgroups: subgroups.then_some([info.subgroup_min_size, info.subgroup_max_size]),
                f16: features.contains(wgpu::Features::SHADER_F16),
            },
            name: info.name,
            driver: info.driver,
            driver_info: info.driver_info,
        }
    }
}

/// Three lines: which it is, its limits, its features.
impl fmt::Display for Adapter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { index, name, kind, backend, driver, driver_info, limits, features } = self;
        writeln!(f, "{index}  {name} ({kind}, {backend}, driver {driver} {driver_info})")?;
        writeln!(
            f,
            "   buffers of {}; bindings of {}, {} of them a stage, at multiples of {} bytes; workgroups of {} with {}",
            bytes(limits.buffer),
            bytes(limits.binding),
            limits.storage_buffers,
            limits.offset_alignment,
            limits.workgroup_invocations,
            bytes(limits.workgroup_memory.into()),
        )?;
        let subgroups = match features.subgroups {
            None => "no subgroups".to_owned(),
            Some([least, most]) if least == most => format!("subgroups of {least}"),
            Some([least, most]) => format!("subgroups of {least} to {most}"),
        };
        let word = |has: bool, name: &str| if has { name.to_owned() } else { format!("no {name}") };
        writeln!(f, "   {}, {subgroups}, {}", word(features.timestamps, "timestamps"), word(features.f16, "f16"))
    }
}

/// The word that `--adapter` takes for it, where it takes one.
pub(super) fn kind(kind: wgpu::DeviceType) -> &'static str {
    match kind {
        wgpu::DeviceType::DiscreteGpu => "discrete",
        wgpu::DeviceType::IntegratedGpu => "integrated",
        wgpu::DeviceType::VirtualGpu => "virtual",
        wgpu::DeviceType::Cpu => "cpu",
        wgpu::DeviceType::Other => "other",
    }
}

/// A size in the largest binary unit that it fills.
pub(super) fn bytes(count: u64) -> String {
    const UNITS: [(u64, &str); 3] = [(1 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB")];
    match UNITS.iter().find(|(unit, _)| count >= *unit) {
        // The largest that some drivers say is a number of bytes below the next unit.
        Some((unit, name)) => format!("{} {name}", (count as f64 / *unit as f64 * 10.0).round() / 10.0),
        None => format!("{count} bytes"),
    }
}

/// Why `choice`, which `asked` says (`--adapter 0`), means the adapter that it means among `count` of them.
pub fn reason(choice: &AdapterChoice, asked: &str, count: usize) -> String {
    let by = match choice {
        AdapterChoice::Best if count == 1 => return "the only one there is".into(),
        AdapterChoice::Best => {
            return "the first of the best kind: discrete before integrated before virtual before other before cpu"
                .into();
        }
        AdapterChoice::Kind(_) => "kind",
        AdapterChoice::Index(index) if *index < count => "number",
        AdapterChoice::Index(_) | AdapterChoice::Name(_) => "name",
    };
    format!("asked for by {by}: {asked}")
}

/// What to say, and what helps, where the adapter at `used` is the processor; nothing where it is a GPU.
pub fn warning(kinds: &[wgpu::DeviceType], used: usize) -> Option<String> {
    let is_cpu = |kind: &wgpu::DeviceType| *kind == wgpu::DeviceType::Cpu;
    if !is_cpu(&kinds[used]) {
        return None;
    }
    if let Some(gpu) = kinds.iter().position(|kind| !is_cpu(kind)) {
        return Some(format!(
            "no GPU is used, though there is one: everything runs on the processor. Ask for `--adapter {gpu}`, or leave \
             --adapter out and TUNEVOTE_ADAPTER unset"
        ));
    }
    let help = if cfg!(target_os = "linux") {
        "install the GPU's Vulkan driver (on Debian and Ubuntu `apt install mesa-vulkan-drivers` for AMD and Intel, \
         `apt install nvidia-driver` or `ubuntu-drivers install` for NVIDIA); in a container also hand the GPU in \
         (`--device /dev/dri`, or `--gpus all` with NVIDIA_DRIVER_CAPABILITIES=all). `vulkaninfo --summary` should then list it"
    } else {
        "install the GPU's driver from its maker"
    };
    Some(format!("no GPU was found: everything runs on the processor, which is slow. If there is a GPU, {help}"))
}
