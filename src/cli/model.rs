//! The model that a command uses.

use std::path::Path;

use crate::weights::ModelFile;

/// The model that comes with the program.
const DEFAULT_MODEL: &[u8] = include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/weights/compact.safetensors"));

/// The model at `path`, or the one that comes with the program.
pub(super) fn model(path: Option<&Path>) -> crate::Result<ModelFile> {
    match path {
        Some(path) => ModelFile::read(path),
        None => ModelFile::from_bytes(Path::new("compact.safetensors"), DEFAULT_MODEL),
    }
}
