//! Convolutions that see a channel each: what is read is little more than what is written, so no operand is copied, padded or packed.

use super::conv2d_grad_weight::{OP as GRAD_WEIGHT, Sums, splits};
use super::convolution::{Call, Extents};
use super::parts::{images, part};
use super::variants::{Family, Problem, Reads, Variant, choose};
use super::{TURNS, epilogue, flag, words};
use crate::error::Result;
use crate::gpu::{Engine, Grid, Kernel, Recorder, Tensor};
use crate::kernel;
use crate::shape::Conv3d;

/// Channels out of one in: more fill the tiles of other kernels.
const MOST: usize = 3;
/// Rows of a block that an invocation goes down a strip, and down a column: what lies between blocks is read twice.
const ROWS: usize = 32;
const ROWS_OF_COLUMN: usize = 8;
/// Pixels of an image that are added one after the other; images are not taken apart.
const RUN: usize = 4096;

/// What runs, and over what.
#[derive(Clone, Copy, Debug)]
pub(super) struct Depthwise {
    n: usize,
    c: usize,
    /// Channels out of one in.
    many: usize,
    /// Images of a channel: slices, where it is a volume.
    depth: usize,
    input: [usize; 2],
    out: [usize; 2],
    kernel: [usize; 2],
    stride: [usize; 2],
    dilation: [usize; 2],
    /// Top and left.
    before: [usize; 2],
}

impl Depthwise {
    /// `None` where channels or slices of volumes see each other, or a channel becomes many.
    pub fn new(extents: &Extents, conv: &Conv3d) -> Option<Self> {
        let Extents {
            n,
            c,
            o,
            input: [depth, h, w],
            kernel: [1, kh, kw],
            out: [slices, oh, ow],
            before: [0, top, left],
        } = *extents
        else {
            return None;
        };
        let (many, [step, stride @ ..], [_, dilation @ ..]) = (o / c, conv.stride, conv.dilation);
        let apart = conv.groups == c && c > 1 && many <= MOST && step == 1 && slices == depth;
        let (input, out, kernel, before) = ([h, w], [oh, ow], [kh, kw], [top, left]);
        apart.then_some(Self { n, c, many, depth, input, out, kernel, stride, dilation, before })
    }

    /// The same where the gradient of the input is no work for the kernels of few outputs.
    pub fn backwards(extents: &Extents, conv: &Conv3d) -> Option<Self> {
        Self::new(extents, conv).filter(|own| own.many == 1 || own.kernel != [3, 3] || own.stride != [1, 1])
    }

    /// The same where the kernels of the gradient of the weights can go over a whole image.
    pub fn of_weights(extents: &Extents, conv: &Conv3d) -> Option<Self> {
        Self::new(extents, conv).filter(|own| own.out.iter().product::<usize>() <= TURNS)
    }

    fn o(&self) -> usize {
        self.c * self.many
    }

    /// Elements of a volume of x, and of one of y.
    fn volumes(&self) -> [usize; 2] {
        let [x, y] = [self.input, self.out].map(|[h, w]| self.depth * h * w);
        [self.c * x, self.o() * y]
    }

    /// With a window where it is 3x3, is moved by one or two, and no volume begins within a vec4.
    fn problem(&self) -> Problem {
        let square = self.kernel == [3, 3] && self.dilation == [1, 1] && matches!(self.stride, [1, 1] | [2, 2]);
        let near = self.before.iter().all(|&before| before <= 2);
        let whole = self.volumes().iter().all(|volume| volume.is_multiple_of(4));
        let window = if square && near && whole { self.kernel } else { [0, 0] };
        let columns = self.n * self.depth * self.out.iter().product::<usize>();
        Problem { rows: self.many, columns, k: self.kernel.iter().product(), window, ..Problem::default() }
    }

