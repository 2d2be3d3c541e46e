//! Matrix products: the first operand packed into panels of rows, tiles held in registers, long sums split.

use super::gemm_pack::{GEMM_PACK, GEMM_PACK_HALF, GEMM_PACK_VEC4, Pack, half_count, pack, pack_half};
use super::gemm_parts::Parts;
use super::variants::{Family, Problem, Reads, Variant, choose};
use super::{Contents, Scratch, WG, epilogue, flag, take, team};
use crate::error::{Error, Result};
use crate::gpu::{AdapterKind, Engine, Grid, Kernel, Recorder, Tensor};
use crate::kernel;
use crate::shape::{Shape, Unary, to_u32};

pub(super) const OP: &str = "gemm";
/// Elements of b that may be packed only because that is faster: 64 MiB.
const PACKED: usize = 1 << 24;
/// Elements of b that a cache may still hold when they are read again: 1 MiB.
const CACHED: usize = 1 << 18;

/// What is multiplied, and what happens to the product.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Gemm {
    /// Whether `a` is stored as (…, k, m).
    pub transpose_a: bool,
    /// Whether `b` is stored as (…, n, k).
    pub transpose_b: bool,
    /// Applied to the product, after the bias; one of those of [`Unary::is_activation`].
    pub activation: Option<Unary>,
    /// What may be done with `b`.
    pub b: Second,
}

/// What a product may do with its second matrix.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Second {
    /// Another one in every run.
    #[default]
    Changes,
    /// Runs do not change it: to pack it once costs nothing.
    Stays,
    /// As [`Stays`](Self::Stays), and it may be rounded to half precision where reading it is most of the work.
    Halves,
}

/// The scratch tensors that [`gemm`] needs, in its order: both operands packed, and parts of the sums; columns of y, where an operand is
/// larger than one binding.
///
/// # Errors
/// [`Error::Shape`] if the operands do not fit each other.
pub fn gemm_scratch(engine: &Engine, a: &Shape, b: &Shape, gemm: &Gemm) -> Result<Vec<Scratch>> {
    let sizes = Sizes::new(a, b, gemm)?;
    match Parts::new(engine, sizes, gemm) {
        Some(parts) => Ok(parts.scratch(engine).to_vec()),
        None => Ok(Plan::new(engine, sizes, gemm).scratch().to_vec()),
    }
}

/// `y = activation(op(a) op(b) + bias)`, overwriting `y`.
///
/// `a` (m,k) or (batch,m,k), `b` (k,n) or (batch,k,n), either transposed if `gemm` says so, a batch of 1 serving all;
/// `bias` (n); `y` (m,n) if both operands have two axes, else (batch,m,n). `scratch` as [`gemm_scratch`] counts, a buffer each.
///
/// # Errors
/// [`Error::Shape`] if a shape does not fit, [`Error::Argument`] if the activation is none, [`Error::Gpu`] if an
/// operand is larger than one binding and can not be done in parts: `a`, or one of a batch.
#[allow(clippy::too_many_arguments)]
pub fn gemm(
    rec: &mut Recorder,
    a: &Tensor,
    b: &Tensor,
    bias: Option<&Tensor>,
    y: &Tensor,
    gemm: &Gemm,
    scratch: &[Tensor],
) -> Result<()> {
    let sizes = Sizes::new(a.shape(), b.shape(), gemm)?;
    let Sizes { batch, m, n, .. } = sizes;
    if a.shape().rank() == 2 && b.shape().rank() == 2 {
        y.shape().expect(OP, "y", [m, n])?;
    } else {
        y.shape().expect(OP, "y", [batch, m, n])?;
    }
    if let Some(bias) = bias {
        bias.shape().expect(OP, "bias", [n])?;
    }
    let after = After { bias, activation: epilogue(OP, gemm.activation)? };
    if let Some(parts) = Parts::new(rec.engine(), sizes, gemm) {
        return parts.record(rec, [a, b, y], &after, scratch);
    }
    let plan = Plan::new(rec.engine(), sizes, gemm);
    let [packed_a, packed_b, partials] = take(OP, scratch, plan.scratch())?;
    plan.whole(rec, &sizes.laid(gemm, [a, b]), [&packed_a, &packed_b], [&partials, y], &after)
}

/// What is done to sums before they are written.
pub(super) struct After<'a> {
    pub bias: Option<&'a Tensor>,
    /// The function's code and number.
    pub activation: (f64, f32),
}

impl After<'_> {
    pub const NOTHING: Self = Self { bias: None, activation: (0.0, 0.0) };
}

/// The problem's extents.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sizes {
    pub batch: usize,
    pub a_batch: usize,
    pub b_batch: usize,
    pub m: usize,
    pub n: usize,
    pub k: usize,
}

