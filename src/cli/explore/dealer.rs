//! Which run is next: one after the other; or, if what is new is preferred, batch by batch, so that each run knows what those of
//! the batches before it have reached. Which thread gets a run is a matter of chance; which runs there are is not.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::workers::{Preference, Runs};
use crate::base::VirtualTime;
use crate::cli::args::ExploreArgs;
use crate::cli::error::CliError;
use crate::explore::{BATCH_RUNS, Outcome, Parents, Trial, Trials};
use crate::lua::coverage::Coverage;
use crate::report::Preferred;
use crate::scenario::Plan;

/// How often a thread that waits for a batch looks whether all is over.
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// Hands out the runs of an exploration, each once.
pub(super) struct Dealer<'a> {
    trials: &'a Trials,
    runs: Runs,
    /// How many were handed out, or asked for in vain.
    next: AtomicU64,
    batches: Option<Batches<'a>>,
}

struct Batches<'a> {
    coverage: &'a Coverage,
    batch: Mutex<Batch>,
    /// That a batch is over.
    over: Condvar,
}

/// The batch that is being played.
#[derive(Default)]
struct Batch {
    dealt: u64,
    played: Vec<(Trial, VirtualTime)>,
    /// Of the batches before it.
    parents: Parents,
    children: u64,
}

/// Which runs the user prefers.
pub(super) fn asked_for(args: &ExploreArgs, plan: &Plan) -> Result<Preference, CliError> {
    if !args.prefer_new {
        return Ok(Preference::None);
    }
    let refuse =
        |what: &str, remedy: &str| Err(CliError::usage(format!("`--prefer-new` cannot go with {what}"), remedy));
    if args.schedule.as_deref().is_some_and(|name| name.starts_with("exhaustive")) {
        return refuse("`--schedule exhaustive`", "all orders are played, new or not");
    }
    if args.shard.is_some() {
        return refuse(
            "`--shard`",
            "what is new is known only after all runs before: explore on one machine, or from another --seed on each",
        );
    }
    if let Some(branch) = plan.branches.first() {
        let what = format!("a scenario that branches, at {}", branch.at);
        return refuse(&what, "take `branch` out of the file, or explore without --prefer-new");
    }
    Ok(Preference::New)
}

impl<'a> Dealer<'a> {
    /// Prefers what is new if told where it is counted.
    pub(super) fn new(trials: &'a Trials, runs: Runs, prefer_new_in: Option<&'a Coverage>) -> Dealer<'a> {
        let batches = prefer_new_in.map(|coverage| Batches { coverage, batch: Mutex::default(), over: Condvar::new() });
        Dealer { trials, runs, next: AtomicU64::new(0), batches }
    }

    /// The next run; `None` if there is none, or if `is_over` while one waits for the others of a batch.
    pub(super) fn next(&self, is_over: impl Fn() -> bool) -> Option<Trial> {
        let Some(batches) = &self.batches else {
            return self.runs.nth(self.next.fetch_add(1, Ordering::SeqCst)).map(|index| self.trials.nth(index));
        };
        let mut batch = batches.lock();
        while batch.dealt == BATCH_RUNS {
            if is_over() {
                return None;
            }
            batch = batches.over.wait_timeout(batch, LOOK_EVERY).unwrap_or_else(PoisonError::into_inner).0;
        }
        let index = self.runs.nth(self.next.fetch_add(1, Ordering::SeqCst))?;
        let trial = batch.parents.nth(index, self.trials);
        batch.dealt += 1;
        batch.children += u64::from(!trial.branches.is_empty());
        Some(trial)
    }

    /// Notes that a run is over.
    pub(super) fn played(&self, outcome: &Outcome) {
        let Some(batches) = &self.batches else { return };
        let mut batch = batches.lock();
        batch.played.push((outcome.trial.clone(), outcome.end));
        if batch.played.len() as u64 == BATCH_RUNS {
            let played = std::mem::take(&mut batch.played);
            batch.parents.add(played, &batches.coverage.first_runs());
            batch.dealt = 0;
            batches.over.notify_all();
        }
    }

    /// What came of it, if what is new was preferred.
    pub(super) fn preferred(&self) -> Option<Preferred> {
        let batch = self.batches.as_ref()?.lock();
        Some(Preferred { parents: batch.parents.len(), children: batch.children })
    }
}

impl Batches<'_> {
    fn lock(&self) -> MutexGuard<'_, Batch> {
        self.batch.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