    /// Calls `each` with as many volumes of two tensors as can be bound, where the first of them begins in either, and their number.
    fn by_parts(
        &self,
        rec: &mut Recorder,
        [a, b]: [&Tensor; 2],
        mut each: impl FnMut(&mut Recorder, [(&Tensor, usize); 2], usize) -> Result<()>,
    ) -> Result<()> {
        let part = self.part(rec.engine());
        for first in (0..self.n).step_by(part) {
            let now = part.min(self.n - first);
            let (a, a_first) = images(rec.engine(), a, first, now)?;
            let (b, b_first) = images(rec.engine(), b, first, now)?;
            each(rec, [(&a, a_first), (&b, b_first)], now)?;
        }
        Ok(())
    }

    fn part(&self, engine: &Engine) -> usize {
        let [x, y] = self.volumes();
        part(engine, self.n, 1, x.max(y))
    }

    fn flops(&self, volumes: usize) -> f64 {
        let all: usize = self.out.iter().chain(&self.kernel).product();
        2.0 * (volumes * self.o() * self.depth) as f64 * all as f64
    }

    /// `y = activation(bias + convolution of x)`
    pub fn forward(&self, rec: &mut Recorder, call: &Call<'_>) -> Result<()> {
        self.sweep(rec, call, false)
    }

    /// The gradient of x. Without strides it is a convolution of dy with the windows turned round.
    pub fn grad_input(&self, rec: &mut Recorder, call: &Call<'_>) -> Result<()> {
        if self.many > 1 || self.stride != [1, 1] || self.problem().window == [0, 0] {
            return self.spread(rec, call);
        }
        let before = [0, 1].map(|axis| self.kernel[axis] - 1 - self.before[axis]);
        Self { input: self.out, out: self.input, before, ..*self }.sweep(rec, call, true)
    }

    fn sweep(&self, rec: &mut Recorder, call: &Call<'_>, turned: bool) -> Result<()> {
        let Call { op, x, weight, bias, y: (y, _), activation, .. } = *call;
        let (code, slope) = epilogue(op, activation)?;
        let activation = ("ACTIVATION", code);
        let has_bias = u32::from(bias.is_some());
        let bias = bias.unwrap_or(weight);
        let variant = choose(rec.engine(), Family::Depthwise, &self.problem());
        let ([oh, ow], [_, w], [stride, _]) = (self.out, self.input, self.stride);
        self.by_parts(rec, [x, y], |rec, [(x, x_first), (y, y_first)], now| {
            let planes = now * self.o() * self.depth;
            let [x_first, y_first] = words(op, [x_first, y_first])?;
            let (extents, flops, tensors) = (self.extents(op)?, self.flops(now), [x, weight, bias, y]);
            let [width, most] = match variant.reads {
                Reads::Strips => [strip(w) / stride, ROWS],
                _ if variant.by_group() => [1, ROWS_OF_COLUMN],
                _ => {
                    let units = planes * oh * ow;
                    let windows = self.windows(op)?;
                    let units_word = variant.units(op, units)?;
                    let params = Params { units: units_word, extents, windows, x_first, y_first, has_bias, slope };
                    return rec.dispatch(variant.kernel, &params, &tensors, variant.grid(units), &[activation], flops);
                }
            };
            let walk = Walk::new(op, variant, planes, [oh, ow], [most, width])?;
            let mut constants = vec![activation, ("STRIDE", stride as f64), ("TURNED", flag(turned))];
            if variant.reads == Reads::Strips {
                constants.push(("ALIGNED", flag(ow.is_multiple_of(4))));
                constants.extend(reading(w, self.before[1], strip(w)));
            }
            let params = SweepParams { walk, extents, x_first, y_first, has_bias, slope };
            rec.dispatch(variant.kernel, &params, &tensors, variant.grid(walk.units as usize), &constants, flops)
        })
    }

