//! What follows from a loss.

use super::layers::Net;
use crate::error::Result;
use crate::graph::{Graph, Id, Update};
use crate::shape::Optimiser;

/// What an optimiser reads anew each step: 8 words `[learning rate, step number from 1, gradient scale, 0, …]`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct StepTensor {
    /// Learning rate.
    pub learning_rate: f32,
    /// Number of this step, from 1.
    pub step: u64,
}

impl StepTensor {
    /// The words.
    pub fn words(&self) -> [f32; 8] {
        [self.learning_rate, self.step as f32, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0]
    }
}

/// Scales gradients so that their joint Euclidean norm is at most `largest` (Pascanu et al. 2013). Gives them and the
/// norm before.
///
/// # Errors
/// If the graph is full.
pub fn clip_by_global_norm(graph: &mut Graph, gradients: &[Id], largest: f32) -> Result<(Vec<Id>, Id)> {
    let mut total = graph.constant(0.0, [])?;
    for &gradient in gradients {
        let square = graph.square(gradient)?;
        let sum = graph.sum_all(square)?;
        total = graph.plus(total, sum)?;
    }
    let norm = graph.sqrt(total)?;
    // min(1, largest / norm), without a division by a norm of 0, which a shader need not survive.
    let most = graph.constant(largest, [])?;
    let longer = graph.maximum(norm, most)?;
    let scale = graph.divide(most, longer)?;
    let clipped = gradients.iter().map(|&gradient| graph.times(gradient, scale)).collect::<Result<_>>()?;
    Ok((clipped, norm))
}

/// Adds the gradients of `loss` and an optimiser's step for every weight of the network. The step's words are an input
/// named `step`; slots are variables named `optimiser.<slot>.<weight>`. Gives the gradients' norm if they are clipped.
///
/// # Errors
/// [`Error::Shape`](crate::Error::Shape) if `loss` is not one number.
pub fn minimise(net: &mut Net, loss: Id, optimiser: Optimiser, clip: Option<f32>) -> Result<Option<Id>> {
    let weights = net.weights();
    let gradients = net.graph.gradients(loss, &weights)?;
    follow(net, &gradients, optimiser, clip)
}

/// Adds an optimiser's step along given gradients, one a weight of the network; else as [`minimise`].
///
/// # Errors
/// [`Error::Shape`](crate::Error::Shape) if a gradient is not of its weight's shape.
pub fn follow(net: &mut Net, gradients: &[Id], optimiser: Optimiser, clip: Option<f32>) -> Result<Option<Id>> {
    let (gradients, norm) = match clip {
        Some(largest) => {
            let (clipped, norm) = clip_by_global_norm(&mut net.graph, gradients, largest)?;
            (clipped, Some(norm))
        }
        None => (gradients.to_vec(), None),
    };
    let step = net.graph.input("step", [8])?;
    for (variable, gradient) in net.weights().into_iter().zip(gradients) {
        let slots = optimiser.slots().iter().map(|&(slot, initial)| net.slot(slot, variable, initial));
        let slots = slots.collect::<Result<_>>()?;
        net.graph.update(Update::Optimise { optimiser, variable, slots, gradient, step })?;
    }
    Ok(norm)
}
