//! Recurrent layers on the GPU against their f64 reference.

use tunevote::Error;
use tunevote::doctor::cases::recurrent::{forward, grad_gates};
use tunevote::gpu::Recorder;
use tunevote::kernels::recurrent::{gru, lstm, recurrent_scratch, rnn};
use tunevote::shape::RecurrentCell::{self, Gru, Lstm, Rnn};

use crate::harness::{assert_folded, check_case, engines, run_once};

/// Steps, rows of the batch and units: around four and eight rows, four units, 32, and a workgroup's width; one step; more steps than one
/// dispatch does.
const SIZES: &[[usize; 3]] = &[
    [1, 1, 1],
    [3, 2, 3],
    [7, 4, 4],
    [5, 5, 5],
    [2, 9, 31],
    [4, 3, 32],
    [3, 6, 33],
    [6, 5, 128],
    [3, 8, 8],
    [4, 9, 36],
    [2, 17, 100],
    [2, 3, 257],
    [1, 3, 40],
    [2, 9, 516],
    [700, 1, 128],
    [2, 1, 1024],
];

#[test]
pub fn rnn_follows_its_formula() {
    SIZES.iter().for_each(|&size| check_case(&forward(Rnn, size)));
}

#[test]
pub fn rnn_grad_gates_is_its_gradient() {
    SIZES.iter().for_each(|&size| check_case(&grad_gates(Rnn, size)));
}

#[test]
pub fn gru_follows_its_formula() {
    SIZES.iter().for_each(|&size| check_case(&forward(Gru, size)));
}

#[test]
pub fn gru_grad_gates_is_its_gradient() {
    SIZES.iter().for_each(|&size| check_case(&grad_gates(Gru, size)));
}

#[test]
pub fn lstm_follows_its_formula() {
    SIZES.iter().for_each(|&size| check_case(&forward(Lstm, size)));
}

#[test]
pub fn lstm_grad_gates_is_its_gradient() {
    SIZES.iter().for_each(|&size| check_case(&grad_gates(Lstm, size)));
}

/// The state of a row that is not a number stays in its row.
#[test]
fn not_a_number_stays_in_its_row() {
    let (steps, n, units) = (2, 6, 5);
    for cell in [Rnn, Gru, Lstm] {
        let (gates, state) = (cell.gates() * units, cell.state() * units);
        let mut x = vec![0.1; steps * n * gates];
        // Of the last gate but, of a memory, one.
        x[3 * gates + 2.min(cell.gates() - 1) * units] = f32::NAN;
        let (start, weight, bias) = (vec![0.2; n * state], vec![0.1; gates * units], vec![0.0; gates]);
        let inputs: [(&[usize], &[f32]); 4] =
            [(&[steps, n, gates], &x), (&[n, state], &start), (&[gates, units], &weight), (&[gates], &bias)];
        let got = run_once(&engines()[1], &inputs, &[&[steps, n, state]], |rec, t, y| layer(rec, cell, t, &y[0]));
        for (i, row) in got[0].chunks(state).enumerate() {
            let nans = row.iter().filter(|v| v.is_nan()).count();
            // At once the unit alone, a step later the whole row.
            let want = if i % n != 3 {
                0
            } else if i < n {
                cell.state()
            } else {
                state
            };
            assert_eq!(nans, want, "{cell:?}, row {i}: {row:?}");
        }
    }
}

#[test]
fn many_rows_fold() {
    let (n, rows) = (4 * 65_535 + 7, 3.0);
    let gates: Vec<f32> = (0..n).flat_map(|i| [0.0, 0.0, (i % 509) as f32 / 509.0]).collect();
    let start = vec![rows; n];
    let inputs: [(&[usize], &[f32]); 4] =
        [(&[1, n, 3], &gates), (&[n, 1], &start), (&[3, 1], &[0.0; 3]), (&[3], &[0.0; 3])];
    let got = run_once(&engines()[1], &inputs, &[&[1, n, 1]], |rec, t, y| layer(rec, Gru, t, &y[0]));
    let wrong = got[0].iter().zip(gates.chunks(3)).position(|(y, g)| (y - 0.5 * (g[2].tanh() + rows)).abs() > 1e-6);
    assert_eq!(wrong, None);
    assert_folded(&["gru"]);
}

fn layer(
    rec: &mut Recorder,
    cell: RecurrentCell,
    t: &[tunevote::gpu::Tensor],
    y: &tunevote::gpu::Tensor,
) -> tunevote::Result<()> {
    let scratch = vec![rec.engine().tensor([recurrent_scratch(t[2].shape())[0].len])?];
    let tensors = [&t[0], &t[1], &t[2], &t[3]];
    match cell {
        Rnn => rnn(rec, tensors, y, &scratch),
        Gru => gru(rec, tensors, y, &scratch),
        Lstm => lstm(rec, tensors, y, &scratch),
    }
}

#[test]
fn what_does_not_fit() {
    let engine = &engines()[0];
    let fails = |gates: [usize; 3], start: [usize; 2], weight: [usize; 2], bias: usize, y: [usize; 3]| {
        let mut rec = Recorder::new(engine);
        let t = [
            engine.tensor(gates).unwrap(),
            engine.tensor(start).unwrap(),
            engine.tensor(weight).unwrap(),
            engine.tensor([bias]).unwrap(),
        ];
        let result = layer(&mut rec, Gru, &t, &engine.tensor(y).unwrap());
        assert!(matches!(result, Err(Error::Shape { operation: "gru", .. })), "{result:?}");
    };
    fails([2, 3, 7], [3, 2], [7, 2], 7, [2, 3, 2]);
    fails([2, 3, 6], [2, 2], [6, 2], 6, [2, 3, 2]);
    fails([2, 3, 6], [3, 2], [6, 3], 6, [2, 3, 2]);
    fails([2, 3, 6], [3, 2], [6, 2], 5, [2, 3, 2]);
    fails([2, 3, 6], [3, 2], [6, 2], 6, [2, 3, 4]);
    fails([1, 1, 3075], [1, 1025], [3075, 1025], 3075, [1, 1, 1025]);
}
