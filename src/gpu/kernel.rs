//! What the host knows of one shader file.

/// How a kernel uses a storage binding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Access {
    /// `var<storage, read>`
    Read,
    /// `var<storage, read_write>`
    Write,
}

/// One shader file: one entry point, a uniform in slot 0, storage buffers from slot 1 on.
///
/// Made by [`kernel!`](crate::kernel!), which also checks that the file exists.
#[derive(Debug)]
pub struct Kernel {
    /// Path below `shaders/` without the ending, e.g. `nn/max_pool2d`; the stem is the entry point.
    pub path: &'static str,
    /// The file's text.
    pub source: &'static str,
    /// Size of the uniform in bytes.
    pub params: usize,
    /// The storage bindings, from slot 1 on.
    pub bindings: &'static [Access],
    /// Device features without which the kernel is not used.
    pub features: wgpu::Features,
}

impl Kernel {
    /// The file's stem: entry point, label, profile row.
    pub fn name(&self) -> &'static str {
        self.path.rsplit('/').next().unwrap_or(self.path)
    }
}

/// A [`Kernel`](crate::gpu::Kernel) from a shader file: `kernel!("nn/max_pool2d", Params, [Read, Write])`, with
/// `features: wgpu::Features::SUBGROUP` behind it where the file needs one.
#[macro_export]
macro_rules! kernel {
    ($path:literal, $params:ty, [$($access:ident),* $(,)?]) => {
        $crate::kernel!($path, $params, [$($access),*], features: $crate::wgpu::Features::empty())
    };
    ($path:literal, $params:ty, [$($access:ident),* $(,)?], features: $features:expr) => {
        $crate::gpu::Kernel {
            path: $path,
            source: include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/shaders/", $path, ".wgsl")),
            params: size_of::<$params>(),
            bindings: &[$($crate::gpu::Access::$access),*],
            features: $features,
        }
    };
}
