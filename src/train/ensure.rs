//! Folders of several models: whose they are, and models that are there already.

use std::io::ErrorKind;
use std::path::Path;

use serde_json::{Value, json};

use super::checkpoint::Checkpoint;
use super::halt::Halt;
use super::run::{RunData, RunPlan, checkpoint_path, run};
use super::told::{Event, Outcome};
use crate::data::{Dataset, Song};
use crate::error::{Error, Result};
use crate::gpu::Engine;
use crate::weights::{Card, ModelFile, write_whole};

/// The model at `out`: read if it is there, and else trained as [`run`] does, from its checkpoint on if that is there.
pub(crate) fn ensure(
    engine: &Engine,
    plan: &RunPlan,
    data: RunData<'_>,
    card: Card,
    out: &Path,
    observe: &mut dyn FnMut(Event) -> bool,
) -> Result<ModelFile, Halt> {
    if !out.exists() {
        let saved = checkpoint_path(out);
        let saved = if saved.exists() { Some(Checkpoint::read(&saved)?) } else { None };
        match run(engine, plan, data, card, out, saved, observe)? {
            Outcome::Finished(_) => {}
            Outcome::Interrupted { .. } => return Err(Halt::Told),
            Outcome::Diverged { problem, .. } => return Err(Halt::Diverged(problem)),
        }
    }
    Ok(ModelFile::read(out)?)
}

/// What a file that may not be there yet holds.
pub(crate) fn read(path: &Path) -> Result<Option<Vec<u8>>> {
    match std::fs::read(path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Error::io(path)(error)),
    }
}

/// What tells songs from others: path, label, artist, true genre, contents, and the side that the list gives.
pub(crate) fn songs_of(all: &Dataset) -> Result<Vec<Value>> {
    let song = |song: &Song| {
        let path = song.path.display().to_string();
        let said = json!([path, all.labels[song.label], song.artist, song.true_genre, song.fingerprint()?]);
        // Where the list gives sides, the same songs on others are others.
        Ok(song.side.map_or(said.clone(), |side| json!([said, side.name()])))
    };
    all.songs.iter().map(song).collect()
}

/// Writes into the folder `out` what it is for, in the file `name`, or sees that it says so already. `what` is the kind of work, in a word.
///
/// # Errors
/// [`Error::Argument`] if the file says something else, or the folder holds `work` and no such file; [`Error::Io`].
pub(crate) fn claim(out: &Path, name: &str, what: &'static str, about: &str, work: &Path) -> Result<()> {
    std::fs::create_dir_all(out).map_err(Error::io(out))?;
    let path = out.join(name);
    let another = |holds: String| {
        let problem = format!("{}: this folder holds {holds}; give another one, or remove it", out.display());
        Err(Error::Argument { operation: what, problem })
    };
    match read(&path)? {
        Some(there) if there == about.as_bytes() => Ok(()),
        Some(_) => another(format!("a {what} of other songs or options")),
        None if work.exists() => another(format!("a {what}, and {name} does not say which")),
        None => write_whole(&path, about.as_bytes()),
    }
}