/// A matrix in memory, in elements: where its first number lies, and how far neighbouring rows (of a) or columns (of b) and terms are apart.
#[derive(Clone, Copy, Debug)]
pub(super) struct Laid<'a> {
    pub tensor: &'a Tensor,
    pub first: usize,
    pub by_row: usize,
    pub by_k: usize,
}

impl Sizes {
    fn new(a: &Shape, b: &Shape, gemm: &Gemm) -> Result<Self> {
        let (a_batch, a_rows, a_columns) = matrix("a", a)?;
        let (b_batch, b_rows, b_columns) = matrix("b", b)?;
        let (m, k) = if gemm.transpose_a { (a_columns, a_rows) } else { (a_rows, a_columns) };
        let (b_k, n) = if gemm.transpose_b { (b_columns, b_rows) } else { (b_rows, b_columns) };
        if b_k != k || (a_batch != b_batch && a_batch != 1 && b_batch != 1) {
            return Err(Error::shape(OP, "b", format_args!("a partner of a {a} with {k} terms a sum"), b));
        }
        Ok(Self { batch: a_batch.max(b_batch), a_batch, b_batch, m, n, k })
    }

    /// How both operands lie.
    pub fn laid<'a>(&self, gemm: &Gemm, [a, b]: [&'a Tensor; 2]) -> [Laid<'a>; 2] {
        let Self { m, n, k, .. } = *self;
        let [by_row, by_k] = if gemm.transpose_a { [1, m] } else { [k, 1] };
        let a = Laid { tensor: a, first: 0, by_row, by_k };
        let [by_row, by_k] = if gemm.transpose_b { [k, 1] } else { [1, n] };
        [a, Laid { tensor: b, first: 0, by_row, by_k }]
    }
}

fn matrix(argument: &'static str, shape: &Shape) -> Result<(usize, usize, usize)> {
    let found = match *shape.dims() {
        [rows, columns] => (1, rows, columns),
        [batch, rows, columns] => (batch, rows, columns),
        _ => (0, 0, 0),
    };
    if found.0 * found.1 * found.2 == 0 {
        return Err(Error::shape(OP, argument, "a matrix or a batch of them, none of its sides 0", shape));
    }
    Ok(found)
}

/// Which kernel runs, and over what.
#[derive(Clone, Copy, Debug)]
pub(super) struct Plan {
    sizes: Sizes,
    variant: &'static Variant,
    by_column: bool,
    pack_b: bool,
    /// Packed as halves.
    half: bool,
    /// Columns of a block, and how many of them lie side by side once b is packed.
    columns: usize,
    b_width: usize,
    blocks: usize,
    pub splits: usize,
    k_split: usize,
    direct: bool,
}

impl Plan {
    pub fn new(engine: &Engine, sizes: Sizes, gemm: &Gemm) -> Self {
        let problem = Problem {
            rows: sizes.m,
            columns: sizes.n,
            k: sizes.k,
            by_column: gemm.transpose_b,
            half: gemm.b == Second::Halves,
            ..Problem::default()
        };
        let variant = choose(engine, Family::Gemm, &problem);
        let columns = variant.columns;
        let blocks = sizes.n.div_ceil(columns);
        let units = sizes.batch * blocks * sizes.m.div_ceil(variant.rows);
        // Enough tiles to fill a machine, yet sums long enough to be worth a tile.
        let (tiles, terms) = match (engine.kind(), variant.by_group()) {
            (AdapterKind::Cpu, _) => (512, 512),
            (AdapterKind::Gpu, true) => (2048, 128),
            (AdapterKind::Gpu, false) => (4096, 64),
        };
        let wanted = (tiles / units).clamp(1, sizes.k.div_ceil(terms));
        let k_split = sizes.k.div_ceil(wanted).next_multiple_of(variant.steps());
        let splits = sizes.k.div_ceil(k_split);
        let odd = if gemm.transpose_b { !sizes.k.is_multiple_of(4) } else { !sizes.n.is_multiple_of(4) };
        // Rows of b that lie far apart cost more than a copy that brings a block's columns together, if several panels read it. Where
        // lanes share rows, only a copy that is made once pays.
        let again = sizes.m.div_ceil(variant.rows) >= 4
            && sizes.n > 64
            && (gemm.b != Second::Changes || !variant.by_subgroup());
        let half = variant.reads == Reads::Halves;
        let pack_b = half || odd || again && sizes.b_batch * sizes.n * sizes.k <= PACKED;
        let direct = splits == 1 && sizes.n.is_multiple_of(4);
        Self {
            sizes,
            variant,
            by_column: gemm.transpose_b && !pack_b,
            // Of halves, two columns are as wide as one number.
            b_width: if half { columns / 2 } else { sizes.n.next_multiple_of(4).min(columns) },
            columns,
            pack_b,
            half,
            blocks,
            splits,
            k_split,
            direct,
        }
    }

