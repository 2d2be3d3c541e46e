//! What a training run needs to go on: tensors and how far it is, in one file.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::tensors::{Precision, Tensors, Values, write_whole};
use crate::error::{Error, Result};

/// Writes tensors and progress, under a temporary name first: a kill leaves the last whole file. `kind` is the progress's key in the
/// file's metadata.
///
/// # Errors
/// [`Error::NotFinite`] naming a tensor that holds what is no finite number, and nothing is written then; [`Error::Io`] if the disk does
/// not take it.
pub fn write_state(path: &Path, kind: &str, values: Values, progress: &impl Serialize) -> Result<()> {
    for (name, (_, values)) in &values {
        if let Some(value) = values.iter().find(|value| !value.is_finite()) {
            return Err(Error::NotFinite(format!("the tensor {name} holds {value}")));
        }
    }
    let wrong = |problem: String| Error::Weights { path: path.to_path_buf(), problem };
    let text = serde_json::to_string(progress).map_err(|error| wrong(error.to_string()))?;
    let metadata = BTreeMap::from([(kind.to_owned(), text)]);
    write_whole(path, &Tensors::new(values).serialise(Precision::F32, metadata).map_err(wrong)?)
}

/// Reads what [`write_state`] wrote under the same `kind`.
///
/// # Errors
/// [`Error::Io`] if it cannot be read, [`Error::Weights`] if it is no such file of this build.
pub fn read_state<P: DeserializeOwned>(path: &Path, kind: &str) -> Result<(P, Tensors)> {
    let bytes = std::fs::read(path).map_err(Error::io(path))?;
    let wrong = |problem: String| Error::Weights { path: path.to_path_buf(), problem };
    let damaged = |problem| wrong(format!("{problem}; a checkpoint that is damaged has to be removed to start anew"));
    let (tensors, metadata) = Tensors::parse(&bytes).map_err(damaged)?;
    let text = metadata.get(kind).ok_or_else(|| wrong("is no checkpoint of such a training run".into()))?;
    let progress =
        serde_json::from_str(text).map_err(|error| wrong(format!("its progress cannot be read: {error}")))?;
    Ok((progress, tensors))
}
