//! `skysim upgrade`: the same calls under another version of the code.

use std::fs;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use super::args::{ComparedArgs, UpgradeArgs};
use super::error::CliError;
use super::exit::Exit;
use super::shown;
use super::terminal::Terminal;
use crate::reloading::{self, Leniency, Recorded, Shown};
use crate::report::Colour;
use crate::trace;
use crate::world::HostFiles;

/// A file of the node, and the file of the host that it is replaced by.
#[derive(Clone, Debug)]
pub(super) struct Replacement {
    /// As services see it.
    pub(super) file: String,
    /// As the host sees it.
    pub(super) new: PathBuf,
}

impl FromStr for Replacement {
    type Err = String;

    fn from_str(text: &str) -> Result<Replacement, String> {
        match text.split_once('=') {
            Some((file, new)) if !file.is_empty() && !new.is_empty() => {
                Ok(Replacement { file: file.to_owned(), new: PathBuf::from(new) })
            }
            _ => Err("write FILE=NEW: services/room.lua=v2/room.lua".to_owned()),
        }
    }
}

/// What the new version's answers are compared with.
enum History {
    /// A run with the code that is there.
    Played(Box<Shown>),
    /// A trace, and the places in its timeline of the plan's events.
    Recorded(Box<Recorded>, Vec<usize>),
}

pub(super) fn execute(args: &UpgradeArgs, terminal: &Terminal) -> Result<Exit, CliError> {
    let recorded = args.recorded.as_deref().map(recorded).transpose()?;
    let whole = shown::plan_of(&args.path, &compared(args, recorded.as_ref()))?;
    let plan = reloading::bare(&whole, None);
    let read = |Replacement { file, new }: &Replacement| -> Result<(String, Vec<u8>), CliError> {
        Ok((file.clone(), fs::read(new).map_err(CliError::file("read", new))?))
    };
    let replaced = args.with.iter().map(read).collect::<Result<Vec<_>, CliError>>()?;
    let host = HostFiles::default();
    let history = match recorded {
        Some(recorded) => {
            let remedy = "name the scenario that the trace was recorded of, as it was then";
            recorded.is_of(&whole).map_err(|error| CliError::usage(error.to_string(), remedy))?;
            History::Recorded(Box::new(recorded), reloading::kept_places(&whole, None))
        }
        None => History::Played(Box::new(shown::show(&plan, &[], &host, &terminal.stop)?)),
    };
    let new = shown::show(&plan, &replaced, &host, &terminal.stop)?;
    if terminal.is_stopped() {
        return Ok(Exit::Interrupted);
    }
    let leniency = Leniency::new(&args.compared.ignore);
    let (calls, differences) = match &history {
        History::Played(old) if shown::failed_by_itself(&args.path, old, terminal) => return Ok(Exit::Failed),
        History::Played(old) => {
            let calls = old.run.exchanges.iter().filter(|exchange| exchange.action == "call").count();
            (calls, reloading::answers(old, &new, &leniency))
        }
        History::Recorded(old, places) => {
            (old.count(&plan, places), old.answers(&new.run.exchanges, places, &leniency))
        }
    };
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

fn recorded(path: &Path) -> Result<Recorded, CliError> {
    Ok(Recorded::read(trace::read(path)?)?)
}

/// The run of a trace is repeated with its seed and schedule, unless the command line says otherwise.
fn compared(args: &UpgradeArgs, recorded: Option<&Recorded>) -> ComparedArgs {
    let mut compared = args.compared.clone();
    if let Some(recorded) = recorded {
        compared.seed = compared.seed.or(recorded.seed);
        compared.schedule = compared.schedule.or_else(|| recorded.schedule.clone());
    }
    compared
}
