//! Layer 0. The one error type: what was asked, what was expected, what was found, what helps.

use std::path::{Path, PathBuf};

/// `Result` with this crate's [`enum@Error`].
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Everything that can go wrong in the library. Messages are whole sentences for people; variants are for programs.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A tensor does not have the shape that an operation needs.
    #[error("{operation}: {argument} should be {expected}, but is {got}")]
    Shape {
        /// The operation's name, e.g. `conv2d`.
        operation: &'static str,
        /// The argument's name in its documentation, e.g. `weight`.
        argument: &'static str,
        /// The shape or rule it has to follow.
        expected: String,
        /// What was passed.
        got: String,
    },
    /// A number or an option is out of its range.
    #[error("{operation}: {problem}")]
    Argument {
        /// The operation's name.
        operation: &'static str,
        /// What is wrong and what is allowed.
        problem: String,
    },
    /// No adapter fits, or the device could not be made, was lost or ran out of memory.
    #[error("{0}")]
    Gpu(String),
    /// A shader does not compile; the position is the one in its own file.
    #[error("{file}:{line}: {problem}")]
    Shader {
        /// `shaders/…/name.wgsl`, or the library file that holds the mistake.
        file: String,
        /// Line in that file, from 1.
        line: u32,
        /// The compiler's message.
        problem: String,
    },
    /// Reading or writing a file failed.
    #[error("{}: {}", path.display(), told(source))]
    Io {
        /// The file.
        path: PathBuf,
        /// The system's error.
        source: std::io::Error,
    },
    /// The audio's codec or container is not one this program reads.
    #[error("{}: cannot read {codec}; convert it to flac, mp3, ogg vorbis, m4a/aac, aiff or wav", path.display())]
    Codec {
        /// The file.
        path: PathBuf,
        /// The codec's name, e.g. `opus`.
        codec: String,
    },
    /// The audio is damaged, empty or not audio at all.
    #[error("{}: {problem}", path.display())]
    Audio {
        /// The file.
        path: PathBuf,
        /// What is wrong and what helps.
        problem: String,
    },
    /// A model file is damaged or does not fit this build.
    #[error("{}: {problem}", path.display())]
    Weights {
        /// The file.
        path: PathBuf,
        /// What is wrong; names the tensor or the card's field.
        problem: String,
    },
    /// A table (CSV, JSON lines) has a line that cannot be understood.
    #[error("{}:{line}: {problem}", path.display())]
    Table {
        /// The file.
        path: PathBuf,
        /// Line, from 1.
        line: u64,
        /// What is wrong.
        problem: String,
    },
    /// A checkpoint is of another run: says what differs.
    #[error("resume: {0}")]
    Resume(String),
    /// What should be finite numbers is not.
    #[error("{0}")]
    NotFinite(String),
    /// Training cannot begin or go on, mostly because there are too few songs.
    #[error("{0}")]
    Training(String),
}

/// What the system says, and what to do where it says little.
fn told(error: &std::io::Error) -> String {
    match error.kind() {
        std::io::ErrorKind::NotFound => format!("{error}; look how the name is spelt"),
        std::io::ErrorKind::AlreadyExists | std::io::ErrorKind::NotADirectory => {
            format!("{error}; there is a file where a folder should be")
        }
        std::io::ErrorKind::PermissionDenied => format!("{error}; look who may read or write it"),
        _ => error.to_string(),
    }
}

impl Error {
    /// An [`Error::Io`] for `path`; made for `map_err(Error::io(path))`.
    pub fn io(path: impl AsRef<Path>) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.as_ref().to_path_buf();
        move |source| Self::Io { path, source }
    }

    /// An [`Error::Shape`] from anything that prints.
    pub fn shape(operation: &'static str, argument: &'static str, expected: impl ToString, got: impl ToString) -> Self {
        Self::Shape { operation, argument, expected: expected.to_string(), got: got.to_string() }
    }
}
