//! Layer 3. From a graph to dispatches: what is fused, which memory is shared, what is bound. The only room that knows
//! both graph and kernels.
//!
//! A plan is made once and run often. Running it allocates nothing and binds nothing. What depends on variables alone, such as
//! packed weights, is made by its prologue, which runs again only when variables have changed.

mod fuse;
mod lower;
mod memory;
mod variables;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use fuse::{Kind, Step};
use memory::Layout;
pub use variables::Variables;
use variables::Version;

use crate::error::{Error, Result};
use crate::gpu::{Engine, Recorder, Recording, Submission, Tensor};
use crate::graph::{Graph, Id, Op};
use crate::kernels::Contents;
use crate::kernels::gemm::Second;
use crate::shape::Shape;

/// What a plan may do.
#[derive(Clone, Copy, Debug)]
pub struct PlanOptions {
    /// Whether operations are fused. Off only to compare.
    pub fuse: bool,
    /// Whether what depends on variables alone is made once, not in every run. Off only to compare.
    pub prologue: bool,
    /// Whether weights that no run changes are kept in half precision where reading them is most of the work: products of up to four
    /// rows. They are rounded to 11 bits, those beyond 65,504 to that, and those that a file held as f16 are not changed; sums
    /// are full precision. What is kept takes half the weights' memory beside them.
    pub half: bool,
}

impl Default for PlanOptions {
    fn default() -> Self {
        Self { fuse: true, prologue: true, half: false }
    }
}

/// A graph made ready to run on an engine.
#[derive(Debug)]
pub struct Plan {
    prologue: Recording,
    recording: Recording,
    /// Of the variables, now.
    version: Version,
    /// Of the variables, when the prologue was last encoded.
    done: Arc<Mutex<Option<u64>>>,
    updates: bool,
    inputs: BTreeMap<String, Tensor>,
    outputs: BTreeMap<String, Tensor>,
    summary: Summary,
}

/// What planning did.
#[derive(Clone, Debug, Default)]
pub struct Summary {
    /// Nodes of the graph that its outputs and updates need.
    pub nodes: usize,
    /// Dispatches and copies of a run.
    pub dispatches: usize,
    /// Dispatches and copies of the prologue.
    pub prologue: usize,
    /// Pipelines that were made for this plan; it shares others with plans before it on its engine.
    pub pipelines: usize,
    /// What was fused into what, with how often.
    pub fused: BTreeMap<String, usize>,
    /// Bytes of a run's intermediate values, as if each had memory of its own.
    pub values: u64,
    /// Bytes of the memory that they share.
    pub pool: u64,
    /// Bytes of what the prologue makes.
    pub kept: u64,
    /// Bytes of the variables.
    pub variables: u64,
    /// Bytes of variables and of what the prologue made that runs touch.
    pub lasting: u64,
    /// Bytes of inputs, constants, and tables that kernels read.
    pub others: u64,
}

