//! Functions of one number and of two, element by element.

use bytemuck::{Pod, Zeroable};

use super::WG;
use super::parts::{Operand, by_rows};
use crate::error::{Error, Result};
use crate::gpu::{Grid, Kernel, Recorder, Tensor};
use crate::kernel;
use crate::shape::{Binary, Shape, Unary, to_u32};

/// How many functions one dispatch of [`unary`] applies at most.
pub const LONGEST_CHAIN: usize = 6;

#[repr(C)]
#[derive(Clone, Copy, Pod, Zeroable)]
struct ChainParams {
    count: u32,
    values: [[f32; 2]; LONGEST_CHAIN],
}

/// `y = chain[last](… chain[0](x))`, `y` as large as `x`.
///
/// # Errors
/// [`Error::Shape`] if the sizes differ, [`Error::Argument`] for a chain of more than [`LONGEST_CHAIN`] functions.
pub fn unary(rec: &mut Recorder, x: &Tensor, y: &Tensor, chain: &[Unary]) -> Result<()> {
    if chain.len() > LONGEST_CHAIN {
        let problem = format!("a chain has at most {LONGEST_CHAIN} functions, not {}", chain.len());
        return Err(Error::Argument { operation: "unary", problem });
    }
    if x.len() != y.len() {
        return Err(Error::shape("unary", "y", x.shape(), y.shape()));
    }
    let mut values = [[0.0; 2]; LONGEST_CHAIN];
    let mut constants = [("F0", 0.0), ("F1", 0.0), ("F2", 0.0), ("F3", 0.0), ("F4", 0.0), ("F5", 0.0)];
    for (i, function) in chain.iter().enumerate() {
        let (code, a, b) = function.code();
        constants[i].1 = f64::from(code);
        values[i] = [a, b];
    }
    by_rows(rec, "unary", x.len(), &[Operand::Rows(x), Operand::Rows(y)], |rec, part, tensors| {
        let len = part.len();
        let (kernel, count) = if len.is_multiple_of(4) { (&UNARY_VEC4, len / 4) } else { (&UNARY, len) };
        let params = ChainParams { count: to_u32("unary", count)?, values };
        let tensors = [&tensors[0], &tensors[1]];
        rec.dispatch(kernel, &params, &tensors, Grid::flat(count, WG), &constants, (chain.len() * len) as f64)
    })
}

#[repr(C)]
#[derive(Clone, Copy, Pod, Zeroable)]
struct RowParams {
    count: u32,
    period: u32,
    value: f32,
}

#[repr(C)]
#[derive(Clone, Copy, Pod, Zeroable)]
struct SplatParams {
    count: u32,
    run: u32,
    period: u32,
    value: f32,
}

#[repr(C)]
#[derive(Clone, Copy, Pod, Zeroable)]
struct BroadcastParams {
    count: u32,
    value: f32,
    dims: [u32; 5],
    a: [u32; 6],
    b: [u32; 6],
}

/// `y = function(a, b)` with NumPy's broadcasting, up to six axes.
///
/// # Errors
/// [`Error::Shape`] if the shapes do not broadcast to that of `y`.
pub fn binary(rec: &mut Recorder, a: &Tensor, b: &Tensor, y: &Tensor, function: Binary) -> Result<()> {
    let shape = a.shape().broadcast(b.shape());
    let shape =
        shape.ok_or_else(|| Error::shape("binary", "b", format_args!("to broadcast with {}", a.shape()), b.shape()))?;
    y.shape().expect("binary", "y", &shape)?;
    if y.bytes() > rec.engine().largest_binding() {
        return binary_in_parts(rec, [a, b], y, function);
    }
    let (code, value) = function.code();
    let flops = y.len() as f64;
    let whole = y.len().is_multiple_of(4);
    let count = to_u32("binary", y.len())?;
    for (large, small, swap) in [(a, b, 0.0), (b, a, 1.0)] {
        if large.len() != y.len() || !whole {
            continue;
        }
        let constants = [("F", f64::from(code)), ("SWAP", swap)];
        let grid = Grid::flat(y.len() / 4, WG);
        match repeat(&shape, small.shape()) {
            Some(Repeat { run: 1, period }) if period.is_multiple_of(4) => {
                let params = RowParams { count: count / 4, period: period as u32 / 4, value };
                return rec.dispatch(&BINARY_VEC4, &params, &[large, small, y], grid, &constants, flops);
            }
            Some(Repeat { run, period }) if run.is_multiple_of(4) => {
                let params = SplatParams { count: count / 4, run: run as u32 / 4, period: period as u32, value };
                return rec.dispatch(&BINARY_SPLAT, &params, &[large, small, y], grid, &constants, flops);
            }
            _ => {}
        }
    }
    let dims = padded(shape.dims(), 1)?;
    let params = BroadcastParams {
        count,
        value,
        dims: [dims[1], dims[2], dims[3], dims[4], dims[5]],
        a: broadcast_strides(&shape, a.shape())?,
        b: broadcast_strides(&shape, b.shape())?,
    };
    let constants = [("F", f64::from(code))];
    rec.dispatch(&BINARY_BROADCAST, &params, &[a, b, y], Grid::flat(y.len(), WG), &constants, flops)
}

