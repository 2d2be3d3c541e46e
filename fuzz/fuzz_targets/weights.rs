//! A model file that is almost right, and any bytes: a model or an error, and no panic.

#![no_main]

use std::path::Path;

use libfuzzer_sys::fuzz_target;
use tunevote::nn::Mode;
use tunevote::weights::ModelFile;

#[path = "../model_file.rs"]
mod model_file;

fuzz_target!(|data: &[u8]| {
    let path = Path::new("fuzz.safetensors");
    let _ = ModelFile::from_bytes(path, data);
    if let Ok(model) = ModelFile::from_bytes(path, &model_file::model_file(data)) {
        // What is taken can be used.
        model.card.network(Mode::Inference, 3).expect("a network for a larger batch");
    }
});
