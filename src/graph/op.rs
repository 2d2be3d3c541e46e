//! What a node can do.

use std::sync::Arc;

use super::Id;
use crate::shape::{
    Banded, Binary, Conv2d, Conv3d, Diagonals, Optimiser, Pool2d, Random, RecurrentCell, Reduction, Shape, Stft, Unary,
    Upsample2d,
};

/// An operation. Inputs are named in each one's documentation, in order.
#[derive(Clone, Debug, PartialEq)]
pub enum Op {
    /// Values that the caller writes before a run.
    Input(String),
    /// Values that stay from run to run: weights, running means, an optimiser's slots.
    Variable(String),
    /// The same number everywhere.
    Constant(f32),
    /// Fixed values.
    Data(Arc<[f32]>),
    /// `x`: a function of each element.
    Unary(Unary),
    /// `a, b`: a function of two elements, with NumPy's broadcasting.
    Binary(Binary),
    /// `x`: the same elements in another shape.
    Reshape(Shape),
    /// `x`: output axis `k` is input axis `axes[k]`.
    Transpose(Vec<usize>),
    /// `x`: elements `begin..end` of each axis.
    Slice {
        /// First element along each axis.
        begin: Vec<usize>,
        /// One past the last.
        end: Vec<usize>,
    },
    /// `x`: zeros around it.
    Pad {
        /// Zeros before each axis.
        before: Vec<usize>,
        /// Zeros behind each axis.
        after: Vec<usize>,
    },
    /// `x0, x1, …`: one behind the other along an axis.
    Concat(usize),
    /// `x`: repeated to a shape that it broadcasts to.
    Expand(Shape),
    /// `x`: many elements become one along `axes`, which vanish.
    Reduce(Reduction, Vec<usize>),
    /// `a, b` (…,M,K) and (…,K,N), each stored transposed if so said; two or three axes, batches broadcast.
    Matmul {
        /// `a` is stored (…,K,M).
        transpose_a: bool,
        /// `b` is stored (…,N,K).
        transpose_b: bool,
    },
    /// `x` (N,C,H,W), `weight` (O,C/groups,KH,KW) -> (N,O,OH,OW).
    Conv2d(Conv2d),
    /// `dy` (N,O,OH,OW), `weight` -> (N,C,H,W): the transpose of [`Op::Conv2d`] in its input.
    Conv2dGradInput(Conv2d, [usize; 2]),
    /// `x` (N,C,H,W), `dy` (N,O,OH,OW) -> (O,C/groups,KH,KW): the transpose of [`Op::Conv2d`] in its weight.
    Conv2dGradWeight(Conv2d, [usize; 2]),
    /// `x` (N,C,D,H,W), `weight` (O,C/groups,KD,KH,KW) -> (N,O,OD,OH,OW).
    Conv3d(Conv3d),
    /// `dy` (N,O,OD,OH,OW), `weight` -> (N,C,D,H,W): the transpose of [`Op::Conv3d`] in its input.
    Conv3dGradInput(Conv3d, [usize; 3]),
    /// `x` (N,C,D,H,W), `dy` (N,O,OD,OH,OW) -> (O,C/groups,KD,KH,KW): the transpose of [`Op::Conv3d`] in its weight.
    Conv3dGradWeight(Conv3d, [usize; 3]),
    /// `x` (N,C,H,W) -> (N,C,OH,OW); ties go to the first in reading order.
    MaxPool2d(Pool2d),
    /// `x` (N,C,H,W) -> (N,C,OH,OW): which of its window's places each maximum has, counted from 0 in reading order. Where a plan
    /// takes the maxima before the activation that gave `x`, so are these.
    MaxPool2dPlaces(Pool2d),
    /// `places` as from [`Op::MaxPool2dPlaces`], `dy` (N,C,OH,OW) -> (N,C,H,W): `dy` put there.
    MaxPool2dGradInput(Pool2d, [usize; 2]),
    /// `places`, `v` (N,C,H,W) -> (N,C,OH,OW): `v` read there.
    MaxPool2dGather(Pool2d),
    /// `x` (N,C,H,W) -> (N,C,OH,OW); padding does not count.
    AvgPool2d(Pool2d),
    /// `dy` (N,C,OH,OW) -> (N,C,H,W).
    AvgPool2dGradInput(Pool2d, [usize; 2]),
    /// `x` (N,C,H,W) -> (N,C,H FH,W FW).
    Upsample2d(Upsample2d),
    /// `dy` (N,C,H FH,W FW) -> (N,C,H,W).
    Upsample2dGradInput(Upsample2d, [usize; 2]),
    /// `x` (…,K): along the last axis.
    Softmax,
    /// `y` (…,K) from softmax, `dy`.
    SoftmaxGrad,
    /// `x` (…,K): along the last axis.
    LogSoftmax,
    /// `logits` (N,K), `targets` (N,K) probabilities -> (N).
    CrossEntropy,
    /// `logits` (N,K), `targets` (N,K), `dloss` (N) -> (N,K).
    CrossEntropyGrad,
    /// `x` (N,C,…) -> (2,C): mean and biased variance of each channel.
    BatchNormStats,
    /// `x` (N,C,…), `stats` (2,C), `gamma` (C), `beta` (C). With `training`, `stats` are those of `x`, and the gradient
    /// of `x` counts their part.
    BatchNorm {
        /// Added to the variance.
        eps: f32,
        /// Whether `stats` come from `x`.
        training: bool,
    },
    /// `x`, `stats`, `dy` -> (2,C): sums of `dy` and of `dy` times the normalised `x`.
    BatchNormGradSums(f32),
    /// `x`, `stats`, `gamma`, `sums`, `dy` -> as `x`.
    BatchNormGradInput(f32),
    /// `x` (…,N), `gamma` (N), `beta` (N): each row normalised by its own mean and variance, to which this is added.
    LayerNorm(f32),
    /// `x` (…,N) -> (…,2): mean and 1 / sqrt(variance + this) of each row.
    LayerNormStats(f32),
    /// `x` (…,N), `stats` (…,2), `gamma` (N), `dy` -> as `x`. The gradient counts that `stats` are those of `x`.
    LayerNormGradInput,
    /// `x` (…,N), `stats` (…,2), `dy` -> (2,N): sums over the rows of `dy` and of `dy` times the normalised `x`.
    LayerNormGradSums,
    /// `x`, `seed` (8 words): zero with probability `1 - keep`, else `x / keep`. The mask follows from the seed's words,
    /// `salt` and an element's position alone.
    Dropout {
        /// Probability of keeping an element.
        keep: f32,
        /// Tells the dropouts of one graph apart.
        salt: u32,
    },
    /// `gates` (T,N,gates H): what the input gives to the gates, `start` (N,state H), `weight` (gates H,H), `bias` (gates H) -> the states of
    /// all steps (T,N,state H).
    Recurrent(RecurrentCell),
    /// `y` (T,N,H), `weight` (H,H), `dy` -> (T,N,2H): the gradients of the gates and of the state before.
    RnnGrad,
    /// `gates`, `hidden` (T,N,3H): what the state gives, `y` (T,N,H), `start`, `weight`, `dy` -> (T,N,5H): the gradients of r, z, n, of
    /// `hidden` of n, and of the state before.
    GruGrad,
    /// `gates` (T,N,4H): all that goes into them, `y` (T,N,2H), `start`, `weight`, `dy` -> (T,N,6H): the gradients of i, f, g, o and of h and c
    /// before.
    LstmGrad,
    /// `seed` (8 words) -> numbers that nothing else decides.
    Random(Random),
    /// `x` (B,L), `windows` (R,n_fft), `rows` (T words) -> (B,F,T,2); `n_fft` is a power of two from 16 to 4096.
    Stft(Stft),
    /// `dy` (B,F,T,2), `windows`, `rows` -> (B,L) of this length: the transpose of [`Op::Stft`].
    StftGrad(Stft, usize),
    /// `x` (B,F,T) -> (B,M,T), or with `true` the transpose, (B,M,T) -> (B,F,T).
    Banded(Arc<Banded>, bool),
    /// `x` (B,R,N) -> (B,M,T), or with `true` the transpose, (B,M,T) -> (B,R,N).
    DiagonalSum(Arc<Diagonals>, bool),
}

