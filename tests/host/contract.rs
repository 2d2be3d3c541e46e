//! The kernel contract, for every shader file and without a GPU.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use naga::back::PipelineConstants;
use naga::valid::{Capabilities, ValidationFlags, Validator};
use naga::{AddressSpace, Module, Override, ScalarKind, ShaderStage, StorageAccess, TypeInner};
use tunevote::gpu::{Access, LIBRARY, compose};

use params::Field;

mod params;
use tunevote::wgpu;

/// What the Rust side says of a kernel.
struct Facts<'a> {
    path: &'a str,
    source: &'a str,
    params: usize,
    /// The uniform's fields in order, arrays taken apart; `None` where the source does not say.
    fields: Option<&'a [Field]>,
    bindings: &'a [Access],
    subgroups: bool,
}

const MOST_LINES: usize = 220;

/// Everything that the contract asks of one kernel; the first thing that is wrong.
fn check(facts: &Facts<'_>) -> Result<(), String> {
    let stem = facts.path.rsplit('/').next().unwrap();
    if !facts.source.starts_with("// ") {
        return Err("has no header comment".into());
    }
    if facts.source.lines().count() > MOST_LINES {
        return Err(format!("has more than {MOST_LINES} lines"));
    }
    let text = compose(facts.path, facts.source).map_err(|error| error.to_string())?.source;
    let module = naga::front::wgsl::parse_str(&text).map_err(|error| error.emit_to_string(&text))?;
    // Packed halves are core WGSL; only OpenGL ES lacks them.
    let portable = Capabilities::SHADER_FLOAT16_IN_FLOAT32;
    let capabilities = if facts.subgroups { portable | Capabilities::SUBGROUP } else { portable };
    let valid = |module: &Module| {
        Validator::new(ValidationFlags::all(), capabilities).validate(module).map_err(|error| format!("{error:?}"))
    };
    let info = valid(&module)?;
    if module.entry_points.len() != 1 || module.entry_points[0].name != stem {
        let names: Vec<_> = module.entry_points.iter().map(|entry| entry.name.as_str()).collect();
        return Err(format!("should have the one entry point {stem}, has {names:?}"));
    }
    for constants in constants(&module)? {
        let with =
            |problem: String| if constants.is_empty() { problem } else { format!("{problem} with {constants:?}") };
        let (fixed, info) = naga::back::pipeline_constants::process_overrides(&module, &info, None, &constants)
            .map_err(|error| with(format!("{error:?}")))?;
        if constants.is_empty() {
            bindings(&fixed, facts)?;
        }
        limits(&fixed).map_err(with)?;
        translate(&fixed, &info, stem, facts.subgroups).map_err(with)?;
    }
    Ok(())
}

/// Values that the host gives to numbers among the `override` constants. Those of the transform go together: see [`FFT`].
const NUMBERS: &[(&str, &[f64])] = &[
    ("WG", &[1.0, 32.0, 64.0, 128.0, 256.0]),
    ("TEAM", &[1.0, 32.0]),
    ("KIND", &[0.0, 1.0, 2.0]),
    ("SWAP", &[0.0, 1.0]),
    ("BLOCK4", &[2.0, 8.0, 16.0, 64.0]),
    ("SHIFT", &[0.0, 1.0, 2.0, 3.0]),
    ("STRIDE", &[1.0, 2.0]),
    ("FOURS", &[2.0, 4.0]),
    ("LOADS", &[2.0, 3.0, 4.0, 5.0, 6.0]),
    ("DY_LOADS", &[2.0, 3.0, 4.0, 5.0]),
    ("SLIDE", &[0.0, 1.0, 2.0, 4.0]),
    ("ACTIVATION", &[0.0, 11.0, 12.0, 13.0, 14.0, 15.0, 17.0, 21.0]),
    ("F", &CODES),
    ("F0", &CODES),
    ("F1", &CODES),
    ("F2", &CODES),
    ("F3", &CODES),
    ("F4", &CODES),
    ("F5", &CODES),
];

/// One code that no function has, too.
const CODES: [f64; 22] = {
    let mut codes = [0.0; 22];
    let mut code = 1;
    while code < codes.len() {
        codes[code] = code as f64;
        code += 1;
    }
    codes
};

