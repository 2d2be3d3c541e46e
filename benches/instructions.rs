//! What single instructions cost, for the model by which kernels are predicted (benches/NOTES.md): loads, stores and exchanges of
//! eight lanes in a loop that does nothing else, by `cargo bench --bench instructions`.
//!
//! One JSON line an instruction: `seconds` is what eight lanes take for one, on one core of a processor (wall time by the cores that share
//! the work); on a GPU `cores` is 1, and what counts is how the lines compare. `turn_of_the_loop` is what a turn of the loop costs by itself: a 32nd of
//! it is in every other line.
#![allow(clippy::print_stdout, clippy::unwrap_used)]

use serde_json::json;
use tunevote::gpu::{Access, AdapterChoice, AdapterKind, Engine, Features, Grid, Kernel, Recorder};
use tunevote::measure::time_recording;

/// Turns of the loop, and how often each does the instruction: never twice in the same place, which would be done once.
const TURNS: usize = 512;
const EACH: usize = 32;
/// Workgroups of eight lanes.
const GROUPS: usize = 512;
/// vec4s that a workgroup reads or writes in turn: 16 KiB, which a first cache holds.
const SPAN: usize = 1024;

/// An instruction in WGSL, and the name of its kernel: `o` is where this turn reads and writes, `lid` the lane, `s` a vec4 that what is loaded is added to.
struct Instruction {
    name: &'static str,
    /// Of which the storage buffers are arrays.
    element: &'static str,
    before: &'static str,
    each: fn(usize) -> String,
    features: wgpu::Features,
}

const fn plain(name: &'static str, element: &'static str, each: fn(usize) -> String) -> Instruction {
    Instruction { name, element, before: "", each, features: wgpu::Features::empty() }
}

const SHARED: &str = "var<workgroup> shared_by_all: array<vec4<f32>, 1024>;";

fn instructions() -> Vec<Instruction> {
    let subgroup = wgpu::Features::SUBGROUP;
    vec![
        plain("turn_of_the_loop", "vec4<f32>", |i| if i == 0 { "s = s * m + m;".into() } else { String::new() }),
        plain("multiply_add_vec4", "vec4<f32>", |i| format!("t{0} = t{0} * m + m;", i % 8)),
        plain("load_vec4", "vec4<f32>", |i| format!("s += x[o + {}u];", 8 * i)),
        plain("load_f32", "f32", |i| format!("s += vec4(x[o + {}u]);", 8 * i)),
        plain("store_vec4", "vec4<f32>", |i| format!("y[base + o + {}u] = s;", 8 * i)),
        plain("store_f32", "f32", |i| format!("y[base + o + {}u] = s.x;", 8 * i)),
        plain("store_vec4_scattered", "vec4<f32>", |i| format!("y[lid * 32768u + o + {}u] = s;", 8 * i)),
        Instruction {
            before: SHARED,
            ..plain("load_vec4_workgroup", "vec4<f32>", |i| format!("s += shared_by_all[o + {}u];", 8 * i))
        },
        Instruction {
            before: SHARED,
            ..plain("store_vec4_workgroup", "vec4<f32>", |i| format!("shared_by_all[o + {}u] = s;", 8 * i))
        },
        Instruction {
            features: subgroup,
            ..plain("shuffle_vec4_multiply_add", "vec4<f32>", |i| {
                format!("t{0} = t{0} * m + subgroupShuffleXor(t{0}, {1}u);", i % 8, [1, 2, 4][i % 3])
            })
        },
        Instruction {
            features: subgroup,
            ..plain("broadcast_vec4_multiply_add", "vec4<f32>", |i| {
                format!("t{0} = t{0} * m + subgroupBroadcast(t{1}, {0}u);", i % 8, (i + 1) % 8)
            })
        },
    ]
}

impl Instruction {
    fn source(&self) -> String {
        let Self { name, element, before, each, .. } = self;
        let scalar = *element == "f32";
        let first = if scalar { "vec4(x[lid])" } else { "x[lid]" };
        let last = if scalar { "sum.x" } else { "sum" };
        let chains: String = (0..8).map(|i| format!("    var t{i} = s + {i}.0;\n")).collect();
        let sum: String = (0..8).map(|i| format!(" + t{i}")).collect();
        // Workgroup memory that nobody writes, or nobody reads, would not be there.
        let [fill, keep] =
            if before.is_empty() { ["", ""] } else { ["shared_by_all[lid] = s;", "s += shared_by_all[lid];"] };
        let all: String = (0..EACH).map(|i| format!("        {}\n", each(i))).collect();
        format!(
            "struct Params {{ m: f32 }}\n@group(0) @binding(0) var<uniform> params: Params;\n\
             @group(0) @binding(1) var<storage, read> x: array<{element}>;\n\
             @group(0) @binding(2) var<storage, read_write> y: array<{element}>;\n{before}\n\
             @compute @workgroup_size(8)\n\
             fn {name}(@builtin(workgroup_id) wg: vec3<u32>, @builtin(local_invocation_index) lid: u32) {{\n    \
             let base = wg.x * {SPAN}u; let m = vec4(params.m); var s = {first}; {fill}\n{chains}    \
             for (var i = 0u; i < {TURNS}u; i++) {{\n        let o = (i & 3u) * 256u + lid;\n{all}    }}\n    \
             {keep} let sum = s{sum}; y[base + lid] = {last};\n}}\n"
        )
    }

    /// Seconds of all workgroups.
    fn measure(&self, engine: &Engine) -> f64 {
        // An engine knows kernels by their paths.
        let kernel: &'static Kernel = Box::leak(Box::new(Kernel {
            path: self.name,
            source: Box::leak(self.source().into_boxed_str()),
            params: 4,
            bindings: &[Access::Read, Access::Write],
            features: self.features,
        }));
        let width = if self.element == "f32" { 1 } else { 4 };
        let x = engine.upload([width * SPAN], &vec![0.5; width * SPAN]).unwrap();
        let y = engine.tensor([width * SPAN * GROUPS]).unwrap();
        let mut recorder = Recorder::new(engine);
        recorder.dispatch(kernel, &0.5_f32, &[&x, &y], Grid::groups(GROUPS), &[], 0.0).unwrap();
        time_recording(&recorder.finish().unwrap()).unwrap().best
    }
}

fn main() {
    let engine = pollster::block_on(Engine::headless(&AdapterChoice::Best, Features::All)).unwrap();
    let cores = match engine.kind() {
        AdapterKind::Cpu => std::thread::available_parallelism().map_or(1, usize::from),
        AdapterKind::Gpu => 1,
    };
    for instruction in instructions().into_iter().filter(|instruction| engine.has(instruction.features)) {
        let times = if instruction.name == "turn_of_the_loop" { 1 } else { EACH };
        let seconds = instruction.measure(&engine) * cores as f64 / (GROUPS * TURNS * times) as f64;
        println!("{}", json!({ "name": instruction.name, "seconds": seconds, "cores": cores }));
    }
}
