//! The convolution whose workgroups share a tile: the product of the weights and of what the windows cover.

use super::conv2d_sweep::Tiles;
use super::epilogue;
use super::flag;
use crate::error::Result;
use crate::gpu::{Kernel, Recorder};
use crate::kernel;
use crate::shape::to_u32;

/// Records tiles that a workgroup shares.
pub(super) fn record(rec: &mut Recorder, op: &'static str, work: &Tiles<'_>) -> Result<()> {
    let Tiles { plan, images, variant, x: (x, x_first), weight, bias, table, y: (y, y_first), places, activation } =
        *work;
    let (code, slope) = epilogue(op, activation)?;
    let [od, _, ow] = plan.out;
    // A window of the pool takes four columns of a tile.
    let (across, width) = if plan.pool { (ow / 2, 16) } else { (ow, 64) };
    let spots = plan.y_image() / (plan.groups * plan.o * od);
    let count = images * od * spots;
    let blocks = count.div_ceil(width);
    let panels = plan.o.div_ceil(variant.rows);
    let units = blocks * plan.groups * panels;
    let [_, _, row4] = plan.image(rec.engine());
    let x_group = 4 * plan.c * plan.channel4(rec.engine());
    let k = plan.c * plan.taps();
    let params = Params {
        k: to_u32(op, k)?,
        o: to_u32(op, plan.o)?,
        panels: to_u32(op, panels)?,
        groups: to_u32(op, plan.groups)?,
        count: to_u32(op, count)?,
        spots: to_u32(op, spots)?,
        across: to_u32(op, across)?,
        depth: to_u32(op, od)?,
        units: variant.units(op, units)?,
        x_first: to_u32(op, x_first)?,
        x_volume: to_u32(op, plan.groups * x_group)?,
        x_slice: to_u32(op, 4 * plan.step[0] * plan.slice4(rec.engine()))?,
        x_group: to_u32(op, x_group)?,
        x_row: to_u32(op, 4 * row4)?,
        y_first: to_u32(op, y_first)?,
        has_bias: u32::from(bias.is_some()),
        slope,
    };
    let (places, asked) = places;
    let [pool, asked] = [plan.pool, asked].map(flag);
    let constants = [("ACTIVATION", code), ("POOL", pool), ("PLACES", asked)];
    let tensors = [x, weight, bias.unwrap_or(weight), table, y, places];
    rec.dispatch(variant.kernel, &params, &tensors, variant.grid(units), &constants, work.flops())
}

#[repr(C)]
#[derive(Clone, Copy, bytemuck::Pod, bytemuck::Zeroable)]
struct Params {
    k: u32,
    o: u32,
    panels: u32,
    groups: u32,
    count: u32,
    spots: u32,
    across: u32,
    depth: u32,
    units: u32,
    x_first: u32,
    x_volume: u32,
    x_slice: u32,
    x_group: u32,
    x_row: u32,
    y_first: u32,
    has_bias: u32,
    slope: f32,
}

pub(super) static CONV2D_GPU: Kernel = kernel!("nn/conv2d_gpu", Params, [Read, Read, Read, Read, Write, Write]);