    /// The gradient of x of windows that are moved by more than one, that are others than 3x3, or of more than one channel out.
    fn spread(&self, rec: &mut Recorder, call: &Call<'_>) -> Result<()> {
        let Call { op, x: dy, weight, y: (dx, _), .. } = *call;
        let variant = choose(rec.engine(), Family::DepthwiseGradInput, &self.spread_problem());
        let ([h, w], [top, left]) = (self.input, self.before);
        self.by_parts(rec, [dx, dy], |rec, [(dx, dx_first), (dy, dy_first)], now| {
            let planes = now * self.c * self.depth;
            let [dy_first, dx_first] = words(op, [dy_first, dx_first])?;
            let (extents, flops, tensors) = (self.extents(op)?, self.flops(now), [dy, weight, dx]);
            if variant.reads != Reads::Strips {
                let (units, windows) = (planes * h * w, self.windows(op)?);
                let params = SpreadParams { units: variant.units(op, units)?, extents, windows, dy_first, dx_first };
                return rec.dispatch(variant.kernel, &params, &tensors, variant.grid(units), &[], flops);
            }
            // A strip of 16 pixels of two rows of dx lies over 8 and a neighbour of a row of dy.
            let walk = Walk::new(op, variant, planes, [(h + top).div_ceil(2), w], [ROWS, 16])?;
            let own = [("ODD", flag(left == 1)), ("ALIGNED", flag(w.is_multiple_of(4)))];
            let constants = [own.as_slice(), &reading(self.out[1], 1, 8)].concat();
            let params = PairParams { walk, extents, dy_first, dx_first };
            rec.dispatch(variant.kernel, &params, &tensors, variant.grid(walk.units as usize), &constants, flops)
        })
    }

    /// As [`problem`](Self::problem), with a window where a stride of 2 spreads it and its middle is near a border.
    fn spread_problem(&self) -> Problem {
        let problem = self.problem();
        let fits = self.stride == [2, 2] && self.before.iter().all(|&before| before <= 1);
        Problem { window: if fits { problem.window } else { [0, 0] }, ..problem }
    }

    fn runs(&self, engine: &Engine) -> Runs {
        let variant = choose(engine, Family::DepthwiseGradWeight, &self.problem());
        let [oh, ow] = self.out;
        let of_strips = variant.reads == Reads::Strips;
        let width = if of_strips { strip(self.input[1]) / self.stride[0] } else { ow };
        let (strips, part) = (ow.div_ceil(width), self.part(engine));
        let (parts, planes) = (self.n.div_ceil(part), part * self.depth);
        let (windows, taps) = (self.o() * strips, self.kernel.iter().product::<usize>());
        // Lanes of a channel and a strip, pixels that each adds of an image, and the turns that it takes for them.
        let (lanes, pixels, turns) = if of_strips {
            (1, oh * width, oh)
        } else {
            (taps * variant.lanes, (oh * ow).div_ceil(variant.lanes), oh * ow)
        };
        let most = splits(engine, planes * pixels, RUN, windows * lanes, parts * windows * taps).min(planes);
        let splits = most.max(planes.div_ceil((TURNS / (turns + 1)).max(1)));
        Runs { variant, strips, parts, splits }
    }

    /// How the partial sums of a gradient of the weights lie.
    pub fn sums(&self, engine: &Engine) -> Sums {
        let Runs { strips, parts, splits, .. } = self.runs(engine);
        Sums::of_weights(parts * splits * strips, self.o() * self.kernel.iter().product::<usize>())
    }

