//! What is wrong with the command line or with what it names: all of it ends with exit code 2.

use std::io;
use std::path::{Path, PathBuf};

use miette::Diagnostic;

use crate::scenario::ScenarioError;
use crate::trace::TraceError;
use crate::world::WorldError;

/// Why a verb could not do its work.
#[derive(Debug, thiserror::Error, Diagnostic)]
pub enum CliError {
    /// The scenario is not one.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Scenario(#[from] ScenarioError),
    /// The plan cannot be run.
    #[error(transparent)]
    World(#[from] WorldError),
    /// A trace cannot be read.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Trace(#[from] TraceError),
    /// A path that is nothing that can be run.
    #[error("`{}` is nothing that skysim can run: {problem}", path.display())]
    #[diagnostic(help("{tried}"))]
    NotRunnable {
        /// The path.
        path: PathBuf,
        /// What is wrong with it.
        problem: String,
        /// What was looked for.
        tried: String,
    },
    /// A file or folder that cannot be used.
    #[error("cannot {what} `{}`", path.display())]
    File {
        /// What was tried.
        what: &'static str,
        /// The file.
        path: PathBuf,
        /// Why it failed.
        source: io::Error,
    },
    /// Something else that the user can mend.
    #[error("{problem}")]
    #[diagnostic(help("{remedy}"))]
    Usage {
        /// What is wrong.
        problem: String,
        /// What to do.
        remedy: String,
    },
}

impl CliError {
    /// A function that makes an error of what the system says about a file.
    pub(super) fn file(what: &'static str, path: &Path) -> impl FnOnce(io::Error) -> CliError {
        let path = path.to_owned();
        move |source| CliError::File { what, path, source }
    }

    /// The error with all its causes, in a line.
    pub(super) fn line(&self) -> String {
        let mut line = self.to_string();
        let mut cause = std::error::Error::source(self);
        while let Some(error) = cause {
            line.push_str(&format!(": {error}"));
            cause = error.source();
        }
        line
    }

    pub(super) fn usage(problem: impl Into<String>, remedy: impl Into<String>) -> CliError {
        CliError::Usage { problem: problem.into(), remedy: remedy.into() }
    }
}
