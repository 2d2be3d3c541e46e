//! What networks that learn against each other can learn.

use tunevote::Result;
use tunevote::blocking::wait;
use tunevote::gan::{Adversaries, CriticReport, GanPlan, GeneratorReport, Task};
use tunevote::graph::{Id, Optimiser};
use tunevote::models::gan::{Grey, Profile, Reading};
use tunevote::nn::{
    Init, Mode, Net, StepTensor, adversarial_generator, gradient_penalty, minimise, wasserstein_critic,
};
use tunevote::plan::{Plan, PlanOptions, Variables};
use tunevote::shape::{Distribution, Random};

use crate::harness::{engines, noise};

const SAMPLES: usize = 128;

fn perceptron(net: &mut Net, name: &str, x: Id) -> Result<Id> {
    let mut x = x;
    for layer in 1..=2 {
        x = net.dense(&format!("{name}.{layer}"), x, 32, Init::HeNormal)?;
        x = net.graph.relu(x)?;
    }
    net.dense(&format!("{name}.out"), x, 1, Init::HeNormal)
}

fn drawn(net: &mut Net, distribution: Distribution, salt: u32) -> Id {
    let seed = net.seed().unwrap();
    net.graph.random(seed, Random { shape: [SAMPLES, 1].into(), distribution, salt }).unwrap()
}

/// A critic's step or a generator's on numbers of which half are near -2 and half near 2.
fn toy(critic: bool) -> Net {
    let mut net = Net::new(Mode::Training).unwrap();
    let z = drawn(&mut net, Distribution::Normal, 1);
    if critic {
        let fake = net.fixed(|net| perceptron(net, "generator", z)).unwrap();
        let (side, near) = (drawn(&mut net, Distribution::Uniform, 2), drawn(&mut net, Distribution::Normal, 3));
        let g = &mut net.graph;
        let half = g.constant(0.5, [1]).unwrap();
        let side = g.neuron(side, half).unwrap();
        let side = g.affine(side, 4.0, -2.0).unwrap();
        let near = g.affine(near, 0.1, 0.0).unwrap();
        let real = g.plus(side, near).unwrap();
        let share = drawn(&mut net, Distribution::Uniform, 4);
        let g = &mut net.graph;
        let way = g.minus(real, fake).unwrap();
        let way = g.times(way, share).unwrap();
        let between = g.plus(fake, way).unwrap();
        let of_real = perceptron(&mut net, "critic", real).unwrap();
        let of_fake = net.again(|net| perceptron(net, "critic", fake)).unwrap();
        let of_between = net.again(|net| perceptron(net, "critic", between)).unwrap();
        let loss = wasserstein_critic(&mut net.graph, of_real, of_fake).unwrap();
        let penalty = gradient_penalty(&mut net.graph, of_between, between).unwrap();
        let penalty = net.graph.affine(penalty, 1.0, 0.0).unwrap();
        let loss = net.graph.plus(loss, penalty).unwrap();
        net.graph.output("distance", loss).unwrap();
        minimise(&mut net, loss, ADAM, None).unwrap();
    } else {
        let fake = perceptron(&mut net, "generator", z).unwrap();
        net.graph.output("fake", fake).unwrap();
        let scores = net.fixed(|net| perceptron(net, "critic", fake)).unwrap();
        let loss = adversarial_generator(&mut net.graph, scores).unwrap();
        minimise(&mut net, loss, ADAM, None).unwrap();
    }
    net
}

const ADAM: Optimiser = Optimiser::Adam { beta1: 0.5, beta2: 0.9, eps: 1e-8 };

/// Both modes are learnt, by three in ten numbers at least, and little between them.
#[test]
fn two_modes_are_learnt() {
    let engine = &engines()[0];
    let nets = [toy(true), toy(false)];
    let mut variables = Variables::new(engine);
    nets.iter().for_each(|net| net.initialise(&mut variables, 1).unwrap());
    let [critic, generator] = nets.map(|net| Plan::new(&net.graph, &variables, PlanOptions::default()).unwrap());
    for step in 1..=600_u64 {
        let mut submission = engine.submission();
        for (plan, times) in [(&critic, 3), (&generator, 1)] {
            for k in 0..times {
                let number = (step - 1) * times + k + 1;
                let words = [1, 0, number as u32, times as u32, 0, 0, 0, 0].map(f32::from_bits);
                submission.write(plan.input("seed").unwrap(), &words).unwrap();
                let words = StepTensor { learning_rate: 2e-3, step: number }.words();
                submission.write(plan.input("step").unwrap(), &words).unwrap();
                plan.add_to(&mut submission);
            }
        }
        submission.submit().unwrap();
    }
    let fake = wait(engine, engine.read(generator.output("fake").unwrap())).unwrap();
    let near = |mode: f32| fake.iter().filter(|x| (*x - mode).abs() < 0.8).count();
    let (low, high) = (near(-2.0), near(2.0));
    assert!(low > SAMPLES * 3 / 10 && high > SAMPLES * 3 / 10, "{low} and {high} of {SAMPLES}: {fake:?}");
    assert!(low + high > SAMPLES * 7 / 10, "{low} and {high} of {SAMPLES}: {fake:?}");
}

/// Eight slices of two genres go through the latent vector and come back.
#[test]
fn eight_slices_are_learnt_by_heart() {
    let engine = &engines()[0];
    let plan = GanPlan { rows: 4, ..GanPlan::new(Profile::Practical, Reading::Analysis) };
    let task = Task { genres: 2, grey: Grey { low: -1.0, high: 1.0 }, picture: [8, 8] };
    let networks = Adversaries::new(engine, &plan, task, 3, None).unwrap();
    let slices = noise(8 * 64, 11);
    let at = |step| StepTensor { learning_rate: plan.learning_rate, step };
    let make = |step| GeneratorReport::wait(networks.start_generator(&slices, 0, at(step)).unwrap()).unwrap();
    let critic = |step| CriticReport::wait(networks.start_critic(&slices, 0, at(step)).unwrap()).unwrap();
    let first = make(1);
    let mut last = first;
    for step in 2..=400 {
        assert!(critic(step).distance.is_finite());
        last = make(step);
    }
    assert!(first.own > 0.2 && last.own < 0.2 * first.own, "L1 {} at first, {} at last", first.own, last.own);
    // And only in their own genre.
    let (before, after) = (first.contrast, last.contrast);
    assert!(before > 0.2 * first.own && after < 0.02 * before, "contrast {before} at first, {after} at last");
}
