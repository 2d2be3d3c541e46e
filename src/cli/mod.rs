//! Layer 7. The program: one file a command, and one table of them from which help, completions and man pages come.
//!
//! Results go to the standard output, everything else to the standard error. Exit codes: 0 if every file was read, 1 if
//! some were not (or `doctor` found a fault), 2 for wrong use or if nothing could be done.
#![allow(clippy::print_stderr)]

pub mod adapters;
mod again;
mod bench;
mod classify;
mod device;
mod doctor;
mod evaluate;
mod explain;
mod files;
mod gan;
mod grid;
mod image;
mod import;
mod model;
mod models;
pub mod output;
mod pages;
mod profile;
mod songs;
mod spectrogram;
mod study;
pub mod synth;
mod tags;
pub mod thresholds;
mod train;
mod training;
pub mod vote;

use std::io::{self, Write};
use std::process::ExitCode;

use clap::{CommandFactory, Parser, Subcommand};

/// Tells the genre of a song, honestly: confident slices vote, and a song without a clear winner stays unclassified
#[derive(Debug, Parser)]
#[command(
    name = "tunevote",
    version,
    propagate_version = true,
    arg_required_else_help = true,
    after_help = "Examples:\n  tunevote classify song.mp3\n  tunevote train Music --out mine.safetensors\n  \
                  tunevote classify --model mine.safetensors Downloads"
)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Classify(classify::ClassifyArgs),
    Explain(explain::ExplainArgs),
    Train(Box<train::TrainArgs>),
    Kfold(Box<train::kfold::KfoldArgs>),
    Evaluate(evaluate::EvaluateArgs),
    Gan(gan::GanArgs),
    Grid(Box<grid::GridArgs>),
    Study(study::StudyArgs),
    Import(import::ImportArgs),
    Tags(tags::TagsArgs),
    Vote(vote::VoteArgs),
    Synth(synth::Args),
    Spectrogram(spectrogram::SpectrogramArgs),
    Doctor(doctor::DoctorArgs),
    Bench(bench::BenchArgs),
    Profile(profile::ProfileArgs),
    Models(models::ModelsArgs),
    Completions(pages::CompletionsArgs),
    Man(pages::ManArgs),
}

impl Cli {
    /// The table of commands with all their options.
    pub fn table() -> clap::Command {
        Self::command()
    }
}

/// Runs the program on its own arguments.
pub fn main() -> ExitCode {
    silence_decoders();
    let cli = Cli::parse();
    let mut out = io::BufWriter::new(io::stdout().lock());
    let done = run(&cli.command, &mut out).and_then(|code| Ok(out.flush().map(|()| code)?));
    match done {
        Ok(code) => ExitCode::from(code),
        Err(error) if is_closed_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("tunevote: {}", message(&error));
            ExitCode::from(2)
        }
    }
}

fn run(command: &Command, out: &mut dyn Write) -> anyhow::Result<u8> {
    match command {
        Command::Classify(args) => classify::run(args, out),
        Command::Explain(args) => explain::run(args, out),
        Command::Train(args) => train::run(args, out),
        Command::Kfold(args) => train::kfold::run(args, out),
        Command::Evaluate(args) => evaluate::run(args, out),
        Command::Gan(args) => gan::run(args, out),
        Command::Grid(args) => grid::run(args, out),
        Command::Study(args) => study::run(args, out),
        Command::Import(args) => import::run(args, out),
        Command::Tags(args) => tags::run(args, out),
        Command::Vote(args) => vote::run(args, out),
        Command::Synth(args) => synth::run(args, out),
        Command::Spectrogram(args) => spectrogram::run(args, out),
        Command::Doctor(args) => doctor::run(args, out),
        Command::Bench(args) => bench::run(args, out),
        Command::Profile(args) => profile::run(args, out),
        Command::Models(args) => models::run(args, out),
        Command::Completions(args) => pages::completions(args, out),
        Command::Man(args) => pages::man(args, out),
    }
}

/// The error and its causes, each said once: an error of the library already tells its cause.
fn message(error: &anyhow::Error) -> String {
    error.chain().map(ToString::to_string).fold(String::new(), |all, cause| match all.as_str() {
        "" => cause,
        said if said.contains(&cause) => all,
        said => format!("{said}: {cause}"),
    })
}

/// Whoever read the output has seen enough: `tunevote … | head` is no failure.
fn is_closed_pipe(error: &anyhow::Error) -> bool {
    let closed = |cause: &(dyn std::error::Error + 'static)| {
        cause.downcast_ref::<io::Error>().is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
    };
    error.chain().any(closed)
}

/// A decoder's panic becomes its file's error (`audio` catches it); here it is kept off the terminal.
fn silence_decoders() {
    let default = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        let theirs = info
            .location()
            .is_some_and(|place| ["symphonia", "hound", "lofty"].iter().any(|name| place.file().contains(name)));
        if !theirs {
            default(info);
        }
    }));
}
