//! Files and folders on the command line.

use std::path::{Path, PathBuf};

use anyhow::bail;

use crate::audio::is_song;

/// Every file named, and every song below every folder named, in order. A path that does not exist stays in the list:
/// its error belongs to its own row.
pub(super) fn songs(paths: &[PathBuf]) -> anyhow::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for path in paths {
        if path.is_dir() {
            let before = found.len();
            walk(path, &mut found)?;
            if found.len() == before {
                bail!(
                    "{}: there are no songs in this folder ({})",
                    path.display(),
                    crate::audio::EXTENSIONS.join(", ")
                );
            }
        } else {
            found.push(path.clone());
        }
    }
    Ok(found)
}

fn walk(folder: &Path, found: &mut Vec<PathBuf>) -> anyhow::Result<()> {
    let mut entries = std::fs::read_dir(folder).map_err(crate::Error::io(folder))?.collect::<Result<Vec<_>, _>>()?;
    entries.sort_by_key(std::fs::DirEntry::file_name);
    for entry in entries {
        let path = entry.path();
        let hidden = entry.file_name().to_string_lossy().starts_with('.');
        // Links to folders are not followed: they can lead in a circle.
        if hidden {
        } else if entry.file_type()?.is_dir() {
            walk(&path, found)?;
        } else if is_song(&path) && path.is_file() {
            found.push(path);
        }
    }
    Ok(())
}
