//! Imports point to lower layers only, and the rooms that also have to run in a browser use no threads, no files and no
//! output.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Imports between rooms of one layer that are meant: (from, to).
const NEIGHBOURS: &[(&str, &str)] = &[
    // layer 0: shapes are refused with errors
    ("shape", "error"),
    // layer 5: a model file knows the networks and the vote's thresholds; predictions load one and wait for the device
    ("pictures", "blocking"),
    ("predict", "blocking"),
    ("predict", "weights"),
    ("weights", "models"),
    ("weights", "vote"),
    // layer 6: training reads songs and measures
    ("train", "data"),
    ("train", "metrics"),
    // layer 7: commands print reports
    ("cli", "report"),
];

/// Rooms without threads, files, output and blocking waits.
const QUIET: &[&str] = &["gpu", "graph", "plan", "kernels", "nn", "signal", "models", "vote"];
const LOUD: &[&str] = &["std::thread", "std::fs", "println!", "print!", "eprintln!", "eprint!", "pollster"];

/// Names at the crate's root that are not rooms, and the rooms they come from.
const ROOT: &[(&str, &str)] = &[("Error", "error"), ("Result", "error"), ("kernel", "gpu"), ("wgpu", "error")];

/// Each room's layer, from the comments of src/lib.rs.
fn layers(lib: &str) -> BTreeMap<String, u32> {
    let mut layer = 0;
    let mut rooms = BTreeMap::new();
    for line in lib.lines() {
        if let Some(number) = line.strip_prefix("// layer ") {
            layer = number.trim().parse().unwrap();
        } else if let Some(room) = line.strip_prefix("pub mod ") {
            rooms.insert(room.trim_end_matches(';').to_owned(), layer);
        }
    }
    rooms
}

/// The text without comments and with one space for every run of white space.
fn code(text: &str) -> String {
    let lines = text.lines().map(|line| if line.trim_start().starts_with("//") { "" } else { line });
    lines.flat_map(str::split_whitespace).collect::<Vec<_>>().join(" ")
}

/// Every path that begins with `head`, groups taken apart: `head::{a::b, c}` gives `a::b` and `c`.
fn tails(code: &str, head: &str) -> Vec<String> {
    let is_name = |c: char| c.is_alphanumeric() || c == '_';
    let mut found = Vec::new();
    for (at, _) in code.match_indices(head) {
        if code[..at].ends_with(|c| is_name(c) || c == ':' || c == '$') {
            continue;
        }
        let rest = &code[at + head.len()..];
        if let Some(group) = rest.strip_prefix('{') {
            let mut depth = 0;
            let mut item = String::new();
            for c in group.chars() {
                match c {
                    '}' if depth == 0 => break,
                    ',' if depth == 0 => found.push(std::mem::take(&mut item)),
                    _ => item.push(c),
                }
                depth += i32::from(c == '{') - i32::from(c == '}');
            }
            found.push(item);
        } else {
            found.push(rest.chars().take_while(|&c| is_name(c) || c == ':').collect());
        }
    }
    found.into_iter().map(|item| item.trim().to_owned()).filter(|item| !item.is_empty()).collect()
}

/// The rooms that a file names: by `crate::`, or by as many `super::` as lead out of its own room.
fn imports(file: &str, code: &str) -> Vec<String> {
    let inside = file.trim_end_matches(".rs").split('/').filter(|part| *part != "mod").count();
    let up = "super::".repeat(inside);
    let first = |path: String| path.split([':', ' ']).next().unwrap_or_default().to_owned();
    [tails(code, "crate::"), tails(code, &up)].concat().into_iter().map(first).collect()
}

fn import_complaints(file: &str, text: &str, layers: &BTreeMap<String, u32>) -> Vec<String> {
    let room = file.split(['/', '.']).next().unwrap_or_default();
    let Some(own) = layers.get(room) else {
        return vec![format!("{file}: {room} is not declared in src/lib.rs")];
    };
    let mut found = Vec::new();
    for name in imports(file, &code(text)) {
        let to = ROOT.iter().find(|(root, _)| *root == name).map_or(name.as_str(), |(_, room)| room);
        match layers.get(to) {
            _ if to == room => {}
            Some(layer) if layer < own => {}
            Some(layer) if layer == own && NEIGHBOURS.contains(&(room, to)) => {}
            Some(layer) => found.push(format!("{file}: layer {own} imports {to} of layer {layer}")),
            None => found.push(format!("{file}: crate::{name} is no room and not at the crate's root")),
        }
    }
    found
}

