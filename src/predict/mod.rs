//! Layer 5. A model on slices: probabilities out.

use std::pin::Pin;
use std::task::{Context, Poll};

use crate::blocking;
use crate::error::{Error, Result};
use crate::gpu::{Engine, Readback};
use crate::plan::{Plan, PlanOptions, Variables};
use crate::weights::{Card, ModelFile};

/// A model ready to answer on an engine.
#[derive(Debug)]
pub struct Predictor {
    plan: Plan,
    batch: usize,
    slice: usize,
    classes: usize,
}

impl Predictor {
    /// Uploads a model file and plans its network for batches of `batch` slices.
    ///
    /// # Errors
    /// [`Error::Gpu`] if the device's memory or limits do not suffice.
    pub fn new(engine: &Engine, model: &ModelFile, batch: usize) -> Result<Self> {
        let mut variables = Variables::new(engine);
        model.load(&mut variables)?;
        Self::shared(&model.card, &variables, batch, PlanOptions::default())
    }

    /// The same on variables that are there already, such as those of a training plan: it answers with what they hold when
    /// it is asked. With [`PlanOptions::half`] batches of up to four slices read half as much of dense layers' weights.
    ///
    /// # Errors
    /// [`Error::Argument`] if one is missing, [`Error::Gpu`] if memory or limits do not suffice, with the batch that would fit.
    pub fn shared(card: &Card, variables: &Variables, batch: usize, options: PlanOptions) -> Result<Self> {
        let planned = |batch| Self::planned(card, variables, batch, options);
        planned(batch).map_err(|error| match error {
            Error::Gpu(problem) => {
                let fits = std::iter::successors(Some(batch / 2), |batch| Some(batch / 2))
                    .take_while(|&batch| batch > 0)
                    .find(|&batch| planned(batch).is_ok());
                let help = fits.map_or_else(
                    || format!("not even one slice of {} fits this device", card.system),
                    |fits| format!("{} fits this device with a batch of {fits}", card.system),
                );
                Error::Gpu(format!("{problem}; {help}"))
            }
            error => error,
        })
    }

    fn planned(card: &Card, variables: &Variables, batch: usize, options: PlanOptions) -> Result<Self> {
        let (mut net, probabilities) = card.answering(batch)?;
        net.graph.output("probabilities", probabilities)?;
        Self::of(Plan::new(&net.graph, variables, options)?)
    }

    /// Of any plan from an input `slices` (batch,1,H,W) to an output `probabilities` (batch,classes).
    ///
    /// # Errors
    /// [`Error::Argument`] if it has none of these names, [`Error::Shape`] if they are not of these axes.
    pub fn of(plan: Plan) -> Result<Self> {
        let [batch, _, h, w] = plan.input("slices")?.shape().array("predict", "slices")?;
        let [_, classes] = plan.output("probabilities")?.shape().array("predict", "probabilities")?;
        Ok(Self { plan, batch, slice: h * w, classes })
    }

    /// Values a slice's row: the classes.
    pub fn outputs(&self) -> usize {
        self.classes
    }

    /// Slices a run.
    pub fn batch(&self) -> usize {
        self.batch
    }

    /// Values a slice: height x width.
    pub fn slice(&self) -> usize {
        self.slice
    }

    /// The network's plan.
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// Submits one run: `slices` (n,H,W) of at most a batch; the rest is filled up with zeros whose answers are not given. The
    /// probabilities arrive while the next slices are prepared: see [`Pending::wait`].
    ///
    /// # Errors
    /// [`Error::Shape`] for more than a batch or a part of a slice, [`Error::Gpu`] if the device fails.
    pub fn start(&self, slices: &[f32]) -> Result<Pending> {
        let whole = self.batch * self.slice;
        if slices.len() > whole || !slices.len().is_multiple_of(self.slice) {
            let expected = format!("up to {} slices of {} values", self.batch, self.slice);
            return Err(Error::shape("predict", "slices", expected, slices.len()));
        }
        let mut submission = self.plan.engine().submission();
        let input = self.plan.input("slices")?;
        if slices.len() == whole {
            submission.write(input, slices)?;
        } else {
            submission.write(input, &[slices, &vec![0.0; whole - slices.len()]].concat())?;
        }
        self.plan.add_to(&mut submission);
        let rows = submission.read(self.plan.output("probabilities")?);
        submission.submit()?;
        Ok(Pending { rows, values: slices.len() / self.slice * self.classes })
    }

    /// `slices` (n,H,W) -> probabilities (n,classes). Any n, in runs of a batch.
    ///
    /// # Errors
    /// [`Error::Shape`] for a part of a slice, [`Error::Gpu`] if the device fails.
    pub fn probabilities(&self, slices: &[f32]) -> Result<Vec<f32>> {
        if !slices.len().is_multiple_of(self.slice) {
            return Err(Error::shape(
                "predict",
                "slices",
                format_args!("slices of {} values", self.slice),
                slices.len(),
            ));
        }
        let mut all = Vec::with_capacity(slices.len() / self.slice * self.classes);
        let mut before: Option<Pending> = None;
        for batch in slices.chunks(self.batch * self.slice) {
            if let Some(pending) = before.replace(self.start(batch)?) {
                all.extend(pending.wait()?);
            }
        }
        if let Some(pending) = before {
            all.extend(pending.wait()?);
        }
        Ok(all)
    }
}

/// Probabilities (n,classes) on their way: a future for whoever polls the device.
#[derive(Debug)]
pub struct Pending {
    rows: Readback,
    /// Those that are asked for.
    values: usize,
}

impl Pending {
    /// Waits for them, not for what was submitted behind them.
    ///
    /// # Errors
    /// [`Error::Gpu`] if the device failed.
    pub fn wait(self) -> Result<Vec<f32>> {
        let mut rows = blocking::take(self.rows)?;
        rows.truncate(self.values);
        Ok(rows)
    }
}

impl Future for Pending {
    type Output = Result<Vec<f32>>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let values = self.values;
        Pin::new(&mut self.rows).poll(context).map_ok(|mut rows| {
            rows.truncate(values);
            rows
        })
    }
}
