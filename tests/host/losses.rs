//! Losses by hand, the gradient penalty by differences, and what networks that learn against each other share.

use tunevote::graph::{Graph, Id, Op, Optimiser, Update};
use tunevote::models::gan::{Neurons, Table, discriminator, refined};
use tunevote::nn::{
    Init, Mode, Net, adversarial_generator, binary_cross_entropies, gradient_penalty, hinge_discriminator,
    mean_absolute_error, mean_squared_error, minimise, relative_hinge, wasserstein_critic,
};

use crate::reference::difference::{gradient, noise, same};
use crate::reference::graph::{Values, value};

const ADAM: Optimiser = Optimiser::Adam { beta1: 0.5, beta2: 0.9, eps: 1e-8 };

type Loss = fn(&mut Graph, Id, Id) -> tunevote::Result<Id>;

/// A loss of two batches of numbers, and its gradients in both.
fn of_two(loss: Loss, a: &[f64], b: &[f64]) -> (f64, [Vec<f64>; 2]) {
    let mut g = Graph::new();
    let [x, y] = [("a", a), ("b", b)].map(|(name, values)| g.input(name, [values.len(), 1]).unwrap());
    let loss = loss(&mut g, x, y).unwrap();
    let both = g.gradients(loss, &[x, y]).unwrap();
    let values = Values::from([("a".to_owned(), a.to_vec()), ("b".to_owned(), b.to_vec())]);
    (value(&g, &values, loss)[0], [0, 1].map(|k| value(&g, &values, both[k])))
}

#[test]
fn losses_by_hand() {
    let (a, b) = ([1.0, -2.0], [3.0, -0.5]);
    // (|1 - 3| + |-2 + .5|) / 2 and its slopes
    assert_eq!(of_two(mean_absolute_error, &a, &b), (1.75, [vec![-0.5, -0.5], vec![0.5, 0.5]]));
    // (4 + 2.25) / 2
    assert_eq!(of_two(mean_squared_error, &a, &b), (3.125, [vec![-2.0, -1.5], vec![2.0, 1.5]]));
    // max(0, 1 - 1), max(0, 1 + 2) and max(0, 1 + 3), max(0, 1 - .5)
    let (hinge, [real, fake]) = of_two(hinge_discriminator, &[1.5, -2.0], &b);
    assert_eq!((hinge, real, fake), (1.5 + 2.25, vec![0.0, -0.5], vec![0.5, 0.5]));
    assert_eq!(of_two(hinge_discriminator, &[2.0], &[-3.0]).0, 0.0);
    // 1.25 - -.5
    assert_eq!(of_two(wasserstein_critic, &a, &b), (1.75, [vec![-0.5, -0.5], vec![0.5, 0.5]]));
    // max(0, 3 - .5 4) and max(0, 1 - .5 3)
    let (hinge, [near, far]) = of_two(|g, near, far| relative_hinge(g, near, far, 0.5), &[3.0, 1.0], &[4.0, 3.0]);
    assert_eq!((hinge, near, far), (0.5, vec![0.5, 0.0], vec![-0.25, 0.0]));
    // -(t log s + (1 - t) log(1 - s)): of z = log 3 is s three quarters. Its slope is s - t. Far out nothing overflows.
    let shares = |g: &mut Graph, z, t| {
        let each = binary_cross_entropies(g, z, t)?;
        g.sum_all(each)
    };
    let (loss, [slope, _]) = of_two(shares, &[3f64.ln(), 0.0], &[0.25, 1.0]);
    same(&[loss], &[-(0.25 * 0.75f64.ln() + 0.75 * 0.25f64.ln()) + 2f64.ln()], 1e-7);
    same(&slope, &[0.5, -0.5], 1e-7);
    let (loss, [slope, _]) = of_two(shares, &[900.0, -900.0], &[1.0, 1.0]);
    same(&[loss, slope[0], slope[1]], &[900.0, 0.0, -1.0], 1e-7);
    let (made, [_, slope]) = of_two(|g, _, fake| adversarial_generator(g, fake), &a, &b);
    assert_eq!((made, slope), (-1.25, vec![-0.5, -0.5]));
}

