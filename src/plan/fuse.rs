//! Nodes become steps: one dispatch family each. Hand-written kernels take more than one node where they can.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::graph::{Banded, Graph, Id, Node, Op, Stft, Update};
use crate::kernels::conv2d::conv2d_pools;
use crate::kernels::gemm::Gemm;
use crate::kernels::pointwise::LONGEST_CHAIN;
use crate::kernels::stft::Order;
use crate::shape::{Binary, Conv2d, Padding, Pool2d, Reduction, Unary};

/// What one step does.
#[derive(Clone, Debug)]
pub(super) enum Kind {
    /// One node as it stands.
    Node(Op),
    /// Functions of one number, one behind the other.
    Chain(Vec<Unary>),
    /// [`Op::Conv2d`] or [`Op::Conv3d`], then bias, activation and, over images, 2x2 max-pool where they are there.
    Conv { op: Op, bias: bool, activation: Option<Unary>, pool: bool },
    /// Matrix product, then bias and activation where they are there.
    Gemm { gemm: Gemm, bias: bool },
    /// Squared magnitudes of short-time Fourier transforms.
    Spectrogram(Spectrogram),
}

/// What is made of squared magnitudes in one step.
#[derive(Clone, Debug)]
pub(super) struct Spectrogram {
    pub stft: Stft,
    /// Their means over neighbouring frames.
    pub mean: bool,
    /// The product of this matrix and them.
    pub bank: Option<Arc<Banded>>,
    /// Which of frames and rows lie side by side.
    pub order: Order,
}

impl Spectrogram {
    /// Numbers of a frame.
    pub fn rows(&self) -> usize {
        self.bank.as_ref().map_or(self.stft.n_fft / 2 + 1, |bank| bank.size()[0])
    }
}

/// One step: what it reads (in the kernel's order), the nodes whose values it makes, and how many nodes it covers.
#[derive(Clone, Debug)]
pub(super) struct Step {
    pub kind: Kind,
    pub inputs: Vec<Id>,
    pub output: Id,
    /// With maxima, their places.
    pub also: Option<Id>,
    pub covers: usize,
}

/// Which nodes the outputs and updates need.
pub(super) fn live(graph: &Graph) -> Vec<bool> {
    let mut live = vec![false; graph.nodes().len()];
    let mut open: Vec<_> = ends(graph);
    while let Some(id) = open.pop() {
        if !std::mem::replace(&mut live[id.index()], true) {
            open.extend(&graph.node(id).inputs);
        }
    }
    live
}

fn ends(graph: &Graph) -> Vec<Id> {
    let updates = graph.updates().iter().flat_map(|update| [update.changes(), update.reads()].concat());
    graph.outputs().iter().map(|(_, id)| *id).chain(updates).collect()
}

/// Whose memory is read by a step, by an optimiser or by the caller.
pub(super) fn bound(graph: &Graph, steps: &[Step]) -> Vec<bool> {
    let mut bound = vec![false; graph.nodes().len()];
    // What is assigned is copied if a step made it, and a constant is filled in.
    let stepped = graph.updates().iter().filter(|update| matches!(update, Update::Optimise { .. }));
    let updates = stepped.flat_map(Update::reads);
    let read = steps.iter().flat_map(|step| step.inputs.iter().copied());
    for id in read.chain(updates).chain(graph.outputs().iter().map(|(_, id)| *id)) {
        bound[graph.root(id).index()] = true;
    }
    bound
}