impl Plan {
    /// Plans `graph`. Its variables have to be in `variables`, whose memory the plan then reads and updates.
    ///
    /// # Errors
    /// [`Error::Argument`] naming a variable that is missing or of another shape, [`Error::Gpu`] if memory or limits do not
    /// suffice, [`Error::Shader`] if a kernel does not compile.
    pub fn new(graph: &Graph, variables: &Variables, options: PlanOptions) -> Result<Self> {
        let engine = variables.engine();
        let live = fuse::live(graph);
        let mut steps = fuse::steps(graph, &live, options.fuse);
        let lasting = if options.prologue { memory::lasting(graph) } else { vec![false; graph.nodes().len()] };
        second_matrices(&mut steps, &lasting, options.half);
        let mut scratch = steps.iter().map(|step| lower::scratch(engine, graph, step)).collect::<Result<Vec<_>>>()?;
        if !options.prologue {
            scratch.iter_mut().flatten().for_each(|scratch| scratch.contents = Contents::OfRun);
        }
        let (mut tensors, inputs) = leaves(graph, variables, &live, &fuse::bound(graph, &steps))?;
        let layout = memory::assign(graph, &steps, &scratch, &lasting);
        let pool = layout.slots.iter().map(|slot| engine.tensor([slot.count])).collect::<Result<Vec<_>>>()?;
        let once = pool.iter().zip(&layout.slots).filter_map(|(tensor, slot)| slot.once.then_some(tensor));
        let once: Vec<_> = once.collect();
        let mut recorder = Recorder::new(engine);
        let leaves =
            tensors.all.iter().zip(&lasting).filter_map(|(tensor, lasting)| tensor.as_ref().filter(|_| *lasting));
        leaves.chain(once.iter().copied()).for_each(|tensor| recorder.keep(tensor));
        record(&mut recorder, &mut tensors, &steps, &layout, &pool)?;
        let outputs = graph
            .outputs()
            .iter()
            .map(|(name, id)| Ok((name.clone(), tensors.get(*id)?)))
            .collect::<Result<BTreeMap<_, _>>>()?;
        let memory = memory_of(&recorder, &pool, &once, variables);
        let pipelines = recorder.compile()?;
        let [prologue, recording] = recorder.split()?;
        let summary = Summary {
            nodes: live.iter().filter(|&&live| live).count(),
            dispatches: recording.len(),
            prologue: prologue.len(),
            pipelines,
            fused: fuse::report(&steps),
            values: layout.values,
            variables: graph.variables().iter().map(|(_, id)| 4 * graph.shape(*id).count() as u64).sum(),
            ..memory
        };
        let version = variables.version().clone();
        let updates = !graph.updates().is_empty();
        Ok(Self { prologue, recording, version, done: Arc::default(), updates, inputs, outputs, summary })
    }

    /// The engine that runs it.
    pub fn engine(&self) -> &Engine {
        self.recording.engine()
    }

    /// The memory of an input.
    ///
    /// # Errors
    /// [`Error::Argument`] if there is none of this name.
    pub fn input(&self, name: &str) -> Result<&Tensor> {
        find(&self.inputs, "input", name)
    }

    /// The memory of an output; another run overwrites it.
    ///
    /// # Errors
    /// [`Error::Argument`] if there is none of this name.
    pub fn output(&self, name: &str) -> Result<&Tensor> {
        find(&self.outputs, "output", name)
    }

    /// Writes an input before the next run, in a submission of its own.
    ///
    /// # Errors
    /// [`Error::Argument`] if there is none of this name, [`Error::Shape`] if the count differs.
    pub fn write(&self, name: &str, values: &[f32]) -> Result<()> {
        self.engine().write(self.input(name)?, values)
    }

    /// Submits one run, behind the prologue if variables have changed since its last.
    pub fn run(&self) {
        let mut encoder = self.engine().device().create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
        // Held until the submission: a run on another thread must not count on a prologue that is still to come.
        let mut done = self.done.lock().unwrap_or_else(PoisonError::into_inner);
        self.record(&mut encoder, &mut done);
        self.engine().submit(encoder);
        self.changed(&mut done);
    }

    /// Encodes a whole run into the caller's encoder: the prologue if variables have changed since it was last encoded, then
    /// everything else. Submits nothing.
    ///
    /// The plan then counts on the encoder being submitted before the plan is run or encoded into another encoder, before
    /// other plans that read variables which this one updates, and before variables change. If the encoder is dropped instead,
    /// call [`refresh`](Self::refresh); if another plan came in between, [`Variables::touch`] behind the submission.
    pub fn encode(&self, encoder: &mut wgpu::CommandEncoder) {
        let mut done = self.done.lock().unwrap_or_else(PoisonError::into_inner);
        self.record(encoder, &mut done);
        self.changed(&mut done);
    }

    /// Encodes a whole run into a submission. If that comes to nothing, the next run begins with the prologue again.
    pub fn add_to(&self, submission: &mut Submission) {
        self.encode(submission.encoder());
        let done = Arc::clone(&self.done);
        submission.otherwise(move || *done.lock().unwrap_or_else(PoisonError::into_inner) = None);
    }

