//! What every shader file promises, checked without a GPU: it composes, validates and translates, and what Rust says of it
//! is true.

use std::collections::BTreeMap;
use std::path::Path;

use naga::back::{self, PipelineConstants, pipeline_constants::process_overrides};
use naga::valid::{Capabilities, ModuleInfo, ValidationFlags, Validator};
use naga::{AddressSpace, Module, ResourceBinding, ScalarKind, ShaderStage, StorageAccess, TypeInner};
use tunevote::gpu::{Access, Kernel, LIBRARY, compose};
use tunevote::{kernels, wgpu};

const MOST_LINES: usize = 220;
const MOST_STORAGE_BUFFERS: usize = 8;
const MOST_INVOCATIONS: u32 = 256;
const MOST_WORKGROUP_BYTES: u32 = 16 * 1024;

/// What Rust says of a shader file.
struct Facts<'a> {
    path: &'a str,
    source: &'a str,
    params: usize,
    bindings: &'a [Access],
    features: wgpu::Features,
}

impl<'a> From<&'a Kernel> for Facts<'a> {
    fn from(kernel: &'a Kernel) -> Self {
        let Kernel { path, source, params, bindings, features, .. } = *kernel;
        Self { path, source, params, bindings, features }
    }
}

/// What naga has to allow for a device feature; the list is short on purpose.
fn capabilities(features: wgpu::Features) -> Result<Capabilities, String> {
    let known = wgpu::Features::SUBGROUP | wgpu::Features::SHADER_F16;
    if !known.contains(features) {
        return Err(format!("features: {:?} are not known to the contract", features - known));
    }
    let mut all = Capabilities::empty();
    all.set(Capabilities::SUBGROUP, features.contains(wgpu::Features::SUBGROUP));
    all.set(Capabilities::SHADER_FLOAT16, features.contains(wgpu::Features::SHADER_F16));
    Ok(all)
}

/// The languages that a kernel has to translate to. Those without features translate to all; naga's GLSL ES and its older
/// HLSL and MSL know no subgroups, and its GLSL ES no f16.
fn languages(features: wgpu::Features) -> &'static [&'static str] {
    if features.is_empty() {
        &["SPIR-V", "MSL 2.1", "HLSL 5.1", "GLSL ES 3.10"]
    } else {
        &["SPIR-V", "MSL 3.0", "HLSL 6.2"]
    }
}

fn translate(language: &str, module: &Module, info: &ModuleInfo, entry: &str) -> Result<(), String> {
    let stage = ShaderStage::Compute;
    let named = Some((stage, entry.to_owned()));
    let text = match language {
        "SPIR-V" => {
            // 1.3 is what Vulkan 1.1 takes; subgroups begin there.
            let options = back::spv::Options { lang_version: (1, 3), ..Default::default() };
            let pipeline = back::spv::PipelineOptions { shader_stage: stage, entry_point: entry.to_owned() };
            let words = back::spv::write_vec(module, info, &options, Some(&pipeline)).map_err(|e| e.to_string())?;
            return if words.len() > 5 { Ok(()) } else { Err("nothing was written".into()) };
        }
        "MSL 2.1" | "MSL 3.0" => {
            let lang_version = if language == "MSL 2.1" { (2, 1) } else { (3, 0) };
            let options = back::msl::Options { lang_version, ..Default::default() };
            let pipeline = back::msl::PipelineOptions { entry_point: named, ..Default::default() };
            back::msl::write_string(module, info, &options, &pipeline).map_err(|e| e.to_string())?.0
        }
        "HLSL 5.1" | "HLSL 6.2" => {
            let shader_model =
                if language == "HLSL 5.1" { back::hlsl::ShaderModel::V5_1 } else { back::hlsl::ShaderModel::V6_2 };
            let options = back::hlsl::Options { shader_model, ..Default::default() };
            let pipeline = back::hlsl::PipelineOptions { entry_point: named };
            let mut text = String::new();
            back::hlsl::Writer::new(&mut text, &options, &pipeline)
                .write(module, info, None)
                .map_err(|e| e.to_string())?;
            text
        }
        _ => {
            let bindings = module.global_variables.iter().filter_map(|(_, global)| global.binding);
            let binding_map = bindings.map(|at: ResourceBinding| (at, at.binding as u8)).collect();
            let options =
                back::glsl::Options { version: back::glsl::Version::new_gles(310), binding_map, ..Default::default() };
            let pipeline =
                back::glsl::PipelineOptions { shader_stage: stage, entry_point: entry.to_owned(), multiview: None };
            let mut text = String::new();
            back::glsl::Writer::new(&mut text, module, info, &options, &pipeline, Default::default())
                .and_then(|mut writer| writer.write())
                .map_err(|e| e.to_string())?;
            text
        }
    };
    if text.is_empty() { Err("nothing was written".into()) } else { Ok(()) }
}

