//! Layer 2. Operations on named tensors with static shapes, as data. Knows no GPU.
//!
//! ```
//! # fn main() -> tunevote::Result<()> {
//! use tunevote::graph::Graph;
//! let mut g = Graph::new();
//! let x = g.input("x", [8, 3])?;
//! let w = g.variable("w", [3, 2])?;
//! let y = g.matmul(x, w)?;
//! let loss = g.mean_all(y)?;
//! let dw = g.gradients(loss, &[w])?[0];
//! g.output("dw", dw)?;
//! assert_eq!(g.shape(dw).dims(), [3, 2]);
//! # Ok(()) }
//! ```

mod build;
mod gradients;
mod op;
mod rules;
mod shapes;

pub use crate::shape::{Banded, Diagonal, Diagonals, Optimiser, Stft, StftPadding};
pub use op::{Op, Update};

use std::hash::{DefaultHasher, Hash, Hasher};

use crate::error::{Error, Result};
use crate::shape::Shape;

/// A tensor of a [`Graph`]: what one of its nodes computes.
///
/// It is good for that graph and its clones. Operations refuse one of another graph, unless both begin with nodes of the same
/// operations, wiring and shapes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Id {
    index: u32,
    /// Follows from the nodes up to this one.
    mark: u32,
}

impl Id {
    /// Position in the graph's list of nodes.
    pub fn index(self) -> usize {
        self.index as usize
    }
}

/// One operation.
#[derive(Clone, Debug)]
pub struct Node {
    /// What it does.
    pub op: Op,
    /// What it reads, in the order of the operation's documentation.
    pub inputs: Vec<Id>,
    /// The shape of what it gives.
    pub shape: Shape,
}

/// A list of operations in an order in which they can run, with named inputs, variables and outputs, and the updates of
/// variables that end a run.
#[derive(Clone, Debug, Default)]
pub struct Graph {
    nodes: Vec<Node>,
    ids: Vec<Id>,
    outputs: Vec<(String, Id)>,
    updates: Vec<Update>,
}

impl Graph {
    /// An empty graph.
    pub fn new() -> Self {
        Self::default()
    }

    /// Every node, each behind those that it reads.
    pub fn nodes(&self) -> &[Node] {
        &self.nodes
    }

    /// The node that gives `id`, which has to be one of this graph.
    pub fn node(&self, id: Id) -> &Node {
        &self.nodes[id.index()]
    }

    /// The shape of `id`, which has to be one of this graph.
    pub fn shape(&self, id: Id) -> &Shape {
        &self.node(id).shape
    }

    /// Every id, in order.
    pub fn ids(&self) -> impl Iterator<Item = Id> + use<> {
        self.ids.clone().into_iter()
    }

    /// The node whose values `id` shows: a reshape has none of its own.
    pub fn root(&self, mut id: Id) -> Id {
        while let Node { op: Op::Reshape(_), inputs, .. } = self.node(id) {
            id = inputs[0];
        }
        id
    }

    /// The first node that does the same with the same.
    fn find(&self, op: &Op, inputs: &[Id]) -> Option<Id> {
        self.ids().find(|&id| self.node(id).op == *op && self.node(id).inputs == inputs)
    }

    /// The named outputs.
    pub fn outputs(&self) -> &[(String, Id)] {
        &self.outputs
    }

    /// What happens to variables at the end of a run, in order.
    pub fn updates(&self) -> &[Update] {
        &self.updates
    }

    /// Names of the variables and their shapes, in order of their creation.
    pub fn variables(&self) -> Vec<(&str, Id)> {
        let named = |id: Id| match &self.node(id).op {
            Op::Variable(name) => Some((name.as_str(), id)),
            _ => None,
        };
        self.ids().filter_map(named).collect()
    }

    /// Gives `id` a name under which a plan's caller finds it.
    ///
    /// # Errors
    /// [`Error::Argument`] if another output has the name or `id` is of another graph.
    pub fn output(&mut self, name: impl Into<String>, id: Id) -> Result<()> {
        let name = name.into();
        self.known("output", id)?;
        if self.outputs.iter().any(|(taken, _)| *taken == name) {
            return Err(Error::Argument {
                operation: "output",
                problem: format!("there are two outputs named {name}"),
            });
        }
        self.outputs.push((name, id));
        Ok(())
    }

    /// Adds an update. It runs behind all nodes, in the order of adding.
    ///
    /// # Errors
    /// [`Error::Argument`] if what is updated is no variable, is assigned to itself or is of another graph, [`Error::Shape`] if
    /// the shapes differ, or an optimiser's step has not 8 words or its slots are not as many as it needs.
    pub fn update(&mut self, update: Update) -> Result<()> {
        let mut named = update.changes().into_iter().chain(update.reads());
        named.try_for_each(|id| self.known("update", id).map(drop))?;
        if let Update::Optimise { optimiser, slots, step, .. } = &update {
            let wanted = optimiser.slots().len();
            if slots.len() != wanted {
                return Err(Error::shape("update", "slots", format_args!("{wanted} variables"), slots.len()));
            }
            self.shape(*step).expect("update", "step", [8])?;
        }
        // A new value, or a gradient: both are as large as what they change.
        let value = update.reads()[0];
        for variable in update.changes() {
            if !matches!(self.node(variable).op, Op::Variable(_)) {
                return Err(Error::Argument { operation: "update", problem: "only variables can be updated".into() });
            }
            self.shape(variable).expect("update", "variable", self.shape(value))?;
        }
        if matches!(update, Update::Assign { variable, value } if self.root(value) == variable) {
            let problem = "a variable cannot be assigned to itself".into();
            return Err(Error::Argument { operation: "update", problem });
        }
        self.updates.push(update);
        Ok(())
    }

    /// Appends an operation, after checking the shapes of its inputs.
    ///
    /// # Errors
    /// [`Error::Shape`] or [`Error::Argument`] naming the operation: inputs that do not fit or are of another graph, an output
    /// without elements or with more than a shader can index.
    pub fn add(&mut self, op: Op, inputs: &[Id]) -> Result<Id> {
        let shapes = inputs.iter().map(|&id| self.known(op.name(), id)).collect::<Result<Vec<_>>>()?;
        let shape = shapes::infer(&op, &shapes)?;
        self.push(op, inputs, shape)
    }

    /// The shape of `id`, if it is of this graph.
    fn known(&self, operation: &'static str, id: Id) -> Result<&Shape> {
        if self.ids.get(id.index()) == Some(&id) {
            return Ok(self.shape(id));
        }
        Err(Error::Argument { operation, problem: "a tensor is of another graph".into() })
    }

    fn push(&mut self, op: Op, inputs: &[Id], shape: Shape) -> Result<Id> {
        shape.check(op.name(), "the output")?;
        let index = u32::try_from(self.nodes.len())
            .map_err(|_| Error::Argument { operation: op.name(), problem: "the graph is full".into() })?;
        let mut hasher = DefaultHasher::new();
        let name = if let Op::Input(name) | Op::Variable(name) = &op { name } else { "" };
        (self.ids.last(), op.name(), name, inputs, &shape).hash(&mut hasher);
        let id = Id { index, mark: hasher.finish() as u32 };
        self.ids.push(id);
        self.nodes.push(Node { op, inputs: inputs.to_vec(), shape });
        Ok(id)
    }
}