    fn record(&self, encoder: &mut wgpu::CommandEncoder, done: &mut Option<u64>) {
        // A change from here on is seen by the next run.
        let now = self.version.now();
        if *done != Some(now) {
            self.prologue.encode(encoder);
            *done = Some(now);
        }
        self.recording.encode(encoder);
    }

    /// Tells every plan on the variables that they have changed; this one's prologue reads none that it updates.
    fn changed(&self, done: &mut Option<u64>) {
        if self.updates {
            let before = self.version.raise();
            if *done == Some(before) {
                *done = Some(before + 1);
            }
        }
    }

    /// Makes the next run begin with the prologue, for what the plan cannot know: an encoder with it was dropped.
    pub fn refresh(&self) {
        *self.done.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    /// What is done once, before the first run and whenever variables have changed: to print or profile.
    pub fn prologue(&self) -> &Recording {
        &self.prologue
    }

    /// What every run does, to print or profile; it reads what the [prologue](Self::prologue) has left. [`encode`](Self::encode)
    /// encodes both.
    pub fn recording(&self) -> &Recording {
        &self.recording
    }

    /// What planning did.
    pub fn summary(&self) -> &Summary {
        &self.summary
    }
}

/// Bytes that running a graph takes, told without a device.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Footprint {
    /// Of its variables: weights, running statistics, an optimiser's slots.
    pub variables: u64,
    /// Of inputs and constants, and of the memory that intermediate values share. What kernels need beside that, such as packed weights, follows from the device and is
    /// not counted.
    pub values: u64,
}

impl Footprint {
    /// Of a graph.
    pub fn of(graph: &Graph) -> Self {
        let live = fuse::live(graph);
        let steps = fuse::steps(graph, &live, true);
        let layout = memory::assign(graph, &steps, &vec![Vec::new(); steps.len()], &memory::lasting(graph));
        let bytes = |id: Id| 4 * graph.shape(id).count() as u64;
        let sum = |of: fn(&Op) -> bool| {
            graph.ids().filter(|id| live[id.index()] && of(&graph.node(*id).op)).map(bytes).sum::<u64>()
        };
        let shared: u64 = layout.slots.iter().map(|slot| 4 * slot.count as u64).sum();
        Self {
            variables: sum(|op| matches!(op, Op::Variable(_))),
            values: shared + sum(|op| matches!(op, Op::Input(_) | Op::Data(_))),
        }
    }

    /// All of it.
    pub fn bytes(self) -> u64 {
        self.variables + self.values
    }
}

/// Tells products which of their second matrices no run changes, and whether those may be halves.
fn second_matrices(steps: &mut [Step], lasting: &[bool], half: bool) {
    for step in steps {
        let Kind::Gemm { gemm, .. } = &mut step.kind else { continue };
        gemm.b = match (lasting[step.inputs[1].index()], half) {
            (false, _) => Second::Changes,
            (true, false) => Second::Stays,
            (true, true) => Second::Halves,
        };
    }
}

/// The memory of inputs, of variables, and of constants that somebody reads; and the inputs by name.
fn leaves<'a>(
    graph: &'a Graph,
    variables: &Variables,
    live: &[bool],
    bound: &[bool],
) -> Result<(Tensors<'a>, BTreeMap<String, Tensor>)> {
    let engine = variables.engine();
    let mut all = vec![None; graph.nodes().len()];
    let mut inputs = BTreeMap::new();
    for id in graph.ids() {
        let shape = graph.shape(id);
        all[id.index()] = match &graph.node(id).op {
            Op::Input(name) => {
                let tensor = engine.tensor(shape.clone())?;
                inputs.insert(name.clone(), tensor.clone());
                Some(tensor)
            }
            Op::Variable(name) if live[id.index()] => Some(variables.expect(name, shape)?.clone()),
            // One that a variable is only set to needs no memory.
            Op::Constant(value) if bound[id.index()] => {
                Some(engine.upload(shape.clone(), &vec![*value; shape.count()])?)
            }
            Op::Data(values) if live[id.index()] => Some(engine.upload(shape.clone(), values)?),
            _ => None,
        };
    }
    Ok((Tensors { graph, all }, inputs))
}

