//! `tunevote gan`: the second look for songs that the vote leaves unclassified.

mod sample;
mod train;

use std::io::Write;

use clap::{Args, Subcommand};

pub(super) use train::BinaryArg;

/// Train the second look for unclassified songs, and show what it makes
#[derive(Args, Clone, Debug)]
pub struct GanArgs {
    #[command(subcommand)]
    command: Command,
}

#[derive(Clone, Debug, Subcommand)]
enum Command {
    Train(Box<train::TrainArgs>),
    Sample(sample::SampleArgs),
}

pub(super) fn run(args: &GanArgs, out: &mut dyn Write) -> anyhow::Result<u8> {
    match &args.command {
        Command::Train(args) => train::run(args, out),
        Command::Sample(args) => sample::run(args, out),
    }
}