/// Everything that one kernel's file breaks.
fn complaints(facts: &Facts<'_>) -> Vec<String> {
    let mut found = file_complaints(facts.source);
    if let Err(complaint) = shader_complaints(facts, &mut found) {
        found.push(complaint);
    }
    found
}

/// What holds for library files, too.
fn file_complaints(source: &str) -> Vec<String> {
    let mut found = Vec::new();
    let header = source.lines().next().unwrap_or_default();
    if !header.starts_with("// ") || header.starts_with("// use:") {
        found.push("header: the first line should be a comment that says what is computed".into());
    }
    let lines = source.lines().count();
    if lines > MOST_LINES {
        found.push(format!("length: {lines} lines, more than {MOST_LINES}"));
    }
    found
}

fn shader_complaints(facts: &Facts<'_>, found: &mut Vec<String>) -> Result<(), String> {
    let stem = facts.path.rsplit('/').next().unwrap_or(facts.path);
    let composed = compose(facts.path, facts.source).map_err(|e| format!("composes: {e}"))?;
    let module = naga::front::wgsl::parse_str(&composed.source)
        .map_err(|e| format!("parses: {}", e.emit_to_string(&composed.source)))?;
    let info = Validator::new(ValidationFlags::all(), capabilities(facts.features)?)
        .validate(&module)
        .map_err(|e| format!("validates: {}", e.emit_to_string(&composed.source)))?;

    let entries: Vec<_> = module.entry_points.iter().map(|entry| entry.name.as_str()).collect();
    if entries != [stem] {
        return Err(format!("entry point: should be {stem} alone, is {entries:?}"));
    }
    binding_complaints(facts, &module, found);

    let (module, info) = process_overrides(&module, &info, None, &PipelineConstants::default())
        .map_err(|e| format!("overrides: {e}"))?;
    let entry = &module.entry_points[0];
    let invocations: u32 = entry.workgroup_size.iter().product();
    if entry.stage != ShaderStage::Compute || !(1..=MOST_INVOCATIONS).contains(&invocations) {
        found.push(format!("workgroup size: {invocations} invocations, more than {MOST_INVOCATIONS}"));
    }
    let workgroup = module.global_variables.iter().filter(|(_, global)| global.space == AddressSpace::WorkGroup);
    let bytes: u32 =
        workgroup.map(|(_, global)| module.types[global.ty].inner.size(module.to_ctx()).next_multiple_of(16)).sum();
    if bytes > MOST_WORKGROUP_BYTES {
        found.push(format!("workgroup memory: {bytes} bytes, more than {MOST_WORKGROUP_BYTES}"));
    }
    for language in languages(facts.features) {
        if let Err(problem) = translate(language, &module, &info, stem) {
            found.push(format!("{language}: {problem}"));
        }
    }
    Ok(())
}

fn binding_complaints(facts: &Facts<'_>, module: &Module, found: &mut Vec<String>) {
    let mut slots = BTreeMap::new();
    for (_, global) in module.global_variables.iter() {
        let Some(at) = global.binding else { continue };
        if at.group != 0 || slots.insert(at.binding, global).is_some() {
            found.push(format!(
                "bindings: @group({}) @binding({}) is not in group 0 or is taken twice",
                at.group, at.binding
            ));
        }
    }
    match slots.remove(&0).map(|global| (global.space, &module.types[global.ty].inner)) {
        Some((AddressSpace::Uniform, TypeInner::Struct { members, span })) => {
            let plain = |member: &naga::StructMember| {
                let inner = &module.types[member.ty].inner;
                matches!(inner, TypeInner::Scalar(s) if s.width == 4 && matches!(s.kind, ScalarKind::Uint | ScalarKind::Float))
            };
            for member in members.iter().filter(|member| !plain(member)) {
                found.push(format!("params: {} is neither u32 nor f32", member.name.as_deref().unwrap_or("a member")));
            }
            if *span as usize != facts.params {
                found.push(format!("params: {span} bytes in the shader, {} in Rust", facts.params));
            }
        }
        _ => found.push("params: slot 0 should be a uniform struct".into()),
    }
    if slots.len() > MOST_STORAGE_BUFFERS {
        found.push(format!("bindings: {} storage buffers, more than {MOST_STORAGE_BUFFERS}", slots.len()));
    }
    let access = |space| match space {
        AddressSpace::Storage { access } if access == StorageAccess::LOAD => Some(Access::Read),
        AddressSpace::Storage { access } if access == StorageAccess::LOAD | StorageAccess::STORE => Some(Access::Write),
        _ => None,
    };
    let in_shader: Vec<_> = slots.iter().map(|(slot, global)| (*slot, access(global.space))).collect();
    let in_rust: Vec<_> = (1..).zip(facts.bindings.iter().copied().map(Some)).collect();
    if in_shader != in_rust {
        found.push(format!("bindings: {in_shader:?} in the shader, {in_rust:?} in Rust"));
    }
}