/// Records all steps in the memory that `layout` gives them, and the updates behind them.
fn record(
    recorder: &mut Recorder,
    tensors: &mut Tensors<'_>,
    steps: &[Step],
    layout: &Layout,
    pool: &[Tensor],
) -> Result<()> {
    let graph = tensors.graph;
    let at = |slot: usize, shape: &Shape| Tensor::from_buffer(pool[slot].buffer().clone(), 0, shape);
    for (step, places) in steps.iter().zip(&layout.steps) {
        tensors.all[step.output.index()] = Some(at(places.output, graph.shape(step.output))?);
        if let Some((id, slot)) = step.also.zip(places.also) {
            tensors.all[id.index()] = Some(at(slot, graph.shape(id))?);
        }
        let scratch = places.scratch.iter().map(|&(slot, count)| at(slot, &[count].into()));
        lower::record(recorder, tensors, step, &scratch.collect::<Result<Vec<_>>>()?)?;
    }
    graph.updates().iter().try_for_each(|update| lower::update(recorder, tensors, update))
}

/// The part of a summary that is about memory: `pool` is that of values, `once` what of it the prologue makes.
fn memory_of(recorder: &Recorder, pool: &[Tensor], once: &[&Tensor], variables: &Variables) -> Summary {
    let kept = once.iter().map(|tensor| tensor.bytes()).sum();
    let touched = recorder.buffers_of_runs();
    let lasting = variables.iter().map(|(_, tensor)| tensor).chain(once.iter().copied());
    let lasting = lasting.filter(|tensor| touched.contains(tensor.buffer())).map(Tensor::bytes).sum();
    let known: Vec<_> = pool.iter().chain(variables.iter().map(|(_, tensor)| tensor)).map(Tensor::buffer).collect();
    let others = recorder.buffers().into_iter().filter(|buffer| !known.contains(&buffer));
    let others = others.map(|buffer| buffer.size()).sum();
    Summary { pool: pool.iter().map(Tensor::bytes).sum::<u64>() - kept, kept, lasting, others, ..Summary::default() }
}

fn find<'a>(all: &'a BTreeMap<String, Tensor>, kind: &str, name: &str) -> Result<&'a Tensor> {
    all.get(name).ok_or_else(|| {
        let known: Vec<_> = all.keys().map(String::as_str).collect();
        let problem = format!("there is no {kind} named {name}; there are: {}", known.join(", "));
        Error::Argument { operation: "plan", problem }
    })
}

/// The memory of every value that has some by now.
struct Tensors<'a> {
    graph: &'a Graph,
    all: Vec<Option<Tensor>>,
}

impl Tensors<'_> {
    /// The memory of `id`, in its shape: a reshape shares the memory of what it reads.
    fn get(&self, id: Id) -> Result<Tensor> {
        let root = self.graph.root(id);
        let tensor = self.all[root.index()].as_ref();
        let tensor = tensor.ok_or_else(|| Error::Argument {
            operation: "plan",
            problem: "a value is read before it is made".into(),
        })?;
        tensor.reshape(self.graph.shape(id))
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mib = |bytes: u64| bytes as f64 / f64::from(1 << 20);
        writeln!(f, "{} nodes in {} dispatches, and {} in the prologue", self.nodes, self.dispatches, self.prologue)?;
        for (what, times) in &self.fused {
            writeln!(f, "fused {times} x {what}")?;
        }
        writeln!(f, "{} new pipelines", self.pipelines)?;
        write!(
            f,
            "{:.1} MiB of values in {:.1} MiB, {:.1} MiB made by the prologue, {:.1} MiB of variables, \
             {:.1} MiB of inputs, constants and tables",
            mib(self.values),
            mib(self.pool),
            mib(self.kept),
            mib(self.variables),
            mib(self.others)
        )
    }
}
