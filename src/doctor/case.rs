//! One call of a kernel's host function, and what it should give.

use std::fmt;

use super::guard::{guarded, unguarded};
use crate::error::Result;
use crate::gpu::{AdapterKind, Engine, Recorder, Recording, Tensor};
use crate::reference::compare::furthest;
use crate::shape::Shape;

/// Inputs, outputs, and the call that leads from one to the other.
pub struct Case {
    /// The host function, with what it is told beside its tensors.
    pub what: String,
    /// Shapes and values.
    pub inputs: Vec<(Vec<usize>, Vec<f32>)>,
    /// What comes out.
    pub outputs: Vec<Output>,
    /// The kind of adapter whose kernels it is for, if it is for one; [`Case::run`] does not ask.
    pub kind: Option<AdapterKind>,
    /// Records the call on these inputs and outputs.
    pub call: Call,
}

type Call = Box<dyn Fn(&mut Recorder, &[Tensor], &[Tensor]) -> Result<()>>;

/// One output.
pub struct Output {
    /// Its shape.
    pub shape: Vec<usize>,
    /// What it holds before, where the call changes it in place; else NaN.
    pub start: Option<Vec<f32>>,
    /// The reference's values.
    pub want: Vec<f64>,
    /// The sum of the magnitudes of the terms that make each element.
    pub scale: Vec<f64>,
    /// How many of f32's epsilons of `scale` an element may be off.
    pub ulps: f64,
}

/// What a case left.
#[derive(Debug)]
pub struct Ran {
    /// The dispatches.
    pub recording: Recording,
    /// The outputs' values.
    pub values: Vec<Vec<f32>>,
}

impl Output {
    /// An output that is NaN before.
    pub fn new(shape: &[usize], want: Vec<f64>, scale: Vec<f64>, ulps: f64) -> Self {
        Self { shape: shape.to_vec(), start: None, want, scale, ulps }
    }
}

impl Case {
    /// A case with one output.
    pub fn new(
        what: impl Into<String>,
        inputs: &[(&[usize], &[f32])],
        output: Output,
        call: impl Fn(&mut Recorder, &[Tensor], &Tensor) -> Result<()> + 'static,
    ) -> Self {
        Self::of_many(what, inputs, vec![output], move |rec, inputs, outputs| call(rec, inputs, &outputs[0]))
    }

    /// A case with several.
    pub fn of_many(
        what: impl Into<String>,
        inputs: &[(&[usize], &[f32])],
        outputs: Vec<Output>,
        call: impl Fn(&mut Recorder, &[Tensor], &[Tensor]) -> Result<()> + 'static,
    ) -> Self {
        Self {
            what: what.into(),
            inputs: inputs.iter().map(|(shape, values)| (shape.to_vec(), values.to_vec())).collect(),
            outputs,
            kind: None,
            call: Box::new(call),
        }
    }

    /// The same case, for the kernels of a kind of adapter.
    #[must_use]
    pub fn for_kind(self, kind: AdapterKind) -> Self {
        Self { kind: Some(kind), ..self }
    }

    /// Runs it on outputs between guards, and waits for them.
    ///
    /// # Errors
    /// What the call, the driver, or a guard says.
    pub fn run(&self, engine: &Engine) -> Result<Ran> {
        let inputs: Vec<_> =
            self.inputs.iter().map(|(shape, values)| engine.upload(shape.as_slice(), values)).collect::<Result<_>>()?;
        let output = |output: &Output| {
            let tensor = guarded(engine, output.shape.as_slice())?;
            if let Some(values) = &output.start {
                engine.write(&tensor, values)?;
            }
            Ok(tensor)
        };
        let outputs: Vec<_> = self.outputs.iter().map(output).collect::<Result<_>>()?;
        let mut recorder = Recorder::new(engine);
        (self.call)(&mut recorder, &inputs, &outputs)?;
        let recording = recorder.finish()?;
        recording.run();
        let values = outputs.iter().map(|tensor| unguarded(engine, tensor)).collect::<Result<_>>()?;
        Ok(Ran { recording, values })
    }

    /// How far the worst element of all outputs is off, in units of its tolerance, and a sentence about it.
    pub fn compare(&self, values: &[Vec<f32>]) -> (f64, String) {
        let mut worst = (0.0, String::new());
        for (output, got) in self.outputs.iter().zip(values) {
            let (off, i) = furthest(got, &output.want, &output.scale, output.ulps);
            if off >= worst.0 {
                let shape = Shape::from(output.shape.as_slice());
                let (got, want) = (got[i], output.want[i]);
                worst = (off, format!("element {i} of {shape}: got {got}, want {want} ({off:.2} times the tolerance)"));
            }
        }
        worst
    }
}

/// `conv2d Conv2d { … } (1, 2, 5, 5) (3, 2, 2, 2) -> (1, 3, 4, 4)`
impl fmt::Display for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.what)?;
        self.inputs.iter().try_for_each(|(shape, _)| write!(f, " {}", Shape::from(shape.as_slice())))?;
        write!(f, " ->")?;
        self.outputs.iter().try_for_each(|output| write!(f, " {}", Shape::from(output.shape.as_slice())))
    }
}

/// As it is printed.
impl fmt::Debug for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
