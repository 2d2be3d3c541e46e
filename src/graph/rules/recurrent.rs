//! Rules of recurrent layers: one kernel goes back through the steps; what it leaves is multiplied for all steps at once.

use super::Gradients;
use crate::error::{Error, Result};
use crate::graph::op::Op;
use crate::graph::{Graph, Id};
use crate::shape::{RecurrentCell, Reduction};

/// Of `[gates, start, weight, bias]`.
pub(super) fn layer(
    g: &mut Graph,
    cell: RecurrentCell,
    inputs: &[Id],
    y: Id,
    dy: Id,
    wanted: &[bool],
) -> Result<Gradients> {
    let [gates, start, weight, bias] = [inputs[0], inputs[1], inputs[2], inputs[3]];
    let [steps, n, all] = g.shape(gates).array("recurrent", "gates")?;
    let units = all / cell.gates();
    let rows = steps * n;
    let before = before(g, y, start, units)?;
    let hidden = |g: &mut Graph| {
        let hidden = g.matmul_transposed(before, weight, false, true)?;
        let hidden = g.plus(hidden, bias)?;
        g.reshape(hidden, [steps, n, all])
    };
    let (d, through) = match cell {
        RecurrentCell::Rnn => {
            let d = g.add(Op::RnnGrad, &[y, weight, dy])?;
            (d, part(g, d, 0, all)?)
        }
        RecurrentCell::Gru => {
            let hidden = hidden(g)?;
            let d = g.add(Op::GruGrad, &[gates, hidden, y, start, weight, dy])?;
            let [both, last] = [(0, 2), (3, 4)].map(|(from, to)| part(g, d, units * from, units * to));
            (d, g.concat(&[both?, last?], 2)?)
        }
        RecurrentCell::Lstm => {
            let hidden = hidden(g)?;
            let whole = g.plus(gates, hidden)?;
            let d = g.add(Op::LstmGrad, &[whole, y, start, weight, dy])?;
            (d, part(g, d, 0, all)?)
        }
    };
    let through = g.reshape(through, [rows, all])?;
    let mut gradients = vec![Some(part(g, d, 0, all)?), None, None, None];
    if wanted[1] {
        // Those of the state before are the last ones.
        let (width, state) = (g.shape(d).dims()[2], cell.state() * units);
        let first = g.slice(d, &[0, 0, width - state], &[1, n, width])?;
        gradients[1] = Some(g.reshape(first, [n, state])?);
    }
    if wanted[2] {
        gradients[2] = Some(g.matmul_transposed(through, before, true, false)?);
    }
    if wanted[3] {
        gradients[3] = Some(g.reduce(Reduction::Sum, through, &[0])?);
    }
    Ok(gradients)
}

/// `h[t-1]` at every step, (T N,H).
fn before(g: &mut Graph, y: Id, start: Id, units: usize) -> Result<Id> {
    let [steps, n, _] = g.shape(y).array("recurrent", "y")?;
    let first = g.slice(start, &[0, 0], &[n, units])?;
    let first = g.reshape(first, [1, n, units])?;
    let all = if steps == 1 {
        first
    } else {
        let rest = g.slice(y, &[0, 0, 0], &[steps - 1, n, units])?;
        g.concat(&[first, rest], 0)?
    };
    g.reshape(all, [steps * n, units])
}

fn part(g: &mut Graph, d: Id, from: usize, to: usize) -> Result<Id> {
    let [steps, n, _] = g.shape(d).array("recurrent", "d")?;
    g.slice(d, &[0, 0, from], &[steps, n, to])
}

/// The gradients of the gradients are not there: nothing here differentiates twice through a sequence.
pub(super) fn of_gradient(operation: &'static str) -> Result<Gradients> {
    let problem = "a second gradient through a recurrent layer is not built; use steps of elementary operations".into();
    Err(Error::Argument { operation, problem })
}