/// `POINTS`, `FRAMES` and `STRETCH` for frames of 16, 128, 256, 1024, 2048 and 4096 samples.
const FFT: &[[f64; 3]] = &[
    [128.0, 16.0, 16.0],
    [128.0, 16.0, 2.0],
    [128.0, 16.0, 1.0],
    [512.0, 4.0, 1.0],
    [1024.0, 2.0, 1.0],
    [2048.0, 1.0, 1.0],
];

/// Sets of `override` constants: none, then one number at a time, then every combination of the flags. An error for a number
/// whose values are not known here.
fn constants(module: &Module) -> Result<Vec<PipelineConstants>, String> {
    let mut sets = vec![PipelineConstants::default()];
    let named = |names: &[(&str, f64)]| names.iter().map(|(name, value)| ((*name).to_owned(), *value)).collect();
    let mut flags = Vec::new();
    for (_, Override { name, ty, init, .. }) in module.overrides.iter() {
        let name = name.as_deref().ok_or("has an override without a name")?;
        let derived = init.is_some_and(|init| !matches!(module.global_expressions[init], naga::Expression::Literal(_)));
        if matches!(&module.types[*ty].inner, TypeInner::Scalar(scalar) if scalar.kind == ScalarKind::Bool) {
            flags.push(name);
        } else if name == "POINTS" {
            sets.extend(FFT.iter().map(|[points, frames, _]| named(&[("POINTS", *points), ("FRAMES", *frames)])));
        } else if name == "STRETCH" {
            let all = |fft: &[f64; 3]| named(&[("POINTS", fft[0]), ("FRAMES", fft[1]), ("STRETCH", fft[2])]);
            sets.extend(FFT.iter().map(all));
        } else if !derived && name != "FRAMES" {
            let known = NUMBERS.iter().find(|(known, _)| *known == name);
            let (_, values) = known.ok_or_else(|| format!("has the override {name}, whose values are not known"))?;
            sets.extend(values.iter().map(|value| named(&[(name, *value)])));
        }
    }
    for bits in 1..1_usize << flags.len() {
        let on = |at: usize| f64::from(u8::from(bits >> at & 1 == 1));
        sets.push(flags.iter().enumerate().map(|(at, flag)| ((*flag).to_owned(), on(at))).collect());
    }
    // A flag that is on unless said otherwise.
    sets.extend(flags.iter().map(|flag| named(&[(*flag, 0.0)])));
    Ok(sets)
}

fn bindings(module: &Module, facts: &Facts<'_>) -> Result<(), String> {
    let mut slots = BTreeMap::new();
    for (_, variable) in module.global_variables.iter() {
        if let Some(binding) = &variable.binding {
            if binding.group != 0 {
                return Err(format!("binds group {}", binding.group));
            }
            slots.insert(binding.binding, variable);
        }
    }
    let uniform = slots.remove(&0).ok_or("binds nothing in slot 0")?;
    if uniform.space != AddressSpace::Uniform {
        return Err("slot 0 is not a uniform".into());
    }
    let TypeInner::Struct { members, span } = &module.types[uniform.ty].inner else {
        return Err("slot 0 is not a struct".into());
    };
    for member in members {
        let word = matches!(&module.types[member.ty].inner,
            TypeInner::Scalar(scalar) if scalar.width == 4 && scalar.kind != ScalarKind::Bool);
        if !word {
            return Err(format!("{:?} of slot 0 is not a 32-bit number", member.name));
        }
    }
    if *span as usize != facts.params {
        return Err(format!("has parameters of {span} bytes, the Rust side of {}", facts.params));
    }
    if let Some(fields) = facts.fields {
        params::same(module, members, fields)?;
    }
    let theirs: Vec<_> = slots
        .iter()
        .map(|(slot, variable)| match variable.space {
            AddressSpace::Storage { access } if access == StorageAccess::LOAD => (*slot, Some(Access::Read)),
            AddressSpace::Storage { .. } => (*slot, Some(Access::Write)),
            _ => (*slot, None),
        })
        .collect();
    let ours: Vec<_> = facts.bindings.iter().zip(1..).map(|(access, slot)| (slot, Some(*access))).collect();
    if theirs != ours {
        return Err(format!("binds {theirs:?}, the Rust side says {ours:?}"));
    }
    if ours.len() > 8 {
        return Err(format!("binds {} storage buffers, 8 are portable", ours.len()));
    }
    Ok(())
}

