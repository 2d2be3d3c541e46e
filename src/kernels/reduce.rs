//! Sums, means, maxima and minima along axes.

use bytemuck::{Pod, Zeroable};

use super::parts::{Operand, by_rows};
use super::{Scratch, WG};
use crate::error::{Error, Result};
use crate::gpu::{Grid, Kernel, Recorder, Tensor};
use crate::kernel;
use crate::shape::limits::MOST_RUNS;
use crate::shape::{Reduction, Shape, to_u32};

/// Elements that one invocation joins at the most; what comes out of a longer axis is joined by another pass.
const CHUNK: usize = 1024;

#[repr(C)]
#[derive(Clone, Copy, Pod, Zeroable)]
struct Params {
    out: u32,
    chunks: u32,
    chunk: u32,
    reduced: u32,
    scale: f32,
    kept_dims: [u32; 2],
    kept_strides: [u32; 3],
    reduced_dims: [u32; 2],
    reduced_strides: [u32; 3],
}

/// The scratch tensors that [`reduce`] needs: what is left behind each pass but the last.
///
/// # Errors
/// As [`reduce`].
pub fn reduce_scratch(shape: &Shape, axes: &[usize]) -> Result<Vec<Scratch>> {
    let walk = Walk::new(shape, axes)?;
    let mut scratch = Vec::new();
    let mut left = walk.reduced();
    while left > CHUNK {
        left = left.div_ceil(CHUNK);
        scratch.push(Scratch::of_run(left * walk.out()));
    }
    Ok(scratch)
}

/// `x` of any shape -> `y`, whose elements join those of `x` along ascending `axes`. `scratch` as [`reduce_scratch`] counts.
///
/// # Errors
/// [`Error::Shape`] if the sizes do not fit or more than three runs of neighbouring axes are reduced or kept.
pub fn reduce(
    rec: &mut Recorder,
    x: &Tensor,
    y: &Tensor,
    kind: Reduction,
    axes: &[usize],
    scratch: &[Tensor],
) -> Result<()> {
    let walk = Walk::new(x.shape(), axes)?;
    if y.len() != walk.out() {
        return Err(Error::shape("reduce", "y", format_args!("{} elements", walk.out()), y.shape()));
    }
    let wanted: Vec<_> = reduce_scratch(x.shape(), axes)?.iter().map(|scratch| scratch.len).collect();
    if scratch.iter().map(Tensor::len).ne(wanted.iter().copied()) {
        let got: Vec<_> = scratch.iter().map(Tensor::len).collect();
        return Err(Error::shape("reduce", "scratch", format_args!("{wanted:?} elements"), format_args!("{got:?}")));
    }
    let scale = if kind == Reduction::Mean { 1.0 / walk.reduced() as f32 } else { 1.0 };
    let Some((first, rest)) = scratch.split_first() else { return first_pass(rec, &walk, x, y, kind, axes, scale) };
    first_pass(rec, &walk, x, first, kind, axes, 1.0)?;
    let out = walk.out();
    let of = |parts: &Tensor| Walk::new(&[parts.len() / out, out].into(), &[0]);
    let mut from = first;
    for parts in rest {
        pass(rec, &of(from)?, from, parts, kind, 1.0)?;
        from = parts;
    }
    pass(rec, &of(from)?, from, y, kind, scale)
}

/// The pass over `x` itself, which may be larger than one binding: it is done in parts along its first axis where the parts of `y` lie
/// together too. They do if that axis is kept and one pass does it all, or if it goes and its entries are whole chunks.
fn first_pass(
    rec: &mut Recorder,
    walk: &Walk,
    x: &Tensor,
    y: &Tensor,
    kind: Reduction,
    axes: &[usize],
    scale: f32,
) -> Result<()> {
    let [rows, rest @ ..] = x.shape().dims() else { return pass(rec, walk, x, y, kind, scale) };
    let chunks = y.len() / walk.out();
    let apart = match axes.contains(&0) {
        false => chunks == 1,
        true => chunks > 1 && (walk.reduced() / rows).is_multiple_of(CHUNK),
    };
    if !apart {
        return pass(rec, walk, x, y, kind, scale);
    }
    by_rows(rec, "reduce", *rows, &[Operand::Rows(x), Operand::Rows(y)], |rec, part, views| {
        let part: Shape = [&[part.len()], rest].concat().into();
        pass(rec, &Walk::new(&part, axes)?, &views[0], &views[1], kind, scale)
    })
}

