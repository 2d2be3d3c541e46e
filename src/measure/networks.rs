//! The suite of networks: a batch of slices to probabilities, and a step of training, each from host memory and back.

use super::{Benchmark, Measured, label, time};
use crate::error::Result;
use crate::gpu::{Cost, Engine};
use crate::models::{CLASSES, System};
use crate::nn::Mode;
use crate::plan::{Plan, PlanOptions, Variables};
use crate::reference::compare::noise;
use crate::shape::Shape;
use crate::train::{Learner, Settings};
use crate::weights::Card;
use crate::{Error, blocking};

/// What a network does in a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Work {
    /// Slices to probabilities.
    Inference,
    /// The same with weights in half precision where that saves reading: [`PlanOptions::half`].
    InferenceHalf,
    /// A step of training.
    Training,
}

impl Work {
    /// `inference`, `inference f16` or `training`
    pub fn name(self) -> &'static str {
        match self {
            Self::Inference => "inference",
            Self::InferenceHalf => "inference f16",
            Self::Training => "training",
        }
    }
}

/// A network and its sizes.
#[derive(Clone, Copy, Debug)]
pub struct Subject {
    /// The network.
    pub system: System,
    /// Height and width of a slice.
    pub slice: [usize; 2],
    /// Number of labels.
    pub classes: usize,
}

impl Subject {
    /// A system on the slices that it reads unless a model file says otherwise, with the paper's six genres.
    ///
    /// # Errors
    /// [`Error::Argument`] that lists the known ones.
    pub fn named(name: &str) -> Result<Self> {
        let system = System::named(name)?;
        let slice = system.front_end().slices().size();
        Ok(Self { system, slice, classes: CLASSES })
    }

    /// What a model file holds.
    ///
    /// # Errors
    /// As [`Subject::named`].
    pub fn of(card: &Card) -> Result<Self> {
        let system = System::named(&card.system)?;
        let slice = card.front_end.slices().size();
        Ok(Self { system, slice, classes: card.labels.len() })
    }
}

/// Network, work and batch of each row.
const ROWS: &[(&str, Work, usize)] = &[
    ("slice-cnn", Work::Inference, 1),
    ("slice-cnn", Work::InferenceHalf, 1),
    ("slice-cnn", Work::Inference, 32),
    ("slice-cnn", Work::Training, 4),
    ("slice-cnn", Work::Training, 32),
    ("compact", Work::Inference, 1),
    ("compact", Work::Inference, 32),
    ("compact", Work::Training, 32),
    ("wide", Work::Inference, 32),
    ("wide", Work::Training, 32),
    ("musicnn", Work::Inference, 8),
    ("resnet50", Work::Inference, 8),
    ("xception", Work::Inference, 8),
    ("mobilenet", Work::Inference, 8),
    ("vgg16", Work::Inference, 8),
    ("vit-b16", Work::Inference, 8),
    ("vit-l32", Work::Inference, 8),
    ("gtzan-cnn", Work::Inference, 8),
    ("three-branch", Work::Inference, 8),
];

/// A network ready to be run again and again on the same slices: from host memory to the answer in host memory.
#[derive(Debug)]
pub struct Bench {
    kind: Kind,
    slices: Vec<f32>,
    targets: Vec<f32>,
}

#[derive(Debug)]
enum Kind {
    Inference(Box<Plan>),
    Training(Box<Learner>),
}

impl Bench {
    /// Plans a network on `batch` slices, with weights as it starts training with.
    ///
    /// # Errors
    /// [`Error::Gpu`] if the device's memory or limits do not suffice.
    pub fn new(engine: &Engine, subject: Subject, work: Work, batch: usize) -> Result<Self> {
        let Subject { system, slice, classes } = subject;
        let kind = match work {
            Work::Inference | Work::InferenceHalf => {
                let (mut net, logits) = system.network(Mode::Inference, batch, slice, classes)?;
                let probabilities = net.graph.softmax(logits)?;
                net.graph.output("probabilities", probabilities)?;
                let mut variables = Variables::new(engine);
                net.initialise(&mut variables, 1)?;
                let options = PlanOptions { half: work == Work::InferenceHalf, ..PlanOptions::default() };
                Kind::Inference(Box::new(Plan::new(&net.graph, &variables, options)?))
            }
            Work::Training => {
                let settings = Settings { system, slice, classes, batch, clip: None, seed: 1 };
                Kind::Training(Box::new(Learner::new(engine, settings)?))
            }
        };
        let targets = (0..batch * classes).map(|i| f32::from(u8::from(i % classes == i / classes % classes))).collect();
        Ok(Self { kind, slices: noise(batch * slice[0] * slice[1], 1), targets })
    }

    /// Uploads the slices, runs once and waits for the answer.
    ///
    /// # Errors
    /// [`Error::Gpu`] if the device fails; [`Error::NotFinite`] if the answer is no numbers.
    pub fn run(&self, step: u64) -> Result<()> {
        let answer = match &self.kind {
            Kind::Inference(plan) => {
                let mut submission = plan.engine().submission();
                submission.write(plan.input("slices")?, &self.slices)?;
                plan.add_to(&mut submission);
                let answer = submission.read(plan.output("probabilities")?);
                submission.submit()?;
                blocking::take(answer)?
            }
            Kind::Training(learner) => learner.step(&self.slices, &self.targets, 1e-6, step)?.wait()?.losses,
        };
        if answer.iter().all(|value| value.is_finite()) {
            Ok(())
        } else {
            Err(Error::NotFinite("the network answers with what is no number".into()))
        }
    }

    /// The plans of a run, in order; those of a batch that the device cannot hold in one piece come once a part.
    pub fn plans(&self) -> Vec<&Plan> {
        match &self.kind {
            Kind::Inference(plan) => vec![plan],
            Kind::Training(learner) => learner.plans(),
        }
    }

    /// Parts in which a batch goes through the network.
    pub fn parts(&self) -> usize {
        match &self.kind {
            Kind::Inference(_) => 1,
            Kind::Training(learner) => learner.parts(),
        }
    }

    /// What a run costs at least: its arithmetic, and once the slices and the weights as runs read them.
    fn cost(&self) -> Cost {
        let weights = match &self.kind {
            Kind::Inference(plan) => plan.summary().lasting,
            Kind::Training(learner) => learner.variables().iter().map(|(_, tensor)| tensor.bytes()).sum(),
        };
        let flops = self.plans().iter().map(|plan| plan.recording().cost().flops).sum();
        Cost { flops, bytes: weights as f64 + 4.0 * self.slices.len() as f64 }
    }
}

/// All rows.
pub(super) fn benchmarks() -> Result<Vec<Benchmark<'static>>> {
    let row = |&(name, work, batch): &(&str, Work, usize)| {
        let subject = Subject::named(name)?;
        let [height, width] = subject.slice;
        let shape = label(&Shape::from([batch, 1, height, width]));
        let run = move |engine: &Engine| measure(&Bench::new(engine, subject, work, batch)?);
        Ok(Benchmark::new(format!("{name} {}", work.name()), shape, run))
    };
    ROWS.iter().map(row).collect()
}

fn measure(bench: &Bench) -> Measured {
    let mut step = 0;
    let timing = time(|times| {
        (0..times).try_for_each(|_| {
            step += 1;
            bench.run(step)
        })
    })?;
    Ok((timing, Some(bench.cost())))
}
