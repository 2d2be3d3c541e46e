//! Rooms import from lower layers only, and the rooms that will run in a browser use no threads, files or waits.

use std::collections::BTreeMap;
use std::path::Path;

/// Every room's layer, as ARCHITECTURE.md has them.
const LAYERS: &[(u8, &[&str])] = &[
    (0, &["error", "shape"]),
    (1, &["gpu", "reference"]),
    (2, &["graph", "kernels"]),
    (3, &["plan"]),
    (4, &["nn", "signal"]),
    (5, &["audio", "blocking", "models", "pictures", "predict", "vote", "weights"]),
    (
        6,
        &[
            "classify", "data", "doctor", "explain", "features", "gan", "import", "listen", "measure", "metrics",
            "refine", "study", "synth", "tags", "train",
        ],
    ),
    (7, &["cli", "report"]),
];

/// Neighbours on one layer that may know each other, in one direction.
const NEIGHBOURS: &[(&str, &str)] = &[
    ("weights", "models"),
    ("weights", "vote"),
    ("predict", "weights"),
    ("predict", "blocking"),
    ("pictures", "blocking"),
    ("data", "metrics"),
    ("classify", "listen"),
    ("classify", "refine"),
    ("gan", "data"),
    ("gan", "metrics"),
    ("gan", "refine"),
    ("gan", "train"),
    ("import", "features"),
    ("measure", "classify"),
    ("measure", "gan"),
    ("measure", "train"),
    ("study", "data"),
    ("study", "gan"),
    ("study", "metrics"),
    ("study", "refine"),
    ("study", "train"),
    ("tags", "listen"),
    ("train", "data"),
    ("train", "import"),
    ("train", "metrics"),
    ("cli", "report"),
    ("shape", "error"),
];

const IN_A_BROWSER: &[&str] = &["gpu", "graph", "plan", "kernels", "nn", "signal", "models", "vote"];

/// Parts of `std` that those rooms do without. `std::time::Instant` panics in a browser.
const NOT_IN_A_BROWSER: &[&str] = &["fs", "net", "process", "thread", "time"];

/// Words that wait, tell the time or print.
const WORDS: &[&str] = &[
    "print!",
    "println!",
    "eprint!",
    "dbg!",
    "pollster",
    "block_on",
    "crate::blocking",
    "PollType",
    "Instant",
    "SystemTime",
];

fn layer(room: &str) -> Option<u8> {
    LAYERS.iter().find(|(_, rooms)| rooms.contains(&room)).map(|(layer, _)| *layer)
}

/// The source of every room, by name, with comments taken out.
fn rooms() -> BTreeMap<String, String> {
    fn read(path: &Path, text: &mut String) {
        if path.is_dir() {
            let mut entries: Vec<_> = std::fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path()).collect();
            entries.sort();
            entries.iter().for_each(|entry| read(entry, text));
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            let source = std::fs::read_to_string(path).unwrap();
            for line in source.lines().filter(|line| !line.trim_start().starts_with("//")) {
                text.push_str(line);
                text.push('\n');
            }
        }
    }
    let mut rooms = BTreeMap::new();
    for entry in std::fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("src")).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        if name != "lib" && name != "main" {
            read(&path, rooms.entry(name).or_default());
        }
    }
    rooms
}

/// Names that a source has behind `root`, such as `crate::room`, also inside `use crate::{a, b::c}`.
fn named(source: &str, root: &str) -> Vec<String> {
    let mut found = Vec::new();
    for (at, _) in source.match_indices(root) {
        // `$crate::` is the caller's; a longer word is another root.
        if source[..at].ends_with(|c: char| c == '$' || c == '_' || c.is_alphanumeric()) {
            continue;
        }
        let rest = &source[at + root.len()..];
        if let Some(group) = rest.strip_prefix('{') {
            let mut depth = 0;
            let mut word = String::new();
            let mut fresh = true;
            for c in group.chars() {
                match c {
                    '{' => depth += 1,
                    '}' if depth == 0 => break,
                    '}' => depth -= 1,
                    ',' if depth == 0 => {
                        found.push(std::mem::take(&mut word));
                        fresh = true;
                    }
                    c if depth == 0 && fresh && (c.is_alphanumeric() || c == '_') => word.push(c),
                    // A path that goes on, or `as`.
                    c if c == ':' || (c.is_whitespace() && !word.is_empty()) => fresh = false,
                    _ => {}
                }
            }
            found.push(word);
        } else {
            found.push(rest.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect());
        }
    }
    found
}

