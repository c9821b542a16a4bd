//! `skysim upgrade`: the same calls under another version of the code.

use std::fs;

use super::args::{Replacement, UpgradeArgs};
use super::error::CliError;
use super::exit::Exit;
use super::shown;
use super::terminal::Terminal;
use crate::reloading::{self, Leniency};
use crate::report::Colour;
use crate::world::HostFiles;

pub(super) fn execute(args: &UpgradeArgs, terminal: &Terminal) -> Result<Exit, CliError> {
    let plan = reloading::bare(&shown::plan_of(&args.path, &args.compared)?, None);
    let read = |Replacement { file, new }: &Replacement| -> Result<(String, Vec<u8>), CliError> {
        Ok((file.clone(), fs::read(new).map_err(CliError::file("read", new))?))
    };
    let replaced = args.with.iter().map(read).collect::<Result<Vec<_>, CliError>>()?;
    let host = HostFiles::default();
    let old = shown::show(&plan, &[], &host, terminal)?;
    let new = shown::show(&plan, &replaced, &host, terminal)?;
    if terminal.is_stopped() {
        return Ok(Exit::Interrupted);
    }
    if shown::failed_by_itself(&args.path, &old, terminal) {
        return Ok(Exit::Failed);
    }
    let calls = old.run.exchanges.iter().filter(|exchange| exchange.action == "call").count();
    let differences = reloading::answers(&old, &new, &Leniency::new(&args.compared.ignore));
    if let Some(first) = differences.first() {
        terminal.print(&format!(
            "the new version answers otherwise; first, of {} differences in {calls} calls:\n{}",
            differences.len(),
            shown::tell(std::slice::from_ref(first), "old", "new")
        ));
    }
    let failures = &new.run.report.failures;
    if !failures.is_empty() {
        terminal.print("the new version fails:\n");
        failures.iter().for_each(|failure| terminal.print(&format!("  {failure}\n")));
    }
    if !differences.is_empty() || !failures.is_empty() {
        return Ok(Exit::Failed);
    }
    if calls == 0 {
        let word = terminal.err.paint(Colour::Bad, "VACUOUS");
        terminal.say(&format!("{word}  the timeline calls nobody: nothing is shown\n"));
        return Ok(Exit::Vacuous);
    }
    terminal.say(&format!("{calls} calls, and no answer differs\n"));
    Ok(Exit::Passed)
}
