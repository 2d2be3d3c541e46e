//! Recurrent layers. Sizes are steps, rows of the batch and units.

use super::dirty;
use crate::doctor::{Case, Output};
use crate::kernels::recurrent::{
    self as kernels, gru_grad_gates_scratch, lstm_grad_gates_scratch, recurrent_scratch, rnn_grad_gates_scratch,
};
use crate::reference::compare::{narrow, noise, wide};
use crate::reference::recurrent::Sequence;
use crate::shape::RecurrentCell;

/// What a layer is given.
struct Given {
    sequence: Sequence,
    gates: Vec<f32>,
    start: Vec<f32>,
    weight: Vec<f32>,
    bias: Vec<f32>,
}

impl Given {
    fn new(cell: RecurrentCell, [steps, n, units]: [usize; 3]) -> Self {
        let (gates, state) = (cell.gates(), cell.state());
        // Products of a row and the weights stay about as large as the gates.
        let small = 2.0 / (units as f32).sqrt();
        Self {
            sequence: Sequence { steps, n, units },
            gates: noise(steps * n * gates * units, 1).iter().map(|v| 2.0 * v).collect(),
            start: noise(n * state * units, 2),
            weight: noise(gates * units * units, 3).iter().map(|v| small * v).collect(),
            bias: noise(gates * units, 4),
        }
    }

    fn forward(&self, cell: RecurrentCell) -> Vec<f64> {
        let [gates, start, weight, bias] =
            [&self.gates, &self.start, &self.weight, &self.bias].map(|values| wide(values));
        match cell {
            RecurrentCell::Rnn => self.sequence.rnn(&gates, &start, &weight, &bias),
            RecurrentCell::Gru => self.sequence.gru(&gates, &start, &weight, &bias),
            RecurrentCell::Lstm => self.sequence.lstm(&gates, &start, &weight, &bias),
        }
    }
}

/// How many roundings of numbers around 1 add up in a step: of a sum of `units` terms, and of the functions behind it. What a step is off
/// goes through the next ones, which shrink it or, with these weights, at most double it over a few.
fn ulps(units: usize) -> f64 {
    64.0 + 4.0 * (units as f64).sqrt()
}

/// A layer of any kind.
pub fn forward(cell: RecurrentCell, size: [usize; 3]) -> Case {
    let [steps, n, units] = size;
    let given = Given::new(cell, size);
    let (gates, state) = (cell.gates() * units, cell.state() * units);
    let want = given.forward(cell);
    let scale = want.iter().map(|v| v.abs() + 1.0).collect();
    let inputs: [(&[usize], &[f32]); 4] = [
        (&[steps, n, gates], &given.gates),
        (&[n, state], &given.start),
        (&[gates, units], &given.weight),
        (&[gates], &given.bias),
    ];
    let output = Output::new(&[steps, n, state], want, scale, ulps(units));
    Case::new(format!("{cell:?}").to_lowercase(), &inputs, output, move |rec, t, y| {
        let scratch = dirty(rec, recurrent_scratch(t[2].shape()))?;
        let tensors = [&t[0], &t[1], &t[2], &t[3]];
        match cell {
            RecurrentCell::Rnn => kernels::rnn(rec, tensors, y, &scratch),
            RecurrentCell::Gru => kernels::gru(rec, tensors, y, &scratch),
            RecurrentCell::Lstm => kernels::lstm(rec, tensors, y, &scratch),
        }
    })
}

/// The gradient of a layer's gates, from its values as f32 holds them.
pub fn grad_gates(cell: RecurrentCell, size: [usize; 3]) -> Case {
    let [steps, n, units] = size;
    let given = Given::new(cell, size);
    let (gates, state) = (cell.gates() * units, cell.state() * units);
    let y = narrow(&given.forward(cell));
    let dy = noise(y.len(), 5);
    let [wide_gates, wide_y, wide_start, wide_weight, wide_dy] =
        [&given.gates, &y, &given.start, &given.weight, &dy].map(|values| wide(values));
    let h: Vec<_> = wide_y.chunks(state).flat_map(|row| &row[..units]).copied().collect();
    let first: Vec<_> = wide_start.chunks(state).flat_map(|row| &row[..units]).copied().collect();
    let hidden = narrow(&given.sequence.hidden(&h, &first, &wide_weight, &wide(&given.bias)));
    let whole: Vec<f32> = given.gates.iter().zip(&hidden).map(|(g, u)| g + u).collect();
    let (want, blocks) = match cell {
        RecurrentCell::Rnn => (given.sequence.rnn_grad_gates([&wide_y, &wide_weight, &wide_dy]), 2),
        RecurrentCell::Gru => {
            let all = [&wide_gates, &wide(&hidden), &wide_y, &wide_start, &wide_weight, &wide_dy];
            (given.sequence.gru_grad_gates(all.map(Vec::as_slice)), 5)
        }
        RecurrentCell::Lstm => {
            let all = [&wide(&whole), &wide_y, &wide_start, &wide_weight, &wide_dy];
            (given.sequence.lstm_grad_gates(all.map(Vec::as_slice)), 6)
        }
    };
    // Gradients add up over steps: they are as large as the largest.
    let largest = want.iter().fold(1.0_f64, |most, v| most.max(v.abs()));
    let output = Output::new(&[steps, n, blocks * units], want.clone(), vec![largest; want.len()], ulps(units));
    let sequence: &[usize] = &[steps, n, gates];
    let weight: &[usize] = &[gates, units];
    let (states, start): (&[usize], &[usize]) = (&[steps, n, state], &[n, state]);
    match cell {
        RecurrentCell::Rnn => {
            let inputs = [(states, y.as_slice()), (weight, &given.weight), (states, &dy)];
            Case::new("rnn_grad_gates", &inputs, output, |rec, t, d| {
                let scratch = dirty(rec, rnn_grad_gates_scratch(t[1].shape()))?;
                kernels::rnn_grad_gates(rec, [&t[0], &t[1], &t[2]], d, &scratch)
            })
        }
        RecurrentCell::Gru => {
            let inputs = [
                (sequence, given.gates.as_slice()),
                (sequence, &hidden),
                (states, &y),
                (start, &given.start),
                (weight, &given.weight),
                (states, &dy),
            ];
            Case::new("gru_grad_gates", &inputs, output, |rec, t, d| {
                let scratch = dirty(rec, gru_grad_gates_scratch(t[4].shape()))?;
                kernels::gru_grad_gates(rec, [&t[0], &t[1], &t[2], &t[3], &t[4], &t[5]], d, &scratch)
            })
        }
        RecurrentCell::Lstm => {
            let inputs = [
                (sequence, whole.as_slice()),
                (states, &y),
                (start, &given.start),
                (weight, &given.weight),
                (states, &dy),
            ];
            Case::new("lstm_grad_gates", &inputs, output, |rec, t, d| {
                let scratch = dirty(rec, lstm_grad_gates_scratch(t[3].shape()))?;
                kernels::lstm_grad_gates(rec, [&t[0], &t[1], &t[2], &t[3], &t[4]], d, &scratch)
            })
        }
    }
}

pub(super) fn small() -> Vec<Case> {
    use RecurrentCell::{Gru, Lstm, Rnn};
    let sizes = [[5, 6, 9], [3, 9, 36]];
    let of = |cell| sizes.into_iter().flat_map(move |size| [forward(cell, size), grad_gates(cell, size)]);
    [Rnn, Gru, Lstm].into_iter().flat_map(of).collect()
}