    /// The sums of all runs.
    pub fn grad_weight(&self, rec: &mut Recorder, x: &Tensor, dy: &Tensor, partials: &Tensor) -> Result<()> {
        let Runs { variant, strips, splits, .. } = self.runs(rec.engine());
        let record = self.sums(rec.engine()).record;
        let ([_, ow], [_, w], [stride, _]) = (self.out, self.input, self.stride);
        let mut first_split = 0;
        self.by_parts(rec, [x, dy], |rec, [(x, x_first), (dy, dy_first)], now| {
            let planes = now * self.depth;
            let [images, images_split, first, record] =
                words(GRAD_WEIGHT, [planes, planes.div_ceil(splits), first_split, record])?;
            let run = Run { images, images_split, first_split: first, record };
            first_split += splits;
            let [x_first, dy_first] = words(GRAD_WEIGHT, [x_first, dy_first])?;
            let (extents, flops, tensors) = (self.extents(GRAD_WEIGHT)?, self.flops(now), [x, dy, partials]);
            if variant.reads != Reads::Strips {
                let (units, windows) =
                    (splits * self.o() * self.kernel.iter().product::<usize>(), self.windows(GRAD_WEIGHT)?);
                let units_word = variant.units(GRAD_WEIGHT, units)?;
                let params = SumParams { units: units_word, extents, windows, run, x_first, dy_first };
                let lanes = [("WG", variant.lanes as f64)];
                return rec.dispatch(variant.kernel, &params, &tensors, Grid::groups(units), &lanes, flops);
            }
            let units = splits * self.o() * strips;
            let [units_word, strips] = words(GRAD_WEIGHT, [units, strips])?;
            let params = StripParams { units: units_word, strips, extents, run, x_first, dy_first };
            let width = strip(w) / stride;
            let loads = vec4s(ow, 0, width.min(ow));
            let own = [("STRIDE", stride as f64), ("ALIGNED", flag(ow.is_multiple_of(4))), ("DY_LOADS", loads)];
            let constants = [own.as_slice(), &reading(w, self.before[1], strip(w))].concat();
            rec.dispatch(variant.kernel, &params, &tensors, variant.grid(units), &constants, flops)
        })
    }

    fn extents(&self, op: &'static str) -> Result<ImageExtents> {
        let [o, many, depth] = words(op, [self.o(), self.many, self.depth])?;
        let [input, out, before] = [self.input, self.out, self.before].map(|pair| words(op, pair));
        Ok(ImageExtents { o, many, depth, input: input?, out: out?, before: before? })
    }

    fn windows(&self, op: &'static str) -> Result<Windows> {
        let [kernel, stride, dilation] = [self.kernel, self.stride, self.dilation].map(|pair| words(op, pair));
        Ok(Windows { kernel: kernel?, stride: stride?, dilation: dilation? })
    }
}

/// Columns of x of a strip.
fn strip(w: usize) -> usize {
    if w > 8 { 16 } else { 8 }
}

