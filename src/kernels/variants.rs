//! Which of the kernels that compute the same is used: one table, by adapter kind and shape. Nothing is timed.
//!
//! What processors get was measured on lavapipe, what GPUs get on one of them, an NVIDIA H200.

use super::conv2d_depthwise as depthwise;
use super::conv2d_grad_weight_few::CONV2D_GRAD_WEIGHT_K3_FEW;
use super::conv2d_grad_weight_product as grad_weight;
use super::conv2d_grad_weight_rows as grad_rows;
use super::conv2d_patch as patch;
use super::{TURNS, WG, conv2d_gpu, conv2d_tile as conv2d, gemm, layer_norm, recurrent, stft};
use crate::error::Result;
use crate::gpu::{AdapterKind, Engine, Grid, Kernel};
use crate::shape::to_u32;

/// Kernels that compute the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Family {
    /// Matrix products.
    Gemm,
    /// Convolutions, and their gradients with respect to the input.
    Conv2d,
    /// Gradients of convolutions with respect to the weights.
    Conv2dGradWeight,
    /// Convolutions whose windows of 2x2 do not overlap.
    Patch,
    /// Their gradients with respect to the input.
    PatchGradInput,
    /// Their gradients with respect to the weights.
    PatchGradWeight,
    /// Convolutions that see a channel each, and without strides their gradients with respect to the input.
    Depthwise,
    /// Their gradients with respect to the input with strides.
    DepthwiseGradInput,
    /// Their gradients with respect to the weights.
    DepthwiseGradWeight,
    /// Layer norm.
    LayerNorm,
    /// Its statistics.
    LayerNormStats,
    /// Its gradient with respect to its input.
    LayerNormGradInput,
    /// Those with respect to its weights, by chunks of rows.
    LayerNormDots,
    /// Squared magnitudes of short-time Fourier transforms.
    StftPower,
    /// Layers of Elman's cells.
    Rnn,
    /// Their gradients with respect to what the gates are made of.
    RnnGradGates,
    /// Layers of gated recurrent units.
    Gru,
    /// Their gradients with respect to what the gates are made of.
    GruGradGates,
    /// Layers of long short-term memory.
    Lstm,
    /// Their gradients with respect to what the gates are made of.
    LstmGradGates,
}

/// A problem as the product of (rows, k) and (k, columns) that it is. Of layer norm, `rows` is those, and `columns` the numbers of one. Of transforms, `rows` is samples a frame and `columns` how many
/// numbers of a frame lie side by side in whole vec4s, else 1. Of recurrent layers,
/// `rows` is those of the batch, `columns` units of a gate, and `k` steps.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Problem {
    /// Rows of the product: output channels of a group.
    pub rows: usize,
    /// Columns of the product: pixels, or taps of a window times channels.
    pub columns: usize,
    /// Terms of a sum: taps of a window times channels, or pixels.
    pub k: usize,
    /// A convolution's window if it has neither stride nor dilation, else 0. Where channels do not see each other a stride may be 2.
    pub window: [usize; 2],
    /// Whether the second matrix lies by columns.
    pub by_column: bool,
    /// Whether the second matrix may be rounded to half precision.
    pub half: bool,
}

/// What of an engine a kernel needs.
#[derive(Clone, Copy, Debug)]
pub struct Needs {
    /// Read behind "needs".
    pub words: &'static str,
    /// Whether an engine has it.
    pub met: fn(&Engine) -> bool,
}

/// How a kernel reads its operands, where the functions that record it have to know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reads {
    /// As the last kernel of its family does.
    AsTheLast,
    /// Of a product, the second matrix as it is, in the one order that the row admits.
    InOneOrder,
    /// Of a product, the second matrix packed as halves.
    Halves,
    /// Of a gradient of weights, rows of images as they are.
    Rows,
    /// In strips of rows as they are; of a gradient of weights once for each channel of the side that has few.
    Strips,
    /// Of a transform, a frame into the registers of eight lanes.
    Frames,
    /// The same where all frames have one window.
    FramesAlike,
}

