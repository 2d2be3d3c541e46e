//! What the commands that train have in common.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::{anyhow, bail};

use super::files::check_target;
use crate::Error;
use crate::train::checkpoint_path;

/// What there is to go on with, after a look at where the file shall be.
pub(super) fn checkpoint<C>(
    out: &Path,
    inputs: &[&Path],
    resume: bool,
    read: impl FnOnce(&Path) -> crate::Result<C>,
) -> anyhow::Result<Option<C>> {
    check_target(out, inputs)?;
    let path = checkpoint_path(out);
    match (resume, path.exists()) {
        (true, true) => Ok(Some(read(&path)?)),
        (true, false) => bail!("{}: there is no interrupted run to go on with; leave out --resume", path.display()),
        (false, true) => {
            bail!("{}: an interrupted run is there; go on with --resume, or remove the file", path.display())
        }
        (false, false) => Ok(None),
    }
}

/// Says so if a file is there that the run will replace.
pub(super) fn note_replaced(out: &Path) {
    if out.exists() {
        eprintln!("note: {} is there; it is replaced when the training is over", out.display());
    }
}

/// What helps if the checkpoint is of another run; other errors say it themselves.
pub(super) fn of_another(error: Error, path: &Path) -> anyhow::Error {
    match error {
        Error::Resume(problem) => {
            let remedy = "give the same songs and options, or remove the file to start anew";
            anyhow!("{}: {problem}; {remedy}", path.display())
        }
        error => anyhow::Error::new(error).context("training"),
    }
}

/// A flag that Ctrl-C sets; a second one ends the program at once.
pub(super) fn on_interrupt() -> anyhow::Result<Arc<AtomicBool>> {
    let stop = Arc::new(AtomicBool::new(false));
    let flag = Arc::clone(&stop);
    ctrlc::set_handler(move || {
        if flag.swap(true, Ordering::Relaxed) {
            std::process::exit(130);
        }
    })?;
    Ok(stop)
}

/// A learning rate on the command line.
pub(super) fn rate(text: &str) -> Result<f32, String> {
    match text.parse::<f32>() {
        Ok(value) if value.is_finite() && value > 0.0 => Ok(value),
        _ => Err("it has to be a number above 0".into()),
    }
}
