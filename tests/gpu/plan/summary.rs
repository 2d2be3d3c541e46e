//! What a plan says about itself.

use tunevote::graph::Update;
use tunevote::plan::PlanOptions;
use tunevote::shape::{Conv2d, Padding, Pool2d, Unary};

use super::{Trial, graphs};
use crate::harness::{engines, noise};

fn fused(trial: &Trial, fuse: bool) -> Vec<(String, usize)> {
    let (_, plan) = trial.plan(&engines()[1], fuse);
    plan.summary().fused.clone().into_iter().collect()
}

#[test]
fn what_was_fused_is_listed() {
    let want = |all: &[(&str, usize)]| all.iter().map(|&(what, n)| (what.to_owned(), n)).collect::<Vec<_>>();
    let image = want(&[
        ("conv2d + bias", 1),
        ("conv2d + bias + elu(0.7) + max_pool2d", 1),
        ("conv2d + leakyrelu(0.1)", 1),
        ("gemm + bias + tanh", 1),
    ]);
    assert_eq!(fused(&graphs::image_forward(), true), image);
    assert_eq!(fused(&graphs::image_forward(), false), []);
    // Training asks for the places of the maxima instead of what is between.
    let training = fused(&graphs::image_gradients(), true);
    let pooled: Vec<_> = training.iter().filter(|(what, _)| what.contains("max_pool2d")).cloned().collect();
    let whole = want(&[("conv2d + bias + elu(0.7) + max_pool2d + places", 1), ("max_pool2d + places", 1)]);
    assert_eq!(pooled, whole);
    assert_eq!(fused(&graphs::pools(), true), want(&[("max_pool2d + places", 1)]));
    // The gradient reads one transform, and the other is an output.
    let spectrum = fused(&graphs::spectrum(), true);
    assert!(spectrum.iter().all(|(what, _)| !what.contains("power")), "{spectrum:?}");
    let powers = want(&[("stft + power", 1), ("stft + power + mean", 1)]);
    assert_eq!(fused(&graphs::powers(), true), powers);
    let bands = want(&[
        ("stft + power", 2),
        ("stft + power + banded_matmul", 1),
        ("stft + power + banded_matmul + transpose", 1),
        ("stft + power + transpose", 1),
    ]);
    assert_eq!(fused(&graphs::bands(), true), bands);
}

#[test]
fn fewer_dispatches_when_fused_and_less_memory_than_values() {
    for trial in [graphs::image_gradients(), graphs::training(), graphs::spectrum(), graphs::pointwise()] {
        // Many of these graphs have variables alone: with a prologue there would be little left for a run.
        let plan =
            |fuse| trial.plan_with(&engines()[0], PlanOptions { fuse, prologue: false, ..PlanOptions::default() }).1;
        let [with, without] = [true, false].map(|fuse| plan(fuse).summary().clone());
        assert!(with.dispatches < without.dispatches, "{with} against {without}");
        assert_eq!(with.nodes, without.nodes);
        for summary in [with, without] {
            assert!(summary.pool < summary.values, "{summary}");
            let variables: usize =
                trial.graph.variables().iter().map(|(_, id)| 4 * trial.graph.shape(*id).count()).sum();
            assert_eq!(summary.variables, variables as u64);
            assert!(summary.others > 0, "{summary}");
        }
    }
}

/// A chain of steps of one size needs two places, however long it is.
#[test]
fn a_chain_shares_two_places() {
    let mut t = Trial::default();
    let x = t.input("x", &[100], noise(100, 1));
    let row = t.noisy("row", &[100], 0.1, 0.9);
    let y = (0..20).fold(x, |y, _| t.graph.times(y, row).unwrap());
    t.graph.output("y", y).unwrap();
    let (_, plan) = t.plan(&engines()[1], PlanOptions::default().fuse);
    assert_eq!(plan.summary().dispatches, 20);
    assert_eq!((plan.summary().values, plan.summary().pool), (20 * 400, 2 * 400));
    t.check(40.0);
}

#[test]
fn what_no_output_needs_is_not_done() {
    let mut t = Trial::default();
    let x = t.input("x", &[8], noise(8, 1));
    let y = t.graph.square(x).unwrap();
    t.graph.exp(y).unwrap();
    t.graph.output("y", y).unwrap();
    let (_, plan) = t.plan(&engines()[1], true);
    assert_eq!((plan.summary().nodes, plan.summary().dispatches), (2, 1));
    let text = plan.summary().to_string();
    assert!(text.contains("2 nodes in 1 dispatches, and 0 in the prologue"), "{text}");
}

/// What MobileNet's blocks are made of at inference: a channel each, a bias and ReLU6 in one kernel.
#[test]
fn a_depthwise_convolution_takes_bias_and_relu6() {
    let mut t = Trial::default();
    let x = t.noisy("x", &[2, 4, 9, 11], 1.0, 0.0);
    let w = t.noisy("w", &[4, 1, 3, 3], 3.0, 0.0);
    let bias = t.noisy("bias", &[4], 1.0, 2.0);
    let conv = Conv2d { padding: Padding::Explicit([1; 4]), groups: 4, ..Conv2d::default() };
    let y = t.graph.conv2d(x, w, conv).unwrap();
    let bias = t.graph.reshape(bias, [1, 4, 1, 1]).unwrap();
    let y = t.graph.plus(y, bias).unwrap();
    let y = t.graph.unary(Unary::Clamp(0.0, 6.0), y).unwrap();
    t.graph.output("y", y).unwrap();
    assert_eq!(fused(&t, true), [("conv2d + bias + clamp(0.0, 6.0)".to_owned(), 1)]);
    t.check(40.0);
}

/// An odd output, whose last row no window of two covers: the pool stays a step of its own.
#[test]
fn a_pool_that_the_convolution_cannot_take() {
    let mut t = Trial::default();
    let x = t.noisy("x", &[1, 2, 9, 11], 1.0, 0.0);
    let w = t.noisy("w", &[3, 2, 2, 2], 0.5, 0.0);
    let conv = Conv2d { padding: Padding::Same, ..Conv2d::default() };
    let y = t.graph.conv2d(x, w, conv).unwrap();
    let y = t.graph.relu(y).unwrap();
    let y = t.graph.max_pool2d(y, Pool2d::square(2)).unwrap();
    t.graph.output("y", y).unwrap();
    assert_eq!(fused(&t, true), [("conv2d + relu".to_owned(), 1)]);
    t.check(40.0);
}

/// A variable that is set to a number takes a fill: a constant of its size has no memory.
#[test]
fn setting_a_variable_to_a_number_needs_no_memory() {
    let mut t = Trial::default();
    let sum = t.noisy("sum", &[100_000], 1.0, 0.0);
    let zero = t.graph.constant(0.25, [1000, 100]).unwrap();
    let value = t.graph.reshape(zero, [100_000]).unwrap();
    t.graph.update(Update::Assign { variable: sum, value }).unwrap();
    let (_, plan) = t.plan(&engines()[1], true);
    assert_eq!((plan.summary().dispatches, plan.summary().others), (1, 0));
    assert_eq!(plan.summary().variables, 400_000);
    t.check(0.0);
}
