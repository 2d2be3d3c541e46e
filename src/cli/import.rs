//! `tunevote import`: networks that others have trained.

use std::io::Write;
use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::training::note_replaced;
use crate::error::Error;
use crate::import::Base;
use crate::import::musicnn::{SETS, read};
use crate::weights::{ModelFile, Precision};

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
/// With --head also DIR/genres.safetensors, which tells genres by both. Neither Python nor TensorFlow is needed, only the wheel, which is a file:
/// pip download --no-deps musicnn==0.1.0
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
    /// A head that `train --base --head` wrote: it and both networks become DIR/genres.safetensors
    #[arg(long, value_name = "HEAD.safetensors")]
    head: Option<PathBuf>,
}

pub(super) fn run(args: &ImportArgs, out: &mut dyn Write) -> anyhow::Result<u8> {
    let Command::Musicnn(args) = &args.command;
    // All is read before anything is written.
    let models = SETS.map(|set| read(&args.wheel, set, &Base::file(&args.out, set.name)));
    let mut models = models.into_iter().collect::<crate::Result<Vec<_>>>()?;
    if let Some(head) = &args.head {
        let base = Base::new(&models)?;
        models.push(base.whole(&ModelFile::read(head)?, &args.out.join("genres.safetensors"))?);
    }
    std::fs::create_dir_all(&args.out).map_err(Error::io(&args.out))?;
    for model in models {
        note_replaced(&model.path);
        model.write(Precision::F32)?;
        writeln!(out, "wrote {}", model.path.display())?;
    }
    Ok(0)
}
