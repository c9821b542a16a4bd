//! A failure again, in a fresh process: only what happens there, too, is a finding. If the two runs differ, that is
//! the finding.

use std::env;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::Value as Json;
use similar::TextDiff;

use super::minimize::play;
use crate::cli::args::Shared;
use crate::cli::error::CliError;
use crate::cli::input::Subject;
use crate::explore::Fingerprint;
use crate::report;

/// What a fresh process says of a failure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::cli) enum Confirmed {
    /// The same, event by event as far as it is reported.
    Same,
    /// Something else; what, in lines.
    Different(String),
    /// Somebody stopped it.
    Interrupted,
}

/// Plays the file that a plan was saved in, here and there: a plan that is not yet a file has other lines.
pub(in crate::cli) fn confirm(
    file: &Path,
    fingerprint: &Fingerprint,
    stop: &Arc<AtomicBool>,
) -> Result<Confirmed, CliError> {
    let plan = Subject::read(file, None)?.plan(&Shared::default())?;
    let here = play(&plan, stop)?;
    let program = env::current_exe().map_err(CliError::file("find", Path::new("skysim itself")))?;
    let mut command = Command::new(&program);
    command.arg("run").arg(file).args(["--format", "json"]).stdin(Stdio::null()).stderr(Stdio::null());
    let output = command.output().map_err(CliError::file("start", &program))?;
    if stop.load(Ordering::SeqCst) {
        return Ok(Confirmed::Interrupted);
    }
    let Ok(there) = serde_json::from_slice::<Json>(&output.stdout) else {
        return Ok(Confirmed::Different(format!("the fresh process broke off ({})\n", output.status)));
    };
    let found = here.report.failures.first().map(Fingerprint::of);
    if found.as_ref() != Some(fingerprint) {
        let found = found.map_or_else(|| "none".to_owned(), |found| found.to_string());
        return Ok(Confirmed::Different(format!("the failure was {fingerprint}, and now it is {found}\n")));
    }
    let here = report::run(&here.report);
    if here == there["run"] {
        return Ok(Confirmed::Same);
    }
    let (left, right) = (format!("{here:#}\n"), format!("{:#}\n", there["run"]));
    let diff = TextDiff::from_lines(&left, &right);
    Ok(Confirmed::Different(diff.unified_diff().context_radius(2).header("here", "fresh process").to_string()))
}