    /// The same with all sums left as those of splits.
    pub fn summed(self) -> Self {
        Self { direct: false, ..self }
    }

    /// The same in so many splits.
    pub fn in_splits(self, splits: usize) -> Self {
        Self { splits, k_split: self.sizes.k.div_ceil(splits), ..self.summed() }
    }

    /// Elements of one of b's matrices as it is read.
    fn b_count(&self) -> usize {
        let Sizes { n, k, .. } = self.sizes;
        match (self.half, self.pack_b) {
            (true, _) => half_count(1, n, k),
            (false, true) => n.next_multiple_of(self.b_width) * k,
            (false, false) => n * k,
        }
    }

    pub fn scratch(&self) -> [Scratch; 3] {
        let Sizes { batch, a_batch, b_batch, m, n, k } = self.sizes;
        let packed_a = a_batch * m.next_multiple_of(self.variant.rows) * k;
        let packed_b = if self.pack_b { b_batch * self.b_count() } else { 0 };
        let partials = if self.direct { 0 } else { batch * self.splits * m * n.next_multiple_of(4) };
        [(packed_a, Contents::OfOperand(0)), (packed_b, Contents::OfOperand(1)), (partials, Contents::OfRun)]
            .map(|(len, contents)| Scratch { len: len.max(1), contents })
    }

