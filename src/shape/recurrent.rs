//! Cells that go from step to step of a sequence.

use super::limits::MOST_UNITS;
use crate::error::{Error, Result};

/// A recurrent cell, in PyTorch's form and order of gates.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RecurrentCell {
    /// Elman's cell, the plain one: `h[t] = tanh(g[t] + weight h[t-1] + bias)` (Elman 1990, PyTorch's `nn.RNN`).
    Rnn,
    /// Gated recurrent unit: gates r, z, n.
    Gru,
    /// Long short-term memory: gates i, f, g, o; its state is h and c.
    Lstm,
}

impl RecurrentCell {
    /// Gates of a unit.
    pub fn gates(self) -> usize {
        match self {
            Self::Rnn => 1,
            Self::Gru => 3,
            Self::Lstm => 4,
        }
    }

    /// Numbers of a unit's state.
    pub fn state(self) -> usize {
        match self {
            Self::Rnn | Self::Gru => 1,
            Self::Lstm => 2,
        }
    }

    /// The units of so many gates.
    ///
    /// # Errors
    /// [`Error::Shape`] if they are not whole, none or more than a workgroup shares.
    pub fn units(self, operation: &'static str, gates: usize) -> Result<usize> {
        let units = gates / self.gates();
        if units * self.gates() != gates || !(1..=MOST_UNITS).contains(&units) {
            let expected = format!("(steps, batch, {} times 1 to {MOST_UNITS} units)", self.gates());
            return Err(Error::shape(operation, "gates", expected, format_args!("{gates} gates")));
        }
        Ok(units)
    }
}
