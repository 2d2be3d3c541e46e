//! Why a run ends early, on its way up to whoever says how it ended.

use crate::error::{Error, Result};

/// Why a run ends early.
pub(crate) enum Halt {
    /// Whoever observes said so.
    Told,
    /// What should be numbers is none; a sentence that says what.
    Diverged(String),
    Failed(Error),
}

impl From<Error> for Halt {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}

impl Halt {
    /// Goes on only if `observe` wants to.
    pub(crate) fn unless<E>(observe: &mut dyn FnMut(E) -> bool, event: E) -> Result<(), Self> {
        if observe(event) { Ok(()) } else { Err(Self::Told) }
    }

    /// Of a checkpoint that could not be written: weights that are no numbers are refused there, which is a divergence and no failure.
    pub(crate) fn of_checkpoint(error: Error) -> Self {
        match error {
            Error::NotFinite(problem) => Self::Diverged(problem),
            error => Self::Failed(error),
        }
    }
}
