//! Reverse-mode differentiation. What comes out is made of graph operations, so it can be differentiated again.

use super::{Graph, Id, rules};
use crate::error::{Error, Result};

impl Graph {
    /// Gradients of the one number `loss` with respect to `wrt`, in their shapes. What `loss` does not depend on has zeros.
    ///
    /// # Errors
    /// [`Error::Shape`] if `loss` has more than one element, [`Error::Argument`] if one is of another graph.
    pub fn gradients(&mut self, loss: Id, wrt: &[Id]) -> Result<Vec<Id>> {
        let shape = self.known("gradients", loss)?.clone();
        if shape.count() != 1 {
            return Err(Error::shape("gradients", "loss", "one element", shape));
        }
        let one = self.constant(1.0, shape)?;
        self.pull_back(loss, one, wrt)
    }

    /// The transposed Jacobian of `y` times `dy`, with respect to each of `wrt`.
    ///
    /// # Errors
    /// [`Error::Shape`] if `dy` is not of the shape of `y`, [`Error::Argument`] if one is of another graph.
    pub fn pull_back(&mut self, y: Id, dy: Id, wrt: &[Id]) -> Result<Vec<Id>> {
        self.walk_back(y, dy, wrt, false)
    }

    /// Partial derivatives: as [`pull_back`](Self::pull_back), but `wrt` are taken as independent of each other.
    pub(super) fn partials(&mut self, y: Id, dy: Id, wrt: &[Id]) -> Result<Vec<Id>> {
        self.walk_back(y, dy, wrt, true)
    }

    fn walk_back(&mut self, y: Id, dy: Id, wrt: &[Id], independent: bool) -> Result<Vec<Id>> {
        wrt.iter().try_for_each(|&id| self.known("gradients", id).map(drop))?;
        self.known("gradients", dy)?.expect("gradients", "dy", self.known("gradients", y)?)?;
        let mut depends = vec![false; y.index() + 1];
        for id in self.ids().take(y.index() + 1) {
            let through = self.node(id).inputs.iter().any(|input| depends[input.index()]);
            depends[id.index()] = through || wrt.contains(&id);
        }
        let mut adjoints: Vec<Option<Id>> = vec![None; y.index() + 1];
        adjoints[y.index()] = Some(dy);
        for id in self.ids().take(y.index() + 1).collect::<Vec<_>>().into_iter().rev() {
            let Some(adjoint) = adjoints[id.index()].filter(|_| depends[id.index()]) else { continue };
            if independent && wrt.contains(&id) {
                continue;
            }
            let inputs = self.node(id).inputs.clone();
            if !inputs.iter().any(|input| depends[input.index()]) {
                continue;
            }
            let wanted: Vec<_> = inputs.iter().map(|input| depends[input.index()]).collect();
            let gradients = rules::pull_back(self, id, adjoint, &wanted)?;
            for ((input, gradient), wanted) in inputs.into_iter().zip(gradients).zip(wanted) {
                let Some(gradient) = gradient.filter(|_| wanted) else { continue };
                let slot = adjoints[input.index()];
                adjoints[input.index()] = Some(match slot {
                    Some(sum) => self.plus(sum, gradient)?,
                    None => gradient,
                });
            }
        }
        wrt.iter()
            .map(|&id| match adjoints.get(id.index()).copied().flatten() {
                Some(gradient) => Ok(gradient),
                None => self.constant(0.0, self.shape(id).clone()),
            })
            .collect()
    }
}
