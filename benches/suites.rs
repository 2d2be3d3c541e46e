//! The tables of `tunevote bench`, by `cargo bench --bench suites [-- kernels|networks|audio …]`: the same code, a JSON line a row.
#![allow(clippy::print_stdout, clippy::unwrap_used)]

use std::path::Path;

use tunevote::gpu::{AdapterChoice, Engine, Features};
use tunevote::measure::{Suite, ceilings};
use tunevote::weights::ModelFile;

fn main() {
    let suites = [("kernels", Suite::Kernels), ("networks", Suite::Networks), ("audio", Suite::Audio)];
    let wanted: Vec<_> = std::env::args().skip(1).filter(|arg| arg != "--bench").collect();
    let model =
        ModelFile::read(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/weights/compact.safetensors"))).unwrap();
    let engine = pollster::block_on(Engine::headless(&AdapterChoice::Best, Features::All)).unwrap();
    let most = ceilings(&engine).unwrap();
    println!("{}", serde_json::to_string(&most).unwrap());
    for (_, suite) in suites.iter().filter(|(name, _)| wanted.is_empty() || wanted.iter().any(|one| one == name)) {
        for benchmark in suite.benchmarks(&model).unwrap() {
            println!("{}", serde_json::to_string(&benchmark.measure(&engine, &most).unwrap()).unwrap());
        }
    }
}