/// How strips of `columns` pixels of rows of `w` are read, with a neighbour on either side, the first strip one before `left` pixels to the left.
fn reading(w: usize, left: usize, columns: usize) -> [(&'static str, f64); 4] {
    let shifted = left != 1 || !w.is_multiple_of(4);
    let whole = shifted && left == 1 && w <= columns;
    let loads = if whole { vec4s(w, 0, w) } else { vec4s(w, 4 - left, columns + 2) };
    [("SHIFTED", flag(shifted)), ("WHOLE", flag(whole)), ("FOURS", (columns / 4) as f64), ("LOADS", loads)]
}

/// How many vec4s may hold `count` pixels of rows of `w`, that begin `first` behind a multiple of four columns.
fn vec4s(w: usize, first: usize, count: usize) -> f64 {
    // Rows of a width that 4 divides begin with a vec4, of an even one in its middle too.
    let latest = match w % 4 {
        0 => first % 4,
        2 => first % 2 + 2,
        _ => 3,
    };
    (latest + count).div_ceil(4).max(2) as f64
}

/// How the pixels of a gradient of the weights are cut.
struct Runs {
    variant: &'static Variant,
    strips: usize,
    parts: usize,
    splits: usize,
}

#[repr(C)]
#[derive(Clone, Copy, bytemuck::Pod, bytemuck::Zeroable)]
struct Walk {
    units: u32,
    strips: u32,
    blocks: u32,
    rows: u32,
}

impl Walk {
    /// Over images of so many rows and columns in blocks of as many at most.
    fn new(
        op: &'static str,
        variant: &Variant,
        images: usize,
        [rows, columns]: [usize; 2],
        [most, width]: [usize; 2],
    ) -> Result<Self> {
        let (strips, blocks) = (columns.div_ceil(width), rows.div_ceil(most));
        let units = variant.units(op, images * strips * blocks)?;
        let [strips, blocks, rows] = words(op, [strips, blocks, rows.div_ceil(blocks)])?;
        Ok(Self { units, strips, blocks, rows })
    }
}

#[repr(C)]
#[derive(Clone, Copy, bytemuck::Pod, bytemuck::Zeroable)]
struct ImageExtents {
    o: u32,
    many: u32,
    depth: u32,
    input: [u32; 2],
    out: [u32; 2],
    before: [u32; 2],
}

#[repr(C)]
#[derive(Clone, Copy, bytemuck::Pod, bytemuck::Zeroable)]
struct Windows {
    kernel: [u32; 2],
    stride: [u32; 2],
    dilation: [u32; 2],
}

#[repr(C)]
#[derive(Clone, Copy, bytemuck::Pod, bytemuck::Zeroable)]
struct Run {
    images: u32,
    images_split: u32,
    first_split: u32,
    record: u32,
}

#[repr(C)]
#[derive(Clone, Copy, bytemuck::Pod, bytemuck::Zeroable)]
struct Params {
    units: u32,
    extents: ImageExtents,
    windows: Windows,
    x_first: u32,
    y_first: u32,
    has_bias: u32,
    slope: f32,
}

#[repr(C)]
#[derive(Clone, Copy, bytemuck::Pod, bytemuck::Zeroable)]
struct SweepParams {
    walk: Walk,
    extents: ImageExtents,
    x_first: u32,
    y_first: u32,
    has_bias: u32,
    slope: f32,
}

#[repr(C)]
#[derive(Clone, Copy, bytemuck::Pod, bytemuck::Zeroable)]
struct SpreadParams {
    units: u32,
    extents: ImageExtents,
    windows: Windows,
    dy_first: u32,
    dx_first: u32,
}

#[repr(C)]
#[derive(Clone, Copy, bytemuck::Pod, bytemuck::Zeroable)]
struct PairParams {
    walk: Walk,
    extents: ImageExtents,
    dy_first: u32,
    dx_first: u32,
}

#[repr(C)]
#[derive(Clone, Copy, bytemuck::Pod, bytemuck::Zeroable)]
struct SumParams {
    units: u32,
    extents: ImageExtents,
    windows: Windows,
    run: Run,
    x_first: u32,
    dy_first: u32,
}

#[repr(C)]
#[derive(Clone, Copy, bytemuck::Pod, bytemuck::Zeroable)]
struct StripParams {
    units: u32,
    strips: u32,
    extents: ImageExtents,
    run: Run,
    x_first: u32,
    dy_first: u32,
}

pub(super) static CONV2D_DEPTHWISE: Kernel = kernel!("nn/conv2d_depthwise", Params, [Read, Read, Read, Write]);
pub(super) static CONV2D_DEPTHWISE_K3: Kernel =
    kernel!("nn/conv2d_depthwise_k3", SweepParams, [Read, Read, Read, Write]);
pub(super) static CONV2D_DEPTHWISE_K3_GPU: Kernel =
    kernel!("nn/conv2d_depthwise_k3_gpu", SweepParams, [Read, Read, Read, Write]);
pub(super) static CONV2D_DEPTHWISE_GRAD_INPUT: Kernel =
    kernel!("nn/conv2d_depthwise_grad_input", SpreadParams, [Read, Read, Write]);
pub(super) static CONV2D_DEPTHWISE_K3_GRAD_INPUT: Kernel =
    kernel!("nn/conv2d_depthwise_k3_grad_input", PairParams, [Read, Read, Write]);
pub(super) static CONV2D_DEPTHWISE_GRAD_WEIGHT: Kernel =
    kernel!("nn/conv2d_depthwise_grad_weight", SumParams, [Read, Read, Write]);
pub(super) static CONV2D_DEPTHWISE_K3_GRAD_WEIGHT: Kernel =
    kernel!("nn/conv2d_depthwise_k3_grad_weight", StripParams, [Read, Read, Write]);
