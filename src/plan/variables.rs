//! The tensors that stay from run to run, by name.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::error::{Error, Result};
use crate::gpu::{Engine, Tensor};
use crate::shape::Shape;

/// Weights, statistics and an optimiser's slots in the device's memory. Plans on the same engine share them: what a
/// training plan updates, an inference plan reads. Clones share their memory, and the note that something in it has changed.
#[derive(Clone, Debug)]
pub struct Variables {
    engine: Engine,
    tensors: BTreeMap<String, Tensor>,
    version: Version,
}

/// Rises whenever values change.
#[derive(Clone, Debug, Default)]
pub(super) struct Version(Arc<AtomicU64>);

impl Version {
    pub fn now(&self) -> u64 {
        self.0.load(Ordering::Acquire)
    }

    /// Gives what it was before.
    pub fn raise(&self) -> u64 {
        self.0.fetch_add(1, Ordering::AcqRel)
    }
}

impl Variables {
    /// None yet.
    pub fn new(engine: &Engine) -> Self {
        Self { engine: engine.clone(), tensors: BTreeMap::new(), version: Version::default() }
    }

    /// The engine that holds them.
    pub fn engine(&self) -> &Engine {
        &self.engine
    }

    /// Sets a variable; if it is there with this shape, its memory stays and plans that use it see the new values.
    ///
    /// # Errors
    /// [`Error::Shape`] if the count is not the shape's, [`Error::Gpu`] if memory is full.
    pub fn set(&mut self, name: impl Into<String>, shape: impl Into<Shape>, values: &[f32]) -> Result<()> {
        let (name, shape) = (name.into(), shape.into());
        match self.tensors.get(&name) {
            Some(tensor) if *tensor.shape() == shape => self.engine.write(tensor, values)?,
            _ => {
                let tensor = self.engine.upload(shape, values)?;
                self.tensors.insert(name, tensor);
            }
        }
        self.touch();
        Ok(())
    }

    /// Says that values have changed: plans keep what they have made of them until then. [`set`](Self::set) and runs of plans
    /// that update variables say so themselves; who writes a variable's tensor in another way calls this behind it.
    pub fn touch(&self) {
        self.version.raise();
    }

    pub(super) fn version(&self) -> &Version {
        &self.version
    }

    /// A variable's memory.
    pub fn get(&self, name: &str) -> Option<&Tensor> {
        self.tensors.get(name)
    }

    /// A variable's memory, checked.
    ///
    /// # Errors
    /// [`Error::Argument`] naming it if it is missing or not of this shape.
    pub fn expect(&self, name: &str, shape: &Shape) -> Result<&Tensor> {
        let tensor = self.get(name).ok_or_else(|| Error::Argument {
            operation: "variables",
            problem: format!("the tensor {name} {shape} is missing"),
        })?;
        if tensor.shape() != shape {
            let problem = format!("the tensor {name} should be {shape}, but is {}", tensor.shape());
            return Err(Error::Argument { operation: "variables", problem });
        }
        Ok(tensor)
    }

    /// Every variable, by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Tensor)> {
        self.tensors.iter().map(|(name, tensor)| (name.as_str(), tensor))
    }
}
