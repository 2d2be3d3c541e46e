//! The GAN in training: steps as their graphs say, growth, what it can learn, a whole run, and its commands.

mod cli;
mod learning;
mod phases;
mod rows;
mod run;
