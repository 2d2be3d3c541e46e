//! Training against PyTorch and against the f64 interpreter, and what a learner promises.

mod baselines;
pub mod gather;
mod learner;
mod run;
mod torch;
