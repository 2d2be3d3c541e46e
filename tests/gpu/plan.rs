//! Plans against the f64 interpreter: the same graph, fused and not, on both engines.

mod errors;
mod graphs;
mod kinds;
mod parts;
mod prologue;
mod summary;

use std::collections::{BTreeMap, BTreeSet};

use tunevote::blocking;
use tunevote::gpu::Engine;
use tunevote::graph::{Graph, Id, Op, Update};
use tunevote::plan::{Plan, PlanOptions, Variables};

use crate::harness::{close, engines, noise, wide};
use crate::reference::graph::{Values, evaluate};

/// A graph with f32 values for its inputs and variables.
#[derive(Default)]
struct Trial {
    graph: Graph,
    values: BTreeMap<String, Vec<f32>>,
}

impl Trial {
    fn input(&mut self, name: &str, dims: &[usize], values: Vec<f32>) -> Id {
        self.values.insert(name.to_owned(), values);
        self.graph.input(name, dims).unwrap()
    }

    fn variable(&mut self, name: &str, dims: &[usize], values: Vec<f32>) -> Id {
        self.values.insert(name.to_owned(), values);
        self.graph.variable(name, dims).unwrap()
    }

    /// A variable of noise in ±`scale`, around `offset`.
    fn noisy(&mut self, name: &str, dims: &[usize], scale: f32, offset: f32) -> Id {
        let seed = name.bytes().fold(7, |sum, byte| 31 * sum % 65_521 + u32::from(byte));
        let values = noise(dims.iter().product(), seed).iter().map(|v| v * scale + offset).collect();
        self.variable(name, dims, values)
    }

    /// The sum of products with fixed noise: no two elements count alike.
    fn weighted(&mut self, y: Id, seed: u32) -> Id {
        let shape = self.graph.shape(y).clone();
        let weights: Vec<_> = noise(shape.count(), seed).iter().map(|v| v + 0.1).collect();
        let weights = self.graph.data(&weights, shape).unwrap();
        let product = self.graph.times(y, weights).unwrap();
        self.graph.sum_all(product).unwrap()
    }

    /// Names the gradients of `loss` as outputs.
    fn gradients(&mut self, loss: Id, wrt: &[Id]) -> Vec<Id> {
        let gradients = self.graph.gradients(loss, wrt).unwrap();
        for (k, &gradient) in gradients.iter().enumerate() {
            self.graph.output(format!("gradient {k}"), gradient).unwrap();
        }
        gradients
    }

    fn variables(&self, engine: &Engine) -> Variables {
        let mut variables = Variables::new(engine);
        for (name, id) in self.graph.variables() {
            variables.set(name, self.graph.shape(id).clone(), &self.values[name]).unwrap();
        }
        variables
    }

    fn plan(&self, engine: &Engine, fuse: bool) -> (Variables, Plan) {
        self.plan_with(engine, PlanOptions { fuse, ..PlanOptions::default() })
    }

    fn plan_with(&self, engine: &Engine, options: PlanOptions) -> (Variables, Plan) {
        let variables = self.variables(engine);
        let plan = Plan::new(&self.graph, &variables, options).unwrap();
        for id in self.graph.ids() {
            if let Op::Input(name) = &self.graph.node(id).op {
                plan.write(name, &self.values[name]).unwrap();
            }
        }
        (variables, plan)
    }

    /// Runs it in every way on both engines.
    fn check(&self, ulps: f64) {
        self.check_on(engines(), ulps);
    }