    /// Records all of it: by way of the sums of all splits, where there are several.
    pub fn whole(
        &self,
        rec: &mut Recorder,
        operands: &[Laid<'_>; 2],
        packed: [&Tensor; 2],
        [partials, y]: [&Tensor; 2],
        after: &After<'_>,
    ) -> Result<()> {
        if self.direct {
            return self.product(rec, operands, packed, y, after);
        }
        self.product(rec, operands, packed, partials, &After::NOTHING)?;
        self.finish(rec, partials, y, after)
    }

    /// Records the product, or the sums of all splits.
    pub fn product(
        &self,
        rec: &mut Recorder,
        operands: &[Laid<'_>; 2],
        packed: [&Tensor; 2],
        out: &Tensor,
        after: &After<'_>,
    ) -> Result<()> {
        self.pack(rec, operands, packed)?;
        let b = if self.pack_b { packed[1] } else { operands[1].tensor };
        self.tiles(rec, [packed[0], b], out, after)
    }

    /// Records how operands become what tiles read.
    fn pack(&self, rec: &mut Recorder, [a, b]: &[Laid<'_>; 2], packed: [&Tensor; 2]) -> Result<()> {
        let Sizes { a_batch, b_batch, m, n, k, .. } = self.sizes;
        let Laid { tensor, first, by_row, by_k } = *a;
        let layout = Pack { batches: a_batch, rows: m, k, by_batch: m * k, ..Pack::matrix(self.variant.rows) };
        pack(rec, tensor, packed[0], &Pack { first, by_row, by_k, ..layout })?;
        if !self.pack_b {
            return Ok(());
        }
        let Laid { tensor, first, by_row, by_k } = *b;
        let layout = Pack { batches: b_batch, rows: n, k, by_batch: n * k, ..Pack::matrix(self.b_width) };
        let pack = if self.half { pack_half } else { pack };
        pack(rec, tensor, packed[1], &Pack { first, by_row, by_k, ..layout })
    }

    /// Records the products of what tiles read: to y, or the sums of all splits.
    fn tiles(&self, rec: &mut Recorder, [a, b]: [&Tensor; 2], out: &Tensor, after: &After<'_>) -> Result<()> {
        let Sizes { batch, a_batch, b_batch, m, n, k } = self.sizes;
        let variant = self.variant;
        let n4 = n.div_ceil(4);
        let panels = m.div_ceil(variant.rows);
        let stride = |batches: usize, of_one: usize| if batches == 1 { 0 } else { of_one };
        let units = batch * self.splits * self.blocks * panels;
        let (code, slope) = after.activation;
        let params = Params {
            m: to_u32(OP, m)?,
            n: to_u32(OP, n)?,
            n4: to_u32(OP, n4)?,
            k: to_u32(OP, k)?,
            panels: to_u32(OP, panels)?,
            blocks: to_u32(OP, self.blocks)?,
            splits: to_u32(OP, self.splits)?,
            k_split: to_u32(OP, self.k_split)?,
            units: variant.units(OP, units)?,
            a_batch: to_u32(OP, stride(a_batch, panels * k * variant.rows / 4))?,
            b_batch: to_u32(OP, stride(b_batch, self.b_count() / 4))?,
            b_row: to_u32(OP, if self.pack_b { self.b_width / 4 } else { n4 })?,
            b_block: to_u32(OP, if self.pack_b { k * self.b_width / 4 } else { self.columns / 4 })?,
            has_bias: u32::from(after.bias.is_some()),
            slope,
            zero: 0,
        };
        let mut constants = vec![("ACTIVATION", code), ("BLOCK4", self.columns as f64 / 4.0)];
        if variant.reads == Reads::AsTheLast {
            let ahead = !self.pack_b && !self.by_column && n * k > CACHED;
            constants.extend([("B_BY_COLUMN", flag(self.by_column)), ("AHEAD", flag(ahead))]);
        }
        let flops = 2.0 * (batch * m * n) as f64 * k as f64;
        let tensors = [a, b, after.bias.unwrap_or(a), out];
        rec.dispatch(variant.kernel, &params, &tensors, variant.grid(units), &constants, flops)
    }

    /// Records how the splits' sums become y.
    pub fn finish(&self, rec: &mut Recorder, partials: &Tensor, y: &Tensor, after: &After<'_>) -> Result<()> {
        let Sizes { batch, m, n, .. } = self.sizes;
        let n4 = n.div_ceil(4);
        let count = batch * m * n4;
        let (code, slope) = after.activation;
        let params = FinishParams {
            count: to_u32(OP, count)?,
            m: to_u32(OP, m)?,
            n: to_u32(OP, n)?,
            n4: to_u32(OP, n4)?,
            splits: to_u32(OP, self.splits)?,
            has_bias: u32::from(after.bias.is_some()),
            slope,
        };
        let flops = (self.splits * batch * m * n) as f64;
        let team = team(rec.engine(), count, self.splits);
        let constants = [("ACTIVATION", code), ("TEAM", team as f64)];
        let tensors = [partials, after.bias.unwrap_or(partials), y];
        rec.dispatch(&GEMM_FINISH, &params, &tensors, Grid::flat(team * count, WG), &constants, flops)
    }
}

#[repr(C)]
#[derive(Clone, Copy, bytemuck::Pod, bytemuck::Zeroable)]
struct Params {
    m: u32,
    n: u32,
    n4: u32,
    k: u32,
    panels: u32,
    blocks: u32,
    splits: u32,
    k_split: u32,
    units: u32,
    a_batch: u32,
    b_batch: u32,
    b_row: u32,
    b_block: u32,
    has_bias: u32,
    slope: f32,
    zero: u32,
}

#[repr(C)]
#[derive(Clone, Copy, bytemuck::Pod, bytemuck::Zeroable)]
struct FinishParams {
    count: u32,
    m: u32,
    n: u32,
    n4: u32,
    splits: u32,
    has_bias: u32,
    slope: f32,
}

pub(super) static GEMM: Kernel = kernel!("nn/gemm", Params, [Read, Read, Read, Write]);
pub(super) static GEMM_CPU: Kernel =
    kernel!("nn/gemm_cpu", Params, [Read, Read, Read, Write], features: wgpu::Features::SUBGROUP);
pub(super) static GEMM_GPU: Kernel = kernel!("nn/gemm_gpu", Params, [Read, Read, Read, Write]);
pub(super) static GEMM_TALL_CPU: Kernel =
    kernel!("nn/gemm_tall_cpu", Params, [Read, Read, Read, Write], features: wgpu::Features::SUBGROUP);
pub(super) static GEMM_THIN: Kernel = kernel!("nn/gemm_thin", Params, [Read, Read, Read, Write]);
pub(super) static GEMM_WIDE: Kernel = kernel!("nn/gemm_wide", Params, [Read, Read, Read, Write]);
pub(super) static GEMM_THIN_HALF: Kernel = kernel!("nn/gemm_thin_half", Params, [Read, Read, Read, Write]);
pub(super) static GEMM_THIN_WIDE: Kernel = kernel!("nn/gemm_thin_wide", Params, [Read, Read, Read, Write]);
pub(super) static GEMM_THIN_TURNED: Kernel = kernel!("nn/gemm_thin_turned", Params, [Read, Read, Read, Write]);
static GEMM_FINISH: Kernel = kernel!("nn/gemm_finish", FinishParams, [Read, Read, Write]);

/// The family's kernels.
pub const KERNELS: &[&Kernel] = &[
    &GEMM_PACK,
    &GEMM_PACK_VEC4,
    &GEMM_PACK_HALF,
    &GEMM,
    &GEMM_CPU,
    &GEMM_TALL_CPU,
    &GEMM_GPU,
    &GEMM_THIN,
    &GEMM_THIN_WIDE,
    &GEMM_THIN_TURNED,
    &GEMM_THIN_HALF,
    &GEMM_WIDE,
    &GEMM_FINISH,
];