/// The steps of all live nodes, in an order in which they can run.
pub(super) fn steps(graph: &Graph, live: &[bool], fuse: bool) -> Vec<Step> {
    let mut readers = vec![0; graph.nodes().len()];
    for id in graph.ids().filter(|id| live[id.index()] && !matches!(graph.node(*id).op, Op::Reshape(_))) {
        for &input in &graph.node(id).inputs {
            readers[graph.root(input).index()] += 1;
        }
    }
    for id in ends(graph) {
        readers[graph.root(id).index()] += 1;
    }
    // By output: a step that takes over a later node moves to that node's place, behind all that the node reads.
    let mut steps: BTreeMap<Id, Step> = BTreeMap::new();
    let mut told = Vec::new();
    for id in graph.ids() {
        let node = graph.node(id);
        if !live[id.index()] || node.op.is_leaf() || matches!(node.op, Op::Reshape(_)) || told.contains(&id) {
            continue;
        }
        let also = fuse.then(|| places(graph, live, &told, id)).flatten();
        // Who asks for the places of maxima reads the same as they.
        let own = 1 + usize::from(also.is_some());
        let taken = fuse.then(|| {
            stft_power(graph, &steps, &readers, id)
                .or_else(|| stft_mean(graph, &steps, &readers, id))
                .or_else(|| stft_rows(graph, &steps, &readers, id))
                .or_else(|| absorb(graph, &steps, &readers, own, id))
        });
        let (from, mut step) = taken.flatten().unwrap_or_else(|| (Vec::new(), plain(node, id)));
        from.iter().for_each(|id| drop(steps.remove(id)));
        step.also = also;
        step.covers += usize::from(also.is_some());
        told.extend(also);
        steps.insert(id, step);
    }
    steps.into_values().collect()
}

/// The places of the maxima that node `id` takes, if they are wanted behind it and no other node has told them.
fn places(graph: &Graph, live: &[bool], told: &[Id], id: Id) -> Option<Id> {
    let Op::MaxPool2d(pool) = graph.node(id).op else { return None };
    let inputs = &graph.node(id).inputs;
    let same = |at: &Id| graph.node(*at).op == Op::MaxPool2dPlaces(pool) && graph.node(*at).inputs == *inputs;
    graph.ids().skip(id.index()).find(|at| live[at.index()] && !told.contains(at) && same(at))
}

fn plain(node: &Node, output: Id) -> Step {
    let kind = match &node.op {
        Op::Unary(function) => Kind::Chain(vec![*function]),
        op @ (Op::Conv2d(_) | Op::Conv3d(_)) => {
            Kind::Conv { op: op.clone(), bias: false, activation: None, pool: false }
        }
        Op::Matmul { transpose_a, transpose_b } => {
            let gemm = Gemm { transpose_a: *transpose_a, transpose_b: *transpose_b, ..Gemm::default() };
            Kind::Gemm { gemm, bias: false }
        }
        op => Kind::Node(op.clone()),
    };
    Step { kind, inputs: node.inputs.clone(), output, also: None, covers: 1 }
}

/// Steps that vanish, and the one that does their work too.
type Taken = (Vec<Id>, Step);

/// |X|^2 of a transform: the transform, a square, and a sum over the pair, if nobody else reads the two in between.
fn stft_power(graph: &Graph, steps: &BTreeMap<Id, Step>, readers: &[usize], id: Id) -> Option<Taken> {
    let sum = graph.node(id);
    let pair = matches!(&sum.op, Op::Reduce(Reduction::Sum, axes) if *axes == [3]);
    let only = |id: &Id| steps.get(id).filter(|_| pair && readers[id.index()] == 1);
    let square = only(&sum.inputs[0])?;
    let transform = only(&square.inputs[0])?;
    match (&square.kind, &transform.kind) {
        (Kind::Chain(chain), Kind::Node(Op::Stft(stft))) if chain.as_slice() == [Unary::Square] => {
            let inputs = transform.inputs.clone();
            let kind = Kind::Spectrogram(Spectrogram { stft: *stft, mean: false, bank: None, order: Order::Rows });
            let step = Step { kind, inputs, output: id, also: None, covers: 3 };
            Some((vec![square.output, transform.output], step))
        }
        _ => None,
    }
}

