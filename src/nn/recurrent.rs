//! Recurrent layers.

use super::init::Init;
use super::layers::Net;
use crate::error::Result;
use crate::graph::{Id, Op};
use crate::shape::RecurrentCell;

impl Net {
    /// A recurrent layer from a state of zeros, in PyTorch's form: `x` (T,N,F), variables `name.weight_ih` (gates H,F), `name.weight_hh` (gates
    /// H,H), `name.bias_ih` and `name.bias_hh` (gates H) -> the states of all steps (T,N,H). What the input gives is one product for all
    /// steps; the steps are one kernel.
    ///
    /// # Errors
    /// [`Error::Shape`](crate::Error::Shape) if `x` has not three axes or for more units than a workgroup shares.
    pub fn recurrent(&mut self, name: &str, cell: RecurrentCell, x: Id, units: usize) -> Result<Id> {
        let [steps, n, features] = self.graph.shape(x).array("recurrent", "x")?;
        let gates = cell.gates() * units;
        let init = Init::Uniform(1.0 / (units as f32).sqrt());
        let from_input = self.weight(format!("{name}.weight_ih"), [gates, features], init)?;
        let from_state = self.weight(format!("{name}.weight_hh"), [gates, units], init)?;
        let [input_bias, state_bias] = [
            self.weight(format!("{name}.bias_ih"), [gates], init)?,
            self.weight(format!("{name}.bias_hh"), [gates], init)?,
        ];
        let g = &mut self.graph;
        let rows = g.reshape(x, [steps * n, features])?;
        let rows = g.matmul_transposed(rows, from_input, false, true)?;
        let rows = g.plus(rows, input_bias)?;
        let rows = g.reshape(rows, [steps, n, gates])?;
        let start = g.constant(0.0, [n, cell.state() * units])?;
        let states = g.add(Op::Recurrent(cell), &[rows, start, from_state, state_bias])?;
        match cell {
            RecurrentCell::Rnn | RecurrentCell::Gru => Ok(states),
            RecurrentCell::Lstm => g.slice(states, &[0, 0, 0], &[steps, n, units]),
        }
    }
}
