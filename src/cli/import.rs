//! `tunevote import`: networks that others have trained.

use std::io::Write;
use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::training::note_replaced;
use crate::error::Error;
use crate::import::Base;
use crate::import::musicnn::{SETS, read};
use crate::weights::Precision;

/// Bring networks that others have trained into files of this program
#[derive(Args, Clone, Debug)]
pub struct ImportArgs {
    #[command(subcommand)]
    command: Command,
}

#[derive(Clone, Debug, Subcommand)]
enum Command {
    Musicnn(MusicnnArgs),
}

/// The tagging networks of Pons & Serra 2019, from a wheel of their Python package
///
/// Writes DIR/msd_musicnn.safetensors (50 tags of the Million Song Dataset) and DIR/mtt_musicnn.safetensors (50 tags of MagnaTagATune).
/// Neither Python nor TensorFlow is needed, only the wheel, which is a file: pip download --no-deps musicnn==0.1.0
#[derive(Args, Clone, Debug)]
#[command(after_help = "Examples:\n  pip download --no-deps musicnn==0.1.0\n  \
                        tunevote import musicnn musicnn-0.1.0-py3-none-any.whl -o taggers\n  \
                        tunevote tags song.mp3 --model taggers/msd_musicnn.safetensors")]
struct MusicnnArgs {
    /// The wheel
    #[arg(value_name = "WHEEL")]
    wheel: PathBuf,
    /// The folder to write to; made where it is missing
    #[arg(short, long, value_name = "DIR")]
    out: PathBuf,
}

pub(super) fn run(args: &ImportArgs, out: &mut dyn Write) -> anyhow::Result<u8> {
    let Command::Musicnn(args) = &args.command;
    // Both are read before one is written.
    let models = SETS.map(|set| read(&args.wheel, set, &Base::file(&args.out, set.name)));
    std::fs::create_dir_all(&args.out).map_err(Error::io(&args.out))?;
    for model in models {
        let model = model?;
        note_replaced(&model.path);
        model.write(Precision::F32)?;
        writeln!(out, "wrote {}", model.path.display())?;
    }
    Ok(0)
}
