//! Named tensors in a safetensors file, f32 or f16.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use half::{bf16, f16};
use safetensors::tensor::TensorView;
use safetensors::{Dtype, SafeTensors};

use crate::error::{Error, Result};
use crate::plan::Variables;

/// How numbers are stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Precision {
    /// 32 bits.
    F32,
    /// 16 bits: half the size; values beyond ±65,504 are refused.
    F16,
}

/// Shapes and values of tensors by name.
pub type Values = BTreeMap<String, (Vec<usize>, Vec<f32>)>;

/// Tensors by name: shape and values.
#[derive(Clone, Debug, Default)]
pub struct Tensors {
    all: Values,
}

impl Tensors {
    /// From values in memory.
    pub fn new(all: Values) -> Self {
        Self { all }
    }

    /// Name, shape and values of each, by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &[usize], &[f32])> {
        self.all.iter().map(|(name, (shape, values))| (name.as_str(), shape.as_slice(), values.as_slice()))
    }

    /// Shapes and values by name.
    pub fn into_values(self) -> Values {
        self.all
    }

    /// Reads a file's bytes: the tensors and the metadata.
    ///
    /// # Errors
    /// What is wrong, naming the tensor.
    pub fn parse(bytes: &[u8]) -> Result<(Self, BTreeMap<String, String>), String> {
        Self::parse_those(bytes, &|_| true)
    }

    /// The same of the tensors with these names; what is wrong with others is not looked at.
    ///
    /// # Errors
    /// What is wrong, naming the tensor.
    pub fn parse_those(
        bytes: &[u8],
        wanted: &dyn Fn(&str) -> bool,
    ) -> Result<(Self, BTreeMap<String, String>), String> {
        let damaged = |error| format!("is damaged or no safetensors file ({error})");
        let (_, header) = SafeTensors::read_metadata(bytes).map_err(damaged)?;
        let file = SafeTensors::deserialize(bytes).map_err(damaged)?;
        let mut all = BTreeMap::new();
        for (name, view) in file.iter().filter(|(name, _)| wanted(name)) {
            let values: Vec<f32> = match view.dtype() {
                Dtype::F32 => bytemuck::pod_collect_to_vec(view.data()),
                Dtype::F16 => {
                    bytemuck::pod_collect_to_vec::<u8, f16>(view.data()).into_iter().map(f16::to_f32).collect()
                }
                Dtype::BF16 => {
                    bytemuck::pod_collect_to_vec::<u8, bf16>(view.data()).into_iter().map(bf16::to_f32).collect()
                }
                other => return Err(format!("the tensor {name} is {other:?}; this build reads F32, F16 and BF16")),
            };
            all.insert(name.to_owned(), (view.shape().to_vec(), values));
        }
        let metadata = header.metadata().clone().unwrap_or_default().into_iter().collect();
        Ok((Self { all }, metadata))
    }

    /// A tensor's values, after checking its shape and that all are finite.
    ///
    /// # Errors
    /// What is wrong, naming the tensor.
    pub fn expect(&self, name: &str, shape: &[usize]) -> Result<&[f32], String> {
        let (own, values) = self.all.get(name).ok_or_else(|| format!("the tensor {name} is missing"))?;
        if own != shape {
            return Err(format!("the tensor {name} should have shape {shape:?}, but has {own:?}"));
        }
        if let Some(value) = values.iter().find(|value| !value.is_finite()) {
            return Err(format!("the tensor {name} holds {value}"));
        }
        Ok(values)
    }

    /// Whether these are the tensors that `wanted` names, in their shapes, and no others; `owner` says whose they should be.
    ///
    /// # Errors
    /// What is wrong, naming the tensor.
    pub fn only(&self, wanted: &BTreeMap<String, Vec<usize>>, owner: &str) -> Result<(), String> {
        for (name, shape) in wanted {
            self.expect(name, shape)?;
        }
        match self.all.keys().find(|name| !wanted.contains_key(*name)) {
            Some(name) => Err(format!("the tensor {name} does not belong to the {owner}")),
            None => Ok(()),
        }
    }

    /// Uploads all.
    ///
    /// # Errors
    /// [`Error::Gpu`] if memory is full.
    pub fn load(&self, variables: &mut Variables) -> Result<()> {
        self.iter().try_for_each(|(name, shape, values)| variables.set(name, shape.to_vec(), values))
    }

    /// A file's bytes; the same tensors and metadata give the same bytes.
    ///
    /// # Errors
    /// What is wrong, naming the tensor.
    pub fn serialise(&self, precision: Precision, metadata: BTreeMap<String, String>) -> Result<Vec<u8>, String> {
        let mut stored = Vec::new();
        for (name, (shape, values)) in &self.all {
            let (dtype, bytes) = match precision {
                Precision::F32 => (Dtype::F32, bytemuck::cast_slice(values).to_vec()),
                Precision::F16 => {
                    let halves: Vec<_> = values.iter().map(|&value| f16::from_f32(value)).collect();
                    if halves.iter().zip(values).any(|(half, value)| half.is_infinite() && value.is_finite()) {
                        return Err(format!("the tensor {name} has values too large for 16 bits; store it in 32"));
                    }
                    (Dtype::F16, bytemuck::cast_slice(&halves).to_vec())
                }
            };
            stored.push((name, dtype, shape, bytes));
        }
        let views = stored
            .iter()
            .map(|(name, dtype, shape, bytes)| Ok((name.as_str(), TensorView::new(*dtype, (*shape).clone(), bytes)?)))
            .collect::<Result<Vec<_>, safetensors::SafeTensorError>>()
            .map_err(|error| error.to_string())?;
        safetensors::serialize(views, Some(metadata.into_iter().collect())).map_err(|error| error.to_string())
    }
}

/// Writes a file so that its name always means a whole one: to a temporary name beside it, synced, then renamed.
///
/// # Errors
/// [`Error::Io`]; the temporary file is removed.
pub fn write_whole(path: &Path, bytes: &[u8]) -> Result<()> {
    let mut name = path.file_name().unwrap_or_default().to_os_string();
    name.push(format!(".{}.tmp", std::process::id()));
    let temporary: PathBuf = path.with_file_name(name);
    let write = || {
        let mut file = File::create(&temporary)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        std::fs::rename(&temporary, path)
    };
    write().map_err(|source| {
        // The first error is the one to tell; a leftover that cannot be removed either changes nothing.
        let _ = std::fs::remove_file(&temporary);
        Error::Io { path: path.to_path_buf(), source }
    })
}
