//! Which values share memory: a value's place is free again behind the last step that reads it. What is made once shares none
//! with what every run makes, and stays.

use super::fuse::Step;
use crate::graph::{Graph, Id, Op, Update};
use crate::kernels::{Contents, Scratch};

/// Which values no run changes: constants, variables that this graph does not update, and what follows from them alone.
pub(super) fn lasting(graph: &Graph) -> Vec<bool> {
    let updated: Vec<_> = graph.updates().iter().flat_map(Update::changes).collect();
    let mut lasting: Vec<bool> = Vec::new();
    for id in graph.ids() {
        let node = graph.node(id);
        lasting.push(match node.op {
            Op::Input(_) => false,
            Op::Variable(_) => !updated.contains(&id),
            _ => node.inputs.iter().all(|input| lasting[input.index()]),
        });
    }
    lasting
}

/// Places of every step's output and scratch.
pub(super) struct Layout {
    pub slots: Vec<Slot>,
    /// One a step.
    pub steps: Vec<Places>,
    /// Bytes of what every run makes if nothing were shared.
    pub values: u64,
}

/// A piece of memory.
pub(super) struct Slot {
    /// Elements.
    pub count: usize,
    /// Whether only the prologue writes it.
    pub once: bool,
}

/// One step's places.
pub(super) struct Places {
    pub output: usize,
    pub also: Option<usize>,
    /// (place, elements)
    pub scratch: Vec<(usize, usize)>,
}

/// Assigns places step by step: the free one whose size is nearest, grown if need be.
pub(super) fn assign(graph: &Graph, steps: &[Step], scratch: &[Vec<Scratch>], lasting: &[bool]) -> Layout {
    let last_read = last_reads(graph, steps, lasting);
    let is_lasting = |id: &Id| lasting[id.index()];
    let mut places = Pool::default();
    let mut place_of = vec![None; graph.nodes().len()];
    let mut layout = Vec::new();
    for (at, (step, wanted)) in steps.iter().zip(scratch).enumerate() {
        let once = is_lasting(&step.output);
        let output = places.take(graph.shape(step.output).count(), once);
        let also = step.also.map(|id| places.take(graph.shape(id).count(), once));
        let mut scratch = Vec::new();
        let mut passing = Vec::new();
        for &Scratch { len: count, contents } in wanted {
            let stays = count > 1
                && match contents {
                    Contents::OfRun => false,
                    Contents::OfOperand(index) => is_lasting(&step.inputs[index]),
                    Contents::OfShapes => true,
                };
            let slot = places.take(count.max(1), once || stays);
            scratch.push((slot, count.max(1)));
            passing.extend((once || !stays).then_some(slot));
        }
        places.free(passing);
        place_of[step.output.index()] = Some(output);
        if let Some(id) = step.also {
            place_of[id.index()] = also;
        }
        layout.push(Places { output, also, scratch });
        for (node, last) in last_read.iter().enumerate() {
            if *last == Some(at) {
                places.free(place_of[node].take());
            }
        }
    }
    Layout { slots: places.slots, steps: layout, values: places.values }
}

/// All places, and which of them are free.
#[derive(Default)]
struct Pool {
    slots: Vec<Slot>,
    free: Vec<usize>,
    values: u64,
}

impl Pool {
    /// A place that the prologue writes is free for the prologue alone: all of it runs before anything else.
    fn take(&mut self, count: usize, once: bool) -> usize {
        if !once {
            self.values += 4 * count as u64;
        }
        let fitting = (0..self.free.len()).filter(|&i| self.slots[self.free[i]].once == once);
        match fitting.min_by_key(|&i| self.slots[self.free[i]].count.abs_diff(count)) {
            Some(i) => {
                let at = self.free.swap_remove(i);
                self.slots[at].count = self.slots[at].count.max(count);
                at
            }
            None => {
                self.slots.push(Slot { count, once });
                self.slots.len() - 1
            }
        }
    }

    fn free(&mut self, slots: impl IntoIterator<Item = usize>) {
        self.free.extend(slots);
    }
}

/// The last step that reads each node's value; `None` if it lives on (outputs, what updates read, what the prologue leaves to
/// every run) or is never made.
fn last_reads(graph: &Graph, steps: &[Step], lasting: &[bool]) -> Vec<Option<usize>> {
    let mut last = vec![None; graph.nodes().len()];
    for (at, step) in steps.iter().enumerate() {
        for &input in &step.inputs {
            last[graph.root(input).index()] = Some(at);
        }
    }
    let left = steps.iter().filter(|step| !lasting[step.output.index()]);
    let left = left.flat_map(|step| step.inputs.iter().copied()).filter(|id| lasting[id.index()]);
    let ends = graph.outputs().iter().map(|(_, id)| *id).chain(graph.updates().iter().flat_map(Update::reads));
    for id in ends.chain(left) {
        last[graph.root(id).index()] = None;
    }
    last
}