/// A row of the table.
#[derive(Clone, Copy, Debug)]
pub struct Variant {
    /// What it computes.
    pub family: Family,
    /// What runs.
    pub kernel: &'static Kernel,
    /// Rows of its tile.
    pub rows: usize,
    /// Columns of a unit of its work, of all its invocations: channels for those that take rows of pictures, else pixels, numbers or bins.
    pub columns: usize,
    /// Invocations of a unit of its work.
    pub lanes: usize,
    /// How it reads.
    pub reads: Reads,
    /// On which engines it is used.
    pub needs: Needs,
    /// For which problems it is used.
    pub fits: fn(&Problem) -> bool,
    /// Why it is there.
    pub why: &'static str,
}

impl Variant {
    /// Whether it shares a tile through workgroup memory.
    pub fn by_group(&self) -> bool {
        self.lanes == WG
    }

    /// Rows that are packed side by side: those of its tile, and no less than a vec4 holds.
    pub(super) fn height(&self) -> usize {
        self.rows.next_multiple_of(4)
    }

    /// Whether the lanes of a subgroup share what they read.
    pub(super) fn by_subgroup(&self) -> bool {
        self.kernel.features.contains(wgpu::Features::SUBGROUP)
    }

    /// The same row for a kernel that reads so.
    const fn reading(self, reads: Reads) -> Self {
        Self { reads, ..self }
    }

    /// How many terms of a sum it takes at once: parts of a sum begin at multiples.
    pub(super) fn steps(&self) -> usize {
        if self.by_group() { 16 } else { 4 }
    }

    /// `units` as a parameter. Its invocations have to be countable too: an invocation finds its unit by its own number.
    ///
    /// # Errors
    /// [`Error::Argument`](crate::Error::Argument) if the invocations do not fit a u32.
    pub(super) fn units(&self, op: &'static str, units: usize) -> Result<u32> {
        to_u32(op, self.lanes * units)?;
        to_u32(op, units)
    }

    /// The workgroups of so many units.
    pub(super) fn grid(&self, units: usize) -> Grid {
        Grid::flat(self.lanes * units, WG)
    }
}

const NOTHING: Needs = Needs { words: "nothing", met: |_| true };
const GPU: Needs = Needs { words: "a GPU", met: |engine| engine.kind() == AdapterKind::Gpu };
const CPU: Needs = Needs { words: "a processor", met: |engine| engine.kind() == AdapterKind::Cpu };
const EIGHT_LANES: Needs = Needs {
    words: "a processor with subgroups of exactly 8 lanes",
    met: |engine| engine.kind() == AdapterKind::Cpu && engine.subgroup_size() == Some(8),
};

/// Half a tile of the kernels that share it through workgroup memory, each way, and one step of it.
fn fills(problem: &Problem) -> bool {
    problem.rows >= 32 && problem.columns >= 32 && problem.k >= 16
}

/// So few columns would leave most of a larger tile's lanes without work.
fn thin(problem: &Problem) -> bool {
    problem.rows <= 4 || problem.columns <= 8
}

/// More than half of 32 rows: a tile of 16 is not slower for fewer.
fn tall(problem: &Problem) -> bool {
    problem.rows > 16
}

/// Tall, and columns for half of eight lanes with 8 each: what the lanes share is one pixel.
fn tall_and_wide(problem: &Problem) -> bool {
    tall(problem) && problem.columns >= 32
}

/// Frames that fill the lanes' rows, and that the lanes' registers and first cache can hold.
fn held_by_lanes(problem: &Problem) -> bool {
    (256..=2048).contains(&problem.rows)
}

/// Units in whole vec4s, and a last step to keep the first one's state in.
fn keeps_start(problem: &Problem) -> bool {
    in_fours(problem) && problem.k > 1
}

/// Rows for eight lanes of both of two cores, in whole vec4s, of not more turns than an invocation takes.
fn rows_of_fours(problem: &Problem) -> bool {
    problem.rows >= 16 && in_fours(problem) && problem.columns < TURNS
}

/// Units in whole vec4s.
fn in_fours(problem: &Problem) -> bool {
    problem.columns.is_multiple_of(4)
}