/// Names and texts of what lies in the folder but is in no table, the other way round, or twice.
fn table_complaints(files: &[String], kernels: &[&str], library: &[&str]) -> Vec<String> {
    let mut found = Vec::new();
    let listed = || kernels.iter().chain(library);
    for file in files.iter().filter(|file| !listed().any(|name| name == *file)) {
        found.push(format!("shaders/{file}.wgsl is in no table"));
    }
    for name in listed().filter(|name| !files.iter().any(|file| file == *name)) {
        found.push(format!("{name} is in a table, but there is no such file"));
    }
    let mut stems = BTreeMap::new();
    for path in listed() {
        let stem = path.rsplit('/').next().unwrap_or(path);
        if let Some(other) = stems.insert(stem, path) {
            found.push(format!("{path} and {other} have the same stem, or one is listed twice"));
        }
    }
    found
}

/// Paths below `shaders/` without the ending.
fn shader_files() -> Vec<String> {
    fn walk(folder: &Path, prefix: &str, files: &mut Vec<String>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let entry = entry.unwrap();
            let name = entry.file_name().into_string().unwrap();
            if entry.file_type().unwrap().is_dir() {
                walk(&entry.path(), &format!("{prefix}{name}/"), files);
            } else {
                let stem = name.strip_suffix(".wgsl").unwrap_or_else(|| panic!("{prefix}{name} is no shader"));
                files.push(format!("{prefix}{stem}"));
            }
        }
    }
    let mut files = Vec::new();
    walk(&Path::new(env!("CARGO_MANIFEST_DIR")).join("shaders"), "", &mut files);
    assert!(!files.is_empty());
    files
}

