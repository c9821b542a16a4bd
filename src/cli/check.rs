//! `--check`: the same run again, in a fresh process with other surroundings, compared event by event.

use std::env;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::Value as Json;
use similar::TextDiff;
use tempfile::{NamedTempFile, TempDir};

use super::args::Shared;
use super::error::CliError;
use super::input::absolute;
use crate::base::Seed;
use crate::trace::{self, Difference, Side};

/// Lines of a second run's complaint that are shown.
const COMPLAINT_LINES_MAX: usize = 10;

/// The run that is compared.
pub(super) struct First<'a> {
    /// Its trace.
    pub(super) trace: &'a Path,
    /// What was reported of it.
    pub(super) run: Json,
}

/// What a check found.
#[derive(Debug)]
pub(super) enum Comparison {
    /// It was not asked for.
    NotMade,
    /// The two runs are the same.
    Same,
    /// They are not; how, in words and lines.
    Different(String),
    /// Somebody stopped it.
    Interrupted,
}

/// Runs `path` again and compares.
pub(super) fn again(
    path: &Path,
    seed: Seed,
    flags: &Shared,
    first: &First<'_>,
    stop: &AtomicBool,
) -> Result<Comparison, CliError> {
    let second = Second::new(path, flags)?;
    let trace = temporary_file()?;
    let output = second.run(seed, trace.path(), Positions::Off, Surroundings::Other)?;
    if stop.load(Ordering::SeqCst) {
        return Ok(Comparison::Interrupted);
    }
    let Ok(document) = serde_json::from_slice::<Json>(&output.stdout) else {
        return Ok(Comparison::Different(no_document(&output)));
    };
    if let Some(difference) = difference(first.trace, trace.path())? {
        let found = second.locate(seed)?.unwrap_or(difference);
        return Ok(Comparison::Different(rendered(&found)));
    }
    if document["run"] == first.run {
        return Ok(Comparison::Same);
    }
    let (left, right) = (format!("{:#}\n", first.run), format!("{:#}\n", document["run"]));
    let diff = TextDiff::from_lines(&left, &right);
    let lines = diff.unified_diff().context_radius(2).header("first run", "second run").to_string();
    Ok(Comparison::Different(format!("the traces are the same, and what is reported of them is not:\n{lines}")))
}

/// A file that is gone when it is no longer needed.
pub(super) fn temporary_file() -> Result<NamedTempFile, CliError> {
    NamedTempFile::new().map_err(CliError::file("write a trace to", &env::temp_dir()))
}

/// How to start the run again.
struct Second<'a> {
    program: PathBuf,
    path: PathBuf,
    root: PathBuf,
    flags: &'a Shared,
    elsewhere: TempDir,
}

/// Whether a trace says where in the code messages were sent.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Positions {
    Off,
    On,
}

/// What the process finds around it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Surroundings {
    /// The same as here.
    Same,
    /// Another working directory, time zone and language.
    Other,
}

impl Second<'_> {
    fn new<'a>(path: &Path, flags: &'a Shared) -> Result<Second<'a>, CliError> {
        let program = env::current_exe().map_err(CliError::file("find", Path::new("skysim itself")))?;
        let root = absolute(flags.hidden.root.as_deref().unwrap_or(Path::new(".")))?;
        let elsewhere = TempDir::new().map_err(CliError::file("make a folder in", &env::temp_dir()))?;
        Ok(Second { program, path: absolute(path)?, root, flags, elsewhere })
    }

    /// One run in a fresh process.
    fn run(&self, seed: Seed, trace: &Path, positions: Positions, around: Surroundings) -> Result<Output, CliError> {
        let mut command = Command::new(&self.program);
        command.arg("run").arg(&self.path).args(["--format", "json", "--seed", &seed.to_string()]);
        command.arg("--trace").arg(trace).arg("--root").arg(&self.root);
        if positions == Positions::On {
            command.arg("--positions");
        }
        if let Some(until) = self.flags.until {
            command.args(["--until", &until.to_string()]);
        }
        if let Some(schedule) = &self.flags.schedule {
            command.args(["--schedule", schedule]);
        }
        if let Some(skynet) = &self.flags.skynet {
            command.arg("--skynet").arg(absolute(skynet)?);
        }
        if around == Surroundings::Other {
            // The rest of the environment stays: a Skynet config file may ask for it.
            command.env("TZ", "Asia/Kathmandu").env("LANG", "tr_TR.UTF-8").env("LC_ALL", "tr_TR.UTF-8");
            command.current_dir(self.elsewhere.path());
        }
        command.stdin(Stdio::null());
        command.output().map_err(CliError::file("start", &self.program))
    }

    /// The difference once more, from runs that record where in the code messages were sent: one here,
    /// as the first was, and one elsewhere. Nothing if those two are the same, as they may be where
    /// chance is at work.
    fn locate(&self, seed: Seed) -> Result<Option<Difference>, CliError> {
        let (left, right) = (temporary_file()?, temporary_file()?);
        self.run(seed, left.path(), Positions::On, Surroundings::Same)?;
        self.run(seed, right.path(), Positions::On, Surroundings::Other)?;
        difference(left.path(), right.path())
    }
}

fn difference(left: &Path, right: &Path) -> Result<Option<Difference>, CliError> {
    Ok(trace::first_difference(trace::read(left)?, trace::read(right)?)?)
}

/// The difference with the Lua tracebacks of both sides, where the traces have them.
fn rendered(difference: &Difference) -> String {
    let mut text = difference.render("first run", "second run");
    for (name, side) in [("first", &difference.left), ("second", &difference.right)] {
        let Side::Line(line) = side else { continue };
        if let Some(traceback) = line.fields().get("where").and_then(Json::as_str) {
            text.push_str(&format!("\nLua traceback, {name} run:\n"));
            traceback.lines().for_each(|line| text.push_str(&format!("  {}\n", line.trim())));
        }
    }
    text
}

fn no_document(output: &Output) -> String {
    let complaint = String::from_utf8_lossy(&output.stderr);
    let lines: Vec<&str> = complaint.lines().collect();
    let shown = lines[lines.len().saturating_sub(COMPLAINT_LINES_MAX)..].join("\n  ");
    format!("the second run broke off ({}):\n  {shown}\n", output.status)
}
