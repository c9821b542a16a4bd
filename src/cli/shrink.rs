//! `skysim shrink`: a saved failure, made smaller once more, from what was found or for a longer time.

use std::time::Duration;

use super::args::{Shared, ShrinkArgs};
use super::error::CliError;
use super::exit::Exit;
use super::explore::minimize;
use super::failures::Failures;
use super::input::Subject;
use super::terminal::Terminal;
use crate::explore::Fingerprint;
use crate::report;

pub(super) fn execute(args: &ShrinkArgs, terminal: &Terminal) -> Result<Exit, CliError> {
    let failures = Failures::in_folder(&args.out);
    let saved = failures.find(&args.failure)?;
    let plan = Subject::read(&saved.full, None)?.plan(&Shared::default())?;
    let Some(failure) = minimize::play(&plan, &terminal.stop)?.report.failures.first().map(Fingerprint::of) else {
        let remedy = "the services have changed since it was found; explore again";
        return Err(CliError::usage(format!("`{}` does not fail any more", saved.full.display()), remedy));
    };
    let budget = Duration::from_nanos(args.time.as_nanos());
    let smaller = minimize::minimize(&plan, &failure, budget, &terminal.stop)?;
    let repeat = format!("{} replay {}", terminal.program, report::quoted(&saved.folder.to_string_lossy()));
    let summary = failures.keep_minimal(&saved, &smaller.plan, &repeat, terminal)?;
    terminal.print(&format!("{}{summary}", report::sizes(&smaller.sizes)));
    Ok(if terminal.is_stopped() { Exit::Interrupted } else { Exit::Passed })
}
