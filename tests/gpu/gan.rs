//! The GAN in training: steps as their graphs say, growth, what it can learn, a whole run, and its commands.

#[path = "gan/cli.rs"]
mod cli;
#[path = "gan/learning.rs"]
mod learning;
#[path = "gan/phases.rs"]
mod phases;
#[path = "gan/run.rs"]
mod run;