fn limits(module: &Module) -> Result<(), String> {
    let invocations: u32 = module.entry_points[0].workgroup_size.iter().product();
    if invocations > 256 {
        return Err(format!("has {invocations} invocations a workgroup, 256 are portable"));
    }
    let mut layouter = naga::proc::Layouter::default();
    layouter.update(module.to_ctx()).map_err(|error| error.to_string())?;
    let shared = module.global_variables.iter().filter(|(_, variable)| variable.space == AddressSpace::WorkGroup);
    let bytes: u32 = shared.map(|(_, variable)| layouter[variable.ty].size).sum();
    if bytes > 16_384 {
        return Err(format!("uses {bytes} bytes of workgroup memory, 16,384 are portable"));
    }
    Ok(())
}

/// SPIR-V, MSL and HLSL for all; GLSL ES for those without subgroups, which it does not have.
fn translate(module: &Module, info: &naga::valid::ModuleInfo, stem: &str, subgroups: bool) -> Result<(), String> {
    let version = if subgroups { (1, 3) } else { (1, 0) };
    let options = naga::back::spv::Options { lang_version: version, ..Default::default() };
    naga::back::spv::write_vec(module, info, &options, None).map_err(|error| format!("SPIR-V: {error}"))?;
    let version = if subgroups { (2, 4) } else { (2, 0) };
    let options = naga::back::msl::Options { lang_version: version, fake_missing_bindings: true, ..Default::default() };
    naga::back::msl::write_string(module, info, &options, &Default::default())
        .map_err(|error| format!("MSL: {error}"))?;
    let options = naga::back::hlsl::Options {
        shader_model: naga::back::hlsl::ShaderModel::V6_0,
        fake_missing_bindings: true,
        ..Default::default()
    };
    naga::back::hlsl::Writer::new(&mut String::new(), &options, &Default::default())
        .write(module, info, None)
        .map_err(|error| format!("HLSL: {error}"))?;
    if !subgroups {
        let options = naga::back::glsl::Options {
            version: naga::back::glsl::Version::Embedded { version: 310, is_webgl: false },
            ..Default::default()
        };
        let pipeline = naga::back::glsl::PipelineOptions {
            shader_stage: ShaderStage::Compute,
            entry_point: stem.to_owned(),
            multiview: None,
        };
        let mut text = String::new();
        naga::back::glsl::Writer::new(&mut text, module, info, &options, &pipeline, Default::default())
            .and_then(|mut writer| writer.write())
            .map_err(|error| format!("GLSL ES: {error}"))?;
    }
    Ok(())
}

fn shader_files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            shader_files(&path, found);
        } else {
            assert_eq!(path.extension().unwrap(), "wgsl", "{} does not belong here", path.display());
            found.push(path);
        }
    }
}

