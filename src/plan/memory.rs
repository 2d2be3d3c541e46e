//! Which values share memory: a value's place is free again behind the last step that reads it.

use super::fuse::Step;
use crate::graph::{Graph, Update};

/// Places of every step's output and scratch.
pub(super) struct Layout {
    /// Elements of each place.
    pub slots: Vec<usize>,
    /// One a step.
    pub steps: Vec<Places>,
    /// Bytes if nothing were shared.
    pub values: u64,
}

/// One step's places.
pub(super) struct Places {
    pub output: usize,
    /// (place, elements)
    pub scratch: Vec<(usize, usize)>,
}

/// Assigns places step by step: the free one whose size is nearest, grown if need be.
pub(super) fn assign(graph: &Graph, steps: &[Step], scratch: &[Vec<usize>]) -> Layout {
    let last_read = last_reads(graph, steps);
    let mut slots: Vec<usize> = Vec::new();
    let mut free: Vec<usize> = Vec::new();
    let mut place_of = vec![None; graph.nodes().len()];
    let mut layout = Vec::new();
    let mut values = 0;
    for (at, (step, wanted)) in steps.iter().zip(scratch).enumerate() {
        let count = graph.shape(step.output).count();
        let mut take = |count: usize| {
            values += 4 * count as u64;
            let nearest = (0..free.len()).min_by_key(|&i| slots[free[i]].abs_diff(count));
            match nearest {
                Some(i) => {
                    let slot = free.swap_remove(i);
                    slots[slot] = slots[slot].max(count);
                    slot
                }
                None => {
                    slots.push(count);
                    slots.len() - 1
                }
            }
        };
        let output = take(count);
        let scratch: Vec<_> = wanted.iter().map(|&count| (take(count.max(1)), count.max(1))).collect();
        free.extend(scratch.iter().map(|(slot, _)| *slot));
        place_of[step.output.index()] = Some(output);
        layout.push(Places { output, scratch });
        for (node, last) in last_read.iter().enumerate() {
            if *last == Some(at) {
                free.extend(place_of[node].take());
            }
        }
    }
    Layout { slots, steps: layout, values }
}

/// The last step that reads each node's value; `None` if it lives on (outputs, what updates read) or is never made.
fn last_reads(graph: &Graph, steps: &[Step]) -> Vec<Option<usize>> {
    let mut last = vec![None; graph.nodes().len()];
    for (at, step) in steps.iter().enumerate() {
        for &input in &step.inputs {
            last[graph.root(input).index()] = Some(at);
        }
    }
    let kept = graph.outputs().iter().map(|(_, id)| *id).chain(graph.updates().iter().flat_map(Update::reads));
    for id in kept {
        last[graph.root(id).index()] = None;
    }
    last
}