/// What a room may not name.
fn wrong(room: &str, source: &str) -> Vec<String> {
    let own = layer(room);
    let upward = |other: &String| match (own, layer(other)) {
        (Some(own), Some(theirs)) => {
            other != room && theirs >= own && !(theirs == own && NEIGHBOURS.contains(&(room, other.as_str())))
        }
        _ => false,
    };
    named(source, "crate::").into_iter().filter(upward).map(|other| format!("{room} names {other}")).collect()
}

#[test]
fn imports_point_down() {
    let mut all = Vec::new();
    for (room, source) in rooms() {
        assert!(layer(&room).is_some(), "{room} has no layer: add it here and to ARCHITECTURE.md");
        all.extend(wrong(&room, &source));
    }
    all.dedup();
    assert!(all.is_empty(), "{}", all.join("\n"));
}

#[test]
fn an_import_that_points_up_is_found() {
    assert_eq!(wrong("gpu", "use crate::plan::Plan;"), ["gpu names plan"]);
    assert_eq!(wrong("graph", "use crate::{error::Error, kernels::x};"), ["graph names kernels"]);
    assert_eq!(wrong("models", "fn f() { crate::train::run() }"), ["models names train"]);
    assert!(wrong("plan", "use crate::{graph::{A, B}, kernels, error::Error};").is_empty());
}

#[test]
fn every_exemption_is_used() {
    let rooms = rooms();
    for (room, other) in NEIGHBOURS {
        assert_eq!(layer(room), layer(other), "{room} and {other} are no neighbours");
        assert!(named(&rooms[*room], "crate::").iter().any(|name| name == other), "{room} does not name {other}");
    }
}

/// What a room for a browser may not use.
fn unfit(source: &str) -> Vec<String> {
    let parts = named(source, "std::").into_iter().filter(|part| NOT_IN_A_BROWSER.contains(&part.as_str()));
    let words = WORDS.iter().filter(|word| source.contains(**word)).map(|word| (*word).to_owned());
    parts.chain(words).collect()
}

#[test]
fn rooms_for_a_browser_do_not_wait_print_or_open_files() {
    for (room, source) in rooms().into_iter().filter(|(room, _)| IN_A_BROWSER.contains(&room.as_str())) {
        assert!(unfit(&source).is_empty(), "{room} uses {:?}", unfit(&source));
    }
}

#[test]
fn what_a_browser_lacks_is_found() {
    assert_eq!(unfit("use std::fs::File;"), ["fs"]);
    assert_eq!(unfit("use std::{collections::BTreeMap, fs,\n    sync::{Arc, Mutex}, thread};"), ["fs", "thread"]);
    assert_eq!(unfit("let now = std::time::Instant::now();"), ["time", "Instant"]);
    assert_eq!(unfit("use std::{fmt as _, fs as files, thread as _};"), ["fs", "thread"]);
    assert_eq!(unfit("eprintln!()"), ["println!"]);
    assert_eq!(unfit("engine.device().poll(wgpu::PollType::Poll)"), ["PollType"]);
    assert!(unfit("use std::{fmt, sync::Arc}; use std::collections::HashMap; fn f(fs: u32) {}").is_empty());
}

/// Calls that make buffers and bind groups, or submit: the engine counts them, and so they have one place.
const COUNTED: &[&str] =
    &["create_buffer(", "create_buffer_init(", "create_bind_group(", "queue().submit(", "write_buffer("];

#[test]
fn what_is_counted_is_made_in_one_place() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let counts = |text: &str| COUNTED.iter().map(|call| text.matches(call).count()).collect::<Vec<_>>();
    assert_eq!(counts(&std::fs::read_to_string(root.join("gpu/made.rs")).unwrap()), [1, 0, 1, 1, 0]);
    let all = rooms().into_values().collect::<String>();
    assert_eq!(counts(&all), [1, 0, 1, 1, 0], "{COUNTED:?} are called beside gpu/made.rs");
}
