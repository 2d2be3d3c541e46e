//! Panics of decoders become errors of files.

use crate::error::{Error, Result};
use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

/// Runs `work`; a panic in it becomes an [`Error::Audio`] for `path` with the panic's message.
///
/// The caller must drop, unread, whatever `work` was changing when it panicked.
pub(super) fn guarded<T>(path: &Path, work: impl FnOnce() -> Result<T>) -> Result<T> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|payload| {
        Err(Error::Audio {
            path: path.to_path_buf(),
            problem: format!(
                "the decoder crashed on this file ({}); it is probably damaged: decode it with another program and save it again",
                message(payload.as_ref())
            ),
        })
    })
}

fn message(payload: &(dyn Any + Send)) -> &str {
    let text = payload.downcast_ref::<&str>().copied();
    text.or_else(|| payload.downcast_ref::<String>().map(String::as_str)).unwrap_or("no message")
}
