//! The tile kernels of convolution: outputs in registers, on every device or by the lanes of a subgroup.

use super::conv2d_sweep::Tiles;
use super::epilogue;
use super::flag;
use crate::error::Result;
use crate::gpu::{Kernel, Recorder};
use crate::kernel;
use crate::shape::to_u32;

/// Records tiles that invocations hold in registers.
pub(super) fn record(rec: &mut Recorder, op: &'static str, work: &Tiles<'_>) -> Result<()> {
    let Tiles { plan, images, variant, x: (x, x_first), weight, bias, table, y: (y, y_first), places, activation } =
        *work;
    let (code, slope) = epilogue(op, activation)?;
    let [od, oh, ow] = plan.out;
    let slices = images * od;
    let unrolled = plan.unrolled();
    // A subgroup has a block, or each of eight invocations a tile.
    let shared = unrolled && variant.by_subgroup();
    let of_unit = if shared { 1_usize } else { 8 };
    let rows = if unrolled { 4 } else { 1 };
    let columns = variant.columns / of_unit / rows;
    let [down, across] = [oh.div_ceil(rows), ow.div_ceil(columns)];
    let tiles = down * across;
    let span = (8 * of_unit).div_ceil(tiles).min(slices);
    let blocks = (span * tiles).div_ceil(of_unit);
    let [_, x_rows, x_row4] = plan.image(rec.engine());
    let [_, top, left] = if plan.as_it_is(rec.engine()) { plan.before.map(isize::cast_unsigned) } else { [0; 3] };
    let panels = plan.o.div_ceil(variant.rows);
    let units = slices.div_ceil(span) * plan.groups * panels * blocks;
    let channel4 = plan.channel4(rec.engine());
    let [y_rows, y_row2] = if plan.pool { [oh / 2, ow / 4] } else { [oh, ow.div_ceil(2)] };
    let params = TileParams {
        c: to_u32(op, plan.c)?,
        k: to_u32(op, plan.c * plan.taps())?,
        o: to_u32(op, plan.o)?,
        panels: to_u32(op, panels)?,
        groups: to_u32(op, plan.groups)?,
        images: to_u32(op, slices)?,
        span: to_u32(op, span)?,
        tiles: to_u32(op, tiles)?,
        across: to_u32(op, across)?,
        blocks: to_u32(op, blocks)?,
        units: variant.units(op, units)?,
        depth: to_u32(op, od)?,
        x_first: to_u32(op, x_first / 4)?,
        x_volume: to_u32(op, plan.groups * plan.c * channel4)?,
        x_slice: to_u32(op, plan.step[0] * plan.slice4(rec.engine()))?,
        x_channel: to_u32(op, channel4)?,
        x_row: to_u32(op, x_row4)?,
        y_first: to_u32(op, y_first / 2)?,
        y_channel: to_u32(op, od * y_rows * y_row2)?,
        y_slice: to_u32(op, y_rows * y_row2)?,
        y_row: to_u32(op, y_row2)?,
        oh: to_u32(op, oh)?,
        has_bias: u32::from(bias.is_some()),
        slope,
        x_rows: to_u32(op, x_rows)?,
        top: to_u32(op, top)?,
        left4: to_u32(op, left.div_ceil(4))?,
    };
    let flops = work.flops();
    let grid = variant.grid(units);
    let bias = bias.unwrap_or(weight);
    let code = ("ACTIVATION", code);
    if unrolled {
        let pool = ("POOL", flag(plan.pool));
        let shift = ("SHIFT", (left.next_multiple_of(4) - left) as f64);
        let (places, asked) = places;
        let asked = ("PLACES", flag(asked));
        rec.dispatch(variant.kernel, &params, &[x, weight, bias, y, places], grid, &[code, pool, asked, shift], flops)
    } else {
        rec.dispatch(variant.kernel, &params, &[x, weight, bias, table, y], grid, &[code], flops)
    }
}

#[repr(C)]
#[derive(Clone, Copy, bytemuck::Pod, bytemuck::Zeroable)]
struct TileParams {
    c: u32,
    k: u32,
    o: u32,
    panels: u32,
    groups: u32,
    images: u32,
    span: u32,
    tiles: u32,
    across: u32,
    blocks: u32,
    units: u32,
    depth: u32,
    x_first: u32,
    x_volume: u32,
    x_slice: u32,
    x_channel: u32,
    x_row: u32,
    y_first: u32,
    y_channel: u32,
    y_slice: u32,
    y_row: u32,
    oh: u32,
    has_bias: u32,
    slope: f32,
    x_rows: u32,
    top: u32,
    left4: u32,
}

const SUBGROUP: wgpu::Features = wgpu::Features::SUBGROUP;

pub(super) static CONV2D: Kernel = kernel!("nn/conv2d", TileParams, [Read, Read, Read, Read, Write]);
pub(super) static CONV2D_CPU: Kernel =
    kernel!("nn/conv2d_cpu", TileParams, [Read, Read, Read, Read, Write], features: SUBGROUP);
pub(super) static CONV2D_K2: Kernel = kernel!("nn/conv2d_k2", TileParams, [Read, Read, Read, Write, Write]);
pub(super) static CONV2D_K2_CPU: Kernel =
    kernel!("nn/conv2d_k2_cpu", TileParams, [Read, Read, Read, Write, Write], features: SUBGROUP);
pub(super) static CONV2D_K3: Kernel = kernel!("nn/conv2d_k3", TileParams, [Read, Read, Read, Write, Write]);
pub(super) static CONV2D_K3_FEW: Kernel = kernel!("nn/conv2d_k3_few", TileParams, [Read, Read, Read, Write, Write]);
pub(super) static CONV2D_K3_CPU: Kernel =
    kernel!("nn/conv2d_k3_cpu", TileParams, [Read, Read, Read, Write, Write], features: SUBGROUP);
