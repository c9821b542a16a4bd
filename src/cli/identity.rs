//! That reloading the same code changes nothing, in scenarios that promise it. Must not know how many runs are looked at,
//! nor who tells of them.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::error::CliError;
use super::shown;
use crate::reloading::{self, Leniency};
use crate::report::quoted;
use crate::scenario::{Identity, Plan, Reload};
use crate::world::{HostFiles, Verdict};

/// What came of a promise.
pub(super) enum Kept {
    /// No reload changed anything.
    Yes,
    /// One did: what it changed, in words, with the command that repeats it.
    No(String),
    /// The scenario fails without any reload: nothing can be compared with it. The command that shows it.
    FailsByItself(String),
    /// Somebody stopped it.
    Interrupted,
}

/// The reloads of a plan that promise to change nothing.
pub(super) fn promised(plan: &Plan) -> impl Iterator<Item = &Reload> {
    plan.reloads.iter().filter(|reload| reload.identity == Identity::Promised)
}

/// Plays the plan with its code from beginning to end, and then with the reload before so many of the service's messages, one
/// in each run, until something differs.
pub(super) fn look(
    path: &Path,
    plan: &Plan,
    reload: &Reload,
    tries: u64,
    program: &str,
    stop: &Arc<AtomicBool>,
) -> Result<Kept, CliError> {
    let plan = reloading::bare(plan, Some(reload));
    let (host, own) = (HostFiles::default(), plan.events.len());
    let show = |plan: &Plan| shown::show(plan, &[], &host, stop);
    let first = show(&reloading::count_messages(&plan, &reload.service))?;
    if stop.load(Ordering::Relaxed) {
        return Ok(Kept::Interrupted);
    }
    let path = quoted(&path.to_string_lossy());
    let command = format!("{program} reload {path} --reload {}", quoted(&reload.name));
    let drawn = format!("--seed {} --schedule {}", plan.seed, plan.schedule);
    if first.run.report.verdict == Verdict::Failed {
        return Ok(Kept::FailsByItself(format!("{command} {drawn}")));
    }
    let early = first.run.unmet_at_start.get(&own).copied().unwrap_or_default();
    let messages = first.run.unmet.get(&own).copied().unwrap_or_default();
    let leniency = Leniency::new(&reload.may_differ);
    for moments in reloading::draw(plan.seed, early, messages, tries, 1) {
        let second = show(&reloading::reloading(&plan, reload, &moments))?;
        if stop.load(Ordering::Relaxed) {
            return Ok(Kept::Interrupted);
        }
        let differences = reloading::differences(&first, &second, own, &leniency);
        if !differences.is_empty() {
            let before: String = moments.iter().map(|nth| format!(" --before {nth}")).collect();
            return Ok(Kept::No(format!(
                "reloading {} changes something\n{}repeat it:\n  {command}{before} {drawn}\n",
                reload.service,
                shown::tell(&differences, "without", "with"),
            )));
        }
    }
    Ok(Kept::Yes)
}