#[test]
fn every_kernel_keeps_its_contract() {
    let mut found = Vec::new();
    for kernel in kernels::all() {
        found.extend(
            complaints(&Facts::from(kernel)).into_iter().map(|complaint| format!("{}: {complaint}", kernel.path)),
        );
    }
    for (name, source) in LIBRARY {
        found.extend(file_complaints(source).into_iter().map(|complaint| format!("{name}: {complaint}")));
        if ["@group", "@compute"].iter().any(|word| source.contains(word)) {
            found.push(format!("{name}: a library file has no bindings and no entry points"));
        }
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn no_shader_is_orphaned_and_no_kernel_unlisted() {
    let kernels: Vec<_> = kernels::all().iter().map(|kernel| kernel.path).collect();
    let library: Vec<_> = LIBRARY.iter().map(|(name, _)| *name).collect();
    let found = table_complaints(&shader_files(), &kernels, &library);
    assert!(found.is_empty(), "{}", found.join("\n"));
}

const GOOD: &str = "// y[i] = 2 x[i]
// use: lib/grid
struct Params { count: u32, scale: f32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;
override WG: u32 = 64;
var<workgroup> sh_x: array<f32, WG>;
@compute @workgroup_size(WG)
fn double(@builtin(workgroup_id) wg: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>, @builtin(local_invocation_index) lid: u32) {
    let i = flat_index(wg, groups, lid, WG);
    if (i >= params.count) { return; }
    sh_x[lid] = x[i];
    y[i] = params.scale * sh_x[lid];
}
";

fn facts(source: &str) -> Facts<'_> {
    let bindings = &[Access::Read, Access::Write];
    Facts { path: "nn/double", source, params: 8, bindings, features: wgpu::Features::empty() }
}

/// A change to the good file, and how the complaint about it begins.
const DOCTORED: &[(&str, &str, &str)] = &[
    ("// y[i] = 2 x[i]\n", "", "header:"),
    ("// y[i] = 2 x[i]\n", "struct First { a: u32 }\n", "header:"),
    ("lib/grid", "lib/gird", "composes:"),
    ("let i =", "let i ==", "parses:"),
    ("y[i] = params.scale * sh_x[lid]", "y[i] = params.count", "parses:"),
    // Valid WGSL as a grammar, but not a program: the barrier is not in uniform control flow's reach of a pointer.
    ("@compute @workgroup_size(WG)", "@fragment", "validates:"),
    ("y[i] = params.scale * sh_x[lid]", "y[i] = subgroupAdd(sh_x[lid])", "validates:"),
    ("fn double(", "fn main(", "entry point:"),
    ("override WG", "@compute @workgroup_size(1) fn second() { }\noverride WG", "entry point:"),
    ("count: u32, scale: f32", "count: u32, scale: f32, more: u32", "params: 12 bytes"),
    ("count: u32, scale: f32", "count: i32, scale: f32", "params: count is neither"),
    ("count: u32, scale: f32", "scale: f32, count: u32, four: vec4<f32>", "params: four is neither"),
    ("var<uniform> params", "var<storage, read> params", "params: slot 0"),
    ("var<storage, read> x", "var<storage, read_write> x", "bindings: [(1, Some(Write))"),
    ("@group(0) @binding(2)", "@group(0) @binding(3)", "bindings: [(1, Some(Read)), (3,"),
    ("@group(0) @binding(2)", "@group(1) @binding(2)", "bindings: @group(1)"),
    ("override WG: u32 = 64", "override WG: u32 = 512", "workgroup size: 512"),
    ("override WG: u32 = 64", "override WG: u32", "overrides:"),
    ("array<f32, WG>", "array<vec4<f32>, 1025>", "workgroup memory: 16400"),
];

#[test]
fn each_rule_is_seen_to_fail() {
    assert_eq!(complaints(&facts(GOOD)), [""; 0]);
    for (from, to, complaint) in DOCTORED {
        assert!(GOOD.contains(from), "{from}");
        let found = complaints(&facts(&GOOD.replace(from, to)));
        assert!(found.iter().any(|found| found.starts_with(complaint)), "{to}: {complaint} is not among {found:?}");
    }
    let long = format!("{GOOD}{}", "\n".repeat(MOST_LINES));
    assert!(complaints(&facts(&long))[0].starts_with("length:"));
}

#[test]
fn what_rust_says_is_seen_to_fail() {
    let begins = |facts: Facts<'_>, complaint: &str| {
        let found = complaints(&facts);
        assert!(found.iter().any(|found| found.starts_with(complaint)), "{complaint} is not among {found:?}");
    };
    begins(Facts { params: 12, ..facts(GOOD) }, "params: 8 bytes in the shader, 12 in Rust");
    begins(Facts { bindings: &[Access::Read], ..facts(GOOD) }, "bindings:");
    begins(Facts { bindings: &[Access::Write, Access::Read], ..facts(GOOD) }, "bindings:");
    begins(Facts { path: "nn/triple", ..facts(GOOD) }, "entry point:");
    begins(Facts { features: wgpu::Features::SHADER_F64, ..facts(GOOD) }, "features:");
    // Nine storage buffers, and Rust agrees.
    let more: String =
        (3..10).map(|i| format!("@group(0) @binding({i}) var<storage, read> x{i}: array<f32>;\n")).collect();
    let nine = GOOD.replace("override WG", &format!("{more}override WG"));
    let bindings = [&[Access::Read, Access::Write][..], &[Access::Read; 7]].concat();
    begins(Facts { bindings: &bindings, ..facts(&nine) }, "bindings: 9 storage buffers");
}

/// Subgroups validate and translate where the kernel says that it needs them; to GLSL ES they never do.
#[test]
fn languages_are_exempt_by_feature_alone() {
    let source = GOOD.replace("params.scale * sh_x[lid]", "subgroupAdd(sh_x[lid])");
    let with = Facts { features: wgpu::Features::SUBGROUP, ..facts(&source) };
    assert_eq!(complaints(&with), [""; 0]);
    let composed = compose("nn/double", &source).unwrap();
    let module = naga::front::wgsl::parse_str(&composed.source).unwrap();
    let info = Validator::new(ValidationFlags::all(), Capabilities::SUBGROUP).validate(&module).unwrap();
    let (module, info) = process_overrides(&module, &info, None, &PipelineConstants::default()).unwrap();
    assert!(translate("GLSL ES 3.10", &module, &info, "double").is_err());
    assert!(translate("SPIR-V", &module, &info, "no_such_entry").is_err());
}

#[test]
fn tables_are_seen_to_fail() {
    let files = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
    assert_eq!(table_complaints(&files(&["nn/a", "lib/b"]), &["nn/a"], &["lib/b"]), [""; 0]);
    assert_eq!(table_complaints(&files(&["nn/a", "nn/c"]), &["nn/a"], &[]), ["shaders/nn/c.wgsl is in no table"]);
    assert_eq!(table_complaints(&files(&[]), &["nn/a"], &[]), ["nn/a is in a table, but there is no such file"]);
    let twice = table_complaints(&files(&["nn/a", "signal/a"]), &["nn/a", "signal/a"], &[]);
    assert_eq!(twice, ["signal/a and nn/a have the same stem, or one is listed twice"]);
    assert_eq!(table_complaints(&files(&["nn/a"]), &["nn/a", "nn/a"], &[]).len(), 1);
}