#[test]
fn every_kernel_keeps_the_contract() {
    let mut wrong = Vec::new();
    let fields = params::of_kernels();
    for kernel in tunevote::kernels::all() {
        let facts = Facts {
            fields: Some(
                fields.get(kernel.path).unwrap_or_else(|| panic!("no parameters of {} were found", kernel.path)),
            ),
            path: kernel.path,
            source: kernel.source,
            params: kernel.params,
            bindings: kernel.bindings,
            subgroups: kernel.features.contains(wgpu::Features::SUBGROUP),
        };
        if let Err(problem) = check(&facts) {
            wrong.push(format!("{}: {problem}", kernel.path));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_file_is_listed_once() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("shaders");
    let mut files = Vec::new();
    shader_files(&root, &mut files);
    let name =
        |path: &PathBuf| path.strip_prefix(&root).unwrap().with_extension("").to_str().unwrap().replace('\\', "/");
    let on_disk: BTreeSet<String> = files.iter().map(name).collect();
    let kernels = tunevote::kernels::all();
    let listed: BTreeSet<String> = kernels
        .iter()
        .map(|kernel| kernel.path.to_owned())
        .chain(LIBRARY.iter().map(|(name, _)| (*name).to_owned()))
        .collect();
    assert_eq!(on_disk, listed);
    let stems: BTreeSet<_> = kernels.iter().map(|kernel| kernel.name()).collect();
    assert_eq!(stems.len(), kernels.len(), "two kernels have one name");
    for (name, text) in LIBRARY {
        assert!(!text.contains("@compute") && !text.contains("@group"), "{name} is more than helpers");
    }
}

#[test]
fn an_error_names_its_own_file_and_line() {
    let composed = compose("nn/x", "// use: lib/grid\nfn broken( {}\n").unwrap();
    let last = composed.source.lines().count() as u32;
    assert_eq!(composed.origin(last), ("shaders/nn/x.wgsl", 2));
    assert_eq!(composed.origin(1), ("shaders/lib/grid.wgsl", 1));
    assert!(compose("nn/x", "\n// use: lib/none\n").unwrap_err().to_string().starts_with("shaders/nn/x.wgsl:2:"));
}

/// A kernel that is right, and doctored ones, each wrong in one way.
const RIGHT: &str = "// y[i] = x[i]
struct Params { count: u32, scale: f32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;
override WG: u32 = 64;
@compute @workgroup_size(WG)
fn right(@builtin(global_invocation_id) id: vec3<u32>) {
    if (id.x < params.count) { y[id.x] = params.scale * x[id.x]; }
}
";

#[test]
fn each_check_fails_on_what_it_is_for() {
    let fields = params::of_struct("struct Params {\n    count: u32,\n    scale: f32,\n}", "Params");
    let verdict = |path: &str, source: &str, params: usize, bindings: &[Access]| {
        check(&Facts { path, source, params, fields: Some(&fields), bindings, subgroups: false })
    };
    let both = [Access::Read, Access::Write];
    verdict("nn/right", RIGHT, 8, &both).unwrap();
    let doctored: &[(&str, &str, &str)] = &[
        ("// y[i] = x[i]\n", "", "header"),
        ("fn right", "fn main", "entry point"),
        ("scale: f32", "scale: f32, pair: vec2<f32>", "32-bit number"),
        ("var<storage, read> x", "var<storage, read_write> x", "binds"),
        ("@group(0) @binding(1)", "@group(1) @binding(1)", "group 1"),
        ("count: u32, scale: f32", "scale: f32, count: u32", "scale"),
        ("scale: f32", "slope: f32", "slope"),
        ("count: u32, scale: f32 }", "count: i32, scale: f32 }", "Sint"),
        ("WG: u32 = 64", "WG: u32 = 512", "invocations"),
        // Only at the largest of the values that the host gives.
        ("size(WG)", "size(WG, 2)", "invocations"),
        ("WG: u32 = 64;", "WG: u32 = 64; override ODD: u32 = 3;", "ODD"),
        (
            "WG: u32 = 64;",
            "WG: u32 = 64; override DEEP: bool = false; override M: u32 = select(1u, 9000u, DEEP);\nvar<workgroup> far: array<f32, M>;",
            "workgroup memory",
        ),
        ("override WG", "var<workgroup> big: array<f32, 5000>;\noverride WG", "workgroup memory"),
        ("params.scale *", "params.scale + subgroupAdd(1.0) *", "Capabilities"),
        ("y[id.x] =", "y[id.x] == ", "expected"),
    ];
    for (from, to, says) in doctored {
        let source = RIGHT.replacen(from, to, 1);
        let source = match *says {
            "workgroup memory" if source.contains("big") => source.replace("params.scale *", "big[0] *"),
            "workgroup memory" => source.replace("params.scale *", "far[0] *"),
            "slope" => source.replace("params.scale", "params.slope"),
            _ => source,
        };
        let problem = verdict("nn/right", &source, 8, &both).expect_err(says);
        assert!(problem.contains(says), "{says}: {problem}");
    }
    assert!(verdict("nn/right", RIGHT, 12, &both).unwrap_err().contains("12"));
    assert!(verdict("nn/right", RIGHT, 8, &[Access::Read]).unwrap_err().contains("binds"));
    assert!(verdict("nn/right", &(RIGHT.to_owned() + &"\n".repeat(300)), 8, &both).unwrap_err().contains("lines"));
}
