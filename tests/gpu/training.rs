//! Training against PyTorch and against the f64 interpreter, and what a learner promises.

mod learner;
mod torch;
