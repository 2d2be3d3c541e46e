//! Shader files are plain WGSL; `// use: lib/grid` puts a file of `shaders/lib` in front, once, with what it uses itself.

use crate::error::{Error, Result};

macro_rules! library {
    ($($name:literal),* $(,)?) => {
        /// The files of `shaders/lib`: helpers without bindings or entry points.
        pub const LIBRARY: &[(&str, &str)] = &[
            $(($name, include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/shaders/", $name, ".wgsl")))),*
        ];
    };
}

library![
    "lib/activate",
    "lib/chain",
    "lib/channel",
    "lib/complex",
    "lib/conv2d",
    "lib/conv2d_block",
    "lib/conv2d_line",
    "lib/conv2d_nine",
    "lib/conv2d_quads",
    "lib/conv2d_rows",
    "lib/conv2d_shared",
    "lib/conv2d_sixteen",
    "lib/conv2d_square",
    "lib/conv2d_walk",
    "lib/depthwise",
    "lib/depthwise_put",
    "lib/divide",
    "lib/eight",
    "lib/fft",
    "lib/fft_lanes",
    "lib/frames",
    "lib/frames_lanes",
    "lib/gemm",
    "lib/gemm_columns",
    "lib/grid",
    "lib/join",
    "lib/layer_norm",
    "lib/layer_norm_lanes",
    "lib/maximum",
    "lib/outer",
    "lib/patch",
    "lib/patch_eight",
    "lib/patch_runs",
    "lib/patch_under",
    "lib/patch_windows",
    "lib/planes",
    "lib/pointwise",
    "lib/pool2d",
    "lib/power",
    "lib/put",
    "lib/random",
    "lib/real_fft",
    "lib/real_fft_lanes",
    "lib/recurrent",
    "lib/recurrent_back",
    "lib/recurrent_gates",
    "lib/recurrent_lanes",
    "lib/recurrent_layer",
    "lib/reduce",
    "lib/samples",
    "lib/shift",
    "lib/softmax",
    "lib/team",
    "lib/tile",
    "lib/tile16",
    "lib/tile_gpu",
    "lib/tile_gpu_rows",
    "lib/tile_tall",
    "lib/tile_wide",
    "lib/upsample",
    "lib/window"
];

/// A shader with its library files, and the way back from its lines to theirs.
#[derive(Debug)]
pub struct Composed {
    /// The text that the compiler sees.
    pub source: String,
    /// (first line in `source` from 1, file) in ascending order.
    parts: Vec<(u32, String)>,
}

impl Composed {
    /// The file and the line in it, from 1, behind a line of [`source`](Self::source).
    pub fn origin(&self, line: u32) -> (&str, u32) {
        let at = self.parts.partition_point(|(first, _)| *first <= line).max(1) - 1;
        let (first, file) = &self.parts[at];
        (file, line - first + 1)
    }
}

/// Resolves the `// use:` lines of the shader at `path` (below `shaders/`, without the ending).
///
/// # Errors
/// [`Error::Shader`] with the position of a `// use:` that names no library file.
pub fn compose(path: &str, source: &str) -> Result<Composed> {
    let mut composed = Composed { source: String::new(), parts: Vec::new() };
    let mut seen = Vec::new();
    append(&mut composed, &mut seen, path, source)?;
    Ok(composed)
}

fn append(composed: &mut Composed, seen: &mut Vec<String>, path: &str, source: &str) -> Result<()> {
    for (index, line) in source.lines().enumerate() {
        let Some(name) = line.strip_prefix("// use:").map(str::trim) else { continue };
        if seen.iter().any(|done| done == name) {
            continue;
        }
        seen.push(name.to_owned());
        let Some((_, text)) = LIBRARY.iter().find(|(known, _)| *known == name) else {
            return Err(Error::Shader {
                file: format!("shaders/{path}.wgsl"),
                line: index as u32 + 1,
                problem: format!("there is no shaders/{name}.wgsl in the library"),
            });
        };
        append(composed, seen, name, text)?;
    }
    let first = composed.source.lines().count() as u32 + 1;
    composed.parts.push((first, format!("shaders/{path}.wgsl")));
    composed.source.push_str(source);
    if !composed.source.ends_with('\n') {
        composed.source.push('\n');
    }
    Ok(())
}
