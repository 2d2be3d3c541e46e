//! A graph, its gradients and an optimiser: a network of two layers learns the exclusive or.
#![allow(clippy::print_stdout)]

use tunevote::blocking::{self, in_parallel};
use tunevote::gpu::{AdapterChoice, Engine, Features};
use tunevote::nn::{Init, Mode, Net, StepTensor, mean_cross_entropy, minimise};
use tunevote::plan::{Plan, PlanOptions, Variables};
use tunevote::shape::Optimiser;

fn main() -> tunevote::Result<()> {
    let engine = pollster::block_on(Engine::headless(&AdapterChoice::Best, Features::All))?.with_workers(in_parallel);
    let mut net = Net::new(Mode::Training)?;
    let x = net.graph.input("x", [4, 2])?;
    let targets = net.graph.input("targets", [4, 2])?;
    let hidden = net.dense("hidden", x, 8, Init::GlorotUniform)?;
    let hidden = net.graph.tanh(hidden)?;
    let logits = net.dense("out", hidden, 2, Init::GlorotUniform)?;
    let loss = mean_cross_entropy(&mut net.graph, logits, targets)?;
    net.graph.output("loss", loss)?;
    minimise(&mut net, loss, Optimiser::Adam { beta1: 0.9, beta2: 0.999, eps: 1e-8 }, None)?;

    let mut variables = Variables::new(&engine);
    net.initialise(&mut variables, 7)?;
    let plan = Plan::new(&net.graph, &variables, PlanOptions::default())?;
    println!("{}", plan.summary());
    plan.write("x", &[0.0, 0.0, 0.0, 1.0, 1.0, 0.0, 1.0, 1.0])?;
    plan.write("targets", &[1.0, 0.0, 0.0, 1.0, 0.0, 1.0, 1.0, 0.0])?;
    let mut last = f32::NAN;
    for step in 1..=300 {
        let mut submission = engine.submission();
        submission.write(plan.input("step")?, &StepTensor { learning_rate: 0.05, step }.words())?;
        plan.encode(submission.encoder());
        let loss = submission.read(plan.output("loss")?);
        submission.submit()?;
        if step % 100 == 0 {
            last = blocking::take(loss)?[0];
            println!("step {step}: loss {last:.4}");
        }
    }
    // Also what CI looks at: an example that does not learn is a failure.
    if last < 0.05 { Ok(()) } else { Err(tunevote::Error::Training(format!("the loss is still {last}"))) }
}
