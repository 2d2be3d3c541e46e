//! Tensors that one binding cannot hold are done in parts of rows.

use std::ops::Range;

use crate::error::{Error, Result};
use crate::gpu::{Engine, Recorder, Tensor};

/// A tensor that a kernel owns row by row: `rows` of equal length, contiguous. Or one that every part reads as a whole.
#[derive(Clone, Copy, Debug)]
pub(super) enum Operand<'a> {
    /// Cut with the others.
    Rows(&'a Tensor),
    /// The same for every part.
    Whole(&'a Tensor),
}

/// Calls `each` with views of as many of `rows` rows as every operand can bind at once, from the first to the last. Views have the
/// shape (rows of the part, length of a row); where all rows fit, the operands come as they are, once.
///
/// # Errors
/// [`Error::Gpu`] if as few rows as an offset allows are larger than one binding; what `each` returns.
pub(super) fn by_rows(
    rec: &mut Recorder,
    operation: &'static str,
    rows: usize,
    operands: &[Operand<'_>],
    each: impl FnMut(&mut Recorder, Range<usize>, &[Tensor]) -> Result<()>,
) -> Result<()> {
    by_multiples(rec, operation, rows, 1, operands, each)
}

/// The same in parts of a multiple of `multiple` rows, but for the last one.
///
/// # Errors
/// As [`by_rows`].
pub(super) fn by_multiples(
    rec: &mut Recorder,
    operation: &'static str,
    rows: usize,
    multiple: usize,
    operands: &[Operand<'_>],
    mut each: impl FnMut(&mut Recorder, Range<usize>, &[Tensor]) -> Result<()>,
) -> Result<()> {
    let lengths = operands.iter().filter_map(|operand| match operand {
        Operand::Rows(tensor) => Some(tensor.len() / rows),
        Operand::Whole(_) => None,
    });
    let lengths: Vec<usize> = lengths.collect();
    let step = step(rec.engine(), rows, multiple, &lengths).map_err(|(fewest, longest)| {
        let problem = "are the fewest that can be cut off, and larger than one binding";
        Error::Gpu(format!("{operation}: {fewest} rows of {longest} numbers {problem}"))
    })?;
    if step >= rows {
        let whole = |operand: &Operand<'_>| match operand {
            Operand::Whole(tensor) | Operand::Rows(tensor) => (*tensor).clone(),
        };
        return each(rec, 0..rows, &operands.iter().map(whole).collect::<Vec<_>>());
    }
    for first in (0..rows).step_by(step) {
        let part = first..rows.min(first + step);
        let view = |operand: &Operand<'_>| match operand {
            Operand::Whole(tensor) => Ok((*tensor).clone()),
            Operand::Rows(tensor) => tensor.reshape([rows, tensor.len() / rows])?.rows(part.start, part.end),
        };
        let views = operands.iter().map(view).collect::<Result<Vec<_>>>()?;
        each(rec, part, &views)?;
    }
    Ok(())
}

/// Rows of a part: all of them where they fit, else as many as fit, multiples of `multiple` in such numbers that the next part begins where
/// the device can bind. Else the fewest such rows, and their length.
fn step(engine: &Engine, rows: usize, multiple: usize, lengths: &[usize]) -> Result<usize, (usize, usize)> {
    let most = engine.largest_binding() as usize / 4;
    let longest = lengths.iter().max().copied().unwrap_or(1);
    if rows.saturating_mul(longest) <= most {
        return Ok(rows);
    }
    let align = alignment(engine);
    let unit = lengths.iter().map(|&length| align / gcd(align, length)).fold(multiple, lcm);
    let step = most / longest / unit * unit;
    if step > 0 { Ok(step) } else { Err((unit, longest)) }
}

/// Elements at whose multiples the device can bind a buffer.
pub(super) fn alignment(engine: &Engine) -> usize {
    engine.device().limits().min_storage_buffer_offset_alignment as usize / 4
}

pub(super) fn gcd(a: usize, b: usize) -> usize {
    if b == 0 { a } else { gcd(b, a % b) }
}

fn lcm(a: usize, b: usize) -> usize {
    a / gcd(a, b) * b
}

/// Scratch for images is not made larger than this; more images are done in parts.
const PART_BYTES: usize = 64 << 20;

/// How many of `images` images are done at once: those whose `scratch` elements fit a scratch tensor, and whose `bound` elements
/// (of the largest tensor that is bound) fit one binding.
pub(super) fn part(engine: &Engine, images: usize, scratch: usize, bound: usize) -> usize {
    let binding = engine.largest_binding() as usize / 4;
    // A part that is not the first begins up to one alignment too early.
    let room = if images * bound <= binding { binding } else { binding.saturating_sub(alignment(engine)) };
    let through_scratch = binding.min(PART_BYTES / 4) / scratch.max(1);
    through_scratch.min(room / bound.max(1)).clamp(1, images)
}

/// The images `first..first + count` of a tensor that may be too large to be bound as a whole: a part of it, flat, that starts
/// where the device can bind it, and the elements in it before image `first`.
pub(super) fn images(engine: &Engine, tensor: &Tensor, first: usize, count: usize) -> Result<(Tensor, usize)> {
    let image = tensor.len() / tensor.shape().dims().first().copied().unwrap_or(1).max(1);
    let before = first * image % alignment(engine);
    let flat = tensor.reshape([tensor.len()])?;
    Ok((flat.rows(first * image - before, (first + count) * image)?, before))
}