/// The mean of |X|^2 over neighbouring frames, if nobody else reads the frames.
fn stft_mean(graph: &Graph, steps: &BTreeMap<Id, Step>, readers: &[usize], id: Id) -> Option<Taken> {
    let mean = graph.node(id);
    let &from = mean.inputs.first()?;
    let [.., frames, blocks] = *graph.shape(from).dims() else { return None };
    let last = graph.shape(from).rank() - 1;
    let power = graph.root(from);
    let over = matches!(&mean.op, Op::Reduce(Reduction::Mean, axes) if *axes == [last]);
    let step = steps.get(&power).filter(|_| over && readers[power.index()] == 1)?;
    // Frames have to stay the last axis, or means would run from one frequency into the next.
    let whole = graph.shape(power).dims().last() == Some(&(frames * blocks));
    let Kind::Spectrogram(made @ Spectrogram { mean: false, bank: None, order: Order::Rows, .. }) = &step.kind else {
        return None;
    };
    let kind = Kind::Spectrogram(Spectrogram { mean: true, ..made.clone() });
    whole.then(|| (vec![power], Step { kind, output: id, covers: step.covers + 1, ..step.clone() }))
}

/// A banded matrix times a spectrogram, and frames before rows, if nobody else reads what was there before.
fn stft_rows(graph: &Graph, steps: &BTreeMap<Id, Step>, readers: &[usize], id: Id) -> Option<Taken> {
    let node = graph.node(id);
    let &from = node.inputs.first()?;
    let root = graph.root(from);
    let step = steps.get(&root).filter(|_| readers[root.index()] == 1)?;
    let Kind::Spectrogram(made @ Spectrogram { order: Order::Rows, .. }) = &step.kind else { return None };
    let dims = graph.shape(from).dims();
    // Read as another shape, it may have other rows.
    if dims.last() != graph.shape(root).dims().last() {
        return None;
    }
    let made = match &node.op {
        Op::Banded(matrix, false) if made.bank.is_none() && dims[1] == made.rows() => {
            Spectrogram { bank: Some(Arc::clone(matrix)), ..made.clone() }
        }
        Op::Transpose(axes) if swaps_last(axes) && dims[dims.len() - 2] == made.rows() => {
            Spectrogram { order: Order::Frames, ..made.clone() }
        }
        _ => return None,
    };
    let kind = Kind::Spectrogram(made);
    Some((vec![root], Step { kind, output: id, also: None, covers: step.covers + 1, ..step.clone() }))
}

/// Whether a transposition exchanges the last two axes and no others.
fn swaps_last(axes: &[usize]) -> bool {
    let rank = axes.len();
    rank >= 2 && axes.iter().enumerate().all(|(at, &axis)| axis == if at + 2 < rank { at } else { 2 * rank - 3 - at })
}

/// The step that makes an input of node `id`, if it can do the node's work too and nobody but `own` readers reads that input.
fn absorb(graph: &Graph, steps: &BTreeMap<Id, Step>, readers: &[usize], own: usize, id: Id) -> Option<Taken> {
    let node = graph.node(id);
    node.inputs.iter().enumerate().find_map(|(side, &from)| {
        let alone = readers[from.index()] == own && (side == 0 || matches!(node.op, Op::Binary(Binary::Add)));
        // A matrix that a larger bias would broadcast is left alone.
        let whole = matches!(node.op, Op::MaxPool2d(_)) || graph.shape(from) == &node.shape;
        let step = steps.get(&from).filter(|_| alone && whole)?;
        let other = node.inputs.get(1 - side.min(1)).copied();
        let (kind, extra) = extend(graph, step, node, other)?;
        let inputs = step.inputs.iter().copied().chain(extra).collect();
        Some((vec![from], Step { kind, inputs, output: id, also: None, covers: step.covers + 1 }))
    })
}

