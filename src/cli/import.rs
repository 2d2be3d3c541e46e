//! `tunevote import`: networks that others have trained.

use std::io::Write;
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};

use crate::error::Error;
use crate::import::Base;
use crate::import::musicnn::{SETS, read};
use crate::weights::{ModelFile, Precision};

/// The head that comes with the program: the recipe of the default weights trained it on the published networks.
const HEAD: &[u8] = include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/weights/head.safetensors"));

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
/// Writes DIR/msd_musicnn.safetensors (50 tags of the Million Song Dataset), DIR/mtt_musicnn.safetensors (50 tags of MagnaTagATune) and
/// DIR/genres.safetensors, which tells genres by both networks and a head: the teacher of the model that comes with the program. Neither Python
/// nor TensorFlow is needed, only the wheel, which is a file: pip download --no-deps musicnn==0.1.0
#[derive(Args, Clone, Debug)]
#[command(after_help = "Examples:\n  pip download --no-deps musicnn==0.1.0\n  \
                        tunevote import musicnn musicnn-0.1.0-py3-none-any.whl -o taggers\n  \
                        tunevote tags song.mp3 --model taggers/msd_musicnn.safetensors\n  \
                        tunevote classify song.mp3 --model taggers/genres.safetensors")]
struct MusicnnArgs {
    /// The wheel
    #[arg(value_name = "WHEEL")]
    wheel: PathBuf,
    /// The folder to write to; made where it is missing
    #[arg(short, long, value_name = "DIR")]
    out: PathBuf,
    /// A head that `train --base --head` wrote, in place of the one that comes with the program
    #[arg(long, value_name = "HEAD.safetensors")]
    head: Option<PathBuf>,
}

pub(super) fn run(args: &ImportArgs, out: &mut dyn Write) -> anyhow::Result<u8> {
    let Command::Musicnn(args) = &args.command;
    // All is read before anything is written.
    let models = SETS.map(|set| read(&args.wheel, set, &Base::file(&args.out, set.name)));
    let mut models = models.into_iter().collect::<crate::Result<Vec<_>>>()?;
    let base = Base::new(&models)?;
    let head = match &args.head {
        Some(path) => ModelFile::read(path)?,
        None => ModelFile::from_bytes(Path::new("head.safetensors"), HEAD)?,
    };
    let genres = args.out.join("genres.safetensors");
    if args.head.is_some() || base.takes(&head) {
        models.push(base.whole(&head, &genres)?);
    } else {
        let kept = if genres.exists() { "; the one that is there is of others" } else { "" };
        eprintln!(
            "note: the program's own head does not read these networks, so they make no {}{kept}",
            genres.display()
        );
    }
    std::fs::create_dir_all(&args.out).map_err(Error::io(&args.out))?;
    for model in models {
        let what = if model.path.exists() { "replaced" } else { "wrote" };
        model.write(Precision::F32)?;
        writeln!(out, "{what} {}", model.path.display())?;
    }
    Ok(0)
}
