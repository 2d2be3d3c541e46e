//! The model that a command uses.

use std::path::Path;

use anyhow::Context as _;

use crate::weights::ModelFile;

/// The model that comes with the program.
const DEFAULT_MODEL: &[u8] = include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/weights/default.safetensors"));

/// The model at `path`, or the one that comes with the program.
pub(super) fn any_model(path: Option<&Path>) -> crate::Result<ModelFile> {
    match path {
        Some(path) => ModelFile::read(path),
        None => ModelFile::from_bytes(Path::new("default.safetensors"), DEFAULT_MODEL),
    }
}

/// The same, if it tells genres.
pub(super) fn model(path: Option<&Path>) -> anyhow::Result<ModelFile> {
    let model = any_model(path)?;
    model.card.tells_genres().with_context(|| model.path.display().to_string())?;
    Ok(model)
}
