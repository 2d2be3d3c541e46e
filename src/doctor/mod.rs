//! Layer 6. Whether this machine computes what the formulas say: every kernel that an engine is admitted to against its
//! reference in f64, on small and odd shapes.
//!
//! ```no_run
//! # fn f(engine: &tunevote::gpu::Engine) {
//! use tunevote::doctor::{FAMILIES, Status};
//! let mut rows = FAMILIES.iter().flat_map(|family| family.examine(engine));
//! assert!(rows.all(|row| row.status != Status::Failed));
//! # }
//! ```

mod case;
pub mod cases;
pub mod guard;

use std::collections::BTreeSet;

use serde::Serialize;

pub use case::{Case, Output, Ran};
pub use cases::FAMILIES;

use crate::gpu::{Engine, Kernel};
use crate::kernels::lacking;

/// A file of kernels and its cases.
#[derive(Clone, Copy, Debug)]
pub struct Family {
    /// The file's name.
    pub name: &'static str,
    /// Its kernels.
    pub kernels: &'static [&'static Kernel],
    /// Calls that run them all.
    pub cases: fn() -> Vec<Case>,
}

/// What became of a case, or of a kernel that no case ran.
#[derive(Clone, Debug, Serialize)]
pub struct Row {
    /// The family's name.
    pub family: &'static str,
    /// The kernels that ran, or the one that did not.
    pub kernels: Vec<&'static str>,
    /// What was called: function, options, shapes.
    pub case: String,
    /// The outcome.
    pub status: Status,
    /// How far the worst element was from the reference, in units of its tolerance, if the case ran. JSON has null for infinity.
    pub worst: Option<f64>,
    /// What failed, or for which condition a kernel is not used; of one that was checked all the same, a sentence.
    pub remark: Option<String>,
}

/// How a row ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Every element is within its tolerance.
    Ok,
    /// One is not, or the driver reported an error, or nothing ran a kernel that should run.
    Failed,
    /// The engine is not admitted to the kernel.
    NotUsed,
}

impl Family {
    /// Runs the family's cases: a row each, and one for each kernel that none of them ran. Cases for one kind of adapter are run
    /// on any; what they found of kernels that are not used here is in their row. What is wrong with one case is its row's matter;
    /// the others go on.
    pub fn examine(&self, engine: &Engine) -> Vec<Row> {
        let mut ran = BTreeSet::new();
        let mut rows = Vec::new();
        for case in (self.cases)() {
            let row = self.examined(&case, engine);
            ran.extend(row.kernels.iter().copied());
            if row.status == Status::Failed {
                // What the driver still has to say about a case that failed is not the next one's fault.
                let _ = engine.check();
            }
            rows.push(row);
        }
        rows.extend(self.kernels.iter().filter(|kernel| !ran.contains(kernel.name())).map(|kernel| {
            let (status, remark) = match lacking(engine, kernel) {
                Some(condition) => (Status::NotUsed, condition),
                None => (Status::Failed, "no case ran it"),
            };
            let remark = Some(remark.to_owned());
            Row { kernels: vec![kernel.name()], status, remark, ..self.row(String::new()) }
        }));
        rows
    }

    fn examined(&self, case: &Case, engine: &Engine) -> Row {
        let row = self.row(case.to_string());
        let of_kind = case.kind.map_or_else(|| engine.clone(), |kind| engine.clone().with_kind(kind));
        let ran = match case.run(&of_kind) {
            Ok(ran) => ran,
            Err(error) => return Row { status: Status::Failed, remark: Some(error.to_string()), ..row },
        };
        let names: BTreeSet<_> = ran.recording.kernels().map(|(kernel, _)| kernel.name()).collect();
        let (worst, remark) = case.compare(&ran.values);
        let status = if worst <= 1.0 { Status::Ok } else { Status::Failed };
        let unused = self.kernels.iter().filter(|kernel| names.contains(kernel.name()));
        let unused = unused.filter_map(|kernel| Some((kernel.name(), lacking(engine, kernel)?))).next();
        let remark = match unused {
            _ if status == Status::Failed => Some(remark),
            unused => {
                unused.map(|(kernel, needs)| format!("checked, but not used here: {kernel}, which needs {needs}"))
            }
        };
        Row { kernels: names.into_iter().collect(), status, worst: Some(worst), remark, ..row }
    }

    fn row(&self, case: String) -> Row {
        Row { family: self.name, kernels: Vec::new(), case, status: Status::Ok, worst: None, remark: None }
    }
}
