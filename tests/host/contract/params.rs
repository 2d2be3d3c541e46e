//! The uniforms of the kernels as the Rust side has them, read from its source as `layers` reads the imports: names and kinds
//! of fields are nowhere else.

use std::collections::BTreeMap;
use std::path::Path;

use naga::{Module, ScalarKind, StructMember, TypeInner};

/// A 32-bit number of a uniform.
#[derive(Clone, Debug, PartialEq)]
pub struct Field {
    name: String,
    /// Position in the array that it is an element of, and how long that is.
    element: Option<(usize, usize)>,
    kind: ScalarKind,
}

/// What a shader may call the elements of an array of the Rust side; else they are `NAME_h` and `NAME_w`, of three with `NAME_d` before.
const ARRAYS: &[(&str, &[&str])] = &[
    ("dims", &["d1", "d2", "d3", "d4", "d5"]),
    ("a", &["a0", "a1", "a2", "a3", "a4", "a5"]),
    ("b", &["b0", "b1", "b2", "b3", "b4", "b5"]),
    ("x", &["x0", "x1", "x2", "x3", "x4", "x5"]),
    ("y", &["y0", "y1", "y2", "y3", "y4", "y5"]),
    ("values", &["a0", "b0", "a1", "b1", "a2", "b2", "a3", "b3", "a4", "b4", "a5", "b5"]),
    ("kept_dims", &["k1", "k2"]),
    ("kept_strides", &["ks0", "ks1", "ks2"]),
    ("reduced_dims", &["r1", "r2"]),
    ("reduced_strides", &["rs0", "rs1", "rs2"]),
    ("input", &["h", "w"]),
    ("out", &["oh", "ow"]),
    ("out", &["rows", "columns"]),
    ("output", &["oh", "ow"]),
    ("kernel", &["kh", "kw"]),
    ("stride", &["sh", "sw"]),
    ("betas", &["beta1", "beta2"]),
    ("rests", &["rest1", "rest2"]),
    ("logs", &["log1", "log2"]),
    ("before", &["top", "left"]),
    ("image", &["h", "w"]),
    ("factor", &["fh", "fw"]),
    ("input", &["d", "h", "w"]),
    ("out", &["od", "oh", "ow"]),
    ("out", &["slices", "rows", "columns"]),
    ("before", &["front", "top", "left"]),
];

/// Two numbers that each shader with this uniform calls by what they are: limits, or mean and deviation.
const ALIASES: &[(&str, &[&str])] = &[("first", &["low", "mean"]), ("second", &["high", "deviation"])];

/// Whether a shader's member may stand for this field.
fn stands_for(member: &str, field: &Field) -> bool {
    let Some((element, of)) = field.element else {
        let alias = |(name, aliases): &(&str, &[&str])| *name == field.name && aliases.contains(&member);
        return member == field.name || ALIASES.iter().any(alias);
    };
    let mut listed = ARRAYS.iter().filter(|(name, _)| *name == field.name);
    let sides: &[&str] = if of == 3 { &["d", "h", "w"] } else { &["h", "w"] };
    let side = sides.get(element).map(|side| format!("{}_{side}", field.name));
    let listed = listed.any(|(_, names)| names.len() == of && names.get(element) == Some(&member));
    listed || side.is_some_and(|name| name == member)
}

/// Checks names, kinds and offsets of a shader's uniform.
pub fn same(module: &Module, members: &[StructMember], fields: &[Field]) -> Result<(), String> {
    for (at, (member, field)) in members.iter().zip(fields).enumerate() {
        let name = member.name.as_deref().unwrap_or_default();
        let TypeInner::Scalar(scalar) = module.types[member.ty].inner else {
            return Err(format!("{name} is no scalar"));
        };
        if !stands_for(name, field) || scalar.kind != field.kind || member.offset as usize != 4 * at {
            let theirs = format!("{name} ({:?}, at byte {})", scalar.kind, member.offset);
            return Err(format!("has {theirs} where the Rust side has {field:?} at byte {}", 4 * at));
        }
    }
    if members.len() != fields.len() {
        return Err(format!("has {} parameters, the Rust side {}", members.len(), fields.len()));
    }
    Ok(())
}

/// The fields of the struct `name` in a source; structs in it are taken apart too.
pub fn of_struct(source: &str, name: &str) -> Vec<Field> {
    let (_, rest) = source.split_once(&format!("struct {name} {{\n")).unwrap_or_else(|| panic!("no struct {name}"));
    let (body, _) = rest.split_once('}').unwrap();
    let declared = body.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with("//"));
    declared
        .flat_map(|line| {
            let (field, ty) = line.trim_start_matches("pub ").trim_end_matches(',').split_once(": ").unwrap();
            elements(source, field, ty)
        })
        .collect()
}

fn elements(source: &str, name: &str, ty: &str) -> Vec<Field> {
    let (mut ty, mut count, mut array) = (ty, 1, false);
    while let Some((inner, length)) = ty.strip_prefix('[').and_then(|ty| ty.strip_suffix(']')?.rsplit_once("; ")) {
        count *= length.parse().unwrap_or_else(|_| constant(source, length));
        (ty, array) = (inner, true);
    }
    let kind = match ty {
        "u32" => ScalarKind::Uint,
        "i32" => ScalarKind::Sint,
        "f32" => ScalarKind::Float,
        inner => return of_struct(source, inner),
    };
    (0..count).map(|at| Field { name: name.to_owned(), element: array.then_some((at, count)), kind }).collect()
}

fn constant(source: &str, name: &str) -> usize {
    let (_, rest) = source.split_once(&format!("const {name}: usize = ")).unwrap_or_else(|| panic!("no const {name}"));
    rest.split_once(';').unwrap().0.parse().unwrap()
}

/// The fields of every kernel's uniform, by the shader's path.
pub fn of_kernels() -> BTreeMap<String, Vec<Field>> {
    let mut all = BTreeMap::new();
    for entry in std::fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("src/kernels")).unwrap() {
        let source = std::fs::read_to_string(entry.unwrap().path()).unwrap();
        for (at, call) in source.match_indices("kernel!(") {
            let mut arguments = source[at + call.len()..].split(',').map(str::trim);
            let (path, name) = (arguments.next().unwrap().trim_matches('"'), arguments.next().unwrap());
            all.insert(path.to_owned(), of_struct(&source, name));
        }
    }
    all
}