/// The critic of a small table with its penalty: the graph, the penalty, its weights.
fn critic() -> (Net, Id, Id, Vec<Id>) {
    let mut net = Net::new(Mode::Training).unwrap();
    let table = Table::paper(2, 1);
    let x = net.graph.input("x", [3, 2, 1, 4, 4]).unwrap();
    let scores = discriminator(&mut net, &table, x, 2).unwrap();
    let penalty = gradient_penalty(&mut net.graph, scores, x).unwrap();
    let weights = net.weights();
    (net, scores, penalty, weights)
}

fn name(graph: &Graph, id: Id) -> String {
    match &graph.node(id).op {
        Op::Input(name) | Op::Variable(name) => name.clone(),
        op => panic!("{} has no name", op.name()),
    }
}

/// Values of everything that has a name, from noise of this size.
fn drawn(graph: &Graph, size: f64) -> Values {
    let leaves = graph.ids().filter(|&id| matches!(graph.node(id).op, Op::Input(_) | Op::Variable(_)));
    let value = |id: Id| {
        let values = noise(graph.shape(id).count(), 3 + id.index() as u64);
        (name(graph, id), values.into_iter().map(|v| size * v).collect())
    };
    leaves.map(value).collect()
}

#[test]
fn the_penalty_is_that_of_slopes_by_differences() {
    let (net, scores, penalty, _) = critic();
    let mut values = drawn(&net.graph, 0.7);
    let x = values["x"].clone();
    let slope = gradient(&x, |at| {
        values.insert("x".into(), at.to_vec());
        value(&net.graph, &values, scores).iter().sum()
    });
    values.insert("x".into(), x);
    let norms = slope.chunks(32).map(|one| (1e-8 + one.iter().map(|v| v * v).sum::<f64>()).sqrt());
    let want = norms.map(|norm| (norm - 1.0).powi(2)).sum::<f64>() / 3.0;
    let got = value(&net.graph, &values, penalty)[0];
    assert!(want > 1e-3 && (got - want).abs() < 1e-7 * want, "{got}, by differences {want}");
}

#[test]
fn the_penalty_s_gradient_is_that_of_differences() {
    let (mut net, _, penalty, weights) = critic();
    let gradients = net.graph.gradients(penalty, &weights).unwrap();
    let mut values = drawn(&net.graph, 0.7);
    let mut moved = 0;
    for (&weight, &got) in weights.iter().zip(&gradients) {
        let name = name(&net.graph, weight);
        let got = value(&net.graph, &values, got);
        let at = values[&name].clone();
        let want = gradient(&at, |at| {
            values.insert(name.clone(), at.to_vec());
            value(&net.graph, &values, penalty)[0]
        });
        values.insert(name.clone(), at);
        same(&got, &want, 1e-6);
        moved += usize::from(want.iter().any(|v| v.abs() > 1e-3));
    }
    // Biases move the score and not its slope, but for where a leaky ReLU turns.
    assert!(moved >= 3, "{moved} of {} weights have a gradient", weights.len());
}