fn noise_complaints(file: &str, text: &str) -> Vec<String> {
    let room = file.split(['/', '.']).next().unwrap_or_default();
    if !QUIET.contains(&room) {
        return Vec::new();
    }
    let code = code(text);
    let grouped = tails(&code, "std::").into_iter().map(|path| format!("std::{path}")).collect::<Vec<_>>();
    let says = |word: &str| match word.starts_with("std::") {
        true => grouped.iter().any(|path| path == word || path.starts_with(&format!("{word}::"))),
        false => {
            code.match_indices(word).any(|(at, _)| !code[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_'))
        }
    };
    LOUD.iter().filter(|word| says(word)).map(|word| format!("{file}: {word}")).collect()
}

fn source() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}

/// Every source file but the crate's two doors: (path below src/, text).
fn files() -> Vec<(String, String)> {
    fn walk(folder: &Path, files: &mut Vec<(String, String)>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                walk(&path, files);
            } else if path.extension().is_some_and(|ending| ending == "rs") {
                let name = path.strip_prefix(source()).unwrap().to_str().unwrap().replace('\\', "/");
                files.push((name, std::fs::read_to_string(&path).unwrap()));
            }
        }
    }
    let mut all = Vec::new();
    walk(&source(), &mut all);
    all.retain(|(name, _)| name != "lib.rs" && name != "main.rs");
    assert!(all.len() > 20, "the walk found {} files", all.len());
    all
}

#[test]
fn imports_point_to_lower_layers() {
    let layers = layers(&std::fs::read_to_string(source().join("lib.rs")).unwrap());
    let found: Vec<_> = files().iter().flat_map(|(name, text)| import_complaints(name, text, &layers)).collect();
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn meant_neighbours_are_neighbours() {
    let layers = layers(&std::fs::read_to_string(source().join("lib.rs")).unwrap());
    for (from, to) in NEIGHBOURS {
        assert_eq!(layers.get(*from), layers.get(*to), "{from} and {to} are not of one layer: the row is not needed");
        let used = files().iter().any(|(name, text)| {
            name.split(['/', '.']).next() == Some(from) && imports(name, &code(text)).iter().any(|room| room == to)
        });
        assert!(used || *to == "error", "{from} does not import {to}: the row is not needed");
    }
}

#[test]
fn quiet_rooms_are_quiet() {
    let found: Vec<_> = files().iter().flat_map(|(name, text)| noise_complaints(name, text)).collect();
    assert!(found.is_empty(), "{}", found.join("\n"));
}

const LIB: &str = "pub mod error;\npub mod shape;\n// layer 1\npub mod gpu;\n// layer 2\npub mod graph;\npub mod kernels;\n// layer 3\n\
                   pub mod plan;\n";

#[test]
fn wrong_imports_are_seen() {
    let layers = layers(LIB);
    assert_eq!(layers["shape"], 0);
    assert_eq!(layers["plan"], 3);
    let rows: &[(&str, &str, usize)] = &[
        (
            "plan/lower.rs",
            "use crate::graph::Graph;\nuse crate::kernels::{gemm, reduce};\nlet e = crate::Error::Gpu;",
            0,
        ),
        (
            "kernels/gemm.rs",
            "use crate::gpu::Kernel; use crate::kernel; use super::movement; use crate::kernels::reduce;",
            0,
        ),
        ("shape/mod.rs", "use crate::error::Error;", 0),
        ("gpu/mod.rs", "// use crate::plan;\n/// [`crate::plan::Plan`]\nuse crate::shape;", 0),
        ("gpu/mod.rs", "use crate::plan::Plan;", 1),
        ("gpu/mod.rs", "use crate::{error::Error, plan::{Plan, Step}, graph};", 2),
        ("gpu/mod.rs", "fn f(x: crate::graph::Id) {}", 1),
        ("gpu/mod.rs", "use super::graph::Id;", 1),
        ("gpu/deep/er.rs", "use super::super::super::graph::Id; use super::super::tensor;", 1),
        ("kernels/gemm.rs", "use crate::graph::Graph;", 1),
        ("kernels/gemm.rs", "use crate::thing;", 1),
        ("error.rs", "use crate::shape::Shape;", 1),
        ("attic/mod.rs", "", 1),
    ];
    for (file, text, count) in rows {
        let found = import_complaints(file, text, &layers);
        assert_eq!(found.len(), *count, "{file}: {text}: {found:?}");
    }
}

#[test]
fn noise_is_heard() {
    let rows: &[(&str, &str, usize)] = &[
        ("gpu/mod.rs", "use std::sync::Arc; // std::fs", 0),
        ("gpu/mod.rs", "/// println!(\"x\")\nfn f() {}", 0),
        ("audio/mod.rs", "use std::fs::File;", 0),
        ("gpu/mod.rs", "use std::fs::File;", 1),
        ("gpu/mod.rs", "std::thread::spawn(f);", 1),
        ("gpu/mod.rs", "use std::{sync::Arc, fs};", 1),
        ("vote.rs", "println!(\"{x}\");", 1),
        ("nn/init.rs", "eprintln!(\"{x}\");", 1),
        ("plan/mod.rs", "pollster::block_on(f)", 1),
    ];
    for (file, text, count) in rows {
        let found = noise_complaints(file, text);
        assert_eq!(found.len(), *count, "{file}: {text}: {found:?}");
    }
}
