//! Constructors with the field's names.

use std::sync::Arc;

use super::op::Op;
use super::{Graph, Id};
use crate::error::{Error, Result};
use crate::shape::{Banded, Binary, Conv2d, Conv3d, Diagonals, Pool2d, Random, Reduction, Shape, Stft, Unary};

macro_rules! unary {
    ($($(#[$doc:meta])* $name:ident => $function:expr;)*) => { $(
        $(#[$doc])*
        ///
        /// # Errors
        /// [`Error::Argument`] if `x` is of another graph.
        pub fn $name(&mut self, x: Id) -> Result<Id> {
            self.unary($function, x)
        }
    )* };
}

macro_rules! binary {
    ($($(#[$doc:meta])* $name:ident => $function:expr;)*) => { $(
        $(#[$doc])*
        ///
        /// # Errors
        /// [`Error::Shape`] if the shapes do not broadcast, or to more than six axes.
        pub fn $name(&mut self, a: Id, b: Id) -> Result<Id> {
            self.add(Op::Binary($function), &[a, b])
        }
    )* };
}

impl Graph {
    /// Values that the caller writes before a run.
    ///
    /// # Errors
    /// [`Error::Argument`] if the name is taken, [`Error::Shape`] for an extent of 0.
    pub fn input(&mut self, name: impl Into<String>, shape: impl Into<Shape>) -> Result<Id> {
        let name = name.into();
        self.named(&name)?;
        self.push(Op::Input(name), &[], shape.into())
    }

    /// Values that stay from run to run.
    ///
    /// # Errors
    /// [`Error::Argument`] if the name is taken, [`Error::Shape`] for an extent of 0.
    pub fn variable(&mut self, name: impl Into<String>, shape: impl Into<Shape>) -> Result<Id> {
        let name = name.into();
        self.named(&name)?;
        self.push(Op::Variable(name), &[], shape.into())
    }

    fn named(&self, name: &str) -> Result<()> {
        let taken = |op: &Op| matches!(op, Op::Input(known) | Op::Variable(known) if known == name);
        if self.nodes().iter().any(|node| taken(&node.op)) {
            return Err(Error::Argument { operation: "graph", problem: format!("there are two tensors named {name}") });
        }
        Ok(())
    }

    /// The same number everywhere.
    ///
    /// # Errors
    /// [`Error::Shape`] for an extent of 0.
    pub fn constant(&mut self, value: f32, shape: impl Into<Shape>) -> Result<Id> {
        self.push(Op::Constant(value), &[], shape.into())
    }

    /// Fixed values.
    ///
    /// # Errors
    /// [`Error::Shape`] if the count is not the shape's, or an extent is 0.
    pub fn data(&mut self, values: &[f32], shape: impl Into<Shape>) -> Result<Id> {
        let shape = shape.into();
        if shape.count() != values.len() {
            return Err(Error::shape("data", "values", format_args!("{} values", shape.count()), values.len()));
        }
        self.push(Op::Data(Arc::from(values)), &[], shape)
    }

    /// A function of each element.
    ///
    /// # Errors
    /// [`Error::Argument`] if `x` is of another graph.
    pub fn unary(&mut self, function: Unary, x: Id) -> Result<Id> {
        self.add(Op::Unary(function), &[x])
    }

    unary! {
        /// `-x`
        neg => Unary::Neg;
        /// `e^x`
        exp => Unary::Exp;
        /// Natural logarithm.
        log => Unary::Log;
        /// Square root.
        sqrt => Unary::Sqrt;
        /// `1 / sqrt(x)`
        rsqrt => Unary::Rsqrt;
        /// `x^2`
        square => Unary::Square;
        /// Magnitude.
        abs => Unary::Abs;
        /// `max(0, x)`
        relu => Unary::Relu;
        /// Sigmoid.
        sigmoid => Unary::Sigmoid;
        /// Hyperbolic tangent.
        tanh => Unary::Tanh;
        /// `x` times the share of a normal distribution below it.
        gelu => Unary::Gelu;
    }

    binary! {
        /// `a + b`
        plus => Binary::Add;
        /// `a - b`
        minus => Binary::Sub;
        /// `a b`, element by element.
        times => Binary::Mul;
        /// `a / b`
        divide => Binary::Div;
        /// The larger of the two.
        maximum => Binary::Maximum;
        /// The smaller of the two.
        minimum => Binary::Minimum;
    }

    /// `x` above 0, else `alpha (e^x - 1)`.
    ///
    /// # Errors
    /// [`Error::Argument`] if `x` is of another graph.
    pub fn elu(&mut self, x: Id, alpha: f32) -> Result<Id> {
        self.unary(Unary::Elu(alpha), x)
    }

    /// `scale x + offset`
    ///
    /// # Errors
    /// [`Error::Argument`] if `x` is of another graph.
    pub fn affine(&mut self, x: Id, scale: f32, offset: f32) -> Result<Id> {
        self.unary(Unary::Affine(scale, offset), x)
    }

    /// The same elements in another shape; costs nothing.
    ///
    /// # Errors
    /// [`Error::Shape`] if the counts differ.
    pub fn reshape(&mut self, x: Id, shape: impl Into<Shape>) -> Result<Id> {
        let shape = shape.into();
        if shape == *self.known("reshape", x)? { Ok(x) } else { self.add(Op::Reshape(shape), &[x]) }
    }

    /// Output axis `k` is input axis `axes[k]`.
    ///
    /// # Errors
    /// [`Error::Shape`] if `axes` does not name each axis once, or there are more than six.
    pub fn transpose(&mut self, x: Id, axes: &[usize]) -> Result<Id> {
        self.add(Op::Transpose(axes.to_vec()), &[x])
    }

    /// Elements `begin..end` of each axis.
    ///
    /// # Errors
    /// [`Error::Shape`] if the ranges do not lie inside, one is empty, or there are more than six axes.
    pub fn slice(&mut self, x: Id, begin: &[usize], end: &[usize]) -> Result<Id> {
        let whole = begin.iter().all(|&at| at == 0) && end == self.known("slice", x)?.dims();
        let op = Op::Slice { begin: begin.to_vec(), end: end.to_vec() };
        if whole && begin.len() == end.len() { Ok(x) } else { self.add(op, &[x]) }
    }

    /// Zeros around `x`.
    ///
    /// # Errors
    /// [`Error::Shape`] if the counts of axes differ, or there are more than six.
    pub fn pad(&mut self, x: Id, before: &[usize], after: &[usize]) -> Result<Id> {
        let none = before.iter().chain(after).all(|&zeros| zeros == 0);
        let rank = self.known("pad", x)?.rank();
        let op = Op::Pad { before: before.to_vec(), after: after.to_vec() };
        if none && before.len() == rank && after.len() == rank { Ok(x) } else { self.add(op, &[x]) }
    }

    /// One behind the other along `axis`.
    ///
    /// # Errors
    /// [`Error::Shape`] if the others' extents differ, or there are more than six axes.
    pub fn concat(&mut self, inputs: &[Id], axis: usize) -> Result<Id> {
        match inputs {
            [x] if axis < self.known("concat", *x)?.rank() => Ok(*x),
            _ => self.add(Op::Concat(axis), inputs),
        }
    }

    /// `x` repeated to `shape`.
    ///
    /// # Errors
    /// [`Error::Shape`] if it does not broadcast to it, or it has more than six axes.
    pub fn expand(&mut self, x: Id, shape: impl Into<Shape>) -> Result<Id> {
        let shape = shape.into();
        if shape == *self.known("expand", x)? { Ok(x) } else { self.add(Op::Expand(shape), &[x]) }
    }

    /// Many elements become one along ascending `axes`, which vanish.
    ///
    /// # Errors
    /// [`Error::Shape`] if an axis is not there, or more than three runs of neighbouring axes vanish or stay.
    pub fn reduce(&mut self, kind: Reduction, x: Id, axes: &[usize]) -> Result<Id> {
        self.known("reduce", x)?;
        if axes.is_empty() { Ok(x) } else { self.add(Op::Reduce(kind, axes.to_vec()), &[x]) }
    }

    /// The mean of all elements, a scalar.
    ///
    /// # Errors
    /// [`Error::Argument`] if `x` is of another graph.
    pub fn mean_all(&mut self, x: Id) -> Result<Id> {
        let axes: Vec<_> = (0..self.known("reduce", x)?.rank()).collect();
        self.reduce(Reduction::Mean, x, &axes)
    }

    /// The sum of all elements, a scalar.
    ///
    /// # Errors
    /// [`Error::Argument`] if `x` is of another graph.
    pub fn sum_all(&mut self, x: Id) -> Result<Id> {
        let axes: Vec<_> = (0..self.known("reduce", x)?.rank()).collect();
        self.reduce(Reduction::Sum, x, &axes)
    }

    /// Sums `x` over the axes along which `shape` was broadcast to it: the transpose of [`expand`](Self::expand).
    ///
    /// # Errors
    /// [`Error::Shape`] if `shape` does not broadcast to that of `x`.
    pub fn sum_to(&mut self, x: Id, shape: &Shape) -> Result<Id> {
        let from = self.known("sum_to", x)?.clone();
        if shape.broadcast(&from).as_ref() != Some(&from) {
            return Err(Error::shape("sum_to", "shape", format_args!("a shape that broadcasts to {from}"), shape));
        }
        let missing = from.rank() - shape.rank();
        let spread = |axis: &usize| *axis < missing || (shape.dims()[axis - missing] == 1 && from.dims()[*axis] != 1);
        let axes: Vec<_> = (0..from.rank()).filter(spread).collect();
        // A max pool's gradient puts each dy at one pixel, so the sum over pixels is the sum of dy, which is smaller.
        let pooled = matches!(self.node(x).op, Op::MaxPool2dGradInput(..)) && axes.contains(&2) && axes.contains(&3);
        let of = if pooled { self.node(x).inputs[1] } else { x };
        let sum = self.reduce(Reduction::Sum, of, &axes)?;
        self.reshape(sum, shape.clone())
    }

    /// `a b`: (…,M,K) times (…,K,N).
    ///
    /// # Errors
    /// [`Error::Shape`] if they do not fit.
    pub fn matmul(&mut self, a: Id, b: Id) -> Result<Id> {
        self.matmul_transposed(a, b, false, false)
    }

    /// As [`matmul`](Self::matmul), with either stored transposed.
    ///
    /// # Errors
    /// [`Error::Shape`] if they do not fit.
    pub fn matmul_transposed(&mut self, a: Id, b: Id, transpose_a: bool, transpose_b: bool) -> Result<Id> {
        self.add(Op::Matmul { transpose_a, transpose_b }, &[a, b])
    }

    /// `x` (N,C,H,W), `weight` (O,C/groups,KH,KW) -> (N,O,OH,OW).
    ///
    /// # Errors
    /// [`Error::Shape`] or [`Error::Argument`] if they do not fit.
    pub fn conv2d(&mut self, x: Id, weight: Id, conv: Conv2d) -> Result<Id> {
        self.add(Op::Conv2d(conv), &[x, weight])
    }

    /// `x` (N,C,D,H,W), `weight` (O,C/groups,KD,KH,KW) -> (N,O,OD,OH,OW).
    ///
    /// # Errors
    /// [`Error::Shape`] or [`Error::Argument`] if they do not fit.
    pub fn conv3d(&mut self, x: Id, weight: Id, conv: Conv3d) -> Result<Id> {
        self.add(Op::Conv3d(conv), &[x, weight])
    }

    /// The largest of each window.
    ///
    /// # Errors
    /// [`Error::Argument`] if the window does not fit.
    pub fn max_pool2d(&mut self, x: Id, pool: Pool2d) -> Result<Id> {
        self.add(Op::MaxPool2d(pool), &[x])
    }

    /// The mean of each window; padding does not count.
    ///
    /// # Errors
    /// [`Error::Argument`] if the window does not fit.
    pub fn avg_pool2d(&mut self, x: Id, pool: Pool2d) -> Result<Id> {
        self.add(Op::AvgPool2d(pool), &[x])
    }

    /// (N,C,H,W) -> (N,C), the mean over each image.
    ///
    /// # Errors
    /// [`Error::Shape`] if there are fewer than three axes.
    pub fn global_avg_pool(&mut self, x: Id) -> Result<Id> {
        self.global(Reduction::Mean, x)
    }

    /// (N,C,H,W) -> (N,C), the largest of each image.
    ///
    /// # Errors
    /// [`Error::Shape`] if there are fewer than three axes.
    pub fn global_max_pool(&mut self, x: Id) -> Result<Id> {
        self.global(Reduction::Max, x)
    }

    fn global(&mut self, kind: Reduction, x: Id) -> Result<Id> {
        let rank = self.known("global_pool", x)?.rank();
        if rank < 3 {
            return Err(Error::shape("global_pool", "x", "(N,C,…)", self.shape(x)));
        }
        self.reduce(kind, x, &(2..rank).collect::<Vec<_>>())
    }

    /// Softmax along the last axis.
    ///
    /// # Errors
    /// [`Error::Argument`] if `x` is of another graph.
    pub fn softmax(&mut self, x: Id) -> Result<Id> {
        self.add(Op::Softmax, &[x])
    }

    /// The logarithm of softmax along the last axis.
    ///
    /// # Errors
    /// [`Error::Argument`] if `x` is of another graph.
    pub fn log_softmax(&mut self, x: Id) -> Result<Id> {
        self.add(Op::LogSoftmax, &[x])
    }

    /// `logits` (N,K), `targets` (N,K) probabilities -> the loss of each row (N).
    ///
    /// # Errors
    /// [`Error::Shape`] if they differ.
    pub fn cross_entropy(&mut self, logits: Id, targets: Id) -> Result<Id> {
        self.add(Op::CrossEntropy, &[logits, targets])
    }

    /// `x` (N,C,…) with the statistics of this batch -> (normalised, statistics (2,C)).
    ///
    /// # Errors
    /// [`Error::Shape`] if they do not fit.
    pub fn batch_norm_training(&mut self, x: Id, gamma: Id, beta: Id, eps: f32) -> Result<(Id, Id)> {
        let stats = self.add(Op::BatchNormStats, &[x])?;
        Ok((self.add(Op::BatchNorm { eps, training: true }, &[x, stats, gamma, beta])?, stats))
    }

    /// `x` (N,C,…) with given statistics (2,C): mean and variance.
    ///
    /// # Errors
    /// [`Error::Shape`] if they do not fit.
    pub fn batch_norm_inference(&mut self, x: Id, stats: Id, gamma: Id, beta: Id, eps: f32) -> Result<Id> {
        self.add(Op::BatchNorm { eps, training: false }, &[x, stats, gamma, beta])
    }

    /// `x` (…,N), each row less its mean and divided by the root of its biased variance plus `eps`, times `gamma` (N), plus `beta` (N).
    ///
    /// # Errors
    /// [`Error::Shape`] if they do not fit.
    pub fn layer_norm(&mut self, x: Id, gamma: Id, beta: Id, eps: f32) -> Result<Id> {
        self.add(Op::LayerNorm(eps), &[x, gamma, beta])
    }

    /// Binary neurons: 1 where the probability `p` is above `threshold`, else 0; a gradient passes as if it were `p`. With p a sigmoid of
    /// some slope that is the sigmoid-adjusted straight-through estimator (Chung, Ahn & Bengio 2017). A threshold of a half makes them
    /// deterministic, one that [`random`](Self::random) draws stochastic.
    ///
    /// # Errors
    /// [`Error::Shape`] if the two do not broadcast.
    pub fn neuron(&mut self, p: Id, threshold: Id) -> Result<Id> {
        self.add(Op::Binary(Binary::Neuron), &[p, threshold])
    }

    /// Random numbers that follow from `seed` (8 words) and `random`'s salt alone.
    ///
    /// # Errors
    /// [`Error::Shape`] if the seed is not 8 words.
    pub fn random(&mut self, seed: Id, random: Random) -> Result<Id> {
        self.add(Op::Random(random), &[seed])
    }

    /// Zero with probability `1 - keep`, else `x / keep`; `seed` (8) tells the runs apart, `salt` the dropouts.
    ///
    /// # Errors
    /// [`Error::Argument`] if `keep` is not in (0, 1].
    pub fn dropout(&mut self, x: Id, seed: Id, keep: f32, salt: u32) -> Result<Id> {
        self.add(Op::Dropout { keep, salt }, &[x, seed])
    }

    /// `x` (B,L), `windows` (R,n_fft; a power of two from 16 to 4096), `rows` (T words): frame `t` under window `rows[t]` -> (B,F,T,2).
    ///
    /// # Errors
    /// [`Error::Shape`] or [`Error::Argument`] if they do not fit.
    pub fn stft(&mut self, x: Id, windows: Id, rows: Id, stft: Stft) -> Result<Id> {
        self.add(Op::Stft(stft), &[x, windows, rows])
    }

    /// Complex numbers (…,2) -> their squared magnitudes (…).
    ///
    /// # Errors
    /// [`Error::Shape`] if the last axis is not 2.
    pub fn power(&mut self, x: Id) -> Result<Id> {
        let rank = self.known("power", x)?.rank();
        if self.shape(x).dims().last() != Some(&2) {
            return Err(Error::shape("power", "x", "(…,2)", self.shape(x)));
        }
        let square = self.square(x)?;
        self.reduce(Reduction::Sum, square, &[rank - 1])
    }

    /// A constant banded matrix (M,F) times `x` (B,F,T) -> (B,M,T).
    ///
    /// # Errors
    /// [`Error::Shape`] if they do not fit.
    pub fn banded(&mut self, matrix: &Arc<Banded>, x: Id) -> Result<Id> {
        self.add(Op::Banded(Arc::clone(matrix), false), &[x])
    }

    /// Sums along the diagonals of `x` (B,R,N) -> (B,M,T).
    ///
    /// # Errors
    /// [`Error::Shape`] if `x` is not what `diagonals` read.
    pub fn diagonal_sum(&mut self, diagonals: &Arc<Diagonals>, x: Id) -> Result<Id> {
        self.add(Op::DiagonalSum(Arc::clone(diagonals), false), &[x])
    }
}
