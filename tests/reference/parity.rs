//! Where the scripts of tools/parity leave what tests are held against.

use std::path::{Path, PathBuf};

fn folder(variable: &str, usual: &str) -> PathBuf {
    std::env::var_os(variable).map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join(usual), PathBuf::from)
}

/// Songs and SoX's pictures of them, of tools/parity/sox.sh.
pub fn songs() -> PathBuf {
    folder("TUNEVOTE_PARITY", "target/parity")
}

/// The wheel of tools/parity/musicnn.sh.
pub fn wheel() -> PathBuf {
    folder("TUNEVOTE_CACHE", "target/cache").join("musicnn-0.1.0-py3-none-any.whl")
}