/// Most of a tile of 24 x 16.
fn wide(problem: &Problem) -> bool {
    tall(problem) && problem.columns > 8
}

/// Windows of 3x3.
fn of_three(problem: &Problem) -> bool {
    problem.window == [3, 3]
}

const BY_GROUP: &str = "lanes load side by side, and 64 x 64 outputs share what they loaded in workgroup memory";
const BY_LANES: &str = "loads cost, arithmetic is nearly free: eight lanes load an operand once and broadcast it";
const IN_REGISTERS: &str = "runs everywhere: no features, no workgroup memory";
const UNROLLED: &str = "as conv2d and conv2d_cpu, but reads a pixel once for all of a window's taps, and an input without borders as it is";
const EIGHT_ROWS: &str =
    "a weight is loaded once for eight rows of the batch: eight lanes load what they share and broadcast it";
const FOUR_ROWS: &str = "runs everywhere, for any number of units: four rows of the batch share what a workgroup keeps";
const DOWN_COLUMNS: &str = "neighbours read neighbours, and go down columns: three pixels of x are read for one of y";
const DOWN_STRIPS: &str = "a pixel is read by vec4 and once for all of a window's taps, whatever the width of a row";
const ANY_WINDOW: &str = "runs everywhere, for any window, stride and dilation";
const A_ROW_A_LANE: &str =
    "nobody waits for a row's sums, which are read once, and eight rows share what they read of gamma and beta";
const TOGETHER: &str = "runs everywhere: a workgroup shares a row and adds its sums in a tree";
const IN_PLACE: &str = "reads x and dy as they are, and a pixel once for all of a window's taps";