    /// Runs it in every way and compares every output and every assigned variable with the interpreter. An element may be
    /// off by `ulps` of the largest of its tensor.
    #[allow(clippy::print_stdout)] // The name of what is compared, shown where it fails.
    fn check_on(&self, engines: &[Engine], ulps: f64) {
        let values: Values = self.values.iter().map(|(name, values)| (name.clone(), wide(values))).collect();
        let want = evaluate(&self.graph, &values);
        let near = |what: &str, got: &[f32], id: Id| {
            let want = &want[id.index()];
            let top = want.iter().fold(0.0_f64, |top, v| top.max(v.abs()));
            assert!(top > 0.0 && top.is_finite(), "{what} shows nothing");
            close(got, want, &vec![top; want.len()], ulps);
        };
        let bits = |values: &[f32]| values.iter().map(|v| v.to_bits()).collect::<Vec<_>>();
        for (engine, fuse) in engines.iter().flat_map(|engine| [(engine, true), (engine, false)]) {
            let (variables, plan) = self.plan(engine, fuse);
            // Everything anew in every run: another order, and the same bits.
            let (_, anew) = self.plan_with(engine, PlanOptions { fuse, prologue: false, ..PlanOptions::default() });
            assert_eq!(anew.summary().prologue, 0);
            let outputs = || self.graph.outputs().iter().map(|(name, id)| (name, *id, read(engine, &plan, name)));
            plan.run();
            let first: Vec<_> = outputs().collect();
            anew.run();
            for (name, id, got) in &first {
                assert!(
                    bits(got) == bits(&read(engine, &anew, name)),
                    "the prologue gives another {name}, fuse {fuse}"
                );
                near(&format!("output {name}, fuse {fuse}"), got, *id);
            }
            for update in self.graph.updates() {
                let Update::Assign { variable, value } = update else { continue };
                let Op::Variable(name) = &self.graph.node(*variable).op else { panic!("no variable is assigned") };
                let got = blocking::wait(engine, engine.read(variables.get(name).unwrap())).unwrap();
                near(&format!("variable {name}, fuse {fuse}"), &got, *value);
            }
            plan.run();
            for ((name, _, before), (_, _, after)) in first.iter().zip(outputs()) {
                assert!(bits(before) == bits(&after), "the second run gives another {name}, fuse {fuse}");
            }
            engine.check().unwrap();
        }
    }
}

fn read(engine: &Engine, plan: &Plan, name: &str) -> Vec<f32> {
    blocking::wait(engine, engine.read(plan.output(name).unwrap())).unwrap()
}

#[test]
fn the_graphs_use_every_operation() {
    let graphs = [
        graphs::image_forward(),
        graphs::image_gradients(),
        graphs::pointwise(),
        graphs::movement(),
        graphs::products(),
        graphs::training(),
        graphs::spectrum(),
        graphs::powers(),
        graphs::twice(),
        graphs::sequences(),
        graphs::enlarged(),
        graphs::volumes(),
    ];
    let used: BTreeSet<_> =
        graphs.iter().flat_map(|trial| trial.graph.nodes().iter().map(|node| node.op.name())).collect();
    let all = [
        "input",
        "variable",
        "constant",
        "data",
        "unary",
        "binary",
        "reshape",
        "transpose",
        "slice",
        "pad",
        "concat",
        "expand",
        "reduce",
        "matmul",
        "conv2d",
        "conv2d_grad_input",
        "conv2d_grad_weight",
        "max_pool2d",
        "max_pool2d_places",
        "max_pool2d_grad_input",
        "max_pool2d_gather",
        "avg_pool2d",
        "avg_pool2d_grad_input",
        "softmax",
        "softmax_grad_input",
        "log_softmax",
        "cross_entropy",
        "cross_entropy_grad_logits",
        "batch_norm_stats",
        "batch_norm",
        "batch_norm_grad_sums",
        "batch_norm_grad_input",
        "dropout",
        "random",
        "conv3d",
        "conv3d_grad_input",
        "conv3d_grad_weight",
        "upsample2d",
        "upsample2d_grad_input",
        "gru",
        "gru_grad_gates",
        "lstm",
        "lstm_grad_gates",
        "stft",
        "stft_grad_input",
        "banded_matmul",
    ];
    let missing: Vec<_> = all.iter().filter(|name| !used.contains(*name)).collect();
    assert!(missing.is_empty(), "no graph has {missing:?}");
}