/// `p = sigmoid(slope x)` behind the refiners: what is drawn is 0 or 1, what comes back is `slope p (1 - p)`.
#[test]
fn binary_neurons_pass_the_slope_of_the_sigmoid() {
    // A table without refiners: neurons alone.
    let mut table = Table::paper(2, 1);
    table.refiner.units = 0;
    let mut net = Net::new(Mode::Training).unwrap();
    let x = net.graph.input("x", [1, 2, 1, 2, 2]).unwrap();
    let slope = net.graph.input("slope", [1]).unwrap();
    let seed = net.seed().unwrap();
    for neurons in [Neurons::Deterministic, Neurons::Stochastic { seed, salt: 9 }] {
        let y = refined(&mut net, &table, x, neurons, slope).unwrap();
        let weights = net.graph.data(&[1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0], [1, 2, 1, 2, 2]).unwrap();
        let weighted = net.graph.times(y, weights).unwrap();
        let loss = net.graph.sum_all(weighted).unwrap();
        let back = net.graph.gradients(loss, &[x]).unwrap()[0];
        let at = [-2.0, -0.5, -0.1, 0.0, 0.1, 0.5, 1.0, 3.0];
        let values = Values::from([
            ("x".to_owned(), at.to_vec()),
            ("slope".to_owned(), vec![1.1 * 1.1]),
            ("seed".to_owned(), (1..9).map(|word| f64::from(f32::from_bits(word))).collect()),
        ]);
        let y = value(&net.graph, &values, y);
        assert!(y.iter().all(|&v| v == 0.0 || v == 1.0), "{y:?}");
        if neurons == Neurons::Deterministic {
            assert_eq!(y, [0.0, 0.0, 0.0, 0.0, 1.0, 1.0, 1.0, 1.0]);
        }
        let want = at.iter().zip(1..).map(|(x, k)| {
            let p = 1.0 / (1.0 + (-1.21 * x).exp());
            f64::from(k) * 1.21 * p * (1.0 - p)
        });
        same(&value(&net.graph, &values, back), &want.collect::<Vec<_>>(), 1e-7);
    }
}

#[test]
fn what_is_fixed_belongs_to_another_network() {
    let mut net = Net::new(Mode::Training).unwrap();
    let x = net.graph.input("x", [4, 3]).unwrap();
    let y = net
        .fixed(|net| {
            let y = net.dense("theirs", x, 5, Init::GlorotUniform)?;
            net.batch_norm("theirs.norm", y)
        })
        .unwrap();
    let y = net.dense("ours", y, 1, Init::GlorotUniform).unwrap();
    let loss = net.graph.mean_all(y).unwrap();
    assert_eq!(net.kept().iter().map(|(name, _)| *name).collect::<Vec<_>>(), ["ours.weight", "ours.bias"]);
    minimise(&mut net, loss, ADAM, None).unwrap();
    let changed: Vec<_> = net.graph.updates().iter().flat_map(Update::changes).map(|id| name(&net.graph, id)).collect();
    assert_eq!(changed.iter().filter(|name| name.contains("theirs")).count(), 0, "{changed:?}");
    assert_eq!(changed.iter().filter(|name| *name == "ours.weight").count(), 1);
    // Theirs normalises by the batch all the same, and is drawn where it is missing.
    assert!(net.graph.nodes().iter().any(|node| matches!(node.op, Op::BatchNorm { training: true, .. })));
}

#[test]
fn what_comes_again_is_the_same_variable() {
    let mut net = Net::new(Mode::Training).unwrap();
    let x = net.graph.input("x", [4, 3]).unwrap();
    let layer = |net: &mut Net, x: Id| {
        let y = net.dense("d", x, 3, Init::GlorotUniform)?;
        net.batch_norm("n", y)
    };
    let once = layer(&mut net, x).unwrap();
    assert!(layer(&mut net, once).is_err(), "a name that is taken");
    let twice = net.again(|net| layer(net, once)).unwrap();
    assert_ne!(once, twice);
    assert_eq!(net.parameters(), 3 * 3 + 3 + 3 + 3);
    let assigned = net.graph.updates().iter().filter(|update| matches!(update, Update::Assign { .. })).count();
    assert_eq!(assigned, 1, "running statistics");
    let other = net.again(|net| net.dense("d", x, 7, Init::GlorotUniform)).unwrap_err().to_string();
    assert!(other.contains("d.weight"), "{other}");
    // Gradients of both uses are added.
    let loss = net.graph.sum_all(twice).unwrap();
    let weight = net.weights()[0];
    let got = net.graph.gradients(loss, &[weight]).unwrap()[0];
    let mut values = drawn(&net.graph, 1.0);
    let got = value(&net.graph, &values, got);
    let at = values["d.weight"].clone();
    let want = gradient(&at, |at| {
        values.insert("d.weight".into(), at.to_vec());
        value(&net.graph, &values, loss)[0]
    });
    same(&got, &want, 1e-5);
}