/// As [`binary`], along the first axis that is longer than one: each part takes its rows of the operands that have that axis.
fn binary_in_parts(rec: &mut Recorder, operands: [&Tensor; 2], y: &Tensor, function: Binary) -> Result<()> {
    let dims = y.shape().dims();
    let axis = dims.iter().position(|&dim| dim > 1).unwrap_or(0);
    let (rows, rest) = (dims[axis], &dims[axis + 1..]);
    // Shapes from that axis on: what is in front of it has one element everywhere.
    let own = |tensor: &Tensor| {
        let dims = tensor.shape().dims();
        let from = dims.len().saturating_sub(rest.len() + 1);
        dims[from..].to_vec()
    };
    let shapes = operands.map(own);
    let cut = |k: usize| shapes[k].len() == rest.len() + 1 && shapes[k][0] == rows;
    let operand = |k: usize| if cut(k) { Operand::Rows(operands[k]) } else { Operand::Whole(operands[k]) };
    let all = [operand(0), operand(1), Operand::Rows(y)];
    by_rows(rec, "binary", rows, &all, |rec, part, views| {
        let whole = [&[part.len()], rest].concat();
        let view = |k: usize| {
            let shape = if cut(k) { [&[part.len()], &shapes[k][1..]].concat() } else { shapes[k].clone() };
            views[k].reshape(shape)
        };
        binary(rec, &view(0)?, &view(1)?, &views[2].reshape(whole)?, function)
    })
}

/// `small` walked along with a large tensor: each number `run` times, from the start again after `period` numbers.
#[derive(Debug, PartialEq)]
struct Repeat {
    run: usize,
    period: usize,
}

/// How `small` repeats in `shape`, if it does so in one run and one period.
fn repeat(shape: &Shape, small: &Shape) -> Option<Repeat> {
    let missing = shape.rank() - small.rank();
    let mut dims = vec![1; missing];
    dims.extend_from_slice(small.dims());
    let own = |axis: usize| dims[axis] == shape.dims()[axis];
    // From the right: axes of one (the run), axes that are whole (the period), then axes of one again.
    let mut axis = shape.rank();
    let mut run = 1;
    while axis > 0 && dims[axis - 1] == 1 {
        axis -= 1;
        run *= shape.dims()[axis];
    }
    while axis > 0 && own(axis - 1) {
        axis -= 1;
    }
    dims[..axis].iter().all(|&dim| dim == 1).then(|| Repeat { run, period: small.count() })
}

/// Six extents or strides, `fill` in front.
pub(super) fn padded(dims: &[usize], fill: u32) -> Result<[u32; 6]> {
    let mut all = [fill; 6];
    if dims.len() > 6 {
        return Err(Error::shape("elementwise", "x", "at most six axes", dims.len()));
    }
    for (slot, &dim) in all[6 - dims.len()..].iter_mut().zip(dims) {
        *slot = to_u32("elementwise", dim)?;
    }
    Ok(all)
}

fn broadcast_strides(shape: &Shape, operand: &Shape) -> Result<[u32; 6]> {
    let missing = shape.rank() - operand.rank();
    let own = operand.strides();
    let strides: Vec<_> = (0..shape.rank())
        .map(|axis| if axis < missing || operand.dims()[axis - missing] == 1 { 0 } else { own[axis - missing] })
        .collect();
    padded(&strides, 0)
}

#[repr(C)]
#[derive(Clone, Copy, Pod, Zeroable)]
struct FillParams {
    count: u32,
    value: f32,
}

/// Sets every element of `y`.
///
/// # Errors
/// [`Error::Argument`] if `y` has more elements than a shader can index.
pub fn fill(rec: &mut Recorder, y: &Tensor, value: f32) -> Result<()> {
    by_rows(rec, "fill", y.len(), &[Operand::Rows(y)], |rec, part, tensors| {
        let params = FillParams { count: to_u32("fill", part.len())?, value };
        rec.dispatch(&FILL, &params, &[&tensors[0]], Grid::flat(part.len(), WG), &[], 0.0)
    })
}

static UNARY: Kernel = kernel!("nn/unary", ChainParams, [Read, Write]);
static UNARY_VEC4: Kernel = kernel!("nn/unary_vec4", ChainParams, [Read, Write]);
static BINARY_VEC4: Kernel = kernel!("nn/binary_vec4", RowParams, [Read, Read, Write]);
static BINARY_SPLAT: Kernel = kernel!("nn/binary_splat", SplatParams, [Read, Read, Write]);
static BINARY_BROADCAST: Kernel = kernel!("nn/binary_broadcast", BroadcastParams, [Read, Read, Write]);
static FILL: Kernel = kernel!("nn/fill", FillParams, [Write]);

/// This family's kernels.
pub const KERNELS: &[&Kernel] = &[&UNARY, &UNARY_VEC4, &BINARY_VEC4, &BINARY_SPLAT, &BINARY_BROADCAST, &FILL];
