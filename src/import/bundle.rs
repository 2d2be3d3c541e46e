//! TensorFlow's checkpoints of version 2: an index that says where each tensor lies, and the tensors' bytes.
//!
//! The index is a [table](super::table) from names to messages of Google's protocol buffers, `BundleEntryProto` in
//! `tensor_bundle.proto`: type (field 1), shape (2), shard (3), offset (4), size (5).

use std::collections::BTreeMap;

use super::table::{Bytes, entries};
use crate::weights::Values;

/// TensorFlow's number of 32-bit floats.
const FLOAT: u64 = 1;

/// The floats of a checkpoint whose name passes `wanted`, from its index and the data of its only shard.
///
/// # Errors
/// What is wrong, naming the tensor.
pub fn floats(index: &[u8], data: &[u8], wanted: &dyn Fn(&str) -> bool) -> Result<Values, String> {
    let mut all = BTreeMap::new();
    for (name, message) in entries(index).map_err(|problem| format!("the checkpoint's index {problem}"))? {
        let name = String::from_utf8(name).map_err(|_| "the checkpoint's index has a name that is no text")?;
        // The entry without a name is about the whole.
        if name.is_empty() || !wanted(&name) {
            continue;
        }
        let wrong = |problem: String| format!("the checkpoint's tensor {name} {problem}");
        let entry = Entry::parse(message).map_err(wrong)?;
        if entry.kind != FLOAT || entry.shard != 0 {
            return Err(wrong("is not of 32-bit floats in the first shard".into()));
        }
        let values = entry.offset.checked_add(entry.size).and_then(|end| data.get(entry.offset..end));
        let values = values.ok_or_else(|| wrong("lies beyond the data's end".into()))?;
        let count = entry.shape.iter().try_fold(1usize, |count, &extent| count.checked_mul(extent));
        if count.and_then(|count| count.checked_mul(4)) != Some(values.len()) {
            return Err(wrong(format!("has {} bytes for the shape {:?}", values.len(), entry.shape)));
        }
        let (words, _) = values.as_chunks::<4>();
        all.insert(name, (entry.shape, words.iter().map(|word| f32::from_le_bytes(*word)).collect()));
    }
    Ok(all)
}

#[derive(Default)]
struct Entry {
    kind: u64,
    shape: Vec<usize>,
    shard: u64,
    offset: usize,
    size: usize,
}

impl Entry {
    fn parse(message: &[u8]) -> Result<Self, String> {
        let mut entry = Self::default();
        for field in fields(message) {
            match field? {
                (1, Field::Number(kind)) => entry.kind = kind,
                (2, Field::Bytes(shape)) => entry.shape = extents(shape)?,
                (3, Field::Number(shard)) => entry.shard = shard,
                (4, Field::Number(offset)) => entry.offset = fitting(offset)?,
                (5, Field::Number(size)) => entry.size = fitting(size)?,
                _ => {}
            }
        }
        Ok(entry)
    }
}

fn fitting(number: u64) -> Result<usize, String> {
    usize::try_from(number).map_err(|_| "has a number beyond this machine's".into())
}

/// `TensorShapeProto`: dimensions (field 2), each with its size (field 1).
fn extents(message: &[u8]) -> Result<Vec<usize>, String> {
    let mut shape = Vec::new();
    for field in fields(message) {
        let (2, Field::Bytes(dimension)) = field? else { continue };
        let mut extent = 0;
        for field in fields(dimension) {
            if let (1, Field::Number(size)) = field? {
                extent = fitting(size)?;
            }
        }
        shape.push(extent);
    }
    Ok(shape)
}

enum Field<'a> {
    Number(u64),
    Bytes(&'a [u8]),
}

/// The fields of a message, by their numbers.
fn fields(message: &[u8]) -> impl Iterator<Item = Result<(u64, Field<'_>), String>> {
    let mut rest = Bytes(message);
    let mut broken = false;
    std::iter::from_fn(move || {
        if broken || rest.0.is_empty() {
            return None;
        }
        let field = field(&mut rest);
        broken = field.is_err();
        Some(field)
    })
}

fn field<'a>(rest: &mut Bytes<'a>) -> Result<(u64, Field<'a>), String> {
    let key = rest.number()?;
    let value = match key & 7 {
        0 => Field::Number(rest.number()?),
        1 => Field::Bytes(rest.take(8)?),
        2 => {
            let size = rest.size()?;
            Field::Bytes(rest.take(size)?)
        }
        5 => Field::Bytes(rest.take(4)?),
        other => return Err(format!("has a field of the unknown kind {other}")),
    };
    Ok((key >> 3, value))
}
