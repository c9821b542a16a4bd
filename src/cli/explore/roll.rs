//! What each run came to, one line of JSON each, in the order of their numbers: so that whoever plays them again, one by
//! one, can see whether all are the same.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::{Path, PathBuf};

use serde::Serialize;

use super::workers::Runs;
use crate::cli::error::CliError;
use crate::explore::Outcome;

/// The file.
pub(super) struct Roll {
    path: PathBuf,
    file: BufWriter<File>,
    /// The number of the run whose line comes next, and how far it is from one to the next.
    next: u64,
    step: u64,
    /// Lines of later runs that ended earlier.
    waiting: BTreeMap<u64, String>,
}

/// A run: the flags of `skysim run` that make it, and what it came to.
#[derive(Serialize)]
struct Line<'a> {
    run: u64,
    seed: u64,
    schedule: &'a str,
    detect: Vec<&'a str>,
    verdict: &'a str,
    events: u64,
    trace: String,
}

impl Roll {
    pub(super) fn create(path: &Path, runs: Runs) -> Result<Roll, CliError> {
        let file = File::create(path).map_err(CliError::file("write", path))?;
        let file = BufWriter::new(file);
        Ok(Roll { path: path.to_owned(), file, next: runs.first, step: runs.step, waiting: BTreeMap::new() })
    }

    /// Adds a run that is over, whenever that is.
    pub(super) fn add(&mut self, outcome: &Outcome) -> Result<(), CliError> {
        let trial = &outcome.trial;
        let line = Line {
            run: trial.index,
            seed: trial.seed.0,
            schedule: &trial.schedule,
            detect: trial.detect().iter().map(|detector| detector.name()).collect(),
            verdict: outcome.verdict.as_str(),
            events: outcome.events.0,
            trace: outcome.digest.to_string(),
        };
        let text = serde_json::to_string(&line).map_err(|error| CliError::usage(error.to_string(), "this is a bug"))?;
        self.waiting.insert(trial.index, text);
        while let Some(line) = self.waiting.remove(&self.next) {
            self.next += self.step;
            writeln!(self.file, "{line}").map_err(CliError::file("write", &self.path))?;
        }
        Ok(())
    }

    /// Writes what is left. Runs are missing only from an exploration that was stopped.
    pub(super) fn finish(mut self) -> Result<(), CliError> {
        for line in self.waiting.values() {
            writeln!(self.file, "{line}").map_err(CliError::file("write", &self.path))?;
        }
        self.file.flush().map_err(CliError::file("write", &self.path))
    }
}