impl Op {
    /// The name that errors and plans use.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Input(_) => "input",
            Self::Variable(_) => "variable",
            Self::Constant(_) => "constant",
            Self::Data(_) => "data",
            Self::Unary(_) => "unary",
            Self::Binary(_) => "binary",
            Self::Reshape(_) => "reshape",
            Self::Transpose(_) => "transpose",
            Self::Slice { .. } => "slice",
            Self::Pad { .. } => "pad",
            Self::Concat(_) => "concat",
            Self::Expand(_) => "expand",
            Self::Reduce(..) => "reduce",
            Self::Matmul { .. } => "matmul",
            Self::Conv2d(_) => "conv2d",
            Self::Conv2dGradInput(..) => "conv2d_grad_input",
            Self::Conv2dGradWeight(..) => "conv2d_grad_weight",
            Self::Conv3d(_) => "conv3d",
            Self::Conv3dGradInput(..) => "conv3d_grad_input",
            Self::Conv3dGradWeight(..) => "conv3d_grad_weight",
            Self::MaxPool2d(_) => "max_pool2d",
            Self::MaxPool2dPlaces(_) => "max_pool2d_places",
            Self::MaxPool2dGradInput(..) => "max_pool2d_grad_input",
            Self::MaxPool2dGather(_) => "max_pool2d_gather",
            Self::AvgPool2d(_) => "avg_pool2d",
            Self::AvgPool2dGradInput(..) => "avg_pool2d_grad_input",
            Self::Upsample2d(_) => "upsample2d",
            Self::Upsample2dGradInput(..) => "upsample2d_grad_input",
            Self::Softmax => "softmax",
            Self::SoftmaxGrad => "softmax_grad_input",
            Self::LogSoftmax => "log_softmax",
            Self::CrossEntropy => "cross_entropy",
            Self::CrossEntropyGrad => "cross_entropy_grad_logits",
            Self::BatchNormStats => "batch_norm_stats",
            Self::BatchNorm { .. } => "batch_norm",
            Self::BatchNormGradSums(_) => "batch_norm_grad_sums",
            Self::BatchNormGradInput(_) => "batch_norm_grad_input",
            Self::LayerNorm(_) => "layer_norm",
            Self::LayerNormStats(_) => "layer_norm_stats",
            Self::LayerNormGradInput => "layer_norm_grad_input",
            Self::LayerNormGradSums => "layer_norm_grad_sums",
            Self::Dropout { .. } => "dropout",
            Self::Recurrent(RecurrentCell::Rnn) => "rnn",
            Self::Recurrent(RecurrentCell::Gru) => "gru",
            Self::Recurrent(RecurrentCell::Lstm) => "lstm",
            Self::RnnGrad => "rnn_grad_gates",
            Self::GruGrad => "gru_grad_gates",
            Self::LstmGrad => "lstm_grad_gates",
            Self::Random(_) => "random",
            Self::Stft(_) => "stft",
            Self::StftGrad(..) => "stft_grad_input",
            Self::Banded(..) => "banded_matmul",
            Self::DiagonalSum(_, false) => "diagonal_sum",
            Self::DiagonalSum(_, true) => "diagonal_sum_grad_input",
        }
    }

    /// Whether the node only names values that are there before the run.
    pub fn is_leaf(&self) -> bool {
        matches!(self, Self::Input(_) | Self::Variable(_) | Self::Constant(_) | Self::Data(_))
    }
}

/// What happens to a variable at the end of a run.
#[derive(Clone, Debug)]
pub enum Update {
    /// It takes the value.
    Assign {
        /// The variable.
        variable: Id,
        /// Its new value.
        value: Id,
    },
    /// It takes an optimiser's step.
    Optimise {
        /// The rule.
        optimiser: Optimiser,
        /// The variable.
        variable: Id,
        /// The optimiser's own variables, as many as [`Optimiser::slots`] says.
        slots: Vec<Id>,
        /// The loss's gradient.
        gradient: Id,
        /// `[learning rate, step number from 1, factor of the gradient, …]`, 8 words: what changes from run to run.
        step: Id,
    },
}

impl Update {
    /// What it reads beside the variables that it changes.
    pub fn reads(&self) -> Vec<Id> {
        match self {
            Self::Assign { value, .. } => vec![*value],
            Self::Optimise { gradient, step, .. } => vec![*gradient, *step],
        }
    }

    /// The variables that it changes.
    pub fn changes(&self) -> Vec<Id> {
        match self {
            Self::Assign { variable, .. } => vec![*variable],
            Self::Optimise { variable, slots, .. } => [&[*variable], slots.as_slice()].concat(),
        }
    }
}