/// The table. Within a family the first row that is admitted is used; the last one always is.
pub const TABLE: &[Variant] = &[
    row(
        Family::Gemm,
        &gemm::GEMM_THIN_HALF,
        [4, 64, 8],
        NOTHING,
        |p| p.half && p.rows <= 4,
        "as gemm_thin, with half as much of the second matrix to read",
    )
    .reading(Reads::Halves),
    row(
        Family::Gemm,
        &gemm::GEMM_THIN_WIDE,
        [4, 256, 8],
        CPU,
        |p| p.rows <= 4 && p.columns >= 256 && !p.by_column,
        "as gemm_thin, with a longer piece of each row of the second matrix at a time",
    )
    .reading(Reads::InOneOrder),
    row(
        Family::Gemm,
        &gemm::GEMM_THIN_TURNED,
        [4, 8, 8],
        NOTHING,
        |p| p.rows <= 4 && p.by_column && p.k.is_multiple_of(4) && p.k >= 64,
        "few rows, and what is added lies in a row: neighbours read neighbours",
    )
    .reading(Reads::InOneOrder),
    row(
        Family::Gemm,
        &gemm::GEMM_THIN,
        [4, 64, 8],
        NOTHING,
        thin,
        "few rows or columns: nothing to share, and quick to compile",
    ),
    row(Family::Gemm, &gemm::GEMM_GPU, [64, 64, WG], GPU, fills, BY_GROUP),
    row(
        Family::Gemm,
        &gemm::GEMM_TALL_CPU,
        [64, 32, 8],
        EIGHT_LANES,
        |p| p.rows > 32 && p.k > 128,
        "as gemm_cpu, with 4 columns a lane for 8: short sums gain more by writing twice as much of a row at once",
    ),
    row(Family::Gemm, &gemm::GEMM_CPU, [32, 64, 8], EIGHT_LANES, tall, BY_LANES),
    row(
        Family::Gemm,
        &gemm::GEMM_WIDE,
        [24, 128, 8],
        NOTHING,
        |p| p.rows > 48 && p.columns > 64,
        "as gemm, with fewer loads where a larger tile is filled",
    ),
    row(Family::Gemm, &gemm::GEMM, [16, 64, 8], NOTHING, |_| true, IN_REGISTERS),
    row(Family::Conv2d, &conv2d_gpu::CONV2D_GPU, [64, 64, WG], GPU, fills, BY_GROUP),
    row(
        Family::Conv2d,
        &conv2d::CONV2D_K3_FEW,
        [1, 512, 8],
        NOTHING,
        |p| p.rows <= 3 && p.window == [3, 3],
        "few outputs would leave most channels of a larger tile without work",
    ),
    row(Family::Conv2d, &conv2d::CONV2D_K2_CPU, [32, 64, 8], EIGHT_LANES, |p| tall(p) && p.window == [2, 2], UNROLLED),
    row(Family::Conv2d, &conv2d::CONV2D_K3_CPU, [32, 64, 8], EIGHT_LANES, |p| tall(p) && p.window == [3, 3], UNROLLED),
    row(Family::Conv2d, &conv2d::CONV2D_CPU, [32, 64, 8], EIGHT_LANES, tall, BY_LANES),
    row(Family::Conv2d, &conv2d::CONV2D_K2, [8, 256, 8], NOTHING, |p| p.window == [2, 2], UNROLLED),
    row(Family::Conv2d, &conv2d::CONV2D_K3, [8, 256, 8], NOTHING, |p| p.window == [3, 3], UNROLLED),
    row(Family::Conv2d, &conv2d::CONV2D, [16, 64, 8], NOTHING, |_| true, IN_REGISTERS),
    row(Family::Conv2dGradWeight, &grad_weight::CONV2D_GRAD_WEIGHT_GPU, [64, 64, WG], GPU, fills, BY_GROUP),
    row(
        Family::Conv2dGradWeight,
        &CONV2D_GRAD_WEIGHT_K3_FEW,
        [4, 1, 1],
        NOTHING,
        |p| p.rows.min(p.columns / 9) <= 4 && p.window == [3, 3],
        "reads x and dy as they are, once for each channel of the side that has few",
    )
    .reading(Reads::Strips),
    row(
        Family::Conv2dGradWeight,
        &grad_rows::CONV2D_GRAD_WEIGHT_K2_CPU,
        [32, 16, 8],
        EIGHT_LANES,
        |p| tall_and_wide(p) && p.window == [2, 2],
        IN_PLACE,
    )
    .reading(Reads::Rows),
    row(
        Family::Conv2dGradWeight,
        &grad_weight::CONV2D_GRAD_WEIGHT_TALL_CPU,
        [64, 32, 8],
        EIGHT_LANES,
        |p| p.rows > 32 && p.columns >= 32,
        "as conv2d_grad_weight_cpu, with 4 numbers of a lane's own a step for 8",
    ),
    row(
        Family::Conv2dGradWeight,
        &grad_weight::CONV2D_GRAD_WEIGHT_CPU,
        [32, 64, 8],
        EIGHT_LANES,
        tall_and_wide,
        BY_LANES,
    ),
    row(
        Family::Conv2dGradWeight,
        &grad_rows::CONV2D_GRAD_WEIGHT_K2,
        [12, 4, 1],
        NOTHING,
        |p| p.window == [2, 2] && p.rows > 8 && p.columns >= 16,
        IN_PLACE,
    )
    .reading(Reads::Rows),
    row(Family::Conv2dGradWeight, &grad_weight::CONV2D_GRAD_WEIGHT_WIDE, [24, 16, 1], NOTHING, wide, IN_REGISTERS),
    row(Family::Conv2dGradWeight, &grad_weight::CONV2D_GRAD_WEIGHT, [16, 8, 1], NOTHING, |_| true, IN_REGISTERS),
    row(Family::Patch, &patch::CONV2D_PATCH_CPU, [32, 32, 8], EIGHT_LANES, |p| p.rows > 8, BY_LANES),
    row(Family::Patch, &patch::CONV2D_PATCH, [8, 32, 8], NOTHING, |_| true, IN_REGISTERS),
    row(Family::PatchGradInput, &patch::CONV2D_PATCH_GRAD_INPUT_CPU, [8, 64, 8], EIGHT_LANES, |p| p.rows > 4, BY_LANES),
    row(Family::PatchGradInput, &patch::CONV2D_PATCH_GRAD_INPUT, [8, 64, 8], NOTHING, |_| true, IN_REGISTERS),
    row(Family::PatchGradWeight, &patch::CONV2D_PATCH_GRAD_WEIGHT_CPU, [32, 8, 8], EIGHT_LANES, tall, BY_LANES),
    row(Family::PatchGradWeight, &patch::CONV2D_PATCH_GRAD_WEIGHT, [8, 4, 1], NOTHING, |_| true, IN_REGISTERS),
    row(Family::Depthwise, &depthwise::CONV2D_DEPTHWISE_K3_GPU, [1, 1, WG], GPU, of_three, DOWN_COLUMNS),
    row(Family::Depthwise, &depthwise::CONV2D_DEPTHWISE_K3, [1, 16, 1], CPU, of_three, DOWN_STRIPS)
        .reading(Reads::Strips),
    row(Family::Depthwise, &depthwise::CONV2D_DEPTHWISE, [1, 1, 1], NOTHING, |_| true, ANY_WINDOW),
    row(
        Family::DepthwiseGradInput,
        &depthwise::CONV2D_DEPTHWISE_K3_GRAD_INPUT,
        [1, 16, 1],
        CPU,
        |p| of_three(p) && p.rows == 1,
        DOWN_STRIPS,
    )
    .reading(Reads::Strips),
    row(Family::DepthwiseGradInput, &depthwise::CONV2D_DEPTHWISE_GRAD_INPUT, [1, 1, 1], NOTHING, |_| true, ANY_WINDOW),
    row(
        Family::DepthwiseGradWeight,
        &depthwise::CONV2D_DEPTHWISE_K3_GRAD_WEIGHT,
        [1, 9, 1],
        CPU,
        of_three,
        DOWN_STRIPS,
    )
    .reading(Reads::Strips),
    row(
        Family::DepthwiseGradWeight,
        &depthwise::CONV2D_DEPTHWISE_GRAD_WEIGHT,
        [1, 1, 32],
        NOTHING,
        |_| true,
        ANY_WINDOW,
    ),
    row(Family::LayerNorm, &layer_norm::LAYER_NORM_CPU, [8, 1, 8], EIGHT_LANES, rows_of_fours, A_ROW_A_LANE),
    row(Family::LayerNorm, &layer_norm::LAYER_NORM_VEC4, [1, 1, 8], NOTHING, in_fours, TOGETHER),
    row(Family::LayerNorm, &layer_norm::LAYER_NORM, [1, 1, 8], NOTHING, |_| true, TOGETHER),
    row(Family::LayerNormStats, &layer_norm::LAYER_NORM_STATS_WIDE, [8, 1, 1], CPU, rows_of_fours, A_ROW_A_LANE),
    row(Family::LayerNormStats, &layer_norm::LAYER_NORM_STATS_VEC4, [1, 1, 8], NOTHING, in_fours, TOGETHER),
    row(Family::LayerNormStats, &layer_norm::LAYER_NORM_STATS, [1, 1, 8], NOTHING, |_| true, TOGETHER),
    row(
        Family::LayerNormGradInput,
        &layer_norm::LAYER_NORM_GRAD_INPUT_CPU,
        [8, 1, 8],
        EIGHT_LANES,
        rows_of_fours,
        A_ROW_A_LANE,
    ),
    row(Family::LayerNormGradInput, &layer_norm::LAYER_NORM_GRAD_INPUT_VEC4, [1, 1, 8], NOTHING, in_fours, TOGETHER),
    row(Family::LayerNormGradInput, &layer_norm::LAYER_NORM_GRAD_INPUT, [1, 1, 8], NOTHING, |_| true, TOGETHER),
    row(
        Family::LayerNormDots,
        &layer_norm::LAYER_NORM_DOTS_WIDE,
        [64, 128, 8],
        CPU,
        |p| in_fours(p) && p.columns >= 128,
        "a longer piece of each row at a time, which caches follow, and a row's statistics once for four columns",
    ),
    row(Family::LayerNormDots, &layer_norm::LAYER_NORM_DOTS_VEC4, [64, 4, 1], NOTHING, in_fours, IN_REGISTERS),
    row(Family::LayerNormDots, &layer_norm::LAYER_NORM_DOTS, [64, 1, 1], NOTHING, |_| true, IN_REGISTERS),
    row(
        Family::StftPower,
        &stft::STFT_POWER_ROWS_CPU,
        [1, 1, 8],
        EIGHT_LANES,
        |p| held_by_lanes(p) && p.columns.is_multiple_of(4),
        "as stft_power_cpu, with neighbouring bins written together, and what frames have in common read once",
    )
    .reading(Reads::FramesAlike),
    row(
        Family::StftPower,
        &stft::STFT_POWER_CPU,
        [1, 1, 8],
        EIGHT_LANES,
        held_by_lanes,
        "eight lanes hold a frame and exchange numbers by shuffles, where stft_power goes through memory twice",
    )
    .reading(Reads::Frames),
    row(
        Family::StftPower,
        &stft::STFT_POWER,
        [1, 1, 32],
        NOTHING,
        |_| true,
        "runs everywhere, and at a signal's edges",
    ),
    row(Family::Rnn, &recurrent::RNN_CPU, [8, 32, 8], EIGHT_LANES, keeps_start, EIGHT_ROWS),
    row(Family::Rnn, &recurrent::RNN, [4, 4, 1], NOTHING, |_| true, FOUR_ROWS),
    row(Family::RnnGradGates, &recurrent::RNN_GRAD_GATES_CPU, [8, 32, 8], EIGHT_LANES, in_fours, EIGHT_ROWS),
    row(Family::RnnGradGates, &recurrent::RNN_GRAD_GATES, [4, 4, 1], NOTHING, |_| true, FOUR_ROWS),
    row(Family::Gru, &recurrent::GRU_CPU, [8, 32, 8], EIGHT_LANES, keeps_start, EIGHT_ROWS),
    row(Family::Gru, &recurrent::GRU, [4, 4, 1], NOTHING, |_| true, FOUR_ROWS),
    row(Family::GruGradGates, &recurrent::GRU_GRAD_GATES_CPU, [8, 32, 8], EIGHT_LANES, in_fours, EIGHT_ROWS),
    row(Family::GruGradGates, &recurrent::GRU_GRAD_GATES, [4, 4, 1], NOTHING, |_| true, FOUR_ROWS),
    row(Family::Lstm, &recurrent::LSTM_CPU, [8, 32, 8], EIGHT_LANES, keeps_start, EIGHT_ROWS),
    row(Family::Lstm, &recurrent::LSTM, [4, 4, 1], NOTHING, |_| true, FOUR_ROWS),
    row(Family::LstmGradGates, &recurrent::LSTM_GRAD_GATES_CPU, [8, 32, 8], EIGHT_LANES, in_fours, EIGHT_ROWS),
    row(Family::LstmGradGates, &recurrent::LSTM_GRAD_GATES, [4, 4, 1], NOTHING, |_| true, FOUR_ROWS),
];

const fn row(
    family: Family,
    kernel: &'static Kernel,
    [rows, columns, lanes]: [usize; 3],
    needs: Needs,
    fits: fn(&Problem) -> bool,
    why: &'static str,
) -> Variant {
    Variant { family, kernel, rows, columns, lanes, reads: Reads::AsTheLast, needs, fits, why }
}

/// The first row of `family` that is admitted.
pub fn choose(engine: &Engine, family: Family, problem: &Problem) -> &'static Variant {
    let mut last = &TABLE[0];
    for variant in TABLE.iter().filter(|variant| variant.family == family) {
        last = variant;
        if (variant.needs.met)(engine) && (variant.fits)(problem) {
            break;
        }
    }
    last
}

/// What `kernel` needs and the engine lacks; `None` where the engine is admitted to it.
pub fn lacking(engine: &Engine, kernel: &Kernel) -> Option<&'static str> {
    let variant = TABLE.iter().find(|variant| variant.kernel.path == kernel.path)?;
    (!(variant.needs.met)(engine)).then_some(variant.needs.words)
}
