//! The gradient of the weights of 3x3 windows where one side has few channels: no copy of either, and a pixel of the other side is read
//! once for all taps.

use super::conv2d_grad_weight::{OP, Sums, splits};
use super::convolution::Extents;
use super::parts::{images, part};
use super::variants::{Family, Problem, Reads, choose};
use super::{TURNS, WG, flag};
use crate::error::Result;
use crate::gpu::{Engine, Grid, Kernel, Recorder, Tensor};
use crate::kernel;
use crate::shape::{Conv3d, to_u32};

/// Taps of a window.
const TAPS: usize = 9;
/// Channels of the many that an invocation has.
const FOUR: usize = 4;
/// Columns that it has.
const STRIP: usize = 16;
/// Pixels of a strip that are added one after the other; images are not taken apart.
const RUN: usize = 4096;
/// More rows would be a longer run than any other kernel's.
const MOST_ROWS: usize = 1024;

/// What runs, and over what.
#[derive(Clone, Copy, Debug)]
pub(super) struct Few {
    n: usize,
    groups: usize,
    /// Channels of a group, in and out.
    c: usize,
    o: usize,
    /// Whether the outputs are the few: then taps are turned, and what is moved over x is dy.
    turned: bool,
    /// Image height of the side with many channels, and of the side with few.
    rows: [usize; 2],
    /// Rows of padding above the latter.
    top: usize,
    width: usize,
    /// Images of a part, and parts.
    part: usize,
    parts: usize,
    /// Runs of images in a part.
    splits: usize,
}

impl Few {
    /// `None` where another kernel is used.
    pub fn new(engine: &Engine, extents: &Extents, conv: &Conv3d) -> Option<Self> {
        let Extents { n, c, o, input: [1, h, w], out: [1, oh, ow], kernel: [1, 3, 3], before: [0, top, 1] } = *extents
        else {
            return None;
        };
        let plain = conv.stride[1..] == [1, 1] && conv.dilation[1..] == [1, 1];
        let groups = conv.groups;
        let part = part(engine, n, 1, (c * h * w).max(o * oh * ow));
        let [c, o] = [c / groups, o / groups];
        if !plain || w != ow || !w.is_multiple_of(STRIP) || h.max(oh) > MOST_ROWS {
            return None;
        }
        let problem = Problem { rows: o, columns: c * TAPS, k: n * oh * ow, window: [3, 3], ..Problem::default() };
        if choose(engine, Family::Conv2dGradWeight, &problem).reads != Reads::Strips {
            return None;
        }
        let turned = o < c;
        let (rows, top) = if turned { ([h, oh], 2_usize.wrapping_sub(top)) } else { ([oh, h], top) };
        let parts = n.div_ceil(part);
        let lanes = groups * c.max(o).div_ceil(FOUR) * c.min(o) * (w / STRIP);
        let sums = parts * (w / STRIP) * (groups * o * c * TAPS).next_multiple_of(4);
        let splits = splits(engine, part * rows[0] * STRIP, RUN, lanes, sums).min(part);
        if part.div_ceil(splits) * (rows[0] + 1) > TURNS {
            return None;
        }
        Some(Self { n, groups, c, o, turned, rows, top, width: w, part, parts, splits })
    }

    /// How its partial sums lie.
    pub fn sums(&self) -> Sums {
        Sums::of_weights(self.parts * self.splits * self.width / STRIP, self.groups * self.o * self.c * TAPS)
    }

    /// Records the sums of all splits.
    pub fn record(&self, rec: &mut Recorder, x: &Tensor, dy: &Tensor, partials: &Tensor) -> Result<()> {
        let Self { groups, c, o, turned, rows: [h, bh], .. } = *self;
        let (many, few) = (c.max(o), c.min(o));
        let [by_c, by_o] = [1, c];
        let (by_many, by_few) = if turned { (by_c, by_o) } else { (by_o, by_c) };
        for (index, first) in (0..self.n).step_by(self.part).enumerate() {
            let now = self.part.min(self.n - first);
            let x = images(rec.engine(), x, first, now)?;
            let dy = images(rec.engine(), dy, first, now)?;
            let ((a, a_first), (b, b_first)) = if turned { (x, dy) } else { (dy, x) };
            let panels = many.div_ceil(FOUR);
            let units = self.splits * groups * few * panels * self.width / STRIP;
            let params = FewParams {
                many: to_u32(OP, many)?,
                few: to_u32(OP, few)?,
                panels: to_u32(OP, panels)?,
                units: to_u32(OP, units)?,
                by_many: to_u32(OP, by_many)?,
                by_few: to_u32(OP, by_few)?,
                record: to_u32(OP, self.sums().record)?,
                images: to_u32(OP, now)?,
                images_split: to_u32(OP, now.div_ceil(self.splits))?,
                first_split: to_u32(OP, index * self.splits)?,
                h: to_u32(OP, h)?,
                bh: to_u32(OP, bh)?,
                w4: to_u32(OP, self.width / 4)?,
                top: self.top as u32,
                a_first: to_u32(OP, a_first / 4)?,
                b_first: to_u32(OP, b_first / 4)?,
                groups: to_u32(OP, groups)?,
            };
            let flops =
                2.0 * (groups * o * c * TAPS) as f64 * (now * self.rows[usize::from(turned)] * self.width) as f64;
            let turned = [("TURNED", flag(turned))];
            rec.dispatch(
                &CONV2D_GRAD_WEIGHT_K3_FEW,
                &params,
                &[&a, &b, partials],
                Grid::flat(units, WG),
                &turned,
                flops,
            )?;
        }
        Ok(())
    }
}

#[repr(C)]
#[derive(Clone, Copy, bytemuck::Pod, bytemuck::Zeroable)]
struct FewParams {
    many: u32,
    few: u32,
    panels: u32,
    units: u32,
    by_many: u32,
    by_few: u32,
    record: u32,
    images: u32,
    images_split: u32,
    first_split: u32,
    h: u32,
    bh: u32,
    w4: u32,
    top: u32,
    a_first: u32,
    b_first: u32,
    groups: u32,
}

pub(super) static CONV2D_GRAD_WEIGHT_K3_FEW: Kernel =
    kernel!("nn/conv2d_grad_weight_k3_few", FewParams, [Read, Read, Write]);
