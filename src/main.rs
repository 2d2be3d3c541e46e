//! The `tunevote` program: arguments in, exit code out. Everything else is in `tunevote::cli`.

use std::process::ExitCode;

fn main() -> ExitCode {
    tunevote::cli::main()
}
