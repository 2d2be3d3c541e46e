//! The variables that a checkpoint holds.

use crate::blocking;
use crate::error::{Error, Result};
use crate::nn::Net;
use crate::plan::Variables;
use crate::shape::Shape;
use crate::weights::{Tensors, Values};

/// Names and shapes of variables.
type Names = Vec<(String, Vec<usize>)>;

/// The variables of networks that learn together: those that are kept to use them, and those that training needs beside them.
#[derive(Debug)]
pub(crate) struct Held {
    kept: Names,
    slots: Names,
}

impl Held {
    /// Weights and running statistics of the first networks, optimisers' slots of the second ones.
    pub fn of(kept: &[&Net], slots: &[&Net]) -> Self {
        Self {
            kept: kept.iter().flat_map(|net| names(net.kept())).collect(),
            slots: slots.iter().flat_map(|net| names(net.slots())).collect(),
        }
    }

    /// The same without some networks' slots.
    pub fn without_slots(mut self, net: &Net) -> Self {
        let others = names(net.slots());
        self.slots.retain(|slot| !others.contains(slot));
        self
    }

    /// Weights and running statistics.
    ///
    /// # Errors
    /// [`Error::Gpu`] if the device fails, [`Error::Argument`] if one is missing.
    pub fn kept(&self, variables: &Variables) -> Result<Values> {
        read(variables, &self.kept)
    }

    /// What training needs beside that.
    ///
    /// # Errors
    /// As [`kept`](Self::kept).
    pub fn slots(&self, variables: &Variables) -> Result<Values> {
        read(variables, &self.slots)
    }

    /// Sets all of them to what a file holds.
    ///
    /// # Errors
    /// [`Error::Resume`] naming a tensor that is missing or of another shape.
    pub fn restore(&self, variables: &mut Variables, values: &Tensors) -> Result<()> {
        for (name, shape) in self.kept.iter().chain(&self.slots) {
            let values = values.expect(name, shape).map_err(Error::Resume)?;
            variables.set(name.clone(), shape.clone(), values)?;
        }
        Ok(())
    }

    /// Sets the slots to zero: an optimiser that starts anew.
    ///
    /// # Errors
    /// [`Error::Gpu`] if the device's memory does not suffice.
    #[cfg(feature = "cli")]
    pub fn clear_slots(&self, variables: &mut Variables) -> Result<()> {
        for (name, shape) in &self.slots {
            variables.set(name.clone(), shape.clone(), &vec![0.0; shape.iter().product()])?;
        }
        Ok(())
    }
}

fn names(all: Vec<(&str, &Shape)>) -> Names {
    all.into_iter().map(|(name, shape)| (name.to_owned(), shape.dims().to_vec())).collect()
}

/// All in one submission.
fn read(variables: &Variables, names: &Names) -> Result<Values> {
    let mut submission = variables.engine().submission();
    let start =
        |(name, shape): &(String, Vec<usize>)| Ok(submission.read(variables.expect(name, &shape.clone().into())?));
    let under_way = names.iter().map(start).collect::<Result<Vec<_>>>()?;
    submission.submit()?;
    let named = names.iter().cloned().zip(under_way);
    named.map(|((name, shape), values)| Ok((name, (shape, blocking::take(values)?)))).collect()
}
