//! Every combination of some numbers, each trained on the same songs and held against the others on validation songs.

use std::str::FromStr;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Number, Value};

use super::run::RunPlan;
use crate::error::{Error, Result};
use crate::models::System;
use crate::nn::Mode;
use crate::signal::front_end::FrontEnd;
use crate::weights::Accuracy;

/// The most combinations of a grid.
const MOST: usize = 1000;
/// Numbers of training that can be varied.
const TRAINING: [&str; 3] = ["lr", "batch", "epochs"];

/// A number and the values that are tried.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Axis {
    /// `lr`, `batch` or `epochs`, or a number of the front end by the names of its JSON, with dots between them (`to_db.amin`).
    pub name: String,
    /// Two values or more, each once.
    pub values: Vec<Number>,
}

impl FromStr for Axis {
    type Err = String;

    /// `n_fft=1024,2048`
    fn from_str(text: &str) -> Result<Self, String> {
        let Some((name, values)) = text.split_once('=').filter(|(name, _)| !name.is_empty()) else {
            return Err(format!("{text:?} should be a name and values, such as n_fft=1024,2048"));
        };
        let mut all: Vec<Number> = Vec::new();
        for text in values.split(',') {
            let number = text.trim().parse::<Number>().map_err(|_| format!("{name}: {text:?} is no number"))?;
            if !number.as_f64().is_some_and(f64::is_finite) {
                return Err(format!("{name}: {text:?} is no number that fits"));
            }
            if all.iter().any(|other| other.as_f64() == number.as_f64()) {
                return Err(format!("{name}: {number} is there twice"));
            }
            all.push(number);
        }
        Ok(Self { name: name.to_owned(), values: all })
    }
}

/// One combination.
#[derive(Clone, Debug, PartialEq)]
pub struct Cell {
    /// A value for each axis, in their order.
    pub settings: Vec<(String, Number)>,
    /// How it is trained.
    pub plan: RunPlan,
}

impl Cell {
    /// `n_fft=1024, hop=256`
    pub fn name(&self) -> String {
        said(&self.settings, ", ")
    }

    /// The name of its model's file.
    pub fn file(&self) -> String {
        said(&self.settings, ",") + ".safetensors"
    }
}

fn said(settings: &[(String, Number)], between: &str) -> String {
    settings.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join(between)
}

/// All combinations of the axes' values, the last axis changing fastest, each with a front end that this build honours and slices that the
/// network takes.
///
/// Slices keep their length in seconds: where the time from column to column changes, their columns and the columns from one to the next are
/// brought to the nearest number that lasts as long, unless an axis varies `slices.width` or `slices.hop` itself. Where the number of rows
/// changes, slices have as many rows more or fewer, unless an axis varies `slices.height`.
///
/// # Errors
/// [`Error::Argument`] for an axis that is named twice, a name that is no number, too many combinations, or one that cannot be trained: the
/// message names it.
pub fn cells(plan: &RunPlan, axes: &[Axis], classes: usize) -> Result<Vec<Cell>> {
    let wrong = |problem: String| Error::Argument { operation: "grid", problem };
    for (place, axis) in axes.iter().enumerate() {
        if axes[..place].iter().any(|other| other.name == axis.name) {
            return Err(wrong(format!("{} is varied twice; give all its values at once", axis.name)));
        }
    }
    let count = axes.iter().try_fold(1usize, |count, axis| count.checked_mul(axis.values.len()));
    let Some(count) = count.filter(|count| (1..=MOST).contains(count)) else {
        return Err(wrong(format!("there are more than {MOST} combinations; give fewer values")));
    };
    let system = System::named(&plan.system)?;
    let cell = |at: usize| {
        let mut rest = at;
        let mut settings: Vec<_> = axes
            .iter()
            .rev()
            .map(|axis| {
                let value = axis.values[rest % axis.values.len()].clone();
                rest /= axis.values.len();
                (axis.name.clone(), value)
            })
            .collect();
        settings.reverse();
        let trained = with(plan, &settings).and_then(|plan| {
            fits(&plan, &system, classes).map_err(|error| plain(&error))?;
            Ok(plan)
        });
        let plan = trained.map_err(|problem| wrong(format!("{}: {problem}", said(&settings, ", "))))?;
        Ok(Cell { settings, plan })
    };
    (0..count).map(cell).collect()
}

/// An error's problem without the operation.
fn plain(error: &Error) -> String {
    match error {
        Error::Argument { problem, .. } => problem.clone(),
        error => error.to_string(),
    }
}

/// Whether the front end is one of this build's, the augmentation fits its slices, and the network takes them.
fn fits(plan: &RunPlan, system: &System, classes: usize) -> Result<()> {
    plan.front_end.check()?;
    plan.augment.check(plan.front_end.slices())?;
    system.network(Mode::Training, 1, plan.front_end.slices().size(), classes).map(drop)
}

