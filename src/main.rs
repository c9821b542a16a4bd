//! The program: see `skysim::cli`.

use std::process::ExitCode;

fn main() -> ExitCode {
    skysim::cli::main().into()
}