fn extend(graph: &Graph, step: &Step, node: &Node, other: Option<Id>) -> Option<(Kind, Option<Id>)> {
    match (&step.kind, &node.op) {
        (Kind::Chain(chain), Op::Unary(function)) if chain.len() < LONGEST_CHAIN => {
            Some((Kind::Chain([chain.as_slice(), &[*function]].concat()), None))
        }
        (Kind::Conv { op, bias: false, activation: None, pool: false }, Op::Binary(Binary::Add)) => {
            let bias = other.filter(|&bias| is_bias(graph, node, bias, 1))?;
            Some((Kind::Conv { op: op.clone(), bias: true, activation: None, pool: false }, Some(bias)))
        }
        (&Kind::Conv { ref op, bias, activation: None, pool: false }, Op::Unary(function))
            if function.is_activation() =>
        {
            Some((Kind::Conv { op: op.clone(), bias, activation: Some(*function), pool: false }, None))
        }
        (&Kind::Conv { op: Op::Conv2d(conv), bias, activation, pool: false }, Op::MaxPool2d(pool))
            if is_halving(*pool) && activation.is_none_or(Unary::never_falls) && pools(graph, step, &conv) =>
        {
            Some((Kind::Conv { op: Op::Conv2d(conv), bias, activation, pool: true }, None))
        }
        (&Kind::Gemm { gemm: gemm @ Gemm { activation: None, .. }, bias: false }, Op::Binary(Binary::Add)) => {
            let bias = other.filter(|&bias| is_bias(graph, node, bias, node.shape.rank() - 1))?;
            Some((Kind::Gemm { gemm, bias: true }, Some(bias)))
        }
        (&Kind::Gemm { gemm: gemm @ Gemm { activation: None, .. }, bias }, Op::Unary(function))
            if function.is_activation() =>
        {
            Some((Kind::Gemm { gemm: Gemm { activation: Some(*function), ..gemm }, bias }, None))
        }
        _ => None,
    }
}

/// Whether `bias` is one number for each index of `axis` of the node's output.
fn is_bias(graph: &Graph, node: &Node, bias: Id, axis: usize) -> bool {
    let shape = graph.shape(bias);
    let missing = node.shape.rank() - shape.rank();
    let wanted = node.shape.dims()[axis];
    axis >= missing && shape.count() == wanted && shape.dims()[axis - missing] == wanted
}

/// Whether the convolution's kernels can take the maxima on the way.
fn pools(graph: &Graph, step: &Step, conv: &Conv2d) -> bool {
    let [x, weight] = [step.inputs[0], step.inputs[1]].map(|id| graph.shape(id));
    conv2d_pools(x, weight, conv).unwrap_or(false)
}

fn is_halving(pool: Pool2d) -> bool {
    pool == Pool2d { kernel: [2, 2], stride: [2, 2], padding: Padding::Valid }
}

/// What was fused, with how often.
pub(super) fn report(steps: &[Step]) -> BTreeMap<String, usize> {
    let mut fused = BTreeMap::new();
    for step in steps.iter().filter(|step| step.covers > 1) {
        let function = |f: &Unary| format!("{f:?}").to_lowercase();
        let with = |base: &str, bias: bool, activation: &Option<Unary>, pool: bool| {
            let bias = bias.then(|| "bias".to_owned());
            let pool = pool.then(|| "max_pool2d".to_owned());
            [Some(base.to_owned()), bias, activation.as_ref().map(function), pool]
                .into_iter()
                .flatten()
                .collect::<Vec<_>>()
        };
        let parts = match &step.kind {
            Kind::Chain(chain) => chain.iter().map(function).collect(),
            Kind::Conv { op, bias, activation, pool } => with(op.name(), *bias, activation, *pool),
            Kind::Gemm { gemm, bias } => with("gemm", *bias, &gemm.activation, false),
            Kind::Spectrogram(Spectrogram { mean, bank, order, .. }) => {
                let turned = *order == Order::Frames;
                let extra = [(*mean, "mean"), (bank.is_some(), "banded_matmul"), (turned, "transpose")];
                let extra = extra.into_iter().filter(|(is, _)| *is).map(|(_, name)| name);
                ["stft", "power"].into_iter().chain(extra).map(str::to_owned).collect()
            }
            Kind::Node(op) => vec![op.name().into()],
        };
        let parts: Vec<_> = parts.into_iter().chain(step.also.map(|_| "places".into())).collect();
        *fused.entry(parts.join(" + ")).or_default() += 1;
    }
    fused
}