fn pass(rec: &mut Recorder, walk: &Walk, x: &Tensor, y: &Tensor, kind: Reduction, scale: f32) -> Result<()> {
    let fours = walk.in_fours().filter(|_| x.len().is_multiple_of(4));
    let (kernel, unit) = if fours.is_some() { (&REDUCE_VEC4, 4) } else { (&REDUCE, 1) };
    let chunks = y.len() / walk.out();
    // The last pass takes all that is left, those before it CHUNK numbers each.
    let chunk = if chunks > 1 { CHUNK } else { walk.reduced() };
    let size = walk.reduced();
    let walk = fours.as_ref().unwrap_or(walk);
    let fit = |value: usize| to_u32("reduce", value);
    let params = Params {
        out: fit(walk.out())?,
        chunks: fit(chunks)?,
        chunk: fit(chunk / unit)?,
        reduced: fit(size / unit)?,
        scale,
        kept_dims: [fit(walk.kept[1].0)?, fit(walk.kept[2].0)?],
        kept_strides: [fit(walk.kept[0].1)?, fit(walk.kept[1].1)?, fit(walk.kept[2].1)?],
        reduced_dims: [fit(walk.gone[1].0)?, fit(walk.gone[2].0)?],
        reduced_strides: [fit(walk.gone[0].1)?, fit(walk.gone[1].1)?, fit(walk.gone[2].1)?],
    };
    let code = match kind {
        Reduction::Sum | Reduction::Mean => 0.0,
        Reduction::Max => 1.0,
        Reduction::Min => 2.0,
    };
    rec.dispatch(kernel, &params, &[x, y], Grid::flat(y.len(), WG), &[("KIND", code)], x.len() as f64)
}

/// (length, stride) of neighbouring axes taken together.
type Run = (usize, usize);

/// Kept and reduced axes, neighbours of one kind taken together, ones in front.
struct Walk {
    kept: [Run; MOST_RUNS],
    gone: [Run; MOST_RUNS],
}

impl Walk {
    fn new(shape: &Shape, axes: &[usize]) -> Result<Self> {
        shape.check_runs("reduce", axes)?;
        let strides = shape.strides();
        let (mut kept, mut gone) = (Vec::<Run>::new(), Vec::<Run>::new());
        let mut last = None;
        for (axis, (&length, stride)) in shape.dims().iter().zip(strides).enumerate() {
            let is_gone = axes.contains(&axis);
            let list = if is_gone { &mut gone } else { &mut kept };
            match list.last_mut().filter(|_| last == Some(is_gone)) {
                Some(run) => *run = (run.0 * length, stride),
                None => list.push((length, stride)),
            }
            last = Some(is_gone);
        }
        let three = |list: Vec<Run>| {
            let mut all = [(1, 0); MOST_RUNS];
            all[MOST_RUNS - list.len()..].copy_from_slice(&list);
            all
        };
        Ok(Self { kept: three(kept), gone: three(gone) })
    }

    fn out(&self) -> usize {
        self.kept.iter().map(|(length, _)| length).product()
    }

    fn reduced(&self) -> usize {
        self.gone.iter().map(|(length, _)| length).product()
    }

    /// Counted in vec4, if the innermost reduced axis is contiguous and all is whole in fours.
    fn in_fours(&self) -> Option<Self> {
        let quarter = |&(length, stride): &Run| stride.is_multiple_of(4).then_some((length, stride / 4));
        let (length, stride) = self.gone[2];
        if stride != 1 || !length.is_multiple_of(4) {
            return None;
        }
        let kept = [quarter(&self.kept[0])?, quarter(&self.kept[1])?, quarter(&self.kept[2])?];
        Some(Self { kept, gone: [quarter(&self.gone[0])?, quarter(&self.gone[1])?, (length / 4, 1)] })
    }
}

static REDUCE: Kernel = kernel!("nn/reduce", Params, [Read, Write]);
static REDUCE_VEC4: Kernel = kernel!("nn/reduce_vec4", Params, [Read, Write]);

/// This family's kernels.
pub const KERNELS: &[&Kernel] = &[&REDUCE, &REDUCE_VEC4];
