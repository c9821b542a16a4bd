//! Reloads that promise to change nothing, looked at in some of an exploration's runs. It is the code that is looked at and
//! not the order: every run is played by the scenario's own schedule, since one message more lets chance order all others anew.

use super::workers::{Runs, Work};
use crate::cli::args::Shared;
use crate::cli::error::CliError;
use crate::cli::identity::{self, Kept};
use crate::explore::{Broken, Promises};

/// Runs with a reload, for each seed and each promise.
const TRIES: u64 = 2;

/// Looks in some of the first `made` of these runs; nothing if nobody promises anything.
pub(super) fn look(work: &Work<'_>, runs: Runs, made: u64) -> Result<Option<Promises>, CliError> {
    let own = |seed| Shared { seed, schedule: None, ..work.flags.clone() };
    if identity::promised(&work.subject.plan(&own(None))?).next().is_none() {
        return Ok(None);
    }
    let mut promises = Promises::default();
    let trials = (0..made).map_while(|n| runs.nth(n)).map(|index| work.trials.nth(index));
    for trial in trials.filter(crate::explore::Trial::looks_at_reloads) {
        let plan = work.subject.plan(&own(Some(trial.seed)))?;
        let mut looked = false;
        for reload in identity::promised(&plan) {
            match identity::look(&work.subject.path, &plan, reload, TRIES, work.program, work.stop)? {
                Kept::Yes => looked = true,
                Kept::No(text) => {
                    looked = true;
                    let broken = Broken { count: 1, first: trial.index, seed: trial.seed, text };
                    promises.break_one(reload.name.clone(), broken);
                }
                // What fails by itself is found without reloads, too.
                Kept::FailsByItself(_) => {}
                Kept::Interrupted => return Ok(Some(promises)),
            }
        }
        promises.looked += u64::from(looked);
    }
    Ok(Some(promises))
}