/// The plan with these settings.
fn with(plan: &RunPlan, settings: &[(String, Number)]) -> Result<RunPlan, String> {
    let mut plan = plan.clone();
    let before = plan.front_end.clone();
    let mut json = serde_json::to_value(&before).map_err(|error| error.to_string())?;
    for (name, value) in settings {
        let whole = |most: u64| match value.as_u64().filter(|whole| (1..=most).contains(whole)) {
            Some(whole) => Ok(whole as usize),
            None => Err(format!("{name} is {value}, and should be a whole number from 1 to {most}")),
        };
        match name.as_str() {
            "batch" => plan.batch = whole(4096)?,
            "epochs" => plan.epochs = whole(u64::from(u32::MAX))?,
            "lr" => {
                plan.learning_rate = value.as_f64().unwrap_or(0.0) as f32;
                if !(plan.learning_rate.is_finite() && plan.learning_rate > 0.0) {
                    return Err(format!("lr is {value}, and should be a number above 0"));
                }
            }
            _ => put(&mut json, name, value)?,
        }
    }
    let read = |json: &Value| {
        serde_json::from_value::<FrontEnd>(json.clone()).map_err(|error| format!("the front end cannot be so: {error}"))
    };
    // Slices are brought to the picture's new columns and rows.
    let after = read(&json)?;
    let seconds = |front_end: &FrontEnd| -> Result<f64, String> {
        let samples = front_end.samples_per_column().map_err(|error| plain(&error))?;
        Ok(samples as f64 / f64::from(front_end.rate()))
    };
    let (slices, rows) = (before.slices(), i64::from(after.rows()) - i64::from(before.rows()));
    let varied = |name: &str| settings.iter().any(|(other, _)| other == name);
    let ratio =
        if varied("hop") || varied("rate") { seconds(&before)? / seconds(&after)?.max(f64::MIN_POSITIVE) } else { 1.0 };
    let columns = |columns: u32| ((f64::from(columns) * ratio).round() as i64).max(1);
    let brought =
        [("width", columns(slices.width)), ("hop", columns(slices.hop)), ("height", i64::from(slices.height) + rows)];
    for (name, value) in brought.into_iter().filter(|(name, _)| !varied(&format!("slices.{name}"))) {
        put(&mut json, &format!("slices.{name}"), &value.into())?;
    }
    plan.front_end = read(&json)?;
    Ok(plan)
}

/// Puts a number at a place in JSON where there is one.
fn put(json: &mut Value, name: &str, number: &Number) -> Result<(), String> {
    let known = || {
        let mut names = TRAINING.map(str::to_owned).to_vec();
        numbers(json, "", &mut names);
        format!("there is no number {name}; there are {}", names.join(", "))
    };
    let unknown = known();
    let place = name.split('.').try_fold(&mut *json, |value, key| value.as_object_mut()?.get_mut(key));
    match place {
        Some(place) if place.is_number() || place.is_null() => *place = number.clone().into(),
        _ => return Err(unknown),
    }
    Ok(())
}

/// The names of all numbers, and of what is null instead of one.
fn numbers(json: &Value, before: &str, names: &mut Vec<String>) {
    for (key, value) in json.as_object().into_iter().flatten() {
        let name = format!("{before}{key}");
        match value {
            Value::Object(_) => numbers(value, &format!("{name}."), names),
            Value::Number(_) | Value::Null => names.push(name),
            _ => {}
        }
    }
}

/// What a grid has found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GridTable {
    /// The network.
    pub system: String,
    /// What was varied.
    pub axes: Vec<Axis>,
    /// Songs that train, validate and test.
    pub songs: [usize; 3],
    /// How they were divided.
    pub split: String,
    /// Seed of split and training.
    pub seed: u64,
    /// Every combination, in the order of [`cells`].
    pub cells: Vec<GridRow>,
    /// The place of the best one; none if no training succeeded.
    pub best: Option<usize>,
    /// What it reaches on the test songs, which nothing was chosen on; none where there are none.
    pub test: Option<Accuracy>,
}

/// What became of a combination.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GridRow {
    /// `n_fft=1024, hop=256`
    pub name: String,
    /// A value for each axis.
    pub settings: Map<String, Value>,
    /// Its model's file, from the grid's folder.
    pub file: String,
    /// Rows and columns of a slice.
    pub slice: [usize; 2],
    /// How long a slice is.
    pub seconds: f64,
    /// Passes over the training songs that it took.
    pub epochs: usize,
    /// What it reaches on the validation songs; none if it diverged.
    pub validation: Option<Accuracy>,
    /// Why there is nothing.
    pub problem: Option<String>,
}

impl GridTable {
    /// The place of the best combination: that with the most right validation slices, of equals that with the most right songs, of those the
    /// first. As with epochs, slices are many and songs are few.
    pub fn best_of(cells: &[GridRow]) -> Option<usize> {
        let score = |row: &GridRow| row.validation.as_ref().map(|on| (on.slice_accuracy, on.forced_accuracy));
        let scored = (0..cells.len()).filter_map(|place| Some((place, score(&cells[place])?)));
        let better = |a: (f64, f64), b: (f64, f64)| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1));
        scored.reduce(|best, next| if better(next.1, best.1).is_gt() { next } else { best }).map(|(place, _)| place)
    }

    /// The places of the rows, the best first and those without a score last.
    pub fn ranked(&self) -> Vec<usize> {
        let score = |place: usize| {
            self.cells[place].validation.as_ref().map_or((-1.0, -1.0), |on| (on.slice_accuracy, on.forced_accuracy))
        };
        let mut places: Vec<_> = (0..self.cells.len()).collect();
        places.sort_by(|&a, &b| {
            let ((a, second), (b, other)) = (score(a), score(b));
            b.total_cmp(&a).then(other.total_cmp(&second))
        });
        places
    }
}
