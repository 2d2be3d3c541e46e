//! The tables of `tunevote bench`, by `cargo bench --bench suites [-- [--gpu-tiles] kernels|networks|audio …]`: the same code, a JSON line
//! a row. `--gpu-tiles` takes the kernels that GPUs get, whatever the adapter is.
#![allow(clippy::print_stdout, clippy::unwrap_used)]

use std::path::Path;

use tunevote::gpu::{AdapterChoice, AdapterKind, Engine, Features};
use tunevote::measure::{Suite, ceilings};
use tunevote::weights::ModelFile;

fn main() {
    let suites = [("kernels", Suite::Kernels), ("networks", Suite::Networks), ("audio", Suite::Audio)];
    let (options, wanted): (Vec<_>, Vec<_>) = std::env::args().skip(1).partition(|arg| arg.starts_with("--"));
    let model =
        ModelFile::read(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/weights/default.safetensors"))).unwrap();
    let mut engine = pollster::block_on(Engine::headless(&AdapterChoice::Best, Features::All)).unwrap();
    if options.iter().any(|option| option == "--gpu-tiles") {
        engine = engine.with_kind(AdapterKind::Gpu);
    }
    let most = ceilings(&engine).unwrap();
    println!("{}", serde_json::to_string(&most).unwrap());
    for (_, suite) in suites.iter().filter(|(name, _)| wanted.is_empty() || wanted.iter().any(|one| one == name)) {
        for benchmark in suite.benchmarks(&model).unwrap() {
            println!("{}", serde_json::to_string(&benchmark.measure(&engine, &most).unwrap()).unwrap());
        }
    }
}
