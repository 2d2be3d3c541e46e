//! Any bytes as a model file: a model or an error, and no panic.

#![no_main]

use std::path::Path;

use libfuzzer_sys::fuzz_target;
use tunevote::weights::ModelFile;

fuzz_target!(|data: &[u8]| {
    let _ = ModelFile::from_bytes(Path::new("fuzz.safetensors"), data);
});
