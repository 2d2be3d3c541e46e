//! The GAN in training: steps as their graphs say, growth, what it can learn, and a whole run.

#[path = "gan/learning.rs"]
mod learning;
#[path = "gan/phases.rs"]
mod phases;
#[path = "gan/run.rs"]
mod run;
