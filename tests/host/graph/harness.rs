//! A function as a graph, and its derivatives against central differences of the f64 interpreter.

use tunevote::Result;
use tunevote::graph::{Graph, Id};

use crate::reference::difference::{gradient, noise};
use crate::reference::graph::{Values, value};

/// A variable that is differentiated: its extents, and `noise * scale + offset` for its values.
#[derive(Clone, Copy, Debug)]
pub struct Given {
    pub dims: &'static [usize],
    pub scale: f64,
    pub offset: f64,
}

/// Values in -1..1.
pub const fn any(dims: &'static [usize]) -> Given {
    Given { dims, scale: 1.0, offset: 0.0 }
}

/// Values in 0.5..2.5.
pub const fn above_zero(dims: &'static [usize]) -> Given {
    Given { dims, scale: 1.0, offset: 1.5 }
}

/// A graph with values for its variables `v0`, `v1`, ….
pub struct Trial {
    pub graph: Graph,
    pub values: Values,
    pub variables: Vec<Id>,
}

impl Trial {
    pub fn new(givens: &[Given]) -> Self {
        let mut trial = Self { graph: Graph::new(), values: Values::new(), variables: Vec::new() };
        for (k, given) in givens.iter().enumerate() {
            let name = format!("v{k}");
            let id = trial.graph.variable(&name, given.dims).unwrap();
            let values = noise(trial.graph.shape(id).count(), 11 + k as u64);
            trial.values.insert(name, values.iter().map(|v| v * given.scale + given.offset).collect());
            trial.variables.push(id);
        }
        trial
    }

    /// The sum of products with fixed noise: no two elements count alike.
    pub fn weighted(&mut self, y: Id, seed: u64) -> Id {
        let g = &mut self.graph;
        let shape = g.shape(y).clone();
        let weights: Vec<_> = noise(shape.count(), 1000 + seed).iter().map(|&v| (v + 0.1) as f32).collect();
        let weights = g.data(&weights, shape).unwrap();
        let product = g.times(y, weights).unwrap();
        g.sum_all(product).unwrap()
    }

    /// The gradient of `loss` with respect to every variable against central differences.
    pub fn check(&self, what: &str, loss: Id, gradients: &[Id]) {
        for (k, &gradient_id) in gradients.iter().enumerate() {
            let name = format!("v{k}");
            assert_eq!(self.graph.shape(gradient_id), self.graph.shape(self.variables[k]), "{what}, {name}");
            let got = value(&self.graph, &self.values, gradient_id);
            let want = gradient(&self.values[&name], |at| {
                let mut values = self.values.clone();
                values.insert(name.clone(), at.to_vec());
                value(&self.graph, &values, loss)[0]
            });
            let size = want.iter().fold(1.0_f64, |top, v| top.max(v.abs()));
            for (i, (got, want)) in got.iter().zip(&want).enumerate() {
                let close = (got - want).abs() <= TOLERANCE * size;
                assert!(close, "{what}: {name}[{i}]: the graph says {got}, differences say {want}");
            }
        }
    }
}

/// Of the largest element, or of 1: central differences with a step of 1e-6 are good to about 1e-9 of values of size 1, and
/// the graph's constants are f32.
const TOLERANCE: f64 = 1e-6;

/// Checks first and second derivatives of `build`, a function of variables, with respect to each of them.
pub fn holds(what: &str, givens: &[Given], build: impl Fn(&mut Graph, &[Id]) -> Result<Id>) {
    let mut trial = Trial::new(givens);
    let y = build(&mut trial.graph, &trial.variables).unwrap_or_else(|error| panic!("{what}: {error}"));
    let loss = trial.weighted(y, 0);
    let variables = trial.variables.clone();
    let gradients = trial.graph.gradients(loss, &variables).unwrap_or_else(|error| panic!("{what}: {error}"));
    trial.check(what, loss, &gradients);
    let mut total = trial.graph.constant(0.0, []).unwrap();
    for (k, &gradient) in gradients.iter().enumerate() {
        let part = trial.weighted(gradient, 1 + k as u64);
        total = trial.graph.plus(total, part).unwrap();
    }
    let second = trial.graph.gradients(total, &variables).unwrap_or_else(|error| panic!("{what}, twice: {error}"));
    trial.check(&format!("{what}, twice"), total, &second);
}
