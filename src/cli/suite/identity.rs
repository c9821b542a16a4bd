//! That reloading the same code changes nothing, in scenarios that promise it.

use std::path::Path;
use std::sync::atomic::Ordering;

use super::case::Settings;
use crate::cli::error::CliError;
use crate::cli::shown;
use crate::reloading::{self, Leniency};
use crate::report::quoted;
use crate::scenario::{Identity, Plan, Reload};
use crate::world::{HostFiles, Verdict};

/// Runs with a reload, for each that promises something: `skysim reload` makes more.
const TRIES: u64 = 5;

/// What a reload changes that must change nothing, in words.
pub(super) fn broken(path: &Path, plan: &Plan, settings: &Settings) -> Result<Option<String>, CliError> {
    let promised = plan.reloads.iter().filter(|reload| reload.identity == Identity::Promised);
    for reload in promised {
        if let Some(text) = broken_by(path, plan, reload, settings)? {
            return Ok(Some(text));
        }
    }
    Ok(None)
}

fn broken_by(path: &Path, plan: &Plan, reload: &Reload, settings: &Settings) -> Result<Option<String>, CliError> {
    let plan = reloading::bare(plan, Some(reload));
    let (host, own) = (HostFiles::default(), plan.events.len());
    let show = |plan: &Plan| shown::show(plan, &[], &host, &settings.stop);
    let first = show(&reloading::count_messages(&plan, &reload.service))?;
    let path = quoted(&path.to_string_lossy());
    let command = format!("{} reload {path} --reload {}", settings.program, quoted(&reload.name));
    if first.run.report.verdict == Verdict::Failed {
        return Ok(Some(format!("without its own reloads the scenario fails by itself\nsee it:\n  {command}\n")));
    }
    let early = first.run.unmet_at_start.get(&own).copied().unwrap_or_default();
    let messages = first.run.unmet.get(&own).copied().unwrap_or_default();
    let leniency = Leniency::new(&reload.may_differ);
    for moments in reloading::draw(plan.seed, early, messages, TRIES, 1) {
        let second = show(&reloading::reloading(&plan, reload, &moments))?;
        if settings.stop.load(Ordering::Relaxed) {
            return Ok(None);
        }
        let differences = reloading::differences(&first, &second, own, &leniency);
        if !differences.is_empty() {
            let before: String = moments.iter().map(|nth| format!(" --before {nth}")).collect();
            return Ok(Some(format!(
                "reloading {} changes something\n{}repeat it:\n  {command}{before} --seed {} --schedule {}\n",
                reload.service,
                shown::tell(&differences, "without", "with"),
                plan.seed,
                plan.schedule
            )));
        }
    }
    Ok(None)
}
